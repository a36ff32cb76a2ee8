"""What moves an answer: each number alone, two together, and whether advice survives; with the charts of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import courtsim
from courtsim.analysis.sensitivity import grid
from courtsim.cli.commands import cli
from courtsim.files.load import load_inputs


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, list(args))


def test_each_end_of_each_number_is_the_exact_answer_there() -> None:
    scenario = courtsim.load("two-track")
    moved = courtsim.sensitivity(scenario, "closed.acquitted", within=1e-6)
    assert len(moved) == len(courtsim.parameters(scenario)) > 30
    for each in moved[:6]:
        for end, found in ((each.low, each.at_low), (each.high, each.at_high)):
            exact = courtsim.solve(load_inputs(scenario.inputs, sets=[f"{each.path}={end}"]))
            assert found == pytest.approx(exact.dispositions["closed.acquitted"], abs=1e-9)
    assert [each.swing for each in moved] == sorted((each.swing for each in moved), reverse=True)


@pytest.mark.parametrize("measure", ["closed.convicted", "convicted", "days", "trial_held", "value.defense", "probation_days"])
def test_a_measure_is_the_same_as_in_solve(measure: str) -> None:
    exact = courtsim.solve("two-track")
    expected = exact.dispositions[measure] if measure in exact.dispositions else exact.measures[measure]
    assert courtsim.measured("two-track", measure).at() == pytest.approx(expected, abs=1e-9)


def test_a_stated_range_is_used_and_a_fifth_otherwise() -> None:
    numbers = {each.path: each for each in courtsim.parameters("two-track")}
    assert (numbers["findings.suppression.minimized"].low, numbers["findings.suppression.minimized"].high) == ("0.02", "0.3")
    standing = numbers["findings.suppression.standing"]
    assert (json.loads(standing.low), json.loads(standing.high)) == (pytest.approx(0.76), 1.0)
    assert [each.path for each in courtsim.parameters("two-track", ranges_only=True)] == ["findings.suppression.minimized"]
    assert json.loads(numbers["delays.move_to_suppress"].high) == {"median": 36, "p90": 54}


def test_a_map_is_exact_in_every_cell() -> None:
    measured = courtsim.measured("two-track", "closed.convicted")
    names, xs, ys = ("conviction.p", "findings.suppression.minimized"), [0.0, 0.5, 1.0], [0.1, 0.9]
    rows = grid(measured, *names, xs, ys)
    for y, row in zip(ys, rows, strict=True):
        for x, found in zip(xs, row, strict=True):
            exact = courtsim.solve(courtsim.load("two-track", sets=[f"{names[0]}={x}", f"{names[1]}={y}"]))
            assert found == pytest.approx(exact.dispositions["closed.convicted"], abs=1e-9)


def test_odds_that_make_likely_what_was_left_out_get_a_tree_of_their_own() -> None:
    """A motion too rare to be followed, then a likely one, singly and as ends of a map."""
    odds = "choosers.move_to_suppress={{odds: {{file: {}, forgo: rest}}}}".format
    ends = [courtsim.solve(courtsim.load("two-track", sets=[odds(p)])).dispositions["closed.convicted"] for p in (1e-5, 0.9)]
    assert abs(ends[0] - ends[1]) > 0.1
    measured = courtsim.measured("two-track", "closed.convicted", within=0.1)
    assert measured.at([odds(1e-5)]) == pytest.approx(ends[0], abs=2e-5)
    assert measured.at([odds(0.9)]) == pytest.approx(ends[1], abs=1e-9)
    rare, likely = (measured.scenario([odds(p)]) for p in (1e-5, 0.9))
    for three in ([likely, rare, likely], [rare, likely, rare]):
        assert measured.over(three) == pytest.approx([ends[each is likely] for each in three], abs=2e-5)


def test_an_audit_finds_the_number_that_turns_the_advice() -> None:
    """A fight costs 15 against 20 while the offer stays open: it takes a chance of a grant below 0.15, not 0.32, to turn that."""
    steady = courtsim.audit(courtsim.load("lesson-5-knowing-first", variant="offer-stays-open"), "defense")
    assert steady and not any(each.turns for each in steady)
    close = courtsim.load(
        "lesson-5-knowing-first", variant="offer-stays-open", sets=["choosers.rule_on_suppression.odds.grant=0.17"]
    )
    turning = {each.path: each.turns for each in courtsim.audit(close, "defense") if each.turns}
    assert turning["choosers.rule_on_suppression.odds.grant"] == ("decide_now",)
    assert "conviction.p" not in turning


def test_an_audit_asks_what_the_actor_believes() -> None:
    """He believes in 0.4 and would accept at most 24: no end of the true chance of 0.6 is any business of his."""
    scenario = courtsim.load("lesson-1-shadow-of-trial", variant="beliefs-too-far-apart", sets=["offers.middle.terms.loss=31"])
    assert not any(each.turns for each in courtsim.audit(scenario, "defense") if each.path.startswith("values.prosecution"))
    by_path = {each.path: each for each in courtsim.audit(scenario, "defense")}
    believed = courtsim.advise(scenario, "defense").value["defense"]
    assert by_path["values.prosecution.trial"].at_low == pytest.approx(believed)


def test_an_unknown_measure_is_refused_with_the_nearest() -> None:
    done = run("sensitivity", "two-track", "--measure", "closed.convictd")
    assert done.exit_code == 2
    assert "closed.convicted" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("solve", "two-track", "--cases", "2000"),
        ("advise", "lesson-1-shadow-of-trial", "--break-even", "offers.middle.terms.loss", "--to", "60"),
        ("sensitivity", "two-track", "--ranges-only"),
        ("sensitivity", "two-track", "--map", "conviction.p", "findings.suppression.minimized", "--points", "5"),
    ],
    ids=["ends", "curve", "tornado", "map"],
)
def test_charts_are_files_that_open_without_a_network(command: tuple[str, ...], tmp_path: Path) -> None:
    for ending, begins in ((".png", b"\x89PNG"), (".svg", b"<svg"), (".html", b"<!DOCTYPE html>")):
        path = tmp_path / f"chart{ending}"
        done = run(*command, "--chart", str(path))
        assert done.exit_code == 0, done.stderr
        content = path.read_bytes()
        assert content.lstrip().startswith(begins)
        assert ending != ".html" or b'src="http' not in content
        if ending == ".svg":
            assert b"A simulation" in content


@pytest.mark.parametrize(
    ("parameter", "high", "align"),
    [("choosers.find_breach.odds.breach", 1.0, "right"), ("choosers.find_breach.odds.breach", 4.0, "left")],
)
def test_words_beside_a_line_stand_on_the_side_that_has_room(parameter: str, high: float, align: str) -> None:
    """Breach breaks even at 0.8; the words once ran out of the chart where the line stands far to the right."""
    from courtsim.analysis.advice import BreakEven
    from courtsim.reports import charts

    even = BreakEven(
        parameter, "answer", ("settle", "litigate"), 0.8, tuple((x, {"settle": 1.0, "litigate": x}) for x in (0.0, high))
    )
    (text,) = [
        layer for layer in charts.curve(even, courtsim.load("kool-coal")).to_dict()["layer"] if layer["mark"]["type"] == "text"
    ]
    assert text["mark"]["align"] == align


def test_a_chart_of_no_known_kind_is_refused_before_anything_is_computed() -> None:
    done = run("solve", "jupiter-2019", "--chart", "ends.gif")
    assert done.exit_code == 2
    assert ".png, .svg or .html" in done.stderr


def test_json_of_advice_has_what_the_format_promises() -> None:
    done = run("advise", "lesson-5-knowing-first", "--break-even", "choosers.rule_on_suppression.odds.grant", "--json")
    plain = json.loads(done.stdout)
    assert plain["for"] == "defense"
    assert plain["best"] == {"decide_now": "accept"}
    assert plain["values"]["decide_now"]["fight"] == pytest.approx(-30)
    assert plain["break_even"] == {"choosers.rule_on_suppression.odds.grant": pytest.approx(28 / 45)}


@pytest.mark.parametrize("name", ["audit", "advise", "sensitivity"])
def test_each_prints_a_plain_first_sentence_and_a_table(name: str) -> None:
    done = run(name, "lesson-5-knowing-first")
    assert done.exit_code == 0
    assert "A simulation." in done.stdout and "Nobody in it is a real person" in done.stdout.replace("\n", " ")
