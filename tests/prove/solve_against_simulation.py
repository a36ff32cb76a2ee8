"""Every shipped scenario and variant: 20,000 simulated cases at central timing against the exact answer (`make prove`).

Writes docs/evidence/solve.md and fails where some |z| is 4.5 or more, or more than 1e-6 is not followed.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import courtsim
from courtsim.errors import IllegalStep
from courtsim.files.load import list_shipped

CASES = 20_000
CERTAIN = 200  # cases of what a script leaves no choice in
BOUND = 4.5
PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "solve.md"
HEAD = """# Exact answers against simulation

`make prove` writes this page: each shipped scenario and variant, 20,000 cases at central timing, against `solve --ends-only`. z is the
largest standardized difference over all dispositions with at least five expected cases; below five the count must stay
under 5 + 4.5 x sqrt(5). Where the exact answer is certain, 200 cases do.

| Scenario | Variant | Nodes | Not followed | Seconds | Largest z |
|---|---|---|---|---|---|
"""


def largest_z(exact: dict[str, float], counted: dict[str, int], cases: int) -> float:
    found = 0.0
    for end, p in exact.items():
        n, mean = counted.get(end, 0), cases * p
        if mean < 5:
            found = max(found, BOUND if n > 5 + BOUND * math.sqrt(5) else 0.0)
        elif p < 1:
            found = max(found, abs(n - mean) / math.sqrt(mean * (1 - p)))
        else:
            found = max(found, 0.0 if n == cases else math.inf)
    return found


def main() -> int:
    rows, wrong = [], 0
    for name in [s.name for s in list_shipped() if s.kind == "scenario"]:
        for variant in (None, *courtsim.load(name).variants):
            scenario = courtsim.load(name, variant=variant)
            started = time.perf_counter()
            try:
                exact = courtsim.solve(scenario, ends_only=True)
            except IllegalStep as refused:  # a variant that the script of what happened contradicts
                rows.append(
                    f"| {name} | {variant} | the script is refused: {str(refused).partition(' is not lawful')[0]} | | | |"
                )
                continue
            seconds = time.perf_counter() - started
            cases = CERTAIN if 1.0 in exact.dispositions.values() else CASES
            sampled = courtsim.simulate(scenario, cases=cases, timing="central")
            z = largest_z(dict(exact.dispositions), {end: share.n for end, share in sampled.dispositions.items()}, cases)
            wrong += z >= BOUND or exact.truncated > 1e-6
            rows.append(f"| {name} | {variant or ''} | {exact.nodes:,} | {exact.truncated:.1e} | {seconds:.1f} | {z:.2f} |")
            print(rows[-1], flush=True)  # noqa: T201
    PAGE.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
