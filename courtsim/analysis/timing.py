"""How much chance in the delays matters: the same cases at central timing and with drawn delays, and what came first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from courtsim.case.history import History
from courtsim.engines.run import Run
from courtsim.engines.simulate import histories
from courtsim.scenario.facts import Scenario

PAIRS = 20_000
NOTHING = "nothing"  # where one side has only what the other has too


class ChangedOrder(Struct, frozen=True):
    """The two steps whose changed order accounts for most of the pairs that ended differently.

    Attributes:
        steps: what happens first at central timing alone, and what happens first with drawn delays alone; of one step that
            is chosen otherwise, `step.option`.
        share: of the pairs that ended differently, those that parted by these two steps.
        changed: how many pairs ended differently.
        pairs: of how many.
    """

    steps: tuple[str, str]
    share: float
    changed: int
    pairs: int


def changed_order(
    scenario: Scenario, seed: int, pairs: int = PAIRS, progress: Callable[[int], None] | None = None
) -> ChangedOrder | None:
    """Runs the same cases at central and at drawn timing; None where no pair ended differently."""
    parted: Counter[tuple[str, str]] = Counter()
    central = histories(scenario, pairs, seed, timing="central")
    drawn = histories(scenario, pairs, seed)
    block_a: list[History] = []
    block_b: list[History] = []
    for a, b in zip(central, drawn, strict=True):
        block_a.append(a)
        block_b.append(b)
        if progress is not None:
            progress(2)
        if len(block_a) == 1000 or a.case == pairs:
            parted.update(_parted(Run(scenario, seed, block_a), Run(scenario, seed, block_b)))
            block_a, block_b = [], []
    if not parted:
        return None
    changed = parted.total()
    steps, n = parted.most_common(1)[0]
    return ChangedOrder(steps, n / changed, changed, pairs)


def _parted(central: Run, drawn: Run) -> list[tuple[str, str]]:
    """Of each pair that ended differently, what each side has first that the other never has."""
    found: list[tuple[str, str]] = []
    for n, (a, b) in enumerate(zip(central.outcomes, drawn.outcomes, strict=True)):
        if a.disposition != b.disposition:
            one, other = _course(central.histories[n]), _course(drawn.histories[n])
            first, second = _first_not_in(one, other), _first_not_in(other, one)
            same = first[0] == second[0]  # one step, chosen otherwise in the other state
            found.append((".".join(first), ".".join(second)) if same else (first[0], second[0]))
    return found


def _course(history: History) -> list[tuple[str, str, int]]:
    """Step, option and the how many-eth time of each event."""
    seen: Counter[tuple[str, str]] = Counter()
    course: list[tuple[str, str, int]] = []
    for _, index, _ in history.happenings:
        code = history.masks.options[index]
        seen[code.step, code.option.name] += 1
        course.append((code.step, code.option.name, seen[code.step, code.option.name]))
    return course


def _first_not_in(course: list[tuple[str, str, int]], other: list[tuple[str, str, int]]) -> tuple[str, ...]:
    there = set(other)
    return next(((step, option) for step, option, n in course if (step, option, n) not in there), (NOTHING,))
