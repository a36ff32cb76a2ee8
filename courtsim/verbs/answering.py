"""Verbs with exact answers: solve, branches, advise, sensitivity, audit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from courtsim.verbs.reading import load

if TYPE_CHECKING:
    from courtsim.analysis.advice import Advice, Adviser, BreakEven, Following
    from courtsim.analysis.branches import Course
    from courtsim.analysis.offers import Bargain
    from courtsim.analysis.sensitivity import Audited, Measured, Moved
    from courtsim.choosers.kinds import Decider
    from courtsim.engines.solve import Solved
    from courtsim.files.parameters import Parameter
    from courtsim.scenario.facts import Scenario

SIDES = ("prosecution", "defense")  # who reason in an equilibrium


def solve(
    scenario: Scenario | str | Path,
    *,
    within: float = 1e-6,
    ends_only: bool = False,
    points: int = 1,
    distributions: Collection[str] = (),
    choosers: Mapping[str, Decider] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Solved:
    """The exact answer at central timing: every probability and expected value over the event tree.

    Args:
        scenario: loaded, or its name or path.
        within: how much probability may stay unfollowed, about; `truncated` says how much did.
        ends_only: leave out tracks that cannot influence how the case ends; their measures are left out too.
        points: 1 for central timing; else every delay takes that many equally likely values, the means of its slices.
        distributions: measures whose whole distribution is wanted, beside those that the end of a case decides.
        choosers: who decides a step in place of the scenario.
        progress: called with the probability that has come to its end.

    Raises:
        WrongInput: the tree is too large, or there is no such measure.
        NotAvailable: the scenario needs a chooser that `solve` cannot be.
        StuckCase, EndlessLoop, IllegalStep: what is wrong with the procedure or the script, by name.
    """
    from courtsim.engines.solve import solve as solved

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return solved(
        loaded,
        within=within,
        tracks=() if ends_only else None,
        points=points,
        distributions=distributions,
        choosers=choosers,
        progress=progress,
    )


def branches(
    scenario: Scenario | str | Path,
    *,
    least: float = 0.025,
    most: int | None = 10,
    matters: float = 0.05,
    within: float = 1e-3,
) -> Course:
    """The branches of the event tree that carry most of the probability, the rest folded, at central timing.

    Args:
        least: the probability of the smallest branch.
        most: about so many branches; None: all that have it.
        matters: leave out choices that send less than this share of their cases to another end; 0: none.
        within: how much probability may stay unfollowed.

    Raises:
        WrongInput: the tree is too large.
    """
    from courtsim.analysis.branches import course

    return course(load(scenario) if isinstance(scenario, str | Path) else scenario, least, most, matters, within)


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


def following(
    scenario: Scenario | str | Path,
    actor: str = "defense",
    *,
    at: Sequence[str] = (),
    equilibrium: bool = False,
    within: float = 1e-4,
) -> tuple[Advice, Mapping[str, Mapping[str, Following]]]:
    """As `advise`, and by step and option what follows: how the cases end, days, and what that is worth to everyone."""
    from courtsim.analysis.advice import following as found

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return found(_believed(loaded, actor, equilibrium), actor, at, SIDES if equilibrium else (), within)


def adviser(
    scenario: Scenario | str | Path,
    actor: str = "defense",
    *,
    at: Sequence[str] = (),
    equilibrium: bool = False,
    within: float = 1e-4,
) -> Adviser:
    """The `Adviser` behind `advise`: its tree is kept, so that break-evens and other odds are answered quickly."""
    from courtsim.analysis.advice import Adviser as made

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return made(_believed(loaded, actor, equilibrium), actor, at, SIDES if equilibrium else (), within)


def _believed(scenario: Scenario, actor: str, equilibrium: bool) -> Scenario:
    """As the actor takes it to be; an equilibrium is solved by common beliefs."""
    return scenario if equilibrium else scenario.believed.get(actor, scenario)


def break_even(
    scenario: Scenario | str | Path,
    actor: str,
    step: str,
    parameter: str = "conviction.p",
    *,
    low: float = 0.0,
    high: float = 1.0,
    points: int = 21,
    at: Sequence[str] = (),
    equilibrium: bool = False,
    within: float = 1e-4,
) -> BreakEven:
    """The value of a parameter at which the two best options of a step are worth the same to an actor.

    Args:
        parameter: a path as for `--set`, of a number.
        low, high, points: the ends of the curve, and how many points it has.

    Raises:
        WrongInput: no such path, or nothing to choose at the step.
    """
    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    changed = changes(loaded, None if equilibrium else actor)
    reasoner = adviser(loaded, actor, at=at, equilibrium=equilibrium, within=within)
    return reasoner.break_even(lambda x: changed([f"{parameter}={x!r}"]), parameter, step, low, high, points)


def bargain(
    scenario: Scenario | str | Path,
    offer: str,
    term: str,
    *,
    low: float = 0.0,
    high: float = 1.0,
    at: Sequence[str] = (),
    points: int = 21,
    within: float = 1e-4,
    progress: Callable[[int], None] | None = None,
) -> Bargain:
    """The value of an offer's term that is best for its maker, who knows that it is answered by reason; and the bargaining range.

    Args:
        offer, term: which number is moved, from *low* to *high*.
        at: both reason about these steps alone and follow the scenario's odds at the others; none: about all.
        points: of the curve.
        within: how much probability may stay unfollowed.
        progress: called with the number of points done since.

    Raises:
        WrongInput: no such offer, nobody to answer it, or a term that is worth nothing to either.
    """
    from courtsim.analysis.offers import bargain as search

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return search(
        loaded,
        lambda actor: changes(loaded, actor),
        offer,
        term,
        low,
        high,
        steps=at,
        points=points,
        within=within,
        progress=progress,
    )


def value_of_information(
    scenario: Scenario | str | Path, actor: str, known: str, *, at: Sequence[str] = (), within: float = 1e-4
) -> float:
    """What it is worth to an actor, in dollars, to know beforehand which option of the step *known* chance will take."""
    from courtsim.analysis.advice import value_of_information as worth

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
    from courtsim.analysis.sensitivity import tornado

    moved = parameters(scenario, ranges_only=ranges_only)
    return tornado(measured(scenario, measure, within=within), moved, progress)


def measured(scenario: Scenario | str | Path, measure: str, *, within: float = 1e-3) -> Measured:
    """One exact measure of a scenario, quickly found again for other numbers: `.at(["conviction.p=0.5"])`."""
    from courtsim.analysis.sensitivity import Measured as made

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    return made(loaded, changes(loaded), measure, within)


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
    from courtsim.analysis.sensitivity import audit as audited

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    assumed = [each for each in parameters(loaded) if each.mark == "assumed"]
    reasoner = adviser(loaded, actor, at=at, within=within)
    return audited(reasoner, changes(loaded, actor), assumed, progress)


def changes(scenario: Scenario, believer: str | None = None) -> Callable[[Sequence[str]], Scenario]:
    """Makes the scenario with values set, as *believer* takes it to be; what is set comes before what he believes."""
    from courtsim.files.load import load_inputs

    beliefs = [f"{path}={value}" for path, value in scenario.beliefs.get(believer or "", {}).items()]
    return lambda sets: load_inputs(scenario.inputs, sets=[*beliefs, *sets])
