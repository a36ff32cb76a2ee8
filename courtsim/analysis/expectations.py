"""Whether a scenario is as its file expects: what is lawful after which options, what happens on which day, what `solve` finds.

`after` is followed from the start by `decide` and `evolve` alone, for every value of the facts that are drawn. `dated` looks
at CASES cases at central timing: the event happens on that day in each. Numbers are those of `solve`, within 1e-6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from msgspec import Struct

from courtsim.case.core import lawful, settle
from courtsim.case.events import Event
from courtsim.case.following import walk
from courtsim.case.masks import masks_of
from courtsim.case.state import CaseState
from courtsim.engines.check import drawn_facts
from courtsim.engines.simulate import histories
from courtsim.engines.solve import solve
from courtsim.errors import CourtsimError, IllegalStep, listed
from courtsim.procedure.conditions import matches_name
from courtsim.scenario.facts import Expectation, Scenario
from courtsim.scenario.opens import opening

CLOSE = 1e-6  # of a number expected
CASES = 20  # of which every one must have a dated event on its day
OF_THE_END = ("convicted", "days", "jail_days", "probation_days", "fine", "civil_penalty", "community_service_hours")


class Finding(Struct, frozen=True):
    """One thing that was expected, and what was found."""

    what: str
    expected: str
    found: str
    holds: bool


def judged(scenario: Scenario, expected: Expectation) -> list[Finding]:
    """Everything that the expectation says, each with what was found.

    An error of the scenario itself (a case that gets stuck, a script that the law refuses) is found in place of an answer.
    """
    found: list[Finding] = []
    for ask in (_followed, _dated, _solved):
        try:
            found += ask(scenario, expected)
        except CourtsimError as fault:
            found.append(Finding("the scenario itself", "an answer", str(fault), False))
    return found


def opened(scenario: Scenario) -> list[CaseState]:
    """The case as it opens, for every combination of facts that are drawn."""
    masks = masks_of(scenario.procedure, opening(scenario))
    return [CaseState(masks, settle(masks, masks.start(facts), 0)) for facts in drawn_facts(masks, scenario)]


def _followed(scenario: Scenario, expected: Expectation) -> Iterator[Finding]:
    if not (expected.after or expected.lawful or expected.not_lawful):
        return
    reached: list[CaseState] = []
    refused: list[IllegalStep] = []
    for start in opened(scenario):
        try:
            reached.append(walk(scenario.procedure, start, expected.after)[0])
        except IllegalStep as fault:
            refused.append(fault)
    if expected.after:
        yield Finding("after", " ".join(expected.after), str(refused[0]) if not reached else "lawful", bool(reached))
    for name in expected.lawful:
        yield _lawful(name, reached, True)
    for name in expected.not_lawful:
        yield _lawful(name, reached, False)


def _lawful(name: str, reached: list[CaseState], wanted: bool) -> Finding:
    """Whether a step or an option is lawful, whatever the facts that are drawn turn out to be."""
    allowed = [lawful(state) for state in reached]
    here = [any(name in (step, f"{step}.{option}") for step, option in options) for options in allowed]
    steps = dict.fromkeys(step for options in allowed for step, _ in options)
    what = "lawful" if wanted else "not lawful"
    if not reached:
        return Finding(what, name, "nothing: the way there is not lawful", False)
    if len(set(here)) == 2:
        return Finding(what, name, f"lawful for {sum(here)} of {len(here)} combinations of the facts that are drawn", False)
    if here[0] is wanted:
        return Finding(what, name, "so", True)
    return Finding(what, name, f"lawful are {listed(steps)}".replace(" or ", " and "), False)


def _dated(scenario: Scenario, expected: Expectation) -> Iterator[Finding]:
    if not expected.dated:
        return
    cases = [history.events for history in histories(scenario, CASES, timing="central")]
    for name, day in expected.dated:
        days = [[event.date for event in events if event.name == name] for events in cases]
        on_the_day = sum(day in found for found in days)
        yield Finding(name, day.isoformat(), _dates(days, on_the_day), on_the_day == len(cases))


def _dates(days: list[list[dt.date]], on_the_day: int) -> str:
    every = sorted({day for found in days for day in found})
    if not every:
        return f"in none of {len(days)} cases"
    dates = listed(day.isoformat() for day in every)
    return dates if len(every) == 1 and on_the_day in (0, len(days)) and all(days) else f"{dates}, in {len(days)} cases"


def _solved(scenario: Scenario, expected: Expectation) -> Iterator[Finding]:
    if not (expected.dispositions or expected.reached or expected.measures):
        return
    solved = solve(scenario, tracks=_tracks(scenario, expected))
    left = CLOSE + solved.truncated
    for name, number in expected.dispositions:
        found = sum(p for end, p in solved.dispositions.items() if matches_name(end, name))
        yield Finding(f"disposition {name}", f"{number:g}", _number(found, number), abs(found - number) <= left)
    for name, number in expected.reached:
        yield _reached(name, number, [p for state, p in solved.reached.items() if matches_name(state, name)], left)
    for name, number in expected.measures:
        found = solved.measures[name]
        yield Finding(name, f"{number:g}", _number(found, number), abs(found - number) <= CLOSE)


def _tracks(scenario: Scenario, expected: Expectation) -> set[str] | None:
    """The tracks that are asked about; None where a measure may be touched by any."""
    names = [name for name, _ in expected.reached]
    for name, _ in expected.measures:
        if name.startswith("days_in."):
            names.append(name.removeprefix("days_in."))
        elif name not in OF_THE_END:
            return None
    return {track for name in names for track in scenario.procedure.tracks if matches_name(name, track)}


def _reached(name: str, number: float, states: list[float], left: float) -> Finding:
    """Of a name with several states below it, the probability is known between that of the likeliest and their sum."""
    least, most = max(states), min(1.0, sum(states))
    if most - least <= CLOSE:
        return Finding(f"reached {name}", f"{number:g}", _number(most, number), abs(most - number) <= left)
    between = f"between {least:.6g} and {most:.6g}; name one of the states below it"
    return Finding(f"reached {name}", f"{number:g}", between, False)


def _number(found: float, expected: float) -> str:
    """As many digits as show a difference that counts."""
    return f"{found:g}" if abs(found - expected) <= CLOSE or f"{found:g}" != f"{expected:g}" else f"{found:.9g}"


def exercised(scenario: Scenario, expected: Expectation, cases: int) -> Iterator[list[Event]]:
    """What happened on the way to the answers: the options followed; of dated and solved ones, so many cases."""
    if expected.after:
        for start in opened(scenario):
            try:
                yield walk(scenario.procedure, start, expected.after)[1]
            except IllegalStep:
                continue
    if expected.dated or expected.dispositions or expected.reached or expected.measures:
        yield from (list(history.events) for history in histories(scenario, cases, timing="central"))
