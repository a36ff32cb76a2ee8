"""The core on one small court that has everything: each condition, effect and clock of the format, asked one at a time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, get_args

import pytest

from courtsim.case import masks as compiled
from courtsim.case.clocks import DAY, NEVER, Clocks, CourtClock, DeadlineClock, RolledClock, Timing, opens, ticks
from courtsim.case.core import (
    apply,
    dated,
    decide,
    evolve,
    following_from,
    lawful,
    limits,
    limits_here,
    open_case,
    replay,
    why_not,
)
from courtsim.case.encoding import Encoder
from courtsim.case.events import (
    AMOUNTS,
    ChargeAmended,
    Command,
    CostIncurred,
    Counted,
    Detail,
    Event,
    OfferAccepted,
    OfferMade,
    PublicityGained,
    Published,
    Restored,
    Ruling,
    Sentenced,
    Suppressed,
    encode,
)
from courtsim.case.following import following, walk
from courtsim.case.history import History, history_of
from courtsim.case.masks import Cell, Masks, OptionCode, Question, holds, masks_of
from courtsim.case.opening import Charge, Exemption, Item, Offer, Opening, Search
from courtsim.case.provenance import fallen
from courtsim.case.state import CaseState, unopened
from courtsim.errors import AboveStatute, IllegalStep, WrongInput
from courtsim.procedure.conditions import AnyOf, Between, Clause, Condition, Named, Not, OfferLike
from courtsim.procedure.delays import Deadline, Delay, DelayRow, DelayRows, Fixed, OfferTerm, Until
from courtsim.procedure.law import CLOCK, Limit, Offense
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.facts import Calendar, Scenario
from courtsim.scenario.opens import opening
from tests.small import court, follow

LAW = """
conditions:
  red: {light: red}
  calm: {is: red, tries: 0}
tracks:
  case: {start: open, states: {open: {}, judged: {disposes: true}, closed.won: {final: true}, closed.lost: {final: true, convicted: true}}}
  light: {start: red, states: {red: {}, amber: {}, green: {}}}
  plea: {start: none, states: {none: {}, offered: {}}}
counters: {tries: 2}
facts: {age: {default: 20}, counsel: {values: [none, private], default: none}}
offer_kinds: [plea, diversion]
switches: {strict: {values: [false, true], authority: local practice}}
steps:
  offer:
    by: prosecution
    after: 2
    event: Offered
    to: {plea: offered}
    effects: [{offer: next}]
  answer:
    by: defense
    when: {plea: offered}
    after: 3
    options:
      accept: {event: Accepted, to: {plea: none, case: judged}, effects: [accept_offer, {sentence: plea}, {count: appearance}]}
      reject: {event: Rejected, to: {plea: none}, when: {light: {not: green}}, says: The defense says no., rule: Rule 1}
  strike: {by: judge, after: 4, once: true, event: Struck, effects: [{suppress: challenged}]}
  trim: {by: judge, after: 4, once: true, event: Trimmed, effects: [{suppress: outside_scope}]}
  restore: {by: judge, after: 5, when: {prima_facie: false}, event: Restored, effects: [{restore: challenged}]}
  amend: {by: prosecution, after: 6, once: true, event: Amended, effects: [{amend_charge: {from: theft, to: trespass}}]}
  tell:
    by: clerk
    after: 7
    once: visit
    when: {light: [red, green]}
    event: Told
    effects: [{publish: disclosable}, {publicity: 2.5}, {cost: {defense: 10, prosecution: 20}}, {count: appearance}]
  turn: {by: clerk, after: 8, when: {light: red}, event: Turned, to: {light: amber, tries: +1}, restarts: [wait]}
  back: {by: clerk, after: 8, when: {light: green}, event: Back, to: {light: red, tries: -1}}
  wait: {by: clock, after: 9, tolled_when: {plea: offered}, event: Waited, to: {tries: +2}}
  lose:
    by: jury
    after: 20
    options:
      convict: {event: Convicted, to: {case: closed.lost}, effects: [{sentence: verdict}]}
      acquit: {event: Acquitted, to: {case: closed.won}, when: {prima_facie: false}}
consequences:
  on: {when: {light: amber}, to: {light: green}, event: WentOn, rule: Rule 2}
  more: {when: {light: green, tries: 1}, to: {tries: +1}, event: OneMore, restarts: [lose]}
tests:
  motion:
    questions: {standing: {ask: "Whose?"}, limits: {ask: "Kept?"}}
    rule: [{if: {standing: false}, then: deny}, {then: grant}]
  motion_again: {reviews: motion, outcomes: {grant: affirm, deny: reverse}}
  motion_above: {reviews: motion_again, outcomes: {grant: affirm, deny: reverse}}
offenses:
  theft: {statute: "1", jail_days: {max: 60}, fine: {max: 500, mandatory: 50}, elements: [act, identity]}
  trespass: {statute: "2", jail_days: {max: 10}, elements: [act]}
  fraud: {statute: "3", jail_days: {max: 30}, civil_penalty: {mandatory: 5}, elements: [intent]}
"""

CASE = """
facts: {age: 30}
charges: [{offense: theft, counts: 2}, {offense: fraud, counts: 1}]
searches:
  warrant: {challenged: true}
  stop: {from: [video]}
evidence:
  video: {from: [warrant], proves: [act], disclosable: true, outside_scope: true}
  name: {from: [stop], proves: [identity]}
  letter: {from: [warrant], exception: {is: independent source, when: {light: red}}}
  either: {from_either: [video, letter], disclosable: true}
  memo: {proves: [act]}
offers:
  kept: {kind: plea, when: {light: green}, terms: {jail_days: 3}}
  first: {kind: plea, terms: {jail_days: 1, probation_days: 9}, open_for: 5}
  second: {kind: diversion, terms: {fine: 2}, open_until: 2019-03-01}
  third: {kind: plea, when: {fact: {age: {at_least: 25.5}}}}
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return court(tmp_path_factory.mktemp("court"), LAW, CASE)


@pytest.fixture(scope="module")
def start(scenario: Scenario) -> CaseState:
    return evolve(scenario.procedure, unopened(scenario.procedure), open_case(opening(scenario)))


@pytest.fixture(scope="module")
def go(scenario: Scenario, start: CaseState) -> Any:
    return lambda *path: follow(scenario.procedure, *path, start=start)


def steps(state: CaseState) -> list[str]:
    return [f"{step}.{option}" for step, option in lawful(state)]


def settled(state: CaseState, name: str) -> tuple[object, ...]:
    step, _, option = name.partition(".")
    return following_from(state.masks, state.word, state.masks.option_codes[step, option])


# -- decide


def test_the_first_event_of_a_stream(scenario: Scenario) -> None:
    opens_with = opening(scenario)
    event = open_case(opens_with)

    assert (event.name, event.case, event.seq, event.day, event.date) == ("CaseOpened", 1, 0, 0.0, dt.date(2019, 2, 22))
    assert (event.step, event.option, event.by, event.rule, event.says) == ("", "", CLOCK, None, None)
    assert open_case(opens_with, 7).case == 7


def test_an_event_carries_what_the_command_and_the_law_say(scenario: Scenario, go: Any) -> None:
    state, when = go("offer.do"), dt.date(2019, 3, 4)
    command = Command(step="answer", option="reject", case=3, seq=5, day=10.5, date=when)

    assert decide(scenario.procedure, state, command) == Event(
        name="Rejected", case=3, seq=5, day=10.5, date=when, step="answer", option="reject",
        by="defense", rule="Rule 1", says="The defense says no.",
    )  # fmt: skip
    on = decide(scenario.procedure, go("turn.do"), Command(step="on", option="do"))
    assert (on.by, on.rule, on.case, on.seq, on.day, on.date) == (CLOCK, "Rule 2", 1, 1, 0.0, dt.date.min)


def test_what_the_law_settles_stands_before_what_the_command_brings(scenario: Scenario, go: Any) -> None:
    sentence = Sentenced("plea", fine=100.0, civil_penalty=5.0)
    state = go("offer.do", "offer.do")

    event = decide(scenario.procedure, state, Command(step="answer", option="accept", details=(sentence,)))

    assert event.details == (OfferAccepted("second", (("fine", 2),)), Counted("appearance"), sentence)


