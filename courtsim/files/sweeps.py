"""A sweep file: one scenario with some of its numbers set to each of many values."""

from __future__ import annotations

import json
from hashlib import blake2b
from itertools import product
from math import isfinite, prod
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from courtsim.errors import Where, WrongInput
from courtsim.files.load import load_named
from courtsim.files.yaml import plain, read
from courtsim.scenario.facts import Scenario
from courtsim.version import __version__

MOST_POINTS = 100_000


class _Line(Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    """Evenly spaced values, both ends among them."""

    start: float
    end: float
    points: int

    def values(self) -> list[Any]:
        """At most one more than a sweep may have points: whoever asks for a billion is told so, not served."""
        if self.points == 1:
            return [self.start]
        step = (self.end - self.start) / (self.points - 1)
        return [round(self.start + n * step, 12) for n in range(min(self.points, MOST_POINTS + 1))]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    scenario: str
    over: dict[str, list[bool | int | float | str] | _Line]
    variant: str | None = None
    cases: int = 2000
    seed: int = 20190222
    rows: Literal["points", "cases"] = "points"


class Sweep(Struct, frozen=True):
    """What a sweep file asks for.

    Attributes:
        file: the sweep file, beside which or below which a scenario that it names by a path stands.
        points: the values of each point, by path.
        rows: a row for each point, or for each of its cases.
    """

    scenario: str
    variant: str | None
    file: Path
    cases: int
    seed: int
    rows: Literal["points", "cases"]
    points: tuple[dict[str, bool | int | float | str], ...]

    def at(self, point: int) -> Scenario:
        """The scenario of a point. Raises WrongInput where its values make none."""
        sets = [f"{path}={json.dumps(value)}" for path, value in self.points[point].items()]
        return load_named(self.scenario, self.file, variant=self.variant, sets=sets)

    @property
    def digest(self) -> str:
        """Of all that the rows depend on: the inputs of the scenario, the points, cases, seed and version."""
        scenario = load_named(self.scenario, self.file, variant=self.variant)
        asked = [scenario.digest, self.cases, self.seed, self.rows, list(self.points), __version__]
        return blake2b(json.dumps(asked).encode(), digest_size=8).hexdigest()


def read_sweep(path: Path) -> Sweep:
    """Reads a sweep file.

    Raises:
        WrongInput: it is none, or asks for nothing or too much.
    """
    where = Where(str(path), 0, 0)
    try:
        found = msgspec.convert(plain(read(path)), _File)
    except msgspec.ValidationError as fault:
        expected = "scenario, over, and where wanted variant, cases, seed, rows (points or cases)"
        raise WrongInput(where, f"no sweep: {fault}", expected) from fault
    if found.cases < 2:
        raise WrongInput(where, f"cases: {found.cases}", "at least 2")
    values = {name: each.values() if isinstance(each, _Line) else each for name, each in found.over.items()}
    empty = [name for name, each in values.items() if not each]
    if empty or not values:
        raise WrongInput(where, f"no values for {empty[0]}" if empty else "nothing under `over`", "PATH: [values]")
    for name, each in values.items():
        if any(isinstance(value, float) and not isfinite(value) for value in each):
            raise WrongInput(where, f"a value of {name} that is no number", "finite numbers")
    if prod(map(len, values.values())) > MOST_POINTS:
        raise WrongInput(where, f"more than {MOST_POINTS:,} points", "fewer values")
    points = [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]
    return Sweep(found.scenario, found.variant, path, found.cases, found.seed, found.rows, tuple(points))
