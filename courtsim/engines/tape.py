"""The tape: all chance of a run, addressed by meaning; and the quantiles that turn a number of it into a delay.

A number's address is (seed, case, step, visit, purpose). It depends on nothing else, so adding a step to a procedure,
running the cases in another order or on another machine leaves it as it was. Everything here is IEEE-754 addition,
multiplication, division and square root, so every machine computes the same bits.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from courtsim.case.clocks import DAY
from courtsim.procedure.delays import (
    NORMAL_90,
    Distribution,
    Empirical,
    Exponential,
    Fixed,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
)

Array: TypeAlias = NDArray[np.float64]

G = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: spreads the case numbers
_V = 0xD1B54A32D192ED03  # an odd constant of the same kind: spreads the visits
_M1, _M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = (1 << 64) - 1


def mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Stafford's variant 13 of the MurmurHash3 finalizer, the one of SplitMix64 (Steele, Lea and Flood 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_M1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_M2)
    return z ^ (z >> np.uint64(31))


def keys(seed: int, step: str, purpose: str) -> tuple[int, int]:
    """The two 64-bit keys of an address less its case and visit."""
    name = b"\0".join([str(seed).encode(), step.encode(), purpose.encode()])
    digest = blake2b(name, digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def numbers(seed: int, cases: NDArray[np.uint64], step: str, visit: int, purpose: str) -> Array:
    """The numbers in [0, 1) at one address of each of these cases: multiples of 2^-53."""
    first, second = keys(seed, step, purpose)
    offset = np.uint64((first + visit * _V) & _MASK)
    mixed = mix(mix(cases * np.uint64(G) + offset) + np.uint64(second))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def numbers_at(first: np.uint64, second: np.uint64, cases: NDArray[np.uint64], visits: NDArray[np.int64]) -> Array:
    """As `numbers`, for keys that are known and a visit each."""
    mixed = mix(mix(cases * np.uint64(G) + (first + visits.astype(np.uint64) * np.uint64(_V))) + second)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


class Tape:
    """All the chance of a run, read in blocks of consecutive cases.

    Args:
        seed: any integer; the same seed is the same luck.
        first: the first case of the block (cases count from 1).
        cases: how many cases the block has.
    """

    def __init__(self, seed: int, first: int = 1, cases: int = 1) -> None:
        self.seed = seed
        self.first = first
        self.cases = np.arange(first, first + cases, dtype=np.uint64)

    def numbers(self, step: str, visit: int, purpose: str) -> list[float]:
        """One number in [0, 1) for each case of the block."""
        drawn: list[float] = numbers(self.seed, self.cases, step, visit, purpose).tolist()
        return drawn

    def delays(self, step: str, visit: int, purpose: str, kind: Distribution) -> list[int]:
        """One delay in ticks of 2^-24 day for each case of the block."""
        if isinstance(kind, Fixed):
            return [round(kind.days * DAY)] * len(self.cases)
        drawn = quantile(kind, numbers(self.seed, self.cases, step, visit, purpose))
        on_grid: list[int] = np.rint(drawn * DAY).astype(np.int64).tolist()
        return on_grid


def quantile(kind: Distribution, u: Array) -> Array:
    """Days at *u* in [0, 1): the inverse of the distribution function. Never decreasing: more luck is never less delay."""
    match kind:
        case Fixed(days):
            return np.full_like(u, days)
        case Uniform(low, high):
            return low + u * (high - low)
        case Triangular(low, mode, high):
            return triangular(u, low, mode, high)
        case Exponential(mean):
            return -mean * log(1.0 - u)
        case Lognormal(median, p90):
            sigma = log(np.array([p90 / median]))[0] / NORMAL_90
            return median * exp(sigma * normal(u))
        case Normal(mean, sd):
            return np.maximum(0.0, mean + sd * normal(u))
        case Empirical(sample):
            ordered = np.sort(np.array(sample, dtype=np.float64))
            return ordered[np.minimum((u * len(ordered)).astype(np.int64), len(ordered) - 1)]
        case _:
            assert_never(kind)


def triangular(u: Array, low: float, mode: float, high: float) -> Array:
    """Delays in days from a least, a likeliest and a greatest value: what a clerk can tell you without data.

    Source: Kotz and van Dorp, Beyond Beta (2004), ch. 1.
    """
    rise = low + np.sqrt(u * (high - low) * (mode - low))
    fall = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u * (high - low) < mode - low, rise, fall)


def _polynomial(x: Array, *coefficients: float) -> Array:
    """Horner's rule, highest coefficient first."""
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
LOG = (
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
)
EXP = (
    4.13813679705723846039e-08,
    -1.65339022054652515390e-06,
    6.61375632143793436117e-05,
    -2.77777777770155933842e-03,
    1.66666666666666019037e-01,
)


def log(x: Array) -> Array:
    """The natural logarithm of positive finite numbers, by basic arithmetic alone: the same bits on every machine.

    The method of fdlibm's e_log.c (Sun Microsystems 1993): error below one unit in the last place.
    """
    fraction, exponent = np.frexp(x)
    small = fraction < 0.7071067811865476
    fraction = np.where(small, fraction * 2.0, fraction)
    k = (exponent - small).astype(np.float64)
    f = fraction - 1.0
    s = f / (2.0 + f)
    z = s * s
    r = z * _polynomial(z, *LOG)
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f)


def exp(x: Array) -> Array:
    """The exponential of numbers in [-700, 700], by basic arithmetic alone. The method of fdlibm's e_exp.c."""
    k = np.rint(x * 1.44269504088896338700)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    z = r * r
    c = r - z * _polynomial(z, *EXP)
    return np.ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), k.astype(np.int32))


NORMAL_CENTER = (  # numerator, denominator
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
NORMAL_NEAR = (  # numerator, denominator
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
NORMAL_FAR = (  # numerator, denominator
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


def normal(u: Array) -> Array:
    """The standard normal quantile. Wichura (1988), algorithm AS 241, PPND16: about 1 part in 10^16."""
    u = np.maximum(u, 2.0**-54)  # the tape's 0 stands for all numbers below 2^-53: its middle
    q = u - 0.5
    central = np.abs(q) <= 0.425
    r = 0.180625 - q * q
    middle = q * _polynomial(r, *NORMAL_CENTER[0]) / _polynomial(r, *NORMAL_CENTER[1])
    tail = np.sqrt(-log(np.minimum(u, 1.0 - u)))
    near = tail - 1.6
    close = _polynomial(near, *NORMAL_NEAR[0]) / _polynomial(near, *NORMAL_NEAR[1])
    far = tail - 5.0
    distant = _polynomial(far, *NORMAL_FAR[0]) / _polynomial(far, *NORMAL_FAR[1])
    outer = np.where(tail <= 5.0, close, distant)
    return np.where(central, middle, np.where(q < 0, -outer, outer))
