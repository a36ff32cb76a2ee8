"""What `show` and `explain` print: effective values with their origin, the law, the marks of sources, terms."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.cli.commands import cli


def run(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(cli, arguments)
    return ran.exit_code, ran.stdout, ran.stderr


def test_every_value_says_where_it_came_from() -> None:
    shown = {
        value.path: value
        for value in courtsim.show(
            "two-track", variant="minimized-warrant", sets=["findings.suppression.standing=0.5", "conviction={p: 0.6}"]
        )
    }

    assert (shown["findings.suppression.minimized"].origin, shown["findings.suppression.minimized"].value) == (
        "variant minimized-warrant",
        "true",
    )
    assert (shown["findings.suppression.standing"].origin, shown["findings.suppression.standing"].value) == ("--set", "0.5")
    assert shown["conviction"].value == "{p: 0.6}"
    assert shown["findings.suppression.good_faith"].origin == "file"
    assert shown["findings.suppression.good_faith"].where.endswith("two-track.yaml:37:91")


def test_a_default_of_the_procedure_is_called_one() -> None:
    origins = {value.path: value.origin for value in courtsim.show("jupiter-2019")}

    assert origins["choosers.rule_on_suppression"] == "default" and origins["choosers.move_to_suppress.odds"] == "file"


def test_every_path_that_show_prints_can_be_set() -> None:
    for value in courtsim.show("two-track"):
        if value.path.split(".")[0] not in ("procedure", "charges"):
            courtsim.load("two-track", sets=[f"{value.path}={value.value}"])


def test_the_law_is_an_outline_with_its_rules() -> None:
    code, printed, _ = run("show", "florida-county-misdemeanor")

    assert code == 0 and "notice_of_appeal, by prosecution" in printed
    assert "9.140(c)(1)(B)" in printed and "Open doctrine, the default first" in printed


def test_the_law_of_a_scenario_is_that_of_its_procedure() -> None:
    assert json.loads(run("show", "two-track", "--law", "--json")[1])["procedure"] == "two-track-example"


def test_sources_are_counted_by_their_marks() -> None:
    found = json.loads(run("show", "two-track", "--sources", "--json")[1])["sources"]
    code, printed, _ = run("show", "two-track", "--sources")

    marks = [source["mark"] for source in found.values()]
    assert code == 0 and f"{marks.count('verified')} verified" in printed and f"{marks.count('assumed')} assumed" in printed


@pytest.mark.parametrize(("term", "words"), [("nolle prosequi", "drops the charges"), ("speedy_trial", "90 days")])
def test_a_term_is_explained(term: str, words: str) -> None:
    code, printed, _ = run("explain", *term.split())

    assert code == 0 and words in printed


def test_what_two_procedures_say_alike_is_said_once_within_80_columns() -> None:
    _, printed, _ = run("explain", "recapture")
    words = " ".join(printed.split())

    assert words.count("The last days") == 1
    assert "florida-county-misdemeanor," in words and "florida-county-misdemeanor-2025," in words
    assert max(map(len, printed.splitlines())) <= 80


def test_an_unknown_term_gets_the_nearest() -> None:
    code, _, errors = run("explain", "nolle", "prosecui")

    assert code == 2 and "did you mean 'nolle prosequi'?" in errors


def test_the_law_shown_is_that_of_the_variant() -> None:
    base = json.loads(run("show", "lesson-18-law-of-the-day", "--law", "--json")[1])
    variant = json.loads(run("show", "lesson-18-law-of-the-day", "--law", "--json", "--variant", "law-of-2026")[1])

    assert (base["procedure"], variant["procedure"]) == (
        courtsim.load("lesson-18-law-of-the-day").procedure.name,
        courtsim.load("lesson-18-law-of-the-day", variant="law-of-2026").procedure.name,
    )
    assert base["procedure"] != variant["procedure"]