def test_each_effect_and_its_detail(start: CaseState, go: Any) -> None:
    assert settled(start, "offer.do") == (OfferMade("first", "plea", "prosecution", (("jail_days", 1), ("probation_days", 9))),)
    assert settled(go("offer.do"), "offer.do") == (OfferMade("second", "diversion", "prosecution", (("fine", 2),)),)
    assert settled(go("offer.do"), "answer.accept") == (
        OfferAccepted("first", (("jail_days", 1), ("probation_days", 9))),
        Counted("appearance"),
    )
    assert settled(start, "strike.do") == (Suppressed(("name", "video")),)  # letter is excepted, so either stands
    assert settled(start, "trim.do") == (Suppressed(("video",)),)
    assert settled(go("turn.do", "on.do", "more.do"), "strike.do") == (Suppressed(("either", "letter", "name", "video")),)
    assert settled(go("strike.do"), "restore.do") == (Restored(("name", "video")),)
    assert settled(start, "amend.do") == (ChargeAmended("theft", "trespass"),)
    assert settled(start, "tell.do") == (
        Published(("either", "video")),
        PublicityGained(2.5),
        CostIncurred("defense", 10),
        CostIncurred("prosecution", 20),
        Counted("appearance"),
    )
    assert settled(start, "lose.convict") == ()


@pytest.mark.parametrize(
    ("path", "asked", "reason"),
    [
        ([], "nothing.do", "the procedure has no such step and option"),
        ([], "answer.accept", "its `when` does not hold (plea: none)"),
        ([], "restore.do", "its `when` does not hold (case: open, light: red, plea: none)"),
        ([], "on.do", "a consequence follows by itself"),
        (["turn.do"], "offer.do", "a consequence of the last event comes first"),
        (["turn.do"], "more.do", "a consequence of the last event comes first"),
        (["strike.do"], "strike.do", "it happens only once"),
        (["tell.do"], "tell.do", "it happens only once"),
        (["offer.do"], "wait.do", "it is tolled"),
        (["offer.do", "offer.do", "offer.do"], "offer.do", "no offer is left to make"),
        ([], "lose.acquit", "the option's own `when` does not hold"),
        (["lose.convict"], "lose.convict", "the case is closed (closed.lost)"),
        (["lose.convict"], "nothing.do", "the case is closed (closed.lost)"),
    ],
)
def test_why_an_option_is_not_lawful(scenario: Scenario, go: Any, path: list[str], asked: str, reason: str) -> None:
    state = go(*path)
    step, _, option = asked.partition(".")

    assert why_not(state, step, option) == reason
    with pytest.raises(IllegalStep) as told:
        decide(scenario.procedure, state, Command(step=step, option=option))
    assert list(told.value.instead) == steps(state) and asked in str(told.value) and reason in str(told.value)


def test_all_that_is_lawful_in_the_order_of_the_file(start: CaseState, go: Any) -> None:
    always = ["strike.do", "trim.do", "amend.do"]

    assert steps(start) == ["offer.do", *always, "tell.do", "turn.do", "wait.do", "lose.convict"]
    assert steps(go("offer.do")) == ["offer.do", "answer.accept", "answer.reject", *always, "tell.do", "turn.do", "lose.convict"]
    assert steps(go("turn.do")) == ["on.do"] and steps(go("turn.do", "on.do")) == ["more.do"]
    green = go("turn.do", "on.do", "more.do")
    assert steps(green) == ["offer.do", *always, "tell.do", "back.do", "wait.do", "lose.convict"]
    assert green.masks.next_offer(green.masks.option_codes["offer", "do"], green.word).name == "kept"  # type: ignore[union-attr]
    assert "answer.reject" not in steps(follow(green.masks.procedure, "offer.do", start=green))


# -- sentences


def test_a_sentence_within_the_statute_to_the_last_day_and_dollar(scenario: Scenario, start: CaseState) -> None:
    def sentenced(kind: str = "verdict", **amounts: float) -> Event:
        least = {"fine": 100.0, "civil_penalty": 5.0} | amounts
        details = (Sentenced(kind, **least),)  # type: ignore[arg-type]
        return decide(scenario.procedure, start, Command(step="lose", option="convict", details=details))

    assert sentenced(jail_days=150.0) and sentenced(fine=9e9) and sentenced(probation_days=1e6)  # no maximum is stated for these
    assert sentenced("diversion", jail_days=999.0, fine=0.0)
    with pytest.raises(AboveStatute) as above:
        sentenced(jail_days=150.5)
    assert "lose.convict" in str(above.value) and "jail_days 150.5 is above the statute's 150" in str(above.value)
    assert list(above.value.instead) == ["jail_days <= 150"]
    with pytest.raises(AboveStatute) as below:
        sentenced(fine=99.5)
    assert "lose.convict" in str(below.value) and "fine 99.5 is below the mandatory 100" in str(below.value)
    assert list(below.value.instead) == ["fine >= 100"]
    with pytest.raises(AboveStatute, match="jail_days -1 is below the mandatory 0"):
        sentenced(jail_days=-1.0)


def test_the_limits_of_counts_and_charges_add_up(go: Any, start: CaseState) -> None:
    named = limits_here(start.masks, start.word)
    amended = go("amend.do")

    assert (
        named["jail_days"] == Limit(150.0, 0.0)
        and named["fine"] == Limit(None, 100.0)
        and named["civil_penalty"] == Limit(None, 5.0)
    )
    assert limits_here(amended.masks, amended.word)["jail_days"] == Limit(50.0, 0.0)
    assert limits_here(amended.masks, amended.word)["fine"] == Limit(None, 0.0)
    free = Offense("free", "0", limits={"fine": Limit(0.0)})
    assert limits([(free, 3)])["fine"] == Limit(0.0, 0.0) and limits([])["fine"] == Limit(None, 0)


# -- evolve


def test_what_details_change_in_the_state(go: Any, scenario: Scenario, start: CaseState) -> None:
    assert (start.offer, start.accepted, start.made) == (None, None, ())
    offered = go("offer.do", "offer.do")
    assert (offered.offer, offered.accepted, offered.made) == ("second", None, ("first", "second"))
    accepted = go("offer.do", "offer.do", "answer.accept")
    assert (accepted.offer, accepted.accepted, accepted.case) == ("second", "second", "judged")
    assert go("strike.do").struck == {"video", "name"} and go("strike.do", "restore.do").struck == frozenset()
    amended = go("amend.do")
    assert [offense.name for offense in amended.masks.charges(amended.word)] == ["trespass", "fraud"]
    assert go("strike.do", "tell.do").fired == {"strike", "tell"}


def test_a_ruling_is_remembered_where_it_may_be_reviewed(scenario: Scenario, start: CaseState) -> None:
    def ruled(state: CaseState, test: str, **answers: bool) -> CaseState:
        event = decide(scenario.procedure, state, Command(step="offer", option="do"))
        ruling = Ruling(test, tuple(answers.items()), 0, "grant")
        return evolve(
            scenario.procedure, state, Event(**{n: getattr(event, n) for n in event.__struct_fields__} | {"details": (ruling,)})
        )

    assert dict(start.answers) == {}
    once = ruled(start, "motion", standing=True, limits=False)
    assert dict(once.answers) == {("motion", "standing"): True, ("motion", "limits"): False}
    again = ruled(once, "motion_again", standing=False)
    assert dict(again.answers) == {
        ("motion", "standing"): True, ("motion", "limits"): False, ("motion_again", "standing"): False,
    }  # fmt: skip
    assert ruled(once, "motion_above", standing=False) == ruled(start, "motion", standing=True, limits=False)  # nobody reviews it


def test_consequences_are_each_applied_once_an_event_and_then_forgotten(scenario: Scenario, go: Any) -> None:
    for path in (["turn.do"], ["turn.do", "on.do"]):
        state = go(*path)
        assert state.word & state.masks.unsettled and len(steps(state)) == 1
    state = go("turn.do", "on.do", "more.do")
    assert not state.word & (state.masks.unsettled | state.masks.applied)
    assert (state.tracks["light"], state.counters["tries"]) == ("green", 2)
    first = go("turn.do", "on.do")
    assert first.word & state.masks.applied == state.masks.consequences[0][2]  # `more` has still to follow, `on` has been


