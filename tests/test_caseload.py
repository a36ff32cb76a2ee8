"""A court over years: who waits, who is heard, what the books say; paired with itself, and equal to `simulate` where nobody waits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

import courtsim
from courtsim.analysis.caseload import books, differences, measured, report
from courtsim.case.clocks import DAY
from courtsim.cli.commands import cli
from courtsim.engines.caseload import Court, Docketed
from courtsim.errors import WrongInput
from courtsim.scenario.caseload import Replications
from courtsim.scenario.facts import Scenario
from tests import small
from tests.queues import one_hearing, two_hearings


def filed_on(folder: Path, *days: int) -> str:
    """A caseload of these days after the court's first, 2019-02-22, a Friday."""
    import datetime as dt

    (folder / "filed.csv").write_text("\n".join(str(dt.date(2019, 2, 22) + dt.timedelta(days=day)) for day in days))
    return "caseload: {arrivals: {file: filed.csv}, horizon_days: 400, warm_up_days: 0, replications: 2}\n"


def went(scenario: Scenario, seed: int = 1) -> list[list[tuple[float, str]]]:
    """Day and name of every event of every case that ended, in the order of the cases."""
    ended: dict[int, list[tuple[float, str]]] = {}

    def take(walk: Docketed) -> None:
        names = walk.masks.options
        ended[walk.case] = [(round(tick / DAY, 3), names[n].option.event) for tick, n, _ in walk.happenings]

    Court(scenario).lived(seed, 0, take)
    return [ended[case] for case in sorted(ended)]


HEARING = """
facts: {rank: {default: 5}}
tracks:
  case:
    start: filed
    states: {filed: {}, closed: {final: true}}
  talks: {start: open, states: {open: {}, broken: {}}}
steps:
  hear:
    by: judge
    when: {case: filed}
    after: 1
    tolled_when: {talks: broken}
    needs: {judge: 2, room: 1}
    event: Heard
    to: {case: closed}
  settle:
    by: defense
    when: {case: filed}
    after: 3.5
    event: Settled
    to: {case: closed}
"""


def test_a_case_that_waits_may_end_otherwise_and_leaves_the_queue(tmp_path: Path) -> None:
    scenario = small.court(tmp_path, HEARING, "resources: {judge: {capacity: 1}}\n" + filed_on(tmp_path, 0, 0, 1, 2))

    # The first is heard from day 1 to 3, the second from 3 to 5 though it falls due to settle at 3.5: it is being heard.
    # The third settles in the queue; so the fourth, which asked after it, is next.
    assert went(scenario) == [[(3, "Heard")], [(5, "Heard")], [(4.5, "Settled")], [(7, "Heard")]]


def test_the_judge_is_free_when_his_own_hold_ends(tmp_path: Path) -> None:
    """The room is held for one day, the judge for two; with two judges the room binds for one day only."""
    scenario = small.court(
        tmp_path, HEARING, "resources: {judge: {capacity: 2}, room: {capacity: 1}}\n" + filed_on(tmp_path, 0, 0, 0)
    )

    assert went(scenario) == [[(3, "Heard")], [(4, "Heard")], [(5, "Heard")]]


def test_nothing_is_held_before_all_is_free(tmp_path: Path) -> None:
    """A trial waits for the judge and the room; meanwhile a hearing that needs the room alone is not kept from it."""
    law = """
    facts: {big: {values: [true, false], default: false}}
    tracks:
      case: {start: filed, states: {filed: {}, closed: {final: true}}}
    steps:
      advise: {by: judge, when: {case: filed, fact: {big: false}}, after: 0, needs: {judge: 10}, event: Advised, to: {case: closed}}
      try: {by: jury, when: {case: filed, fact: {big: true}}, after: 0, needs: {judge: 1, room: 1}, event: Tried, to: {case: closed}}
    """
    rest = "facts: {big: {odds: {true: 0.5, false: 0.5}}}\nresources: {judge: {capacity: 1}, room: {capacity: 1}}\n"
    scenario = small.court(tmp_path, law, rest + filed_on(tmp_path, *range(0, 300, 5)))
    period = Court(scenario).lived(1)
    room, judge = period.uses["room"], period.uses["judge"]

    assert len(room.asked) > 10 and len(judge.asked) == 60
    assert set(room.began.tolist()) <= set(judge.began.tolist())  # together
    served = room.began < period.until
    assert (room.out[served] - room.began[served] == DAY).all()  # never for longer than its own hold


