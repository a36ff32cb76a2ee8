"""Two laws against each other: every difference in words with its citation, and what it does to the same cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.analysis.reform import Change
from courtsim.cli.commands import cli
from courtsim.errors import WrongInput
from tests.small import files

LAW = """
    tracks:
      case:
        start: open
        states: {open: {}, closed.ruled: {final: true}, closed.default: {final: true, label: Lost by default}}
    switches: {fee: {values: [high, low], authority: local practice}}
    steps:
      answer: {by: defense, when: {case: open}, after: {uniform: [0, 40]}, event: Answered, to: {case: closed.ruled}, rule: Rule 1}
      default: {by: clock, when: {case: open}, after: {deadline: 20}, event: Defaulted, to: {case: closed.default}, rule: Rule 2}
      remind:
        by: clerk
        when: {case: open}
        after: 5
        once: true
        options: {letter: {event: LetterSent}, call: {event: CallMade}}
    defaults: {choosers: {remind: {odds: {letter: 0.5, call: rest}}}}
"""
REFORM = """
procedure: reformed
extends: small.procedure.yaml
title: Small, reformed
law_as_of: 2020-01-01
switches: {fee: null, forms: {values: [paper, online], authority: Rule 9}}
steps:
  default: {after: {deadline: 30}, rule: Rule 2 (2020)}
  remind: {options: {call: null}}
  excuse: {by: judge, when: {case: open}, after: 100, event: Excused, to: {case: closed.ruled}, rule: Rule 3}
defaults: {choosers: {remind: null}}
"""


@pytest.fixture
def laws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(tmp_path)
    files(tmp_path, LAW)
    Path("reformed.yaml").write_text(REFORM)
    return "small.procedure.yaml", "reformed.yaml"


def told(changes: list[Change]) -> list[tuple[str, str, str, str]]:
    return [(c.kind, f"{c.what} {c.name}", c.key, c.rule) for c in changes]


def test_every_difference_is_named_with_its_rule_and_place(laws: tuple[str, str]) -> None:
    found = courtsim.reform(*laws).changes

    assert told(list(found)) == [
        ("removed", "switch fee", "", "local practice"),
        ("added", "switch forms", "", "Rule 9"),
        ("changed", "step default", "after", "Rule 2 (2020)"),
        ("changed", "step default", "rule", "Rule 2 (2020)"),
        ("removed", "option of remind call", "", ""),
        ("added", "step excuse", "", "Rule 3"),
        ("removed", "default of choosers remind", "", ""),
    ]
    assert (found[2].before, found[2].after, found[2].place) == ("{deadline: 20}", "{deadline: 30}", "reformed.yaml:8:13")
    assert found[5].after == "by judge; when {case: open}; after 100; event Excused; to {case: closed.ruled}"


def test_a_reform_taken_back_is_its_mirror(laws: tuple[str, str]) -> None:
    there, back = courtsim.reform(*laws).changes, courtsim.reform(*reversed(laws)).changes

    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted((turned[c.kind], c.what, c.name, c.key, c.after, c.before) for c in there) == sorted(
        (c.kind, c.what, c.name, c.key, c.before, c.after) for c in back
    )
    assert courtsim.reform(laws[0], laws[0]).changes == []


def test_the_same_cases_under_both_laws(laws: tuple[str, str]) -> None:
    """Who answers between day 20 and day 30 is no longer lost: a quarter of the cases, and only those."""
    pairs = courtsim.reform(*laws, scenario="small-case.yaml", cases=400).pairs

    assert pairs is not None
    assert [(move.before, move.after) for move in pairs.moves] == [("closed.default", "closed.ruled")]
    moved = pairs.dispositions["closed.ruled"]
    assert moved.ci95[0] < 0.25 < moved.ci95[1] and pairs.change.scenario.procedure.name == "reformed"


def test_a_name_that_the_other_law_does_not_have_is_refused_at_its_place(laws: tuple[str, str]) -> None:
    files(Path(), LAW, "choosers: {remind: {odds: {letter: 0.2, call: 0.8}}}\n")

    with pytest.raises(WrongInput, match=r"small-case.yaml:5:41: under reformed: unknown option of remind 'call'"):
        courtsim.reform(*laws, scenario="small-case.yaml")


def test_speedy_trial_before_and_after_1_july_2025() -> None:
    found = courtsim.reform("florida-county-misdemeanor", "florida-county-misdemeanor-2025").changes

    assert [c.name for c in found if c.kind == "removed"] == ["discharge"]
    assert [c.name for c in found if c.kind == "added"] == ["dismiss_for_speedy_trial"]
    (recapture,) = [c for c in found if (c.name, c.key) == ("recapture_expires", "after")]
    assert (recapture.before, recapture.after) == ("{deadline: 10}", "{deadline: 30}")
    assert len(found) == 12


def test_the_command(laws: tuple[str, str]) -> None:
    alone = CliRunner().invoke(cli, ["reform", *laws], env={"COLUMNS": "120"})
    with_cases = CliRunner().invoke(cli, ["reform", *laws, "--scenario", "small-case.yaml", "--cases", "50", "--json"])
    without = CliRunner().invoke(cli, ["reform", *laws, "--set", "starts=2020-01-01"])

    assert alone.exit_code == 0
    assert alone.stdout == (
        "From small (law as of 2019-02-22) to reformed (law as of 2020-01-01): 2 added, 3 removed, 2 changed.\n"
        "\n"
        "switch fee  (local practice)\n"
        "    removed: values [high, low]\n"
        "switch forms  (Rule 9)\n"
        "    added: values [paper, online]\n"
        "step default  (Rule 2 (2020))\n"
        "    after: {deadline: 20} -> {deadline: 30}\n"
        "    rule: Rule 2 -> Rule 2 (2020)\n"
        "option of remind call\n"
        "    removed: event CallMade\n"
        "step excuse  (Rule 3)\n"
        "    added: by judge; when {case: open}; after 100; event Excused; to {case: closed.ruled}\n"
        "default of choosers remind\n"
        "    removed: {odds: {letter: 0.5, call: rest}}\n"
    )
    plain = json.loads(with_cases.stdout)
    assert (plain["before"], plain["after"], plain["cases"], len(plain["changes"])) == ("small", "reformed", 50, 7)
    assert without.exit_code == 2
