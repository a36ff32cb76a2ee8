"""Lawyers who keep a case: who has a place, who waits for one, what waits with it, who takes what overflows."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import courtsim
from courtsim.analysis.caseload import measured, report
from courtsim.analysis.steady import Figure, student
from courtsim.case.clocks import DAY
from courtsim.case.history import History
from courtsim.cli.commands import cli
from courtsim.engines.caseload import Court, Docketed
from courtsim.errors import WrongInput
from courtsim.testing import assert_lawful
from tests import small
from tests.test_caseload import filed_on, went

LAW = """
facts: {counsel: {values: [appointed, private], default: appointed}}
tracks:
  case:
    start: filed
    states: {filed: {}, pleaded: {}, closed: {final: true}}
  appearance:
    start: out
    states: {out: {}, held: {custody: true}}
steps:
  arrest: {by: police, when: {case: filed, fact: {counsel: private}}, after: 0, once: true, event: Arrested, to: {appearance: held}}
  plead: {by: defense, when: {case: filed}, after: 1, event: Pleaded, to: {case: pleaded}}
  drop: {by: prosecution, when: {case: filed}, after: 4.5, event: Dropped, to: {case: closed}}
  hear: {by: judge, when: {case: pleaded}, after: 2, event: Heard, to: {case: closed}}
"""


def test_a_case_without_a_lawyer_waits_and_the_rest_goes_on(tmp_path: Path) -> None:
    scenario = small.court(
        tmp_path, LAW, "resources: {defender: {for: defense, capacity: 1, cases: 1}}\n" + filed_on(tmp_path, 0, 0, 1)
    )

    # The first has the lawyer from 0 to 3. The second pleads when it has him, on day 3; it is heard two days after.
    # The third, filed on day 1, would have him on day 5; but on day 5.5 its case would be dropped, and he comes before that.
    assert went(scenario) == [[(1, "Pleaded"), (3, "Heard")], [(3, "Pleaded"), (5, "Heard")], [(5, "Pleaded"), (7, "Heard")]]


def test_a_case_that_ends_while_it_waits_leaves_the_queue(tmp_path: Path) -> None:
    scenario = small.court(
        tmp_path, LAW, "resources: {defender: {for: defense, capacity: 1, cases: 1}}\n" + filed_on(tmp_path, 0, 0, 0, 2)
    )

    # The third is dropped at 4.5, unrepresented; the fourth has the lawyer at 5.
    assert went(scenario)[2:] == [[(4.5, "Dropped")], [(5, "Pleaded"), (7, "Heard")]]
    use = Court(scenario).lived(1).uses["defender"]
    assert [int(left) / DAY for left in use.out] == [3, 5, 4.5, 7]
    assert use.present == 0


def test_each_lawyer_has_so_many_open_cases(tmp_path: Path) -> None:
    rest = "resources: {defender: {for: defense, capacity: 2, cases: 2}}\n" + filed_on(tmp_path, *[0] * 6)
    pleaded = sorted(events[0] for events in went(small.court(tmp_path, LAW, rest)))

    assert pleaded == [(1, "Pleaded")] * 4 + [(3, "Pleaded")] * 2


def test_only_the_steps_of_his_party_wait(tmp_path: Path) -> None:
    rest = "resources: {prosecutor: {for: prosecution, capacity: 1, cases: 1}}\n" + filed_on(tmp_path, 0, 0)

    assert went(small.court(tmp_path, LAW, rest)) == [[(1, "Pleaded"), (3, "Heard")]] * 2


def test_others_take_what_overflows(tmp_path: Path) -> None:
    rest = "resources: {defender: {for: defense, capacity: 1, cases: 1, overflow: conflict}, conflict: {capacity: 1, cases: 1}}\n"
    scenario = small.court(tmp_path, LAW, rest + filed_on(tmp_path, 0, 0, 0, 0))

    # The second goes to the conflict counsel at once; the others wait for whoever is free first, on day 3 the one and the other.
    assert went(scenario) == [[(1, "Pleaded"), (3, "Heard")]] * 2 + [[(3, "Pleaded"), (5, "Heard")]] * 2
    court = Court(scenario)
    found = measured(court, court.lived(1), 0)
    assert found.balances["defender"].flow == found.balances["conflict"].flow == 0
    period = Court(scenario).lived(1)
    assert period.uses["defender"].sent_on.tolist() == [False, True, False, True]


def test_who_needs_none_any_more_lets_him_go(tmp_path: Path) -> None:
    rest = "resources: {defender: {for: defense, when: {case: filed}, capacity: 1, cases: 1}}\n" + filed_on(tmp_path, 0, 0)

    assert went(small.court(tmp_path, LAW, rest)) == [[(1, "Pleaded"), (3, "Heard")], [(1, "Pleaded"), (3, "Heard")]]


def test_those_held_get_the_next_lawyer(tmp_path: Path) -> None:
    """The third and the fourth of six are arrested; filed last, they come first."""
    rest = "facts: {counsel: {odds: {appointed: 0.5, private: 0.5}}}\n"
    rest += "resources: {defender: {for: defense, capacity: 1, cases: 1, order: [custody]}}\n"
    scenario = small.court(tmp_path, LAW.replace("after: 4.5", "after: 300"), rest + filed_on(tmp_path, *[0] * 8))
    pleaded: list[tuple[int, bool]] = []
    Court(scenario).lived(
        5,
        0,
        lambda walk: pleaded.append(
            (walk.happenings[-2][0], "Arrested" in [walk.masks.options[n].option.event for _, n, _ in walk.happenings])
        ),
    )
    held = [arrested for _, arrested in sorted(pleaded)]

    assert held == sorted(held, reverse=True) and 0 < sum(held) < 8


# -- against theory: places are servers


PLACES = """
tracks:
  case: {start: filed, states: {filed: {}, pleaded: {}, closed: {final: true}}}
