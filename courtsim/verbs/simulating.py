"""Verbs that run cases: simulate, what_if, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from courtsim.verbs import SEED
from courtsim.verbs.reading import load

if TYPE_CHECKING:
    from courtsim.analysis.compare import Pairs
    from courtsim.analysis.why import Reason
    from courtsim.case.events import Event
    from courtsim.case.history import History
    from courtsim.choosers.kinds import Decider, Force
    from courtsim.engines.run import Run
    from courtsim.engines.sampled import Sampled
    from courtsim.scenario.facts import Scenario
    from courtsim.verbs.stored import Stored


def simulate(
    scenario: Scenario | str | Path,
    *,
    cases: int = 1,
    seed: int = SEED,
    timing: Literal["drawn", "central"] = "drawn",
    choosers: Mapping[str, Decider] | None = None,
    observe: Callable[[Event], None] | None = None,
    progress: Callable[[History], None] | None = None,
) -> Run:
    """Simulates cases of a scenario, each with the court to itself.

    Args:
        scenario: loaded, or its name or path.
        cases: how many; they are numbered from 1.
        seed: of the tape: the same seed is the same luck.
        timing: `drawn`, or `central`: every delay, hold, drawn fact and sentence at its central value.
        choosers: who decides a step in place of the scenario: a function of the moment, or any `Chooser`.
        observe: called with every event as it happens, case by case.
        progress: called with every case that has ended.

    Raises:
        IllegalStep: the script asks for what the law does not allow.
        NotAvailable: the scenario needs a chooser that `simulate` cannot be.
        StuckCase, EndlessLoop, BrokenInvariant: what is wrong with the procedure, by name.
    """
    from courtsim.engines.run import Run
    from courtsim.engines.simulate import histories

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    done: list[History] = []
    for history in histories(loaded, cases, seed, timing=timing, choosers=choosers, observe=observe):
        done.append(history)
        if progress is not None:
            progress(history)
    return Run(loaded, seed, done, timing)


def sample(
    scenario: Scenario | str | Path,
    *,
    cases: int,
    seed: int = SEED,
    timing: Literal["drawn", "central"] = "drawn",
    choosers: Mapping[str, Force] | None = None,
    engine: Literal["sample", "simulate"] = "sample",
    workers: int = 1,
    cluster: str | None = None,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Sampled:
    """What very many cases come to, without their histories: the compiled engine. The same cases as `simulate` gives.

    Args:
        cases: how many; memory does not grow with them.
        seed: of the tape.
        timing: as for `simulate`.
        choosers: options that are forced wherever they are lawful.
        engine: `simulate` for the reference engine, whose cases are counted and not kept.
        workers: processes of this machine; the result is the same to the byte. A script that asks for more than one must
            stand under `if __name__ == "__main__":`.
        cluster: the address of a Dask scheduler whose workers walk the cases instead (extra `cluster`).
        progress: called with the number of cases that have ended since.
        stop: asked between blocks of cases; the result is of those that have ended.

    Raises:
        NotAvailable: numba is missing (extra `fast`), or the scenario needs the reference engine: a script, ...
        WorkersFailed: worker processes die again and again, or no cluster answers.
        StuckCase, EndlessLoop, BrokenInvariant: what is wrong with the procedure, by name.
    """
    from courtsim.engines.workers import Job, alone, by_cluster, by_processes, total

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    job = Job(loaded, seed, timing, dict(choosers or {}), engine)
    if cluster is not None:
        walked = by_cluster(job, cases, cluster)
    else:
        walked = by_processes(job, cases, workers) if workers > 1 else alone(job, cases)
    try:
        return total(job, cases, walked, progress, stop)
    finally:
        walked.close()


def sweep(file: str | Path, out: str | Path, *, workers: int = 1, progress: Callable[[int], None] | None = None) -> int:
    """A parameter sweep into one Parquet data set; goes on with the points that are missing. Returns how many those were.

    Args:
        file: the sweep file.
        out: the folder of the data set: a folder `point=N` for each point.
        workers: processes that share the points. A script that asks for more than one must stand under
            `if __name__ == "__main__":`.
        progress: called with the number of points done since.

    Raises:
        WrongInput: the file is no sweep, the folder holds another, or a point makes no scenario.
        NotAvailable: pyarrow is missing (extra `frames`).
        StoreFailed: the folder cannot be written.
    """
    from courtsim.analysis.sweep import sweep as through
    from courtsim.files.sweeps import read_sweep

    return through(read_sweep(Path(file)), Path(out), workers, progress)


def engine_for(
    scenario: Scenario | str | Path,
    cases: int,
    asked: str = "auto",
    choosers: Mapping[str, Force] | None = None,
) -> Literal["sample", "simulate"]:
    """Which engine walks so many cases: the compiled one where that pays and the scenario can be compiled."""
    from courtsim.engines.workers import engine_for as suited

    return suited(load(scenario) if isinstance(scenario, str | Path) else scenario, cases, asked, choosers)


def why(found: Stored | Run, case: int = 1) -> list[Reason]:
    """What lies behind every event of a case, and the least that would have turned it.

    Args:
        found: a stored case (`docket`), or a run.
        case: of a run, its number.

    Raises:
        WrongInput: the run has no such case.
    """
    from courtsim.analysis.why import unfold
    from courtsim.engines.run import Run
    from courtsim.errors import WrongInput

    if not isinstance(found, Run):
        return unfold(found.scenario, found.stream, seed=found.seed, timing=found.timing)
    history = next((each for each in found.histories if each.case == case), None)
    if history is None:
        raise WrongInput(None, f"case {case} of run {found.id}", f"1 to {len(found)}")
    return unfold(found.scenario, history.stream, seed=found.seed, timing=found.timing)


def what_if(
    scenario: str | Path,
    variant: str | None = None,
    *,
    sets: Sequence[str] = (),
    cases: int = 2000,
    seed: int = SEED,
    precision: float | None = None,
    measure: str = "convicted",
    engine: Literal["auto", "simulate", "sample"] = "auto",
    progress: Callable[[int], None] | None = None,
) -> Pairs:
    """A scenario against a change of it, case by case under the same luck.

    Args:
        scenario: its name or path.
        variant: one of its variants; with or without *sets*, the change.
        sets: changes of single values, as for `load`.
        cases: pairs.
        seed: of the tape.
        precision: go on until the half-width of the interval of *measure*'s difference is that small.
        measure: what *precision* is about.
        engine: the reference or the compiled one; `auto`: the latter for very many cases. The pairs are the same.
        progress: called with the number of cases that have ended since.

    Raises:
        WrongInput: nothing changes, or no such variant or measure.
    """
    from courtsim.analysis.compare import what_if as against
    from courtsim.errors import WrongInput, listed

    baseline = load(scenario)
    if variant is None and not sets:
        raise WrongInput(None, "no change", f"a variant ({listed(baseline.variants)}) or --set PATH=VALUE")
    change = load(scenario, variant=variant, sets=sets)
    label = " ".join(filter(None, [variant, *sets]))
    return against(
        baseline,
        change,
        label,
        cases=cases,
        seed=seed,
        precision=precision,
        measure=measure,
        engine=engine,
        progress=progress,
    )


def compare(
    scenario: Scenario | str | Path,
    at: str,
    *,
    cases: int = 2000,
    seed: int = SEED,
    engine: Literal["auto", "simulate", "sample"] = "auto",
    progress: Callable[[int], None] | None = None,
) -> dict[str, Run | Sampled]:
    """Every option of the step *at* forced in turn wherever it is lawful, under the same luck for all else.

    Raises:
        WrongInput: no such step, or one that has nothing to choose.
    """
    from courtsim.analysis.compare import compare as force

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return force(loaded, at, cases=cases, seed=seed, engine=engine, progress=progress)
