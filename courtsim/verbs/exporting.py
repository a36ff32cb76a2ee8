"""Verbs that hand a run on: graphs of tracks and of evidence, event logs, data frames."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import networkx as nx

    from courtsim.case.events import Event
    from courtsim.engines.run import Run
    from courtsim.procedure.law import Procedure
    from courtsim.reports.export import Log
    from courtsim.scenario.facts import Scenario

Progress = Callable[[int], None]


class Streams(NamedTuple):
    """The cases of a stored run: read where they were recorded, else made again one by one."""

    run: str
    seed: int
    scenario: Scenario
    number: int
    cases: Iterator[tuple[Event, ...]]


def streams(run: str) -> Streams:
    """The events of every case of a stored run (`last` is the newest), the opening left out.

    Raises:
        WrongInput: no such run.
        StoreFailed: the store cannot be used.
    """
    from courtsim.files.load import load_inputs
    from courtsim.store import runs
    from courtsim.store.places import opened

    kept = runs.find(run)
    manifest = kept.manifest
    scenario = load_inputs(manifest.inputs.encode())

    def cases() -> Iterator[tuple[Event, ...]]:
        from courtsim.engines.simulate import histories

        with opened():
            for case in range(1, manifest.recorded + 1):
                yield tuple(runs.events_of(kept, case)[1:])
        left = manifest.cases - manifest.recorded
        timing: Literal["drawn", "central"] = "central" if manifest.timing == "central" else "drawn"
        for history in histories(scenario, left, manifest.seed, first=manifest.recorded + 1, timing=timing):
            yield history.events

    return Streams(manifest.run, manifest.seed, scenario, manifest.cases, cases())


def graph(
    subject: Scenario | Procedure | str | Path,
    *,
    tracks: Collection[str] = (),
    cases: Iterator[Sequence[Event]] | None = None,
) -> nx.MultiDiGraph:
    """The tracks of a procedure as a networkx graph: states, and the options that move between them.

    Args:
        subject: a procedure, or a scenario: its switches are fixed then.
        tracks: which; none: all.
        cases: of a run under it: the graph then has how often each edge was taken, and after how many days.

    Raises:
        WrongInput: no such track; with file, line and column for a file.
    """
    from courtsim.analysis.graphs import track_graph, walked
    from courtsim.files.load import load_any
    from courtsim.scenario.facts import Scenario

    loaded = load_any(subject) if isinstance(subject, str | Path) else subject
    found = track_graph(loaded, tracks)
    procedure = loaded.procedure if isinstance(loaded, Scenario) else loaded
    return found if cases is None else walked(found, procedure, cases)


def evidence(scenario: Scenario | str | Path) -> nx.DiGraph:
    """Where each item of evidence came from, as a networkx graph. Raises WrongInput where there is none."""
    from courtsim.analysis.graphs import evidence_graph
    from courtsim.errors import WrongInput
    from courtsim.verbs.reading import load

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    if not loaded.evidence:
        raise WrongInput(None, f"{loaded.name}, which has no evidence", "a scenario with `evidence`")
    return evidence_graph(loaded)


def export(run: str, kind: str, path: str | Path, *, progress: Progress | None = None) -> None:
    """Writes the events of every case of a stored run to a file, case by case.

    Args:
        kind: xes, ocel, csv, parquet or json.
        progress: called with the number of cases written since.

    Raises:
        WrongInput: no such run.
        NotAvailable: Parquet without the extra `frames`.
        StoreFailed: the store cannot be read or the file not written; no half file is left.
    """
    from courtsim.reports.export import EXPORTS, Log

    found = streams(run)

    def counted() -> Iterator[tuple[Event, ...]]:
        for events in found.cases:
            yield events
            if progress is not None:
                progress(1)

    _written(EXPORTS[kind], Log(found.run, found.seed, found.scenario, counted()), Path(path))


def _written(writer: Callable[[Log, IO[bytes]], None], log: Log, path: Path) -> None:
    """Writes beside the file and then takes its place: who stops half-way leaves what was there."""
    from courtsim.errors import StoreFailed

    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as out:
            writer(log, out)
        part.replace(path)
    except OSError as fault:
        raise StoreFailed(f"{path} cannot be written: {fault.strerror}") from fault
    finally:
        part.unlink(missing_ok=True)


def frame(run: Run, of: Literal["cases", "events"] = "cases") -> Any:
    """A simulated run as a pandas data frame: a row a case (disposition, measures), or a row an event.

    Raises:
        NotAvailable: the extra `frames` is missing.
    """
    from courtsim.reports import frames

    return frames.cases(run) if of == "cases" else frames.events(run)
