"""Who decides: odds, rows, findings, evidence, sentences, and functions of one's own."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

import courtsim
from courtsim.case.events import Event, Ruling, Sentenced
from courtsim.choosers.kinds import Choice, Luck, Moment
from courtsim.errors import WrongInput
from courtsim.scenario.facts import Scenario
from tests.small import court, one_case

CASES = 4_000

MOTION = """
tracks:
  case: {start: open, states: {open: {}, ruled: {}, closed.affirmed: {final: true}, closed.reversed: {final: true}, closed.denied: {final: true}}}
  motion: {start: pending, states: {pending: {}, granted: {}, denied: {}}}
facts: {nervous: {values: [true, false], default: false}}
switches: {doctrine: {values: [strict, lax], authority: a treatise}}
tests:
  search:
    questions: {standing: {ask: 'Standing?'}, limits: {ask: 'Limits?'}, good_faith: {ask: 'Good faith?'}}
    rule:
      - {if: {standing: no}, then: deny}
      - {if: {limits: no, good_faith: no}, then: grant}
      - {if: {limits: no, switch: {doctrine: strict}}, then: grant}
      - {then: deny}
  review: {reviews: search, outcomes: {grant: affirm, deny: reverse}}
steps:
  rule:
    by: judge
    when: {motion: pending}
    after: 1
    options:
      grant: {event: Granted, to: {motion: granted, case: ruled}}
      deny: {event: Denied, to: {motion: denied, case: closed.denied}}
  appeal:
    by: appellate_court
    when: {case: ruled}
    after: 1
    options:
      affirm: {event: Affirmed, to: {case: closed.affirmed}}
      reverse: {event: Reversed, to: {case: closed.reversed}}
"""
BY_FINDINGS = """
choosers: {rule: {findings: search}, appeal: {findings: review}}
findings:
  search: {standing: 0.9, limits: 0.3, good_faith: 0.5}
  review: {standing: 0.1, limits: 0.2, good_faith: 0}