def test_a_consequence_that_still_holds_is_not_applied_again_to_the_same_event(tmp_path: Path) -> None:
    law = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
          light: {start: red, states: {red: {}, green: {}}}
        counters: {tries: 9}
        steps:
          turn: {by: clerk, after: 1, event: Turned, to: {light: green}}
          end: {by: judge, after: 9, event: Ended, to: {case: closed}}
        consequences:
          again: {when: {light: green}, to: {tries: +1}, event: Again}
          other: {when: {light: green}, to: {tries: +2}, event: Other}
        """,
    ).procedure

    state, events = walk(law, evolve(law, unopened(law), open_case(Opening(starts=dt.date(2019, 2, 22)))), ["turn.do", "turn.do"])

    assert [(event.name, event.seq) for event in events] == [(n, s) for s, n in enumerate(["Turned", "Again", "Other"] * 2, 1)]
    assert state.counters["tries"] == 6 and {event.date for event in events} == {dt.date(2019, 2, 22)}


def test_a_case_led_by_hand(scenario: Scenario, start: CaseState) -> None:
    named, events = walk(scenario.procedure, start, ["turn.do", "on.do", "tell.do"])
    left, same = walk(scenario.procedure, start, ["turn.do", "tell.do"])

    assert (named, events) == (left, same) and [event.step for event in events] == ["turn", "on", "more", "tell"]
    assert following(start) == "" and following(follow(scenario.procedure, "turn.do", start=start)) == "on.do"
    with pytest.raises(IllegalStep):
        walk(scenario.procedure, start, ["on.do"])
    assert walk(scenario.procedure, start, []) == (start, [])


def test_replay_is_the_fold_of_evolve(scenario: Scenario, start: CaseState) -> None:
    end, events = walk(scenario.procedure, start, ["turn.do", "tell.do", "lose.convict"])

    assert replay(scenario.procedure, [open_case(opening(scenario)), *events]) == end
    assert replay(scenario.procedure, []) == unopened(scenario.procedure)


# -- the state as people read it


def test_the_state_in_words(start: CaseState, go: Any) -> None:
    assert start.case == "open" and dict(start.tracks) == {"case": "open", "light": "red", "plea": "none"}
    assert dict(start.counters) == {"tries": 0} and start.fired == frozenset() and not start.closed
    assert start.facts["counsel"] == "none" and start.facts["age"] == 26.5  # a number beyond the last cut
    assert go("lose.convict").closed and not go("offer.do", "answer.accept").closed
    assert unopened(start.masks.procedure).opening == Opening(starts=dt.date.min)


# -- conditions


def asks(subject: Any, name: str, asked: Any) -> Condition:
    return (Clause(subject, name, asked),)


@pytest.mark.parametrize(
    ("condition", "path", "true"),
    [
        ((), [], True),
        (asks("track", "light", AnyOf(("red",))), [], True),
        (asks("track", "light", AnyOf(("amber", "green"))), [], False),
        (asks("track", "light", Not(AnyOf(("green",)))), [], True),
        (asks("track", "case", AnyOf(("closed",))), ["lose.convict"], True),
        (asks("track", "case", AnyOf(("closed.won",))), ["lose.convict"], False),
        (asks("counter", "tries", AnyOf((0,))), [], True),
        (asks("counter", "tries", AnyOf((False,))), [], False),
        (asks("counter", "tries", Between(0, 0)), [], True),
        (asks("counter", "tries", Between(1, None)), [], False),
        (asks("counter", "tries", Between(1, None)), ["wait.do"], True),
        (asks("counter", "tries", Between(None, 1)), ["wait.do"], False),
        (asks("counter", "tries", Between(2, 2)), ["wait.do"], True),
        (asks("counter", "tries", Not(Between(2, 2))), ["wait.do"], False),
        (asks("fact", "age", Between(25.5, None)), [], True),
        (asks("fact", "age", Between(None, 25.5)), [], False),
        (asks("fact", "counsel", AnyOf(("private",))), [], False),
        (asks("switch", "strict", AnyOf((False,))), [], True),
        (asks("switch", "strict", AnyOf((0,))), [], False),
        (asks("admitted", "video", AnyOf((True,))), [], True),
        (asks("admitted", "video", AnyOf((True,))), ["strike.do"], False),
        (asks("prima_facie", "", AnyOf((True,))), [], True),
        (asks("offer", "", AnyOf(("first",))), [], False),
        (asks("offer", "", AnyOf(("first",))), ["offer.do"], True),
        (asks("offer", "", AnyOf(("first",))), ["offer.do", "offer.do"], False),
        ((OfferLike(),), [], False),
        ((OfferLike(),), ["offer.do"], True),
        ((OfferLike(negated=True),), [], True),
        ((OfferLike(negated=True),), ["offer.do"], False),
        ((OfferLike(kind=AnyOf(("plea",))),), ["offer.do"], True),
        ((OfferLike(kind=AnyOf(("plea",))),), ["offer.do", "offer.do"], False),
        ((OfferLike(kind=Not(AnyOf(("plea",)))),), ["offer.do", "offer.do"], True),
        ((OfferLike(by=AnyOf(("defense",))),), ["offer.do"], False),
        ((OfferLike(kind=AnyOf(("plea",)), by=AnyOf(("prosecution",)), negated=True),), ["offer.do"], False),
        ((Named(("red",)),), [], True),
        ((Named(("red",)),), ["turn.do", "on.do", "more.do"], False),
        ((Named(("red", "calm"), negated=True),), [], False),
        ((Named(("calm",), negated=True),), ["wait.do"], True),
        ((Named(("calm",)),), ["wait.do"], False),
        ((Named(("red",)), *asks("counter", "tries", AnyOf((2,)))), ["wait.do"], True),
        ((Named(("red",)), *asks("counter", "tries", AnyOf((2,)))), [], False),
    ],
)
def test_what_a_condition_asks(go: Any, condition: Condition, path: list[str], true: bool) -> None:
    state = go(*path)
    masks: Masks = state.masks

    asked = masks._compile(
        condition
    )  # `compile` remembers by value, to which 0 and False are one; the loaders refuse the one or the other

    assert holds(asked, state.word) is true and holds(masks.negated(asked), state.word) is not true


def test_masks_are_tidy(start: CaseState) -> None:
    masks = start.masks
    light = masks.questions["track", "light"]
    red, amber = light.bit("red"), light.bit("amber")

    assert masks._tidy([red, red, red | amber, light.all, light.all | 1]) == (red,)
    assert masks._tidy([red, amber]) == (red, amber) and masks._tidy([0, red]) == (0,) and masks._tidy([]) == ()
    assert masks._tidy([masks.questions["track", "plea"].all | red]) == masks._tidy([masks.questions["offer",].all]) == ()
    assert masks.compile(asks("track", "light", AnyOf(()))) == ()  # no state will do
    assert masks.negated(()) == (0,) and masks.negated((0,)) == ()
    assert masks.compile((Named(("red", "calm")),)) == masks.compile((Named(("red",)),))


def test_a_question_its_bits_and_its_answer() -> None:
    question = Question(("q",), ("a", "b", "c"), 2)

    assert (question.all, question.bit("a"), question.bit("c"), question.bits(("a", "c"))) == (0b11100, 0b100, 0b10000, 0b10100)
    assert [question.read(question.bit(answer) | 0b1100011) for answer in "abc"] == ["a", "b", "c"]
    assert question.bits(()) == 0
    assert holds((0b01, 0b10), 0b01) and not holds((0b01, 0b10), 0b11) and not holds((), 0)


def test_every_bit_of_a_word_means_one_thing(start: CaseState) -> None:
    masks = start.masks
    bits = [masks.unsettled, *(question.all for question in masks.questions.values()), *masks.made.values()]
    bits += [code.once for code in masks.steps if code.once] + [bit for _, _, bit in masks.consequences]

    assert sum(bits) == (1 << masks.width) - 1  # none is left over, and none is taken twice
    for question in masks.questions.values():
        assert (start.word & question.all).bit_count() == 1
    assert masks.unsettled == 1 and masks.applied == sum(bit for _, _, bit in masks.consequences)
    assert list(masks.made) == ["kept", "first", "second", "third"]


def test_a_number_lies_on_a_cut_or_between_two() -> None:
    inf = float("inf")

    assert compiled._cells(()) == (Cell(-inf, inf),)
    assert compiled._cells((1.0, 3.0)) == (Cell(-inf, 1.0), Cell(1.0, 1.0), Cell(1.0, 3.0), Cell(3.0, 3.0), Cell(3.0, inf))
    assert [cell.inside for cell in compiled._cells((1.0, 3.0))] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert Cell(-inf, inf).inside == 0.0 and Cell(5.0, inf).inside == 6.0 and Cell(-inf, 5.0).inside == 4.0
    question = Question(("fact", "x"), compiled._cells((1.0, 3.0)), 0)
    assert [compiled._cell(question, x) for x in (0, 1, 2.5, 3, 3.25)] == list(question.answers)
    with pytest.raises(ValueError, match="nan is no number"):
        compiled._cell(question, float("nan"))


def test_where_conditions_cut_a_number() -> None:
    both = (
        *asks("fact", "x", Between(1, 2.5)),
        *asks("track", "t", AnyOf(("a",))),
        *asks("fact", "y", Not(AnyOf((3, True, "w")))),
    )

    assert compiled.cuts_in([both, asks("fact", "x", Between(None, 4))]) == [("x", 1.0), ("x", 2.5), ("y", 3.0), ("x", 4.0)]
    assert compiled.cuts_in([asks("counter", "x", Between(1, 2)), (Named(("red",)),)]) == []


def test_all_conditions_of_a_procedure_are_found(tmp_path: Path) -> None:
    law = court(
        tmp_path,
        """
        conditions: {old: {fact: {x: {at_least: 1}}}}
        tracks: {case: {start: open, states: {open: {}, closed: {final: true}}}}
        facts: {x: {default: 0}}
        steps:
          wait:
            by: clock
            when: {fact: {x: {at_least: 2}}}
            tolled_when: {fact: {x: {at_least: 3}}}
            after: {rows: [{when: {fact: {x: {at_least: 4}}}, after: 1}, {after: 2}]}
            event: Waited
          end: {by: judge, after: 9, event: Ended, options: {do: {event: Ended, to: {case: closed}, when: {fact: {x: {at_most: 5}}}}}}
        consequences: {on: {when: {fact: {x: {at_least: 6}}}, event: On}}
        invariants:
          never: {never: {fact: {x: {at_least: 7}}}}
          at_last: {after: Waited, eventually: {fact: {x: {at_least: 8}}}, unless: {fact: {x: {at_least: 9}}}}
          at_last_too: {after: Waited, eventually: {case: closed}}
        """.replace("by: judge, after: 9, event: Ended, options", "by: judge, after: 9, options"),
    ).procedure

    found = {cut for _, cut in compiled.cuts_in(compiled.all_conditions(law))}

    assert found == {1, 2, 3, 4, 5, 6, 7, 8, 9}
    assert unopened(law).masks.questions["fact", "x"].answers == compiled._cells(tuple(float(n) for n in range(1, 10)))


# -- options in masks


def test_an_option_moves_its_tracks_and_counters_and_nothing_else(start: CaseState) -> None:
    masks, word = start.masks, start.word
    turn, wait, back = (masks.option_codes[name, "do"] for name in ("turn", "wait", "back"))

    assert masks.move(word, turn) == masks.put(masks.put(word, ("track", "light"), "amber"), ("counter", "tries"), 1)
    assert masks.move(word, back) == word  # not below nought
    assert masks.move(masks.move(word, wait), wait) == masks.put(word, ("counter", "tries"), 2)  # not above the cap
    assert masks.move(word, masks.option_codes["strike", "do"]) == word | masks.steps[masks.index["strike"]].once


def test_what_an_option_moves_and_which_clocks_it_touches(start: CaseState) -> None:
    masks = start.masks

    def moved(step: str, option: str = "do") -> set[str]:
        return {".".join(key) for key in masks.option_codes[step, option].moved}

    items = {f"item.{name}" for name in ("video", "name", "letter", "either", "memo")} | {"prima_facie"}
    assert moved("offer") == {"track.plea", "offer"} and moved("strike") == moved("restore") == items
    assert moved("answer", "accept") == {"track.plea", "track.case", "accepted"} and moved("tell") == set()
    assert moved("amend") == {"charge.0", "charge.1", "prima_facie"} and moved("turn") == {"track.light", "counter.tries"}

    def touched(step: str, option: str = "do") -> list[str]:
        return [masks.steps[n].step.name for n in masks.option_codes[step, option].touches]

    assert touched("offer") == ["offer", "answer", "wait"] and touched("turn") == ["tell", "turn", "back", "wait"]
    assert touched("strike") == ["strike", "restore"] and touched("more") == ["lose"]
    assert touched("answer", "accept") == ["answer", "wait"] and touched("on") == ["tell", "turn", "back"]
    assert touched("lose", "convict") == ["lose"] and masks.option_codes["on", "do"].step_index == -1
    assert [code.index for code in masks.options] == list(range(len(masks.options)))
    assert [masks.steps[n].step.name for n in masks.option_codes["turn", "do"].restarts] == ["wait"]
    assert [code.step.name for code in masks.steps if code.conditional] == ["offer"]
    assert [option.deep for option in (masks.option_codes["turn", "do"], masks.option_codes["tell", "do"])] == [False, True]


def test_what_turns_is_known_beforehand(start: CaseState, go: Any) -> None:
    masks = start.masks

    def names(numbers: tuple[int, ...]) -> list[str]:
        return [masks.steps[n].step.name for n in numbers]

    def turned(state: CaseState, step: str, option: str = "do") -> Any:
        return masks.turned(state.word, masks.option_codes[step, option])

    wait = turned(start, "wait")
    assert (wait.word, wait.final, wait.follows) == (masks.put(start.word, ("counter", "tries"), 2), False, False)
    assert (names(wait.stops), names(wait.starts), names(wait.tolled)) == ([], ["wait"], ["wait"])
    assert turned(start, "turn") == (masks.move(start.word, masks.option_codes["turn", "do"]), False, (), (), (), True)
    offered = go("offer.do")
    reject = turned(offered, "answer", "reject")
    assert (names(reject.stops), names(reject.starts), names(reject.tolled)) == (["answer"], [], ["wait"])
    lost = turned(start, "lose", "convict")
    assert lost.final and names(lost.starts) == ["lose"]
    told = go("tell.do")
    green = follow(masks.procedure, "turn.do", "on.do", "more.do", start=told)
    back = turned(green, "back")
    assert (names(back.stops), names(back.starts)) == (["back"], ["turn"])
    assert "tell" in green.fired  # red and green are one visit to it, and nothing was settled in amber


def test_a_step_silenced_for_a_visit_speaks_again_once_its_when_was_false(tmp_path: Path) -> None:
    law = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
          door: {start: shut, states: {shut: {}, ajar: {}}}
        steps:
          knock: {by: defense, when: {door: shut}, once: visit, event: Knocked}
          call: {by: defense, once: true, event: Called}
          open_up: {by: judge, when: {door: shut}, after: 1, event: Opened, to: {door: ajar}}
          close: {by: judge, when: {door: ajar}, after: 1, event: Closed, to: {door: shut}}
          end: {by: judge, after: 9, event: Ended, to: {case: closed}}
        """,
    ).procedure

    def after(*path: str) -> CaseState:
        return follow(law, *path)

    assert after("knock.do", "call.do").fired == {"knock", "call"} and after("knock.do", "call.do", "open_up.do").fired == {
        "call"
    }
    assert "knock.do" in steps(after("knock.do", "open_up.do", "close.do")) and "knock.do" in steps(after())
    assert after("knock.do").masks.visit_bits == [(after().masks.steps[0].when, after().masks.steps[0].once)]


