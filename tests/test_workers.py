"""Several processes share the cases: the same answer to the byte, and a process that is killed costs time alone."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.cli.commands import cli
from courtsim.engines.sampled import KEPT, spans
from courtsim.engines.simulate import BrokenInvariant
from tests.small import court

CASES = 120_000  # more than are kept


@pytest.fixture(scope="module")
def alone() -> str:
    return json.dumps(courtsim.sample("two-track", cases=CASES).plain())


def test_spans_are_the_same_however_many_cases_there_are() -> None:
    many = list(spans(CASES))

    assert sum(span.cases for span in many) == CASES > KEPT
    assert many[:4] == list(spans(50_000))[:4]
    assert [span.first for span in many] == [1 + sum(s.cases for s in many[:n]) for n in range(len(many))]


@pytest.mark.parametrize("workers", [2, 3])
def test_the_answer_is_the_same_to_the_byte_whoever_walks(alone: str, workers: int) -> None:
    assert json.dumps(courtsim.sample("two-track", cases=CASES, workers=workers).plain()) == alone


def test_a_worker_that_is_killed_costs_no_results(alone: str) -> None:
    killed: list[int] = []

    def kill(_: int) -> None:
        alive = [int(child.pid or 0) for child in multiprocessing.active_children() if child.pid not in killed]
        if len(killed) < 2 and alive:
            killed.append(alive[0])
            os.kill(killed[-1], signal.SIGKILL)

    found = courtsim.sample("two-track", cases=CASES, workers=2, progress=kill)

    assert len(set(killed)) == 2
    assert json.dumps(found.plain()) == alone


def test_the_reference_engine_is_shared_too() -> None:
    by_two = courtsim.sample("two-track", cases=2_000, engine="simulate", workers=2)

    assert by_two.plain() == courtsim.simulate("two-track", cases=2_000).plain()


def test_an_error_is_the_one_that_a_single_process_raises(tmp_path: Path) -> None:
    law = """
    tracks: {case: {start: open, states: {open: {}, odd: {}, shut: {final: true}}}}
    invariants: {never-odd: {never: {case: odd}}}
    steps:
      go:
        by: judge
        when: {case: open}
        after: 1
        options: {straight: {event: Went, to: {case: shut}}, aside: {event: Strayed, to: {case: odd}}}
    """
    stray = court(tmp_path, law, "choosers: {go: {odds: {straight: 0.999, aside: 0.001}}}")
    said = []
    for workers in (1, 2):
        with pytest.raises(BrokenInvariant, match="never-odd") as caught:
            courtsim.sample(stray, cases=20_000, workers=workers)
        said.append(str(caught.value))

    assert said[0] == said[1]


def test_run_shares_cases_and_any_of_them_can_be_read_in_full() -> None:
    def run(*more: str) -> dict[str, object]:
        result = CliRunner().invoke(cli, ["run", "two-track", "--cases", "30000", "--json", *more])
        assert result.exit_code == 0, result.output
        found: dict[str, object] = json.loads(result.stdout)
        return found

    found = run("--workers", "2")
    docket = CliRunner().invoke(cli, ["docket", str(found["run"]), "29999", "--json"])
    events = courtsim.sample("two-track", cases=2).history(29_999).events

    assert found == run()
    assert [e["event"] for e in json.loads(docket.stdout)["events"]] == [e.name for e in events]


def test_events_are_not_brought_back_and_it_says_so() -> None:
    result = CliRunner().invoke(cli, ["run", "two-track", "--cases", "10", "--workers", "2", "--record"])

    assert result.exit_code == 2
    assert "--record keeps events" in result.output


def test_who_interrupts_gets_what_has_been_done(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "courtsim", "run", "two-track", "--cases", "1000000000", "--workers", "2", "--json"]
    environment = os.environ | {"COURTSIM_STORE": str(tmp_path / "store.sqlite")}
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True)
    time.sleep(6)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)

    assert running.returncode == 0, err
    assert "Stopped after" in err and "Traceback" not in err
    assert 0 < json.loads(out)["cases"] < 10**9


def said(tmp_path: Path, script: str) -> tuple[str, str]:
    """What a script prints that runs in a session of its own, and what it complains of."""
    (tmp_path / "script.py").write_text(script)
    command = [sys.executable, str(tmp_path / "script.py")]
    found = subprocess.run(command, capture_output=True, text=True, start_new_session=True, timeout=120, check=False)
    return found.stdout, found.stderr


HASTY = """
import os, signal, time
from courtsim.engines.processes import get_ready, in_order

if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: None)  # a handler: what is ignored would be ignored by others too
    get_ready()
    for _ in range(10):
        time.sleep(0.05)
        os.killpg(os.getpid(), signal.SIGINT)
    print([done for _, done in in_order(abs, iter([-1, -2, -3]), 2)])
"""


def test_who_interrupts_while_processes_get_ready_hears_nothing_of_them(tmp_path: Path) -> None:
    assert said(tmp_path, HASTY) == ("[1, 2, 3]\n", "")


KILLED = """
import contextlib, multiprocessing, os, random, signal, threading, time
from courtsim.engines.processes import in_order

def slow(n):
    time.sleep(0.003 * (n % 3))
    return bytes(1000 * (n % 7)) + str(n).encode()

def kill_any():
    while kills < 60:
        time.sleep(random.random() / 20)
        for child in random.choices(multiprocessing.active_children() or [None]):
            with contextlib.suppress(AttributeError, ProcessLookupError):  # there is none, or it has ended
                os.kill(child.pid, signal.SIGKILL)
                globals()["kills"] += 1

if __name__ == "__main__":
    kills = 0
    threading.Thread(target=kill_any).start()
    while kills < 60:
        found = [int(result.lstrip(bytes(1))) for _, result in in_order(slow, iter(range(40)), 3)]
        assert found == list(range(40)), found
    print("all there")
"""


def test_processes_that_are_killed_at_any_moment_lose_nothing_and_nobody_waits_forever(tmp_path: Path) -> None:
    assert said(tmp_path, KILLED)[0] == "all there\n"


LEFT = """
import time
from courtsim.engines.processes import in_order

def slow(n):
    time.sleep(0.3)
    return n

if __name__ == "__main__":
    going = in_order(slow, iter(range(4)), 2)
    print(next(going))
    time.sleep(1)  # the next results are there, and nobody takes them
    going.close()
"""


def test_who_leaves_early_hears_no_complaint(tmp_path: Path) -> None:
    assert said(tmp_path, LEFT) == ("(0, 0)\n", "")
