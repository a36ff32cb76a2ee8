"""What the commands print, keep and return."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from courtsim.cli.commands import cli

ROOT = Path(__file__).parent.parent


def courtsim(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(cli, arguments)
    return ran.exit_code, ran.stdout, ran.stderr


def test_one_case_prints_its_docket_and_is_kept() -> None:
    code, printed, _ = courtsim("run", "two-track")
    _, again, _ = courtsim("docket", "last")

    assert code == 0 and printed.startswith("A small case, decided by odds\n\nThe court of the format")
    assert "2019-03-08" in printed and "Fla. R. Crim. P. 3.160" in printed
    assert [line for line in again.splitlines() if line.startswith("2019")] == [
        line for line in printed.splitlines() if line.startswith("2019")
    ]


def test_the_docket_of_an_old_run_does_not_need_its_files(tmp_path: Path) -> None:
    scenario = tmp_path / "mine.yaml"
    scenario.write_text((ROOT / "scenarios" / "two-track.yaml").read_text())
    _, printed, _ = courtsim("run", str(scenario), "--cases", "3", "--json")

    scenario.write_text("gone")
    code, docket, _ = courtsim("docket", json.loads(printed)["run"][:6], "3", "--json")

    assert code == 0 and json.loads(docket)["events"][0]["event"] == "NotGuiltyPleaEntered"


def test_recorded_and_regenerated_cases_are_the_same() -> None:
    courtsim("run", "two-track", "--cases", "3", "--seed", "5")
    made_again = courtsim("docket", "last", "2", "--json")[1]
    courtsim("run", "two-track", "--cases", "3", "--seed", "5", "--record")

    assert courtsim("docket", "last", "2", "--json")[1] == made_again


def test_many_cases_as_json_have_shares_that_sum_to_1_with_intervals() -> None:
    code, printed, _ = courtsim("run", "two-track", "--cases", "500", "--json")
    found = json.loads(printed)

    assert code == 0 and set(found) >= {"scenario", "procedure", "seed", "version", "digest", "run", "cases", "measures"}
    shares = found["dispositions"].values()
    assert sum(s["share"] for s in shares) == pytest.approx(1.0, abs=1e-12)
    assert all(s["ci95"][0] <= s["share"] <= s["ci95"][1] for s in shares)


def test_the_same_run_is_the_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-m", "courtsim", "run", "two-track", "--cases", "300", "--json"],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }

    assert len(printed) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ("run", "two-trak"),
            2,
            "did you mean 'two-track'?",
        ),
        (("advise", "small-example", "--for", "defence"), 2, "defence, who has nothing to choose; expected defense"),
        (("run", "two-track", "--set", "findings.suppression.minimised=1"), 2, "did you mean 'minimized'?"),
        (("run", "two-track", "--variant", "minimised-warrant"), 2, "did you mean 'minimized-warrant'?"),
        (("check", "two-track", "--without", "try_cas"), 2, "did you mean 'try_case'?"),
        (("docket", "zzz"), 2, "no stored run 'zzz'"),
        (("check", "two-track", "--most-states", "3"), 1, ""),
    ],
)
def test_errors_are_one_line_with_their_exit_code(arguments: tuple[str, ...], code: int, message: str) -> None:
    left, printed, errors = courtsim(*arguments)

    assert left == code and message in errors and errors.count("\n") <= 1
    assert "ok" not in printed


def test_a_store_that_cannot_be_used_is_exit_code_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURTSIM_STORE", str(tmp_path))

    code, _, errors = courtsim("run", "two-track")

    assert code == 3 and errors.startswith("Error: the store ")


def test_every_command_has_an_example_in_its_help() -> None:
    names = [(name,) for name in cli.commands]
    names += [(name, below) for name, group in cli.commands.items() if isinstance(group, click.Group) for below in group.commands]
    for name in names:
        assert f"courtsim {' '.join(name)}" in " ".join(courtsim(*name, "--help")[1].split())
    assert courtsim()[1].count("  courtsim ") == 3


class Terminal(io.StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_long_work_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from courtsim.cli.output import counted, followed, staged

    seen = Terminal()
    monkeypatch.setattr(sys, "stderr", seen)
    with counted(10_000) as bar:
        assert bar is not None
        bar(5_000)
        bar(5_000)
    with followed() as reached:
        assert reached is not None
        reached(0.25)
        reached(1.0)
    with staged() as begun:
        assert begun is not None
        begun("the tree")
        begun("the pictures")
    said = seen.getvalue()

    assert "simulating" in said and "solving" in said and "100%" in said
    assert "loading (0 s)" in said and "the tree (0 s)" in said
    with counted(10) as few:
        assert few is None  # done before one could look


def test_who_reads_a_file_of_what_is_printed_finds_no_progress_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from courtsim.cli.output import counted, followed, staged

    kept = io.StringIO()
    monkeypatch.setattr(sys, "stderr", kept)
    with counted(10_000) as bar, followed() as reached, staged() as begun:
        assert bar is reached is begun is None
    assert kept.getvalue() == ""
