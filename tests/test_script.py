"""A scripted timeline: to the day, lawful, and what happens after it. 2019-02-22 is day 0."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import courtsim
from courtsim.errors import IllegalStep
from tests.small import court, docket, one_case

COURT = """
tracks:
  case: {start: filed, states: {filed: {}, pretrial: {}, closed: {final: true}}}
  offer: {start: none, states: {none: {}, open: {}, lapsed: {}}}
steps:
  arraign: {by: judge, when: {case: filed}, after: 14, event: Arraigned, to: {case: pretrial}}
  propose: {by: prosecution, when: {case: pretrial, offer: none}, after: 10, event: Proposed, to: {offer: open}}
  lapse: {by: clock, when: {offer: open}, after: {deadline: 5}, event: Lapsed, to: {offer: lapsed}}
  accept: {by: defense, when: {offer: open}, after: 3, event: Accepted, to: {case: closed}}
  try_case: {by: jury, when: {case: pretrial}, after: 60, tolled_when: {offer: open}, event: Tried, to: {case: closed}}
""".replace("offer:", "deal:")
SCRIPT = """
script:
  - {on: 2019-03-01, step: arraign}
  - {on: 2019-03-05, step: propose}
  - {on: 2019-03-20, step: try_case}
"""


def test_scripted_steps_happen_at_the_beginning_of_their_day(tmp_path: Path) -> None:
    case = one_case(court(tmp_path, COURT, SCRIPT))

    assert docket(case) == [(7.0, "Arraigned"), (11.0, "Proposed"), (17.0, "Lapsed"), (26.0, "Tried")]
    assert case.events[2].date == dt.date(2019, 3, 10)  # a deadline does not wait for the story


def test_moving_a_date_moves_the_docket(tmp_path: Path) -> None:
    case = one_case(court(tmp_path, COURT, SCRIPT.replace("2019-03-20", "2019-03-21")))

    assert docket(case)[-1] == (27.0, "Tried")


def test_a_step_that_is_not_lawful_is_refused_with_what_was(tmp_path: Path) -> None:
    scenario = court(tmp_path, COURT, SCRIPT.replace("2019-03-20", "2019-03-08"))

    with pytest.raises(IllegalStep) as told:
        one_case(scenario)

    assert str(told.value) == (
        "try_case of the script on 2019-03-08 is not lawful here: it is tolled; lawful: lapse.do, accept.do"
    )


def test_the_refusal_names_the_clock_event_that_came_between(tmp_path: Path) -> None:
    scenario = court(tmp_path, COURT, SCRIPT.replace("try_case", "accept"))

    with pytest.raises(IllegalStep, match="Lapsed came between, on 2019-03-10"):
        one_case(scenario)


def test_a_step_of_the_clock_must_be_scripted_on_its_day(tmp_path: Path) -> None:
    right = SCRIPT.replace("  - {on: 2019-03-20", "  - {on: 2019-03-10, step: lapse}\n  - {on: 2019-03-20")
    wrong = right.replace("2019-03-10", "2019-03-09")

    assert (16.0, "Lapsed") in docket(one_case(court(tmp_path, COURT, right)))
    with pytest.raises(IllegalStep, match="its clock falls due on 2019-03-10"):
        one_case(court(tmp_path, COURT, wrong))


def test_after_the_script_everything_starts_anew_but_the_clock_s_own_steps(tmp_path: Path) -> None:
    case = one_case(court(tmp_path, COURT, SCRIPT + "script_until: 2019-03-06\n"))

    assert docket(case) == [(7.0, "Arraigned"), (11.0, "Proposed"), (14.0, "Accepted")]


def test_script_until_hands_over_at_the_last_entry_kept(tmp_path: Path) -> None:
    case = one_case(court(tmp_path, COURT, SCRIPT + "script_until: 2019-03-04\n"))

    assert docket(case) == [(7.0, "Arraigned"), (17.0, "Proposed"), (20.0, "Accepted")]


def test_check_ignores_the_script(tmp_path: Path) -> None:
    assert "accept.do" in courtsim.check(court(tmp_path, COURT, SCRIPT)).options_fired
