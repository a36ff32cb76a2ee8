"""Which clocks of a case run, stand still and fall due: one pure meaning for every engine.

Times are *ticks*, whole multiples of 2^-24 day since the case began, so that sums, pauses and ties are exact. A clock
starts a new *visit* when its step becomes enabled, is forgotten when it is disabled, stands still while tolled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Protocol

from courtsim.case.masks import Masks, Turned, holds
from courtsim.procedure.delays import AnyDelay, Deadline, Delay, DelayRows, Distribution, OfferTerm, Until

DAY = 1 << 24
_IN_DAY = DAY - 1  # the bits of a time within its day
NEVER = 1 << 62

OFF, RUNNING, STANDING = 0, 1, 2
MANY = -1  # in place of a mask: the condition needs more than one

Draw = Callable[[int, int, Distribution], int]  # step, visit, distribution: the delay in ticks


def ticks(days: float) -> int:
    """A number of days on the grid of 2^-24 day, rounded once."""
    return round(days * DAY)


class Court(Protocol):
    """On which days, counted from the day the case began, the court sits."""

    def next_open(self, day: int) -> int:
        """*day* itself, or the first court day after it."""
        ...

    def later(self, day: int, court_days: int) -> int:
        """The day that is so many court days after *day*."""
        ...

    def court_days(self, first: int, last: int) -> int:
        """How many of the days from *first* to *last*, both included, are court days."""
        ...

    def elapsed(self, time: int) -> int:
        """Ticks of court days that have passed at *time*."""
        ...

    def moment(self, elapsed: int) -> int:
        """The time at which so many ticks of court days have passed; the end of a court day is the next one's beginning."""
        ...


class SpecialClock(Protocol):
    """A running clock that is more than a number of ticks left."""

    def due(self) -> int: ...
    def stand_still(self, now: int) -> None: ...
    def run_on(self, now: int) -> None: ...
    def copy(self) -> SpecialClock: ...


class _ByValue:
    """Clocks that stand alike are one clock to the exact engine, which merges histories."""

    court: Court

    def _standing(self) -> tuple[object, ...]:
        return tuple(value for name, value in vars(self).items() if name != "court")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, _ByValue) and self._standing() == other._standing()

    def __hash__(self) -> int:
        return hash(self._standing())


def rolled(court: Court, time: int) -> int:
    """The time, or the beginning of the next court day where that day has no court."""
    day = time // DAY
    opened = court.next_open(day)
    return time if opened == day else opened * DAY


class RolledClock(_ByValue):
    """Falls due on a day without court: happens at the beginning of the next court day."""

    def __init__(self, court: Court, start: int, delay: int) -> None:
        self.court = court
        self.raw = start + delay
        self.left = delay

    def due(self) -> int:
        return rolled(self.court, self.raw)

    def stand_still(self, now: int) -> None:
        self.left = max(0, self.raw - now)

    def run_on(self, now: int) -> None:
        self.raw = now + self.left

    def copy(self) -> RolledClock:
        twin = RolledClock(self.court, self.raw, 0)
        twin.left = self.left
        return twin


class CourtClock(_ByValue):
    """Moves only on days the court sits."""

    def __init__(self, court: Court, start: int, delay: int) -> None:
        self.court = court
        self.until = court.elapsed(start) + delay
        self.left = delay

    def due(self) -> int:
        return self.court.moment(self.until)

    def stand_still(self, now: int) -> None:
        self.left = max(0, self.until - self.court.elapsed(now))

    def run_on(self, now: int) -> None:
        self.until = self.court.elapsed(now) + self.left

    def copy(self) -> CourtClock:
        twin = CourtClock(self.court, 0, 0)
        twin.until, twin.left = self.until, self.left
        return twin


