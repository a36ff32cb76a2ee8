"""Kills a process by SIGKILL while it records a run, and says what the store then holds.

What the store acknowledged goes to a pipe: it is outside the process and survives it.
"""

from __future__ import annotations

import os
import random
import signal
import time
from typing import NamedTuple

import courtsim
from courtsim.scenario.facts import Scenario
from courtsim.store import runs, streams
from courtsim.store.places import opened

CASES = 240
BLOCK = 16  # cases a transaction: many moments at which to be killed


class Killed(NamedTuple):
    """A recording that was killed.

    Attributes:
        after: seconds from its beginning.
        acknowledged: the last case that the store had acknowledged to the process.
        ended: whether it was finished by then.
    """

    after: float
    acknowledged: int
    ended: bool


def record(scenario: Scenario, cases: int = CASES) -> None:
    runs.BLOCK, usual = BLOCK, runs.BLOCK
    try:
        courtsim.record(scenario, cases=cases)
    finally:
        runs.BLOCK = usual


def killed(scenario: Scenario, seconds: float, cases: int = CASES, *, blocks: int = 0) -> Killed:
    """Records in a process of its own and kills that so many *seconds* after it began, or after that many acknowledged *blocks*."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        runs.BLOCK = BLOCK
        try:
            os.write(write, b"begun\n")
            courtsim.record(scenario, cases=cases, acknowledged=lambda last: os.write(write, b"%d\n" % last) and None)
            os.write(write, b"ended\n")
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = [pipe.readline().strip() for _ in range(1 + blocks)][1:]
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        told += pipe.read().split()
    ended = b"ended" in told
    return Killed(seconds, max((int(line) for line in told if line != b"ended"), default=0), ended)


def moments(kills: int, whole: float, seed: int) -> list[float]:
    """Random moments of a recording that takes *whole* seconds; the first tenth is spent on opening the store."""
    chance = random.Random(seed)
    return [chance.uniform(0.1 * whole, whole) for _ in range(kills)]


def case_rows(run: str) -> dict[int, list[streams.Row]]:
    """Every stored row of the cases of a run, by case."""
    beginning = f"case:{run}:"
    found: dict[int, list[streams.Row]] = {}
    with opened() as recorder:
        for row in recorder.select_notifications(start=None, limit=1_000_000):
            stream = str(row.originator_id)
            if stream.startswith(beginning):
                kept = streams.Row(stream, row.originator_version, row.topic, row.state)
                found.setdefault(int(stream.removeprefix(beginning)), []).append(kept)
    return found


def uninterrupted(scenario: Scenario) -> tuple[str, float, dict[int, list[streams.Row]], list[streams.Row]]:
    """A run as it should be: its id, how many seconds it takes once everything is warm, its rows."""
    record(scenario)
    (run,) = runs.runs()
    courtsim.delete_run(run)
    started = time.perf_counter()
    record(scenario)
    return run, time.perf_counter() - started, case_rows(run), run_rows(run)


def run_rows(run: str) -> list[streams.Row]:
    with opened() as recorder:
        return streams.stored(recorder, f"run:{run}")


def check(scenario: Scenario, run: str, found: Killed, whole: dict[int, list[streams.Row]], whole_run: list[streams.Row]) -> str:
    """Holds the store after a kill against an uninterrupted run; resumes; returns when it was killed, for the histogram.

    Raises:
        AssertionError: something acknowledged is not whole, or half of something is there, or the resumed run is another.
    """
    kept_rows = run_rows(run)
    assert (run in runs.runs()) == bool(kept_rows), "what was begun is seen, as unfinished"
    there = case_rows(run)
    assert len(there) >= found.acknowledged, "an acknowledged block is lost"
    assert len(there) % BLOCK == 0 or len(there) == len(whole), "half a block"
    assert there == {case: rows for case, rows in whole.items() if case <= len(there)}, "half a case, or another one"
    assert kept_rows == whole_run[: len(kept_rows)]
    if kept_rows:
        assert courtsim.verify_run(run).ok
        runs.BLOCK, usual = BLOCK, runs.BLOCK
        try:
            resumed = courtsim.resume_run(run)
        finally:
            runs.BLOCK = usual
        assert resumed.ended and resumed.manifest.recorded == len(whole)
        assert case_rows(run) == whole and run_rows(run) == whole_run
        assert courtsim.docket("last").run == run
    if found.ended:
        return "after its end"
    if not kept_rows:
        return "before it was begun"
    if len(kept_rows) == len(whole_run):
        return "while recording: the end written, not yet said"
    tenth = 10 * len(there) // len(whole)
    return "while recording: all kept, not ended" if tenth == 10 else f"while recording: {10 * tenth} to {10 * tenth + 10} % kept"
