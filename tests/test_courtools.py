"""What a court reports is what CourTools defines: six cases by hand.

Sources of the definitions: NCSC, CourTools measures 2 to 5, https://www.ncsc.org/courtools
"""

from __future__ import annotations

from pathlib import Path

import pytest

from courtsim.analysis.caseload import measured
from courtsim.case.clocks import DAY
from courtsim.engines.caseload import Court, Filed, Period
from tests import small

UNTIL = 1000


def case(filed: float, disposed: float | None, trials: int = 0, continuances: int = 0, pleaded: bool = False) -> Filed:
    return Filed(1, round(filed * DAY), None if disposed is None else round(disposed * DAY), "", pleaded, trials, continuances)


@pytest.fixture
def court(tmp_path: Path) -> Court:
    law = """
    tracks:
      case: {start: filed, states: {filed: {}, closed: {final: true}}}
    steps:
      hear: {by: judge, when: {case: filed}, after: 1, event: Heard, to: {case: closed}}
    """
    return Court(small.court(tmp_path, law, f"caseload: {{arrivals: {{per_day: 1}}, horizon_days: {UNTIL}}}\n"))


def figures(court: Court, *cases: Filed, warm_up_days: float = 0) -> dict[str, float]:
    return dict(measured(court, Period(UNTIL * DAY, tuple(sorted(cases, key=lambda c: c.filed)), {}), warm_up_days).figures)


def test_clearance_is_disposed_of_over_filed(court: Court) -> None:
    """Measure 2. From day 100 on: four filed, three of them and one from before disposed of."""
    found = figures(
        court, case(50, 60), case(90, 150), case(110, 120), case(120, 130), case(130, 400), case(900, None), warm_up_days=100
    )

    assert (found["filed"], found["disposed"], found["clearance_rate"]) == (4, 4, 1)
    assert figures(court, case(1, 2), case(3, None))["clearance_rate"] == 0.5


def test_time_to_disposition_is_from_filing_within_90_180_and_365_days(court: Court) -> None:
    """Measure 3. Days 30, 90, 91, 180, 365, 366: the limit is in."""
    found = figures(court, *(case(10, 10 + days) for days in (30, 90, 91, 180, 365, 366)))

    assert [found[f"days_to_disposition.within_{n}"] for n in (90, 180, 365)] == [2 / 6, 4 / 6, 5 / 6]
    assert found["days_to_disposition.mean"] == sum((30, 90, 91, 180, 365, 366)) / 6


def test_age_is_of_those_pending_at_the_end(court: Court) -> None:
    """Measure 4. Filed on days 995, 910, 800, 600 and 100, pending on day 1,000; one that was disposed of has no age."""
    found = figures(court, *(case(day, None) for day in (995, 910, 800, 600, 100)), case(1, 900))

    assert found["pending_at_the_end"] == 5
    assert found["age_of_pending.mean"] == (5 + 90 + 200 + 400 + 900) / 5
    assert [found[f"age_of_pending.over_{n}"] for n in (90, 180, 365)] == [3 / 5, 3 / 5, 2 / 5]


def test_trial_date_certainty_counts_the_settings_of_those_tried(court: Court) -> None:
    """Measure 5. A trial held as first set; after one continuance; after two; a mistrial and its retrial after one continuance.

    A case that pleaded after three continuances was not disposed of by trial: it does not count.
    """
    found = figures(
        court,
        case(1, 100, trials=1),
        case(2, 200, trials=1, continuances=1),
        case(3, 300, trials=1, continuances=2),
        case(4, 400, trials=2, continuances=1),
        case(5, 500, continuances=3, pleaded=True),
        case(6, None, trials=1),
    )

    assert found["settings_per_trial"] == (1 + 2 + 3 + 3) / 4
    assert found["within_2_settings_share"] == 2 / 4
    assert (found["plea_share"], found["trial_share"]) == (1 / 5, 4 / 5)
