"""Why each event of a case was what it was, and why not otherwise: what was given, assumed and drawn, what would turn it.

A case is replayed from its events. At each of them the state before it says who chose, by which row, in which odds; the
tape says with which luck. Where that luck gives another option than the docket has, a person or a fork chose, and no
luck is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from msgspec import Struct

from courtsim.case.clocks import DAY, NEVER, OFF, STANDING, Clocks, ticks
from courtsim.case.core import apply, dated
from courtsim.case.events import Event, OfferAccepted, OfferMade, Ruling, Sentenced, opening_of
from courtsim.case.masks import Masks, OptionCode, StepCode, holds
from courtsim.choosers.findings import Answers, Findings
from courtsim.choosers.kinds import Chooser, FirstRow, Moment, Reasoned, pick, shares_of
from courtsim.engines.simulate import Bench, scripted
from courtsim.engines.tape import Tape
from courtsim.errors import CourtsimError, WrongInput
from courtsim.procedure.conditions import Clause, Condition, in_words
from courtsim.procedure.delays import AnyDelay, Deadline, Delay, DelayRows, Distribution, Fixed, OfferTerm, Until, central
from courtsim.procedure.law import CLOCK
from courtsim.scenario.evidence import conviction_probability
from courtsim.scenario.facts import (
    ByEvidence,
    ByFindings,
    ByPerson,
    ByRows,
    ByTable,
    ByTruth,
    Certain,
    ChooserSpec,
    Logistic,
    Odds,
    Scenario,
)
from courtsim.scenario.sources import source_of

How = Literal["law", "consequence", "script", "odds", "evidence", "findings", "rational", "chosen"]
Luck = Callable[[str], float]
ELSE = "where no other row holds"
MOST_ITEMS = 12  # of evidence, whose every combination is tried


class Number(Struct, frozen=True):
    """Something that a file states: its path, what it says, and where it comes from (nothing says: no mark)."""

    path: str
    says: str
    mark: str | None = None
    source: str | None = None


class Asked(Struct, frozen=True):
    """A question of a legal test: who had to prove it and how strongly, the answer, and how likely it was to be yes."""

    question: str
    ask: str
    answer: bool
    chance: float
    decisive: bool  # the rule looked at it on its way to the row
    burden: str | None = None
    standard: str | None = None
    authority: str | None = None
    below: bool | None = None  # on review: what was found below
    luck: float | None = None  # yes where it is below the chance


class Flip(Struct, frozen=True):
    """Answers that, found otherwise, give another option; how likely they were together; no fewer do."""

    answers: tuple[tuple[str, bool], ...]
    option: str
    probability: float


class Doctrine(Struct, frozen=True):
    """The other side of an open question that alone, on the same answers, gives another option."""

    switch: str
    value: str
    option: str


class Found(Struct, frozen=True):
    """A ruling under a legal test: every answer, the row of the rule that decided, and the least that turns it."""

    test: str
    questions: tuple[Asked, ...]
    row: int  # from 1
    rows: int
    condition: str
    ruling: str
    smallest: Flip | None
    as_small: tuple[Flip, ...]  # others of as many answers, the likelier first
    doctrines: tuple[Doctrine, ...]


class Weighed(Struct, frozen=True):
    """The conviction chance of what was admissible: each item with its weight and whether it was in."""

    p: float
    items: tuple[tuple[str, float, bool], ...]
    how: str
    prima_facie: bool
    turned_by: tuple[tuple[str, bool], ...] = ()  # the fewest items that, in or out, make the same luck choose otherwise


class Turn(Struct, frozen=True):
    """The least by which the odds would have had to move for the same luck to choose otherwise."""

    option: str  # what it would have chosen
    by: float  # probability, from the option chosen to this one; a hair more
    to: float  # what the option chosen would have had left


class OtherRow(Struct, frozen=True):
    """A row of the chooser under which the same luck would have chosen otherwise."""

    row: int  # from 1
    condition: str
    option: str


class Ran(Struct, frozen=True):
    """The clock of a step: since when, set off by which event, how long, when it stood still, when it fell due."""

    since: dt.date
    by: str  # the event, or the opening
    delay: Number
    due: dt.date | None
    stood_still: tuple[tuple[dt.date, dt.date], ...] = ()


class Reason(Struct, frozen=True):
    """All that lies behind one event."""

    seq: int
    date: dt.date
    event: str
    step: str
    option: str
    by: str
    how: How
    condition: str  # where the step is enabled, or the consequence follows
    rule: str | None = None
    row: int | None = None  # of the chooser, from 1
    row_condition: str | None = None
    given: tuple[Number, ...] = ()  # facts and switches that were asked
    numbers: tuple[Number, ...] = ()  # what the choice rests on
    odds: tuple[tuple[str, float], ...] = ()  # of the lawful options
    luck: float | None = None  # between 0 and 1, along the odds laid end to end
    found: Found | None = None
    weighed: Weighed | None = None
    clock: Ran | None = None
    turn: Turn | None = None
    other_rows: tuple[OtherRow, ...] = ()


class _Began(NamedTuple):
    tick: int
    event: str


class _Replay:
    """A case as its events have it: its state, and its clocks as the tape sets them."""

    def __init__(self, bench: Bench, stream: Sequence[Event], seed: int | None, timing: str) -> None:
        opening = opening_of(stream[0])
        if opening is None:
            raise WrongInput(None, "a stream that does not begin with its opening", "CaseOpened")
        self.bench = bench
        self.masks = bench.masks
        self.opening = opening
        self.tape = None if seed is None else Tape(seed, stream[0].case, 1)
        self.drawn = timing == "drawn"
        self.word = self.masks.start(dict(opening.facts))
        self.clocks = Clocks(bench.timing, [{} for _ in self.masks.steps])
        self.began: dict[int, _Began] = {}
        self.stood: dict[int, list[tuple[int, int | None]]] = {}
        self.moved: list[OptionCode] | None = None  # since the state was settled; None: the opening
        self.entries = scripted(bench.scenario)
        self.entry = 0
        self.last = _Began(0, "the opening")

    def luck(self, step: str, visit: int) -> Luck | None:
        tape = self.tape
        return None if tape is None else lambda purpose: tape.numbers(step, visit, purpose)[0]

    def settle(self) -> None:
        """Ends the last event: nothing more follows from it, and its clocks turn."""
        masks, now = self.masks, self.last.tick
        self.word = masks.settled(self.word)
        if self.word & masks.final:
            return
        before = (self.clocks.visits[:], self.clocks.mode[:])
        if self.moved is None:
            self.clocks.open(self.word, 0, self._draw)
        for option in self.moved or ():
            self.clocks.turn(option.touches, self.word, now, self._draw, option.step_index, option.restarts)
        if self.entries and self.entry == len(self.entries):
            for n, by in enumerate(self.bench.by):
                if by != CLOCK:
                    self.clocks.begin_anew(n, self.word, now, self._draw)
            self.entries = []
        for n, (visit, mode) in enumerate(zip(*before, strict=True)):
            if self.clocks.visits[n] != visit:
                self.began[n] = self.last
                self.stood[n] = []
            if (mode == STANDING) != (self.clocks.mode[n] == STANDING) or self.clocks.visits[n] != visit:
                self._stands(n, now)

    def _stands(self, step: int, now: int) -> None:
        stretches = self.stood.setdefault(step, [])
        if self.clocks.mode[step] == STANDING:
            stretches.append((now, None))
        elif stretches and stretches[-1][1] is None:
            stretches[-1] = (stretches[-1][0], now)

    def _draw(self, step: int, visit: int, kind: Distribution) -> int:
        if self.tape is None or not self.drawn:
            return ticks(central(kind))
        return self.tape.delays(self.masks.steps[step].step.name, visit, "delay", kind)[0]

    def take(self, event: Event, code: OptionCode) -> None:
        self.last = _Began(ticks(event.day), event.name)
        self.word = self.masks.move(self.word, code)
        for detail in event.details:
            self.word = apply(self.masks, self.word, detail)
        self.moved = [*(self.moved or ()), code] if code.step_index < 0 else [code]
        if self.entry < len(self.entries) and self.wanted(event):
            self.entry += 1

    def wanted(self, event: Event) -> bool:
        """Whether the script's next entry is this event."""
        if self.entry >= len(self.entries):
            return False
        entry = self.entries[self.entry]
        return (entry.step, entry.on) == (event.step, event.date)


