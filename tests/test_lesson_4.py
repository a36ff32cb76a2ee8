"""Lesson L4 as shipped scenarios: the speedy-trial clock to the day, as worked out by hand in law/open-questions.md (b)."""

from __future__ import annotations

import datetime as dt

import pytest

import courtsim
from courtsim.scenario.facts import Scenario

CLOCK = "lesson-4-speedy-trial-clock"


def dates(scenario: Scenario) -> dict[str, str]:
    """Each event of the one case with its weekday and date."""
    return {event.name: f"{event.date:%a %Y-%m-%d}" for event in courtsim.simulate(scenario).histories[0].events}


def test_the_real_limit_is_108_days_and_only_for_who_files_the_notice() -> None:
    found = dates(courtsim.load(CLOCK))
    assert found["NoticeToAppearIssued"] == "Fri 2019-03-01"
    assert found["SpeedyTrialTimeExpired"] == "Thu 2019-05-30"
    assert found["NoticeOfExpirationFiled"] == "Fri 2019-05-31"
    assert found["TrialOrderedWithinTenDays"] == "Wed 2019-06-05"
    assert found["RecapturePeriodExpired"] == "Mon 2019-06-17"  # ten days end on Saturday 15 June
    assert found["DefendantDischarged"] == "Tue 2019-06-18"
    assert (dt.date(2019, 6, 17) - dt.date(2019, 3, 1)).days == 108


@pytest.mark.parametrize(
    ("variant", "events"),
    [
        ("demand", {"SpeedyTrialTimeExpired": "Mon 2019-06-10"}),  # 60 days from 10 April end on Sunday 9 June
        ("state-appeals", {"NewSpeedyTrialTimeBegan": "Fri 2020-09-04", "SpeedyTrialTimeExpired": "Thu 2020-12-03"}),
        ("state-appeals-time-resumes", {"SpeedyTrialTimeExpired": "Mon 2020-09-21"}),
    ],
)
def test_the_variants_come_out_to_the_day(variant: str, events: dict[str, str]) -> None:
    found = dates(courtsim.load(CLOCK, variant=variant))
    assert {name: found[name] for name in events} == events


def test_a_continuance_of_the_defense_waives_the_time() -> None:
    """Nothing expires in May, and a trial in August is in time."""
    found = dates(courtsim.load(CLOCK, variant="defense-continuance"))
    assert found["ContinuanceGranted"] == "Wed 2019-04-10"  # day 40
    assert found["JurySworn"] == "Mon 2019-08-05"
    assert "SpeedyTrialTimeExpired" not in found


def test_the_text_of_2025_starts_at_the_charge_and_leaves_30_days() -> None:
    found = dates(courtsim.load("lesson-4-speedy-trial-2025"))
    assert found["SpeedyTrialTimeBegan"] == "Mon 2026-03-02"
    assert found["SpeedyTrialTimeExpired"] == "Mon 2026-06-01"  # day 90 is Sunday 31 May
    assert found["NoticeOfExpirationFiled"] == "Tue 2026-06-02"
    assert found["TrialOrderedWithinThirtyDays"] == "Mon 2026-06-08"
    assert found["RecapturePeriodExpired"] == "Wed 2026-07-08"
    assert found["DismissedForSpeedyTrial"] == "Thu 2026-07-09"
