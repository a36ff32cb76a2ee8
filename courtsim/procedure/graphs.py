"""The tracks of a procedure as networkx graphs: a node is a state, an edge an option that moves to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courtsim.procedure.conditions import AnyOf, Clause, Condition, Not, matches_name
from courtsim.procedure.law import Procedure

if TYPE_CHECKING:
    import networkx as nx


def graph(procedure: Procedure, track: str) -> nx.MultiDiGraph[str]:
    """One track. An edge, keyed `step.option`, leaves every state in which its step may be enabled as far as this track tells.

    Raises:
        KeyError: the procedure has no such track.
    """
    import networkx as nx

    picture: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=track)
    for state in procedure.tracks[track].states.values():
        picture.add_node(state.name, label=state.label or state.name, final=state.final)
    movers = [(step.name, step.when, option) for step in procedure.steps.values() for option in step.options.values()]
    movers += [(found.name, found.when, found.option) for found in procedure.consequences]
    for name, when, option in movers:
        for target in [state for moved, state in option.to if moved == track]:
            for source in [state for state in picture if _allows(when + option.when, track, state)]:
                picture.add_edge(source, target, key=f"{name}.{option.name}", event=option.event, rule=option.rule)
    return picture


def _allows(condition: Condition, track: str, state: str) -> bool:
    """Whether the clauses that ask this track by name would take this state."""
    for part in condition:
        if isinstance(part, Clause) and part.subject == "track" and part.name == track:
            asked = part.asked.inner if isinstance(part.asked, Not) else part.asked
            named = isinstance(asked, AnyOf) and any(matches_name(state, str(name)) for name in asked.values)
            if named == isinstance(part.asked, Not):
                return False
    return True
