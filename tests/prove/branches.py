"""Branch coverage of the core by the core's own tests, and of the package by all tests (`make prove`).

python -m tests.prove.branches core|package      # writes docs/evidence/coverage-core.json or coverage-package.json

What the tests start is measured too. The package's tests run on all cores, as in `make test`, and take some three times as long; all
but those of the evidence, which may be of an older core until all of it has been made.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.prove.evidence import ROOT, write

CORE_TESTS = ["test_core", "test_clocks", "test_masks", "test_planted_core"]
TESTS = {
    "core": [f"tests/{name}.py" for name in CORE_TESTS],
    "package": ["-n", "auto", "--dist", "worksteal", "--ignore=tests/test_evidence.py", "tests"],
}
SOURCES = {"core": "courtsim.case", "package": "courtsim"}
AIMS = {"core": 100, "package": 95}
UNSEEN = {
    "courtsim/engines/kernel.py": "numba compiles it, and coverage sees no compiled code; test_sample holds it against the reference"
}
WORST = 40  # files kept in the evidence, those with the least share first


def main(of: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        settings, omit = Path(folder) / "coveragerc", " ".join(f"*/{name}" for name in UNSEEN)
        settings.write_text(
            f"[run]\nbranch = true\nsource = {SOURCES[of]}\nparallel = true\npatch = subprocess\ndata_file = {folder}/data\n"
            f"omit = {omit}\n[report]\nomit = {omit}\n"
        )
        coverage = [sys.executable, "-m", "coverage"]
        ran = subprocess.run(
            [*coverage, "run", f"--rcfile={settings}", "-m", "pytest", *TESTS[of]],
            cwd=ROOT, env=os.environ | {"HYPOTHESIS_PROFILE": "ci"}, stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        out = Path(folder) / "report.json"
        for arguments in (["combine", "--quiet"], ["json", "-q", "-o", str(out)]):
            subprocess.run([*coverage, *arguments, f"--rcfile={settings}"], cwd=ROOT, check=True)
        found = json.loads(out.read_text())
    files = {
        name: {
            "percent": round(file["summary"]["percent_covered"], 2),
            "missing_lines": file["missing_lines"],
            "missing_branches": file["missing_branches"],
        }
        for name, file in found["files"].items()
    }
    said = ran.stdout.strip().splitlines()
    result = {
        "percent": round(found["totals"]["percent_covered"], 2), "aim": AIMS[of], "passed": not ran.returncode,
        "failed": [line for line in said if line.startswith(("FAILED", "ERROR"))], "tests": said[-1], "unseen": UNSEEN,
        "files": dict(sorted(files.items(), key=lambda known: known[1]["percent"])[:WORST]),
    }  # fmt: skip
    write(f"coverage-{of}", f"python -m tests.prove.branches {of}", result)
    sys.stdout.write(f"{of}: {result['percent']}% of lines and branches, aim {AIMS[of]}%; {result['tests']}\n")
    return 0 if result["passed"] and result["percent"] >= AIMS[of] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "core"))
