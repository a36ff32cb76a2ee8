"""The properties of tests/test_properties.py under random Hypothesis seeds (`make prove`).

python -m tests.prove.seeds [SEEDS [EXAMPLES]]      # 10 seeds x 2,000 examples if left out; writes docs/evidence/seeds.json
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time

from tests.prove.evidence import ROOT, write


def main(seeds: int, examples: int) -> int:
    rows, failed = [], 0
    for _ in range(seeds):
        seed = secrets.randbits(32)
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
        rows.append(
            {"seed": seed, "failed": falsified, "exit_code": ran.returncode, "seconds": round(time.perf_counter() - begun)}
        )
        failed += ran.returncode != 0
        sys.stdout.write(f"{rows[-1]}\n")
        if ran.returncode:
            sys.stdout.write(ran.stdout[-4000:])
    command = f"python -m tests.prove.seeds {seeds} {examples}"
    write("seeds", command, {"examples_a_property": examples, "aim": "10 seeds x 2,000 examples", "seeds": rows})
    return 1 if failed else 0


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [10, 2_000][len(given) :])))
