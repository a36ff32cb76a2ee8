"""Who is heard first, as cases stand: held now, time left of a clock that runs; asked when a judge becomes free."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtsim.analysis.steady import Figure, figure, student
from courtsim.case.clocks import DAY
from courtsim.engines.caseload import Court, Docketed
from courtsim.scenario.facts import Scenario
from tests import small
from tests.test_caseload import filed_on, went

LAW = """
facts: {rank: {default: 0}}
tracks:
  case: {start: filed, states: {filed: {}, closed: {final: true}}}
  appearance: {start: out, states: {out: {}, held: {custody: true}, bailed: {}}}
  speedy_trial: {start: running, states: {running: {}, waived: {}, expired: {}}}
steps:
  arrest: {by: police, when: {appearance: out, fact: {rank: 1}}, after: 0, event: Arrested, to: {appearance: held}}
  bail: {by: defense, when: {appearance: held}, after: 2.5, event: Bailed, to: {appearance: bailed}}
  waive: {by: defense, when: {case: filed, fact: {rank: 2}}, after: 0.5, once: true, event: Waived, to: {speedy_trial: waived}}
  expire: {by: clock, when: {speedy_trial: running}, after: 90, event: Expired, to: {speedy_trial: expired}}
  hear: {by: judge, when: {case: filed}, after: 1, needs: {judge: 2}, event: Heard, to: {case: closed}}
