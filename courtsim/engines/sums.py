"""What a grown tree adds up to: expected sums, ends, and the whole distribution of any measure.

Everything is of the cases that were followed to their end. Most of what is asked adds up over the arrows, whatever came
before. The rest must know something of what came before: what counts once (`Ledger`), whether the case was in a state
that may come back, and where a track stands that the tree has forgotten. That travels along, arrow by arrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Iterable
from itertools import pairwise
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from courtsim.case.clocks import DAY
from courtsim.case.events import AMOUNTS, CostIncurred, Counted, OfferMade, PublicityGained, Sentenced
from courtsim.engines.graph import Graph
from courtsim.engines.tree import NOW, SETTING, Happened, Root
from courtsim.engines.worths import Ledgers, Values, worth_of
from courtsim.errors import WrongInput
from courtsim.scenario.outcome import Account, Ledger, convicted, number, payers, worth

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Distribution: TypeAlias = tuple[tuple[float, float], ...]  # value and probability, ascending
Past = TypeVar("Past", bound=Hashable)  # what travels along

MOST_VALUES = 5_000_000  # that may arrive anywhere, of one distribution
DIGITS = 9  # of a sum of dollars: two ways to the same sum may differ in the last bits


class Sums:
    """The sums over a graph in which nobody reasons.

    Attributes:
        followed: the probability of the cases followed to their end.
        endings: what counted at the end, to its probability.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.tree = graph.tree
        self.masks = graph.tree.masks
        self.scenario = graph.tree.bench.scenario
        self._flatten()
        self.ledgers = Ledgers(self.tree)
        enter, tells = self.ledgers.enter, [self.ledgers.tells(n) > 0 for n in range(len(self.tree.happenings))]
        held = self._travel(lambda _word: 0, lambda ledger, arrow: enter(ledger, self.whats[arrow], self.times[arrow]), tells)
        self.endings = {self.ledgers.all[ledger]: p for ledger, p in held[self.end].items()}

    def _flatten(self) -> None:
        """The graph as lists, an entry for each arrow; the end, and what was not followed, are two more places."""
        places = self.graph.places
        self.end, lost = len(places), len(places) + 1
        self.sources: list[int] = []
        self.targets: list[int] = []
        self.chances: list[float] = []
        self.whats: list[int] = []
        self.times: list[int] = []
        for n, place in enumerate(places):
            for share, arrows in zip(place.shares, place.arrows):  # noqa: B905 (of one length)
                for p, what, time, after, _ in arrows:
                    self.sources.append(n)
                    self.targets.append(self.end if after is None else after.number if after.number >= 0 else lost)
                    self.chances.append(share * p)
                    self.whats.append(what)
                    self.times.append(time)
        ends = [0.0] * (len(places) + 2)  # the probability to be followed to the end from each place
        ends[self.end] = 1.0
        levels = [0] * (len(places) + 2)  # the most arrows from each place to an end
        for n in range(len(self.sources) - 1, -1, -1):
            source, target = self.sources[n], self.targets[n]
            ends[source] += self.chances[n] * ends[target]
            if levels[target] >= levels[source]:
                levels[source] = levels[target] + 1
        self.ends = ends
        self.arrow_sources: Ints = np.array(self.sources, dtype=np.int64)
        self.arrow_targets: Ints = np.array(self.targets, dtype=np.int64)
        self.arrow_whats: Ints = np.array(self.whats, dtype=np.int64)
        self.arrow_chances: Floats = np.array(self.chances)
        self.levels: Ints = np.array(levels, dtype=np.int64)
        self.weights: Floats = np.array([place.weight for place in places])
        self.onward: Floats = self.arrow_chances * np.array(ends)[self.arrow_targets]
        waits = np.array(self.times) - np.array([place.node[NOW] for place in places], dtype=np.int64)[self.arrow_sources]
        # How long a case that is followed to its end stays at a place (in ticks), and how often each thing happens.
        self.stay: list[float] = np.bincount(self.arrow_sources, self.onward * waits, self.end).tolist()
        flow = self.weights[self.arrow_sources] * self.onward
        self.often: list[float] = np.bincount(self.arrow_whats, flow, len(self.tree.happenings)).tolist()
        self.opened: list[tuple[Root, int]] = []
        for root, found, _ in self.graph.roots:
            first = self.end if found is None else found.number if found.number >= 0 else lost
            self.opened.append((root, first))
            self.often[root.happened] += root.p * ends[first]
        self.followed = math.fsum(root.p * ends[first] for root, first in self.opened)
        # An opening is the arrow -1 - n of root n: it is read from the end of these.
        self.whats += [root.happened for root, _ in reversed(self.opened)]
        self.times += [0] * len(self.opened)

    def _travel(
        self,
        start: Callable[[int], Past],
        after: Callable[[Past, int], Past],
        tells: list[bool] | None = None,
        most: float = math.inf,
    ) -> list[dict[Past, float]]:
        """What has come to each place, with its probability.

        Args:
            start: from the word of a case as it opens, to what travels.
            after: of what travels, and the number of an arrow, to what comes out of it. What followed the opening is the
                arrow -1 - n of root n.
            tells: by what happened, whether it changes anything; None: ask always.
            most: how much may arrive.
        """
        held: list[dict[Past, float]] = [{} for _ in range(self.end + 2)]
        for n, (root, place) in enumerate(self.opened):
            past = after(start(root.word), -1 - n)
            held[place][past] = held[place].get(past, 0.0) + root.p
        arrived = 0
        arrows = zip(self.sources, self.targets, self.chances, self.whats)  # noqa: B905 (of one length)
        for n, (source, target, chance, what) in enumerate(arrows):
            here, there = held[source], held[target]
            arrived += len(here)
            if arrived > most:
                raise OverflowError
            if tells is None or tells[what]:
                for past, p in here.items():
                    new = after(past, n)
                    there[new] = there.get(new, 0.0) + p * chance
            else:
                for past, p in here.items():
                    there[past] = there.get(past, 0.0) + p * chance
        return held

    # -- where the tracks stand

    def tracks(self, left_out: Collection[str]) -> tuple[dict[str, float], dict[str, float]]:
        """Of each state of the tracks not left out: the probability of ever standing there, and the expected days.

        Backward: for each place how long each track will still stand where it stands, whatever that is, and how likely a
        case is still to come to each state that may come back. All others are entered once, so entries add up.
        """
        questions = {key[1]: q for key, q in self.masks.questions.items() if key[0] == "track" and key[1] not in left_out}
        entering = self._entering()
        back = [bit for bit in self._coming_back(entering) if any(bit & q.all for q in questions.values())]
        stays = np.ones((len(self.tree.happenings), len(questions) + len(back)))
        for n, question in enumerate(questions.values()):
            for bit in _bits_of(question.all):
                stays[entering.get(bit, []), n] = 0.0
        ahead = np.zeros((self.end + 2, len(questions) + len(back)))
        ahead[: self.end, : len(questions)] = np.array(self.stay)[:, None]
        for n, bit in enumerate(back, len(questions)):
            stays[entering[bit], n] = 0.0
            enters = np.isin(self.arrow_whats, entering[bit])
            ahead[: self.end, n] = np.bincount(self.arrow_sources[enters], self.onward[enters], self.end)
        self._look_back(ahead, stays)
        came = self.weights[self.arrow_sources] * self.arrow_chances
        found: dict[str, float] = {}
        lasting: dict[str, float] = {}
        for n, (track, question) in enumerate(questions.items()):
            stayed = np.bincount(self.arrow_whats, came * ahead[self.arrow_targets, n], len(self.tree.happenings))
            for name in question.answers:
                bit = question.bit(name)
                last = [what for what in entering.get(bit, ()) if self._brought(what, question.all) == bit]
                ticks = float(stayed[last].sum())
                reached = 0.0 if bit in back else math.fsum(self.often[what] for what in entering.get(bit, ()))
                for root, place in self.opened:
                    brought = self._brought(root.happened, question.all) or root.word & question.all
                    ticks += root.p * float(ahead[place, n]) if brought == bit else 0.0
                    was_there = root.word & bit or root.happened in entering.get(bit, ())
                    if bit in back:
                        later = float(ahead[place, len(questions) + back.index(bit)])
                        reached += root.p * (self.ends[place] if was_there else later)
                    elif root.word & bit:
                        reached += root.p * self.ends[place]
                found[f"{track}.{name}"] = reached
                lasting[f"days_in.{track}.{name}"] = ticks / DAY / self.followed
        return found, lasting

    def _look_back(self, ahead: Floats, stays: Floats) -> None:
        """Adds to each place what is ahead of where its arrows lead, as far as what happens lets it stay."""
        order = np.argsort(self.levels[self.arrow_sources], kind="stable")  # arrows are by source already
        levels = self.levels[self.arrow_sources][order]
        starts = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), len(order)]
        for first, last in pairwise(starts):
            arrows = order[first:last]
            sources = self.arrow_sources[arrows]
            begins = np.concatenate(([0], np.flatnonzero(np.diff(sources)) + 1))
            onward = ahead[self.arrow_targets[arrows]] * stays[self.arrow_whats[arrows]] * self.arrow_chances[arrows, None]
            ahead[sources[begins]] += np.add.reduceat(onward, begins)

    def _brought(self, what: int, asked: int) -> int:
        """Where what happened leaves a track (the bits *asked*), 0 where it does not move it."""
        return self._move(self.tree.happenings[what], asked)[1]

    def _entering(self) -> dict[int, list[int]]:
        """The bit of a track's state, to all that may happen and brings the track there."""
        found: dict[int, list[int]] = {}
        for what, happened in enumerate(self.tree.happenings):
            for event in happened:
                for track, state in self.masks.options[event.code].option.to:
                    found.setdefault(self.masks.questions["track", track].bit(state), []).append(what)
        return found

    def _coming_back(self, entering: dict[int, list[int]]) -> list[int]:
        """The states that a case may enter more than once: over these, entries do not add up to a probability."""
        settings = np.array([*(place.node[SETTING] for place in self.graph.places), -1, -1], dtype=np.int64)
        arrows = np.stack([settings[self.arrow_sources], settings[self.arrow_targets], self.arrow_whats])
        moves: dict[int, set[tuple[int, int]]] = {}
        for source, target, what in np.unique(arrows, axis=1).T.tolist():
            moves.setdefault(what, set()).add((source, target))
        ahead = _closure({move for found in moves.values() for move in found})
        roots = {root.happened for root, _ in self.opened}
        found: list[int] = []
        for bit, whats in entering.items():
            steps = {move for what in whats for move in moves.get(what, ())}
            before = sum(1 << source for source in {source for source, _ in steps})
            opening = any(root.word & bit for root, _ in self.opened) or not roots.isdisjoint(whats)
            twice = any(len([e for e in self.tree.happenings[w] if self._brings(e, bit)]) > 1 for w in whats)
            if twice or (opening and steps) or any(after >= 0 and (ahead[after] | 1 << after) & before for _, after in steps):
                found.append(bit)
        return found

    def _brings(self, event: Happened, bit: int) -> bool:
        to = self.masks.options[event.code].option.to
        return any(self.masks.questions["track", track].bit(state) == bit for track, state in to)

    def _move(self, happened: tuple[Happened, ...], asked: int) -> tuple[int, int]:
        """What happened as a mask of what stays and the bits that are new, of those *asked*."""
        keep, put = -1, 0
        for event in happened:
            for track, state in self.masks.options[event.code].option.to:
                question = self.masks.questions["track", track]
                bit = question.bit(state)
                if bit & asked:
                    keep, put = keep & ~question.all, put & ~question.all | bit
        return keep, put

    # -- measures

    def measures(self) -> dict[str, float]:
        """The mean of each measure but the days in states."""
        endings = [(ledger, p / self.followed) for ledger, p in self.endings.items()]
        found: dict[str, float] = {
            "convicted": math.fsum(p * self._convicted(ledger) for ledger, p in endings),
            "days": math.fsum(p * ledger.disposed_at for ledger, p in endings) / DAY,
        }
        for amount in AMOUNTS:
            found[amount] = math.fsum(p * _amount(ledger, amount) for ledger, p in endings)
        found["publicity"] = self._mean("publicity")
        found["trial_held"] = math.fsum(p for ledger, p in endings if ledger.tried)
        for name in ("court_appearances", "offers_made", "continuances"):
            found[name] = self._mean(name)
        found["appealed"] = math.fsum(p for ledger, p in endings if ledger.appealed)
        for actor in payers(self.scenario):
            found[f"cost.{actor}"] = self._mean(f"cost.{actor}")
        return found

    def worths(self, measures: dict[str, float]) -> dict[str, float]:
        """What these means are worth to each actor."""
        published: dict[str, float] = {}
        terms: dict[str, float] = {}
        ended: dict[str, float] = {}
        for ledger, p in self.endings.items():
            share = p / self.followed
            ended[ledger.disposition] = ended.get(ledger.disposition, 0.0) + share
            for item in ledger.published:
                published[item] = published.get(item, 0.0) + share
            for term, given in ledger.terms:
                terms[term] = terms.get(term, 0.0) + share * number(given)
        events: dict[str, float] = {}
        for what, happened in enumerate(self.tree.happenings):
            for event in happened:
                name = self.masks.options[event.code].option.event
                events[name] = events.get(name, 0.0) + self.often[what] / self.followed
        return worth(self.scenario, measures, Account(events=events, published=published, terms=terms, ended=ended))

    def _mean(self, measure: str) -> float:
        added = (self._added(measure, happened) for happened in self.tree.happenings)
        return math.fsum(each * often for each, often in zip(added, self.often, strict=True) if each) / self.followed

    def _added(self, measure: str, happened: tuple[Happened, ...]) -> float:
        """What happened adds to a measure that is a sum."""
        total = 0.0
        for event in happened:
            for detail in event.details:
                match detail:
                    case Counted("appearance") if measure == "court_appearances":
                        total += 1.0
                    case Counted("continuance") if measure == "continuances":
                        total += 1.0
                    case OfferMade() if measure == "offers_made":
                        total += 1.0
                    case PublicityGained(amount) if measure == "publicity":
                        total += amount
                    case CostIncurred(actor, dollars) if measure == f"cost.{actor}":
                        total += dollars
                    case _:
                        pass
        return total

    def _convicted(self, ledger: Ledger) -> bool:
        return convicted(self.scenario, ledger.disposition, ledger.sentence or Sentenced(kind="verdict"))

    # -- distributions

    def distribution(self, measure: str) -> Distribution:
        """The values of a measure with their probabilities.

        Raises:
            WrongInput: no such measure, or too many values.
        """
        of_ledger = self._of_ledger(measure)
        if of_ledger is not None:
            return self._shared((of_ledger(ledger), p) for ledger, p in self.endings.items())
        try:
            if measure.startswith("days_in."):
                return self._shared(self._days_in(measure.split(".", 2)[1], measure.split(".", 2)[2]))
            if measure.startswith("value."):
                return self._shared(self._value(measure))
            return self._shared(self._sum([self._added(measure, happened) for happened in self.tree.happenings]))
        except OverflowError:
            raise WrongInput(
                None, f"{measure}, which takes too many values in this tree", "its mean, or a larger --within"
            ) from None

    def _of_ledger(self, measure: str) -> Callable[[Ledger], float] | None:
        """A measure that what stands in the ledger at the end decides."""
        if measure == "convicted":
            return lambda ledger: float(self._convicted(ledger))
        if measure == "days":
            return lambda ledger: ledger.disposed_at / DAY
        if measure in AMOUNTS:
            return lambda ledger: _amount(ledger, measure)
        if measure == "trial_held":
            return lambda ledger: float(ledger.tried)
        if measure == "appealed":
            return lambda ledger: float(ledger.appealed)
        if measure.startswith("value.") and measure.endswith(".sentence"):
            return lambda ledger: worth_of(self.scenario, ledger)[measure]
        return None

    def _shared(self, values: Iterable[tuple[float, float]]) -> Distribution:
        found: dict[float, float] = {}
        for value, p in values:
            found[value] = found.get(value, 0.0) + p / self.followed
        return tuple(sorted(found.items()))

    def _sum(self, added: list[float]) -> Iterable[tuple[float, float]]:
        whats = self.whats
        held = self._travel(
            lambda _word: 0.0,
            lambda total, arrow: round(total + added[whats[arrow]], DIGITS),
            [bool(each) for each in added],
            MOST_VALUES,
        )
        return held[self.end].items()

    def _days_in(self, track: str, state: str) -> Iterable[tuple[float, float]]:
        question = self.masks.questions["track", track]
        bit = question.bit(state)
        moves = [self._move(happened, question.all) for happened in self.tree.happenings]
        now = [place.node[NOW] for place in self.graph.places]

        def after(past: tuple[int, bool], arrow: int) -> tuple[int, bool]:
            ticks, there = past
            if there and arrow >= 0:
                ticks += self.times[arrow] - now[self.sources[arrow]]
            keep, put = moves[self.whats[arrow]]
            return ticks, put == bit if keep != -1 else there

        held = self._travel(lambda word: (0, bool(word & bit)), after, None, MOST_VALUES)
        days: dict[int, float] = {}
        for (ticks, _), p in held[self.end].items():
            days[ticks] = days.get(ticks, 0.0) + p
        return [(ticks / DAY, p) for ticks, p in days.items()]

    def _value(self, measure: str) -> Iterable[tuple[float, float]]:
        """`value.<actor>` or its process part: dollars so far, the ledger, and where the tracks stand on which days count."""
        actor = measure.split(".")[1]
        values = Values(self.tree.bench, [actor])
        asked = sum(self.masks.questions[key].all for key in values.tracks)
        moves = [self._move(happened, asked) for happened in self.tree.happenings]
        dollars = [values.of_events(happened)[0] for happened in self.tree.happenings]
        ledgers = Ledgers(self.tree, values.counts)
        now = [place.node[NOW] for place in self.graph.places]
        still = [
            not spent and move == (-1, 0) and not ledgers.tells(n) and not asked
            for n, (spent, move) in enumerate(zip(dollars, moves, strict=True))
        ]

        def after(past: tuple[float, int, int], arrow: int) -> tuple[float, int, int]:
            total, ledger, stands = past
            what = self.whats[arrow]
            if stands and arrow >= 0:
                total += values.waiting(stands, self.times[arrow] - now[self.sources[arrow]])[0]
            keep, put = moves[what]
            return round(total + dollars[what], DIGITS), ledgers.enter(ledger, what, self.times[arrow]), stands & keep | put

        held = self._travel(lambda word: (0.0, 0, word & asked), after, [not each for each in still], MOST_VALUES)
        found: list[tuple[float, float]] = []
        for (total, ledger, _), p in held[self.end].items():
            of_ledger = worth_of(self.scenario, ledgers.all[ledger])
            found.append((round(total + of_ledger[measure], DIGITS), p))
        return found


def _bits_of(mask: int) -> list[int]:
    return [1 << n for n in range(mask.bit_length()) if mask >> n & 1]


def _amount(ledger: Ledger, amount: str) -> float:
    return float(getattr(ledger.sentence, amount)) if ledger.sentence is not None else 0.0


def _closure(moves: set[tuple[int, int]]) -> dict[int, int]:
    """From each setting, all that can come after it, a bit for each."""
    after: dict[int, set[int]] = {}
    for source, target in moves:
        after.setdefault(source, set())
        if target >= 0:
            after[source].add(target)
            after.setdefault(target, set())
    ahead = dict.fromkeys(after, 0)
    order = sorted(after, reverse=True)  # later settings come later, but for loops
    changed = True
    while changed:
        changed = False
        for source in order:
            found = ahead[source]
            for target in after[source]:
                found |= 1 << target | ahead[target]
            if found != ahead[source]:
                ahead[source] = found
                changed = True
    return ahead
