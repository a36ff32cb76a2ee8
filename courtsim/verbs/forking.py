"""Verbs over other courses of stored cases: fork, forks, diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from courtsim.verbs.stored import Stored, docket

if TYPE_CHECKING:
    from courtsim.analysis.parting import Branch, Course, Parting
    from courtsim.case.history import History
    from courtsim.store.forks import Fork


class Forked(NamedTuple):
    """A new fork and how it differs from its parent."""

    fork: Fork
    parting: Parting


def fork(run: str, case: int = 1, *, at: int, step: str, option: str) -> Forked:
    """Branches a stored case (or a fork): at event *at* the step ends in another option, and the case goes on from there.

    What happened before stays as it was, and so does all luck that the change does not touch. The fork is kept in the store.

    Raises:
        WrongInput: no such run, case, event, step or option.
        IllegalStep: the choice was not lawful at that event; the error says what was.
        StoreFailed: the store cannot be used.
    """
    from courtsim.engines.fork import fork as go
    from courtsim.engines.fork import scripted_events
    from courtsim.store import forks
    from courtsim.verbs.stored import _writer

    parent = docket(run, case)
    scenario, root = parent.scenario, parent.fork.run if parent.fork else parent.run
    script = parent.fork.script if parent.fork else scripted_events(scenario, parent.seed, parent.case, parent.timing)
    new = go(scenario, parent.seed, parent.stream, at, step, option, timing=parent.timing, script=script)
    made = forks.Fork(
        id=forks.fork_id(parent.run, parent.case, at, step, option),
        run=root,
        case=parent.case,
        parent=parent.run,
        at=at,
        step=step,
        option=option,
        script=new.scripted,
    )
    forks.save(made, _writer(scenario)(new.history))
    return Forked(made, _parting(course(parent), _course(made.id, parent, new.history)))


def forks(run: str, case: int = 1) -> Branch:
    """The tree of a case: its own history, and every fork of it with what it led to.

    Raises:
        WrongInput: no such run or case.
    """
    from courtsim.store import forks as store
    from courtsim.store.places import opened

    with opened():
        root = docket(run, case)
        if root.fork is not None:
            root = docket(root.fork.run, root.case)
        return _branch(root, [each for each in store.of_run(root.run) if each.case == root.case])


def _branch(stored: Stored, known: list[Fork]) -> Branch:
    from courtsim.analysis.parting import Branch

    mine = stored.fork
    parent = docket(mine.parent, mine.case) if mine else None
    was = parent.events[mine.at - 1] if parent and mine else None
    found = course(stored).outcome
    return Branch(
        id=stored.run,
        case=stored.case,
        at=mine.at if mine else None,
        date=was.date if was else None,
        choice=mine.choice if mine else None,
        instead=f"{was.step}={was.option}" if was else None,
        disposition=found.disposition,
        label=_label(stored, found.disposition),
        days=float(found.measures["days"]),
        values={
            name: float(worth) for name, worth in found.measures.items() if name.count(".") == 1 and name.startswith("value.")
        },
        events=len(stored.events),
        branches=tuple(_branch(docket(each.id), known) for each in known if each.parent == stored.run),
    )


def _label(stored: Stored, disposition: str) -> str:
    state = stored.scenario.procedure.tracks["case"].states.get(disposition)
    return state.label or disposition if state else "still open"


def diff(left: str, right: str) -> Parting:
    """Where two histories part and what each led to. A history is a fork, a run (its first case) or `RUN/CASE`.

    Raises:
        WrongInput: no such run, case or fork.
    """
    return _parting(course(_named(left)), course(_named(right)))


def _named(name: str) -> Stored:
    from courtsim.errors import WrongInput

    run, slash, case = name.partition("/")
    if slash and not (case.isdecimal() and int(case)):
        raise WrongInput(None, f"case {case!r} in {name!r}", "the number of a case, as in last/3")
    return docket(run, int(case) if case else 1)


def course(stored: Stored) -> Course:
    """A stored case as something to compare."""
    return _course(stored.run if stored.fork else f"{stored.run}/{stored.case}", stored, stored.history)


def _course(name: str, stored: Stored, history: History) -> Course:
    from courtsim.analysis.parting import Course

    return Course(name, stored.scenario, history)


def _parting(left: Course, right: Course) -> Parting:
    from courtsim.analysis.parting import part

    return part(left, right)
