"""The exact engine: against an independent reading, against answers worked out by hand, and against simulation."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import courtsim
from courtsim.analysis.timing import changed_order
from courtsim.cli.commands import cli
from courtsim.engines.solve import Solved
from courtsim.procedure.delays import (
    Distribution,
    Empirical,
    Exponential,
    Fixed,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
    slices,
)
from tests.small import court
from tests.test_conformance import FOLDER, TIMED, expected, renamed

BOUND = 4.5  # standard errors


@pytest.mark.parametrize("number", TIMED)
@pytest.mark.parametrize("other_names", [False, True], ids=["as it is", "renamed"])
def test_an_independent_reading_finds_the_same(number: str, other_names: bool, tmp_path: Path) -> None:
    path = renamed(tmp_path, number) if other_names else FOLDER / f"{number}.yaml"
    answer = expected(number)["solve"]
    found = courtsim.solve(path)
    for state, p in answer["dispositions"].items():
        name = ".".join(f"q{part}" for part in state.split(".")) if other_names else state
        assert found.dispositions[name] == pytest.approx(p, abs=1e-6)
    assert found.measures["days"] == pytest.approx(answer["days"], abs=1e-5)
    assert found.truncated < 1e-6


# -- worked out by hand

TRIAL = """
tracks:
  case:
    start: open
    states: {open: {}, closed.convicted: {final: true, convicted: true}, closed.acquitted: {final: true}, closed.dismissed: {final: true}}
"""


RACE = (
    TRIAL
    + """
steps:
  answer: {by: defense, when: {case: open}, after: {uniform: [1, 15]}, event: A, to: {case: closed.acquitted}}
  lapse: {by: clock, when: {case: open}, after: 10, event: L, to: {case: closed.dismissed}}
"""
)


def solved(tmp_path: Path, procedure: str, scenario: str = "", **keywords: object) -> Solved:
    return courtsim.solve(court(tmp_path, procedure, scenario), **keywords)  # type: ignore[arg-type]


def test_a_loop(tmp_path: Path) -> None:
    """A jury hangs with chance 0.2 and the case is tried again every 10 days: acquitted 0.3 / (1 - 0.2) = 0.375, after 10 / 0.8 days."""
    found = solved(
        tmp_path,
        TRIAL
        + """
steps:
  try: {by: jury, when: {case: open}, after: 10, options: {convict: {event: C, to: {case: closed.convicted}}, acquit: {event: A, to: {case: closed.acquitted}}, hang: {event: H, effects: [{count: trial}]}}}
""",
        "choosers: {try: {odds: {convict: 0.5, acquit: 0.3, hang: 0.2}}}",
    )
    assert found.dispositions["closed.acquitted"] == pytest.approx(0.375, abs=1e-6)
    assert found.measures["days"] == pytest.approx(12.5, abs=1e-4)
    assert found.measures["trial_held"] == pytest.approx(0.2, abs=1e-6)  # counted where a jury hung at least once
    assert 0 < found.truncated < 1e-6


def test_a_deadline(tmp_path: Path) -> None:
    """Dismissed when 15 whole days after a Friday, moved from a Saturday to Monday 11 March, are over, unless the motion on day 14 comes."""
    found = solved(
        tmp_path,
        TRIAL
        + """
steps:
  move: {by: defense, when: {case: open}, after: 14, once: true, options: {file: {event: F, to: {case: closed.acquitted}}, wait: {event: W}}}
  lapse: {by: clock, when: {case: open}, after: {deadline: 15}, event: L, to: {case: closed.dismissed}}
""",
        "calendar: US-FL\nchoosers: {move: {odds: {file: 0.25, wait: 0.75}}}",
    )
    assert found.dispositions == {"closed.convicted": 0.0, "closed.acquitted": 0.25, "closed.dismissed": 0.75}
    late = 18 - 2**-24  # 22 February + 15 days = Saturday 9 March; the end of Monday 11 March
    assert found.measures["days"] == pytest.approx(0.25 * 14 + 0.75 * late, abs=1e-12)
    assert [p for _, p in found.distributions["days"]] == [0.25, 0.75]


def test_a_consequence(tmp_path: Path) -> None:
    """Without the evidence the case is dismissed on the day of the ruling; else 30 days after the opening it is tried."""
    found = solved(
        tmp_path,
        TRIAL
        + """
  motion: {start: none, states: {none: {}, granted: {}, denied: {}}}