def test_a_prima_facie_case_needs_every_element_of_the_first_charge(go: Any, start: CaseState) -> None:
    def stands(state: CaseState) -> object:
        return state.masks.questions["prima_facie",].read(state.word)

    assert stands(start) is True and stands(go("trim.do")) is True  # memo proves the act as well
    assert stands(go("strike.do")) is False  # nothing proves the identity any more
    assert stands(go("strike.do", "amend.do")) is True and stands(go("strike.do", "restore.do")) is True
    assert "lose.acquit" in steps(go("strike.do")) and "lose.acquit" not in steps(go("amend.do"))
    bare = unopened(start.masks.procedure)
    assert stands(bare) is True and bare.masks.charges(bare.word) == []


def test_the_reading_of_a_bare_procedure_uses_no_offer_up(scenario: Scenario) -> None:
    free = Masks(scenario.procedure, opening(scenario), free=True)
    code, word = free.option_codes["offer", "do"], free.start()

    assert free.next_offer(code, word | free.made["first"]).name == "first"  # type: ignore[union-attr]
    assert free.with_prima_facie(free.put(word, ("item", "name"), False)) == free.put(word, ("item", "name"), False)
    facts = free.questions["fact", "age"]
    assert facts.read(word) == Cell(float("-inf"), 25.5) and facts.read(free.start({"age": 26})) == Cell(25.5, float("inf"))


def test_the_offers_of_an_actor_are_made_in_the_order_of_the_file(tmp_path: Path) -> None:
    scenario = court(
        tmp_path,
        """
        tracks: {case: {start: open, states: {open: {}, closed: {final: true}}}}
        offer_kinds: [plea]
        steps:
          offer: {by: prosecution, after: 1, event: Offered, effects: [{offer: next}]}
          counter: {by: defense, after: 1, event: Countered, effects: [{offer: next}]}
          end: {by: judge, after: 9, event: Ended, to: {case: closed}}
        """,
        "offers: {a: {kind: plea}, b: {kind: plea, by: defense}, c: {kind: plea}}\n",
    )
    masks = masks_of(scenario.procedure, opening(scenario))

    assert [masks.option_codes[step, "do"].offers for step in ("offer", "counter", "end")] == [(0, 2), (1,), None]