def unfold(scenario: Scenario, stream: Sequence[Event], *, seed: int | None = None, timing: str = "drawn") -> list[Reason]:
    """What lies behind every event of a case, in order.

    Args:
        scenario: under whose inputs the case ran.
        stream: its events, the opening first.
        seed: of its tape; None: no luck is shown.
        timing: how its delays came about, `drawn` or `central`.

    Raises:
        WrongInput: the stream has no opening, or events that the procedure does not know.
    """
    bench = Bench(scenario)
    replay = _Replay(bench, stream, seed, timing)
    reasons: list[Reason] = []
    for event in stream[1:]:
        code = replay.masks.option_codes.get((event.step, event.option))
        if code is None:
            raise WrongInput(None, f"event {event.seq}, {event.step}.{event.option}", "an option of the procedure")
        if code.step_index < 0:
            when = next(c.when for c in bench.procedure.consequences if c.name == event.step)
            reasons.append(_plain(event, "consequence", when, given=tuple(_given(replay, [when]))))
        else:
            replay.settle()
            reasons.append(_reason(replay, event, code))
        replay.take(event, code)
    return reasons


def _plain(event: Event, how: How, when: Condition, **more: object) -> Reason:
    return Reason(
        seq=event.seq,
        date=event.date,
        event=event.name,
        step=event.step,
        option=event.option,
        by=event.by,
        how=how,
        condition=in_words(when),
        rule=event.rule,
        **more,  # type: ignore[arg-type]
    )


