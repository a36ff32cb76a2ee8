"""Where two histories of a case part, and what each led to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import Struct

from courtsim.case.events import Event
from courtsim.case.history import History
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import Outcome, outcome


class Course(Struct, frozen=True):
    """One history, by a name for people."""

    name: str
    scenario: Scenario
    history: History

    @property
    def events(self) -> Sequence[Event]:
        return self.history.events

    @property
    def outcome(self) -> Outcome:
        return outcome(self.scenario, self.history)


class Parting(Struct, frozen=True):
    """Two courses and how many events they share from the first on."""

    left: Course
    right: Course
    shared: int

    @property
    def same(self) -> bool:
        return self.shared == len(self.left.events) == len(self.right.events)


def part(left: Course, right: Course) -> Parting:
    """Compares two histories event by event: date, step, option and details, not the number of the case."""
    shared = 0
    for ours, theirs in zip(left.events, right.events, strict=False):
        if not same(ours, theirs):
            break
        shared += 1
    return Parting(left, right, shared)


def same(a: Event, b: Event) -> bool:
    return (a.day, a.step, a.option, a.details) == (b.day, b.step, b.option, b.details)


class Branch(Struct, frozen=True):
    """One history in the tree of a case: how it began, where it ended, and the forks that left it."""

    id: str  # of the run, or of the fork
    case: int
    at: int | None  # the event in whose place something else happened; None at the root
    date: dt.date | None
    choice: str | None  # step=option
    instead: str | None  # what had happened in the parent at that event
    disposition: str
    label: str
    days: float
    values: Mapping[str, float]  # `value.ACTOR`, in dollars
    events: int
    branches: tuple[Branch, ...] = ()
