"""To begin a file, and to have its citations read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.cli.commands import cli
from courtsim.files.load import list_shipped


def run(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(cli, arguments)
    return ran.exit_code, ran.stdout, ran.stderr


def test_a_new_scenario_runs_as_it_is_with_its_variant(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    code, said, _ = run("new", "scenario", str(path))

    assert code == 0 and "courtsim run" in said
    assert courtsim.load(path).name == "my" and courtsim.load(path).warnings == ()
    assert run("run", str(path), "--variant", "no-suppression", "--cases", "20")[0] == 0


def test_a_new_procedure_has_nothing_to_complain_of(tmp_path: Path) -> None:
    path = tmp_path / "my-court.yml"
    run("new", "procedure", str(path))
    found = courtsim.check(path)

    assert courtsim.load_procedure(path).name == "my-court" and courtsim.load_procedure(path).warnings == ()
    assert found.ok and found.unreachable_states == () and found.unreachable_options == ()


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("taken.yaml", 2, "a file that exists already; it was left as it is"),
        ("My Case.yaml", 2, "expected lower-case words with dashes, as my-case.yaml"),
        ("case.txt", 2, "expected case.yaml"),
        ("nowhere/case.yaml", 3, "cannot be written"),
    ],
)
def test_a_name_that_will_not_do_is_refused_and_nothing_is_lost(name: str, code: int, message: str, tmp_path: Path) -> None:
    (tmp_path / "taken.yaml").write_text("mine")
    left, _, errors = run("new", "scenario", str(tmp_path / name))

    assert left == code and message in errors and (tmp_path / "taken.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", [shipped.name for shipped in list_shipped()])
def test_every_citation_of_the_shipped_files_is_one(name: str) -> None:
    assert courtsim.citations(name) == []


@pytest.mark.parametrize(
    ("rule", "warned"),
    [
        ("Savoie v. State, 422 So. 2d 308 (Fla. 1982)", False),
        ("Savoie v. State, 422 Sou. 2d 308 (Fla. 1982)", True),
        ("Savoie v. State", True),
        ("422 Zou. 308", True),
        ("Fla. R. Crim. P. 3.190(g)", False),
        ("s. 901.09, Fla. Stat.", False),
        ("Doe v. Town, 9:19-cv-80513 (S.D. Fla.)", False),
    ],
)
def test_a_malformed_citation_is_a_warning_with_its_place(rule: str, warned: bool, tmp_path: Path) -> None:
    path = tmp_path / "court.yaml"
    run("new", "procedure", str(path))
    path.write_text(path.read_text().replace("rule: cite the rule here", f'rule: "{rule}"', 1))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if rule in text)
    warnings = courtsim.citations(path)

    assert [w.startswith(f"{path}:{line}:11: ") for w in warnings] == ([True] if warned else [])
    assert ("Warning" in run("check", str(path), "--citations")[2]) == warned


def test_without_eyecite_one_line_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "eyecite", None)
    code, _, errors = run("check", "two-track", "--citations")

    assert code == 2 and "pip install 'courtsim[citations]'" in errors and errors.count("\n") == 1
