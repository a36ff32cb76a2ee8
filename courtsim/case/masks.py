"""The law of one case as bit masks: the one meaning of conditions and moves, shared by `core`, `clocks` and all engines.

A state of a case is a set of answers: one state for each track, one value for each counter, the offer made last, the
items struck, ... Each possible answer has one bit of an int, the *word*; of each question exactly one bit is set. A
condition asks some questions for some of their answers, so it is the union of the answers that will *not* do: the
condition holds where `word & forbidden == 0`. A disjunction is several such masks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from courtsim.case.opening import Offer, Opening
from courtsim.procedure.conditions import (
    AnyOf,
    Asked,
    Between,
    Clause,
    Condition,
    Named,
    Not,
    OfferLike,
    Value,
    matches_name,
)
from courtsim.procedure.law import (
    SPINE,
    AcceptOffer,
    AmendCharge,
    MakeOffer,
    Offense,
    Option,
    Procedure,
    Restore,
    Step,
    Suppress,
    TrackState,
)

Forbidden = tuple[int, ...]  # the condition holds where some mask of it meets no bit of the word
ALWAYS: Forbidden = (0,)

Key = tuple[str, ...]  # ("track", "plea"), ("counter", "continuances"), ("offer",), ("item", "video"), ...


def holds(forbidden: Forbidden, word: int) -> bool:
    """Whether the condition holds in this state."""
    for mask in forbidden:  # a loop and not any(): this is asked at every event of every case
        if not word & mask:
            return True
    return False


class Question(NamedTuple):
    """A question about the case, its possible answers and their bits."""

    key: Key
    answers: tuple[object, ...]
    first: int

    @property
    def all(self) -> int:
        return ((1 << len(self.answers)) - 1) << self.first

    def bit(self, answer: object) -> int:
        return 1 << (self.first + self.answers.index(answer))

    def read(self, word: int) -> object:
        return self.answers[((word & self.all) >> self.first).bit_length() - 1]

    def bits(self, answers: Iterable[object]) -> int:
        return sum(self.bit(answer) for answer in answers)


class Cell(NamedTuple):
    """A stretch of the number line that no condition of the files cuts: one point, or the open gap between two."""

    low: float
    high: float

    @property
    def inside(self) -> float:
        """A number that stands for the cell."""
        if self.low == float("-inf") and self.high == float("inf"):  # nothing asks for the fact
            return 0.0
        if self.low == self.high or self.high == float("inf"):
            return self.low if self.low == self.high else self.low + 1
        return self.high - 1 if self.low == float("-inf") else (self.low + self.high) / 2


class OptionCode:
    """An option of a step or of a consequence in masks; `moved` has the questions that it may answer anew."""

    __slots__ = (
        "adds",
        "choice",
        "deep",
        "index",
        "keep",
        "moved",
        "offers",
        "option",
        "restarts",
        "step",
        "step_index",
        "touches",
        "when",
    )

    def __init__(self, index: int, step: str, step_index: int, option: Option) -> None:
        self.index = index
        self.step = step
        self.step_index = step_index  # -1 for a consequence
        self.option = option
        self.keep = -1
        self.choice = 0
        self.adds: tuple[tuple[Question, int], ...] = ()
        self.when: Forbidden = ALWAYS
        self.offers: tuple[int, ...] | None = None  # which offers it may make; None: it makes none
        self.restarts: frozenset[int] = frozenset()
        self.moved: frozenset[Key] = frozenset()
        self.touches: tuple[int, ...] = ()  # the steps whose clocks it may start or stop, in the order of the file
        self.deep = bool(option.effects)  # it has effects beside moving tracks and counters


class StepCode:
    __slots__ = ("conditional", "index", "once", "options", "silent", "step", "tolled", "when")

    def __init__(self, index: int, step: Step) -> None:
        self.index = index
        self.step = step
        self.when: Forbidden = ALWAYS
        self.tolled: Forbidden = ()
        self.once = 0  # the bit set when it has happened (for good or for this visit)
        self.silent: Forbidden = ALWAYS  # `when`, and not silenced by `once`
        self.options: tuple[OptionCode, ...] = ()
        self.conditional = False  # it may be due and yet have no lawful option


class Turned(NamedTuple):
    """What an option that only moves does in a state: the state after it, and the steps whose clocks it turns."""

    word: int
    final: bool
    stops: tuple[int, ...]
    starts: tuple[int, ...]
    tolled: tuple[int, ...]  # enabled, and to be asked whether they stand still
    follows: bool = False  # a consequence comes next; then nothing else is known


class Masks:
    """A procedure and what a case opened with, compiled.

    Args:
        free: the reading of a bare procedure: offers are never used up, and `prima_facie` may be either at any time.
    """

    def __init__(self, procedure: Procedure, opening: Opening, free: bool = False) -> None:
        self.procedure = procedure
        self.opening = opening
        self.free = free
        self.questions: dict[Key, Question] = {}
        self._next = 0
        self.unsettled = self._bit()  # a consequence of the last event has still to follow
        self._ask_all()
        self.final = self._spine(lambda s: s.final)
        self.disposing = self._spine(lambda s: s.final or s.disposes)
        self._names: dict[str, Forbidden] = {}
        self._base: int | None = None
        self._compiled: dict[Condition, Forbidden] = {}  # rows of tables and exceptions are asked again in every case
        for name in procedure.conditions:
            self._named(name)
        self.made = {offer.name: self._bit() for offer in opening.offers}
        self.offer_whens = [self.compile(offer.when) for offer in opening.offers]
        self.steps: list[StepCode] = []
        self.options: list[OptionCode] = []
        self.consequences: list[tuple[Forbidden, OptionCode, int]] = []  # when, what, the bit that says it was applied
        self._compile_steps()
        self.applied = sum(bit for _, _, bit in self.consequences)
        self.index = {code.step.name: code.index for code in self.steps}
        self.visit_bits = [(code.when, code.once) for code in self.steps if code.step.once == "visit"]
        self.option_codes = {(code.step, code.option.name): code for code in self.options}
        self._find_touches()
        self.forget_plans()  # what options do in states, remembered over cases and runs
        self._marks = self.unsettled | self.applied

    @property
    def width(self) -> int:
        """How many bits a word has."""
        return self._next

    def __eq__(self, other: object) -> bool:
        """The same law of the same case, whether or not it was compiled in one go."""
        if not isinstance(other, Masks):
            return NotImplemented
        return self is other or (self.procedure is other.procedure and self.opening == other.opening)

    def __hash__(self) -> int:
        return hash((id(self.procedure), self.opening.digest))

    # -- the questions

    def _bit(self) -> int:
        self._next += 1
        return 1 << (self._next - 1)

    def _ask(self, key: Key, answers: Iterable[object]) -> None:
        known = tuple(dict.fromkeys(answers))
        self.questions[key] = Question(key, known, self._next)
        self._next += len(known)

    def _ask_all(self) -> None:
        p, o = self.procedure, self.opening
        for track in p.tracks.values():
            self._ask(("track", track.name), track.states)
        for counter, cap in p.counters.items():
            self._ask(("counter", counter), range(cap + 1))
        self._ask(("offer",), [None, *(offer.name for offer in o.offers)])
        self._ask(("accepted",), [None, *(offer.name for offer in o.offers)])
        for switch in p.switches.values():
            self._ask(("switch", switch.name), switch.values)
        cuts = self._cuts()
        for fact in p.facts.values():
            self._ask(("fact", fact.name), fact.values or _cells(cuts.get(fact.name, ())))
        for item in o.evidence:
            self._ask(("item", item.name), [True, False])  # admissible?
        self._ask(("prima_facie",), [True, False])
        amended = [e for _, option in _all_options(p) for e in option.effects if isinstance(e, AmendCharge)]
        for n, charge in enumerate(o.charges):
            self._ask(("charge", str(n)), [charge.offense, *(e.to_offense for e in amended)])
        for test in {t.reviews for t in p.tests.values() if t.reviews}:
            for question in self.test_questions(test):
                self._ask(("answer", test, question), [None, True, False])

    def _cuts(self) -> dict[str, tuple[float, ...]]:
        """Where the conditions of the procedure and of the scenario cut each number fact."""
        found: dict[str, set[float]] = {name: set(cuts) for name, cuts in self.opening.cuts}
        conditions = [c for o in self.opening.offers for c in [o.when]]
        conditions += [i.exemption.when for i in self.opening.evidence if i.exemption]
        conditions += all_conditions(self.procedure)
        for name, cut in cuts_in(conditions):
            found.setdefault(name, set()).add(cut)
        return {name: tuple(sorted(cuts)) for name, cuts in found.items()}

    def _spine(self, which: Callable[[TrackState], bool]) -> int:
        states = self.procedure.tracks[SPINE].states
        return self.questions["track", SPINE].bits(name for name in states if which(states[name]))

    def test_questions(self, test: str) -> tuple[str, ...]:
        """The names of the questions of a test; of a test that reviews, those of the test below."""
        found = self.procedure.tests[test]
        while found.reviews:
            found = self.procedure.tests[found.reviews]
        return tuple(found.questions)

    # -- conditions

    def compile(self, condition: Condition) -> Forbidden:
        """The condition as masks. Raises KeyError for a name that the procedure and the case do not have."""
        found = self._compiled.get(condition)
        if found is None:
            found = self._compiled[condition] = self._compile(condition)
        return found

    def _compile(self, condition: Condition) -> Forbidden:
        masks: list[int] = [0]
        for part in condition:
            choices = self._part(part)
            masks = [a | b for a in masks for b in choices]
        return self._tidy(masks)

    def _tidy(self, masks: Sequence[int]) -> Forbidden:
        possible = [m for m in dict.fromkeys(masks) if not any(m & q.all == q.all for q in self.questions.values())]
        return tuple(m for m in possible if not any(other != m and other & m == other for other in possible))

    def _part(self, part: Clause | OfferLike | Named) -> Forbidden:
        match part:
            case Named(names, negated):
                union = self._tidy([mask for name in names for mask in self._named(name)])
                return self.negated(union) if negated else union
            case OfferLike(kind, by, negated):
                question = self.questions["offer",]
                like = {
                    o.name
                    for o in self.opening.offers
                    if (kind is None or _asked(kind, o.kind)) and (by is None or _asked(by, o.by))
                }
                return (question.bits(a for a in question.answers if (a in like) == negated),)
            case Clause():
                question = self._subject(part)
                return (question.bits(a for a in question.answers if not self._answers(part, a)),)

    def _named(self, name: str) -> Forbidden:
        if name not in self._names:
            self._names[name] = self.compile(self.procedure.conditions[name])
        return self._names[name]

    def _subject(self, clause: Clause) -> Question:
        match clause.subject:
            case "offer" | "prima_facie":
                return self.questions[clause.subject,]
            case "admitted":
                return self.questions["item", clause.name]
            case subject:
                return self.questions[subject, clause.name]

    def _answers(self, clause: Clause, answer: object) -> bool:
        if clause.subject == "track":
            return _asked(clause.asked, answer, named=True)
        if isinstance(answer, Cell):
            return _asked(clause.asked, answer.inside)
        return _asked(clause.asked, answer)

    def negated(self, forbidden: Forbidden) -> Forbidden:
        """The masks of the opposite condition."""
        masks = [0]
        for mask in forbidden:
            opposites = [q.all & ~mask for q in self.questions.values() if mask & q.all]
            masks = [a | b for a in masks for b in opposites]
        return self._tidy(masks)

    # -- steps

    def _compile_steps(self) -> None:
        for n, step in enumerate(self.procedure.steps.values()):
            code = StepCode(n, step)
            code.when = self.compile(step.when)
            code.tolled = self.compile(step.tolled_when) if step.tolled_when is not None else ()
            code.once = self._bit() if step.once != "never" else 0
            code.silent = tuple(mask | code.once for mask in code.when)
            code.options = tuple(self._option(step.name, n, step.by, option) for option in step.options.values())
            for option in code.options:
                option.choice |= code.once
            code.conditional = all(o.when != ALWAYS or o.offers is not None for o in code.options)
            self.steps.append(code)
        names = list(self.procedure.steps)
        for option in self.options:
            option.restarts = frozenset(names.index(r) for r in option.option.restarts)
        for consequence in self.procedure.consequences:
            option = self._option(consequence.name, -1, "clock", consequence.option)
            option.restarts = frozenset(names.index(r) for r in consequence.option.restarts)
            self.consequences.append((self.compile(consequence.when), option, self._bit()))

    def _option(self, step: str, step_index: int, by: str, option: Option) -> OptionCode:
        code = OptionCode(len(self.options), step, step_index, option)
        self.options.append(code)
        moved: set[Key] = set()
        for track, state in option.to:
            question = self.questions["track", track]
            code.keep &= ~question.all
            code.choice |= question.bit(state)
            moved.add(question.key)
        code.adds = tuple((self.questions["counter", counter], n) for counter, n in option.adds)
        moved.update(question.key for question, _ in code.adds)
        code.when = self.compile(option.when)
        for effect in option.effects:
            match effect:
                case MakeOffer():
                    code.offers = tuple(n for n, o in enumerate(self.opening.offers) if o.by == by)
                    moved.add(("offer",))
                case AcceptOffer():
                    moved.add(("accepted",))
                case Suppress() | Restore():
                    moved.update(("item", i.name) for i in self.opening.evidence)
                    moved.add(("prima_facie",))
                case AmendCharge():
                    moved.update(key for key in self.questions if key[0] == "charge")
                    moved.add(("prima_facie",))
                case _:
                    pass
        code.moved = frozenset(moved)
        return code

    def _find_touches(self) -> None:
        asked: list[set[Key]] = []
        for code in self.steps:
            mask = 0
            for forbidden in (*code.when, *code.tolled):
                mask |= forbidden
            asked.append({key for key, question in self.questions.items() if question.all & mask})
        for option in self.options:
            option.touches = tuple(
                n for n, keys in enumerate(asked) if n == option.step_index or n in option.restarts or keys & option.moved
            )

    # -- states

    def start(self, facts: Mapping[str, Value] | None = None) -> int:
        """The word of a case as it opens, before any consequence of that."""
        if self._base is None:
            self._base = self._opening_word()
        word = self._base
        given = facts or {}
        for fact in self.procedure.facts.values():
            value = given.get(fact.name, fact.default)
            question = self.questions["fact", fact.name]
            word |= question.bit(value if fact.values else _cell(question, value))
        return word

    def _opening_word(self) -> int:
        """What every case of this opening begins with: all but its facts."""
        p, o = self.procedure, self.opening
        chosen: dict[Key, object] = {("track", t.name): t.start for t in p.tracks.values()}
        chosen.update({("switch", s.name): s.values[0] for s in p.switches.values()})
        chosen.update({("switch", name): value for name, value in o.switches})
        chosen.update({("charge", str(n)): c.offense for n, c in enumerate(o.charges)})
        asked = [q for q in self.questions.values() if q.key[0] != "fact"]
        return self.with_prima_facie(sum(q.bit(chosen.get(q.key, q.answers[0])) for q in asked))

    def put(self, word: int, key: Key, answer: object) -> int:
        """The word with another answer to one question."""
        question = self.questions[key]
        return word & ~question.all | question.bit(answer)

    def move(self, word: int, code: OptionCode) -> int:
        """The word after the option's own moves: tracks, counters, and the mark that the step has happened."""
        after = word & code.keep | code.choice
        return self._counted(word, after, code) if code.adds else after

    def _counted(self, word: int, after: int, code: OptionCode) -> int:
        for question, n in code.adds:
            cap = len(question.answers) - 1
            now = question.read(word)
            assert isinstance(now, int)
            after = after & ~question.all | 1 << (question.first + min(max(now + n, 0), cap))
        return after

    def consequence(self, word: int, applied: int = 0) -> tuple[OptionCode, int] | None:
        """The first consequence that holds and was not applied since the event, with its bit."""
        for when, code, bit in self.consequences:
            if not applied & bit and holds(when, word):
                return code, bit
        return None

    def settled(self, word: int) -> int:
        """The word once nothing more follows: steps silent for a visit speak again where their `when` is false."""
        for when, bit in self.visit_bits:
            if word & bit and not holds(when, word):
                word &= ~bit
        return word

    def without_marks(self, word: int) -> int:
        """The word without the marks of an event whose consequences are still to follow."""
        return word & ~self._marks

    def turned(self, before: int, code: OptionCode) -> Turned:
        """What an option that only moves does in a settled state; a clock runs where its step is enabled."""
        word = self.move(before, code)
        if self.consequence(word) is not None:
            return Turned(word, False, (), (), (), follows=True)
        word = self.settled(word)
        stops, starts, tolled = [], [], []
        for step in code.touches:
            found = self.steps[step]
            ran, runs = holds(found.silent, before), holds(found.silent, word)
            if ran and not runs:
                stops.append(step)
            elif runs and (not ran or step == code.step_index or step in code.restarts):
                starts.append(step)
            if runs and found.tolled:
                tolled.append(step)
        return Turned(word, bool(word & self.final), tuple(stops), tuple(starts), tuple(tolled))

    def forget_plans(self) -> None:
        self.planned = 0
        self.plans: list[dict[int, Turned]] = [{} for _ in self.options]

    def enabled(self, code: StepCode, word: int) -> bool:
        return holds(code.silent, word)

    def next_offer(self, code: OptionCode, word: int) -> Offer | None:
        """The offer that the option would make: the first left whose `when` holds."""
        for n in code.offers or ():
            offer = self.opening.offers[n]
            if (self.free or not word & self.made[offer.name]) and holds(self.offer_whens[n], word):
                return offer
        return None

    def open_to(self, code: OptionCode, word: int) -> bool:
        """Whether the option of an enabled step is lawful."""
        return holds(code.when, word) and (code.offers is None or self.next_offer(code, word) is not None)

    def lawful_options(self, step: StepCode, word: int) -> list[OptionCode]:
        return [option for option in step.options if self.open_to(option, word)]

    def lawful(self, word: int) -> list[OptionCode]:
        """Every option that may be chosen now, in the order of the file."""
        if word & (self.final | self.unsettled):
            return []
        return [
            option
            for step in self.steps
            if holds(step.silent, word) and not holds(step.tolled, word)
            for option in step.options
            if self.open_to(option, word)
        ]

    # -- evidence and charges

    def with_prima_facie(self, word: int) -> int:
        """The word with the answer to `prima_facie` that follows from what is admissible."""
        return word if self.free else self.put(word, ("prima_facie",), self._prima_facie(word))

    def _prima_facie(self, word: int) -> bool:
        charges = self.charges(word)
        if not charges:
            return True
        for element in charges[0].elements:
            proving = [i for i in self.opening.evidence if element in i.proves]
            if proving and not any(self.admissible(i.name, word) for i in proving):
                return False
        return True

    def admissible(self, item: str, word: int) -> bool:
        return self.questions["item", item].read(word) is True

    def charges(self, word: int) -> list[Offense]:
        """The offense of each charge, as amended."""
        charged = [str(self.questions["charge", str(n)].read(word)) for n in range(len(self.opening.charges))]
        return [self.procedure.offenses[name] for name in charged]


