"""Decide, evolve, replay, on the two-track example of the format page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import get_args

import pytest

import courtsim
from courtsim.case.core import decide, evolve, lawful, open_case
from courtsim.case.events import VERSION, Command, Detail, Event, Opened, Sentenced, Suppressed, decode, encode
from courtsim.case.opening import Opening
from courtsim.case.state import unopened
from courtsim.errors import AboveStatute, IllegalStep, WrongInput
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario
from courtsim.scenario.opens import opening
from tests.small import court, follow, opened


@pytest.fixture(scope="module")
def small() -> Scenario:
    return courtsim.load("two-track")


@pytest.fixture(scope="module")
def two_tracks(small: Scenario) -> Procedure:
    return small.procedure


@pytest.fixture(scope="module")
def facts(small: Scenario) -> Opening:
    return opening(small)


def steps(state: object) -> list[str]:
    return [f"{step}.{option}" for step, option in lawful(state)]  # type: ignore[arg-type]


def test_a_case_opens_with_one_thing_to_do(two_tracks: Procedure, facts: Opening) -> None:
    assert steps(opened(two_tracks, facts)) == ["arraign.plead_not_guilty"]


def test_a_denied_motion_leaves_only_the_offer_and_the_trial_ahead(two_tracks: Procedure, facts: Opening) -> None:
    state = follow(
        two_tracks,
        "arraign.plead_not_guilty",
        "move_to_suppress.file",
        "rule_on_suppression.deny",
        start=opened(two_tracks, facts),
    )

    assert {name.partition(".")[0] for name in steps(state)} == {"offer_plea", "continue_trial", "try_case"} - (
        set() if "offer_plea.do" in steps(state) else {"offer_plea"}
    )
    assert state.tracks["suppression"] == "denied"


def test_no_trial_while_the_motion_is_pending(two_tracks: Procedure, facts: Opening) -> None:
    state = follow(two_tracks, "arraign.plead_not_guilty", "move_to_suppress.file", start=opened(two_tracks, facts))

    with pytest.raises(IllegalStep, match=r"try_case.convict is not lawful here: its `when` does not hold") as told:
        decide(two_tracks, state, Command(step="try_case", option="convict"))

    assert "rule_on_suppression.grant" in told.value.instead


def test_a_trial_is_tolled_while_an_offer_stands(two_tracks: Procedure, facts: Opening) -> None:
    state = follow(two_tracks, "arraign.plead_not_guilty", "offer_plea.do", start=opened(two_tracks, facts))

    with pytest.raises(IllegalStep, match="it is tolled"):
        decide(two_tracks, state, Command(step="try_case", option="acquit"))


def test_an_offer_is_made_once_and_is_the_offer_from_then_on(two_tracks: Procedure, facts: Opening) -> None:
    state = follow(two_tracks, "arraign.plead_not_guilty", "offer_plea.do", start=opened(two_tracks, facts))

    assert (state.offer, state.made) == ("standard", ("standard",))


def test_no_offer_can_be_made_where_none_is_left(two_tracks: Procedure) -> None:
    state = follow(two_tracks, "arraign.plead_not_guilty")

    with pytest.raises(IllegalStep, match="no offer is left to make"):
        decide(two_tracks, state, Command(step="offer_plea", option="do"))


def test_suppression_strikes_what_derives_from_the_challenged_search(two_tracks: Procedure, facts: Opening) -> None:
    state = follow(two_tracks, "arraign.plead_not_guilty", "move_to_suppress.file", start=opened(two_tracks, facts))

    event = decide(two_tracks, state, Command(step="rule_on_suppression", option="grant"))

    assert event.details == (Suppressed(("identification", "video")),)  # the records came from an independent source
    assert evolve(two_tracks, state, event).struck == {"video", "identification"}


def test_a_sentence_above_the_statute_is_refused(two_tracks: Procedure, facts: Opening) -> None:
    state = follow(two_tracks, "arraign.plead_not_guilty", start=opened(two_tracks, facts))
    mandatory = {"civil_penalty": 10_000.0, "community_service_hours": 200.0}

    with pytest.raises(AboveStatute, match="jail_days 731 is above the statute's 730"):
        decide(
            two_tracks,
            state,
            Command(step="try_case", option="convict", details=(Sentenced("verdict", jail_days=731.0, **mandatory),)),
        )
    with pytest.raises(AboveStatute, match="civil_penalty 5000 is below the mandatory 10000"):
        decide(
            two_tracks,
            state,
            Command(
                step="try_case",
                option="convict",
                details=(Sentenced("verdict", **(mandatory | {"civil_penalty": 5e3})),),
            ),
        )


def test_a_closed_case_allows_nothing(two_tracks: Procedure, facts: Opening) -> None:
    state = follow(two_tracks, "arraign.plead_not_guilty", "try_case.acquit", start=opened(two_tracks, facts))

    assert state.closed and state.case == "closed.acquitted" and lawful(state) == []


def test_consequences_follow_in_the_order_of_the_file_and_once_an_event(tmp_path: Path) -> None:
    procedure = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
          light: {start: red, states: {red: {}, amber: {}, green: {}}}
        steps:
          turn: {by: judge, when: {light: red}, event: Turned, to: {light: amber}}
          end: {by: judge, event: Ended, to: {case: closed}}
        consequences:
          back: {when: {light: green}, to: {light: red}, event: WentBack}
          on: {when: {light: amber}, to: {light: green}, event: WentOn}
        """,
    ).procedure
    state = follow(procedure, "turn.do")

    assert steps(state) == ["on.do"]
    assert steps(follow(procedure, "on.do", start=state)) == ["back.do"]
    settled = follow(procedure, "on.do", "back.do", start=state)
    assert steps(settled) == ["turn.do", "end.do"] and settled.tracks["light"] == "red"


