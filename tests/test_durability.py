"""Whatever stops a run while it records: what was acknowledged is there, whole, and the rest can be made again."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

import courtsim
from courtsim.errors import StoreFailed
from tests import kills, server
from tests.small import interrupted

KILLS = 20
KILLS_ON_SERVER = 6


def test_a_recording_killed_at_any_moment_is_whole_and_can_be_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = courtsim.load("two-track")
    run, lasted, whole, whole_run = kills.uninterrupted(scenario)

    when: Counter[str] = Counter()
    for n, moment in enumerate(kills.moments(KILLS, lasted, seed=1)):
        monkeypatch.setenv("COURTSIM_STORE", str(tmp_path / f"killed-{n}.sqlite"))
        found = kills.killed(scenario, moment)
        when[kills.check(scenario, run, found, whole, whole_run)] += 1

    assert len(whole) == kills.CASES and sum(when.values()) == KILLS
    assert sum(n for moment, n in when.items() if moment.startswith("while recording")) >= KILLS // 2, when


def test_a_recording_on_a_server_is_whole_after_a_kill_too(postgres: server.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = courtsim.load("two-track")
    monkeypatch.setenv("COURTSIM_STORE", postgres.emptied())
    run, lasted, whole, whole_run = kills.uninterrupted(scenario)

    blocks, chance = kills.CASES // kills.BLOCK, random.Random(2)
    for _ in range(KILLS_ON_SERVER):
        postgres.emptied()
        found = kills.killed(scenario, chance.uniform(0, lasted / blocks), blocks=chance.randrange(1, blocks))
        postgres.settle()
        assert kills.check(scenario, run, found, whole, whole_run).startswith("while recording") or found.ended


def test_an_interrupted_run_is_listed_as_unfinished_and_resumed_once() -> None:
    scenario = courtsim.load("small-example")

    interrupted(scenario, 600)
    (before,) = courtsim.stored_runs()
    after = courtsim.resume_run()
    again = courtsim.resume_run()

    assert not before.ended and before.manifest.recorded == 256 and before.wanted == 600
    assert after.ended and after.manifest.recorded == 600 and again == after
    assert courtsim.verify_run(again=True).ok
    expected = courtsim.simulate(scenario, cases=600)
    assert courtsim.docket("last", 600).stream == expected.histories[599].stream


def test_a_run_that_is_not_what_it_was_begun_with_is_not_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        courtsim.record("small-example", cases=600, acknowledged=_interrupt)

    monkeypatch.setattr("courtsim.engines.tape.G", 0x9E3779B97F4A7C17)  # another version, with other luck
    with pytest.raises(StoreFailed, match=r"cases 1 to 256 of run \w+ are not what courtsim .* made of them"):
        courtsim.resume_run()


def _interrupt(last: int) -> None:
    raise KeyboardInterrupt


def test_a_case_made_again_by_another_version_that_makes_it_otherwise_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    courtsim.save(courtsim.simulate("small-example", cases=300))
    fine = courtsim.docket("last", 290)

    monkeypatch.setattr("courtsim.version.__version__", "9.9.9")
    same = courtsim.docket("last", 290)
    monkeypatch.setattr("courtsim.engines.tape.G", 0x9E3779B97F4A7C17)
    other = courtsim.docket("last", 290)
    found = courtsim.verify_run()

    assert fine.warnings == same.warnings == () and fine.events == same.events
    assert len(other.warnings) == 1 and "makes other events of cases 257 to 300" in other.warnings[0]
    assert [(fault.place, fault.what[:20]) for fault in found.faults] == [
        ("cases 1 to 256", "not what courtsim 0."),
        ("cases 257 to 300", "not what courtsim 0."),
    ]
