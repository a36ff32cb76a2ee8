"""Backward induction over the event tree: what each option of an actor is worth, and which is best, against the others.

Values are dollars under the scenario's `values`; with risk aversion a they are certainty equivalents,
-ln(E[exp(-a value)]) / a (constant absolute risk aversion, Pratt 1964). An actor cannot tell cases apart that differ in a
fact private to someone else: such nodes are one, weighed by how likely they are, and get one choice (Kuhn 1953).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from random import Random
from typing import TypeAlias

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from courtsim.choosers.kinds import Chooser, FirstRow, Reasoned
from courtsim.engines.graph import Graph, Place
from courtsim.engines.relevance import Relevance
from courtsim.engines.simulate import Bench, no_garbage_collection
from courtsim.engines.tree import NOW, SETTING, Root, Setting, Tree
from courtsim.engines.worths import Ledgers, Values
from courtsim.scenario.facts import Scenario

WITHIN = 1e-4  # probability that may stay unfollowed, whatever the actor does
SMALLEST = 1e-3  # of that, what one node may have and be left
MOST_NODES = 300_000
COLUMNS = 128  # scenarios weighed together
SHAPE = (  # what a tree and what it is worth are made of, odds apart
    *("starts", "calendar", "facts", "switches", "charges", "searches", "evidence", "offers", "findings", "delays"),
    *("sentencing", "values", "costs", "script", "script_until"),
)

Floats: TypeAlias = NDArray[np.float64]
Worth: TypeAlias = tuple[float, ...]  # by actor
# An arrow that was followed: its probability within its option, its worth on the way (and, at the end, of all that counts
# there), and the number of the place it leads to, -1 where the case has ended.
Way: TypeAlias = tuple[float, Worth, int]
ForkKey: TypeAlias = tuple[int, int]  # a setting and a step
Column: TypeAlias = Floats | float  # a number for each of many scenarios, or one for all
Mixed: TypeAlias = tuple[Column, Column]  # a value, and the probability to be followed to the end
Shares: TypeAlias = Mapping[ForkKey, Sequence[float]]


class Prospects:
    """The event tree grown, with what it is worth on the way: for reasoning backward.

    Attributes:
        places: of the graph, in time order.
        ways: of each place, by option, what was followed.
        roots: the ways into the tree.
    """

    def __init__(self, graph: Graph, values: Values, ledgers: Ledgers, within: float) -> None:
        self.graph = graph
        self.tree = graph.tree
        self.values = values
        self.ledgers = ledgers
        self.places = graph.places
        self.truncated = graph.truncated
        self._allowed = max(within, 2 * graph.truncated)  # to be left out, under other odds too
        self._worths: dict[int, Worth] = {}
        settings, waiting = self.tree.settings, any(values.days_in) or any(values.custody)
        nothing = (0.0,) * len(values.actors)
        self.ways: list[list[list[Way]]] = []
        for place in self.places:
            word, now = settings[place.node[SETTING]].word, place.node[NOW]
            options: list[list[Way]] = []
            for arrows in place.arrows:
                followed: list[Way] = []
                for p, what, time, after, ledger in arrows:
                    if after is None or after.number >= 0:
                        waited = tuple(values.waiting(word, time - now)) if waiting else nothing
                        followed.append((p, self._worth(what, waited, None if after else ledger), _number(after)))
                options.append(followed)
            self.ways.append(options)
        self.roots: list[Way] = [
            (root.p, self._worth(root.happened, nothing, None if place else ledger), _number(place))
            for root, place, ledger in graph.roots
            if place is None or place.number >= 0
        ]

    def _worth(self, what: int, waited: Worth, ledger: int | None) -> Worth:
        """What a wait and what happened are worth, and at an end what stands in the ledger."""
        found = self._worths.get(what)
        if found is None:
            found = self._worths[what] = tuple(self.values.of_events(self.tree.happenings[what]))
        if ledger is None:
            return found if not any(waited) else tuple(a + b for a, b in zip(waited, found, strict=True))
        end = self.values.at_the_end(self.ledgers.all[ledger])
        return tuple(a + b + c for a, b, c in zip(waited, found, end, strict=True))

    def known(self, place: Place) -> tuple[object, ...]:
        """All that the actor who decides at a place can tell it by: the node without facts that are private to others."""
        setting = self.tree.settings[place.node[SETTING]]
        private = self.tree.bench.scenario.private
        hidden = [fact for fact, knows in private.items() if knows != place.fork.actor]
        if not hidden:
            return (place.fork.actor, place.node[SETTING], *place.node[NOW:])
        erased = sum(self.tree.masks.questions["fact", fact].all for fact in hidden)
        seen = (setting.word & ~erased, setting.believed, setting.entry, setting.steps, setting.stands)
        return (place.fork.actor, *seen, *place.node[NOW:])

    # -- other odds

    @cached_property
    def reasoned(self) -> bool:
        """Whether anyone reasons in the tree."""
        return any(place.fork.actor is not None for place in self.places)

    def forks(self) -> dict[ForkKey, Place]:
        """Every step that chance or the others' odds decide, with a place where it comes."""
        found: dict[ForkKey, Place] = {}
        for place in self.places:
            if place.step >= 0 and place.fork.actor is None:
                found.setdefault((place.node[SETTING], place.step), place)
        return found

    def shares_of(self, scenario: Scenario, forks: Mapping[ForkKey, Place] | None = None) -> Shares | None:
        """The odds of another scenario of the same law, delays, offers and values; None where that needs a new tree.

        A new one is needed where an option becomes possible, where the answers behind rulings change, and where someone must
        guess a private fact.
        """
        known = self.values.scenario
        if (scenario.private and self.reasoned) or any(getattr(scenario, part) != getattr(known, part) for part in SHAPE):
            return None
        if not scenario.procedure.says_the_same(known.procedure):
            return None
        # With the same object it shares what is compiled of the law.
        bench = Bench(replace(scenario, digest=known.digest, procedure=known.procedure))
        if bench.masks is not self.tree.masks:
            return None
        tree = Tree(bench, self.tree.relevance)
        found: dict[ForkKey, Sequence[float]] = {}
        for key, place in (self.forks() if forks is None else forks).items():
            shares = {code: p for p, code in tree.weighed(self.tree.settings[key[0]], key[1], place.node[NOW])}
            if not shares.keys() <= set(place.fork.codes):
                return None
            found[key] = [shares.get(code, 0.0) for code in place.fork.codes]
        return found

    def weigh(self, shares: Shares) -> None:
        """Gives the places other odds."""
        for place in self.places:
            if place.step >= 0 and place.fork.actor is None:
                place.shares = shares[place.node[SETTING], place.step]

    def reweighed(self, scenario: Scenario) -> bool:
        """Takes the odds of another scenario; False where that needs a new tree."""
        shares = self.shares_of(scenario)
        if shares is None:
            return False
        self.weigh(shares)
        return self.reasoned or self.unfollowed() <= self._allowed

    @contextmanager
    def drawn_odds(self, chance: Random) -> Iterator[None]:
        """Meanwhile whoever does not reason, and chance itself, has odds drawn at random among what was possible before."""
        shares, ways = [place.shares for place in self.places], self.ways
        for place in self.places:
            if place.fork.actor is None:
                place.shares = _drawn(place.shares, chance)
        self.ways = [[_other_odds(option, chance) for option in options] for options in ways]
        try:
            yield
        finally:
            self.ways = ways
            for place, known in zip(self.places, shares, strict=True):
                place.shares = known

    def unfollowed(self) -> float:
        """The probability of what the tree leaves out, under the odds that its places have now."""
        ends = [0.0] * len(self.places)
        for n in range(len(self.places) - 1, -1, -1):
            for share, ways in zip(self.places[n].shares, self.ways[n]):  # noqa: B905 (of one length)
                for p, _, after in ways:
                    ends[n] += share * p * (1.0 if after < 0 else ends[after])
        return 1.0 - math.fsum(p * (1.0 if after < 0 else ends[after]) for p, _, after in self.roots)

    def over(self, actor: str, shares: Mapping[ForkKey, Floats]) -> tuple[Floats, NDArray[np.bool_]]:
        """What the case is worth to an actor under many odds at once, and whether the tree leaves out little enough.

        An entry for each column of *shares*; forks that are not in it keep their odds. Nobody may reason in the tree.
        """
        place_in = self.values.actors.index(actor)
        columns = len(next(iter(shares.values()))[0]) if shares else 1
        worths, enough = [], []
        for first in range(0, columns, COLUMNS):
            part = {key: each[:, first : first + COLUMNS] for key, each in shares.items()}
            worth, followed = self._over(place_in, part)
            size = min(COLUMNS, columns - first)
            worths.append(np.broadcast_to(worth, (size,)))
            enough.append(np.broadcast_to(1.0 - followed <= self._allowed, (size,)))
        return np.concatenate(worths), np.concatenate(enough)

    def _over(self, place_in: int, shares: Mapping[ForkKey, Floats]) -> tuple[Floats, Floats]:
        """By column: the value of the case, and the probability that it is followed to its end."""
        aversion = self.values.aversion[place_in]
        found: list[Mixed] = [(0.0, 0.0)] * len(self.places)
        for n in range(len(self.places) - 1, -1, -1):
            place = self.places[n]
            weights = shares.get((place.node[SETTING], place.step), place.shares)
            mixed: list[tuple[Column, Column, Column]] = []
            for share, ways in zip(weights, self.ways[n], strict=True):
                for p, worth, after in ways:
                    value, followed = found[after] if after >= 0 else (0.0, 1.0)
                    mixed.append((share * p, worth[place_in] + value, followed))
            found[n] = _mixed(mixed, aversion)
        ends = []
        for p, worth, after in self.roots:
            value, followed = found[after] if after >= 0 else (0.0, 1.0)
            ends.append((p, worth[place_in] + value, followed))
        value, followed = _mixed(ends, aversion)
        return np.asarray(value, dtype=np.float64), np.asarray(followed, dtype=np.float64)


