"""Which of several courts comes first by a figure, and in which order they stand, with a stated chance of error.

Replications are drawn one more at a time, of all courts under the same luck, until the sums of their differences have left a
triangle that narrows; then the pair is decided. Two courts that differ by less than *delta* may be taken either way.

Source: Kim and Nelson, A fully sequential procedure for indifference-zone selection in simulation (ACM TOMACS 11, 2001), with
c = 1; the figures of a replication are taken for normal, those of one court for independent. A whole order decides every pair by
the same test, with the error shared out over all pairs instead of over those of the first with each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx
from msgspec import Struct

from courtsim.analysis.caseload import PILOTS, measured, nested, settling
from courtsim.analysis.steady import Figure, figure
from courtsim.engines.run import plain_head
from courtsim.errors import WrongInput, listed, nearest

if TYPE_CHECKING:
    from courtsim.engines.caseload import Court, Period
    from courtsim.scenario.facts import Scenario

FIRST = 10  # replications before anything is decided: they tell how much the differences vary
AT_MOST = 200
Only = Literal["least", "greatest"]
Observe = Callable[[int, int], float]


class Order(Struct, frozen=True):
    """What was decided.

    Attributes:
        groups: from the least to the greatest, by number; several in one group were not told apart. Where only the first was
            asked for, it stands first and the others behind it, in the order in which they dropped out, the last first.
        values: what each came to in its replications.
        needed: the most replications that any pair could have needed, by how much it varied at first.
        undecided: pairs that were not decided within the replications allowed.
    """

    groups: tuple[tuple[int, ...], ...]
    values: tuple[tuple[float, ...], ...]
    needed: int
    undecided: int = 0


class _Pair:
    """Two that are not told apart yet."""

    def __init__(self, one: int, other: int, values: Sequence[Sequence[float]], delta: float, error: float) -> None:
        self.one, self.other, self.delta = one, other, delta
        apart = [a - b for a, b in zip(values[one], values[other], strict=True)]
        n = len(apart)
        mean = math.fsum(apart) / n
        variance = math.fsum((each - mean) ** 2 for each in apart) / (n - 1)
        eta: float = ((2 * error) ** (-2 / (n - 1)) - 1) / 2
        self.reach = 2 * eta * (n - 1) * variance / delta**2  # replications after which the triangle is shut

    def decided(self, values: Sequence[Sequence[float]]) -> int | None:
        """-1: the first is less; 1: it is greater; 0: alike, and surely within *delta*; None: not yet."""
        n = len(values[self.one])
        apart = math.fsum(values[self.one]) - math.fsum(values[self.other])
        if abs(apart) > max(0.0, self.delta / 2 * (self.reach - n)):
            return -1 if apart < 0 else 1
        return 0 if n >= self.reach else None


def ordered(observe: Observe, count: int, delta: float, error: float, first: int = FIRST, at_most: int = AT_MOST) -> Order:
    """The whole order. Any two shown apart that differ by *delta* or more stand in the right order, but for the chance *error*.

    Args:
        observe: the figure of one of the *count* courts in one replication; both from 0.
        at_most: replications of each; what is not decided by then is shown as not told apart.
    """
    values = _first(observe, count, first)
    pairs = [_Pair(a, b, values, delta, error / math.comb(count, 2)) for a, b in combinations(range(count), 2)]
    needed = _needed(pairs, first)
    found: nx.DiGraph[int] = nx.DiGraph()  # from the less to the greater; both ways where alike
    found.add_nodes_from(range(count))
    while True:
        still = []
        for pair in pairs:
            way = pair.decided(values)
            if way is None:
                still.append(pair)
                continue
            if way <= 0:
                found.add_edge(pair.one, pair.other)
            if way >= 0:
                found.add_edge(pair.other, pair.one)
        pairs = still
        alive = sorted({court for pair in pairs for court in (pair.one, pair.other)})
        if not alive or max(len(each) for each in values) >= at_most:
            break
        _next(observe, values, alive)
    for pair in pairs:
        found.add_edges_from([(pair.one, pair.other), (pair.other, pair.one)])
    # Every two are joined, so the groups that decisions run around in circles in stand in one line.
    whole = nx.condensation(found)
    groups = tuple(tuple(sorted(whole.nodes[n]["members"])) for n in nx.topological_sort(whole))
    return Order(groups, tuple(map(tuple, values)), needed, len(pairs))


def selected(
    observe: Observe, count: int, only: Only, delta: float, error: float, first: int = FIRST, at_most: int = AT_MOST
) -> Order:
    """The first alone: KN as published. Where one is first by *delta* or more it is taken, but for the chance *error*."""
    sign = 1.0 if only == "least" else -1.0

    def turned(court: int, replication: int) -> float:
        return sign * observe(court, replication)

    values = _first(turned, count, first)
    pairs = {(a, b): _Pair(a, b, values, delta, error / (count - 1)) for a, b in combinations(range(count), 2)}
    needed = _needed(pairs.values(), first)
    alive, gone = list(range(count)), list[tuple[int, ...]]()
    while True:
        ways = {pair: pairs[pair].decided(values) for pair in combinations(alive, 2)}
        losers = {(b if way < 0 else a) for (a, b), way in ways.items() if way}
        if losers:
            gone.insert(0, tuple(sorted(losers)))
        alive = [court for court in alive if court not in losers]
        undecided = sum(ways[pair] is None for pair in combinations(alive, 2))
        if not undecided or max(len(each) for each in values) >= at_most:
            break
        _next(turned, values, alive)
    return Order((tuple(alive), *gone), tuple(tuple(sign * value for value in each) for each in values), needed, undecided)


def _first(observe: Observe, count: int, first: int) -> list[list[float]]:
    return [[observe(court, n) for n in range(first)] for court in range(count)]


def _next(observe: Observe, values: list[list[float]], alive: Sequence[int]) -> None:
    for court in alive:
        values[court].append(observe(court, len(values[court])))


def _needed(pairs: Iterable[_Pair], first: int) -> int:
    return max([first, *(math.floor(pair.reach) + 1 for pair in pairs)])


class Ranking(Struct, frozen=True):
    """Courts in the order of a figure.

    Attributes:
        names: of the courts, as they were given; the groups of *order* are numbers in them.
        unsettled: those whose backlog still moves at the end.
        differences: of each court less the first of the order, over the replications that both have, under the same luck.
    """

    scenario: Scenario
    seed: int
    by: str
    delta: float
    error: float
    only: Only | None
    warm_up_days: float
    names: tuple[str, ...]
    order: Order
    unsettled: tuple[str, ...]
    figures: tuple[Figure, ...]
    differences: tuple[Figure, ...]

    @property
    def told_apart(self) -> bool:
        """Whether every place that was asked for is held by one court."""
        return len(self.order.groups[0]) == 1 if self.only else all(len(group) == 1 for group in self.order.groups)


def rank(
    courts: Sequence[tuple[str, Court]],
    by: str,
    delta: float,
    error: float,
    seed: int,
    *,
    only: Only | None = None,
    at_most: int = AT_MOST,
    progress: Callable[[int], None] | None = None,
) -> Ranking:
    """Lives the years of each court until the order is decided. The longest of their warm-ups counts for all.

    Raises:
        WrongInput: no such figure; one that a replication does not have.
    """
    lives = _Lives(courts, seed, progress)
    name = lives.figure_named(by)

    def observe(court: int, replication: int) -> float:
        found = lives.figures(court, replication)[name]
        if math.isnan(found):
            raise WrongInput(None, f"years of {courts[court][0]} in which there is no {name}", "a figure that every year has")
        return found

    if only is None:
        order = ordered(observe, len(courts), delta, error, at_most=at_most)
    else:
        order = selected(observe, len(courts), only, delta, error, at_most=at_most)
    first = order.values[order.groups[0][0]]
    apart = [figure([a - b for a, b in zip(each, first, strict=False)]) for each in order.values]
    names = tuple(name for name, _ in courts)
    unsettled = tuple(name for name, settled in zip(names, lives.settled, strict=True) if not settled)
    figures = tuple(figure(each) for each in order.values)
    start = courts[0][1].scenario
    return Ranking(start, seed, name, delta, error, only, lives.skipped, names, order, unsettled, figures, tuple(apart))


class _Lives:
    """The replications of all courts after one warm-up."""

    def __init__(self, courts: Sequence[tuple[str, Court]], seed: int, progress: Callable[[int], None] | None) -> None:
        self.courts = [court for _, court in courts]
        self.seed = seed
        self.progress = progress
        pilots = [[self._lived(n, replication) for replication in range(PILOTS)] for n in range(len(courts))]
        found = [settling(periods) for periods in pilots]
        self.settled = [settled for _, settled in found]
        stated = [court.caseload.warm_up_days for court in self.courts]
        self.skipped = max(float(days) if said is None else said for (days, _), said in zip(found, stated, strict=True))
        self.known: dict[tuple[int, int], Mapping[str, float]] = {
            (n, replication): measured(self.courts[n], period, self.skipped).figures
            for n, periods in enumerate(pilots)
            for replication, period in enumerate(periods)
        }

    def _lived(self, court: int, replication: int) -> Period:
        period = self.courts[court].lived(self.seed, replication)
        if self.progress is not None:
            self.progress(1)
        return period

    def figures(self, court: int, replication: int) -> Mapping[str, float]:
        if (court, replication) not in self.known:
            period = self._lived(court, replication)
            self.known[court, replication] = measured(self.courts[court], period, self.skipped).figures
        return self.known[court, replication]

    def figure_named(self, by: str) -> str:
        shared = [name for name in self.known[0, 0] if all(name in self.known[n, 0] for n in range(len(self.courts)))]
        for name in (by, f"{by}.mean"):
            if name in shared:
                return name
        raise WrongInput(None, f"unknown figure {by!r}", listed(shared, 40), nearest(by, shared))


def plain(found: Ranking) -> dict[str, Any]:
    """As `--json` shows it."""
    rows = [
        {
            "name": found.names[n],
            "rank": rank,
            "replications": len(found.order.values[n]),
            **nested({"figure.mean": found.figures[n]})["figure"],
            "less_the_first": nested({"figure.mean": found.differences[n]})["figure"],
        }
        for rank, group in places(found.order)
        for n in group
    ]
    return plain_head(found.scenario, found.seed) | {
        "by": found.by,
        "delta": found.delta,
        "error": found.error,
        "only": found.only,
        "warm_up_days": found.warm_up_days,
        "told_apart": found.told_apart,
        "undecided": found.order.undecided,
        "unsettled": list(found.unsettled),
        "order": rows,
    }


def places(order: Order) -> list[tuple[int, tuple[int, ...]]]:
    """Each group with the place that it holds: two that share the first leave no second."""
    found, place = [], 1
    for group in order.groups:
        found.append((place, group))
        place += len(group)
    return found
