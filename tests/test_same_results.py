"""What a result does not depend on: hash seeds, the order of keys without meaning, what is shown or kept, who computes it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.case.events import encode
from courtsim.cli.commands import cli
from courtsim.engines.simulate import histories
from courtsim.files.yaml import plain, read
from courtsim.scenario.facts import Scenario
from tests.foreign.generate import inside, write

ROOT = Path(__file__).parent.parent
GENERATED = range(0, 60, 2)
SHIPPED = ["two-track", "small-example", "jupiter-2019", "jupiter-2019-as-it-happened"]
Tree = dict[str, Any]

# Below these the order counts: by the format page, of `questions` in ties.
ORDERED = {"steps", "offers", "consequences", "needs", "questions"}


def events(scenario: Scenario, cases: int = 30, seed: int = 7) -> list[bytes]:
    return [encode(event) for history in histories(scenario, cases, seed) for event in history.stream]


# -- hash seeds, python's switches, the place and the terminal it runs in

COMMANDS = [
    "run two-track --cases 100 --json",
    "run jupiter-2019 --json",
    "solve lesson-1-shadow-of-trial --json",
    "check two-track --json",
    "what-if two-track minimized-warrant --cases 50 --json",
    "advise lesson-1-shadow-of-trial --for defense --json",
    "graph two-track --out law.dot",
]
PRINTS = """
import sys
from pathlib import Path
from click.testing import CliRunner
from courtsim.cli.commands import cli
for line in sys.argv[1:]:
    ran = CliRunner().invoke(cli, line.split())
    print(line, ran.exit_code, ran.stdout)
