"""The exact event tree: with every delay at fixed values a case is a finite tree of options with dates.

A node is a state, the time, the clocks that run or stand, and what is believed of answers that only an appeal will ask
for. Two histories that have come to the same node go on alike, so they are merged. `Tree.expand` says what may happen
next and with what probability; who adds up, decides or draws does so over it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from courtsim.case.clocks import DAY, NEVER, SpecialClock, opens, ticks
from courtsim.case.core import apply, dated, following_from, why_not
from courtsim.case.events import Detail
from courtsim.case.masks import OptionCode, holds
from courtsim.case.state import CaseState
from courtsim.choosers.findings import Answers, Belief
from courtsim.choosers.kinds import Moment
from courtsim.choosers.sentencing import sentences
from courtsim.engines.relevance import Relevance
from courtsim.engines.simulate import Bench, scripted
from courtsim.errors import EndlessLoop, IllegalStep, NotAvailable, StuckCase, WrongInput, listed
from courtsim.procedure.conditions import Value
from courtsim.procedure.delays import Delay, Distribution, Fixed, central, slices
from courtsim.procedure.law import CLOCK, SPINE
from courtsim.scenario.facts import Entry, FactOdds

SAME_TIME = 200  # events without time passing before a tree is called endless


class Ticking(NamedTuple):
    """The clock of one step: due at a tick, or (due NEVER) standing still with so much left."""

    step: int
    due: int
    left: int = -1
    special: SpecialClock | None = None  # kept only of steps that may stand still

    @property
    def stands(self) -> bool:
        return self.left >= 0


class Node(NamedTuple):
    word: int
    now: int
    clocks: tuple[Ticking, ...]  # by step
    believed: tuple[tuple[str, Belief], ...] = ()  # test to the answers that may have been given
    entry: int = 0  # of the script, to come next


class Happened(NamedTuple):
    """An event on a branch: which option, its details, and the state of the spine that it disposes the case with."""

    code: int  # in Masks.options
    details: tuple[Detail, ...]
    disposed: str | None


class Branch(NamedTuple):
    """One thing that may happen at a node, and where it leads: nowhere once the case is closed."""

    p: float
    happened: tuple[Happened, ...]
    node: Node | None
    time: int = 0


class _Turn(NamedTuple):
    """What an option does to a state, clocks aside."""

    p: float
    happened: tuple[Happened, ...]
    word: int
    touches: tuple[int, ...]
    restarts: frozenset[int]


class Root(NamedTuple):
    """A case as it opens: its facts as drawn, what followed at once, and the first node."""

    p: float
    word: int
    happened: tuple[Happened, ...]
    node: Node | None


class Tree:
    """The event tree of a scenario.

    Args:
        bench: the scenario, made ready.
        relevance: what of the case counts.
        points: 1 for central timing; else every delay takes that many equally likely values (`delays.slices`).
    """

    def __init__(self, bench: Bench, relevance: Relevance, points: int = 1) -> None:
        self.bench = bench
        self.masks = bench.masks
        self.relevance = relevance
        self.points = points
        self._lengths: dict[Distribution, tuple[int, ...]] = {}
        self.entries = scripted(bench.scenario)
        self._spine = self.masks.questions["track", SPINE]
        self._turns: dict[tuple[int, int, bool], list[_Turn]] = {}
        self._shares: dict[tuple[int, int, tuple[tuple[str, Belief], ...]], list[tuple[float, OptionCode]]] = {}
        self._reviewed = {key[1] for key in self.masks.questions if key[0] == "answer"}

    # -- how a case opens

    def roots(self) -> list[Root]:
        """Every way in which the drawn facts may fall, and what follows the opening."""
        found: list[Root] = []
        for facts, p in self._facts():
            opened = self.masks.start(dict(self.bench.opening.facts) | facts)
            for turn in self._settled(1.0, opened, (), (), frozenset()):
                if turn.word & self.masks.final:
                    found.append(Root(p * turn.p, opened, turn.happened, None))
                    continue
                word = turn.word if self.entries else self.relevance.canonical(turn.word)
                start = turn._replace(word=word, touches=tuple(range(len(self.masks.steps))))
                for share, clocks in self._clocks((), start, -1, 0):
                    found.append(Root(p * turn.p * share, opened, turn.happened, Node(start.word, 0, clocks)))
        return found

    def fresh(self, word: int, now: int, due: int) -> Node:
        """A node at which every clock that runs has just started, but that of the step *due*, which comes first."""
        start = _Turn(1.0, (), self.relevance.canonical(word), tuple(range(len(self.masks.steps))), frozenset())
        _, clocks = self._clocks((), start, -1, now)[0]
        first = tuple(Ticking(due, now - 1) if ticking.step == due else ticking for ticking in clocks)
        return Node(start.word, now, first, entry=len(self.entries))

    def _facts(self) -> list[tuple[dict[str, Value], float]]:
        drawn: list[list[tuple[str, Value, float]]] = []
        for name, spec in self.bench.scenario.facts.items():
            if isinstance(spec, FactOdds):
                total = sum(share for _, share in spec.shares)
                drawn.append([(name, value, share / total) for value, share in spec.shares if share > 0])
            elif isinstance(spec, Delay):
                drawn.append([(name, self._amount(f"fact:{name}", spec), 1.0)])
        found: list[tuple[dict[str, Value], float]] = []
        for combination in product(*drawn):
            p = 1.0
            for _, _, share in combination:
                p *= share
            found.append(({name: value for name, value, _ in combination}, p))
        return found

    def _amount(self, purpose: str, spec: Delay) -> float:
        if not isinstance(spec.kind, Distribution):
            raise WrongInput(None, f"{purpose} is drawn from {type(spec.kind).__name__}", "a number or a distribution")
        return spec.kind.days if isinstance(spec.kind, Fixed) else ticks(central(spec.kind)) / DAY

    # -- what may happen next

    def expand(self, node: Node) -> list[Branch]:
        """Every course that the next event of a node may take.

        Raises:
            StuckCase: nothing can ever happen.
            IllegalStep: a script that the law does not allow.
        """
        if node.entry < len(self.entries):
            return self._scripted(node, self.entries[node.entry])
        found = self.next_step(node)
        if found is None:
            raise StuckCase(
                f"a case gets stuck on {self._date(node.now)}: no step can happen any more at {self._standing(node.word)}; "
                "`courtsim check` shows the way there"
            )
        step, due = found
        return self._due(node, step, due)

    def _due(self, node: Node, step: int, due: int) -> list[Branch]:
        """The branches of a step that has fallen due, however long it holds the court."""
        held = self.held(step, max(due, node.now))
        found = [self.happen(node, step, time, self.shares(node, step, time)) for time in held]
        if len(held) == 1:
            return found[0]
        return [branch._replace(p=branch.p / len(held)) for branches in found for branch in branches]

    def next_step(self, node: Node, by_clock: bool = False) -> tuple[int, int] | None:
        """The step that falls due first and has a lawful option; ties in file order."""
        for due, step in sorted((t.due, t.step) for t in node.clocks if t.due < NEVER):
            if by_clock and self.bench.by[step] != CLOCK:
                continue
            code = self.masks.steps[step]
            if not (code.conditional or by_clock) or self.masks.lawful_options(code, node.word):
                return step, due
        return None

    def held(self, step: int, begun: int) -> list[int]:
        """When the event may happen, once the step has taken the court's time: equally likely times."""
        if not self.bench.needs[step]:
            return [begun]
        court = self.bench.court
        holds = product(*(self.lengths(kind) for _, kind in self.bench.needs[step]))
        if court.always:
            return [begun + max(lengths) for lengths in holds]
        return [court.moment(court.elapsed(begun) + max(lengths)) for lengths in holds]

    def lengths(self, kind: Distribution) -> tuple[int, ...]:
        """The equally likely values of a delay, in ticks."""
        found = self._lengths.get(kind)
        if found is None:
            days = (central(kind),) if self.points == 1 else slices(kind, self.points)
            found = self._lengths[kind] = tuple(ticks(day) for day in days)
        return found

    def shares(self, node: Node, step: int, time: int) -> list[tuple[float, OptionCode]]:
        """The options of a step with their probabilities; impossible ones are left out."""
        key = (node.word, step, node.believed)
        found = self._shares.get(key)
        if found is None:
            found = self._weighed(node, step, time)
            if self.masks.steps[step].step.name not in self.bench.own:  # a function may look at the calendar
                self._shares[key] = found
        return found

    def _weighed(self, node: Node, step: int, time: int) -> list[tuple[float, OptionCode]]:
        code = self.masks.steps[step]
        name = code.step.name
        options = self.masks.lawful_options(code, node.word)
        if len(options) == 1 and name not in self.bench.tests and name not in self.bench.own:
            return [(1.0, options[0])]
        chooser = self.bench.choosers.get(name)
        if chooser is None:
            if len(options) > 1:
                raise WrongInput(None, f"nobody decides {name}: it has no chooser and no default", f"choosers.{name}")
            return [(1.0, options[0])]
        odds = chooser.odds(self.moment(node, step, time))
        return [(odds[o.option.name], o) for o in options if odds.get(o.option.name, 0.0) > 0]

    def moment(self, node: Node, step: int, time: int, fixed: Answers = ()) -> Moment:
        by = self.bench.by[step]
        return Moment(
            masks=self.masks,
            word=node.word,
            step=self.masks.steps[step].step.name,
            by=by,
            lawful=tuple(o.option.name for o in self.masks.lawful_options(self.masks.steps[step], node.word)),
            day=time / DAY,
            date=self._date(time),
            hidden=self.bench.hidden[by],
            fixed=fixed,
            below=dict(node.believed),
        )

    def happen(
        self, node: Node, step: int, time: int, shares: Iterable[tuple[float, OptionCode]], fixed: Answers = ()
    ) -> list[Branch]:
        branches: list[Branch] = []
        for p, code in shares:
            believed = self._believed(node, step, code, fixed)
            for turn in self._turned(node.word, code, node.entry < len(self.entries)):
                if turn.word & self.masks.final:
                    branches.append(Branch(p * turn.p, turn.happened, None, time))
                    continue
                for share, clocks in self._clocks(node.clocks, turn, step, time):
                    after = Node(turn.word, time, clocks, believed, node.entry)
                    branches.append(Branch(p * turn.p * share, turn.happened, after, time))
        return branches

    # -- what an option does

    def _turned(self, word: int, code: OptionCode, by_script: bool) -> list[_Turn]:
        key = (word, code.index, by_script)
        found = self._turns.get(key)
        if found is None:
            found = [
                turn if by_script or turn.word & self.masks.final else turn._replace(word=self.relevance.canonical(turn.word))
                for p, happened, after in self._applied(word, code)
                for turn in self._settled(p, after, (happened,), code.touches, code.restarts)
            ]
            self._turns[key] = found
        return found

    def _applied(self, word: int, code: OptionCode) -> list[tuple[float, Happened, int]]:
        """The event itself: what it may carry, and the state after it."""
        details = following_from(self.masks, word, code) + self.bench.costs[code.index]
        after = self.masks.move(word, code)
        for detail in details:
            after = apply(self.masks, after, detail)
        disposed = None
        if word & self._spine.all != after & self._spine.all and after & self.masks.disposing:
            disposed = str(self._spine.read(after))
        ways = [
            sentences(self.bench.scenario, self.masks, after, kind, self._amount) for kind in self.bench.sentences[code.index]
        ]
        found: list[tuple[float, Happened, int]] = []
        for combination in product(*ways):
            p = 1.0
            for _, share in combination:
                p *= share
            found.append((p, Happened(code.index, details + tuple(s for s, _ in combination), disposed), after))
        return found

    def _settled(
        self,
        p: float,
        word: int,
        happened: tuple[Happened, ...],
        touches: tuple[int, ...],
        restarts: frozenset[int],
        applied: int = 0,
    ) -> list[_Turn]:
        """What comes after an event: its consequences, one after the other."""
        follows = self.masks.consequence(word, applied)
        if follows is None:
            return [_Turn(p, happened, self.masks.settled(word), touches, restarts)]
        code, bit = follows
        found: list[_Turn] = []
        for share, event, after in self._applied(word, code):
            touched = tuple(dict.fromkeys((*touches, *code.touches)))
            found += self._settled(p * share, after, (*happened, event), touched, restarts | code.restarts, applied | bit)
        return found

    # -- clocks

    def _clocks(self, before: tuple[Ticking, ...], turn: _Turn, fired: int, now: int) -> list[tuple[float, tuple[Ticking, ...]]]:
        """The clocks after an event, in every way that new ones may be set."""
        timing, word, kept = self.bench.timing, turn.word, self.relevance.steps
        clocks = {ticking.step: ticking for ticking in before}
        begun: list[list[Ticking]] = []
        for step in turn.touches:
            if step not in kept:
                continue
            if not holds(self.masks.steps[step].silent, word):
                clocks.pop(step, None)
            elif step not in clocks or step == fired or step in turn.restarts:
                begun.append([self._tolled(clock, word, now) for clock in self._set(step, word, now)])
            elif timing.tolls[step]:
                clocks[step] = self._tolled(clocks[step], word, now)
        ways = list(product(*begun))
        found = []
        for way in ways:
            clocks.update((ticking.step, ticking) for ticking in way)
            found.append((1 / len(ways), tuple(clocks[step] for step in sorted(clocks))))
        return found

    def _set(self, step: int, word: int, now: int) -> list[Ticking]:
        """A clock just started, with each of its equally likely delays."""
        timing = self.bench.timing
        plain = timing.plain[step]
        if plain is not None:
            return [Ticking(step, opens(now) + length) for length in self.lengths(plain)]
        kept = bool(timing.tolls[step])
        drawn: list[Distribution] = []

        def first(_step: int, _visit: int, kind: Distribution) -> int:
            drawn.append(kind)
            return self.lengths(kind)[0]

        due, special = timing.begin(step, 1, now, word, first)
        found = [Ticking(step, due, special=special if kept else None)]
        for length in self.lengths(drawn[0])[1:] if drawn else ():
            due, special = timing.begin(step, 1, now, word, lambda _step, _visit, _kind, length=length: length)  # type: ignore[misc]
            found.append(Ticking(step, due, special=special if kept else None))
        return found

    def _tolled(self, clock: Ticking, word: int, now: int) -> Ticking:
        tolls = self.bench.timing.tolls[clock.step]
        tolled = bool(tolls) and holds(tolls, word)
        if tolled == clock.stands:
            return clock
        special = None if clock.special is None else clock.special.copy()
        if tolled:
            if special is not None:
                special.stand_still(now)
            left = NEVER if clock.due == NEVER else max(0, clock.due - now)
            return Ticking(clock.step, NEVER, 0 if special is not None else left, special)
        if special is not None:
            special.run_on(now)
            return Ticking(clock.step, special.due(), special=special)
        return Ticking(clock.step, NEVER if clock.left == NEVER else now + clock.left)

    # -- answers that an appeal may ask for

    def _believed(self, node: Node, step: int, code: OptionCode, fixed: Answers) -> tuple[tuple[str, Belief], ...]:
        """What is believed of the answers behind the rulings, once this option was chosen."""
        test = self.bench.tests.get(self.masks.steps[step].step.name)
        if test is None or not self.bench.leads_somewhere(test, code.option.name):
            return node.believed
        findings = self.bench.findings(test)
        below = findings.test.reviews
        believed = dict(node.believed)
        if test in self._reviewed:
            if below:
                raise NotAvailable(f"the test {test!r} reviews a test and is itself reviewed, which `solve` does not follow")
            believed[test] = findings.belief(self.masks, node.word, code.option.name, fixed)
        elif below and below in believed:
            believed[below] = findings.belief_below(self.masks, node.word, code.option.name, fixed, believed[below])
        return tuple(believed.items())

    # -- the script

    def _scripted(self, node: Node, entry: Entry) -> list[Branch]:
        """A clock step that falls due before the next entry of the script, or the entry itself."""
        begins = (entry.on - self.bench.scenario.starts).days * DAY
        found = self.next_step(node, by_clock=True)
        if found is not None and max(found[1], node.now) < begins:
            return self._due(node, *found)
        assert entry.step is not None
        step = self.masks.index[entry.step]
        code = self.masks.steps[step]
        options = [o for o in self.masks.lawful(node.word) if o.step_index == step]
        wanted = [o for o in options if entry.choose in (None, o.option.name)]
        if not wanted:
            option = entry.choose or next(iter(code.step.options))
            raise IllegalStep(
                f"{entry.step}.{option} of the script on {entry.on}",
                why_not(CaseState(self.masks, node.word), entry.step, option),
                [f"{o.step}.{o.option.name}" for o in self.masks.lawful(node.word)],
            )
        due = next(ticking.due for ticking in node.clocks if ticking.step == step)
        if code.step.by == CLOCK and due // DAY != begins // DAY:
            on = self._date(due) if due < NEVER else "no day"
            raise IllegalStep(f"{entry.step} of the script on {entry.on}", f"its clock falls due on {on}", [])
        time = max(node.now, begins)
        shares = [(1.0, wanted[0])] if entry.choose else self.shares(node, step, time)
        branches = self.happen(node, step, time, shares, entry.findings)
        found_after: list[Branch] = []
        for branch in branches:
            nodes = self._next_entry(branch.node, time)
            found_after += [branch._replace(p=branch.p / len(nodes), node=after) for after in nodes]
        return found_after

    def _next_entry(self, node: Node | None, now: int) -> list[Node | None]:
        """The node at the next entry. Once the script has ended, every step but those of the clock starts a new visit."""
        if node is None or node.entry + 1 < len(self.entries):
            return [node and node._replace(entry=node.entry + 1)]
        anew = [
            [ticking]
            if self.bench.by[ticking.step] == CLOCK
            else [self._tolled(clock, node.word, now) for clock in self._set(ticking.step, node.word, now)]
            for ticking in node.clocks
        ]
        word = self.relevance.canonical(node.word)
        return [node._replace(word=word, clocks=clocks, entry=node.entry + 1) for clocks in product(*anew)]

    # -- words for what goes wrong

    def _date(self, time: int) -> dt.date:
        return dated(self.bench.scenario.starts, time // DAY)

    def _standing(self, word: int) -> str:
        return ", ".join(f"{track}: {where}" for track, where in CaseState(self.masks, word).tracks.items())

    def endless(self, branches: Sequence[Branch]) -> EndlessLoop:
        """The complaint about a node after too many events without time passing."""
        steps = dict.fromkeys(self.masks.options[b.happened[0].code].step for b in branches)
        return EndlessLoop(f"{listed(steps)} can repeat without time passing; give one of them a delay, or `once: true`")
