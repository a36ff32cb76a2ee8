"""What could ever happen: dead ends, law that can never apply, invariants with the shortest way to break them."""

from __future__ import annotations

from pathlib import Path

import pytest

import courtsim
from courtsim.errors import EndlessLoop, WrongInput
from tests.small import court

DOORS = """
tracks:
  case: {start: open, states: {open: {}, waiting: {}, closed.a: {final: true}, closed.b: {final: true}}}
  motion: {start: none, states: {none: {}, pending: {}, granted: {}, denied: {}}}
steps:
  move: {by: defense, when: {motion: none}, after: 1, once: true, event: Moved, to: {motion: pending}}
  rule:
    by: judge
    when: {motion: pending}
    after: 1
    options:
      grant: {event: Granted, to: {motion: granted}}
      deny: {event: Denied, to: {motion: denied}}
  wait: {by: clock, when: {case: open, motion: granted}, after: 5, event: Waited, to: {case: waiting}}
  end: {by: judge, when: {case: open, motion: [granted, denied]}, after: 2, event: Ended, to: {case: closed.a}}
"""
CHOOSERS = "choosers: {rule: {odds: {grant: 1, deny: 0}}}"


def test_a_dead_end_is_found_with_the_shortest_way_there(tmp_path: Path) -> None:
    found = courtsim.check(court(tmp_path, DOORS, CHOOSERS))

    assert not found.ok and found.finished
    assert [(end.state, end.after) for end in found.dead_ends] == [
        ("waiting", ("move.do", "rule.grant", "wait.do")),
    ]


def test_what_nothing_reaches_and_nobody_chooses_is_listed(tmp_path: Path) -> None:
    found = courtsim.check(court(tmp_path, DOORS, CHOOSERS))

    assert found.unreachable_states == ("case.closed.b",)
    assert found.unreachable_options == ()
    assert found.never_chosen == ("rule.deny",)


def test_a_step_can_be_left_out(tmp_path: Path) -> None:
    scenario = court(tmp_path, DOORS, CHOOSERS)

    found = courtsim.check(scenario, without=["wait"])

    assert found.dead_ends == () and "case.waiting" in found.unreachable_states
    with pytest.raises(WrongInput, match="unknown step 'waits'.*did you mean 'wait'"):
        courtsim.check(scenario, without=["waits"])


def test_a_search_that_gives_up_never_says_ok(tmp_path: Path) -> None:
    found = courtsim.check(court(tmp_path, DOORS, CHOOSERS), without=["wait"], most_states=2)

    assert not found.finished and not found.ok


@pytest.mark.parametrize(
    ("invariant", "after"),
    [
        ("{never: {case: closed, motion: denied}}", ("move.do", "rule.deny", "end.do")),
        ("{event: Ended, requires: {motion: denied}}", ("move.do", "rule.grant", "end.do")),
        ("{after: Granted, always: {case: open}}", ("move.do", "rule.grant", "wait.do")),
        ("{after: Granted, eventually: {case: waiting}}", ("move.do", "rule.grant", "end.do")),
    ],
)
def test_a_broken_invariant_comes_with_the_shortest_way(invariant: str, after: tuple[str, ...], tmp_path: Path) -> None:
    found = courtsim.check(court(tmp_path, DOORS + f"invariants: {{mine: {invariant}}}\n", CHOOSERS))

    assert [(broken.invariant, broken.after) for broken in found.violated] == [("mine", after)]


@pytest.mark.parametrize(
    "invariant",
    [
        "{never: {case: closed.b}}",
        "{event: Ended, requires: {motion: [granted, denied]}}",
        "{after: Granted, always: {motion: granted}}",
        "{after: Granted, eventually: {case: waiting}, unless: {case: closed}}",
    ],
)
def test_an_invariant_that_holds_is_not_reported(invariant: str, tmp_path: Path) -> None:
    assert courtsim.check(court(tmp_path, DOORS + f"invariants: {{mine: {invariant}}}\n", CHOOSERS)).violated == ()


def test_a_cycle_without_time_is_an_error_that_names_it(tmp_path: Path) -> None:
    scenario = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
          ball: {start: here, states: {here: {}, there: {}}}
        steps:
          throw: {by: defense, when: {ball: here}, event: Thrown, to: {ball: there}}
          catch: {by: prosecution, when: {ball: there}, event: Caught, to: {ball: here}}
          end: {by: clock, after: 9, event: Ended, to: {case: closed}}
        """,
    )

    with pytest.raises(EndlessLoop, match="catch or throw can repeat without time passing"):
        courtsim.check(scenario)
    with pytest.raises(EndlessLoop, match="throw or catch can repeat without time passing"):
        courtsim.simulate(scenario)


def test_a_bare_procedure_is_read_with_every_switch_fact_and_offer(tmp_path: Path) -> None:
    procedure = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed.dear: {final: true}, closed.cheap: {final: true}, closed.other: {final: true}}}
        offer_kinds: [plea, diversion]
        facts: {priors: {default: 0}, counsel: {values: [none, private], default: none}}
        switches: {route: {values: [circuit, district], authority: a statute}}
        steps:
          offer: {by: prosecution, after: 1, event: Offered, effects: [{offer: next}]}
          end:
            by: judge
            after: 2
            options:
              dear: {event: EndedDear, to: {case: closed.dear}, when: {fact: {priors: {at_least: 2}, counsel: private}}}
              cheap: {event: EndedCheap, to: {case: closed.cheap}, when: {offer: {kind: diversion}, switch: {route: district}}}
              other: {event: Ended, to: {case: closed.other}, when: {prima_facie: false}}
        """,
    ).procedure

    found = courtsim.check(procedure)

    assert found.finished and found.unreachable_options == () and found.unreachable_states == ()


def test_the_format_page_s_own_court_has_no_dead_end() -> None:
    found = courtsim.check("two-track")

    assert found.ok


def test_a_drawn_number_that_nothing_asks_about_is_one_state(tmp_path: Path) -> None:
    law = DOORS + "facts: {weight: {default: 0}}\n"
    plain, drawn = (court(tmp_path, law, CHOOSERS + facts) for facts in ("", "\nfacts: {weight: {exponential: 3}}\n"))

    assert courtsim.check(drawn).states == courtsim.check(plain).states
