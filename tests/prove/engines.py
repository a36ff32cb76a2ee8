"""Engines against each other on generated procedures (`make prove`).

python -m tests.prove.engines [COURTS]      # 60 if left out; writes docs/evidence/engines.json

For each court: `run --timing central` against `solve`, the largest |z| over its ends; the live state of every stored case against the
replay of its stream read back from a store in a file; nothing that happened which `check` had not found.
The bound on |z| is that of all comparisons together: a chance of 1 in 1,000 that any of them is above it by luck.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import NormalDist
from typing import NoReturn

import courtsim
from courtsim.case.core import replay
from courtsim.errors import CourtsimError
from courtsim.store import runs
from courtsim.verbs.stored import record
from tests.foreign.generate import write as generate
from tests.prove.evidence import write
from tests.prove.solve_against_simulation import largest_z

CASES = 1_000
SEED = 8
KEPT = 20  # cases read back from the store
LONGEST = 15  # seconds of processor time for the exact answer; a court that takes longer is left out by name
LUCK = 0.001  # that all comparisons together go wrong by chance alone


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """Raises TimeoutError once so much processor time has gone by."""

    def over(_signal: int, _frame: object) -> NoReturn:
        raise TimeoutError(f"more than {seconds} s of processor time")

    signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main(courts: int) -> int:
    z: dict[int, float] = {}
    left: dict[int, str] = {}
    ends, replayed, states_met = 0, 0, 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COURTSIM_STORE"] = str(Path(folder) / "store.sqlite")
        for court in range(courts):
            scenario = courtsim.load(generate(court, Path(folder))[1])
            kept = record(scenario, cases=KEPT, seed=SEED)
            stored = courtsim.docket("last", 1).run
            found = courtsim.check(scenario)
            for history in kept.histories:
                replayed += 1
                if replay(scenario.procedure, runs.events(stored, history.case)) != history.state:
                    wrong.append(f"court {court}, case {history.case}: another state on replay")
                met = {f"{event.step}.{event.option}" for event in history.events}
                states_met += len(met)
                if found.finished and not met <= set(found.options_fired):
                    wrong.append(f"court {court}, case {history.case}: {sorted(met - set(found.options_fired))} unknown to check")
            try:
                with no_longer_than(LONGEST):
                    exact = courtsim.solve(scenario, ends_only=True, within=1e-5)
            except (CourtsimError, TimeoutError) as fault:  # a tree that is too large, a choice that is nobody's
                left[court] = str(fault)[:80]
                continue
            finally:
                sys.stdout.write(f"court {court}: {left.get(court, 'compared')}\n")
                sys.stdout.flush()
            sampled = courtsim.simulate(scenario, cases=CASES, seed=SEED, timing="central")
            counted = {end: share.n for end, share in sampled.dispositions.items()}
            ends += len(exact.dispositions)
            z[court] = largest_z(dict(exact.dispositions), counted, CASES)
            if set(counted) - set(exact.dispositions):
                wrong.append(f"court {court}: ends {sorted(set(counted) - set(exact.dispositions))} that solve does not know")
    bound = NormalDist().inv_cdf(1 - LUCK / 2 / max(1, ends))
    wrong += [f"court {court}: |z| {found:.2f}" for court, found in z.items() if found > bound]
    result = {
        "courts": courts, "compared": len(z), "left_out": left, "ends": ends, "cases_a_court": CASES, "seed": SEED,
        "largest_z": round(max(z.values(), default=math.nan), 2), "bound": round(bound, 2),
        "replayed_from_the_store": replayed, "options_found_by_check": states_met, "wrong": wrong,
    }  # fmt: skip
    write("engines", f"python -m tests.prove.engines {courts}", result)
    sys.stdout.write(f"{result}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
