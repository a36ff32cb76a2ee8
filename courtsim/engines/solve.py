"""The exact engine: probabilities and expected values over the event tree, with every delay at its central value."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from courtsim.case.events import AMOUNTS
from courtsim.case.masks import Key
from courtsim.choosers.kinds import Decider
from courtsim.engines.graph import Graph
from courtsim.engines.midway import Begun
from courtsim.engines.relevance import Relevance
from courtsim.engines.run import plain_head
from courtsim.engines.simulate import Bench, no_garbage_collection
from courtsim.engines.sums import Before, Distribution, Sums
from courtsim.engines.tree import Root, Tree
from courtsim.errors import WrongInput, listed, nearest
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import TRUTH, Fold, rates

WITHIN = 1e-6  # probability that may stay unfollowed
SMALLEST = 1.5e-4  # of that, what one node may have and be left
MOST_NODES = 1_500_000
PROBED = 15_000  # nodes of a tree that are followed to guess how many it has
EASY = ("convicted", "days", *AMOUNTS, "trial_held", "appealed", *TRUTH)  # their distributions cost nothing
FEW = 4_000  # arrows of a tree so small that every measure is given with its distribution


class Solved(Struct, frozen=True):
    """Exact answers at central timing.

    Attributes:
        dispositions: state of the spine to probability.
        reached: `track.state` to the probability of ever standing there.
        measures: name to expected value; of a truth, its probability. Given that the case was followed to its end.
        distributions: name to its values with their probabilities: of every measure where the tree is small, else of those
            that the end of a case decides and of those asked for.
        truncated: the probability not followed.
        nodes: how many nodes were expanded.
        timing: `central`, or `points:K` where every delay took K equally likely values.
        left_out: tracks that were not followed because they touch nothing that was asked.
    """

    scenario: Scenario
    dispositions: Mapping[str, float]
    reached: Mapping[str, float]
    measures: Mapping[str, float]
    distributions: Mapping[str, Distribution]
    truncated: float
    nodes: int
    left_out: tuple[str, ...]
    timing: str = "central"

    @property
    def rates(self) -> dict[str, float | None]:
        """False pleas and wrongful verdicts as shares of those to whom they may happen; None of nobody."""
        followed = math.fsum(self.dispositions.values())
        counted = {name: self.measures[name] * followed for name in TRUTH if name in self.measures}
        found = rates(self.scenario, counted, self.dispositions)
        return {name: p / of if of > 0 else None for name, (p, of) in found.items()}

    def plain(self) -> dict[str, Any]:
        """As `solve --json` shows it."""
        body = {
            "exact": True,
            "timing": self.timing,
            "dispositions": dict(self.dispositions),
            "reached": dict(self.reached),
            "measures": dict(self.measures),
            "distributions": msgspec.to_builtins(self.distributions),
            "truncated": self.truncated,
            "nodes": self.nodes,
            "left_out": list(self.left_out),
        } | ({"rates": self.rates} if self.rates else {})
        return plain_head(self.scenario, None) | body


def solve(
    scenario: Scenario,
    *,
    within: float = WITHIN,
    choosers: Mapping[str, Decider] | None = None,
    tracks: Collection[str] | None = None,
    points: int = 1,
    distributions: Collection[str] = (),
    progress: Callable[[float], None] | None = None,
) -> Solved:
    """Exact answers at central timing, or with every delay at *points* equally likely values.

    Args:
        scenario: what to solve.
        within: how much probability may stay unfollowed, about.
        choosers: who decides a step in place of the scenario.
        tracks: which tracks are asked about, beside the spine and all that can influence it; None: all.
        distributions: measures whose whole distribution is wanted, beside those that cost nothing.
        progress: called with the probability that has come to its end.

    Raises:
        WrongInput: the tree is too large, or a track or a measure is unknown.
        NotAvailable: the scenario needs a chooser that this engine cannot be.
        StuckCase, EndlessLoop, IllegalStep: what is wrong with the procedure or the script, by name.
    """
    bench = Bench(scenario, choosers)
    asked: set[Key] = {("track", track) for track in (scenario.procedure.tracks if tracks is None else tracks)}
    relevance = Relevance(bench, asked, sums=tracks is None)
    with no_garbage_collection():
        if points > 1:
            _refuse_too_many(bench, relevance, within, points)
        return _solved(
            _grown(Tree(bench, relevance, points), within, progress),
            "central" if points == 1 else f"points:{points}",
            distributions,
        )


def _grown(tree: Tree, within: float, progress: Callable[[float], None] | None = None) -> Graph:
    graph = Graph(tree, tree.roots(), within * SMALLEST, progress=progress)
    graph.grow(MOST_NODES, "a larger --within, or `run --timing central`")
    return graph


def onward(tree: Tree, begun: Sequence[Begun], *, within: float = WITHIN) -> Solved:
    """Exact answers for a case from where it stands: what has happened counts, what follows is at central timing.

    Args:
        tree: of the scenario, over everything that is to be measured; it may serve many calls.
        begun: the ways in which the case may stand now, with their probabilities (`midway.begun`).
            The values of an actor averse to risk have their distributions, who alone asks for more than means.
        within: how much probability may stay unfollowed, about.

    Raises:
        WrongInput: the tree is too large.
    """
    roots: list[Root] = []
    before: list[Before] = []
    for case in begun:
        so_far = _so_far(tree, case)
        for branch in case.branches:
            roots.append(Root(case.p * branch.p, case.opened, branch.happened, branch.node, branch.time))
            before.append(so_far)
    averse = [f"value.{actor}" for actor, each in tree.bench.scenario.values.items() if each.get("risk_aversion")]
    with no_garbage_collection():
        graph = Graph(tree, roots, within * SMALLEST)
        graph.grow(MOST_NODES, "a larger --within")
        return _solved(graph, "central", averse, before)


def _so_far(tree: Tree, case: Begun) -> Before:
    """What a case has added up to, and the states in which it has stood."""
    fold = Fold(tree.masks, case.opened)
    visited = fold.word
    for happening in case.happenings:
        fold.take(happening)
        visited |= fold.word
    return Before(fold, visited)


def _refuse_too_many(bench: Bench, relevance: Relevance, within: float, points: int) -> None:
    """Estimates the nodes from one and two points, by the power of the number of points that these show.

    Of a tree that is not followed to its end, the nodes are guessed from the probability that came to its end so far.
    """
    counted = []
    for few in (1, 2):
        tree = Tree(bench, relevance, few)
        graph = Graph(tree, tree.roots(), within * SMALLEST)
        graph.follow(PROBED)
        counted.append(len(graph.places) / max(graph.ended + graph.truncated, 1e-3))
    one, two = counted
    power = max(0.01, math.log2(max(two / one, 1.0)))
    if one * points**power > MOST_NODES:
        largest = int((MOST_NODES / one) ** (1 / power))
        fits = f"points:{largest} at most" if largest > 1 else "central, as no points:K fits"
        estimate = f"{one * points**power:,.0f}"
        raise WrongInput(None, f"points:{points}, a tree of some {estimate} nodes", f"{fits}, or a larger --within")


def _solved(graph: Graph, timing: str, distributions: Collection[str], before: Sequence[Before] = ()) -> Solved:
    tree, sums = graph.tree, Sums(graph, before)
    scenario = tree.bench.scenario
    left_out = _left_out(tree)
    ends = dict.fromkeys(scenario.procedure.disposing(), 0.0)
    for ledger, p in sums.endings.items():
        ends[ledger.disposition] = ends.get(ledger.disposition, 0.0) + p
    reached, days = sums.tracks(left_out)
    measures = sums.measures()
    of_end = {"convicted", "days", *AMOUNTS, *TRUTH}
    first = ("convicted", "days", *AMOUNTS)
    found = {name: measures[name] for name in first} | days
    found |= {name: value for name, value in measures.items() if name in of_end}
    if not left_out or tree.relevance.sums:  # every step that adds to a measure was followed
        found |= measures
        elsewhere = {f"days_in.{state}": 0.0 for stated in scenario.values.values() for state in stated.get("day_in", {})}
        found |= sums.worths(elsewhere | found)
    unknown = [name for name in distributions if name not in found]
    if unknown:
        raise WrongInput(None, f"unknown measure {unknown[0]!r}", listed(found, most=12), nearest(unknown[0], found))
    free = [name for name in found if name in EASY]
    wanted = list(found) if len(sums.sources) <= FEW else list(dict.fromkeys([*free, *distributions]))
    return Solved(
        scenario=scenario,
        dispositions=ends,
        reached=reached,
        measures=found,
        distributions={name: sums.distribution(name) for name in wanted},
        truncated=graph.truncated,
        nodes=len(graph.places),
        left_out=left_out,
        timing=timing,
    )


def _left_out(tree: Tree) -> tuple[str, ...]:
    """The tracks that some step moves and that the tree does not follow."""
    masks, relevance = tree.masks, tree.relevance
    dropped = [o for o in masks.options if o.step_index >= 0 and o.step_index not in relevance.steps]
    moved = {track for option in dropped for track, _ in option.option.to}
    return tuple(track for track in tree.bench.procedure.tracks if track in moved)
