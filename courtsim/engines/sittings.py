"""When a resource sits, how long a hearing holds it, and when the hold ends: whole court days, or the hours of its sittings.

Without hours a hold takes court time by day and night, as in `run`. With hours it takes time only while the court sits, over
the lunch hour and over the nights; it begins only where the rest of the day holds it, and one longer than a day begins as the
day opens. So a day holds as many hearings as fit. Times are ticks since the court's first day (`case.clocks`).
"""

from __future__ import annotations

from collections.abc import Sequence

from courtsim.case.clocks import DAY, ticks
from courtsim.procedure.delays import Distribution
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.caseload import Resource

MINUTES = 24 * 60
HOURS = 24
SECOND = DAY // (MINUTES * 60)

Windows = tuple[tuple[int, int], ...]  # ticks of a day, from and to
ALL_DAY: Windows = ((0, DAY),)


class Sittings:
    """The court time of one resource."""

    def __init__(self, resource: Resource, days: CourtDays, first_weekday: int) -> None:
        """*first_weekday*: of day 0; Monday is 0."""
        self.days = days
        self.timed = bool(resource.hours)
        self.weekdays = resource.sits
        self.minutes = dict(resource.minutes)
        hours = resource.hours or ((0, MINUTES),)
        self.windows: Windows = tuple((a * DAY // MINUTES, -(-b * DAY // MINUTES)) for a, b in hours)
        self.a_day = sum(b - a for a, b in self.windows)  # ticks of sitting in a day
        self._court_day = self.a_day if resource.court_day is None else ticks(resource.court_day / HOURS)
        self._first_weekday = first_weekday
        self._known: dict[int, bool] = {}

    def sits(self, day: int) -> bool:
        """Whether a hold may begin on that day."""
        if not self.weekdays and self.days.always:
            return True
        found = self._known.get(day)
        if found is None:
            weekday = (self._first_weekday + day) % 7
            found = self._known[day] = self.days.sits(day) and (not self.weekdays or weekday in self.weekdays)
        return found

    # -- holds

    def kind(self, step: str, of_court_days: Distribution) -> Distribution:
        """What the length of a hearing is drawn from: minutes where they are stated, else court days."""
        return self.minutes.get(step, of_court_days)

    def length(self, step: str, drawn: int) -> int:
        """Ticks of sitting that a hearing takes, of what was drawn from its `kind` in ticks of days.

        By the hour it is rounded down, for a minute is no whole number of ticks: nine times forty minutes fit into six hours.
        """
        if not self.timed:
            return drawn
        exact = max(0, drawn - 1)  # what was drawn may have been rounded up
        return exact // MINUTES if step in self.minutes else exact * self._court_day // DAY

    def end_of(self, begun: int, length: int) -> int:
        """When a hold of so many ticks of sitting ends."""
        if not self.timed:
            return begun + length if self.days.always else self.days.moment(self.days.elapsed(begun) + length)
        return self._moment(self.elapsed(begun) + length) if length else begun

    def left_today(self, now: int) -> int:
        """Ticks of sitting from now to the end of the day."""
        return self.a_day - self._into(now % DAY)

    def elapsed(self, time: int) -> int:
        """Ticks of sitting that have passed at a time, on court days, whether or not a hold may begin on them."""
        if not self.timed:
            return self.days.elapsed(time)
        day = time // DAY
        before = self.days.elapsed(day * DAY) // DAY
        return before * self.a_day + (self._into(time % DAY) if self.days.sits(day) else 0)

    def offered(self, since: int, until: int) -> int:
        """Ticks of sitting on the days on which a hold may begin."""
        if not self.weekdays:
            return self.elapsed(until) - self.elapsed(since)
        found = 0
        for day in range(since // DAY, -(-until // DAY)):
            if self.sits(day):
                begin, end = max(since, day * DAY) - day * DAY, min(until, (day + 1) * DAY) - day * DAY
                found += self._into(end) - self._into(begin)
        return found

    def _into(self, time: int) -> int:
        """Ticks of sitting before a time of a day."""
        if not self.timed:
            return time
        return sum(min(max(time - a, 0), b - a) for a, b in self.windows)

    def _moment(self, elapsed: int) -> int:
        """The time at which so much sitting has passed: the end of a sitting where that is within a second, never a beginning."""
        day, within = divmod(elapsed - 1, self.a_day)
        within += 1
        begins = self.days.moment(day * DAY)
        for a, b in self.windows:
            if within <= b - a:
                return begins + (b if b - a - within < SECOND else a + within)
            within -= b - a
        raise AssertionError("a day's sitting is the sum of its windows")


def common(several: Sequence[Sittings]) -> Windows:
    """When all of them sit on a day on which all of them do."""
    found = ALL_DAY
    for each in several:
        found = tuple((max(a, c), min(b, d)) for a, b in found for c, d in each.windows if max(a, c) < min(b, d))
    return found
