"""A county over years: its cost an event as the years grow, and a year of 20,000 filings: `python benchmarks/bench_caseload.py`.

One core, processor time; judges, a courtroom, prosecutors and public defenders with limits. An event is one of the docket.
"""

from __future__ import annotations

import sys
import time

import courtsim
from courtsim.engines.caseload import Court

YEARS = (1, 20)
FLAT = 1.5  # the cost an event over twenty years over that of one
FILINGS = 20_000
AT_MOST = 60.0  # seconds
COURTS = {
    "as it is": None,
    "half the defenders' limit": "half-the-defenders",
    "those held and whose time runs out first": "custody-first",
    "by the hour": "sitting-hours",
}


def lived(*sets: str, variant: str | None = None) -> tuple[float, int, int]:
    """Seconds of processor time, how many cases were filed, and how many events they had."""
    court = Court(courtsim.load("county-2019", variant=variant, sets=sets))
    started = time.process_time()
    period = court.lived(1)
    return time.process_time() - started, len(period.cases), sum(case.events for case in period.cases)


def main() -> int:
    lived("caseload.horizon_days=100")  # what is worked out once
    worst = 0.0
    for name, variant in COURTS.items():
        costs = []
        for years in YEARS:
            seconds, cases, events = lived(f"caseload.horizon_days={365 * years}", variant=variant)
            costs.append(seconds / events)
            print(f"{name}, {years:2} years: {cases:,} cases, {events:,} events, {1e6 * costs[-1]:.0f} microseconds an event")
        flat = costs[-1] / costs[0]
        worst = max(worst, flat)
        print(f"over {YEARS[-1]} years an event costs {flat:.2f} times what it costs in one (at most {FLAT})")
    many = [f"resources.{name}.capacity=16" for name in ("judge", "courtroom", "prosecutor", "public_defender")]
    longest, fewest = 0.0, FILINGS
    for name, variant in COURTS.items():
        big = ("caseload.horizon_days=365", f"caseload.arrivals.per_day={FILINGS / 250}", *many)
        seconds, cases, _ = lived(*big, variant=variant)
        longest, fewest = max(longest, seconds), min(fewest, cases)
        print(f"{name}: a year of {cases:,} filings before 16 judges: {seconds:.0f} s (at most {AT_MOST:.0f})")
    return 0 if worst < FLAT and longest < AT_MOST and fewest >= 0.98 * FILINGS else 1


if __name__ == "__main__":
    sys.exit(main())
