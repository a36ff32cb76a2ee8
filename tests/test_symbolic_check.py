"""The symbolic check: the explicit search is its oracle on every small law; and the Florida county court, whole."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest

import courtsim
from courtsim.engines import check as explicit
from courtsim.engines import symbolic_check as symbolic
from courtsim.engines.check import Findout
from courtsim.errors import EndlessLoop
from courtsim.files.load import load_any
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario
from tests.foreign.generate import write

CONFORMANCE = sorted((Path(__file__).parent / "conformance").glob("*.yaml"))
LARGEST = 6_000  # states to which the oracle is asked


def compared(found: Findout) -> dict[str, object]:
    """What both engines must say alike; of shortest ways the length: there may be several."""
    return {
        "states": found.states,
        "fired": found.options_fired,
        "unreachable": (found.unreachable_states, found.unreachable_options),
        "never": found.never_chosen,
        "dead ends": {end.state: len(end.after) for end in found.dead_ends},
        "violated": {broken.invariant: len(broken.after) for broken in found.violated},
    }


def agree(subject: Scenario | Procedure) -> bool:
    """Whether the oracle could be asked; asserts that both say the same."""
    try:
        listed = explicit.check(subject, most_states=LARGEST)
    except EndlessLoop:
        with pytest.raises(EndlessLoop):
            symbolic.check(subject)
        return True
    if not listed.finished:
        return False
    assert compared(symbolic.check(subject)) == compared(listed)
    return True


@pytest.mark.parametrize("path", CONFORMANCE, ids=lambda path: path.stem)
def test_both_engines_say_the_same_of_the_conformance_files(path: Path) -> None:
    assert agree(load_any(path))


@pytest.mark.parametrize("name", ["two-track", "two-track-example"])
def test_both_engines_say_the_same_of_the_shipped_courts(name: str) -> None:
    assert agree(load_any(name))


@cache
def generated(seed: int) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        return courtsim.load(write(seed, Path(folder))[1])


@pytest.mark.parametrize("tens", range(4))
def test_both_engines_say_the_same_of_generated_courts(tens: int) -> None:
    subjects = [subject for seed in range(10 * tens, 10 * tens + 10) for subject in (generated(seed), generated(seed).procedure)]

    assert sum(agree(subject) for subject in subjects) >= 8


INVARIANTS = {
    "never": "{never: {side: b, case: mid}}",
    "requires": "{event: WentOn, requires: {side: a}}",
    "always": "{after: Turned, always: {case: start}}",
    "eventually": "{after: Turned, eventually: {side: c}}",
}
COURT = """
procedure: broken
title: A court with an error in it
law_as_of: 2019-01-01
tracks:
  case: {{start: start, states: {{start: {{}}, mid: {{}}, end: {{final: true}}, trap: {{}}}}}}
  side: {{start: a, states: {{a: {{}}, b: {{}}, c: {{}}}}}}
steps:
  turn: {{by: judge, when: {{case: start, side: a}}, after: 1, options: {{turn: {{event: Turned, to: {{side: b}}}}}}}}
  go_on: {{by: judge, when: {{case: start}}, after: 1, options: {{go: {{event: WentOn, to: {{case: mid}}}}, slip: {{event: Slipped, to: {{case: trap}}}}}}}}
  finish: {{by: judge, when: {{case: mid}}, after: 1, options: {{end: {{event: Ended, to: {{case: end}}}}}}}}
consequences:
  follows: {{when: {{case: mid, side: b}}, to: {{side: c}}, event: Followed}}
invariants:
  watched: {0}
"""


@pytest.mark.parametrize("kind", INVARIANTS)
def test_a_broken_invariant_is_found_with_a_way_as_short_as_the_oracles(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(COURT.format(INVARIANTS[kind]).replace("case: mid, side: b}, to", "case: mid, side: a}, to"))
    court = courtsim.load_procedure(path)
    listed, sets = explicit.check(court), symbolic.check(court)

    assert [v.invariant for v in sets.violated] == ["watched"]
    assert compared(sets) == compared(listed)
    assert sets.dead_ends[0].after == listed.dead_ends[0].after == ("go_on.slip",)


def test_what_does_not_finish_never_says_ok() -> None:
    found = symbolic.check(load_any("two-track"), most_nodes=1)

    assert found.finished or not found.ok


def test_a_search_that_gives_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("courtsim.engines.symbolic.GARBAGE", 100)
    found = symbolic.check(load_any("two-track"), most_nodes=100)

    assert not found.finished and not found.ok


def test_nothing_can_go_wrong_in_the_florida_county_court() -> None:
    """No dead end and no broken invariant, in any order of lawful steps, under every switch, fact and offer."""
    found = courtsim.check("florida-county-misdemeanor")

    assert found.finished and found.ok
    assert found.unreachable_states == () and found.unreachable_options == ()
