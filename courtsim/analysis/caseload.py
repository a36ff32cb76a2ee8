"""What a court reports of its years: CourTools' measures, waits, utilization; and whether its books agree.

Everything counts from the end of the warm-up on: filings and dispositions in that time, holds that began in it. Days are
calendar days; those on which a case rests (`caseload.active`) count neither to its disposition nor as its age. Source of the
measures: NCSC, CourTools 2 (clearance), 3 (time to disposition), 4 (age of active pending caseload), 5 (trial-date certainty:
settings per tried case, share within two), https://www.ncsc.org/courtools
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from courtsim.analysis.crowd import counts
from courtsim.analysis.steady import Figure, enough, figure, warm_up
from courtsim.case.clocks import DAY, NEVER
from courtsim.engines.caseload import Court, Filed, Period, Use
from courtsim.engines.crowd import acts
from courtsim.engines.run import plain_head
from courtsim.engines.sittings import Sittings
from courtsim.scenario.caseload import Lawyers, Replications
from courtsim.scenario.facts import Scenario

if TYPE_CHECKING:
    from courtsim.engines.caseload import Array

WITHIN = (90, 180, 365)  # days, as CourTools asks
SETTINGS = 2  # of a trial: a court is on time that tries its cases within so many
STRETCH = 30  # days of one point of the picture
PILOTS = 5  # replications of which MSER-5 sees the mean
RULED = ("days_to_disposition.mean", "pending")  # the figures that must become precise


class Balance(Struct, frozen=True):
    """The books of one resource over all years of one replication, from the first day on.

    Attributes:
        present: requests waiting or served, on average (L), by the counter that moves at every event.
        per_day: requests (lambda).
        stay: days from asking to leaving (W), by the list of requests; who is still there counts up to the end.
        little: L - lambda W.
        flow: requests - (gone + present at the end).
    """

    present: float
    per_day: float
    stay: float
    little: float
    flow: int


class Stretch(Struct, frozen=True):
    """A month of the picture, averaged over the replications."""

    day: int  # its first
    filed: float
    disposed: float
    pending: float  # at its end
    low: float  # least and greatest of the replications
    high: float
    utilization: Mapping[str, float]


class Lived(Struct, frozen=True):
    """What one replication came to."""

    figures: Mapping[str, float]
    balances: Mapping[str, Balance]
    open_books: int  # cases filed - (disposed + pending)


class Report(Struct, frozen=True):
    """What a court reports.

    Attributes:
        settled: whether the court came to a steady state at all; else the figures depend on the horizon.
        reached: the number of replications that the precision needed; None where it was not reached or not asked for.
    """

    scenario: Scenario
    seed: int
    warm_up_days: float
    settled: bool
    replications: tuple[Lived, ...]
    reached: int | None
    figures: Mapping[str, Figure]
    months: tuple[Stretch, ...]


def report(
    court: Court,
    seed: int,
    *,
    warm_up_days: float | None = None,
    replications: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Lives the years again and again until the figures are as precise as the scenario asks for.

    Args:
        warm_up_days: instead of the scenario's own, or of what MSER-5 says.
        replications: exactly so many.
    """
    asked = court.caseload.replications if replications is None else Replications(None, replications)
    stated = court.caseload.warm_up_days if warm_up_days is None else warm_up_days
    pilots = min(PILOTS, asked.at_most)
    periods = []
    for n in range(pilots):
        periods.append(court.lived(seed, n))
        if progress is not None:
            progress(1)
    days, settled = settling(periods)
    skipped = float(days) if stated is None else stated
    lived = [measured(court, period, skipped) for period in periods]
    shown = [monthly(court, period) for period in periods]
    reached: int | None = None
    while len(lived) < asked.at_most and (asked.precision is None or reached is None):
        period = court.lived(seed, len(lived))
        lived.append(measured(court, period, skipped))
        shown.append(monthly(court, period))
        if progress is not None:
            progress(1)
        reached = _reached(lived, asked.precision)
    figures = {name: figure([each.figures[name] for each in lived]) for name in lived[0].figures}
    figures = {name: _bounded(name, found, court.scenario) for name, found in figures.items()}
    return Report(court.scenario, seed, skipped, settled, tuple(lived), reached, figures, _averaged(shown))


