"""Paired comparisons: two or more courses of the same cases under the same luck (common random numbers).

A case of one run and the case of the same number of the other read the same tape, so what differs between them differs
because of the change. Differences are means over pairs; their intervals are those of the paired differences.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
import numpy as np
from msgspec import Struct

from courtsim.case.history import History
from courtsim.case.masks import masks_of
from courtsim.choosers.findings import Findings
from courtsim.choosers.kinds import Decider, Force, tests_of_steps
from courtsim.engines.run import Z95, Run, plain_head
from courtsim.engines.sampled import Block, Column, Moments, Sampled, blocks_of, moments_of, together
from courtsim.engines.simulate import histories
from courtsim.engines.workers import Job, alone, engine_for, total
from courtsim.errors import WrongInput, listed, nearest
from courtsim.scenario.facts import Scenario
from courtsim.scenario.opens import opening

Cases: TypeAlias = Run | Sampled

MOST_CASES = 200_000  # that --precision runs before it gives up
KEPT = 250_000  # cases of each side whose measures are kept; pairs beyond are walked a second time


class Difference(Struct, frozen=True):
    """Of a measure: the mean of (change - baseline) over pairs, and by how much pairing cut its variance.

    `reduction` is the variance of the difference of two independent runs over that of the paired one; None where the
    pairs do not differ at all.
    """

    mean: float
    ci95: tuple[float, float]
    reduction: float | None
    paired: bool = True


class Move(Struct, frozen=True):
    """How many pairs ended in one state in the baseline and in another under the change."""

    before: str
    after: str
    n: int


class Pairs(Struct, frozen=True):
    """Two runs of the same cases compared."""

    label: str
    baseline: Cases
    change: Cases
    measures: Mapping[str, Difference]
    dispositions: Mapping[str, Difference]
    moves: tuple[Move, ...]
    explaining: int | None  # the number of the case that shows a changed end in the fewest events
    differing: Mapping[str, int]  # of each measure, in how many pairs

    @property
    def changed(self) -> int:
        return sum(move.n for move in self.moves)


class _Apart:
    """What pairs of one number come to, block by block."""

    def __init__(self) -> None:
        self.pairs = 0
        self.differing = 0
        self.ends = (math.inf, -math.inf)  # the least and the greatest difference
        self.before: Moments = (0.0, 0.0)
        self.after: Moments = (0.0, 0.0)
        self.apart: Moments = (0.0, 0.0)

    def add(self, before: Column, after: Column) -> None:
        apart, more = after - before, len(before)
        self.differing += int(np.count_nonzero(apart))
        self.ends = (min(self.ends[0], float(apart.min())), max(self.ends[1], float(apart.max())))
        self.before = together(self.pairs, self.before, more, moments_of(before))
        self.after = together(self.pairs, self.after, more, moments_of(after))
        self.apart = together(self.pairs, self.apart, more, moments_of(apart))
        self.pairs += more

    def difference(self) -> Difference:
        mean, squares = self.apart
        if self.ends[0] == self.ends[1] or self.pairs < 2:
            return Difference(mean, (mean, mean), None)
        half = Z95 * math.sqrt(squares / (self.pairs - 1) / self.pairs)
        return Difference(mean, (mean - half, mean + half), (self.before[1] + self.after[1]) / squares)


def paired(label: str, baseline: Cases, change: Cases) -> Pairs:
    """Compares two runs case by case. Both must have the same seed and cases."""
    ends = list(dict.fromkeys([*baseline.dispositions, *change.dispositions]))
    places = [np.array([ends.index(end) for end in run.dispositions], np.int64) for run in (baseline, change)]
    measures: dict[str, _Apart] = {}
    dispositions = {end: _Apart() for end in ends}
    moves: Counter[tuple[int, int]] = Counter()
    best: tuple[int, int] | None = None
    for before, after in zip(_blocks(baseline), _blocks(change), strict=True):
        for name in before.measures:
            if name in after.measures:
                measures.setdefault(name, _Apart()).add(before.measures[name], after.measures[name])
        one, other = places[0][before.disposition], places[1][after.disposition]
        for n, end in enumerate(ends):
            dispositions[end].add((one == n).astype(np.float64), (other == n).astype(np.float64))
        changed = np.flatnonzero(one != other)
        if len(changed):
            moves.update(zip(one[changed].tolist(), other[changed].tolist(), strict=True))
            events = (before.events + after.events)[changed]
            shortest = int(events.argmin())
            found = (int(events[shortest]), before.first + int(changed[shortest]))
            best = min(best or found, found)
    return Pairs(
        label=label,
        baseline=baseline,
        change=change,
        measures={name: apart.difference() for name, apart in measures.items()},
        dispositions={end: apart.difference() for end, apart in dispositions.items()},
        moves=tuple(Move(ends[a], ends[b], n) for (a, b), n in moves.most_common()),
        explaining=None if best is None else best[1],
        differing={name: apart.differing for name, apart in measures.items()},
    )


def _blocks(run: Cases) -> Iterator[Block]:
    return run.blocks() if isinstance(run, Sampled) else blocks_of(run)


def what_if(
    baseline: Scenario,
    change: Scenario,
    label: str,
    *,
    cases: int,
    seed: int,
    precision: float | None = None,
    measure: str = "convicted",
    engine: str = "auto",
    progress: Callable[[int], None] | None = None,
) -> Pairs:
    """A scenario against a change of it. With *precision*, until the half-width of *measure*'s difference is that small.

    Raises:
        WrongInput: no such measure.
    """
    sides = [_Side(baseline, seed, {}, engine), _Side(change, seed, {}, engine)]
    return _until(sides, label, cases, precision, measure, progress)


def compare(
    scenario: Scenario,
    step: str,
    *,
    cases: int,
    seed: int,
    engine: str = "auto",
    progress: Callable[[int], None] | None = None,
) -> dict[str, Cases]:
    """Every option of a step forced in turn, at every visit where it is lawful; the same luck for all else.

    Raises:
        WrongInput: no such step, or a step that has nothing to choose.
    """
    options, _ = courses(scenario, step)
    return {option: _Side(scenario, seed, {step: Force(option)}, engine).run(cases, progress) for option in options}


def courses(scenario: Scenario, step: str) -> tuple[list[str], list[str]]:
    """The options of a step that can be forced, and those that cannot: no answers to the test behind it lead to them.

    Raises:
        WrongInput: no such step, or a step that has nothing to choose.
    """
    steps = scenario.procedure.steps
    if step not in steps:
        raise WrongInput(None, f"unknown step {step!r}", listed(steps), nearest(step, steps))
    options = list(steps[step].options)
    choices = [name for name, found in steps.items() if len(found.options) > 1]
    if len(options) < 2:
        raise WrongInput(None, f"{step}, which has one option", listed(choices))
    test = tests_of_steps(scenario).get(step)
    if test is None:
        return options, []
    masks = masks_of(scenario.procedure, opening(scenario))
    impossible = Findings(scenario, test).impossible(masks, masks.start())
    left = [option for option in options if option not in impossible]
    if len(left) < 2:
        said = f"{step}, of whose options the answers to the test {test!r} lead to {listed(left)} alone"
        raise WrongInput(None, said, listed(name for name in choices if name != step))
    return left, [option for option in options if option in impossible]


class _Side:
    """One course of the cases, which can be continued."""

    def __init__(self, scenario: Scenario, seed: int, choosers: Mapping[str, Decider], engine: str) -> None:
        self.scenario = scenario
        self.seed = seed
        self.choosers = choosers
        self.engine = engine
        self.done: list[History] = []

    def run(self, cases: int, progress: Callable[[int], None] | None) -> Cases:
        """So many cases; the reference engine goes on where it was."""
        engine = engine_for(self.scenario, cases, self.engine, self.choosers)
        if engine == "sample":
            job = Job(self.scenario, self.seed, "drawn", self.choosers, engine)
            return total(job, cases, alone(job, cases, KEPT), progress, kept=KEPT)
        left = cases - len(self.done)
        for history in histories(self.scenario, left, self.seed, first=len(self.done) + 1, choosers=self.choosers):
            self.done.append(history)
            if progress is not None:
                progress(1)
        return Run(self.scenario, self.seed, self.done)


def _until(
    sides: Sequence[_Side],
    label: str,
    cases: int,
    precision: float | None,
    measure: str,
    progress: Callable[[int], None] | None,
) -> Pairs:
    while True:
        before, after = (side.run(cases, progress) for side in sides)
        found = paired(label, before, after)
        if measure not in found.measures:
            raise WrongInput(None, f"unknown measure {measure!r}", listed(found.measures), nearest(measure, found.measures))
        low, high = found.measures[measure].ci95
        if precision is None or (high - low) / 2 <= precision or cases >= MOST_CASES:
            return found
        cases = min(2 * cases, MOST_CASES)


def plain_pairs(pairs: Pairs) -> dict[str, Any]:
    """As `what-if --json` shows it."""
    head = plain_head(pairs.baseline.scenario, pairs.baseline.seed)
    return head | {
        "cases": len(pairs.baseline),
        "label": pairs.label,
        "baseline": _plain_run(pairs.baseline),
        "change": _plain_run(pairs.change),
        "differences": msgspec.to_builtins(pairs.measures),
        "disposition_differences": msgspec.to_builtins(pairs.dispositions),
        "ended_differently": pairs.changed,
        "moves": msgspec.to_builtins(pairs.moves),
        "explaining_case": pairs.explaining,
    }


def plain_options(scenario: Scenario, seed: int, step: str, options: Mapping[str, Cases]) -> dict[str, Any]:
    """As `compare --json` shows it: differences are from the first option."""
    first, *others = options
    differences = {other: msgspec.to_builtins(paired(other, options[first], options[other]).measures) for other in others}
    runs = {option: _plain_run(run) for option, run in options.items()}
    body = {"at": step, "cases": len(options[first]), "options": runs, "baseline": first, "differences": differences}
    return plain_head(scenario, seed) | body | {"left_out": courses(scenario, step)[1]}


def _plain_run(run: Cases) -> dict[str, Any]:
    return {"dispositions": msgspec.to_builtins(run.dispositions), "measures": msgspec.to_builtins(run.measures)}
