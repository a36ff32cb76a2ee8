"""Everything that could ever happen, for laws too large to list: sets of states as binary decision diagrams.

One boolean variable for each bit of the number of an answer, one for each `once`, offer made and invariant that waits. A set
of states is a diagram; the image of a set under an option is computed for all its states at once (Burch, Clarke, McMillan,
Dill & Hwang 1992). The explicit search is its oracle: on every small procedure both must say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from math import prod
from random import Random
from sys import maxsize
from typing import TYPE_CHECKING, Any

from courtsim.case.masks import Forbidden, Key, Masks, OptionCode, Question, StepCode
from courtsim.case.provenance import fallen
from courtsim.procedure.law import (
    SPINE,
    Always,
    AmendCharge,
    Eventually,
    Never,
    Requires,
    Restore,
    Suppress,
)

if TYPE_CHECKING:
    from dd.autoref import Function as Function
else:
    Function = Any

UBIQUITOUS = 0.4  # of all law: what more of it asks about is ordered apart
RESTARTS = 40  # of the search for orders
TRIED = 8  # of the orders found, each from both ends
PROBED = 50  # choices of options by which orders are compared
GARBAGE = 600_000  # nodes, used or not, beyond which the unused ones are given up
Node = tuple[int, int]  # the word of a settled state, and one bit for each invariant that waits for something


Choice = tuple[StepCode, OptionCode]
Group = Key | int  # a question, or a bit of the word that is no answer: its variables stay together


class TooLarge(Exception):
    """The diagrams have grown beyond the limit."""


class Openings:
    """The opening words, before their consequences: large laws have very many, so that they are looked through once."""

    def __init__(self, masks: Masks, starts: Sequence[int]) -> None:
        self.words = starts
        self.answers = {key: {word & question.all for word in starts} for key, question in masks.questions.items()}


class Diagrams:
    """Sets of settled states under a compiled law, and what an option makes of them.

    Args:
        steps: those that may happen.
        watches: the invariants as (name, invariant, its condition, the condition of its `unless`).
        most: diagram nodes beyond which the search gives up.
        order: of the questions and flags, as `orders` proposes it; without one that of the file.
    """

    def __init__(
        self,
        masks: Masks,
        openings: Openings,
        steps: Sequence[StepCode],
        watches: Sequence[tuple[str, object, Forbidden, Forbidden]],
        splits: bool,
        most: int,
        order: Sequence[Group] = (),
    ) -> None:
        from dd.autoref import BDD

        self.masks = masks
        self.steps = steps
        self.watches = watches
        self.splits = splits
        self.most = most
        self.base = openings.words[0]
        self.bdd = BDD()
        self.bdd.configure(reordering=False)
        self.garbage = GARBAGE
        self.bits: dict[Key, list[str]] = {}
        self.flags: dict[int, str] = {}  # a bit of the word that is no answer, to its variable
        self.waits = [f"w{n}" for n in range(len(watches))]
        self.applied = [f"c{n}" for n in range(len(masks.consequences))]
        self._declare(self._varying(openings), order)
        self._conditions: dict[Forbidden, Function] = {}
        self._guards: dict[int, Function] = {}
        self._asked: dict[Forbidden, set[str]] = {}  # the variables of a condition
        self.true, self.false = self.bdd.true, self.bdd.false
        self.final = self.answers(masks.questions["track", SPINE], masks.final)
        self._follows: Function | None = None
        self.fired: set[int] = set()
        self.broken: set[str] = set()
        self.prima_facie = self._prima_facie() if not masks.free and ("prima_facie",) in self.bits else None
        self.parts: list[Function] = []
        self.changed = {*self.variables}  # variables given another value since the last settled state
        self.start = self.settle(self._opening(openings) & self._none_waits(), ())

    # -- variables

    def _varying(self, openings: Openings) -> set[Key]:
        """The questions whose answers differ among the states."""
        masks = self.masks
        moved = {key for code in masks.options for key in code.moved if key != ("accepted",)}
        if self.splits:
            moved.add(("prima_facie",))
        return moved | {key for key, answers in openings.answers.items() if len(answers) > 1}

    def _declare(self, varying: set[Key], order: Sequence[Group]) -> None:
        masks = self.masks
        for key, question in masks.questions.items():
            if key not in varying:
                continue
            self.bits[key] = [f"q{question.first}_{i}" for i in range(max(1, (len(question.answers) - 1).bit_length()))]
        onces = [code.once for code in masks.steps if code.once]
        self.flags = {bit: f"b{bit.bit_length()}" for bit in [*onces, *masks.made.values()]}
        groups: dict[Group, list[str]] = dict(self.bits.items())
        groups.update((bit, [name]) for bit, name in self.flags.items())
        self.variables = [name for group in order or groups for name in groups[group]] + self.waits
        self.bdd.declare(*self.variables, *self.applied)

    def together(self) -> list[set[Group]]:
        """What one piece of law joins: the questions and flags that it asks or moves."""
        masks = self.masks
        pieces: list[tuple[int, frozenset[Key]]] = []
        for step in masks.steps:
            asked = bits_of(step.when) | bits_of(step.tolled) | step.once
            pieces += [(asked | bits_of(option.when), option.moved) for option in step.options]
        pieces += [(bits_of(when), code.moved) for when, code, _ in masks.consequences]
        found: list[set[Group]] = []
        for asked, moved in pieces:
            joined: set[Group] = {k for k in self.bits if k in moved or asked & masks.questions[k].all}
            found.append(joined | {bit for bit in self.flags if asked & bit})
        return found

    def _answer(self, question: Question, n: int) -> Function:
        """The states in which a varying question has its n-th answer."""
        return self.bdd.cube({name: bool(n >> i & 1) for i, name in enumerate(self.bits[question.key])})

    def answers(self, question: Question, wanted: int) -> Function:
        """The states in which the answer is among the bits *wanted* of the word."""
        if question.key not in self.bits:
            return self.true if self.base & wanted else self.false
        chosen = [n for n in range(len(question.answers)) if wanted >> (question.first + n) & 1]
        return self.union(self._answer(question, n) for n in chosen)

    def union(self, parts: Iterable[Function]) -> Function:
        whole = self.bdd.false
        for part in parts:
            whole |= part
        return whole

    def _cube(self, word: int) -> Function:
        values: dict[str, bool] = {}
        for key, names in self.bits.items():
            question = self.masks.questions[key]
            n = ((word & question.all) >> question.first).bit_length() - 1
            values.update({name: bool(n >> i & 1) for i, name in enumerate(names)})
        values.update({name: bool(word & bit) for bit, name in self.flags.items()})
        return self.bdd.cube(values)

    def _opening(self, openings: Openings) -> Function:
        """The opening words: as a product of their answers where they are one, as free facts and switches are."""
        questions = [q for q in self.masks.questions.values() if q.key in self.bits]
        words = set(openings.words)
        if prod(len(openings.answers[q.key]) for q in questions) != len(words):
            return self.union(self._cube(word) for word in words)
        found = self.bdd.cube(dict.fromkeys(self.flags.values(), False))
        for question in questions:
            found &= self.answers(question, sum(openings.answers[question.key]))
        return found

    def _none_waits(self) -> Function:
        return self.bdd.cube(dict.fromkeys(self.waits, False))

    def condition(self, forbidden: Forbidden) -> Function:
        """The states in which a compiled condition holds."""
        found = self._conditions.get(forbidden)
        if found is None:
            found = self._conditions[forbidden] = self.union(self._free_of(mask) for mask in forbidden)
        return found

    def _free_of(self, mask: int) -> Function:
        """The states without any of the bits of a mask."""
        found = self.true
        for question in self.masks.questions.values():
            if mask & question.all:
                found &= self.answers(question, question.all & ~mask)
        for bit, name in self.flags.items():
            if mask & bit:
                found &= ~self.bdd.var(name)
        return found

    # -- what happens to a set

    def may(self, step: StepCode) -> Function:
        """The states in which a step is enabled and not tolled, lawful option or not."""
        return self.condition(step.silent) & ~self.condition(step.tolled) & ~self.final

    def open_to(self, option: OptionCode) -> Function:
        """The states in which an option of an enabled step is lawful."""
        found = self.condition(option.when)
        if option.offers is not None:
            found &= self.union(region for _, region in self._offers(option))
        return found

    def guard(self, step: StepCode, option: OptionCode) -> Function:
        """The states in which an option may be chosen."""
        found = self._guards.get(option.index)
        if found is None:
            found = self._guards[option.index] = self.may(step) & self.open_to(option)
        return found

    def _offers(self, option: OptionCode) -> Iterator[tuple[int, Function]]:
        """The offers that an option may make, each with the states in which it is the next."""
        masks = self.masks
        left = self.true
        for n in option.offers or ():
            region = self.condition(masks.offer_whens[n])
            if not masks.free:
                region &= left & ~self.bdd.var(self.flags[masks.made[masks.opening.offers[n].name]])
                left &= ~region
            yield n, region

    def image(self, step: StepCode, option: OptionCode, states: Function) -> Function:
        """The settled states after an option of a step is chosen in those of *states* in which it is lawful."""
        return self._chosen(option, self.guard(step, option) & states)

    def _chosen(self, option: OptionCode, states: Function) -> Function:
        """The settled states after an option is chosen in each of *states*."""
        if states == self.false:
            return self.false
        self._tidy()
        self.changed = {*self.bits["prima_facie",]} if self.splits else set()  # it changes last, when all else is settled
        self.fired.add(option.index)
        self._require(option, states)
        return self.settle(self._moved(option, states), (option.option.event,))

    def _tidy(self) -> None:
        """Gives up nodes that no set uses any longer. Raises TooLarge where too many are in use."""
        if len(self.bdd) > self.garbage:
            self.bdd.collect_garbage()
            if len(self.bdd) > self.most:
                raise TooLarge
            self.garbage = max(GARBAGE, 2 * len(self.bdd))

    def _moved(self, option: OptionCode, states: Function) -> Function:
        """The states after the option's own moves and the effects that conditions can ask about."""
        masks = self.masks
        for question, n in option.adds:
            cap = len(question.answers) - 1
            before = [(now, states & self._answer(question, now)) for now in range(cap + 1)]
            states = self.union(self._assign(s, {question.key: min(max(now + n, 0), cap)}) for now, s in before)
        after: dict[Key, int] = {}
        for key in option.moved:
            question = masks.questions[key]
            if option.choice & question.all:
                after[key] = ((option.choice & question.all) >> question.first).bit_length() - 1
        own = option.choice & ~sum(masks.questions[key].all for key in after)
        if option.offers is not None:
            states = self._with_offers(option, states)
        for effect in option.option.effects:
            states = self._effect(effect, states)
        return self._assign(states, after, {bit: True for bit in self.flags if own & bit})

    def _with_offers(self, option: OptionCode, states: Function) -> Function:
        masks = self.masks
        key: Key = ("offer",)
        parts = []
        for n, region in self._offers(option):
            offer = masks.opening.offers[n].name
            made = {} if masks.free else {masks.made[offer]: True}
            parts.append(self._assign(states & region, {key: masks.questions[key].answers.index(offer)}, made))
        return self.union(parts)

    def _effect(self, effect: object, states: Function) -> Function:
        opening = self.masks.opening
        match effect:
            case Suppress(what):
                marked = {i.name for i in opening.evidence if what == "challenged" or i.outside_scope}
                parts = []
                for excepted, region in self._exceptions():
                    down: dict[Key, int] = {("item", name): 1 for name in fallen(opening, excepted) if name in marked}
                    parts.append(self._assign(states & region, down))
                states = self.union(parts)
            case Restore():
                states = self._assign(states, {("item", name): 0 for name in fallen(opening)})
            case AmendCharge(from_offense, to_offense):
                for n in range(len(opening.charges)):
                    question = self.masks.questions["charge", str(n)]
                    if from_offense in question.answers:
                        old = self.answers(question, question.bit(from_offense))
                        to = self._assign(states & old, {question.key: question.answers.index(to_offense)})
                        states = to | states & ~old
            case _:
                return states
        if self.prima_facie is not None:
            answer = self._answer(self.masks.questions["prima_facie",], 0)
            states = self._forget(states, self.bits["prima_facie",])
            states &= answer & self.prima_facie | ~answer & ~self.prima_facie
        return states

    def _exceptions(self) -> Iterator[tuple[set[str], Function]]:
        """Every combination of exceptions that may hold, with its states."""
        exempt = [
            (i.name, self.condition(self.masks.compile(i.exemption.when))) for i in self.masks.opening.evidence if i.exemption
        ]
        for choice in product((True, False), repeat=len(exempt)):
            region = self.true
            for (_, holds), yes in zip(exempt, choice, strict=True):
                region &= holds if yes else ~holds
            if region != self.false:
                yield {name for (name, _), yes in zip(exempt, choice, strict=True) if yes}, region

    def _prima_facie(self) -> Function:
        """The states in which each element that some item ever proved still has an admissible one."""
        masks = self.masks
        if not masks.opening.charges:
            return self.true
        question = masks.questions["charge", "0"]
        found = self.bdd.false
        for offense in question.answers:
            enough = self.bdd.true
            for element in masks.procedure.offenses[str(offense)].elements:
                proving = [masks.questions["item", i.name] for i in masks.opening.evidence if element in i.proves]
                if proving:
                    enough &= self.union(self.answers(item, item.bit(True)) for item in proving)
            found |= self.answers(question, question.bit(offense)) & enough
        return found

    def _assign(self, states: Function, answers: Mapping[Key, int], flags: Mapping[int, bool] | None = None) -> Function:
        """The states with these answers and flags in place of their own."""
        values: dict[str, bool] = {}
        for key, n in answers.items():
            if key in self.bits:
                values.update({name: bool(n >> i & 1) for i, name in enumerate(self.bits[key])})
        values.update({self.flags[bit]: value for bit, value in (flags or {}).items()})
        return self._put(states, values)

    def _put(self, states: Function, values: Mapping[str, bool]) -> Function:
        return self.bdd.cube(dict(values)) & self._forget(states, values) if values else states

    def _forget(self, states: Function, names: Iterable[str]) -> Function:
        self.changed.update(names)
        return self.bdd.exist(set(names), states)

    # -- what follows at once

    def settle(self, states: Function, happened: tuple[str, ...]) -> Function:
        """The settled states after an event: its consequences applied, its invariants watched."""
        masks = self.masks
        states = self._waiting_for(states, happened)
        if masks.consequences:
            states = self._followed(states)
        for when, bit in masks.visit_bits:
            if self.flags[bit] in self.changed or self._may_differ(when):
                holds = self.condition(when)
                states = holds & states | self._put(~holds & states, {self.flags[bit]: False})
        if self.splits:
            states = self._forget(states, self.bits["prima_facie",])
        return self._watched(states)

    def _may_differ(self, forbidden: Forbidden) -> bool:
        """Whether a condition asks about anything that has changed since the last settled state."""
        asked = self._asked.get(forbidden)
        if asked is None:
            asked = self._asked[forbidden] = self.bdd.support(self.condition(forbidden))
        return not self.changed.isdisjoint(asked)

    def _followed(self, states: Function) -> Function:
        """Consequences, each at most once, the first that holds first, until none holds."""
        masks = self.masks
        whens = [self.condition(when) for when, _, _ in masks.consequences]
        if self._something_follows(whens) & states == self.false:
            return states
        marks = [self.bdd.var(name) for name in self.applied]
        states &= self.bdd.cube(dict.fromkeys(self.applied, False))
        done = self.false
        while states != self.false:
            following = self.false
            for (_, code, _), when, mark, name in zip(masks.consequences, whens, marks, self.applied, strict=True):
                chosen = ~mark & when & states
                if chosen != self.false:
                    states &= ~chosen
                    self.fired.add(code.index)
                    self._require(code, chosen)
                    moved = self._moved(code, chosen)
                    following |= self._waiting_for(self._put(moved, {name: True}), (code.option.event,))
            done |= states
            states = following
        return self._forget(done, self.applied)

    def _something_follows(self, whens: Sequence[Function]) -> Function:
        if self._follows is None:
            self._follows = self.union(whens)
        return self._follows

    # -- invariants

    def _require(self, option: OptionCode, states: Function) -> None:
        for name, invariant, when, _ in self.watches:
            asked = isinstance(invariant, Requires) and invariant.event == option.option.event
            if asked and ~self.condition(when) & states != self.false:
                self.broken.add(name)

    def _waiting_for(self, states: Function, happened: tuple[str, ...]) -> Function:
        for (_, invariant, _, _), name in zip(self.watches, self.waits, strict=True):
            if isinstance(invariant, Always | Eventually) and invariant.after in happened:
                states = self._put(states, {name: True})
        return states

    def _watched(self, states: Function) -> Function:
        """What is waited for, come about or over."""
        for (_, invariant, when, unless), wait in zip(self.watches, self.waits, strict=True):
            if isinstance(invariant, Eventually) and (wait in self.changed or self._may_differ(when) or self._may_differ(unless)):
                over = self.bdd.var(wait) & (self.condition(when) | self.condition(unless))
                met = over & states
                if met != self.false:
                    states = ~over & states | self._put(met, {wait: False})
        return states

    def broken_in(self, states: Function) -> set[str]:
        """The invariants that some of these settled states break."""
        found = set()
        for (name, invariant, when, _), wait in zip(self.watches, self.waits, strict=True):
            if isinstance(invariant, Always):
                bad = self.bdd.var(wait) & ~self.condition(when)
            elif isinstance(invariant, Never):
                bad = self.condition(when)
            else:
                continue
            if bad & states != self.false:
                found.add(name)
        return found

    def stuck(self, states: Function) -> Function:
        """The open states in which no step is lawful."""
        left = states & ~self.final
        for step in self.steps:
            left &= ~(self.may(step) & self.union(self.open_to(option) for option in step.options))
        return left

    def waiting_at_the_end(self, states: Function, stuck: Function) -> dict[str, Function]:
        """The ends of paths at which something should have come about and has not, by invariant."""
        ends = states & self.final | stuck
        found = {}
        for (name, invariant, _, _), wait in zip(self.watches, self.waits, strict=True):
            if isinstance(invariant, Eventually) and (left := ends & self.bdd.var(wait)) != self.false:
                found[name] = left
        return found

    # -- the search

    def reachable(self) -> Function:
        """Every settled state, by any order of lawful steps. Raises TooLarge."""
        for _ in self._search():
            pass
        return self.reached

    def probe(self, most: int) -> int:
        """The diagram nodes that the first choices make, counted no further than somewhat beyond *most*."""
        for _ in islice(self._search(), PROBED):
            if len(self.bdd) > most:
                break
        return len(self.bdd)

    def _search(self) -> Iterator[None]:
        """The search for every settled state, one choice of an option after the other. Raises TooLarge.

        The spine goes forward: what can still come back is searched together, what lies behind it only once that is done.
        Each part of the spine keeps a diagram of its own, so that no work is done again for the states of the others.
        """
        stretches = list(self._stretches())
        self.parts = [self.start & here for here, _, _ in stretches]
        for n, (here, staying, leaving) in enumerate(stretches):
            onward = [m for m in range(len(stretches)) if m != n]
            yield from self._exhaust(n, here, staying)
            for step, option in leaving:
                image = self.image(step, option, self.parts[n])
                if image == self.false:
                    continue
                for m in onward:
                    self.parts[m] |= stretches[m][0] & image
                yield

    @property
    def reached(self) -> Function:
        """What has been reached so far."""
        return self.union(self.parts)

    def _stretches(self) -> Iterator[tuple[Function, list[Choice], list[Choice]]]:
        """The parts of the spine in its order: their states, the options that may stay in them, those that lead on."""
        import networkx as nx

        question = self.masks.questions["track", SPINE]
        choices = [(step, option) for step in self.steps for option in step.options]
        graph: nx.DiGraph[object] = nx.DiGraph()
        graph.add_nodes_from(question.answers)
        follows = {goal for _, code, _ in self.masks.consequences for goal in self._goals(code)}
        for _, option in choices:
            for goal in {*self._goals(option), *follows}:
                graph.add_edges_from((state, goal) for state in self._from(option))
        condensed = nx.condensation(graph)
        for n in nx.lexicographical_topological_sort(condensed):
            states = condensed.nodes[n]["members"]
            here = self.answers(question, question.bits(states))
            moves = [(choice, set(self._goals(choice[1]))) for choice in choices if states & set(self._from(choice[1]))]
            staying = [choice for choice, goals in moves if not goals or (goals | follows) & states]
            yield here, staying, [choice for choice, goals in moves if (goals | follows) - states]

    def _goals(self, option: OptionCode) -> list[object]:
        return [state for track, state in option.option.to if track == SPINE]

    def _from(self, option: OptionCode) -> list[object]:
        """The states of the spine in which an option may be lawful."""
        question = self.masks.questions["track", SPINE]
        if option.step_index < 0:
            return list(question.answers)
        when = self.masks.steps[option.step_index].when
        return [
            a for a in question.answers if not question.bit(a) & self.masks.final and any(not m & question.bit(a) for m in when)
        ]

    def _exhaust(self, n: int, here: Function, choices: Sequence[Choice]) -> Iterator[None]:
        """Reaches everything in a part of the spine that these options reach without leaving it."""
        done: dict[int, Function] = {}
        changed = True
        while changed:
            changed = False
            for step, option in choices:
                chosen = self.guard(step, option) & self.parts[n]
                if chosen == done.get(option.index, self.false):
                    continue
                done[option.index] = chosen
                grown = here & self._chosen(option, chosen) | self.parts[n]
                if grown != self.parts[n]:
                    self.parts[n] = grown
                    changed = True
                yield

    def after(self, states: Function) -> Function:
        """The settled states one lawful step after any of *states*."""
        return self.union(self.image(step, option, states) for step in self.steps for option in step.options)

    # -- single states

    def count(self, states: Function) -> int:
        return int(self.bdd.count(states, nvars=len(self.variables))) if states != self.false else 0

    def one(self, states: Function) -> Node:
        """Some state of a set."""
        picked = self.bdd.pick(states, care_vars=set(self.variables))
        assert picked is not None
        return self._node(picked)

    def set_of(self, node: Node) -> Function:
        word, waiting = node
        return self._cube(word) & self.bdd.cube({name: bool(waiting >> n & 1) for n, name in enumerate(self.waits)})

    def words(self, states: Function, asked: int) -> Iterator[int]:
        """Every combination of the asked answers and flags in a set, as words; all else is as in the opening."""
        names = {n for key, bits in self.bits.items() if asked & self.masks.questions[key].all for n in bits}
        names |= {name for bit, name in self.flags.items() if asked & bit}
        for values in self.bdd.pick_iter(self._forget(states, set(self.variables) - names), care_vars=names):
            yield self._node({**dict.fromkeys(self.variables), **values})[0]

    def _node(self, values: Mapping[str, bool | None]) -> Node:
        word = self.base
        for key, names in self.bits.items():
            question = self.masks.questions[key]
            if values[names[0]] is not None:
                n = sum(1 << i for i, name in enumerate(names) if values[name])
                word = word & ~question.all | 1 << (question.first + n)
        for bit, name in self.flags.items():
            word = word | bit if values[name] else word & ~bit
        return word, sum(1 << n for n, name in enumerate(self.waits) if values[name])