def test_cases_that_differ_in_their_facts_alone_share_their_law(scenario: Scenario) -> None:
    from msgspec.structs import replace

    law, opens_with = scenario.procedure, opening(scenario)
    shared = masks_of(law, opens_with)

    assert masks_of(law, replace(opens_with, facts=(("age", 3), ("counsel", "private")))) is shared
    assert masks_of(law, replace(opens_with, charges=())) is not shared
    twin = Masks(law, shared.opening)
    assert twin == shared and hash(twin) == hash(shared) and twin != Masks(law, replace(shared.opening, charges=()))
    assert shared != 1 and Masks.__eq__(shared, 1) is NotImplemented
    assert CaseState(twin, 5) == CaseState(shared, 5) and len({CaseState(twin, 5), CaseState(shared, 5)}) == 1
    assert Masks(law, replace(shared.opening)) == shared and shared.planned == 0
    switched = masks_of(law, replace(opens_with, switches=(("strict", True),)))
    assert switched.questions["switch", "strict"].read(switched.start()) is True


def test_a_long_run_does_not_hold_every_procedure_it_ever_made(tmp_path: Path) -> None:
    simple = "tracks: {case: {start: open, states: {open: {}, closed: {final: true}}}}\nsteps: {end: {by: judge, event: E, to: {case: closed}}}\n"
    laws = [court(tmp_path, simple).procedure for _ in range(20)]
    for law in laws:
        assert unopened(law).masks is unopened(law).masks

    assert len(compiled._KEPT) == 16 and id(laws[-1]) in compiled._KEPT


# -- what falls with a search


def test_what_derives_from_an_unlawful_search_falls_with_it() -> None:
    searches = (Search("s", challenged=True), Search("t", sources=("a",)), Search("u"))
    evidence = (
        Item("z", sources=("t",)),  # of a search that falls with a later item
        Item("a", sources=("s",)),
        Item("b", either=("a", "u")),
        Item("c", either=("a", "z")),
        Item("d", sources=("u", "z")),
        Item("e"),
    )
    opens_with = Opening(starts=dt.date(2019, 2, 22), searches=searches, evidence=evidence)

    assert fallen(opens_with) == ("z", "a", "c", "d") and fallen(opens_with, {"a"}) == () and fallen(opens_with, {"z"}) == ("a",)


# -- the clocks of a case

FRIDAY = dt.date(2019, 2, 22)
FLORIDA = CourtDays(FRIDAY, Calendar("US-FL"))


def drawn(step: int, visit: int, kind: object) -> int:
    assert isinstance(kind, Fixed) and visit > 0 and step >= 0
    return ticks(kind.days)


def clocks_of(state: CaseState, court_days: CourtDays = FLORIDA, **delays: Any) -> Clocks:
    return Clocks(Timing(state.masks, court_days, delays), [{} for _ in state.masks.steps])


def running(state: CaseState, clocks: Clocks) -> dict[str, float]:
    return {code.step.name: clocks.due[n] / DAY for n, code in enumerate(state.masks.steps) if clocks.due[n] != NEVER}


def test_the_clocks_of_a_case_as_it_opens_and_as_it_goes_on(start: CaseState, go: Any) -> None:
    clocks = clocks_of(start)
    clocks.open(start.word, 0, drawn)
    first = {"offer": 2, "strike": 4, "trim": 4, "amend": 6, "tell": 7, "turn": 8, "wait": 9, "lose": 20}
    assert running(start, clocks) == first and clocks.next_due(start.word) == (0, 2 * DAY)

    offered, code = go("offer.do"), start.masks.option_codes["offer", "do"]
    twin = clocks.copy()
    clocks.turn(code.touches, offered.word, 2 * DAY, drawn, code.step_index, code.restarts)
    del first["wait"]  # it stands still
    assert running(offered, clocks) == {**first, "offer": 4, "answer": 5} and clocks.left[start.masks.index["wait"]] == 7 * DAY
    assert running(start, twin) == {**first, "wait": 9} and twin.visits != clocks.visits


def test_a_clock_stands_still_while_tolled_and_runs_on_with_what_was_left(start: CaseState, go: Any) -> None:
    masks = start.masks
    wait, answer = masks.index["wait"], masks.index["answer"]
    for court_days, roll, due in [(False, False, 14.0), (True, False, 19.0), (False, True, 14.0)]:
        delay = Delay(Fixed(9.0), court_days=court_days, roll=roll)
        clocks = clocks_of(start, wait=delay)
        clocks.open(start.word, 0, drawn)
        clocks.turn((wait, answer), go("offer.do").word, 2 * DAY, drawn, -1, frozenset())
        assert clocks.due[wait] == NEVER and clocks.mode[wait] == 2 and clocks.mode[answer] == 1
        clocks.turn((wait, answer), go("offer.do").word, 3 * DAY, drawn, -1, frozenset())  # it stands still already
        twin = clocks.copy()
        clocks.turn((wait, answer), start.word, 7 * DAY, drawn, -1, frozenset())
        assert (clocks.due[wait] / DAY, clocks.mode[wait], clocks.mode[answer], clocks.due[answer]) == (due, 1, 0, NEVER)
        assert clocks.visits[wait] == 1 and clocks.visits[answer] == 1
        twin.turn((wait,), start.word, 8 * DAY, drawn, wait, frozenset())  # a new visit has its whole time
        assert twin.visits[wait] == 2 and twin.due[wait] > clocks.due[wait] - 1


def test_what_is_known_beforehand_turns_the_same_clocks(start: CaseState, go: Any) -> None:
    masks = start.masks
    states = [
        (start, "wait", "do"),
        (go("offer.do"), "answer", "reject"),
        (start, "lose", "convict"),
        (go("offer.do"), "wait", "do"),
    ]
    for state, step, option in states:
        code = masks.option_codes[step, option]
        known = masks.turned(state.word, code)
        for now in (5 * DAY, 6 * DAY - 1):
            one, two = (clocks_of(state, wait=Delay(Fixed(9.0), roll=now % DAY > 0)) for _ in range(2))
            for clocks in (one, two):
                clocks.open(state.word, 0, drawn)
            one.turn(code.touches, known.word, now, drawn, code.step_index, code.restarts)
            two.follow(known, known.word, now, drawn)
            assert [getattr(one, name) for name in ("due", "left", "mode", "visits")] == [
                getattr(two, name) for name in ("due", "left", "mode", "visits")
            ]


def test_delays_drawn_for_a_block_of_cases_are_used_by_their_visit_and_place(start: CaseState) -> None:
    masks = start.masks
    columns = [{1: [3 * DAY, 5 * DAY], 2: [7 * DAY, 11 * DAY]} for _ in masks.steps]
    for place, first, second in ((0, 3, 8), (1, 5, 12)):
        clocks = Clocks(Timing(masks, FLORIDA), columns, place)
        clocks.open(start.word, 0, drawn)
        assert set(running(start, clocks).values()) == {first}
        known = masks.turned(start.word, masks.option_codes["wait", "do"])
        twin = clocks.copy()
        clocks.begin_anew(masks.index["wait"], start.word, DAY, drawn)
        twin.follow(known, known.word, DAY, drawn)
        assert running(start, clocks)["wait"] == running(start, twin)["wait"] == second


def test_the_earliest_step_with_a_lawful_option_is_next_and_ties_go_by_the_file(start: CaseState, go: Any) -> None:
    masks = start.masks
    used = go("offer.do", "offer.do", "offer.do")
    clocks = clocks_of(used)
    clocks.open(used.word, 0, drawn)

    assert clocks.due[masks.index["offer"]] == 2 * DAY and clocks.next_due(used.word) == (masks.index["answer"], 3 * DAY)
    clocks.due = [NEVER] * len(clocks.due)
    assert clocks.next_due(used.word) is None
    clocks.due[4] = clocks.due[2] = DAY
    assert clocks.next_due(start.word) == (2, DAY)
    clocks.due[4] = DAY - 1
    assert clocks.next_due(start.word) == (4, DAY - 1)
    assert clocks_of(start).next_due(start.word) is None


