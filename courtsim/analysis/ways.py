"""Ways through a law, untimed: the shortest to every option, and the fewest timelines that take them all.

A way is walked as `check` walks: any lawful step at any time. A bare procedure is read with every switch and fact, an offer of
any kind always left, and `prima_facie` free. Small laws are searched breadth first, so their ways are shortest; in large ones
weighted walks, which prefer what they have seen least, find a way to most options and say which are left.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from courtsim.case.masks import Cell, holds
from courtsim.engines.check import FEW_STATES, Node, Search
from courtsim.errors import WrongInput, listed, nearest
from courtsim.procedure.conditions import Value
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario

WALKS = 4_000  # of a law too large to search
IDLE = 1_000  # walks in a row that find nothing new; then it is given up
LONGEST = 300  # moves of a walk
NEARBY = 400  # states looked at for a way on to something that is not yet covered

Progress = Callable[[int], None]


class Start(NamedTuple):
    """How a case opens: what a bare procedure or a drawn fact leaves open; and what follows of itself."""

    facts: Mapping[str, Value]
    switches: Mapping[str, Value]
    word: int
    fires: tuple[str, ...] = ()


class Move(NamedTuple):
    """One lawful option taken: how a path names it, everything that it fires (consequences too), and the state after it.

    A path names an option `step.option`; of a bare procedure `step.option=kind` where it chooses among kinds of offers, and then
    `prima_facie=true` or `false` where that changes.
    """

    names: tuple[str, ...]
    fires: tuple[str, ...]
    word: int


class Way(NamedTuple):
    start: Start
    moves: tuple[Move, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """As `follow` takes it."""
        return tuple(name for move in self.moves for name in move.names)

    @property
    def fires(self) -> frozenset[str]:
        """Every option on it, consequences included."""
        return frozenset(self.start.fires).union(*(move.fires for move in self.moves))

    @property
    def word(self) -> int:
        return self.moves[-1].word if self.moves else self.start.word


class Found(NamedTuple):
    """A way to each option that one was found to; `complete` where every other option is unreachable."""

    ways: Mapping[str, Way]
    complete: bool
    states: frozenset[int] = frozenset()  # the words of all reachable states, where complete


class Reading:
    """A scenario or a bare procedure, made ready to be walked."""

    def __init__(self, subject: Scenario | Procedure) -> None:
        self.subject = subject
        self.procedure = subject.procedure if isinstance(subject, Scenario) else subject
        self.search = Search(subject, self.procedure, frozenset(), 0)
        self.masks = self.search.masks
        self.known: dict[int, list[Move]] = {}
        self.free = [key for key in self.masks.questions if key[0] in ("switch", "fact")]

    def starts(self) -> Iterator[Start]:
        """Every way in which a case may open, the one with most at its default first."""
        usual = self.masks.start({fact.name: fact.default for fact in self.procedure.facts.values()})
        for word in sorted(self.search.starts, key=lambda word: (word ^ usual).bit_count()):
            yield from self.opened(word)

    def opened(self, word: int) -> Iterator[Start]:
        """What follows of an opening: with `prima_facie` free, two."""
        read = {key: self.masks.questions[key].read(word) for key in self.free}
        plain = {key: self._value(key, answer) for key, answer in read.items()}
        facts = {key[1]: value for key, value in plain.items() if key[0] == "fact"}
        switches = {key[1]: value for key, value in plain.items() if key[0] == "switch" and self.masks.free}
        for settled, _, path in self.search.settle(word, 0, None, []):
            yield Start(facts, switches, settled, tuple(path))

    def _value(self, key: tuple[str, ...], answer: object) -> Value:
        """A value that gives this answer: of a number the default, where it does."""
        if not isinstance(answer, Cell):
            assert isinstance(answer, bool | int | float | str)
            return answer
        default = self.procedure.facts[key[1]].default
        if answer.low < float(default) < answer.high or answer.low == default == answer.high:
            return default
        return int(answer.inside) if answer.inside.is_integer() else answer.inside

    def moves(self, word: int) -> list[Move]:
        """Every lawful move from a settled state, in the order of the law."""
        found = self.known.get(word)
        if found is None:
            if len(self.known) > 50_000:
                self.known.clear()
            found = self.known[word] = list(self._moves(word))
        return found

    def _moves(self, word: int) -> Iterator[Move]:
        masks, search = self.masks, self.search
        if word & masks.final:
            return
        node: Node = (word, 0)
        for step in search.steps:
            if not holds(step.silent, word) or holds(step.tolled, word):
                continue
            for option in masks.lawful_options(step, word):
                label = f"{step.step.name}.{option.option.name}"
                for after in search.after(option, word):
                    name = label
                    if masks.free and option.offers is not None and len(option.offers) > 1:
                        name += f"={self.kind(after)}"
                    for settled, _, path in search.settle(after, 0, (option, word, node), [label]):
                        yield Move((name, *self._proved(word, settled)), tuple(path), settled)

    def _proved(self, before: int, after: int) -> tuple[str, ...]:
        if not self.search.splits:
            return ()
        question = self.masks.questions["prima_facie",]
        was, now = question.read(before), question.read(after)
        return () if was == now else (f"prima_facie={str(now).lower()}",)

    def projected(self, word: int) -> int:
        """A state as `check` tells it apart: without the answers of rulings, the offer accepted, an endless supply used up."""
        masks = self.masks
        for key, question in masks.questions.items():
            if key[0] in ("accepted", "answer"):
                word = masks.put(word, key, question.answers[0])
        return word & ~sum(masks.made.values()) if masks.free else word

    def kind(self, word: int) -> str:
        """The kind of the offer made last."""
        name = self.masks.questions["offer",].read(word)
        return next(offer.kind for offer in self.masks.opening.offers if offer.name == name)


def ways(reading: Reading, most_states: int = FEW_STATES, progress: Progress | None = None) -> Found:
    """A way to every option: the shortest, where the law has no more states than that; else one that was met.

    Args:
        progress: called with the number of options found since.
    """
    found: dict[str, Way] = {}
    came: dict[int, tuple[int, Move] | Start] = {}
    queue: deque[int] = deque()
    for start in reading.starts():
        for name in start.fires:
            found.setdefault(name, Way(start))
        if start.word not in came:
            came[start.word] = start
            queue.append(start.word)
    while queue and len(came) <= most_states:
        word = queue.popleft()
        for move in reading.moves(word):
            for name in move.fires:
                if name not in found:
                    before = _back(came, word)
                    found[name] = Way(before.start, (*before.moves, move))
            if move.word not in came:
                came[move.word] = (word, move)
                queue.append(move.word)
    if not queue:
        return Found(found, True, frozenset(came))
    _walk_on(reading, found, progress)
    return Found(found, False)


def _back(came: Mapping[int, tuple[int, Move] | Start], word: int) -> Way:
    moves: list[Move] = []
    while not isinstance(step := came[word], Start):
        word, move = step
        moves.append(move)
    return Way(step, tuple(reversed(moves)))


def _walk_on(reading: Reading, found: dict[str, Way], progress: Progress | None) -> None:
    """Adds what weighted walks meet: the luck is that of a fixed seed."""
    luck = random.Random(1)
    starts = reading.search.starts
    taken: Counter[str] = Counter()
    idle = 0
    for walk in range(WALKS):
        if idle > IDLE:
            break
        before = len(found)
        if walk % 2 and found:  # from where something was found, the rarest first
            names = sorted(found, key=lambda name: taken[name])
            way = found[names[min(int(luck.expovariate(0.1)), len(names) - 1)]]
        else:
            (*_, start) = reading.opened(luck.choice(starts))
            way = Way(start)
        for _ in range(LONGEST):
            moves = reading.moves(way.word)
            if not moves:
                break
            new = [move for move in moves if any(name not in found for name in move.fires)]
            weights = [1.0 / (1 + taken[move.fires[0]]) for move in moves]
            move = luck.choice(new) if new else luck.choices(moves, weights)[0]
            taken[move.fires[0]] += 1
            way = Way(way.start, (*way.moves, move))
            for name in move.fires:
                if name not in found:
                    found[name] = _without_detours(way)
        idle = 0 if len(found) > before else idle + 1
        if progress is not None:
            progress(len(found) - before)


def _without_detours(way: Way) -> Way:
    """The way without what came back to a state where it had been."""
    moves: list[Move] = []
    place = {way.start.word: 0}
    for move in way.moves:
        moves.append(move)
        if move.word in place and move is not way.moves[-1]:
            moves = moves[: place[move.word]]
            place = {word: n for word, n in place.items() if n <= len(moves)}
        else:
            place[move.word] = len(moves)
    return Way(way.start, tuple(moves))


class Cover(NamedTuple):
    """Timelines that together take every option wanted, but those to which no way was found.

    `complete`: what is left no case can ever reach.
    """

    timelines: tuple[Way, ...]
    left: tuple[str, ...]
    complete: bool


def cover(
    reading: Reading, covered: Collection[str] = (), most_states: int = FEW_STATES, progress: Progress | None = None
) -> Cover:
    """Few and short timelines over all options but those already covered.

    Greedy, as covering sets at least cost is hard: of the ways to single options the one that takes the most options not yet
    covered, then on from its end to the nearest of them, until there is none nearby.
    """
    options = [f"{code.step}.{code.option.name}" for code in reading.masks.options]
    for name in covered:
        if name not in options:
            raise WrongInput(None, f"unknown option {name!r}", listed(options), nearest(name, options))
    found = ways(reading, most_states, progress)
    wanted = [name for name in options if name not in set(covered)]
    open_still = {name for name in wanted if name in found.ways}
    timelines: list[Way] = []
    while open_still:
        best = max(
            (found.ways[name] for name in wanted if name in open_still),
            key=lambda way: (len(way.fires & open_still), -len(way.moves)),
        )
        while True:
            open_still -= best.fires
            on = _nearby(reading, best.word, open_still) if open_still else ()
            if not on:
                break
            best = Way(best.start, (*best.moves, *on))
        timelines.append(best)
    return Cover(tuple(timelines), tuple(name for name in wanted if name not in found.ways), found.complete)


def _nearby(reading: Reading, word: int, wanted: Collection[str]) -> tuple[Move, ...]:
    """The shortest way on from a state to one of these options; empty where there is none nearby."""
    came: dict[int, tuple[Move, ...]] = {word: ()}
    queue = deque([word])
    while queue and len(came) <= NEARBY:
        here = queue.popleft()
        for move in reading.moves(here):
            if any(name in wanted for name in move.fires):
                return (*came[here], move)
            if move.word not in came:
                came[move.word] = (*came[here], move)
                queue.append(move.word)
    return ()