def _number(scenario: Scenario, path: str, says: object) -> Number:
    source = source_of(scenario, path)
    words = f"{says:g}" if isinstance(says, float) else {True: "yes", False: "no"}[says] if isinstance(says, bool) else str(says)
    return Number(path, words, source.mark if source else None, source.text if source else None)


def _reason(replay: _Replay, event: Event, code: OptionCode) -> Reason:
    bench, scenario = replay.bench, replay.bench.scenario
    step = replay.masks.steps[code.step_index]
    visit = replay.clocks.visits[code.step_index]
    luck = replay.luck(event.step, visit)
    lawful = replay.masks.lawful_options(step, replay.word)
    moment = _moment(replay, event, step, tuple(option.option.name for option in lawful))
    entry = replay.entries[replay.entry] if replay.wanted(event) else None
    test = bench.tests.get(event.step)
    chooser = bench.choosers.get(event.step)
    offered = _details(scenario, event)
    clock = _ran(replay, code.step_index) if entry is None or step.step.by == CLOCK else None
    ruling = next((detail for detail in event.details if isinstance(detail, Ruling)), None)
    found = None
    if entry is not None and (entry.choose is not None or len(step.options) == 1):
        if ruling is not None and test is not None:
            found = _found(replay, ruling, moment, entry.findings, None)
        record = (Number("script", entry.on.isoformat(), entry.mark, entry.source),)
        return _plain(event, "script", step.step.when, numbers=(*record, *offered), clock=clock, found=found)
    spec = scenario.choosers.get(event.step)
    if chooser is None or spec is None or (len(lawful) == 1 and test is None):
        return _plain(event, "law", step.step.when, numbers=offered, clock=clock)
    row = _row(replay, spec, f"choosers.{event.step}")
    given = tuple(_given(replay, row.asked))
    if isinstance(_decider(chooser, replay.word), Reasoned):
        how: How = "rational"
        odds: Mapping[str, float] = {}
        drawn = None
    else:
        how = _kind(row.spec)
        odds = chooser.odds(moment)
        drawn = luck if luck is not None and _same(chooser, moment, luck, event, ruling) else None
        how = "chosen" if luck is not None and drawn is None else how
    if ruling is not None and test is not None:
        found = _found(replay, ruling, moment, (), drawn if how == "findings" else None)
    u = drawn("choice") if drawn is not None and how in ("odds", "evidence") else None
    weighed = _weighed(replay, row, moment, event.option, u) if isinstance(row.spec, ByEvidence) else None
    return _plain(
        event,
        how,
        step.step.when,
        row=row.number,
        row_condition=(in_words(row.when) if row.when else ELSE) if row.number is not None else None,
        given=given,
        numbers=(*_stated(scenario, row), *offered),
        odds=tuple((option, odds.get(option, 0.0)) for option in moment.lawful) if odds else (),
        luck=u,
        found=found,
        weighed=weighed,
        clock=clock,
        turn=None if u is None else least_turn(odds, moment.lawful, event.option, u),
        other_rows=() if u is None else tuple(_other_rows(replay, chooser, spec, moment, event.option, u)),
    )


