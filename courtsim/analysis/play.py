"""A case played from a seat: what is known now, what may be chosen, and what the answers so far lead to.

A game is a list of moves that only grows: choices, guesses, and undoing a choice. The case is run from its opening every
time, with choosers that repeat the answers given and stop at the first question that has none: luck is addressed, so the
same answers come to the same page. Nothing on a page depends on what the seat cannot know: facts private to others, what
others spend, how long a drawn delay will be, whatever comes later.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Literal, NamedTuple, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from courtsim.case.clocks import DAY, NEVER, OFF, STANDING
from courtsim.case.events import CostIncurred, Event
from courtsim.case.history import event_of
from courtsim.case.masks import Masks, OptionCode, holds
from courtsim.case.opening import Offer, Term
from courtsim.choosers.kinds import Choice, Chooser, Luck, Moment
from courtsim.engines.simulate import Bench, Walk
from courtsim.engines.simulate import Luck as LuckOfBlock
from courtsim.engines.tape import Tape
from courtsim.errors import WrongInput, listed, nearest
from courtsim.procedure.delays import AnyDelay, Deadline, Delay, Fixed, OfferTerm, Until
from courtsim.procedure.law import CLOCK, AcceptOffer
from courtsim.scenario.facts import ByPerson, ByRows, ChooserSpec, Odds, Scenario

BENCH = "bench"  # how people call the judge's seat
JUDGE = "judge"
CASE = 1  # a game is the first case under its seed


class Choose(Struct, frozen=True, tag="choose"):
    """The player takes an option when a step of the seat falls due."""

    step: str
    option: str


class Guess(Struct, frozen=True, tag="guess"):
    """Before a ruling or a verdict: how likely the player holds one outcome, and why.

    Attributes:
        visit: which time the step falls due in the case: with the step the address of its luck. A guess once made stands;
            who undoes a choice and comes to the same ruling again is not asked again.
        p: probability, 0 to 1, that the step ends in `option`.
    """

    step: str
    visit: int
    option: str
    p: float
    reason: str


class Undo(Struct, frozen=True, tag="undo"):
    """The last choice that still stood is taken back."""


Move: TypeAlias = Choose | Guess | Undo


class Game(Struct, frozen=True):
    """One case under one seed, a seat at it, and what the player has answered so far."""

    scenario: Scenario
    seed: int
    seat: str
    guessing: bool = False
    player: str = ""  # an ID, if the seed was made from one; nothing else about a person
    moves: tuple[Move, ...] = ()

    @property
    def choices(self) -> tuple[Choose, ...]:
        """The choices that stand."""
        return standing(self.moves)

    @property
    def guesses(self) -> tuple[Guess, ...]:
        return tuple(move for move in self.moves if isinstance(move, Guess))


def standing(moves: Sequence[Move]) -> tuple[Choose, ...]:
    """The choices that stand after these moves."""
    found: list[Choose] = []
    for move in moves:
        if isinstance(move, Choose):
            found.append(move)
        elif isinstance(move, Undo) and found:
            found.pop()
    return tuple(found)


def seed_from(player: str) -> int:
    """The seed that belongs to an ID: the same everywhere, another for another ID.

    Raises:
        WrongInput: no ID at all.
    """
    name = unicodedata.normalize("NFC", player.strip())
    if not name:
        raise WrongInput(None, "an empty ID", "a few letters or digits")
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 33  # 31 bits: short enough to type


def seat_of(scenario: Scenario, name: str) -> str:
    """The actor whom a player means.

    Raises:
        WrongInput: nobody who has anything to choose.
    """
    able = [s.by for s in scenario.procedure.steps.values() if len(s.options) > 1 and s.by != CLOCK]
    able += [actor for step, spec in scenario.choosers.items() for actor in _persons(spec)]
    actor = JUDGE if name == BENCH and BENCH not in able else name
    if actor not in able:
        known = list(dict.fromkeys([*able, *([BENCH] if JUDGE in able else [])]))
        raise WrongInput(None, f"{name!r}, who has nothing to choose in {scenario.name}", listed(known), nearest(name, known))
    return actor


def _persons(spec: ChooserSpec) -> list[str]:
    match spec:
        case ByPerson(actor, otherwise):
            return [actor, *(_persons(otherwise) if otherwise is not None else [])]
        case ByRows(rows):
            return [actor for row in rows for actor in _persons(row.chooser)]
        case _:
            return []


def with_deputy(scenario: Scenario, seat: str) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario with somebody at every step of a seat, and the steps at which nobody else was stated.

    There every lawful option is taken to be equally likely.
    """
    missing: list[str] = []
    choosers = dict(scenario.choosers)
    for step in scenario.procedure.steps.values():
        even = Odds(tuple((option, 1.0 / len(step.options)) for option in step.options))
        spec = choosers.get(step.name)
        if spec is None and step.by == seat and len(step.options) > 1:
            choosers[step.name] = even
            missing.append(step.name)
        elif spec is not None and seat in _persons(spec):
            choosers[step.name] = deputed = _deputed(spec, seat, even)
            missing += [step.name] if even is deputed or _holds(deputed, even) else []
    return replace(scenario, choosers=choosers), tuple(missing)


