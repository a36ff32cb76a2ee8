"""On which days the court sits, counted from the day a case began: weekends, public holidays and days the court closes."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Container

from courtsim.case.clocks import DAY
from courtsim.scenario.facts import Calendar

CHUNK = 512
HORIZON = 400 * 366  # days: a calendar without a court day in four centuries is a mistake


class CourtDays:
    """The court days of a calendar, worked out as far as they are asked for. Implements `case.clocks.Court`."""

    def __init__(self, starts: dt.date, calendar: Calendar | None) -> None:
        self._starts = starts
        self.always = calendar is None  # every day is a court day
        self._calendar = calendar
        self._closed = frozenset(calendar.closed) if calendar else frozenset()
        self._base: Container[dt.date] | None = None
        self._known = 0  # days before this one are worked out
        self._open: list[int] = []
        self._next_open: dict[int, int] = {}

    def sits(self, day: int) -> bool:
        """Whether the court sits on that day since the case began (negative days are before it)."""
        if self.always:
            return True
        date = self._starts + dt.timedelta(days=day)
        return date.weekday() < 5 and date not in self._closed and date not in self._public_holidays()

    def _public_holidays(self) -> Container[dt.date]:
        if self._base is None:
            self._base = public_holidays(self._calendar.base) if self._calendar and self._calendar.base else ()
        return self._base

    def _reach(self, day: int) -> None:
        if day - self._known > HORIZON:
            raise OverflowError("a day further than four centuries ahead")
        while self._known <= day:
            stop = self._known + CHUNK
            self._open += [d for d in range(self._known, stop) if self.sits(d)]
            self._known = stop

    def next_open(self, day: int) -> int:
        found = self._next_open.get(day)
        if found is None:
            found = day
            while not self.sits(found):
                found += 1
            self._next_open[day] = found
        return found

    def later(self, day: int, court_days: int) -> int:
        if self.always:
            return day + court_days
        if court_days == 0:
            return self.next_open(day)
        self._reach(day)
        return self._nth(bisect_right(self._open, day) + court_days - 1)

    def court_days(self, first: int, last: int) -> int:
        if self.always:
            return last - first + 1
        self._reach(last)
        return bisect_right(self._open, last) - bisect_right(self._open, first - 1)

    def _nth(self, n: int) -> int:
        while len(self._open) <= n:
            self._reach(self._known + CHUNK)
        return self._open[n]

    def elapsed(self, time: int) -> int:
        if self.always:
            return time
        day = time // DAY
        self._reach(day)
        before = bisect_right(self._open, day - 1)
        today = before < len(self._open) and self._open[before] == day
        return before * DAY + (time - day * DAY if today else 0)

    def moment(self, elapsed: int) -> int:
        if self.always:
            return elapsed
        return self._nth(elapsed // DAY) * DAY + elapsed % DAY


def public_holidays(base: str) -> Container[dt.date]:
    """The public holidays of `US`, `US-FL`, `DE-BY`, ... from the `holidays` package, for any year asked for.

    Raises:
        NotImplementedError: the package does not know the country or its part.
    """
    import holidays

    country, _, part = base.partition("-")
    return holidays.country_holidays(country, subdiv=part or None)
