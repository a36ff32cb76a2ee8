"""Calibrates two courts on the second column of section 9 of `empirical-parameters.md`, and on nothing else.

python docs/make_calibration.py           # what each free parameter comes to, then years with the shipped scenarios (minutes)
python docs/make_calibration.py --check   # seconds: exit code 1 where a scenario does not hold what calibration gives

Method. Shares that the published counts state are put in as odds, outright: nothing is searched, so no noise is fitted. How many
cases come a day is the published number over the court days of its year; in Sydney, where it is not published, what an assumed load
asks for. One parameter is searched, the median of the days to the docket in Collin County: multiplied by wanted over found mean days,
over the same luck, until the two differ by less than a half of one percent. The figures of the third column are in no file
that this one reads.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from msgspec import Struct
from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).parent))
import courts

SEED = 1  # of the search and of the figures below; the comparison has another
SEARCHED = 3  # replications
LIVED = 12

# Published, second column. Collin County, Texas, misdemeanors of 2013: counts of its yearly report.
FILED, DISPOSED = 8_359, 8_456
DEFERRED, DISMISSED, JURY, BENCH = 2_927, 953, 174, 240
CONVICTED_BY_JURY, CONVICTED_BY_JUDGE = 120, 91
# Borrowed: the court publishes no times. Mean days to disposition of 136 courts, misdemeanors (ECCM 2020).
DAYS = 193.0
TAIL = 4.0  # the 90% point over the median of the days to the docket: assumed
# Sydney registry, New South Wales District Court, 2012: what happens on the day for which a trial is listed.
LISTED = {"proceed": 0.39, "plead": 0.34, "adjourn": 0.18, "end_otherwise": 0.09}
ENDS = 0.95  # of the trials that proceed
LOAD = 0.95  # of the courts' days: assumed, 0.85 to 0.98


class Free(Struct, frozen=True):
    """A parameter that calibration sets."""

    court: str
    path: str  # in the scenario's file
    value: float
    digits: int
    how: str


def outright() -> list[Free]:
    """Those that the published figures give without a search."""
    per_day = FILED / courts.court_days(courts.court("collin-2013"), 2013)
    list_days = 0.1 + LISTED["proceed"] * 6  # court days that a listing takes, with six for a trial
    listings = 1 / (1 - LISTED["adjourn"] - LISTED["proceed"] * (1 - ENDS))
    docket = "choosers.call_docket.odds."
    found = [
        ("collin-2013", "caseload.arrivals.per_day", per_day, 2, f"{FILED:,} filings over the court days of 2013"),
        ("collin-2013", docket + "defer", DEFERRED / DISPOSED, 4, f"{DEFERRED:,} of {DISPOSED:,} dispositions"),
        ("collin-2013", docket + "dismiss", DISMISSED / DISPOSED, 4, f"{DISMISSED:,} of {DISPOSED:,}"),
        ("collin-2013", docket + "set_for_jury", JURY / DISPOSED, 4, f"{JURY} of {DISPOSED:,}"),
        ("collin-2013", docket + "set_for_bench", BENCH / DISPOSED, 4, f"{BENCH} of {DISPOSED:,}"),
        ("collin-2013", "choosers.try_by_jury.odds.convict", CONVICTED_BY_JURY / JURY, 4, f"{CONVICTED_BY_JURY} of {JURY}"),
        ("collin-2013", "choosers.try_by_judge.odds.convict", CONVICTED_BY_JUDGE / BENCH, 4, f"{CONVICTED_BY_JUDGE} of {BENCH}"),
        *(
            ("sydney-trial-list", f"choosers.call_trial.odds.{name}", LISTED[name], 4, "published share of listings")
            for name in ("proceed", "plead", "adjourn")
        ),
        ("sydney-trial-list", "choosers.hear_trial.odds.end", ENDS, 4, "published share of trials that proceed"),
        (
            "sydney-trial-list",
            "caseload.arrivals.per_day",
            LOAD * 10 / (listings * list_days),
            3,
            f"ten courts held {LOAD:.0%} of their days (assumed)",
        ),
    ]
    return [Free(*each) for each in found]


def searched() -> Free:
    """The days to the docket at which a case takes as long on average as in 136 courts."""
    median = 120.0
    for _ in range(6):
        court = courts.court("collin-2013", f"delays.call_docket={{median: {median}, p90: {TAIL * median}}}")
        days = courts.means([courts.collin(court, SEED, n) for n in range(SEARCHED)])["days"].mean
        if abs(days / DAYS - 1) < 0.005:
            break
        median *= DAYS / days
    how = f"searched: mean days to disposition {DAYS:.0f} (borrowed: ECCM 2020, 136 courts)"
    return Free("collin-2013", "delays.call_docket.median", median, 0, how)


def shipped(free: Free) -> Any:
    """What the scenario's file holds there."""
    at = YAML(typ="safe").load((courts.ROOT / courts.FILES[free.court][1]).read_text(encoding="utf-8"))
    for key in free.path.split("."):
        at = at[key]
    return at


def wrong(found: list[Free]) -> list[str]:
    return [
        f"{each.court}: {each.path} is {shipped(each)}; calibration gives {round(each.value, each.digits)} ({each.how})"
        for each in found
        if shipped(each) != round(each.value, each.digits)
    ]


def main() -> int:
    found = outright()
    if "--check" in sys.argv:
        print("\n".join(wrong(found)) or "the scenarios hold what calibration gives")
        return 1 if wrong(found) else 0
    found.append(searched())
    for each in found:
        print(f"{each.court:18} {each.path:36} {round(each.value, each.digits):<8} {each.how}")
    if wrong(found):
        print("\n".join(["", *wrong(found)]))
        return 1
    kept: dict[str, Any] = {"seed": SEED, "replications": LIVED, "free": [[e.court, e.path, e.how] for e in found]}
    for name, figures in courts.COURTS.items():
        lived = [figures(courts.court(name), SEED, n) for n in range(LIVED)]
        kept[name] = {"files": courts.digest(name), "lived": lived}
        for figure, each in courts.means(lived).items():
            print(f"{name:18} {figure:24} {each.mean:10.4f} ± {each.half:.4f}")
    courts.keep("courts-calibrated", kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