"""
RANKS = "facts: {rank: {odds: {0: 0.4, 1: 0.3, 2: 0.3}}}\n"


def heard(scenario: Scenario, seed: int = 1) -> list[tuple[float, int, int]]:
    """Day of the end of the hearing, the fact `rank` and the number of every case, in the order in which they were heard."""
    found: list[tuple[float, int, int]] = []

    def take(walk: Docketed) -> None:
        found.append((walk.happenings[-1][0] / DAY, int(dict(walk.opening.facts)["rank"]), walk.case))

    Court(scenario).lived(seed, 0, take)
    return sorted(found)


def court(folder: Path, order: str, *days: int, facts: str = RANKS, law: str = LAW) -> Scenario:
    return small.court(folder, law, f"{facts}resources: {{judge: {{capacity: 1{order}}}}}\n" + filed_on(folder, *days))


def test_those_held_go_first_though_they_asked_last(tmp_path: Path) -> None:
    """All ask on day 1. Whoever is held is heard first while he is held: until day 2.5. The judge is free on days 1, 3, 5, ..."""
    plain, first = heard(court(tmp_path, "", *[0] * 9), 6), heard(court(tmp_path, ", order: [custody]", *[0] * 9), 6)
    held = [case for _, rank, case in plain if rank == 1]

    assert [case for _, _, case in plain] == list(range(1, 10)) and held[0] > 1  # first come, first served
    # On day 1 one who is held; from day 3 on none is held any more, and it is first come, first served again.
    rest = [case for case in range(1, 10) if case != held[0]]
    assert [case for _, _, case in first] == [held[0], *rest]


def test_those_held_longer_are_all_heard_first(tmp_path: Path) -> None:
    law = LAW.replace("after: 2.5", "after: 300")
    ranks = [rank == 1 for _, rank, _ in heard(court(tmp_path, ", order: [custody]", *[0] * 9, law=law))]

    assert ranks == sorted(ranks, reverse=True) and 0 < sum(ranks) < 9


def test_the_least_time_left_goes_first_and_who_waived_goes_last(tmp_path: Path) -> None:
    """Filed on five days, all before the judge is free: the time of who was filed first runs out first; who waives falls back."""
    days = (0, 0, 1, 2, 3, 4, 4)
    found = heard(court(tmp_path, ", order: [clock.speedy_trial]", *days))
    waived = [case for _, rank, case in found if rank == 2]
    running = [case for _, rank, case in found if rank != 2]

    assert waived and running == sorted(running) and waived == sorted(waived)
    # The first hearing begins on day 1; a case that waives after half a day has waived before it asks.
    assert [case for _, _, case in found] == [running[0], *running[1:], *waived] or days[waived[0] - 1] == 0


def test_a_clock_that_stands_still_does_not_press(tmp_path: Path) -> None:
    law = LAW.replace(
        "when: {speedy_trial: running}, after: 90", "when: {speedy_trial: running}, tolled_when: {appearance: held}, after: 90"
    )
    law = law.replace("after: 2.5", "after: 300")
    ranks = [
        rank == 1
        for _, rank, _ in heard(
            court(tmp_path, ", order: [clock.speedy_trial]", *[0] * 9, law=law, facts="facts: {rank: {odds: {0: 0.5, 1: 0.5}}}\n")
        )
    ]

    assert ranks == sorted(ranks) and 0 < sum(ranks) < 9


def test_where_nobody_is_before_another_it_is_first_come_first_served(tmp_path: Path) -> None:
    days = [0, 0, 0, 1, 1, 2, 5, 5, 5, 9, 9]
    nobody = "facts: {rank: 0}\n"
    plain = went(court(tmp_path, "", *days, facts=nobody))

    assert went(court(tmp_path, ", order: [custody]", *days, facts=nobody)) == plain
    assert went(court(tmp_path, ", order: [custody, clock.speedy_trial, filed]", *days, facts=nobody)) == plain


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.lists(st.integers(0, 12), min_size=2, max_size=14), st.integers(1, 2))
def test_a_case_held_never_waits_behind_a_released_one_that_asked_no_sooner_or_later(
    tmp_path_factory: pytest.TempPathFactory, seed: int, days: list[int], judges: int
) -> None:
    """Whenever a hearing of one who is not held begins, nobody waits who is: not even who asked at the same moment."""
    law = LAW.replace("after: 2.5", "after: {uniform: [1, 8]}").replace("after: 1,", "after: {empirical: [1, 2]},")
    folder = tmp_path_factory.mktemp("court")
    scenario = small.court(
        folder, law, f"{RANKS}resources: {{judge: {{capacity: {judges}, order: [custody]}}}}\n" + filed_on(folder, *sorted(days))
    )
    spans: list[tuple[int, int, list[tuple[int, str]]]] = []

    def take(walk: Docketed) -> None:
        events = [(tick, walk.masks.options[n].option.event) for tick, n, _ in walk.happenings]
        began = events[-1][0] - 2 * DAY
        spans.append((walk.book.filed, began, events))

    built = Court(scenario)
    period = built.lived(seed, 0, take)
    assert len(days) == len(spans)
    use = period.uses["judge"]
    asked_of = dict(zip(use.began.tolist(), use.asked.tolist(), strict=True))

    def is_held(events: list[tuple[int, str]], at: int) -> bool:
        since = [tick for tick, name in events if name == "Arrested" and tick <= at]
        return bool(since) and not any(name == "Bailed" and tick <= at for tick, name in events)

    for _, began, events in spans:
        if is_held(events, began):
            continue
        for _, other_began, other_events in spans:
            waits = asked_of[other_began] <= began < other_began
            bailed_now = any(name == "Bailed" and tick == began for tick, name in other_events)
            assert not (waits and is_held(other_events, began) and not bailed_now)


def test_two_classes_by_custody_are_those_of_theory(tmp_path: Path) -> None:
    """Non-preemptive priority (Cobham 1954): W_1 = R / (1 - r_1), W_2 = W_1 / (1 - r_1 - r_2), R = lambda E[S^2] / 2."""
    law = """
    facts: {rank: {default: 0}}
    tracks:
      case: {start: filed, states: {filed: {}, closed: {final: true}}}
      appearance: {start: out, states: {out: {}, held: {custody: true}}}
    consequences:
      arrest: {when: {appearance: out, fact: {rank: 1}}, to: {appearance: held}, event: Arrested}
    steps:
      hear: {by: judge, when: {case: filed}, after: 0, needs: {judge: {exponential: 0.6}}, event: Heard, to: {case: closed}}
    """
    rest = "facts: {rank: {odds: {1: 0.4, 0: 0.6}}}\nresources: {judge: {capacity: 1, order: [custody]}}\n"
    rest += "caseload: {arrivals: {per_day: 1}, horizon_days: 350, warm_up_days: 50, replications: 20}\n"
    built = Court(small.court(tmp_path, law, rest))
    first = 0.6**2 / (1 - 0.4 * 0.6)
    for seed in (11, 12, 13, 14, 15):
        means: dict[int, list[float]] = {0: [], 1: []}
        for replication in range(20):
            stays: dict[int, list[float]] = {0: [], 1: []}

            def take(walk: Docketed, stays: dict[int, list[float]] = stays) -> None:
                if walk.book.filed > 50 * DAY:
                    stays[int(dict(walk.opening.facts)["rank"])].append((walk.happenings[-1][0] - walk.book.filed) / DAY)

            built.lived(seed, replication, take)
            for rank, found in stays.items():
                means[rank].append(sum(found) / len(found))
        assert near(figure(means[1]), first + 0.6)
        assert near(figure(means[0]), first / (1 - 0.6) + 0.6)


def near(found: Figure, theory: float) -> bool:
    return abs(found.mean - theory) < 4 * found.half / student(19)


def test_a_day_for_trial_is_set_again_when_it_is_put_off(tmp_path: Path) -> None:
    law = """
    tracks: {case: {start: filed, states: {filed: {}, closed: {final: true}}}, motion: {start: none, states: {none: {}, filed: {}, denied: {}}}}
    steps:
      continue: {by: defense, when: {case: filed}, after: 3, once: true, event: Continued, effects: [{count: continuance}], restarts: [try]}
      move: {by: defense, when: {case: filed, motion: none}, after: 6, event: Moved, to: {motion: filed}}
      rule: {by: judge, when: {motion: filed}, after: 1, event: Denied, to: {motion: denied}}
      try: {by: jury, when: {case: filed, motion: {not: filed}}, after: 10, event: Tried, to: {case: closed}, effects: [{count: trial}]}
    """
    books = Court(small.court(tmp_path, law, filed_on(tmp_path, 0))).lived(1).cases

    # Set at filing for day 10, on day 3 for day 13, and after the ruling on day 7 for day 17.
    assert [(book.settings, book.continuances, book.trials, book.disposed) for book in books] == [(3, 1, 1, 17 * DAY)]
