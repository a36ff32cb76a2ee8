"""Streams of records, each chained over the stored bytes, and what a broken chain says.

What is stored of a record is its body followed by its link: the first 16 bytes of the SHA-256 of the stream's name and of all
bodies up to and with this one. Whoever changes a byte of either breaks the chain at that record. (Hashing the link before
instead of everything before would say the same; a hash that goes on costs half of one that begins anew at each record.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, cast

from courtsim.errors import StoreFailed

if TYPE_CHECKING:
    from hashlib import _Hash as Chain

    from eventsourcing.persistence import StoredEvent

    from courtsim.store.places import Recorder

LINK = 16  # bytes
MOST_TRIES = 1_000  # of an append at the end of a stream to which others append as well


class Conflict(StoreFailed):
    """Something else was appended there before; nothing of this append was kept."""


class Row(NamedTuple):
    """A record as the recorders take it (they read these four attributes); a tuple is made in a third of the time of theirs."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes


class Record(NamedTuple):
    """A record as it was read."""

    version: int
    topic: str
    body: bytes


def begin(stream: str) -> Chain:
    """The chain of a stream before its first record."""
    return sha256(stream.encode())


def chained(stream: str, version: int, chain: Chain, records: Iterable[tuple[str, bytes]]) -> list[Row]:
    """Rows for *records* (topic and body) from *version* on; the chain goes on with them."""
    update, digest, new = chain.update, chain.digest, tuple.__new__
    made = []
    for topic, body in records:
        update(body)
        made.append(new(Row, (stream, version, topic, body + digest()[:LINK])))  # a third of the time of Row(...)
        version += 1
    return made


def end_link(stream: str, records: Iterable[tuple[str, bytes]]) -> bytes:
    """The link of the last of *records*, were they the stream."""
    chain = begin(stream)
    chain.update(b"".join([body for _, body in records]))
    return chain.digest()[:LINK]


def insert(recorder: Recorder, rows: Sequence[Row], witness: Sequence[Row] = ()) -> None:
    """Appends rows in one transaction; doing it twice is harmless.

    *witness*: those of the rows that are never there without the others, if not all are to be compared.

    Raises:
        Conflict: at one of these places there is another record; nothing was appended.
    """
    from eventsourcing.persistence import IntegrityError

    if not rows:
        return
    try:
        recorder.insert_events(cast("Sequence[StoredEvent]", rows))
    except IntegrityError as fault:
        wanted = witness or rows
        there = {row for stream in dict.fromkeys(row.originator_id for row in wanted) for row in stored(recorder, stream)}
        missing = [row for row in wanted if row not in there]
        if missing:
            taken = {row[:2] for row in there}
            name, version, *_ = next((row for row in missing if row[:2] in taken), missing[0])
            place = f"another record {version} of {name}"
            raise Conflict(f"the store has {place} already; nothing was kept, read it again and repeat") from fault


def stored(recorder: Recorder, stream: str, after: int | None = None) -> list[Row]:
    """The rows of a stream as they are."""
    return [Row(str(e.originator_id), e.originator_version, e.topic, e.state) for e in recorder.select_events(stream, gt=after)]


def read(recorder: Recorder, stream: str, after: int | None = None) -> list[Record]:
    """The records of a chained stream, their links not looked at."""
    return [Record(row.originator_version, row.topic, row.state[:-LINK]) for row in stored(recorder, stream, after)]


def last(recorder: Recorder, stream: str) -> Row | None:
    found = recorder.select_events(stream, desc=True, limit=1)
    return Row(str(found[0].originator_id), found[0].originator_version, found[0].topic, found[0].state) if found else None


def end_of(rows: Sequence[Row], stream: str, unchained: str = "") -> tuple[int, Chain]:
    """The version of the next record of a stream, and the chain up to it. A record of the topic *unchained* has no link."""
    chain = begin(stream)
    for row in rows:
        if row.topic == unchained:
            chain = begin(stream)
        else:
            chain.update(row.state[:-LINK])
    return rows[-1].originator_version + 1 if rows else 0, chain


def following(recorder: Recorder, stream: str, records: Sequence[tuple[str, bytes]], unchained: str = "") -> list[Row]:
    """Rows for *records* at the end of a stream as it is now."""
    version, chain = end_of(stored(recorder, stream), stream, unchained)
    return chained(stream, version, chain, records)


def append(recorder: Recorder, make: Callable[[], Sequence[Row]]) -> None:
    """Appends what *make* makes of the store as it is, and makes it again where another process was quicker."""
    for _ in range(MOST_TRIES):
        try:
            return insert(recorder, make())
        except Conflict:
            continue
    raise Conflict(f"others append to the same stream all the time: gave up after {MOST_TRIES} tries")


def broken(rows: Sequence[Row], stream: str, unchained: str = "") -> Row | None:
    """The first record whose link does not follow from what is before it and in it."""
    chain = begin(stream)
    for row in rows:
        if row.topic == unchained:
            chain = begin(stream)
            continue
        chain.update(row.state[:-LINK])
        if chain.digest()[:LINK] != row.state[-LINK:]:
            return row
    return None
