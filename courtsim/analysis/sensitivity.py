"""What moves an answer: every number moved to the ends of its range, one at a time; two together as a map; and an audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from courtsim.analysis.advice import Adviser
from courtsim.engines.policy import Graph, Plan, graph_of
from courtsim.errors import CourtsimError, WrongInput, listed, nearest
from courtsim.scenario.facts import Scenario

ASKED = "asked"  # the actor who is given the measure as his only value
WORTH: Mapping[str, Mapping[str, float]] = {
    "convicted": {"conviction": 1.0},
    "days": {"day_pending": 1.0},
    "jail_days": {"jail_day": 1.0},
    "probation_days": {"probation_day": 1.0},
    "community_service_hours": {"community_service_hour": 1.0},
    "trial_held": {"trial": 1.0},
    "court_appearances": {"appearance": 1.0},
    "publicity": {"publicity": 1.0},
}


class Movable(Protocol):
    """A number of a scenario that can be moved: `files.parameters.Parameter`."""

    @property
    def path(self) -> str: ...
    @property
    def low(self) -> str: ...
    @property
    def now(self) -> str: ...
    @property
    def high(self) -> str: ...
    @property
    def mark(self) -> str | None: ...
    @property
    def stated(self) -> bool: ...


class Moved(Struct, frozen=True):
    """One number moved: the answer with it at the low and the high end of its range; None where no such case can be."""

    path: str
    low: str
    high: str
    at_low: float | None
    at_high: float | None
    mark: str | None
    stated: bool

    @property
    def swing(self) -> float:
        ends = [x for x in (self.at_low, self.at_high) if x is not None]
        return abs(ends[-1] - ends[0]) if len(ends) == 2 else 0.0


class Measured:
    """The exact value of one measure for a scenario and others like it; the tree is weighed anew while it keeps its shape.

    Args:
        change: makes the scenario with some values set, as for `--set`.
        measure: a disposition, `value.<actor>`, or one of the plain measures.

    Raises:
        WrongInput: no such measure.
    """

    def __init__(self, scenario: Scenario, change: Callable[[Sequence[str]], Scenario], measure: str, within: float) -> None:
        self.within = within
        self.actor, worth = _valued(scenario, measure)
        self._sets = [f"values.{self.actor}={worth}"] if worth else []
        self._change = change
        self._graph: Graph | None = None

    def at(self, sets: Sequence[str] = ()) -> float:
        """The measure with these values set."""
        scenario = self._change([*self._sets, *sets])
        if self._graph is None or not self._graph.reweighed(scenario):
            self._graph = graph_of(scenario, [self.actor], [], self.within)
        return Plan(self._graph).value[self.actor]


def _valued(scenario: Scenario, measure: str) -> tuple[str, str]:
    """An actor, and in YAML what outcomes must be worth to him so that his value is the measure; nothing for his own."""
    if measure.startswith("value.") and measure.removeprefix("value.") in scenario.values:
        return measure.removeprefix("value."), ""
    ends = scenario.procedure.disposing()
    if measure in ends:
        return ASKED, f"{{final: {{{measure}: 1}}}}"
    if measure not in WORTH:
        known = [*ends, *WORTH, *(f"value.{actor}" for actor in scenario.values)]
        raise WrongInput(None, f"unknown measure {measure!r}", listed(known, most=len(known)), nearest(measure, known))
    ((key, each),) = WORTH[measure].items()
    return ASKED, f"{{{key}: {each}}}"


def tornado(measured: Measured, parameters: Sequence[Movable], progress: Callable[[int], None] | None = None) -> list[Moved]:
    """Each parameter moved alone; the widest swing first."""
    found = []
    for each in parameters:
        at_low, at_high = (_maybe(measured, f"{each.path}={end}") for end in (each.low, each.high))
        found.append(Moved(each.path, each.low, each.high, at_low, at_high, each.mark, each.stated))
        if progress is not None:
            progress(1)
    return sorted(found, key=lambda moved: -moved.swing)


def _maybe(measured: Measured, setting: str) -> float | None:
    """The answer; None where the number at this end makes no lawful scenario (a sentence above the statute, ...)."""
    try:
        return measured.at([setting])
    except CourtsimError:
        return None


def grid(
    measured: Measured,
    first: str,
    second: str,
    xs: Sequence[float],
    ys: Sequence[float],
    progress: Callable[[int], None] | None = None,
) -> list[list[float]]:
    """The measure over two parameters: a row for each of *ys*, a column for each of *xs*."""
    rows = []
    for y in ys:
        row = []
        for x in xs:
            row.append(measured.at([f"{first}={x!r}", f"{second}={y!r}"]))
            if progress is not None:
                progress(1)
        rows.append(row)
    return rows


class Audited(Struct, frozen=True):
    """An assumed number: how far the value moves over its range, and whether the advice stays the same."""

    path: str
    low: str
    high: str
    at_low: float | None
    at_high: float | None
    turns: tuple[str, ...]  # steps whose best option changes at one end or the other

    @property
    def swing(self) -> float:
        return abs(self.at_high - self.at_low) if self.at_low is not None and self.at_high is not None else 0.0


def audit(
    adviser: Adviser,
    change: Callable[[Sequence[str]], Scenario],
    parameters: Sequence[Movable],
    progress: Callable[[int], None] | None = None,
) -> list[Audited]:
    """The numbers ranked by how far the value of the actor who is advised moves."""
    best = adviser.advice().best
    found = []
    for each in parameters:
        values: list[float | None] = []
        turned: dict[str, None] = {}
        for end in (each.low, each.high):
            try:
                advice = adviser.of(change([f"{each.path}={end}"]))
            except CourtsimError:  # no lawful scenario at this end
                values.append(None)
                continue
            values.append(advice.value[adviser.actor])
            turned.update(dict.fromkeys(step for step, option in advice.best.items() if best.get(step, option) != option))
        found.append(Audited(each.path, each.low, each.high, values[0], values[1], tuple(turned)))
        if progress is not None:
            progress(1)
    return sorted(found, key=lambda each: (-len(each.turns), -each.swing))
