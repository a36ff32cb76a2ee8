"""When a simulated court has settled, how many times its years must be lived, and how sure a mean over them is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

BATCH = 5  # the 5 of MSER-5
LOOK_AHEAD = 5  # replications for which a precision must hold, of the first hundred
FEWEST = 3  # replications before a precision is believed at all
NORMAL = 1.959963984540054  # the standard normal quantile at 0.975


class Figure(Struct, frozen=True):
    """A mean over replications with Student's 95% interval."""

    mean: float
    ci95: tuple[float, float]

    @property
    def half(self) -> float:
        return (self.ci95[1] - self.ci95[0]) / 2


def warm_up(series: Sequence[float]) -> tuple[int, bool]:
    """How many of the first values to leave out, by MSER-5, and whether the rest has settled.

    The values are averaged in batches of five; the batches left out are those that make the standard error of the mean of
    the others least. A minimum in the second half says that the series never settled: then half of it is left out.

    Sources: White, An effective truncation heuristic for bias reduction in simulation output (Simulation 69, 1997); White
    and Robinson, The problem of the initial transient (again) (J. Simulation 4, 2010).
    """
    import numpy as np

    batches = np.array(series[: len(series) // BATCH * BATCH], dtype=np.float64).reshape(-1, BATCH).mean(axis=1)
    if len(batches) < 2:
        return 0, False
    kept = np.arange(len(batches), 0, -1)
    sums, squares = np.cumsum(batches[::-1])[::-1], np.cumsum((batches - batches.mean())[::-1] ** 2)[::-1]
    shifted = sums - kept * batches.mean()
    error = np.maximum(squares - shifted**2 / kept, 0.0) / kept**2
    few = max(1, len(batches) // 20)  # of the last batches any two may lie together by chance
    best = int(np.argmin(error[:-few]))
    half = len(batches) // 2
    return (best * BATCH, True) if best <= half else (half * BATCH, False)


def figure(values: Sequence[float]) -> Figure:
    """The mean of independent replications. NaN among them (nothing happened to measure) is left out."""
    found = [value for value in values if not math.isnan(value)]
    if not found:
        return Figure(math.nan, (math.nan, math.nan))
    mean = math.fsum(found) / len(found)
    if len(found) == 1:
        return Figure(mean, (-math.inf, math.inf))
    variance = math.fsum((value - mean) ** 2 for value in found) / (len(found) - 1)
    half = student(len(found) - 1) * math.sqrt(variance / len(found))
    return Figure(mean, (mean - half, mean + half))


def enough(values: Sequence[float], precision: float) -> int | None:
    """The number of replications at which the relative half-width came to *precision* and stayed; None: not yet.

    The rule looks ahead by 5 replications, by 5% of them beyond a hundred. Source: Hoad, Robinson and Davies, Automated
    selection of the number of replications for a discrete-event simulation (J. Operational Research Society 61, 2010).
    """
    first: int | None = None
    for n in range(FEWEST, len(values) + 1):
        found = figure(values[:n])
        if not found.half <= precision * abs(found.mean):
            first = None
            continue
        first = first or n
        if n - first >= LOOK_AHEAD * max(n, 100) // 100:
            return first
    return None


def student(freedom: int) -> float:
    """The quantile of Student's t at 0.975. Source: Hill, Algorithm 396 (Comm. ACM 13, 1970): six digits."""
    p = 0.05
    if freedom == 1:
        return 1 / math.tan(p * math.pi / 2)
    if freedom == 2:
        return math.sqrt(2 / (p * (2 - p)) - 2)
    n = float(freedom)
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * p) ** (2 / n)
    if y > 0.05 + a:
        x = -NORMAL
        y = x * x
        if freedom < 5:
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * (n + 1) / (n + 2) + 1 / y
    return math.sqrt(n * y)
