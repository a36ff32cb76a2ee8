"""Branch coverage of the core by the core's own tests, and of the package by all tests (`make prove`).

python -m tests.prove.branches core
python -m tests.prove.branches package [SECONDS]      # writes docs/evidence/coverage-core.json or -package.json

Each file of tests runs in a process of its own, what it starts included. Once SECONDS are over no other is begun: those left are named,
and the figure is then the least that it can be.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.prove.evidence import ROOT, write

CORE_TESTS = ["test_core", "test_clocks", "test_masks", "test_planted_core"]
LAST = [  # what takes longest, most of it in lines that the others have run
    "test_toolkit", "test_docs", "test_same_results", "test_durability", "test_report_in_browser", "test_workers", "test_planted",
    "test_foreign_reading", "test_solve", "test_conformance", "test_properties", "test_sample",
]  # fmt: skip
SOURCES = {"core": "courtsim.case", "package": "courtsim"}
AIMS = {"core": 100, "package": 95}
UNSEEN = {
    "courtsim/engines/kernel.py": "numba compiles it, and coverage sees no compiled code; test_sample holds it against the reference"
}


def tests_of(what: str) -> list[str]:
    if what == "core":
        return CORE_TESTS
    every = sorted(path.stem for path in (ROOT / "tests").glob("test_*.py"))
    return [name for name in every if name not in LAST] + LAST


def main(of: str, seconds: float = math.inf) -> int:
    failed, left = [], []
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "coveragerc"
        settings.write_text(
            f"[run]\nbranch = true\nsource = {SOURCES[of]}\nparallel = true\npatch = subprocess\ndata_file = {folder}/data\n"
            f"omit = {' '.join(UNSEEN)}\n"
        )
        end = time.monotonic() + seconds
        for name in tests_of(of):
            if time.monotonic() > end:
                left.append(name)
                continue
            command = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest", f"tests/{name}.py"]
            ran = subprocess.run(
                command, cwd=ROOT, env=os.environ | {"HYPOTHESIS_PROFILE": "ci"}, capture_output=True, text=True, check=False
            )
            if ran.returncode:
                failed.append(name)
            sys.stdout.write(f"{name}: {ran.stdout.strip().rpartition(chr(10))[2]}\n")
            sys.stdout.flush()
        out = Path(folder) / "report.json"
        for arguments in (["combine", "--quiet"], ["json", "-q", "-o", str(out)]):
            subprocess.run([sys.executable, "-m", "coverage", *arguments, f"--rcfile={settings}"], cwd=ROOT, check=True)
        found = json.loads(out.read_text())
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
    result = {
        "percent": total, "aim": AIMS[of], "passed": not failed, "failed": failed, "not_run": left, "unseen": UNSEEN,
        "tests": tests_of(of), "files": least,
    }  # fmt: skip
    write(f"coverage-{of}", " ".join(["python -m tests.prove.branches", *sys.argv[1:]]), result)
    sys.stdout.write(f"{of}: {total}% of lines and branches, aim {AIMS[of]}%; {len(left)} files of tests not run\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "core", *(float(seconds) for seconds in sys.argv[2:3])))
