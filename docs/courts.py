"""Two courts of section 9 of `empirical-parameters.md`: what is published of each, and the same figures of our years.

`make_calibration.py` uses the second column alone; `make_comparison.py` the third, after the numbers stood in the scenarios.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import courtsim
from courtsim.analysis.caseload import measured
from courtsim.analysis.steady import Figure, figure
from courtsim.case.clocks import DAY
from courtsim.engines.caseload import Court, Docketed, Period
from courtsim.scenario.calendar import CourtDays

ROOT = Path(__file__).parent.parent
EVIDENCE = Path(__file__).parent / "evidence"
FILES = {
    "collin-2013": ("courtsim/procedures/collin-misdemeanor-docket.yaml", "scenarios/collin-2013.yaml"),
    "sydney-trial-list": ("courtsim/procedures/nsw-trial-list.yaml", "scenarios/sydney-trial-list.yaml"),
}
Figures = dict[str, float]


def court(name: str, *sets: str, variant: str | None = None) -> Court:
    return Court(courtsim.load(name, variant=variant, sets=sets))


def collin(court: Court, seed: int, replication: int) -> Figures:
    """Of the cases disposed of after the warm-up, as the yearly report counts them."""
    lived, ends = after_warm_up(court, court.lived(seed, replication))
    jury = ends["closed.convicted.jury"] + ends["closed.acquitted.jury"]
    bench = ends["closed.convicted.bench"] + ends["closed.acquitted.bench"]
    return {
        "filed": lived["filed"],
        "deferred": ends["closed.deferred"] / ends.total(),
        "dismissed": ends["closed.dismissed"] / ends.total(),
        "trials": (jury + bench) / ends.total(),
        "convicted by a jury": ends["closed.convicted.jury"] / jury,
        "convicted by the judge": ends["closed.convicted.bench"] / bench,
        "days": lived["days_to_disposition.mean"],
    }


LISTED = ("TrialProceeded", "PleaEntered", "TrialAdjourned", "ListingEndedOtherwise")


def sydney(court: Court, seed: int, replication: int) -> Figures:
    """What became of the listings of the cases that ended after the warm-up."""
    since, until = warm_up(court), court.until
    listed: Counter[str] = Counter()

    def ended(walk: Docketed) -> None:
        if since < walk.now <= until:
            listed.update(walk.masks.options[n].option.event for _, n, _ in walk.happenings)

    lived, _ = after_warm_up(court, court.lived(seed, replication, ended))
    listings = sum(listed[event] for event in LISTED)
    return {
        **{event: listed[event] / listings for event in LISTED},
        "TrialEnded": listed["TrialEnded"] / listed["TrialProceeded"],
        "held": lived["utilization.court"],
    }


def warm_up(court: Court) -> int:
    assert court.caseload.warm_up_days is not None
    return round(court.caseload.warm_up_days * DAY)


def after_warm_up(court: Court, period: Period) -> tuple[Mapping[str, float], Counter[str]]:
    """The figures of a court, and how the cases ended that were disposed of."""
    since = warm_up(court)
    ends = Counter(c.disposition for c in period.cases if c.disposed is not None and since < c.disposed <= period.until)
    return measured(court, period, since / DAY).figures, ends


COURTS: dict[str, Callable[[Court, int, int], Figures]] = {"collin-2013": collin, "sydney-trial-list": sydney}


def means(lived: Sequence[Figures]) -> dict[str, Figure]:
    return {name: figure([each[name] for each in lived]) for name in lived[0]}


def court_days(court: Court, year: int) -> int:
    """Days of that year on which the court sits."""
    days = CourtDays(court.scenario.starts, court.scenario.calendar)
    first = (dt.date(year, 1, 1) - court.scenario.starts).days
    return sum(days.sits(day) for day in range(first, first + (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days))


def digest(name: str) -> str:
    """Of the files that a court consists of: figures of other files are none of theirs."""
    found = hashlib.sha256()
    for path in FILES[name]:
        found.update((ROOT / path).read_bytes())
    return found.hexdigest()[:16]


def keep(name: str, found: Any) -> None:
    (EVIDENCE / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def kept(name: str) -> Any:
    return json.loads((EVIDENCE / f"{name}.json").read_text(encoding="utf-8"))


# -- as docs/validation.md shows them


def between(found: Figure, unit: str) -> str:
    """A mean with the half-width of its 95% interval over the replications."""
    if unit == "%":
        return f"{found.mean:.1%} ± {found.half:.1%}"
    digits = {"days": 0, "cases": 0}.get(unit, 3)
    return f"{found.mean:,.{digits}f} ± {found.half:,.{digits}f}"


CALIBRATED = [  # figure, what is published in the second column, its unit
    ("collin-2013", "filed", "cases filed in the year", "8,359", "cases"),
    ("collin-2013", "deferred", "adjudication deferred, of dispositions", "34.6%", "%"),
    ("collin-2013", "dismissed", "dismissed", "11.3%", "%"),
    ("collin-2013", "trials", "tried", "4.9%", "%"),
    ("collin-2013", "convicted by a jury", "convicted, of jury trials", "69.0% of 174", "%"),
    ("collin-2013", "convicted by the judge", "convicted, of bench trials", "37.9% of 240", "%"),
    ("collin-2013", "days", "days to disposition, mean", "193, borrowed: 136 courts", "days"),
    ("sydney-trial-list", "TrialProceeded", "of listed trials: proceeds", "39%", "%"),
    ("sydney-trial-list", "PleaEntered", "plea", "34%", "%"),
    ("sydney-trial-list", "TrialAdjourned", "adjourned", "18%", "%"),
    ("sydney-trial-list", "ListingEndedOtherwise", "other", "9%", "%"),
    ("sydney-trial-list", "TrialEnded", "of those that proceed: ends", "95%", "%"),
    ("sydney-trial-list", "held", "courts held, of their days", "none: 95% assumed", "%"),
]


def calibrated() -> str:
    """The section on what two courts were calibrated on."""
    stored = kept("courts-calibrated")
    found = {name: means(stored[name]["lived"]) for name in COURTS}
    rows = [
        f"| {name} | {says} | {published} | {between(found[name][what], unit)} |"
        for name, what, says, published, unit in CALIBRATED
    ]
    free = [f"- `{name}`: `{path}`, {how}." for name, path, how in stored["free"]]
    return "\n".join(
        [
            "## Two courts, calibrated",
            "",
            "The second column of section 9 of `empirical-parameters.md`, and nothing of its third: `python docs/make_calibration.py`. Free are",
            "",
            *free,
            "",
            "Shares are put in as odds outright, so no noise is fitted; what is searched is searched over the same luck. These figures are",
            f"therefore *input*; that they come out says only that the years do what the odds say. {stored['replications']} replications, seed {stored['seed']}.",
            "",
            "| court | figure | published | simulated (95%) |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )
