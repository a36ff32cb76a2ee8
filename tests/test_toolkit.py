"""`courtsim.testing`: what is drawn is well-formed and shrinks; a way is followed; the machine finds faults and misses nothing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, find, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from msgspec.structs import replace

import courtsim
from courtsim.case.core import decide, lawful, replay
from courtsim.errors import IllegalStep, WrongInput
from courtsim.files.load import load_any
from courtsim.testing import (
    Course,
    LawfulMachine,
    assert_lawful,
    conditions,
    delays,
    follow,
    histories,
    lawful_commands,
    procedures,
    run_law_machine,
    scenarios,
    streams,
    unlawful_commands,
    way,
    ways,
    written_procedure,
    written_scenario,
)
from courtsim.testing.machine import usual_settings
from courtsim.testing.reading import reading_of

EXAMPLES = settings(max_examples=25, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
MANY = settings(usual_settings(), phases=[Phase.generate])  # what is found is not shrunk
FEW = settings(MANY, max_examples=25, stateful_step_count=15)
COURT = """
procedure: bail
title: A bail hearing
law_as_of: 2026-01-01
tracks:
  case: {start: held, states: {held: {}, free: {}, closed: {final: true}}}
  bond: {start: none, states: {none: {}, set: {}, posted: {}}}
steps:
  set_bond: {by: judge, when: {case: held, bond: none}, after: 1, event: BondSet, to: {bond: set}}
  post: {by: defense, when: {bond: set}, after: 2, event: BondPosted, to: {bond: posted}}
  release: {by: clerk, when: {case: held, bond: posted}, after: 3, event: Released, to: {case: free}}
  close: {by: judge, when: {case: [held, free]}, after: 90, event: Closed, to: {case: closed}}
