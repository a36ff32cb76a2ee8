"""Branch coverage of the core by the core's own tests, and of the package by all tests (`make prove`).

python -m tests.prove.branches [core|package]      # core if left out; writes docs/evidence/coverage-core.json or -package.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.prove.evidence import ROOT, write

TESTS = {
    "core": ["test_core", "test_clocks", "test_masks", "test_planted_core"],
    "package": [],
}
SOURCES = {"core": "courtsim.case", "package": "courtsim"}
AIMS = {"core": 100, "package": 95}


def main(of: str) -> int:
    tests = [f"tests/{name}.py" for name in TESTS[of]]
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "data")
        command = [sys.executable, "-m", "coverage", "run", "--branch", f"--source={SOURCES[of]}", f"--data-file={data}"]
        environment = os.environ | {"HYPOTHESIS_PROFILE": "ci"}
        ran = subprocess.run([*command, "-m", "pytest", *tests], cwd=ROOT, env=environment, check=False)
        out = str(Path(folder) / "report.json")
        report = [sys.executable, "-m", "coverage", "json", f"--data-file={data}", "-o", out]
        subprocess.run(report, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        found = json.loads(Path(out).read_text())
    files = {
        name: {
            "percent": round(file["summary"]["percent_covered"], 2),
            "missing_lines": file["missing_lines"],
            "missing_branches": file["missing_branches"],
        }
        for name, file in found["files"].items()
    }
    total = round(found["totals"]["percent_covered"], 2)
    least = dict(sorted(files.items(), key=lambda known: known[1]["percent"])[:40])
    result = {"percent": total, "aim": AIMS[of], "tests": tests or "all", "passed": ran.returncode == 0, "files": least}
    write(f"coverage-{of}", f"python -m tests.prove.branches {of}", result)
    sys.stdout.write(f"{of}: {total}% of lines and branches, aim {AIMS[of]}%\n")
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "core"))