def test_talks_that_break_take_a_case_out_of_the_queue(tmp_path: Path) -> None:
    law = HEARING + (
        "  break_off: {by: defense, when: {talks: open}, after: 2, once: true, event: BrokenOff, to: {talks: broken}}\n"
        "  resume: {by: defense, when: {talks: broken}, after: 0.5, once: true, event: Resumed, to: {talks: open}}\n"
    )
    scenario = small.court(tmp_path, law, "resources: {judge: {capacity: 1}}\n" + filed_on(tmp_path, 0, 0, 0))

    first, second, third = went(scenario)
    # The first is being heard when its talks break off at 2: that happens right after it, in a closed case not at all.
    assert first == [(3, "Heard")]
    # The others leave the queue at 2 and ask again at 2.5, in the order in which they asked before.
    assert second == [(2, "BrokenOff"), (2.5, "Resumed"), (5, "Heard")]
    assert third == [(2, "BrokenOff"), (2.5, "Resumed"), (3.5, "Settled")]


def test_a_hold_begins_only_when_the_judge_sits(tmp_path: Path) -> None:
    """Filed on Friday, due on Saturday; the judge sits on Wednesdays."""
    law = HEARING.replace("after: 3.5", "after: 300")
    scenario = small.court(tmp_path, law, "resources: {judge: {capacity: 1, sits: [wed]}}\n" + filed_on(tmp_path, 0, 0))

    assert went(scenario) == [[(7, "Heard")], [(14, "Heard")]]  # held from Wednesday, day 5, and day 12, for two days


def test_a_caseload_that_says_no_more_lasts_five_years_and_is_lived_until_precise(tmp_path: Path) -> None:
    """The defaults were once the names of the fields instead of their values."""
    stated = [small.court(tmp_path, HEARING, f"caseload: {{arrivals: {{per_day: 1}}{more}}}\n").caseload for more in MORE]

    assert [(each.horizon_days, each.replications) for each in stated if each is not None] == [
        (1825.0, Replications(0.05, 200)),
        (1825.0, Replications(0.05, 3)),
        (1825.0, Replications(0.1, 200)),
    ]


MORE = ("", ", replications: {at_most: 3}", ", replications: {precision: 0.1}")


def test_a_court_without_a_common_day_is_refused(tmp_path: Path) -> None:
    rest = "resources: {judge: {capacity: 1, sits: [wed]}, room: {capacity: 1, sits: [mon]}}\n" + filed_on(tmp_path, 0)
    with pytest.raises(WrongInput, match=r"judge and room never sit on the same day; expected `sits` with a day in common"):
        Court(small.court(tmp_path, HEARING, rest)).lived(1)


def test_the_smaller_goes_first(tmp_path: Path) -> None:
    law = HEARING.replace("after: 3.5", "after: 300")
    rest = "facts: {rank: {uniform: [0, 9]}}\nresources: {judge: {capacity: 1, order: [fact.rank]}}\n"
    scenario = small.court(tmp_path, law, rest + filed_on(tmp_path, *[0] * 8))
    ranks: dict[int, tuple[float, float]] = {}

    def take(walk: Docketed) -> None:
        ranks[walk.case] = (walk.happenings[0][0] / DAY, float(dict(walk.opening.facts)["rank"]))

    Court(scenario).lived(1, 0, take)
    by_day = [rank for _, rank in sorted(ranks.values())]
    assert by_day[1:] == sorted(by_day[1:]) != by_day  # the first to ask found the judge free


def test_what_fell_due_in_the_hearing_happens_right_after_it(tmp_path: Path) -> None:
    law = HEARING.replace("to: {case: closed}\n  settle", "to: {talks: broken}\n  settle").replace(
        "after: 1\n", "after: 1\n    once: true\n"
    )
    scenario = small.court(
        tmp_path, law.replace("after: 3.5", "after: 2"), "resources: {judge: {capacity: 1}}\n" + filed_on(tmp_path, 0)
    )

    assert went(scenario) == [[(3, "Heard"), (3, "Settled")]]


