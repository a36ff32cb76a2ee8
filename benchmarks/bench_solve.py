"""Exact answers and comparisons: `python benchmarks/bench_solve.py`. Seconds of one processor, nodes, `compare` over `run`."""

from __future__ import annotations

import time
from collections.abc import Callable

import courtsim
from courtsim.analysis.sensitivity import grid

CASES = 2_000
GRID = 25


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    started = time.process_time()  # and not of the clock on the wall, which other processes move
    found = work()
    return time.process_time() - started, found


def main() -> None:
    scenario = courtsim.load("jupiter-2019")
    for ends_only in (True, False):
        took, found = seconds(lambda ends_only=ends_only: courtsim.solve(scenario, ends_only=ends_only))
        print(f"solve jupiter-2019{' --ends-only' if ends_only else ''}: {took:.1f} s, {found.nodes:,} nodes (aim 0.5 s)")
    xs = [n / (GRID - 1) for n in range(GRID)]
    measured = courtsim.measured(scenario, "judged.convicted")
    took, _ = seconds(lambda: grid(measured, "conviction.p", "choosers.answer_offer.odds.accept_deferred_prosecution", xs, xs))
    print(f"map of {GRID} x {GRID} over jupiter-2019: {took:.1f} s (aim 20 s)")
    single, _ = seconds(lambda: courtsim.simulate(scenario, cases=CASES).measures)
    both, _ = seconds(lambda: courtsim.what_if("jupiter-2019", "minimized-warrant", cases=CASES))
    print(
        f"what-if over {CASES:,} pairs: {both:.1f} s; run of {CASES:,} cases: {single:.1f} s; ratio {both / single:.2f} (aim 2)"
    )


if __name__ == "__main__":
    main()
