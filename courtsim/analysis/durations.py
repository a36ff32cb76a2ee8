"""How long cases take to their disposition: quantiles with intervals for each end, and the spread in equal stretches of days."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from courtsim.engines.run import Z95, Run, Share, share

MOST_BINS = 16


class Quantile(Struct, frozen=True):
    """Days, with a 95% interval from the order statistics of the sample (Conover 1999, sec. 3.2; no shape is assumed)."""

    days: float
    ci95: tuple[float, float]


class Duration(Struct, frozen=True):
    """Days to disposition of the cases that ended so (`end` is None for all of them)."""

    end: str | None
    cases: int
    p10: Quantile
    p50: Quantile
    p90: Quantile


class Bin(Struct, frozen=True):
    """The cases that were disposed of from day `low` up to, not including, day `high`."""

    low: float
    high: float
    cases: Share


def durations(run: Run, least: int = 20) -> tuple[Duration, ...]:
    """Of all cases first, then of each end that at least *least* of them came to."""
    days: dict[str | None, list[float]] = {None: [], **{end: [] for end in run.dispositions}}
    for outcome in run.outcomes:
        days[None].append(float(outcome.measures["days"]))
        days[outcome.disposition].append(float(outcome.measures["days"]))
    return tuple(_duration(end, sorted(found)) for end, found in days.items() if end is None or len(found) >= least)


def _duration(end: str | None, days: Sequence[float]) -> Duration:
    return Duration(end, len(days), *(_quantile(days, q) for q in (0.1, 0.5, 0.9)))


def _quantile(days: Sequence[float], q: float) -> Quantile:
    n = len(days)
    half = Z95 * math.sqrt(n * q * (1 - q))
    low, at, high = (days[min(n - 1, max(0, math.ceil(n * q + off) - 1))] for off in (-half, 0.0, half + 1))
    return Quantile(at, (low, high))


def bins(run: Run) -> tuple[Bin, ...]:
    """The run's days to disposition in at most sixteen equal stretches of a round number of days, from day 0."""
    days = [float(outcome.measures["days"]) for outcome in run.outcomes]
    width = _round_up(max(1.0, (max(days) + 1) / MOST_BINS))
    count = math.floor(max(days) / width) + 1
    fallen = [math.floor(d / width) for d in days]
    return tuple(Bin(n * width, (n + 1) * width, share(fallen.count(n), len(days))) for n in range(count))


def _round_up(days: float) -> float:
    """The next of 1, 2, 5, 10, 15, 30, 60, 90, 180, 365 days, and of whole years beyond."""
    return next((float(w) for w in (1, 2, 5, 10, 15, 30, 60, 90, 180, 365) if w >= days), 365.0 * math.ceil(days / 365))
