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
    assert courts.COURTS[name](courts.court(name), kept["seed"], 0) == pytest.approx(kept[name]["lived"][0], rel=1e-12)


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