"""


def shares(scenario: Scenario, seed: int = 1) -> dict[str, float]:
    run = courtsim.simulate(scenario, cases=CASES, seed=seed)
    return {name: share.share for name, share in run.dispositions.items()}


def close(share: float, p: float) -> bool:
    """Within 4.5 standard errors of CASES draws."""
    return abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / CASES)


def test_a_ruling_follows_from_findings_by_the_rule(tmp_path: Path) -> None:
    grant = 0.9 * 0.7  # standing and no limits; good faith does not matter under the strict doctrine
    stays = 0.9 * 0.8  # neither finding reversed: grant again, affirmed

    found = shares(court(tmp_path, MOTION, BY_FINDINGS))

    assert close(found["closed.denied"], 1 - grant)
    assert close(found["closed.affirmed"], grant * stays)


def test_a_switch_changes_what_follows(tmp_path: Path) -> None:
    found = shares(court(tmp_path, MOTION, BY_FINDINGS + "switches: {doctrine: lax}\n"))

    assert close(found["closed.denied"], 1 - 0.9 * 0.7 * 0.5)


def test_a_ruling_carries_its_answers_and_the_row_that_decided(tmp_path: Path) -> None:
    fixed = BY_FINDINGS.replace("0.9", "true").replace("0.3", "false").replace("0.5", "true")

    case = one_case(court(tmp_path, MOTION, fixed))

    assert case.events[0].details == (
        Ruling("search", (("standing", True), ("limits", False), ("good_faith", True)), 2, "grant"),
    )


def test_answers_behind_other_choosers_are_drawn_given_the_ruling(tmp_path: Path) -> None:
    by_odds = BY_FINDINGS.replace("rule: {findings: search}", "rule: {odds: {grant: 1, deny: 0}}")
    run = courtsim.simulate(court(tmp_path, MOTION, by_odds), cases=CASES, seed=1)

    answers = [dict(ruling.answers) for case in run for ruling in case.events[0].details if isinstance(ruling, Ruling)]

    assert len(answers) == CASES
    assert all(a["standing"] and not a["limits"] for a in answers)
    assert close(sum(a["good_faith"] for a in answers) / CASES, 0.5)


def test_an_impossible_ruling_departs_from_the_fewest_fixed_answers(tmp_path: Path) -> None:
    impossible = BY_FINDINGS.replace("rule: {findings: search}", "rule: {odds: {grant: 1, deny: 0}}")
    impossible = impossible.replace("standing: 0.9, limits: 0.3", "standing: false, limits: 0.3")

    ruling = one_case(court(tmp_path, MOTION, impossible)).events[0].details[0]

    assert isinstance(ruling, Ruling) and dict(ruling.answers)["standing"]


def test_odds_are_rescaled_over_the_lawful_options(tmp_path: Path) -> None:
    court_of_three = """
    tracks:
      case: {start: open, states: {open: {}, closed.a: {final: true}, closed.b: {final: true}, closed.c: {final: true}}}
      gate: {start: shut, states: {shut: {}, ajar: {}}}
    steps:
      end:
        by: judge
        after: 1
        options:
          a: {event: A, to: {case: closed.a}}
          b: {event: B, to: {case: closed.b}}
          c: {event: C, to: {case: closed.c}, when: {gate: ajar}}
    """

    found = shares(court(tmp_path, court_of_three, "choosers: {end: {odds: {a: 0.1, b: 0.3, c: rest}}}"))

    assert found["closed.c"] == 0 and close(found["closed.a"], 0.25)


def test_odds_that_leave_nothing_lawful_name_step_and_state(tmp_path: Path) -> None:
    shut = MOTION.replace("reverse: {event: Reversed,", "reverse: {event: Reversed, when: {motion: denied},")
    scenario = court(tmp_path, shut, "choosers: {rule: {odds: {grant: 1, deny: 0}}, appeal: {odds: {affirm: 0, reverse: 1}}}")
    run = courtsim.simulate(
        court(tmp_path, shut, "choosers: {rule: {odds: {grant: 1, deny: 0}}, appeal: {odds: {affirm: 1, reverse: 0}}}")
    )

    assert run.outcomes[0].disposition == "closed.affirmed"
    assert courtsim.simulate(scenario).outcomes[0].disposition == "closed.affirmed"  # one lawful option needs no odds


def test_two_lawful_options_without_a_chance_are_an_error(tmp_path: Path) -> None:
    three = MOTION.replace(
        "reverse: {event: Reversed, to: {case: closed.reversed}}",
        "reverse: {event: Reversed, to: {case: closed.reversed}}\n"
        "      remand: {event: Remanded, to: {case: closed.reversed}, when: {motion: denied}}",
    )
    odds = "choosers: {rule: {odds: {grant: 1, deny: 0}}, appeal: {odds: {affirm: 0, reverse: 0, remand: 1}}}"

    with pytest.raises(
        WrongInput, match=r"lawful options of appeal \(affirm or reverse\) have odds that sum to 0 at case: ruled"
    ):
        one_case(court(tmp_path, three, odds))


def test_rows_are_read_from_the_top_and_private_facts_by_their_actor(tmp_path: Path) -> None:
    rows = """
    facts: {nervous: {odds: {true: 0.25, false: 0.75}}}
    choosers:
      rule: {rows: [{when: {fact: {nervous: true}}, odds: {grant: 1, deny: 0}}, {odds: {grant: 0, deny: 1}}]}
      appeal: {odds: {affirm: 1, reverse: 0}}
    """

    assert close(shares(court(tmp_path, MOTION, rows))["closed.affirmed"], 0.25)


def test_a_function_decides_in_place_of_the_scenario(tmp_path: Path) -> None:
    seen: list[tuple[str, tuple[str, ...], object]] = []

    def deny(moment: Moment) -> str:
        seen.append((moment.by, moment.lawful, moment.tracks["motion"]))
        return "deny"

    run = courtsim.simulate(court(tmp_path, MOTION, BY_FINDINGS), choosers={"rule": deny})

    assert run.outcomes[0].disposition == "closed.denied"
    assert seen == [("judge", ("deny", "grant"), "pending")]


def test_a_function_may_use_luck_or_return_odds_or_reasons(tmp_path: Path) -> None:
    scenario = court(tmp_path, MOTION, BY_FINDINGS)

    def coin(moment: Moment, luck: Luck) -> str:
        return "deny" if luck("choice") < 0.5 else "grant"

    by_coin = courtsim.simulate(scenario, cases=500, choosers={"rule": coin})
    by_odds = courtsim.simulate(scenario, cases=500, choosers={"rule": lambda moment: {"grant": 0.5, "deny": 0.5}})
    by_choice = courtsim.simulate(scenario, cases=5, choosers={"rule": lambda moment: Choice("deny")})

    assert [o.disposition for o in by_coin.outcomes] == [o.disposition for o in by_odds.outcomes]
    assert Counter(o.disposition for o in by_choice.outcomes) == {"closed.denied": 5}


def test_a_function_that_answers_nonsense_is_told_what_was_lawful(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="returned 'maybe'; expected deny or grant"):
        courtsim.simulate(court(tmp_path, MOTION, BY_FINDINGS), choosers={"rule": lambda moment: "maybe"})
    with pytest.raises(WrongInput, match="unknown step 'rulle'"):
        courtsim.simulate(court(tmp_path, MOTION, BY_FINDINGS), choosers={"rulle": lambda moment: "grant"})


def test_an_observer_sees_every_event(tmp_path: Path) -> None:
    seen: list[Event] = []

    run = courtsim.simulate(court(tmp_path, MOTION, BY_FINDINGS), cases=3, observe=seen.append)

    assert seen == [event for case in run for event in case.events]


TRIAL = """
tracks:
  case: {start: open, states: {open: {}, trial: {}, closed.convicted: {final: true, convicted: true}, closed.acquitted: {final: true}, closed.hung: {final: true}}}
  motion: {start: none, states: {none: {}, granted: {}}}
