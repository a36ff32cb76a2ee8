"""The shipped crowd: the prominent case ends as its variants say, the ranges are those of the figures, the words are lawful."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import courtsim
from courtsim.analysis.deterrence import publicity_of
from courtsim.scenario.publicity import BANNER
from courtsim.scenario.sources import source_of
from tests.test_words import wrong_words

FIGURES = (Path(__file__).parent / "law" / "empirical-parameters.md").read_text()
BELOW = "caseload.publicity."


@pytest.mark.parametrize(
    ("variant", "ends"),
    [
        ("diversion", {"closed.diverted"}),
        ("trial", {"judged.convicted", "closed.acquitted", "closed.remanded"}),
        ("suppression", {"closed.nolle_prosequi"}),
    ],
)
def test_the_prominent_case_ends_as_its_variant_says(variant: str, ends: set[str]) -> None:
    """A judgment may be reversed on appeal after a trial: then the case goes back."""
    run = courtsim.simulate(courtsim.load("canary-case", variant=variant), cases=200, seed=3)

    assert {outcome.disposition for outcome in run.outcomes} <= ends
    named = {"diversion": "DeferredProsecutionCompleted", "trial": "JurySworn", "suppression": "SuppressionOrderAffirmed"}[
        variant
    ]
    assert all(named in [event.name for event in history.events] for history in run.histories)


def test_the_canary_has_a_variant_for_each_ending_and_they_differ_in_the_prominent_case_alone() -> None:
    plain = publicity_of(courtsim.load("canary"))
    for ending in ("diversion", "trial", "suppression"):
        changed = publicity_of(courtsim.load("canary", variant=f"ends-in-{ending}"))
        assert plain.prominent is not None and changed.prominent is not None
        assert changed.prominent.variant == ending and dict(changed.prominent.events) == dict(plain.prominent.events)
        assert (changed.perceived_risk, changed.elasticity, changed.lift) == (0.1, -0.3, 0.02)


def figure(name: str) -> list[float]:
    """The numbers of a row of the figures."""
    row = next(line for line in FIGURES.splitlines() if line.startswith(f"| {name} |"))
    return [float(number) for number in re.findall(r"[-+]?\d+(?:\.\d+)?", row.split("|")[2])]


def test_the_ranges_are_those_of_the_figures() -> None:
    ranges = courtsim.load("canary").ranges
    points, _, least, most = 5, *figure("publicity of one case on perceived certainty")[1:]

    assert ranges[BELOW + "elasticity"] == (-0.6, -0.3, -0.1)
    assert sorted(figure("elasticity of visits to perceived certainty")) == [-0.6, -0.1]
    assert figure("publicity of one case on perceived certainty") == [0, 5, 1, 3]
    assert ranges[BELOW + "lift"] == (0, 0.02, points / 100)
    assert ranges[BELOW + "half_life_days"] == (30 * least, 60, 30 * most)
    assert figure("threshold")[0] == ranges[BELOW + "threshold"][2] == 0.3


def test_every_number_of_the_crowd_has_a_range_and_says_where_it_comes_from() -> None:
    scenario = courtsim.load("canary")
    numbers = ["at_rest.perceived_risk", "at_rest.filings_per_offense", "elasticity", "lift", "threshold", "half_life_days"]
    numbers += ["noticed", "displacement.share"]
    events = publicity_of(scenario).prominent.events  # type: ignore[union-attr]

    assert [name for name in numbers if BELOW + name not in scenario.ranges] == []
    assert [name for name in events if f"{BELOW}prominent.events.{name}" not in scenario.ranges] == [
        "InformationFiled"
    ]  # the unit
    assert [name for name in numbers if source_of(scenario, BELOW + name) is None] == []
    assert scenario.warnings == courtsim.load("canary-case").warnings == ()


def test_the_context_is_the_figures_and_has_its_source() -> None:
    scenario = courtsim.load("canary")
    words, source = (
        publicity_of(scenario).context["illicit_massage_businesses"],
        source_of(scenario, f"{BELOW}context.illicit_massage_businesses"),
    )

    assert "over 9,000" in words and "| illicit massage businesses; turnover | over 9,000;" in FIGURES
    assert source is not None and source.mark == "verified" and "Polaris 2018" in source.text


def test_the_prominent_case_says_what_the_record_says() -> None:
    case = courtsim.load("canary-case")
    told = f"{case.summary} {courtsim.load('canary').summary}"

    assert case.documented
    for said in ("never tried", "evidence was suppressed", "charges were dropped", "presumed innocent", "what-ifs"):
        assert said in told
    assert wrong_words(f"{told} {BANNER}") == []


def test_a_county_reads_of_one_case() -> None:
    """A short year of it: what is published is published once, in the order of a case, and the crowd is at rest before it."""
    found = courtsim.deterrence("canary", sets=["caseload.horizon_days=200"], replications=2, against=["ends-in-suppression"])
    quiet, plain, suppressed = found.runs

    assert [each.risk.mean for each in plain.points[:6]] == pytest.approx([0.1] * 6)
    assert plain.figures["offenses.here"].mean < quiet.figures["offenses.here"].mean == quiet.figures["offenses.at_rest"].mean
    told = Counter(each.event for each in suppressed.heard)
    assert set(told.values()) == {1} and next(iter(told)) == "InformationFiled" and "MotionToSuppressGranted" in told
