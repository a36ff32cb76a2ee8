"""A judge's day: a hearing has a length, a day holds as many as fit, what does not fit waits for the next."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import courtsim
from courtsim.analysis.caseload import measured, plain, report
from courtsim.case.clocks import DAY
from courtsim.engines.caseload import Court, Period
from courtsim.engines.sittings import SECOND, Sittings
from courtsim.errors import WrongInput
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.caseload import Resource
from courtsim.scenario.facts import Calendar, Scenario
from tests import small
from tests.test_caseload import filed_on

LAW = """
tracks:
  case: {start: filed, states: {filed: {}, closed: {final: true}}}
steps:
  hear: {by: judge, when: {case: filed}, after: 0, needs: {judge: 0.25}, event: Heard, to: {case: closed}}
"""
HOURS = '"9:00-12:00", "13:30-16:30"'


def court(folder: Path, more: str, *days: int, law: str = LAW, hours: str = HOURS) -> Scenario:
    return small.court(folder, law, f"resources: {{judge: {{capacity: 1, hours: [{hours}]{more}}}}}\n" + filed_on(folder, *days))


def clock(time: int) -> str:
    """`2 13:30`: the day and the hour of a time."""
    minutes = round((time % DAY) * 24 * 60 / DAY)
    return f"{time // DAY} {minutes // 60}:{minutes % 60:02}"


def calendar(period: Period) -> list[str]:
    use = period.uses["judge"]
    return [f"{clock(began)} to {clock(out)}" for began, out in sorted(zip(use.began.tolist(), use.out.tolist(), strict=True))]


def test_a_day_holds_as_many_hearings_as_fit(tmp_path: Path) -> None:
    """Ten pleas of forty minutes, all set for the first day: nine fit into its six hours."""
    found = calendar(Court(court(tmp_path, ", minutes: {hear: 40}", *[0] * 10)).lived(1))

    assert found == [
        "0 9:00 to 0 9:40",
        "0 9:40 to 0 10:20",
        "0 10:20 to 0 11:00",
        "0 11:00 to 0 11:40",
        "0 11:40 to 0 13:50",  # over the lunch hour
        "0 13:50 to 0 14:30",
        "0 14:30 to 0 15:10",
        "0 15:10 to 0 15:50",
        "0 15:50 to 0 16:30",
        "1 9:00 to 1 9:40",
    ]


def test_a_court_day_is_as_long_as_the_hours_or_as_stated(tmp_path: Path) -> None:
    """A hearing of 0.25 court days: of six hours, an hour and a half; of eight, two."""
    six = calendar(Court(court(tmp_path, "", 0, 0)).lived(1))
    eight = calendar(Court(court(tmp_path, ", court_day: 8", 0, 0)).lived(1))

    assert six == ["0 9:00 to 0 10:30", "0 10:30 to 0 12:00"]
    assert eight == ["0 9:00 to 0 11:00", "0 11:00 to 0 14:30"]


LONG_AND_SHORT = """
facts: {long: {values: [true, false], default: false}}
tracks:
  case: {start: filed, states: {filed: {}, closed: {final: true}}}
steps:
  try: {by: jury, when: {case: filed, fact: {long: true}}, after: 0, needs: {judge: 1.5}, event: Tried, to: {case: closed}}
  hear: {by: judge, when: {case: filed, fact: {long: false}}, after: 0.45, needs: {judge: 0.25}, event: Heard, to: {case: closed}}
