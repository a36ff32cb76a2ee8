"""Mutants of the core against its tests: which live, and why they may (`make prove`).

python -m tests.prove.mutation [MODULE ...]      # all of courtsim/case if left out; `--first N` tries a drawn sample of each

cosmic-ray (extra `prove`) says what can be changed in a module: each operator at each place. A change that means the same to
Python is left out. Every other is put in place of its module as Python reads it, in a process of its own that has everything
but courtsim already in memory; the sources stay as they are. First the tests of RINGS[0] run, for what they do not notice those of
RINGS[1], and so on. What lives after the last must be explained in survivors.yaml beside this file: a survivor without a reason, and
a reason without a survivor, is an error. Writes docs/evidence/mutation.json and mutation.md.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.machinery
import importlib.util
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple, NoReturn

from ruamel.yaml import YAML

from tests.prove.evidence import CORE, EVIDENCE, ROOT, write

RINGS = [
    ["test_core", "test_masks", "test_clocks", "test_planted_core"],
    ["test_documented_case", "test_lesson_4", "test_script", "test_check", "test_offers"],
    ["test_store.py::test_the_quick_encoder_writes_what_encode_writes", "test_choosers", "test_engines_agree", "test_branches"],
]
AIM = 0.9
LONGEST = [10, 40, 80]  # seconds of processor time after which a mutant hangs in a ring; without one the rings take 1, 8 and 20
MOST_MEMORY = 3 << 30  # bytes
AT_ONCE = 2  # processes
REASONS = Path(__file__).parent / "survivors.yaml"
LEFT_OUT = (
    "core/VariableInserter",
    "core/VariableReplacer",
    "core/ExceptionReplacer",
)  # to be told which; knows no tuple of them


class Mutant(NamedTuple):
    module: str
    operator: str
    text: str
    change: tuple[str, ...]  # the lines taken out and put in

    in_a_body: bool  # of a function: all else of the module is as it was

    @property
    def key(self) -> str:
        return "\n".join(self.change)

    @property
    def name(self) -> str:
        return f"courtsim.case.{self.module.removesuffix('.py')}"


def mutants(module: str) -> Iterator[Mutant]:
    """Every change of a module that means something else, each once."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    whole = (CORE / module).read_text(encoding="utf-8")
    tree, known, frame = get_ast(whole), {_meaning(whole)}, _without_bodies(whole)
    for name in sorted(set(operator_names()) - set(LEFT_OUT)):
        operator = get_operator(name)()
        for node in list(ast_nodes(tree)):
            for index, _ in enumerate(operator.mutation_positions(node)):
                text = _changed(tree, node, operator, index)
                try:
                    meaning = _meaning(text)
                except SyntaxError:
                    continue
                if meaning not in known:
                    known.add(meaning)
                    change = _difference(whole, text)
                    yield Mutant(module, name.removeprefix("core/"), text, change, _without_bodies(text) == frame)


def _changed(tree: Any, node: Any, operator: Any, index: int) -> str:
    """The whole text with one node changed; cosmic-ray's own way there reads and walks the whole module for each."""
    above, node.parent = node.parent, None
    twin = deepcopy(node)
    node.parent = twin.parent = above
    place = next(n for n, child in enumerate(above.children) if child is node)
    new = operator.mutate(twin, index)
    above.children[place : place + 1] = [] if new is None else [new]
    text: str = tree.get_code()
    above.children[place : place + (new is not None)] = [node]
    return text