def _drawn(shares: Sequence[float], chance: Random) -> list[float]:
    """Shares of the same sum, drawn uniformly over those that are positive."""
    drawn = [chance.expovariate(1.0) if share > 0 else 0.0 for share in shares]
    whole = math.fsum(drawn)
    return [each * math.fsum(shares) / whole for each in drawn] if whole else list(shares)


def _other_odds(ways: Sequence[Way], chance: Random) -> list[Way]:
    drawn = _drawn([p for p, _, _ in ways], chance)
    return [(p, worth, after) for p, (_, worth, after) in zip(drawn, ways, strict=True)]


def _mixed(ways: Sequence[tuple[Column, Column, Column]], aversion: float) -> Mixed:
    """The mean (or the certainty equivalent) of a lottery of (probability, value, probability to be followed)."""
    if len(ways) == 1 and isinstance(ways[0][0], float):
        p, value, followed = ways[0]
        return value, p * followed
    share: Column = 0.0
    onward: Column = 0.0
    for p, _, followed in ways:
        share = share + p
        onward = onward + p * followed
    known = np.maximum(share, 1e-300)  # where nothing was followed every share is 0, and so is the value
    if not aversion:
        total: Column = 0.0
        for p, value, _ in ways:
            total = total + p * value
        return total / known, onward
    exponents = [np.log(np.maximum(p, 1e-300)) - aversion * value for p, value, _ in ways]
    mixed = exponents[0]
    for exponent in exponents[1:]:
        mixed = np.logaddexp(mixed, exponent)
    return -(mixed - np.log(known)) / aversion, onward