offenses:
  theft: {statute: "s. 1", jail_days: {max: 60}, fine: {max: 500}, civil_penalty: {mandatory: 100}, elements: [act]}
steps:
  strike: {by: judge, when: {case: open}, after: 1, event: Struck, to: {case: trial}, effects: [{suppress: challenged}]}
  try_case:
    by: jury
    when: {case: trial}
    after: 1
    options:
      convict: {event: Convicted, to: {case: closed.convicted}, effects: [{sentence: verdict}]}
      acquit: {event: Acquitted, to: {case: closed.acquitted}}
      hang: {event: Hung, to: {case: closed.hung}}
"""
ON_EVIDENCE = """
charges: [{offense: theft, counts: 2}]
searches: {camera: {kind: warrant, challenged: true}, stop: {kind: stop, from: [video]}}
evidence:
  video: {from: [camera], weight: 3, proves: [act]}
  name: {from: [stop], weight: 1}
  witness: {from_either: [video, ledger], weight: 0.5, proves: [act]}
  ledger: {from: [], weight: 0.25}
conviction: {base: -1}
choosers: {try_case: {evidence: {hang: 0.1, convict: p, acquit: rest}}}
sentencing: {verdict: [{jail_days: {uniform: [100, 200]}, fine: 900, withhold: 0.5}]}
"""


def test_the_verdict_rests_on_what_is_still_admissible(tmp_path: Path) -> None:
    p = 1 / (1 + math.exp(-(-1 + 0.5 + 0.25)))  # the witness survives while the ledger stands

    found = shares(court(tmp_path, TRIAL, ON_EVIDENCE))

    assert close(found["closed.convicted"], 0.9 * p) and close(found["closed.hung"], 0.1)


def test_without_proof_of_an_element_nobody_is_convicted(tmp_path: Path) -> None:
    alone = ON_EVIDENCE.replace("from_either: [video, ledger]", "from: [video]")

    assert shares(court(tmp_path, TRIAL, alone))["closed.convicted"] == 0


def test_a_sentence_stays_within_the_statute_for_all_counts(tmp_path: Path) -> None:
    run = courtsim.simulate(court(tmp_path, TRIAL, ON_EVIDENCE), cases=CASES, seed=1)

    sentences = [d for case in run for event in case.events for d in event.details if isinstance(d, Sentenced)]
    convicted = [o for o in run.outcomes if o.measures["convicted"]]

    assert {s.civil_penalty for s in sentences} == {200.0} and {s.fine for s in sentences} == {900.0}
    assert all(100 <= s.jail_days <= 120 for s in sentences) and any(s.jail_days == 120 for s in sentences)
    assert abs(len(convicted) / len(sentences) - 0.5) < 4.5 * 0.5 / math.sqrt(len(sentences))
