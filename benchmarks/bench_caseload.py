"""A county over years: its cost a case as the years grow, and a year of 20,000 filings: `python benchmarks/bench_caseload.py`.

One core, processor time. In one year alone most of the late cases do not come to their end, so the ratio is against us.
"""

from __future__ import annotations

import sys
import time

import courtsim
from courtsim.engines.caseload import Court

YEARS = (1, 20)
FLAT = 1.5  # the cost a case over twenty years over that of one
FILINGS = 20_000
AT_MOST = 60.0  # seconds


def lived(*sets: str) -> tuple[float, int]:
    """Seconds of processor time, and how many cases were filed."""
    court = Court(courtsim.load("county-2019", sets=sets))
    started = time.process_time()
    period = court.lived(1)
    return time.process_time() - started, len(period.cases)


def main() -> int:
    lived("caseload.horizon_days=100")  # what is worked out once
    costs = []
    for years in YEARS:
        seconds, cases = lived(f"caseload.horizon_days={365 * years}")
        costs.append(seconds / cases)
        print(f"{years:2} years: {cases:,} cases, {1e6 * seconds / cases:.0f} microseconds a case")
    flat = costs[-1] / costs[0]
    print(f"over {YEARS[-1]} years a case costs {flat:.2f} times what it costs in one (at most {FLAT})")
    big = ("caseload.horizon_days=365", f"caseload.arrivals.per_day={FILINGS / 250}")
    seconds, cases = lived(*big, "resources.judge.capacity=16", "resources.courtroom.capacity=16")
    print(f"a year of {cases:,} filings before 16 judges: {seconds:.0f} s (at most {AT_MOST:.0f})")
    return 0 if flat < FLAT and seconds < AT_MOST and cases >= 0.98 * FILINGS else 1


if __name__ == "__main__":
    sys.exit(main())
