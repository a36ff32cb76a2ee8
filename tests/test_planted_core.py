"""Small promises, each of one line of the core, quick enough to be asked after every planted fault."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from msgspec.structs import replace

import courtsim
from courtsim.analysis.coverage import coverage
from courtsim.analysis.expectations import judged
from courtsim.case.core import dated, lawful
from courtsim.procedure.conditions import matches_name
from courtsim.scenario.facts import Expectation
from courtsim.testing import assert_lawful, follow
from tests.small import court


def steps(law: object, *path: str) -> list[str]:
    return [f"{step}.{option}" for step, option in lawful(follow(law, *path))]


def test_a_name_matches_itself_and_what_stands_below_it() -> None:
    names = ["closed", "closed.acquitted", "closed_book", "close"]

    assert [matches_name(name, "closed") for name in names] == [True, True, False, False]


def test_day_0_is_the_day_it_starts() -> None:
    assert [dated(dt.date(2019, 2, 22), day) for day in (0.0, 0.99, 1.0)] == [dt.date(2019, 2, day) for day in (22, 22, 23)]


def test_what_is_restored_is_admissible_again(tmp_path: Path) -> None:
    scenario = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
        steps:
          strike: {by: judge, after: 1, once: true, event: Struck, effects: [{suppress: challenged}]}
          restore: {by: judge, after: 2, once: true, event: Restored, effects: [{restore: challenged}]}
          end: {by: judge, after: 9, event: Ended, to: {case: closed}}
        """,
        """
        searches: {warrant: {challenged: true}}
        evidence: {video: {from: [warrant]}}
        """,
    )

    assert follow(scenario, "strike.do").struck == {"video"}
    assert follow(scenario, "strike.do", "restore.do").struck == frozenset()


def test_an_option_s_condition_and_tolling_keep_a_step_from_being_lawful(tmp_path: Path) -> None:
    law = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
          light: {start: red, states: {red: {}, green: {}}}
        steps:
          turn: {by: clerk, when: {light: red}, after: 1, event: Turned, to: {light: green}}
          wait: {by: clerk, after: 3, tolled_when: {light: red}, once: true, event: Waited}
          end: {by: judge, after: 9, options: {stop: {event: Stopped, to: {case: closed}}, go: {event: Gone, to: {case: closed}, when: {light: green}}}}
        """,
    ).procedure

    assert steps(law) == ["turn.do", "end.stop"]
    assert steps(law, "turn.do") == ["wait.do", "end.go", "end.stop"]


def test_check_does_not_take_what_stands_still(tmp_path: Path) -> None:
    law = court(
        tmp_path,
        """
        tracks: {case: {start: open, states: {open: {}, closed: {final: true}}}}
        steps:
          wait: {by: clerk, after: 3, tolled_when: {case: open}, event: Waited}
          end: {by: judge, after: 9, event: Ended, to: {case: closed}}
        """,
    ).procedure

    assert courtsim.check(law).options_fired == ("end.do",)


def test_an_offer_is_used_up_and_a_closed_case_does_not_go_on(tmp_path: Path) -> None:
    scenario = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
        offer_kinds: [plea]
        steps:
          offer: {by: prosecution, after: 1, event: Offered, effects: [{offer: next}]}
          end: {by: judge, after: 9, event: Ended, to: {case: closed}}
        """,
        "offers: {first: {kind: plea}, second: {kind: plea}}\n",
    )

    assert follow(scenario, "offer.do", "offer.do").offer == "second"
    assert steps(scenario, "offer.do") == ["offer.do", "end.do"] and steps(scenario, "offer.do", "offer.do") == ["end.do"]
    assert steps(scenario, "end.do") == []


def test_a_variant_replaces_a_chooser_whole(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "scenario: mine\nextends: two-track\nvariants: {sure: {choosers: {move_to_suppress: {odds: {file: 1, forgo: 0}}}}}\n"
        "choosers: {move_to_suppress: {rows: [{when: {plea: offered}, odds: {file: 0.5, forgo: 0.5}}, {odds: {file: 0, forgo: 1}}]}}\n"
    )

    assert courtsim.load(path, variant="sure").choosers["move_to_suppress"].shares == (("file", 1), ("forgo", 0))


def test_an_expectation_that_fails_fails() -> None:
    wrong = Expectation(lawful=("try_case",), not_lawful=("arraign",))

    assert [finding.holds for finding in judged(courtsim.load("two-track"), wrong)] == [False, False]


def test_a_forged_detail_is_not_lawful_and_an_event_counts_once() -> None:
    scenario = courtsim.load("two-track")
    (case,) = courtsim.simulate(scenario, seed=3).histories
    stream = list(case.stream)
    n = next(n for n, event in enumerate(stream) if n and event.details)

    assert sum(coverage(scenario.procedure, [case.events]).options.values()) == len(case.events)
    with pytest.raises(AssertionError, match="the law makes of it"):
        assert_lawful(scenario, [*stream[:n], replace(stream[n], details=()), *stream[n + 1 :]])
