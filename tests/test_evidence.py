"""What `make prove` found is about the core as it is: evidence of other sources of the core is none."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from tests.prove import evidence

WRITTEN = ["engines", "fuzz", "mutation"]  # coverage and seeds join them when they have run whole


@pytest.mark.parametrize("name", WRITTEN)
def test_the_evidence_is_of_this_core(name: str) -> None:
    found = json.loads((evidence.EVIDENCE / f"{name}.json").read_text())

    assert found["core"] == evidence.core(), f"courtsim/case has changed since; type: {found['command']} (or make prove)"
    assert re.fullmatch(r"python -m tests\.prove\.\w+.*", found["command"]) and re.fullmatch("[0-9a-f]{40}", found["commit"])
    assert dt.datetime.fromisoformat(found["date"]).year >= 2026 and found["changed"] is False and found["result"]


def test_a_changed_core_is_another_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "CORE", tmp_path)
    (tmp_path / "a.py").write_text("x = 1\n")
    before = evidence.core()

    (tmp_path / "a.py").write_text("x = 2\n")
    changed = evidence.core()
    (tmp_path / "a.py").rename(tmp_path / "b.py")

    assert len({before, changed, evidence.core()}) == 3