def _moment(replay: _Replay, event: Event, step: StepCode, lawful: tuple[str, ...]) -> Moment:
    return Moment(
        masks=replay.masks,
        word=replay.word,
        step=event.step,
        by=step.step.by,
        lawful=lawful,
        day=event.day,
        date=event.date,
        hidden=replay.bench.hidden[step.step.by],
    )


def _same(chooser: Chooser, moment: Moment, luck: Luck, event: Event, ruling: Ruling | None) -> bool:
    """Whether this luck makes this event: else a person, a fork or a forced option did."""
    try:
        choice = chooser.choose(moment, luck)
    except CourtsimError:
        return False
    told = next((detail for detail in choice.details if isinstance(detail, Ruling)), ruling)
    return choice.option == event.option and told == ruling


# -- who chose, by which row


class _Chosen(NamedTuple):
    spec: ChooserSpec
    path: str
    number: int | None  # of the outermost row, from 1
    when: Condition
    asked: list[Condition]  # the rows that were looked at


def _row(replay: _Replay, spec: ChooserSpec, path: str) -> _Chosen:
    """The chooser at work in this state, through rows and `else`."""
    number: int | None = None
    when: Condition = ()
    asked: list[Condition] = []
    while True:
        match spec:
            case ByRows(rows):
                n = next(n for n, row in enumerate(rows) if holds(replay.masks.compile(row.when), replay.word))
                asked += [row.when for row in rows[: n + 1]]
                number = n + 1 if number is None else number
                when = (*when, *rows[n].when)
                spec, path = rows[n].chooser, f"{path}.rows.{n}"
            case ByPerson(_, otherwise) if otherwise is not None:
                spec, path = otherwise, f"{path}.else"
            case _:
                return _Chosen(spec, path, number, when, asked)


def _decider(chooser: Chooser, word: int) -> Chooser | None:
    found: Chooser | None = chooser
    while isinstance(found, FirstRow):
        found = found.row(word)
    return found


def _kind(spec: ChooserSpec) -> How:
    match spec:
        case ByFindings():
            return "findings"
        case ByEvidence():
            return "evidence"
        case _:
            return "odds"


def _given(replay: _Replay, asked: Sequence[Condition]) -> Iterator[Number]:
    """The facts and switches that these conditions ask, as they are in this case."""
    scenario = replay.bench.scenario
    told: set[tuple[str, str]] = set()
    ahead = [part for condition in asked for part in condition]
    while ahead:
        part = ahead.pop(0)
        if not isinstance(part, Clause):
            ahead += [inner for name in getattr(part, "names", ()) for inner in scenario.procedure.conditions[name]]
            continue
        if part.subject in ("fact", "switch") and (part.subject, part.name) not in told:
            told.add((part.subject, part.name))
            if part.subject == "fact":
                yield _number(scenario, f"facts.{part.name}", dict(replay.opening.facts).get(part.name))
            else:
                stands = replay.masks.questions["switch", part.name].read(replay.word)
                yield _number(scenario, f"switches.{part.name}", stands)


