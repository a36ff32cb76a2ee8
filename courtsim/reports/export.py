"""Event logs and tables of a run for other programs: XES, OCEL, CSV, Parquet, JSON; written case by case."""

from __future__ import annotations

import csv
import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple, TypeAlias
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import msgspec

from courtsim.case.events import Event, OfferAccepted, OfferMade, Published, Restored, Suppressed
from courtsim.errors import NotAvailable
from courtsim.scenario.facts import Scenario

COLUMNS = ("case", "seq", "day", "date", "event", "step", "option", "by", "rule", "says", "details")
ROWS_TOGETHER = 10_000  # of a Parquet file's row groups


class Log(NamedTuple):
    """What is exported: a run by its id, its scenario, and the events of each case, the opening left out."""

    run: str
    seed: int
    scenario: Scenario
    cases: Iterable[Sequence[Event]]


Writer: TypeAlias = Callable[[Log, IO[bytes]], None]


def row(event: Event) -> dict[str, Any]:
    """An event as a row of a table; details as JSON, empty where there are none."""
    details = msgspec.json.encode(event.details).decode() if event.details else ""
    plain = {"case": event.case, "seq": event.seq, "day": event.day, "date": event.date, "event": event.name}
    about = {"step": event.step, "option": event.option, "by": event.by, "rule": event.rule, "says": event.says}
    return plain | about | {"details": details}


def moment(scenario: Scenario, day: float) -> dt.datetime:
    """The time of an event on the calendar, to the microsecond."""
    return dt.datetime.combine(scenario.starts, dt.time()) + dt.timedelta(days=day)


def csv_table(log: Log, out: IO[bytes]) -> None:
    """One row an event, in the columns of `COLUMNS`."""
    import io

    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    for events in log.cases:
        table.writerows(row(event) for event in events)
    text.detach()