steps:
  rule: {by: judge, when: {motion: none, case: open}, after: 5, options: {grant: {event: G, to: {motion: granted}}, deny: {event: D, to: {motion: denied}}}}
  try: {by: jury, when: {case: open}, after: 30, options: {convict: {event: C, to: {case: closed.convicted}}, acquit: {event: A, to: {case: closed.acquitted}}}}
consequences:
  no-evidence-no-case: {when: {motion: granted}, to: {case: closed.dismissed}, event: N}
""",
        "choosers: {rule: {odds: {grant: 0.4, deny: 0.6}}, try: {odds: {convict: 0.9, acquit: 0.1}}}",
    )
    assert found.dispositions == {
        "closed.convicted": pytest.approx(0.54),
        "closed.acquitted": pytest.approx(0.06),
        "closed.dismissed": pytest.approx(0.4),
    }
    assert found.reached["motion.denied"] == pytest.approx(0.6)
    assert found.measures["days_in.motion.none"] == pytest.approx(5.0)
    assert found.measures["days_in.motion.denied"] == pytest.approx(0.6 * 25)


def test_a_clock_that_stands_still(tmp_path: Path) -> None:
    """The trial of day 20 stands still while the motion is pending, from day 5 to day 15: it comes on day 30."""
    found = solved(
        tmp_path,
        TRIAL
        + """
  motion: {start: none, states: {none: {}, pending: {}, decided: {}, forgone: {}}}
steps:
  move: {by: defense, when: {motion: none}, after: 5, options: {file: {event: F, to: {motion: pending}}, forgo: {event: W, to: {motion: forgone}}}}
  rule: {by: judge, when: {motion: pending}, after: 10, event: R, to: {motion: decided}}
  try: {by: jury, when: {case: open}, tolled_when: {motion: pending}, after: 20, event: T, to: {case: closed.acquitted}}
""",
        "choosers: {move: {odds: {file: 0.5, forgo: 0.5}}}",
    )
    assert found.measures["days"] == pytest.approx(25.0)
    assert found.distributions["days"] == ((20.0, 0.5), (30.0, 0.5))
    assert found.reached["motion.decided"] == pytest.approx(0.5)


def test_an_offer_and_a_sentence(tmp_path: Path) -> None:
    """Accepted 0.3: a fine of 500. Else tried: convicted 0.6, then withheld 0.7: convicted 0.7 x 0.6 x 0.3, a fine of 800 on 0.42."""
    found = solved(
        tmp_path,
        """
tracks:
  case:
    start: open
    states: {open: {}, closed.pleaded: {final: true, convicted: true}, closed.convicted: {final: true, convicted: true}, closed.acquitted: {final: true}}
  plea: {start: none, states: {none: {}, offered: {}, rejected: {}}}
offer_kinds: [plea]
offenses: {theft: {statute: s, degree: d, fine: {max: 1000}}}
steps:
  offer: {by: prosecution, when: {plea: none}, after: 2, event: O, to: {plea: offered}, effects: [{offer: next}]}
  answer: {by: defense, when: {plea: offered}, after: 3, options: {accept: {event: A, to: {case: closed.pleaded}, effects: [accept_offer, {sentence: plea}]}, reject: {event: R, to: {plea: rejected}}}}
  try: {by: jury, when: {plea: rejected}, after: 10, options: {convict: {event: C, to: {case: closed.convicted}, effects: [{sentence: verdict}]}, acquit: {event: N, to: {case: closed.acquitted}}}}
""",
        """
charges: [{offense: theft}]
offers: {first: {kind: plea, terms: {fine: 500}}}
choosers: {answer: {odds: {accept: 0.3, reject: 0.7}}, try: {odds: {convict: 0.6, acquit: 0.4}}}
sentencing: {plea: offer, verdict: [{fine: 800, withhold: 0.7}]}
values: {defense: {dollar: -1, conviction: -1000, day_pending: -10}}
""",
    )
    assert found.measures["convicted"] == pytest.approx(0.3 + 0.7 * 0.6 * 0.3)
    assert found.measures["fine"] == pytest.approx(0.3 * 500 + 0.42 * 800)
    assert found.measures["value.defense"] == pytest.approx(-(0.3 * 500 + 0.42 * 800) - 1000 * 0.426 - 10 * (0.3 * 5 + 0.7 * 15))
    assert dict(found.distributions["fine"]) == pytest.approx({0.0: 0.28, 500.0: 0.3, 800.0: 0.42})


REVIEW = """
tracks:
  case: {start: open, states: {open: {}, appeal: {}, closed.free: {final: true}, closed.tried: {final: true}}}