def _stated(scenario: Scenario, row: _Chosen) -> list[Number]:
    """The numbers that the choice rests on, by their paths."""
    match row.spec:
        case Odds(shares):
            return [_number(scenario, f"{row.path}.odds.{option}", share) for option, share in shares]
        case ByEvidence(odds):
            found = [_number(scenario, f"{row.path}.evidence.{option}", share) for option, share in odds.shares]
            return found + _convicting(scenario)
        case ByFindings(test):
            return [_number(scenario, f"findings.{test}.{q}", p) for q, p in scenario.findings.get(test, {}).items()]
        case _:
            return []


def _convicting(scenario: Scenario) -> list[Number]:
    """What a scenario says of how evidence convicts; of the truth not even which it is."""
    match scenario.conviction:
        case Logistic(base):
            weights = [_number(scenario, f"evidence.{item.name}.weight", item.weight) for item in scenario.evidence.values()]
            return [_number(scenario, "conviction.base", base), *weights]
        case ByTable(rows):
            return [_number(scenario, f"conviction.table.{n}.p", row.p) for n, row in enumerate(rows)]
        case Certain(p):
            return [_number(scenario, "conviction.p", p)]
        case ByTruth():
            return [_number(scenario, "conviction.truth", "a chance for each truth")]
        case _:
            return []


def _details(scenario: Scenario, event: Event) -> tuple[Number, ...]:
    """Where what the event carries comes from: the terms of an offer, a sentence."""
    found: list[Number] = []
    for detail in event.details:
        match detail:
            case OfferMade(offer) | OfferAccepted(offer):
                found.append(_number(scenario, f"offers.{offer}", "its terms"))
            case Sentenced(kind):
                found.append(_number(scenario, f"sentencing.{kind}", "the sentence, the statute's mandatory parts added"))
            case _:
                pass
    return tuple(dict.fromkeys(found))


# -- odds: how near was it?


def least_turn(odds: Mapping[str, float], lawful: Sequence[str], option: str, u: float) -> Turn | None:
    """The least probability that must leave the chosen option for the same luck to choose another; None if none can.

    The options lie end to end in the order of the procedure and luck is a point on them. Whatever else moves, the point
    leaves the option only where a border passes it; the nearer border is passed with the least.
    """
    total = sum(odds.get(name, 0.0) for name in lawful)
    place = lawful.index(option)
    low = sum(odds.get(name, 0.0) for name in lawful[:place]) / total
    share = odds.get(option, 0.0) / total
    ways = []
    if place > 0:
        ways.append((u - low, _nearest(odds, lawful[place - 1 :: -1])))
    if place + 1 < len(lawful):
        ways.append((low + share - u, _nearest(odds, lawful[place + 1 :])))
    if not ways:
        return None
    by, other = min(ways, key=lambda way: way[0])
    return Turn(other, max(0.0, by), min(share, max(0.0, share - by)))


def _nearest(odds: Mapping[str, float], options: Sequence[str]) -> str:
    return next((option for option in options if odds.get(option, 0.0) > 0), options[0])


def _other_rows(
    replay: _Replay, chooser: Chooser, spec: ChooserSpec, moment: Moment, option: str, u: float
) -> Iterator[OtherRow]:
    """The rows of odds under which the same luck would have chosen otherwise."""
    if not isinstance(spec, ByRows) or not isinstance(chooser, FirstRow):
        return
    here = chooser.row(replay.word)
    for n, (row, (_, other)) in enumerate(zip(spec.rows, chooser.rows, strict=True)):
        if other is here or not isinstance(row.chooser, Odds):
            continue
        shares = shares_of(row.chooser)
        if any(shares.get(name, 0.0) > 0 for name in moment.lawful):
            taken = pick(shares, moment, u)
            if taken != option:
                yield OtherRow(n + 1, in_words(row.when) if row.when else ELSE, taken)


