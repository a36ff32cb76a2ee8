"""The exact engine: probabilities and expected values over the event tree, with every delay at its central value.

The tree is walked in time order and never kept: a node is merged with its like until its time comes, then hands its
probability on. What is expected of a node's histories travels with it as a vector (everything asked for is linear in
probability); while the histories are few their whole sums travel too, so that every measure has its distribution.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from courtsim.case.clocks import DAY
from courtsim.case.events import (
    AMOUNTS,
    CostIncurred,
    Counted,
    OfferAccepted,
    OfferMade,
    PublicityGained,
    Published,
    Sentenced,
)
from courtsim.case.masks import Key
from courtsim.choosers.kinds import Decider
from courtsim.engines.midway import Begun
from courtsim.engines.relevance import Relevance
from courtsim.engines.run import plain_head
from courtsim.engines.simulate import Bench
from courtsim.engines.tree import SAME_TIME, Branch, Happened, Node, Tree
from courtsim.errors import WrongInput
from courtsim.procedure.conditions import Value
from courtsim.procedure.law import SPINE
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import TRUTH, Account, Fold, by_truth, convicted, measured, number, payers, rates, worth

WITHIN = 1e-6  # probability that may stay unfollowed
SMALLEST = 1.5e-4  # of that, what one node may have and be left
MOST_NODES = 1_500_000
PROBED = 15_000  # nodes of a tree that are expanded to guess how many it has
MOST_FOLDS = 20_000  # events of histories whose sums are kept apart; beyond that the expected sums alone

Vector: TypeAlias = NDArray[np.float64]
Ending: TypeAlias = tuple[str, int, Sentenced | None, Value | None]  # disposition, when, sentence, the truth
Distribution: TypeAlias = tuple[tuple[float, float], ...]  # value and probability, ascending


class Solved(Struct, frozen=True):
    """Exact answers at central timing.

    Attributes:
        dispositions: state of the spine to probability.
        reached: `track.state` to the probability of ever standing there.
        measures: name to expected value; of a truth, its probability. Given that the case was followed to its end.
        distributions: name to its values with their probabilities, where the histories were few enough to keep apart;
            else of the measures of the disposition and the sentence alone.
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


class _Change(NamedTuple):
    """What one event does to a vector of expected sums."""

    moved: tuple[tuple[int, int, int], ...]  # a track's stretch, and where in it the case now stands
    adds: tuple[tuple[int, float], ...]
    certain: tuple[int, ...]  # from now on
    puts: tuple[tuple[int, float], ...]