tests:
  suppression:
    questions: {standing: {ask: s}, minimized: {ask: m}, good_faith: {ask: g}}
    rule: [{if: {standing: no}, then: deny}, {if: {minimized: no, good_faith: no}, then: grant}, {then: deny}]
  on_appeal: {reviews: suppression, outcomes: {grant: affirm, deny: reverse}}
steps:
  rule: {by: judge, when: {case: open}, after: 5, options: {grant: {event: G, to: {case: appeal}}, deny: {event: D, to: {case: closed.tried}}}}
  review: {by: appellate_court, when: {case: appeal}, after: 50, options: {affirm: {event: A, to: {case: closed.free}}, reverse: {event: V, to: {case: closed.tried}}}}
"""


def test_findings_and_their_review(tmp_path: Path) -> None:
    """Granted 0.9 x 0.8 x 0.7; the one set of answers behind it is affirmed where no finding is reversed: 0.95 x 0.9 x 0.8."""
    found = solved(
        tmp_path,
        REVIEW,
        """
findings:
  suppression: {standing: 0.9, minimized: 0.2, good_faith: 0.3}
  on_appeal: {standing: 0.05, minimized: 0.1, good_faith: 0.2}
choosers: {rule: {findings: suppression}, review: {findings: on_appeal}}
""",
    )
    assert found.dispositions["closed.free"] == pytest.approx(0.9 * 0.8 * 0.7 * 0.95 * 0.9 * 0.8)
    assert found.reached["case.appeal"] == pytest.approx(0.504)


def test_a_fact_that_is_drawn(tmp_path: Path) -> None:
    found = solved(
        tmp_path,
        TRIAL
        + """
facts: {prior: {values: [true, false], default: false}}
steps:
  try: {by: jury, when: {case: open}, after: 10, options: {convict: {event: C, to: {case: closed.convicted}}, acquit: {event: A, to: {case: closed.acquitted}}}}
""",
        """
facts: {prior: {odds: {true: 0.3, false: 0.7}}}
choosers: {try: {rows: [{when: {fact: {prior: true}}, odds: {convict: 0.9, acquit: 0.1}}, {odds: {convict: 0.5, acquit: 0.5}}]}}
""",
    )
    assert found.dispositions["closed.convicted"] == pytest.approx(0.3 * 0.9 + 0.7 * 0.5)


# -- against simulation at central timing


@pytest.mark.parametrize(
    ("name", "variant", "cases"),
    [
        ("two-track", None, 20_000),
        ("two-track", "minimized-warrant", 20_000),
        ("ordinary-first-charge", None, 4_000),
        ("jupiter-2019", None, 4_000),
    ],
)
def test_simulation_at_central_timing_agrees(name: str, variant: str | None, cases: int) -> None:
    """`make prove` does the same for every variant with 20,000 cases (docs/evidence/solve.md)."""
    scenario = courtsim.load(name, variant=variant)
    exact = courtsim.solve(scenario, ends_only=name != "two-track")
    sampled = courtsim.simulate(scenario, cases=cases, timing="central")
    assert exact.truncated < 1e-6
    for end, p in exact.dispositions.items():
        n = sampled.dispositions[end].n
        if cases * p < 5:
            assert n <= 5 + BOUND * math.sqrt(5)
        else:
            assert abs(n - cases * p) < BOUND * math.sqrt(cases * p * (1 - p)) or p == 1.0
    for measure in ("days", "convicted", "jail_days", "probation_days", "fine"):
        found = sampled.measures[measure]
        assert abs(found.mean - exact.measures[measure]) <= BOUND * (found.ci95[1] - found.mean) / 1.96 + 1e-9


def test_all_measures_of_a_small_case_agree_with_simulation() -> None:
    exact = courtsim.solve("two-track")
    sampled = courtsim.simulate("two-track", cases=20_000, timing="central")
    assert set(exact.measures) == set(sampled.measures) == set(exact.distributions)
    for name, found in sampled.measures.items():
        assert abs(found.mean - exact.measures[name]) <= BOUND * (found.ci95[1] - found.mean) / 1.96 + 1e-9, name
        of_values = math.fsum(value * p for value, p in exact.distributions[name])
        assert of_values == pytest.approx(exact.measures[name], rel=1e-9, abs=1e-9)


def test_any_measure_of_a_large_tree_has_its_distribution() -> None:
    """Each by its own pass over the tree: the values' mean is the measure's, which is added up otherwise."""
    asked = ("court_appearances", "cost.defense", "days_in.speedy_trial.waived", "value.defense", "value.prosecution.process")
    found = courtsim.solve("jupiter-2019", within=0.02, distributions=asked)
    assert set(asked) < set(found.distributions) < set(found.measures)
    for name, values in found.distributions.items():
        assert math.fsum(p for _, p in values) == pytest.approx(1.0)
        assert math.fsum(value * p for value, p in values) == pytest.approx(found.measures[name], rel=1e-9, abs=1e-9), name


def test_a_state_that_comes_back_is_reached_once(tmp_path: Path) -> None:
    """Of four in ten the motion is renewed again and again: pending is entered 1 / 0.6 times, and reached for certain."""
    found = solved(
        tmp_path,
        TRIAL
        + """
  motion: {start: none, states: {none: {}, pending: {}, idle: {}, over: {}}}