def _meaning(text: str) -> str:
    """A module without its annotations, which nothing evaluates, or only as a whole."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


def _without_bodies(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = []
    return ast.dump(tree)


def _difference(whole: str, text: str) -> tuple[str, ...]:
    found = difflib.unified_diff(whole.splitlines(), text.splitlines(), lineterm="", n=0)
    return tuple(f"{line[0]} {line[1:].strip()}" for line in found if not line.startswith(("---", "+++", "@@")))


# -- a mutant in a process of its own

Job = tuple[int, Mutant]


class Tries:
    """A plugin that, in place of running the tests once, runs them for each mutant in a fork of the process that has collected them."""

    def __init__(self, jobs: Sequence[Job], into: Path, folder: Path, longest: int) -> None:
        self.jobs, self.into, self.folder, self.longest = jobs, into, folder, longest

    def pytest_runtestloop(self, session: Any) -> bool:
        def tests() -> int:
            for item, after in zip(session.items, [*session.items[1:], None], strict=True):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                if session.testsfailed:
                    return 1
            return 0

        if not in_forks([(0, None)], lambda _: tests(), self.folder, self.longest)[0]:
            raise SystemExit("the tests fail without a mutant")
        lives = in_forks(self.jobs, lambda mutant: into_memory(mutant) or tests(), self.folder, self.longest)
        self.into.write_text(json.dumps([number for number, _ in self.jobs if lives[number]]), encoding="utf-8")
        return True


def in_forks(jobs: Sequence[tuple[int, Any]], run: Callable[[Any], int], folder: Path, longest: int) -> dict[int, bool]:
    """For each job whether its process ended with 0, which is to say that the mutant lives."""
    waiting, running, lives = list(reversed(jobs)), {}, {}
    begun = said = time.monotonic()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            number, mutant = waiting.pop()
            child = os.fork()
            if not child:
                _alone(lambda mutant=mutant: run(mutant), folder, longest)
            running[child] = number
        child, status = os.wait()
        shutil.rmtree(folder / str(child), ignore_errors=True)
        lives[running.pop(child)] = status == 0
        if time.monotonic() - said > 30:
            said = time.monotonic()
            sys.__stderr__.write(f"  {len(lives)} of {len(jobs)} in {said - begun:.0f} s, {sum(lives.values())} live\n")
    return lives


def _alone(run: Callable[[], int], folder: Path, longest: int) -> NoReturn:
    """In a fork: runs within limits and ends."""
    code = 70
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (longest, longest + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        signal.alarm(longest * 20)
        own = folder / str(os.getpid())
        own.mkdir()
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(own)
        code = run()
    finally:
        os._exit(code)


def into_memory(mutant: Mutant) -> None:
    """Gives the functions of the module that is already imported the code they have in the mutant."""
    module = importlib.import_module(mutant.name)
    codes = [compile(mutant.text, str(CORE / mutant.module), "exec", dont_inherit=True)]
    for code in codes:  # classes are reached through the code that makes them
        for inner in code.co_consts:
            if isinstance(inner, CodeType) and "<" not in inner.co_qualname:
                codes.append(inner)
                found: Any = module
                for part in inner.co_qualname.split("."):
                    found = vars(found)[part]
                found = getattr(found, "fget", None) or getattr(found, "func", None) or found
                if isinstance(found, FunctionType):
                    found.__code__ = inner


class Instead(importlib.machinery.SourceFileLoader):
    """Gives a module another text when it is imported; a finder that stands before all others."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.name, str(CORE / mutant.module))
        self.text = mutant.text

    def find_spec(self, name: str, _path: object = None, _target: ModuleType | None = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def get_code(self, _name: str) -> CodeType:
        return compile(self.text, self.path, "exec", dont_inherit=True)


def imported(mutant: Mutant, ring: int) -> int:
    """The tests of a ring with a mutant that is more than the body of a function: all of courtsim is imported with it."""
    sys.meta_path.insert(0, Instead(mutant))  # type: ignore[arg-type]
    return _pytest(ring)


def _pytest(ring: int, *plugins: object) -> int:
    import pytest

    tests = [name if "::" in name else f"{name}.py" for name in RINGS[ring]]
    given = ["-q", "-x", "--no-header", "--tb=no", "-p", "no:xdist", *(f"tests/{name}" for name in tests)]
    return int(pytest.main(given, plugins=list(plugins)))


def survivors(ring: int, jobs: Sequence[Job], folder: Path) -> list[Job]:
    """The mutants that the tests of a ring do not notice."""
    bodies = [job for job in jobs if job[1].in_a_body]
    others = [job for job in jobs if not job[1].in_a_body]
    into = folder / f"ring-{ring}.json"
    child = os.fork()
    if not child:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os._exit(_pytest(ring, Tries(bodies, into, folder, LONGEST[ring])))
    os.waitpid(child, 0)
    lives = set(json.loads(into.read_text()))
    lives |= {n for n, living in in_forks(others, lambda mutant: imported(mutant, ring), folder, LONGEST[ring]).items() if living}
    return [job for job in jobs if job[0] in lives]


def tried(every: Sequence[Mutant]) -> dict[Mutant, int | None]:
    """For each mutant the ring that noticed it, from 0; None if it lives."""
    found: dict[Mutant, int | None] = dict.fromkeys(every)
    jobs = list(enumerate(every))
    with tempfile.TemporaryDirectory() as folder:
        for ring in range(len(RINGS)):
            living = survivors(ring, jobs, Path(folder))
            kept = {number for number, _ in living}
            found.update({mutant: ring for number, mutant in jobs if number not in kept})
            jobs = living
            sys.__stderr__.write(f"ring {ring + 1}: {len(jobs)} of {len(every)} live\n")
    return found


# -- what was found


def reasons() -> dict[str, dict[str, str]]:
    """Module to change to the reason why no test can or need notice it."""
    rows = YAML(typ="safe").load(REASONS) if REASONS.exists() else []
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        for change in row["changes"]:
            found.setdefault(row["module"], {})[change.strip()] = row["why"].strip()
    return found


def main(arguments: list[str]) -> int:
    first = int(arguments[arguments.index("--first") + 1]) if "--first" in arguments else None
    named = [name for name in arguments if name.endswith(".py")]
    modules = named or sorted(path.name for path in CORE.glob("*.py") if path.stat().st_size)
    every: list[Mutant] = []
    known: Counter[str] = Counter()
    for module in modules:
        possible = list(mutants(module))
        known[module] = len(possible)
        random.Random(8).shuffle(possible)
        every += possible[:first]
    sys.stdout.write(f"{len(every)} mutants: {dict(known)}\n")
    os.chdir(ROOT)
    os.environ |= {"HYPOTHESIS_PROFILE": "ci", "PYTHONDONTWRITEBYTECODE": "1"}
    found = tried(every)
    why = reasons()
    rows: dict[str, Any] = {}
    unexplained = 0
    for module in modules:
        mine = [mutant for mutant in found if mutant.module == module]
        living = [mutant for mutant in mine if found[mutant] is None]
        rings = Counter(found[mutant] for mutant in mine)
        rows[module] = {
            "mutants": known[module], "tried": len(mine), "killed": len(mine) - len(living), "score": _share(mine, living),
            "killed_in_ring": [rings[ring] for ring in range(len(RINGS))],
            "living": [{"change": m.change, "why": why.get(module, {}).get(m.key)} for m in living],
        }  # fmt: skip
        unexplained += sum(row["why"] is None for row in rows[module]["living"])
        sys.stdout.write(f"{module}: {rows[module]['killed']} of {len(mine)} caught, {rows[module]['score']}\n")
    all_living = [mutant for mutant in found if found[mutant] is None]
    result = {
        "aim": AIM, "score": _share(list(found), all_living), "tried": len(found), "living": len(all_living),
        "unexplained": unexplained, "rings": RINGS, "modules": rows,
    }  # fmt: skip
    if first is None and not named:
        write("mutation", " ".join(["python -m tests.prove.mutation", *arguments]), result)
        (EVIDENCE / "mutation.md").write_text(page(result), encoding="utf-8")
    sys.stdout.write(f"{len(found) - len(all_living)} of {len(found)} caught; {unexplained} survivors unexplained\n")
    return 0 if unexplained == 0 and result["score"] >= AIM else 1


def _share(every: Sequence[Mutant], living: Sequence[Mutant]) -> float:
    return round(1 - len(living) / max(1, len(every)), 3)


def page(result: dict[str, Any]) -> str:
    """The numbers, and every survivor with its reason, for a reader."""
    lines = [
        "# Evidence: mutants of the core",
        "",
        "Written by `python -m tests.prove.mutation`. Each operator of cosmic-ray at each place of `courtsim/case`, but for changes",
        "that mean the same to Python; a mutant is caught when a test of one of these rings fails, the first of them first.",
        "",
        *(f"{n}. {', '.join(f'`{name}`' for name in ring)}" for n, ring in enumerate(RINGS, 1)),
        "",
        "| module | mutants tried | caught | share | caught by ring 1, 2, 3 |",
        "|---|---|---|---|---|",
    ]
    for module, row in result["modules"].items():
        rings = ", ".join(str(n) for n in row["killed_in_ring"])
        lines.append(f"| `{module}` | {row['tried']} | {row['killed']} | {row['score']:.1%} | {rings} |")
    lines += [f"| all | {result['tried']} | {result['tried'] - result['living']} | {result['score']:.1%} | |", ""]
    for module, row in result["modules"].items():
        by_reason: dict[str, list[Any]] = {}
        for mutant in row["living"]:
            by_reason.setdefault(mutant["why"] or "NOT EXPLAINED", []).append(mutant["change"])
        if by_reason:
            lines += [f"## What lives in `{module}`, and why", ""]
        for why, changes in by_reason.items():
            lines += [why, "", "```diff", *(line for change in changes for line in change), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
