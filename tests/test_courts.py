"""Two courts of the page of figures: the scenarios hold what calibration gives, and the page of validation what their years came to."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
NAMES = ["collin-2013", "sydney-trial-list"]


def made(name: str) -> ModuleType:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "docs"))


def test_the_scenarios_hold_what_the_second_column_gives() -> None:
    calibration = made("make_calibration")

    assert calibration.wrong(calibration.outright()) == []
    assert len(calibration.outright()) == 12


def test_a_number_that_was_moved_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    calibration = made("make_calibration")
    monkeypatch.setattr(calibration, "DEFERRED", 3_000)

    assert [told.split(";")[0] for told in calibration.wrong(calibration.outright())] == [
        "collin-2013: choosers.call_docket.odds.defer is 0.3461"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_kept_are_those_of_these_files_lived_again(name: str) -> None:
    """One replication to the last digit; `python docs/make_calibration.py` lives all of them."""
    courts = made("courts")
    kept = courts.kept("courts-calibrated")

    assert kept[name]["files"] == courts.digest(name), "a file of the court has changed: python docs/make_calibration.py"
    again, before = courts.COURTS[name](courts.court(name), kept["seed"], 0), kept[name]["lived"][0]
    assert {figure: again[figure] for figure in before} == pytest.approx(before, rel=1e-12)


def test_the_comparison_is_of_the_scenarios_as_calibration_left_them() -> None:
    """The same files to the byte; one replication of each court to the last digit, the filings of 2015 alone changed."""
    courts, comparison = made("courts"), made("make_comparison")
    calibrated, compared = courts.kept("courts-calibrated"), courts.kept("courts-compared")
    sydney, collin = (compared[name] for name in ("sydney-trial-list", "collin-2013"))

    assert [compared[name]["files"] for name in NAMES] == [calibrated[name]["files"] for name in NAMES]
    assert compared["seed"] != calibrated["seed"]
    assert all(path.startswith("caseload.") for path in comparison.YEAR_2015)
    year = courts.collin(courts.court("collin-2013", *comparison.YEAR_2015), compared["seed"], 0)
    assert year == pytest.approx(collin["lived"][0], rel=1e-12)
    fewer = courts.court("sydney-trial-list", comparison.at_load(0.95, 1 - comparison.STEP))
    assert courts.sydney(fewer, compared["seed"], 0) == pytest.approx(sydney["loads"]["0.95"]["fewer"][0], rel=1e-12)


def test_an_elasticity_by_hand() -> None:
    """Time up by a tenth where pending is up by its square: one half, and no doubt where every pair says the same."""
    courts = made("courts")
    fewer = [{"days": days, "pending": 100.0} for days in (50.0, 60.0, 70.0)]
    more = [{"days": 1.1 * each["days"], "pending": 121.0} for each in fewer]
    found = courts.elasticity(fewer, more)

    assert found.mean == pytest.approx(0.5) and found.half == pytest.approx(0, abs=1e-9)


def test_one_year_by_hand() -> None:
    """1, 2, 3: mean 2, variance 1, Student's quantile for two 4.303: 2 +- 4.303 sqrt(4/3)."""
    low, high = made("courts").one_year([1.0, 2.0, 3.0])

    assert (low + high) / 2 == 2 and (high - low) / 2 == pytest.approx(4.303 * (4 / 3) ** 0.5, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_calibrated_figures_come_out(name: str) -> None:
    """What was put in as odds comes out within the doubled 95% interval: it is input, so all else would be a fault."""
    courts = made("courts")
    found = courts.means(courts.kept("courts-calibrated")[name]["lived"])
    published = {
        what: float(said.split("%")[0]) / 100
        for court, what, _, said, unit in courts.CALIBRATED
        if court == name and unit == "%" and said[0].isdigit()
    }

    assert len(published) >= 5
    for what, share in published.items():
        assert abs(found[what].mean - share) < 2 * found[what].half + 0.0005, what