def all_conditions(procedure: Procedure) -> list[Condition]:
    """Every condition that the procedure states."""
    from courtsim.procedure.law import Eventually

    found: list[Condition] = list(procedure.conditions.values())
    for step in procedure.steps.values():
        found.append(step.when)
        if step.tolled_when is not None:
            found.append(step.tolled_when)
        found += delay_conditions(step.after)
    found += [option.when for _, option in _all_options(procedure)]
    found += [c.when for c in procedure.consequences]
    for invariant in procedure.invariants.values():
        found.append(invariant.when)
        if isinstance(invariant, Eventually) and invariant.unless is not None:
            found.append(invariant.unless)
    return found


def delay_conditions(delay: object) -> list[Condition]:
    """The conditions of the rows of a delay."""
    from courtsim.procedure.delays import DelayRows

    return [row.when for row in delay.rows if row.when is not None] if isinstance(delay, DelayRows) else []


def cuts_in(conditions: Iterable[Condition]) -> list[tuple[str, float]]:
    """The numbers at which these conditions cut a fact, as (fact, number)."""
    found: list[tuple[str, float]] = []
    for condition in conditions:
        for part in condition:
            if isinstance(part, Clause) and part.subject == "fact":
                asked = part.asked.inner if isinstance(part.asked, Not) else part.asked
                bounds = asked.values if isinstance(asked, AnyOf) else (asked.at_least, asked.at_most)
                numbers = [b for b in bounds if isinstance(b, int | float) and not isinstance(b, bool)]
                found += [(part.name, float(b)) for b in numbers]
    return found


