"""Two hundred SIGKILLs at random moments of a recording: `python -m tests.prove.kills`. Writes docs/evidence/kills.md."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import courtsim
from tests import kills

KILLS = 200
WHILE_RECORDING = 150  # of them, at least
PAGE = Path(__file__).parent.parent.parent / "docs" / "evidence" / "kills.md"
HEAD = """# Evidence: killed while recording

Written by `make prove` (`tests/prove/kills.py`). A process records {cases} cases of `two-track`, {block} a transaction, into a fresh
SQLite file and is killed by SIGKILL at a random moment; what the store acknowledged to it went through a pipe. After each kill the
file is held against an uninterrupted run: every acknowledged block is there whole, no half case, no half block, `runs verify` finds
nothing wrong, and `runs resume` makes every row what it is in the uninterrupted run. One exception and the page is not written.

{kills} kills, {recording} of them while recording; 0 exceptions.

| when it was killed | kills | |
|---|---:|---|
"""


def main() -> int:
    scenario = courtsim.load("two-track")
    when: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COURTSIM_STORE"] = f"{folder}/whole.sqlite"
        run, lasted, whole, whole_run = kills.uninterrupted(scenario)
        for n, moment in enumerate(kills.moments(KILLS, lasted, seed=7)):
            os.environ["COURTSIM_STORE"] = f"{folder}/{n}.sqlite"
            found = kills.killed(scenario, moment)
            when[kills.check(scenario, run, found, whole, whole_run)] += 1
            for file in Path(folder).glob(f"{n}.sqlite*"):
                file.unlink()
    recording = sum(n for moment, n in when.items() if moment.startswith("while recording"))
    rows = "".join(f"| {moment} | {n} | {'#' * n} |\n" for moment, n in sorted(when.items(), key=lambda item: _rank(item[0])))
    page = HEAD.format(cases=kills.CASES, block=kills.BLOCK, kills=KILLS, recording=recording) + rows
    sys.stdout.write(page)
    if recording < WHILE_RECORDING:
        return 1
    PAGE.write_text(page)
    return 0


def _rank(moment: str) -> tuple[int, str]:
    """In the order of a recording."""
    place = {"before": 0, "after": 3}.get(moment.split()[0], 2 if "end" in moment else 1)
    return place, moment.zfill(60)


if __name__ == "__main__":
    sys.exit(main())
