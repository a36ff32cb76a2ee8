"""A crowd that watches: the perceived risk, the acts that answer to it with the stated elasticity, and the same luck throughout."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import courtsim
from courtsim.analysis.deterrence import QUIET, publicity_of
from courtsim.case.clocks import DAY
from courtsim.cli.commands import cli
from courtsim.engines.crowd import Told, Watched, acts, course, risks
from courtsim.errors import WrongInput
from courtsim.scenario.facts import Scenario
from courtsim.scenario.publicity import BANNER, Displacement, Publicity
from courtsim.verbs.caseload import court_of
from tests import small

LAW = """
tracks:
  case: {start: filed, states: {filed: {}, closed: {final: true, disposes: true}}}
offenses: {buying: {statute: s. 1, jail_days: {max: 60}}}
steps:
  speak: {by: press, when: {case: filed}, after: 40, once: true, event: Spoken, options: {do: {event: Spoken}}}
  end: {by: judge, when: {case: filed}, after: 50, event: Ended, to: {case: closed}, effects: [{sentence: verdict}]}
"""
REST = """
charges: [{offense: buying}]
sentencing: {verdict: [{jail_days: 5}]}
"""
SEEDS = (3, 14, 159, 2653, 58979)


def county(folder: Path, publicity: str | None, per_day: float = 4.0, days: int = 300, charge: str = REST) -> Scenario:
    """A county without a calendar, so many filings a day at random; a prominent case speaks 40 days after it is filed."""
    law = LAW.replace("once: true, event: Spoken, options", "once: true, options")
    stated = f", publicity: {{{publicity}}}" if publicity is not None else ""
    caseload = f"caseload: {{arrivals: {{per_day: {per_day}}}, horizon_days: {days}, warm_up_days: 0, replications: 3{stated}}}\n"
    (folder / "star.yaml").write_text(
        "scenario: star\nprocedure: small.procedure.yaml\ntitle: Star\nstarts: 2019-02-22\n" + charge
    )
    return small.court(folder, law, charge + caseload)


def crowd(**more: Any) -> str:
    """A crowd in one line of YAML."""
    stated = {"at_rest": "{perceived_risk: 0.1, filings_per_offense: 0.25}", "elasticity": -1, "half_life_days": 30}
    return ", ".join(f"{key}: {value}" for key, value in (stated | more).items())


STAR = "{scenario: star.yaml, filed_on: 2019-02-22, events: {Spoken: 0.1}}"  # speaks on day 40


def watched(scenario: Scenario, folder: Path, seed: int, replication: int = 0) -> Watched:
    found = court_of(scenario, folder / "small-case.yaml").lived(seed, replication).watched
    assert found is not None
    return found


def filings(scenario: Scenario, folder: Path, seed: int) -> list[tuple[int, int]]:
    """Case number and time of every filing."""
    period = court_of(scenario, folder / "small-case.yaml").lived(seed)
    return [(case.case, case.filed) for case in period.cases]


PLAIN = Publicity(perceived_risk=0.1, filings_at_rest=0.25, filings_per_offense=0.25, elasticity=-0.3, half_life_days=60)


# -- what a crowd makes of news, by hand


def test_an_event_lifts_the_perceived_risk_and_half_of_it_is_left_after_the_half_life() -> None:
    moved = course(PLAIN, [Told(10 * DAY, "Charged", 0.02, True), Told(70 * DAY, "Tried", 0.01, True)])
    days = np.array([0, 9, 10, 40, 69, 70, 130]) * DAY

    assert risks(PLAIN, moved, days).tolist() == pytest.approx(
        [0.1, 0.1, 0.12, 0.1 + 0.02 * 2**-0.5, 0.1 + 0.02 * 2 ** -(59 / 60), 0.12, 0.11]
    )


def test_news_may_take_away_what_news_has_raised_and_never_more() -> None:
    moved = course(PLAIN, [Told(0, "Charged", 0.02, True), Told(60 * DAY, "Dropped", -0.5, True)])

    assert risks(PLAIN, moved, np.array([59 * DAY, 60 * DAY, 90 * DAY])).tolist() == pytest.approx(
        [0.1 + 0.02 * 2 ** -(59 / 60), 0.1, 0.1]
    )


def test_enforcement_raises_filings_and_as_far_as_it_is_noticed_the_perceived_risk() -> None:
    doubled = replace(PLAIN, filings_per_offense=0.5)

    assert (doubled.enforcement, doubled.base, replace(doubled, noticed=0.5).base) == (2, 0.2, pytest.approx(0.15))
    assert doubled.acts(doubled.base) == pytest.approx(2**-0.3)
    assert replace(doubled, noticed=0.0).acts(0.1) == 1


def test_below_a_threshold_nothing_deters() -> None:
    deaf = replace(PLAIN, threshold=0.3)

    assert [round(deaf.acts(risk), 4) for risk in (0.1, 0.2, 0.3, 0.6)] == [1, 1, 1, round(2**-0.3, 4)]


# -- the properties

LIFTS = st.lists(st.tuples(st.floats(0, 500), st.floats(-1, 1)), max_size=8)


@given(events=LIFTS, half=st.floats(1, 400), noted=st.floats(0, 0.2), day=st.floats(0, 900), later=st.floats(0, 400))
def test_between_events_the_lift_decays_exactly(
    events: list[tuple[float, float]], half: float, noted: float, day: float, later: float
) -> None:
    publicity = replace(PLAIN, half_life_days=half, lift=noted)
    told = sorted(Told(round(on * DAY), "Heard", size, True) for on, size in events)
    first, last = round(day * DAY), round((day + later) * DAY)
    before = [each for each in told if each.tick <= first]
    lift, faded = (risks(publicity, course(publicity, before), np.array([at]))[0] - publicity.base for at in (first, last))

    assert faded == pytest.approx(lift * 2 ** (-(last - first) / DAY / half), abs=1e-12)
    assert 0 <= lift <= 1 - publicity.base + 1e-12


RISKS = st.floats(0.01, 1)


@given(risk=RISKS, more=RISKS, elasticity=st.floats(-3, 0), threshold=st.floats(0, 0.5))
def test_acts_answer_with_the_stated_elasticity_and_never_grow_with_the_risk(
    risk: float, more: float, elasticity: float, threshold: float
) -> None:
    publicity = replace(PLAIN, elasticity=elasticity, threshold=threshold)
    low, high = sorted((risk, more))

    assert publicity.acts(high) <= publicity.acts(low)
    if low > threshold and high > low * 1.001:
        slope = math.log(publicity.acts(high) / publicity.acts(low)) / math.log(high / low)
        assert slope == pytest.approx(elasticity, abs=1e-9)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    folder = tmp_path_factory.mktemp("lived")
    return watched(county(folder, crowd(prominent=STAR), days=200), folder, seed=1)


@settings(max_examples=60, deadline=None)
@given(
    elasticity=st.floats(-2, 0),
    share=st.floats(0, 1),
    to=st.sampled_from(["place", "market", "time"]),
    enforced=st.floats(0.1, 1),
    sizes=st.lists(st.tuples(st.integers(0, 199), st.floats(-1, 1)), max_size=5),
)
def test_displacement_and_news_conserve_the_number_of_offenses(
    lived: Watched, elasticity: float, share: float, to: Any, enforced: float, sizes: list[tuple[int, float]]
) -> None:
    """Every act that happens at rest happens here, elsewhere or later, or is undone; none is counted twice."""
    publicity = replace(
        PLAIN, elasticity=elasticity, filings_per_offense=max(0.25, enforced), displacement=Displacement(share, to)
    )
    told = tuple(sorted(Told(day * DAY, "Heard", size, True) for day, size in sizes))
    found = acts(publicity, replace(lived, told=told))
    after = round(publicity.displacement.after_days * DAY)
    moved = found.later - after if to == "time" else found.elsewhere

    assert np.sort(np.concatenate([found.here, moved, found.gone])).tolist() == np.sort(found.would_be).tolist()
    assert not (found.elsewhere.size and found.later.size)
    if share == 1:
        assert found.gone.size == 0


@settings(max_examples=30, deadline=None)
@given(elasticity=st.floats(-2, -0.01), lift=st.floats(0, 1), more=st.floats(0, 1))
def test_more_news_never_adds_an_act_under_the_same_luck(lived: Watched, elasticity: float, lift: float, more: float) -> None:
    low, high = sorted((lift, more))
    here = [
        set(acts(replace(PLAIN, elasticity=elasticity), replace(lived, told=(Told(DAY, "Heard", size, True),))).here.tolist())
        for size in (low, high)
    ]

    assert here[1] <= here[0]


# -- against theory, five seeds


def within(count: float, expected: float) -> bool:
    """A Poisson count within four standard errors of its mean."""
    return abs(count - expected) < 4 * math.sqrt(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_constant_risk_gives_the_stated_elasticity(tmp_path: Path, seed: int) -> None:
    """Twice the enforcement, all of it noticed: 2^e as many offenses, 2 x 2^e as many filings."""
    doubled = county(tmp_path, crowd(elasticity=-0.5, filings_per_offense=0.5))
    found = acts(publicity_of(doubled), watched(doubled, tmp_path, seed))

    assert within(len(found.would_be), 4 * 300 / 0.25)
    assert within(len(found.here), 4 * 300 / 0.25 * 2**-0.5)
    assert within(len(filings(doubled, tmp_path, seed)), 4 * 300 * 2 * 2**-0.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_less_enforcement_adds_offenses_that_did_not_happen_at_rest(tmp_path: Path, seed: int) -> None:
    halved = county(tmp_path, crowd(elasticity=-0.5, filings_per_offense=0.125))
    found = acts(publicity_of(halved), watched(halved, tmp_path, seed))

    assert within(len(found.here), 4 * 300 / 0.25 * 2**0.5) and found.gone.size == 0
    assert set(found.would_be.tolist()) < set(found.here.tolist())
    assert within(len(filings(halved, tmp_path, seed)), 4 * 300 / 2 * 2**0.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_single_shock_gives_the_integral_of_its_decay(tmp_path: Path, seed: int) -> None:
    """With elasticity -1 and a lift as great as the risk at rest, acts go by 1 / (1 + 2^(-t/h)) from day 40 on.

    Its integral over T days is (h / ln 2) ln((2^(T/h) + 1) / 2).
    """
    shocked = county(tmp_path, crowd(prominent=STAR))
    found = acts(publicity_of(shocked), watched(shocked, tmp_path, seed))
    half, after = 30, 300 - 40
    left = half / math.log(2) * math.log((2 ** (after / half) + 1) / 2)

    assert within(len(found.here), 4 / 0.25 * (40 + left))
    assert within(len(found.gone), 4 / 0.25 * (after - left))
    assert within(len(filings(shocked, tmp_path, seed)), 4 * (40 + left))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_share_that_is_displaced_is_the_stated_one(tmp_path: Path, seed: int) -> None:
    scenario = county(tmp_path, crowd(filings_per_offense=0.5, displacement="{share: 0.3, to: market}"))
    found = acts(publicity_of(scenario), watched(scenario, tmp_path, seed))
    deterred = len(found.elsewhere) + len(found.gone)

    assert abs(len(found.elsewhere) - 0.3 * deterred) < 4 * math.sqrt(0.3 * 0.7 * deterred)


# -- the same luck in the court itself


def test_without_elasticity_the_same_cases_are_filed_to_the_tick(tmp_path: Path) -> None:
    plain = filings(county(tmp_path, None), tmp_path, seed=5)

    assert filings(county(tmp_path, crowd(elasticity=0)), tmp_path, 5) == plain
    assert filings(county(tmp_path, crowd(elasticity=0, prominent=STAR)), tmp_path, 5) == plain
    assert filings(county(tmp_path, crowd()), tmp_path, 5) == plain  # nothing is published
    assert filings(county(tmp_path, crowd(prominent=STAR)), tmp_path, 5) != plain


def test_what_is_not_deterred_is_filed_as_it_was_with_its_own_luck(tmp_path: Path) -> None:
    plain = filings(county(tmp_path, None), tmp_path, seed=5)
    shocked = filings(county(tmp_path, crowd(prominent=STAR)), tmp_path, 5)
    on_40 = 40 * DAY

    assert set(shocked) < set(plain)
    assert [each for each in shocked if each[1] < on_40] == [each for each in plain if each[1] < on_40]


@pytest.mark.parametrize("to", ["place", "time"])
def test_the_court_files_what_the_crowd_is_counted_to_do(tmp_path: Path, to: str) -> None:
    """The court thins as it goes, knowing only what was published so far; the count looks back on the whole."""
    publicity = crowd(prominent=STAR, events="{Ended: 0.002}", displacement=f"{{share: 0.5, to: {to}}}", filings_per_offense=0.4)
    scenario = county(tmp_path, publicity)
    period = court_of(scenario, tmp_path / "small-case.yaml").lived(7)
    assert period.watched is not None
    counted = acts(publicity_of(scenario), period.watched)

    assert [case.filed for case in period.cases] == counted.filed.tolist()
    assert len({told.event for told in period.watched.told}) == 2 and len(period.watched.told) > 500


def test_a_case_that_is_put_off_is_filed_so_much_later(tmp_path: Path) -> None:
    put_off = crowd(prominent=STAR, displacement="{share: 1, to: time, after_days: 50}")
    plain = dict(filings(county(tmp_path, None), tmp_path, 5))
    shocked = filings(county(tmp_path, put_off), tmp_path, 5)
    late = {case: filed for case, filed in shocked if filed != plain[case]}

    assert late and {filed - plain[case] for case, filed in late.items()} == {50 * DAY}
    assert [filed for _, filed in shocked] == sorted(filed for _, filed in shocked)
    missing = {case for case in plain if case not in dict(shocked)}
    assert missing and all(plain[case] + 50 * DAY >= 300 * DAY for case in missing)  # beyond the end


def test_severity_moves_nothing(tmp_path: Path) -> None:
    """Sixty days of jail instead of five: not one act more or fewer."""
    mild = filings(county(tmp_path, crowd(prominent=STAR)), tmp_path, 5)
    harsh = filings(county(tmp_path, crowd(prominent=STAR), charge=REST.replace("5}", "60}")), tmp_path, 5)

    assert harsh == mild


def test_the_same_seed_is_the_same_crowd_another_replication_is_not(tmp_path: Path) -> None:
    scenario = county(tmp_path, crowd(prominent=STAR))
    one, again, other = (acts(publicity_of(scenario), watched(scenario, tmp_path, 5, n)) for n in (0, 0, 1))

    assert [each.tolist() for each in one] == [each.tolist() for each in again]
    assert set(one.would_be.tolist()).isdisjoint(other.would_be.tolist())


def test_behind_the_filings_at_rest_stand_as_many_offenses_as_are_said(tmp_path: Path) -> None:
    """One offense in 2.5 is filed: the third cell of marks is taken by half."""
    scenario = county(tmp_path, crowd(at_rest="{perceived_risk: 0.1, filings_per_offense: 0.4}"))
    found = acts(publicity_of(scenario), watched(scenario, tmp_path, 5))

    assert within(len(found.here), 4 * 300 * 2.5)
    assert len(found.filed) == len(filings(county(tmp_path, None), tmp_path, 5))


# -- the command


def small_canary(folder: Path, *more: str) -> list[str]:
    county(folder, crowd(elasticity=-0.5, lift="{low: 0, mid: 0.5, high: 1}", prominent=STAR), days=120)
    return ["deterrence", str(folder / "small-case.yaml"), "--seed", "1", "--replications", "3", *more]


def test_the_command_prints_the_runs_side_by_side_under_its_banner(tmp_path: Path) -> None:
    command = small_canary(tmp_path, "--against", "caseload.publicity.elasticity=-1", "--sensitivity")
    ran = CliRunner().invoke(cli, command, env={"COLUMNS": "110"})

    assert ran.exit_code == 0, ran.stderr
    assert " ".join(ran.stdout.split()).startswith(BANNER)
    lines = [" ".join(line.split()) for line in ran.stdout.splitlines()]
    assert lines[lines.index("Cases filed Mean 95% interval Change 95% interval") :][1:4] == SIDE_BY_SIDE


SIDE_BY_SIDE = [
    "nothing published 460 430 to 500",
    "small-case 430 420 to 450 -31 -56 to -5.5",
    "caseload.publicity.elasticity=-1 400 380 to 420 -60 -83 to -36",
]


def test_the_same_numbers_stand_in_json_with_the_banner(tmp_path: Path) -> None:
    ran = CliRunner().invoke(cli, small_canary(tmp_path, "--json", "--sensitivity"))
    told = json.loads(ran.stdout)

    assert told["banner"] == BANNER and list(told["runs"]) == [QUIET, "small-case"]
    assert told["runs"]["small-case"]["published"]["Spoken"] == {
        "share": 1.0, "size": 0.1, "mean": 40.0, "ci95": [40.0, 40.0]
    }  # fmt: skip
    base, run = told["runs"].values()
    assert told["differences"]["small-case"]["filed"]["mean"] == pytest.approx(run["filed"]["mean"] - base["filed"]["mean"])
    first = told["runs"]["small-case"]["over_time"]
    assert [point["day"] for point in first] == list(range(0, 120, 10))
    assert [point["perceived_risk"]["mean"] for point in first[:4]] == pytest.approx([0.1] * 4)
    assert first[4]["perceived_risk"]["mean"] == pytest.approx(
        0.1 + 0.05 * sum(2 ** (-(day + 0.5) / 30) for day in range(10)) / 10
    )
    moved = told["sensitivity"]
    assert [row["path"] for row in moved["moved"]] == ["caseload.publicity.lift"]
    assert moved["least"] == 0 < moved["now"] < moved["most"] == moved["moved"][0]["at_high"]


def test_every_output_of_such_a_scenario_has_the_banner(tmp_path: Path) -> None:
    from courtsim.reports import charts
    from courtsim.reports.crowd import crowd as drawn

    path = small_canary(tmp_path)[1]
    for command in (["caseload", path, "--replications", "2"], ["run", path], ["solve", path]):
        assert BANNER in " ".join(CliRunner().invoke(cli, command).stdout.split()), command
        assert json.loads(CliRunner().invoke(cli, [*command, "--json"]).stdout)["banner"] == BANNER, command
    picture = tmp_path / "crowd.svg"
    charts.write(drawn(courtsim.deterrence(path, replications=2, sensitivity=True)), picture)
    assert "not a finding about anyone" in picture.read_text()
    assert "banner" not in json.loads(CliRunner().invoke(cli, ["run", "two-track", "--json"]).stdout)


def test_a_scenario_without_a_crowd_is_refused() -> None:
    with pytest.raises(WrongInput, match="has no crowd that watches; expected `caseload: {publicity: ...}`"):
        courtsim.deterrence("county-2019")


def test_a_crowd_behind_cases_of_stated_dates_is_refused(tmp_path: Path) -> None:
    """Nothing would say how many acts stand behind them."""
    path = tmp_path / f"{county(tmp_path, crowd()).name}.yaml"
    (tmp_path / "filed.csv").write_text("2019-03-01")
    path.write_text(path.read_text().replace("{per_day: 4.0}", "{file: filed.csv}"))

    with pytest.raises(WrongInput, match="a crowd behind cases filed on stated dates; expected arrivals `per_day`"):
        courtsim.load(path)


def test_a_prominent_case_under_another_law_is_refused(tmp_path: Path) -> None:
    other = STAR.replace("star.yaml", "small-example")
    with pytest.raises(WrongInput, match="small-example under two-track-example; expected a prominent case under small"):
        courtsim.deterrence(_written(tmp_path, other), replications=2)


def test_an_unknown_variant_is_told_before_anything_is_run(tmp_path: Path) -> None:
    ran: list[int] = []
    path = _written(tmp_path, STAR)
    with pytest.raises(WrongInput, match="unknown variant 'nosuch'"):
        courtsim.deterrence(path, against=["nosuch"], replications=2, progress=ran.append)
    with pytest.raises(WrongInput, match="of the prominent case: unknown variant 'nosuch'"):
        courtsim.deterrence(path, sets=["caseload.publicity.prominent.variant=nosuch"], progress=ran.append)
    assert not ran


def _written(folder: Path, prominent: str) -> Path:
    county(folder, crowd(prominent=prominent))
    return folder / "small-case.yaml"
