"""Backward induction over the event tree: what each option of an actor is worth, and which is best, against the others.

Values are dollars under the scenario's `values`; with risk aversion a they are certainty equivalents,
-ln(E[exp(-a value)]) / a (constant absolute risk aversion, Pratt 1964). An actor cannot tell cases apart that differ in a
fact private to someone else: such nodes are one, weighed by how likely they are, and get one choice (Kuhn 1953).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from courtsim.choosers.kinds import Chooser, FirstRow, Reasoned
from courtsim.engines.relevance import Relevance
from courtsim.engines.simulate import Bench
from courtsim.engines.tree import SAME_TIME, Branch, Node, Tree
from courtsim.engines.worths import Ledger, Values
from courtsim.errors import WrongInput
from courtsim.scenario.facts import Scenario

WITHIN = 1e-4  # probability that may stay unfollowed, whatever the actor does
SMALLEST = 1e-3  # of that, what one node may have and be left
MOST_NODES = 200_000
SHAPE = (  # what a tree and what it is worth are made of, odds apart
    *("starts", "calendar", "facts", "switches", "charges", "searches", "evidence", "offers", "findings", "delays"),
    *("sentencing", "values", "costs", "script", "script_until"),
)

Decides = Callable[[Node, int], str | None]  # at a node and a step: the actor who reasons about it, if any


class _Arrow(NamedTuple):
    """A branch of a node: its probability, what it is worth to each actor on the way, and where it leads."""

    p: float
    worth: tuple[float, ...]  # by actor; at the end with all that counts there
    after: int  # the number of a node, -1 where the case has ended


class _Place:
    """A node of the graph with its options: whoever reasons chooses one, else each has its share."""

    __slots__ = ("actor", "arrows", "known", "node", "options", "shares", "step", "time", "weight")

    def __init__(self, node: Node, weight: float) -> None:
        self.node = node
        self.weight = weight  # how likely chance and the others make it, whatever those who reason do
        self.actor: str | None = None
        self.step = -1  # none where a script says what comes next
        self.time = 0
        self.options: list[str] = []
        self.shares: list[float] = []  # of the options; empty where someone reasons
        self.arrows: list[list[_Arrow]] = []  # by option
        self.known: tuple[object, ...] = ()  # all that the actor can tell it by


class Graph:
    """The event tree kept, with what it is worth on the way: for reasoning backward."""

    def __init__(
        self, tree: Tree, values: Values, decides: Decides, within: float, roots: Sequence[tuple[float, Branch]]
    ) -> None:
        self.tree = tree
        self.values = values
        self.decides = decides
        self.smallest = within * SMALLEST
        self.places: list[_Place] = []
        self.truncated = 0.0
        self.roots: list[_Arrow] = []
        self._numbers: dict[tuple[Node, Ledger], int] = {}
        self._order: list[tuple[int, int, int]] = []
        self._ledgers: list[Ledger] = []
        for p, branch in roots:
            self.roots.append(self._arrow(branch._replace(p=p), Ledger(), 0, p, [0.0] * len(values.actors), 1.0, 0))
        while self._order:
            _, depth, n = heapq.heappop(self._order)
            self._expand(n, depth)

    def _expand(self, n: int, depth: int) -> None:
        place = self.places[n]
        if place.weight < self.smallest:
            self.truncated += place.weight
            return
        if len(self.places) > MOST_NODES:
            raise WrongInput(
                None, f"a tree of more than {MOST_NODES:,} nodes to reason about", "fewer steps (--at STEP), or a larger --within"
            )
        ways = self._ways(place)
        if depth > SAME_TIME:
            raise self.tree.endless([branch for way in ways for branch in way])
        waited = self.values.waiting(place.node.word, place.time - place.node.now)
        after = depth + 1 if place.time == place.node.now else 0
        for option, way in enumerate(ways):
            weight = place.weight * (place.shares[option] if place.shares else 1.0)
            place.arrows.append([self._arrow(b, self._ledgers[n], place.time, weight, waited, b.p, after) for b in way])

    def _ways(self, place: _Place) -> list[list[Branch]]:
        """The branches of each option of a node; fills in who decides, and when."""
        node, tree = place.node, self.tree
        found = tree.next_step(node)
        if found is None or node.entry < len(tree.entries):
            branches = tree.expand(node)
            place.time = branches[0].time
            place.shares, place.options = [1.0], [""]
            return [branches]
        place.step = step = found[0]
        (place.time,) = tree.held(step, max(found[1], node.now))
        place.actor = self.decides(node, step)
        if place.actor is None:
            shares = tree.shares(node, step, place.time)
            place.shares = [p for p, _ in shares]
            codes = [code for _, code in shares]
        else:
            codes = tree.masks.lawful_options(tree.masks.steps[step], node.word)
            place.known = (place.actor, self._seen(node, place.actor))
        place.options = [code.option.name for code in codes]
        return [tree.happen(node, step, place.time, [(1.0, code)]) for code in codes]

    def reweighed(self, scenario: Scenario) -> bool:
        """Takes the odds of another scenario of the same law, delays, offers and values; False where that needs a new graph.

        A new one is needed where an option becomes possible or impossible, where the answers behind rulings do, and where
        someone must guess a private fact.
        """
        known = self.values.scenario
        if scenario.private or any(getattr(scenario, part) != getattr(known, part) for part in SHAPE):
            return False
        tree = Tree(Bench(scenario), self.tree.relevance)
        new: list[list[float]] = []
        for place in self.places:
            shares = place.shares
            if place.step >= 0 and place.shares and place.arrows:
                found = tree.shares(place.node, place.step, place.time)
                if [code.option.name for _, code in found] != place.options:
                    return False
                shares = [p for p, _ in found]
            new.append(shares)
        for place, shares in zip(self.places, new, strict=True):
            place.shares = shares
        return True

    def _seen(self, node: Node, actor: str) -> Node:
        """The node as the actor sees it: without the facts that are private to others."""
        private = self.tree.bench.scenario.private
        hidden = [fact for fact, knows in private.items() if knows != actor]
        erased = sum(self.tree.masks.questions["fact", fact].all for fact in hidden)
        return node._replace(word=node.word & ~erased)

    def _arrow(
        self, branch: Branch, ledger: Ledger, time: int, weight: float, waited: Sequence[float], p: float, depth: int
    ) -> _Arrow:
        ledger = self.values.entered(ledger, branch.happened, time)
        on_the_way = [a + b for a, b in zip(waited, self.values.of_events(branch.happened), strict=True)]
        if branch.node is None:
            end = self.values.at_the_end(ledger)
            return _Arrow(branch.p, tuple(a + b for a, b in zip(on_the_way, end, strict=True)), -1)
        key = (branch.node, ledger)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.places)
            self.places.append(_Place(branch.node, 0.0))
            self._ledgers.append(ledger)
            heapq.heappush(self._order, (branch.node.now, depth, number))
        self.places[number].weight += weight * p
        return _Arrow(branch.p, tuple(on_the_way), number)


class Plan:
    """The best choices over a graph, found backward, and what every option is worth under them.

    Attributes:
        value: what the whole case is worth to each actor, by actor.
        choice: what the actor can tell a node by, to the option chosen there.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.values = graph.values
        self.choice: dict[tuple[object, ...], int] = {}
        self._groups: dict[tuple[object, ...], list[int]] = {}
        for n, place in enumerate(graph.places):
            if place.actor is not None:
                self._groups.setdefault(place.known, []).append(n)
        self._found: list[tuple[float, ...] | None] = [None] * len(graph.places)
        for n in sorted(range(len(graph.places)), key=lambda n: -graph.places[n].node.now):
            self._value(n)
        self.value = dict(zip(self.values.actors, self._mean(graph.roots), strict=True))

    def _value(self, n: int) -> tuple[float, ...]:
        found = self._found[n]
        if found is None:
            place = self.graph.places[n]
            too_unlikely = not place.arrows
            found = (0.0,) * len(self.values.actors) if too_unlikely else self._mean(self._taken(place))
            self._found[n] = found
        return found

    def _taken(self, place: _Place) -> list[_Arrow]:
        """The branches of a node under the best choices, with their probabilities."""
        if place.actor is not None:
            return place.arrows[self._chosen(place)]
        return [
            arrow._replace(p=share * arrow.p)
            for share, arrows in zip(place.shares, place.arrows, strict=True)
            for arrow in arrows
        ]

    def _mean(self, arrows: Sequence[_Arrow]) -> tuple[float, ...]:
        """Expected values, or certainty equivalents, over the branches that were followed."""
        followed = [a for a in arrows if a.after < 0 or self.graph.places[a.after].arrows]
        share = math.fsum(a.p for a in followed)
        if not followed or share <= 0:
            return (0.0,) * len(self.values.actors)
        means = []
        for n, aversion in enumerate(self.values.aversion):
            worths = [(a.p / share, a.worth[n] + (self._value(a.after)[n] if a.after >= 0 else 0.0)) for a in followed]
            means.append(certainty_equivalent(worths, aversion))
        return tuple(means)

    def _chosen(self, place: _Place) -> int:
        """The option that is best over all nodes that the actor cannot tell apart; ties: the first in the file."""
        known = self.choice.get(place.known)
        if known is None:
            members = [self.graph.places[n] for n in self._groups[place.known]]
            members = [member for member in members if member.arrows]
            totals = [self._over(members, option) for option in range(len(place.options))]
            known = self.choice[place.known] = totals.index(max(totals))
        return known

    def _over(self, members: Sequence[_Place], option: int) -> float:
        actor = self.values.actors.index(str(members[0].actor))
        weights = math.fsum(member.weight for member in members)
        worths = [(m.weight / weights, self._mean(m.arrows[option])[actor]) for m in members]
        return certainty_equivalent(worths, self.values.aversion[actor])

    def worth_of(self, actor: str, to: str | None = None, table: str | None = None) -> dict[str, dict[str, float]]:
        """Step of *actor* to option to what it is worth, averaged over the first visits, the rest chosen as well as can be.

        Args:
            to: to whom; none: to the actor.
            table: only where this offer is on the table.
        """
        place_in = self.values.actors.index(to or actor)
        offers = self.graph.tree.masks.questions["offer",]
        sums: dict[tuple[str, str], list[tuple[float, float]]] = {}
        seen = self._first_visits(actor)
        for n, weight in seen.items():
            place = self.graph.places[n]
            if table is not None and offers.read(place.node.word) not in (table, None):
                continue
            step = self.graph.tree.masks.steps[place.step].step.name
            for option, arrows in zip(place.options, place.arrows, strict=True):
                sums.setdefault((step, option), []).append((weight, self._mean(arrows)[place_in]))
        found: dict[str, dict[str, float]] = {}
        for (step, option), worths in sums.items():
            weights = math.fsum(w for w, _ in worths)
            if weights > 0:
                found.setdefault(step, {})[option] = math.fsum(w * v for w, v in worths) / weights
        return found

    def _first_visits(self, actor: str) -> dict[int, float]:
        """The nodes at which the actor first decides a step, with their probability under the best choices."""
        places = self.graph.places
        found: dict[int, float] = {}
        waiting: list[tuple[int, int]] = []
        order = sorted(range(len(places)), key=lambda n: (places[n].node.now, n))
        rank = {n: r for r, n in enumerate(order)}
        by_place: dict[int, dict[frozenset[int], float]] = {}
        for arrow in self.graph.roots:
            if arrow.after >= 0:
                by_place.setdefault(arrow.after, {})[frozenset()] = arrow.p
                heapq.heappush(waiting, (rank[arrow.after], arrow.after))
        done: set[int] = set()
        while waiting:
            _, n = heapq.heappop(waiting)
            if n in done:
                continue
            done.add(n)
            place = places[n]
            if not place.arrows:
                continue
            for decided, p in by_place.get(n, {}).items():
                after = decided
                if place.actor == actor and place.step not in decided:
                    found[n] = found.get(n, 0.0) + p
                    after = decided | {place.step}
                for arrow in self._taken(place):
                    if arrow.after >= 0:
                        there = by_place.setdefault(arrow.after, {})
                        there[after] = there.get(after, 0.0) + p * arrow.p
                        heapq.heappush(waiting, (rank[arrow.after], arrow.after))
        return found