class DeadlineClock(_ByValue):
    """A legal time limit (Fla. R. Gen. Prac. & Jud. Admin. 2.514): whole days after the day of the trigger.

    Time stood still moves it by the calendar days that the tolling touched, each counted once, then to a court day.
    """

    def __init__(self, court: Court, start: int, days: int, by_court_days: bool) -> None:
        self.court = court
        self.trigger = start // DAY
        self.days = days
        self.by_court_days = by_court_days
        self.touched = 0
        self.touched_up_to = self.trigger - 1
        self.stood_from = start
        self.ran_out: int | None = None  # when it had run out before it stood still

    def due(self) -> int:
        if self.ran_out is not None:
            return self.ran_out
        if self.by_court_days:
            last = self.court.later(self.trigger, self.days + self.touched)
        else:
            last = self.court.next_open(self.trigger + self.days + self.touched)
        return (last + 1) * DAY - 1

    def stand_still(self, now: int) -> None:
        self.stood_from = now
        if self.due() <= now:
            self.ran_out = self.due()

    def run_on(self, now: int) -> None:
        if self.ran_out is not None:
            self.ran_out = now
            return
        if now == self.stood_from:
            return
        first = max(self.stood_from // DAY, self.touched_up_to + 1)
        last = (now - 1) // DAY
        if last >= first:
            self.touched += self.court.court_days(first, last) if self.by_court_days else last - first + 1
            self.touched_up_to = last

    def copy(self) -> DeadlineClock:
        twin = DeadlineClock.__new__(DeadlineClock)
        twin.__dict__.update(self.__dict__)
        return twin


class Timing:
    """How the clocks of a case are set: the delay of each step, the court's days, and the day the case began."""

    def __init__(self, masks: Masks, court: Court, delays: Mapping[str, AnyDelay] | None = None) -> None:
        self.masks = masks
        self.court = court
        self.starts = masks.opening.starts
        chosen = delays or {}
        self.delays = [chosen.get(code.step.name, code.step.after) for code in masks.steps]
        self.plain = [_distribution(delay) for delay in self.delays]
        self.gates = [code.silent[0] if len(code.silent) == 1 else MANY for code in masks.steps]
        self.tolls = [code.tolled for code in masks.steps]
        self.rows = [
            [(masks.compile(row.when or ()), row.delay) for row in delay.rows] if isinstance(delay, DelayRows) else []
            for delay in self.delays
        ]

    def begin(self, step: int, visit: int, now: int, word: int, draw: Draw) -> tuple[int, SpecialClock | None]:
        """When a clock that is no plain distribution falls due, and the clock itself where it is more than that."""
        return self._special(self.delay(step, word), step, visit, now, word, draw)

    def delay(self, step: int, word: int) -> Delay:
        """The delay of a step whose clock begins in this state."""
        for when, row in self.rows[step]:
            if holds(when, word):
                return row
        delay = self.delays[step]
        assert isinstance(delay, Delay)
        return delay

    def _special(self, delay: Delay, step: int, visit: int, now: int, word: int, draw: Draw) -> tuple[int, SpecialClock | None]:
        kind = delay.kind
        match kind:
            case OfferTerm("open_for"):
                offered = self._open_for(word, now)
                if isinstance(offered, int):
                    return offered, None
                return self._special(offered, step, visit, now, word, draw)
            case OfferTerm(term):
                days = self._term(word, term)
                if days is None:
                    return NEVER, None
                length = ticks(days)
            case Deadline(days):
                limit = DeadlineClock(self.court, now, days, delay.court_days)
                return limit.due(), limit
            case Until(date):
                length = max(0, self.day(date) * DAY - opens(now))
            case _:
                length = draw(step, visit, kind)
        start = opens(now)
        clock: SpecialClock
        if delay.court_days:
            clock = CourtClock(self.court, start, length)
        elif delay.roll:
            clock = RolledClock(self.court, start, length)
        else:
            return start + length, None
        return clock.due(), clock

    def day(self, date: dt.date) -> int:
        return (date - self.starts).days

    def _offer(self, word: int) -> object:
        return self.masks.questions["offer",].read(word)

    def _open_for(self, word: int, now: int) -> Delay | int:
        """The delay of the offer made last, or the time at which it ends."""
        for offer in self.masks.opening.offers:
            if offer.name == self._offer(word):
                if offer.open_for is not None:
                    return offer.open_for
                if offer.open_until is not None:
                    return max(now, (self.day(offer.open_until) + 1) * DAY - 1)
        return NEVER

    def _term(self, word: int, term: str) -> float | None:
        for offer in self.masks.opening.offers:
            if offer.name == self._offer(word):
                days = dict(offer.terms).get(term)
                return None if days is None else float(days)
        return None


def _distribution(delay: AnyDelay) -> Distribution | None:
    """The distribution of a delay that is nothing more than that."""
    if isinstance(delay, DelayRows) or delay.court_days or delay.roll:
        return None
    return None if isinstance(delay.kind, Deadline | Until | OfferTerm) else delay.kind


def opens(now: int) -> int:
    """When a clock that is no deadline begins: a right that begins when a deadline has passed opens the next day."""
    return now if (now + 1) & _IN_DAY else now + 1


class Clocks:
    """The clocks of one case: for each step (by its index) whether it runs, when it is due, what is left, which visit."""

    __slots__ = ("drawn", "due", "left", "mode", "place", "special", "timing", "visits")

    def __init__(self, timing: Timing, drawn: Sequence[Mapping[int, Sequence[int]]], place: int = 0) -> None:
        """*drawn*: for each step, visit to the delays already drawn for a block of cases, of which this is one."""
        steps = len(timing.masks.steps)
        self.timing = timing
        self.drawn = drawn
        self.place = place
        self.due = [NEVER] * steps
        self.left = [0] * steps
        self.mode = [OFF] * steps
        self.visits = [0] * steps
        self.special: dict[int, SpecialClock] = {}

    def copy(self) -> Clocks:
        """The same clocks, free to go another way."""
        twin = Clocks.__new__(Clocks)
        twin.timing, twin.drawn, twin.place = self.timing, self.drawn, self.place
        twin.due = self.due[:]
        twin.left = self.left[:]
        twin.mode = self.mode[:]
        twin.visits = self.visits[:]
        twin.special = {step: clock.copy() for step, clock in self.special.items()}
        return twin

    def open(self, word: int, now: int, draw: Draw) -> None:
        """Starts the clocks of a case as it opens."""
        self.turn(range(len(self.due)), word, now, draw, -1, frozenset())

    def begin_anew(self, step: int, word: int, now: int, draw: Draw) -> None:
        """Starts a new visit of a step, if it is enabled."""
        self.turn((step,), word, now, draw, step, frozenset())

    def turn(self, steps: Iterable[int], word: int, now: int, draw: Draw, fired: int, restarts: Container[int]) -> None:
        """Sets the clocks of *steps* after an event, of which *word* is the settled state.

        The step that *fired* and those it *restarts* begin a new visit. This is the innermost loop of every engine.
        """
        timing, mode, due = self.timing, self.mode, self.due
        gates, tolls, plain, drawn = timing.gates, timing.tolls, timing.plain, self.drawn
        for step in steps:
            gate = gates[step]
            if word & gate and (gate != MANY or not holds(timing.masks.steps[step].silent, word)):
                if mode[step]:
                    mode[step] = OFF
                    due[step] = NEVER
                continue
            if not mode[step] or step == fired or step in restarts:
                visit = self.visits[step] = self.visits[step] + 1
                mode[step] = RUNNING
                kind = plain[step]
                if kind is not None:
                    column = drawn[step].get(visit)
                    length = draw(step, visit, kind) if column is None else column[self.place]
                    due[step] = length + (now if (now + 1) & _IN_DAY else now + 1)
                else:
                    self._begin(step, visit, word, now, draw)
            if tolls[step]:
                self._toll(step, word, now)

    def follow(self, turned: Turned, word: int, now: int, draw: Draw) -> None:
        """Sets the clocks as `turn` would, where what turns is known beforehand."""
        mode, due, visits = self.mode, self.due, self.visits
        plain, drawn, place = self.timing.plain, self.drawn, self.place
        for step in turned.stops:
            mode[step] = OFF
            due[step] = NEVER
        opens = now if (now + 1) & _IN_DAY else now + 1
        for step in turned.starts:
            visit = visits[step] = visits[step] + 1
            mode[step] = RUNNING
            kind = plain[step]
            if kind is not None:
                column = drawn[step].get(visit)
                due[step] = opens + (draw(step, visit, kind) if column is None else column[place])
            else:
                self._begin(step, visit, word, now, draw)
        for step in turned.tolled:
            self._toll(step, word, now)

    def _begin(self, step: int, visit: int, word: int, now: int, draw: Draw) -> None:
        self.special.pop(step, None)
        self.due[step], clock = self.timing.begin(step, visit, now, word, draw)
        if clock is not None:
            self.special[step] = clock

    def _toll(self, step: int, word: int, now: int) -> None:
        tolled = holds(self.timing.tolls[step], word)
        if tolled and self.mode[step] == RUNNING:
            self._stand_still(step, now)
        elif self.mode[step] == STANDING and not tolled:
            self._run_on(step, now)

    def _stand_still(self, step: int, now: int) -> None:
        self.mode[step] = STANDING
        if step in self.special:
            self.special[step].stand_still(now)
        else:
            due = self.due[step]
            self.left[step] = NEVER if due == NEVER else max(0, due - now)
        self.due[step] = NEVER

    def _run_on(self, step: int, now: int) -> None:
        self.mode[step] = RUNNING
        if step in self.special:
            clock = self.special[step]
            clock.run_on(now)
            self.due[step] = clock.due()
        else:
            left = self.left[step]
            self.due[step] = NEVER if left == NEVER else now + left

    def next_due(self, word: int) -> tuple[int, int] | None:
        """The step that happens next, and when it fell due: the earliest that has a lawful option; ties in file order.

        None where no clock runs out any more.
        """
        steps = self.timing.masks.steps
        for time, step in sorted((time, n) for n, time in enumerate(self.due) if time < NEVER):
            if not steps[step].conditional or self.timing.masks.lawful_options(steps[step], word):
                return step, time
        return None
