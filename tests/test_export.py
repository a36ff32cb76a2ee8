"""Event logs and tables for other programs: each format is read back by its usual reader and equals the events."""

from __future__ import annotations

import csv
import json
import warnings
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.cli.commands import cli
from courtsim.reports.export import COLUMNS, EXPORTS
from courtsim.verbs.exporting import streams

CASES = 60


@pytest.fixture(scope="module")
def run() -> Any:
    return courtsim.simulate("jupiter-2019", cases=CASES)


@pytest.fixture
def exported(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    monkeypatch.setenv("COURTSIM_STORE", str(tmp_path / "store.sqlite"))
    courtsim.save(run)  # one case is recorded, the others are made again
    paths = {kind: tmp_path / f"log.{kind}" for kind in EXPORTS}
    for kind, path in paths.items():
        courtsim.export("last", kind, path)
    return paths


def test_every_format_equals_the_events(run: Any, exported: dict[str, Path]) -> None:
    events = [event for history in run for event in history.events]

    with exported["csv"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(int(r["case"]), int(r["seq"]), float(r["day"]), r["date"], r["event"], r["option"]) for r in rows] == [
        (e.case, e.seq, e.day, e.date.isoformat(), e.name, e.option) for e in events
    ]

    plain = json.loads(exported["json"].read_text())
    assert [e["event"] for case in plain["cases"] for e in case["events"]] == [e.name for e in events]
    assert plain["digest"] == run.scenario.digest

    import pyarrow.parquet as pq

    table = pq.read_table(exported["parquet"]).to_pylist()
    assert [(r["case"], r["seq"], r["day"], r["date"], r["event"], r["by"], r["rule"]) for r in table] == [
        (e.case, e.seq, e.day, e.date, e.name, e.by, e.rule) for e in events
    ]


def test_the_directly_follows_graph_of_pm4py_is_that_of_the_events(run: Any, exported: dict[str, Path]) -> None:
    pm4py = pytest.importorskip("pm4py")
    follows = Counter((a.name, b.name) for history in run for a, b in pairwise(history.events))
    first = Counter(history.events[0].name for history in run)
    last = Counter(history.events[-1].name for history in run)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log = pm4py.read_xes(str(exported["xes"]))
        graph, starts, ends = pm4py.discover_dfg(log)

    assert (graph, starts, ends) == (dict(follows), dict(first), dict(last))


def test_ocel_relates_events_to_cases_actors_offers_and_evidence(run: Any, exported: dict[str, Path]) -> None:
    pm4py = pytest.importorskip("pm4py")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log = pm4py.read_ocel2_json(str(exported["ocel"]))

    assert len(log.events) == sum(len(history.events) for history in run)
    counts = Counter(log.objects[log.object_type_column])
    assert counts["case"] == CASES
    assert counts["offer"] == sum(o.measures["offers_made"] for o in run.outcomes)
    assert set(counts) == {"case", "actor", "offer", "evidence"}


def test_a_recorded_run_and_one_made_again_export_the_same(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURTSIM_STORE", str(tmp_path / "made-again.sqlite"))
    courtsim.save(run)
    courtsim.export("last", "csv", tmp_path / "made-again.csv")
    monkeypatch.setenv("COURTSIM_STORE", str(tmp_path / "recorded.sqlite"))
    courtsim.save(run, record=True)
    courtsim.export("last", "csv", tmp_path / "recorded.csv")

    assert (tmp_path / "made-again.csv").read_bytes() == (tmp_path / "recorded.csv").read_bytes()


def test_an_export_that_stops_half_way_leaves_what_was_there(exported: dict[str, Path]) -> None:
    before = exported["csv"].read_bytes()

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        courtsim.export("last", "csv", exported["csv"], progress=stop)

    assert exported["csv"].read_bytes() == before
    assert not exported["csv"].with_name("log.csv.part").exists()


def test_the_command_says_what_it_wrote_and_where_it_cannot(
    exported: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = streams("last").run
    monkeypatch.chdir(tmp_path)
    wrote = CliRunner().invoke(cli, ["export", "last", "--format", "xes"])
    refused = CliRunner().invoke(cli, ["export", "last", "--format", "csv", "--out", str(tmp_path / "no" / "x.csv")])

    assert (tmp_path / f"{name}.xes").exists()
    assert wrote.exit_code == 0 and wrote.output == f"{name}.xes: {CASES} cases of jupiter-2019\n"
    assert refused.exit_code == 3 and "cannot be written: No such file or directory" in refused.output


def test_runs_are_data_frames(run: Any) -> None:
    cases, events = courtsim.frame(run), courtsim.frame(run, "events")

    assert list(cases.index) == list(range(1, CASES + 1))
    assert cases["disposition"].value_counts().to_dict() == {k: s.n for k, s in run.dispositions.items() if s.n}
    assert cases["days"].mean() == pytest.approx(run.measures["days"].mean)
    assert len(events) == sum(len(history.events) for history in run)
    assert tuple(events.columns) == COLUMNS
