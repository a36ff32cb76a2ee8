"""What `make prove` found is about the core as it is: evidence of other sources of the core is none."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from tests.prove import evidence

WRITTEN = [
    "coverage-core",
    "coverage-package",
    "engines",
    "fuzz",
    "machine",
    "mutation",
    "seeds",
]  # of the core


@pytest.mark.parametrize("name", WRITTEN)
def test_the_evidence_is_of_this_core(name: str) -> None:
    found = json.loads((evidence.EVIDENCE / f"{name}.json").read_text())

    assert found["core"] == evidence.core(), f"courtsim/case has changed since; type: {found['command']} (or make prove)"
    assert re.fullmatch(r"python -m tests\.prove\.\w+.*", found["command"]) and re.fullmatch("[0-9a-f]{40}", found["commit"])
    assert dt.datetime.fromisoformat(found["date"]).year >= 2026 and found["changed"] is False and found["result"]


def test_every_mutant_that_lives_has_its_reason_and_few_do() -> None:
    result = json.loads((evidence.EVIDENCE / "mutation.json").read_text())["result"]
    living = [mutant for row in result["modules"].values() for mutant in row["living"]]

    assert [mutant["change"] for mutant in living if not mutant["why"]] == [] and len(living) == result["living"]
    assert result["score"] >= 0.9 and result["tried"] - result["living"] == sum(
        row["killed"] for row in result["modules"].values()
    )


@pytest.mark.parametrize(("what", "least"), [("core", 100), ("package", 95)])
def test_the_core_is_covered_whole_and_the_package_nearly(what: str, least: int) -> None:
    result = json.loads((evidence.EVIDENCE / f"coverage-{what}.json").read_text())["result"]

    assert result["percent"] >= least == result["aim"] and result["passed"] is True


def test_all_evidence_is_in_the_table_as_it_is() -> None:
    page = evidence.EVIDENCE / "index.md"
    kept = {path.name for path in evidence.EVIDENCE.iterdir()} - {"index.md"}

    assert page.read_text(encoding="utf-8") == evidence.index(), "type: python -m tests.prove.evidence"
    assert kept <= evidence.SHOWN.keys()


def test_a_changed_core_is_another_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "CORE", tmp_path)
    (tmp_path / "a.py").write_text("x = 1\n")
    before = evidence.core()

    (tmp_path / "a.py").write_text("x = 2\n")
    changed = evidence.core()
    (tmp_path / "a.py").rename(tmp_path / "b.py")

    assert len({before, changed, evidence.core()}) == 3
