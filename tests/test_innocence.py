"""Guilt, evidence and verdict are three variables: the truth is the defense's secret, and what only it can tell is measured.

And the process itself: days in custody.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import courtsim
from courtsim.choosers.kinds import Moment
from courtsim.engines.sample import available
from courtsim.engines.solve import Solved
from courtsim.errors import WrongInput
from courtsim.scenario.facts import Scenario
from tests.small import court, docket, files

TRUTHS = ("innocent", "false_plea", "wrongful_conviction", "wrongful_acquittal")

LAW = """
tracks:
  case:
    start: open
    states:
      open: {}
      trial: {}
      judged.pleaded: {disposes: true, convicted: true}
      judged.convicted: {disposes: true, convicted: true}
      closed.dropped: {final: true}
      closed.acquitted: {final: true}
      closed.served: {final: true, convicted: true}
  bond: {start: none, states: {none: {}, jailed: {custody: true}, out: {}}}
facts: {guilt: {values: [unknown, guilty, innocent], default: unknown}}
latent: {fact: guilt, guilty: guilty, innocent: innocent, known_to: defense, pleaded: [judged.pleaded], convicted: [judged.convicted], acquitted: [closed.acquitted]}
offenses: {theft: {statute: none, elements: [act]}}
steps:
  bond: {by: judge, when: {bond: none}, after: 1, once: true, options: {jail: {event: J, to: {bond: jailed}}, free: {event: F, to: {bond: out}}}}
  post: {by: defense, when: {bond: jailed}, after: 4, once: true, options: {pay: {event: P, to: {bond: out}}, stay: {event: S}}}
  plead: {by: defense, when: {case: open}, after: 10, options: {plead: {event: G, to: {case: judged.pleaded}}, fight: {event: N, to: {case: trial}}}}
  drop: {by: prosecution, when: {case: trial}, after: 5, once: true, options: {drop: {event: D, to: {case: closed.dropped}}, go_on: {event: O}}}
  try: {by: jury, when: {case: trial}, after: 20, options: {convict: {event: C, to: {case: judged.convicted}}, acquit: {event: A, to: {case: closed.acquitted}}}}
  serve: {by: clock, when: {case: judged}, after: 100, event: E, to: {case: closed.served}}
"""
CASE = """
facts: {{guilt: {{odds: {{guilty: {guilty}, innocent: rest}}}}}}
charges: [{{offense: theft}}]
evidence: {{witness: {{proves: [act], weight: {weight}}}}}
conviction: {{truth: {{guilty: {{base: 0.5}}, innocent: {{p: {framed}}}}}}}
choosers:
  bond: {{odds: {{jail: {jailed}, free: rest}}}}
  post: {{odds: {{pay: 0.5, stay: rest}}}}
  plead:
    rows:
      - {{when: {{fact: {{guilt: innocent}}}}, odds: {{plead: {sold}, fight: rest}}}}
      - {{odds: {{plead: 0.8, fight: rest}}}}
  drop: {{odds: {{drop: 0.25, go_on: rest}}}}
  try: {{evidence: {{convict: p, acquit: rest}}}}
"""


def small(
    folder: Path, guilty: float = 0.9, weight: float = 1, framed: float = 0.3, jailed: float = 0.4, sold: float = 0.5
) -> Scenario:
    return court(folder, LAW, CASE.format(guilty=guilty, weight=weight, framed=framed, jailed=jailed, sold=sold))


# -- lesson L11: how many innocent people plead?

L11 = """scenario: l11
procedure: lesson-plea-or-trial
title: How many innocent people plead?
starts: 2019-02-22
facts: {guilt: {odds: {guilty: 0.95, innocent: 0.05}}}
offers: {standard: {kind: plea, terms: {loss: 10}}}
conviction: {truth: {guilty: {p: 0.9}, innocent: {p: 0.3}}}
choosers:
  decide_on_offer: {odds: {offer: 1, withhold: 0}}
  answer_offer:
    rows: [{when: {fact: {guilt: innocent}}, odds: {accept: 0.56, reject: rest}}, {odds: {accept: 0.89, reject: rest}}]
  try_case: {evidence: {convict: p, acquit: rest}}
