"""Cases recorded per second over those of the same recorder fed encoded rows in bulk: `python benchmarks/bench_store.py`.

Ours begins with cases as the engine leaves them: it makes their events, writes them as bytes, links them to chains, digests each
block and appends it with its record in a transaction of its own. The other appends the very same rows in one transaction.
SQLite in a fresh file each time; PostgreSQL, where its programs are, on a throw-away server of default settings but for its size.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import courtsim
from courtsim.engines.run import Run
from courtsim.store import streams
from courtsim.store.places import mark, opened, removed
from tests import server

ROUNDS = 5
CASES = 4_096  # enough that opening the store and naming the run do not count
OF_SERVER = 1_024  # a server takes eight times as long for each
AT_LEAST = 0.7


def seconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def emptied(run: str) -> None:
    with opened() as recorder:
        removed(recorder, [f"run:{run}"], [f"case:{run}:"])
        mark(recorder)


def encoded(run: Run) -> list[streams.Row]:
    """Everything that recording appends, in its order."""
    courtsim.save(run, record=True)
    with opened() as recorder:
        stored = recorder.select_notifications(start=None, limit=10_000_000)
    rows = [streams.Row(str(e.originator_id), e.originator_version, e.topic, e.state) for e in stored]
    return [row for row in rows if run.id in row.originator_id]


def bulk(rows: list[streams.Row]) -> None:
    with opened() as recorder:
        streams.insert(recorder, rows)


def compare(where: str, fresh: Callable[[str], None], scenario: str, cases: int) -> float:
    run = courtsim.simulate(scenario, cases=cases)
    fresh(run.id)
    rows = encoded(run)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        fresh(run.id)
        ours.append(seconds(lambda: courtsim.save(run, record=True)))
        fresh(run.id)
        theirs.append(seconds(lambda: bulk(rows)))
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    print(
        f"{where}, {scenario}: {cases / statistics.median(ours):,.0f} cases/s recorded against "
        f"{cases / statistics.median(theirs):,.0f} of the recorder alone ({len(rows) / cases:.1f} rows a case): ratio {ratio:.2f}"
    )
    return ratio


def main() -> int:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        os.environ["COURTSIM_STORE"] = str(path)

        def new_file(_: str) -> None:
            for old in Path(folder).glob("store.sqlite*"):
                old.unlink()
            with opened() as recorder:
                mark(recorder)

        found = [compare("SQLite", new_file, scenario, CASES) for scenario in ("two-track", "jupiter-2019")]
    reason = server.missing()
    if reason:
        print(f"PostgreSQL: not measured, {reason}")
    else:
        with server.running() as started:
            os.environ["COURTSIM_STORE"] = started.url
            for scenario in ("two-track", "jupiter-2019"):
                compare("PostgreSQL", emptied, scenario, OF_SERVER)
    print(f"the floor is {AT_LEAST} on SQLite")
    return 0 if min(found) >= AT_LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
