"""Every test keeps its runs in a store of its own; Hypothesis repeats itself exactly under HYPOTHESIS_PROFILE=ci."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import server

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.register_profile(  # of tests/prove/seeds.py: as many as it says, nothing remembered
    "prove", parent=settings.get_profile("default"), max_examples=int(os.environ.get("COURTSIM_EXAMPLES", "2000")), database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURTSIM_STORE", str(tmp_path / "store.sqlite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[server.Server]:
    """A server of this run's own; without its programs a skip, and a failure where they are required."""
    reason = server.missing()
    if reason:
        server.skip_or_fail(reason)
    with server.running() as started:
        yield started