def _deputed(spec: ChooserSpec, seat: str, even: Odds) -> ChooserSpec:
    match spec:
        case ByPerson(actor, None) if actor == seat:
            return even
        case ByPerson(actor, otherwise) if actor == seat and otherwise is not None:
            return _deputed(otherwise, seat, even)
        case ByRows(rows):
            return ByRows(tuple(replace(row, chooser=_deputed(row.chooser, seat, even)) for row in rows))
        case _:
            return spec


def _holds(spec: ChooserSpec, even: Odds) -> bool:
    return isinstance(spec, ByRows) and any(row.chooser is even or _holds(row.chooser, even) for row in spec.rows)


# -- what is known now


class Way(Struct, frozen=True):
    """A lawful option: what it is, under which rule, and the offer that it would make."""

    option: str
    event: str
    says: str | None
    rule: str | None
    offer: Offer | None = None


class OnTable(Struct, frozen=True):
    """An offer that can be answered now or stands open; *ends* where a date is known."""

    kind: str
    by: str
    terms: tuple[tuple[str, Term], ...]
    ends: dt.date | None


class Limit(Struct, frozen=True):
    """A time limit of the law that runs, or stands still: what happens when it runs out, and when that would be."""

    step: str
    event: str
    says: str | None
    days: int  # left, whole days
    date: dt.date | None  # None while it stands still
    rule: str | None


class Item(Struct, frozen=True):
    label: str
    admissible: bool


Asks: TypeAlias = Literal["choice", "guess", "nothing"]


class Page(Struct, frozen=True):
    """All that is known in a seat at the moment of a question, or when the case has ended.

    Attributes:
        asks: a choice of the seat; a guess what another will decide; nothing: the case has ended.
        step: at which step, and
        by: whose it is.
        visit: which time it falls due.
        docket: what has happened, as the seat sees it.
        standing: track to the label of its state, where it is not at its start.
        alone: facts that the seat alone knows.
    """

    asks: Asks
    seat: str
    step: str
    by: str
    visit: int
    day: float
    date: dt.date
    ways: tuple[Way, ...]
    docket: tuple[Event, ...]
    offer: OnTable | None
    evidence: tuple[Item, ...]
    limits: tuple[Limit, ...]
    standing: Mapping[str, str]
    alone: Mapping[str, object]


class Stand(NamedTuple):
    """Where a game stands: the page for the player, and the case behind it, which the player does not see."""

    page: Page
    walk: Walk
    moment: Moment | None  # None when the case has ended


