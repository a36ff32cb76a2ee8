"""The plugin for pytest: YAML files as tests, opt-in; a docket kept beside each, written by a flag that CI refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\ncourtsim_yaml = cases/*.yaml\naddopts = -p no:cacheprovider\n")
    (tmp_path / "cases").mkdir()
    shutil.copy(ROOT / "scenarios" / "two-track.yaml", tmp_path / "cases")
    (tmp_path / "other.yaml").write_text("not: a scenario\n")
    return tmp_path


def pytest_in(folder: Path, *flags: str, ci: str = "") -> tuple[int, str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("CI", "PYTEST_ADDOPTS")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | ({"CI": ci} if ci else {})
    command = [sys.executable, "-m", "pytest", "-p", "courtsim.pytest_plugin", "-q", "-rA", *flags]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def test_a_file_is_tested_and_its_docket_kept(suite: Path) -> None:
    code, printed = pytest_in(suite)
    assert code == 1 and "4 passed" in printed and "two-track.docket.txt is missing" in printed
    assert "--courtsim-update" in printed and "other.yaml" not in printed

    code, printed = pytest_in(suite, "--courtsim-update")
    kept = (suite / "cases" / "two-track.docket.txt").read_text()
    assert code == 0 and "5 passed" in printed and "2019-03-08" in kept

    assert pytest_in(suite)[0] == 0


def test_what_has_changed_is_told(suite: Path) -> None:
    scenario = suite / "cases" / "two-track.yaml"
    (suite / "cases" / "two-track.docket.txt").write_text("Date  Who\n")
    scenario.write_text(
        scenario.read_text().replace("solve: {reached: {suppression.granted: 0}}", "solve: {reached: {suppression.granted: 1}}")
    )

    code, printed = pytest_in(suite)

    assert code == 1 and "! reached suppression.granted 1: found 0" in printed
    assert "the docket has changed:" in printed and "-Date  Who" in printed and "Traceback" not in printed


def test_a_file_that_does_not_load_or_check_fails_by_its_own_message(suite: Path) -> None:
    (suite / "cases" / "broken.yaml").write_text("scenario: broken\nextends: two-trak\n")
    stuck = "tracks: {case: {start: a, states: {a: {}, b: {}, c: {final: true}}}}\nsteps: {go: {by: judge, when: {case: a}, after: 1, event: Gone, to: {case: b}}}\n"
    (suite / "cases" / "stuck.yaml").write_text(f"procedure: stuck\ntitle: Stuck\nlaw_as_of: 2026-01-01\n{stuck}")

    code, printed = pytest_in(suite, "--courtsim-update")

    assert code == 1 and "broken.yaml:2:10: unknown scenario 'two-trak'" in printed and "did you mean 'two-track'" in printed
    assert "dead end in b, after go.do" in printed and "2 failed, 6 passed" in printed


def test_ci_does_not_write_dockets(suite: Path) -> None:
    code, printed = pytest_in(suite, "--courtsim-update", ci="true")

    assert code == 4 and "--courtsim-update where CI is set" in printed
    assert not (suite / "cases" / "two-track.docket.txt").exists()


def test_without_the_ini_key_nothing_is_collected(suite: Path) -> None:
    (suite / "pytest.ini").write_text("[pytest]\n")

    assert "no tests ran" in pytest_in(suite)[1]
