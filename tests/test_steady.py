"""When a court has settled, how often its years are lived, how sure a mean is: by hand, by tables, against sim-tools."""

from __future__ import annotations

import math
import random

import pytest

from courtsim.analysis.steady import enough, figure, student, warm_up


def test_the_warm_up_of_a_series_worked_by_hand() -> None:
    """Twelve batches of five. Kept from batch d on, k values, the squared standard error is sum((y - mean)^2) / k^2.

    Of 100 40 14 10 12 8 10 12 8 10 12 8 (batch means): d = 2 gives 10.4 mean, 38.4 / 100 = 0.384; d = 3 gives 10, 24 / 81 =
    0.296; d = 4 gives 10, 24 / 64 = 0.375; d = 1 gives 835 / 121, d = 0 more. So three batches, fifteen values, are left out.
    """
    batches = [100, 40, 14, 10, 12, 8, 10, 12, 8, 10, 12, 8]
    series = [batch + move for batch in batches for move in (-2, -1, 0, 1, 2)]

    assert warm_up(series) == (15, True)
    assert warm_up([*series, 7.0]) == (15, True)  # what fills no batch is not looked at


def theirs(series: list[float]) -> tuple[int, bool]:
    """By kim-convergence, with as many batches at the end left out of the search as we leave out; half where nothing settled."""
    import numpy as np

    kim_convergence = pytest.importorskip("kim_convergence")
    batches = len(series) // 5
    settled, days = kim_convergence.mser_m(np.array(series, dtype=float), batch_size=5, ignore_end=max(1, batches // 20))
    return (int(days), True) if settled else (batches // 2 * 5, False)


def test_the_warm_up_is_that_of_kim_convergence() -> None:
    """Two hundred series: short and long, with and without a beginning, slow or quick to fade, independent or not."""
    settled = 0
    for seed in range(200):
        draw = random.Random(seed)
        length, start, fades, carries = (
            draw.randrange(100, 2000),
            draw.choice([0, 1, 5, 20]),
            draw.choice([5, 30, 100, 300]),
            draw.choice([0, 0.5, 0.9]),
        )
        noise, series = 0.0, []
        for n in range(length):
            noise = carries * noise + draw.gauss(0, 1)
            series.append(10 + start * math.exp(-n / fades) + noise)

        assert warm_up(series) == theirs(series), seed
        settled += warm_up(series)[1]
    assert 100 < settled < 200  # both answers are tried


@pytest.mark.parametrize(
    ("beginning", "at_least", "settles"), [("up", 10, True), ("down", 10, True), ("line", 0, False), ("long", 1000, False)]
)
def test_the_examples_published_with_kim_convergence(beginning: str, at_least: int, settles: bool) -> None:
    """Its four series (OpenKIM, kim-convergence 0.1, tests of mser_m) and what it states of them: where the beginning ends, or that it does not."""
    import numpy as np

    luck = np.random.RandomState(12345)
    first = {
        "up": lambda: np.arange(10.0),
        "down": lambda: np.arange(20.0, 10.0, -1),
        "line": lambda: np.arange(100.0),
        "long": lambda: np.arange(1000) / 1000 * 10 + (luck.random_sample(1000) - 0.5),
    }[beginning]()
    level = [] if beginning == "line" else np.ones(1000) * 10 + (luck.random_sample(1000) - 0.5)
    series = [*first.tolist(), *level]

    days, settled = warm_up(series)
    assert settled is settles and days >= at_least
    assert (days, settled) == theirs(series)


def test_a_series_that_still_grows_has_not_settled() -> None:
    assert warm_up([float(n) for n in range(200)]) == (100, False)


def test_a_series_without_a_beginning_loses_little() -> None:
    draw = random.Random(1)
    days, settled = warm_up([draw.gauss(10, 1) for _ in range(1000)])

    assert settled and days <= 250


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (29, 2.045), (120, 1.980)]
)
def test_students_quantile_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, abs=5e-4)


def test_an_interval_by_hand() -> None:
    found = figure([1.0, 2.0, 3.0, math.nan])

    assert found.mean == 2 and found.half == pytest.approx(4.30265 / math.sqrt(3), abs=1e-4)


def test_the_number_of_replications_is_that_of_sim_tools() -> None:
    pytest.importorskip("sim_tools")
    from sim_tools.output_analysis import ReplicationsAlgorithm, ReplicationsAlgorithmModelAdapter

    class Model(ReplicationsAlgorithmModelAdapter):
        def __init__(self, values: list[float]) -> None:
            self.values = values

        def single_run(self, replication_number: int) -> dict[str, float]:
            return {"days": self.values[replication_number]}

    for seed in range(12):
        draw = random.Random(seed)
        values = [draw.gauss(100, 5 + 5 * (seed % 4)) for _ in range(400)]
        theirs, _ = ReplicationsAlgorithm(half_width_precision=0.05, initial_replications=3).select(Model(values), ["days"])
        ours = next(found for n in range(3, 401) if (found := enough(values[:n], 0.05)) is not None)

        assert ours == theirs["days"]


def test_a_precision_that_does_not_last_is_not_believed() -> None:
    """Three that are alike by chance, then what shows that they were not."""
    draw = random.Random(2)
    values = [10.0, 10.01, 9.99, *(draw.gauss(10, 4) for _ in range(400))]

    assert figure(values[:3]).half < 0.5
    assert enough(values[:8], 0.05) is None
    assert (enough(values, 0.05) or 0) > 100
