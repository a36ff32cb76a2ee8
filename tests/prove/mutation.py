"""Mutants of the core against the fast tests of the core: which live (`make prove`).

python -m tests.prove.mutation [SECONDS] [MODULE ...]      # 240 seconds of case/core.py if left out

cosmic-ray (extra `prove`) says what can be changed in a module: each operator at each place. A sample of those mutants, drawn with a
fixed seed, is made one after the other in a copy of the package until the time is over; a mutant that the tests do not notice is
listed with its change. Writes docs/evidence/mutation.json.
"""

from __future__ import annotations

import ast
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


def places(text: str) -> list[tuple[str, int]]:
    """Every mutant of a module as its operator and the number of the place, in an order drawn once."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    tree, found = get_ast(text), []
    for name in sorted(operator_names()):
        if name not in ("core/VariableInserter", "core/VariableReplacer"):  # they have to be told which
            operator = get_operator(name)()
            count = sum(len(list(operator.mutation_positions(node))) for node in ast_nodes(tree))
            found += [(name, n) for n in range(count)]
    random.Random(8).shuffle(found)
    return found


def mutant(text: str, operator: str, place: int) -> str | None:
    """The changed module; None where it means the same, as in an annotation, or is none."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    found: str | None = mutate_code(text, get_operator(operator)(), place)
    try:
        return None if found is None or _meaning(found) == _meaning(text) else found
    except SyntaxError:
        return None


def _meaning(text: str) -> str:
    """A module without its annotations, which nothing evaluates."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg) or (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


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
        every = places(whole)
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
            for operator, place in every:
                if time.monotonic() > end:
                    break
                changed = mutant(whole, operator, place)
                if changed is None:
                    continue
                (copy / "courtsim" / "case" / module).write_text(changed, encoding="utf-8")
                tried += 1
                try:
                    lives = survives(copy, FAST)
                except subprocess.TimeoutExpired:
                    lives = False
                if lives:
                    change = difflib.unified_diff(whole.splitlines(), changed.splitlines(), lineterm="", n=0)
                    living.append([line for line in change if not line.startswith(("---", "+++"))])
        rows[module] = {"places": len(every), "tried": tried, "killed": tried - len(living), "living": living}
        rows[module]["score"] = round((tried - len(living)) / tried, 3) if tried else None
        sys.stdout.write(f"{module}: {tried - len(living)} of {tried} tried caught, of {len(every)} places\n")
    write(
        "mutation", f"python -m tests.prove.mutation {seconds} {' '.join(modules)}", {"aim": 0.9, "tests": FAST, "modules": rows}
    )
    return 0


if __name__ == "__main__":
    given = sys.argv[1:] or ["240"]
    sys.exit(main(int(given[0]), given[1:] or ["core.py"]))
