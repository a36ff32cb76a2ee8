"""Forks in the store: each a stream of its own that begins with where it left its parent; a list of them for each run."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from courtsim.case.events import Event
from courtsim.errors import WrongInput, listed
from courtsim.store import runs, streams
from courtsim.store.places import mark, opened, removed
from courtsim.store.runs import Fault, Stream
from courtsim.store.streams import LINK

if TYPE_CHECKING:
    from courtsim.store.places import Recorder

MADE, LISTED = "ForkMade", "ForkListed"


class Fork(Struct, frozen=True):
    """Where a fork left its parent, and by which choice."""

    id: str
    run: str  # the run from which it descends
    case: int
    parent: str  # the run, or the fork that it left
    at: int  # the number of the event in whose place something else happened
    step: str
    option: str
    script: int = 0  # of its own events, how many are the script's

    @property
    def choice(self) -> str:
        return f"{self.step}={self.option}"


def fork_id(parent: str, case: int, at: int, step: str, option: str) -> str:
    """The same fork has the same id."""
    return "f" + sha256("\0".join([parent, str(case), str(at), step, option]).encode()).hexdigest()[:11]


def _stream(fork: str) -> str:
    return f"fork:{fork}"


def _list(run: str) -> str:
    return f"forks:{run}"


def save(fork: Fork, events: Stream) -> None:
    """Keeps a fork, whole, in one transaction; the same fork again is harmless.

    Raises:
        StoreFailed: the store cannot be used.
    """
    name = _stream(fork.id)
    own = streams.chained(name, 0, streams.begin(name), [(MADE, msgspec.json.encode(fork)), *events])
    with opened() as recorder:
        mark(recorder)
        if streams.last(recorder, name):
            return streams.insert(recorder, own)
        entry = [(LISTED, fork.id.encode())]
        streams.append(recorder, lambda: own + streams.following(recorder, _list(fork.run), entry))


def of_run(run: str) -> list[Fork]:
    """The living forks of a run, by its id, in the order of their making."""
    with opened() as recorder:
        return _of_run(recorder, run)


def _of_run(recorder: Recorder, run: str) -> list[Fork]:
    ids = dict.fromkeys(record.body.decode(errors="replace") for record in streams.read(recorder, _list(run)))
    found = [recorder.select_events(_stream(name), lte=0) for name in ids]
    return [msgspec.json.decode(rows[0].state[:-LINK], type=Fork) for rows in found if rows]


def find(name: str) -> Fork | None:
    """A fork by its id or a beginning of it, None where there is none. Raises WrongInput where there are several."""
    with opened() as recorder:
        known = [fork for run in runs.ids(recorder) for fork in _of_run(recorder, run) if fork.id.startswith(name)]
    if len(known) > 1:
        raise WrongInput(None, f"{len(known)} forks that begin with {name!r}", listed(fork.id for fork in known))
    return known[0] if known else None


def events(fork: Fork) -> list[Event]:
    """The events of a fork, the opening first. Raises StoreFailed where one is damaged."""
    with opened() as recorder:
        rows = streams.stored(recorder, _stream(fork.id))
    bad = streams.broken(rows, _stream(fork.id))
    if bad is not None:
        raise runs.damaged(bad.originator_version - 1, f"fork {fork.id}")
    return runs.decoded(rows[1:])


def faults(run: str) -> list[Fault]:
    """What is wrong with the forks of a run; of each the first bad event."""
    found = []
    with opened() as recorder:
        listing = streams.broken(streams.stored(recorder, _list(run)), _list(run))
        if listing is not None:
            found.append(Fault(f"the list of forks, record {listing.originator_version}", runs.DAMAGED))
        for record in streams.read(recorder, _list(run)):
            name = record.body.decode(errors="replace")
            bad = streams.broken(streams.stored(recorder, _stream(name)), _stream(name))
            if bad is not None:
                where = f"event {bad.originator_version - 1}" if bad.originator_version else "its beginning"
                found.append(Fault(f"fork {name}, {where}", runs.DAMAGED))
    return found


def below(forks: Sequence[Fork], name: str) -> list[Fork]:
    """Those of *forks* that descend from a run or a fork."""
    found: list[Fork] = []
    parents = {name}
    for fork in forks:  # in the order of their making: a fork comes after its parent
        if fork.parent in parents:
            parents.add(fork.id)
            found.append(fork)
    return found


def delete_run(run: str, forks: Sequence[Fork]) -> None:
    """Deletes a run with the events of its cases and these forks, in one transaction."""
    with opened() as recorder:
        removed(recorder, [f"run:{run}", _list(run), *(_stream(fork.id) for fork in forks)], [f"case:{run}:"])


def delete(forks: Sequence[Fork]) -> None:
    """Deletes forks; the list of the run forgets them by itself."""
    with opened() as recorder:
        removed(recorder, [_stream(fork.id) for fork in forks], [])
