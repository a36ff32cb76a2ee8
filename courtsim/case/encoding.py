"""The events of a case as bytes, straight from what the engines keep: what `encode` would write, at a third of its time."""

from __future__ import annotations

import datetime as dt

import msgspec

from courtsim.case.clocks import DAY
from courtsim.case.core import dated
from courtsim.case.events import OPENED, encode
from courtsim.case.history import History, event_of
from courtsim.case.masks import Masks
from courtsim.case.opening import Opening

MOST_OPENINGS = 1_000  # remembered; a fact that is a drawn number makes one for each case
_MIDDLE = b',"case":1,"seq":1,"day":0.0,"date":"'
_NO_DETAILS = b'"details":[]'
_json = msgspec.json.Encoder().encode


class Encoder:
    """Writes the streams of cases of one scenario. A test holds it against `encode`, byte by byte."""

    def __init__(self, masks: Masks, starts: dt.date) -> None:
        self.starts = starts
        self.parts = [self._parts(masks, Opening(starts=starts), n) for n in range(len(masks.options))]
        self.dates: dict[int, bytes] = {}
        self.places: list[bytes] = []  # in the stream, from 1 on
        self._opened: dict[object, tuple[bytes, bytes]] = {}  # by the facts of the case: all else of it is the scenario's

    def _parts(self, masks: Masks, opening: Opening, index: int) -> tuple[str, bytes, bytes, bytes, bytes]:
        """What every event of an option has in common: name, beginning, what follows the date, and that cut at the details."""
        whole = encode(event_of(masks, opening, 1, 1, (0, index, ())))
        head, _, rest = whole.partition(_MIDDLE)
        tail = rest[len("2000-01-01") :]
        before, _, after = tail.rpartition(_NO_DETAILS)
        return masks.options[index].option.event, head + b',"case":', tail, before + b'"details":', after

    def records(self, history: History) -> list[tuple[str, bytes]]:
        """The events of a case by name and as bytes, its opening first."""
        case, dates, starts, parts, join = b"%d" % history.case, self.dates, self.starts, self.parts, b"".join
        written = [(OPENED, self._open(history))]
        for place, (tick, index, details) in zip(self._places(len(history.happenings)), history.happenings, strict=False):
            day = tick // DAY
            date = dates.get(day)
            if date is None:
                date = dates[day] = b',"date":"' + dated(starts, day).isoformat().encode()
            name, head, tail, before, after = parts[index]
            if details:
                body = join((head, case, place, _json(tick / DAY), date, before, _json(details), after))
            else:
                body = join((head, case, place, _json(tick / DAY), date, tail))
            written.append((name, body))
        return written

    def _places(self, many: int) -> list[bytes]:
        """At least so many places."""
        known = self.places
        known += [b',"seq":%d,"day":' % seq for seq in range(len(known) + 1, many + 1)]
        return known

    def _open(self, history: History) -> bytes:
        given = history.opening.facts
        facts = (given, *(type(value) for _, value in given))  # 1, 1.0 and True are equal and are written otherwise
        found = self._opened.get(facts)
        if found is None:
            whole = encode(history.opened)
            head, _, rest = whole.partition(b'"case":%d,"seq":0' % history.case)
            if len(self._opened) >= MOST_OPENINGS:
                self._opened.clear()
            found = self._opened[facts] = head, rest
        head, rest = found
        return b'%b"case":%d,"seq":0%b' % (head, history.case, rest)
