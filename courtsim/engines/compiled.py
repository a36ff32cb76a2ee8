"""A scenario as arrays, for the vectorized engine: masks as rows of words, clocks and odds as numbers.

What an option *means* in a state (which offer is made, what is struck, how likely a conviction is, where answers lead) stays
where it is, in the core and the choosers. A table here has, for the part of the state that such an answer depends on, the
answer that they gave; the engine stops at a part it has not met, and `Compiled.answer` asks them. So no law is written twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum, IntFlag
from typing import Any, NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from courtsim.case.clocks import DAY, ticks
from courtsim.case.core import apply, following_from
from courtsim.case.events import CostIncurred, Counted, Detail, OfferAccepted, OfferMade, PublicityGained, Published, Ruling
from courtsim.case.masks import ALWAYS, Forbidden, Key, OptionCode, StepCode, holds
from courtsim.case.opening import Offer
from courtsim.choosers.findings import Findings, all_answers, departure
from courtsim.choosers.kinds import ByEvidenceLeft, ByOdds, ByTest, Chooser, FirstRow, Forced, Moment, Reasoned
from courtsim.choosers.sentencing import Plan, plan
from courtsim.engines.simulate import Bench, Watch
from courtsim.engines.tape import G, keys, log, mix
from courtsim.errors import NotAvailable, WrongInput
from courtsim.procedure.delays import (
    NORMAL_90,
    Deadline,
    Delay,
    DelayRows,
    Distribution,
    Empirical,
    Exponential,
    Fixed,
    Lognormal,
    Normal,
    OfferTerm,
    Triangular,
    Uniform,
    Until,
    central,
)
from courtsim.procedure.law import (
    SPINE,
    AcceptOffer,
    Always,
    AmendCharge,
    Eventually,
    MakeOffer,
    Never,
    Requires,
    Restore,
    Suppress,
)
from courtsim.scenario.outcome import payers

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Reals = NDArray[np.float64]

FIXED, UNIFORM, TRIANGULAR, EXPONENTIAL, LOGNORMAL, NORMAL, EMPIRICAL = range(7)  # distributions
DISTRIBUTION, DEADLINE, UNTIL, OPEN_FOR, OFFER_DAYS = range(5)  # what a delay is
PLAIN, ROLLED, COURT_TIME = 5, 6, 7  # a clock; DEADLINE is one too
BY_ODDS, BY_TABLE, BY_FINDINGS = range(3)  # choosers
CLOSES, DISPOSES = 1, 2  # states of the spine
NEVER_SO, REQUIRES, ALWAYS_SO, AT_LAST = range(4)  # invariants
ALL_OFFERS = -1  # in place of offers to make: the option makes none
COUNTS = ("appearance", "continuance", "trial", "appeal")
HORIZON = 60 * 366  # days for which the court's calendar is worked out; a case beyond is left to the reference
MOST_OPTIONS = 8  # of a step, for tables by the set of its lawful options
MOST_QUESTIONS = 12  # of a test
LANES = 8  # numbers that one instruction of a large machine takes at once
SIZE = 1 << 10  # of the table of answers, to begin with


class TooIntricate(Exception):
    """The scenario needs what only the reference engine can do: a script, a function of the user's own, ..."""


class InStep(IntEnum):
    """Columns of `Law.steps`; a column with its `_END` is a range of `Law.lists`."""

    SILENT = 0
    TOLLED = 1
    PLAIN = 2
    CONDITIONAL = 3
    SOME_CONDITIONAL = 4
    OPTIONS = 5
    OPTIONS_END = 6
    DELAY_KEY = 7
    CHOICE_KEY = 8
    ANSWERS_KEY = 9
    HOLDS = 10
    HOLDS_END = 11
    DELAYS = 12
    DELAYS_END = 13
    CHOOSERS = 14
    CHOOSERS_END = 15
    EXPLAINS = 16
    BLOCK = 17  # where the odds of all options stand, if they alone decide in every state


class InOption(IntEnum):
    """Columns of `Law.options`."""

    WHEN = 0
    OFFERS = 1
    OFFERS_END = 2
    ADDS = 3
    ADDS_END = 4
    TOUCHES = 5
    TOUCHES_END = 6
    EFFECT = 7
    SENTENCE = 8
    LED_TO = 9
    MOVES = 10
    MOVES_END = 11
    COUNTS = 12
    COUNTS_END = 13
    DOLLARS = 14
    DOLLARS_END = 15
    PUBLISHES = 16
    NAMED = 17  # invariants about its event
    NAMED_END = 18
    WATCHED = 19  # invariants about what it may move, or from its event on
    WATCHED_END = 20
    # of an option after which nothing follows at once, less what the states that it leads to rule out:
    LOOKS = 21  # steps that it touches and does not surely stop
    LOOKS_END = 22
    BREAKS = 23  # invariants of WATCHED that may be broken
    BREAKS_END = 24
    FOLLOWS = 25  # consequences that may come to hold
    FOLLOWS_END = 26
    HAS = 27  # which of the rarer things there are, so that one look tells


class Has(IntFlag):
    """What an option may have beside moves."""

    EFFECT = 1
    ADDS = 2
    SENTENCE = 4
    INVARIANTS = 8
    ACCOUNT = 16  # counts, dollars, what becomes public


class InOffer(IntEnum):
    """Columns of `Law.offers`; from TERMS on the days that each term of an offer states."""

    WHEN = 0
    BIT = 1
    MADE = 2
    OPEN_FOR = 3
    OPEN_UNTIL = 4
    TERMS = 5


class Conditions(NamedTuple):
    """Forbidden masks, and which of them make up a condition."""

    masks: Words
    ranges: Ints


class Chance(NamedTuple):
    """Keys of addresses; distributions as (kind, ticks if fixed) and parameters; samples of the empirical ones."""

    keys: Words
    kinds: Ints
    parameters: Reals
    samples: Reals


