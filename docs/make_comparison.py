"""Compares the two calibrated courts with the third column of section 9 of `empirical-parameters.md`, nothing touched.

python docs/make_comparison.py   # lives the years (minutes), keeps them in docs/evidence/courts-compared.json; then make_validation.py

Only what the third column itself changes is changed: in Collin County the filings of 2015, in Sydney how many cases are pending.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import courts
import make_calibration

SEED = 2
LIVED = 12
RANGE = 6  # replications at the ends of the range of what is assumed
YEAR_2015 = (
    "caseload.arrivals.by_year={2015: %.4f}" % (7_378 / 8_359),
    "caseload.horizon_days=3287",
    "caseload.warm_up_days=2922",
)
DAYS = {"sooner": 90.0, "later": 300.0}  # the range of the assumed mean time to disposition, 193 days
LOADS = (0.85, 0.95, 0.98)  # of the courts in Sydney, assumed: 0.95 is what the scenario has
STEP = 0.01  # of the cases filed, up and down: what that does to pending cases and to time gives the ratio of the two


def slower(days: float) -> str:
    """A docket on which a case takes so long: all times in proportion to those that calibration found for 193 days."""
    median = 109 * days / make_calibration.DAYS
    return f"delays.call_docket={{median: {median}, p90: {make_calibration.TAIL * median}}}"


def at_load(load: float, factor: float) -> str:
    per_day = next(
        free.value for free in make_calibration.outright() if free.court == "sydney-trial-list" and free.path.endswith("per_day")
    )
    return f"caseload.arrivals.per_day={per_day * factor * load / make_calibration.LOAD}"


def main() -> int:
    kept: dict[str, Any] = {"seed": SEED, "replications": LIVED}
    loads: dict[str, Any] = {}
    for load in LOADS:
        loads[str(load)] = {
            side: [courts.sydney(courts.court("sydney-trial-list", at_load(load, factor)), SEED, n) for n in range(LIVED)]
            for side, factor in (("fewer", 1 - STEP), ("more", 1 + STEP))
        }
    lived = [courts.sydney(courts.court("sydney-trial-list"), SEED, n) for n in range(LIVED)]
    kept["sydney-trial-list"] = {"files": courts.digest("sydney-trial-list"), "lived": lived, "loads": loads}
    kept["collin-2013"] = {
        "files": courts.digest("collin-2013"),
        "lived": [courts.collin(courts.court("collin-2013", *YEAR_2015), SEED, n) for n in range(LIVED)],
        **{
            label: [courts.collin(courts.court("collin-2013", *YEAR_2015, slower(days)), SEED, n) for n in range(RANGE)]
            for label, days in DAYS.items()
        },
    }
    courts.keep("courts-compared", kept)
    print(courts.compared())
    return 0


if __name__ == "__main__":
    sys.exit(main())
