"""The reference engine: SimPy. Cases race their clocks, hold the court's time, and follow a script where there is one.

A case walks ahead by itself from event to event and comes back to SimPy only where time is shared with other cases;
`case.clocks` says what is due. In a run every case has the court to itself: it holds judges and courtrooms, and never
waits for them.
"""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec.structs import replace

from courtsim.case.clocks import DAY, NEVER, Clocks, Timing, ticks
from courtsim.case.core import apply, dated, following_from, lawful, refuse_outside_statute, why_not
from courtsim.case.events import Command, CostIncurred, Detail, Event, Ruling, Sentenced
from courtsim.case.history import Happening, History, event_of
from courtsim.case.masks import (
    ALWAYS,
    Forbidden,
    Masks,
    OptionCode,
    StepCode,
    Turned,
    holds,
    masks_of,
)
from courtsim.case.opening import Opening
from courtsim.case.state import CaseState
from courtsim.choosers.findings import Findings
from courtsim.choosers.kinds import ByOdds, Choice, Decider, FirstRow, Moment, bind, no_row, tests_of_steps
from courtsim.choosers.sentencing import sentence
from courtsim.engines.tape import Tape
from courtsim.errors import CourtsimError, EndlessLoop, IllegalStep, StuckCase, WrongInput, listed
from courtsim.procedure.conditions import Value
from courtsim.procedure.delays import (
    AnyDelay,
    Deadline,
    Delay,
    Distribution,
    Fixed,
    OfferTerm,
    Until,
    always_zero,
    central,
)
from courtsim.procedure.law import CLOCK, Always, Eventually, Kind, Never, Requires, Sentence, Step
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.facts import Entry, FactOdds, Scenario
from courtsim.scenario.opens import opening

if TYPE_CHECKING:
    import simpy

BLOCK = 4096  # cases whose numbers are drawn together
MOST_EVENTS = 200_000  # of one case
MOST_PLANS = 200_000  # what options do in states, remembered; beyond that it is found again
SAME_TIME = 200  # events without time passing before the engine looks for a loop

TimingOf: TypeAlias = Literal["drawn", "central"]
Observer: TypeAlias = Callable[[Event], None]


class BrokenInvariant(CourtsimError):
    """Something happened that the procedure says never does."""

    exit_code = 1


Table: TypeAlias = list[tuple[float, OptionCode]]  # running sums of odds


def _hold(step: Step, resource: str, held: AnyDelay) -> tuple[str, Distribution]:
    """The purpose of a hold's number, and how long it lasts in court days."""
    if not isinstance(held, Delay) or isinstance(held.kind, Deadline | Until | OfferTerm):
        raise WrongInput(None, f"{step.name} holds the {resource} for no plain number of court days", "a distribution")
    return f"hold:{resource}", held.kind