print(Path("law.dot").read_text())
"""
WORLDS: dict[str, tuple[list[str], dict[str, str]]] = {
    "as it is": ([], {"PYTHONHASHSEED": "0"}),
    "another hash seed": ([], {"PYTHONHASHSEED": "4711"}),
    "hashes at random": ([], {"PYTHONHASHSEED": "random"}),
    "without asserts, in another place": (
        ["-O"],
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "COLUMNS": "40"},
    ),
    "in color, warnings shown": (["-W", "default"], {"PYTHONHASHSEED": "2", "FORCE_COLOR": "1", "PYTHONDEVMODE": "1"}),
}


@cache
def printed(world: str, folder: Path) -> bytes:
    switches, environment = WORLDS[world]
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, *switches, "-c", PRINTS, *COMMANDS],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("world", [*WORLDS][1:])
def test_the_same_bytes_under_any_hash_seed_and_anywhere(world: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "same"
    known = printed("as it is", folder)

    assert all(f"{line} 0 ".encode() in known for line in COMMANDS)
    assert printed(world, folder) == known


# -- the order of keys


def shuffled(tree: Any, chance: random.Random, under: str = "") -> Any:
    """The same tree with its keys in another order wherever the order has no meaning."""
    if isinstance(tree, list):
        return [shuffled(item, chance) for item in tree]
    if not isinstance(tree, dict):
        return tree
    names = [*tree]
    if under not in ORDERED:
        chance.shuffle(names)
    return {name: shuffled(tree[name], chance, name) for name in names}


def trees(which: str | int, folder: Path) -> tuple[Tree, Tree]:
    """The law and the scenario of a name or of a generated court."""
    if isinstance(which, int):
        law, case = (json.loads(path.read_text()) for path in write(which, folder))
        return law, case
    case = plain(read(ROOT / "scenarios" / f"{which}.yaml"))
    return plain(read(ROOT / "courtsim" / "procedures" / f"{case['procedure']}.yaml")), case


def loaded(law: Tree, case: Tree, folder: Path) -> Scenario:
    (folder / "law.yaml").write_text(json.dumps(law, default=str))
    (folder / "case.yaml").write_text(json.dumps(case | {"procedure": "law.yaml"}, default=str))
    return courtsim.load(folder / "case.yaml")


@pytest.mark.parametrize("which", [*SHIPPED, *GENERATED])
def test_keys_in_another_order_are_the_same_case(which: str | int, tmp_path: Path) -> None:
    law, case = trees(which, tmp_path)
    chance = random.Random(str(which))
    known = loaded(law, case, tmp_path)

    again = loaded(shuffled(law, chance), shuffled(case, chance), tmp_path)

    assert again.inputs != known.inputs and again.digest == known.digest
    assert events(again) == events(known)


@pytest.mark.parametrize("kept", [["--cases", "3", "--record"], ["--cases", "3"], []])
def test_a_run_kept_again_with_keys_in_another_order_is_the_same_run(kept: list[str], tmp_path: Path) -> None:
    law, case = trees("two-track", tmp_path)
    chance = random.Random(8)
    line = ["run", str(tmp_path / "case.yaml"), *kept, "--json"]
    loaded(law, case, tmp_path)
    first = CliRunner().invoke(cli, line)
    docket = CliRunner().invoke(cli, ["docket", "last", "1", "--json"])
    loaded(shuffled(law, chance), shuffled(case, chance), tmp_path)

    again = CliRunner().invoke(cli, line)

    assert (again.exit_code, json.loads(again.stdout)["run"]) == (0, json.loads(first.stdout)["run"]), again.stderr
    assert CliRunner().invoke(cli, ["docket", "last", "1", "--json"]).stdout == docket.stdout
    assert CliRunner().invoke(cli, ["runs", "verify", "last", "--again"]).exit_code == 0


@pytest.mark.parametrize("which", ["two-track", *GENERATED[:6]])
def test_keys_in_another_order_give_the_same_exact_answers(which: str | int, tmp_path: Path) -> None:
    law, case = trees(which, tmp_path)
    chance = random.Random(str(which))
    known = courtsim.solve(loaded(law, case, tmp_path), ends_only=True, within=1e-4)

    again = courtsim.solve(loaded(shuffled(law, chance), shuffled(case, chance), tmp_path), ends_only=True, within=1e-4)

    assert dict(again.dispositions) == dict(known.dispositions)


def test_the_keys_that_were_shuffled_are_many(tmp_path: Path) -> None:
    """The shuffles above have met every kind of mapping that a file may have, or almost."""
    names = {
        name
        for which in GENERATED
        for tree in trees(which, tmp_path)
        for m in inside(tree)
        for name, v in m.items()
        if isinstance(v, dict) and len(v) > 1
    }

    assert names >= {
        "options",
        "tracks",
        "states",
        "facts",
        "counters",
        "when",
        "to",
        "odds",
        "evidence",
        "searches",
        "findings",
        "choosers",
        "delays",
        "questions",
    }


# -- what is shown, what is kept, who computes


def test_recording_and_showing_change_no_result() -> None:
    lines = ["run two-track --cases 60 --json", "run two-track --cases 60 --record --json", "run two-track --cases 60 --json"]
    found = [CliRunner().invoke(cli, line.split()).stdout for line in lines]
    alone = ["run two-track --json", "run two-track --why --json", "run two-track --record --json"]
    cases = [json.loads(CliRunner().invoke(cli, line.split()).stdout) for line in alone]

    assert found[0] == found[1] == found[2] != ""
    assert cases[0]["events"] == cases[1]["events"] == cases[2]["events"] and cases[0] == cases[2]


def test_someone_who_watches_changes_nothing() -> None:
    seen: list[Any] = []
    watching: list[Callable[[Any], Any]] = [
        lambda progress: [list(h.stream) for h in courtsim.simulate("two-track", cases=60, progress=progress).histories],
        lambda progress: courtsim.what_if("two-track", "minimized-warrant", cases=60, progress=progress).measures,
        lambda progress: [
            (option, dict(run.measures))
            for option, run in courtsim.compare("two-track", "answer_offer", cases=60, progress=progress).items()
        ],
        lambda progress: courtsim.solve("lesson-1-shadow-of-trial", progress=progress).measures,
    ]
    for ask in watching:
        assert ask(lambda *what: seen.append(what)) == ask(None)
    assert len(seen) > 60


def made(part: tuple[str, int, int]) -> list[bytes]:
    name, first, cases = part
    return [encode(event) for history in histories(courtsim.load(name), cases, 7, first=first) for event in history.stream]


@pytest.mark.parametrize("workers", [1, 3])
def test_any_worker_makes_the_same_cases_in_any_blocks_and_order(workers: int) -> None:
    sizes = [1, 17, 5, 20, 7]
    parts = [("two-track", 1 + sum(sizes[:n]), size) for n, size in enumerate(sizes)]
    with ProcessPoolExecutor(workers) as pool:
        last_first = list(pool.map(made, reversed(parts)))

    assert [event for part in reversed(last_first) for event in part] == made(("two-track", 1, sum(sizes)))