def bits_of(forbidden: Forbidden) -> int:
    """Every bit of the word that a condition may ask about."""
    found = 0
    for mask in forbidden:
        found |= mask
    return found


def in_good_order(
    masks: Masks,
    starts: Sequence[int],
    steps: Sequence[StepCode],
    watches: Sequence[tuple[str, object, Forbidden, Forbidden]],
    splits: bool,
    most: int,
) -> Diagrams:
    """Diagrams in that of several orders in which the first choices of options make the fewest nodes.

    That costs little and tells bad orders from good ones, not always the best from the second best. The
    span of an order does not tell them apart: it is the same from both ends.
    """
    openings = Openings(masks, starts)
    unordered = Diagrams(masks, openings, steps, watches, splits, maxsize)
    best: Sequence[Group] = ()
    least = maxsize
    for order in orders([*unordered.bits, *unordered.flags], unordered.together()):
        nodes = Diagrams(masks, openings, steps, watches, splits, maxsize, order).probe(least)
        if nodes < least:
            best, least = order, nodes
    return Diagrams(masks, openings, steps, watches, splits, most, best)


def orders(groups: Sequence[Group], together: Sequence[set[Group]]) -> Iterator[list[Group]]:
    """Orders of the groups of variables in which those are close together that the same law joins.

    The best of many runs of FORCE, each from another order, and each result from both ends. What nearly all law asks would
    pull all else to itself: it is left out, then the spine (most asked of all) put first, the others at the end.
    """
    number = {group: n for n, group in enumerate(groups)}
    edges = list(dict.fromkeys(tuple(sorted(edge, key=number.__getitem__)) for edge in together if edge))
    joined = {group: sum(group in edge for edge in edges) for group in groups}
    asked_by_all = sorted((g for g in groups if joined[g] > UBIQUITOUS * len(edges)), key=lambda group: -joined[group])
    rest = [group for group in groups if group not in asked_by_all]
    edges = [left for edge in edges if len(left := tuple(g for g in edge if g not in asked_by_all)) > 1]
    chance = Random(1)
    found = [_force(chance.sample(rest, len(rest)), edges) for _ in range(RESTARTS)]
    for order, _ in sorted(found, key=lambda pair: pair[1])[:TRIED]:
        yield [*asked_by_all[:1], *order, *asked_by_all[1:]]
        yield [*asked_by_all[:1], *reversed(order), *asked_by_all[1:]]


def _force(groups: Sequence[Group], edges: Sequence[tuple[Group, ...]]) -> tuple[list[Group], float]:
    """An order in which the members of an edge are close, and the sum of the edges' spans.

    Each group moves to the mean center of its edges, again and again: FORCE (Aloul, Markov & Sakallah 2003).
    """
    place = {group: float(n) for n, group in enumerate(groups)}
    mine = {group: [n for n, edge in enumerate(edges) if group in edge] for group in groups}
    best, least = list(groups), float("inf")
    for _ in range(50):
        centers = [sum(place[group] for group in edge) / len(edge) for edge in edges]
        pulled = {g: sum(centers[n] for n in mine[g]) / len(mine[g]) if mine[g] else place[g] for g in groups}
        order = sorted(groups, key=lambda group: (pulled[group], place[group]))
        place = {group: float(n) for n, group in enumerate(order)}
        span = sum(max(place[g] for g in edge) - min(place[g] for g in edge) for edge in edges)
        if span < least:
            best, least = order, span
    return best, least
