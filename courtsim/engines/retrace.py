"""A docket of others retraced under the law: a script that somebody else wrote, read line by line.

What a line names may be read in several ways (a payment in part or in full; two steps with one event): every reading is
followed, and a docket is lawful as long as one of them is. What the law does by itself, consequences and the clock, happens
in a reading as it does in a script; a line that says it is matched with it, one that does not say it is not missed.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from courtsim.case.clocks import DAY, NEVER, ticks
from courtsim.case.core import dated, lawful, why_not
from courtsim.case.masks import OptionCode
from courtsim.engines.check import drawn_facts
from courtsim.engines.simulate import Bench, Luck, Walk
from courtsim.engines.tape import Tape, quantile
from courtsim.errors import NotAvailable
from courtsim.procedure.conditions import Value
from courtsim.procedure.delays import Deadline, Delay, DelayRows, Distribution, Empirical, Fixed, OfferTerm, Uniform, Until
from courtsim.procedure.law import CLOCK
from courtsim.scenario.facts import Scenario
from courtsim.scenario.logs import Line

MOST_READINGS = 4096  # followed at a time
CENTURY = 36_525  # days; no calendar is asked further
LONGEST = 0.999  # of a hold whose length is drawn: the share of draws that are no longer

Kind: TypeAlias = Literal["unlawful", "late", "early", "no court", "order"]
Means = Callable[[Line], Sequence[tuple[str, str]]]  # the options that a line may name, as (step, option)


class Refused(NamedTuple):
    """Why a line cannot be: what kind of fault, in words, and what was lawful instead, as `step.option`."""

    kind: Kind
    why: str
    instead: tuple[str, ...]


class Passed(NamedTuple):
    """An event of the clock: its number among the happenings, and what was lawful just before it."""

    n: int
    before: frozenset[tuple[str, str]]


class Retraced(NamedTuple):
    """What came of a docket: how many lines were lawful, the fault of the next, and what the law did unsaid."""

    lines: int
    refused: Refused | None
    end: str  # the state of the spine
    closed: bool
    unsaid: tuple[tuple[str, dt.date], ...]  # event and its date


class Ready:
    """A scenario made ready for retracing: its law and its clocks; whatever chance, sentences and costs there are is left out."""

    def __init__(self, scenario: Scenario) -> None:
        self.bench = Bench(scenario)
        self.bench.sentences = [() for _ in self.bench.masks.options]
        self.bench.costs = [() for _ in self.bench.masks.options]
        timing = self.bench.timing
        held = (n for n, needs in enumerate(self.bench.needs) if needs)  # they happen when the court is done with them
        self.chancy = frozenset(n for n, delay in enumerate(timing.delays) if _by_chance(delay)).union(held)
        self.openings = list(drawn_facts(self.bench.masks, scenario))
        self.longest = [max((_longest(kind) for _, kind in needs), default=0) for needs in self.bench.needs]
        self.on_court_days = frozenset(
            code.index for code in self.bench.masks.steps if code.step.needs or _rolls(timing.delays[code.index])
        )


def _longest(kind: Distribution) -> int:
    """How long a hold of the court's time may be, in ticks of court days."""
    return ticks(float(quantile(kind, np.array([LONGEST]))[0]))


def _rows(delay: object) -> Sequence[Delay]:
    return [row.delay for row in delay.rows] if isinstance(delay, DelayRows) else [delay] if isinstance(delay, Delay) else []


def _by_chance(delay: object) -> bool:
    """Whether nobody but chance knows when the clock falls due."""
    for row in _rows(delay):
        match row.kind:
            case Fixed() | Deadline() | Until() | OfferTerm():
                continue
            case Uniform(low, high) if low == high:
                continue
            case Empirical(sample) if len(set(sample)) == 1:
                continue
            case _:
                return True
    return False


def _rolls(delay: object) -> bool:
    """Whether the law puts the step on days on which the court sits."""
    rows = _rows(delay)
    return bool(rows) and all(row.roll or row.court_days for row in rows)


