"""Clocks and court days: deadlines, rolling, court time, and time that stands still. 2019-02-22 is a Friday."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtsim.case.clocks import DAY, CourtClock, DeadlineClock, RolledClock
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.facts import Calendar

FRIDAY = dt.date(2019, 2, 22)
EVERY_DAY = CourtDays(FRIDAY, None)
FLORIDA = CourtDays(FRIDAY, Calendar("US-FL"))


def due_on(clock: DeadlineClock | RolledClock | CourtClock) -> float:
    return clock.due() / DAY


def last_day(court: CourtDays, start: float, days: int) -> dt.date:
    """The last day of a deadline."""
    clock = DeadlineClock(court, round(start * DAY), days, False)
    return FRIDAY + dt.timedelta(days=clock.due() // DAY)


def test_a_deadline_ends_just_before_its_last_day_does() -> None:
    assert DeadlineClock(EVERY_DAY, DAY // 2, 15, False).due() == 16 * DAY - 1


@pytest.mark.parametrize(
    ("day", "days", "last"),
    [
        (0.0, 1, dt.date(2019, 2, 25)),  # Saturday: Monday
        (0.9, 3, dt.date(2019, 2, 25)),
        (7.0, 90, dt.date(2019, 5, 30)),  # lesson L4: served on 1 March, 90 days
        (98.0, 5, dt.date(2019, 6, 5)),  # L4: notice on 31 May, hearing within 5 days
        (103.0, 10, dt.date(2019, 6, 17)),  # L4: 10 days end on Saturday 15 June: Monday
        (0.0, 94, dt.date(2019, 5, 28)),  # 27 May is Memorial Day
    ],
)
def test_a_deadline_that_ends_on_a_day_without_court_ends_on_the_next_court_day(day: float, days: int, last: dt.date) -> None:
    assert last_day(FLORIDA, day, days) == last


def test_tolling_moves_a_deadline_by_the_calendar_days_it_touched_each_once() -> None:
    clock = DeadlineClock(EVERY_DAY, 0, 10, False)

    for stop, resume in [(1.5, 3.25), (3.5, 3.75), (5.0, 5.0), (6.0, 7.0)]:  # days 1, 2, 3; 3 again; none; 6
        clock.stand_still(round(stop * DAY))
        clock.run_on(round(resume * DAY))

    assert clock.due() == (10 + 4 + 1) * DAY - 1


def test_a_deadline_that_had_run_out_has_nothing_left() -> None:
    clock = DeadlineClock(EVERY_DAY, 0, 1, False)

    clock.stand_still(5 * DAY)
    clock.run_on(9 * DAY)

    assert clock.due() == 9 * DAY


def test_a_deadline_in_court_days_counts_them_alone() -> None:
    assert DeadlineClock(FLORIDA, 0, 5, True).due() == 8 * DAY - 1  # Friday and 5 court days: the next Friday


def test_what_runs_out_as_a_court_day_ends_falls_at_the_beginning_of_the_next() -> None:
    assert due_on(CourtClock(FLORIDA, 0, DAY)) == 3.0
    assert due_on(CourtClock(FLORIDA, 0, DAY // 2)) == 0.5
    assert due_on(CourtClock(FLORIDA, DAY, 0)) == 3.0  # begun on a Saturday


def test_a_clock_that_rolls_waits_for_the_next_court_day() -> None:
    assert due_on(RolledClock(FLORIDA, 0, round(1.25 * DAY))) == 3.0
    assert due_on(RolledClock(FLORIDA, 0, round(3.25 * DAY))) == 3.25


@given(st.integers(0, 40 * DAY), st.integers(0, 30 * DAY), st.integers(0, 10 * DAY), st.integers(0, 10 * DAY))
def test_standing_still_never_makes_a_clock_fall_due_earlier(start: int, length: int, stop: int, pause: int) -> None:
    for clock in (
        CourtClock(FLORIDA, start, length),
        RolledClock(FLORIDA, start, length),
        DeadlineClock(FLORIDA, start, length // DAY, False),
        DeadlineClock(FLORIDA, start, length // DAY, True),
    ):
        before = clock.due()
        clock.stand_still(start + stop)
        clock.run_on(start + stop + pause)

        assert clock.due() >= min(before, start + stop + pause)


@given(st.integers(0, 2000 * DAY))
def test_court_time_and_time_undo_each_other_on_court_days(time: int) -> None:
    there = FLORIDA.moment(FLORIDA.elapsed(time))

    assert there == (time if FLORIDA.sits(time // DAY) else FLORIDA.next_open(time // DAY) * DAY)


def test_a_closed_day_is_no_court_day() -> None:
    court = CourtDays(FRIDAY, Calendar("US-FL", (dt.date(2019, 2, 25),)))

    assert [day for day in range(7) if court.sits(day)] == [0, 4, 5, 6]


def test_a_deadline_stopped_for_no_time_is_not_moved() -> None:
    clock = DeadlineClock(EVERY_DAY, 0, 10, False)

    clock.stand_still(3 * DAY + DAY // 2)
    clock.run_on(3 * DAY + DAY // 2)

    assert clock.due() == 11 * DAY - 1 and clock.touched == 0


def test_deadlines_in_days_and_in_court_days_are_two_clocks() -> None:
    assert DeadlineClock(EVERY_DAY, 0, 5, True) != DeadlineClock(EVERY_DAY, 0, 5, False)
    assert DeadlineClock(EVERY_DAY, 0, 5, True) == DeadlineClock(EVERY_DAY, 0, 5, True)


def test_court_time_adds_up_within_days() -> None:
    clock = CourtClock(EVERY_DAY, round(3.75 * DAY), round(1.5 * DAY))
    assert due_on(clock) == 5.25

    clock.stand_still(round(4.5 * DAY))
    clock.run_on(round(6.75 * DAY))
    assert due_on(clock) == 7.5