@pytest.mark.parametrize(
    ("delay", "due"),
    [
        (Delay(Fixed(1.0)), 1.0),
        (Delay(Fixed(1.0), court_days=True), 3.0),
        (Delay(Fixed(1.5), roll=True), 3.0),
        (Delay(Deadline(5)), 6 - 1 / DAY),
        (Delay(Deadline(5), court_days=True), 8 - 1 / DAY),
        (Delay(Until(dt.date(2019, 2, 26))), 4.0),
        (Delay(Until(dt.date(2019, 2, 20))), 0.0),
        (Delay(Until(dt.date(2019, 2, 23)), roll=True), 3.0),
        (Delay(OfferTerm("jail_days")), 1.0),
        (Delay(OfferTerm("probation_days")), 9.0),
        (Delay(OfferTerm("nothing")), None),
        (Delay(OfferTerm("open_for")), 5.0),
        (DelayRows((DelayRow(Delay(Fixed(1.0)), asks("track", "light", AnyOf(("green",)))), DelayRow(Delay(Fixed(6.0))))), 6.0),
        (DelayRows((DelayRow(Delay(Fixed(1.25)), asks("track", "light", AnyOf(("red",)))), DelayRow(Delay(Fixed(6.0))))), 1.25),
    ],
)
def test_when_a_clock_falls_due(go: Any, delay: Any, due: float | None) -> None:
    state = go("offer.do")
    clocks = clocks_of(state, amend=delay)
    amend = state.masks.index["amend"]

    clocks.turn((amend,), state.word, 0, drawn, -1, frozenset())

    assert clocks.due[amend] == (NEVER if due is None else round(due * DAY)) and clocks.mode[amend] == 1
    kind = {True: CourtClock, False: RolledClock}
    wanted = (
        None
        if isinstance(delay, DelayRows)
        else DeadlineClock
        if isinstance(delay.kind, Deadline)
        else kind.get(delay.court_days)
    )
    if isinstance(delay, Delay) and not (delay.court_days or delay.roll or isinstance(delay.kind, Deadline)):
        wanted = None
    assert type(clocks.special.get(amend)) is (wanted or type(None))


def test_an_offer_lapses_when_it_says(go: Any, start: CaseState) -> None:
    lapse = Delay(OfferTerm("open_for"))

    def lapses(state: CaseState, now: int) -> int:
        return Timing(state.masks, FLORIDA, {"amend": lapse}).begin(state.masks.index["amend"], 1, now, state.word, drawn)[0]

    assert lapses(go("offer.do"), 3 * DAY) == 8 * DAY  # 5 days
    second, third = go("offer.do", "offer.do"), go("offer.do", "offer.do", "offer.do")
    assert lapses(second, 3 * DAY) == 8 * DAY - 1  # to the end of 1 March
    assert lapses(second, 9 * DAY) == 9 * DAY  # which is over
    assert lapses(third, 0) == lapses(start, 0) == NEVER
    days = Timing(start.masks, FLORIDA, {"amend": Delay(OfferTerm("jail_days"))})
    assert days.begin(start.masks.index["amend"], 1, 0, start.word, drawn) == (NEVER, None)


def test_a_right_that_begins_as_a_deadline_passes_begins_the_next_day(start: CaseState) -> None:
    assert [opens(now) for now in (0, 1, DAY - 2, DAY - 1, DAY, 2 * DAY - 1)] == [0, 1, DAY - 2, DAY, DAY, 2 * DAY]
    clocks = clocks_of(start, amend=Delay(Fixed(1.0), roll=True), tell=Delay(Until(dt.date(2019, 2, 24))))
    clocks.open(start.word, DAY - 1, drawn)

    assert running(start, clocks)["offer"] == 3 and running(start, clocks)["amend"] == 3 and running(start, clocks)["tell"] == 2
    assert ticks(0.5) == DAY // 2 and ticks(1e-9) == 0


@pytest.mark.parametrize("make", [RolledClock, CourtClock])
def test_clocks_that_stand_alike_are_one_clock(make: Any) -> None:
    clock = make(FLORIDA, DAY, 2 * DAY)
    twin = clock.copy()

    assert clock == twin and hash(clock) == hash(twin) and clock is not twin and twin.court is FLORIDA
    assert clock == make(CourtDays(FRIDAY, None) if make is RolledClock else FLORIDA, DAY, 2 * DAY)
    clock.stand_still(4 * DAY)
    assert clock != twin and clock.left != twin.left and clock != 1 and twin.due() == make(FLORIDA, DAY, 2 * DAY).due()
    clock.run_on(9 * DAY)
    assert clock.due() > twin.due() and make(FLORIDA, 0, DAY).left == DAY
    late = make(FLORIDA, 0, DAY)
    late.stand_still(30 * DAY)
    assert late.left == 0
    assert RolledClock(FLORIDA, 0, DAY) != CourtClock(FLORIDA, 0, DAY)


def test_a_deadline_copied_goes_its_own_way() -> None:
    clock = DeadlineClock(FLORIDA, 0, 5, False)
    twin = clock.copy()
    assert clock == twin and hash(clock) == hash(twin)
    clock.stand_still(DAY)
    clock.run_on(4 * DAY)

    assert clock != twin and (clock.touched, twin.touched) == (3, 0)
    assert clock.due() == 11 * DAY - 1 and twin.due() == 6 * DAY - 1  # the 8th day is a Saturday: Monday; the 5th a Wednesday
    exact = DeadlineClock(FLORIDA, 0, 5, False)
    exact.stand_still(6 * DAY - 2)
    assert exact.ran_out is None
    exact.stand_still(6 * DAY - 1)
    assert exact.ran_out == exact.due() == 6 * DAY - 1
    exact.run_on(6 * DAY + 5)
    assert exact.due() == 6 * DAY + 5


def test_a_deadline_in_court_days_is_moved_by_the_court_days_it_stood_still() -> None:
    clock = DeadlineClock(FLORIDA, 0, 3, True)  # Friday; due as Wednesday ends
    assert clock.due() == 6 * DAY - 1
    clock.stand_still(DAY)
    clock.run_on(3 * DAY)  # Saturday and Sunday
    assert clock.due() == 6 * DAY - 1
    clock.stand_still(3 * DAY + 5)
    clock.run_on(4 * DAY)  # Monday
    assert clock.due() == 7 * DAY - 1 and clock.touched_up_to == 3
    clock.stand_still(4 * DAY)
    clock.run_on(4 * DAY + 1)  # a moment of Tuesday
    assert clock.due() == 8 * DAY - 1


# -- what is kept of a case


def test_a_history_from_its_stored_events(scenario: Scenario, start: CaseState) -> None:
    from msgspec.structs import replace

    _, events = walk(scenario.procedure, start, ["turn.do", "offer.do", "lose.convict"])
    stream = [
        open_case(opening(scenario), 4),
        *(Event(**{n: getattr(e, n) for n in e.__struct_fields__} | {"case": 4}) for e in events),
    ]
    history = history_of(start.masks, stream)

    assert history.stream == tuple(stream) and history.case == 4 and history.state.case == "closed.lost"
    later = [stream[0], replace(stream[1], day=2.5)]
    assert history_of(start.masks, later).happenings[0][0] == 5 * DAY // 2
    assert history.happenings[0] == (0, start.masks.option_codes["turn", "do"].index, ())
    assert history.event(0) == history.events[0] == stream[1]
    for wrong in ([], stream[1:]):
        with pytest.raises(WrongInput, match=r"a stream without an opening.*CaseOpened first"):
            history_of(start.masks, wrong)
    strange = Event(**{n: getattr(events[0], n) for n in events[0].__struct_fields__} | {"step": "gone"})
    with pytest.raises(WrongInput, match=r"event 1 is of gone\.do"):
        history_of(start.masks, [stream[0], strange])


