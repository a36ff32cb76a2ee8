"""The verbs of the package: what the command line does, from Python, typed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from courtsim.case.events import Event
    from courtsim.case.history import History
    from courtsim.choosers.kinds import Decider
    from courtsim.engines.advice import Advice, Adviser, BreakEven
    from courtsim.engines.check import Findout
    from courtsim.engines.compare import Pairs
    from courtsim.engines.run import Run
    from courtsim.engines.sensitivity import Audited, Measured, Moved
    from courtsim.engines.solve import Solved
    from courtsim.files.effective import Outline, Stated
    from courtsim.files.parameters import Parameter
    from courtsim.procedure.law import Procedure
    from courtsim.scenario.facts import Scenario

SEED = 20190222  # the default seed: fixed, printed, and of no meaning


def load(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Scenario:
    """The scenario of a file or of a shipped name, with a variant and single values changed.

    Args:
        name: a path, or the name of a shipped scenario.
        variant: the name of one of its variants.
        sets: changes as `findings.suppression.minimized=true`; the value is YAML.

    Raises:
        WrongInput: with file, line and column.
    """
    from courtsim.files.load import load as load_file

    return load_file(name, variant=variant, sets=sets)


def load_procedure(name: str | Path) -> Procedure:
    """The procedure of a file or of a shipped name. Raises WrongInput with file, line and column."""
    from courtsim.files.load import load_procedure as load_file

    return load_file(name)


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


def show(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> list[Stated]:
    """Every effective value of a scenario and where it came from: file and line, default, variant or --set.

    Raises:
        WrongInput: with file, line and column.
    """
    from courtsim.files.effective import effective

    load(name, variant=variant, sets=sets)
    return effective(name, variant=variant, sets=sets)


def show_law(name: str | Path) -> Outline:
    """The law of a procedure, or of the procedure of a scenario, as an outline with citations.

    Raises:
        WrongInput: with file, line and column.
    """
    from courtsim.files.effective import outline

    return outline(name)


def new(kind: Literal["scenario", "procedure"], path: str | Path) -> None:
    """Writes a commented, valid starter file.

    Raises:
        WrongInput: the file exists, or its name makes no id.
        StoreFailed: the place cannot be written to.
    """
    from courtsim.files.starters import write

    write(kind, Path(path))


def citations(name: str | Path) -> list[str]:
    """A warning, with its place, for every citation of a case in a file that eyecite does not know.

    Raises:
        NotAvailable: eyecite is not installed.
        WrongInput: with file, line and column.
    """
    from courtsim.files.citations import malformed

    return malformed(name)


def explain(term: str) -> dict[str, str]:
    """What the glossaries of the shipped procedures say of a term: procedure to explanation.

    Raises:
        WrongInput: no glossary has the term; with the nearest that one has.
    """
    from courtsim.errors import WrongInput, listed, nearest
    from courtsim.files.load import list_shipped

    known = {s.name: load_procedure(s.name).glossary for s in list_shipped() if s.kind == "procedure"}
    wanted = term.lower().replace("_", " ")
    found = {name: glossary[key] for name, glossary in known.items() for key in glossary if key.lower() == wanted}
    if not found:
        terms = sorted({key for glossary in known.values() for key in glossary})
        raise WrongInput(None, f"no glossary explains {term!r}", listed(terms, most=len(terms)), nearest(wanted, terms))
    return found


def what_if(
    scenario: str | Path,
    variant: str | None = None,
    *,
    sets: Sequence[str] = (),
    cases: int = 2000,
    seed: int = SEED,
    precision: float | None = None,
    measure: str = "convicted",
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
        progress: called with the number of cases that have ended since.

    Raises:
        WrongInput: nothing changes, or no such variant or measure.
    """
    from courtsim.engines.compare import what_if as against
    from courtsim.errors import WrongInput, listed

    baseline = load(scenario)
    if variant is None and not sets:
        raise WrongInput(None, "no change", f"a variant ({listed(baseline.variants)}) or --set PATH=VALUE")
    change = load(scenario, variant=variant, sets=sets)
    label = " ".join(filter(None, [variant, *sets]))
    return against(baseline, change, label, cases=cases, seed=seed, precision=precision, measure=measure, progress=progress)


def compare(
    scenario: Scenario | str | Path,
    at: str,
    *,
    cases: int = 2000,
    seed: int = SEED,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Run]:
    """Every option of the step *at* forced in turn wherever it is lawful, under the same luck for all else.

    Raises:
        WrongInput: no such step, or one that has nothing to choose.
    """
    from courtsim.engines.compare import compare as force

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return force(loaded, at, cases=cases, seed=seed, progress=progress)


