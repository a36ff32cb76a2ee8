"""Our cases per second over those of a bare SimPy loop: `python benchmarks/bench_simulate.py`.

The bare loop has no law, no choices and no events: one process a case with one timeout for each event that happened in
ours, the delays drawn before the clock starts, as many cases alive in one Environment as in ours. Ours keeps every event.
Both are timed in the same process, taking turns, and the medians are printed with the ratio.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import simpy

import courtsim
from courtsim.case.clocks import DAY
from courtsim.case.history import History
from courtsim.engines.simulate import BLOCK, histories
from courtsim.scenario.facts import Scenario

ROUNDS = 7
CASES = 2 * BLOCK
AT_LEAST = 0.5
COURT = Path(__file__).parent / "court.yaml"  # of the size that the floor is meant for
SLOW = "two-track"  # offers, findings, evidence and sentences in most cases: printed, no floor yet


def delays_of(case: History) -> list[float]:
    """Days between the events of a case."""
    ticks = [0, *(tick for tick, _, _ in case.happenings)]
    return [(later - earlier) / DAY for earlier, later in zip(ticks, ticks[1:], strict=False)]


def bare(delays: list[list[float]]) -> None:
    def case(env: simpy.Environment, own: list[float]) -> object:
        for delay in own:
            yield env.timeout(delay)

    for first in range(0, len(delays), BLOCK):
        env = simpy.Environment()
        for own in delays[first : first + BLOCK]:
            env.process(case(env, own))  # type: ignore[arg-type]
        env.run()


def rate(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return CASES / (time.perf_counter() - started)


def compare(scenario: Scenario) -> float:
    cases = list(histories(scenario, CASES, 1))
    delays = [delays_of(case) for case in cases]
    del cases
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(rate(lambda: list(histories(scenario, CASES, 1))))
        theirs.append(rate(lambda: bare(delays)))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    events = sum(map(len, delays)) / CASES
    print(
        f"{scenario.name}: {statistics.median(ours):,.0f} cases/s against {statistics.median(theirs):,.0f} of bare SimPy "
        f"({events:.1f} events a case, {BLOCK:,} cases alive in both): ratio {ratio:.2f}"
    )
    return ratio


def main() -> int:
    ratio = compare(courtsim.load(COURT))
    print(f"the aim is 0.8, the floor {AT_LEAST}")
    compare(courtsim.load(SLOW))
    return 0 if ratio >= AT_LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
