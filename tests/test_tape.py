"""The tape: a number for an address, and the quantiles that turn numbers into delays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtsim.case.clocks import DAY
from courtsim.engines.tape import Tape, exp, log, normal, numbers, quantile
from courtsim.procedure.delays import (
    Distribution,
    Empirical,
    Exponential,
    Fixed,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
    central,
)

CASES = np.arange(1, 200_001, dtype=np.uint64)
DISTRIBUTIONS: list[Distribution] = [
    Fixed(3.0),
    Uniform(5.0, 15.0),
    Triangular(5.0, 10.0, 30.0),
    Exponential(30.0),
    Lognormal(20.0, 60.0),
    Normal(45.0, 10.0),
    Empirical((9.0, 3.0, 5.0, 5.0)),
]


def test_the_same_address_is_the_same_number() -> None:
    assert Tape(7, 1, 10).numbers("arraign", 1, "delay")[4] == Tape(7, 5, 1).numbers("arraign", 1, "delay")[0]


@pytest.mark.parametrize("other", [(8, "arraign", 1, "delay"), (7, "arrest", 1, "delay"), (7, "arraign", 2, "delay")])
def test_another_address_is_another_number(other: tuple[int, str, int, str]) -> None:
    seed, step, visit, purpose = other

    here = numbers(7, CASES[:100], "arraign", 1, "delay")
    there = numbers(seed, CASES[:100], step, visit, purpose)

    assert not np.any(here == there)


def test_golden_numbers_do_not_change_between_versions() -> None:
    assert Tape(20190222, 1, 3).numbers("rule_on_suppression", 1, "choice") == [
        0.35248563581922976,
        0.9145218167268208,
        0.256918115088028,
    ]


def test_numbers_are_uniform_and_uncorrelated() -> None:
    """Chi-square over 1,000 cells, and serial and pair correlation, each within 4.5 standard errors."""
    n = len(CASES)
    here = numbers(1, CASES, "a", 1, "delay")
    pairs = {
        "the next case": (here[:-1], here[1:]),
        "the next visit": (here, numbers(1, CASES, "a", 2, "delay")),
        "another step": (here, numbers(1, CASES, "b", 1, "delay")),
        "another seed": (here, numbers(2, CASES, "a", 1, "delay")),
    }

    cells = np.bincount((here * 1000).astype(int), minlength=1000)
    chi2 = float(((cells - n / 1000) ** 2 / (n / 1000)).sum())
    correlation = {name: float(np.corrcoef(x, y)[0, 1]) for name, (x, y) in pairs.items()}

    assert abs(chi2 - 999) < 4.5 * math.sqrt(2 * 999)
    assert {name: r for name, r in correlation.items() if abs(r) > 4.5 / math.sqrt(n)} == {}


@pytest.mark.parametrize("kind", DISTRIBUTIONS, ids=lambda kind: type(kind).__name__)
def test_more_luck_is_never_less_delay(kind: Distribution) -> None:
    days = quantile(kind, np.linspace(0, 1 - 2**-53, 10_001))

    assert np.all(np.diff(days) >= 0) and np.all(days >= 0) and np.all(np.isfinite(days))


@pytest.mark.parametrize("kind", DISTRIBUTIONS[:-1], ids=lambda kind: type(kind).__name__)
def test_half_the_luck_is_the_central_value(kind: Distribution) -> None:
    assert quantile(kind, np.array([0.5]))[0] == pytest.approx(central(kind), rel=1e-12)


def test_the_central_value_of_a_sample_is_the_mean_of_the_middle_two() -> None:
    assert central(Empirical((9.0, 3.0, 5.0, 6.0))) == 5.5


def test_a_lognormal_passes_through_its_two_quantiles() -> None:
    assert quantile(Lognormal(20.0, 60.0), np.array([0.5, 0.9])) == pytest.approx([20.0, 60.0])


def test_negative_draws_of_a_normal_are_zero() -> None:
    assert quantile(Normal(1.0, 10.0), np.array([0.01]))[0] == 0.0


@pytest.mark.parametrize("kind", DISTRIBUTIONS, ids=lambda kind: type(kind).__name__)
def test_the_mean_of_many_delays_is_that_of_the_distribution(kind: Distribution) -> None:
    """Against the mean by quadrature of the quantile function itself, within 4.5 standard errors."""
    grid = (np.arange(2_000_000) + 0.5) / 2_000_000
    exact = quantile(kind, grid)
    drawn = np.array(Tape(3, 1, len(CASES)).delays("a", 1, "delay", kind)) / DAY

    error = float(drawn.std()) / math.sqrt(len(drawn)) + 1e-6
    assert abs(float(drawn.mean()) - float(exact.mean())) < 4.5 * error


@given(st.floats(1e-300, 1e300))
def test_our_logarithm_is_the_logarithm(x: float) -> None:
    assert float(log(np.array([x]))[0]) == pytest.approx(math.log(x), rel=4e-16, abs=1e-300)


@given(st.floats(-600, 600))
def test_our_exponential_is_the_exponential(x: float) -> None:
    assert float(exp(np.array([x]))[0]) == pytest.approx(math.exp(x), rel=4e-16)


@given(st.floats(-8, 8))
def test_the_normal_quantile_undoes_the_normal_distribution(z: float) -> None:
    below = 0.5 * math.erfc(-min(z, -z) / math.sqrt(2))  # the lower tail keeps its digits

    assert float(normal(np.array([below]))[0]) == pytest.approx(min(z, -z), rel=1e-12, abs=1e-12)


def test_delays_lie_on_the_grid() -> None:
    drawn = Tape(1, 1, 100).delays("a", 1, "delay", Exponential(30.0))

    assert all(isinstance(tick, int) for tick in drawn)