class Bench:
    """A scenario made ready for an engine: its law in masks, its clocks, its choosers, its court."""

    def __init__(self, scenario: Scenario, choosers: Mapping[str, Decider] | None = None) -> None:
        self.scenario = scenario
        self.procedure = scenario.procedure
        self.opening = opening(scenario)
        self.masks = masks_of(self.procedure, self.opening)
        self.court = CourtDays(scenario.starts, scenario.calendar)
        self.timing = Timing(self.masks, self.court, scenario.delays)
        self.choosers = bind(scenario, self.masks, choosers, self._reason)
        self._reasoned: dict[str, Callable[[Moment], str]] = {}
        self.own = frozenset(choosers or ())
        self.tests = tests_of_steps(scenario)
        self._findings: dict[str, Findings] = {}
        self.needs = [tuple(_hold(code.step, *need) for need in code.step.needs.items()) for code in self.masks.steps]
        self.needed = [tuple(code.step.needs) for code in self.masks.steps]  # the resources of `needs`
        self.conditional = [code.conditional for code in self.masks.steps]
        self.by = [code.step.by for code in self.masks.steps]
        self.hidden = {
            actor: frozenset(fact for fact, knows in scenario.private.items() if knows != actor)
            for actor in dict.fromkeys(self.by)
        }
        self.costs = [self._costs(code) for code in self.masks.options]
        self.sentences = [tuple(e.kind for e in code.option.effects if isinstance(e, Sentence)) for code in self.masks.options]
        self.moves_only = frozenset(n for n, c in enumerate(self.masks.options) if not c.deep and not self.costs[n])
        self.tables = [self._tables(code) for code in self.masks.steps]
        self.invariants = [Watch(name, self.masks, i) for name, i in self.procedure.invariants.items()]
        self.never = [(w.name, w.when) for w in self.invariants if isinstance(w.invariant, Never)]
        self.simple_invariants = len(self.never) == len(self.invariants)

    def _reason(self, actor: str, moment: Moment) -> str:
        """What is worth most to an actor, by his own beliefs."""
        if actor not in self._reasoned:
            from courtsim.engines.reason import Reason

            self._reasoned[actor] = Reason(self.scenario.believed.get(actor, self.scenario), actor).best
        return self._reasoned[actor](moment)

    def findings(self, test: str) -> Findings:
        if test not in self._findings:
            self._findings[test] = Findings(self.scenario, test)
        return self._findings[test]

    def leads_somewhere(self, test: str, option: str) -> bool:
        """Whether the option is a ruling under the test at all (a step may have others: to reserve, to continue)."""
        findings = self.findings(test)
        return option in {findings.test.outcomes.get(row.then, row.then) for row in findings.ruled.rule}

    def _costs(self, code: OptionCode) -> tuple[Detail, ...]:
        stated = self.scenario.costs.get(f"{code.step}.{code.option.name}", {})
        return tuple(CostIncurred(actor, dollars) for actor, dollars in stated.items())

    def _tables(self, step: StepCode) -> list[tuple[Forbidden, Table]] | None:
        """The odds of a step by row, where they are plain odds and every option of an enabled step is lawful."""
        if any(option.when != ALWAYS or option.offers is not None for option in step.options):
            return None
        if step.step.name in self.tests or step.step.name in self.own:
            return None
        if len(step.options) == 1:
            return [(ALWAYS, [(1.0, step.options[0])])]
        chooser = self.choosers.get(step.step.name)
        rows = chooser.rows if isinstance(chooser, FirstRow) else [(ALWAYS, chooser)]
        tables = [(when, _running_sum(step, row.shares)) for when, row in rows if isinstance(row, ByOdds)]
        return tables if len(tables) == len(rows) and all(table for _, table in tables) else None


def _running_sum(step: StepCode, shares: Mapping[str, float]) -> Table:
    table: Table = []
    reached = 0.0
    for option in step.options:
        share = shares.get(option.option.name, 0.0)
        if share > 0:
            reached += share
            table.append((reached, option))
    return table


class Watch:
    """An invariant of the procedure in masks."""

    def __init__(self, name: str, masks: Masks, invariant: Never | Requires | Always | Eventually) -> None:
        self.name = name
        self.invariant = invariant
        self.when = masks.compile(invariant.when)
        self.unless: Forbidden = ()
        if isinstance(invariant, Eventually) and invariant.unless is not None:
            self.unless = masks.compile(invariant.unless)