def _number(place: Place | None) -> int:
    return -1 if place is None else place.number


class Plan:
    """The best choices over a tree, found backward, and what every option is worth under them.

    Attributes:
        value: what the whole case is worth to each actor, by actor.
        choice: what the actor can tell a node by, to the option chosen there.
    """

    def __init__(self, prospects: Prospects) -> None:
        self.prospects = prospects
        self.places = prospects.places
        self.values = prospects.values
        self.plain = not any(self.values.aversion)
        self.choice: dict[tuple[object, ...], int] = {}
        self._groups: dict[tuple[object, ...], list[int]] = {}
        self._known: dict[int, tuple[object, ...]] = {}
        for n, place in enumerate(self.places):
            if place.fork.actor is not None:
                self._known[n] = prospects.known(place)
                self._groups.setdefault(self._known[n], []).append(n)
        self._found: list[Worth | None] = [None] * len(self.places)
        for n in range(len(self.places) - 1, -1, -1):
            self._value(n)
        self.value = dict(zip(self.values.actors, self._mean(prospects.roots), strict=True))

    def known(self, n: int) -> tuple[object, ...]:
        """What the actor of a place can tell it by."""
        return self._known[n]

    def _value(self, n: int) -> Worth:
        found = self._found[n]
        if found is None:
            found = self._found[n] = self._mean(self._taken(n))
        return found

    def _taken(self, n: int) -> Sequence[Way]:
        """The ways on from a place under the best choices, with their probabilities."""
        place, ways = self.places[n], self.prospects.ways[n]
        if place.fork.actor is not None:
            return ways[self._chosen(n)]
        if len(ways) == 1:
            return ways[0]
        return [(share * p, worth, after) for share, option in zip(place.shares, ways, strict=True) for p, worth, after in option]

    def _mean(self, ways: Sequence[Way]) -> Worth:
        """Expected values, or certainty equivalents, over the ways that were followed."""
        if len(ways) == 1:
            _, worth, after = ways[0]
            return worth if after < 0 else tuple(a + b for a, b in zip(worth, self._value(after), strict=True))
        share = math.fsum(way[0] for way in ways)
        if share <= 0:
            return (0.0,) * len(self.values.actors)
        means = []
        values = [worth if after < 0 else tuple(map(float.__add__, worth, self._value(after))) for _, worth, after in ways]
        for n, aversion in enumerate(self.values.aversion):
            if aversion:
                worths = [(way[0] / share, value[n]) for way, value in zip(ways, values, strict=True)]
                means.append(certainty_equivalent(worths, aversion))
            else:
                means.append(math.fsum(way[0] * value[n] for way, value in zip(ways, values, strict=True)) / share)
        return tuple(means)

    def _chosen(self, n: int) -> int:
        """The option that is best over all places that the actor cannot tell apart; ties: the first in the file."""
        known = self._known[n]
        chosen = self.choice.get(known)
        if chosen is None:
            members = self._groups[known]
            totals = [self._over(members, option) for option in range(len(self.places[n].fork.codes))]
            chosen = self.choice[known] = totals.index(max(totals))
        return chosen

    def _over(self, members: Sequence[int], option: int) -> float:
        actor = self.values.actors.index(str(self.places[members[0]].fork.actor))
        weights = math.fsum(self.places[m].weight for m in members)
        worths = [(self.places[m].weight / weights, self._mean(self.prospects.ways[m][option])[actor]) for m in members]
        return certainty_equivalent(worths, self.values.aversion[actor])

    def worths(self, actor: str) -> Iterator[tuple[str, dict[str, float]]]:
        """Each step that *actor* decides, wherever he can tell its places from others, and what each option is worth there."""
        for members in self._groups.values():
            place = self.places[members[0]]
            if place.fork.actor == actor:
                step = self.prospects.tree.masks.steps[place.step].step.name
                yield step, {code.option.name: self._over(members, n) for n, code in enumerate(place.fork.codes)}

    def worth_of(self, actor: str, to: str | None = None, table: str | None = None) -> dict[str, dict[str, float]]:
        """Step of *actor* to option to what it is worth, averaged over the first visits, the rest chosen as well as can be.

        Args:
            to: to whom; none: to the actor.
            table: only where this offer is on the table.
        """
        place_in = self.values.actors.index(to or actor)
        tree = self.prospects.tree
        offers = tree.masks.questions["offer",]
        sums: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for n, weight in self._first_visits(actor).items():
            place = self.places[n]
            if table is not None and offers.read(tree.settings[place.node[SETTING]].word) not in (table, None):
                continue
            step = tree.masks.steps[place.step].step.name
            for code, ways in zip(place.fork.codes, self.prospects.ways[n], strict=True):
                sums.setdefault((step, code.option.name), []).append((weight, self._mean(ways)[place_in]))
        found: dict[str, dict[str, float]] = {}
        for (step, option), worths in sums.items():
            weights = math.fsum(w for w, _ in worths)
            if weights > 0:
                found.setdefault(step, {})[option] = math.fsum(w * v for w, v in worths) / weights
        return found

    def _first_visits(self, actor: str) -> dict[int, float]:
        """The places at which the actor first decides a step, with their probability under the best choices."""
        found: dict[int, float] = {}
        come: list[dict[int, float]] = [{} for _ in self.places]  # steps decided before, a bit for each
        for p, _, after in self.prospects.roots:
            if after >= 0:
                come[after][0] = come[after].get(0, 0.0) + p
        for n, place in enumerate(self.places):
            if not come[n]:
                continue
            taken = self._taken(n)
            for decided, p in come[n].items():
                onward = decided
                if place.fork.actor == actor and not decided >> place.step & 1:
                    found[n] = found.get(n, 0.0) + p
                    onward = decided | 1 << place.step
                for share, _, after in taken:
                    if after >= 0:
                        there = come[after]
                        there[onward] = there.get(onward, 0.0) + p * share
        return found