"""
FAULTY = COURT.replace("{case: held, bond: posted}", "{case: held}")


@pytest.fixture(scope="module")
def two_tracks() -> courtsim.procedure.law.Procedure:
    return courtsim.load_procedure("two-track-example")


# -- what is drawn


@EXAMPLES
@given(procedures())
def test_a_drawn_procedure_loads_and_no_case_of_it_gets_stuck(law: object) -> None:
    found = courtsim.check(law)

    assert found.finished and found.ok


@EXAMPLES
@given(st.data())
def test_every_case_of_a_drawn_scenario_ends_and_is_lawful(data: st.DataObject) -> None:
    scenario = data.draw(scenarios())

    assert assert_lawful(scenario, data.draw(streams(scenario))).closed


@EXAMPLES
@given(st.data())
def test_conditions_and_delays_can_stand_where_files_have_them(data: st.DataObject) -> None:
    scenario = data.draw(scenarios())
    tree = {"when": data.draw(conditions(scenario.procedure)), "after": data.draw(delays())}
    from courtsim.testing.written import yaml_of

    extra = yaml_of({"by": "clerk", **tree, "event": "Drawn"}).replace("\n", "\n    ")
    law = written_procedure(scenario.procedure.text.replace("steps:\n", f"steps:\n  drawn:\n    {extra}\n", 1))

    assert "drawn" in law.steps


@settings(EXAMPLES, max_examples=1)  # the first that Hypothesis tries is what it shrinks to
@given(procedures())
def test_the_least_procedure_has_one_step(least: object) -> None:
    assert list(least.steps) == ["close"] and len(str(least).splitlines()) < 25


def test_what_is_drawn_covers_the_format() -> None:
    seen: Counter[str] = Counter()

    @settings(EXAMPLES, max_examples=80, derandomize=True, database=None)
    @given(procedures())
    def look(law: object) -> None:
        for word in ("once: true", "once: visit", "tolled_when", "needs", "restarts", "consequences", "counters", "switch:", "fact:", "is: quiet",
                     "offer: next", "suppress", "prima_facie", "sentence", "deadline", "court_days", "roll", "uniform", "p90", "not:"):  # fmt: skip
            seen[word] += word in law.text

    look()

    assert {word: n for word, n in seen.items() if not n} == {}


@EXAMPLES
@given(st.data())
def test_lawful_commands_are_accepted_and_unlawful_ones_refused(data: st.DataObject) -> None:
    law = data.draw(procedures())
    state = follow(law, data.draw(ways(law)))
    if lawful(state):
        assert decide(law, state, data.draw(lawful_commands(state)))

    with pytest.raises(IllegalStep):
        decide(law, state, data.draw(unlawful_commands(state)))


# -- following a way


def test_a_way_is_followed_and_what_follows_of_itself_follows(two_tracks: object) -> None:
    path = ("arraign.plead_not_guilty", "move_to_suppress.file", "offer_plea.do=diversion", "rule_on_suppression.grant")
    usual = follow(two_tracks, *path)
    ends = follow(two_tracks, *path, switches={"lapse_on_ruling": "offer_ends"})

    assert (usual.tracks["plea"], usual.offer) == ("offered", "diversion by prosecution")
    assert ends.tracks["plea"] == "lapsed"
    assert follow(two_tracks, way(*path, "offer-dies-with-ruling.do", switches={"lapse_on_ruling": "offer_ends"})) == ends


def test_a_wrong_way_is_refused_by_name(two_tracks: object) -> None:
    with pytest.raises(IllegalStep, match="try_case.convict is not lawful here"):
        follow(two_tracks, "try_case.convict")
    with pytest.raises(WrongInput, match="'an offer of kind 'plee' by prosecution|did you mean 'plea'"):
        follow(two_tracks, "arraign.plead_not_guilty", "offer_plea.do=plee")
    with pytest.raises(WrongInput, match="did you mean 'lapse_on_ruling'"):
        follow(two_tracks, switches={"lapse_on_rulin": "no_effect"})


@settings(EXAMPLES)
@given(ways(courtsim.load("two-track")))
@example(way("arraign.plead_not_guilty", "move_to_suppress.forgo"))
def test_every_way_drawn_of_a_scenario_can_be_followed(course: Course) -> None:
    assert follow(courtsim.load("two-track"), course) is not None
    assert eval(repr(course)) == course


# -- whether events are lawful


def test_events_out_of_order_forged_or_too_early_are_found() -> None:
    scenario = courtsim.load("two-track")
    stream = list(courtsim.simulate(scenario, seed=3).histories[0].stream)

    assert assert_lawful(scenario, stream) == replay(scenario.procedure, stream)
    assert assert_lawful(scenario, stream[1:]).closed
    with pytest.raises(AssertionError, match=r"(?s)is not lawful.*follow\(law, "):
        assert_lawful(scenario, [stream[0], *reversed(stream[1:])])
    with pytest.raises(AssertionError, match="after day"):
        assert_lawful(scenario, [*stream[:2], replace(stream[2], day=0.0), *stream[3:]])
    offered = next(n for n, event in enumerate(stream) if event.details and n)
    with pytest.raises(AssertionError, match="the law makes of it"):
        assert_lawful(scenario, [*stream[:offered], replace(stream[offered], details=()), *stream[offered + 1 :]])


# -- the machine


class Bail(LawfulMachine):
    law = written_procedure(COURT)

    @invariant()
    def nobody_is_free_without_bond(self) -> None:
        assert self.state.case != "free" or self.state.tracks["bond"] == "posted"


class FaultyBail(Bail):
    law = written_procedure(FAULTY)


TestBail = Bail.TestCase
TestBail.settings = FEW


def test_a_planted_error_is_found_and_told_as_yaml_with_the_way_there() -> None:
    with pytest.raises(AssertionError) as told:
        run_law_machine(FaultyBail)

    notes = "\n".join(told.value.__notes__)
    assert FAULTY.strip() in notes and 'follow(law, "release.do")' in notes


def test_an_option_that_is_reachable_and_never_taken_fails_the_run() -> None:
    class Timid(Bail):
        @precondition(lambda self: False)
        @rule()
        def take(self) -> None: ...

        def open_toward(self) -> None: ...

    with pytest.raises(AssertionError, match="4 of 4 reachable options were never taken") as told:
        run_law_machine(Timid, FEW, rounds=1)

    assert 'follow(law, "set_bond.do")' in str(told.value)


def test_a_case_that_gets_stuck_fails() -> None:
    class Stuck(LawfulMachine):
        law = written_procedure(
            COURT.replace("{case: [held, free]}", "{case: free}").replace("bond: posted}, after: 3", "bond: none}, after: 3")
        )

    with pytest.raises(AssertionError, match="the case is stuck"):
        run_law_machine(Stuck, MANY)


@pytest.mark.parametrize(
    "stated",
    [
        "{never: {case: free, bond: set}}",
        "{event: Released, requires: {bond: posted}}",
        "{after: BondSet, always: {case: held}}",
        "{after: Released, eventually: {bond: posted}}",
    ],
)
def test_the_law_s_own_invariants_are_watched(stated: str) -> None:
    class Watched(LawfulMachine):
        law = written_procedure(FAULTY + f"invariants: {{mine: {stated}}}\n")

    with pytest.raises(AssertionError, match="the invariant 'mine' is broken"):
        run_law_machine(Watched, MANY)


@pytest.mark.parametrize("name", ["two-track-example", "two-track", "kool-coal", "lesson-fruit"])
def test_the_machine_takes_every_option_of_shipped_laws(name: str) -> None:
    class Shipped(LawfulMachine):
        law = load_any(name)

    assert (
        set(run_law_machine(Shipped, settings(MANY, max_examples=30, stateful_step_count=20)))
        == set(reading_of(Shipped.law).found.ways)
        == set(courtsim.check(Shipped.law).options_fired)
    )


def test_what_lies_deep_in_a_long_law_is_taken() -> None:
    """Of the Florida court, 4 of 162 options were not: a way was seldom gone to its end. `tests/prove/machine.py` asks for all."""
    steps = "".join(
        f"  s{n}: {{by: judge, when: {{case: s{n}}}, after: 1, options: {{on: {{event: On, to: {{case: s{n + 1}}}}},"
        f" off: {{event: Off, to: {{case: closed}}}}}}}}\n"
        for n in range(20)
    )
    states = ", ".join(f"s{n}: {{}}" for n in range(20))

    class Long(LawfulMachine):
        law = written_procedure(
            "procedure: long\ntitle: Long\nlaw_as_of: 2026-01-01\n"
            f"tracks: {{case: {{start: s0, states: {{{states}, s20: {{final: true}}, closed: {{final: true}}}}}}}}\nsteps:\n{steps}"
        )

    assert len(run_law_machine(Long, settings(MANY, max_examples=30, stateful_step_count=5))) == 40


@settings(EXAMPLES, max_examples=4)
@given(st.data())
def test_the_machine_takes_every_option_of_drawn_scenarios(data: st.DataObject) -> None:
    class Drawn(LawfulMachine):
        law = data.draw(scenarios())

    assert set(courtsim.check(Drawn.law).options_fired) <= set(run_law_machine(Drawn, FEW))


def test_a_drawn_number_fact_that_nothing_asks_can_be_checked() -> None:
    """`check` had no number for the whole line: -inf. Found by the strategies."""
    law = written_procedure(COURT + "facts: {priors: {default: 0}}\n")
    tree = {
        "scenario": "mine",
        "procedure": "bail",
        "title": "Mine",
        "starts": dt.date(2026, 1, 1),
        "facts": {"priors": {"uniform": [0, 3]}},
    }

    assert courtsim.check(written_scenario(tree, law)).ok


def test_histories_are_those_of_the_engine() -> None:
    scenario = courtsim.load("two-track")

    assert find(histories(scenario), lambda case: case.state.closed).opening.starts == scenario.starts


def test_nothing_of_it_is_imported_by_the_package(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import courtsim, sys; assert 'hypothesis' not in sys.modules and 'courtsim.testing' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parent.parent).returncode == 0
