"""The check of a law too large to list: the same findings as the explicit search, from sets of states."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from courtsim.case.masks import Forbidden, OptionCode, StepCode
from courtsim.case.state import CaseState
from courtsim.engines.check import Chances, DeadEnd, Findout, Node, Search, Violation, refuse_unknown
from courtsim.engines.symbolic import Diagrams, Function, TooLarge, bits_of, in_good_order
from courtsim.errors import EndlessLoop, listed
from courtsim.procedure.conditions import Condition
from courtsim.procedure.delays import DelayRows, always_zero
from courtsim.procedure.law import SPINE, Always, Never, Procedure, Requires
from courtsim.scenario.facts import ByRows, ByTruth, ChooserSpec, Scenario

MOST_NODES = 6_000_000  # diagram nodes in use at once, unless told otherwise: somewhat below a gigabyte


def check(subject: Scenario | Procedure, *, without: Collection[str] = (), most_nodes: int = MOST_NODES) -> Findout:
    """Explores a scenario or a bare procedure by sets of states; `most_nodes` is where it gives up and says so.

    Raises:
        WrongInput: `without` names no step.
        EndlessLoop: steps that can repeat without time passing.
    """
    return searched(subject, without=without, most_nodes=most_nodes)[0]


def searched(
    subject: Scenario | Procedure, *, without: Collection[str] = (), most_nodes: int = MOST_NODES
) -> tuple[Findout, Diagrammed | None]:
    """What `check` finds, and the set of what it reached; None where it did not finish."""
    procedure = subject.procedure if isinstance(subject, Scenario) else subject
    refuse_unknown(without, procedure)
    with _uncollected():
        search = _Symbolic(Search(subject, procedure, frozenset(without), 0), most_nodes)
        found = search.run()
        return found, Diagrammed(search.sets, search.reached) if found.finished else None


class Diagrammed:
    """The reached states in which the case is open, as one diagram; see `reach.Reached`."""

    def __init__(self, sets: Diagrams, reached: Function) -> None:
        self.sets = sets
        self.masks = sets.masks
        self.open = reached & ~sets.final

    def some(self, when: Forbidden) -> bool:
        return bool(self.open & self.sets.condition(when) != self.sets.false)

    def leads(self, step: StepCode, option: OptionCode, before: Forbidden, after: Forbidden) -> bool:
        image = self.sets.image(step, option, self.open & self.sets.condition(before))
        return bool(image & ~self.sets.final & self.sets.condition(after) != self.sets.false)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's search for circles of references: it finds none among the nodes, which are many."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Symbolic:
    def __init__(self, search: Search, most_nodes: int) -> None:
        self.search = search
        self.masks = search.masks
        self.sets = in_good_order(search.masks, search.starts, search.steps, search.watches, search.splits, most_nodes)
        self.none = self.sets.false
        self.rings: list[Function] = []
        self.reached = self.none

    def run(self) -> Findout:
        sets, finished = self.sets, True
        try:
            reached = sets.reachable()
        except TooLarge:
            reached, finished = sets.reached, False
        self.reached = reached
        if finished:
            self._refuse_instant_cycles(reached)
        stuck = sets.stuck(reached) if finished else self.none
        late = sets.waiting_at_the_end(reached, stuck) if finished else {}
        broken = sets.broken | sets.broken_in(reached) | set(late)
        ends = {state: found for state, region in self._spine() if (found := stuck & region) != self.none}
        never = self._never_chosen(reached) if finished else ()
        fired = frozenset(sets.fired)
        names = {code.index: f"{code.step}.{code.option.name}" for code in self.masks.options}
        if finished and (ends or broken):
            self._grow_rings()
        return Findout(
            finished=finished,
            states=sets.count(reached),
            options_fired=tuple(names[n] for n in sorted(fired)),
            unreachable_states=tuple(sorted(self._unreachable(reached))),
            unreachable_options=tuple(sorted(names[n] for n in names if n not in fired)),
            never_chosen=tuple(sorted(never)),
            dead_ends=tuple(self._dead_end(state, ends[state]) for state in sorted(ends)),
            violated=tuple(
                Violation(name, self._way_to_break(name, late.get(name)) if finished else ())
                for name in self.search.procedure.invariants
                if name in broken
            ),
        )

    def _spine(self) -> Iterator[tuple[str, Function]]:
        question = self.masks.questions["track", SPINE]
        for state in self.search.procedure.tracks[SPINE].states:
            yield state, self.sets.answers(question, question.bit(state))

    def _unreachable(self, reached: Function) -> Iterator[str]:
        """The states of tracks in which no reachable state is.

        Where an option that fired put its track, there it was; only what a consequence may move at once is looked up.
        """
        restless = {track for _, code, _ in self.masks.consequences for track, _ in code.option.to}
        was = {(track, found.start) for track, found in self.search.procedure.tracks.items()}
        was |= {put for code in self.masks.options if code.index in self.sets.fired for put in code.option.to}
        for track, found in self.search.procedure.tracks.items():
            question = self.masks.questions["track", track]
            for state in found.states:
                if (track, state) in was and track not in restless:
                    continue
                if self.sets.answers(question, question.bit(state)) & reached == self.none:
                    yield f"{track}.{state}"

    def _dead_end(self, state: str, region: Function) -> DeadEnd:
        node, after = self._nearest(region)
        return DeadEnd(state, dict(CaseState(self.masks, node[0]).tracks), after)

    # -- time that does not pass

    def _refuse_instant_cycles(self, reached: Function) -> None:
        """What instant steps can come back to again and again: the greatest set that they map onto itself."""
        instant = [step for step in self.search.steps if step.index in self.search.instant]
        if not instant:
            return
        left, before = reached, None
        while left != before:
            before = left
            left &= self.sets.union(self._instantly(step, left) for step in instant)
        if left != self.none:
            names = sorted(step.step.name for step in instant if self._instantly(step, left) & left != self.none)
            raise EndlessLoop(f"{listed(names)} can repeat without time passing; give one of them a delay, or `once: true`")

    def _instantly(self, step: StepCode, states: Function) -> Function:
        delay = self.search.instant[step.index]
        if isinstance(delay, DelayRows):
            zero, left = self.none, self.sets.true
            for row in delay.rows:
                here = left & self.sets.condition(self.masks.compile(row.when or ()))
                left &= ~here
                if always_zero(row.delay):
                    zero |= here
            states = states & zero
        return self.sets.union(self.sets.image(step, option, states) for option in step.options)

    # -- who ever chooses what

    def _never_chosen(self, reached: Function) -> Iterator[str]:
        """Asks the explicit search's own reader of choosers about every combination that a chooser can tell apart."""
        chances = self.search.chances
        if chances is None:
            return
        for step in self.search.steps:
            states = self.sets.may(step) & reached
            for word in self.sets.words(states, self._asked(step, chances)):
                lawful = self.masks.lawful_options(step, word)
                if lawful:
                    chances.note(step.step.name, lawful, word)
        for index in chances.never(self.sets.fired):
            code = self.masks.options[index]
            yield f"{code.step}.{code.option.name}"

    def _asked(self, step: StepCode, chances: Chances) -> int:
        """The bits that the choice of an option may depend on."""
        masks = self.masks
        asked = 0
        for option in step.options:
            asked |= bits_of(option.when)
            for n in option.offers or ():
                asked |= bits_of(masks.offer_whens[n]) | masks.made[masks.opening.offers[n].name]
        asked |= sum(question.all for key, question in masks.questions.items() if key[0] in ("item", "prima_facie", "charge"))
        if isinstance(chances.scenario.conviction, ByTruth):
            asked |= sum(question.all for key, question in masks.questions.items() if key[0] == "fact")
        spec = chances.scenario.choosers.get(step.step.name)
        for condition in _conditions(spec) if spec is not None else ():
            asked |= bits_of(masks.compile(condition))
        return asked

    # -- the shortest ways

    def _grow_rings(self) -> None:
        ring = seen = self.sets.start
        while ring != self.none:
            self.rings.append(ring)
            ring = self.sets.after(ring) & ~seen
            seen |= ring

    def _nearest(self, region: Function) -> tuple[Node, tuple[str, ...]]:
        """A state of a region that the fewest steps reach, and the way there."""
        for n, ring in enumerate(self.rings):
            if ring & region != self.none:
                node = self.sets.one(ring & region)
                return node, self._way(node, n)
        raise AssertionError("a reachable state lies on a ring")

    def _way(self, node: Node, n: int) -> tuple[str, ...]:
        labels: tuple[str, ...] = ()
        while n:
            n -= 1
            node, step = self._before(node, self.rings[n])
            labels = step + labels
        return labels

    def _before(self, node: Node, ring: Function) -> tuple[Node, tuple[str, ...]]:
        """A state of a ring from which one step leads to *node*, and the labels of that step."""
        target = self.sets.set_of(node)
        for step in self.search.steps:
            for option in step.options:
                if self.sets.image(step, option, ring) & target == self.none:
                    continue
                found = self._narrowed(ring, lambda s, st=step, op=option: self.sets.image(st, op, s) & target != self.none)  # type: ignore[misc]
                return found, self._labels(found, option, node)
        raise AssertionError("a state of a ring has a predecessor on the one before")

    def _narrowed(self, states: Function, still: Callable[[Function], bool]) -> Node:
        """One state of a set for which something holds that holds for the set."""
        for name in self.sets.variables:
            yes = states & self.sets.bdd.var(name)
            states = yes if yes != self.none and still(yes) else states & ~self.sets.bdd.var(name)
        return self.sets.one(states)

    def _labels(self, node: Node, option: OptionCode, after: Node) -> tuple[str, ...]:
        word, waiting = node
        label = f"{option.step}.{option.option.name}"
        for moved in self.search.after(option, word):
            for settled, waits, path in self.search.settle(moved, waiting, (option, word, node), [label]):
                if (settled, waits) == after:
                    return tuple(path)
        raise AssertionError("both engines make the same of an option")

    def _way_to_break(self, name: str, late: Function | None) -> tuple[str, ...]:
        invariant = self.search.procedure.invariants[name]
        if isinstance(invariant, Never):
            return self._nearest(self.sets.condition(self.masks.compile(invariant.when)))[1]
        if isinstance(invariant, Requires | Always):
            return self._way_to_event(name)
        assert late is not None
        return self._nearest(late)[1]

    def _way_to_event(self, name: str) -> tuple[str, ...]:
        """The way to an event that breaks an invariant, the event and its consequences at the end."""
        for start in self.search.starts:
            list(self.search.settle(start, 0, None, []))
        if name in self.search.broken:
            return self.search.broken[name][1]
        for n, ring in enumerate(self.rings):
            for step in self.search.steps:
                for option in step.options:
                    if self._breaks(name, step, option, ring):
                        node = self._narrowed(ring, lambda s, st=step, op=option: self._breaks(name, st, op, s))  # type: ignore[misc]
                        label = f"{option.step}.{option.option.name}"
                        for moved in self.search.after(option, node[0]):
                            list(self.search.settle(moved, node[1], (option, node[0], node), [label]))
                        return self._way(node, n) + self.search.broken[name][1]
        raise AssertionError("a broken invariant is broken somewhere")

    def _breaks(self, name: str, step: StepCode, option: OptionCode, states: Function) -> bool:
        self.sets.broken.discard(name)
        image = self.sets.image(step, option, states)
        return name in self.sets.broken or name in self.sets.broken_in(image)


def _conditions(spec: ChooserSpec) -> Iterator[Condition]:
    if isinstance(spec, ByRows):
        for row in spec.rows:
            yield row.when
            yield from _conditions(row.chooser)