def test_where_nobody_waits_the_cases_are_those_of_simulate(tmp_path: Path) -> None:
    scenario = two_hearings(tmp_path, days=300)
    roomy = courtsim.load(
        tmp_path / "small-case.yaml", sets=["resources={judge: {capacity: 1000}, clerk: {}}", "caseload.arrivals.per_day=3"]
    )
    alone = {history.case: history for history in courtsim.simulate(scenario, cases=1000, seed=4)}
    seen = 0

    def take(walk: Docketed) -> None:
        nonlocal seen
        seen += 1
        shifted = [(tick - walk.book.filed, option, details) for tick, option, details in walk.happenings]
        assert shifted == alone[walk.case].happenings

    Court(roomy).lived(4, 0, take)
    assert seen > 700


def test_another_court_has_the_same_cases_with_the_same_luck(tmp_path: Path) -> None:
    one = one_hearing(tmp_path, 1.0, "{exponential: 0.9}", days=400)
    two = courtsim.load(tmp_path / "small-case.yaml", sets=["resources.judge.capacity=2"])
    here, there = (report(Court(scenario), 5) for scenario in (one, two))
    moved = differences(here, there)

    assert moved["filed"].mean == 0 and moved["filed"].half == 0
    assert moved["wait.judge.mean"].ci95[1] < 0  # surely shorter
    alone = here.figures["wait.judge.mean"].half + there.figures["wait.judge.mean"].half
    assert moved["wait.judge.mean"].half < alone


def test_rooms_do_not_help_until_they_bind(tmp_path: Path) -> None:
    """A hearing holds a judge for 2 days and a room for 1: with one judge a second room changes nothing at all."""
    law = HEARING.replace("after: 3.5", "after: 300")
    rest = "caseload: {arrivals: {per_day: 0.4}, horizon_days: 300, warm_up_days: 50, replications: 3}\n"

    def days(judges: int, rooms: int) -> list[float]:
        resources = f"resources: {{judge: {{capacity: {judges}}}, room: {{capacity: {rooms}}}}}\n"
        found = report(Court(small.court(tmp_path, law, resources + rest)), 7)
        return [lived.figures["days_to_disposition.mean"] for lived in found.replications]

    assert days(1, 1) == days(1, 2) == days(1, 3)  # rooms do not bind
    assert all(b < a for a, b in zip(days(1, 1), days(2, 1), strict=True))  # judges help
    assert days(3, 1) == days(4, 1)  # now the room binds, and a fourth judge is of no use
    assert all(b < a for a, b in zip(days(3, 1), days(3, 2), strict=True))  # and a second room is


@example(0, 3, 3, "{sits: [tue, fri]}")  # holds that end as the years end have not ended
@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 99), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["{}", "{sits: [tue, fri]}", "{order: [filed]}"])
)
def test_the_books_agree_and_nothing_is_held_twice(
    tmp_path_factory: pytest.TempPathFactory, seed: int, judges: int, rooms: int, room: str
) -> None:
    law = HEARING + (
        "  break_off: {by: defense, when: {talks: open}, after: {exponential: 4}, event: BrokenOff, to: {talks: broken}}\n"
        "  resume: {by: defense, when: {talks: broken}, after: {exponential: 1}, event: Resumed, to: {talks: open}}\n"
        "  confer: {by: judge, when: {case: filed}, after: {exponential: 2}, needs: {judge: {exponential: 0.3}}, event: Conferred}\n"
    )
    law = law.replace("after: 3.5", "after: 30")
    room = room.replace("}", f"{', ' if len(room) > 2 else ''}capacity: {rooms}}}")
    rest = f"resources: {{judge: {{capacity: {judges}}}, room: {room}}}\n"
    rest += "calendar: US-FL\ncaseload: {arrivals: {per_day: 1}, horizon_days: 90, warm_up_days: 10}\n"
    court = Court(small.court(tmp_path_factory.mktemp("court"), law, rest))
    period = court.lived(seed)
    found = measured(court, period, 10)

    assert found.open_books == 0
    for name, capacity in (("judge", judges), ("room", rooms)):
        balance, use = found.balances[name], period.uses[name]
        assert balance.little == 0 and balance.flow == 0 and balance.per_day > 0
        assert balance.present == pytest.approx(balance.per_day * balance.stay)
        served = use.began <= period.until
        moves = sorted([(t, 1) for t in use.began[served].tolist()] + [(t, -1) for t in use.out[served].tolist()])
        held = most = 0
        for _, move in moves:
            held += move
            most = max(most, held)
        assert 0 < most <= capacity


