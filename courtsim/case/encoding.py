"""The events of a case as bytes, straight from what the engines keep: what `encode` would write, at a third of its time."""

from __future__ import annotations

import datetime as dt

import msgspec

from courtsim.case.clocks import DAY
from courtsim.case.core import dated
from courtsim.case.events import OPENED, Detail, encode
from courtsim.case.history import History, event_of
from courtsim.case.masks import Masks
from courtsim.case.opening import Opening

MOST_OPENINGS = 1_000  # remembered; a fact that is a drawn number makes one for each case
_SMALL = 2_000  # ticks: a day below this, some 10^-4, is written with an exponent, and Python writes another one than msgspec
_MIDDLE = ',"case":1,"seq":1,"day":0.0,"date":"'
_NO_DETAILS = '"details":[]'
_DETAILS = msgspec.json.Encoder()


class Encoder:
    """Writes the streams of cases of one scenario. A test holds it against `encode`, byte by byte."""

    def __init__(self, masks: Masks, starts: dt.date) -> None:
        self.starts = starts
        self.names = [code.option.event for code in masks.options]
        self.parts = [self._parts(masks, Opening(starts=starts), n) for n in range(len(masks.options))]
        self.dates: dict[int, str] = {}
        self._opened: dict[object, tuple[str, str]] = {}  # by the facts of the case: all else of the opening is the scenario's

    def _parts(self, masks: Masks, opening: Opening, index: int) -> tuple[str, str, str, str]:
        """What every event of an option has in common: its beginning, what follows the date, and that cut at the details."""
        whole = encode(event_of(masks, opening, 1, 1, (0, index, ()))).decode()
        head, _, rest = whole.partition(_MIDDLE)
        tail = rest[len("2000-01-01") :]
        before, _, after = tail.rpartition(_NO_DETAILS)
        return f'{head},"case":', tail, f'{before}"details":', after

    def records(self, history: History) -> list[tuple[str, bytes]]:
        """The events of a case by name and as bytes, its opening first."""
        case, dates, starts, parts, names = str(history.case), self.dates, self.starts, self.parts, self.names
        written = [(OPENED, self._open(history))]
        for seq, (tick, index, details) in enumerate(history.happenings, 1):
            day = tick // DAY
            date = dates.get(day)
            if date is None:
                date = dates[day] = dated(starts, day).isoformat()
            head, tail, before, after = parts[index]
            at = repr(tick / DAY) if tick > _SMALL or not tick else _written(tick / DAY)
            if details:
                tail = f"{before}{_of(details)}{after}"
            written.append((names[index], f'{head}{case},"seq":{seq},"day":{at},"date":"{date}{tail}'.encode()))
        return written

    def _open(self, history: History) -> bytes:
        given = history.opening.facts
        facts = (given, *(type(value) for _, value in given))  # 1, 1.0 and True are equal and are written otherwise
        found = self._opened.get(facts)
        if found is None:
            whole = encode(history.opened).decode()
            head, _, rest = whole.partition(f'"case":{history.case},"seq":0')
            if len(self._opened) >= MOST_OPENINGS:
                self._opened.clear()
            found = self._opened[facts] = head, rest
        head, rest = found
        return f'{head}"case":{history.case},"seq":0{rest}'.encode()


def _of(details: tuple[Detail, ...]) -> str:
    return _DETAILS.encode(details).decode()


def _written(day: float) -> str:
    return _DETAILS.encode(day).decode()
