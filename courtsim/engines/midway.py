"""A case on its way as a node of the exact event tree: what may still come of it, seen by someone who does not know what comes.

What the law settles stays as it is: deadlines, fixed delays, what already stands still. Of a delay that chance has drawn
nobody knows yet how long it will be, only that it has not run out: it gets the median of what is left of its
distribution, which at the start of a clock is its central value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from courtsim.case.clocks import DAY, NEVER, OFF, STANDING, CourtClock, RolledClock, SpecialClock, ticks
from courtsim.case.core import apply
from courtsim.case.history import Happening
from courtsim.case.masks import OptionCode
from courtsim.choosers.findings import Belief
from courtsim.choosers.kinds import Moment
from courtsim.engines.simulate import Walk
from courtsim.engines.tape import quantile
from courtsim.engines.tree import Branch, Node, Ticking, Tree
from courtsim.errors import NotAvailable
from courtsim.procedure.conditions import Value
from courtsim.procedure.delays import Distribution, Fixed, central
from courtsim.scenario.facts import FactOdds

HALVINGS = 53  # of the interval in which an elapsed share is looked for: to the last bit


class Begun(NamedTuple):
    """A case that may be the one at hand: how likely, what has happened in it, and the ways that it may take now."""

    p: float
    opened: int  # the word at its opening
    happenings: Sequence[Happening]
    branches: Sequence[Branch]


def begun(walk: Walk, tree: Tree, step: str, option: str, hidden: frozenset[str]) -> list[Begun]:
    """The case at the moment at which *option* of *step* is chosen, once for each way that the *hidden* facts may be.

    Hidden facts are drawn by odds that the scenario states.

    Raises:
        NotAvailable: inside a script.
    """
    if walk.entry < len(tree.entries):
        raise NotAvailable("no exact values inside a script")
    code = tree.masks.option_codes[step, option]
    found: list[Begun] = []
    for facts, p in _likely(walk, tree, hidden):
        node = _node(walk, tree, facts)
        branches = tree.happen(node, code, walk.now)
        opened = _with_facts(tree, walk.masks.start(dict(walk.opening.facts)), facts)
        found.append(Begun(p, opened, walk.happenings, branches))
    return found


def chances(walk: Walk, tree: Tree, step: str, hidden: frozenset[str]) -> dict[str, float]:
    """How likely each option of *step* is now, to someone who knows neither the hidden facts nor what comes."""
    found: dict[str, float] = {}
    code = tree.masks.steps[tree.masks.index[step]]
    for facts, p in _likely(walk, tree, hidden):
        word = _with_facts(tree, walk.word, facts)
        for option in tree.masks.lawful_options(code, word):
            name = option.option.name
            found[name] = found.get(name, 0.0) + p * _chance(tree, word, option, walk.now)
    return found


def _with_facts(tree: Tree, word: int, facts: Mapping[str, Value]) -> int:
    if not facts:
        return word
    other = tree.masks.start(dict(tree.bench.opening.facts) | dict(facts))
    for name in facts:
        bits = tree.masks.questions["fact", name].all
        word = word & ~bits | other & bits
    return word


def _node(walk: Walk, tree: Tree, facts: Mapping[str, Value]) -> Node:
    word = _with_facts(tree, walk.word, facts)
    clocks = [_ticking(walk, step) for step in sorted(tree.relevance.steps) if walk.clocks.mode[step] != OFF]
    return tree.at(word, walk.now, clocks, _answered(tree, walk.word))


def _answered(tree: Tree, word: int) -> tuple[tuple[str, Belief], ...]:
    """The answers behind rulings that may be reviewed: they stand in the order, so nothing has to be believed."""
    given: dict[str, list[tuple[str, bool]]] = {}
    for key, question in tree.masks.questions.items():
        answer = question.read(word) if key[0] == "answer" else None
        if answer is not None:
            given.setdefault(key[1], []).append((key[2], bool(answer)))
    return tuple((test, ((tuple(answers), 1.0),)) for test, answers in given.items())


# -- clocks


def _ticking(walk: Walk, step: int) -> Ticking:
    clocks, now = walk.clocks, walk.now
    stands = clocks.mode[step] == STANDING
    special = clocks.special[step].copy() if step in clocks.special else None
    kept = special if clocks.timing.tolls[step] else None
    due = clocks.due[step]
    kind = _drawn(walk, step)
    if kind is None or (due <= now and not stands):
        return _as_it_is(walk, step, kept)
    column = walk.luck.delays(walk.luck.names[step], clocks.visits[step], "delay", kind)
    drawn = column[walk.place]
    left = _left(walk, step, special, stands)
    elapsed = max(0, drawn - left)
    remaining = ticks(median_left(kind, elapsed / DAY))
    return _reset(walk, step, kept, special, remaining, stands)


def _as_it_is(walk: Walk, step: int, kept: SpecialClock | None) -> Ticking:
    clocks = walk.clocks
    if clocks.mode[step] == STANDING:
        return Ticking(step, NEVER, 0 if kept is not None else clocks.left[step], kept)
    return Ticking(step, clocks.due[step], special=kept)


def _left(walk: Walk, step: int, special: SpecialClock | None, stands: bool) -> int:
    """Ticks until a drawn clock runs out, as it counts them."""
    match special:
        case CourtClock():
            return special.left if stands else special.until - special.court.elapsed(walk.now)
        case RolledClock():
            return special.left if stands else special.raw - walk.now
        case _:
            return walk.clocks.left[step] if stands else walk.clocks.due[step] - walk.now


def _reset(
    walk: Walk, step: int, kept: SpecialClock | None, special: SpecialClock | None, remaining: int, stands: bool
) -> Ticking:
    """The clock with so much left instead."""
    match special:
        case CourtClock():
            special.left = remaining
            special.until = special.court.elapsed(walk.now) + remaining
        case RolledClock():
            special.left = remaining
            special.raw = walk.now + remaining
        case _:
            return Ticking(step, NEVER, remaining) if stands else Ticking(step, walk.now + remaining)
    if stands:
        return Ticking(step, NEVER, 0 if kept is not None else remaining, kept)
    return Ticking(step, special.due(), special=kept)


def _drawn(walk: Walk, step: int) -> Distribution | None:
    """The distribution from which the delay of a running clock was drawn; None where the law settles it."""
    kind = walk.clocks.timing.plain[step]
    if kind is None:
        visit, found = walk.drawn.get(step, (0, None))
        kind = found if visit == walk.clocks.visits[step] else None
    return None if isinstance(kind, Fixed) else kind


def median_left(kind: Distribution, elapsed: float) -> float:
    """The median number of days still to go of a delay that has not run out after *elapsed* days."""
    if elapsed <= 0:
        return central(kind)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _days(kind, middle) <= elapsed:
            low = middle
        else:
            high = middle
    return max(0.0, _days(kind, (1 + high) / 2) - elapsed)


def _days(kind: Distribution, u: float) -> float:
    return float(quantile(kind, np.array([min(u, 1 - 2.0**-53)]))[0])


# -- what is hidden


def _likely(walk: Walk, tree: Tree, hidden: frozenset[str]) -> list[tuple[dict[str, Value], float]]:
    """The ways that hidden facts may be, each as likely as the odds and what has happened so far make it (Bayes)."""
    ways: list[tuple[dict[str, Value], float]] = [({}, 1.0)]
    for name in sorted(hidden):
        spec = tree.bench.scenario.facts[name]
        assert isinstance(spec, FactOdds)
        ways = [(way | {name: value}, p * share) for way, p in ways for value, share in spec.shares if share > 0]
    if len(ways) == 1:
        return [(ways[0][0], 1.0)]
    weighed = [(way, p * _likelihood(walk, tree, way)) for way, p in ways]
    total = sum(p for _, p in weighed)
    if total <= 0:  # what happened could not have, by these odds: then they teach nothing
        weighed, total = ways, sum(p for _, p in ways)
    return [(way, p / total) for way, p in weighed if p > 0]


def _likelihood(walk: Walk, tree: Tree, facts: Mapping[str, Value]) -> float:
    """How probable everything is that was decided so far, if these facts are so."""
    masks, p = tree.masks, 1.0
    word = _with_facts(tree, masks.start(dict(walk.opening.facts)), facts)
    for tick, index, details in walk.happenings:
        code = masks.options[index]
        if code.step_index >= 0:
            p *= _chance(tree, word, code, tick)
        word = masks.settled(masks.move(word, code))
        for detail in details:
            word = apply(masks, word, detail)
    return p


def _chance(tree: Tree, word: int, code: OptionCode, tick: int) -> float:
    chooser = tree.bench.choosers.get(code.step)
    lawful = tree.masks.lawful_options(tree.masks.steps[code.step_index], word)
    if chooser is None or len(lawful) < 2:
        return 1.0
    by = tree.bench.by[code.step_index]
    moment = Moment(
        masks=tree.masks,
        word=word,
        step=code.step,
        by=by,
        lawful=tuple(option.option.name for option in lawful),
        day=tick / DAY,
        hidden=tree.bench.hidden[by],
    )
    return chooser.odds(moment).get(code.option.name, 0.0)
