"""The properties of tests/test_properties.py under random Hypothesis seeds (`make prove`).

python -m tests.prove.seeds [SEEDS [EXAMPLES]]      # 10 seeds x 2,000 examples if left out; writes docs/evidence/seeds.json

Two seeds at once, each in a process of its own. On a quiet core a seed of 2,000 examples takes some minutes.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tests.prove.evidence import ROOT, write

AT_ONCE = 2


def tried(examples: int, seed: int) -> dict[str, Any]:
    begun = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/test_properties.py", f"--hypothesis-seed={seed}", "--tb=short"],
        cwd=ROOT,
        env=os.environ | {"HYPOTHESIS_PROFILE": "prove", "COURTSIM_EXAMPLES": str(examples)},
        capture_output=True,
        text=True,
        check=False,
    )
    falsified = re.findall(r"^FAILED (\S+)", ran.stdout, re.MULTILINE)
    row = {"seed": seed, "failed": falsified, "exit_code": ran.returncode, "seconds": round(time.perf_counter() - begun)}
    sys.stdout.write(f"{row}\n{ran.stdout[-4000:] if ran.returncode else ''}")
    sys.stdout.flush()
    return row


def main(seeds: int, examples: int) -> int:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(partial(tried, examples), [secrets.randbits(32) for _ in range(seeds)]))
    failed = sum(row["exit_code"] != 0 for row in rows)
    result = {
        "seeds_tried": len(rows), "examples_a_property": examples, "failed": failed,
        "aim": "10 seeds x 2,000 examples", "seeds": rows,
    }  # fmt: skip
    write("seeds", f"python -m tests.prove.seeds {seeds} {examples}", result)
    return 1 if failed else 0


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [10, 2_000][len(given) :])))
