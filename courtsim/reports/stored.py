"""What `runs`, `fork`, `forks` and `diff` print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from courtsim.case.core import lawful
from courtsim.case.state import CaseState
from courtsim.procedure.law import CLOCK
from courtsim.reports.compared import side_by_side
from courtsim.reports.sheets import about, columns, digits, rough

if TYPE_CHECKING:
    from courtsim.analysis.parting import Branch, Course, Parting
    from courtsim.scenario.facts import Scenario
    from courtsim.store.forks import Fork
    from courtsim.store.runs import Kept


def runs(found: Sequence[Kept], forks: dict[str, int]) -> RenderableType:
    """Every stored run, the newest first."""
    if not found:
        return Text("No run is stored; `courtsim run two-track` makes one.")
    table = Table(box=None, pad_edge=False)
    for name in ("Run", "Scenario", "Seed", "Cases", "Events of", "Forks", "Version", "State"):
        table.add_column(name, justify="right" if name in ("Seed", "Cases", "Events of", "Forks") else "left", overflow="fold")
    for kept in found:
        manifest = kept.manifest
        cells = [str(manifest.seed), f"{manifest.cases:,}", f"{manifest.recorded:,}", str(forks.get(manifest.run, 0))]
        table.add_row(manifest.run, manifest.scenario, *cells, manifest.version, _state(kept))
    return table


def _state(kept: Kept) -> str:
    if kept.ended:
        return "whole"
    return f"unfinished: {kept.manifest.recorded:,} of {kept.wanted:,}"


def run(kept: Kept, forks: Sequence[Fork]) -> RenderableType:
    """One stored run: what it was made from, how far it came, and its forks."""
    m = kept.manifest
    lines = [
        f"Run {m.run} of {m.scenario} under {m.procedure}, seed {m.seed}, {m.timing} timing, made by courtsim {m.version}.",
        f"{m.cases:,} cases, the events of {m.recorded:,} of them kept; {_state(kept)}.",
        f"Inputs {m.digest}.",
    ]
    if not kept.ended:
        lines.append(f"`courtsim runs resume {m.run}` finishes it.")
    if not kept.chained:
        lines.append("Stored by an earlier courtsim: without chains and digests.")
    lines += [f"fork {fork.id} left {fork.parent}, case {fork.case}, at event {fork.at} by {fork.choice}" for fork in forks]
    return Text("\n".join(lines))


def standing(state: CaseState) -> RenderableType:
    """Where the tracks stand at this moment, and what is lawful next."""
    tracks = state.masks.procedure.tracks
    where = ", ".join(f"{name}: {at}" for name, at in state.tracks.items() if at != next(iter(tracks[name].states)))
    steps = state.masks.procedure.steps
    options = [f"{s}={o}" for s, o in lawful(state) if s not in steps or steps[s].by != CLOCK]
    following = "The case is closed." if state.closed else f"Lawful next: {', '.join(options) or 'nothing but waiting'}."
    return Text(f"\nThen {where or 'nothing has moved'}. {following}")


def tree(scenario: Scenario, branch: Branch) -> RenderableType:
    """The forks of a case, outcomes and values at each; what a branch has in place of what happened stands before it."""
    root = Tree(Text(f"{_course_of(branch)}"))
    _grow(root, branch)
    note = "Days to the end; values in dollars, to two digits since they rest on assumptions."
    return Group(about(scenario, f"case {branch.case} of run {branch.id} and its forks"), root, Text(f"\n{note}"))


def _grow(node: Tree, branch: Branch) -> None:
    for below in branch.branches:
        left = f"at {below.at} ({below.date}): {below.choice} and not {below.instead}\n"
        _grow(node.add(Text(left + _course_of(below))), below)


def _course_of(branch: Branch) -> str:
    name = f"run {branch.id}, case {branch.case}" if branch.at is None else f"fork {branch.id}"
    worth = "".join(f"; {actor.removeprefix('value.')} {rough(value)}" for actor, value in branch.values.items())
    return f"{name}: {branch.label} after {branch.days:.0f} days, {branch.events} events{worth}"


def forked(fork: Fork, parting: Parting) -> RenderableType:
    """A new fork against its parent."""
    return Group(Text(f"Fork {fork.id} leaves {parting.left.name} at event {fork.at}: {fork.choice}.\n"), diff(parting))


def diff(parting: Parting) -> RenderableType:
    """Two histories side by side, and what each led to."""
    left, right = parting.left, parting.right
    head = about(left.scenario, f"{left.name} and {right.name}")
    if parting.same:
        return Group(head, Text(f"{left.name} and {right.name}: the same {parting.shared} events."))
    after = "at the first event" if not parting.shared else f"after event {parting.shared}"
    table = columns("", left.name, right.name)
    for name, ours, theirs in _rows(left, right):
        table.add_row(name, ours, theirs)
    dockets = side_by_side(left.events, right.events, parting.shared, (left.scenario, right.scenario), (left.name, right.name))
    return Group(head, Text(f"They part {after}.\n"), table, Text(""), dockets)


def _rows(left: Course, right: Course) -> list[tuple[str, str, str]]:
    ours, theirs = left.outcome, right.outcome
    rows = [("end", _end(left, ours.disposition), _end(right, theirs.disposition))]
    for name in dict.fromkeys([*ours.measures, *theirs.measures]):
        a, b = float(ours.measures.get(name, 0)), float(theirs.measures.get(name, 0))
        if name.startswith("days_in.") or a == b:
            continue
        shown = rough if name.startswith(("value.", "cost.")) else digits
        rows.append((name, shown(a, 10), shown(b, 10)))
    return rows


def _end(course: Course, disposition: str) -> str:
    state = course.scenario.procedure.tracks["case"].states.get(disposition)
    return state.label or disposition if state else "still open"


# -- the same for machines


def plain_run(kept: Kept, forks: int) -> dict[str, Any]:
    m = kept.manifest
    return {
        "run": m.run,
        "scenario": m.scenario,
        "procedure": m.procedure,
        "seed": m.seed,
        "cases": m.cases,
        "recorded": m.recorded,
        "timing": m.timing,
        "version": m.version,
        "digest": m.digest,
        "finished": kept.ended,
        "forks": forks,
    }


def plain_diff(parting: Parting) -> dict[str, Any]:
    def side(course: Course) -> dict[str, Any]:
        import msgspec

        events = course.events
        after = msgspec.to_builtins(events[parting.shared]) if parting.shared < len(events) else None
        return {"name": course.name, "events": len(events), "first_apart": after, "outcome": course.outcome.plain()}

    return {"shared": parting.shared, "same": parting.same, "left": side(parting.left), "right": side(parting.right)}
