"""Event logs of others to dated lines: CSV (`date`, and `event` or `step` with `option`) and XES (IEEE 1849-2016).

The XML is read with expat as a stream; a document type or an entity is refused, so nothing expands and nothing is fetched.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

from courtsim.errors import Where, WrongInput, listed, nearest
from courtsim.scenario.calendar import public_holidays
from courtsim.scenario.facts import Calendar
from courtsim.scenario.logs import Line, Trace

MOST_BYTES = 64_000_000  # unpacked
MOST_EVENTS = 1_000_000
MOST_DEPTH = 100  # of XML elements

FIRST_YEAR, LAST_YEAR = 1500, 2500
LONGEST_CASE = 36_525  # days

# What a column may be called: our own export's name first, then those of other programs.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "time:timestamp", "timestamp", "time", "on"),
    "event": ("event", "concept:name", "activity"),
    "step": ("step",),
    "option": ("option", "choose"),
    "case": ("case", "case:concept:name", "case_id", "case id"),
    "day": ("day",),
}
KINDS = "a .csv or .xes file, or either with .gz"


def read_log(path: str | Path) -> list[Trace]:
    """The cases of a log.

    Raises:
        WrongInput: with file and line: no such file, too large, not what its ending says, a date that is none.
    """
    path = Path(path)
    name = str(path)
    endings = [ending.lower() for ending in path.suffixes]
    packed = endings[-1:] == [".gz"]
    kind = endings[-2] if packed and len(endings) > 1 else endings[-1] if endings else ""
    if kind not in (".csv", ".xes"):
        raise WrongInput(Where(name, 0, 0), "a file of another kind" if path.exists() else "there is no such file", KINDS)
    content = _content(path, name, packed)
    traces = _csv(content, name) if kind == ".csv" else _Xes(name).read(content)
    if not any(trace.lines for trace in traces):
        raise WrongInput(Where(name, 0, 0), "a log without an event", "one event at least")
    return traces


def _content(path: Path, name: str, packed: bool) -> bytes:
    whole = Where(name, 0, 0)
    try:
        if path.is_dir():
            raise WrongInput(whole, "this is a folder", KINDS)
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise WrongInput(whole, "there is no such file", KINDS) from None
    except (OSError, EOFError, ValueError, zlib.error) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise WrongInput(whole, f"this file cannot be read ({reason})", "a readable file") from None
    if len(content) > MOST_BYTES:
        raise WrongInput(whole, f"a log of more than {MOST_BYTES:,} bytes", "a smaller one")
    return content


# -- CSV


def _csv(content: bytes, name: str) -> list[Trace]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise WrongInput(Where(name, 0, 0), f"byte 0x{content[fault.start]:02x} is not UTF-8", "a text in UTF-8") from None
    head = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    cases: dict[str, list[Line]] = {}
    try:
        columns = _columns(next(rows, []), name)
        for n, row in enumerate(rows):
            if n >= MOST_EVENTS:
                raise WrongInput(Where(name, rows.line_num, 1), f"more than {MOST_EVENTS:,} events", "a smaller log")
            if any(cell.strip() for cell in row):
                cells = {key: row[i].strip() for key, i in columns.items() if i < len(row)}
                line = _line(cells, Where(name, rows.line_num, 1))
                cases.setdefault(cells.get("case") or "1", []).append(line)
    except csv.Error as fault:
        raise WrongInput(Where(name, rows.line_num or 1, 1), f"this is no CSV ({fault})", "rows under a head") from None
    return [Trace(case, tuple(lines)) for case, lines in cases.items()]


def _columns(head: list[str], name: str) -> dict[str, int]:
    """Which column is what."""
    names = [cell.strip().lower() for cell in head]
    found = {}
    for key, known in COLUMNS.items():
        place = next((names.index(word) for word in known if word in names), None)
        if place is not None:
            found[key] = place
    where = Where(name, 1, 1)
    for key in ("date", "event"):
        if key not in found and not (key == "event" and "step" in found):
            right = f"a column {listed(COLUMNS[key])}" + (" or step" if key == "event" else "")
            raise WrongInput(where, f"no column for the {key}", right, nearest(key, names))
    return found


def _line(cells: Mapping[str, str], where: Where) -> Line:
    at, within = _moment(cells.get("date", ""), where)
    event, step = cells.get("event", ""), cells.get("step", "")
    if not event and not step:
        raise WrongInput(where, "a line that names no event", "an event or a step")
    day = None
    if cells.get("day"):
        try:
            day = float(cells["day"])
        except ValueError:
            day = math.nan
        if not 0 <= day < LONGEST_CASE:
            raise WrongInput(where, f"the day {cells['day']!r}", "days since the case began")
    return Line(where, at, event, step, cells.get("option", ""), within, day)


def _moment(written: str, where: Where) -> tuple[dt.datetime, float | None]:
    """A day or a moment as written, its time zone left away: dates of a court are local. A midnight is a whole day."""
    try:
        at = dt.datetime.fromisoformat(written).replace(tzinfo=None)
    except ValueError:
        raise WrongInput(where, f"the date {written!r}", "a date such as 2019-03-28, or with its time") from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise WrongInput(where, f"the date {written!r}", f"one of the years {FIRST_YEAR} to {LAST_YEAR}")
    if at.time() == dt.time():
        return at, None
    return at, 0.0015 if at.microsecond % 1000 == 0 else 2e-6


# -- XES


class _Xes:
    """Reads a log event by event: of each its `concept:name`, `time:timestamp`, and what `courtsim export` adds."""

    WANTED: Mapping[str, str] = {
        "concept:name": "event",
        "time:timestamp": "date",
        "courtsim:step": "step",
        "courtsim:option": "option",
    }

    def __init__(self, name: str) -> None:
        self.name = name
        self.traces: list[Trace] = []
        self.open: list[str] = []  # elements
        self.cells: dict[str, str] = {}
        self.lines: list[Line] = []
        self.case = ""
        self.events = 0
        self.began = 1  # the line on which the event begins
        self.parser: Any = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def read(self, content: bytes) -> list[Trace]:
        try:
            self.parser.Parse(content, True)
        except expat.ExpatError as fault:
            place = Where(self.name, fault.lineno, fault.offset + 1)
            raise WrongInput(place, f"this is no XML ({expat.errors.messages[fault.code]})", "a log in XES") from None
        except (LookupError, ValueError) as fault:  # an encoding that Python does not know, or is no encoding of text
            raise WrongInput(Where(self.name, 1, 1), f"this is no XML ({fault})", "a log in XES, in UTF-8") from None
        return self.traces

    def _here(self) -> Where:
        return Where(self.name, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def _refuse(self, *_: object) -> None:
        raise WrongInput(self._here(), "a document type or an entity", "a log without either: nothing is expanded")

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if not self.open and tag != "log":
            raise WrongInput(self._here(), f"an XML file of <{tag}>", "a log in XES: <log>")
        if len(self.open) >= MOST_DEPTH:
            raise WrongInput(self._here(), f"elements more than {MOST_DEPTH} deep", "a flatter log")
        if tag == "trace":
            self.lines, self.case = [], str(len(self.traces) + 1)
        elif tag == "event":
            self.cells, self.began = {}, self.parser.CurrentLineNumber
        elif self.open and "key" in attributes:
            key = self.WANTED.get(attributes["key"])
            if self.open[-1] == "event" and key is not None:
                self.cells[key] = attributes.get("value", "").strip()
            elif self.open[-1] == "trace" and attributes["key"] == "concept:name":
                self.case = attributes.get("value", "")
        self.open.append(tag)

    def _end(self, tag: str) -> None:
        tag = self.open.pop()
        if tag == "event":
            self.events += 1
            if self.events > MOST_EVENTS:
                raise WrongInput(self._here(), f"more than {MOST_EVENTS:,} events", "a smaller log")
            self.lines.append(_line(self.cells, Where(self.name, self.began, 1)))
        elif tag == "trace":
            self.traces.append(Trace(self.case, tuple(self.lines)))


def calendar_of(base: str) -> Calendar:
    """The calendar of a country or a part of it. Raises WrongInput for one that nobody keeps."""
    try:
        public_holidays(base)
    except NotImplementedError:
        raise WrongInput(None, f"unknown calendar {base!r}", "a country or a part of one: US-FL, IT, DE-BY") from None
    return Calendar(base)
