"""The compiled engine over a bare SimPy loop, and its cost a case as the cases grow: `python benchmarks/bench_sample.py`.

The bare loop is that of `bench_simulate.py`: no law, no events, the delays drawn beforehand, 4,096 cases alive. Both are timed
in one process, taking turns, on one core, in processor time (other processes do not count); medians and their ratio.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from bench_simulate import COURT, bare, delays_of

import courtsim
from courtsim.engines.sample import Sampler
from courtsim.engines.sampled import KEPT
from courtsim.engines.simulate import BLOCK, histories
from courtsim.scenario.facts import Scenario

ROUNDS = 5
BARE = 2 * BLOCK
OURS = 64 * BLOCK
AT_LEAST = 30.0
AT_LEAST_PLAIN = 4.0  # without numba
FLAT = 1.3  # the cost a case at ten thousand and at a million, the greater over the less; getting ready is in it


def seconds(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def sampled(scenario: Scenario, cases: int, by_numba: bool = True) -> None:
    for _ in Sampler(scenario, 1, by_numba=by_numba, kept=KEPT).blocks(cases):  # as `run` has it
        pass


def race(scenario: Scenario, cases: int, by_numba: bool = True) -> float:
    delays = [delays_of(case) for case in histories(scenario, BARE, 1)]
    sampled(scenario, BLOCK, by_numba)  # numba compiles, or reads what it compiled before
    theirs, ours = [], []
    for _ in range(ROUNDS):
        theirs.append(BARE / seconds(lambda: bare(delays)))
        ours.append(cases / seconds(lambda: sampled(scenario, cases, by_numba)))
    ratio = statistics.median(ours) / statistics.median(theirs)
    way = "numba" if by_numba else "NumPy"
    print(
        f"{scenario.name}: {sum(map(len, delays)) / BARE:.1f} events a case; {way} {statistics.median(ours):,.0f} cases/s, "
        f"bare SimPy {statistics.median(theirs):,.0f} cases/s, ratio {ratio:.1f}"
    )
    return ratio


def flat(scenario: Scenario) -> float:
    """The best of several runs of each size: what others do to the cache of so short a run is not the question."""
    few = min(seconds(lambda: sampled(scenario, 10_000)) for _ in range(4 * ROUNDS)) / 10_000
    many = min(seconds(lambda: sampled(scenario, 1_000_000)) for _ in range(2)) / 1_000_000
    print(f"{scenario.name}: {1e6 * few:.2f} us a case of 10,000, {1e6 * many:.2f} us of 1,000,000, ratio {few / many:.2f}")
    return max(many / few, few / many)


def main() -> int:
    court = courtsim.load(COURT)
    ratio = race(court, OURS)
    race(courtsim.load("jupiter-2019"), OURS // 16)
    plain = race(court, OURS // 8, by_numba=False)
    grown = flat(court)
    print(f"aims: {AT_LEAST:.0f} times bare on one core, {AT_LEAST_PLAIN:.0f} without numba; {FLAT} times the cost a case")
    return 0 if ratio >= AT_LEAST and plain >= AT_LEAST_PLAIN and grown <= FLAT else 1


if __name__ == "__main__":
    sys.exit(main())
