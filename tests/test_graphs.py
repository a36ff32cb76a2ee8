"""The law as graphs: what moves where, what was taken how often, and pictures that Graphviz can draw."""

from __future__ import annotations

import io
import json
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import courtsim
from courtsim.analysis.graphs import ANY, evidence_graph, fork_graph, track_graph, walked
from courtsim.cli.commands import cli
from courtsim.errors import WrongInput
from courtsim.reports.graphs import drawn, mermaid
from tests.test_properties import GENERATED, SHIPPED, history, scenario


def edges(graph: nx.MultiDiGraph) -> set[tuple[str, str, str]]:
    return {(before[1], after[1], key) for before, after, key in graph.edges(keys=True)}


def test_a_track_is_its_states_and_what_moves_between_them() -> None:
    plea = track_graph(courtsim.load_procedure("two-track-example"), ["plea"])

    assert [state for _, state in plea] == ["none", "offered", "rejected", "lapsed"]
    assert edges(plea) == {
        ("none", "offered", "offer_plea.do"),
        ("offered", "rejected", "answer_offer.reject"),
        ("offered", "lapsed", "offer_lapses.lapse"),
        ("offered", "lapsed", "offer-dies-with-ruling.do"),
    }


def test_a_switch_that_a_scenario_fixes_takes_the_other_law_off_its_graph() -> None:
    fixed = track_graph(courtsim.load("two-track", sets=["switches.lapse_on_ruling=no_effect"]), ["plea"])

    assert ("offered", "lapsed", "offer-dies-with-ruling.do") not in edges(fixed)


def test_what_any_state_allows_is_one_edge() -> None:
    spine = track_graph(courtsim.load_procedure("florida-county-misdemeanor"), ["case"])

    assert (ANY, "closed.diverted", "end_deferred_prosecution.complete") in edges(spine)


def test_an_unknown_track_is_refused_with_the_nearest() -> None:
    with pytest.raises(WrongInput, match="did you mean 'suppression'"):
        track_graph(courtsim.load_procedure("two-track-example"), ["supression"])


@given(st.sampled_from([*SHIPPED, *GENERATED]), st.integers(0, 40))
def test_whatever_happens_is_an_edge_of_the_law(which: str | int, seed: int) -> None:
    loaded = scenario(which)
    law = track_graph(loaded)
    allowed = {(after, key) for _, after, key in law.edges(keys=True)}
    exact = {(before, after, key) for before, after, key in law.edges(keys=True)}
    anywhere = {(after, key) for before, after, key in law.edges(keys=True) if before[1] == ANY}

    taken = walked(law, loaded.procedure, [history(which, seed).events])

    for before, after, key in taken.edges(keys=True):
        assert (after, key) in allowed
        assert (before, after, key) in exact or (after, key) in anywhere


def test_what_enters_a_state_leaves_it_or_is_there_at_the_end() -> None:
    loaded = courtsim.load("two-track")
    run = courtsim.simulate(loaded, cases=300)

    taken = walked(track_graph(loaded), loaded.procedure, (case.events for case in run))

    for node, about in taken.nodes(data=True):
        came = sum(each["n"] for _, _, each in taken.in_edges(node, data=True)) + (300 if about["start"] else 0)
        left = sum(each["n"] for _, _, each in taken.out_edges(node, data=True))
        ended = sum(dict(case.state.tracks)[node[0]] == node[1] for case in run)
        assert about["n"] == came == left + ended
    days = sum(about["days"] for node, about in taken.nodes(data=True) if node[0] == "case")
    assert days == pytest.approx(sum(case.events[-1].day for case in run) / 300)


def test_evidence_is_drawn_from_where_it_came() -> None:
    found = evidence_graph(courtsim.load("jupiter-2019"))

    assert set(nx.descendants(found, "camera_warrant")) >= {"video", "monitors_testimony", "identification"}
    assert nx.is_directed_acyclic_graph(found)
    assert found.nodes["camera_warrant"]["challenged"]


@pytest.mark.parametrize("kind", ["svg", "png", "dot", "graphml", "mermaid"])
def test_every_format_holds_the_states(kind: str) -> None:
    law = track_graph(courtsim.load_procedure("two-track-example"))

    picture = drawn(law, kind)

    if kind == "png":
        assert picture.startswith(b"\x89PNG")
    elif kind == "graphml":
        assert nx.read_graphml(io.BytesIO(picture)).number_of_edges() == law.number_of_edges()
    else:
        assert all(label in picture.decode() for label in ("Pretrial", "Acquitted", "offered"))


def test_mermaid_marks_where_a_track_starts_and_a_case_ends() -> None:
    text = mermaid(track_graph(courtsim.load_procedure("two-track-example"), ["case"]))

    assert "    [*] --> case__charged\n" in text
    assert text.count("--> [*]") == 4


def test_the_command_draws_the_law_and_what_happened(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(cli, ["run", "two-track", "--cases", "50"]).exit_code == 0

    law = runner.invoke(cli, ["graph", "two-track-example", "--track", "plea"])
    happened = runner.invoke(cli, ["graph", "--run", "last", "--out", str(tmp_path / "case.svg"), "--track", "case"])
    other = runner.invoke(cli, ["graph", "jupiter-2019", "--run", "last"])
    nothing = runner.invoke(cli, ["graph"])

    assert law.exit_code == 0 and law.stdout.startswith("stateDiagram-v2\n")
    assert happened.exit_code == 0 and "50 simulated cases" in (tmp_path / "case.svg").read_text()
    assert other.exit_code == 2 and "is of two-track, not of jupiter-2019" in other.output
    assert nothing.exit_code == 2 and "--run last" in nothing.output


def test_a_case_and_its_forks_are_a_tree_with_an_end_for_each(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(cli, ["run", "two-track"]).exit_code == 0
    events = json.loads(runner.invoke(cli, ["docket", "last", "--json"]).stdout)["events"]
    answer = next(e for e in events if e["step"] == "answer_offer")
    other = "reject" if answer["option"] == "accept" else "accept"
    made = runner.invoke(cli, ["fork", "last", "--at", str(answer["seq"]), "--choose", f"answer_offer={other}"])
    assert made.exit_code == 0, made.output

    tree = fork_graph(courtsim.forks("last"), "Two")
    drawn_too = runner.invoke(cli, ["forks", "last", "--out", str(tmp_path / "forks.svg")])

    assert nx.is_arborescence(tree)
    ends = [node for node in tree if tree.out_degree(node) == 0]
    assert len(ends) == 2 and all(tree.nodes[end]["kind"] == "end" for end in ends)
    (left,) = [node for node, about in tree.nodes(data=True) if about["kind"] == "left"]
    assert {tree.edges[left, end]["label"] for end in tree.successors(left)} == {
        f"answer_offer={answer['option']}",
        f"answer_offer={other}",
    }
    assert drawn_too.exit_code == 0 and "A case and its forks" in (tmp_path / "forks.svg").read_text()
