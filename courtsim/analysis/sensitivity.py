"""What moves an answer: every number moved to the ends of its range, one at a time; two together as a map; and an audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from courtsim.analysis.advice import Adviser
from courtsim.engines.graph import Place
from courtsim.engines.policy import Floats, ForkKey, Plan, Prospects, Shares, prospects_of
from courtsim.errors import CourtsimError, WrongInput, listed, nearest
from courtsim.scenario.facts import ByEvidence, ByPerson, ByRows, ChooserSpec, Scenario

READING = {"procedure", "inputs", "digest", "warnings", "sources", "believed"}  # of a scenario: how it was read, not what it says
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


class Answers(Protocol):
    """Whatever has one answer to a scenario with some values set."""

    def at(self, sets: Sequence[str] = ()) -> float: ...


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
        self._prospects: Prospects | None = None

    def scenario(self, sets: Sequence[str] = ()) -> Scenario:
        """The scenario with these values set, and with the measure as its actor's value."""
        return self._change([*self._sets, *sets])

    def at(self, sets: Sequence[str] = ()) -> float:
        """The measure with these values set."""
        return self.of(self.scenario(sets))

    def of(self, scenario: Scenario) -> float:
        """The measure for one of the scenarios that `scenario` makes."""
        if self._prospects is None or not self._prospects.reweighed(scenario):
            self._prospects = prospects_of(scenario, [self.actor], [], self.within)
        return Plan(self._prospects).value[self.actor]

    def over(self, scenarios: Sequence[Scenario], progress: Callable[[int], None] | None = None) -> list[float]:
        """The measure for each of many scenarios: those that keep the shape of the tree are weighed all at once."""
        # The middle one: what is likely at one end of a range is not rare there, so little is left out anywhere.
        middle = scenarios[len(scenarios) // 2]
        first = self._prospects = prospects_of(middle, [self.actor], [], self.within)
        together: dict[int, Shares] = {}
        forks = self._moving(first, scenarios)
        for n, scenario in enumerate(scenarios):
            shares = None if first.reasoned else first.shares_of(scenario, forks)
            if shares is not None:
                together[n] = shares
        worths, enough = first.over(self.actor, _columns(list(together.values())))
        found = {n: float(worth) for n, worth, good in zip(together, worths, enough, strict=False) if good}
        if progress is not None:
            progress(len(found))
        for n, scenario in enumerate(scenarios):
            if n not in found:
                found[n] = self.of(scenario)
                if progress is not None:
                    progress(1)
        return [found[n] for n in range(len(scenarios))]

    def _moving(self, prospects: Prospects, scenarios: Sequence[Scenario]) -> Mapping[ForkKey, Place]:
        """The forks whose odds may differ between scenarios: those whose chooser does, or what it reads."""
        first = scenarios[0]
        convicts = any(each.conviction != first.conviction for each in scenarios)
        moving: set[int] = set()
        for n, code in enumerate(prospects.tree.masks.steps):
            spec = first.choosers.get(code.step.name)
            others = any(each.choosers.get(code.step.name) != spec for each in scenarios)
            if others or (convicts and spec is not None and _weighs_evidence(spec)):
                moving.add(n)
        return {key: place for key, place in prospects.forks().items() if key[1] in moving}


def _weighs_evidence(spec: ChooserSpec) -> bool:
    """Whether a chooser asks how likely a conviction is."""
    match spec:
        case ByRows(rows):
            return any(_weighs_evidence(row.chooser) for row in rows)
        case ByPerson(_, otherwise):
            return otherwise is not None and _weighs_evidence(otherwise)
        case _:
            return isinstance(spec, ByEvidence)


def _columns(shares: Sequence[Shares]) -> dict[ForkKey, Floats]:
    """Odds by scenario as odds by fork: options down, scenarios across."""
    return {key: np.array([each[key] for each in shares], dtype=np.float64).T for key in (shares[0] if shares else ())}


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


def tornado(measured: Answers, parameters: Sequence[Movable], progress: Callable[[int], None] | None = None) -> list[Moved]:
    """Each parameter moved alone; the widest swing first."""
    found = []
    for each in parameters:
        at_low, at_high = (_maybe(measured, f"{each.path}={end}") for end in (each.low, each.high))
        found.append(Moved(each.path, each.low, each.high, at_low, at_high, each.mark, each.stated))
        if progress is not None:
            progress(1)
    return sorted(found, key=lambda moved: -moved.swing)


def _maybe(measured: Answers, setting: str) -> float | None:
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
    sets = [[f"{first}={x!r}", f"{second}={y!r}"] for y in ys for x in xs]
    found = measured.over(_combined(measured, first, second, xs, ys) or [measured.scenario(each) for each in sets], progress)
    return [found[n * len(xs) : (n + 1) * len(xs)] for n in range(len(ys))]


def _combined(measured: Measured, first: str, second: str, xs: Sequence[float], ys: Sequence[float]) -> list[Scenario] | None:
    """The scenarios of a map, put together from those along its two sides; None where both parameters move one thing.

    Reading a scenario of the Florida procedure takes 20 ms: 50 readings instead of 625.
    """
    base = measured.scenario()
    across = [measured.scenario([f"{first}={x!r}"]) for x in xs]
    down = [measured.scenario([f"{second}={y!r}"]) for y in ys]
    if not all(base.procedure.says_the_same(each.procedure) for each in (*across, *down)):
        return None
    moved = [set[tuple[str, str]]().union(*(_moved_parts(base, each) for each in side)) for side in (across, down)]
    if moved[0] & moved[1]:
        return None
    across = [replace(each, procedure=base.procedure) for each in across]  # one object: its law is compiled once
    return [_with_parts(x, y, moved[1]) for y in down for x in across]


def _moved_parts(base: Scenario, other: Scenario) -> set[tuple[str, str]]:
    """Where two scenarios differ: a part of them, and in a part that is a table, which entry."""
    found: set[tuple[str, str]] = set()
    for part in set(base.__struct_fields__) - READING:
        one, two = getattr(base, part), getattr(other, part)
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            found |= {(part, key) for key in {*one, *two} if one.get(key) != two.get(key)}
        elif one != two:
            found.add((part, ""))
    return found


def _with_parts(scenario: Scenario, other: Scenario, parts: Iterable[tuple[str, str]]) -> Scenario:
    """The scenario with some parts of another."""
    changed: dict[str, Any] = {}
    for part, key in sorted(parts):
        theirs = getattr(other, part)
        if not key:
            changed[part] = theirs
            continue
        table = changed[part] = dict(changed.get(part, getattr(scenario, part)))
        if key in theirs:
            table[key] = theirs[key]
        else:
            table.pop(key, None)
    return replace(scenario, **changed)


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
