"""A docket that someone else wrote: dated lines, each naming an event or a step, in cases."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from courtsim.errors import Where


class Line(Struct, frozen=True):
    """One line of a foreign docket.

    Attributes:
        at: the day, or the moment where the log gives one; local time, as written.
        event: the name of what happened, or of the step; empty where `step` says it.
        within: seconds by which `at` may be off, of a moment that was rounded; None where `at` is a whole day.
        day: days since the case began, where the log says it: then it counts, and `at` is its date.
    """

    where: Where
    at: dt.datetime
    event: str = ""
    step: str = ""
    option: str = ""
    within: float | None = None
    day: float | None = None

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self.event or (f"{self.step}.{self.option}" if self.option else self.step)


class Trace(Struct, frozen=True):
    """The lines of one case, in the order of the log."""

    case: str
    lines: tuple[Line, ...]
