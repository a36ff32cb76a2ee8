"""What is kept of a case: its opening and what happened, as events when someone reads them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

from courtsim.case.clocks import DAY
from courtsim.case.core import dated, open_case, replay
from courtsim.case.events import Detail, Event, opening_of
from courtsim.case.masks import Masks
from courtsim.case.opening import Opening
from courtsim.case.state import CaseState
from courtsim.errors import WrongInput
from courtsim.procedure.law import CLOCK

# An event as the engines keep it: when (in ticks), which of `Masks.options`, and its details.
Happening: TypeAlias = tuple[int, int, tuple[Detail, ...]]


class History:
    """One case as it went.

    Attributes:
        case: its number in the run, from 1.
        opening: what it opened with.
        happenings: what happened, in order.
    """

    def __init__(self, masks: Masks, opening: Opening, case: int, happenings: Sequence[Happening], word: int) -> None:
        self.masks = masks
        self.opening = opening
        self.case = case
        self.happenings = happenings
        self._word = word

    @property
    def state(self) -> CaseState:
        """The state at the end."""
        return CaseState(self.masks, self._word)

    @property
    def opened(self) -> Event:
        """`CaseOpened`, the first event of the stream."""
        return open_case(self.opening, self.case)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happened after the opening, seq 1, 2, ..."""
        return tuple(self.event(n) for n in range(len(self.happenings)))

    @property
    def stream(self) -> tuple[Event, ...]:
        """All events of the case, the opening included: what a store keeps and a replay needs."""
        return (self.opened, *self.events)

    def event(self, n: int) -> Event:
        """The happening number *n* (from 0) as an event."""
        return event_of(self.masks, self.opening, self.case, n + 1, self.happenings[n])


def history_of(masks: Masks, stream: Sequence[Event]) -> History:
    """A case from its stored events, the opening first.

    Raises:
        WrongInput: the stream does not begin with an opening, or holds an event of an option that the law does not have.
    """
    opening = opening_of(stream[0]) if stream else None
    if opening is None:
        raise WrongInput(None, "a stream without an opening", "CaseOpened first")
    happenings: list[Happening] = []
    for event in stream[1:]:
        code = masks.option_codes.get((event.step, event.option))
        if code is None:
            raise WrongInput(None, f"event {event.seq} is of {event.step}.{event.option}", "an option of the procedure")
        happenings.append((round(event.day * DAY), code.index, event.details))
    return History(masks, opening, stream[0].case, happenings, replay(masks.procedure, stream).word)


def event_of(masks: Masks, opening: Opening, case: int, seq: int, happening: Happening) -> Event:
    tick, index, details = happening
    code = masks.options[index]
    steps = masks.procedure.steps
    return Event(
        name=code.option.event,
        case=case,
        seq=seq,
        day=tick / DAY,
        date=dated(opening.starts, tick // DAY),
        step=code.step,
        option=code.option.name,
        by=steps[code.step].by if code.step_index >= 0 else CLOCK,
        rule=code.option.rule,
        says=code.option.says,
        details=details,
    )
