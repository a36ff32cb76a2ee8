"""Runs in the store: one stream for each recorded case, one for each run, and one that names the runs in their order.

A run's stream begins with its manifest (`RunBegun`). Blocks of whole cases follow, each kept with its `BlockKept` in one
transaction, then `RunEnded`: whatever stops the program, what was acknowledged is whole and the rest can be made again. A block
names the digest of the events of its cases, also where the events themselves are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from courtsim.case.events import Event, decode, encode
from courtsim.errors import StoreFailed, WrongInput, listed, nearest
from courtsim.store import streams
from courtsim.store.places import mark, opened
from courtsim.store.streams import LINK, Row

if TYPE_CHECKING:
    from courtsim.store.places import Recorder

LOG = "runs"
LAST = "last"
BLOCK = 256  # cases kept in one transaction
OLD = "RunSaved"  # the topic of a manifest, and of an entry of the log, before there were chains
DAMAGED = "damaged: its bytes do not fit its chain"
BEGUN, KEPT, ENDED, NAMED = "RunBegun", "BlockKept", "RunEnded", "RunNamed"


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
    recorded: int  # how many cases have streams, from the first on; in `RunBegun` how many are to have one


class Block(Struct, frozen=True):
    """Cases *first*, *first* + 1, ... of a run, and the digest of their events as bytes."""

    first: int
    cases: int
    digest: str
    recorded: bool  # whether the events themselves were kept in the same transaction

    @property
    def last(self) -> int:
        return self.first + self.cases - 1


class Kept(Struct, frozen=True):
    """What the store has of a run."""

    manifest: Manifest  # `recorded` as it is, not as it was meant to be
    blocks: tuple[Block, ...]
    ended: bool
    wanted: int  # how many cases are to have streams
    chained: bool  # False for what a store of schema 1 holds
    damaged: int | None = None  # the first record of its own stream that is; what is said is what stands before it


Stream = Sequence[tuple[str, bytes]]  # the events of a case, by name, as bytes


def _case(run: str, case: int) -> str:
    return f"case:{run}:{case}"


def _run(run: str) -> str:
    return f"run:{run}"


def digest(run: str, first: int, cases: Sequence[Stream]) -> str:
    """Of all events of cases *first*, *first* + 1, ... as bytes: of the last links of their streams."""
    return _of_links(streams.end_link(_case(run, case), stream) for case, stream in enumerate(cases, first))


def _of_links(links: Iterable[bytes]) -> str:
    return sha256(b"".join(links)).hexdigest()[:32]


# -- keeping


class Recording:
    """A run on its way into the store.

    Attributes:
        kept: the number of the last case that the store has acknowledged.
    """

    def __init__(self, recorder: Recorder, manifest: Manifest) -> None:
        self.recorder = recorder
        self.manifest = manifest
        rows = streams.stored(recorder, _run(manifest.run))
        # Where the next record goes is counted here and not asked again: who keeps the same run at the same time writes the
        # same records at the same places, which is harmless.
        self.version, self.chain = streams.end_of(rows, _run(manifest.run), OLD)
        before = _fold(rows)
        if before is not None:  # keys in another order are the same inputs: what is kept lists things as first written
            self.manifest = replace(manifest, inputs=before.manifest.inputs)
        self.settled = before is not None and (before.ended or not manifest.recorded)
        if before is not None and before.ended and before.wanted < manifest.recorded:
            before, self.settled = None, False  # known by its digests so far: now its events are kept as well
        self.blocks = {block.first: block for block in before.blocks} if before else {}
        self.pending = [] if before else [(BEGUN, msgspec.json.encode(self.manifest))]
        self.kept = max((block.last for block in self.blocks.values()), default=0)

    def begin(self) -> None:
        """The manifest, before anything else: from now on the run is seen, as unfinished."""
        self._name()  # first: a name without a run is passed over, a run without a name would not be found
        self._write([])

    def keep(self, first: int, cases: Sequence[Stream]) -> None:
        """Keeps a block of whole cases in one transaction; back from here it is acknowledged.

        Raises:
            StoreFailed: nothing of it was kept.
        """
        known = self.blocks.get(first)
        recorded = bool(self.manifest.recorded)
        rows: list[Row] = []
        links: list[bytes] = []
        for case, stream in enumerate(cases, first) if recorded else ():
            name = _case(self.manifest.run, case)
            rows += streams.chained(name, 0, streams.begin(name), stream)
            links.append(rows[-1].state[-LINK:])
        found = _of_links(links) if recorded else digest(self.manifest.run, first, cases)
        if known is not None and known.cases == len(cases):
            if known.digest != found:
                raise other_events(self.manifest, known)
            return
        if self.settled or first + len(cases) - 1 <= self.kept:
            return
        block = Block(first, len(cases), found, recorded)
        self.pending.append((KEPT, msgspec.json.encode(block)))
        if recorded:
            self._write(rows)
        self.blocks[first] = block
        self.kept = block.last

    def end(self) -> None:
        """The run is whole; it becomes the last of the log."""
        if not self.settled:
            self.pending.append((ENDED, msgspec.json.encode({"digest": _sum(self.blocks.values())})))
            self._write([])
        self._name()

    def _write(self, rows: list[Row]) -> None:
        if self.settled or not self.pending:
            return
        chain = self.chain.copy()
        own = streams.chained(_run(self.manifest.run), self.version, chain, self.pending)
        streams.insert(self.recorder, rows + own, witness=own)
        self.version += len(own)
        self.chain = chain
        self.pending = []

    def _name(self) -> None:
        """Makes the run the last of the log."""
        name = self.manifest.run.encode()

        def entry() -> list[Row]:
            end = streams.last(self.recorder, LOG)
            return [] if end and _entry(end) == name else streams.following(self.recorder, LOG, [(NAMED, name)], OLD)

        streams.append(self.recorder, entry)


def _sum(blocks: Iterable[Block]) -> str:
    return sha256("".join(block.digest for block in blocks).encode()).hexdigest()[:32]


def other_events(manifest: Manifest, block: Block) -> StoreFailed:
    """The complaint that the same inputs and seed give other events than when the run was made."""
    return StoreFailed(
        f"cases {block.first} to {block.last} of run {manifest.run} are not what courtsim {manifest.version} made of them; "
        f"`courtsim runs delete {manifest.run}` if the stored run is no longer wanted"
    )


@contextmanager
def recording(manifest: Manifest) -> Iterator[Recording]:
    """A run being kept, from where the store has it: nothing, part of it or all.

    Raises:
        StoreFailed: the store cannot be used.
    """
    with opened() as recorder:
        mark(recorder)
        yield Recording(recorder, manifest)


def save(manifest: Manifest, cases: Sequence[Sequence[Event]]) -> None:
    """Keeps a run whose cases are events already: a game that was played, a case made by other means."""
    with recording(manifest) as kept:
        kept.begin()
        kept.keep(1, [[(event.name, encode(event)) for event in stream] for stream in cases])
        kept.end()


# -- reading


def _fold(rows: Sequence[Row]) -> Kept | None:
    """What the records of a run's stream say, the last of them first in rank; None where not even a manifest is whole."""
    kept: Kept | None = None
    bad = streams.broken(rows, rows[0].originator_id, OLD) if rows else None
    for row in rows:
        if row is bad:
            return replace(kept, damaged=row.originator_version) if kept else None
        body = row.state[:-LINK]
        if row.topic == OLD:
            manifest = msgspec.json.decode(row.state, type=Manifest)
            kept = Kept(manifest, (), ended=True, wanted=manifest.recorded, chained=False)
        elif row.topic == BEGUN:
            manifest = msgspec.json.decode(body, type=Manifest)
            kept = Kept(replace(manifest, recorded=0), (), ended=False, wanted=manifest.recorded, chained=True)
        elif kept is not None and row.topic == KEPT:
            block = msgspec.json.decode(body, type=Block)
            recorded = block.last if block.recorded else kept.manifest.recorded
            kept = replace(kept, manifest=replace(kept.manifest, recorded=recorded), blocks=(*kept.blocks, block))
        elif kept is not None and row.topic == ENDED:
            kept = replace(kept, ended=True)
    return kept


