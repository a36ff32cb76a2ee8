"""Many cases before one court, over years: each walks as in `simulate`, and waits its turn where the court is limited.

All cases share one calendar: time is in ticks since the day the scenario starts, and a case begins when it is filed.
A case's luck has the address of its number, whatever the others do, so that two courts under one seed are paired.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from courtsim.case.clocks import DAY, NEVER, RUNNING
from courtsim.case.events import Counted, Sentenced
from courtsim.case.masks import Forbidden, holds
from courtsim.engines.counsel import Counsel, Office, Retainer
from courtsim.engines.courthouse import Courthouse, Key, Later, Request, Stock, stands
from courtsim.engines.crowd import PROMINENT, SPAN, Cell, Watched, Watching
from courtsim.engines.simulate import MOST_EVENTS, Bench, Luck, Walk, no_garbage_collection
from courtsim.engines.sittings import Sittings
from courtsim.engines.tape import Tape, log
from courtsim.errors import EndlessLoop, WrongInput, listed
from courtsim.procedure.conditions import Condition
from courtsim.procedure.law import SPINE, Count
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.caseload import CLOCK, CUSTODY, FACT, FILED, WEEKDAYS, Arrivals, Caseload, Lawyers, Resource, runs_out
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import held

if TYPE_CHECKING:
    import simpy

Array: TypeAlias = NDArray[np.int64]

BLOCK = 1024  # cases whose numbers are drawn together
APART = 1 << 32  # case numbers between two replications: the luck of one is never the luck of another


class Filed(Struct):
    """One case as the court's books have it. Times in ticks since the court's first day.

    Attributes:
        disposed: when it was disposed of; None while it is pending.
        pleaded: whether it was sentenced upon a plea.
        rests: when it ceased to be active and became so again, in turn, until its first disposition.
        settings: how many times a day for its trial was set: first, and anew after a continuance or whatever else put it off.
    """

    case: int
    filed: int
    disposed: int | None = None
    disposition: str = ""
    pleaded: bool = False
    trials: int = 0
    continuances: int = 0
    settings: int = 0
    events: int = 0
    rests: tuple[int, ...] = ()


class Use(Struct, frozen=True):
    """The books of a limited resource: every request, and what the counter beside them has added up.

    Attributes:
        asked, began, out: one entry a request: when it joined, when its hold began, when it was gone, served or not.
            NEVER where that did not happen before the end.
        area: ticks that requests have spent waiting or served, by the counter.
        present: how many are there at the end, by the counter.
        sent_on: which of them others took, for want of a place.
    """

    resource: Resource | Lawyers
    asked: Array
    began: Array
    out: Array
    area: int
    present: int
    sent_on: NDArray[np.bool_]


class Period(Struct, frozen=True):
    """The years as they went once: the books of the court. Times in ticks."""

    until: int
    cases: tuple[Filed, ...]  # in the order in which they were filed; without the prominent one
    uses: Mapping[str, Use]
    watched: Watched | None = None  # by a crowd, where the scenario has one


class Sight:
    """What a court sees of the cases of one bench: who is held, which time runs out, who needs a lawyer, what is a trial."""

    def __init__(
        self, bench: Bench, orders: Sequence[Sequence[str]], lawyers: Mapping[str, Lawyers], active: Condition = ()
    ) -> None:
        """Raises WrongInput: lawyers for what the procedure does not know, or a case active by what it does not know."""
        procedure, index = bench.procedure, bench.masks.index
        self.held = held(bench.masks)
        tracks = {name.removeprefix(CLOCK) for order in orders for name in order if name.startswith(CLOCK)}
        self.clocks = {CLOCK + track: [index[step] for step in runs_out(procedure, track)] for track in tracks}
        self.trials = [
            index[name]
            for name, step in procedure.steps.items()
            if any(isinstance(e, Count) and e.what == "trial" for option in step.options.values() for e in option.effects)
        ]
        try:
            self.active = bench.masks.compile(active)
        except KeyError as unknown:
            found = f"cases active by {unknown.args[0]!r}, which {procedure.name} does not know"
            raise WrongInput(None, found, "a mix under one procedure") from None
        self.lawyers: list[tuple[str, Forbidden]] = []  # by whom a case may ask for, when it needs one
        self.steps_of: dict[str, frozenset[int]] = {}  # that wait for one
        for name, each in lawyers.items():
            if each.party is None:
                continue
            try:
                self.lawyers.append((name, bench.masks.compile(each.when)))
            except KeyError as unknown:
                found = f"lawyers for {unknown.args[0]!r}, which {procedure.name} does not know"
                raise WrongInput(None, found, "a mix under one procedure") from None
            self.steps_of[name] = frozenset(n for n, by in enumerate(bench.by) if by == each.party)


class Docketed(Walk):
    """A case among others."""

    def __init__(self, bench: Bench, luck: Luck, place: int, case: int, filed: int, sight: Sight) -> None:
        super().__init__(bench, luck, place, case, None)
        self.sight = sight
        self.now = filed
        self.book = Filed(case, filed)
        self.granted: Request | None = None
        self.busy = False
        self.waiting: dict[int, Request] = {}  # by step
        self.retained: dict[str, Retainer] = {}  # its lawyers, and those for whom it waits
        self.lacking: dict[str, Retainer] = {}  # those for whom it waits
        self._called: simpy.Event | None = None
        self._noted = 0  # happenings that the books have
        self.published: Callable[[int, int], None] | None = None  # hears of every happening: its time and its option

    # -- as the courthouse sees it

    def standing(self, order: Sequence[str]) -> Key:
        return tuple([self._place(name) for name in order])

    def _place(self, name: str) -> float:
        """Where it stands in one part of an order, as it is now."""
        if name == FILED:
            return float(self.book.filed)
        if name == CUSTODY:
            return 0.0 if self.word & self.sight.held else 1.0
        if name.startswith(CLOCK):  # of clocks that run, the one that runs out sooner has less time left
            due = min((self.clocks.due[step] for step in self.sight.clocks[name]), default=NEVER)
            return float("inf") if due >= NEVER else float(due)
        return self._rank(name.removeprefix(FACT), dict(self.opening.facts))

    def _rank(self, fact: str, facts: Mapping[str, Any]) -> float:
        """A number counts as it is, a word by its place among those that the procedure declares."""
        value = facts.get(fact)
        if isinstance(value, int | float):
            return float(value)
        declared = self.bench.procedure.facts.get(fact)
        values = list(declared.values or ()) if declared is not None else []
        return float(values.index(value)) if value in values else float("inf")

    def call(self) -> None:
        if self._called is not None and not self._called.triggered:
            self._called.succeed()

    def represented(self, retainer: Retainer) -> None:
        """It has a lawyer: his own, or one who takes what overflows."""
        name = retainer.wanted.name
        self.retained[name] = retainer
        if self.lacking.pop(name, None) is not None:
            self.call()

    # -- the way

    def go(self, env: simpy.Environment, court: Courthouse, counsel: Counsel) -> Generator[simpy.Event, None, None]:
        """From its filing to its end. Comes back to SimPy only where time is shared: to ask, to wait, to be heard.

        Raises:
            StuckCase, EndlessLoop, BrokenInvariant: as `Walk.run`.
        """
        self._follow_up(None)
        if not self.word & self.masks.final:
            self.clocks.open(self.word, self.now, self._draw)
        self._note(0)
        yield from self._engage(env, counsel)
        for _ in range(MOST_EVENTS):
            if self.word & self.masks.final:
                break
            found = self._next_not_waiting()
            if self.waiting or self.lacking:
                lacked = len(self.lacking)
                heard = yield from self._wait(env, found)
                if heard is not None:
                    self._happens(heard.step, court)
                    yield from self._engage(env, counsel)
                    for other in self.waiting.values():
                        court.freed(other)
                    continue
                if len(self.lacking) < lacked:  # what waited for the lawyer may be due
                    self.now = max(self.now, int(env.now))
                    continue
            if found is None:
                raise self._stuck()
            step, due = found
            self._pass_to(max(due, self.now))
            if self.bench.needs[step]:
                queue = court.queue(self.bench.needed[step])
                if (queue is not None or self.waiting or self.lacking) and self.now > env.now:
                    yield env.timeout(self.now - int(env.now))
                if queue is not None:
                    self.waiting[step] = court.ask(self, queue, step, self.clocks.visits[step], self._lengths(step, court))
                    continue
                self.busy = True
                self._hold(step)
                if self.waiting or self.lacking:
                    yield env.timeout(self.now - int(env.now))
                self.busy = False
            self._happens(step, court)
            yield from self._engage(env, counsel)
            for other in self.waiting.values():
                court.freed(other)
        else:
            recent = dict.fromkeys(self.masks.options[n].step for _, n, _ in self.happenings[-100:])
            raise EndlessLoop(f"case {self.case} has {MOST_EVENTS} events and no end; it repeats {listed(recent)}")
        self._check_the_end()

    def _engage(self, env: simpy.Environment, counsel: Counsel) -> Generator[simpy.Event, None, None]:
        """Asks for the lawyers that the case needs now, and lets those go that it needs no more."""
        word, retained = self.word, self.retained
        opened = not word & self.masks.disposing
        changes = [
            (name, needs) for name, when in self.sight.lawyers if (needs := opened and holds(when, word)) != (name in retained)
        ]
        if changes and self.now > env.now:
            yield env.timeout(self.now - int(env.now))
        for name, needs in changes:
            if not needs:
                self.lacking.pop(name, None)
                counsel.end(retained.pop(name))
                continue
            retainer = counsel.ask(self, name)
            if name not in retained:
                retained[name] = self.lacking[name] = retainer
        for retainer in self.lacking.values():
            counsel.moved(retainer)

    def _next_not_waiting(self) -> tuple[int, int] | None:
        """The earliest due step that has a lawful option, has not asked yet, and waits for no lawyer."""
        due = self.clocks.due
        if not self.waiting and not self.lacking:
            first = min(due)
            step = due.index(first)
            if first < NEVER and not self.bench.conditional[step]:
                return step, first
            return self.clocks.next_due(self.word)
        steps, masks = self.masks.steps, self.masks
        barred = {step for name in self.lacking for step in self.sight.steps_of[name]}
        barred.update(self.waiting)
        for time, step in sorted((time, n) for n, time in enumerate(due) if time < NEVER and n not in barred):
            if not steps[step].conditional or masks.lawful_options(steps[step], self.word):
                return step, time
        return None

    def _wait(self, env: simpy.Environment, found: tuple[int, int] | None) -> Generator[simpy.Event, None, Request | None]:
        """Waits until a hearing has ended, or until *found* falls due: then there is none to return."""
        at = None if found is None else max(found[1], self.now)
        if self.granted is None and (at is None or at > env.now):
            self._called = env.event()
            yield self._called if at is None else self._called | env.timeout(at - int(env.now))
            self._called = None
        request, self.granted = self.granted, None
        if request is None:
            return None
        yield env.timeout(request.ends - int(env.now))
        self.busy = False
        del self.waiting[request.step]
        self._pass_to(request.ends)
        return request

    def _pass_to(self, time: int) -> None:
        if time > self.now:
            self.now = time
            self.instants = 0
        else:
            self._count_instant()

    def _lengths(self, step: int, court: Courthouse) -> list[tuple[str, int]]:
        """For each resource that a step needs how long this visit holds it, in ticks that it sits."""
        name, visit = self.luck.names[step], self.clocks.visits[step]
        lengths = []
        for resource, (purpose, kind) in zip(self.bench.needed[step], self.bench.needs[step], strict=True):
            sittings = court.sittings(resource)
            drawn = self.luck.delays(name, visit, purpose, sittings.kind(name, kind))[self.place]
            lengths.append((resource, sittings.length(name, drawn)))
        return lengths

    def _happens(self, step: int, court: Courthouse) -> None:
        before = self.word
        self._happen(*self._choose(step))
        self._note(before)
        if self.waiting:
            for other, request in list(self.waiting.items()):
                if not self._still_asks(other, request.visit):
                    court.leave(request)
                    del self.waiting[other]
                else:
                    court.moved(request)

    def _still_asks(self, step: int, visit: int) -> bool:
        clocks, code = self.clocks, self.masks.steps[step]
        if self.word & self.masks.final or clocks.mode[step] != RUNNING or clocks.visits[step] != visit:
            return False
        return not code.conditional or bool(self.masks.lawful_options(code, self.word))

    def _note(self, before: int) -> None:
        """Writes into the books what has happened since."""
        book = self.book
        for tick, option, details in self.happenings[self._noted :]:
            if self.published is not None:
                self.published(tick, option)
            for detail in details:
                if isinstance(detail, Counted):
                    book.trials += detail.what == "trial"
                    book.continuances += detail.what == "continuance"
                elif isinstance(detail, Sentenced):
                    book.pleaded = detail.kind == "plea"
        self._noted = book.events = len(self.happenings)
        visits = self.clocks.visits
        book.settings = sum([visits[step] for step in self.sight.trials])
        if book.disposed is None and (len(book.rests) % 2 == 0) != holds(self.sight.active, self.word):
            book.rests += (self.now,)
        spine = self.masks.questions["track", SPINE]
        if before & spine.all == self.word & spine.all or not self.word & self.masks.disposing:
            return
        state = self.bench.procedure.tracks[SPINE].states[str(spine.read(self.word))]
        if state.disposes or not book.disposition:  # as `scenario.outcome` has it
            book.disposition = state.name
            book.disposed = self.now
            if len(book.rests) % 2:
                book.rests += (self.now,)


class Court:
    """A scenario with its caseload made ready: the benches of its mix, its calendar and its resources."""

    def __init__(
        self, scenario: Scenario, mixed: Mapping[str, Scenario] | None = None, prominent: Scenario | None = None
    ) -> None:
        """*mixed*: the scenarios that the mix names, loaded; they go by the calendar and the first day of *scenario*.

        *prominent*: that of the prominent case, where a crowd watches; it goes by them too.

        Raises:
            WrongInput: no caseload, or a scenario that follows a script.
        """
        if scenario.caseload is None:
            raise WrongInput(None, f"{scenario.name} has no caseload", "`caseload: {arrivals: {per_day: 4}}` in the scenario")
        self.scenario = scenario
        self.caseload: Caseload = scenario.caseload
        parts = mixed or {scenario.name: scenario}
        scripted = [name for name, part in parts.items() if any(entry.step is not None for entry in part.script)]
        if scripted:
            raise WrongInput(None, f"{scripted[0]}, which follows a script", "a scenario whose cases chance decides")
        parts = {name: part if part is scenario else _sits(scenario, part) for name, part in parts.items()}
        self.publicity = self.caseload.publicity
        self.prominent = None if prominent is None else Bench(_before(scenario, prominent))
        self.benches = [Bench(part) for part in parts.values()]
        self._orders = [each.order for each in scenario.resources.values()]
        self._orders += [each.order for each in scenario.lawyers.values()]
        self.sights = [Sight(bench, self._orders, scenario.lawyers, self.caseload.active) for bench in self.benches]
        self._stands = any(stands(order) for order in self._orders)
        shares = dict(self.caseload.mix) or {scenario.name: 1.0}
        self.shares = np.cumsum([shares[name] for name in parts])
        self.days = CourtDays(scenario.starts, scenario.calendar)
        self.until = round(self.caseload.horizon_days * DAY)
        weekday = scenario.starts.weekday()
        self.sittings = {name: Sittings(resource, self.days, weekday) for name, resource in scenario.resources.items()}
        self._whole_days = Sittings(Resource(), self.days, weekday)

    def lived(self, seed: int, replication: int = 0, ended: Callable[[Docketed], None] | None = None) -> Period:
        """The years once. The cases of replication 0 have the luck that `simulate` gives them under the same seed."""
        import simpy

        env = simpy.Environment()
        later = Later(env) if self._stands else None
        house = Courthouse(env, self.scenario.resources, self.sittings, self._whole_days, later)
        counsel = Counsel(env, self.scenario.lawyers, later)
        first = 1 + replication * APART
        books: list[Filed] = []
        watching = None
        if self.publicity is None:
            env.process(self._filing(env, house, counsel, seed, first, self.filings(seed, first), books, ended))
        else:
            watching = Watching(self.publicity, seed, first, self.filings)
            for cell in watching.enforced:
                filed = cell.ticks.tolist()
                env.process(self._filing(env, house, counsel, seed, cell.first, filed, books, ended, watching, cell))
            if self.prominent is not None:
                env.process(self._prominent(env, house, counsel, seed, first, watching, ended))
        with no_garbage_collection():
            env.run(until=self.until)
        kept: dict[str, Stock | Office] = {**house.stocks, **counsel.offices}
        uses = {name: _use(stock, self.until) for name, stock in kept.items()}
        return Period(self.until, tuple(books), uses, None if watching is None else watching.over(self.until))

    def _prominent(
        self,
        env: simpy.Environment,
        house: Courthouse,
        counsel: Counsel,
        seed: int,
        first: int,
        watching: Watching,
        ended: Callable[[Docketed], None] | None,
    ) -> Generator[simpy.Event, None, None]:
        """The one case of which everybody reads; its luck is its own. It is in no book of the court's figures."""
        bench = self.prominent
        assert bench is not None and self.publicity is not None and self.publicity.prominent is not None
        filed = (self.publicity.prominent.filed_on - self.scenario.starts).days * DAY
        yield env.timeout(filed)
        number = first + PROMINENT * SPAN
        sight = Sight(bench, self._orders, self.scenario.lawyers, self.caseload.active)
        walk = Docketed(bench, Luck(bench, Tape(seed, number, 1), "drawn"), 0, number, filed, sight)
        walk.published = watching.listener(bench.masks, prominent=True)
        yield from _through(env, house, counsel, walk, ended)

    def _filing(
        self,
        env: simpy.Environment,
        house: Courthouse,
        counsel: Counsel,
        seed: int,
        first: int,
        filings: Sequence[int],
        books: list[Filed],
        ended: Callable[[Docketed], None] | None,
        watching: Watching | None = None,
        cell: Cell | None = None,
    ) -> Generator[simpy.Event, None, None]:
        """Each case begins when it is filed: where a crowd watches, when the act behind it happens, if it does."""
        lucks: list[Luck] = []
        which: list[int] = []
        for n, filed in enumerate(filings):
            place = n % BLOCK
            if place == 0:
                tape = Tape(seed, first + n, min(BLOCK, len(filings) - n))
                lucks = [Luck(bench, tape, "drawn") for bench in self.benches]
                drawn = np.array(tape.numbers("", 1, "mix")) if len(lucks) > 1 else np.zeros(len(tape.cases))
                which = np.minimum(np.searchsorted(self.shares, drawn, side="right"), len(lucks) - 1).tolist()
            if filed > env.now:
                yield env.timeout(filed - int(env.now))
            luck = lucks[which[place]]
            when = filed if watching is None or cell is None else watching.filed(cell, n)
            if when is None:
                continue
            walk = Docketed(luck.bench, luck, place, first + n, when, self.sights[which[place]])
            if watching is not None:
                walk.published = watching.listener(luck.bench.masks)
                if when > filed:
                    env.process(_later(env, house, counsel, walk, books, ended))
                    continue
            books.append(walk.book)
            env.process(_through(env, house, counsel, walk, ended))

    def filings(self, seed: int, first: int) -> list[int]:
        """When the cases are filed, in ticks, up to the end. A Poisson process whose rate changes from day to day."""
        arrivals = self.caseload.arrivals
        if arrivals.dates:
            days = [(date - self.scenario.starts).days for date in arrivals.dates]
            return [day * DAY for day in days if day * DAY < self.until]
        whole_days = -(-self.until // DAY)
        reached = np.concatenate([[0.0], np.cumsum(self._rates(arrivals, whole_days))])
        found: list[int] = []
        total, n = 0.0, 0
        while True:
            u = np.array(Tape(seed, first + n, BLOCK).numbers("", 1, "filed"))
            sums = total - np.cumsum(log(1.0 - u))
            total, n = float(sums[-1]), n + BLOCK
            sums = sums[sums < reached[-1]]
            day = np.searchsorted(reached, sums, side="right") - 1
            within = (sums - reached[day]) / (reached[day + 1] - reached[day])
            ticks = np.minimum(np.floor((day + within) * DAY), (day + 1) * DAY - 2).astype(np.int64)
            found += [tick for tick in ticks.tolist() if tick < self.until]
            if total >= reached[-1]:
                return found

    def _rates(self, arrivals: Arrivals, days: int) -> list[float]:
        """Cases expected on each day."""
        rates = []
        for day in range(days):
            date = self.scenario.starts + dt.timedelta(days=day)
            opened = not arrivals.weekdays_only or (date.weekday() < WEEKDAYS.index("sat") and self.days.sits(day))
            factor = arrivals.by_month[date.month - 1] if arrivals.by_month else 1.0
            factor *= next((each for year, each in reversed(arrivals.by_year) if year <= date.year), 1.0)
            rates.append(arrivals.per_day * factor if opened else 0.0)
        return rates


def _use(stock: Stock | Office, until: int) -> Use:
    stock.count(until, 0)

    def column(times: Iterator[int | None]) -> Array:
        return np.array([NEVER if time is None or time >= until else time for time in times], dtype=np.int64)

    requests: Sequence[Request | Retainer] = stock.requests
    return Use(
        stock.resource,
        column(request.asked for request in requests),
        column(request.began for request in requests),
        column(request.until.get(stock.name, request.left) for request in requests),
        stock.area,
        stock.present,
        np.array([isinstance(request, Retainer) and request.sent_on for request in requests], dtype=np.bool_),
    )


def _through(
    env: simpy.Environment, house: Courthouse, counsel: Counsel, walk: Docketed, ended: Callable[[Docketed], None] | None
) -> Generator[simpy.Event, None, None]:
    yield from walk.go(env, house, counsel)
    if ended is not None:
        ended(walk)


def _later(
    env: simpy.Environment,
    house: Courthouse,
    counsel: Counsel,
    walk: Docketed,
    books: list[Filed],
    ended: Callable[[Docketed], None] | None,
) -> Generator[simpy.Event, None, None]:
    """A case whose act was put off."""
    yield env.timeout(walk.now - int(env.now))
    books.append(walk.book)
    yield from _through(env, house, counsel, walk, ended)


def _before(scenario: Scenario, prominent: Scenario) -> Scenario:
    """The prominent case as one before the scenario's court."""
    scripted = any(entry.step is not None for entry in prominent.script)
    if scripted:
        raise WrongInput(None, f"{prominent.name}, which follows a script", "a scenario whose cases chance decides")
    if not prominent.procedure.says_the_same(scenario.procedure):
        found = f"{prominent.name} under {prominent.procedure.name}"
        raise WrongInput(None, found, f"a prominent case under {scenario.procedure.name}, as {scenario.name}")
    return _sits(scenario, prominent)


def _sits(scenario: Scenario, part: Scenario) -> Scenario:
    """Another scenario before this one's court: its first day, its calendar, and what its lawyers ask of a case."""
    return replace(part, starts=scenario.starts, calendar=scenario.calendar, lawyers=scenario.lawyers)