def json_log(log: Log, out: IO[bytes]) -> None:
    """One object: the run, and for each case its events as `run --json` shows them."""
    head = {"run": log.run, "scenario": log.scenario.name, "procedure": log.scenario.procedure.name, "seed": log.seed}
    head |= {"digest": log.scenario.digest}
    out.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "cases": [')
    for n, events in enumerate(log.cases):
        out.write((b",\n" if n else b"\n") + msgspec.json.encode({"case": events[0].case if events else n + 1, "events": events}))
    out.write(b"\n]}\n")


def parquet(log: Log, out: IO[bytes]) -> None:
    """The same columns as the CSV, typed; Parquet as DuckDB, Polars and pandas read it.

    Raises:
        NotAvailable: the extra `frames` is missing.
    """
    pa, pq = _arrow()
    kinds = {"case": pa.int64(), "seq": pa.int32(), "day": pa.float64(), "date": pa.date32()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    with pq.ParquetWriter(out, schema) as writer:
        for rows in _together(log.cases):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as fault:
        raise NotAvailable("Parquet and data frames need Arrow and pandas: pip install 'courtsim[frames]'") from fault
    return pyarrow, pyarrow.parquet


def _together(cases: Iterable[Sequence[Event]]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for events in cases:
        rows += [row(event) for event in events]
        if len(rows) >= ROWS_TOGETHER:
            yield rows
            rows = []
    yield rows


def xes(log: Log, out: IO[bytes]) -> None:
    """An event log in XES (IEEE 1849-2016): a trace a case, with the standard names for event, time and actor."""
    xml = XMLGenerator(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    _open(xml, "log", {"xes.version": "1849-2016", "xes.features": "", "xmlns": "http://www.xes-standard.org/"})
    for name, prefix in (("Concept", "concept"), ("Time", "time"), ("Organizational", "org")):
        uri = f"http://www.xes-standard.org/{prefix}.xesext"
        _element(xml, "extension", {"name": name, "prefix": prefix, "uri": uri})
    _element(xml, "classifier", {"name": "Event", "keys": "concept:name"})
    about: dict[str, Any] = {
        "concept:name": log.scenario.name,
        "courtsim:run": log.run,
        "courtsim:procedure": log.scenario.procedure.name,
    }
    _attributes(xml, about | {"courtsim:seed": log.seed, "courtsim:digest": log.scenario.digest})
    for n, events in enumerate(log.cases):
        _open(xml, "trace")
        _attributes(xml, {"concept:name": str(events[0].case if events else n + 1)})
        for event in events:
            _open(xml, "event")
            times: dict[str, Any] = {
                "concept:name": event.name,
                "time:timestamp": moment(log.scenario, event.day),
                "org:resource": event.by,
            }
            about = {"courtsim:seq": event.seq, "courtsim:step": event.step, "courtsim:option": event.option}
            _attributes(xml, times | about | {"courtsim:rule": event.rule, "courtsim:says": event.says})
            xml.endElement("event")
        xml.endElement("trace")
    xml.endElement("log")
    xml.endDocument()


def _attributes(xml: XMLGenerator, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        match value:
            case None:
                continue
            case dt.datetime():
                _element(xml, "date", {"key": key, "value": value.isoformat(timespec="milliseconds") + "Z"})
            case int():
                _element(xml, "int", {"key": key, "value": str(value)})
            case _:
                _element(xml, "string", {"key": key, "value": str(value)})


def _element(xml: XMLGenerator, name: str, attributes: dict[str, str]) -> None:
    _open(xml, name, attributes)
    xml.endElement(name)


def _open(xml: XMLGenerator, name: str, attributes: Mapping[str, str] = {}) -> None:
    xml.startElement(name, AttributesImpl(dict(attributes)))


def ocel(log: Log, out: IO[bytes]) -> None:
    """An object-centric event log (OCEL 2.0, JSON): cases, actors, offers and items of evidence are its objects."""
    scenario = log.scenario
    options = [o for step in scenario.procedure.steps.values() for o in step.options.values()]
    options += [c.option for c in scenario.procedure.consequences]
    text = ("step", "option", "rule")
    event_types = [
        {"name": name, "attributes": [{"name": each, "type": "string"} for each in text]}
        for name in dict.fromkeys(option.event for option in options)
    ]
    object_types: list[dict[str, Any]] = [{"name": name, "attributes": []} for name in ("case", "actor", "offer", "evidence")]
    out.write(json.dumps({"objectTypes": object_types, "eventTypes": event_types}, ensure_ascii=False)[:-1].encode())
    out.write(b', "events": [')
    with tempfile.TemporaryFile() as objects:  # they come after the events, and there may be millions
        actors: dict[str, None] = {}
        first = True
        for events in log.cases:
            seen: dict[str, str] = {}
            for event in events:
                actors[event.by] = None
                related = list(_related(event))
                seen |= {name: kind for name, kind, _ in related if kind != "actor"}
                plain = {
                    "id": f"{event.case}.{event.seq}",
                    "type": event.name,
                    "time": moment(scenario, event.day).isoformat(timespec="milliseconds") + "Z",
                    "attributes": [{"name": each, "value": getattr(event, each) or ""} for each in text],
                    "relationships": [{"objectId": name, "qualifier": qualifier} for name, _, qualifier in related],
                }
                out.write((b"\n" if first else b",\n") + json.dumps(plain, ensure_ascii=False).encode())
                first = False
            for name, kind in seen.items():
                objects.write(_object(name, kind) + b",\n")
        objects.seek(0)
        out.write(b'\n], "objects": [\n')
        while part := objects.read(1 << 20):
            out.write(part)
        out.write(b",\n".join(_object(f"actor:{actor}", "actor") for actor in actors) + b"\n]}\n")


def _object(name: str, kind: str) -> bytes:
    return json.dumps({"id": name, "type": kind, "attributes": [], "relationships": []}, ensure_ascii=False).encode()


def _related(event: Event) -> Iterator[tuple[str, str, str]]:
    """The objects of an event: id, type, and what they are to it."""
    yield f"case:{event.case}", "case", "happens in"
    yield f"actor:{event.by}", "actor", "done by"
    for detail in event.details:
        match detail:
            case OfferMade(offer):
                yield f"offer:{event.case}.{offer}", "offer", "made"
            case OfferAccepted(offer):
                yield f"offer:{event.case}.{offer}", "offer", "accepted"
            case Suppressed(items):
                yield from ((f"evidence:{event.case}.{item}", "evidence", "suppressed") for item in items)
            case Restored(items):
                yield from ((f"evidence:{event.case}.{item}", "evidence", "restored") for item in items)
            case Published(items):
                yield from ((f"evidence:{event.case}.{item}", "evidence", "published") for item in items)
            case _:
                pass


EXPORTS: Mapping[str, Writer] = {"xes": xes, "ocel": ocel, "csv": csv_table, "parquet": parquet, "json": json_log}
ENDINGS = {"xes": ".xes", "ocel": ".ocel.json", "csv": ".csv", "parquet": ".parquet", "json": ".json"}