def certainty_equivalent(worths: Sequence[tuple[float, float]], aversion: float) -> float:
    """The sure amount worth as much as a lottery of (probability, dollars) under constant absolute risk aversion."""
    if not aversion:
        return math.fsum(p * value for p, value in worths)
    exponents = [-aversion * value for _, value in worths]
    most = max(exponents)
    return -(most + math.log(math.fsum(p * math.exp(e - most) for (p, _), e in zip(worths, exponents, strict=True)))) / aversion


def reasoner_of(chooser: Chooser | None, word: int) -> str | None:
    """The actor for whose good a step is decided in this state, where the scenario has it decided so."""
    while isinstance(chooser, FirstRow):
        chooser = chooser.row(word)
    return chooser.actor if isinstance(chooser, Reasoned) else None


def prospects_of(
    scenario: Scenario,
    actors: Sequence[str],
    reasoning: Collection[str],
    within: float = WITHIN,
    at: tuple[Sequence[tuple[float, int]], int, int] | None = None,
    steps: Collection[str] = (),
) -> Prospects:
    """The tree of a scenario from its opening, or from a state and a time.

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

    def decides(setting: Setting, step: int) -> str | None:
        by = bench.by[step]
        options = bench.masks.lawful_options(bench.masks.steps[step], setting.word)
        if len(options) < 2:
            return None
        name = bench.masks.steps[step].step.name
        if by in reasoning and (not steps or name in steps):
            return by
        return reasoner_of(bench.choosers.get(name), setting.word)

    with no_garbage_collection():
        tree = Tree(bench, Relevance(bench, values.tracks, values.tracks, sums=not ends_alone), decides=decides)
        ledgers = Ledgers(tree, values.counts)
        if at is None:
            roots = tree.roots()
        else:
            words, now, due = at
            roots = [Root(p, word, tree.nothing, tree.fresh(word, now, due)) for p, word in words]
        graph = Graph(tree, roots, within * SMALLEST, enters=ledgers.enter)
        graph.grow(MOST_NODES, "fewer steps (--at STEP), or a larger --within")
        return Prospects(graph, values, ledgers, within)


def _all(chooser: Chooser) -> list[Chooser]:
    return [c for _, row in chooser.rows for c in _all(row)] if isinstance(chooser, FirstRow) else [chooser]
