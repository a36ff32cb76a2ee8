"""Procedures small enough to read in a test, written in place."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import courtsim
from courtsim.case.core import decide, evolve, open_case
from courtsim.case.events import Command
from courtsim.case.history import History
from courtsim.case.opening import Opening
from courtsim.case.state import CaseState, unopened
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario

HEAD = "procedure: small\ntitle: Small\nlaw_as_of: 2019-02-22\n"
CASE = "scenario: small-case\nprocedure: small.procedure.yaml\ntitle: Small case\nstarts: 2019-02-22\n"


def files(folder: Path, procedure: str, scenario: str = "") -> Path:
    """The two files of a small court; returns the scenario's."""
    (folder / "small.procedure.yaml").write_text(HEAD + dedent(procedure))
    path = folder / "small-case.yaml"
    path.write_text(CASE + dedent(scenario))
    return path


def court(folder: Path, procedure: str, scenario: str = "") -> Scenario:
    return courtsim.load(files(folder, procedure, scenario))


def one_case(scenario: Scenario, seed: int = 1) -> History:
    return courtsim.simulate(scenario, seed=seed).histories[0]


def docket(case: History) -> list[tuple[float, str]]:
    """Day and name of every event, to two decimals."""
    return [(round(event.day, 2), event.name) for event in case.events]


def opened(procedure: Procedure, opening: Opening | None = None) -> CaseState:
    return evolve(procedure, unopened(procedure), open_case(opening or Opening(starts=dt.date(2019, 2, 22))))


def follow(procedure: Procedure, *path: str, start: CaseState | None = None) -> CaseState:
    """The state after these commands, each `step.option`."""
    state = start or opened(procedure)
    for name in path:
        step, _, option = name.partition(".")
        state = evolve(procedure, state, decide(procedure, state, Command(step=step, option=option)))
    return state


def interrupted(scenario: Scenario, cases: int) -> None:
    """Begins to record a run, and stops when its first block is in the store."""

    class Stop(Exception):
        pass

    def stop(last: int) -> None:
        raise Stop

    with suppress(Stop):
        courtsim.record(scenario, cases=cases, acknowledged=stop)