def _all_options(procedure: Procedure) -> list[tuple[str, Option]]:
    found = [(step.name, option) for step in procedure.steps.values() for option in step.options.values()]
    return found + [(c.name, c.option) for c in procedure.consequences]


def _cells(cuts: Sequence[float]) -> tuple[Cell, ...]:
    """The points of *cuts* and the gaps between them, ascending."""
    bounds = [float("-inf"), *cuts, float("inf")]
    gaps = [Cell(low, high) for low, high in pairwise(bounds)]
    points = [Cell(cut, cut) for cut in cuts]
    return tuple(sorted([*gaps, *points]))


def _cell(question: Question, value: Value) -> object:
    number = float(value)
    for cell in question.answers:
        assert isinstance(cell, Cell)
        if cell.low == number == cell.high or cell.low < number < cell.high:
            return cell
    raise ValueError(f"{value!r} is no number")


def _asked(asked: Asked, value: object, named: bool = False) -> bool:
    match asked:
        case Not(inner):
            return not _asked(inner, value, named)
        case AnyOf(values):
            if named:
                return any(matches_name(str(value), str(v)) for v in values)
            return any(value == v and isinstance(value, bool) == isinstance(v, bool) for v in values)
        case Between(low, high):
            number = float(value)  # type: ignore[arg-type]
            return (low is None or low <= number) and (high is None or number <= high)


_KEPT: dict[int, tuple[Procedure, dict[Opening, Masks]]] = {}


def masks_of(procedure: Procedure, opening: Opening) -> Masks:
    """The compiled law of a case; cases that differ in their facts alone share it."""
    from msgspec.structs import replace

    shared = replace(opening, facts=())
    kept = _KEPT.get(id(procedure))
    if kept is None or kept[0] is not procedure:
        kept = _KEPT[id(procedure)] = (procedure, {})
        while len(_KEPT) > 16:  # a long test run must not hold every procedure it ever made
            del _KEPT[next(iter(_KEPT))]
    found = kept[1].get(shared)
    if found is None:
        found = kept[1][shared] = Masks(procedure, shared)
    return found