steps:
  move: {by: defense, when: {motion: [none, idle]}, after: 5, event: F, to: {motion: pending}}
  rule: {by: judge, when: {motion: pending}, after: 5, options: {end: {event: E, to: {motion: over}}, adjourn: {event: A, to: {motion: idle}}}}
  try: {by: jury, when: {motion: over}, after: 10, event: T, to: {case: closed.acquitted}}
""",
        "choosers: {rule: {odds: {end: 0.6, adjourn: 0.4}}}",
    )
    assert found.reached["motion.pending"] == pytest.approx(1.0, abs=1e-6)
    assert found.reached["motion.idle"] == pytest.approx(0.4, abs=1e-6)
    assert found.measures["days_in.motion.pending"] == pytest.approx(5 / 0.6, abs=1e-4)
    assert found.measures["days_in.motion.idle"] == pytest.approx(5 * 0.4 / 0.6, abs=1e-4)


def test_the_documented_course_is_certain() -> None:
    found = courtsim.solve("jupiter-2019-as-it-happened")
    assert found.dispositions["closed.nolle_prosequi"] == pytest.approx(1.0)
    assert found.measures["days"] == 580  # 22 February 2019 to 24 September 2020


@settings(deadline=None, max_examples=25)
@given(grant=st.floats(0.01, 0.99), accept=st.floats(0.01, 0.99), convict=st.floats(0.01, 0.99), hang=st.floats(0.0, 0.5))
def test_probabilities_are_conserved(grant: float, accept: float, convict: float, hang: float) -> None:
    found = courtsim.solve(
        courtsim.load(
            "two-track",
            sets=[
                f"findings.suppression.minimized={grant}",
                f"choosers.answer_offer={{odds: {{accept: {accept}, reject: rest}}}}",
                f"conviction={{p: {convict}}}",
            ],
        )
    )
    assert math.fsum(found.dispositions.values()) + found.truncated == pytest.approx(1.0, abs=1e-12)
    days = math.fsum(mean for name, mean in found.measures.items() if name.startswith("days_in.case."))
    assert days == pytest.approx(found.measures["days"], rel=1e-9)


# -- what it says


def test_a_tree_that_cannot_end_is_named(tmp_path: Path) -> None:
    scenario = court(
        tmp_path,
        TRIAL
        + "steps:\n  try: {by: jury, when: {case: open}, after: 0, options: {convict: {event: C, to: {case: closed.convicted}}, hang: {event: H}}}\n",
        "choosers: {try: {odds: {convict: 0, hang: 1}}}",
    )
    with pytest.raises(courtsim.errors.EndlessLoop, match="try can repeat without time passing"):
        courtsim.solve(scenario)


def test_the_steps_whose_order_chance_changes_are_named(tmp_path: Path) -> None:
    """The lapse on day 10 races an answer that takes 1 to 15 days: at central timing the answer always comes first."""
    scenario = court(
        tmp_path,
        RACE,
    )
    found = changed_order(scenario, 1, 700)
    assert found is not None
    assert found.steps == ("answer", "lapse")
    assert found.share == 1.0
    assert abs(found.changed / 700 - 5 / 14) < BOUND * math.sqrt(5 / 14 * 9 / 14 / 700)


def test_json_has_what_the_format_promises() -> None:
    from click.testing import CliRunner

    from courtsim.cli.commands import cli

    done = CliRunner().invoke(cli, ["solve", "two-track", "--cases", "100", "--tree", "0.1", "--json"])
    assert done.exit_code == 0
    plain = json.loads(done.stdout)
    assert plain["exact"] is True and plain["timing"] == "central"
    assert {"dispositions", "reached", "measures", "truncated", "nodes", "sampled", "tree", "scenario", "digest"} <= set(plain)


# -- chance in the delays, slice by slice


@pytest.mark.parametrize(
    ("kind", "mean"),
    [
        (Fixed(7.0), 7.0),
        (Uniform(5.0, 15.0), 10.0),
        (Triangular(5.0, 10.0, 30.0), 15.0),
        (Triangular(5.0, 5.0, 20.0), 10.0),
        (Exponential(30.0), 30.0),
        (Lognormal(20.0, 60.0), 20.0 * math.exp((math.log(3) / 1.2815515655446004) ** 2 / 2)),
        (Normal(45.0, 10.0), 45.0),
        (Normal(0.0, 10.0), 10.0 / math.sqrt(2 * math.pi)),
        (Empirical((3.0, 9.0, 5.0, 5.0)), 5.5),
    ],
    ids=str,
)
def test_slices_keep_the_mean_and_rise(kind: Distribution, mean: float) -> None:
    for parts in (1, 2, 3, 7):
        found = slices(kind, parts)
        assert math.fsum(found) / len(found) == pytest.approx(mean, abs=1e-5)
        assert all(later >= earlier - 1e-9 for earlier, later in pairwise(found))
        assert len(found) == (1 if isinstance(kind, Fixed) else parts)


def test_the_slices_of_a_uniform_delay_and_of_a_sample() -> None:
    assert slices(Uniform(0.0, 12.0), 3) == pytest.approx((2.0, 6.0, 10.0))
    assert slices(Empirical((1.0, 2.0, 3.0, 10.0)), 2) == pytest.approx((1.5, 6.5))


def test_points_bring_the_race_back(tmp_path: Path) -> None:
    """An answer after 1 to 15 days in 7 slices (2, 4, ..., 14) against a lapse on day 10: the tie goes to the first in the file."""
    found = solved(
        tmp_path,
        RACE,
        points=7,
    )
    assert found.dispositions["closed.acquitted"] == pytest.approx(5 / 7)
    assert found.measures["days"] == pytest.approx((2 + 4 + 6 + 8 + 10 + 10 + 10) / 7)
    assert found.timing == "points:7"


def test_a_hold_of_several_lengths_is_several_branches(tmp_path: Path) -> None:
    """Heard from day 3 for 2, 6 or 10 days, the thirds of 0 to 12; whatever is decided is decided at the end of it."""
    hearing = """