class Luck:
    """The luck of a block of cases: the tape, read once for all of them at each address."""

    def __init__(self, bench: Bench, tape: Tape, timing: TimingOf) -> None:
        self.bench = bench
        self.tape = tape
        self.central = timing == "central"
        self._numbers: dict[tuple[str, int, str], list[float]] = {}
        self._delays: dict[tuple[str, int, str, Distribution], list[int]] = {}
        self.names = [code.step.name for code in bench.masks.steps]
        self.clock_delays: list[dict[int, list[int]]] = [{} for _ in self.names]  # by step: visit to delays
        self.choices: list[dict[int, list[float]]] = [{} for _ in self.names]
        self.held: list[dict[int, list[int]]] = [{} for _ in self.names]  # the longest hold of each visit

    def number(self, case: int, step: str, visit: int, purpose: str) -> float:
        return self.numbers(step, visit, purpose)[case]

    def numbers(self, step: str, visit: int, purpose: str) -> list[float]:
        address = (step, visit, purpose)
        found = self._numbers.get(address)
        if found is None:
            found = self._numbers[address] = self.tape.numbers(step, visit, purpose)
        return found

    def delays(self, step: str, visit: int, purpose: str, kind: Distribution) -> list[int]:
        """Drawn (or central) numbers of days, in ticks, one for each case of the block."""
        address = (step, visit, purpose, kind)
        found = self._delays.get(address)
        if found is None:
            if self.central:
                found = [ticks(central(kind))] * len(self.tape.cases)
            else:
                found = self.tape.delays(step, visit, purpose, kind)
            self._delays[address] = found
        return found