def certainty_equivalent(worths: Sequence[tuple[float, float]], aversion: float) -> float:
    """The sure amount worth as much as a lottery of (probability, dollars) under constant absolute risk aversion."""
    if not aversion:
        return math.fsum(p * value for p, value in worths)
    exponents = [-aversion * value for _, value in worths]
    most = max(exponents)
    return -(most + math.log(math.fsum(p * math.exp(e - most) for (p, _), e in zip(worths, exponents, strict=True)))) / aversion


def reasoner_of(chooser: Chooser | None, node: Node) -> str | None:
    """The actor for whose good a step is decided in this state, where the scenario has it decided so."""
    while isinstance(chooser, FirstRow):
        chooser = chooser.row(node.word)
    return chooser.actor if isinstance(chooser, Reasoned) else None


def graph_of(
    scenario: Scenario,
    actors: Sequence[str],
    reasoning: Collection[str],
    within: float = WITHIN,
    at: tuple[Sequence[tuple[float, int]], int, int] | None = None,
    steps: Collection[str] = (),
) -> Graph:
    """The graph of a scenario from its opening, or from a state and a time.

    Args:
        actors: whose values are followed.
        reasoning: those of them who decide their steps by reasoning; steps with `rational` are decided so anyhow.
        steps: which steps of theirs; none named: all.
        at: words with their probabilities, the ticks since the opening, and the step that is due: every other clock that
            runs is taken as just started.
    """
    bench = Bench(scenario)
    reasoned = {c.actor for chooser in bench.choosers.values() for c in _all(chooser) if isinstance(c, Reasoned)}
    values = Values(bench, list(dict.fromkeys([*actors, *sorted(reasoned)])))
    ends_alone = all(set(stated) <= {"final", "day_pending", "risk_aversion"} for stated in values.stated)
    tree = Tree(bench, Relevance(bench, values.tracks, values.tracks, sums=not ends_alone))

    def decides(node: Node, step: int) -> str | None:
        by = bench.by[step]
        options = bench.masks.lawful_options(bench.masks.steps[step], node.word)
        if len(options) < 2:
            return None
        name = bench.masks.steps[step].step.name
        if by in reasoning and (not steps or name in steps):
            return by
        return reasoner_of(bench.choosers.get(name), node)

    if at is not None:
        words, now, due = at
        return Graph(tree, values, decides, within, [(p, Branch(p, (), tree.fresh(word, now, due))) for p, word in words])
    roots = [(root.p, Branch(root.p, root.happened, root.node)) for root in tree.roots()]
    return Graph(tree, values, decides, within, roots)


def _all(chooser: Chooser) -> list[Chooser]:
    return [c for _, row in chooser.rows for c in _all(row)] if isinstance(chooser, FirstRow) else [chooser]
