"""Where a store is: a file (SQLite) or a server (PostgreSQL), by URL; opened through the `eventsourcing` library's recorders.

`--store` or COURTSIM_STORE names it: a path, `sqlite:///path` or `postgresql://user@host:port/name`; else a file in the folder
for a program's data. Whatever goes wrong there is one `StoreFailed`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from courtsim.errors import NotAvailable, StoreFailed

if TYPE_CHECKING:
    from eventsourcing.postgres import PostgresApplicationRecorder
    from eventsourcing.sqlite import SQLiteApplicationRecorder

    Recorder: TypeAlias = SQLiteApplicationRecorder | PostgresApplicationRecorder

SCHEMA = 2  # of streams and manifests; 1 had no chains, and its manifests were written after their cases
MARK = "courtsim:schema"  # the stream whose last version is the schema of the store
SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")
PATIENCE = 30  # seconds to wait for another process that writes
ANSWER = 5  # seconds for a server to answer
_DOOR = 0x636F7572  # the advisory lock under which tables are made: two processes that start at once make them once

_MADE = "SELECT to_regclass('public.stored_events'), to_regproc('public.es_insert_events_text')"  # the first and last to be made

_named: ContextVar[str | None] = ContextVar("store", default=None)


_open: ContextVar[tuple[str, Recorder] | None] = ContextVar("open store", default=None)


@contextmanager
def stored_at(url: str) -> Iterator[None]:
    """Within this, the store is the one at *url*."""
    token = _named.set(url)
    try:
        yield
    finally:
        _named.reset(token)


def place() -> str:
    """The URL or path of the store: as named, else COURTSIM_STORE, else a file in the folder for a program's data."""
    stated = _named.get() or os.environ.get("COURTSIM_STORE")
    if stated:
        return stated.removeprefix(SQLITE)
    import click

    return str(Path(click.get_app_dir("courtsim")) / "courtsim.sqlite")


def shown(url: str) -> str:
    """The place without its password."""
    import re

    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


@contextmanager
def opened() -> Iterator[Recorder]:
    """The open store. Within it the same one is given again: to open one on a server takes longer than to read from it.

    Raises:
        StoreFailed: it cannot be read or written, or a newer courtsim has written it.
        NotAvailable: it is on a server, and the extra `postgres` is not installed.
    """
    from eventsourcing.persistence import PersistenceError

    url = place()
    held = _open.get()
    if held is not None and held[0] == url:
        yield held[1]
        return
    try:
        with _on_server(url) if url.startswith(POSTGRES) else _in_file(url) as recorder:
            _refuse_newer(recorder, url)
            token = _open.set((url, recorder))
            try:
                yield recorder
            finally:
                _open.reset(token)
    except (PersistenceError, sqlite3.Error, OSError) as fault:
        said = str(fault).strip().splitlines()
        raise StoreFailed(f"the store {shown(url)} cannot be used: {said[0] if said else type(fault).__name__}") from fault


@contextmanager
def _in_file(path: str) -> Iterator[SQLiteApplicationRecorder]:
    from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    datastore = SQLiteDatastore(str(Path(path).absolute()), originator_id_type="text", lock_timeout=PATIENCE)
    try:
        recorder = SQLiteApplicationRecorder(datastore)
        with datastore.transaction(commit=False) as c:
            c.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (recorder.events_table_name,))
            made = bool(c.fetchone()[0])
        if not made:  # and not each time: what may only be read can be read
            recorder.create_table()
        yield recorder
    finally:
        datastore.close()


@contextmanager
def _on_server(url: str) -> Iterator[PostgresApplicationRecorder]:
    try:
        import psycopg
        from eventsourcing.postgres import PostgresDatastore
        from psycopg.conninfo import conninfo_to_dict

        from courtsim.store.server import StatementRecorder
    except ImportError:
        raise NotAvailable("a store on a server needs the extra `postgres`: pip install 'courtsim[postgres]'") from None

    try:
        given = {key: str(value) for key, value in conninfo_to_dict(url).items()}
        # One connection of our own first: a closed port is said at once, where the pool would wait and try again.
        with psycopg.connect(url, connect_timeout=ANSWER, autocommit=True) as door:
            datastore = PostgresDatastore(
                given.pop("dbname", ""),
                given.pop("host", ""),
                given.pop("port", ""),
                given.pop("user", ""),
                given.pop("password", ""),
                connect_timeout=ANSWER,
                originator_id_type="text",
                lock_timeout=PATIENCE,
            )
            assert isinstance(datastore.pool.kwargs, dict)
            datastore.pool.kwargs = {key: value for key, value in datastore.pool.kwargs.items() if value} | given
            try:
                recorder = StatementRecorder(datastore)
                if None in (door.execute(_MADE).fetchone() or (None,)):
                    door.execute("SELECT pg_advisory_lock(%s)", (_DOOR,))  # until the door closes
                    recorder.create_table()
                datastore.register_type_adapters()
                door.close()
                yield recorder
            finally:
                datastore.close()
    except psycopg.Error as fault:
        raise OSError(str(fault)) from fault


def _refuse_newer(recorder: Recorder, url: str) -> None:
    marks = recorder.select_events(MARK, desc=True, limit=1)
    found = marks[0].originator_version if marks else 1
    if found > SCHEMA:
        raise StoreFailed(f"the store {shown(url)} has schema {found}, this courtsim reads up to {SCHEMA}: use a newer courtsim")


def mark(recorder: Recorder) -> None:
    """Says which schema the store has from now on; called by whatever begins to write."""
    from eventsourcing.persistence import IntegrityError, StoredEvent

    if not recorder.select_events(MARK, gt=SCHEMA - 1, limit=1):
        with suppress(IntegrityError):  # another process said so first
            recorder.insert_events([StoredEvent(MARK, SCHEMA, "SchemaSet", b"")])


def removed(recorder: Recorder, streams: list[str], beginnings: list[str]) -> None:
    """Deletes whole streams, and those whose names begin so, in one transaction: the recorders themselves never delete."""
    from eventsourcing.sqlite import SQLiteApplicationRecorder

    if isinstance(recorder, SQLiteApplicationRecorder):
        with recorder.datastore.transaction(commit=True) as c:
            for stream in streams:
                c.execute("DELETE FROM stored_events WHERE originator_id = ?", (stream,))
            for start in beginnings:
                c.execute("DELETE FROM stored_events WHERE originator_id >= ? AND originator_id < ?", (start, _after(start)))
        return
    with recorder.datastore.transaction(commit=True) as curs:
        for stream in streams:
            curs.execute("DELETE FROM stored_events WHERE originator_id = %s", (stream,))
        for start in beginnings:
            curs.execute("DELETE FROM stored_events WHERE starts_with(originator_id, %s)", (start,))


def _after(start: str) -> str:
    return start[:-1] + chr(ord(start[-1]) + 1)
