"""A case led by hand: option after option from a state, what follows of itself included."""

from __future__ import annotations

from collections.abc import Iterable

from courtsim.case.core import decide, evolve, lawful
from courtsim.case.events import Command, Event
from courtsim.case.state import CaseState
from courtsim.procedure.law import Procedure


def walk(procedure: Procedure, state: CaseState, path: Iterable[str]) -> tuple[CaseState, list[Event]]:
    """The state after these options, each `step.option`, and the events. Consequences may be named or left to follow.

    Raises:
        IllegalStep: one of them is not lawful where its turn comes; the error carries what was.
    """
    events: list[Event] = []
    for name in path:
        state, events = _settled(procedure, state, events, until=name)
        state = _happened(procedure, state, events, name)
    return _settled(procedure, state, events)


def _settled(procedure: Procedure, state: CaseState, events: list[Event], until: str = "") -> tuple[CaseState, list[Event]]:
    """The state once nothing more follows, or before the consequence that is named next."""
    while follows := following(state):
        if follows == until:
            break
        state = _happened(procedure, state, events, follows)
    return state, events


def following(state: CaseState) -> str:
    """The consequence of the last event that comes next, as `name.do`; empty in a settled state."""
    if not state.word & state.masks.unsettled:
        return ""
    ((step, option),) = lawful(state)
    return f"{step}.{option}"


def _happened(procedure: Procedure, state: CaseState, events: list[Event], name: str) -> CaseState:
    step, _, option = name.partition(".")
    event = decide(procedure, state, Command(step=step, option=option, seq=len(events) + 1, date=state.opening.starts))
    events.append(event)
    return evolve(procedure, state, event)
