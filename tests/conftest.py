"""Every test keeps its runs in a store of its own; Hypothesis repeats itself exactly under HYPOTHESIS_PROFILE=ci."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.register_profile(  # of tests/prove/seeds.py: as many as it says, nothing remembered
    "prove", parent=settings.get_profile("default"), max_examples=int(os.environ.get("COURTSIM_EXAMPLES", "2000")), database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURTSIM_STORE", str(tmp_path / "store.sqlite"))
