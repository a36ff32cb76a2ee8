"""Mutants of the core against the fast tests of the core: which live (`make prove`).

python -m tests.prove.mutation [SECONDS] [MODULE ...]      # 240 seconds of case/core.py if left out

cosmic-ray (extra `prove`) says what can be changed in a module: each operator at each place. A sample of those mutants, drawn with a
fixed seed, is made one after the other in a copy of the package until the time is over; a mutant that the tests do not notice is
listed with its change. Writes docs/evidence/mutation.json.
"""

from __future__ import annotations

import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.prove.evidence import CORE, ROOT, write

FAST = ["tests/test_core.py", "tests/test_clocks.py"]
LONGEST = 120  # seconds after which a mutant hangs


def mutants(source: Path) -> list[str]:
    """Every mutant of a module, in an order drawn once; what does not change its meaning (annotations, comments) is left out."""
    import ast

    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    text = source.read_text(encoding="utf-8")
    known, found = {ast.dump(ast.parse(text))}, []
    for name in sorted(operator_names()):
        if name in ("core/VariableInserter", "core/VariableReplacer"):  # they have to be told which
            continue
        operator = get_operator(name)()
        for occurrence in range(10_000):
            mutant = mutate_code(text, operator, occurrence)
            if mutant is None:
                break
            try:
                meaning = ast.dump(ast.parse(mutant))
            except SyntaxError:
                continue
            if meaning not in known:
                known.add(meaning)
                found.append(mutant)
    random.Random(8).shuffle(found)
    return found


def survives(copy: Path, tests: list[str]) -> bool:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", *tests],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_PROFILE": "ci"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=LONGEST,
        check=False,
    )
    return ran.returncode == 0


def main(seconds: int, modules: list[str]) -> int:
    rows = {}
    for module in modules:
        source = CORE / module
        whole = source.read_text(encoding="utf-8")
        every = mutants(source)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder)
            for part in ("courtsim", "scenarios", "tests", "pyproject.toml"):
                whence = ROOT / part
                if whence.is_dir():
                    shutil.copytree(whence, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(whence, copy / part)
            if not survives(copy, FAST):
                raise SystemExit("the tests fail without a mutant")
            end, tried, living = time.monotonic() + seconds / len(modules), 0, []
            for mutant in every:
                if time.monotonic() > end:
                    break
                (copy / "courtsim" / "case" / module).write_text(mutant, encoding="utf-8")
                tried += 1
                try:
                    lives = survives(copy, FAST)
                except subprocess.TimeoutExpired:
                    lives = False
                if lives:
                    change = difflib.unified_diff(whole.splitlines(), mutant.splitlines(), lineterm="", n=0)
                    living.append([line for line in change if not line.startswith(("---", "+++"))])
        rows[module] = {"mutants": len(every), "tried": tried, "killed": tried - len(living), "living": living}
        rows[module]["score"] = round((tried - len(living)) / tried, 3) if tried else None
        sys.stdout.write(f"{module}: {tried - len(living)} of {tried} tried caught, of {len(every)}\n")
    write(
        "mutation", f"python -m tests.prove.mutation {seconds} {' '.join(modules)}", {"aim": 0.9, "tests": FAST, "modules": rows}
    )
    return 0


if __name__ == "__main__":
    given = sys.argv[1:] or ["240"]
    sys.exit(main(int(given[0]), given[1:] or ["core.py"]))
