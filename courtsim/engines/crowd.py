"""The would-be buyers behind a court's filings: every act that could happen, and which of them do.

Acts are the points of a Poisson process with two marks, drawn once from the tape: how high the inclination that an act needs
(its *level*), and how much enforcement it takes to file it (its *mark*). At any moment those happen whose level lies below what
`Publicity.acts` gives, and of these those are filed whose mark lies below the enforcement. That is exact thinning of a
Poisson process whose rate depends on the past (Lewis and Shedler, Naval Research Logistics 26, 1979; Ogata, IEEE Trans.
Inf. Theory 27, 1981), and the same luck whatever is believed: a change of beliefs moves the acts between the two and no other.

The points come in cells: level and mark from one whole number to the next. Each cell is a process as busy as the filings at
rest; the first is those filings, with the numbers and the luck they have where nobody watches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from courtsim.case.clocks import DAY
from courtsim.case.masks import Masks
from courtsim.engines.tape import Tape
from courtsim.scenario.publicity import FINEST, GREATEST, Publicity

Ticks: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Filings: TypeAlias = Callable[[int, int], Sequence[int]]  # seed, first case number: a process as busy as the filings at rest
Listener: TypeAlias = Callable[[int, int], None]  # the time of what happened, and its option

SPAN = 1 << 21  # case numbers of a cell
MARKS = round(1 / FINEST)  # the most cells of one level
PROMINENT = int(MARKS * GREATEST)  # the cell of the prominent case alone


class Told(NamedTuple):
    """A published event."""

    tick: int
    event: str  # or step.option, as the scenario names it
    size: float
    prominent: bool


class Cell(NamedTuple):
    """Acts of one level and one mark: case numbers, times, and their places within the cell."""

    level: int
    mark: int
    first: int
    ticks: Ticks
    levels: Floats  # in [0, 1)
    marks: Floats
    elsewhere: Floats  # displaced where below the share


class Watched(Struct, frozen=True):
    """A crowd over the years that it watched."""

    cells: tuple[Cell, ...]
    told: tuple[Told, ...]  # in time
    until: int


def cells_of(publicity: Publicity, seed: int, first: int, filings: Filings) -> tuple[Cell, ...]:
    """All acts that could happen, those of level 0 and mark 0 first; *first* is the first case number of the replication."""
    found = []
    for level in range(math.ceil(publicity.most)):
        for mark in range(math.ceil(1 / publicity.filings_at_rest)):
            number = first + (level * MARKS + mark) * SPAN
            ticks = np.array(filings(seed, number), dtype=np.int64)
            tape = Tape(seed, number, len(ticks))
            levels, marks, elsewhere = (np.array(tape.numbers("", 1, what)) for what in ("level", "mark", "elsewhere"))
            found.append(Cell(level, mark, number, ticks, levels, marks, elsewhere))
    return tuple(found)


class Watching:
    """A crowd in the middle of a run: what has been published so far, and what it makes of it. Asked in the order of time."""

    def __init__(self, publicity: Publicity, seed: int, first: int, filings: Filings) -> None:
        self.publicity = publicity
        self.cells = cells_of(publicity, seed, first, filings)
        self._told: list[Told] = []
        self._coming: list[Told] = []  # a case that waits for nobody is ahead of the court's clock
        self._since, self._lift = 0, 0.0
        self._listeners: dict[int, Listener | None] = {}

    @property
    def enforced(self) -> list[Cell]:
        """The cells some of whose acts may be filed."""
        return [cell for cell in self.cells if cell.mark < self.publicity.enforcement]

    def listener(self, masks: Masks, prominent: bool = False) -> Listener | None:
        """Publishes what happens in a case, given its time and its option; None where nothing of it would be news."""
        key = -1 if prominent else id(masks)
        if key not in self._listeners:
            self._listeners[key] = self._listener(masks, prominent)
        return self._listeners[key]

    def _listener(self, masks: Masks, prominent: bool) -> Listener | None:
        stated = self.publicity.prominent
        events = self.publicity.events if not prominent else stated.events if stated is not None else {}
        names = [(f"{code.step}.{code.option.name}", code.option.event) for code in masks.options]
        news = {n: name for n, both in enumerate(names) for name in both[::-1] if name in events}
        if not news:
            return None

        def listen(tick: int, option: int) -> None:
            if option in news:
                told = Told(tick, news[option], events[news[option]], prominent)
                self._told.append(told)
                heappush(self._coming, told)

        return listen

    def risk(self, tick: int) -> float:
        """The perceived risk at that time."""
        while self._coming and self._coming[0].tick <= tick:
            told = heappop(self._coming)
            self._lift = self.publicity.lifted(self._lift_at(told.tick), told.size)
            self._since = told.tick
        return self.publicity.base + self._lift_at(tick)

    def _lift_at(self, tick: int) -> float:
        return self.publicity.faded(self._lift, (tick - self._since) / DAY)

    def filed(self, cell: Cell, n: int) -> int | None:
        """When the act is filed; None: it does not happen, or not here, or is not filed."""
        publicity, tick = self.publicity, int(cell.ticks[n])
        if not cell.mark + cell.marks[n] < publicity.enforcement:
            return None
        if cell.level + cell.levels[n] < publicity.acts(self.risk(tick)):
            return tick
        displaced = publicity.displacement
        if displaced.to == "time" and not cell.level and cell.elsewhere[n] < displaced.share:
            return tick + round(displaced.after_days * DAY)
        return None

    def over(self, until: int) -> Watched:
        """What it has watched, up to the end."""
        return Watched(self.cells, tuple(sorted(told for told in self._told if told.tick <= until)), until)


class Course(NamedTuple):
    """The lift right after each event."""

    ticks: Ticks
    lifts: Floats


def course(publicity: Publicity, told: Sequence[Told]) -> Course:
    """How news has moved the perceived risk."""
    ticks, lifts, lift = [0], [0.0], 0.0
    for each in told:
        lift = publicity.lifted(publicity.faded(lift, (each.tick - ticks[-1]) / DAY), each.size)
        ticks.append(each.tick)
        lifts.append(lift)
    return Course(np.array(ticks, dtype=np.int64), np.array(lifts))


def risks(publicity: Publicity, moved: Course, ticks: Ticks) -> Floats:
    """The perceived risk at each of these times."""
    at = np.searchsorted(moved.ticks, ticks, side="right") - 1
    found: Floats = publicity.base + moved.lifts[at] * 2.0 ** (-(ticks - moved.ticks[at]) / DAY / publicity.half_life_days)
    return found


class Acts(NamedTuple):
    """What became of every act that could happen. Times in ticks; each act is in exactly one of the first four.

    Attributes:
        here: happened when it would have.
        elsewhere: displaced to another place or market.
        later: displaced to another time; may lie beyond the end.
        gone: did not happen at all.
        would_be: that happen at rest; those of `here` beyond them are added by lower enforcement.
        filed: when they were.
    """

    here: Ticks
    elsewhere: Ticks
    later: Ticks
    gone: Ticks
    would_be: Ticks
    filed: Ticks


def acts(publicity: Publicity, watched: Watched) -> Acts:
    """What becomes of the acts if this is how the crowd takes what was told."""
    cells = watched.cells
    ticks = np.concatenate([cell.ticks for cell in cells])
    levels = np.concatenate([cell.level + cell.levels for cell in cells])
    marks = np.concatenate([cell.mark + cell.marks for cell in cells])
    elsewhere = np.concatenate([cell.elsewhere for cell in cells]) < publicity.displacement.share
    real = marks < 1 / publicity.filings_at_rest  # of the last mark only a part
    risk = risks(publicity, course(publicity, watched.told), ticks)
    over = max(publicity.perceived_risk, publicity.threshold)
    factor = (np.maximum(risk, publicity.threshold) / over) ** publicity.elasticity
    happens = real & (levels < factor)
    would_be = real & (levels < 1)
    moved = would_be & ~happens & elsewhere
    timed = publicity.displacement.to == "time"
    later = ticks[moved] + round(publicity.displacement.after_days * DAY) if timed else ticks[:0]
    enforced = marks < publicity.enforcement
    filed = ticks[happens & enforced]
    if timed:
        late = later[enforced[moved]]
        filed = np.sort(np.concatenate([filed, late[late < watched.until]]))
    return Acts(
        here=ticks[happens],
        elsewhere=ticks[:0] if timed else ticks[moved],
        later=later,
        gone=ticks[would_be & ~happens & ~elsewhere],
        would_be=ticks[would_be],
        filed=np.sort(filed),
    )
