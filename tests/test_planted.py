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


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["fault"] for fault in FAULTS])
def test_a_planted_fault_is_caught(fault: dict[str, Any], tmp_path: Path) -> None:
    for folder in ("courtsim", "scenarios", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "wrong"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    source = tmp_path / "courtsim" / fault["file"]
    before = source.read_text()
    assert before.count(fault["find"]) == 1, "the place of the fault has changed: plant it anew"

    source.write_text(before.replace(fault["find"], fault["plant"]))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", *fault["caught_by"]],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"HYPOTHESIS_PROFILE": "ci"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 1, ran.stdout[-2000:] + ran.stderr[-2000:]
    assert " failed" in ran.stdout
