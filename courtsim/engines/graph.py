"""The event tree grown: its places in time order, with arrows from each to what may come next.

A place is a node with what has come to it. Arrows lead to later places alone, so one pass over the places in order
adds up from the opening, and one pass back from the ends.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import TypeAlias

from courtsim.engines.tree import LEDGER, NOW, SAME_TIME, SETTING, Fork, Node, Root, Tree
from courtsim.errors import WrongInput

# Its probability (within its option), what happened (a number in `Tree.happenings`), when, the place it leads to (None
# where the case has ended), and the ledger there.
Arrow: TypeAlias = "tuple[float, int, int, Place | None, int]"
Enters: TypeAlias = Callable[[int, int, int], int]  # a ledger, what happened and when, to the ledger after it

SCRIPT = Fork(None, (), (1.0,), ())  # a script says what comes next


class Place:
    """A node of the graph with its options; whoever reasons chooses one, else each has its share."""

    __slots__ = ("arrows", "depth", "fork", "node", "number", "shares", "step", "weight")

    def __init__(self, node: Node, depth: int) -> None:
        self.node = node
        self.weight = 0.0  # how likely chance and the others make it, whatever those who reason do
        self.depth = depth  # events since time last passed
        self.number = -1  # in the order of the graph; -1 where it was too unlikely to be followed
        self.step = -1  # none where a script says what comes next
        self.fork = SCRIPT
        self.shares: Sequence[float] = ()
        self.arrows: list[list[Arrow]] = []  # by option

    @property
    def now(self) -> int:
        return self.node[NOW]


class Graph:
    """The event tree of a case from its roots, but for places less likely than *smallest*.

    Attributes:
        places: in the order in which they were followed.
        roots: with the place each leads to, and the ledger there.
        truncated: the probability not followed.
    """

    def __init__(
        self,
        tree: Tree,
        roots: Sequence[Root],
        smallest: float,
        enters: Enters | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        self.tree = tree
        self.smallest = smallest
        self.enters = enters
        self.progress = progress
        self.places: list[Place] = []
        self.truncated = 0.0
        self.ended = 0.0
        self.roots: list[tuple[Root, Place | None, int]] = []
        self._waiting: dict[Node, Place] = {}
        self._order: list[tuple[int, int, int, Place]] = []
        self._made = 0
        for root in roots:
            ledger = enters(0, root.happened, root.time) if enters else 0
            place = None
            if root.node is None:
                self.ended += root.p
            else:
                place = self._arrive((*root.node[:LEDGER], ledger, *root.node[NOW:]), root.p, 0)
            self.roots.append((root, place, ledger))

    def _arrive(self, node: Node, weight: float, depth: int) -> Place:
        place = self._waiting.get(node)
        if place is None:
            place = self._waiting[node] = Place(node, depth)
            self._made += 1
            heapq.heappush(self._order, (node[NOW], depth, self._made, place))
        elif depth > place.depth:
            place.depth = depth
        place.weight += weight
        return place

    def grow(self, most: int, instead: str) -> None:
        """Follows the tree to its end; *instead*: what would be right where that is too much.

        Raises:
            WrongInput: it has more than *most* places.
        """
        self.follow(most)
        if self._order:
            raise WrongInput(None, f"a tree of more than {most:,} nodes", instead)

    def follow(self, most: int) -> None:
        """Follows the tree to its end, or until *most* places were followed.

        The innermost loop of the exact engine: everything here is done once a place.
        """
        tree, order, waiting, places = self.tree, self._order, self._waiting, self.places
        settings, needs, entries = tree.settings, tree.bench.needs, len(tree.entries)
        next_step, fork_of, arrive, enters = tree.next_step, tree.fork, self._arrive, self.enters
        smallest = self.smallest
        while order and len(places) < most:
            place = heapq.heappop(order)[3]
            node, weight = place.node, place.weight
            del waiting[node]
            if weight < smallest:
                self.truncated += weight
                continue
            place.number = len(places)
            places.append(place)
            if self.progress is not None and place.number % 1000 == 0:
                self.progress(self.ended + self.truncated)
            if place.depth > SAME_TIME:
                raise tree.endless([branch.happened for branch in tree.expand(node)])
            setting = settings[node[SETTING]]
            if setting.entry < entries:
                self._follow_script(place)
                continue
            step, time = next_step(setting, node)
            now, ledger = node[NOW], node[LEDGER]
            if time < now:
                time = now
            if needs[step]:
                held = tree.held(step, time)
                if len(held) > 1:
                    self._hold(place, step, held)
                    continue
                time = held[0]
            fork = setting.forks.get(step) or fork_of(setting, step, time)
            place.step, place.fork, place.shares = step, fork, fork.shares
            depth = place.depth + 1 if time == now else 0
            for share, goings in zip(fork.shares, fork.ways):  # noqa: B905 (of one length; this is the innermost loop)
                reaches = weight * share
                arrows: list[Arrow] = []
                for going in goings:
                    p, happened, after, pick, begun, turned, plain = going
                    entered = enters(ledger, happened, time) if enters is not None else 0
                    if after < 0:
                        self.ended += reaches * p
                        arrows.append((p, happened, time, None, entered))
                    elif plain and not turned:
                        start = (*node, after, entered, time)
                        for clock in begun:
                            start += clock[time][0]
                        found = arrive(pick(start), reaches * p, depth)
                        arrows.append((p, happened, time, found, entered))
                    else:
                        for part, reached in tree.next_nodes(node, going, time, entered):
                            found = arrive(reached, reaches * p * part, depth)
                            arrows.append((p * part, happened, time, found, entered))
                place.arrows.append(arrows)

    def _hold(self, place: Place, step: int, held: Sequence[int]) -> None:
        """A step that may hold the court for several times, equally likely."""
        node, tree, enters = place.node, self.tree, self.enters
        setting = tree.settings[node[SETTING]]
        place.step = step
        place.fork = tree.fork(setting, step, held[0])
        place.shares = place.fork.shares
        place.arrows = [[] for _ in place.shares]
        for time in held:
            depth = place.depth + 1 if time == node[NOW] else 0
            fork = tree.fork(setting, step, time)
            for share, goings, arrows in zip(fork.shares, fork.ways, place.arrows, strict=True):
                for going in goings:
                    p = going.p / len(held)
                    entered = enters(node[LEDGER], going.happened, time) if enters is not None else 0
                    if going.setting < 0:
                        self.ended += place.weight * share * p
                        arrows.append((p, going.happened, time, None, entered))
                        continue
                    for part, reached in tree.next_nodes(node, going, time, entered):
                        found = self._arrive(reached, place.weight * share * p * part, depth)
                        arrows.append((p * part, going.happened, time, found, entered))

    def _follow_script(self, place: Place) -> None:
        node, enters = place.node, self.enters
        place.shares = SCRIPT.shares
        arrows: list[Arrow] = []
        for p, happened, after, time in self.tree.expand(node):
            entered = enters(node[LEDGER], happened, time) if enters is not None else 0
            if after is None:
                self.ended += place.weight * p
                arrows.append((p, happened, time, None, entered))
                continue
            depth = place.depth + 1 if time == node[NOW] else 0
            found = self._arrive((after[SETTING], entered, *after[NOW:]), place.weight * p, depth)
            arrows.append((p, happened, time, found, entered))
        place.arrows = [arrows]
