"""What README and docs say has been run: commands page by page in order, Python blocks, and the output that is shown."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from courtsim.cli.commands import cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(kind, text) for kind, text in BLOCK.findall(page.read_text())]


def commands(page: Path) -> Iterator[tuple[str, str]]:
    """Every command of a page in order, with the output shown after it, if any."""
    found = blocks(page) if page.name != "commands.md" else []
    for n, (kind, text) in enumerate(found):
        lines = [line for line in text.splitlines() if line.startswith("courtsim ")] if kind == "console" else []
        shown = found[n + 1][1] if n + 1 < len(found) and found[n + 1][0] == "text" else ""
        for i, line in enumerate(lines):
            yield line, shown if i == len(lines) - 1 else ""


WITH_COMMANDS = [page for page in PAGES if any(commands(page))]
WITH_PYTHON = [page for page in PAGES if any(kind == "python" for kind, _ in blocks(page))]


def trimmed(text: str) -> str:
    return re.sub(r" +\n", "\n", text).strip()


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.stem)
def test_every_command_of_a_page_runs_and_prints_what_is_shown(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for line, shown in commands(page):
        ran = CliRunner().invoke(cli, shlex.split(line, comments=True)[1:])

        assert ran.exit_code == 0, f"{line}: {ran.stderr}"
        assert trimmed(shown) in trimmed(ran.stdout), line


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.stem)
def test_every_python_block_of_a_page_runs(page: Path) -> None:
    for kind, text in blocks(page):
        if kind == "python":
            exec(compile(text, str(page), "exec"), {})


def test_the_reference_is_what_would_be_written() -> None:
    assert subprocess.run([sys.executable, ROOT / "docs" / "make_reference.py", "--check"], check=False).returncode == 0


def test_there_is_something_to_run() -> None:
    assert sum(len(list(commands(page))) for page in PAGES) >= 25 and len(WITH_PYTHON) >= 2
