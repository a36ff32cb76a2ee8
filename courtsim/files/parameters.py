"""The numbers of a scenario that an analysis may move: where each stands, how far it is moved, and how sure it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from courtsim.scenario.facts import Scenario
from courtsim.scenario.sources import source_of

MOVED = 0.2  # a number without a range is moved by so much of itself
SECTIONS = ("facts", "conviction", "evidence", "offers", "choosers", "findings", "delays", "sentencing", "values", "costs")
SHARES = ("odds", "findings")  # numbers below these are probabilities, as are p and withhold
NAMES = ("p", "withhold")


class Parameter(Struct, frozen=True):
    """A number of a scenario.

    Attributes:
        path: as for `--set`.
        low, now, high: YAML for `--set`; of a delay the whole delay, scaled.
        stated: whether the scenario states the range itself.
        mark: `verified`, `recalled` or `assumed`: where the number comes from; None: nothing says.
    """

    path: str
    low: str
    now: str
    high: str
    stated: bool
    mark: str | None


def parameters(scenario: Scenario) -> list[Parameter]:
    """Every number of a scenario that can be moved, in the order of its file; zeros, which have no fifth, are left out."""
    tree = json.loads(scenario.inputs)["scenario"]
    found: list[Parameter] = []
    for section in SECTIONS:
        if section == "delays":
            found += [_delay(scenario, f"delays.{step}", delay) for step, delay in tree.get("delays", {}).items()]
        elif section in tree:
            found += _numbers(scenario, tree[section], section)
    return [each for each in found if each.low != each.high]


def ranged(scenario: Scenario, below: str) -> list[Parameter]:
    """The numbers below a path whose ranges the scenario states, in the order of its file."""
    stated = [(path, ends) for path, ends in scenario.ranges.items() if path.startswith(f"{below}.")]
    return [_parameter(scenario, path, low, mid, high, True) for path, (low, mid, high) in stated if low != high]


def _numbers(scenario: Scenario, value: Any, path: str) -> Iterator[Parameter]:
    if isinstance(value, dict):
        if {"low", "mid", "high"} == set(value):
            yield _parameter(scenario, path, value["low"], value["mid"], value["high"], True)
            return
        for key, inner in value.items():
            if key not in ("when", "from", "from_either", "label", "open_for", "open_until"):
                yield from _numbers(scenario, inner, f"{path}.{key}")
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            if isinstance(inner, dict):
                yield from _numbers(scenario, inner, f"{path}.{n}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low, high = sorted((value * (1 - MOVED), value * (1 + MOVED)))
        if _is_share(path):
            high = min(1.0, high)
        yield _parameter(scenario, path, low, value, high, False)


def _is_share(path: str) -> bool:
    parts = path.split(".")
    return parts[-1] in NAMES or any(part in SHARES for part in parts[:-1])


def _parameter(scenario: Scenario, path: str, low: float, now: float, high: float, stated: bool) -> Parameter:
    ends = [json.dumps(round(x, 12)) for x in (low, now, high)]
    return Parameter(path, ends[0], ends[1], ends[2], stated, _mark(scenario, path))


def _delay(scenario: Scenario, path: str, delay: Any) -> Parameter:
    low, high = (json.dumps(_scaled(delay, factor)) for factor in (1 - MOVED, 1 + MOVED))
    return Parameter(path, low, json.dumps(delay), high, False, _mark(scenario, path))


def _scaled(delay: Any, factor: float) -> Any:
    """A delay with all its days multiplied; deadlines, dates and the terms of an offer are law or agreed, and stay."""
    if isinstance(delay, bool | str):
        return delay
    if isinstance(delay, int | float):
        return round(delay * factor, 12)
    if isinstance(delay, list):
        return [_scaled(each, factor) for each in delay]
    fixed = ("when", "deadline", "until", "offer", "court_days", "roll")
    return {key: each if key in fixed else _scaled(each, factor) for key, each in delay.items()}


def _mark(scenario: Scenario, path: str) -> str | None:
    source = source_of(scenario, path)
    return source.mark if source else None