class _Unanswered(Exception):
    """The case has come to a question that no answer is there for."""

    def __init__(self, asks: Asks, moment: Moment) -> None:
        self.asks = asks
        self.moment = moment


class _Listening:
    """Stands at a step in place of its chooser and lets the playing decide what to do there."""

    def __init__(self, own: Chooser | None, ask: Callable[[Moment, Luck, Chooser | None], Choice]) -> None:
        self.own = own
        self.ask = ask

    def odds(self, moment: Moment) -> Mapping[str, float]:
        if self.own is None:
            raise WrongInput(None, f"nobody but the player decides {moment.step}", "a chooser")
        return self.own.odds(moment)

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        return self.ask(moment, luck, self.own)


Answer: TypeAlias = Callable[[Moment, Luck, Chooser], Choice]  # what is done at a step of the seat


class Playing:
    """A scenario made ready to be played from a seat under one seed: any list of moves leads to a page.

    Args:
        tape: makes the tape of a block from the seed, its first case and their number, as for `simulate.histories`.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        seat: str,
        guessing: bool = False,
        tape: Callable[[int, int, int], Tape] = Tape,
    ) -> None:
        self.scenario, self.unstated = with_deputy(scenario, seat)
        self.seat = seat
        self.guessing = guessing
        own = Bench(self.scenario)
        steps = self.scenario.procedure.steps
        specs = scenario.choosers
        self.seats = {n for n, s in steps.items() if s.by == seat or (n in specs and seat in _persons(specs[n]))}
        self.seats = {name for name in self.seats if len(steps[name].options) > 1}
        self.specs = {n: specs[n] for n in self.seats if steps[n].by != seat}
        rulings = {n for n, s in steps.items() if guessing and is_ruling(s.by) and len(s.options) > 1}
        self.rulings = {n for n in rulings - self.seats if n in specs and not _certain(specs[n])}
        listening = {n: _Listening(own.choosers.get(n), self._ask) for n in steps if n in self.seats | self.rulings}
        self.bench = Bench(self.scenario, listening)
        self.luck = LuckOfBlock(self.bench, tape(seed, CASE, 1), "drawn")
        self._walk: Walk
        self._answer: Answer
        self._guessed: frozenset[tuple[str, int]] | None = None

    # -- the case under given answers

    def at(self, moves: Sequence[Move]) -> Stand:
        """Where these moves lead.

        Raises:
            WrongInput: a choice that answers no question that is asked, as one from another game.
        """
        left = list(standing(moves))
        given = len(left)

        def answer(moment: Moment, _luck: Luck, _own: Chooser) -> Choice:
            if not left:
                raise _Unanswered("choice", moment)
            choice = left.pop(0)
            if choice.step != moment.step or choice.option not in moment.lawful:
                raise WrongInput(
                    None,
                    f"answer {given - len(left)} is {choice.step}.{choice.option}, but {moment.step} is asked then",
                    listed(f"{moment.step}.{option}" for option in moment.lawful),
                )
            return Choice(choice.option)

        guessed = frozenset((move.step, move.visit) for move in moves if isinstance(move, Guess))
        stand = self._run(answer, guessed)
        if left:
            raise WrongInput(None, f"an answer to {left[0].step}, which is never asked", "no more answers")
        return stand

    def follow(self, answer: Answer) -> Stand:
        """The whole case, with *answer* at every step of the seat and nobody guessing."""
        return self._run(answer, None)

    def _run(self, answer: Answer, guessed: frozenset[tuple[str, int]] | None) -> Stand:
        self._answer, self._guessed = answer, guessed
        self._walk = walk = Walk(self.bench, self.luck, 0, CASE, None)
        try:
            walk.run()
        except _Unanswered as stop:
            return Stand(self._page(walk, stop.asks, stop.moment), walk, stop.moment)
        return Stand(self._page(walk, "nothing", None), walk, None)

    def _ask(self, moment: Moment, luck: Luck, own: Chooser | None) -> Choice:
        if own is None:
            return Choice(moment.lawful[0])
        if len(moment.lawful) > 1 and self._is_mine(moment):
            return self._answer(moment, luck, own)
        key = (moment.step, self._visit(moment.step))
        asked = moment.step in self.rulings and len(moment.lawful) > 1
        if asked and self._guessed is not None and key not in self._guessed:
            raise _Unanswered("guess", moment)
        return own.choose(moment, luck)

    def _is_mine(self, moment: Moment) -> bool:
        if moment.step not in self.seats:
            return False
        spec: ChooserSpec | None = self.specs.get(moment.step)
        while isinstance(spec, ByRows):
            spec = next((row.chooser for row in spec.rows if holds(moment.masks.compile(row.when), moment.word)), None)
        return moment.step not in self.specs or (isinstance(spec, ByPerson) and spec.actor == self.seat)

    def _visit(self, step: str) -> int:
        return self._walk.clocks.visits[self._walk.masks.index[step]]

    # -- the page

    def _page(self, walk: Walk, asks: Asks, moment: Moment | None) -> Page:
        masks, word = walk.masks, walk.word
        step = moment.step if moment is not None else ""
        codes = [masks.option_codes[step, option] for option in moment.lawful] if moment is not None else []
        facts = dict(walk.opening.facts)
        private = self.scenario.private
        return Page(
            asks=asks,
            seat=self.seat,
            step=step,
            by=moment.by if moment is not None else "",
            visit=self._visit(step) if step else 0,
            day=walk.now / DAY,
            date=self.scenario.starts + dt.timedelta(days=walk.now // DAY),
            ways=tuple(_way(masks, word, code) for code in codes),
            docket=seen_by(self.seat, docket_of(walk)),
            offer=self._offer(walk, codes) if moment is not None else None,
            evidence=tuple(Item(item.label or item.name, masks.admissible(item.name, word)) for item in walk.opening.evidence),
            limits=self._limits(walk) if moment is not None else (),
            standing=_standing(masks, word),
            alone={name: value for name, value in facts.items() if private.get(name) == self.seat},
        )

    def _limits(self, walk: Walk) -> tuple[Limit, ...]:
        """The law's own clocks that run: their end is known to everyone. Drawn delays are not shown: they are the future."""
        found: list[Limit] = []
        for n, code in enumerate(walk.masks.steps):
            step = code.step
            due, mode = walk.clocks.due[n], walk.clocks.mode[n]
            if step.by != CLOCK or mode == OFF or not _known(walk, n):
                continue
            option = next(iter(step.options.values()))
            if mode == STANDING:
                found.append(Limit(step.name, option.event, option.says, _days_left(walk, n), None, option.rule))
            elif due < NEVER:
                date = self.scenario.starts + dt.timedelta(days=due // DAY)
                found.append(Limit(step.name, option.event, option.says, due // DAY - walk.now // DAY, date, option.rule))
        return tuple(found)

    def _offer(self, walk: Walk, codes: Sequence[OptionCode]) -> OnTable | None:
        name = walk.masks.questions["offer",].read(walk.word)
        made = next((offer for offer in walk.opening.offers if offer.name == name), None)
        if made is None:
            return None
        lapses = [n for n, delay in enumerate(self.bench.timing.delays) if _is_lapse(delay) and walk.clocks.mode[n] != OFF]
        answered = any(isinstance(effect, AcceptOffer) for code in codes for effect in code.option.effects)
        if not lapses and not answered:
            return None
        due = [walk.clocks.due[n] for n in lapses if _known(walk, n) and walk.clocks.due[n] < NEVER]
        ends = self.scenario.starts + dt.timedelta(days=min(due) // DAY) if due else None
        return OnTable(made.kind, made.by, made.terms, ends)


def fitting(page: Page, move: Move) -> str:
    """What is wrong with a move on this page; nothing, if it may be made."""
    match move:
        case Choose(step, option):
            if page.asks != "choice" or step != page.step or option not in [way.option for way in page.ways]:
                return f"{step}.{option} answers no question that is asked"
        case Guess(step, visit, option, p):
            if page.asks != "guess" or (step, visit) != (page.step, page.visit) or not 0 <= p <= 1:
                return f"a guess at {step} where none is asked"
            if option not in [way.option for way in page.ways]:
                return f"a guess at {option}, which cannot come of {step}"
        case Undo():
            return ""
        case _:
            assert_never(move)
    return ""


def check(playing: Playing, moves: Sequence[Move]) -> None:
    """Plays the moves one by one.

    Raises:
        WrongInput: one of them could not have been made.
    """
    for n, move in enumerate(moves):
        wrong = fitting(playing.at(moves[:n]).page, move)
        if wrong:
            raise WrongInput(None, f"move {n + 1}: {wrong}", "a game as `courtsim play` makes it")


def is_ruling(actor: str) -> bool:
    """Whether what an actor decides is a ruling or a verdict: a judge, a jury, a court."""
    return actor in (JUDGE, "jury") or actor.endswith("court")


def _certain(spec: ChooserSpec) -> bool:
    """Whether odds leave nothing to guess, whatever has happened."""
    match spec:
        case Odds(shares):
            return any(share == 1 for _, share in shares)
        case ByRows(rows):
            return all(_certain(row.chooser) for row in rows)
        case _:
            return False


def docket_of(walk: Walk) -> list[Event]:
    return [event_of(walk.masks, walk.opening, CASE, n, happening) for n, happening in enumerate(walk.happenings, 1)]


def seen_by(seat: str, events: Sequence[Event]) -> tuple[Event, ...]:
    """A docket without what others spend: that a lawyer knows of his own side alone."""
    return tuple(
        replace(event, details=tuple(d for d in event.details if not isinstance(d, CostIncurred) or d.actor == seat))
        for event in events
    )


def _way(masks: Masks, word: int, code: OptionCode) -> Way:
    option = code.option
    return Way(option.name, option.event, option.says, option.rule, masks.next_offer(code, word) if code.offers else None)


def _standing(masks: Masks, word: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, track in masks.procedure.tracks.items():
        state = str(masks.questions["track", name].read(word))
        if state != track.start or name == "case":
            found[name] = track.states[state].label or state.replace("_", " ")
    return found


def _kind(walk: Walk, step: int) -> AnyDelay | None:
    """The delay of a running clock, that of the offer where it takes it from there."""
    delay: AnyDelay | None = walk.clocks.timing.delays[step]
    if isinstance(delay, Delay) and delay.kind == OfferTerm("open_for"):
        name = walk.masks.questions["offer",].read(walk.word)
        offer = next((offer for offer in walk.opening.offers if offer.name == name), None)
        if offer is not None and offer.open_for is None and offer.open_until is not None:
            return Delay(Until(offer.open_until))
        return None if offer is None else offer.open_for
    return delay


def _known(walk: Walk, step: int) -> bool:
    """Whether everyone knows when a clock runs out: a time limit of the law or of an offer, not a delay of chance."""
    delay = _kind(walk, step)
    if isinstance(delay, Delay):
        return isinstance(delay.kind, Deadline | Until | Fixed | OfferTerm)
    return delay is not None and hasattr(walk.clocks.special.get(step), "trigger")


def _days_left(walk: Walk, step: int) -> int:
    """Whole days left on a clock that stands still."""
    special = walk.clocks.special.get(step)
    if special is None:
        left = walk.clocks.left[step]
        return left // DAY if left < NEVER else 0
    running = special.copy()
    running.run_on(walk.now)
    return max(0, running.due() // DAY - walk.now // DAY)


def _is_lapse(delay: AnyDelay) -> bool:
    return isinstance(delay, Delay) and delay.kind == OfferTerm("open_for")