def _log(recorder: Recorder) -> list[str]:
    """The ids in the log, the newest first, each once, the deleted among them."""
    names = [_entry(row).decode(errors="replace") for row in streams.stored(recorder, LOG)]
    return list(dict.fromkeys(reversed(names)))


def _entry(row: Row) -> bytes:
    return row.state if row.topic == OLD else row.state[:-LINK]


def all_kept() -> tuple[list[Kept], list[str]]:
    """What the store has of every run, the newest first; and the ids of runs whose manifest is damaged."""
    with opened() as recorder:
        found = {name: _fold(streams.stored(recorder, _run(name))) for name in ids(recorder)}
    return [kept for kept in found.values() if kept], [name for name, kept in found.items() if kept is None]


def ids(recorder: Recorder) -> list[str]:
    """The ids of the stored runs, the newest first, each once."""
    return [name for name in _log(recorder) if streams.last(recorder, _run(name))]


def runs() -> list[str]:
    """The ids of the stored runs, the newest first, each once."""
    with opened() as recorder:
        return ids(recorder)


def named(run: str, known: Sequence[str]) -> str | None:
    """The one of *known* (the newest first) that is meant: an id, a beginning of one, or `last`."""
    matching = list(known[:1]) if run == LAST else [name for name in known if name.startswith(run)]
    return matching[0] if len(matching) == 1 else None


def find(run: str) -> Kept:
    """What the store has of a run, by its id, a beginning of it, or `last`. Raises WrongInput where there is none."""
    known = runs()
    name = named(run, known)
    if name is None:
        raise unknown(run, known)
    with opened() as recorder:
        kept = _fold(streams.stored(recorder, _run(name)))
    if kept is None:
        raise StoreFailed(f"run {name} cannot be read: record 0 of its stream, the manifest, is {DAMAGED}")
    return kept


def unknown(run: str, known: Sequence[str]) -> WrongInput:
    """The complaint about an id that is none, or that of several."""
    many = sum(name.startswith(run) for name in known)
    found = f"{many} runs that begin with {run!r}" if many else f"no stored run {run!r}"
    return WrongInput(None, found, listed(known or ["`courtsim run` first"]), nearest(run, known))


