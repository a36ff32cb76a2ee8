"""The offer to make, found by moving one of its terms; and what each option of advice means for everyone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import courtsim
from courtsim.choosers.kinds import Moment

LESSON_1 = "lesson-1-shadow-of-trial"


def always(option: str) -> Callable[[Moment], str]:
    def choose(moment: Moment) -> str:
        return option if option in moment.lawful else moment.lawful[0]

    return choose


def run(*args: str) -> Result:
    from courtsim.cli.commands import cli

    return CliRunner().invoke(cli, list(args), env={"COLUMNS": "200"})


def found(
    variant: str | None = None, *sets: str, term: str = "loss", high: float = 60, points: int = 13
) -> courtsim.analysis.offers.Bargain:
    scenario = courtsim.load(LESSON_1, variant=variant, sets=sets)
    return courtsim.bargain(scenario, "middle", term, low=0, high=high, points=points)


# -- lesson 1, by hand: the State gains from 0.6 x 50 - 6 = 24, the accused accepts up to 0.6 x 50 + 4 = 34


def test_the_best_offer_takes_all_that_the_accused_fears() -> None:
    bargain = found()
    assert bargain.range == ((pytest.approx(24), pytest.approx(34)),)
    assert bargain.best is not None and bargain.best.accepted
    assert (bargain.best.at, bargain.best.maker_gets) == (pytest.approx(34), pytest.approx(34))
    assert bargain.best.maker_gains == pytest.approx(10)
    assert (bargain.step, bargain.maker, bargain.answerer) == ("answer_offer", "prosecution", "defense")


def test_beliefs_too_far_apart_leave_no_bargain() -> None:
    """The accused believes in 0.4 and accepts up to 24; the State in 0.7 and gains from 29 on."""
    bargain = found("beliefs-too-far-apart")
    assert (bargain.range, bargain.best) == ((), None)
    assert bargain.gains == ((pytest.approx(29), 60),) and bargain.accepts == ((0, pytest.approx(24)),)
    assert all(priced.maker_gets == pytest.approx(29) for priced in bargain.curve if not priced.accepted)


@pytest.mark.parametrize(("gap", "width"), [(0.1, 5.0), (0.199, 0.05), (0.201, None)])
def test_a_gap_in_beliefs_of_a_fifth_is_the_most_that_leaves_a_bargain(gap: float, width: float | None) -> None:
    beliefs = [f"beliefs.{who}={{conviction.p: {p}}}" for who, p in (("defense", 0.5 - gap / 2), ("prosecution", 0.5 + gap / 2))]
    bargain = found(None, *beliefs)
    if width is None:
        assert bargain.range == ()
    else:
        ((low, high),) = bargain.range
        assert high - low == pytest.approx(width, abs=1e-6)


@pytest.mark.parametrize(("aversion", "most"), [(0.01, 36.88), (0.02, 39.43), (0.04, 43.39)])
def test_fear_sells_the_upper_part(aversion: float, most: float) -> None:
    bargain = found(None, f"values.defense.risk_aversion={aversion}")
    assert bargain.best is not None and bargain.best.at == pytest.approx(most, abs=0.005)


def test_the_curve_is_what_each_offer_is_worth_by_itself() -> None:
    """Every point against `solve` of the scenario with that offer made and its answer forced."""
    for priced in found(points=5).curve:
        for option, worth in (
            ("accept", (priced.maker_accepted, priced.answerer_accepted)),
            ("reject", (priced.maker_declined, priced.answerer_declined)),
        ):
            fixed = courtsim.load(
                LESSON_1,
                sets=[f"offers.middle.terms.loss={priced.at!r}", "choosers.decide_on_offer={odds: {offer: 1, withhold: 0}}"],
            )
            exact = courtsim.solve(fixed, choosers={"answer_offer": always(option)}).measures
            assert (exact["value.prosecution"], exact["value.defense"]) == (pytest.approx(worth[0]), pytest.approx(worth[1]))


def test_of_offers_worth_the_same_to_the_state_the_mildest_is_named() -> None:
    """The State has no use for the accused's loss and 30 for any plea: every accepted offer is worth that to it."""
    bargain = found(None, "values.prosecution={conviction: 50, trial: -6, final: {closed.pleaded: 30}}")
    assert bargain.best is not None
    assert (bargain.best.at, bargain.best.maker_gets) == (0, pytest.approx(30))


# -- the command


def test_the_command_prints_range_best_and_table() -> None:
    done = run("advise", LESSON_1, "--equilibrium", "--offer", "middle", "--term", "loss", "--to", "60", "--points", "3")
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert (
        "The prosecution should offer loss 34: it is accepted and worth 34 to the prosecution, 10 more than no bargain. "
        "Both gain from 24 to 34: the prosecution gains from 24 on; the defense accepts up to 34."
    ) in done.stdout.replace("\n", " ").replace("  ", " ")
    assert [line.split() for line in lines if line.startswith(("0 ", "30 ", "60 "))] == [
        ["0", "accept", "0", "24", "0", "-34"],
        ["30", "accept", "30", "24", "-30", "-34"],
        ["60", "decline", "60", "24", "-60", "-34"],
    ]


