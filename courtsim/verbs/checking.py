"""Verbs about the law itself: what could ever happen under it, whether a docket of others keeps to it, what a reform of it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from courtsim.verbs import SEED

if TYPE_CHECKING:
    from courtsim.analysis.absurd import Advice
    from courtsim.analysis.conform import Conformance
    from courtsim.analysis.reform import Reform
    from courtsim.engines.check import Findout
    from courtsim.procedure.law import Procedure
    from courtsim.scenario.facts import Scenario


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
    from courtsim.engines.reach import explore
    from courtsim.files.load import load_any

    loaded = load_any(subject) if isinstance(subject, str | Path) else subject
    return explore(loaded, without=without, most_states=most_states, engine=engine)[0]


def misgivings(
    name: str | Path,
    *,
    variant: str | None = None,
    sets: Sequence[str] = (),
    without: Collection[str] = (),
    most_states: int | None = None,
    engine: Literal["auto", "explicit", "symbolic"] = "auto",
) -> Advice:
    """What a check finds, and what of the law or the case is lawful and yet absurd, each with its place.

    A `tolled_when` that can never bite, a deadline that can never bind, a resource nobody needs; of a case also an offer better
    after conviction than before; of a small one an option worth less to its actor than another wherever it can be chosen.

    Args:
        name: a scenario or a procedure.
        variant, sets: of a scenario, as for `load`.
        without, most_states, engine: as for `check`.

    Raises:
        WrongInput, EndlessLoop: as `load` and `check` do.
    """
    from courtsim.analysis.absurd import absurd
    from courtsim.engines.reach import explore
    from courtsim.files.load import load_any
    from courtsim.files.places import Places
    from courtsim.scenario.facts import Scenario

    subject = load_any(name, variant=variant, sets=sets)
    found, reached = explore(subject, without=without, most_states=most_states, engine=engine)
    scenario = subject if isinstance(subject, Scenario) else None
    places = Places(name, "scenario" if scenario is not None else "procedure", variant=variant, sets=sets)
    return absurd(scenario, found, reached, places)


def conform(
    log: str | Path,
    subject: Scenario | Procedure | str | Path,
    *,
    mapped: Mapping[str, str] | None = None,
    calendar: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Conformance:
    """Whether a docket that someone else wrote is one that the law allows, clocks included; else its first fault, case by case.

    Args:
        log: a .csv or .xes file (or either with .gz): the date and the event (or step and option) of each line.
        subject: the scenario whose facts, offers, calendar and first day hold, or a bare procedure; or its name or path.
        mapped: names of the log to `step`, `step.option` or, to leave their lines out, the empty string.
        calendar: with a bare procedure the public holidays of `US-FL`, `IT`, ...; none: every day is a court day.
        progress: called with the number of cases retraced since.

    Raises:
        WrongInput: the log cannot be read, or names what the law does not have, with its place; no such calendar.
    """
    from courtsim.analysis.conform import conform as retrace
    from courtsim.files.load import load_any
    from courtsim.files.logs import calendar_of, read_log

    loaded = load_any(subject) if isinstance(subject, str | Path) else subject
    days = calendar_of(calendar) if calendar is not None else None
    return retrace(str(log), read_log(log), loaded, mapped=mapped, calendar=days, progress=progress)


def reform(
    before: str | Path,
    after: str | Path,
    *,
    scenario: str | Path | None = None,
    variant: str | None = None,
    sets: Sequence[str] = (),
    cases: int = 2000,
    seed: int = SEED,
    progress: Callable[[int], None] | None = None,
) -> Reform:
    """What one procedure has that another has not, and what that does to the outcomes of a scenario, case by case on one tape.

    Args:
        before: the name or path of a procedure.
        after: of the other.
        scenario: run under both, each time with that procedure's own defaults; none: the law alone.
        variant: of the scenario; with *sets*, as for `load`.
        cases: pairs of cases under the same luck.
        seed: of the tape.
        progress: called with the number of cases that have ended since.

    Raises:
        WrongInput: no such procedure, or the scenario names what one of them does not have.
    """
    from courtsim.analysis.compare import what_if
    from courtsim.analysis.reform import Reform, changes
    from courtsim.files.load import law_tree, load_procedure, load_under

    laws = [load_procedure(name) for name in (before, after)]
    found = changes(law_tree(before), law_tree(after))
    pairs = None
    if scenario is not None:
        baseline, change = (load_under(scenario, name, variant=variant, sets=sets) for name in (before, after))
        pairs = what_if(baseline, change, laws[1].name, cases=cases, seed=seed, progress=progress)
    return Reform(laws[0], laws[1], found, pairs)
