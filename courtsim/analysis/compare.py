"""Paired comparisons: two or more courses of the same cases under the same luck (common random numbers).

A case of one run and the case of the same number of the other read the same tape, so what differs between them differs
because of the change. Differences are means over pairs; their intervals are those of the paired differences.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from courtsim.case.history import History
from courtsim.choosers.kinds import Decider, Moment
from courtsim.engines.run import Z95, Run, plain_head
from courtsim.engines.simulate import Bench, histories
from courtsim.errors import WrongInput, listed, nearest
from courtsim.scenario.facts import Scenario

MOST_CASES = 200_000  # that --precision runs before it gives up


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
    baseline: Run
    change: Run
    measures: Mapping[str, Difference]
    dispositions: Mapping[str, Difference]
    moves: tuple[Move, ...]
    explaining: int | None  # the number of the case that shows a changed end in the fewest events

    @property
    def changed(self) -> int:
        return sum(move.n for move in self.moves)


def paired(label: str, baseline: Run, change: Run) -> Pairs:
    """Compares two runs case by case. Both must have the same seed and cases."""
    names = [name for name in baseline.outcomes[0].measures if name in change.outcomes[0].measures]
    before, after = baseline.outcomes, change.outcomes
    ends = dict.fromkeys([*baseline.dispositions, *change.dispositions])
    moves = Counter((a.disposition, b.disposition) for a, b in zip(before, after, strict=True) if a.disposition != b.disposition)
    return Pairs(
        label=label,
        baseline=baseline,
        change=change,
        measures={
            name: _difference([float(o.measures[name]) for o in before], [float(o.measures[name]) for o in after])
            for name in names
        },
        dispositions={
            end: _difference([float(o.disposition == end) for o in before], [float(o.disposition == end) for o in after])
            for end in ends
        },
        moves=tuple(Move(a, b, n) for (a, b), n in moves.most_common()),
        explaining=_explaining(baseline, change),
    )


def _difference(before: Sequence[float], after: Sequence[float]) -> Difference:
    one, other = np.array(before, dtype=np.float64), np.array(after, dtype=np.float64)
    apart = other - one
    mean = float(apart.mean())
    if len(apart) < 2 or not apart.any():
        return Difference(mean, (mean, mean), None)
    variance = float(apart.var(ddof=1))
    half = Z95 * math.sqrt(variance / len(apart))
    reduction = float(one.var(ddof=1) + other.var(ddof=1)) / variance if variance else None
    return Difference(mean, (mean - half, mean + half) if variance else (mean, mean), reduction)


def _explaining(baseline: Run, change: Run) -> int | None:
    """The pair with different ends that takes the fewest events to read."""
    best: tuple[int, int] | None = None
    for n, (a, b) in enumerate(zip(baseline.outcomes, change.outcomes, strict=True)):
        if a.disposition != b.disposition:
            events = len(baseline.histories[n].happenings) + len(change.histories[n].happenings)
            best = min(best or (events, n), (events, n))
    return None if best is None else baseline.histories[best[1]].case


def what_if(
    baseline: Scenario,
    change: Scenario,
    label: str,
    *,
    cases: int,
    seed: int,
    precision: float | None = None,
    measure: str = "convicted",
    progress: Callable[[int], None] | None = None,
) -> Pairs:
    """A scenario against a change of it. With *precision*, until the half-width of *measure*'s difference is that small.

    Raises:
        WrongInput: no such measure.
    """
    sides = [_Side(baseline, seed, None), _Side(change, seed, None)]
    return _until(sides, label, cases, precision, measure, progress)


def compare(
    scenario: Scenario, step: str, *, cases: int, seed: int, progress: Callable[[int], None] | None = None
) -> dict[str, Run]:
    """Every option of a step forced in turn, at every visit where it is lawful; the same luck for all else.

    Raises:
        WrongInput: no such step, or a step that has nothing to choose.
    """
    steps = scenario.procedure.steps
    if step not in steps:
        raise WrongInput(None, f"unknown step {step!r}", listed(steps), nearest(step, steps))
    options = list(steps[step].options)
    if len(options) < 2:
        choices = [name for name, found in steps.items() if len(found.options) > 1]
        raise WrongInput(None, f"{step}, which has one option", listed(choices))
    found = {}
    for option in options:
        side = _Side(scenario, seed, {step: forced(scenario, step, option)})
        side.grow(cases, progress)
        found[option] = side.run()
    return found


def forced(scenario: Scenario, step: str, option: str) -> Decider:
    """A chooser that takes *option* wherever it is lawful and else decides as the scenario does."""
    own = Bench(scenario).choosers.get(step)

    def choose(moment: Moment) -> object:
        return option if option in moment.lawful or own is None else own.odds(moment)

    return choose


class _Side:
    """One course of the cases, which can be continued."""

    def __init__(self, scenario: Scenario, seed: int, choosers: Mapping[str, Decider] | None) -> None:
        self.scenario = scenario
        self.seed = seed
        self.choosers = choosers
        self.done: list[History] = []

    def grow(self, cases: int, progress: Callable[[int], None] | None) -> None:
        left = cases - len(self.done)
        for history in histories(self.scenario, left, self.seed, first=len(self.done) + 1, choosers=self.choosers):
            self.done.append(history)
            if progress is not None:
                progress(1)

    def run(self) -> Run:
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
        for side in sides:
            side.grow(cases, progress)
        found = paired(label, sides[0].run(), sides[1].run())
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


def plain_options(scenario: Scenario, seed: int, step: str, options: Mapping[str, Run]) -> dict[str, Any]:
    """As `compare --json` shows it: differences are from the first option."""
    first, *others = options
    differences = {other: msgspec.to_builtins(paired(other, options[first], options[other]).measures) for other in others}
    runs = {option: _plain_run(run) for option, run in options.items()}
    body = {"at": step, "cases": len(options[first]), "options": runs, "baseline": first, "differences": differences}
    return plain_head(scenario, seed) | body


def _plain_run(run: Run) -> dict[str, Any]:
    return {"dispositions": msgspec.to_builtins(run.dispositions), "measures": msgspec.to_builtins(run.measures)}