def retrace(ready: Ready, lines: Sequence[Line], means: Means) -> Retraced:
    """Follows every reading of a docket until none is lawful any more, or to its end."""
    readings = [_Reading(ready, facts) for facts in ready.openings]
    before: int | None = None
    for n, line in enumerate(lines):
        begins = _begins(ready, line)
        wrong = _out_of_order(ready, line, begins, before)
        found: list[_Reading] = []
        refusals: list[tuple[bool, Refused]] = [] if wrong is None else [(False, wrong)]
        for reading in readings if wrong is None else []:
            for following in reading.read(line, begins, means(line)):
                if isinstance(following, Refused):
                    refusals.append((reading.closed, following))
                else:
                    found.append(following)
        if not found:
            refused = min(refusals, key=lambda r: (r[0], r[1].kind == "unlawful"))[1]
            return readings[0].result(n, refused)
        readings = _distinct(found)
        before = begins
    return readings[0].result(len(lines), None)


def _begins(ready: Ready, line: Line) -> int:
    """The earliest time of a line, in ticks: of a whole day its beginning."""
    if line.day is not None:
        return round(line.day * DAY)
    apart = line.at - dt.datetime.combine(ready.bench.scenario.starts, dt.time())
    if line.within is None:
        return apart.days * DAY
    return round((apart.total_seconds() - line.within) / 86400 * DAY)


def _out_of_order(ready: Ready, line: Line, begins: int, before: int | None) -> Refused | None:
    starts = ready.bench.scenario.starts
    if line.day is not None and dated(starts, line.day) != line.at.date():
        return Refused("order", f"day {line.day:g} of a case that began on {starts} is {dated(starts, line.day)}", ())
    if (line.at.date() - starts).days > CENTURY:
        return Refused("order", f"it is dated more than a century after the case began, on {starts}", ())
    if before is None and line.at.date() < starts:
        return Refused("order", f"it is dated before the case began, on {starts}", ())
    if before is not None and begins < before:
        return Refused("order", f"it is dated before the line above it, of {dated(starts, before // DAY)}", ())
    return None


def _distinct(readings: Sequence[_Reading]) -> list[_Reading]:
    kept = {reading.standing(): reading for reading in reversed(readings)}
    if len(kept) > MOST_READINGS:
        raise NotAvailable(f"a docket that may be read in more than {MOST_READINGS:,} ways; --map says what its names mean")
    return list(reversed(kept.values()))


