"""Where the probability goes: the courses of a case that carry most of it, and what becomes of the rest.

Two histories in which the same choices were made in the same order are one branch here, whatever the dates and the drawn
facts; a choice that carries a branch on, with nothing else left beside it that is worth a branch, adds a line to it.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from courtsim.engines.policy import reasoner_of
from courtsim.engines.relevance import Relevance
from courtsim.engines.simulate import Bench
from courtsim.engines.tree import NOW, SAME_TIME, SETTING, Branch, Node, Tree
from courtsim.errors import WrongInput
from courtsim.procedure.law import SPINE
from courtsim.scenario.facts import Scenario

WITHIN = 1e-3  # probability that may stay unfollowed
SMALLEST = 1e-3  # of that, what one node may have and be left
LEAST = 5e-5  # a probability below it is no branch and prints as 0.0%
MOST_NODES = 200_000

Bundle: TypeAlias = dict[int, float]  # places, or ends below zero, with their probabilities from the opening
Choice: TypeAlias = tuple[str, str]  # step and option


class Chosen(Struct, frozen=True):
    """A choice on a branch, with the probability from the opening that a case comes so far on it."""

    step: str
    option: str
    p: float


class Course(Struct, frozen=True):
    """A branch: the choices on it one after the other, and what comes after.

    Attributes:
        chosen: none at the opening, and where the smaller branches are folded into one.
        p: probability from the opening.
        ends: how the cases on it end, with probabilities from the opening; the most likely first.
        after: the branches that it parts into; none where it has ended or is not shown further.
        ended: nothing more is chosen on it.
    """

    chosen: tuple[Chosen, ...]
    p: float
    ends: Mapping[str, float]
    after: tuple[Course, ...] = ()
    ended: bool = False


class _Arrow(NamedTuple):
    p: float
    choice: Choice | None  # none where the law or the facts left nothing to choose
    after: int  # a place, or an end below zero


class _Places:
    """The event tree kept, odds and ends alone."""

    def __init__(self, scenario: Scenario, within: float) -> None:
        self.bench = Bench(scenario)
        self.tree = Tree(self.bench, Relevance(self.bench, ()))
        self.spine = scenario.procedure.tracks[SPINE].states
        self.smallest = within * SMALLEST
        self.dispositions: list[str] = []
        self.nodes: list[Node] = []
        self.arrows: list[list[_Arrow]] = []
        self._disposed: list[str] = []
        self._weights: list[float] = []
        self._numbers: dict[tuple[Node, str], int] = {}
        self._order: list[tuple[int, int, int]] = []  # now, events since time last passed, number
        self.opening: Bundle = {}
        for root in self.tree.roots():
            n = self._arrive(Branch(root.p, root.happened, root.node, 0), "", 1.0, 0)
            self.opening[n] = self.opening.get(n, 0.0) + root.p
        while self._order:
            _, depth, n = heapq.heappop(self._order)
            self._expand(n, depth)
        self._ends: list[Mapping[str, float] | None] = [None] * len(self.nodes)
        for n in sorted(range(len(self.nodes)), key=lambda n: -self.nodes[n][NOW]):
            self.ends(n)

    def _arrive(self, branch: Branch, disposed: str, weight: float, depth: int) -> int:
        for event in self.tree.happenings[branch.happened]:
            if event.disposed is not None and (self.spine[event.disposed].disposes or not disposed):
                disposed = event.disposed
        if branch.node is None:
            if disposed not in self.dispositions:
                self.dispositions.append(disposed)
            return -1 - self.dispositions.index(disposed)
        n = self._numbers.setdefault((branch.node, disposed), len(self.nodes))
        if n == len(self.nodes):
            if n == MOST_NODES:
                raise WrongInput(None, f"a tree of more than {MOST_NODES:,} nodes to show", "a larger --within")
            self.nodes.append(branch.node)
            self.arrows.append([])
            self._disposed.append(disposed)
            self._weights.append(0.0)
            heapq.heappush(self._order, (branch.node[NOW], depth, n))
        self._weights[n] += weight * branch.p
        return n

    def _expand(self, n: int, depth: int) -> None:
        node, weight = self.nodes[n], self._weights[n]
        if weight < self.smallest:
            return
        branches = self.tree.expand(node)
        if depth > SAME_TIME:
            raise self.tree.endless([branch.happened for branch in branches])
        for branch in branches:
            after = self._arrive(branch, self._disposed[n], weight, depth + 1 if branch.time == node[NOW] else 0)
            self.arrows[n].append(_Arrow(branch.p, self._choice(node, branch, len(branches)), after))

    def _choice(self, node: Node, branch: Branch, among: int) -> Choice | None:
        masks = self.tree.masks
        code = masks.options[self.tree.happenings[branch.happened][0].code]
        step = masks.steps[code.step_index]
        word = self.tree.settings[node[SETTING]].word
        if len(masks.lawful_options(step, word)) < 2:
            return None
        if among == 1 and reasoner_of(self.bench.choosers.get(code.step), word) is None:
            return None  # its odds are 1
        return code.step, code.option.name

    def ends(self, n: int) -> Mapping[str, float]:
        """How the cases at a place end."""
        if n < 0:
            return {self.dispositions[-1 - n]: 1.0}
        found = self._ends[n]
        if found is None:
            sums: dict[str, float] = {}
            for arrow in self.arrows[n]:
                for end, p in self.ends(arrow.after).items():
                    sums[end] = sums.get(end, 0.0) + arrow.p * p
            found = self._ends[n] = sums
        return found

    def parted(self, bundle: Bundle, matters: float = 0.0) -> tuple[dict[Choice, Bundle], Bundle]:
        """A bundle by what is chosen next that matters; and the cases that end before anything is."""
        found: dict[Choice, Bundle] = {}
        ended: Bundle = {}
        here = bundle
        while here:
            self._part(here, found, ended)
            here = {}
            for step in dict.fromkeys(step for step, _ in found) if matters else ():
                options = [choice for choice in found if choice[0] == step]
                if len(options) > 1 and self._moved([found[choice] for choice in options]) < matters:
                    for choice in options:
                        _add(here, found.pop(choice))
        return found, ended

    def _part(self, bundle: Bundle, found: dict[Choice, Bundle], ended: Bundle) -> None:
        here = dict(bundle)
        waiting = [(self._time(n), n) for n in here]
        heapq.heapify(waiting)
        while waiting:
            _, n = heapq.heappop(waiting)
            p = here.pop(n, 0.0)
            if n < 0:
                ended[n] = ended.get(n, 0.0) + p
                continue
            for arrow in self.arrows[n] if p else ():
                into = here if arrow.choice is None else found.setdefault(arrow.choice, {})
                into[arrow.after] = into.get(arrow.after, 0.0) + p * arrow.p
                if arrow.choice is None:
                    heapq.heappush(waiting, (self._time(arrow.after), arrow.after))

    def _moved(self, options: list[Bundle]) -> float:
        """How much of the probability of a choice ends otherwise than in its mean: 0 where it moves no end."""
        ends = [_ends(self, option) for option in options]
        shares = [sum(option.values()) for option in options]
        mean = {end: sum(each.get(end, 0.0) for each in ends) / sum(shares) for each in ends for end in each}
        apart = sum(
            abs(each.get(end, 0.0) - share * p) for each, share in zip(ends, shares, strict=True) for end, p in mean.items()
        )
        return apart / 2 / sum(shares)

    def _time(self, n: int) -> int:
        return self.nodes[n][NOW] if n >= 0 else 0


@dataclass
class _Stub:
    """A branch that can still be followed; its ends are those of its bundle."""

    choice: Choice | None
    bundle: Bundle
    after: list[_Stub] = field(default_factory=list)
    folded: Bundle = field(default_factory=dict)
    ended: bool = False

    @property
    def p(self) -> float:
        return sum(self.bundle.values())


def course(
    scenario: Scenario, least: float = 0.01, most: int | None = None, matters: float = 0.0, within: float = WITHIN
) -> Course:
    """The branches of a scenario's event tree with at least the probability *least*, at central timing.

    Args:
        most: about so many branches, those with most of the probability; None: all.
        matters: leave out choices that send less than this share of their cases to another end; 0: show all.
        within: how much probability may stay unfollowed.

    Raises:
        WrongInput: the tree is too large.
    """
    places = _Places(scenario, within)
    root = _Stub(None, places.opening)
    open_stubs = [(-root.p, 0, root)]
    numbered = 1
    while open_stubs and (most is None or _leaves(_shown(places, root)) < most):
        _, _, stub = heapq.heappop(open_stubs)
        choices, ended = places.parted(stub.bundle, matters)
        stub.ended = not choices
        if stub.ended:
            continue
        for choice, bundle in choices.items():
            after = _Stub(choice, bundle)
            if after.p >= least:
                stub.after.append(after)
                heapq.heappush(open_stubs, (-after.p, numbered, after))
                numbered += 1
            else:
                _add(stub.folded, bundle)
        if ended:
            stub.after.append(_Stub(None, ended, ended=True))
    return _shown(places, root)


def _add(to: Bundle, more: Bundle) -> None:
    for n, p in more.items():
        to[n] = to.get(n, 0.0) + p


def _shown(places: _Places, stub: _Stub) -> Course:
    p, ends = stub.p, _ends(places, stub.bundle)
    chosen = [] if stub.choice is None else [Chosen(*stub.choice, p)]
    folded = dict(stub.folded)
    while len(stub.after) == 1 and stub.after[0].choice is not None:
        (stub,) = stub.after
        assert stub.choice is not None
        chosen.append(Chosen(*stub.choice, stub.p))
        _add(folded, stub.folded)
    after = [_shown(places, each) for each in stub.after]
    if after and sum(folded.values()) >= LEAST:
        after.append(Course((), sum(folded.values()), _ends(places, folded)))
    elif folded and stub.ended:
        after = [
            Course((), stub.p, _ends(places, stub.bundle), ended=True),
            Course((), sum(folded.values()), _ends(places, folded)),
        ]
    return Course(tuple(chosen), p, ends, tuple(after), ended=stub.ended and not after)


def _ends(places: _Places, bundle: Bundle) -> dict[str, float]:
    sums: dict[str, float] = {}
    for n, p in bundle.items():
        for end, share in places.ends(n).items():
            sums[end] = sums.get(end, 0.0) + p * share
    return dict(sorted(sums.items(), key=lambda each: -each[1]))


def _leaves(course: Course) -> int:
    return sum(map(_leaves, course.after)) if course.after else 1