"""


def test_what_is_longer_than_a_day_begins_as_a_day_opens_and_goes_on_the_next(tmp_path: Path) -> None:
    """A trial of a day and a half, and hearings of an hour and a half due at 10:48 on the days 0, 1 and 2."""
    facts = "facts: {long: {odds: {true: 0.5, false: 0.5}}}\n"
    scenario = small.court(
        tmp_path,
        LONG_AND_SHORT,
        facts + f"resources: {{judge: {{capacity: 1, hours: [{HOURS}]}}}}\n" + filed_on(tmp_path, 0, 0, 1, 1, 2),
    )
    found = calendar(Court(scenario).lived(11))

    # The trials hold the first day and the next morning, and so on; in each afternoon that is left, hearings.
    trials = [each for each in found if each.split()[0] != each.split()[3]]
    assert trials and all(each.split()[1] == "9:00" and each.split()[4] == "12:00" for each in trials)
    assert all(int(each.split()[3]) == int(each.split()[0]) + 1 for each in trials)
    assert len(found) == 5


def test_what_does_not_fit_waits_and_what_does_goes_before_it(tmp_path: Path) -> None:
    """Two hearings of 100 and 90 minutes fill the morning but for 170; one of 240 does not fit behind them, one of 120 does."""
    law = """
    facts: {long: {default: 90}}
    tracks: {case: {start: filed, states: {filed: {}, closed: {final: true}}}}
    steps:
      hear: {by: judge, when: {case: filed}, after: 0, needs: {judge: 1}, event: Heard, to: {case: closed}}
    """
    scenario = court(tmp_path, ", minutes: {hear: {empirical: [100, 240, 30]}}", *[0] * 6, law=law)
    period = Court(scenario).lived(3)
    use = period.uses["judge"]
    minutes = [
        round((sittings_of(scenario).elapsed(o) - sittings_of(scenario).elapsed(b)) * 1440 / DAY)
        for b, o in zip(use.began.tolist(), use.out.tolist(), strict=True)
    ]

    # By hand: whoever asked first and fits into what is left of the six hours is next.
    waiting, expected, day, left = list(range(6)), {}, 0, 360
    while waiting:
        fits = next((n for n in waiting if minutes[n] <= left), None)
        if fits is None:
            day, left = day + 1, 360
            continue
        expected[fits] = (day, 360 - left)
        left -= minutes[fits]
        waiting.remove(fits)
    began = {
        n: (b // DAY, round((sittings_of(scenario).elapsed(b) % sittings_of(scenario).a_day) * 1440 / DAY))
        for n, b in enumerate(use.began.tolist())
    }
    assert sorted(minutes) != minutes and began == expected


def sittings_of(scenario: Scenario) -> Sittings:
    return Court(scenario).sittings["judge"]


def test_a_queue_of_days_is_the_recursion_of_a_clerk(tmp_path: Path) -> None:
    """Cases filed at random from day to day, six of an hour each a day: who is heard when, by the clerk's own count."""
    days = np.repeat(np.arange(390), np.random.default_rng(5).poisson(5.4, 390)).tolist()
    period = Court(court(tmp_path, ", minutes: {hear: 60}", *days)).lived(1)
    slot, expected = -1, []
    for day in days:
        slot = max(slot + 1, 6 * day)
        expected.append((slot // 6, slot % 6))

    began = [
        (time // DAY, (9, 10, 11, 13.5, 14.5, 15.5).index(round((time % DAY) * 24 / DAY, 3)))
        for time in period.uses["judge"].began.tolist()
        if time < period.until
    ]
    assert began == expected[: len(began)] and len(began) > 2000
    assert max(day - filed for (day, _), filed in zip(began, days, strict=False)) == 2  # some wait for days


def test_it_sits_on_its_days_and_not_on_holidays(tmp_path: Path) -> None:
    """The first day is a Friday; the judge sits on Mondays and Wednesdays, and Monday, 25 February 2019 is closed."""
    scenario = small.court(
        tmp_path,
        LAW,
        f"calendar: {{base: US-FL, closed: [2019-02-25]}}\nresources: {{judge: {{capacity: 1, sits: [mon, wed], hours: [{HOURS}], minutes: {{hear: 300}}}}}}\n"
        + filed_on(tmp_path, 0, 0),
    )

    assert calendar(Court(scenario).lived(1)) == ["5 9:00 to 5 15:30", "10 9:00 to 10 15:30"]


def test_utilization_is_of_the_hours(tmp_path: Path) -> None:
    court_ = Court(court(tmp_path, ", minutes: {hear: 90}", *range(300)))
    found = report(court_, 1).figures

    assert found["utilization.judge"].mean == pytest.approx(0.25 * 300 / 400, abs=1e-6)  # 90 minutes of 360, for 300 of 400 days
    assert found["wait.judge.mean"].mean == pytest.approx(9 / 24, abs=1e-6)  # filed at midnight


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 99),
    st.integers(1, 2),
    st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True).map(sorted),
    st.sampled_from(["", ", sits: [tue, fri]"]),
    st.sampled_from(["", ", order: [filed]"]),
    st.booleans(),
)
def test_every_hearing_lies_in_the_hours_and_the_books_agree(
    tmp_path_factory: pytest.TempPathFactory, seed: int, judges: int, ends: list[int], sits: str, order: str, room: bool
) -> None:
    hours = [(30 * a, 30 * b) for a, b in zip(ends[::2], ends[1::2], strict=False)]
    written = ", ".join(f'"{a // 60}:{a % 60:02}-{b // 60}:{b % 60:02}"' for a, b in hours)
    law = LAW.replace("{judge: 0.25}", "{judge: {exponential: 0.4}, room: 0.2}" if room else "{judge: {exponential: 0.4}}")
    law = law.replace("after: 0,", "after: {uniform: [0, 3]},")
    rest = f"calendar: US-FL\nresources: {{judge: {{capacity: {judges}, hours: [{written}]{sits}{order}}}"
    rest += ", room: {capacity: 1}}\n" if room else "}\n"
    rest += "caseload: {arrivals: {per_day: 0.8}, horizon_days: 60, warm_up_days: 10}\n"
    built = Court(small.court(tmp_path_factory.mktemp("court"), law, rest))
    period = built.lived(seed)
    found = measured(built, period, 10)
    use, sittings = period.uses["judge"], built.sittings["judge"]

    assert all(kept.little == 0 and kept.flow == 0 for kept in found.balances.values())
    held: dict[int, int] = {}
    for began, out in zip(use.began.tolist(), use.out.tolist(), strict=True):
        if began > period.until or out > period.until:
            continue
        length = sittings.elapsed(out) - sittings.elapsed(began)
        assert sittings.sits(began // DAY) and any(a <= began % DAY < b for a, b in sittings.windows)
        assert any(a < out % DAY <= b for a, b in sittings.windows) or out == began or out % DAY == 0
        if length <= sittings.a_day:
            assert out <= (began // DAY + 1) * DAY  # it fits into its day
            held[began // DAY] = held.get(began // DAY, 0) + length
        else:
            assert began % DAY == sittings.windows[0][0]
    assert all(day <= judges * sittings.a_day for day in held.values())


def clerk(asked: list[int], lengths: list[int], sittings: Sittings) -> dict[int, int]:
    """When each hearing begins before one judge: at every moment the first that has asked and fits into what is left of the day."""
    began: dict[int, int] = {}
    now = 0
    while len(began) < len(asked):
        there = [n for n in sorted(range(len(asked)), key=lambda n: (asked[n], n)) if n not in began and asked[n] <= now]
        sits = sittings.sits(now // DAY) and any(a <= now % DAY < b for a, b in sittings.windows)
        opens = now % DAY == sittings.windows[0][0]
        found = next((n for n in there if sits and (opens or lengths[n] <= sittings.left_today(now))), None)
        if found is not None:
            began[found], now = now, sittings.end_of(now, lengths[found])
            continue
        starts = [day * DAY + a for day in (now // DAY, now // DAY + 1) for a, _ in sittings.windows]
        now = min(time for time in (*starts, *asked) if time > now)
    return began


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 999),
    st.lists(st.integers(0, 12), min_size=2, max_size=16),
    st.sampled_from([HOURS, '"8:00-10:00"', '"0:00-6:00", "6:00-7:00", "20:00-24:00"']),
    st.sampled_from(["", ", sits: [mon, thu]"]),
)
def test_the_calendar_is_that_of_a_clerk(
    tmp_path_factory: pytest.TempPathFactory, seed: int, days: list[int], hours: str, sits: str
) -> None:
    law = LAW.replace("after: 0,", "after: {uniform: [0, 2]},").replace("judge: 0.25", "judge: {exponential: 0.4}")
    built = Court(court(tmp_path_factory.mktemp("court"), sits, *sorted(days), law=law, hours=hours))
    use, sittings = built.lived(seed).uses["judge"], built.sittings["judge"]
    held = [
        sittings.elapsed(out) - sittings.elapsed(began) for began, out in zip(use.began.tolist(), use.out.tolist(), strict=True)
    ]

    assert list(clerk(use.asked.tolist(), held, sittings).items()) == sorted(
        enumerate(use.began.tolist()), key=lambda each: each[1]
    )


@given(
    st.lists(st.integers(0, 10 * DAY), min_size=1, max_size=20),
    st.lists(st.integers(1, 5 * DAY), min_size=1, max_size=5),
    st.booleans(),
)
def test_sitting_time_runs_only_in_the_hours_and_ends_are_exact(times: list[int], lengths: list[int], holidays: bool) -> None:
    days = CourtDays(courtsim.load("two-track").starts, Calendar(base="US-FL", closed=()) if holidays else None)
    sittings = Sittings(Resource(hours=((540, 720), (810, 990))), days, 4)

    assert [sittings.elapsed(a) <= sittings.elapsed(b) for a, b in zip(sorted(times), sorted(times)[1:], strict=False)].count(
        False
    ) == 0
    for time in times:
        for length in lengths:
            end = sittings.end_of(time, length)
            assert 0 <= sittings.elapsed(end) - sittings.elapsed(time) - length < SECOND  # so much sitting
            assert sittings.elapsed(end - 1) == sittings.elapsed(end) - 1  # and not a moment more


def test_a_court_without_a_common_hour_is_refused(tmp_path: Path) -> None:
    law = LAW.replace("{judge: 0.25}", "{judge: 0.25, room: 0.25}")
    rest = 'resources: {judge: {hours: ["9:00-12:00"]}, room: {capacity: 1, hours: ["12:00-15:00"]}}\n' + filed_on(tmp_path, 0)
    with pytest.raises(WrongInput, match=r"judge and room never sit at the same hour; expected `hours` with an hour in common"):
        Court(small.court(tmp_path, law, rest)).lived(1)


def test_files_without_the_new_keys_give_what_they_gave() -> None:
    """The figures of `county-2019` as it was before lawyers and hours, to the last digit."""
    kept = json.loads((Path(__file__).parent / "golden" / "caseload" / "county-2019.json").read_text())
    alone = ["resources.prosecutor=null", "resources.public_defender=null", "caseload.horizon_days=300"]
    found = plain(courtsim.caseload("county-2019", sets=alone, replications=2))

    assert {name: found[name] for name in kept} == kept
