"""How long a step waits once it is enabled: the delay distributions as data, and their central values.

All numbers are days. Nothing here draws: `engines/tape.py` turns a number in [0, 1) into a delay.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from itertools import pairwise
from typing import TypeAlias, assert_never

from msgspec import Struct

from courtsim.procedure.conditions import Condition

_STANDARD = statistics.NormalDist()
NORMAL_90 = 1.2815515655446004  # the standard normal quantile at 0.9


class Fixed(Struct, frozen=True, tag="fixed"):
    days: float


class Uniform(Struct, frozen=True, tag="uniform"):
    low: float
    high: float


class Triangular(Struct, frozen=True, tag="triangular"):
    low: float
    mode: float
    high: float


class Exponential(Struct, frozen=True, tag="exponential"):
    mean: float


class Lognormal(Struct, frozen=True, tag="lognormal"):
    """Lognormal through its median and its 90th percentile."""

    median: float
    p90: float


class Normal(Struct, frozen=True, tag="normal"):
    """Negative draws become 0."""

    mean: float
    sd: float


class Empirical(Struct, frozen=True, tag="empirical"):
    sample: tuple[float, ...]


class Deadline(Struct, frozen=True, tag="deadline"):
    """So many whole days after the day of the trigger (Fla. R. Gen. Prac. & Jud. Admin. 2.514)."""

    days: int


class Until(Struct, frozen=True, tag="until"):
    date: dt.date


class OfferTerm(Struct, frozen=True, tag="offer"):
    """A number of days among the terms of the offer on the table; `open_for` is how long it stands."""

    term: str


Distribution: TypeAlias = Fixed | Uniform | Triangular | Exponential | Lognormal | Normal | Empirical
Simple: TypeAlias = Distribution | Deadline | Until | OfferTerm


class Delay(Struct, frozen=True):
    """One way to fall due, and by which days it counts."""

    kind: Simple
    court_days: bool = False  # the clock moves only on days the court sits
    roll: bool = False  # what falls due on a day without court happens at the beginning of the next court day


class DelayRow(Struct, frozen=True):
    delay: Delay
    when: Condition | None = None


class DelayRows(Struct, frozen=True):
    """The first row whose condition holds when the visit starts; the last row has none."""

    rows: tuple[DelayRow, ...]


AnyDelay: TypeAlias = Delay | DelayRows
AT_ONCE = Delay(Fixed(0.0))


def central(kind: Distribution) -> float:
    """The central value in days: the median; of `normal` max(0, mean); of `empirical` the sample median."""
    match kind:
        case Fixed(days):
            return days
        case Uniform(low, high):
            return (low + high) / 2
        case Triangular(low, mode, high):
            rising = mode - low >= (high - low) / 2
            if rising:
                return float(low + ((high - low) * (mode - low) / 2) ** 0.5)
            return float(high - ((high - low) * (high - mode) / 2) ** 0.5)
        case Exponential(mean):
            return mean * 0.6931471805599453  # ln 2
        case Lognormal(median, _):
            return median
        case Normal(mean, _):
            return max(0.0, mean)
        case Empirical(sample):
            return float(statistics.median(sample))
        case _:
            assert_never(kind)


def span(kind: Simple) -> tuple[float, float]:
    """The least and the most days that it can be, where every day is a court day; infinity where nothing bounds it."""
    match kind:
        case Fixed(days):
            return days, days
        case Uniform(low, high):
            return low, high
        case Triangular(low, _, high):
            return low, high
        case Empirical(sample):
            return min(sample), max(sample)
        case Normal(mean, sd) if sd == 0:
            return max(0.0, mean), max(0.0, mean)
        case Deadline(days):
            return days, days + 1  # it falls due as its last day ends, whatever the hour of the trigger
        case _:
            return 0.0, math.inf


def slices(kind: Distribution, parts: int) -> tuple[float, ...]:
    """Equally likely values in days in place of a distribution: the means of its *parts* slices of equal probability.

    Their mean is the distribution's own. Of one slice, and of what has no chance in it, there is one value.
    """
    if isinstance(kind, Fixed):
        return (kind.days,)
    ends = [n / parts for n in range(parts + 1)]
    whole = [_below(kind, u) for u in ends]
    return tuple(parts * (after - before) for before, after in pairwise(whole))


def _below(kind: Distribution, u: float) -> float:
    """The integral of the quantile function from 0 to *u*, in days."""
    match kind:
        case Fixed(days):
            return days * u
        case Uniform(low, high):
            return low * u + (high - low) * u * u / 2
        case Triangular(low, mode, high):
            width = high - low
            bend = (mode - low) / width if width else 0.0
            rise = 2 / 3 * (width * (mode - low)) ** 0.5
            fall = 2 / 3 * (width * (high - mode)) ** 0.5
            if u <= bend:
                return float(low * u + rise * u**1.5)
            up_to_mode = low * bend + rise * bend**1.5
            return float(up_to_mode + high * (u - bend) + fall * ((1 - u) ** 1.5 - (1 - bend) ** 1.5))
        case Exponential(mean):
            left = 1 - u
            return mean * (u + (left * math.log(left) if left > 0 else 0.0))
        case Lognormal(median, p90):
            sigma = math.log(p90 / median) / NORMAL_90
            return median * math.exp(sigma * sigma / 2) * _STANDARD.cdf(_normal(u) - sigma)
        case Normal(mean, sd):
            zero = -mean / sd if sd else -math.inf
            z = _normal(u)
            if z <= zero:
                return 0.0
            density = _STANDARD.pdf(zero) - _STANDARD.pdf(z) if sd else 0.0
            return mean * (_STANDARD.cdf(z) - _STANDARD.cdf(zero)) + sd * density
        case Empirical(sample):
            ordered = sorted(sample)
            n = int(u * len(ordered))
            rest = ordered[n] * (u - n / len(ordered)) if n < len(ordered) else 0.0
            return math.fsum(ordered[:n]) / len(ordered) + rest
        case _:
            assert_never(kind)


def _normal(u: float) -> float:
    """The standard normal quantile, infinite at 0 and 1."""
    if u <= 0 or u >= 1:
        return -math.inf if u <= 0 else math.inf
    return _STANDARD.inv_cdf(u)


def always_zero(delay: AnyDelay) -> bool:
    """Whether the delay can be nothing but exactly zero days: such steps can repeat without time passing."""
    if isinstance(delay, DelayRows):
        return any(always_zero(row.delay) for row in delay.rows)
    match delay.kind:
        case Fixed(days):
            return days == 0
        case Empirical(sample):
            return all(day == 0 for day in sample)
        case Uniform(_, high):
            return high == 0
        case _:
            return False
