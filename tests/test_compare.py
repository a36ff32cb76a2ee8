"""Pairs of cases under the same luck: what differs differs because of the change, and nothing else does."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import courtsim
from courtsim.cli.commands import cli
from courtsim.errors import WrongInput
from tests import small


def run(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(cli, arguments)
    return ran.exit_code, ran.stdout, ran.stderr


@given(st.integers(1, 1000))
def test_a_change_that_changes_nothing_gives_exactly_0(seed: int) -> None:
    found = courtsim.what_if("two-track", sets=["findings.suppression.standing=0.95"], cases=20, seed=seed)

    assert found.changed == 0 and found.explaining is None
    assert {d.mean for d in found.measures.values()} == {0.0}
    assert {d.ci95 for d in found.measures.values()} == {(0.0, 0.0)}


@given(st.integers(1, 1000))
def test_cases_that_the_change_does_not_touch_are_the_same_event_by_event(seed: int) -> None:
    found = courtsim.what_if("two-track", "minimized-warrant", cases=20, seed=seed)

    for before, after in zip(found.baseline.histories, found.change.histories, strict=True):
        rulings = [e for e in before.events if e.step == "rule_on_suppression"]
        until = rulings[0].seq if rulings else len(before.events) + 1
        assert before.events[: until - 1] == after.events[: until - 1]
        if not rulings:
            assert before.events == after.events


def test_differences_are_those_of_the_two_runs_and_the_intervals_those_of_pairs() -> None:
    found = courtsim.what_if("two-track", "minimized-warrant", cases=2000)
    convicted = found.measures["convicted"]
    differences = [
        b.measures["convicted"] - a.measures["convicted"]
        for a, b in zip(found.baseline.outcomes, found.change.outcomes, strict=True)
    ]
    mean = math.fsum(differences) / 2000
    sd = math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / 1999)

    assert convicted.mean == pytest.approx(found.change.measures["convicted"].mean - found.baseline.measures["convicted"].mean)
    assert convicted.ci95[1] - convicted.mean == pytest.approx(1.959963984540054 * sd / math.sqrt(2000))
    assert convicted.reduction is not None and convicted.reduction > 1
    assert sum(move.n for move in found.moves) == found.changed
    assert math.fsum(d.mean for d in found.dispositions.values()) == pytest.approx(0, abs=1e-12)


def test_the_explaining_pair_ended_differently_and_no_shorter_one_did() -> None:
    found = courtsim.what_if("jupiter-2019", "minimized-warrant", cases=200)
    lengths = {
        a.case: len(a.events) + len(b.events)
        for a, b, x, y in zip(
            found.baseline.histories, found.change.histories, found.baseline.outcomes, found.change.outcomes, strict=True
        )
        if x.disposition != y.disposition
    }

    assert found.explaining is not None and lengths[found.explaining] == min(lengths.values())


def test_precision_runs_until_the_interval_is_that_narrow() -> None:
    found = courtsim.what_if("two-track", "minimized-warrant", cases=50, precision=0.02)
    low, high = found.measures["convicted"].ci95
    fewer = courtsim.what_if("two-track", "minimized-warrant", cases=len(found.baseline) // 2)
    wide = fewer.measures["convicted"].ci95

    assert (high - low) / 2 <= 0.02 < (wide[1] - wide[0]) / 2


def test_a_forced_option_is_taken_at_every_visit_where_it_is_lawful() -> None:
    runs = courtsim.compare("jupiter-2019", "answer_offer", cases=100)

    assert list(runs) == ["accept_deferred_prosecution", "accept_plea", "decline"]
    for option, found in runs.items():
        chosen = {e.option for h in found.histories for e in h.events if e.step == "answer_offer"}
        assert option in chosen or option == "accept_plea"  # no plea is offered in this scenario
    assert runs["decline"].dispositions["closed.diverted"].n == 0
    assert runs["accept_deferred_prosecution"].dispositions["closed.diverted"].n > 0


def test_what_if_says_how_many_pairs_ended_differently_and_shows_one() -> None:
    code, printed, _ = run("what-if", "jupiter-2019", "minimized-warrant", "--cases", "300")

    assert code == 0 and "under the same luck" in printed and "ended differently" in printed
    assert "> 20" in printed and "Motion to suppress denied" in printed


def test_no_direction_is_named_without_enough_pairs() -> None:
    assert "too few to say" in run("what-if", "two-track", "minimized-warrant", "--cases", "60")[1]


def test_json_has_the_shape_that_is_promised() -> None:
    pairs = json.loads(run("what-if", "two-track", "minimized-warrant", "--cases", "50", "--json")[1])
    options = json.loads(run("compare", "two-track", "--at", "answer_offer", "--cases", "50", "--json")[1])

    assert set(pairs) >= {"scenario", "seed", "digest", "baseline", "differences"}
    assert set(pairs["differences"]["days"]) == {"mean", "ci95", "paired", "reduction"} and pairs["differences"]["days"]["paired"]
    assert set(options["options"]) == {"accept", "reject"} and set(options["differences"]) == {"reject"}


def test_compare_prints_every_option() -> None:
    code, printed, _ = run("compare", "two-track", "--at", "answer_offer", "--cases", "100")

    assert code == 0 and "accept" in printed and "reject" in printed and "Minus accept" in printed


def test_an_option_that_no_answers_lead_to_is_left_out_and_named() -> None:
    """The whole command ended with exit code 2. A grant in part is ruled only where the remedy may be partial."""
    line = ("compare", "jupiter-2019", "--at", "rule_on_suppression", "--cases", "20", "--json")
    code, printed, errors = run(*line)
    by_part = run(*line, "--set", "switches.remedy=partial")

    assert code == 0 and errors == (
        "Left out: grant_in_part; under these switches no answers to the test behind rule_on_suppression lead to it.\n"
    )
    assert set(json.loads(printed)["options"]) == {"grant", "deny"} and json.loads(printed)["left_out"] == ["grant_in_part"]
    assert by_part[0] == 0 and "grant_in_part" in json.loads(by_part[1])["options"] and by_part[2] == ""


def test_an_option_that_is_no_ruling_is_compared_with_those_that_are(tmp_path: Path) -> None:
    law = """
    tracks: {case: {start: open, states: {open: {}, yes: {final: true}, no: {final: true}, put_off: {final: true}}}}
    steps:
      rule:
        by: judge
        when: {case: open}
        options:
          grant: {event: Granted, to: {case: yes}}
          deny: {event: Denied, to: {case: no}}
          adjourn: {event: Adjourned, to: {case: put_off}}
    tests: {right: {questions: {due: {}}, rule: [{if: {due: yes}, then: grant}, {then: deny}]}}
    """
    case = "choosers: {rule: {findings: right}}\nfindings: {right: {due: 0.5}}\n"

    runs = courtsim.compare(small.court(tmp_path, law, case), "rule", cases=5)

    assert {
        option: run.dispositions[end].n for (option, run), end in zip(runs.items(), ("put_off", "no", "yes"), strict=True)
    } == {
        "adjourn": 5,
        "deny": 5,
        "grant": 5,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("what-if", "two-track"), "no change; expected a variant (minimized-warrant)"),
        (("what-if", "two-track", "minimised-warrant"), "did you mean 'minimized-warrant'?"),
        (("what-if", "two-track", "minimized-warrant", "--measure", "day", "--cases", "9"), "did you mean 'days'?"),
        (("compare", "two-track", "--at", "answer_offr"), "did you mean 'answer_offer'?"),
        (("compare", "two-track", "--at", "arraign"), "arraign, which has one option"),
    ],
)
def test_errors_are_one_line(arguments: tuple[str, ...], message: str) -> None:
    code, _, errors = run(*arguments)

    assert code == 2 and message in errors and errors.count("\n") == 1


def test_from_python_a_change_must_change_something() -> None:
    with pytest.raises(WrongInput):
        courtsim.what_if("two-track")


def test_the_paired_interval_covers_the_exact_difference() -> None:
    """Over 200 seeds, at central timing, a 95% interval covers 180 to 198 times (binomial: outside with probability 0.002)."""
    from courtsim.analysis.compare import paired

    change = courtsim.load("two-track", variant="minimized-warrant")
    baseline = courtsim.load("two-track")
    exact = courtsim.solve(change).dispositions["closed.convicted"] - courtsim.solve(baseline).dispositions["closed.convicted"]
    covered = 0
    for seed in range(200):
        runs = [courtsim.simulate(scenario, cases=200, seed=seed, timing="central") for scenario in (baseline, change)]
        low, high = paired("minimized-warrant", *runs).dispositions["closed.convicted"].ci95
        covered += low <= exact <= high
    assert 180 <= covered <= 198


def test_compare_says_what_is_worth_more_to_whom_only_with_enough_cases() -> None:
    """Rejecting costs the prosecution a trial in every case, which 300 cases show; 20 are too few to say anything."""
    _, out, _ = run("compare", "two-track", "--at", "answer_offer", "--cases", "300")
    said = " ".join(out.split())
    assert "To the prosecution accept is worth 10,000 ± 400 more than reject." in said
    assert "value.defense -2,300 ± 2,300" in said  # dollars rest on assumptions: two digits
    assert "Guilty plea -100.0% ± 0.0%" in said and "Convicted +41.7% ± 5.6%" in said
    _, out, _ = run("compare", "two-track", "--at", "answer_offer", "--cases", "20")
    said = " ".join(out.split())
    assert "These are too few cases to say whether accept or reject is worth more to the prosecution." in said
    assert "more than reject" not in said


def test_where_most_pairs_are_alike_no_option_is_named_better() -> None:
    _, out, _ = run("compare", "two-track", "--at", "continue_trial", "--cases", "60")
    said = " ".join(out.split())
    assert said.count("These are too few cases to say whether") == 2 and "is worth" in said and "more than" not in said