steps:
  plead: {by: defense, when: {case: filed}, after: 0, event: Pleaded, to: {case: pleaded}}
  hear: {by: judge, when: {case: pleaded}, after: {exponential: 1}, event: Heard, to: {case: closed}}
"""
YEARS = "caseload: {arrivals: {per_day: 1.8}, horizon_days: 400, warm_up_days: 50, replications: 20}\n"


def near(found: Figure, theory: float) -> bool:
    return abs(found.mean - theory) < 4 * found.half / student(19)


def test_three_places_are_three_servers(tmp_path: Path) -> None:
    """M/M/3 (Kleinrock, Queueing Systems 1, 1975): Erlang C. One lawyer with three places is three with one."""
    load = 1.8
    erlang = load**3 / 6 / (1 - load / 3)
    waits = erlang / (1 + load + load**2 / 2 + erlang)
    one, three = (
        Court(small.court(tmp_path, PLACES, f"resources: {{defender: {{for: defense, {lawyers}}}}}\n{YEARS}"))
        for lawyers in ("capacity: 1, cases: 3", "capacity: 3, cases: 1")
    )
    for seed in (11, 12):
        found = report(one, seed)
        assert near(found.figures["wait.defender.mean"], waits / 1.2)
        assert near(found.figures["utilization.defender"], 0.6)
        assert near(found.figures["days_to_disposition.mean"], waits / 1.2 + 1)
    assert report(one, 1, replications=2).figures == report(three, 1, replications=2).figures


def test_where_others_take_the_overflow_their_share_is_erlangs(tmp_path: Path) -> None:
    """M/M/3/3: Erlang B."""
    load = 1.8
    sent_on = load**3 / 6 / sum(load**n / math.factorial(n) for n in range(4))
    lawyers = "resources: {defender: {for: defense, capacity: 3, cases: 1, overflow: conflict}, conflict: {}}\n"
    court = Court(small.court(tmp_path, PLACES, lawyers + YEARS))
    for seed in (11, 12):
        assert near(report(court, seed).figures["sent_on.defender"], sent_on)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 99),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["", ", order: [filed]", ", order: [custody, filed]"]),
    st.sampled_from(["", ", overflow: conflict"]),
)
def test_no_place_is_taken_twice_and_none_is_free_while_a_case_waits(
    tmp_path_factory: pytest.TempPathFactory, seed: int, capacity: int, cases: int, order: str, overflow: str
) -> None:
    law = LAW.replace("after: 2,", "after: {exponential: 2},").replace("after: 4.5", "after: {exponential: 9}")
    rest = "facts: {counsel: {odds: {appointed: 0.5, private: 0.5}}}\n"
    rest += f"resources: {{defender: {{for: defense, capacity: {capacity}, cases: {cases}{order}{overflow}}}"
    rest += ", conflict: {capacity: 1, cases: 2}}\n" if overflow else "}\n"
    rest += "caseload: {arrivals: {per_day: 1.5}, horizon_days: 60, warm_up_days: 10}\n"
    court = Court(small.court(tmp_path_factory.mktemp("court"), law, rest))
    pleaded: dict[int, list[int]] = {}

    def take(walk: Docketed) -> None:
        pleaded[walk.case - 1] = [tick for tick, n, _ in walk.happenings if walk.masks.options[n].option.event == "Pleaded"]

    period = court.lived(seed, 0, take)
    found = measured(court, period, 10)

    assert found.open_books == 0
    assert all(kept.little == 0 and kept.flow == 0 for kept in found.balances.values())
    use = period.uses["defender"]
    for n, times in pleaded.items():  # all ask as they are filed, in the order of the cases
        assert use.sent_on[n] or all(time >= use.began[n] for time in times)
    moves = [(t, 1, +1, 0) for t in use.began[use.began <= period.until].tolist()]
    moves += [(t, 0, -1, 0) for b, t in zip(use.began, use.out, strict=True) if b <= period.until and t <= period.until]
    moves += [(t, 0, 0, +1) for t in use.asked.tolist()]
    moves += [(min(b, o), 1, 0, -1) for b, o in zip(use.began, use.out, strict=True) if min(b, o) <= period.until]
    held = waiting = 0
    for n, (time, _, place, wait) in enumerate(sorted(moves)):
        held, waiting = held + place, waiting + wait
        assert held <= capacity * cases
        if n + 1 == len(moves) or sorted(moves)[n + 1][0] > time:  # the moment is over
            assert not waiting or held == capacity * cases


def test_lawyers_enough_change_nothing(tmp_path: Path) -> None:
    """With places for all, a court's cases go as if no lawyer were counted."""
    sets = ["caseload.horizon_days=200"]
    events: list[dict[int, list[tuple[int, int]]]] = []
    for more in (["resources.prosecutor=null", "resources.public_defender=null"], ["resources.public_defender.cases=10000"]):
        ended: dict[int, list[tuple[int, int]]] = {}
        court = Court(courtsim.load("county-2019", sets=[*sets, *more]))
        court.lived(3, 0, lambda walk, ended=ended: ended.update({walk.case: [(t, n) for t, n, _ in walk.happenings]}))
        events.append(ended)

    until = 200 * DAY
    assert events[1] == {case: went for case, went in events[0].items() if case in events[1]} and len(events[1]) > 300
    assert all(went[-1][0] > until for case, went in events[0].items() if case not in events[1])  # not seen to their end