def _bounded(name: str, found: Figure, scenario: Scenario) -> Figure:
    """No interval reaches where its figure cannot be: below nothing; of a share, beyond all."""
    low, high = found.ci95
    share = name.endswith("_share") or ".within_" in name or ".over_" in name or name.startswith("sent_on.")
    share = share or name.removeprefix("utilization.") in scenario.lawyers
    return Figure(found.mean, (max(0.0, low), min(1.0, high) if share else high))


def _reached(lived: Sequence[Lived], precision: float | None) -> int | None:
    if precision is None:
        return None
    found = [enough([each.figures[name] for each in lived], precision) for name in RULED]
    return None if None in found else max(n for n in found if n is not None)


def settling(periods: Sequence[Period]) -> tuple[int, bool]:
    """The warm-up in days by MSER-5 on the pending cases at the end of each day, the mean of the replications."""
    ends = np.arange(1, periods[0].until // DAY + 1) * DAY
    return warm_up(np.mean([pending_at(period, ends) for period in periods], axis=0).tolist())


def pending_at(period: Period, times: Array) -> Array:
    """How many cases were filed and not yet disposed of at each of these times."""
    filed = np.array([case.filed for case in period.cases], dtype=np.int64)
    disposed = np.sort(_disposed(period.cases))
    pending: Array = np.searchsorted(filed, times, side="right") - np.searchsorted(disposed, times, side="right")
    return pending


def _disposed(cases: Sequence[Filed]) -> Array:
    return np.array([NEVER if case.disposed is None else case.disposed for case in cases], dtype=np.int64)


def measured(court: Court, period: Period, warm_up_days: float) -> Lived:
    """The figures of one replication after its warm-up, and its books from the first day on."""
    since, until = round(warm_up_days * DAY), period.until
    figures = _of_cases(period, since) | _settings(period, since)
    if court.caseload.active:
        figures["active_at_the_end"] = float(_active(period).sum())
    for name, use in period.uses.items():
        figures |= _of_use(name, use, since, until, court)
    if period.watched is not None and court.publicity is not None:  # its crowd is at rest from the first day: no warm-up
        crowd = counts(court.publicity, period.watched, acts(court.publicity, period.watched))
        figures |= {what: each for what, each in crowd.items() if what != "filed"}
    disposed = _disposed(period.cases)
    open_books = len(period.cases) - int((disposed <= until).sum()) - int(pending_at(period, np.array([until]))[0])
    return Lived(figures, {name: balance(use, until) for name, use in period.uses.items()}, open_books)


def _of_cases(period: Period, since: int) -> dict[str, float]:
    until = period.until
    filed = np.array([case.filed for case in period.cases], dtype=np.int64)
    disposed = _disposed(period.cases)
    counted = (disposed > since) & (disposed <= until)
    rested = np.array([_rested(case, until) for case in period.cases], dtype=np.int64)
    days = (disposed - filed - rested)[counted] / DAY
    came = int((filed > since).sum())
    area = np.maximum(np.minimum(disposed, until) - np.maximum(filed, since), 0).sum() / DAY
    ages = (until - filed - rested)[_active(period)] / DAY
    ends = [case for case, counts in zip(period.cases, counted, strict=True) if counts]
    return {
        "filed": float(came),
        "disposed": float(len(days)),
        "clearance_rate": len(days) / came if came else math.nan,
        "pending": float(area) / ((until - since) / DAY),
        "pending_at_the_end": float((disposed > until).sum()),
        "days_to_disposition.mean": _mean(days),
        "days_to_disposition.p50": _quantile(days, 0.5),
        "days_to_disposition.p90": _quantile(days, 0.9),
        **{f"days_to_disposition.within_{n}": _mean(days <= n) for n in WITHIN},
        "age_of_pending.mean": _mean(ages),
        "age_of_pending.p90": _quantile(ages, 0.9),
        **{f"age_of_pending.over_{n}": _mean(ages > n) for n in WITHIN},
        "plea_share": _mean(np.array([case.pleaded for case in ends])),
        "trial_share": _mean(np.array([case.trials > 0 for case in ends])),
    }


def _active(period: Period) -> NDArray[np.bool_]:
    """Which cases are pending at the end and do not rest."""
    rest = [sum(time <= period.until for time in case.rests) % 2 for case in period.cases]
    active: NDArray[np.bool_] = (_disposed(period.cases) > period.until) & (np.array(rest, dtype=np.int64) == 0)
    return active


def _rested(case: Filed, until: int) -> int:
    """How long a case was not active before that time. A book may know what comes after the end of the years."""
    times = [min(time, until) for time in case.rests]
    return sum(end - begin for begin, end in zip(times[::2], [*times[1::2], until], strict=False))


def _settings(period: Period, since: int) -> dict[str, float]:
    """Trial-date certainty: how often a day for the trial of a tried case was set."""
    tried = [c for c in period.cases if c.disposed is not None and since < c.disposed <= period.until and c.trials]
    settings = np.array([case.settings for case in tried])
    return {"settings_per_trial": _mean(settings), f"within_{SETTINGS}_settings_share": _mean(settings <= SETTINGS)}


def _of_use(name: str, use: Use, since: int, until: int, court: Court) -> dict[str, float]:
    began = (use.began > since) & (use.began <= until)
    waits = (use.began - use.asked)[began] / DAY
    queue = np.maximum(np.minimum(np.minimum(use.began, use.out), until) - np.maximum(use.asked, since), 0).sum()
    found = {
        f"wait.{name}.mean": _mean(waits),
        f"wait.{name}.p90": _quantile(waits, 0.9),
        f"queue.{name}": float(queue) / (until - since),
    }
    if isinstance(use.resource, Lawyers) and use.resource.overflow is not None:
        found[f"sent_on.{name}"] = _mean(use.sent_on[use.asked > since])
    if _limit(use) is not None:
        found[f"utilization.{name}"] = utilization(name, use, since, until, court)
    return found


def _limit(use: Use) -> int | None:
    """How many it serves at once: judges, rooms, places with lawyers."""
    return use.resource.places if isinstance(use.resource, Lawyers) else use.resource.capacity


def utilization(name: str, use: Use, since: int, until: int, court: Court) -> float:
    """Of judges and rooms: court time held, of that of the days on which they sit (a hold may reach into other days).
    Of lawyers: open cases, of those that they may have.
    """
    limit = _limit(use)
    assert limit is not None
    sittings = court.sittings.get(name)
    there = until - since if sittings is None else sittings.offered(since, until)
    if not there:
        return math.nan
    served = use.began < min(until, NEVER)
    begin, end = np.maximum(use.began[served], since), np.minimum(use.out[served], until)
    counts = end > begin
    return float((_elapsed(sittings, end[counts]) - _elapsed(sittings, begin[counts])).sum()) / (limit * there)


def _elapsed(sittings: Sittings | None, times: Array) -> Array:
    """Ticks of sitting that have passed at each of these times; of lawyers, ticks."""
    if sittings is None or not len(times) or (sittings.days.always and not sittings.timed):
        return times
    starts = np.array([sittings.elapsed(day * DAY) for day in range(int(times.max()) // DAY + 2)], dtype=np.int64)
    whole = times // DAY
    into = sum(np.clip(times % DAY - a, 0, b - a) for a, b in sittings.windows)
    elapsed: Array = np.minimum(starts[whole] + into, starts[whole + 1])
    return elapsed


def balance(use: Use, until: int) -> Balance:
    """Both sets of books of a resource against each other."""
    stays = np.minimum(use.out, until) - use.asked
    asked, gone = len(use.asked), int((use.out <= until).sum())
    days = until / DAY
    stay = float(stays.sum()) / DAY / asked if asked else 0.0
    little = (use.area - int(stays.sum())) / until
    return Balance(use.area / until, asked / days, stay, little, asked - (gone + use.present))


def monthly(court: Court, period: Period) -> list[Stretch]:
    """The years in stretches of thirty days; a last one that is not whole is left out."""
    filed = np.array([case.filed for case in period.cases], dtype=np.int64)
    disposed = _disposed(period.cases)
    found = []
    for day in range(0, period.until // DAY - STRETCH + 1, STRETCH):
        since, until = day * DAY, (day + STRETCH) * DAY
        pending = float(((filed <= until) & (disposed > until)).sum())
        busy = {n: utilization(n, u, since, until, court) for n, u in period.uses.items() if _limit(u) is not None}
        came, went = ((filed > since) & (filed <= until)).sum(), ((disposed > since) & (disposed <= until)).sum()
        found.append(Stretch(day, float(came), float(went), pending, pending, pending, busy))
    return found


def _averaged(replications: Sequence[Sequence[Stretch]]) -> tuple[Stretch, ...]:
    found = []
    for same in zip(*replications, strict=True):
        pending = [each.pending for each in same]
        busy = {name: _mean(np.array([each.utilization[name] for each in same])) for name in same[0].utilization}
        filed, disposed = (_mean(np.array([getattr(each, what) for each in same])) for what in ("filed", "disposed"))
        found.append(Stretch(same[0].day, filed, disposed, _mean(np.array(pending)), min(pending), max(pending), busy))
    return tuple(found)


def differences(here: Report, there: Report) -> dict[str, Figure]:
    """*there* less *here*, replication by replication under the same luck."""
    names = [name for name in here.figures if name in there.figures]
    pairs = list(zip(here.replications, there.replications, strict=True))
    return {name: figure([b.figures[name] - a.figures[name] for a, b in pairs]) for name in names}


def plain(found: Report) -> dict[str, Any]:
    """As `--json` shows it."""
    assert found.scenario.caseload is not None
    head = plain_head(found.scenario, found.seed)
    head |= {"horizon_days": found.scenario.caseload.horizon_days, "warm_up_days": found.warm_up_days}
    head |= {"settled": found.settled, "replications": len(found.replications), "precise_at": found.reached}
    return head | nested(found.figures) | {"books": books(found)}


def nested(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """`wait.judge.mean` becomes `wait: {judge: {mean, ci95, ...}}`: the interval beside its mean."""
    made: dict[str, Any] = {}
    for name, each in figures.items():
        *parents, last = name.split(".")
        at = made
        for parent in parents:
            at = at.setdefault(parent, {})
        whole = {"mean": _known(each.mean), "ci95": [_known(end) for end in each.ci95]}
        if last == "mean":
            at |= whole
        else:
            at[last] = whole
    return made


def _known(number: float) -> float | None:
    """JSON has no word for what is not known."""
    return number if math.isfinite(number) else None


def books(found: Report) -> dict[str, Any]:
    """The residuals of all replications: of Little's law and of what came and went, the greatest of each resource."""
    names = found.replications[0].balances
    worst = {
        name: {
            "little": max(abs(each.balances[name].little) for each in found.replications),
            "flow": max(abs(each.balances[name].flow) for each in found.replications),
        }
        for name in names
    }
    return {"resources": worst, "cases": max(abs(each.open_books) for each in found.replications)}


def _mean(values: Any) -> float:
    return float(values.mean()) if len(values) else math.nan


def _quantile(values: Any, at: float) -> float:
    return float(np.quantile(values, at)) if len(values) else math.nan