def manifest(run: str) -> Manifest:
    """The manifest of a run by its id, a beginning of it, or `last`. Raises WrongInput where there is none."""
    return find(run).manifest


def events(run: str, case: int) -> list[Event]:
    """The stream of a recorded case, its opening first; empty where it was not recorded.

    Raises:
        StoreFailed: an event is damaged.
    """
    return events_of(find(run), case)


def events_of(kept: Kept, case: int) -> list[Event]:
    """The stream of a recorded case of a run at hand; empty where it was not recorded."""
    name = _case(kept.manifest.run, case)
    with opened() as recorder:
        rows = streams.stored(recorder, name)
    if not kept.chained:
        return [decode(row.state) for row in rows]
    return undamaged(rows, name, f"case {case} of run {kept.manifest.run}")


def undamaged(rows: Sequence[Row], stream: str, what: str) -> list[Event]:
    """The events of a chained stream. Raises StoreFailed at the first that is damaged."""
    bad = streams.broken(rows, stream)
    if bad is not None:
        raise damaged(bad.originator_version, what)
    return decoded(rows)


def damaged(event: int, what: str) -> StoreFailed:
    return StoreFailed(f"event {event} of {what} is damaged; `courtsim runs verify` lists what is")


def decoded(rows: Sequence[Row]) -> list[Event]:
    return [decode(row.state[:-LINK]) for row in rows]


# -- streams of other kinds


class GoneOn(StoreFailed):
    """Someone else has added to a stream since it was read."""


def append(stream: str, version: int, topic: str, body: bytes) -> None:
    """Adds one record to a stream of its own kind, chained like every other.

    Raises:
        GoneOn: the stream has a record of that version already, be it the same.
        StoreFailed: the store cannot be used.
    """
    from eventsourcing.persistence import IntegrityError

    with opened() as recorder:
        mark(recorder)
        before = streams.last(recorder, stream)
        taken = before.originator_version + 1 if before else 0
        gone_on = GoneOn(f"{stream} has gone on elsewhere: event {version} of it is stored already")
        if taken != version:
            raise gone_on
        try:
            recorder.insert_events(cast(Any, streams.following(recorder, stream, [(topic, body)])))
        except IntegrityError as fault:
            raise gone_on from fault


def read(stream: str) -> list[bytes]:
    """The records of a stream, the first first; none where there is no such stream. Raises StoreFailed where one is damaged."""
    with opened() as recorder:
        rows = streams.stored(recorder, stream)
    bad = streams.broken(rows, stream)
    if bad is not None:
        raise StoreFailed(f"record {bad.originator_version} of {stream} is {DAMAGED}")
    return [row.state[:-LINK] for row in rows]


# -- verifying


class Fault(NamedTuple):
    """Something wrong with what is stored; the place as people say it."""

    place: str
    what: str


def faults(kept: Kept) -> list[Fault]:
    """What is wrong with the stored streams of a run, in order; the first bad event of each stream is named.

    Cases of a store of schema 1 have no chain: of these it is only said whether they can be read.
    """
    run = kept.manifest.run
    found: list[Fault] = []
    with opened() as recorder:
        found += _broken(recorder, LOG, "the log of the runs, record")
        found += _broken(recorder, _run(run), f"the stream of run {run}, record")
        for case in range(1, kept.manifest.recorded + 1) if not kept.chained else ():
            found += _unreadable(streams.stored(recorder, _case(run, case)), case)
        for block in kept.blocks:
            if not block.recorded:
                continue
            rows = [streams.stored(recorder, _case(run, case)) for case in range(block.first, block.last + 1)]
            wrong = [fault for case, of_case in enumerate(rows, block.first) for fault in case_faults(run, case, of_case)]
            found += wrong
            if not wrong and _of_links(of_case[-1].state[-LINK:] for of_case in rows) != block.digest:
                found.append(Fault(f"cases {block.first} to {block.last}", "not the events that were kept: their digest differs"))
    return found


def _broken(recorder: Recorder, stream: str, what: str) -> list[Fault]:
    bad = streams.broken(streams.stored(recorder, stream), stream, OLD)
    return [] if bad is None else [Fault(f"{what} {bad.originator_version}", DAMAGED)]


def case_faults(run: str, case: int, rows: Sequence[Row]) -> list[Fault]:
    """The first bad event of a case, if any."""
    if not rows:
        return [Fault(f"case {case}", "has no events")]
    bad = streams.broken(rows, _case(run, case))
    for n, row in enumerate(rows):
        if row.originator_version != n:
            return [Fault(f"case {case}, event {n}", "is missing")]
        if bad is row:
            return [Fault(f"case {case}, event {n}", DAMAGED)]
    return []


def _unreadable(rows: Sequence[Row], case: int) -> list[Fault]:
    if not rows:
        return [Fault(f"case {case}", "has no events")]
    for row in rows:
        try:
            decode(row.state)
        except WrongInput as fault:
            return [Fault(f"case {case}, event {row.originator_version}", str(fault))]
    return []