# -- evidence


def _weighed(replay: _Replay, row: _Chosen, moment: Moment, option: str, u: float | None) -> Weighed:
    scenario, masks, word = replay.bench.scenario, replay.masks, replay.word
    stated = scenario.conviction
    if isinstance(stated, ByTruth):
        how = "stated for each truth; no one who decides knows it"
    elif isinstance(stated, Logistic):
        how = f"logistic: base {stated.base:g} and the weights of what is in"
    elif isinstance(stated, ByTable):
        how = "the first row of the table whose items are all in"
    else:
        how = "stated outright"
    return Weighed(
        p=conviction_probability(scenario, masks, word),
        items=tuple((item.name, item.weight, masks.admissible(item.name, word)) for item in masks.opening.evidence),
        how=how,
        prima_facie=masks.questions["prima_facie",].read(word) is True,
        turned_by=() if u is None else fewest_items(scenario, row.spec, moment, option, u),
    )


def fewest_items(scenario: Scenario, spec: ChooserSpec, moment: Moment, option: str, u: float) -> tuple[tuple[str, bool], ...]:
    """The fewest items that, in instead of out or out instead of in, would make the same luck choose otherwise.

    Exhaustive by size, then in the order of the scenario; empty where nothing does, or the items are too many to try.
    """
    assert isinstance(spec, ByEvidence)
    names = [item.name for item in moment.masks.opening.evidence]
    for size in range(1, len(names) + 1) if len(names) <= MOST_ITEMS else ():
        for items in combinations(names, size):
            word = moment.word
            for item in items:
                word = moment.masks.put(word, ("item", item), not moment.masks.admissible(item, word))
            word = moment.masks.with_prima_facie(word)
            shares = shares_of(spec.odds, conviction_probability(scenario, moment.masks, word))
            if any(shares.get(name, 0.0) > 0 for name in moment.lawful) and pick(shares, moment, u) != option:
                return tuple((item, moment.masks.admissible(item, word)) for item in items)
    return ()


# -- rulings


def _found(replay: _Replay, ruling: Ruling, moment: Moment, fixed: Answers, luck: Luck | None) -> Found:
    findings = replay.bench.findings(ruling.test)
    masks, word = replay.masks, replay.word
    below = findings.known_below(masks, word) if findings.test.reviews else None
    chances = findings.chances(masks, word, fixed, luck or (lambda _purpose: 0.5))
    row = findings.ruled.rule[ruling.row]
    rows = findings.ruled.rule[: ruling.row + 1]
    switches = [r for r in rows if all(masks.questions["switch", name].read(word) == value for name, value in r.switches)]
    decisive = {question for r in switches for question, _ in r.answers}
    questions = []
    for name, answer in ruling.answers:
        question = findings.ruled.questions[name]
        questions.append(
            Asked(
                question=name,
                ask=question.ask or name,
                answer=answer,
                chance=chances[name],
                decisive=name in decisive,
                burden=question.burden,
                standard=question.standard,
                authority=question.authority,
                below=below[name] if below is not None else None,
                luck=None if luck is None else luck(f"finding:{name}"),
            )
        )
    flips = smallest_changes(findings, masks, word, ruling, chances, moment.lawful)
    words = [f"{question} {'yes' if answer else 'no'}" for question, answer in row.answers]
    words += [f"{switch}: {value}" for switch, value in row.switches]
    return Found(
        test=ruling.test,
        questions=tuple(questions),
        row=ruling.row + 1,
        rows=len(findings.ruled.rule),
        condition=", ".join(words) or "no row above it holds",
        ruling=ruling.ruling,
        smallest=flips[0] if flips else None,
        as_small=tuple(flips[1:]),
        doctrines=tuple(_doctrines(findings, masks, word, ruling, moment.lawful)),
    )


