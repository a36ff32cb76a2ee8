"""Many cases before one court: what it has of judges and rooms, when cases are filed, and for how long it is watched."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

FILED = "filed"  # an order: by when the case was filed
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # as `date.weekday` counts them


class Resource(Struct, frozen=True):
    """Something a court has only so much of.

    Attributes:
        capacity: how many there are; None: no limit, but it sits when it sits.
        sits: weekdays on which a hold may start; empty: any court day.
        order: who comes first, smaller first; then first come, first served.
    """

    capacity: int | None = None
    sits: tuple[int, ...] = ()
    order: tuple[str, ...] = ()


class Arrivals(Struct, frozen=True):
    """When cases are filed: at random, so many per open day; or on stated dates."""

    per_day: float = 0.0
    by_month: tuple[float, ...] = ()  # a factor for each month; empty: all 1
    weekdays_only: bool = False
    dates: tuple[dt.date, ...] = ()  # of a file, in order; then nothing else counts


class Replications(Struct, frozen=True):
    """How many times the years are lived again: until the figures are as precise as asked for, or a fixed number."""

    precision: float | None = 0.05  # relative half-width of the 95% interval; None: exactly `at_most`
    at_most: int = 200


class Caseload(Struct, frozen=True):
    """A court over years.

    Attributes:
        mix: scenario to its share; empty: the scenario itself alone.
        horizon_days: the warm-up included.
        warm_up_days: what happens in them does not count; None: as many as MSER-5 says.
    """

    arrivals: Arrivals
    mix: tuple[tuple[str, float], ...] = ()
    horizon_days: float = 1825.0
    warm_up_days: float | None = None
    replications: Replications = Replications()
