"""A case led by hand, and whether what happened in one was lawful."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from courtsim.case.core import decide, evolve, following_from, lawful, open_case, settle
from courtsim.case.events import OPENED, Command, Event, OfferMade
from courtsim.case.following import following
from courtsim.case.masks import Masks, masks_of
from courtsim.case.state import CaseState, unopened
from courtsim.engines.check import free_opening
from courtsim.errors import IllegalStep, WrongInput, listed, nearest
from courtsim.procedure.conditions import Value
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario
from courtsim.scenario.opens import opening

PRIMA_FACIE = "prima_facie="


class Course(NamedTuple):
    """A way through a law: how the case opens, where that is not usual, and what happens in turn. Made by `way`."""

    path: tuple[str, ...] = ()
    facts: Mapping[str, Value] = {}
    switches: Mapping[str, Value] = {}

    def __repr__(self) -> str:
        return f"way({self.arguments()})"

    def arguments(self) -> str:
        """As `way` and `follow` take it."""
        given = [json.dumps(name) for name in self.path]
        given += [f"{key}={dict(table)!r}" for key, table in (("facts", self.facts), ("switches", self.switches)) if table]
        return ", ".join(given)


def way(*path: str, facts: Mapping[str, Value] | None = None, switches: Mapping[str, Value] | None = None) -> Course:
    """A way through a law, for `follow` and as an example for Hypothesis: @example(way("arraign.plead_not_guilty"))."""
    return Course(path, facts or {}, switches or {})


def follow(
    law: Scenario | Procedure,
    *path: str | Course,
    facts: Mapping[str, Value] | None = None,
    switches: Mapping[str, Value] | None = None,
    start: CaseState | None = None,
) -> CaseState:
    """The state after these options, each `step.option`; consequences follow of themselves, or may be named.

    A bare procedure is read as `check` reads it: an offer of any kind is always left (`offer_plea.do=diversion` makes one of that
    kind, without `=` the first), and `prima_facie=false` or `true` says what the evidence then proves.

    Args:
        law: a procedure, or a scenario with its own offers, evidence and switches.
        path: options, or one way.
        facts, switches: where the case opens otherwise than usual; switches of a bare procedure only.
        start: a state to go on from.

    Raises:
        IllegalStep: one of them is not lawful where its turn comes; it says what was.
        WrongInput: no such fact, switch, value or kind of offer.
    """
    course = path[0] if path and isinstance(path[0], Course) else Course(tuple(str(name) for name in path))
    procedure = law.procedure if isinstance(law, Scenario) else law
    state = start or opening_state(law, {**course.facts, **(facts or {})}, {**course.switches, **(switches or {})})
    for name in course.path:
        while (follows := following(state)) and follows != name:
            state = taken(procedure, state, follows)[0]
        state = taken(procedure, state, name)[0]
    while follows := following(state):
        state = taken(procedure, state, follows)[0]
    return state


def opening_state(law: Scenario | Procedure, facts: Mapping[str, Value], switches: Mapping[str, Value]) -> CaseState:
    """The state of a case as it opens; consequences of that have still to follow."""
    procedure = law.procedure if isinstance(law, Scenario) else law
    _known("fact", facts, procedure.facts)
    _known("switch", switches, procedure.switches)
    if isinstance(law, Scenario):
        if switches:
            raise WrongInput(None, "switches beside a scenario", "a bare procedure, or another scenario")
        masks = masks_of(procedure, opening(law))
        word = masks.start({**dict(masks.opening.facts), **facts} if facts else _usual(law))
    else:
        masks = _free(procedure)
        word = masks.start(facts)
    for name, value in switches.items():
        if value not in masks.questions["switch", name].answers:
            raise WrongInput(None, f"{name}: {value!r}", listed(map(str, masks.questions["switch", name].answers)))
        word = masks.put(word, ("switch", name), value)
    return CaseState(masks, settle(masks, word, 0))


_FREE: dict[int, tuple[Procedure, Masks]] = {}


def _free(procedure: Procedure) -> Masks:
    """The law as `check` reads it bare, compiled once."""
    kept = _FREE.get(id(procedure))
    if kept is None or kept[0] is not procedure:
        if len(_FREE) > 16:
            _FREE.clear()
        kept = _FREE[id(procedure)] = (procedure, Masks(procedure, free_opening(procedure), free=True))
    return kept[1]


def _usual(scenario: Scenario) -> dict[str, Value]:
    return dict(opening(scenario).facts)


def _known(what: str, given: Mapping[str, Value], known: Mapping[str, object]) -> None:
    for name in given:
        if name not in known:
            raise WrongInput(None, f"unknown {what} {name!r}", listed(known), nearest(name, known))


def taken(procedure: Procedure, state: CaseState, name: str) -> tuple[CaseState, Event | None]:
    """The state after one name of a path, and the event, if it is one."""
    masks = state.masks
    if name.startswith(PRIMA_FACIE):
        return CaseState(masks, masks.put(state.word, ("prima_facie",), name == f"{PRIMA_FACIE}true")), None
    option, _, kind = name.partition("=")
    step, _, chosen = option.partition(".")
    event = decide(procedure, state, Command(step=step, option=chosen, date=state.opening.starts))
    if kind:
        event = replace(event, details=tuple(_of_kind(masks, event.by, kind, detail) for detail in event.details))
    after = evolve(procedure, state, event)
    if masks.free:  # there an offer is never used up
        after = CaseState(masks, after.word & ~sum(masks.made.values()))
    return after, event


def _of_kind(masks: Masks, by: str, kind: str, detail: object) -> object:
    if not isinstance(detail, OfferMade):
        return detail
    offers = {offer.kind: offer for offer in masks.opening.offers if offer.by == by}
    if kind not in offers:
        raise WrongInput(None, f"an offer of kind {kind!r} by {by}", listed(offers), nearest(kind, offers))
    offer = offers[kind]
    return OfferMade(offer.name, offer.kind, offer.by, offer.terms)


def assert_lawful(law: Scenario | Procedure, events: Iterable[Event]) -> CaseState:
    """The state at the end of a case, once every event of it was found lawful.

    Every option must have been open to its actor, details must be what the law makes of it (offers, evidence struck, sentences
    within the statute), time may not run backwards, nothing may be left to follow.

    Args:
        events: the whole stream, `CaseOpened` first; of a scenario the opening may be left out.

    Raises:
        AssertionError: it names the first event that was not, what was lawful instead, and the way there, ready to paste.
    """
    procedure = law.procedure if isinstance(law, Scenario) else law
    stream = list(events)
    if stream and stream[0].name == OPENED:
        state = evolve(procedure, unopened(procedure), stream.pop(0))
    elif isinstance(law, Scenario):
        state = evolve(procedure, unopened(procedure), open_case(opening(law)))
    else:
        raise WrongInput(None, "events of a bare procedure without `CaseOpened`", "a whole stream, or a scenario")
    path: list[str] = []
    day = 0.0
    for event in stream:
        reason = _unlawful(procedure, state, event, day)
        if reason:
            said = f"event {event.seq}, {event.name}, is not lawful: {reason}"
            raise AssertionError(f"{said}\n\nfollow(law, {Course(tuple(path)).arguments()})")
        state = evolve(procedure, state, event)
        path.append(f"{event.step}.{event.option}")
        day = event.day
    if follows := following(state):
        raise AssertionError(f"the case does not end with {path[-1] if path else OPENED}: {follows} follows of itself")
    return state


def _unlawful(procedure: Procedure, state: CaseState, event: Event, day: float) -> str:
    """Why an event could not have happened in this state; empty where it could."""
    if event.day < day:
        return f"day {event.day:g} after day {day:g}"
    if (event.step, event.option) not in lawful(state):
        try:
            decide(procedure, state, Command(step=event.step, option=event.option))
        except IllegalStep as fault:
            return str(fault)
    code = state.masks.option_codes[event.step, event.option]
    by_law = following_from(state.masks, state.word, code)
    if event.details[: len(by_law)] != by_law:
        return f"the law makes of it {by_law!r}, the event says {event.details[: len(by_law)]!r}"
    command = Command(
        step=event.step,
        option=event.option,
        case=event.case,
        seq=event.seq,
        day=event.day,
        date=event.date,
        details=event.details[len(by_law) :],
    )
    try:
        decided = decide(procedure, state, command)
    except IllegalStep as fault:
        return str(fault)
    return "" if decided == replace(event, version=decided.version) else f"the law decides {decided!r}"