steps:
  hear:
    by: judge
    when: {case: open}
    after: 3
    needs: {judge: {uniform: [0, 12]}}
    options: {convict: {event: C, to: {case: closed.convicted}}, acquit: {event: A, to: {case: closed.acquitted}}}
"""
    odds = "choosers: {hear: {odds: {convict: 0.25, acquit: 0.75}}}"
    found = solved(tmp_path, TRIAL + hearing, odds, points=3)

    assert dict(found.distributions["days"]) == pytest.approx({5.0: 1 / 3, 9.0: 1 / 3, 13.0: 1 / 3})
    assert found.dispositions == pytest.approx({"closed.convicted": 0.25, "closed.acquitted": 0.75, "closed.dismissed": 0.0})


def test_of_very_many_values_the_quantiles_are_printed() -> None:
    ran = CliRunner().invoke(cli, ["solve", "two-track", "--timing", "points:5", "--distribution", "days"])

    assert ran.exit_code == 0 and "At most" in ran.stdout
    days = [float(line.split()[-1].replace(",", "")) for line in ran.stdout.splitlines() if " of cases" in line and "in " in line]
    assert len(days) == 9 and days == sorted(days)


def test_many_points_come_near_the_sampled_shares() -> None:
    exact = courtsim.solve("two-track", points=6)
    sampled = courtsim.simulate("two-track", cases=20_000)
    for end, share in sampled.dispositions.items():
        assert abs(share.share - exact.dispositions[end]) < 0.01 + BOUND * math.sqrt(0.25 / 20_000)


def test_too_many_points_are_refused_with_the_most_that_fit() -> None:
    with pytest.raises(courtsim.errors.WrongInput, match=r"points:\d+ at most"):
        courtsim.solve("two-track", points=200_000)


def test_where_no_points_fit_that_is_said_before_the_tree_is_grown() -> None:
    """Two values of every delay of the Florida court are already too many; a tree of 15,000 nodes is enough to see that."""
    with pytest.raises(courtsim.errors.WrongInput, match="expected central, as no points:K fits"):
        courtsim.solve("jupiter-2019", ends_only=True, points=2, within=1e-3)
