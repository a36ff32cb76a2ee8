"""What is true of every case of every procedure: shipped ones and generated ones. Each test says what it must have seen."""

from __future__ import annotations

import tempfile
from collections import Counter
from functools import cache, lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import courtsim
from courtsim.case.clocks import DAY
from courtsim.case.core import decide, evolve, following_from, lawful, limits_here, replay
from courtsim.case.events import AMOUNTS, Command, OfferMade, Ruling, Sentenced, Suppressed, decode, encode
from courtsim.case.history import History
from courtsim.case.state import CaseState, unopened
from courtsim.engines.simulate import histories
from courtsim.errors import IllegalStep
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import outcome
from tests.foreign.generate import write

SHIPPED = ["two-track", "jupiter-2019"]
GENERATED = range(60)


@cache
def scenario(which: str | int) -> Scenario:
    if isinstance(which, str):
        return courtsim.load(which)
    with tempfile.TemporaryDirectory() as folder:
        return courtsim.load(write(which, Path(folder))[1])


@lru_cache(maxsize=3_000)  # all of them: under many examples each case is met many times
def history(which: str | int, seed: int) -> History:
    return next(iter(histories(scenario(which), 1, seed)))


scenarios = st.one_of(st.sampled_from(SHIPPED), st.sampled_from(GENERATED))
cases = st.builds(history, scenarios, st.integers(0, 40))
ALL = [(which, seed) for which in GENERATED for seed in range(5)] + [(which, seed) for which in SHIPPED for seed in range(20)]


@lru_cache(maxsize=3_000)
def states(case: History) -> list[CaseState]:
    """The state before every event of the stream."""
    procedure = case.masks.procedure
    found = [unopened(procedure)]
    for event in case.stream:
        found.append(evolve(procedure, found[-1], event))
    return found


@given(cases)
def test_decide_would_have_made_every_event(case: History) -> None:
    for before, event in zip(states(case)[1:], case.events, strict=False):
        code = before.masks.option_codes[event.step, event.option]
        settled = len(following_from(before.masks, before.word, code))
        command = Command(
            step=event.step,
            option=event.option,
            case=event.case,
            seq=event.seq,
            day=event.day,
            date=event.date,
            details=event.details[settled:],
        )

        assert decide(case.masks.procedure, before, command) == event


@given(cases, st.randoms(use_true_random=False))
def test_decide_refuses_what_is_not_lawful_and_says_what_is(case: History, chance: object) -> None:
    before = chance.choice(states(case)[1:])  # type: ignore[attr-defined]
    allowed = lawful(before)
    refused = [name for name in before.masks.option_codes if name not in allowed]

    for step, option in refused:
        with pytest.raises(IllegalStep) as told:
            decide(case.masks.procedure, before, Command(step=step, option=option))
        assert told.value.instead == tuple(f"{s}.{o}" for s, o in allowed)


@given(cases)
def test_replaying_the_events_gives_the_live_state(case: History) -> None:
    assert replay(case.masks.procedure, case.stream) == case.state


@given(cases)
def test_events_survive_their_bytes(case: History) -> None:
    for event in case.stream:
        assert decode(encode(event)) == event


@given(cases)
def test_time_never_runs_backwards_and_nothing_follows_the_closing_event(case: History) -> None:
    days = [event.day for event in case.events]
    closed = [state.closed for state in states(case)[1:]]

    assert days == sorted(days) and all(day >= 0 and day * DAY % 1 == 0 for day in days)
    assert [event.seq for event in case.events] == list(range(1, len(days) + 1))
    assert all((event.date - case.opening.starts).days == int(event.day) for event in case.events)
    assert closed[-1]
    steps_after = [e for e, was_closed in zip(case.events, closed, strict=False) if was_closed]
    assert all(event.step not in case.masks.procedure.steps for event in steps_after)
    assert all(event.day == days[-1] for event in steps_after)


@given(cases)
def test_no_sentence_is_outside_the_statute(case: History) -> None:
    for before, event in zip(states(case)[1:], case.events, strict=False):
        for sentence in event.details:
            if isinstance(sentence, Sentenced) and sentence.kind != "diversion":
                after = evolve(case.masks.procedure, before, event)
                for amount in AMOUNTS:
                    limit = limits_here(after.masks, after.word)[amount]
                    assert limit.mandatory <= getattr(sentence, amount) <= (limit.max or float("inf"))


@given(st.sampled_from(SHIPPED), st.integers(0, 400))
def test_nobody_is_convicted_without_a_plea_or_a_verdict(which: str, seed: int) -> None:
    case = history(which, seed)
    sentences = [d for event in case.events for d in event.details if isinstance(d, Sentenced)]

    if outcome(scenario(which), case).measures["convicted"]:
        assert any(sentence.kind in ("plea", "verdict") for sentence in sentences)


@given(scenarios, st.integers(0, 40), st.integers(1, 30))
def test_a_case_is_the_same_alone_and_in_a_block(which: str | int, seed: int, case: int) -> None:
    (alone,) = histories(scenario(which), 1, seed, first=case)
    together = list(histories(scenario(which), 30, seed))[case - 1]

    assert together.stream == alone.stream


@given(st.sampled_from(GENERATED), st.integers(0, 40))
def test_the_engine_goes_nowhere_that_check_did_not(which: int, seed: int) -> None:
    fired = {f"{event.step}.{event.option}" for event in history(which, seed).events}

    assert fired <= reachable(which)


@cache
def reachable(which: int) -> frozenset[str]:
    found = courtsim.check(scenario(which))
    assert found.finished
    return frozenset(found.options_fired)


def test_the_cases_of_these_tests_have_seen_the_world() -> None:
    """Coverage of the properties above: what the sampled cases must have contained."""
    seen: Counter[str] = Counter()
    for which, seed in ALL:
        case = history(which, seed)
        clocks = case.masks.steps
        for before, event in zip(states(case)[1:], case.events, strict=False):
            seen.update(type(detail).__name__ for detail in event.details)
            seen["consequences"] += event.step not in case.masks.procedure.steps
            seen["paused clocks"] += any(
                before.masks.enabled(code, before.word) and code.tolled and _holds(code.tolled, before.word) for code in clocks
            )
            seen["appeals"] += any(str(state).startswith("pending") for state in before.tracks.values())
            seen["lapses"] += "lapse" in event.option.lower() or "Lapse" in event.name
            seen["holds"] += bool(event.step in case.masks.procedure.steps and case.masks.procedure.steps[event.step].needs)

    wanted = [OfferMade, Suppressed, Ruling]
    assert {kind.__name__: seen[kind.__name__] for kind in wanted if seen[kind.__name__] < 20} == {}
    assert {name: seen[name] for name in ("appeals", "consequences", "paused clocks", "lapses", "holds") if seen[name] < 20} == {}


def _holds(condition: tuple[int, ...], word: int) -> bool:
    return any(not word & mask for mask in condition)
