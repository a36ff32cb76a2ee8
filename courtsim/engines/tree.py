"""The exact event tree: with every delay at fixed values a case is a finite tree of options with dates.

A node is a state, the time, the clocks that run or stand, and what is believed of answers that only an appeal will ask
for. Two histories that have come to the same node go on alike, so they are merged. All of a node but its times is its
*setting*: a tree has few settings and many nodes, so what may happen next, how likely that is and where each clock of
the next node comes from is found once a setting. A node itself is a plain tuple of numbers, quick to make and to find.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import product
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from courtsim.case.clocks import DAY, NEVER, SpecialClock, opens, rolled, ticks
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
from courtsim.procedure.delays import Delay, Distribution, Fixed, OfferTerm, central, slices
from courtsim.procedure.law import CLOCK, SPINE
from courtsim.scenario.facts import Entry, FactOdds

SAME_TIME = 200  # events without time passing before a tree is called endless

# The number of its setting, of its ledger (what whoever grows the tree keeps beside the state: 0 for nothing), the time,
# when each clock falls due in the order of the steps (NEVER where it stands still), and one number more for each clock
# that may stand still: RUNS, what is left of a plain one that stands, or -2 - n for the special clock number n.
Node: TypeAlias = tuple[int, ...]
SETTING, LEDGER, NOW, CLOCKS = 0, 1, 2, 3
RUNS = -1


class Ticking(NamedTuple):
    """The clock of one step: due at a tick, or (due NEVER) standing still with so much left."""

    step: int
    due: int
    left: int = RUNS
    special: SpecialClock | None = None  # kept only of steps that may stand still

    @property
    def stands(self) -> bool:
        return self.left >= 0


Believed: TypeAlias = tuple[tuple[str, Belief], ...]  # test to the answers that may have been given


class Happened(NamedTuple):
    """An event on a branch: which option, its details, and the state of the spine that it disposes the case with."""

    code: int  # in Masks.options
    details: tuple[Detail, ...]
    disposed: str | None


class Branch(NamedTuple):
    """One thing that may happen at a node, and where it leads: nowhere once the case is closed."""

    p: float
    happened: int  # number in Tree.happenings
    node: Node | None
    time: int


class Root(NamedTuple):
    """A case as it opens: its facts as drawn, what followed at once, and the first node."""

    p: float
    word: int
    happened: int
    node: Node | None
    time: int = 0  # of what happened


class Going(NamedTuple):
    """One way on from a setting: what happens, and where each number of the next node comes from."""

    p: float
    happened: int
    setting: int  # the next one; -1 where the case is closed
    pick: Callable[[Node], Node]  # from the node with (setting, ledger, time) and the new clocks after it
    begun: tuple[_Begun, ...]
    turned: tuple[tuple[int, int, bool], ...]  # clocks that stop or go on: the places of their numbers, and whether they stop
    plain: bool  # there is one next node, and `pick` finds it


class Fork(NamedTuple):
    """What may be done at a step: its options, how likely each is, and where each may lead."""

    actor: str | None  # who reasons about it
    codes: tuple[OptionCode, ...]
    shares: tuple[float, ...]  # 1 each where someone reasons
    ways: tuple[list[Going], ...]


class Setting:
    """All of a node but its times."""

    __slots__ = ("believed", "entry", "extras", "forks", "shares", "stands", "steps", "ways", "word", "yielding")

    def __init__(
        self, word: int, believed: Believed, entry: int, steps: tuple[int, ...], stands: tuple[bool, ...], extras: dict[int, int]
    ) -> None:
        self.word = word
        self.believed = believed
        self.entry = entry  # of the script, to come next
        self.steps = steps  # whose clocks run or stand, in order
        self.stands = stands  # which of them do
        self.extras = extras  # of a step that may stand still: the place of its second number
        self.yielding: tuple[int, ...] | None = None  # the places of clocks that can bring something; None: of all
        self.shares: dict[int, list[tuple[float, OptionCode]]] = {}  # by step
        self.ways: dict[tuple[int, Answers], list[Going]] = {}  # by option
        self.forks: dict[int, Fork] = {}  # by step


Decides: TypeAlias = Callable[[Setting, int], str | None]  # in a setting and at a step: the actor who reasons about it


class _Turn(NamedTuple):
    """What an option does to a state, clocks aside."""

    p: float
    happened: tuple[Happened, ...]
    word: int
    touches: tuple[int, ...]
    restarts: frozenset[int]


class _Begun(dict[int, list[tuple[int, ...]]]):
    """A clock as it begins: the time to its numbers in a node, in each equally likely way."""

    def __init__(self, tree: Tree, step: int, word: int) -> None:
        super().__init__()
        self.tree = tree
        self.step = step
        self.word = word

    def __missing__(self, now: int) -> list[tuple[int, ...]]:
        found = self[now] = self.tree.begin(self.step, self.word, now)
        return found


class Tree:
    """The event tree of a scenario.

    Args:
        bench: the scenario, made ready.
        relevance: what of the case counts.
        points: 1 for central timing; else every delay takes that many equally likely values (`delays.slices`).
        decides: the actor who reasons about a step in a setting, if any.
    """

    def __init__(self, bench: Bench, relevance: Relevance, points: int = 1, decides: Decides | None = None) -> None:
        self.bench = bench
        self.masks = bench.masks
        self.relevance = relevance
        self.points = points
        self.decides = decides
        self.entries = scripted(bench.scenario)
        self.settings: list[Setting] = []
        self.happenings: list[tuple[Happened, ...]] = []
        self._lengths: dict[Distribution, tuple[int, ...]] = {}
        self._spine = self.masks.questions["track", SPINE]
        self._offer = self.masks.questions["offer",].all
        self._turns: dict[tuple[int, int, bool], list[_Turn]] = {}
        self._reviewed = {key[1] for key in self.masks.questions if key[0] == "answer"}
        self._setting_numbers: dict[tuple[object, ...], int] = {}
        self._happened_numbers: dict[tuple[Happened, ...], int] = {}
        self._begun: dict[tuple[int, Delay | None, int, bool], _Begun] = {}
        self._special_numbers: dict[SpecialClock, int] = {}
        self._specials: list[SpecialClock] = []

    # -- how a case opens

    def roots(self) -> list[Root]:
        """Every way in which the drawn facts may fall, and what follows the opening."""
        found: list[Root] = []
        for facts, p in self._facts():
            opened = self.masks.start(dict(self.bench.opening.facts) | facts)
            for turn in self._settled(1.0, opened, (), (), frozenset()):
                if turn.word & self.masks.final:
                    found.append(Root(p * turn.p, opened, self._number(turn.happened), None))
                    continue
                word = turn.word if self.entries else self.relevance.canonical(turn.word)
                for share, node in self._started(turn._replace(word=word), 0, 0):
                    found.append(Root(p * turn.p * share, opened, self._number(turn.happened), node))
        return found

    @property
    def nothing(self) -> int:
        """The number for that nothing has happened."""
        return self._number(())

    def fresh(self, word: int, now: int, due: int) -> Node:
        """A node at which every clock that runs has just started, but that of the step *due*, which comes first."""
        start = _Turn(1.0, (), self.relevance.canonical(word), (), frozenset())
        node = self._started(start, now, len(self.entries))[0][1]
        steps = self.settings[node[SETTING]].steps
        if due not in steps:
            return node
        place = CLOCKS + steps.index(due)
        return (*node[:place], now - 1, *node[place + 1 :])

    def at(self, word: int, now: int, clocks: Sequence[Ticking], believed: Believed) -> Node:
        """The node, after any script, at which these clocks run or stand; in the order of the steps."""
        steps = tuple(clock.step for clock in clocks)
        setting = self._setting(
            self.relevance.canonical(word), believed, len(self.entries), steps, tuple(clock.stands for clock in clocks)
        )
        tolled = [clock for clock in clocks if self.bench.timing.tolls[clock.step]]
        extras = (clock.left if clock.special is None else self._special(clock.special) for clock in tolled)
        return (setting, 0, now, *(clock.due for clock in clocks), *extras)

    def happen(self, node: Node, code: OptionCode, time: int) -> list[Branch]:
        """What follows at a node if an option is chosen there."""
        setting = self.settings[node[SETTING]]
        goings = self.ways(setting, code.step_index, code)
        return [branch for going in goings for branch in self._branches(node, going, time, 1.0)]

    def _started(self, turn: _Turn, now: int, entry: int) -> list[tuple[float, Node]]:
        nothing = Setting(turn.word, (), entry, (), (), {})
        going = self._going(nothing, turn._replace(touches=tuple(range(len(self.masks.steps)))), -1, ())
        return self.next_nodes((-1, 0, now), going, now, 0)

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
        setting = self.settings[node[SETTING]]
        if setting.entry < len(self.entries):
            return self._scripted(setting, node, self.entries[setting.entry])
        return self._due(setting, node, *self.next_step(setting, node))

    def _due(self, setting: Setting, node: Node, step: int, due: int) -> list[Branch]:
        """The branches of a step that has fallen due, however long it holds the court."""
        found: list[Branch] = []
        held = self.held(step, max(due, node[NOW]))
        for time in held:
            fork = self.fork(setting, step, time)
            for share, goings in zip(fork.shares, fork.ways, strict=True):
                for going in goings:
                    found += self._branches(node, going, time, share / len(held))
        return found

    def _branches(self, node: Node, going: Going, time: int, p: float) -> list[Branch]:
        if going.setting < 0:
            return [Branch(p * going.p, going.happened, None, time)]
        after = self.next_nodes(node, going, time, node[LEDGER])
        return [Branch(p * going.p * share, going.happened, next_node, time) for share, next_node in after]

    def next_step(self, setting: Setting, node: Node) -> tuple[int, int]:
        """The step that falls due first and has a lawful option, ties in file order; and when.

        Raises:
            StuckCase: there is none.
        """
        if setting.yielding is None:
            dues = node[CLOCKS : CLOCKS + len(setting.steps)]
            due = min(dues, default=NEVER)
            if due < NEVER:
                return setting.steps[dues.index(due)], due
        else:
            due, place = min(((node[place], place) for place in setting.yielding), default=(NEVER, 0))
            if due < NEVER:
                return setting.steps[place - CLOCKS], due
        raise StuckCase(
            f"a case gets stuck on {self._date(node[NOW])}: no step can happen any more at {self._standing(setting.word)}; "
            "`courtsim check` shows the way there"
        )

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

    def fork(self, setting: Setting, step: int, time: int) -> Fork:
        """The options of a step in a setting, and where each may lead."""
        found = setting.forks.get(step)
        if found is None:
            actor = self.decides(setting, step) if self.decides else None
            if actor is None:
                shares = self.shares(setting, step, time)
                codes, odds = tuple(code for _, code in shares), tuple(p for p, _ in shares)
            else:
                codes = tuple(self.masks.lawful_options(self.masks.steps[step], setting.word))
                odds = (1.0,) * len(codes)
            found = Fork(actor, codes, odds, tuple(self.ways(setting, step, code) for code in codes))
            if actor is not None or step in setting.shares:
                setting.forks[step] = found
        return found

    def shares(self, setting: Setting, step: int, time: int) -> list[tuple[float, OptionCode]]:
        """The options of a step with their probabilities; impossible ones are left out."""
        found = setting.shares.get(step)
        if found is None:
            found = self.weighed(setting, step, time)
            if self.masks.steps[step].step.name not in self.bench.own:  # a function may look at the calendar
                setting.shares[step] = found
        return found

    def weighed(self, setting: Setting, step: int, time: int) -> list[tuple[float, OptionCode]]:
        """The options of a step with their probabilities, found afresh."""
        code = self.masks.steps[step]
        name = code.step.name
        options = self.masks.lawful_options(code, setting.word)
        if len(options) == 1 and name not in self.bench.tests and name not in self.bench.own:
            return [(1.0, options[0])]
        chooser = self.bench.choosers.get(name)
        if chooser is None:
            if len(options) > 1:
                raise WrongInput(None, f"nobody decides {name}: it has no chooser and no default", f"choosers.{name}")
            return [(1.0, options[0])]
        odds = chooser.odds(self._moment(setting, step, time))
        return [(odds[o.option.name], o) for o in options if odds.get(o.option.name, 0.0) > 0]

    def _moment(self, setting: Setting, step: int, time: int) -> Moment:
        by = self.bench.by[step]
        return Moment(
            masks=self.masks,
            word=setting.word,
            step=self.masks.steps[step].step.name,
            by=by,
            lawful=tuple(o.option.name for o in self.masks.lawful_options(self.masks.steps[step], setting.word)),
            day=time / DAY,
            date=self._date(time),
            hidden=self.bench.hidden[by],
            below=dict(setting.believed),
        )

    def ways(self, setting: Setting, step: int, code: OptionCode, fixed: Answers = ()) -> list[Going]:
        """Where an option may lead; *fixed*: answers behind it that a script states."""
        found = setting.ways.get((code.index, fixed))
        if found is None:
            believed = self._believed(setting, step, code, fixed)
            turns = self._turned(setting.word, code, setting.entry < len(self.entries))
            found = setting.ways[code.index, fixed] = [self._going(setting, turn, step, believed) for turn in turns]
        return found

    def next_nodes(self, node: Node, going: Going, time: int, ledger: int) -> list[tuple[float, Node]]:
        """The nodes that a way leads to at *time*, each with its probability."""
        turned: tuple[int, ...] = ()
        for due, extra, stops in going.turned:
            turned += self._tolled(node[due], node[extra], stops, time)
        start = (*node, going.setting, ledger, time, *turned)
        if going.plain:
            for begun in going.begun:
                start += begun[time][0]
            return [(1.0, going.pick(start))]
        choices = list(product(*(begun[time] for begun in going.begun)))
        return [(1 / len(choices), going.pick(start + sum(choice, ()))) for choice in choices]

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

    def _number(self, happened: tuple[Happened, ...]) -> int:
        found = self._happened_numbers.get(happened)
        if found is None:
            found = self._happened_numbers[happened] = len(self.happenings)
            self.happenings.append(happened)
        return found

    # -- clocks

    def _going(self, setting: Setting, turn: _Turn, fired: int, believed: Believed) -> Going:
        """Where each clock after an event comes from: it goes on, stops or continues, or begins."""
        number = self._number(turn.happened)
        if turn.word & self.masks.final:
            return Going(turn.p, number, -1, itemgetter(0, 1), (), (), True)
        word, tolls = turn.word, self.bench.timing.tolls
        stood = dict(zip(setting.steps, setting.stands, strict=True))
        stands = dict(stood)
        begun: list[int] = []
        turned: list[int] = []
        for step in turn.touches:
            if step not in self.relevance.steps:
                continue
            if not holds(self.masks.steps[step].silent, word):
                stands.pop(step, None)
                continue
            begins = step not in stands or step == fired or step in turn.restarts
            if begins or tolls[step]:
                stands[step] = holds(tolls[step], word)
            if begins:
                begun.append(step)
            elif tolls[step] and stands[step] != stood[step]:
                turned.append(step)
        steps = tuple(sorted(stands))
        after = self._setting(word, believed, setting.entry, steps, tuple(stands[step] for step in steps))
        # The numbers that `pick` picks from: those of the node, (setting, ledger, time), stopped clocks, new ones.
        place = {step: CLOCKS + n for n, step in enumerate(setting.steps)}
        extra = dict(setting.extras)
        end = CLOCKS + len(setting.steps) + len(setting.extras)
        new = end + CLOCKS
        turns = tuple((place[step], extra[step], stands[step]) for step in turned)
        for step in (*turned, *begun):
            place[step], new = new, new + 1
            if tolls[step]:
                extra[step], new = new, new + 1
        picked = [place[step] for step in steps] + [extra[step] for step in steps if tolls[step]]
        return Going(
            turn.p,
            number,
            after,
            itemgetter(end, end + 1, end + 2, *picked),
            tuple(self._beginning(step, word) for step in begun),
            turns,
            self.points == 1,
        )

    def _setting(self, word: int, believed: Believed, entry: int, steps: tuple[int, ...], stands: tuple[bool, ...]) -> int:
        key = (word, believed, entry, steps, stands)
        found = self._setting_numbers.get(key)
        if found is None:
            found = self._setting_numbers[key] = len(self.settings)
            tolled = [step for step in steps if self.bench.timing.tolls[step]]
            extras = {step: CLOCKS + len(steps) + n for n, step in enumerate(tolled)}
            setting = Setting(word, believed, entry, steps, stands, extras)
            codes = [self.masks.steps[step] for step in steps]
            idle = [code.conditional and not self.masks.lawful_options(code, word) for code in codes]
            if any(idle):
                setting.yielding = tuple(CLOCKS + n for n, is_idle in enumerate(idle) if not is_idle)
            self.settings.append(setting)
        return found

    def _beginning(self, step: int, word: int) -> _Begun:
        """The clock of a step as it begins in a state; states in which it begins alike share one."""
        timing = self.bench.timing
        delay = None if timing.plain[step] is not None else timing.delay(step, word)
        offer = word & self._offer if delay is not None and isinstance(delay.kind, OfferTerm) else 0
        key = (step, delay, offer, holds(timing.tolls[step], word))
        found = self._begun.get(key)
        if found is None:
            found = self._begun[key] = _Begun(self, step, word)
        return found

    def begin(self, step: int, word: int, now: int) -> list[tuple[int, ...]]:
        """The numbers of a clock just started, with each of its equally likely delays."""
        timing = self.bench.timing
        plain, tolls = timing.plain[step], timing.tolls[step]
        delay = None if plain is not None else timing.delay(step, word)
        found: list[tuple[int, SpecialClock | None]]
        if plain is not None:
            found = [(opens(now) + length, None) for length in self.lengths(plain)]
        elif not tolls and delay and delay.roll and not delay.court_days and isinstance(delay.kind, Distribution):
            return [(rolled(timing.court, opens(now) + length),) for length in self.lengths(delay.kind)]
        else:
            drawn: list[Distribution] = []

            def first(_step: int, _visit: int, kind: Distribution) -> int:
                drawn.append(kind)
                return self.lengths(kind)[0]

            found = [timing.begin(step, 1, now, word, first)]
            for length in self.lengths(drawn[0])[1:] if drawn else ():
                found.append(timing.begin(step, 1, now, word, lambda _step, _visit, _kind, length=length: length))  # type: ignore[misc]
        if not tolls:
            return [(due,) for due, _ in found]
        running = [(due, RUNS if special is None else self._special(special)) for due, special in found]
        return [self._tolled(*clock, True, now) for clock in running] if holds(tolls, word) else list(running)

    def _special(self, clock: SpecialClock) -> int:
        found = self._special_numbers.get(clock)
        if found is None:
            found = self._special_numbers[clock] = len(self._specials)
            self._specials.append(clock)
        return RUNS - 1 - found

    def _tolled(self, due: int, extra: int, stops: bool, now: int) -> tuple[int, int]:
        """The numbers of a clock that stops or goes on."""
        special = self._specials[RUNS - 1 - extra].copy() if extra < RUNS else None
        if stops:
            if special is None:
                return NEVER, NEVER if due == NEVER else max(0, due - now)
            special.stand_still(now)
            return NEVER, self._special(special)
        if special is None:
            return NEVER if extra == NEVER else now + extra, RUNS
        special.run_on(now)
        return special.due(), self._special(special)

    # -- answers that an appeal may ask for

    def _believed(self, setting: Setting, step: int, code: OptionCode, fixed: Answers) -> Believed:
        """What is believed of the answers behind the rulings, once this option was chosen."""
        test = self.bench.tests.get(self.masks.steps[step].step.name)
        if test is None or not self.bench.leads_somewhere(test, code.option.name):
            return setting.believed
        findings = self.bench.findings(test)
        below = findings.test.reviews
        believed = dict(setting.believed)
        if test in self._reviewed:
            if below:
                raise NotAvailable(f"the test {test!r} reviews a test and is itself reviewed, which `solve` does not follow")
            believed[test] = findings.belief(self.masks, setting.word, code.option.name, fixed)
        elif below and below in believed:
            believed[below] = findings.belief_below(self.masks, setting.word, code.option.name, fixed, believed[below])
        return tuple(believed.items())

    # -- the script

    def _scripted(self, setting: Setting, node: Node, entry: Entry) -> list[Branch]:
        """A clock step that falls due before the next entry of the script, or the entry itself."""
        begins = (entry.on - self.bench.scenario.starts).days * DAY
        clock_step = self._next_clock_step(setting, node)
        if clock_step is not None and max(clock_step[1], node[NOW]) < begins:
            return self._due(setting, node, *clock_step)
        assert entry.step is not None
        step = self.masks.index[entry.step]
        code = self.masks.steps[step]
        options = [o for o in self.masks.lawful(setting.word) if o.step_index == step]
        wanted = [o for o in options if entry.choose in (None, o.option.name)]
        if not wanted:
            option = entry.choose or next(iter(code.step.options))
            raise IllegalStep(
                f"{entry.step}.{option} of the script on {entry.on}",
                why_not(CaseState(self.masks, setting.word), entry.step, option),
                [f"{o.step}.{o.option.name}" for o in self.masks.lawful(setting.word)],
            )
        due = node[CLOCKS + setting.steps.index(step)]
        if code.step.by == CLOCK and due // DAY != begins // DAY:
            on = self._date(due) if due < NEVER else "no day"
            raise IllegalStep(f"{entry.step} of the script on {entry.on}", f"its clock falls due on {on}", [])
        time = max(node[NOW], begins)
        shares = [(1.0, wanted[0])] if entry.choose else self.shares(setting, step, time)
        found: list[Branch] = []
        for p, option_code in shares:
            for going in self.ways(setting, step, option_code, entry.findings):
                for branch in self._branches(node, going, time, p):
                    nodes = self._next_entry(branch.node)
                    found += [branch._replace(p=branch.p / len(nodes), node=after) for after in nodes]
        return found

    def _next_clock_step(self, setting: Setting, node: Node) -> tuple[int, int] | None:
        due = [
            (node[CLOCKS + n], step)
            for n, step in enumerate(setting.steps)
            if self.bench.by[step] == CLOCK and self.masks.lawful_options(self.masks.steps[step], setting.word)
        ]
        first, step = min(due, default=(NEVER, -1))
        return None if first == NEVER else (step, first)

    def _next_entry(self, node: Node | None) -> Sequence[Node | None]:
        """The node at the next entry. Once the script has ended, every step but those of the clock starts a new visit."""
        if node is None:
            return [None]
        old = self.settings[node[SETTING]]
        if old.entry + 1 < len(self.entries):
            number = self._setting(old.word, old.believed, old.entry + 1, old.steps, old.stands)
            return [(number, *node[1:])]
        word = self.relevance.canonical(old.word)
        anew = tuple(step for step in old.steps if self.bench.by[step] != CLOCK)
        ended = Setting(old.word, old.believed, old.entry + 1, old.steps, old.stands, old.extras)
        going = self._going(ended, _Turn(1.0, (), word, anew, frozenset(anew)), -1, old.believed)
        return [after for _, after in self.next_nodes(node, going, node[NOW], node[LEDGER])]

    # -- words for what goes wrong

    def _date(self, time: int) -> dt.date:
        return dated(self.bench.scenario.starts, time // DAY)

    def _standing(self, word: int) -> str:
        return ", ".join(f"{track}: {where}" for track, where in CaseState(self.masks, word).tracks.items())

    def endless(self, happened: Sequence[int]) -> EndlessLoop:
        """The complaint about a node after too many events without time passing; *happened*: what may come next there."""
        steps = dict.fromkeys(self.masks.options[self.happenings[n][0].code].step for n in happened)
        return EndlessLoop(f"{listed(steps)} can repeat without time passing; give one of them a delay, or `once: true`")