class _Layout:
    """Where each expected sum stands in a vector; 0 is the probability itself."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        scenario, procedure = bench.scenario, bench.procedure
        self.size = 1
        states = [(track.name, state) for track in procedure.tracks.values() for state in track.states]
        self.standing = {state: n for n, state in enumerate(states, 1)}
        self.width = len(states)
        self.stretches = {
            track.name: (self.standing[track.name, next(iter(track.states))], len(track.states))
            for track in procedure.tracks.values()
        }
        self.reached, self.days = 1 + self.width, 1 + 2 * self.width
        self.size = 1 + 3 * self.width
        self.counts = self._places(["appearance", "continuance", "trial", "appeal"])
        self.ever = self._places(["trial", "appeal"])
        self.single = self._places(["offers_made", "publicity"])
        self.published = self._places([i.name for i in scenario.evidence.values() if i.disclosable])
        self.costs = self._places(payers(scenario))
        self.events = self._places([e for stated in scenario.values.values() for e in stated.get("event", {})])
        self.terms = self._places([t for stated in scenario.values.values() for t in stated.get("term", {})])
        custody = procedure.custody()
        self.held = [self.standing[custody[0], state] for state in custody[1]] if custody else []
        self.single |= self._places(["in_custody"])
        self._changes: dict[tuple[Happened, ...], _Change] = {}

    def _places(self, names: Sequence[str]) -> dict[str, int]:
        found = {name: self.size + n for n, name in enumerate(dict.fromkeys(names))}
        self.size += len(found)
        return found

    def open(self, word: int, p: float) -> Vector:
        """The vector of a case as it opens in *word*, with probability *p*."""
        vector = np.zeros(self.size)
        vector[0] = p
        for (track, state), n in self.standing.items():
            if word & self.bench.masks.questions["track", track].bit(state):
                vector[n] = vector[self.width + n] = p
        return vector

    def wait(self, vector: Vector, word: int, passed: int) -> None:
        if passed:
            vector[self.days : self.days + self.width] += vector[1 : 1 + self.width] * (passed / DAY)
            if self.held and not word & self.bench.masks.disposing:
                vector[self.single["in_custody"]] += vector[self.held].sum() * (passed / DAY)

    def happen(self, vector: Vector, happened: tuple[Happened, ...]) -> None:
        change = self._changes.get(happened)
        if change is None:
            change = self._changes[happened] = self._change(happened)
        p = vector[0]
        for first, length, stands in change.moved:
            vector[first : first + length] = 0.0
            vector[stands] = vector[self.width + stands] = p
        for place, amount in change.adds:
            vector[place] += amount * p
        for place in change.certain:
            vector[place] = p
        for place, amount in change.puts:
            vector[place] = amount * p

    def _change(self, happened: tuple[Happened, ...]) -> _Change:
        moved: list[tuple[int, int, int]] = []
        adds: list[tuple[int, float]] = []
        certain: list[int] = []
        puts: list[tuple[int, float]] = []
        for event in happened:
            option = self.bench.masks.options[event.code].option
            moved += [(*self.stretches[track], self.standing[track, state]) for track, state in option.to]
            if option.event in self.events:
                adds.append((self.events[option.event], 1.0))
            for detail in event.details:
                match detail:
                    case Counted(what):
                        adds.append((self.counts[what], 1.0))
                        certain += [self.ever[what]] if what in self.ever else []
                    case OfferMade():
                        adds.append((self.single["offers_made"], 1.0))
                    case PublicityGained(amount):
                        adds.append((self.single["publicity"], amount))
                    case CostIncurred(actor, dollars):
                        adds.append((self.costs[actor], dollars))
                    case Published(items):
                        certain += [self.published[item] for item in items]
                    case OfferAccepted(_, terms):
                        given = dict(terms)
                        puts += [(place, number(given.get(term, 0.0))) for term, place in self.terms.items()]
                    case _:
                        pass
        return _Change(tuple(moved), tuple(adds), tuple(certain), tuple(puts))


class _Held:
    """What has come to a node: its probability and expected sums, and its histories while they are few."""

    __slots__ = ("depth", "endings", "folds", "vector")

    def __init__(
        self, vector: Vector, endings: dict[Ending, float], folds: dict[object, tuple[Fold, float]] | None, depth: int
    ) -> None:
        self.vector = vector
        self.endings = endings
        self.folds = folds
        self.depth = depth  # events since time last passed

    def join(self, other: _Held) -> None:
        self.vector += other.vector
        for ending, p in other.endings.items():
            self.endings[ending] = self.endings.get(ending, 0.0) + p
        if self.folds is not None and other.folds is not None:
            for key, (fold, p) in other.folds.items():
                found = self.folds.get(key)
                self.folds[key] = (fold, p if found is None else p + found[1])
        else:
            self.folds = None
        self.depth = max(self.depth, other.depth)


class _Solver:
    def __init__(self, tree: Tree, within: float, progress: Callable[[float], None] | None) -> None:
        self.tree = tree
        self.masks = tree.masks
        self.layout = _Layout(tree.bench)
        self.smallest = within * SMALLEST
        self.progress = progress
        self.spine = tree.bench.procedure.tracks[SPINE].states
        self.waiting: dict[Node, _Held] = {}
        self.order: list[tuple[int, int, int, Node]] = []
        self.ended = _Held(np.zeros(self.layout.size), {}, {}, 0)
        self.nodes = 0
        self.truncated = 0.0
        self.with_folds = True
        self.folded = 0

    def run(self, most: int = MOST_NODES) -> None:
        """Follows the tree to its end, or until *most* nodes were expanded."""
        for root in self.tree.roots():
            fold = Fold(self.masks, root.word)
            endings: dict[Ending, float] = {("", 0, None, fold.truth): root.p}
            held = _Held(self.layout.open(root.word, root.p), endings, {None: (fold, root.p)}, 0)
            self._arrive(Branch(1.0, root.happened, root.node), held, root.word, 0)
        self._walk(most)

    def go_on(self, begun: Sequence[Begun]) -> None:
        """From the middle of a case instead of its opening."""
        for case in begun:
            held, word, since = self._so_far(case)
            for branch in case.branches:
                self._arrive(branch, held, word, since)
        self._walk(MOST_NODES)

    def _so_far(self, case: Begun) -> tuple[_Held, int, int]:
        """What a case has added up to, its state, and when something last happened in it."""
        vector, since = self.layout.open(case.opened, case.p), 0
        fold = Fold(self.masks, case.opened)
        ending: Ending = ("", 0, None, fold.truth)
        spine = self.masks.questions["track", SPINE]
        for tick, code, details in case.happenings:
            before = fold.word
            fold.take((tick, code, details))
            moved = before & spine.all != fold.word & spine.all and fold.word & self.masks.disposing
            happened = (Happened(code, details, str(spine.read(fold.word)) if moved else None),)
            self.layout.wait(vector, before, tick - since)
            self.layout.happen(vector, happened)
            ending, since = self._ending(ending, happened, tick), tick
        return _Held(vector, {ending: case.p}, {None: (fold, case.p)}, 0), fold.word, since

    def _walk(self, most: int) -> None:
        while self.order and self.nodes <= most:
            _, _, _, node = heapq.heappop(self.order)
            held = self.waiting.pop(node)
            if held.vector[0] < self.smallest:
                self.truncated += float(held.vector[0])
                continue
            self._expand(node, held)

    def _expand(self, node: Node, held: _Held) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise WrongInput(None, f"a tree of more than {MOST_NODES:,} nodes", "a larger --within, or `run --timing central`")
        if self.progress is not None and self.nodes % 1000 == 0:
            self.progress(float(self.ended.vector[0]) + self.truncated)
        branches = self.tree.expand(node)
        if held.depth > SAME_TIME:
            raise self.tree.endless(branches)
        for branch in branches:
            self._arrive(branch, held, node.word, node.now)

    def _arrive(self, branch: Branch, held: _Held, word: int, since: int) -> None:
        """A share of what a node held goes where a branch leads."""
        time = branch.time
        vector = held.vector * branch.p
        self.layout.wait(vector, word, time - since)
        self.layout.happen(vector, branch.happened)
        endings: dict[Ending, float] = {}
        for ending, p in held.endings.items():
            after = self._ending(ending, branch.happened, time)
            endings[after] = endings.get(after, 0.0) + p * branch.p
        arrived = _Held(vector, endings, self._folds(branch, held, time), held.depth + 1 if time == since else 0)
        if branch.node is None:
            self.ended.join(arrived)
            return
        found = self.waiting.get(branch.node)
        if found is None:
            self.waiting[branch.node] = arrived
            heapq.heappush(self.order, (branch.node.now, arrived.depth, self.nodes, branch.node))
        else:
            found.join(arrived)

    def _ending(self, ending: Ending, happened: tuple[Happened, ...], time: int) -> Ending:
        disposition, when, sentence, what = ending
        for event in happened:
            for detail in event.details:
                if isinstance(detail, Sentenced):
                    sentence = detail
            if event.disposed is not None and (self.spine[event.disposed].disposes or not disposition):
                disposition, when = event.disposed, time
        return disposition, when, sentence, what

    def _folds(self, branch: Branch, held: _Held, time: int) -> dict[object, tuple[Fold, float]] | None:
        if held.folds is None or not self.with_folds:
            return None
        found: dict[object, tuple[Fold, float]] = {}
        for fold, p in held.folds.values():
            twin = fold.copy()
            twin.pass_time(time)
            for event in branch.happened:
                twin.take((time, event.code, event.details))
            key = twin.standing
            known = found.get(key)
            found[key] = (twin, p * branch.p + (known[1] if known else 0.0))
        self.folded += len(held.folds)
        self.with_folds = self.folded < MOST_FOLDS
        return found


def solve(
    scenario: Scenario,
    *,
    within: float = WITHIN,
    choosers: Mapping[str, Decider] | None = None,
    tracks: Collection[str] | None = None,
    points: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Solved:
    """Exact answers at central timing, or with every delay at *points* equally likely values.

    Args:
        scenario: what to solve.
        within: how much probability may stay unfollowed, about.
        choosers: who decides a step in place of the scenario.
        tracks: which tracks are asked about, beside the spine and all that can influence it; None: all.
        progress: called with the probability that has come to its end.

    Raises:
        WrongInput: the tree is too large, or a track is unknown.
        NotAvailable: the scenario needs a chooser that this engine cannot be.
        StuckCase, EndlessLoop, IllegalStep: what is wrong with the procedure or the script, by name.
    """
    bench = Bench(scenario, choosers)
    asked: set[Key] = {("track", track) for track in (scenario.procedure.tracks if tracks is None else tracks)}
    relevance = Relevance(bench, asked, sums=tracks is None)
    if points > 1:
        _refuse_too_many(bench, relevance, within, points)
    solver = _Solver(Tree(bench, relevance, points), within, progress)
    solver.run()
    solved = _solved(scenario, solver)
    return solved if points == 1 else msgspec.structs.replace(solved, timing=f"points:{points}")


def onward(tree: Tree, begun: Sequence[Begun], *, within: float = WITHIN) -> Solved:
    """Exact answers for a case from where it stands: what has happened counts, what follows is at central timing.

    Args:
        tree: of the scenario, over everything that is to be measured; it may serve many calls.
        begun: the ways in which the case may stand now, with their probabilities (`midway.begun`).
            Distributions are kept where an actor is averse to risk, who alone asks for more than means.
        within: how much probability may stay unfollowed, about.

    Raises:
        WrongInput: the tree is too large.
    """
    solver = _Solver(tree, within, None)
    solver.with_folds = any(stated.get("risk_aversion") for stated in tree.bench.scenario.values.values())
    solver.go_on(begun)
    return _solved(tree.bench.scenario, solver)


def _refuse_too_many(bench: Bench, relevance: Relevance, within: float, points: int) -> None:
    """Estimates the nodes from one and two points, by the power of the number of points that these show.

    Of a tree that is not followed to its end, the nodes are guessed from the probability that came to its end so far.
    """
    counted = []
    for few in (1, 2):
        solver = _Solver(Tree(bench, relevance, few), within, None)
        solver.with_folds = False
        solver.run(PROBED)
        done = float(solver.ended.vector[0]) + solver.truncated
        counted.append(solver.nodes / max(done, 1e-3))
    one, two = counted
    power = max(0.01, math.log2(max(two / one, 1.0)))
    if one * points**power > MOST_NODES:
        largest = int((MOST_NODES / one) ** (1 / power))
        fits = f"points:{largest} at most" if largest > 1 else "central, as no points:K fits"
        estimate = f"{one * points**power:,.0f}"
        raise WrongInput(None, f"points:{points}, a tree of some {estimate} nodes", f"{fits}, or a larger --within")


def _solved(scenario: Scenario, solver: _Solver) -> Solved:
    vector, layout = solver.ended.vector, solver.layout
    followed = float(vector[0])
    left_out = _left_out(solver.tree)
    ends = dict.fromkeys(scenario.procedure.disposing(), 0.0)
    for (disposition, *_), p in solver.ended.endings.items():
        ends[disposition] = ends.get(disposition, 0.0) + p
    reached = {
        f"{track}.{state}": float(vector[layout.width + n])
        for (track, state), n in layout.standing.items()
        if track not in left_out
    }
    return Solved(
        scenario=scenario,
        dispositions=ends,
        reached=reached,
        measures=_measures(scenario, solver, followed, left_out),
        distributions=_distributions(scenario, solver, followed),
        truncated=solver.truncated,
        nodes=solver.nodes,
        left_out=left_out,
    )


def _left_out(tree: Tree) -> tuple[str, ...]:
    """The tracks that some step moves and that the tree does not follow."""
    masks, relevance = tree.masks, tree.relevance
    dropped = [o for o in masks.options if o.step_index >= 0 and o.step_index not in relevance.steps]
    moved = {track for option in dropped for track, _ in option.option.to}
    return tuple(track for track in tree.bench.procedure.tracks if track in moved)


def _measures(scenario: Scenario, solver: _Solver, followed: float, left_out: Collection[str]) -> dict[str, float]:
    layout = solver.layout
    mean = solver.ended.vector / followed
    endings = [(ending, p / followed) for ending, p in solver.ended.endings.items()]
    found: dict[str, float] = {
        "convicted": math.fsum(p for (end, _, s, _), p in endings if convicted(scenario, end, s or Sentenced(kind="verdict"))),
        "days": math.fsum(p * when for (_, when, _, _), p in endings) / DAY,
    }
    for amount in AMOUNTS:
        found[amount] = math.fsum(p * float(getattr(s, amount)) for (_, _, s, _), p in endings if s is not None)
    for (track, state), n in layout.standing.items():
        found[f"days_in.{track}.{state}"] = float(mean[layout.days + n - 1])
    if layout.held:
        found["days_in_custody"] = float(mean[layout.single["in_custody"]])
    for (end, _, _, what), p in endings:
        for name, true in by_truth(scenario, what, end).items():
            found[name] = found.get(name, 0.0) + p * true
    found["publicity"] = float(mean[layout.single["publicity"]])
    found["trial_held"] = float(mean[layout.ever["trial"]])
    found["court_appearances"] = float(mean[layout.counts["appearance"]])
    found["offers_made"] = float(mean[layout.single["offers_made"]])
    found["continuances"] = float(mean[layout.counts["continuance"]])
    found["appealed"] = float(mean[layout.ever["appeal"]])
    found.update({f"cost.{actor}": float(mean[place]) for actor, place in layout.costs.items()})
    ended: dict[str, float] = {}
    for (end, *_), p in endings:
        ended[end] = ended.get(end, 0.0) + p
    account = Account(
        events={event: float(mean[place]) for event, place in layout.events.items()},
        published={item: float(mean[place]) for item, place in layout.published.items()},
        terms={term: float(mean[place]) for term, place in layout.terms.items()},
        ended=ended,
    )
    found.update(worth(scenario, found, account))
    custody = scenario.procedure.custody()
    kept = {"convicted", "days", *AMOUNTS, *by_truth(scenario, None, ""), "days_in_custody"}
    if custody and custody[0] in left_out:
        del found["days_in_custody"]
    followed_in = _in_sums if solver.tree.relevance.sums else _followed
    return {name: value for name, value in found.items() if not left_out or name in kept or followed_in(name, left_out)}


def _followed(measure: str, left_out: Collection[str]) -> bool:
    """Whether a measure is the days on a track that was not left out."""
    return measure.startswith("days_in.") and measure.split(".")[1] not in left_out


def _in_sums(measure: str, left_out: Collection[str]) -> bool:
    """The same where every step that adds to a measure was followed: only the days on a track left out are not known."""
    return not measure.startswith("days_in.") or measure.split(".")[1] not in left_out


def _distributions(scenario: Scenario, solver: _Solver, followed: float) -> dict[str, Distribution]:
    found: dict[str, dict[float, float]] = {}
    if solver.ended.folds is not None and solver.with_folds:
        for fold, p in solver.ended.folds.values():
            for name, value in measured(scenario, fold).measures.items():
                values = found.setdefault(name, {})
                values[float(value)] = values.get(float(value), 0.0) + p / followed
    else:
        for (end, when, sentence, what), p in solver.ended.endings.items():
            given = sentence or Sentenced(kind="verdict")
            numbers = {"convicted": float(convicted(scenario, end, given)), "days": when / DAY}
            numbers |= {amount: float(getattr(given, amount)) for amount in AMOUNTS}
            numbers |= {name: float(true) for name, true in by_truth(scenario, what, end).items()}
            for name, value in numbers.items():
                values = found.setdefault(name, {})
                values[value] = values.get(value, 0.0) + p / followed
    return {name: tuple(sorted(values.items())) for name, values in found.items()}