class Court(NamedTuple):
    always: bool
    next_open: Ints
    open_before: Ints
    open_days: Ints


class Known(NamedTuple):
    """What the core has answered: by table and the part of the state it depends on, the number of an answer."""

    depends: Words
    entries: Ints  # table, answer; open addressing, -1 is free
    parts: Words


class Law(NamedTuple):
    """The rest of the arrays. Rows of `lists` mean what the range says that points to them; -1 is none."""

    steps: Ints
    options: Ints
    option_words: Words  # of option n: what it keeps, what it sets
    stops: Words  # of option n, as a set of steps: whose clocks it surely stops
    lists: Ints
    offers: Ints
    dollars: Reals
    offers_made: int
    consequences: Ints  # condition, option
    visit_bits: Ints  # bit, condition
    final: Words
    disposing: Ints
    held: Ints  # of each state, whether the accused is in custody
    custody: Ints  # the spine, and the track of custody (-1: none)
    invariants: Ints
    openings: Words
    opening_rows: Ints  # the state of each track, a range of (option, answer) of what followed, whether it is over, its steps
    answers: Ints  # an effect: offers made, accepted, words. Odds: block. Findings: combos, questions, end, behind
    answer_words: Words
    cumulated: Reals
    question_keys: Ints
    question_chances: Reals
    combos: Ints  # option, words
    behind: Ints  # range of answers that lead to an option, and the nearest where none can
    behind_totals: Reals
    behind_reached: Reals
    behind_combos: Ints


CONDITION = np.dtype(
    [
        ("mask", np.uint64),  # of a condition of one clause that asks of two words at most
        ("other", np.uint64),
        ("word", np.uint32),
        ("other_word", np.uint32),
        ("rows", np.int32),  # else -1, and the rows of `Conditions`
    ],
    align=True,
)
STEP = np.dtype(
    [
        ("silent", CONDITION),
        ("tolled", np.int32),
        ("what", np.int32),  # the distribution that the delay is; -1: it is more than that
        ("kind", np.uint32),  # PLAIN, ROLLED or COURT_TIME
        ("a", np.float64),
        ("b", np.float64),
        ("c", np.float64),
        ("delay_keys", np.uint64, 2),
        ("choice_keys", np.uint64, 2),
        ("drawn", np.uint32),  # where the number of its first delay stands among those drawn with the case
        ("ready", np.uint32),  # whether the delay itself does
        ("luck", np.uint32),  # where the number of its first choice stands
        ("block", np.int32),
        ("first", np.uint32),
        ("options", np.uint32),
        ("explains", np.int32),
        ("holds", np.uint32),
        ("holds_end", np.uint32),
        ("conditional", np.uint32),
    ],
    align=True,
)
OPTION = np.dtype(
    [
        ("has", np.uint32),
        ("looks", np.uint32),
        ("looks_end", np.uint32),
        ("touches", np.uint32),
        ("touches_end", np.uint32),
        ("moves", np.uint32),
        ("moves_end", np.uint32),
        ("follows", np.uint32),
        ("follows_end", np.uint32),
    ],
    align=True,
)
ROW = np.dtype([("a", np.uint32), ("b", np.uint32), ("c", np.uint32), ("d", np.uint32)])


class Quick(NamedTuple):
    """What the compiled walk reads in every event, once more: as records, what is read together lies together."""

    steps: NDArray[np.void]
    options: NDArray[np.void]
    rows: NDArray[np.void]  # `Law.lists`
    # what first visits draw, side by side, so that one instruction draws several
    keys: Words  # of the numbers behind uniform delays, exponential ones, others, choices
    other_keys: Words
    low: Reals  # of the uniform delays, days at 0 and how many more at 1
    wide: Reals
    means: Reals  # of the exponential ones


class Arrays(NamedTuple):
    """Everything that the walk reads."""

    law: Law
    conditions: Conditions
    chance: Chance
    court: Court
    known: Known
    quick: Quick


class _Table(NamedTuple):
    """Answers to one kind of question about the part *depends* of a state."""

    kind: str  # effect, sentence, chance, findings
    subject: Any  # an option, or a step and its chooser
    depends: int


