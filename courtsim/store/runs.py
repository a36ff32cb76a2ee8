"""Where events and runs are kept: the `eventsourcing` library's SQLite recorder.

One stream for each recorded case, one for each run (its manifest), and one that lists the runs in the order of their
saving. A manifest is written after the streams of its run, so what it names is complete.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from courtsim.case.events import Event, decode, encode
from courtsim.errors import StoreFailed, WrongInput, listed, nearest

if TYPE_CHECKING:
    from eventsourcing.sqlite import SQLiteApplicationRecorder

LOG = "runs"
LAST = "last"


class GoneOn(StoreFailed):
    """Someone else has added to a stream since it was read."""


class Manifest(Struct, frozen=True):
    """Everything from which a run can be read or made again, whatever has become of its files."""

    run: str
    scenario: str
    procedure: str
    seed: int
    cases: int
    timing: str
    version: str
    digest: str
    inputs: str  # the effective files, as canonical JSON
    recorded: int  # how many cases have streams, from the first on


def place() -> Path:
    """The store's file: COURTSIM_STORE, else in the folder for a program's data."""
    stated = os.environ.get("COURTSIM_STORE")
    if stated:
        return Path(stated)
    import click

    return Path(click.get_app_dir("courtsim")) / "courtsim.sqlite"


@contextmanager
def _recorder() -> Iterator[SQLiteApplicationRecorder]:
    """The open store. Raises StoreFailed where it cannot be read or written."""
    from eventsourcing.persistence import IntegrityError, PersistenceError
    from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

    path = place()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        datastore = SQLiteDatastore(str(path), originator_id_type="text")
        try:
            recorder = SQLiteApplicationRecorder(datastore)
            recorder.create_table()
            yield recorder
        finally:
            datastore.close()
    except IntegrityError:
        raise  # a stream that exists already: the caller knows what that means
    except (PersistenceError, sqlite3.Error, OSError) as fault:
        raise StoreFailed(f"the store {path} cannot be used: {fault or type(fault).__name__}") from fault


def save(manifest: Manifest, streams: list[tuple[Event, ...]]) -> None:
    """Keeps a run: the streams of its recorded cases, then its manifest; the same run again only becomes the last."""
    from eventsourcing.persistence import IntegrityError, StoredEvent

    streams_of = [
        StoredEvent(_case(manifest.run, event.case), event.seq, event.name, encode(event)) for s in streams for event in s
    ]
    body = StoredEvent(f"run:{manifest.run}", len(streams), "RunSaved", msgspec.json.encode(manifest))
    with _recorder() as recorder:
        known = {e.state for e in recorder.select_events(f"run:{manifest.run}")}
        if body.state not in known:
            try:
                recorder.insert_events([*streams_of, body])
            except IntegrityError:  # some of its cases were recorded before, under a smaller manifest
                have = {e.originator_id for s in streams for e in recorder.select_events(_case(manifest.run, s[0].case))}
                recorder.insert_events([e for e in streams_of if e.originator_id not in have] + [body])
        entries = recorder.select_events(LOG, desc=True, limit=1)
        version = entries[0].originator_version + 1 if entries else 1
        recorder.insert_events([StoredEvent(LOG, version, "RunSaved", manifest.run.encode())])


def _case(run: str, case: int) -> str:
    return f"case:{run}:{case}"


def runs() -> list[str]:
    """The ids of the stored runs, the newest first, each once."""
    with _recorder() as recorder:
        return list(dict.fromkeys(e.state.decode() for e in recorder.select_events(LOG, desc=True)))


def manifest(run: str) -> Manifest:
    """The manifest of a run by its id, a beginning of it, or `last`. Raises WrongInput where there is none."""
    known = runs()
    matching = known[:1] if run == LAST else [name for name in known if name.startswith(run)]
    if len(matching) != 1:
        found = f"{len(matching)} runs that begin with {run!r}" if matching else f"no stored run {run!r}"
        raise WrongInput(None, found, listed(known or ["`courtsim run` first"]), nearest(run, known))
    with _recorder() as recorder:
        stored = list(recorder.select_events(f"run:{matching[0]}"))
    return msgspec.json.decode(stored[-1].state, type=Manifest)


def events(run: str, case: int) -> list[Event]:
    """The stream of a recorded case, its opening first; empty where it was not recorded."""
    with _recorder() as recorder:
        return [decode(stored.state) for stored in recorder.select_events(_case(run, case))]


def append(stream: str, version: int, topic: str, body: bytes) -> None:
    """Adds one event to a stream of its own kind.

    Raises:
        GoneOn: the stream has an event of that version already.
        StoreFailed: the store cannot be used.
    """
    from eventsourcing.persistence import IntegrityError, StoredEvent

    try:
        with _recorder() as recorder:
            recorder.insert_events([StoredEvent(stream, version, topic, body)])
    except IntegrityError as fault:
        raise GoneOn(f"{stream} has gone on elsewhere: event {version} of it is stored already") from fault


def read(stream: str) -> list[bytes]:
    """The events of a stream, the first first; none where there is no such stream."""
    with _recorder() as recorder:
        return [stored.state for stored in recorder.select_events(stream)]
