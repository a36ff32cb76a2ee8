"""Many cases before one court: what it has of judges and rooms, when cases are filed, and for how long it is watched."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from courtsim.procedure.conditions import Condition
from courtsim.procedure.delays import Distribution
from courtsim.procedure.law import CLOCK as LAW
from courtsim.procedure.law import Procedure
from courtsim.scenario.publicity import BANNER, Publicity

FILED = "filed"  # an order: by when the case was filed
CUSTODY = "custody"  # those who are held now, before the others
CLOCK = "clock."  # with a track: by the time left until the law itself moves it; the cases in which none runs come last
FACT = "fact."
HORIZON, PRECISION, AT_MOST = 1825.0, 0.05, 200  # days; half-width; replications: where a scenario says nothing
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # as `date.weekday` counts them


class Resource(Struct, frozen=True):
    """Something a court has only so much of, and holds for a hearing.

    Attributes:
        capacity: how many there are; None: no limit, but it sits when it sits.
        sits: weekdays on which a hold may start; empty: any court day.
        order: who comes first, smaller first; then first come, first served.
        hours: when it sits on a court day, minutes since midnight from and to, in order; empty: all day.
        court_day: hours of one court day of `needs`; None: as many as `hours` has.
        minutes: step to how long its hearing is, in minutes, in place of its court days.
    """

    capacity: int | None = None
    sits: tuple[int, ...] = ()
    order: tuple[str, ...] = ()
    hours: tuple[tuple[int, int], ...] = ()
    court_day: float | None = None
    minutes: tuple[tuple[str, Distribution], ...] = ()


class Lawyers(Struct, frozen=True):
    """Lawyers of one kind. Each keeps a case from when he gets it until it is disposed of.

    Attributes:
        party: the actor for whom they act: its steps wait until the case has one of them. None: they take only what the
            lawyers that name them as `overflow` have no place for, and act for the same.
        capacity: how many there are; None: as many as it takes.
        cases: open cases of each at most; None: no limit.
        when: which cases need one, and keep him while it holds.
        order: which case gets the next place, smaller first; then first come, first served.
        overflow: the lawyers that a case gets at once when these have no place.
    """

    party: str | None = None
    capacity: int | None = None
    cases: int | None = None
    when: Condition = ()
    order: tuple[str, ...] = ()
    overflow: str | None = None

    @property
    def places(self) -> int | None:
        """Open cases of all of them together; None: no limit."""
        return None if self.capacity is None or self.cases is None else self.capacity * self.cases


class Arrivals(Struct, frozen=True):
    """When cases are filed: at random, so many per open day; or on stated dates."""

    per_day: float = 0.0
    by_month: tuple[float, ...] = ()  # a factor for each month; empty: all 1
    by_year: tuple[tuple[int, float], ...] = ()  # a factor from that calendar year on, in order; before the first: 1
    weekdays_only: bool = False
    dates: tuple[dt.date, ...] = ()  # of a file, in order; then nothing else counts


class Replications(Struct, frozen=True):
    """How many times the years are lived again: until the figures are as precise as asked for, or a fixed number."""

    precision: float | None = PRECISION  # relative half-width of the 95% interval; None: exactly `at_most`
    at_most: int = AT_MOST


class Caseload(Struct, frozen=True):
    """A court over years.

    Attributes:
        mix: scenario to its share; empty: the scenario itself alone.
        horizon_days: the warm-up included.
        warm_up_days: what happens in them does not count; None: as many as MSER-5 says.
        active: while it does not hold a case rests: that time counts neither to disposition nor as age.
        publicity: the crowd that hears of what the court does; None: what is filed does not depend on it.
    """

    arrivals: Arrivals
    mix: tuple[tuple[str, float], ...] = ()
    horizon_days: float = HORIZON
    warm_up_days: float | None = None
    replications: Replications = Replications()
    active: Condition = ()
    publicity: Publicity | None = None


def runs_out(procedure: Procedure, track: str) -> list[str]:
    """The steps in which the law itself moves a track once a time has run out: of speedy trial, the times that count."""
    return [
        name
        for name, step in procedure.steps.items()
        if step.by == LAW and any(track == moved for option in step.options.values() for moved, _ in option.to)
    ]


def banner(caseload: Caseload | None) -> str:
    """What every output must say where a crowd watches; nothing where none does."""
    return BANNER if caseload is not None and caseload.publicity is not None else ""