def smallest_changes(
    findings: Findings, masks: Masks, word: int, ruling: Ruling, chances: Mapping[str, float], lawful: Sequence[str]
) -> list[Flip]:
    """The fewest answers that, found otherwise, give another lawful option: every set of that size; none where no answers do.

    The likeliest under *chances* first (before it a set that departs from fewer fixed answers), then in the order of the
    questions.
    """
    option = findings.option(ruling)
    names = [name for name, _ in ruling.answers]
    for size in range(1, len(names) + 1):
        turning: list[tuple[tuple[int, float], Flip]] = []
        for flipped in combinations(names, size):
            answers = tuple((name, answer != (name in flipped)) for name, answer in ruling.answers)
            other = findings.option(findings.rule(masks, word, answers))
            if other == option or other not in lawful:
                continue
            shares = [chances[name] if answer else 1.0 - chances[name] for name, answer in answers]
            likely, fixed = 1.0, sum(share == 0 for share in shares)
            for share in shares:
                likely *= share or 1.0
            changed = tuple((name, answer) for name, answer in answers if name in flipped)
            turning.append(((fixed, -likely), Flip(changed, other, 0.0 if fixed else likely)))
        if turning:
            return [flip for _, flip in sorted(turning, key=lambda each: each[0])]
    return []


def _doctrines(findings: Findings, masks: Masks, word: int, ruling: Ruling, lawful: Sequence[str]) -> Iterator[Doctrine]:
    option = findings.option(ruling)
    asked = dict.fromkeys(switch for row in findings.ruled.rule for switch, _ in row.switches)
    for switch in asked:
        for value in masks.questions["switch", switch].answers:
            other = findings.option(findings.rule(masks, masks.put(word, ("switch", switch), value), ruling.answers))
            if other != option and other in lawful:
                yield Doctrine(switch, str(value), other)


# -- clocks


def _ran(replay: _Replay, step: int) -> Ran | None:
    began = replay.began.get(step)
    if began is None or replay.clocks.mode[step] == OFF:
        return None
    scenario, starts = replay.bench.scenario, replay.opening.starts
    name = replay.masks.steps[step].step.name
    path = f"delays.{name}" if name in scenario.delays else f"steps.{name}.after"
    due = replay.clocks.due[step]
    fell = dated(starts, due // DAY) if due < NEVER else None
    stood = [(dated(starts, a // DAY), dated(starts, b // DAY)) for a, b in replay.stood.get(step, []) if b is not None]
    delay = _number(scenario, path, delay_in_words(replay.bench.timing.delays[step]))
    return Ran(dated(starts, began.tick // DAY), began.event, delay, fell, tuple(stood))


def delay_in_words(delay: AnyDelay) -> str:
    """A delay as people read it."""
    if isinstance(delay, DelayRows):
        return "; ".join(f"{_one_delay(row.delay)}{f' where {in_words(row.when)}' if row.when else ''}" for row in delay.rows)
    return _one_delay(delay)


def _one_delay(delay: Delay) -> str:
    match delay.kind:
        case Deadline(days):
            said = f"a limit of {days} {'court days' if delay.court_days else 'days'}"
        case Until(date):
            said = f"until {date.isoformat()}"
        case OfferTerm("open_for"):
            said = "as long as the offer is open"
        case OfferTerm(term):
            said = f"the {term.replace('_', ' ')} of the offer"
        case kind:
            said = _distribution_in_words(kind)
    return said + (", counted in court days" if delay.court_days and not isinstance(delay.kind, Deadline) else "")


def _distribution_in_words(kind: Distribution) -> str:
    if isinstance(kind, Fixed):
        return f"{kind.days:g} day{'' if kind.days == 1 else 's'}"
    numbers = [(field.replace("_", " "), getattr(kind, field)) for field in kind.__struct_fields__]
    stated = ", ".join(f"{field} {value if isinstance(value, tuple) else format(value, 'g')}" for field, value in numbers)
    return f"{type(kind).__name__.lower()} days ({stated})"