def test_a_step_is_silent_for_a_visit_until_its_when_has_been_false(tmp_path: Path) -> None:
    procedure = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
          door: {start: shut, states: {shut: {}, ajar: {}}}
        steps:
          knock: {by: defense, when: {door: shut}, once: visit, event: Knocked}
          open_up: {by: judge, when: {door: shut}, after: 1, event: Opened, to: {door: ajar}}
          close: {by: judge, when: {door: ajar}, after: 1, event: Closed, to: {door: shut}}
          end: {by: judge, after: 9, event: Ended, to: {case: closed}}
        """,
    ).procedure

    assert "knock.do" not in steps(follow(procedure, "knock.do"))
    assert "knock.do" in steps(follow(procedure, "knock.do", "open_up.do", "close.do"))


def test_counters_stay_within_their_cap(tmp_path: Path) -> None:
    procedure = court(
        tmp_path,
        """
        tracks:
          case: {start: open, states: {open: {}, closed: {final: true}}}
        counters: {tries: 2}
        steps:
          more: {by: judge, after: 1, event: More, to: {tries: +1}}
          fewer: {by: judge, after: 1, event: Fewer, to: {tries: -3}}
          end: {by: judge, when: {tries: {at_least: 2}}, after: 9, event: Ended, to: {case: closed}}
        """,
    ).procedure

    assert follow(procedure, "more.do", "more.do", "more.do").counters == {"tries": 2}
    assert follow(procedure, "more.do", "fewer.do").counters == {"tries": 0}


def lift_from_0(plain: dict[str, object]) -> dict[str, object]:
    """Version 0, known to this test alone, called `by` `actor` and had no details."""
    return {"by": plain.pop("actor"), "details": [], **plain}


def test_an_old_event_is_lifted_to_the_present_version_on_reading() -> None:
    stored = (Path(__file__).parent / "golden" / "events" / "version-0.json").read_bytes()

    event = decode(stored, upcasts={0: lift_from_0})

    assert (event.name, event.by, event.details, event.version) == ("MotionFiled", "defense", (), VERSION)


def test_an_event_of_an_unknown_version_is_refused_by_its_number() -> None:
    stored = (Path(__file__).parent / "golden" / "events" / "version-0.json").read_bytes()

    with pytest.raises(WrongInput, match="a stored event of version 0"):
        decode(stored)


def test_an_event_of_a_later_version_or_of_none_is_not_taken_for_one_of_this() -> None:
    event = encode(open_case(Opening(starts=dt.date(2019, 2, 22))))
    for said in (b'"version":%d' % (VERSION + 1), b'"version":7'):
        with pytest.raises(WrongInput, match="a stored event of version"):
            decode(event.replace(b'"version":%d' % VERSION, said))
    with pytest.raises(WrongInput, match="a stored event of version 0"):
        decode(event.replace(b',"version":%d' % VERSION, b""))


def test_the_bytes_of_version_1_can_be_read_for_ever() -> None:
    stored = (Path(__file__).parent / "golden" / "events" / "version-1.jsonl").read_bytes().splitlines()

    events = [decode(line) for line in stored]

    assert len(events) > 5 and [encode(event) for event in events] == stored


def test_every_kind_of_detail_of_version_1_can_be_read_for_ever() -> None:
    stored = (Path(__file__).parent / "golden" / "events" / "version-1-details.jsonl").read_bytes().splitlines()

    events = [decode(line) for line in stored]

    assert [encode(event) for event in events] == stored
    kinds = {type(detail) for event in events for detail in event.details} | {Opened}  # the opening is in the other file
    assert kinds == set(get_args(Detail))


def test_every_version_that_was_ever_written_has_its_bytes_kept() -> None:
    kept = {path.name[: len("version-0")] for path in (Path(__file__).parent / "golden" / "events").iterdir()}

    assert kept == {f"version-{version}" for version in range(VERSION + 1)}


def test_bytes_that_are_no_event_are_refused() -> None:
    for junk in (b"", b"{}", b"[1]", b"\xff\xfe", b'{"version": "x"}'):
        with pytest.raises(WrongInput):
            decode(junk)


def test_the_opening_event_carries_what_conditions_can_ask(small: Scenario) -> None:
    event: Event = open_case(opening(small))

    state = evolve(small.procedure, unopened(small.procedure), event)

    assert state.facts["counsel"] == "private"
    assert [offer.name for offer in state.opening.offers] == ["standard"]
    assert state.opening.digest == small.digest