def test_what_happens_while_cases_wait_is_lawful() -> None:
    """Every event of every case of a Florida court in which judges sit by the hour and defenders have too few places."""
    sets = [
        "resources.public_defender.cases=4",
        "resources.judge.order=[custody, clock.speedy_trial]",
        "caseload.horizon_days=150",
    ]
    scenario = courtsim.load("county-2019", variant="sitting-hours", sets=sets)
    lawful = 0

    def take(walk: Docketed) -> None:
        nonlocal lawful
        history = History(walk.masks, walk.opening, walk.case, walk.happenings, walk.word)
        assert_lawful(scenario.procedure, history.stream)
        lawful += 1

    period = Court(scenario).lived(2, 0, take)
    assert lawful > 200
    waits = period.uses["public_defender"]
    assert (waits.began - waits.asked)[waits.began < period.until].max() > 30 * DAY


def test_fewer_places_never_help(tmp_path: Path) -> None:
    """Paired, replication by replication: each case waits longer for its lawyer, and as long for all else."""
    days = []
    for cases in (3, 2):
        lawyers = f"resources: {{defender: {{for: defense, capacity: 1, cases: {cases}}}}}\n"
        found = report(Court(small.court(tmp_path, PLACES, lawyers + YEARS.replace("20", "4"))), 7)
        days.append([lived.figures["days_to_disposition.mean"] for lived in found.replications])

    assert all(fewer > more for more, fewer in zip(*days, strict=True))


def test_the_table_says_how_full_lawyers_are(tmp_path: Path) -> None:
    rest = "resources: {public_defender: {for: defense, capacity: 1, cases: 2, overflow: conflict}, conflict: {}}\n"
    small.court(tmp_path, PLACES, rest + "caseload: {arrivals: {per_day: 3}, horizon_days: 200, warm_up_days: 50}\n")
    ran = CliRunner().invoke(cli, ["caseload", str(tmp_path / "small-case.yaml"), "--replications", "2", "--seed", "1"])

    assert ran.exit_code == 0, ran.stderr
    assert "The public defender binds \nfirst: 70% of the places taken, waited for 0 days.\n" in ran.stdout
    assert "Public defender: open cases, of those that they may have    70%   29% to 100%\n" in ran.stdout
    assert "Public defender: cases sent on for want of a place          53%    28% to 78%\n" in ran.stdout
    assert "Conflict: days a case waits for one: mean                     0        0 to 0\n" in ran.stdout


def test_what_only_the_changed_court_has_is_told_too(tmp_path: Path) -> None:
    rest = "resources: {public_defender: {for: defense, capacity: 1, cases: 2}}\n"
    small.court(tmp_path, PLACES, rest + "caseload: {arrivals: {per_day: 1}, horizon_days: 200, warm_up_days: 50}\n")
    change = "resources={public_defender: {for: defense, capacity: 1, cases: 2, overflow: conflict}, conflict: {}}"
    arguments = ["caseload", str(tmp_path / "small-case.yaml"), "--replications", "2", "--seed", "1", "--against", change]
    told = CliRunner().invoke(cli, arguments).stdout

    assert "Public defender: cases sent on" in told and "Conflict: days a case waits" in told


def test_a_mix_under_another_law_is_refused(tmp_path: Path) -> None:
    rest = "resources: {defender: {for: defense, when: {appearance: held}, capacity: 1, cases: 1}}\ncaseload: {arrivals: {per_day: 1}}\n"
    scenario = small.court(tmp_path, LAW, rest)
    other = courtsim.load("two-track")
    with pytest.raises(WrongInput, match=r"lawyers for .*appearance.*, which two-track-example does not know"):
        Court(scenario, {"small-case": scenario, "two-track": other})
