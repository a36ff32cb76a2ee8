"""A way through the law as a script: the days on which its steps can lie, the clock's own on the day they fall due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from msgspec.structs import replace

from courtsim.analysis.ways import Start, Way
from courtsim.case.clocks import DAY, NEVER
from courtsim.engines.relevance import Relevance
from courtsim.engines.simulate import Bench, histories
from courtsim.engines.tree import Node, Tree
from courtsim.errors import CourtsimError
from courtsim.procedure.law import CLOCK
from courtsim.scenario.facts import Entry, Scenario

TRIED = 3  # cases with chance in the delays, in which a script must hold


def under(scenario: Scenario, start: Start) -> Scenario:
    """The scenario with the facts with which a way starts."""
    return replace(scenario, facts={**scenario.facts, **start.facts})


def scripted(scenario: Scenario, way: Way) -> tuple[Entry, ...] | None:
    """The way as entries of a script, each on its usual day, else on the first it can lie; None where no days give that order.

    A deadline that falls due before the story has come to it, or a clock that chance sets, leaves a way without a script.
    """
    case = under(scenario, way.start)
    for lay_out in (_usual_time, _at_once):
        try:
            entries = _laid_out(case, way, lay_out)
            if entries is not None and _holds(case, way, entries):
                return entries
        except CourtsimError:
            continue
    return None


def _holds(case: Scenario, way: Way, entries: tuple[Entry, ...]) -> bool:
    """Whether the engine makes of the script what the way says, whatever chance brings."""
    told = replace(case, script=entries, script_until=None)
    wanted = [*way.start.fires, *(name for move in way.moves for name in move.fires)]
    runs = [*histories(told, 1, timing="central"), *histories(told, TRIED)]
    return all([f"{event.step}.{event.option}" for event in run.events][: len(wanted)] == wanted for run in runs)


def _usual_time(node: Node, step: int) -> int:
    """When the step's own clock runs out, if it runs."""
    due = next((ticking.due for ticking in node.clocks if ticking.step == step), NEVER)
    return node.now if due == NEVER else max(node.now, due // DAY * DAY)


def _at_once(node: Node, _step: int) -> int:
    return node.now


def _laid_out(case: Scenario, way: Way, lay_out: Callable[[Node, int], int]) -> tuple[Entry, ...] | None:
    """The entries by the clocks at central timing; what it gives has still to be run."""
    begun = Entry(on=dt.date.max, step=next(iter(case.procedure.steps)))  # keeps the tree to the letter, as under a script
    bench = Bench(replace(case, script=(begun,), script_until=None))
    tree = Tree(bench, Relevance(bench, {("track", track) for track in case.procedure.tracks}))
    node: Node | None = tree.roots()[0].node
    entries: list[Entry] = []
    for move in way.moves:
        if node is None:
            return None
        step, _, option = move.fires[0].partition(".")
        index = tree.masks.index[step]
        found = tree.next_step(node, by_clock=True)
        if bench.by[index] == CLOCK:
            if found is None or found[0] != index:
                return None
            time = tree.held(index, max(found[1], node.now))[0]
        else:
            time = lay_out(node, index)
            if found is not None and max(found[1], node.now) < time // DAY * DAY:
                return None  # the clock would come between
        entries.append(Entry(on=case.starts + dt.timedelta(days=time // DAY), step=step, choose=option))
        (*_, branch) = tree.happen(node, index, time, [(1.0, tree.masks.option_codes[step, option])])
        node = branch.node
    return tuple(entries)
