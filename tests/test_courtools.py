"""What a court reports is what CourTools defines: six cases by hand.

Sources of the definitions: NCSC, CourTools measures 2 to 5, https://www.ncsc.org/courtools
"""

from __future__ import annotations

from pathlib import Path

import pytest

import courtsim
from courtsim.analysis.caseload import measured
from courtsim.case.clocks import DAY
from courtsim.engines.caseload import Court, Docketed, Filed, Period
from courtsim.errors import WrongInput
from tests import small

UNTIL = 1000


def case(
    filed: float, disposed: float | None, trials: int = 0, settings: int = 0, pleaded: bool = False, rests: tuple[int, ...] = ()
) -> Filed:
    days = (round(filed * DAY), None if disposed is None else round(disposed * DAY))
    return Filed(1, *days, pleaded=pleaded, trials=trials, settings=settings, rests=tuple(day * DAY for day in rests))


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


def test_the_time_in_which_a_case_rests_does_not_count(court: Court) -> None:
    """Measures 3 and 4. Resting on days 20 to 50 and from 80 to its disposition on 90; pending: after a rest, resting, and to rest later."""
    found = figures(
        court,
        case(10, 90, rests=(20, 50, 80, 90)),
        case(100, None, rests=(200, 500)),
        case(300, None, rests=(400,)),
        case(900, None, rests=(1200, 1300)),
    )

    assert found["days_to_disposition.mean"] == 80 - 30 - 10
    assert found["pending_at_the_end"] == 3 and found["age_of_pending.mean"] == ((900 - 300) + 100) / 2


def test_a_case_rests_while_the_condition_does_not_hold(tmp_path: Path) -> None:
    """Filed on day 0; away from day 2 to 7, away again from day 9 until the State drops the case on day 12, which ends it."""
    law = """
    tracks:
      case: {start: open, states: {open: {}, closed: {final: true}}}
      appearance: {start: here, states: {here: {}, away: {}}}
    steps:
      leave: {by: defense, when: {case: open, appearance: here}, after: 2, event: FailedToAppear, to: {appearance: away}}
      come_back: {by: defense, when: {case: open, appearance: away}, after: 5, event: Appeared, to: {appearance: here}}
      drop: {by: prosecution, when: {case: open}, after: 12, event: Dropped, to: {case: closed}}
    """
    (tmp_path / "filed.csv").write_text("2019-02-22\n")
    rest = "caseload: {arrivals: {file: filed.csv}, horizon_days: 50, warm_up_days: 0, active: {appearance: here}}\n"
    court = Court(small.court(tmp_path, law, rest))
    period = court.lived(1)

    assert [time / DAY for time in period.cases[0].rests] == [2, 7, 9, 12]
    assert measured(court, period, -1).figures["days_to_disposition.mean"] == 12 - 5 - 3
    with pytest.raises(WrongInput, match="unknown state of appearance 'hear'; expected here or away"):
        small.court(tmp_path, law, rest.replace("appearance: here", "appearance: hear"))


def test_a_florida_case_rests_while_a_capias_is_out_or_diversion_runs() -> None:
    sets = ["caseload.horizon_days=300", "caseload.active={appearance: {not: capias}, diversion: {not: running}}"]
    court = Court(courtsim.load("county-2019", sets=sets))
    found = measured(court, court.lived(1), 150).figures
    every = Court(courtsim.load("county-2019", sets=sets[:1]))
    whole = measured(every, every.lived(1), 150).figures

    assert found["active_at_the_end"] < found["pending_at_the_end"] == whole["pending_at_the_end"]
    assert found["days_to_disposition.mean"] < whole["days_to_disposition.mean"] and "active_at_the_end" not in whole


def test_trial_date_certainty_counts_the_settings_of_those_tried(court: Court) -> None:
    """Measure 5. Set once, twice, three times and three times; a case that pleaded after four settings was not disposed of by trial."""
    found = figures(
        court,
        case(1, 100, trials=1, settings=1),
        case(2, 200, trials=1, settings=2),
        case(3, 300, trials=1, settings=3),
        case(4, 400, trials=2, settings=3),
        case(5, 500, settings=4, pleaded=True),
        case(6, None, trials=1, settings=1),
    )

    assert found["settings_per_trial"] == (1 + 2 + 3 + 3) / 4
    assert found["within_2_settings_share"] == 2 / 4
    assert (found["plea_share"], found["trial_share"]) == (1 / 5, 4 / 5)


def test_a_continuance_and_a_retrial_each_set_another_day(tmp_path: Path) -> None:
    """Up to two continuances and any number of mistrials: each day set for trial is one setting, and nothing else is."""
    law = """
    counters: {continuances: 2}
    tracks:
      case: {start: open, states: {open: {}, hung: {}, closed: {final: true}}}
    steps:
      continue_trial:
        by: defense
        when: {case: open, continuances: {at_most: 1}}
        after: 5
        options:
          continue: {event: ContinuanceGranted, to: {continuances: +1}, effects: [{count: continuance}], restarts: [try_case]}
          ready: {event: ReadyForTrial, to: {continuances: +2}}
      try_case:
        by: jury
        when: {case: open}
        after: 10
        options:
          decide: {event: VerdictReturned, to: {case: closed}, effects: [{count: trial}]}
          hang: {event: JuryHung, to: {case: hung}, effects: [{count: trial}]}
      set_again: {by: clerk, when: {case: hung}, after: 1, event: SetAgain, to: {case: open}}
    """
    odds = "choosers: {continue_trial: {odds: {continue: 0.5, ready: 0.5}}, try_case: {odds: {decide: 0.7, hang: 0.3}}}\n"
    court = Court(small.court(tmp_path, law, odds + "caseload: {arrivals: {per_day: 1}, horizon_days: 300}\n"))
    seen = set()

    def ended(walk: Docketed) -> None:
        book = walk.book
        seen.add((book.continuances, book.trials))
        assert book.settings == 1 + book.continuances + (book.trials - 1)

    court.lived(1, 0, ended)
    assert {(0, 1), (1, 1), (2, 1), (0, 2), (1, 2)} <= seen
