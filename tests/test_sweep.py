"""A sweep file becomes one Parquet data set that its usual readers read; what was done is not done again."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.cli.commands import cli

duckdb = pytest.importorskip("duckdb")
polars = pytest.importorskip("polars")

FILE = """
scenario: two-track
cases: 300
seed: 5
rows: ROWS
over:
  conviction.p: {from: 0.2, to: 0.8, points: 3}
  findings.suppression.minimized: [true, false]
"""


def written(folder: Path, rows: str = "points", text: str = FILE) -> Path:
    path = folder / "strength.yaml"
    path.write_text(dedent(text).replace("ROWS", rows))
    return path


def test_points_are_rows_for_duckdb_and_polars_and_say_what_a_run_says(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["sweep", str(written(tmp_path)), "--json"])
    out = tmp_path / "strength"
    run = courtsim.simulate(
        courtsim.load("two-track", sets=["conviction.p=0.5", "findings.suppression.minimized=false"]), cases=300, seed=5
    )

    assert json.loads(result.stdout) == {"out": str(out), "points": 6, "done": 6, "cases": 300, "seed": 5}
    by_polars = polars.read_parquet(out / "**/*.parquet", hive_partitioning=True).sort("point")
    assert by_polars["conviction.p"].to_list() == [0.2, 0.2, 0.5, 0.5, 0.8, 0.8]
    assert by_polars["point"].to_list() == [0, 1, 2, 3, 4, 5]
    assert by_polars["days"][3] == pytest.approx(run.measures["days"].mean, rel=1e-12)
    assert by_polars["share.closed.dismissed"][3] == run.dispositions["closed.dismissed"].share
    ask = f"""select "conviction.p", convicted, run from read_parquet('{out}/*/*.parquet', hive_partitioning=true) where point = 3"""
    assert duckdb.sql(ask).fetchall() == [(0.5, pytest.approx(run.measures["convicted"].mean), run.id)]


def test_cases_are_rows_too(tmp_path: Path) -> None:
    courtsim.sweep(written(tmp_path, "cases"), tmp_path / "out")
    ask = f'select count(*), count(distinct point), min("case"), max("case") from \'{tmp_path}/out/*/*.parquet\''

    assert duckdb.sql(ask).fetchall() == [(1800, 6, 1, 300)]
    table = polars.read_parquet(tmp_path / "out/point=0/rows.parquet")
    loaded = courtsim.load("two-track", sets=["conviction.p=0.2", "findings.suppression.minimized=true"])
    assert table["disposition"].to_list() == [o.disposition for o in courtsim.simulate(loaded, cases=300, seed=5).outcomes]


def test_what_is_missing_is_done_and_nothing_else_and_by_any_number_of_processes(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    assert courtsim.sweep(file, out) == 6
    before = {path: path.read_bytes() for path in sorted(out.rglob("*.parquet"))}
    for point in (1, 4):
        (out / f"point={point}" / "rows.parquet").unlink()

    assert courtsim.sweep(file, out, workers=2) == 2
    assert {path: path.read_bytes() for path in sorted(out.rglob("*.parquet"))} == before
    assert courtsim.sweep(file, out) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenario: two-track\nover: {}\n", "nothing under `over`"),
        ("scenario: two-track\nover: {conviction.p: []}\n", "no values for conviction.p"),
        ("scenario: two-track\nover: {conviction.p: [1]}\ncase: 3\n", "unknown field `case`"),
        ("scenario: two-trak\nover: {conviction.p: [1]}\n", "did you mean 'two-track'"),
        ("scenario: two-track\nover: {convicton.p: [1]}\n", "convicton"),
    ],
)
def test_wrong_input_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    result = CliRunner().invoke(cli, ["sweep", str(written(tmp_path, text=text))])

    assert result.exit_code == 2
    assert said in result.output and "Traceback" not in result.output


def test_a_folder_of_another_sweep_is_left_alone(tmp_path: Path) -> None:
    courtsim.sweep(written(tmp_path), tmp_path / "out")
    other = written(tmp_path, text=FILE.replace("seed: 5", "seed: 6"))
    result = CliRunner().invoke(cli, ["sweep", str(other), "--out", str(tmp_path / "out")])

    assert result.exit_code == 2
    assert "holds the points of another sweep" in result.output
