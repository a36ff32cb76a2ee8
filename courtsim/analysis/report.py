"""The report on a scenario: everything that one self-contained page says, computed once and held together.

The order of the questions is the order of the page: what can happen, what it comes to, what one choice changes, what that
is worth, where it turns, what moves it, how long it takes. Nothing here knows how a page looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from courtsim.analysis.advice import Advice, Adviser, BreakEven
from courtsim.analysis.compare import Pairs, compare, paired
from courtsim.analysis.sensitivity import Audited, Measured, Movable, Moved, audit, tornado
from courtsim.engines.run import Run
from courtsim.engines.simulate import histories
from courtsim.engines.solve import Solved, solve
from courtsim.errors import WrongInput, listed, nearest
from courtsim.procedure.law import AcceptOffer, Procedure
from courtsim.scenario.facts import Scenario

COARSER = 10.0  # by so much more probability may be left where an exact answer is found again for every number that is moved
FEW = 4  # ranges that a scenario states: with fewer every number is moved
CURVE = 9  # points of the break-even curve; between two of them the worth of an option is all but straight


class Forced(Struct, frozen=True):
    """An option of the step, taken wherever it is lawful: the cases, and they against those of the first option, paired."""

    option: str
    run: Run
    pairs: Pairs | None


class Choice(Struct, frozen=True):
    """A step at which much is decided, and what its options come to.

    Attributes:
        step, actor: who decides what.
        forced: the options that were ever taken, under the same luck for all else.
        advice: what each is worth to the actor, exactly; None where the scenario states no values for him.
        audited: how far his worth moves with each number, and which of them turn his choice.
        even: where the two best options are worth the same, over the number that moves his worth most.
    """

    step: str
    actor: str
    forced: tuple[Forced, ...]
    advice: Advice | None
    audited: tuple[Audited, ...]
    even: BreakEven | None


class Report(Struct, frozen=True):
    """What a page says.

    Attributes:
        command: the line that makes it again.
        changes: the variant and the values set, as given.
        exact: at central timing; `within` is how much probability it might leave.
        sampled: with chance in the delays.
        measure, now, moved: a measure as it stands, and how far each number moves it; `ranges_only`: the numbers for which the
            scenario states a range, else every number, a fifth down and up.
        left: how much probability the answers found again for every number might leave.
        numbers: every number of the scenario that can be moved, moved here or not.
    """

    command: str
    changes: tuple[str, ...]
    scenario: Scenario
    within: float
    left: float
    exact: Solved
    sampled: Run
    choice: Choice | None
    measure: str
    now: float
    moved: tuple[Moved, ...]
    ranges_only: bool
    numbers: tuple[Movable, ...]


class Asked(Struct, frozen=True):
    """What a report is asked for: see the options of `courtsim report`."""

    cases: int
    seed: int
    within: float
    measure: str
    at: str | None = None
    break_even: str | None = None


def compose(
    command: str,
    changes: tuple[str, ...],
    scenario: Scenario,
    change: Callable[[str | None], Callable[[Sequence[str]], Scenario]],
    numbers: Sequence[Movable],
    asked: Asked,
    progress: Callable[[str], None],
) -> Report:
    """Computes a report.

    Args:
        change: makes, for an actor's beliefs or for none, what makes the scenario with some values set.
        numbers: those that may be moved; where the scenario states a few ranges, only those with one are.
        progress: called with what comes next.

    Raises:
        WrongInput: no such step or measure, or the tree is too large.
        StuckCase, EndlessLoop, IllegalStep: what is wrong with the procedure or the script, by name.
    """
    stated = [each for each in numbers if each.stated]
    ranged = len(stated) >= FEW
    moving = stated if ranged else list(numbers)
    left = min(0.05, asked.within * COARSER)
    step = _step(scenario, asked.at)
    measured = Measured(scenario, change(None), asked.measure, left)  # refuses a measure before anything is computed
    over = _over(asked.break_even, numbers)
    progress("exact outcomes")
    exact = solve(scenario, within=asked.within)
    progress("sampled cases")
    sampled = Run(scenario, asked.seed, list(histories(scenario, asked.cases, asked.seed)))
    choice = None if step is None else _choice(step, scenario, change, moving, over, asked, left, progress)
    progress(f"what moves {asked.measure}")
    now = measured.at()
    able = [each for each in moving if _can_move(each.path, asked.measure, scenario)]
    moved = tuple(tornado(measured, able))
    return Report(
        *(command, changes, scenario, asked.within, left, exact, sampled, choice),
        *(asked.measure, now, moved, ranged, tuple(numbers)),
    )


def _step(scenario: Scenario, wanted: str | None) -> str | None:
    """The step asked for; else the first that may accept an offer; else the first choice of someone with values."""
    steps = scenario.procedure.steps
    able = {name: step for name, step in steps.items() if len(step.options) > 1}
    if wanted is not None:
        if wanted not in able:
            raise WrongInput(None, f"{wanted!r}, which is no step with a choice", listed(able), nearest(wanted, able))
        return wanted
    found = answering(scenario.procedure) if scenario.offers else None
    return found or next((name for name, step in able.items() if step.by in scenario.values), None)


def answering(procedure: Procedure) -> str | None:
    """The first step of a procedure at which an offer may be accepted or not."""
    for name, step in procedure.steps.items():
        accepts = any(isinstance(effect, AcceptOffer) for option in step.options.values() for effect in option.effects)
        if accepts and len(step.options) > 1:
            return name
    return None


def _choice(
    step: str,
    scenario: Scenario,
    change: Callable[[str | None], Callable[[Sequence[str]], Scenario]],
    moving: Sequence[Movable],
    over: Movable | None,
    asked: Asked,
    left: float,
    progress: Callable[[str], None],
) -> Choice:
    actor = scenario.procedure.steps[step].by
    progress(f"every option of {step}")
    runs = {
        option: run
        for option, run in compare(scenario, step, cases=asked.cases, seed=asked.seed, engine="simulate").items()
        if isinstance(run, Run) and _taken(run, step, option)
    }
    first = next(iter(runs.values()), None)
    forced = tuple(
        Forced(option, run, paired(option, first, run) if first is not None and first is not run else None)
        for option, run in runs.items()
    )
    if actor not in scenario.values:
        return Choice(step, actor, forced, None, (), None)
    progress(f"what they are worth to {actor}")
    adviser = Adviser(scenario.believed.get(actor, scenario), actor, [step], within=left)
    advice = adviser.advice()
    if len(advice.values.get(step, {})) < 2:
        return Choice(step, actor, forced, advice, (), None)
    changed = change(actor)
    progress("what turns the choice")
    audited = tuple(audit(adviser, changed, moving))
    by_path = {each.path: each for each in moving}
    turning = [by_path[each.path] for each in audited if each.swing]
    parameter = over or next((each for each in turning if _single(each)), None)
    even = None
    if parameter is not None:
        path = parameter.path
        progress(f"break-even over {path}")
        adviser.of(changed([]))
        low, high = _ends(parameter)
        even = adviser.break_even(lambda x: changed([f"{path}={x!r}"]), path, step, low, high, points=CURVE)
    return Choice(step, actor, forced, advice, audited, even)


def _over(wanted: str | None, numbers: Sequence[Movable]) -> Movable | None:
    """The number that the break-even is asked over, if any. Raises WrongInput where there is no such number."""
    if wanted is None:
        return None
    single = {each.path: each for each in numbers if _single(each)}
    if wanted not in single:
        raise WrongInput(None, f"{wanted!r}, which is no number of the scenario", listed(single), nearest(wanted, single))
    return single[wanted]


def _single(number: Movable) -> bool:
    """Whether it is one number; a delay is more."""
    return isinstance(json.loads(number.low), int | float)


def _ends(number: Movable) -> tuple[float, float]:
    """Between which a number is moved."""
    return float(json.loads(number.low)), float(json.loads(number.high))


def _taken(run: Run, step: str, option: str) -> bool:
    """Whether any case of a run took the option; one that is never lawful is no course to compare."""
    return any(
        code.step == step and code.option.name == option
        for history in run.histories
        for code in (history.masks.options[index] for _, index, _ in history.happenings)
    )


def _can_move(path: str, measure: str, scenario: Scenario) -> bool:
    """What an outcome is worth moves no outcome, unless someone reasons by it."""
    inputs = json.loads(scenario.inputs)["scenario"]
    return (
        path.partition(".")[0] not in ("values", "costs", "beliefs")
        or measure.startswith(("value.", "cost."))
        or _anywhere(inputs.get("choosers", {}), "rational")
    )


def _anywhere(tree: object, key: str) -> bool:
    if isinstance(tree, Mapping):
        return key in tree or any(_anywhere(each, key) for each in tree.values())
    return isinstance(tree, list) and any(_anywhere(each, key) for each in tree)