class Walk:
    """One case on its way: its state, its clocks and its luck."""

    def __init__(self, bench: Bench, luck: Luck, place: int, case: int, observe: Observer | None) -> None:
        self.bench = bench
        self.luck = luck
        self.place = place  # in the block
        self.case = case
        self.observe = observe
        self.happenings: list[Happening] = []
        self.opening = self._opening()
        self.masks = bench.masks
        self.word = self.masks.start(dict(self.opening.facts))
        self.clocks = Clocks(bench.timing, luck.clock_delays, place)
        self.now = 0
        self.instants = 0  # events since time last passed
        self.words: dict[int, int] = {}  # while many events happen at one time: state to the number of events before it
        self.pending = list(bench.invariants) if not bench.simple_invariants else []
        self.seen: set[str] = set()
        self.entry = 0  # of the script, to come next
        self.drawn: dict[int, tuple[int, Distribution]] = {}  # by step: the visit last drawn for, and from what

    # -- opening

    def _opening(self) -> Opening:
        drawn = {n: v for n, v in self.bench.scenario.facts.items() if isinstance(v, FactOdds | Delay)}
        if not drawn:
            return self.bench.opening
        facts = {name: self._fact(name, drawn[name]) if name in drawn else v for name, v in self.bench.opening.facts}
        return replace(self.bench.opening, facts=tuple(facts.items()))

    def _fact(self, name: str, spec: FactOdds | Delay) -> Value:
        if isinstance(spec, Delay):
            return self._amount("", 1, f"fact:{name}", spec)
        u = self.luck.number(self.place, "", 1, f"fact:{name}") * sum(share for _, share in spec.shares)
        reached = 0.0
        likely = [(value, share) for value, share in spec.shares if share > 0]
        for value, share in likely:
            reached += share
            if u < reached:
                return value
        return likely[-1][0]

    def _amount(self, step: str, visit: int, purpose: str, spec: Delay) -> float:
        if isinstance(spec.kind, Deadline | Until | OfferTerm):
            raise WrongInput(None, f"{purpose} is drawn from {type(spec.kind).__name__}", "a number or a distribution")
        if isinstance(spec.kind, Fixed):
            return spec.kind.days
        return self.luck.delays(step, visit, purpose, spec.kind)[self.place] / DAY

    # -- the walk

    def run(self) -> History:
        """The case from its opening to its end.

        Raises:
            IllegalStep: a script that the law does not allow.
            StuckCase: an open case in which nothing can ever happen.
            EndlessLoop: steps that repeat without time passing, or a case without end.
        """
        self._follow_up(None)
        if not self.word & self.masks.final:
            self.clocks.open(self.word, 0, self._draw)
        self._follow_script()
        self._race()
        self._check_the_end()
        return History(self.masks, self.opening, self.case, self.happenings, self.word)

    def _race(self) -> None:
        """The clocks decide: the earliest due step happens, until the case is closed."""
        masks, clocks, bench = self.masks, self.clocks, self.bench
        final, follow, conditional = masks.final, clocks.follow, bench.conditional
        tables, needs, draw, record = bench.tables, bench.needs, self._draw, self.happenings.append
        plainly = bench.moves_only if self.observe is None and not self.pending else ()
        choices, visits, place, due = self.luck.choices, clocks.visits, self.place, clocks.due
        for _ in range(MOST_EVENTS):
            if self.word & final:
                return
            first = min(due)
            step = due.index(first)
            if first == NEVER or conditional[step]:
                step, first = self._next_due()
            if first > self.now:
                self.now = first
                self.instants = 0
            else:
                self._count_instant()
            if needs[step]:
                self._hold(step)
            rows = tables[step]
            if rows is None:
                self._happen(*self._choose(step))
                continue
            table = rows[0][1] if len(rows) == 1 else self._row(step, rows)
            code = table[-1][1]
            if len(table) > 1:
                column = choices[step].get(visits[step]) or self._choices(step)
                point = column[place] * table[-1][0]
                for reached, likely in table:
                    if point < reached:
                        code = likely
                        break
            if code.index not in plainly:
                self._happen(code, ())
                continue
            record((self.now, code.index, ()))  # from here on `_happen` for an event that has no details
            plan = masks.plans[code.index].get(self.word) or self._plan(code)
            self.word = plan.word
            if plan.follows:
                self._follow_up(code)
            elif not plan.final:
                follow(plan, plan.word, self.now, draw)
        recent = dict.fromkeys(self.masks.options[n].step for _, n, _ in self.happenings[-100:])
        raise EndlessLoop(f"case {self.case} has {MOST_EVENTS} events and no end; it repeats {listed(recent)}")

    def _plan(self, code: OptionCode) -> Turned:
        """What an option that only moves does in this state: the same in every case, so it is found once."""
        masks = self.masks
        plan = masks.turned(self.word, code)
        for name, when in () if plan.follows else self.bench.never:
            if holds(when, plan.word):
                raise self._broken(name)
        masks.planned += 1
        if masks.planned > MOST_PLANS:
            masks.forget_plans()
        masks.plans[code.index][self.word] = plan
        return plan

    def _next_due(self) -> tuple[int, int]:
        found = self.clocks.next_due(self.word)
        if found is None:
            raise self._stuck()
        return found

    def _row(self, step: int, rows: Sequence[tuple[Forbidden, Table]]) -> Table:
        for when, table in rows:
            if holds(when, self.word):
                return table
        raise no_row(self.luck.names[step])

    def _choices(self, step: int) -> list[float]:
        visit = self.clocks.visits[step]
        found = self.luck.choices[step][visit] = self.luck.numbers(self.luck.names[step], visit, "choice")
        return found

    def _draw(self, step: int, visit: int, kind: Distribution) -> int:
        """The delay of a visit. A visit of a step with rows may have another distribution in another case."""
        self.drawn[step] = visit, kind
        column = self.luck.clock_delays[step].get(visit)
        if column is None:
            column = self.luck.delays(self.luck.names[step], visit, "delay", kind)
            if self.bench.timing.plain[step] is not None:
                self.luck.clock_delays[step][visit] = column
        return column[self.place]

    def _hold(self, step: int) -> None:
        """Takes the court's time; the event happens at the end of the longest hold."""
        visit = self.clocks.visits[step]
        longest = self.luck.held[step].get(visit) or self._held(step, visit)
        length = longest[self.place]
        court, begun = self.bench.court, self.now
        self.now = begun + length if court.always else court.moment(court.elapsed(begun) + length)
        if self.now > begun:
            self.instants = 0

    def _held(self, step: int, visit: int) -> list[int]:
        """For each case of the block the longest hold of a visit, in ticks of court days."""
        name = self.luck.names[step]
        drawn = [self.luck.delays(name, visit, purpose, kind) for purpose, kind in self.bench.needs[step]]
        longest = self.luck.held[step][visit] = [max(holds_of_case) for holds_of_case in zip(*drawn, strict=True)]
        return longest

    # -- choosing

    def _moment(self, step: int, options: Sequence[OptionCode], fixed: tuple[tuple[str, bool], ...] = ()) -> Moment:
        by = self.bench.by[step]
        return Moment(
            masks=self.masks,
            word=self.word,
            step=self.luck.names[step],
            by=by,
            lawful=tuple(option.option.name for option in options),
            day=self.now / DAY,
            date=dated(self.bench.scenario.starts, self.now // DAY),
            hidden=self.bench.hidden[by],
            fixed=fixed,
        )

    def _choose(
        self, step: int, wanted: str | None = None, fixed: tuple[tuple[str, bool], ...] = ()
    ) -> tuple[OptionCode, tuple[Detail, ...]]:
        """The option chosen at this moment, and the reasons for it; *wanted* forces it."""
        masks = self.masks
        options = masks.lawful_options(masks.steps[step], self.word)
        name, visit = self.luck.names[step], self.clocks.visits[step]
        moment = self._moment(step, options, fixed)

        def luck(purpose: str) -> float:
            return self.luck.number(self.place, name, visit, purpose)

        chooser = self.bench.choosers.get(name)
        if wanted is not None:
            choice = Choice(wanted)
        elif len(options) == 1 and name not in self.bench.tests and name not in self.bench.own:
            choice = Choice(options[0].option.name)
        elif chooser is None:
            if len(options) > 1:
                raise WrongInput(None, f"nobody decides {name}: it has no chooser and no default", f"choosers.{name}")
            choice = Choice(options[0].option.name)
        else:
            choice = chooser.choose(moment, luck)
        details = choice.details
        test = self.bench.tests.get(name)
        unexplained = test is not None and not any(isinstance(d, Ruling) for d in details)
        if test is not None and unexplained and self.bench.leads_somewhere(test, choice.option):
            explained = self.bench.findings(test).explain(masks, self.word, choice.option, fixed, luck)
            details = (explained, *details)
        return masks.option_codes[name, choice.option], details

    # -- happening

    def _happen(self, code: OptionCode, chosen: tuple[Detail, ...]) -> None:
        """An event, its consequences and its clocks; *chosen* are the details that came with the choice."""
        self._apply(code, chosen)
        self._follow_up(code)

    def _apply(self, code: OptionCode, chosen: tuple[Detail, ...]) -> None:
        masks, before = self.masks, self.word
        details = following_from(masks, before, code) + chosen + self.bench.costs[code.index]
        word = masks.move(before, code)
        for detail in details:
            word = apply(masks, word, detail)
        for kind in self.bench.sentences[code.index]:
            details = (*details, self._sentence(code, word, kind))
        self.word = word
        self.happenings.append((self.now, code.index, details))
        if self.observe is not None:
            self.observe(event_of(self.masks, self.opening, self.case, len(self.happenings), self.happenings[-1]))
        if self.pending:
            self._watch_event(code, before)

    def _sentence(self, code: OptionCode, word: int, kind: Kind) -> Sentenced:
        visit = self.clocks.visits[code.step_index] if code.step_index >= 0 else 1

        def luck(purpose: str) -> float:
            return self.luck.number(self.place, code.step, visit, purpose)

        def amount(purpose: str, spec: Delay) -> float:
            return self._amount(code.step, visit, purpose, spec)

        given = sentence(self.bench.scenario, self.masks, word, kind, luck, amount)
        refuse_outside_statute(self.masks, word, Command(step=code.step, option=code.option.name), given)
        return given

    def _follow_up(self, code: OptionCode | None) -> None:
        """What comes after an event (None: the opening): its consequences, the invariants, the clocks."""
        moved = [] if code is None else [code]
        applied = 0
        while (follows := self.masks.consequence(self.word, applied)) is not None:
            consequence, bit = follows
            applied |= bit
            self._apply(consequence, ())
            moved.append(consequence)
        self.word = self.masks.settled(self.word)
        for name, when in self.bench.never:
            if holds(when, self.word):
                raise self._broken(name)
        if self.pending:
            self._watch_state()
        if not self.word & self.masks.final and code is not None:
            for option in moved:
                touched = option.touches
                self.clocks.turn(touched, self.word, self.now, self._draw, option.step_index, option.restarts)

    def _count_instant(self) -> None:
        """Looks for a loop once many events have happened without time passing."""
        self.instants += 1
        if self.instants > SAME_TIME:
            self._look_for_a_loop()

    # -- invariants

    def _watch_event(self, code: OptionCode, before: int) -> None:
        for watch in self.pending:
            invariant = watch.invariant
            if isinstance(invariant, Requires) and invariant.event == code.option.event:
                if not holds(watch.when, before):
                    raise self._broken(watch.name)
            elif isinstance(invariant, Always | Eventually) and invariant.after == code.option.event:
                self.seen.add(watch.name)

    def _watch_state(self) -> None:
        for watch in self.pending:
            if watch.name not in self.seen:
                continue
            if isinstance(watch.invariant, Always):
                if not holds(watch.when, self.word):
                    raise self._broken(watch.name)
            elif holds(watch.when, self.word) or holds(watch.unless, self.word):
                self.seen.discard(watch.name)

    def _check_the_end(self) -> None:
        for watch in self.pending:
            if watch.name in self.seen and isinstance(watch.invariant, Eventually):
                raise self._broken(watch.name)

    def _broken(self, name: str) -> BrokenInvariant:
        last = self.masks.options[self.happenings[-1][1]] if self.happenings else None
        after = f"{last.step}.{last.option.name} ({last.option.event})" if last else "the opening"
        return BrokenInvariant(
            f"case {self.case} breaks the invariant {name!r} of {self.bench.procedure.name} after {after} "
            f"on {self._date()}: {_standing(self._state())}"
        )

    # -- what goes wrong

    def _state(self) -> CaseState:
        return CaseState(self.masks, self.word)

    def _date(self) -> dt.date:
        return dated(self.bench.scenario.starts, self.now // DAY)

    def _stuck(self) -> StuckCase:
        return StuckCase(
            f"case {self.case} is stuck on {self._date()}: no step can happen any more, now or later, at "
            f"{_standing(self._state())}; `courtsim check` shows the way there"
        )

    def _look_for_a_loop(self) -> None:
        """Raises EndlessLoop where the same state has come back without time passing."""
        if self.instants == SAME_TIME + 1:
            self.words.clear()
        since = self.words.setdefault(self.word, len(self.happenings))
        recent = [self.masks.options[n] for _, n, _ in self.happenings[since:]]
        cycle = [code for code in recent if code.step_index >= 0]
        if cycle and all(self._takes_no_time(code.step_index) for code in cycle):
            names = dict.fromkeys(code.step for code in cycle)
            raise EndlessLoop(
                f"{listed(names)} can repeat without time passing (case {self.case}, {self._date()}); "
                "give one of them a delay, or `once: true`"
            )

    def _takes_no_time(self, step: int) -> bool:
        held = all(always_zero(Delay(kind)) for _, kind in self.bench.needs[step])
        return held and always_zero(self.bench.timing.delays[step])

    # -- the script

    def _follow_script(self) -> None:
        entries = scripted(self.bench.scenario)
        if not entries:
            return
        last_clock_event: Happening | None = None
        for entry in entries:
            begins = (entry.on - self.bench.scenario.starts).days * DAY
            last_clock_event = self._let_clocks_run(begins) or last_clock_event
            self._perform(entry, begins, last_clock_event)
            last_clock_event = None
            self.entry += 1
        self._leave_script()

    def _leave_script(self) -> None:
        """From here on everybody acts by his own clock."""
        for n, code in enumerate(self.masks.steps):
            if code.step.by != CLOCK and not self.word & self.masks.final:
                self.clocks.begin_anew(n, self.word, self.now, self._draw)

    def _let_clocks_run(self, until: int) -> Happening | None:
        """Lets the steps of the clock that fall due before *until* happen; returns the last of them."""
        last = None
        while not self.word & self.masks.final:
            found = self._next_clock_step()
            if found is None or max(found[1], self.now) >= until:
                break
            step, due = found
            self.now = max(due, self.now)
            if self.bench.needs[step]:
                self._hold(step)
            self._happen(*self._choose(step))
            last = self.happenings[-1]
        return last

    def _next_clock_step(self) -> tuple[int, int] | None:
        due = [
            (time, n)
            for n, time in enumerate(self.clocks.due)
            if self.bench.by[n] == CLOCK and self.masks.lawful_options(self.masks.steps[n], self.word)
        ]
        time, step = min(due, default=(None, None))
        return None if time is None or step is None or time >= NEVER else (step, time)

    def _perform(self, entry: Entry, begins: int, between: Happening | None) -> None:
        assert entry.step is not None
        step = self.masks.index[entry.step]
        code = self.masks.steps[step]
        options = [o for s, o in lawful(self._state()) if s == entry.step]
        if not options or (entry.choose is not None and entry.choose not in options):
            option = entry.choose or next(iter(code.step.options))
            raise self._refused(entry, why_not(self._state(), entry.step, option), between)
        if code.step.by == CLOCK:
            falls = self.clocks.due[step] // DAY
            if falls != begins // DAY:
                on = dated(self.bench.scenario.starts, falls) if self.clocks.due[step] < NEVER else "no day"
                raise self._refused(entry, f"its clock falls due on {on}", between)
        self.now = max(self.now, begins)
        self._happen(*self._choose(step, entry.choose, entry.findings))

    def _refused(self, entry: Entry, reason: str, between: Happening | None) -> IllegalStep:
        option = f"{entry.step}.{entry.choose}" if entry.choose else str(entry.step)
        if between is not None:
            on = dated(self.bench.scenario.starts, between[0] // DAY)
            reason += f"; {self.masks.options[between[1]].option.event} came between, on {on}"
        instead = [f"{step}.{chosen}" for step, chosen in lawful(self._state())]
        return IllegalStep(f"{option} of the script on {entry.on}", reason, instead)


def _standing(state: CaseState) -> str:
    return ", ".join(f"{track}: {where}" for track, where in state.tracks.items())


def scripted(scenario: Scenario) -> list[Entry]:
    """The entries of the script that are steps, up to `script_until`."""
    until = scenario.script_until or dt.date.max
    return [entry for entry in scenario.script if entry.step is not None and entry.on <= until]


def histories(
    scenario: Scenario,
    cases: int = 1,
    seed: int = 1,
    *,
    first: int = 1,
    timing: TimingOf = "drawn",
    choosers: Mapping[str, Decider] | None = None,
    observe: Observer | None = None,
    tape: Callable[[int, int, int], Tape] = Tape,
    block: int = BLOCK,
) -> Iterator[History]:
    """The cases *first*, *first* + 1, ... of a run, each with the court to itself, in order.

    *tape* makes the tape of a block from the seed, its first case and their number: another one brings other luck. *block*
    cases are made together; fewer are had sooner.
    """
    bench = Bench(scenario, choosers)
    for begin in range(first, first + cases, block):
        size = min(block, first + cases - begin)
        yield from _block(bench, tape(seed, begin, size), begin, size, timing, observe)


def _block(bench: Bench, tape: Tape, begin: int, size: int, timing: TimingOf, observe: Observer | None) -> list[History]:
    """One block of cases in one SimPy environment."""
    import simpy

    luck = Luck(bench, tape, timing)
    env = simpy.Environment()
    done: list[History] = []
    with no_garbage_collection():
        for place in range(size):
            env.process(_process(env, Walk(bench, luck, place, begin + place, observe), done))
        env.run()
    done.sort(key=lambda history: history.case)
    return done


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Everything that a block or a tree makes is kept, so looking for garbage meanwhile only doubles its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _process(env: simpy.Environment, walk: Walk, done: list[History]) -> Generator[simpy.Event, None, None]:
    """A case as SimPy sees it: it has the court to itself, so it meets the others only in that it ends."""
    done.append(walk.run())
    yield env.timeout(walk.now)
