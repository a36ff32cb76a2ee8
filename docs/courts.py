"""Two courts of section 9 of `empirical-parameters.md`: what is published of each, and the same figures of our years.

`make_calibration.py` uses the second column alone; `make_comparison.py` the third, after the numbers stood in the scenarios.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import courtsim
from courtsim.analysis.caseload import measured
from courtsim.analysis.steady import Figure, figure, student
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
        "clearance": lived["clearance_rate"],
    }


LISTED = ("TrialProceeded", "PleaEntered", "TrialAdjourned", "ListingEndedOtherwise")


def sydney(court: Court, seed: int, replication: int) -> Figures:
    """What became of the listings of the cases that ended after the warm-up."""
    since, until = warm_up(court), court.until
    listed: Counter[str] = Counter()
    cases = 0

    def ended(walk: Docketed) -> None:
        nonlocal cases
        if since < walk.now <= until:
            cases += 1
            listed.update(walk.masks.options[n].option.event for _, n, _ in walk.happenings)

    lived, ends = after_warm_up(court, court.lived(seed, replication, ended))
    listings = sum(listed[event] for event in LISTED)
    return {
        **{event: listed[event] / listings for event in LISTED},
        "TrialEnded": listed["TrialEnded"] / listed["TrialProceeded"],
        "held": lived["utilization.court"],
        "listings": listings / cases,
        **{end: ends[end] / ends.total() for end in ("closed.tried", "closed.pleaded", "closed.other")},
        "days": lived["days_to_disposition.mean"],
        "pending": lived["pending"],
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


def one_year(values: Sequence[float]) -> tuple[float, float]:
    """Where one more replication falls with 95%: a published year is one, not the mean of many."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    reach = student(len(values) - 1) * math.sqrt(variance * (1 + 1 / len(values)))
    return mean - reach, mean + reach


def elasticity(fewer: Sequence[Figures], more: Sequence[Figures]) -> Figure:
    """By how many percent the mean time grows with one percent more pending cases; jackknife over the pairs under the same luck."""
    moves = [(math.log(b["days"] / a["days"]), math.log(b["pending"] / a["pending"])) for a, b in zip(fewer, more, strict=True)]
    n = len(moves)
    time, pending = (math.fsum(move[k] for move in moves) for k in (0, 1))
    found = figure([n * time / pending - (n - 1) * (time - t) / (pending - p) for t, p in moves])
    return Figure(time / pending, tuple(time / pending + sign * found.half for sign in (-1, 1)))


COMPARED = [  # figure, what is published in the third column, as a number, its unit, what a misfit means
    ("collin-2013", "trials", "tried, of dispositions", "4.8% of 7,742", 372 / 7_742, "%"),
    ("collin-2013", "deferred", "adjudication deferred", "36.6% of 7,742", 2_830 / 7_742, "%"),
    ("collin-2013", "convicted by a jury", "convicted, of jury trials", "61.5% of 130 (95%: 53 to 70)", 80 / 130, "%"),
    ("collin-2013", "convicted by the judge", "convicted, of bench trials", "30.6% of 242 (95%: 25 to 37)", 74 / 242, "%"),
    ("collin-2013", "clearance", "clearance", "104.9%", 1.049, "%"),
    ("sydney-trial-list", "listings", "listings a case", "1.249219", 1.249219, ""),
    ("sydney-trial-list", "closed.tried", "ends: by trial", "0.462836", 0.462836, "%"),
    ("sydney-trial-list", "closed.pleaded", "by plea", "0.424735", 0.424735, "%"),
    ("sydney-trial-list", "closed.other", "otherwise", "0.112430", 0.112430, "%"),
]


def compared() -> str:
    """The section on what the two courts were compared with, untouched."""
    stored = kept("courts-compared")
    rows = []
    for name, what, says, published, number, unit in COMPARED:
        values = [each[what] for each in stored[name]["lived"]]
        low, high = one_year(values)
        verdict = "fits" if low <= number <= high else f"**misfit**: {'too many' if figure(values).mean > number else 'too few'}"
        between_ = f"{low:.1%} to {high:.1%}" if unit == "%" else f"{low:.3f} to {high:.3f}"
        rows.append(f"| {name} | {says} | {published} | {between(figure(values), unit)} | {between_} | {verdict} |")
    loads = []
    for load, pair in stored["sydney-trial-list"]["loads"].items():
        found = elasticity(pair["fewer"], pair["more"])
        grows = [1.1**e - 1 for e in (found.mean, *found.ci95)]
        days = figure([each["days"] for each in (*pair["fewer"], *pair["more"])]).mean
        verdict = "fits" if grows[1] <= 0.0573 <= grows[2] else f"**misfit**: {'too much' if grows[0] > 0.0573 else 'too little'}"
        loads.append(
            f"| {float(load):.0%}{'' if load == '0.95' else ', the range'} | {days:.0f} | +{grows[0]:.2%} | {grows[1]:.2%} to {grows[2]:.2%} | {verdict} |"
        )
    times = []
    for label in ("sooner", "lived", "later"):
        lived = means(stored["collin-2013"][label])
        times.append(
            f"| {lived['days'].mean:.0f}{'' if label == 'lived' else ', the range'} | {between(lived['clearance'], '%')} |"
        )
    return "\n".join(
        [
            "## Two courts, compared",
            "",
            f"Against the third column, `python docs/make_comparison.py`, with the scenarios as calibration left them: {stored['replications']} replications of",
            f"another seed, {stored['seed']}. In Collin County only the filings change, to 7,378 in 2015 (2014 is taken for a year as 2013). A published year",
            "is one year, so it is held against where one more simulated year falls with 95%; the verdict is the script's, by that alone.",
            "",
            "| court | figure | published | simulated mean (95%) | one more (95%) | verdict |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "Ten percent more pending cases take 5.73% more time on average in the New South Wales District Court (BOCSAR BB122, 2017). In ours:",
            "",
            "| courts held (assumed) | days, mean | time with 10% more pending | 95% interval | verdict |",
            "|---|---|---|---|---|",
            *loads,
            "",
            "What clearance in Collin County rests on, the assumed time:",
            "",
            "| days to disposition, mean | clearance of 2015 (95%) |",
            "|---|---|",
            *times,
            "",
            "What the misfits say. The share of deferred adjudications and what judges find moved in Collin County between two years for reasons that",
            "no queue knows: a drift, as section 9 expects. That clearance comes out rests on a time that another table lends. The listings and the ends",
            "of Sydney follow from the outcomes of a listed day by arithmetic: they try the routing of the engine, not the court. What more pending",
            "cases do to the time depends on how busy the courts are, which is not published: at 95%, assumed before anything was compared, it fits; at 85%",
            "a queue explains a fourth of it, at 98% more than all of it.",
            "",
        ]
    )


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