"""


def test_the_share_of_the_innocent_among_those_who_plead(tmp_path: Path) -> None:
    """Dervan and Edkins 2013: 0.05 x 0.56 / (0.05 x 0.56 + 0.95 x 0.89) = 0.032."""
    path = tmp_path / "l11.yaml"
    path.write_text(L11)
    found = courtsim.solve(path)

    assert found.rates["innocent_of_pleaded"] == pytest.approx(0.05 * 0.56 / (0.05 * 0.56 + 0.95 * 0.89))
    assert found.rates["pleaded_of_innocent"] == pytest.approx(0.56)
    assert found.rates["convicted_of_innocent"] == pytest.approx(0.44 * 0.3)
    assert found.rates["acquitted_of_guilty"] == pytest.approx(0.11 * 0.1)
    assert found.measures["false_plea"] == pytest.approx(0.05 * 0.56)

    sampled = courtsim.simulate(path, cases=4000)
    low, high = sampled.rates["innocent_of_pleaded"].ci95
    assert low < 0.0321 < high


# -- unknown unless a scenario says otherwise; never of the documented case


@pytest.mark.parametrize("name", ["jupiter-2019", "ordinary-first-charge", "lesson-2-trial-penalty"])
def test_where_the_truth_is_unknown_nothing_is_measured_by_it(name: str) -> None:
    run = courtsim.simulate(name, cases=2)

    assert not {*run.measures} & {*TRUTHS} and run.rates == {} and "rates" not in run.plain()


def test_nor_is_it_in_an_exact_answer() -> None:
    found = courtsim.solve("lesson-2-trial-penalty")

    assert not {*found.measures} & {*TRUTHS} and found.rates == {} and "rates" not in found.plain()


@pytest.mark.parametrize("name", ["jupiter-2019", "jupiter-2019-as-it-happened"])
@pytest.mark.parametrize(
    "set_", ["facts.guilt=guilty", "facts.guilt=innocent", "facts.guilt={odds: {guilty: 0.5, innocent: 0.5}}"]
)
def test_nobody_may_say_of_a_documented_case_whether_the_accused_is_guilty(name: str, set_: str) -> None:
    with pytest.raises(WrongInput, match="'guilt' stated in a documented case; expected no word on it"):
        courtsim.load(name, sets=[set_])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("facts: {guilt: guilty}", "'guilt' stated in a documented case"),
        ("facts: {guilt: unknown}\nbeliefs: {prosecution: {facts.guilt: guilty}}", "'guilt' stated in a documented case"),
        ("variants: {worse: {facts: {guilt: guilty}}}", "'guilt' stated in a documented case"),
        ("documented: false", "`documented` taken back"),
        ("documented: null", "`documented` taken back"),
        ("variants: {other: {documented: false}}", "unknown key 'documented'"),
    ],
)
def test_and_no_file_that_extends_it(more: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"scenario: mine\nextends: jupiter-2019\n{more}\n")

    with pytest.raises(WrongInput, match=says):
        courtsim.load(path)


def test_documented_cannot_be_set_from_outside() -> None:
    with pytest.raises(WrongInput, match="documented"):
        courtsim.load("jupiter-2019", sets=["documented=false"])


# -- known to one actor alone


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("drop: {odds: {drop: 0.25, go_on: rest}}", "drop: {rows: [{when: {fact: {guilt: guilty}}, odds: {drop: 0, go_on: 1}}, {odds: {drop: 1, go_on: 0}}]}", "which prosecution does not know"),
        ("try: {evidence: {convict: p, acquit: rest}}", "try: {rows: [{when: {fact: {guilt: guilty}}, odds: {convict: 1, acquit: 0}}, {odds: {convict: 0, acquit: 1}}]}", "which jury does not know"),
        ("charges:", "private: {guilt: jury}\ncharges:", "'guilt' as known to jury; expected defense"),
        ("innocent: {p: 0.3}", "unknown: {p: 0.3}", "no conviction chance where guilt is innocent"),
        ("innocent: rest", "unknown: rest", "odds for 'guilt' beside guilty and innocent"),
        ("weight: 1}", "weight: 1, exception: {is: luck, when: {fact: {guilt: guilty}}}}", "the private fact 'guilt' outside of the choosers of defense"),
    ],
)  # fmt: skip
def test_a_file_that_would_let_others_know_is_refused(before: str, after: str, says: str, tmp_path: Path) -> None:
    text = CASE.format(guilty=0.9, weight=1, framed=0.3, jailed=0.4, sold=0.5)
    assert before in text

    with pytest.raises(WrongInput, match=says):
        court(tmp_path, LAW, text.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("drop: {by: prosecution, when: {case: trial}", "drop: {by: prosecution, when: {case: trial, fact: {guilt: guilty}}", "a condition that asks the latent fact 'guilt'"),
        ("convict: {event: C,", "convict: {event: C, when: {fact: {guilt: guilty}},", "a condition that asks the latent fact 'guilt'"),
        ("default: unknown", "default: guilty", "'guilt', which is 'guilty' by default"),
        ("innocent: innocent,", "innocent: guilty,", "'guilty' for guilty and innocent"),
        ("pleaded: [judged.pleaded]", "pleaded: [judged.plea]", "did you mean 'judged.pleaded'"),
        ("out: {}", "out: {}}}\n  jail: {start: a, states: {a: {custody: true}", "`custody` on jail beside bond"),
    ],
)  # fmt: skip
def test_a_law_that_would_know_the_truth_is_refused(before: str, after: str, says: str, tmp_path: Path) -> None:
    assert before in LAW

    with pytest.raises(WrongInput, match=says):
        courtsim.load(files(tmp_path, LAW.replace(before, after), "choosers: {}"))


def test_of_all_choosers_only_the_defense_sees_it(tmp_path: Path) -> None:
    seen: dict[str, set[bool]] = {}

    def look(moment: Moment) -> str:
        seen.setdefault(moment.by, set()).add("guilt" in moment.facts)
        return "fight" if "fight" in moment.lawful else moment.lawful[-1]

    courtsim.simulate(small(tmp_path), cases=5, choosers=dict.fromkeys(["bond", "plead", "drop", "try"], look))

    assert seen == {"judge": {False}, "defense": {True}, "prosecution": {False}, "jury": {False}}


def test_two_cases_that_differ_in_the_truth_alone_are_the_same_until_it_counts(tmp_path: Path) -> None:
    """Same luck: the same docket where no odds are stated by the truth, and else the same up to the defense's own choice."""
    path = files(tmp_path, LAW, CASE.format(guilty=0.5, weight=1, framed=0.3, jailed=0.4, sold=0.1))
    runs = [courtsim.simulate(courtsim.load(path, sets=[f"facts.guilt={t}"]), cases=60) for t in ("guilty", "innocent")]
    alike = 0
    for guilty, innocent in zip(*runs, strict=True):
        a, b = docket(guilty), docket(innocent)
        if a != b:
            parted = next(n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
            assert {a[parted][1], b[parted][1]} in ({"G", "N"}, {"C", "A"})
        alike += a == b
    assert 0 < alike < 60

    blind = ["conviction.p=0.6", "choosers.plead={odds: {plead: 0.5, fight: 0.5}}"]
    runs = [courtsim.simulate(courtsim.load(path, sets=[f"facts.guilt={t}", *blind]), cases=60) for t in ("guilty", "innocent")]
    assert [docket(case) for case in runs[0]] == [docket(case) for case in runs[1]]


def test_a_prosecutor_who_reasons_does_not_know_the_truth_even_where_chance_in_the_delays_led(tmp_path: Path) -> None:
    """At central timing nobody is in jail yet when he decides; where someone is, he reasons anew, and must not look."""
    law = LAW.replace("when: {bond: none}, after: 1", "when: {bond: none}, after: {exponential: 30}")
    case = CASE.format(guilty=0.5, weight=1, framed=0.01, jailed=0.5, sold=0.0).replace("plead: 0.8", "plead: 0.0")
    case = case.replace("drop: {odds: {drop: 0.25, go_on: rest}}", "drop: {rational: prosecution}")
    values = "values: {prosecution: {conviction: 100, final: {closed.acquitted: -100}, day_in: {bond.jailed: -1}}}\n"
    run = courtsim.simulate(files(tmp_path, law, case + values), cases=60)
    seen: dict[str, set[tuple[bool, str]]] = {}
    for history, found in zip(run, run.outcomes, strict=True):
        names = [event.name for event in history.events]
        where = "jailed" if "J" in names[: names.index("D" if "D" in names else "O")] else "not"
        seen.setdefault(where, set()).add((bool(found.measures["innocent"]), "drop" if "D" in names else "go on"))

    assert seen == {"not": {(True, "drop"), (False, "drop")}, "jailed": {(True, "drop"), (False, "drop")}}


# -- the engines agree


def agree(exact: Solved, scenario: Scenario, cases: int) -> None:
    run = courtsim.simulate(scenario, cases=cases, timing="central")
    for name in (*TRUTHS, "days_in_custody", "convicted", "days"):
        values = [float(o.measures[name]) for o in run.outcomes]
        mean = math.fsum(values) / cases
        spread = math.sqrt(sum(value**2 * p for value, p in exact.distributions[name]) - exact.measures[name] ** 2 + 1e-12)
        assert math.fsum(value * p for value, p in exact.distributions[name]) == pytest.approx(exact.measures[name], abs=1e-9)
        assert abs(mean - exact.measures[name]) <= 4.5 * spread / math.sqrt(cases) + 1e-9, name


shares = st.floats(0.0, 1.0).map(lambda x: round(x, 3))


@settings(max_examples=12)
@given(guilty=st.floats(0.1, 0.9).map(lambda x: round(x, 3)), weight=shares, framed=shares, jailed=shares, sold=shares)
def test_the_exact_answer_is_what_simulation_samples(
    tmp_path_factory: pytest.TempPathFactory, guilty: float, weight: float, framed: float, jailed: float, sold: float
) -> None:
    scenario = small(tmp_path_factory.mktemp("court"), guilty, weight, framed, jailed, sold)
    exact = courtsim.solve(scenario)
    p = 1 / (1 + math.exp(-(0.5 + weight)))

    assert exact.measures["innocent"] == pytest.approx(1 - guilty)
    assert exact.measures["false_plea"] == pytest.approx((1 - guilty) * sold)
    assert exact.measures["wrongful_conviction"] == pytest.approx((1 - guilty) * (1 - sold) * 0.75 * framed)
    assert exact.measures["wrongful_acquittal"] == pytest.approx(guilty * 0.2 * 0.75 * (1 - p))
    assert exact.measures["days_in_custody"] == pytest.approx(custody(guilty, jailed, sold))
    agree(exact, scenario, 1500)


def custody(guilty: float, jailed: float, sold: float) -> float:
    """Jailed on day 1; out on day 5 or held to the disposition: a plea on day 10, a drop on 15, a verdict on 30; none of the sentence."""
    pleads = guilty * 0.8 + (1 - guilty) * sold
    return jailed * (0.5 * 4 + 0.5 * (pleads * 9 + (1 - pleads) * (0.25 * 14 + 0.75 * 29)))


@pytest.mark.skipif(not available(), reason="the compiled walk needs the extra `fast`")
def test_the_compiled_walk_measures_the_same(tmp_path: Path) -> None:
    florida = courtsim.load(
        "ordinary-first-charge", variant="in-custody", sets=["facts.guilt={odds: {guilty: 0.5, innocent: 0.5}}"]
    )
    for scenario, cases in ((small(tmp_path), 300), (florida, 30)):
        simulated, sampled = courtsim.simulate(scenario, cases=cases), courtsim.sample(scenario, cases=cases)
        for name in (*TRUTHS, "days_in_custody"):
            assert sampled.measures[name].mean == pytest.approx(simulated.measures[name].mean, abs=1e-9), name
        assert sampled.rates == simulated.rates


def test_the_ends_alone_have_it_too(tmp_path: Path) -> None:
    scenario = small(tmp_path)
    whole, ends = courtsim.solve(scenario), courtsim.solve(scenario, ends_only=True)

    assert "bond" in ends.left_out and "days_in_custody" not in ends.measures
    assert {name: ends.measures[name] for name in TRUTHS} == pytest.approx({name: whole.measures[name] for name in TRUTHS})


def test_check_follows_the_truth_where_the_chance_does(tmp_path: Path) -> None:
    path = files(tmp_path, LAW, CASE.format(guilty=0.9, weight=1, framed=0.0, jailed=0.4, sold=0.5))
    for engine in ("explicit", "symbolic"):
        assert courtsim.check(courtsim.load(path), engine=engine).never_chosen == ()
        assert courtsim.check(courtsim.load(path, sets=["facts.guilt=innocent"]), engine=engine).never_chosen == ("try.convict",)


def test_a_law_without_cells_has_no_days_in_custody() -> None:
    assert "days_in_custody" not in courtsim.simulate("two-track").outcomes[0].measures


def test_days_in_a_florida_jail_are_those_before_the_disposition() -> None:
    """From an arrest until release or the disposition, whichever comes first; a summons holds nobody."""
    run = courtsim.simulate(courtsim.load("ordinary-first-charge", variant="in-custody"), cases=40)
    for case, found in zip(run, run.outcomes, strict=True):
        end = found.measures["days"]
        arrests = [e.day for e in case.events if e.name in ("ArrestMade", "CapiasExecuted")]
        releases = [e.day for e in case.events if e.name in ("BondPosted", "ReleasedUncharged", "ReleasedOnRecognizance")]
        held = sum(min([end, *(day for day in releases if day > since)]) - since for since in arrests if since < end)
        assert found.measures["days_in_custody"] == pytest.approx(held, abs=1e-6)
    assert courtsim.simulate("jupiter-2019").outcomes[0].measures["days_in_custody"] == 0


def test_what_a_day_in_custody_is_worth_is_part_of_the_process(tmp_path: Path) -> None:
    """The exact engine, simulation and the graph that advice reasons over count the same days."""
    worth = "values: {defense: {custody_day: -7, day_pending: -1, conviction: -100}}\n"
    case = CASE.format(guilty=0.9, weight=1, framed=0.3, jailed=0.4, sold=0.5) + worth
    scenario = court(tmp_path, LAW, case)
    exact = courtsim.solve(scenario).measures

    assert exact["days_in_custody"] == pytest.approx(custody(0.9, 0.4, 0.5))
    assert exact["value.defense.process"] == pytest.approx(-7 * exact["days_in_custody"] - exact["days"])
    assert exact["value.defense.sentence"] == pytest.approx(-100 * exact["convicted"])
    assert courtsim.measured(scenario, "value.defense").at() == pytest.approx(exact["value.defense"])
    for found in courtsim.simulate(scenario, cases=20).outcomes:
        assert found.measures["value.defense.process"] == -7 * found.measures["days_in_custody"] - found.measures["days"]
