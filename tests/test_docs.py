"""What README and docs say has been run: every `courtsim` line of a console block, every Python block, every excerpt."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from courtsim.cli.commands import cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [(page.relative_to(ROOT), language, text) for page in PAGES for language, text in BLOCK.findall(page.read_text())]
COMMANDS = [(page, line) for page, kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
COMMANDS = [(page, line) for page, line in COMMANDS if line.startswith("courtsim")]
PYTHON = [(page, text) for page, kind, text in BLOCKS if kind == "python"]


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=[f"{page}: {line}" for page, line in COMMANDS])
def test_every_command_of_the_documentation_runs(page: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = CliRunner().invoke(cli, shlex.split(line, comments=True)[1:])

    assert ran.exit_code == 0, ran.stderr


@pytest.mark.parametrize(("page", "text"), PYTHON, ids=[str(page) for page, _ in PYTHON])
def test_every_python_block_of_the_documentation_runs(page: Path, text: str) -> None:
    exec(compile(text, str(page), "exec"), {})


def test_the_docket_excerpt_of_the_readme_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    printed = CliRunner().invoke(cli, ["run", "jupiter-2019-as-it-happened"]).stdout
    (excerpt,) = (text for page, kind, text in BLOCKS if page.name == "README.md" and kind == "text")

    assert excerpt.strip() in re.sub(r" +\n", "\n", printed)


def test_the_documentation_has_something_to_run() -> None:
    assert len(COMMANDS) >= 8 and len(PYTHON) >= 2