def solve(
    scenario: Scenario | str | Path,
    *,
    within: float = 1e-6,
    ends_only: bool = False,
    points: int = 1,
    choosers: Mapping[str, Decider] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Solved:
    """The exact answer at central timing: every probability and expected value over the event tree.

    Args:
        scenario: loaded, or its name or path.
        within: how much probability may stay unfollowed, about; `truncated` says how much did.
        ends_only: leave out tracks that cannot influence how the case ends; their measures are left out too.
        points: 1 for central timing; else every delay takes that many equally likely values, the means of its slices.
        choosers: who decides a step in place of the scenario.
        progress: called with the probability that has come to its end.

    Raises:
        WrongInput: the tree is too large.
        NotAvailable: the scenario needs a chooser that `solve` cannot be.
        StuckCase, EndlessLoop, IllegalStep: what is wrong with the procedure or the script, by name.
    """
    from courtsim.engines.solve import solve as solved

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return solved(loaded, within=within, tracks=() if ends_only else None, points=points, choosers=choosers, progress=progress)


def advise(
    scenario: Scenario | str | Path,
    actor: str = "defense",
    *,
    at: Sequence[str] = (),
    equilibrium: bool = False,
    within: float = 1e-4,
) -> Advice:
    """What each option of an actor is worth, and the best of each step, at central timing.

    Args:
        scenario: loaded, or its name or path.
        actor: for whom; by his own beliefs, where the scenario states some, and on what he may know.
        at: he reasons about these steps alone and follows the scenario's odds at the others; none: about all.
        equilibrium: prosecution and defense both reason, each to its own values (subgame-perfect, by common beliefs).
        within: how much probability may stay unfollowed, whatever he does.

    Raises:
        WrongInput: the actor has no values or nothing to choose, or the tree is too large.
    """
    return adviser(scenario, actor, at=at, equilibrium=equilibrium, within=within).advice()


def adviser(
    scenario: Scenario | str | Path,
    actor: str = "defense",
    *,
    at: Sequence[str] = (),
    equilibrium: bool = False,
    within: float = 1e-4,
) -> Adviser:
    """The `Adviser` behind `advise`: its tree is kept, so that break-evens and other odds are answered quickly."""
    from courtsim.engines.advice import Adviser as made

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    believed = loaded if equilibrium else loaded.believed.get(actor, loaded)
    return made(believed, actor, at, ("prosecution", "defense") if equilibrium else (), within)


def break_even(
    scenario: Scenario | str | Path,
    actor: str,
    step: str,
    parameter: str = "conviction.p",
    *,
    low: float = 0.0,
    high: float = 1.0,
    at: Sequence[str] = (),
    equilibrium: bool = False,
    within: float = 1e-4,
) -> BreakEven:
    """The value of a parameter at which the two best options of a step are worth the same to an actor.

    Args:
        parameter: a path as for `--set`, of a number.
        low, high: the ends of the curve.

    Raises:
        WrongInput: no such path, or nothing to choose at the step.
    """
    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    changed = _changes(loaded, None if equilibrium else actor)
    reasoner = adviser(loaded, actor, at=at, equilibrium=equilibrium, within=within)
    return reasoner.break_even(lambda x: changed([f"{parameter}={x!r}"]), parameter, step, low, high)


def _changes(scenario: Scenario, believer: str | None = None) -> Callable[[Sequence[str]], Scenario]:
    """Makes the scenario with values set, as *believer* takes it to be; what is set comes before what he believes."""
    from courtsim.files.load import load_inputs

    beliefs = [f"{path}={value}" for path, value in scenario.beliefs.get(believer or "", {}).items()]
    return lambda sets: load_inputs(scenario.inputs, sets=[*beliefs, *sets])


def value_of_information(
    scenario: Scenario | str | Path, actor: str, known: str, *, at: Sequence[str] = (), within: float = 1e-4
) -> float:
    """What it is worth to an actor, in dollars, to know beforehand which option of the step *known* chance will take."""
    from courtsim.engines.advice import value_of_information as worth

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return worth(loaded.believed.get(actor, loaded), actor, known, steps=at, within=within)


def sensitivity(
    scenario: Scenario | str | Path,
    measure: str,
    *,
    ranges_only: bool = False,
    within: float = 1e-3,
    progress: Callable[[int], None] | None = None,
) -> list[Moved]:
    """How far an exact answer moves with each number of a scenario: over its range, or a fifth down and up.

    Args:
        measure: a disposition, `value.<actor>`, `convicted`, `days`, ...
        ranges_only: only the numbers for which the scenario states a range.
        within: how much probability may stay unfollowed.
        progress: called with the number of parameters done since.

    Raises:
        WrongInput: no such measure.
    """
    from courtsim.engines.sensitivity import tornado

    moved = parameters(scenario, ranges_only=ranges_only)
    return tornado(measured(scenario, measure, within=within), moved, progress)


def measured(scenario: Scenario | str | Path, measure: str, *, within: float = 1e-3) -> Measured:
    """One exact measure of a scenario, quickly found again for other numbers: `.at(["conviction.p=0.5"])`."""
    from courtsim.engines.sensitivity import Measured as made

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return made(loaded, _changes(loaded), measure, within)


def parameters(scenario: Scenario | str | Path, *, ranges_only: bool = False) -> list[Parameter]:
    """The numbers of a scenario that an analysis may move, with how far."""
    from courtsim.files.parameters import parameters as found

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return [each for each in found(loaded) if each.stated or not ranges_only]


def audit(
    scenario: Scenario | str | Path,
    actor: str = "defense",
    *,
    at: Sequence[str] = (),
    within: float = 1e-3,
    progress: Callable[[int], None] | None = None,
) -> list[Audited]:
    """The assumed numbers of a scenario, ranked by whether they turn an actor's advice and how far his value moves.

    Args:
        at: he reasons about these steps alone; none: about all.

    Raises:
        WrongInput: the actor has no values or nothing to choose.
    """
    from courtsim.engines.sensitivity import audit as audited

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    assumed = [each for each in parameters(loaded) if each.mark == "assumed"]
    reasoner = adviser(loaded, actor, at=at, within=within)
    return audited(reasoner, _changes(loaded, actor), assumed, progress)


def check(
    subject: Scenario | Procedure | str | Path,
    *,
    without: Collection[str] = (),
    most_states: int | None = None,
    engine: Literal["auto", "explicit", "symbolic"] = "auto",
) -> Findout:
    """Everything that could ever happen under a scenario or a bare procedure, in any order of lawful steps.

    Args:
        subject: loaded, or a name or path of either kind.
        without: steps to leave out; a catch-all hides dead ends.
        most_states: of the explicit search, which lists states: give up beyond so many; the answer says so.
        engine: `explicit`, `symbolic` (sets of states as decision diagrams), or `auto`: the first for small laws, else the
            second.

    Raises:
        WrongInput: `without` names no step.
        EndlessLoop: steps that can repeat without time passing.
    """
    from courtsim.engines import check as explicit
    from courtsim.files.load import load_any

    loaded = load_any(subject) if isinstance(subject, str | Path) else subject
    if engine == "explicit" or (engine == "auto" and most_states is not None):
        return explicit.check(loaded, without=without, most_states=most_states or explicit.MOST_STATES)
    if engine == "auto":
        found = explicit.check(loaded, without=without, most_states=explicit.FEW_STATES)
        if found.finished:
            return found
    from courtsim.engines import symbolic_check

    return symbolic_check.check(loaded, without=without)


def save(run: Run, *, record: bool = False) -> None:
    """Keeps a run in the store: its full inputs and the events of one case, or with *record* of all.

    Raises:
        StoreFailed: the store cannot be used.
    """
    from courtsim.store.runs import Manifest
    from courtsim.store.runs import save as keep
    from courtsim.version import __version__

    recorded = len(run) if record or len(run) == 1 else 0
    scenario = run.scenario
    manifest = Manifest(
        run=run.id,
        scenario=scenario.name,
        procedure=scenario.procedure.name,
        seed=run.seed,
        cases=len(run),
        timing=run.timing,
        version=__version__,
        digest=scenario.digest,
        inputs=scenario.inputs.decode(),
        recorded=recorded,
    )
    keep(manifest, [history.stream for history in run.histories[:recorded]])


class Stored(NamedTuple):
    """A case of a stored run, under the inputs that the run had."""

    run: str
    seed: int
    scenario: Scenario
    events: tuple[Event, ...]


def docket(run: str, case: int = 1) -> Stored:
    """A case of a stored run (`last` is the newest), read from the store or, where it was not recorded, made again.

    Raises:
        WrongInput: no such run or case.
        StoreFailed: the store cannot be used.
    """
    from courtsim.engines.simulate import histories
    from courtsim.errors import WrongInput
    from courtsim.files.load import load_inputs
    from courtsim.store import runs

    manifest = runs.manifest(run)
    if case > manifest.cases:
        raise WrongInput(None, f"case {case} of run {manifest.run}", f"1 to {manifest.cases}")
    scenario = load_inputs(manifest.inputs.encode())
    events = tuple(runs.events(manifest.run, case)[1:])
    if not events:
        timing: Literal["drawn", "central"] = "central" if manifest.timing == "central" else "drawn"
        (again,) = histories(scenario, 1, manifest.seed, first=case, timing=timing)
        events = again.events
    return Stored(manifest.run, manifest.seed, scenario, events)
