"""Verbs that test: what files expect, which law was exercised, which timelines would exercise the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    import networkx as nx

    from courtsim.analysis.coverage import Coverage
    from courtsim.analysis.expectations import Finding
    from courtsim.analysis.paths import Timelines
    from courtsim.case.events import Event
    from courtsim.procedure.law import Procedure
    from courtsim.scenario.facts import Scenario

CASES = 200  # that a number or a date expected by a file counts for


class Judged(Struct, frozen=True):
    """One entry of `expect`: where it stands, what was given, and everything that was found."""

    where: str
    given: object
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return all(finding.holds for finding in self.findings)


def expectations(name: str | Path) -> Iterator[Judged]:
    """What the file of a scenario expects and what was found, entry by entry.

    Raises:
        WrongInput: with file, line and column.
    """
    from courtsim.analysis.expectations import judged
    from courtsim.files.load import load_expected

    for expected in load_expected(name):
        yield Judged(str(expected.where), expected.given, tuple(judged(expected.scenario, expected.stated)))


class Exercise(Struct, frozen=True):
    """A source of cases: the law they are under, how they came to be, and their events."""

    procedure: Procedure
    what: str
    cases: Iterable[Sequence[Event]]


def exercise(source: str | Path, procedure: Procedure | None = None) -> Exercise:
    """The cases of a suite (the `expect` of a scenario file), a stored run, or a game or a run written as JSON.

    Args:
        source: a file or a shipped name; the id of a stored run; or a .json file with `procedure` and `docket` or `events`.
        procedure: the law of a .json file, where it is not a shipped one.

    Raises:
        WrongInput: none of these; with its place, for a file.
        StoreFailed: the store cannot be used.
    """
    from courtsim.errors import WrongInput

    path = Path(source)
    if path.suffix == ".json":
        return _played(path, procedure)
    try:
        return _suite(source)
    except WrongInput as fault:
        if path.suffix or len(path.parts) > 1 or (fault.where is not None and fault.where.line):
            raise
        return _stored(str(source), fault)


def _suite(source: str | Path) -> Exercise:
    from courtsim.analysis.expectations import exercised
    from courtsim.files.load import load_expected
    from courtsim.verbs.reading import load

    expected = load_expected(source)
    laws = {entry.scenario.procedure.name: entry.scenario.procedure for entry in expected}
    procedure = next(iter(laws.values()), None) or load(source).procedure
    cases = (
        events
        for entry in expected
        if entry.scenario.procedure.name == procedure.name
        for events in exercised(entry.scenario, entry.stated, CASES)
    )
    return Exercise(procedure, f"{len(expected)} expectation{'' if len(expected) == 1 else 's'} of {source}", cases)


def _stored(run: str, fault: Exception) -> Exercise:
    from courtsim.errors import WrongInput
    from courtsim.store.runs import runs
    from courtsim.verbs.exporting import streams

    known = runs()
    if run != "last" and not any(name.startswith(run) for name in known):
        expected = "a file, a shipped scenario, `last`"
        raise WrongInput(None, f"{run!r} is no scenario and no stored run", expected) from fault
    found = streams(run)
    cases = f"{found.number:,} case{'' if found.number == 1 else 's'}"
    return Exercise(found.scenario.procedure, f"{cases} of {found.scenario.name}, run {found.run}", found.cases)


def _played(path: Path, procedure: Procedure | None) -> Exercise:
    import msgspec

    from courtsim.case.events import Event
    from courtsim.errors import Where, WrongInput
    from courtsim.verbs.reading import load_procedure

    here = Where(str(path), 0, 0)
    try:
        plain = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        plain = plain.get("game", plain)  # as `play` saves it
        events = msgspec.convert(plain.get("docket") or plain.get("events"), tuple[Event, ...])
        name = msgspec.convert(plain.get("procedure"), str)
    except OSError as fault:
        raise WrongInput(here, f"it cannot be read: {fault.strerror}", "a .json file") from fault
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise WrongInput(here, f"no game and no run: {fault}", "`procedure` with `docket` or `events`") from fault
    law = procedure if procedure is not None and procedure.name == name else load_procedure(name)
    return Exercise(law, f"the case of {path}", [events])


def coverage(*sources: Exercise | str | Path) -> Coverage:
    """Which steps, options, rows of tests and citations the cases of these sources have exercised.

    Args:
        sources: as `exercise` takes them; all of one procedure.

    Raises:
        WrongInput: sources under different procedures, or one that is none.
    """
    from courtsim.analysis.coverage import coverage as covered
    from courtsim.errors import WrongInput

    found = [source if isinstance(source, Exercise) else exercise(source) for source in sources]
    procedure = found[0].procedure
    for one in found:
        if one.procedure.name != procedure.name:
            raise WrongInput(None, f"{one.what} under {one.procedure.name}", f"cases under {procedure.name}, as before it")
    return covered(procedure, (events for one in found for events in one.cases))


def painted(procedure: Procedure, covered: Coverage, *, tracks: Sequence[str] = ()) -> nx.MultiDiGraph:
    """The graph of the tracks (none: of all) with how often each option was exercised. Raises WrongInput: no such track."""
    from courtsim.analysis.coverage import painted as paint
    from courtsim.analysis.graphs import track_graph

    return paint(track_graph(procedure, tracks), covered)


def paths(
    subject: Scenario | Procedure | str | Path,
    *,
    covered: Collection[str] = (),
    progress: Callable[[int], None] | None = None,
) -> Timelines:
    """Few and short timelines that take every option of the law but those already covered.

    Args:
        subject: loaded, or a name or path. A bare procedure is read with every switch, fact and offer; of a scenario the
            timelines are dated as scripts where they can be.
        covered: options, each `step.option`.
        progress: called with the number of options found since, in a law too large to search.

    Raises:
        WrongInput: no such option.
        EndlessLoop: steps that can repeat without time passing.
    """
    from courtsim.analysis.paths import timelines
    from courtsim.files.load import load_any

    loaded = load_any(subject) if isinstance(subject, str | Path) else subject
    return timelines(loaded, covered, progress)