def test_no_bargain_is_said_in_the_first_sentence() -> None:
    done = run(
        "advise",
        LESSON_1,
        "--variant",
        "beliefs-too-far-apart",
        "--offer",
        "middle",
        "--term",
        "loss",
        "--to",
        "60",
        "--points",
        "5",
    )
    assert "There is no bargain over loss between 0 and 60: the prosecution gains from 29 on; the defense accepts up to 24." in (
        done.stdout.replace("\n", " ")
    )


def test_json_of_the_search() -> None:
    plain = json.loads(
        run("advise", LESSON_1, "--offer", "middle", "--term", "loss", "--to", "60", "--points", "4", "--json").stdout
    )
    assert plain["best"]["at"] == pytest.approx(34) and len(plain["curve"]) == 4
    assert plain["range"] == [[pytest.approx(24), pytest.approx(34)]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--offer", "midle", "--term", "loss"), "unknown offer 'midle'; expected middle; did you mean 'middle'?"),
        (
            ("--offer", "middle", "--term", "los"),
            "a term 'los' that is worth nothing to either side; expected loss; did you mean 'loss'?",
        ),
        (("--offer", "middle"), "--offer ID and --term TERM go together"),
    ],
)
def test_what_cannot_be_searched_is_said(options: tuple[str, ...], said: str) -> None:
    done = run("advise", LESSON_1, "--to", "60", *options)
    assert done.exit_code == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_the_search_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "offer.svg"
    assert run("advise", LESSON_1, "--offer", "middle", "--term", "loss", "--to", "60", "--chart", str(path)).exit_code == 0
    assert b"offer 34" in path.read_bytes() and b"A simulation" in path.read_bytes()


# -- what follows each option, for everyone


def test_advice_shows_the_ends_of_each_option_and_what_the_other_side_loses() -> None:
    done = run("advise", LESSON_1, "--for", "prosecution", "--equilibrium")
    said = done.stdout.replace("\n", " ")
    assert (
        "At decide_on_offer the best option of prosecution is offer: worth 29, 5 more than withhold. By that defense gains 5."
        in said
    )
    assert [
        line.split() for line in done.stdout.splitlines() if "%" in line or line.startswith(("decide", "Worth to", "days"))
    ] == [
        ["decide_on_offer", "offer", "(best)", "withhold"],
        ["Plea", "on", "the", "offer", "100%", "0%"],
        ["Convicted", "at", "trial", "0%", "60%"],
        ["Acquitted", "0%", "40%"],
        ["days", "20", "70"],
        ["Worth", "to", "defense", "-29", "-34"],
        ["Worth", "to", "prosecution", "29", "24"],
    ]
    assert "Weights of prosecution: conviction 50; trial -6; term loss 1." in said


@pytest.mark.parametrize("name", [LESSON_1, "lesson-5-knowing-first", "small-example", "kool-coal"])
def test_what_follows_an_option_is_what_solve_says_of_it(name: str) -> None:
    """At the first step decided: the option forced and the rest as advised ends as the advice says."""
    scenario = courtsim.load(name)
    actor = "defendant" if name == "kool-coal" else "defense"
    advice, follows = courtsim.following(scenario, actor, within=1e-6)
    step = next(iter(follows))
    for option, each in follows[step].items():
        chosen = {s: o for s, o in advice.best.items() if s != step} | {step: option}
        rest = {s: always(o) for s, o in chosen.items()}
        if name == "lesson-5-knowing-first":
            rest["decide_after_denial"] = always("plead_open")
        if name == LESSON_1:
            rest["decide_on_offer"] = always("offer")
        exact = courtsim.solve(scenario, choosers=rest)
        for end, p in exact.dispositions.items():
            assert each.ends.get(end, 0.0) == pytest.approx(p, abs=1e-5)
        assert each.measures["days"] == pytest.approx(exact.measures["days"])
        for who, worth in each.worth.items():
            assert worth == pytest.approx(exact.measures[f"value.{who}"])


def test_the_advice_is_the_same_with_and_without_the_others() -> None:
    advice, _ = courtsim.following("small-example", "defense")
    alone = courtsim.advise("small-example", "defense")
    assert (advice.best, advice.value["defense"]) == (alone.best, pytest.approx(alone.value["defense"]))


def test_who_has_no_values_is_told_who_has() -> None:
    """Those who stand in values for a question are none of the reader's business."""
    done = run("advise", "two-track", "--for", "judge")
    assert done.exit_code == 2
    assert done.stderr == "Error: no `values` for judge: nothing says what outcomes are worth; expected defense or prosecution\n"


def test_a_break_even_that_rests_on_assumptions_has_two_digits() -> None:
    done = run("advise", "lesson-5-knowing-first", "--break-even", "choosers.rule_on_suppression.odds.grant")
    assert "are worth the same where choosers.rule_on_suppression.odds.grant is 0.62." in done.stdout