class _Lists:
    """Lists of rows of up to four numbers, laid end to end."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, ...]] = []

    def add(self, rows: Iterable[tuple[int, ...]]) -> tuple[int, int]:
        first = len(self.rows)
        self.rows += rows
        return first, len(self.rows)


class Compiled:
    """A scenario in arrays, and what the core has answered so far.

    Args:
        seed: of the tape.
        central: every delay, hold and drawn fact at its central value.

    Raises:
        TooIntricate: it needs what only the reference engine can do.
    """

    def __init__(self, bench: Bench, seed: int, central: bool) -> None:
        self.bench = bench
        self.masks = masks = bench.masks
        self.seed = seed
        self.central = central
        self.words = (masks.width + 63) // 64
        self._refuse_the_intricate()
        procedure = masks.procedure
        self.tracks = list(procedure.tracks)
        self.states = [(track, state) for track in self.tracks for state in procedure.tracks[track].states]
        self.events = list(dict.fromkeys(code.option.event for code in masks.options))
        stated = [event for actor in bench.scenario.values.values() for event in actor.get("event", {})]
        self.valued = [event for event in dict.fromkeys(stated) if event in self.events]  # of which the number counts
        self.payers = payers(bench.scenario)
        self.disclosable = [item.name for item in masks.opening.evidence if item.disclosable]
        self.addresses: dict[tuple[str, str], int] = {}
        self._keyed: list[tuple[int, int]] = []  # of each address, its keys
        self.distributions: dict[Distribution, int] = {}
        self.conditions: dict[Forbidden, int] = {}
        self.terms: dict[str, int] = {}
        self.tables: list[_Table] = []
        self.lists = _Lists()
        self.dollars: list[float] = []
        self.static: list[tuple[Detail, ...]] = []  # by option: the details of one whose effects depend on nothing
        self.openings: dict[tuple[Any, ...], int] = {}
        self.opened: list[tuple[int, tuple[int, int], tuple[int, int]]] = []  # word, what followed, the steps that run
        self._answers = {key: question.all for key, question in masks.questions.items()}
        self.stops: list[int] = []  # by option
        custody = procedure.custody()
        # the places of the spine and of the track on which the accused may be held
        self._held = self.tracks.index(SPINE), -1 if custody is None else self.tracks.index(custody[0])
        self._quick: Quick | None = None
        self._known: dict[tuple[int, int], int] = {}
        # what grows as the core is asked
        self.answers: list[tuple[int, ...]] = []
        self.effects: dict[int, tuple[Detail, ...]] = {}  # by answer
        self.plans: list[Plan] = []  # by answer of a sentence table
        self.rulings: list[Ruling] = []  # by combination of answers
        self.answer_words: list[int] = []
        self.cumulated: list[float] = []
        self.question_keys: list[int] = []
        self.question_chances: list[float] = []
        self.combos: list[tuple[int, int]] = []
        self.behind: list[tuple[int, int, int]] = []
        self.behind_totals: list[float] = []
        self.behind_reached: list[float] = []
        self.behind_combos: list[int] = []
        # what stays
        self.invariants = [self._invariant(watch) for watch in bench.invariants]
        self._asked_by = [self._asked_of(watch) for watch in bench.invariants]
        self.steps = [self._step(code) for code in masks.steps]
        self.options = [self._option(code) for code in masks.options]
        self.offers = [self._offer(offer) for offer in masks.opening.offers]
        self.consequences = [(self.asked(when), code.index) for when, code, _ in masks.consequences]
        self.visit_bits = [(bit.bit_length() - 1, self.asked(when)) for when, bit in masks.visit_bits]
        self.court = self._court()

    @property
    def answered(self) -> int:
        """How much has been asked so far: the arrays are as old as this number."""
        return len(self._known) + len(self.opened)

    # -- what cannot be had here

    def _refuse_the_intricate(self) -> None:
        bench, masks = self.bench, self.masks
        for intricate, why in (
            (bool(bench.scenario.script), "a script"),
            (any(not isinstance(bench.choosers[step], Forced) for step in bench.own), "a function of the user's own"),
            (any(len(code.options) > MOST_OPTIONS for code in masks.steps), "a step with many options"),
            (any(len(kinds) > 1 for kinds in bench.sentences), "two sentences in one event"),
            (any(isinstance(v, Delay) for v in bench.scenario.facts.values()), "a fact that is drawn from a distribution"),
            (len(masks.consequences) > 63, "many consequences"),
            (len(masks.opening.evidence) > 60, "much evidence"),
        ):
            if intricate:
                raise TooIntricate(why)

    # -- names to numbers

    def address(self, step: str, purpose: str) -> int:
        if (step, purpose) not in self.addresses:
            self.addresses[step, purpose] = len(self.addresses)
            self._keyed.append(keys(self.seed, step, purpose))
        return self.addresses[step, purpose]

    def distribution(self, kind: Distribution) -> int:
        if self.central and not isinstance(kind, Fixed):
            kind = Fixed(ticks(central(kind)) / DAY)
        return self.distributions.setdefault(kind, len(self.distributions))

    def condition(self, when: Forbidden) -> int:
        return -1 if when == ALWAYS else self.conditions.setdefault(when, len(self.conditions))

    def asked(self, when: Forbidden) -> int:
        """A condition that is asked in any case."""
        return self.conditions.setdefault(when, len(self.conditions))

    def table(self, kind: str, subject: Any, depends: int) -> int:
        self.tables.append(_Table(kind, subject, depends))
        return len(self.tables) - 1

    def bits(self, *kinds: str) -> int:
        return sum(question.all for key, question in self.masks.questions.items() if key[0] in kinds)

    def _asks(self, *conditions: Forbidden) -> int:
        """The bits of every question that these conditions ask."""
        together = 0
        for mask in (m for when in conditions for m in when):
            together |= mask
        return sum(q.all for q in self.masks.questions.values() if q.all & together)

    # -- the arrays that stay

    def _step(self, code: StepCode) -> list[int]:
        bench, name = self.bench, code.step.name
        row = [0] * len(InStep)
        row[InStep.SILENT] = self.asked(code.silent)
        row[InStep.TOLLED] = self.asked(code.tolled) if code.tolled else -1
        kind = bench.timing.plain[code.index]
        row[InStep.PLAIN] = -1 if kind is None else self.distribution(kind)
        row[InStep.CONDITIONAL] = int(code.conditional)
        row[InStep.SOME_CONDITIONAL] = int(any(o.when != ALWAYS or o.offers is not None for o in code.options))
        row[InStep.OPTIONS], row[InStep.OPTIONS_END] = code.options[0].index, code.options[-1].index + 1
        row[InStep.DELAY_KEY], row[InStep.CHOICE_KEY] = self.address(name, "delay"), self.address(name, "choice")
        row[InStep.ANSWERS_KEY] = self.address(name, "answers")
        needs = [(self.distribution(kind), self.address(name, purpose)) for purpose, kind in bench.needs[code.index]]
        row[InStep.HOLDS], row[InStep.HOLDS_END] = self.lists.add(needs)
        row[InStep.DELAYS], row[InStep.DELAYS_END] = self.lists.add(self._delays(code))
        row[InStep.CHOOSERS], row[InStep.CHOOSERS_END] = self.lists.add(self._choosers(code))
        test = bench.tests.get(name)
        row[InStep.EXPLAINS] = -1 if test is None else self._findings_table(code, bench.findings(test))
        row[InStep.BLOCK] = self._only_odds(row, len(code.options))
        return row

    def _only_odds(self, row: Sequence[int], options: int) -> int:
        """The block of the odds that decide whatever the state; -1 where there is more to a choice than that."""
        choosers = self.lists.rows[row[InStep.CHOOSERS] : row[InStep.CHOOSERS_END]]
        if row[InStep.SOME_CONDITIONAL] or row[InStep.EXPLAINS] >= 0 or len(choosers) != 1 or options == 1:
            return -1
        ((when, kind, base),) = choosers
        block = base + ((1 << options) - 1) * (options + 1)
        return block if when < 0 and kind == BY_ODDS and self.cumulated[block] > 0 else -1

    def _delays(self, code: StepCode) -> list[tuple[int, int]]:
        """The rows of a delay that is more than a distribution: condition and specification."""
        timing = self.bench.timing
        given = timing.delays[code.index]
        if isinstance(given, DelayRows):
            return [(self.condition(when), self.spec(row)) for when, row in timing.rows[code.index]]
        return [] if timing.plain[code.index] is not None else [(-1, self.spec(given))]

    def spec(self, delay: Delay) -> int:
        """The row that specifies a delay: what it is, a number, whether in court days, whether rolled."""
        match delay.kind:
            case Deadline(days):
                what, number = DEADLINE, days
            case Until(date):
                what, number = UNTIL, self.bench.timing.day(date)
            case OfferTerm("open_for"):
                what, number = OPEN_FOR, 0
            case OfferTerm(term):
                what, number = OFFER_DAYS, self.terms.setdefault(term, len(self.terms))
            case kind:
                what, number = DISTRIBUTION, self.distribution(kind)
        return self.lists.add([(what, number, int(delay.court_days), int(delay.roll))])[0]

    def _choosers(self, code: StepCode) -> list[tuple[int, ...]]:
        chooser = self.bench.choosers.get(code.step.name)
        listed = chooser.rows if isinstance(chooser, FirstRow) else [] if chooser is None else [(ALWAYS, chooser)]
        return [(self.condition(when), *self._row(code, row)) for when, row in listed]

    def _row(self, code: StepCode, chooser: Chooser) -> tuple[int, int]:
        match chooser:
            case ByOdds():
                return BY_ODDS, self._block(code, chooser.shares)
            case ByEvidenceLeft():
                return BY_TABLE, self.table("odds", (code, chooser), self.bits("item", "prima_facie", "fact"))
            case ByTest():
                return BY_FINDINGS, self._findings_table(code, chooser.findings)
            case Forced(own=own):
                return BY_TABLE, self.table("odds", (code, chooser), self._lawful_depends(code) | self._odds_depend(own))
            case Reasoned():
                return BY_TABLE, self.table("odds", (code, chooser), (1 << self.masks.width) - 1)
            case _:
                raise TooIntricate(f"a chooser of kind {type(chooser).__name__}")

    def _lawful_depends(self, code: StepCode) -> int:
        """What it depends on which options of a step are lawful."""
        depends = self._asks(*(option.when for option in code.options))
        if any(option.offers is not None for option in code.options):
            depends |= sum(self.masks.made.values()) | self._asks(*self.masks.offer_whens)
        return depends

    def _odds_depend(self, chooser: Chooser | None) -> int:
        """What the odds of a chooser depend on, beside what is lawful."""
        match chooser:
            case None | ByOdds():
                return 0
            case FirstRow(rows=rows):
                depends = self._asks(*(when for when, _ in rows))
                for _, row in rows:
                    depends |= self._odds_depend(row)
                return depends
            case ByEvidenceLeft():
                return self.bits("item", "prima_facie", "fact")
            case ByTest(findings=findings):
                if findings.test.reviews:
                    raise TooIntricate("a review that is forced")
                return self.bits("answer", "switch")
            case _:
                return (1 << self.masks.width) - 1

    def _findings_table(self, code: StepCode, findings: Findings) -> int:
        if len(findings.ruled.questions) > MOST_QUESTIONS:
            raise TooIntricate("a test with many questions")
        return self.table("findings", (code, findings), self.bits("answer", "switch"))

    def _block(self, code: StepCode, shares: Mapping[str, float]) -> int:
        """For every set of lawful options: the sum of their odds, and the running sums; -1 for what cannot be chosen."""
        cumulated = self.cumulated
        base = len(cumulated)
        for lawful in range(1 << len(code.options)):
            block = [0.0]
            reached = 0.0
            for n, option in enumerate(code.options):
                share = shares.get(option.option.name, 0.0) if lawful >> n & 1 else 0.0
                reached += share
                block.append(reached if share > 0 else -1.0)
            block[0] = reached
            cumulated += block
        return base

    def _option(self, code: OptionCode) -> list[int]:
        bench, masks = self.bench, self.masks
        row = [0] * len(InOption)
        row[InOption.WHEN] = self.condition(code.when)
        row[InOption.OFFERS] = row[InOption.OFFERS_END] = ALL_OFFERS
        if code.offers is not None:
            row[InOption.OFFERS], row[InOption.OFFERS_END] = self.lists.add((offer,) for offer in code.offers)
        adds = [(question.first, len(question.answers), n) for question, n in code.adds]
        row[InOption.ADDS], row[InOption.ADDS_END] = self.lists.add(adds)
        row[InOption.TOUCHES], row[InOption.TOUCHES_END] = self.lists.add(self._look(code, step) for step in code.touches)
        depends = self._effect_depends(code)
        row[InOption.EFFECT] = -1 if depends is None else self.table("effect", code, depends)
        sentenced = bool(bench.sentences[code.index])
        row[InOption.SENTENCE] = self.table("sentence", code, self._sentence_depends()) if sentenced else -1
        test = bench.tests.get(code.step)
        row[InOption.LED_TO] = int(test is not None and bench.leads_somewhere(test, code.option.name))
        row[InOption.MOVES], row[InOption.MOVES_END] = self.lists.add(self._move(*to) for to in code.option.to)
        static = following_from(masks, masks.start(dict(bench.opening.facts)), code)
        self.static.append(static)  # whatever the state, where no effect depends on it
        details = static + bench.costs[code.index]
        counts = [COUNTS.index(d.what) for d in details if isinstance(d, Counted)]
        counts += [len(COUNTS) + 1 + n for n, event in enumerate(self.valued) if event == code.option.event]
        row[InOption.COUNTS], row[InOption.COUNTS_END] = self.lists.add((len(self.states) + n,) for n in counts)
        paid = [(0, d.amount) for d in details if isinstance(d, PublicityGained)]
        paid += [(1 + self.payers.index(d.actor), d.dollars) for d in details if isinstance(d, CostIncurred)]
        first = len(self.dollars)
        self.dollars += [amount for _, amount in paid]
        row[InOption.DOLLARS], row[InOption.DOLLARS_END] = self.lists.add((who, first + n) for n, (who, _) in enumerate(paid))
        published = {item for d in details if isinstance(d, Published) for item in d.items}
        row[InOption.PUBLISHES] = sum(1 << self.disclosable.index(item) for item in published)
        event = self.events.index(code.option.event)
        named = [n for n, invariant in enumerate(self.invariants) if invariant[1] == event]
        row[InOption.NAMED], row[InOption.NAMED_END] = self.lists.add((n,) for n in named)
        watched = [n for n, asked in enumerate(self._asked_by) if n in named or asked & code.moved]
        row[InOption.WATCHED], row[InOption.WATCHED_END] = self.lists.add((n,) for n in watched)
        sure = self._sure(code)
        stops, looks = self._turning(code)
        self.stops.append(stops)
        row[InOption.LOOKS], row[InOption.LOOKS_END] = self.lists.add(self._look(code, step) for step in looks)
        never = [n for n in watched if self.invariants[n][0] == NEVER_SO and _ruled_out(bench.invariants[n].when, sure)]
        row[InOption.BREAKS], row[InOption.BREAKS_END] = self.lists.add((n,) for n in watched if n not in never)
        moved = sum(masks.questions[key].all for key in code.moved) | (self.bits("answer") if test is not None else 0)
        follows = [
            (n, self.asked(when), following.index)
            for n, (when, following, _) in enumerate(masks.consequences)
            if self._asks(when) & moved and not _ruled_out(when, sure)
        ]
        row[InOption.FOLLOWS], row[InOption.FOLLOWS_END] = self.lists.add(follows)
        for has, is_so in (
            (Has.EFFECT, depends is not None),
            (Has.ADDS, bool(adds)),
            (Has.SENTENCE, sentenced),
            (Has.INVARIANTS, bool(named or watched)),
            (Has.ACCOUNT, bool(counts or paid or published)),
        ):
            row[InOption.HAS] |= has if is_so else 0
        return row

    def _move(self, track: str, state: str) -> tuple[int, int, int, int]:
        """A move: the track, the state, whether it disposes of the case, whether time in custody is to be added up first."""
        spine, custody = self._held
        place = self.tracks.index(track)
        counts = int(custody >= 0 and place in (spine, custody))
        return place, self.states.index((track, state)), self._disposes(track, state), counts

    def _sure(self, code: OptionCode) -> int:
        """Bits of the state after an option, whatever it was before: where its tracks stand, and that its step has happened."""
        once = self.masks.steps[code.step_index].once if code.step_index >= 0 else 0
        return sum(self.masks.questions["track", track].bit(state) for track, state in code.option.to) | once

    def _reach(self, code: OptionCode) -> tuple[list[int], int]:
        """What is known of the state after an option, if nothing follows.

        Returns:
            of each question that is not open, the answers that it may have; the answers that what may have moved had or has.
        """
        masks = self.masks
        whens = masks.steps[code.step_index].when if code.step_index >= 0 else ()
        forbidden = whens[0] if len(whens) == 1 else 0  # its step was enabled
        to: dict[Key, str] = {("track", track): state for track, state in code.option.to}
        narrow, moved = [], 0
        for key, every in self._answers.items():
            if key in code.moved or key[0] == "answer":
                after = masks.questions[key].bit(to[key]) if key in to else every
                moved |= every & ~forbidden | after
            elif every & forbidden:
                after = every & ~forbidden
            else:
                continue
            narrow.append(after)
        return narrow, moved

    def _turning(self, code: OptionCode) -> tuple[int, list[int]]:
        """The steps whose clocks an option surely stops, a bit each, and those whose it may turn otherwise."""
        narrow, moved = self._reach(code)
        stops, looks = 0, []
        for step in code.touches:
            about, anew = self.masks.steps[step], step == code.step_index or step in code.restarts
            if (step == code.step_index and about.once) or all(
                any(not after & ~mask for after in narrow) for mask in about.silent
            ):
                stops |= 1 << step
            elif anew or about.tolled or len(about.silent) != 1 or moved & about.silent[0]:
                looks.append(step)  # else it stays as it is
        return stops, looks

    def _look(self, code: OptionCode, step: int) -> tuple[int, int, int]:
        """A step that an option touches, whether it begins anew if it runs, whether it may stand still."""
        anew = step == code.step_index or step in code.restarts
        return step, int(anew), int(bool(self.masks.steps[step].tolled))

    def _asked_of(self, watch: Watch) -> set[Key]:
        asked = self._asks(watch.when, watch.unless)
        return {key for key, question in self.masks.questions.items() if question.all & asked}

    def _effect_depends(self, code: OptionCode) -> int | None:
        """What the effects of an option depend on; None where it has none that moves the state."""
        masks, opening = self.masks, self.masks.opening
        depends: int | None = None
        for effect in code.option.effects:
            match effect:
                case MakeOffer():
                    more = sum(masks.made.values()) | self._asks(*masks.offer_whens)
                case AcceptOffer():
                    more = masks.questions["offer",].all
                case Suppress() | Restore() | AmendCharge():
                    whens = [masks.compile(i.exemption.when) for i in opening.evidence if i.exemption is not None]
                    more = self.bits("item", "charge", "prima_facie") | self._asks(*whens)
                case _:
                    continue
            depends = (depends or 0) | more
        return depends

    def _sentence_depends(self) -> int:
        tables = [rows for rows in self.bench.scenario.sentencing.values() if not isinstance(rows, str)]
        whens = [self.masks.compile(row.when) for rows in tables for row in rows]
        return self.bits("accepted", "charge") | self._asks(*whens)

    def _offer(self, offer: Offer) -> list[int]:
        n = [o.name for o in self.masks.opening.offers].index(offer.name)
        until = -1 if offer.open_until is None else (self.bench.timing.day(offer.open_until) + 1) * DAY - 1
        open_for = -1 if offer.open_for is None else self.spec(offer.open_for)
        bit = self.masks.questions["offer",].bit(offer.name).bit_length() - 1
        terms = dict(offer.terms)
        days = [ticks(float(terms[term])) if term in terms else -1 for term in self.terms]
        made = self.masks.made[offer.name].bit_length() - 1
        return [self.asked(self.masks.offer_whens[n]), bit, made, open_for, until, *days]

    def _invariant(self, watch: Watch) -> tuple[int, int, int, int]:
        when = self.asked(watch.when)
        match watch.invariant:
            case Never():
                return NEVER_SO, -1, when, -1
            case Requires(event):
                return REQUIRES, self._event(event), when, -1
            case Always(event):
                return ALWAYS_SO, self._event(event), when, -1
            case Eventually(event):
                return AT_LAST, self._event(event), when, self.asked(watch.unless) if watch.unless else -1
        assert_never(watch.invariant)

    def _court(self) -> Court:
        court = self.bench.court
        if court.always:
            return Court(True, _ints([]), _ints([]), _ints([]))
        opens = [court.next_open(day) for day in range(HORIZON)]
        sits = [int(opened == day) for day, opened in enumerate(opens)]
        return Court(False, _ints(opens), np.cumsum([0, *sits]), _ints([day for day, sitting in enumerate(sits) if sitting]))

    def _disposes(self, track: str, state: str) -> int:
        if track != SPINE:
            return 0
        about = self.masks.procedure.tracks[SPINE].states[state]
        return DISPOSES if about.disposes else CLOSES if about.final else 0

    def _event(self, name: str) -> int:
        return self.events.index(name) if name in self.events else -2

    def rows(self, values: Iterable[int], bits: int | None = None) -> Words:
        """Each word of a case (or set of so many bits) as a row of 64-bit words."""
        words = self.words if bits is None else (bits + 63) // 64
        every = (1 << (64 * words)) - 1
        laid = b"".join((value & every).to_bytes(8 * words, "little") for value in values)
        return np.frombuffer(laid, "<u8").astype(np.uint64).reshape(-1, words)

    def word(self, row: Words) -> int:
        return sum(int(part) << (64 * w) for w, part in enumerate(row[: self.words]))

    # -- openings

    def opening(self, facts: Mapping[str, Any]) -> int:
        """The number of an opening with these facts drawn: the state once all that follows at once has happened."""
        key = tuple(facts.items())
        if key not in self.openings:
            masks = self.masks
            word = masks.start(dict(self.bench.opening.facts) | dict(facts))
            applied = 0
            followed: list[tuple[int, int]] = []
            while (follows := masks.consequence(word, applied)) is not None:
                code, bit = follows
                applied |= bit
                if self.bench.sentences[code.index]:
                    raise TooIntricate("a sentence at the opening")
                event = self._event(code.option.event)
                if any(watched[1] == event for watched in self.invariants):
                    raise TooIntricate("an invariant about what follows at once")
                table = self.options[code.index][InOption.EFFECT]
                followed.append((code.index, -1 if table < 0 else self.answer(table, word)))
                details = following_from(masks, word, code)
                word = masks.move(word, code)
                for detail in details:
                    word = apply(masks, word, detail)
            word = masks.settled(word)
            if any(holds(when, word) for _, when in self.bench.never):
                raise TooIntricate("an opening that breaks an invariant")
            self.openings[key] = len(self.opened)
            running = [(code.index, 0, int(bool(code.tolled))) for code in masks.steps if holds(code.silent, word)]
            self.opened.append((word, self.lists.add(followed), self.lists.add(running)))
        return self.openings[key]

    # -- what the core answers

    def answer(self, table: int, word: int) -> int:
        """Asks the core once about the part of the state that a table depends on; returns the place of the answer."""
        kind, subject, depends = self.tables[table]
        key = (table, word & depends)
        if key not in self._known:
            match kind:
                case "effect":
                    self._known[key] = self._effect(subject, word)
                case "sentence":
                    self._known[key] = self._sentence(subject, word)
                case "odds":
                    self._known[key] = self._odds(subject[0], subject[1], word)
                case _:
                    self._known[key] = self._finding(subject[0], subject[1], word)
        return self._known[key]

    def _answered(self, *numbers: int) -> int:
        self.answers.append((*numbers, 0, 0, 0, 0)[:4])
        return len(self.answers) - 1

    def _words(self, moved: int, after: int) -> int:
        """Where what is kept and what is set stand."""
        self.answer_words += [~moved, after & moved]
        return len(self.answer_words) - 2

    def _effect(self, code: OptionCode, word: int) -> int:
        masks = self.masks
        details = following_from(masks, word, code)
        moved = sum(masks.questions[key].all for key in code.moved if key[0] not in ("track", "counter"))
        moved |= sum(masks.made[d.offer] for d in details if isinstance(d, OfferMade))
        after = word
        for detail in details:
            after = apply(masks, after, detail)
        names = [offer.name for offer in masks.opening.offers]
        accepted = [names.index(d.offer) for d in details if isinstance(d, OfferAccepted)]
        made = sum(isinstance(d, OfferMade) for d in details)
        answer = self._answered(made, accepted[-1] if accepted else -1, self._words(moved, after))
        self.effects[answer] = details
        return answer

    def _sentence(self, code: OptionCode, word: int) -> int:
        (kind,) = self.bench.sentences[code.index]
        self.plans.append(plan(self.bench.scenario, self.masks, word, kind))  # of the state after the option's own moves
        return len(self.plans) - 1

    def _odds(self, code: StepCode, chooser: Chooser, word: int) -> int:
        lawful = tuple(o.option.name for o in self.masks.lawful_options(code, word))
        by, name = code.step.by, code.step.name
        moment = Moment(masks=self.masks, word=word, step=name, by=by, lawful=lawful, hidden=self.bench.hidden[by])
        try:
            shares = chooser.shares(moment) if isinstance(chooser, ByEvidenceLeft) else chooser.odds(moment)
        except (WrongInput, NotAvailable):
            shares = {}  # nothing can be chosen: the reference engine says what is wrong
        return self._answered(self._block(code, shares))

    def _finding(self, code: StepCode, findings: Findings, word: int) -> int:
        masks, name = self.masks, code.step.name
        chances = findings.certain_chances(masks, word)
        if chances is None:  # what was found below is not known: it is drawn first, by the reference
            return self._answered(-1)
        first, behind = len(self.question_keys), len(self.behind)
        for question, chance in chances.items():
            self.question_keys.append(self.address(name, f"finding:{question}"))
            self.question_chances.append(chance)
        options = {option.option.name: option.index for option in code.options}
        leading: dict[str, list[tuple[int, float]]] = {option: [] for option in options}
        combos = len(self.combos)
        moved = sum(q.all for key, q in masks.questions.items() if key[:2] == ("answer", findings.name))
        for answers, p in all_answers(chances):
            ruling = findings.rule(masks, word, answers)
            option = findings.option(ruling)
            if option in leading:
                leading[option].append((len(self.combos), p))
            self.combos.append((options.get(option, -1), self._words(moved, apply(masks, word, ruling))))
            self.rulings.append(ruling)
        for option in options:
            self._lead(chances, leading[option])
        return self._answered(combos, first, len(self.question_keys), behind)

    def _lead(self, chances: Mapping[str, float], leading: list[tuple[int, float]]) -> None:
        """What `Findings.explain` draws from: the answers that lead to an option, with their running sums."""
        first, reached = len(self.behind_reached), 0.0
        for combo, p in leading:
            reached += p
            self.behind_reached.append(reached)
            self.behind_combos.append(combo)
        nearest = min(leading, key=lambda found: departure(chances, self.rulings[found[0]].answers), default=(-1, 0.0))
        self.behind.append((first, len(self.behind_reached), nearest[0]))
        self.behind_totals.append(sum(p for _, p in leading))

    # -- everything as arrays

    def arrays(self) -> Arrays:
        """Everything as it stands, with all that has been answered."""
        masks, answered = self.masks, list(self._known.items())
        openings = [self._opening_row(word, *lists) for word, *lists in self.opened]
        law = Law(
            steps=_ints(self.steps),
            options=_ints(self.options),
            option_words=self.rows(word for code in masks.options for word in (code.keep, code.choice)),
            stops=self.rows(self.stops, len(self.steps)),
            lists=_table([(*row, 0, 0, 0, 0)[:4] for row in self.lists.rows], 4),
            offers=_table(self.offers, len(InOffer) - 1 + len(self.terms)),
            dollars=np.array(self.dollars, np.float64),
            offers_made=len(self.states) + len(COUNTS),
            consequences=_table(self.consequences, 2),
            visit_bits=_table(self.visit_bits, 2),
            final=self.rows([masks.final])[0],
            disposing=_ints([self._disposes(track, state) for track, state in self.states]),
            held=_ints([int(masks.procedure.tracks[track].states[state].custody) for track, state in self.states]),
            custody=_ints(self._held),
            invariants=_table(self.invariants, 4),
            openings=self.rows(word for word, *_ in self.opened),
            opening_rows=_ints(openings),
            answers=_table(self.answers, 4),
            answer_words=self.rows(self.answer_words),
            cumulated=np.array(self.cumulated, np.float64),
            question_keys=_ints(self.question_keys),
            question_chances=np.array(self.question_chances, np.float64),
            combos=_table(self.combos, 2),
            behind=_table(self.behind, 3),
            behind_totals=np.array(self.behind_totals, np.float64),
            behind_reached=np.array(self.behind_reached, np.float64),
            behind_combos=_ints(self.behind_combos),
        )
        ends = np.cumsum([0, *(len(when) for when in self.conditions)])
        conditions = Conditions(
            self.rows(mask for when in self.conditions for mask in when), np.stack([ends[:-1], ends[1:]], axis=1)
        )
        chance = self._chance()
        if self._quick is None or len(self._quick.rows) != len(law.lists):  # what the core answers changes nothing in it
            self._quick = self._records(law, conditions, chance)
        return Arrays(law, conditions, chance, self.court, self._table_of(answered), self._quick)

    def _records(self, law: Law, conditions: Conditions, chance: Chance) -> Quick:
        """As records, what is read in every event."""
        conds = np.zeros(len(conditions.ranges), CONDITION)
        for n, (first, last) in enumerate(conditions.ranges.tolist()):
            asks = np.flatnonzero(conditions.masks[first]).tolist() if last - first == 1 else [0, 0, 0]
            if len(asks) > 2:
                conds[n]["rows"] = n
                continue
            one, other = ([*asks, 0, 0])[:2]
            mask = conditions.masks[first]
            conds[n] = (mask[one], mask[other], one, other, -1)
        steps = np.zeros(len(law.steps), STEP)
        steps["silent"] = conds[law.steps[:, InStep.SILENT]]
        kind = law.steps[:, InStep.PLAIN].copy()
        steps["what"], steps["kind"] = -1, PLAIN
        for n, (first, last) in enumerate(law.steps[:, [InStep.DELAYS, InStep.DELAYS_END]].tolist()):
            if last - first == 1 and law.lists[first, 0] < 0:  # one row, whatever the state
                what, number, by_court, rolls = law.lists[law.lists[first, 1]].tolist()
                if what == DISTRIBUTION:
                    kind[n] = number
                    steps["kind"][n] = COURT_TIME if by_court else ROLLED if rolls else PLAIN
        plain = kind >= 0
        steps["what"][plain] = chance.kinds[kind[plain], 0]
        for n, name in enumerate("abc"):
            steps[name][plain] = chance.parameters[kind[plain], n]
        fixed = steps["what"] == FIXED  # uniform over one number: one way less to go wrong in guessing which comes next
        steps["what"][fixed], steps["b"][fixed] = UNIFORM, steps["a"][fixed]
        steps["delay_keys"] = chance.keys[law.steps[:, InStep.DELAY_KEY]]
        steps["choice_keys"] = chance.keys[law.steps[:, InStep.CHOICE_KEY]]
        steps["options"] = law.steps[:, InStep.OPTIONS_END] - law.steps[:, InStep.OPTIONS]
        for name, column in (
            ("tolled", InStep.TOLLED),
            ("block", InStep.BLOCK),
            ("first", InStep.OPTIONS),
            ("explains", InStep.EXPLAINS),
            ("holds", InStep.HOLDS),
            ("holds_end", InStep.HOLDS_END),
            ("conditional", InStep.CONDITIONAL),
        ):
            steps[name] = law.steps[:, column]
        options = np.zeros(len(law.options), OPTION)
        for name in OPTION.names or ():
            options[name] = law.options[:, InOption[name.upper()]]
        rows = np.ascontiguousarray(law.lists.astype(np.uint32)).view(ROW).reshape(-1)
        return Quick(steps, options, rows, *_first_draws(steps))

    def _opening_row(self, word: int, followed: tuple[int, int], running: tuple[int, int]) -> list[int]:
        starts = [self.states.index((track, self.masks.procedure.tracks[track].start)) for track in self.tracks]
        return [*starts, *followed, int(bool(word & self.masks.final)), *running]

    def _chance(self) -> Chance:
        kinds, parameters, samples = [], [], list[float]()
        for kind in self.distributions:
            fixed = round(kind.days * DAY) if isinstance(kind, Fixed) else 0
            given: tuple[float, ...]
            match kind:
                case Fixed(days):
                    what, given = FIXED, (days,)
                case Uniform(low, high):
                    what, given = UNIFORM, (low, high)
                case Triangular(low, mode, high):
                    what, given = TRIANGULAR, (low, mode, high)
                case Exponential(mean):
                    what, given = EXPONENTIAL, (mean,)
                case Lognormal(median, p90):
                    what, given = LOGNORMAL, (median, float(log(np.array([p90 / median]))[0]) / NORMAL_90)
                case Normal(mean, sd):
                    what, given = NORMAL, (mean, sd)
                case Empirical(sample):
                    what, given = EMPIRICAL, (float(len(samples)), float(len(sample)))
                    samples += np.sort(np.array(sample, dtype=np.float64)).tolist()
            kinds.append((what, fixed))
            parameters.append((*given, 0.0, 0.0)[:3])
        addressed = np.array(self._keyed, np.uint64).reshape(-1, 2)
        return Chance(addressed, _table(kinds, 2), np.array(parameters, np.float64).reshape(-1, 3), np.array(samples, np.float64))

    def _table_of(self, answered: Sequence[tuple[tuple[int, int], int]]) -> Known:
        """The answers in a table of open addressing, as `kernel._asked` looks them up."""
        size = SIZE
        while size < 3 * len(answered):
            size *= 2
        entries = np.full((size, 2), -1, np.int64)
        parts = np.zeros((size, self.words), np.uint64)
        rows = self.rows(part for (_, part), _ in answered)
        mixed = np.array([table for (table, _), _ in answered], np.uint64) * np.uint64(G)
        for w in range(self.words):
            mixed = mix(mixed + rows[:, w])
        for n, place in enumerate((mixed & np.uint64(size - 1)).astype(np.int64).tolist()):
            while entries[place, 0] >= 0:
                place = (place + 1) & (size - 1)
            (table, _), answer = answered[n]
            entries[place], parts[place] = (table, answer), rows[n]
        return Known(self.rows(table.depends for table in self.tables), entries, parts)


def _first_draws(steps: NDArray[np.void]) -> tuple[Words, Words, Reals, Reals, Reals]:
    """What first visits draw, as `Quick` has it after its rows; says in each step where its own stands."""
    what = steps["what"]
    uniform, exponential = _in_lanes(what == UNIFORM), _in_lanes(what == EXPONENTIAL)
    steps["ready"] = (what == UNIFORM) | (what == EXPONENTIAL)
    delays = np.concatenate([uniform, exponential, _in_lanes((what >= 0) & (steps["ready"] == 0))])
    choices = _in_lanes(steps["block"] >= 0)
    for name, places, first in (("drawn", delays, 0), ("luck", choices, len(delays))):
        steps[name][places[places >= 0]] = first + np.flatnonzero(places >= 0)
    first_keys, other_keys = np.concatenate([steps["delay_keys"][delays], steps["choice_keys"][choices]]).T.copy()
    low, high = steps["a"][uniform], steps["b"][uniform]
    return first_keys, other_keys, low, high - low, steps["a"][exponential]


def _in_lanes(chosen: NDArray[np.bool_]) -> Ints:
    """The places of what is chosen, and -1 up to a multiple of what one instruction does at once."""
    found = np.flatnonzero(chosen)
    return np.concatenate([found, np.full(-len(found) % LANES, -1)])


def _ruled_out(when: Forbidden, sure: int) -> bool:
    """Whether a condition cannot hold in a state with these bits."""
    return all(mask & sure for mask in when)


def _ints(values: Sequence[Any]) -> Ints:
    return np.array(values, np.int64)


def _table(rows: Sequence[Sequence[int]], columns: int) -> Ints:
    return np.array(rows, np.int64).reshape(-1, columns)
