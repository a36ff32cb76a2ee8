"""No engine goes where `check` has not been: every state that a case comes to, over generated courts and drawn ones."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import courtsim
from courtsim.analysis.ways import Reading, ways
from courtsim.case.core import evolve
from courtsim.case.history import History
from courtsim.case.state import unopened
from courtsim.engines.simulate import histories
from courtsim.testing import scenarios
from tests.foreign.generate import write

FEW_STATES = 3_000
SEEDS = range(16)


@cache
def generated(seed: int) -> tuple[Reading, frozenset[int]]:
    """A generated court and the states that `check` lists; empty where there are too many."""
    with tempfile.TemporaryDirectory() as folder:
        reading = Reading(courtsim.load(write(seed, Path(folder))[1]))
    return reading, ways(reading, FEW_STATES).states


def strays(reading: Reading, known: frozenset[int], case: History) -> list[str]:
    """The events of a case that led to a settled state which `check` does not know."""
    procedure = reading.procedure
    state = unopened(procedure)
    found = []
    for event in case.stream:
        state = evolve(procedure, state, event)
        if not state.word & state.masks.unsettled and reading.projected(state.word) not in known:
            found.append(f"{event.step}.{event.option}")
    return found


@pytest.mark.parametrize("timing", ["drawn", "central"])
def test_every_state_met_in_generated_courts_is_one_that_check_found(timing: str) -> None:
    asked = 0
    for seed in SEEDS:
        reading, known = generated(seed)
        if known:
            asked += 1
            cases = histories(reading.subject, 20, seed, timing=timing)  # type: ignore[arg-type]
            assert [name for case in cases for name in strays(reading, known, case)] == [], f"seed {seed}"
    assert asked >= 4


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_state_met_in_drawn_scenarios_is_one_that_check_found(data: st.DataObject) -> None:
    scenario = data.draw(scenarios())
    reading = Reading(scenario)
    found = ways(reading, FEW_STATES)
    assume(found.complete)

    for case in histories(scenario, 10, data.draw(st.integers(1, 1000))):
        assert strays(reading, found.states, case) == []
        assert {f"{event.step}.{event.option}" for event in case.events} <= set(found.ways)


def test_a_state_that_check_did_not_find_would_be_seen() -> None:
    reading, known = next(generated(seed) for seed in SEEDS if generated(seed)[1])
    (case,) = histories(reading.subject, 1, 1)  # type: ignore[arg-type]

    assert strays(reading, known - {reading.projected(case.state.word)}, case) != []