def test_the_books_of_a_florida_court_agree() -> None:
    found = courtsim.caseload("county-2019", sets=["caseload.horizon_days=250"], warm_up_days=100, replications=2)

    assert books(found) == {
        "resources": {name: {"little": 0, "flow": 0} for name in ("judge", "courtroom", "prosecutor", "public_defender")},
        "cases": 0,
    }
    assert found.figures["utilization.judge"].mean > found.figures["utilization.courtroom"].mean > 0
    assert 0 < found.figures["plea_share"].mean < 1


# -- when cases are filed


def test_cases_come_as_often_as_stated(tmp_path: Path) -> None:
    """Ten a court day, half of it in August, none on weekends and holidays: counts within four standard errors."""
    rest = "calendar: US-FL\ncaseload: {arrivals: {per_day: 10, by_month: [1, 1, 1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1], weekdays_only: true}, horizon_days: 730}\n"
    court = Court(small.court(tmp_path, HEARING, rest))
    filed = court.filings(3, 1)
    days = [tick // DAY for tick in filed]

    assert filed == sorted(filed) and all(court.days.sits(day) for day in days)
    import datetime as dt

    dates = [dt.date(2019, 2, 22) + dt.timedelta(days=day) for day in range(730)]
    for august in (True, False):
        opened = {n for n, date in enumerate(dates) if court.days.sits(n) and (date.month == 8) == august}
        expected = len(opened) * (5 if august else 10)
        assert abs(sum(day in opened for day in days) - expected) < 4 * expected**0.5


def test_a_year_has_its_own_number_of_cases(tmp_path: Path) -> None:
    """Twelve a day in 2019, a quarter from 2020 on, half from 2022 on, the others as often as before."""
    rest = "caseload: {arrivals: {per_day: 12, by_year: {2022: 0.5, 2020: 0.25}}, horizon_days: 1500}\n"
    court = Court(small.court(tmp_path, HEARING, rest))
    import datetime as dt

    years = [(dt.date(2019, 2, 22) + dt.timedelta(days=tick // DAY)).year for tick in court.filings(3, 1)]
    for year, expected in ((2019, 12 * 313), (2020, 3 * 366), (2021, 3 * 365), (2022, 6 * 365)):
        assert abs(years.count(year) - expected) < 4 * expected**0.5
    with pytest.raises(WrongInput, match=r"the year 'soon'; expected a year as 2015"):
        small.court(tmp_path, HEARING, "caseload: {arrivals: {per_day: 12, by_year: {soon: 0.5}}}\n")


def test_a_wrong_row_of_dates_is_refused_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "filed.csv").write_text("2019-02-22\n2019-02-31\n")
    with pytest.raises(WrongInput, match=r"filed\.csv:2:1: '2019-02-31'; expected an ISO date as 2019-02-22"):
        small.court(tmp_path, HEARING, "caseload: {arrivals: {file: filed.csv}}\n")
    (tmp_path / "filed.csv").write_text("2019-02-21\n")
    with pytest.raises(WrongInput, match=r"filed\.csv:1:1: a case filed on 2019-02-21; expected no date before .* 2019-02-22"):
        small.court(tmp_path, HEARING, "caseload: {arrivals: {file: filed.csv}}\n")


def test_a_mix_is_mixed_as_stated(tmp_path: Path) -> None:
    small.court(
        tmp_path, HEARING, "caseload: {arrivals: {per_day: 5}, mix: {small-case: 0.25, other.yaml: rest}, horizon_days: 200}\n"
    )
    (tmp_path / "other.yaml").write_text(small.CASE.replace("small-case", "other") + "facts: {rank: 1}\n")
    path = tmp_path / "small-case.yaml"
    found = courtsim.caseload(path, replications=2, warm_up_days=0)
    mixed = {"small-case": courtsim.load(path), "other.yaml": courtsim.load(tmp_path / "other.yaml")}
    ranks: list[object] = []
    Court(mixed["small-case"], mixed).lived(found.seed, 0, lambda walk: ranks.append(dict(walk.opening.facts)["rank"]))

    share = ranks.count(1) / len(ranks)
    assert abs(share - 0.75) < 4 * (0.75 * 0.25 / len(ranks)) ** 0.5


def test_what_a_mix_names_goes_by_the_first_day_of_the_court(tmp_path: Path) -> None:
    """It kept its own first day, so its court days were those of another calendar."""
    law = HEARING.replace("after: 1\n", "after: {fixed: 1, court_days: true}\n")
    rest = "calendar: US-FL\ncaseload: {arrivals: {per_day: 5}, mix: {other.yaml: rest}, horizon_days: 60}\n"
    path = small.files(tmp_path, law, rest)
    found = []
    for others in ("", "starts: 2019-02-27\n"):
        own = small.CASE.replace("small-case", "other")
        own = own.replace("starts: 2019-02-22\n", others) if others else own
        (tmp_path / "other.yaml").write_text(own + "calendar: US-FL\n")
        report = courtsim.caseload(path, replications=2, warm_up_days=0)
        found.append({name: figure.mean for name, figure in report.figures.items()})

    assert found[0] == found[1]


def test_the_digest_is_of_what_a_mix_names_too(tmp_path: Path) -> None:
    """It was of the name alone: another file of that name was the same inputs."""
    rest = "caseload: {arrivals: {per_day: 5}, mix: {small-case: 0.5, other.yaml: rest}, horizon_days: 60}\n"
    path = small.files(tmp_path, HEARING, rest)
    digests = []
    for facts in ("", "", "facts: {rank: 1}\n"):
        (tmp_path / "other.yaml").write_text(small.CASE.replace("small-case", "other") + facts)
        digests.append(courtsim.caseload(path, replications=2, warm_up_days=0).scenario.digest)

    assert digests[0] == digests[1] != digests[2]


# -- the command


def courtsim_(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(cli, arguments)
    return ran.exit_code, ran.stdout, ran.stderr


def test_the_command_prints_what_a_court_reports(tmp_path: Path) -> None:
    one_hearing(tmp_path, 1.0, "0.5", days=300)
    code, printed, _ = courtsim_("caseload", str(tmp_path / "small-case.yaml"), "--replications", "3", "--seed", "1")

    assert code == 0 and printed.startswith("Small case\n\nA simulation. Small, law as of 2019-02-22; seed 1; 3 replications.\n")
    assert (
        "A case takes 0.75 days on average; 0.74 are pending. The judge binds first: held\n49% of the time, waited for 0.25 days.\n"
        in printed
    )
    assert "Clearance rate: disposed of, of those filed (CourTools 2)" in printed
    assert "The first 50 of 300 days are warm-up and do not count." in printed


def test_json_has_the_keys_of_the_format_page(tmp_path: Path) -> None:
    one_hearing(tmp_path, 1.0, "0.5", days=300)
    _, printed, _ = courtsim_("caseload", str(tmp_path / "small-case.yaml"), "--replications", "3", "--json")
    plain = json.loads(printed)

    assert {"scenario", "procedure", "seed", "version", "digest"} < plain.keys()
    assert {"horizon_days", "warm_up_days", "replications", "filed", "disposed", "clearance_rate", "pending"} < plain.keys()
    assert {"mean", "ci95", "p90"} == plain["wait"]["judge"].keys() and plain["utilization"]["judge"]["mean"] < 1
    assert plain["days_to_disposition"]["within_90"]["mean"] == 1


def test_against_is_the_same_luck_in_another_court(tmp_path: Path) -> None:
    one_hearing(tmp_path, 1.0, "{exponential: 0.8}", days=300)
    path = str(tmp_path / "small-case.yaml")
    code, printed, _ = courtsim_("caseload", path, "--replications", "3", "--against", "resources.judge.capacity=2")
    _, plain, _ = courtsim_("caseload", path, "--replications", "3", "--against", "resources.judge.capacity=2", "--json")

    assert code == 0 and "With resources.judge.capacity=2 a case takes" in printed and "days less on average" in printed
    assert json.loads(plain)["differences"]["filed"] == {"mean": 0.0, "ci95": [0.0, 0.0]}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["two-track"], "two-track has no caseload; expected `caseload: {arrivals: {per_day: 4}}` in the scenario"),
        (
            ["county-2019", "--set", "resources.judges.capacity=2"],
            "unknown resource 'judges'; expected judge, courtroom, prosecutor or public_defender; did you mean 'judge'?",
        ),
        (
            ["county-2019", "--set", "resources.judge.order=[fact.guilt]"],
            "unknown order 'fact.guilt'; expected filed, fact.counsel",
        ),
        (
            ["county-2019", "--set", "resources.judge.order=[clock.speedytrial]"],
            "did you mean 'clock.speedy_trial'?",
        ),
        (["county-2019", "--set", "resources.public_defender.for=defence"], "unknown actor 'defence'; expected"),
        (
            ["county-2019", "--set", "caseload.warm_up_days=1095"],
            "a warm-up of 1095 days; expected less than the horizon of 1095",
        ),
        (["county-2019", "--set", "caseload.arrivals.per_day=0"], "arrivals of no cases at all; expected more than 0 a day"),
        (["county-2019", "--set", "caseload.replications.precision=0"], "a precision of 0"),
        (["county-2019", "--set", "caseload.arrivals={file: none.csv}"], "no file 'none.csv'"),
        (["county-2019", "--against", "no-diversion", "--against", "second-judge"], "one variant at a time"),
        (["county-2019", "--chart", "a.gif"], "a chart in 'a.gif'; expected a name that ends in .png, .svg or .html"),
    ],
)
def test_wrong_input_is_told_in_one_line(arguments: list[str], says: str) -> None:
    code, printed, told = courtsim_("caseload", *arguments)

    assert code == 2 and not printed and says in told


@pytest.mark.parametrize(
    "change",
    [
        ["--variant", "second-judge", "--against", "resources.judge.capacity=1"],  # one judge fewer
        ["--against", "half-the-defenders"],
        ["--against", "no-diversion"],
        ["--against", "first-offer-rejected"],
        ["--variant", "conflict-counsel", "--against", "resources.public_defender.cases=5"],
        ["--against", "custody-first"],
        ["--against", "sitting-hours"],
    ],
)
def test_each_what_if_of_the_guide_is_paired(change: list[str]) -> None:
    short = ["--replications", "2", "--set", "caseload.horizon_days=90", "--set", "caseload.warm_up_days=30", "--json"]
    code, printed, _ = courtsim_("caseload", "county-2019", *short, *change)
    found = json.loads(printed)

    assert code == 0 and found["differences"]["filed"] == {"mean": 0.0, "ci95": [0.0, 0.0]}
    assert all(kept == {"little": 0, "flow": 0} for kept in found["against"]["books"]["resources"].values())


def test_a_script_is_for_one_case(tmp_path: Path) -> None:
    rest = "script: [{on: 2019-02-22, step: settle}]\ncaseload: {arrivals: {per_day: 1}}\n"
    with pytest.raises(WrongInput, match="small-case, which follows a script; expected a scenario whose cases chance decides"):
        Court(small.court(tmp_path, HEARING, rest))


def test_a_court_with_too_few_judges_is_said_never_to_settle(tmp_path: Path) -> None:
    one_hearing(tmp_path, 1.0, "0.5", days=300)
    _, printed, _ = courtsim_(
        "caseload", str(tmp_path / "small-case.yaml"), "--replications", "3", "--against", "caseload.arrivals.per_day=3"
    )

    assert "Changed: The court never settles" in printed


def test_the_courthouse_is_drawn(tmp_path: Path) -> None:
    one_hearing(tmp_path, 1.0, "0.5", days=300)
    code, _, told = courtsim_(
        "caseload", str(tmp_path / "small-case.yaml"), "--replications", "2", "--chart", str(tmp_path / "court.svg")
    )
    drawn = (tmp_path / "court.svg").read_text() if code == 0 else told

    assert all(word in drawn for word in ("Small case", "Pending", "disposed of", "judge", "A simulation."))


def test_the_picture_of_a_what_if_says_that_it_is_of_the_changed_court(tmp_path: Path) -> None:
    """It drew the changed court under the title of the other."""
    one_hearing(tmp_path, 1.0, "0.5", days=300)
    line = ["caseload", str(tmp_path / "small-case.yaml"), "--replications", "2", "--against", "resources.judge.capacity=2"]
    code, _, told = courtsim_(*line, "--chart", str(tmp_path / "court.svg"))
    drawn = (tmp_path / "court.svg").read_text() if code == 0 else told

    assert "With resources.judge.capacity=2:" in drawn


def test_the_digest_is_of_the_dates_of_a_file_and_not_of_its_name(tmp_path: Path) -> None:
    """It was of the name alone: other filings were the same inputs."""
    from courtsim.files.load import load_inputs

    loaded = []
    for written in ("2019-03-01\n2019-03-04\n", "2019-03-04\n\n2019-03-01\n", "2019-03-01\n2019-03-05\n"):
        (tmp_path / "filed.csv").write_text(written)
        loaded.append(small.court(tmp_path, HEARING, "caseload: {arrivals: {file: filed.csv}}\n"))
    known, same, other = loaded

    assert known.digest == same.digest != other.digest
    again = load_inputs(known.inputs)
    assert again.digest == known.digest and again.caseload == known.caseload