class _Reading(Walk):
    """One way to read a docket so far."""

    def __init__(self, ready: Ready, facts: Mapping[str, Value]) -> None:
        super().__init__(ready.bench, Luck(ready.bench, Tape(0, 1, 1), "central"), 0, 1, None)
        self.ready = ready
        self.word = self.masks.start(facts)
        self.passed: list[Passed] = []
        self.unsaid: list[int] = []  # numbers of happenings that the law made and no line has said
        self._follow_up(None)
        self.unsaid += range(len(self.happenings))
        if not self.closed:
            self.clocks.open(self.word, 0, self._draw)

    @property
    def closed(self) -> bool:
        return bool(self.word & self.masks.final)

    def standing(self) -> tuple[object, ...]:
        """All that the rest of the docket depends on."""
        clocks = self.clocks
        said = tuple(self.happenings[n][:2] for n in self.unsaid)
        return self.word, self.now, tuple(clocks.due), tuple(clocks.left), tuple(clocks.mode), said

    def twin(self) -> _Reading:
        other = copy.copy(self)
        other.clocks = self.clocks.copy()
        other.happenings, other.passed, other.unsaid = self.happenings[:], self.passed[:], self.unsaid[:]
        other.pending, other.seen = self.pending[:], set(self.seen)
        other.drawn, other.words = dict(self.drawn), dict(self.words)
        return other

    def result(self, lines: int, refused: Refused | None) -> Retraced:
        starts = self.bench.scenario.starts
        unsaid = [self.happenings[n] for n in self.unsaid]
        said = tuple((self.masks.options[code].option.event, dated(starts, tick // DAY)) for tick, code, _ in unsaid)
        return Retraced(lines, refused, self._state().case, self.closed, said)

    def read(self, line: Line, begins: int, means: Sequence[tuple[str, str]]) -> Iterator[_Reading | Refused]:
        """The readings after one more line, or why there is none."""
        codes = [self.masks.option_codes[pair] for pair in means]
        held = max((self.ready.longest[code.step_index] for code in codes if code.step_index >= 0), default=0)
        untils = [begins]
        if held:  # while the court's time is held, the clock waits: what falls due meanwhile happens right after
            court = self.bench.court
            untils.append(max(self.now, court.moment(max(0, court.elapsed(begins) - held - 1))))  # or on a closed day before
        for before in (reading for until in untils for reading in self._until(until)):
            said = before._already(line, codes)
            if said is not None:
                yield said
                continue
            refusals: list[Refused] = []
            lawfully = 0
            for code in codes:
                refused = before._why_not(line, code, begins)
                if refused is None:
                    lawfully += 1
                    yield before._after(code, begins)
                else:
                    refusals.append(refused)
            if not lawfully:
                yield min(refusals, key=lambda r: r.kind == "unlawful")

    def _until(self, begins: int) -> Iterator[_Reading]:
        """This reading once the clock has done what falls due before a time; one for each way that it may."""
        waiting = [self]
        while waiting:
            reading = waiting.pop()
            found = None if reading.closed else reading._next_clock_step()
            if found is None or max(found[1], reading.now) >= begins:
                yield reading
                continue
            step, due = found
            options = reading.masks.lawful_options(reading.masks.steps[step], reading.word)
            for code in options:
                after = reading.twin()
                before = frozenset(lawful(after._state()))
                made = len(after.happenings)
                after.now = max(due, after.now)
                after._happen(code, ())
                after.passed.append(Passed(made, before))
                after.unsaid += range(made, len(after.happenings))
                waiting.append(after)

    def _next_clock_step(self) -> tuple[int, int] | None:
        due = [
            (time, n)
            for n, time in enumerate(self.clocks.due)
            if time < NEVER
            and self.bench.by[n] == CLOCK
            and n not in self.ready.chancy
            and self.masks.lawful_options(self.masks.steps[n], self.word)
        ]
        return min(((n, time) for time, n in due), key=lambda found: (found[1], found[0]), default=None)

    def _already(self, line: Line, codes: Sequence[OptionCode]) -> _Reading | None:
        """The reading in which the line says what the law has done by itself that day."""
        wanted = {code.index for code in codes}
        for n in self.unsaid:
            tick, index, _ = self.happenings[n]
            if index in wanted and dated(self.bench.scenario.starts, tick // DAY) == line.at.date():
                after = self.twin()
                after.unsaid.remove(n)
                return after
        return None

    def _after(self, code: OptionCode, begins: int) -> _Reading:
        after = self.twin()
        made = len(after.happenings)
        after.now = max(after.now, begins)
        if self.bench.by[code.step_index] == CLOCK and code.step_index not in self.ready.chancy:
            due = self.clocks.due[code.step_index]
            after.now = max(after.now, due)
            after.passed.append(Passed(made, frozenset(lawful(self._state()))))
        after._happen(code, ())
        after.unsaid += range(made + 1, len(after.happenings))
        return after

    def _why_not(self, line: Line, code: OptionCode, begins: int) -> Refused | None:
        state, date = self._state(), line.at.date()
        allowed = lawful(state)
        instead = tuple(f"{step}.{option}" for step, option in allowed)
        if (code.step, code.option.name) not in allowed:
            return self._unlawful(code, instead)
        step = code.step_index
        if self.bench.by[step] == CLOCK and step not in self.ready.chancy:
            due = max(self.clocks.due[step], self.now)
            on = dated(self.bench.scenario.starts, due // DAY) if due < NEVER else None
            if on != date:
                return Refused("early", f"its clock falls due on {on or 'no day'}", instead)
        if step in self.ready.on_court_days and not self.bench.court.sits(begins // DAY):
            return Refused("no court", f"{date:%A}, {date} is no court day, and the law puts it on one", instead)
        return None

    def _unlawful(self, code: OptionCode, instead: tuple[str, ...]) -> Refused:
        follows = "it follows by itself wherever its `when` holds, and here it does not"
        why = why_not(self._state(), code.step, code.option.name) if code.step_index >= 0 else follows
        starts = self.bench.scenario.starts
        event = code.option.event
        for n in self.unsaid:  # the law did it itself, on another day
            if self.happenings[n][1] == code.index:
                return Refused("late", f"the law has it on {dated(starts, self.happenings[n][0] // DAY)}: {event}", instead)
        options = self.masks.options
        done = max((n for n, (_, index, _) in enumerate(self.happenings) if options[index].step == code.step), default=-1)
        for passed in reversed(self.passed):
            if passed.n > done and (code.step, code.option.name) in passed.before:
                tick, index, _ = self.happenings[passed.n]
                name = self.masks.options[index].option.event
                between = f"{name} came between, on {dated(starts, tick // DAY)}"
                return Refused("late", f"{between}; {why}" if self.closed else between, instead)
        return Refused("unlawful", why, instead)
