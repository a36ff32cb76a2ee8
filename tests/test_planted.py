"""Faults planted in a copy of the package, each caught by a test that it names: the suite is not asleep."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
FAULTS: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((ROOT / "tests" / "planted" / "faults.yaml").read_text())


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy for all faults: what does not change between them is compiled once."""
    folder = tmp_path_factory.mktemp("planted")
    for name in ("courtsim", "scenarios", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "wrong"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def written(source: Path, content: str) -> None:
    """A file changed within one second to one of the same size would be taken for compiled already."""
    source.write_text(content)
    for compiled in (source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"):
        compiled.unlink()


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["fault"] for fault in FAULTS])
def test_a_planted_fault_is_caught(fault: dict[str, Any], copy: Path) -> None:
    source = copy / "courtsim" / fault["file"]
    before = source.read_text()
    assert before.count(fault["find"]) == 1, "the place of the fault has changed: plant it anew"

    written(source, before.replace(fault["find"], fault["plant"]))
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", *fault["caught_by"]],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy), "HYPOTHESIS_PROFILE": "ci"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        written(source, before)

    assert ran.returncode == 1, ran.stdout[-2000:] + ran.stderr[-2000:]
    assert " failed" in ran.stdout


def test_there_are_thirty() -> None:
    assert len(FAULTS) >= 30 and len({fault["fault"] for fault in FAULTS}) == len(FAULTS)
