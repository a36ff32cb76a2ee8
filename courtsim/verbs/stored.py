"""Verbs over the event store: save, record, docket; list, resume, verify, delete and follow runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from courtsim.verbs import SEED
from courtsim.verbs.reading import load

if TYPE_CHECKING:
    from courtsim.case.events import Event
    from courtsim.case.history import History
    from courtsim.case.state import CaseState
    from courtsim.engines.run import Run
    from courtsim.engines.sampled import Sampled
    from courtsim.scenario.facts import Scenario
    from courtsim.store.forks import Fork
    from courtsim.store.runs import Block, Fault, Kept, Manifest

TimingOf: TypeAlias = Literal["drawn", "central"]


def save(run: Run | Sampled, *, record: bool = False) -> None:
    """Keeps a run in the store: its full inputs and the events of one case, or with *record* of all.

    Raises:
        StoreFailed: the store cannot be used.
    """
    from courtsim.engines.simulate import histories, no_garbage_collection
    from courtsim.store.runs import BLOCK, recording

    cases = len(run)
    manifest = _manifest(run.scenario, run.seed, cases, run.timing, cases if run.histories and (record or cases == 1) else 0)
    with recording(manifest) as kept, no_garbage_collection():
        scenario, made = _as_kept(run.scenario, kept.manifest), run.histories
        if scenario is not run.scenario:
            made = list(histories(scenario, len(made), run.seed, timing=_timing(manifest)))
        write = _writer(scenario)
        kept.begin()
        for begin in range(0, len(made), BLOCK):  # none of what was only sampled
            some = made[begin : begin + BLOCK]
            kept.keep(some[0].case, [write(history) for history in some])
        kept.end()


def record(
    scenario: Scenario | str | Path,
    *,
    cases: int = 1,
    seed: int = SEED,
    timing: TimingOf = "drawn",
    progress: Callable[[History], None] | None = None,
    acknowledged: Callable[[int], None] | None = None,
) -> Run:
    """Simulates cases and keeps their events as they come, block by block of whole cases.

    A run that was interrupted goes on where the store has it; what was kept is compared with what is made again.

    Args:
        scenario: loaded, or its name or path.
        cases: how many; they are numbered from 1.
        seed: of the tape.
        timing: `drawn`, or `central`.
        progress: called with every case that has ended.
        acknowledged: called with the number of the last case that the store holds, after each block.

    Raises:
        StoreFailed: the store cannot be used; every block that was acknowledged is in it.
    """
    from courtsim.engines.run import Run

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    done: list[History] = []

    def ended(history: History) -> None:
        done.append(history)
        if progress is not None:
            progress(history)

    _record(loaded, _manifest(loaded, seed, cases, timing, cases), ended, acknowledged)
    return Run(loaded, seed, done, timing)


def _record(
    scenario: Scenario,
    manifest: Manifest,
    ended: Callable[[History], None],
    acknowledged: Callable[[int], None] | None,
) -> None:
    from itertools import islice

    from courtsim.engines.simulate import histories, no_garbage_collection
    from courtsim.store.runs import BLOCK, recording

    with recording(manifest) as kept:
        scenario = _as_kept(scenario, kept.manifest)
        write = _writer(scenario)
        made = histories(scenario, manifest.cases, manifest.seed, timing=_timing(manifest), block=BLOCK)
        kept.begin()
        while some := list(islice(made, BLOCK)):
            with no_garbage_collection():
                kept.keep(some[0].case, [write(history) for history in some])
            if acknowledged is not None:
                acknowledged(kept.kept)
            for history in some:
                ended(history)
        kept.end()


def _manifest(scenario: Scenario, seed: int, cases: int, timing: str, recorded: int) -> Manifest:
    from courtsim.engines.run import run_id
    from courtsim.store.runs import Manifest
    from courtsim.version import __version__

    return Manifest(
        run=run_id(scenario, seed, cases, timing),
        scenario=scenario.name,
        procedure=scenario.procedure.name,
        seed=seed,
        cases=cases,
        timing=timing,
        version=__version__,
        digest=scenario.digest,
        inputs=scenario.inputs.decode(),
        recorded=recorded,
    )


def _as_kept(scenario: Scenario, kept: Manifest) -> Scenario:
    """The scenario; where its keys were in another order when the run was first kept, in that order: events list by it."""
    from courtsim.files.load import load_inputs

    return scenario if kept.inputs == scenario.inputs.decode() else load_inputs(kept.inputs.encode())


def _timing(manifest: Manifest) -> TimingOf:
    return "central" if manifest.timing == "central" else "drawn"


def _writer(scenario: Scenario) -> Callable[[History], list[tuple[str, bytes]]]:
    """The events of a case by name and as bytes."""
    from courtsim.case.encoding import Encoder
    from courtsim.case.masks import masks_of
    from courtsim.scenario.opens import opening

    return Encoder(masks_of(scenario.procedure, opening(scenario)), scenario.starts).records


class Stored(NamedTuple):
    """A case of a stored run, or a fork of one, under the inputs that the run had."""

    run: str  # its id, or that of the fork
    seed: int
    scenario: Scenario
    events: tuple[Event, ...]
    case: int
    opened: Event
    timing: TimingOf
    fork: Fork | None = None  # where it left its parent
    warnings: tuple[str, ...] = ()

    @property
    def stream(self) -> tuple[Event, ...]:
        return (self.opened, *self.events)

    def up_to(self, at: int | None = None, on: dt.date | None = None) -> tuple[Event, ...]:
        """The events up to number *at*, and up to and on a day."""
        return tuple(e for e in self.events if (at is None or e.seq <= at) and (on is None or e.date <= on))

    def state(self, events: Sequence[Event]) -> CaseState:
        """Where the case stands after the first of its events."""
        from courtsim.case.core import replay

        return replay(self.scenario.procedure, (self.opened, *events))

    @property
    def history(self) -> History:
        from courtsim.case.history import history_of
        from courtsim.case.masks import masks_of
        from courtsim.scenario.opens import opening

        return history_of(masks_of(self.scenario.procedure, opening(self.scenario)), self.stream)


def docket(run: str, case: int = 1) -> Stored:
    """A case of a stored run (`last` is the newest), read from the store or, where it was not recorded, made again.

    In place of the run a fork may be named. A case that another version made is compared with what that version kept of it.

    Raises:
        WrongInput: no such run or case.
        StoreFailed: the store cannot be used, or what is asked for is damaged.
    """
    from courtsim.store import forks, runs
    from courtsim.store.places import opened

    with opened():
        known = runs.runs()
        name = runs.named(run, known)
        if name is not None:
            kept = runs.find(name)
            return _of_run(kept, _scenario(kept), case)
        fork = forks.find(run)
        if fork is None:
            raise runs.unknown(run, known)
        kept = runs.find(fork.run)
        first, *events = forks.events(fork)
    seed, timing = kept.manifest.seed, _timing(kept.manifest)
    return Stored(fork.id, seed, _scenario(kept), tuple(events), fork.case, first, timing, fork, _of_old(kept))


def _scenario(kept: Kept) -> Scenario:
    from courtsim.files.load import load_inputs

    return load_inputs(kept.manifest.inputs.encode())


def _of_run(kept: Kept, scenario: Scenario, case: int) -> Stored:
    from courtsim.engines.simulate import histories
    from courtsim.errors import WrongInput
    from courtsim.store import runs

    manifest, timing = kept.manifest, _timing(kept.manifest)
    if case > manifest.cases:
        raise WrongInput(None, f"case {case} of run {manifest.run}", f"1 to {manifest.cases}")
    stream = tuple(runs.events_of(kept, case))
    warnings: tuple[str, ...] = ()
    if not stream:
        (again,) = histories(scenario, 1, manifest.seed, first=case, timing=timing)
        stream, warnings = again.stream, _made_otherwise(kept, scenario, case)
    return Stored(manifest.run, manifest.seed, scenario, stream[1:], case, stream[0], timing, None, warnings)


def _of_old(kept: Kept) -> tuple[str, ...]:
    from courtsim.version import __version__

    if kept.manifest.version == __version__:
        return ()
    return (f"run {kept.manifest.run} was made by courtsim {kept.manifest.version}, this is {__version__}",)


def _made_otherwise(kept: Kept, scenario: Scenario, case: int) -> tuple[str, ...]:
    """What must be said of a case that was made again by another version than the one that ran it."""
    said = _of_old(kept)
    if not said:
        return ()
    block = next((b for b in kept.blocks if b.first <= case <= b.last), None)
    if block is None:
        return (f"{said[0]}; nothing was kept by which to tell whether the events are the same",)
    if made_again(kept, scenario, block) == block.digest:
        return ()
    return (f"{said[0]} and makes other events of cases {block.first} to {block.last}: what is shown is not what was run",)


def made_again(kept: Kept, scenario: Scenario, block: Block) -> str:
    """The digest of a block of cases as this version makes them."""
    from courtsim.engines.simulate import histories
    from courtsim.store.runs import digest

    write = _writer(scenario)
    manifest = kept.manifest
    made = histories(scenario, block.cases, manifest.seed, first=block.first, timing=_timing(manifest))
    return digest(manifest.run, block.first, [write(history) for history in made])


# -- the runs themselves


def stored_at(url: str) -> AbstractContextManager[None]:
    """Within this, verbs read and write the store at *url*: a path, or `postgresql://user@host/name`."""
    from courtsim.store.places import stored_at as at

    return at(url)


def stored_runs() -> list[Kept]:
    """What the store has of every run, the newest first; of one whose manifest is damaged nothing can be said."""
    from courtsim.store.runs import all_kept

    return all_kept()[0]


def stored_run(run: str) -> Kept:
    """What the store has of one run. Raises WrongInput where there is no such run."""
    from courtsim.store.runs import find

    return find(run)


def resume_run(
    run: str = "last",
    *,
    progress: Callable[[History], None] | None = None,
    acknowledged: Callable[[int], None] | None = None,
) -> Kept:
    """Finishes a run that was interrupted while it was recorded: the same events as if it had not been.

    The cases before the interruption are made again as well and compared, block by block, with what was kept of them.

    Raises:
        WrongInput: no such run.
        StoreFailed: the store cannot be used, or this version makes other events than the one that began the run.
    """
    from msgspec.structs import replace

    from courtsim.store.runs import find

    kept = find(run)
    if not kept.ended:
        scenario = _scenario(kept)
        manifest = replace(kept.manifest, recorded=kept.wanted)
        _record(scenario, manifest, progress or (lambda _: None), acknowledged)
    return find(kept.manifest.run)


def delete_run(run: str, *, with_forks: bool = False) -> list[str]:
    """Deletes a run, or a fork, from the store; returns the ids of all that went.

    Raises:
        WrongInput: no such run or fork.
        HasForks: it has living forks, and nothing was said about them.
    """
    from courtsim.errors import HasForks
    from courtsim.store import forks, runs

    known = runs.runs()
    name = runs.named(run, known)
    fork = forks.find(run) if name is None else None
    if name is None and fork is None:
        raise runs.unknown(run, known)
    top = fork.id if fork else str(name)
    living = forks.below(forks.of_run(fork.run if fork else top), top)
    if living and not with_forks:
        raise HasForks(top, [each.id for each in living])
    if fork:
        forks.delete([fork, *living])
    else:
        forks.delete_run(top, living)
    return [top, *(each.id for each in living)]


def verify_run(run: str = "last", *, again: bool = False, progress: Callable[[int], None] | None = None) -> Verified:
    """Looks at every byte that the store has of a run: its chains, its blocks, its forks.

    Cases that were not recorded are made again and compared with the digests kept of them; with *again* the recorded too.

    Raises:
        WrongInput: no such run.
        StoreFailed: the store cannot be read at all.
    """
    from courtsim.store import forks, runs

    kept = runs.find(run)
    found = runs.faults(kept) + forks.faults(kept.manifest.run)
    blocks = [block for block in kept.blocks if again or not block.recorded]
    scenario = _scenario(kept)
    for block in blocks:
        if made_again(kept, scenario, block) != block.digest:
            found.append(
                runs.Fault(f"cases {block.first} to {block.last}", f"not what courtsim {kept.manifest.version} made of them")
            )
        if progress is not None:
            progress(block.cases)
    return Verified(kept, tuple(found), sum(block.cases for block in blocks))


class Verified(NamedTuple):
    """What `verify_run` found of a run."""

    kept: Kept
    faults: tuple[Fault, ...]
    made_again: int  # cases compared with what this version makes of them

    @property
    def ok(self) -> bool:
        return not self.faults


def follow(run: str, case: int | None = None, *, every: float = 0.2) -> Iterator[Stored]:
    """The cases of a run as they are recorded, or one of them, until the run has ended; *every* so many seconds it looks.

    Raises:
        WrongInput: no such run, or one that keeps no events.
    """
    from time import sleep

    from courtsim.errors import WrongInput
    from courtsim.store import runs
    from courtsim.store.places import opened

    seen = 0
    scenario = None
    with opened():
        while True:
            kept = runs.find(run)
            run, last = kept.manifest.run, kept.manifest.recorded
            if not kept.wanted:
                raise WrongInput(None, f"run {run}, whose events are not kept", "a run made with --record")
            if case is not None and case > kept.manifest.cases:
                raise WrongInput(None, f"case {case} of run {run}", f"1 to {kept.manifest.cases}")
            scenario = scenario or _scenario(kept)
            if case is None:
                for each in range(seen + 1, last + 1):
                    yield _of_run(kept, scenario, each)
            elif last >= case:
                yield _of_run(kept, scenario, case)
                return
            seen = last
            if kept.ended:
                return
            sleep(every)