def test_a_history_dates_its_events(start: CaseState, scenario: Scenario) -> None:
    index = start.masks.option_codes
    happenings = [(3 * DAY // 2, index["turn", "do"].index, ()), (7 * DAY, index["on", "do"].index, (Counted("trial"),))]
    history = History(start.masks, opening(scenario), 2, happenings, start.word)

    assert [(e.case, e.seq, e.day, e.date.isoformat(), e.by, e.rule, e.details) for e in history.events] == [
        (2, 1, 1.5, "2019-02-23", "clerk", None, ()),
        (2, 2, 7.0, "2019-03-01", CLOCK, "Rule 2", (Counted("trial"),)),
    ]
    encoder = Encoder(start.masks, FRIDAY)
    for case in (2, 2, 31):
        history = History(start.masks, opening(scenario), case, happenings * (case - 1), start.word)
        assert encoder.records(history) == [(event.name, encode(event)) for event in history.stream]


def test_the_encoder_forgets_openings_rather_than_hold_a_million(start: CaseState, scenario: Scenario, monkeypatch: Any) -> None:
    from msgspec.structs import replace

    from courtsim.case import encoding

    monkeypatch.setattr(encoding, "MOST_OPENINGS", 2)
    encoder = Encoder(start.masks, FRIDAY)
    held = []
    for age in (1, 1.0, True, 2, 3, 1):
        history = History(start.masks, replace(opening(scenario), facts=(("age", age),)), 1, [], start.word)
        assert encoder.records(history) == [(event.name, encode(event)) for event in history.stream]
        held.append(len(encoder._opened))
    assert held == [1, 2, 1, 2, 1, 2]
    monkeypatch.setattr(encoding, "MOST_OPENINGS", 300)
    many = Encoder(start.masks, FRIDAY)
    for age in range(301):
        many.records(History(start.masks, replace(opening(scenario), facts=(("age", age),)), 1, [], start.word))
    assert len(many._opened) == 1


def test_what_is_kept_cannot_be_changed_and_is_told_by_name() -> None:
    for kind in (*get_args(Detail), Event, Command, Charge, Item, Offer, Search, Exemption, Opening):
        assert kind.__struct_config__.frozen, kind
    with pytest.raises(TypeError):
        Command("offer", "do")  # type: ignore[misc]


def test_what_a_scenario_does_not_say_of_an_opening() -> None:
    assert Charge("theft") == Charge("theft", counts=1)
    assert Item("memo") == Item("memo", "", (), (), 0.0, (), disclosable=False, outside_scope=False, exemption=None)
    assert Search("stop") == Search("stop", "", "", challenged=False, sources=())
    assert Offer("x", "plea") == Offer("x", "plea", "prosecution", (), (), None, None)


def test_every_charge_of_an_opening_is_asked(scenario: Scenario) -> None:
    opens_with = Opening(starts=FRIDAY, charges=(Charge("fraud"), Charge("theft", 2)), offers=(Offer("x", "plea"),))
    masks = Masks(scenario.procedure, opens_with)

    assert [offense.name for offense in masks.charges(masks.start())] == ["fraud", "theft"]
    assert masks.questions["charge", "0"].answers == ("fraud", "trespass") and isinstance(masks.options[0], OptionCode)
    assert masks.disposing == masks.questions["track", "case"].bits(["judged", "closed.won", "closed.lost"])
    assert masks.final == masks.questions["track", "case"].bits(["closed.won", "closed.lost"])
    assert [masks.test_questions(test) for test in ("motion", "motion_again", "motion_above")] == [("standing", "limits")] * 3


def test_a_step_enabled_in_one_of_two_ways_has_its_clock_in_both(tmp_path: Path) -> None:
    law = court(
        tmp_path,
        """
        conditions: {red: {light: red}, ajar: {door: ajar}}
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
          light: {start: red, states: {red: {}, green: {}}}
          door: {start: shut, states: {shut: {}, ajar: {}}}
        steps:
          enter: {by: defense, when: {is: [red, ajar]}, after: 5, event: Entered}
          turn: {by: clerk, when: {light: red}, after: 1, event: Turned, to: {light: green}}
          open_up: {by: clerk, after: 2, event: OpenedUp, to: {door: ajar}}
          end: {by: judge, after: 9, options: {do: {event: Ended, to: {case: closed}, when: {light: green}}}}
        """,
    ).procedure
    first = evolve(law, unopened(law), open_case(Opening(starts=FRIDAY)))

    for path, runs in [([], True), (["turn.do"], False), (["open_up.do"], True), (["open_up.do", "turn.do"], True)]:
        state = follow(law, *path, start=first)
        clocks = clocks_of(state)
        clocks.open(state.word, 0, drawn)
        assert ("enter" in running(state, clocks)) is runs is ("enter.do" in steps(state))
    assert [code.conditional for code in first.masks.steps] == [False, False, False, True]
    clocks = clocks_of(first)
    clocks.open(first.word, 0, drawn)
    clocks.due = [NEVER, NEVER, NEVER, DAY]
    assert clocks.next_due(first.word) is None and clocks.next_due(follow(law, "turn.do", start=first).word) == (3, DAY)


def test_a_deadline_tolled_on_the_day_of_its_trigger_is_moved_by_that_day() -> None:
    clock = DeadlineClock(CourtDays(FRIDAY, None), 0, 10, False)
    clock.stand_still(0)
    clock.run_on(2 * DAY)

    assert clock.due() == 13 * DAY - 1


def test_a_consequence_may_follow_as_the_case_opens_and_a_day_may_lie_before_it(tmp_path: Path) -> None:
    law = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
          light: {start: red, states: {red: {}, green: {}}}
        steps: {end: {by: judge, after: 9, event: Ended, to: {case: closed}}}
        consequences: {on: {when: {light: red}, to: {light: green}, event: WentOn}}
        """,
    ).procedure
    first = evolve(law, unopened(law), open_case(Opening(starts=FRIDAY)))

    assert steps(first) == ["on.do"] and steps(follow(law, "on.do", start=first)) == ["end.do"]
    assert dated(FRIDAY, -0.25) == dt.date(2019, 2, 21)


# -- what nobody means


def test_what_the_core_does_not_know_is_no_silent_nothing(scenario: Scenario, start: CaseState) -> None:
    from msgspec.structs import replace

    known = start.masks.option_codes["strike", "do"]
    strange = OptionCode(0, "strike", 2, replace(known.option, effects=("thunder",)))  # type: ignore[arg-type]

    with pytest.raises(AssertionError, match="thunder"):
        following_from(start.masks, start.word, strange)
    with pytest.raises(AssertionError, match="thunder"):
        apply(start.masks, start.word, "thunder")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        start.masks.compile(("thunder",))  # type: ignore[arg-type]
    assert not compiled._asked("thunder", 1)  # type: ignore[arg-type]


def test_an_event_may_carry_what_is_no_sentence_and_no_offer_need_be_left(scenario: Scenario, start: CaseState) -> None:
    ruling = Ruling("motion", (("standing", True),), 0, "grant")
    event = decide(scenario.procedure, start, Command(step="strike", option="do", details=(ruling,)))
    bare = unopened(scenario.procedure)

    assert event.details[-1] is ruling and len(event.details) == 2
    assert settled(bare, "offer.do") == ()


# -- what only a second look tells apart


TWO = """
tracks:
  case: {start: open, states: {open: {}, closed: {final: true}}}
  door: {start: shut, states: {shut: {}, ajar: {}}}
  lamp: {start: dark, states: {dark: {}, lit: {}}}
  bell: {start: off, states: {off: {}, rung: {}, broken: {}}}
counters: {knocks: 3, calls: 1}
switches: {strict: {values: [false, true], authority: local practice}}
conditions:
  quiet: {door: shut, lamp: dark}
  loud: {is: {not: quiet}}
  either: {is: [quiet, bright]}
  bright: {lamp: lit}
  neither: {is: {not: [quiet, bright]}}
  odd: {is: quiet, door: ajar}
  shut: {is: [quiet, bright], door: shut}
  crossed: {is: {not: mixed}}
  mixed: {door: ajar, lamp: dark}
  settled: {is: {not: [mixed, quiet]}, lamp: lit}
steps:
  wait: {by: clerk, when: {bell: [off, rung]}, after: 10, event: Waited, to: {lamp: dark}}
  knock: {by: defense, when: {door: shut}, after: 3, event: Knocked, to: {door: ajar, bell: rung}, once: true}
  again: {by: defense, when: {is: loud, door: ajar}, after: 4, event: KnockedAgain, once: true}
  never: {by: judge, when: {door: {not: [shut, ajar]}}, after: 1, event: Never}
  hopeless: {by: judge, after: 1, options: {do: {event: Hopeless, when: {door: {not: [shut, ajar]}}}}}
  count: {by: clerk, after: 5, event: Counted, to: {knocks: +2, calls: +1}}
  end: {by: judge, after: 30, event: Ended, to: {case: closed}}
consequences:
  light: {when: {door: ajar, lamp: dark}, to: {lamp: lit}, event: Lit}
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Masks:
    scenario = court(tmp_path_factory.mktemp("two"), TWO)
    return Masks(scenario.procedure, opening(scenario))


@pytest.mark.parametrize(
    ("name", "true"),
    [
        ("quiet", lambda door, lamp: door == "shut" and lamp == "dark"),
        ("loud", lambda door, lamp: door == "ajar" or lamp == "lit"),
        ("either", lambda door, lamp: door == "shut" or lamp == "lit"),
        ("neither", lambda door, lamp: door == "ajar" and lamp == "dark"),
        ("odd", lambda door, lamp: False),
        ("shut", lambda door, lamp: door == "shut"),
        ("crossed", lambda door, lamp: door == "shut" or lamp == "lit"),
        ("settled", lambda door, lamp: lamp == "lit"),
    ],
)
def test_a_named_condition_asks_what_its_words_say_in_every_state(two: Masks, name: str, true: Any) -> None:
    asked = two.compile(two.procedure.conditions[name])
    for door in ("shut", "ajar"):
        for lamp in ("dark", "lit"):
            word = two.put(two.put(two.start(), ("track", "door"), door), ("track", "lamp"), lamp)
            assert holds(asked, word) == true(door, lamp), (door, lamp)
            assert holds(two.negated(asked), word) != true(door, lamp), (door, lamp)


def test_a_counter_stops_at_its_cap_whether_that_is_odd_or_even(two: Masks) -> None:
    code, word, seen = two.option_codes["count", "do"], two.start(), []
    for _ in range(3):
        word = two.move(word, code)
        seen.append((CaseState(two, word).counters["knocks"], CaseState(two, word).counters["calls"]))

    assert seen == [(2, 1), (3, 1), (3, 1)] and word == two.put(two.put(word, ("counter", "knocks"), 3), ("counter", "calls"), 1)
    assert two.questions["counter", "knocks"].answers == (0, 1, 2, 3) and two.questions["counter", "calls"].answers == (0, 1)


def test_a_switch_that_nobody_set_has_its_first_value(two: Masks) -> None:
    masks = Masks(two.procedure, Opening(FRIDAY))

    assert masks.questions["switch", "strict"].read(masks.start()) is False


def test_a_step_that_happens_once_is_silent_from_then_on_and_where_it_was(two: Masks) -> None:
    for code in two.steps:
        assert code.silent == tuple(mask | code.once for mask in code.when)
    assert [code.step.name for code in two.steps if code.when == ()] == ["never"] and not two.steps[two.index["never"]].silent
    assert two.steps[two.index["hopeless"]].conditional and not two.steps[two.index["end"]].conditional


def test_a_step_that_never_can_be_has_no_clock(two: Masks) -> None:
    clocks = Clocks(Timing(two, FLORIDA), [{} for _ in two.steps])
    clocks.open(two.start(), 0, drawn)

    assert running(CaseState(two, two.start()), clocks) == {"wait": 10, "knock": 3, "hopeless": 1, "count": 5, "end": 30}
    assert clocks.next_due(two.start()) == (two.index["knock"], 3 * DAY)  # hopeless is due and can do nothing


def test_nothing_is_lawful_while_a_consequence_has_still_to_follow(two: Masks, start: CaseState) -> None:
    for masks in (two, start.masks):
        assert masks.without_marks(masks.start() | masks.unsettled | masks.applied) == masks.start()
    word = two.start()

    assert two.lawful(word) and two.lawful(word | two.unsettled) == []


def test_a_clock_that_an_event_leaves_alone_goes_on(two: Masks) -> None:
    code = two.option_codes["knock", "do"]
    after = two.settled(two.move(two.put(two.start(), ("track", "lamp"), "lit"), code))
    known = two.turned(two.put(two.start(), ("track", "lamp"), "lit"), code)
    clocks = Clocks(Timing(two, FLORIDA), [{} for _ in two.steps])
    clocks.open(two.put(two.start(), ("track", "lamp"), "lit"), 0, drawn)
    twin = clocks.copy()
    clocks.turn(code.touches, after, 3 * DAY, drawn, code.step_index, code.restarts)
    twin.follow(known, after, 3 * DAY, drawn)

    wait, again = two.index["wait"], two.index["again"]
    assert wait in code.touches and wait < code.step_index
    assert (clocks.due[wait], clocks.visits[wait]) == (twin.due[wait], twin.visits[wait]) == (10 * DAY, 1)
    assert (clocks.due[again], clocks.visits[again]) == (twin.due[again], twin.visits[again]) == (7 * DAY, 1)


def test_an_offer_is_left_though_bits_beyond_its_own_are_set(scenario: Scenario) -> None:
    masks = Masks(scenario.procedure, opening(scenario))
    word = masks.start() | masks.made["second"] | masks.steps[masks.index["strike"]].once

    assert masks.next_offer(masks.option_codes["offer", "do"], word).name == "first"  # type: ignore[union-attr]


def test_an_offer_made_twice_is_made(start: CaseState) -> None:
    (made,) = settled(start, "offer.do")
    assert isinstance(made, OfferMade)
    once = apply(start.masks, start.word, made)

    assert apply(start.masks, once, made) == once


def test_an_amendment_leaves_other_charges_and_whatever_is_called_as_an_offense_is(tmp_path: Path) -> None:
    scenario = court(
        tmp_path,
        """
        tracks: {case: {start: open, states: {open: {}, closed: {final: true}}}, motive: {start: theft, states: {theft: {}, spite: {}}}}
        offer_kinds: [plea]
        offenses: {theft: {statute: "1"}, trespass: {statute: "2"}, fraud: {statute: "3"}, vandalism: {statute: "4"}}
        steps:
          offer: {by: prosecution, after: 1, event: Offered, effects: [{offer: next}]}
          accept: {by: defense, after: 2, event: Accepted, effects: [accept_offer]}
          amend: {by: prosecution, after: 3, event: Amended, effects: [{amend_charge: {from: theft, to: trespass}}]}
          end: {by: judge, after: 9, event: Ended, to: {case: closed}}
        """,
        """
        charges: [{offense: theft}, {offense: vandalism}, {offense: fraud}, {offense: theft}]
        offers: {theft: {kind: plea}}
        """,
    )
    begin = evolve(scenario.procedure, unopened(scenario.procedure), open_case(opening(scenario)))
    state = follow(scenario.procedure, "offer.do", "accept.do", "amend.do", start=begin)

    assert [offense.name for offense in state.masks.charges(state.word)] == ["trespass", "vandalism", "fraud", "trespass"]
    assert (state.offer, state.accepted, state.tracks["motive"]) == ("theft", "theft", "theft")


def test_an_overdue_clock_that_stood_still_has_nothing_left_and_one_that_never_comes_never_does(
    start: CaseState, go: Any
) -> None:
    masks, wait = start.masks, start.masks.index["wait"]
    offered = go("offer.do").word
    for due, left in ((5 * DAY, 0), (7 * DAY, 0), (9 * DAY, 2 * DAY), (NEVER, NEVER)):
        clocks = clocks_of(start)
        clocks.open(start.word, 0, drawn)
        clocks.due[wait] = due
        clocks.turn((wait,), offered, 7 * DAY, drawn, -1, frozenset())
        assert clocks.left[wait] == left
        clocks.turn((wait,), start.word, 11 * DAY, drawn, -1, frozenset())
        assert clocks.due[wait] == (NEVER if due == NEVER else 11 * DAY + left)
    assert masks.steps[wait].tolled


def test_a_number_that_stands_for_a_stretch_lies_in_it() -> None:
    low, high = float("-inf"), float("inf")
    for cell in (Cell(0.0, 1.0), Cell(2.0, 2.5), Cell(-3.0, -1.0), Cell(low, 4.0), Cell(4.0, high), Cell(low, high)):
        assert cell.low < cell.inside < cell.high, cell
    assert Cell(5.0, 5.0).inside == 5.0


def test_one_encoder_numbers_the_events_of_short_cases_and_of_long_ones(start: CaseState, scenario: Scenario) -> None:
    encoder, count = Encoder(start.masks, FRIDAY), start.masks.option_codes["wait", "do"].index
    for many in (3, 1, 7, 4, 12):
        happenings = [(n * DAY + n, count, ()) for n in range(many)]
        history = History(start.masks, opening(scenario), 2, happenings, start.word)
        assert encoder.records(history) == [(event.name, encode(event)) for event in history.stream]


def test_a_search_falls_with_one_that_stands_after_it_and_so_on() -> None:
    searches = (Search("third", sources=("second",)), Search("second", sources=("first",)), Search("first", challenged=True))

    assert fallen(Opening(FRIDAY, searches=searches, evidence=(Item("last", sources=("third",)),))) == ("last",)


def test_a_sentence_is_what_is_said_of_it_and_no_more() -> None:
    said = Sentenced("verdict")

    assert {getattr(said, amount) for amount in AMOUNTS} == {0.0} and said.withheld is False


def test_the_grid_of_time_is_fine_enough_for_a_hundredth_of_a_second() -> None:
    assert DAY == 2**24 and ticks(2.0**-24) == 1 and ticks(0.6 * 2.0**-24) == 1 and ticks(0.4 * 2.0**-24) == 0
    assert NEVER > 1_000_000 * 366 * DAY


def test_the_fields_of_an_event_are_told_by_name() -> None:
    with pytest.raises(TypeError, match="positional"):
        Event("Offered", 1, 1, 0.0, FRIDAY, "offer", "do", "prosecution")  # type: ignore[misc]


def test_a_case_alone_is_the_first_of_its_block(start: CaseState) -> None:
    clocks = Clocks(Timing(start.masks, FLORIDA), [{1: [3 * DAY, 5 * DAY]} for _ in start.masks.steps])
    clocks.open(start.word, 0, drawn)

    assert set(running(start, clocks).values()) == {3}
