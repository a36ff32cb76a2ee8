"""The tracks of a procedure as graphs: a node is a state, an edge an option that moves from one to the other.

What moves where follows from the law alone: an option leads from every state of a track that neither its step nor itself
rules out. Over a run the same graph says how often each edge was taken, and after how long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from courtsim.analysis.parting import Branch
from courtsim.case.events import Event
from courtsim.case.masks import Forbidden, Masks, OptionCode, Question, masks_of
from courtsim.engines.check import free_opening
from courtsim.errors import WrongInput, listed, nearest
from courtsim.procedure.law import CLOCK, SPINE, Procedure
from courtsim.scenario.facts import Scenario
from courtsim.scenario.opens import opening

if TYPE_CHECKING:
    import networkx as nx

ANY = "*"  # the node from which an edge begins that every state of the track allows

Place: TypeAlias = tuple[str, str]  # track, state
Move: TypeAlias = tuple[Place, Place, str]  # from, to, `step.option`


def track_graph(subject: Procedure | Scenario, tracks: Collection[str] = ()) -> nx.MultiDiGraph:
    """The states of the tracks (none: of all) and every option that may move between them.

    Under a scenario its switches are fixed, so law of the other position is left out.

    Nodes are (track, state) with `track`, `state`, `label`, `start`, `final`, `disposes`, `convicted`; edges have the key
    `step.option` and `step`, `option`, `by`, `event`, `rule`. An option that any state of a track allows comes from (track, "*").

    Raises:
        WrongInput: no such track.
    """
    import networkx as nx

    procedure = subject.procedure if isinstance(subject, Scenario) else subject
    for track in tracks:
        if track not in procedure.tracks:
            raise WrongInput(None, f"unknown track {track!r}", listed(procedure.tracks, 30), nearest(track, procedure.tracks))
    shown = [track for track in procedure.tracks if not tracks or track in tracks]
    graph = nx.MultiDiGraph(name=subject.name, title=subject.title)
    for track in shown:
        for state in procedure.tracks[track].states.values():
            graph.add_node(
                (track, state.name),
                track=track,
                state=state.name,
                label=state.label or state.name.replace("_", " ").replace(".", ": "),
                start=state.name == procedure.tracks[track].start,
                final=state.final,
                disposes=state.disposes,
                convicted=state.convicted,
            )
    for before, after, code in _moves(*_masks(subject)):
        if after in graph:
            if before not in graph:
                about = dict.fromkeys(("start", "final", "disposes", "convicted"), False)
                graph.add_node(before, track=before[0], state=ANY, label="any state", **about)
            step = procedure.steps.get(code.step)
            graph.add_edge(
                before,
                after,
                key=f"{code.step}.{code.option.name}",
                step=code.step,
                option=code.option.name,
                by=step.by if step else CLOCK,
                event=code.option.event,
                rule=code.option.rule or "",
            )
    return graph


def _masks(subject: Procedure | Scenario) -> tuple[Masks, int]:
    """The compiled law, and the bits of what a scenario fixes for good: its switches."""
    if isinstance(subject, Procedure):
        return Masks(subject, free_opening(subject), free=True), 0
    masks = masks_of(subject.procedure, opening(subject))
    word = masks.start()
    return masks, sum(word & question.all for key, question in masks.questions.items() if key[0] == "switch")


def _moves(masks: Masks, fixed: int) -> Iterator[tuple[Place, Place, OptionCode]]:
    whens = {code.step.name: code.when for code in masks.steps}
    whens |= {code.step: when for when, code, _ in masks.consequences}
    for code in masks.options:
        for track, state in code.option.to:
            question = masks.questions["track", track]
            others = [source for source in _sources(masks, fixed, question, whens[code.step], code) if source != state]
            left_open = [answer for answer in question.answers if answer not in (state, *_closed(masks, question, code))]
            if len(others) > 3 and len(others) == len(left_open):
                others = [ANY]
            for source in others:
                yield (track, source), (track, state), code


def _closed(masks: Masks, track: Question, code: OptionCode) -> set[object]:
    """The states of the spine in which no step happens any more."""
    spine = masks.procedure.tracks[SPINE].states
    return {state.name for state in spine.values() if state.final and track.key[1] == SPINE and code.step_index >= 0}


def _sources(masks: Masks, fixed: int, track: Question, when: Forbidden, code: OptionCode) -> list[str]:
    """The states of a track in which the option may be chosen, whatever the other tracks are in."""
    together = [a | b for a in when for b in code.when]
    possible = [m for m in together if not m & fixed and all(m & q.all != q.all for q in masks.questions.values())]
    found = [str(answer) for answer in track.answers if any(not mask & track.bit(answer) for mask in possible)]
    closed = _closed(masks, track, code)
    return [state for state in found if state not in closed]


def walked(graph: nx.MultiDiGraph, procedure: Procedure, cases: Iterable[Sequence[Event]]) -> nx.MultiDiGraph:
    """A copy of the graph with what happened: of each edge `n` (times), `per_case` and `days` (mean time in the state before).

    Nodes get `n` (entries, the opening too), `per_case` and `days` (mean days a case spent there). Edges never taken are left
    out; one from "any state" is drawn from where it was taken.

    Args:
        cases: the events of each, the opening left out.
    """
    tracks = {node[0] for node in graph}
    taken: dict[Move, _Sum] = {}
    entered: dict[Place, _Sum] = {}
    number = 0
    for events in cases:
        number += 1
        for place, days, move in _stays(procedure, tracks, events):
            entered.setdefault(place, _Sum()).add(days)
            if move is not None:
                taken.setdefault((place, *move), _Sum()).add(days)
    found = graph.__class__(**graph.graph, cases=number)
    for node, about in graph.nodes(data=True):
        if node[1] != ANY:
            stays = entered.get(node, _Sum())
            found.add_node(node, **about, n=stays.n, per_case=stays.n / max(1, number), days=stays.days / max(1, number))
    abouts = {(after, key): about for _, after, key, about in graph.edges(keys=True, data=True)}
    for (before, after, key), stays in taken.items():
        about = abouts[after, key] | {"n": stays.n, "per_case": stays.n / number, "days": stays.days / stays.n}
        found.add_edge(before, after, key=key, **about)
    return found


class _Sum:
    """How many stays, and their days together."""

    def __init__(self) -> None:
        self.n = 0
        self.days = 0.0

    def add(self, days: float) -> None:
        self.n += 1
        self.days += days


def _stays(
    procedure: Procedure, tracks: Collection[str], events: Sequence[Event]
) -> Iterator[tuple[Place, float, tuple[Place, str] | None]]:
    """Every stay in a state of a track: the place, the days, and the move that ended it, if one did."""
    at = {track: (procedure.tracks[track].start, 0.0) for track in tracks}
    for event in events:
        for track, state in procedure.option(event.step, event.option).to:
            if track in at and at[track][0] != state:
                before, since = at[track]
                yield (track, before), event.day - since, ((track, state), f"{event.step}.{event.option}")
                at[track] = (state, event.day)
    end = events[-1].day if events else 0.0
    for track, (state, since) in at.items():
        yield (track, state), end - since, None


def evidence_graph(scenario: Scenario) -> nx.DiGraph:
    """Where each item of evidence came from: searches and items, an edge from what an item derives from to it.

    Nodes have `kind` (search or item), `label`, `challenged`, `exception`; edges `either`: the item survives while one stands.
    """
    import networkx as nx

    graph = nx.DiGraph(name=scenario.name, title=scenario.title)
    for search in scenario.searches.values():
        about = {"kind": "search", "challenged": search.challenged, "exception": ""}
        graph.add_node(search.name, label=search.label or search.name.replace("_", " "), **about)
    for item in scenario.evidence.values():
        stays = item.exemption and ("may stay in" if item.exemption.when else "stays in")
        exception = f"{stays}: {item.exemption.reason}" if item.exemption else ""
        about = {"kind": "item", "challenged": False, "exception": exception}
        graph.add_node(item.name, label=item.label or item.name.replace("_", " "), **about)
    for search in scenario.searches.values():
        graph.add_edges_from(((origin, search.name) for origin in search.sources), either=False)
    for item in scenario.evidence.values():
        graph.add_edges_from(((origin, item.name) for origin in item.sources), either=False)
        graph.add_edges_from(((origin, item.name) for origin in item.either), either=True)
    return graph


def fork_graph(branch: Branch, title: str) -> nx.DiGraph:
    """A case and its forks: every place where one left, and every end.

    Nodes have `kind` (opening, left or end), `label`, and of an end `days` and `values`; edges `label`: what happened there.
    """
    import networkx as nx

    graph = nx.DiGraph(name=branch.id, title=title)
    graph.add_node("opening", kind="opening", label=f"Case {branch.case} opens")
    _add_course(graph, branch, "opening", "")
    return graph


def _add_course(graph: nx.DiGraph, branch: Branch, at: str, happened: str) -> None:
    """Draws one history from a node on: past the places where forks left it to its end."""
    for below in sorted(branch.branches, key=lambda fork: fork.at or 0):
        place = f"{branch.id}@{below.at}"
        if place not in graph:
            graph.add_node(place, kind="left", label=f"{below.date}, event {below.at}")
            graph.add_edge(at, place, label=happened)
            at, happened = place, below.instead or ""
        _add_course(graph, below, place, below.choice or "")
    end = f"{branch.id}.end"
    graph.add_node(end, kind="end", label=branch.label, days=branch.days, values=dict(branch.values))
    graph.add_edge(at, end, label=happened)
