"""Mutants of the core against its tests: which live, and why they may (`make prove`).

python -m tests.prove.mutation [--first N] [--seconds S] [MODULE ...]      # all of courtsim/case if left out
python -m tests.prove.mutation --reasons      # looks up the reasons again for what lived when it last ran

--first N draws N mutants of each module, with a fixed seed; after S seconds no other is begun, and those tried are the sample.

cosmic-ray (extra `prove`) says what can be changed in a module: each operator at each place. A change that means the same to
Python is left out. Every other is tried in a fork of a process that has collected the tests: it gets the code of the mutant's functions,
or, where more than a body was changed, imports courtsim with the mutant; the sources stay as they are. What the tests do not notice
lives, and must be explained in survivors.yaml beside this file. Writes docs/evidence/mutation.json and mutation.md.
"""

from __future__ import annotations

import ast
import difflib
import gc
import importlib
import importlib.machinery
import importlib.util
import json
import math
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from itertools import islice
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple, NoReturn

from ruamel.yaml import YAML

from tests.prove.evidence import CORE, EVIDENCE, ROOT, index, write

TESTS = ["test_masks", "test_core", "test_planted_core", "test_clocks"]
AIM = 0.9
LONGEST = 5  # seconds of processor time after which a mutant hangs; without one the tests take 2
IMPORTED = 15  # the same where all of courtsim is imported first
MOST_MEMORY = 3 << 30  # bytes
AT_ONCE = 2  # processes
REASONS = Path(__file__).parent / "survivors.yaml"
LEFT_OUT = (
    "core/VariableInserter",  # these want to be told which
    "core/VariableReplacer",
    "core/ExceptionReplacer",  # knows no tuple of them
    "core/ReplaceComparisonOperator_Eq_Is",  # whether equal numbers and texts are the same object is Python's business
    "core/ReplaceComparisonOperator_NotEq_IsNot",
)


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
    """Every change of a module that means something else, each once, in an order drawn once for all."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    whole = (CORE / module).read_text(encoding="utf-8")
    tree, known, frame = get_ast(whole), {_meaning(whole)}, _without_bodies(whole)
    nodes = list(ast_nodes(tree))
    places = []
    for name in sorted(set(operator_names()) - set(LEFT_OUT)):
        operator = get_operator(name)()
        places += [
            (name, operator, n, i) for n, node in enumerate(nodes) for i, _ in enumerate(operator.mutation_positions(node))
        ]
    random.Random(8).shuffle(places)
    for name, operator, n, position in places:
        text = _changed(tree, nodes[n], operator, position)
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

    def __init__(self, jobs: Sequence[Job], into: Path, folder: Path, end: float) -> None:
        self.jobs, self.into, self.folder, self.end = jobs, into, folder, end

    def pytest_runtestloop(self, session: Any) -> bool:
        gc.freeze()  # what is in memory stays shared by the forks

        def tests() -> int:
            for item, after in zip(session.items, [*session.items[1:], None], strict=True):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                if session.testsfailed:
                    return 1
            return 0

        if not in_forks([(0, None)], lambda _: tests(), self.folder, LONGEST * 4, math.inf)[0]:
            raise SystemExit("the tests fail without a mutant")
        lives = in_forks(self.jobs, lambda mutant: into_memory(mutant) or tests(), self.folder, LONGEST, self.end)
        self.into.write_text(json.dumps(list(lives.items())), encoding="utf-8")
        return True


def in_forks(
    jobs: Sequence[tuple[int, Any]], run: Callable[[Any], int], folder: Path, longest: int, end: float
) -> dict[int, bool]:
    """For each job begun before *end* whether its process ended with 0, which is to say that the mutant lives."""
    waiting, running, lives, every = list(reversed(jobs)), {}, {}, dict(jobs)
    begun = said = time.monotonic()
    while waiting or running:
        if time.monotonic() > end:
            waiting.clear()
        while waiting and len(running) < AT_ONCE:
            number, mutant = waiting.pop()
            child = os.fork()
            if not child:
                _alone(lambda mutant=mutant: run(mutant), folder, longest)
            running[child] = number
        child, status = os.wait()
        shutil.rmtree(folder / str(child), ignore_errors=True)
        number = running.pop(child)
        lives[number] = status == 0
        if status == 0 and every[number] is not None:
            sys.__stderr__.write(f"lives in {every[number].module}\n{every[number].key}\n")
        if time.monotonic() - said > 30:
            said = time.monotonic()
            sys.__stderr__.write(f"  {len(lives)} of {len(jobs)} in {said - begun:.0f} s, {sum(lives.values())} live\n")
    return lives


def _alone(run: Callable[[], int], folder: Path, longest: int) -> NoReturn:
    """In a fork: runs within limits and ends."""
    code = 70
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
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


def imported(mutant: Mutant) -> int:
    """The tests with a mutant that is more than the body of a function: all of courtsim is imported with it."""
    instead = Instead(mutant)
    sys.meta_path.insert(0, instead)  # type: ignore[arg-type]
    module = importlib.import_module(mutant.name)  # now: pytest will have a finder of its own before this one
    assert module.__loader__ is instead
    return _pytest()


def _pytest(*plugins: object) -> int:
    import pytest

    given = ["-q", "-x", "--no-header", "--tb=no", "-p", "no:xdist", *(f"tests/{name}.py" for name in TESTS)]
    return int(pytest.main(given, plugins=list(plugins)))


def tried(every: Sequence[Mutant], seconds: float) -> dict[Mutant, bool]:
    """For each mutant that was begun in time, whether it lives. Bodies of functions have two thirds of the time."""
    jobs = list(enumerate(every))
    bodies = [job for job in jobs if job[1].in_a_body]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / "lives.json"
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os._exit(_pytest(Tries(bodies, into, Path(folder), begun + seconds * 2 / 3)))
        os.waitpid(child, 0)
        lives = dict(json.loads(into.read_text()))
        others = [job for job in jobs if not job[1].in_a_body]
        lives |= in_forks(others, imported, Path(folder), IMPORTED, begun + seconds)
    return {mutant: lives[number] for number, mutant in jobs if number in lives}


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
    def given(name: str, otherwise: Any) -> Any:
        return int(arguments[arguments.index(name) + 1]) if name in arguments else otherwise

    if "--reasons" in arguments:
        return explained()
    first, seconds = given("--first", None), given("--seconds", math.inf)
    modules = [name for name in arguments if name.endswith(".py")]
    modules = modules or sorted(path.name for path in CORE.glob("*.py") if path.stat().st_size)
    every = [mutant for module in modules for mutant in islice(mutants(module), first)]
    random.Random(8).shuffle(every)
    sys.stdout.write(f"{len(every)} mutants\n")
    sys.stdout.flush()
    os.chdir(ROOT)
    os.environ |= {"HYPOTHESIS_PROFILE": "ci", "PYTHONDONTWRITEBYTECODE": "1"}
    found = tried(every, seconds)
    rows: dict[str, Any] = {}
    for module in modules:
        mine = [mutant for mutant in found if mutant.module == module]
        living = [mutant for mutant in mine if found[mutant]]
        rows[module] = {
            "tried": len(mine), "killed": len(mine) - len(living), "score": _share(len(mine), len(living)),
            "living": [{"change": mutant.change, "why": None} for mutant in sorted(living, key=lambda mutant: mutant.change)],
        }  # fmt: skip
    living = sum(found.values())
    result = {
        "aim": AIM, "score": _share(len(found), living), "tried": len(found), "living": living,
        "drawn": len(every), "tests": TESTS, "modules": rows,
    }  # fmt: skip
    write("mutation", " ".join(["python -m tests.prove.mutation", *arguments]), result)
    return explained()


def explained() -> int:
    """Puts the reasons beside what lived when it last ran, and writes the page; 1 where one is missing or too many live."""
    path = EVIDENCE / "mutation.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    result, why = found["result"], reasons()
    for module, row in result["modules"].items():
        for mutant in row["living"]:
            mutant["why"] = why.get(module, {}).get("\n".join(mutant["change"]))
        sys.stdout.write(f"{module}: {row['killed']} of {row['tried']} caught, {row['score']}\n")
    living = [mutant for row in result["modules"].values() for mutant in row["living"]]
    result["unexplained"] = sum(mutant["why"] is None for mutant in living)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (EVIDENCE / "mutation.md").write_text(page(result), encoding="utf-8")
    (EVIDENCE / "index.md").write_text(index(), encoding="utf-8")
    sys.stdout.write(
        f"{result['tried'] - len(living)} of {result['tried']} caught; {result['unexplained']} survivors unexplained\n"
    )
    return 0 if result["unexplained"] == 0 and result["score"] >= AIM else 1


def _share(tried: int, living: int) -> float:
    return round(1 - living / max(1, tried), 3)


def page(result: dict[str, Any]) -> str:
    """The numbers, and every survivor with its reason, for a reader."""
    lines = [
        "# Evidence: mutants of the core",
        "",
        "Written by `python -m tests.prove.mutation`. The operators of cosmic-ray at the places of `courtsim/case`, but for changes that",
        "mean the same to Python, and for `is` in place of `==`, which differ as Python likes;",
        f"{result['tried']} of {result['drawn']} were tried. A mutant is caught when one of",
        f"{', '.join(f'`{name}`' for name in TESTS)} fails. The score counts what no test can catch as not caught.",
        "",
        "| module | mutants tried | caught | share |",
        "|---|---|---|---|",
    ]
    for module, row in result["modules"].items():
        lines.append(f"| `{module}` | {row['tried']} | {row['killed']} | {row['score']:.1%} |")
    lines += [f"| all | {result['tried']} | {result['tried'] - result['living']} | {result['score']:.1%} |", ""]
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
