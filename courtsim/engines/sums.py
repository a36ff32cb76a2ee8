"""What a grown tree adds up to: expected sums, ends, and the whole distribution of any measure.

Everything is of the cases that were followed to their end. Most of what is asked adds up over the arrows, whatever came
before. The rest must know something of what came before: what counts once (`Ledger`), whether the case was in a state
that may come back, and where a track stands that the tree has forgotten. That travels along, arrow by arrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from courtsim.case.clocks import DAY
from courtsim.case.events import AMOUNTS, CostIncurred, Counted, OfferMade, PublicityGained, Sentenced
from courtsim.engines.graph import Graph, Place
from courtsim.engines.tree import NOW, SETTING, Happened, Root
from courtsim.engines.worths import Ledgers, Values, worth_of
from courtsim.errors import WrongInput
from courtsim.procedure.law import SPINE
from courtsim.scenario.outcome import TRUTH, Account, Fold, Ledger, by_truth, convicted, held, measured, number, payers, worth

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Distribution: TypeAlias = tuple[tuple[float, float], ...]  # value and probability, ascending
Past = TypeVar("Past", bound=Hashable)  # what travels along

MOST_VALUES = 5_000_000  # that may arrive anywhere, of one distribution
DIGITS = 9  # of a sum of dollars: two ways to the same sum may differ in the last bits


class Before(NamedTuple):
    """What has happened in a case before the root of a tree."""

    fold: Fold
    visited: int  # the states of tracks in which it has stood, as bits


class Sums:
    """The sums over a graph in which nobody reasons.

    Args:
        before: what came before each root; none: the roots are openings.

    Attributes:
        followed: the probability of the cases followed to their end.
        endings: what counted at the end, to its probability.
    """

    def __init__(self, graph: Graph, before: Sequence[Before] = ()) -> None:
        self.graph = graph
        self.tree = graph.tree
        self.masks = graph.tree.masks
        self.scenario = graph.tree.bench.scenario
        self.before = before or [Before(Fold(self.masks, root.word), root.word) for root, _, _ in graph.roots]
        self._flatten()
        self.ledgers = Ledgers(self.tree)
        enter, tells = self.ledgers.enter, [self.ledgers.tells(n) > 0 for n in range(len(self.tree.happenings))]
        come = self._travel(
            lambda root: self.ledgers.number(self.before[root].fold.ledger),
            lambda ledger, arrow: enter(ledger, self.whats[arrow], self.times[arrow]),
            tells,
        )
        self.endings = {self.ledgers.all[ledger]: p for ledger, p in come[self.end].items()}

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
        self.times += [root.time for root, _ in reversed(self.opened)]

    def _travel(
        self,
        start: Callable[[int], Past],
        after: Callable[[Past, int], Past],
        tells: list[bool] | None = None,
        most: float = math.inf,
    ) -> list[dict[Past, float]]:
        """What has come to each place, with its probability.

        Args:
            start: from the number of a root, to what travels.
            after: of what travels, and the number of an arrow, to what comes out of it. What followed the opening is the
                arrow -1 - n of root n.
            tells: by what happened, whether it changes anything; None: ask always.
            most: how much may arrive.
        """
        held: list[dict[Past, float]] = [{} for _ in range(self.end + 2)]
        for n, (root, place) in enumerate(self.opened):
            past = after(start(n), -1 - n)
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
        custody = self.scenario.procedure.custody()
        jails = custody is not None and custody[0] in questions
        columns = len(questions) + len(back) + jails
        stays = np.ones((len(self.tree.happenings), columns))
        for n, question in enumerate(questions.values()):
            for bit in _bits_of(question.all):
                stays[entering.get(bit, []), n] = 0.0
        ahead = np.zeros((self.end + 2, columns))
        ahead[: self.end, : len(questions)] = np.array(self.stay)[:, None]
        for n, bit in enumerate(back, len(questions)):
            stays[entering[bit], n] = 0.0
            enters = np.isin(self.arrow_whats, entering[bit])
            ahead[: self.end, n] = np.bincount(self.arrow_sources[enters], self.onward[enters], self.end)
        if jails and custody:
            open_still = [not self._disposed(place) for place in self.graph.places]
            ahead[: self.end, -1] = np.array(self.stay) * np.array(open_still)
            stays[:, -1] = stays[:, list(questions).index(custody[0])]
        self._look_back(ahead, stays)
        came = self.weights[self.arrow_sources] * self.arrow_chances
        found: dict[str, float] = {}
        lasting: dict[str, float] = {}
        for n, (track, question) in enumerate(questions.items()):
            stayed = self._by_what(came * ahead[self.arrow_targets, n])
            for name in question.answers:
                bit = question.bit(name)
                last = [what for what in entering.get(bit, ()) if self._brought(what, question.all) == bit]
                ticks = float(stayed[last].sum())
                reached = 0.0 if bit in back else math.fsum(self.often[what] for what in entering.get(bit, ()))
                for (root, place), before in zip(self.opened, self.before, strict=True):
                    here = before.fold.word & question.all
                    brought = self._brought(root.happened, question.all) or here
                    ticks += root.p * float(ahead[place, n]) if brought == bit else 0.0
                    so_far = before.fold.in_state.get((track, str(name)), 0) + (here == bit) * (root.time - before.fold.tick)
                    ticks += root.p * self.ends[place] * so_far
                    was_there = before.visited & bit or root.happened in entering.get(bit, ())
                    if bit in back:
                        later = float(ahead[place, len(questions) + back.index(bit)])
                        reached += root.p * (self.ends[place] if was_there else later)
                    elif before.visited & bit:
                        reached += root.p * self.ends[place]
                found[f"{track}.{name}"] = reached
                lasting[f"days_in.{track}.{name}"] = ticks / DAY / self.followed
        if jails and custody:
            stayed = self._by_what(came * ahead[self.arrow_targets, -1])
            lasting["days_in_custody"] = self._in_custody(stayed, ahead[:, -1]) / DAY / self.followed
        return found, lasting

    def _by_what(self, arrows: Floats) -> Floats:
        return np.bincount(self.arrow_whats, arrows, len(self.tree.happenings)).astype(np.float64)

    def _disposed(self, place: Place) -> bool:
        return bool(self.tree.settings[place.node[SETTING]].word & self.masks.disposing)

    def _in_custody(self, stayed: Floats, ahead: Floats) -> float:
        """Expected ticks in custody, from those after each event and those ahead of each place."""
        jails, asked = held(self.masks), self._custody_track()
        whats = [what for what in range(len(stayed)) if self._brought(what, asked) & jails]
        ticks = float(stayed[whats].sum())
        for (root, place), before in zip(self.opened, self.before, strict=True):
            brought = self._brought(root.happened, asked) or before.fold.word & asked
            ticks += root.p * float(ahead[place]) if brought & jails else 0.0
            ticks += root.p * self.ends[place] * self._jailed(root, before)
        return ticks

    def _custody_track(self) -> int:
        custody = self.scenario.procedure.custody()
        return self.masks.questions["track", custody[0]].all if custody else 0

    def _jailed(self, root: Root, before: Before) -> int:
        """Ticks in custody before the root."""
        fold = before.fold
        there = fold.word & held(self.masks) and not fold.word & self.masks.disposing
        return fold.in_custody + (root.time - fold.tick if there else 0)

    def _look_back(self, ahead: Floats, stays: Floats) -> None:
        """Adds to each place what is ahead of where its arrows lead, as far as what happens lets it stay."""
        if not self.sources:
            return
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
            been, enters = any(before.visited & bit for before in self.before), not roots.isdisjoint(whats)
            twice = any(len([e for e in self.tree.happenings[w] if self._brings(e, bit)]) > 1 for w in whats)
            again = (been and enters) or ((been or enters) and bool(steps))
            if twice or again or any(after >= 0 and (ahead[after] | 1 << after) & before for _, after in steps):
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
        for ledger, p in endings:
            for name, true in by_truth(self.scenario, ledger.truth, ledger.disposition).items():
                found[name] = found.get(name, 0.0) + p * true
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
        for (root, place), before in zip(self.opened, self.before, strict=True):
            for name, n in before.fold.events.items():
                events[name] = events.get(name, 0.0) + n * root.p * self.ends[place] / self.followed
        for what, happened in enumerate(self.tree.happenings):
            for event in happened:
                name = self.masks.options[event.code].option.event
                events[name] = events.get(name, 0.0) + self.often[what] / self.followed
        return worth(self.scenario, measures, Account(events=events, published=published, terms=terms, ended=ended))

    def _mean(self, measure: str) -> float:
        added = (self._added(measure, happened) for happened in self.tree.happenings)
        total = math.fsum(each * often for each, often in zip(added, self.often, strict=True) if each)
        for (root, place), before in zip(self.opened, self.before, strict=True):
            total += _so_far(measure, before.fold) * root.p * self.ends[place]
        return total / self.followed

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
            if measure == "days_in_custody":
                return self._shared(self._days(self._custody_track(), held(self.masks), self.masks.disposing))
            if measure.startswith("days_in."):
                _, track, state = measure.split(".", 2)
                question = self.masks.questions["track", track]
                return self._shared(self._days(question.all, question.bit(state), 0))
            if measure.startswith("value."):
                return self._shared(self._value(measure))
            return self._shared(self._sum(measure))
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
        if measure in TRUTH:
            return lambda ledger: float(by_truth(self.scenario, ledger.truth, ledger.disposition)[measure])
        if measure.startswith("value.") and measure.endswith(".sentence"):
            return lambda ledger: worth_of(self.scenario, ledger)[measure]
        return None

    def _shared(self, values: Iterable[tuple[float, float]]) -> Distribution:
        found: dict[float, float] = {}
        for value, p in values:
            found[value] = found.get(value, 0.0) + p / self.followed
        return tuple(sorted(found.items()))

    def _sum(self, measure: str) -> Iterable[tuple[float, float]]:
        whats, added = self.whats, [self._added(measure, happened) for happened in self.tree.happenings]
        come = self._travel(
            lambda root: _so_far(measure, self.before[root].fold),
            lambda total, arrow: round(total + added[whats[arrow]], DIGITS),
            [bool(each) for each in added],
            MOST_VALUES,
        )
        return come[self.end].items()

    def _days(self, asked: int, states: int, unless: int) -> Iterable[tuple[float, float]]:
        """The days in some states of a track (its bits are *asked*), outside those of the spine in *unless*."""
        moves = [self._move(happened, asked) for happened in self.tree.happenings]
        now = [place.node[NOW] for place in self.graph.places]
        counts = [not self.tree.settings[place.node[SETTING]].word & unless for place in self.graph.places]

        def start(n: int) -> tuple[int, bool]:
            root, before = self.opened[n][0], self.before[n]
            if unless:
                return self._jailed(root, before), bool(before.fold.word & states)
            there = bool(before.fold.word & states)
            spent = sum(
                ticks
                for (track, state), ticks in before.fold.in_state.items()
                if self.masks.questions["track", track].bit(state) & states
            )
            return spent + there * (root.time - before.fold.tick), there

        def after(past: tuple[int, bool], arrow: int) -> tuple[int, bool]:
            ticks, there = past
            if there and arrow >= 0 and counts[self.sources[arrow]]:
                ticks += self.times[arrow] - now[self.sources[arrow]]
            keep, put = moves[self.whats[arrow]]
            return ticks, bool(put & states) if keep != -1 else there

        come = self._travel(start, after, None, MOST_VALUES)
        days: dict[int, float] = {}
        for (ticks, _), p in come[self.end].items():
            days[ticks] = days.get(ticks, 0.0) + p
        return [(ticks / DAY, p) for ticks, p in days.items()]

    def _value(self, measure: str) -> Iterable[tuple[float, float]]:
        """`value.<actor>` or its process part: dollars so far, the ledger, and where the tracks stand on which days count."""
        actor = measure.split(".")[1]
        values = Values(self.tree.bench, [actor])
        spine = {("track", SPINE)} if values.tracks else set()  # custody counts only until the case is disposed of
        asked = sum(self.masks.questions[key].all for key in values.tracks | spine)
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

        def start(n: int) -> tuple[float, int, int]:
            root, fold = self.opened[n][0], self.before[n].fold
            all_in = float(measured(self.scenario, fold).measures[f"value.{actor}"])
            total = all_in - worth_of(self.scenario, fold.ledger)[f"value.{actor}"]
            total += values.waiting(fold.word, root.time - fold.tick)[0]
            return round(total, DIGITS), ledgers.number(fold.ledger), fold.word & asked

        come = self._travel(start, after, [not each for each in still], MOST_VALUES)
        found: list[tuple[float, float]] = []
        for (total, ledger, _), p in come[self.end].items():
            of_ledger = worth_of(self.scenario, ledgers.all[ledger])
            found.append((round(total + of_ledger[measure], DIGITS), p))
        return found


def _bits_of(mask: int) -> list[int]:
    return [1 << n for n in range(mask.bit_length()) if mask >> n & 1]


def _so_far(measure: str, fold: Fold) -> float:
    """A measure that is a sum, in a case on its way."""
    match measure:
        case "court_appearances":
            return float(fold.counts["appearance"])
        case "continuances":
            return float(fold.counts["continuance"])
        case "offers_made":
            return float(fold.offers_made)
        case "publicity":
            return fold.publicity
        case _:
            return fold.costs.get(measure.removeprefix("cost."), 0.0)


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
