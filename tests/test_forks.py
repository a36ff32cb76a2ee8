"""A stored case goes back to any of its events and on from there: what happened stays, and so does luck."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import courtsim
from courtsim.case.core import lawful, replay
from courtsim.case.history import history_of
from courtsim.cli.commands import cli
from courtsim.engines.fork import fork, scripted_events
from courtsim.errors import IllegalStep, WrongInput
from courtsim.procedure.law import CLOCK
from tests.test_properties import GENERATED, history, scenario

NAMES = ["two-track", "jupiter-2019", "jupiter-2019-as-it-happened", *GENERATED]


def command(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(cli, arguments)
    return ran.exit_code, ran.stdout, ran.stderr


@pytest.fixture
def run() -> str:
    """A stored case: plea of not guilty, an offer, its acceptance."""
    made = courtsim.simulate("two-track")
    courtsim.save(made)
    assert [event.name for event in made.histories[0].events] == ["NotGuiltyPleaEntered", "PleaOffered", "PleaAccepted"]
    return made.id


# -- an example


def test_a_fork_keeps_what_happened_and_goes_on_from_the_other_choice(run: str) -> None:
    made, parting = courtsim.fork(run, at=3, step="answer_offer", option="reject")

    events = courtsim.docket(made.id).events
    assert [event.name for event in events][:3] == ["NotGuiltyPleaEntered", "PleaOffered", "PleaRejected"]
    assert [event.date for event in events][:3] == [event.date for event in courtsim.docket(run).events]
    assert (made.parent, made.at, made.choice, parting.shared) == (run, 3, "answer_offer=reject", 2)
    assert replay(courtsim.load("two-track").procedure, courtsim.docket(made.id).stream).closed


def test_luck_that_the_change_does_not_touch_stays_the_same(run: str) -> None:
    """Rejecting by a fork is the same as having had a chooser who rejects there."""
    made, _ = courtsim.fork(run, at=3, step="answer_offer", option="reject")

    def reject(moment: object) -> str:
        return "reject"

    rejecting = courtsim.simulate("two-track", choosers={"answer_offer": reject})
    assert courtsim.docket(made.id).stream == rejecting.histories[0].stream


def test_a_fork_of_a_fork_names_its_parent_and_the_tree_shows_both(run: str) -> None:
    first, _ = courtsim.fork(run, at=3, step="answer_offer", option="reject")
    last = courtsim.docket(first.id).events[-1]
    step = courtsim.load("two-track").procedure.steps[last.step]
    other = next(option for option in step.options if option != last.option)
    second, parting = courtsim.fork(first.id, at=last.seq, step=last.step, option=other)

    tree = courtsim.forks(run)

    assert (second.parent, second.run, parting.shared) == (first.id, run, last.seq - 1)
    assert [branch.id for branch in tree.branches] == [first.id]
    assert [(b.id, b.choice, b.instead) for b in tree.branches[0].branches] == [
        (second.id, f"{last.step}={other}", f"{last.step}={last.option}")
    ]
    assert tree == courtsim.forks(second.id) and tree.at is None and set(tree.values) == {"value.defense", "value.prosecution"}
    printed = command("forks", run)[1]
    assert printed.index(f"run {run}") < printed.index(f"fork {first.id}") < printed.index(f"fork {second.id}")
    assert "at 3 (2019-04-02): answer_offer=reject and not answer_offer=accept" in printed


def test_the_same_fork_again_is_the_same_fork(run: str) -> None:
    first = courtsim.fork(run, at=3, step="answer_offer", option="reject").fork
    again = courtsim.fork(run, at=3, step="answer_offer", option="reject").fork

    assert first == again and len(courtsim.forks(run).branches) == 1 and courtsim.verify_run(run).ok


def test_another_step_that_was_lawful_may_happen_then(run: str) -> None:
    """At the offer the defense moves to suppress instead; the offer comes right after."""
    made, parting = courtsim.fork(run, at=2, step="move_to_suppress", option="file")

    events = courtsim.docket(made.id).events
    assert [event.name for event in events][:3] == ["NotGuiltyPleaEntered", "MotionToSuppressFiled", "PleaOffered"]
    assert events[1].date == events[2].date == courtsim.docket(run).events[1].date and parting.shared == 1


def test_a_scripted_case_leaves_its_script_at_the_change() -> None:
    courtsim.save(courtsim.simulate("jupiter-2019-as-it-happened"))
    record = courtsim.docket("last")
    ruling = next(event for event in record.events if event.step == "rule_on_suppression")

    made, parting = courtsim.fork("last", at=ruling.seq, step="rule_on_suppression", option="deny")

    events = courtsim.docket(made.id).events
    assert parting.shared == ruling.seq - 1 and events[ruling.seq - 1].option == "deny"
    assert not any(
        event.name in {"StateAppealedSuppression", "NolleProsequiFiled"} and event.seq == ruling.seq + 1 for event in events
    )
    assert made.script == ruling.seq
    printed = " ".join(command("diff", record.run, made.id)[1].split())
    assert printed.startswith(" ".join(courtsim.load("jupiter-2019-as-it-happened").title.split())) and "A simulation." in printed
    assert " ".join(courtsim.load("jupiter-2019-as-it-happened").summary.split())[:60] in printed


# -- what is refused


@pytest.mark.parametrize(
    ("at", "choice", "code", "message"),
    [
        (3, "answer_offer=refuse", 2, "answer_offer has no option 'refuse'; expected accept or reject"),
        (
            3,
            "anser_offer=accept",
            2,
            "unknown step 'anser_offer'; expected a step, such as answer_offer; did you mean 'answer_offer'?",
        ),
        (
            3,
            "rule_on_suppression=grant",
            1,
            "rule_on_suppression=grant at event 3 (PleaAccepted, 2019-04-02) is not lawful here: its `when` does not hold "
            "(case: pretrial, suppression: none); lawful: answer_offer=accept, answer_offer=reject, move_to_suppress=file, "
            "move_to_suppress=forgo",
        ),
        (3, "offer_lapses=lapse", 1, "is not lawful here: its clock had not run out"),
        (9, "answer_offer=reject", 2, "event 9 of a case of 3 events; expected 1 to 3"),
        (3, "answer_offer", 2, "expected STEP=OPTION, as answer_offer=accept"),
    ],
)
def test_a_choice_that_was_not_there_is_refused_and_what_was_is_said(
    run: str, at: int, choice: str, code: int, message: str
) -> None:
    left, printed, errors = command("fork", run, "--at", str(at), "--choose", choice)

    assert (left, printed) == (code, "") and message in errors
    assert courtsim.forks(run).branches == ()


# -- properties


@settings(max_examples=150)
@given(st.sampled_from(NAMES), st.integers(0, 40), st.integers(0, 10_000))
def test_forking_with_what_happened_gives_the_same_history(which: str | int, seed: int, place: int) -> None:
    case = history(which, seed)
    if not case.events:
        return
    event = case.events[place % len(case.events)]
    script = scripted_events(scenario(which), seed, 1, "drawn")

    forked = fork(scenario(which), seed, case.stream, event.seq, event.step, event.option, script=script)

    assert forked.history.stream == case.stream and forked.history.state == case.state


@settings(max_examples=150)
@given(st.sampled_from(NAMES), st.integers(0, 40), st.integers(0, 10_000), st.integers(0, 10_000))
def test_any_lawful_choice_can_be_taken_and_what_comes_of_it_is_lawful(
    which: str | int, seed: int, place: int, which_choice: int
) -> None:
    case = history(which, seed)
    if not case.events:
        return
    event = case.events[place % len(case.events)]
    steps = case.masks.procedure.steps
    open_then = [
        (step, option)
        for step, option in lawful(replay(case.masks.procedure, case.stream[: event.seq]))
        if step == event.step or (step in steps and steps[step].by != CLOCK)
    ]
    step, option = open_then[which_choice % len(open_then)]
    script = scripted_events(scenario(which), seed, 1, "drawn")

    refused = ""
    try:
        forked = fork(scenario(which), seed, case.stream, event.seq, step, option, script=script).history
    except WrongInput as fault:
        refused = str(fault)
    if refused:  # a ruling that no answers to its test lead to: there are such options in generated courts
        assert isinstance(which, int) and "no answers to the test" in refused
        return

    assert forked.stream[: event.seq] == case.stream[: event.seq]
    assert (forked.events[event.seq - 1].step, forked.events[event.seq - 1].option) == (step, option)
    assert replay(case.masks.procedure, forked.stream) == forked.state and forked.state.closed


@given(st.sampled_from(NAMES), st.integers(0, 40))
def test_a_case_comes_back_whole_from_its_stored_events(which: str | int, seed: int) -> None:
    case = history(which, seed)

    again = history_of(case.masks, case.stream)

    assert again.happenings == case.happenings and again.state == case.state and again.stream == case.stream


# -- time travel


def test_a_docket_up_to_an_event_or_a_day_says_where_the_case_stood(run: str) -> None:
    code, printed, _ = command("docket", run, "--at", "1")
    by_day = json.loads(command("docket", run, "--on", "2019-03-20", "--json")[1])

    assert code == 0 and re.findall(r"^2019-\d\d-\d\d", printed, re.MULTILINE) == ["2019-03-08"]
    assert "Then case: pretrial. Lawful next: offer_plea=do, move_to_suppress=file, move_to_suppress=forgo" in " ".join(
        printed.split()
    )
    assert [event["seq"] for event in by_day["events"]] == [1, 2] and by_day["tracks"]["plea"] == "offered"
    assert courtsim.docket(run).up_to(on=dt.date(2019, 3, 20)) == courtsim.docket(run).events[:2]


def test_two_histories_side_by_side_with_what_each_led_to(run: str) -> None:
    made = courtsim.fork(run, at=3, step="answer_offer", option="reject").fork

    plain = json.loads(command("diff", run, made.id, "--json")[1])
    printed = command("diff", run, made.id)[1]

    assert plain["shared"] == 2 and not plain["same"]
    assert (plain["left"]["first_apart"]["option"], plain["right"]["first_apart"]["option"]) == ("accept", "reject")
    assert plain["left"]["outcome"]["disposition"] == "closed.pleaded"
    assert "They part after event 2." in printed and "> 2019-04-02 Plea accepted" in printed and "Plea rejected" in printed
    assert f"{run}/1 and {run}/1: the same 3 events." in command("diff", run, f"{run}/1")[1]
    assert command("diff", run, f"{run}/x")[0] == 2


def test_illegal_steps_carry_what_was_lawful() -> None:
    case = history("two-track", 3)

    with pytest.raises(IllegalStep) as refused:
        fork(scenario("two-track"), 3, case.stream, 1, "try_case", "convict")

    assert refused.value.instead == ("arraign=plead_not_guilty",)
