"""Pictures of track graphs: by Graphviz as svg, png and dot; as Mermaid text and GraphML without it.

Drawn for a slide and for gray paper: who acts is written, not colored; a final state has a double border, one with a
conviction is dark; over a run the width of an edge says how often, its darkness how long it took.
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeAlias

from courtsim.analysis.graphs import ANY
from courtsim.errors import NotAvailable, StoreFailed, WrongInput, listed
from courtsim.procedure.law import CLOCK
from courtsim.reports.sheets import rough

if TYPE_CHECKING:
    import networkx as nx

FORMATS = ("svg", "png", "dot", "mermaid", "graphml")
ENDINGS = {".svg": "svg", ".png": "png", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".md": "mermaid", ".graphml": "graphml"}
DARK = "#1d3146"
GRAYS = ("#9a9a9a", "#7d7d7d", "#5e5e5e", "#3c3c3c", "#111111")  # an edge taken after short to long
EXERCISED = {"penwidth": "2.6", "color": DARK}
NEVER = {"penwidth": "1", "color": "#8a8a8a", "fontcolor": "#5e5e5e", "style": "dotted"}
MOST_LINES = 4  # of options written on one edge
FONT = "DejaVu Sans,Helvetica,Arial,sans-serif"

Pair: TypeAlias = tuple[Any, Any]


def format_of(path: Path | None, stated: str | None) -> str:
    """What to draw: as stated, else by the ending of the file. Raises WrongInput for an unknown ending."""
    if stated is not None:
        return stated
    if path is None:
        return "mermaid"
    if path.suffix not in ENDINGS:
        raise WrongInput(None, f"a graph in {path.name!r}", f"--format, or a name that ends in {listed(ENDINGS)}")
    return ENDINGS[path.suffix]


def drawn(graph: nx.MultiDiGraph, kind: str) -> bytes:
    """The graph as the bytes of a file of this kind (one of FORMATS).

    Raises:
        NotAvailable: svg, png and dot need the extra `graph`.
    """
    match kind:
        case "mermaid":
            return mermaid(graph).encode()
        case "graphml":
            return _graphml(graph)
        case "dot":
            return str(_laid_out(graph).to_string()).encode()
        case _:
            picture: bytes = _laid_out(graph).draw(format=kind, prog="dot")
            return picture


def write(graph: nx.MultiDiGraph, kind: str, path: Path) -> None:
    """Writes the graph. Raises StoreFailed where the file cannot be written."""
    content = drawn(graph, kind)
    try:
        path.write_bytes(content)
    except OSError as fault:
        raise StoreFailed(f"{path} cannot be written: {fault.strerror}") from fault


def on_page(graph: nx.DiGraph) -> str:
    """The graph as SVG for a page that says the rest: no title, on an edge how often it was taken alone, no state never entered.

    Raises:
        NotAvailable: it needs the extra `graph`.
    """
    picture = _laid_out(graph.subgraph([node for node, about in graph.nodes(data=True) if about.get("n") != 0]))
    picture.graph_attr.update(label="", pad="0.05", nodesep="0.15", ranksep="0.3", dpi="72")
    for edge in picture.edges():
        often = (edge.attr["label"] or "").partition("\\l")[0].partition(",")[0].strip()
        edge.attr["label"] = f" {often}" if often else ""
    svg: bytes = picture.draw(format="svg", prog="dot")
    return re.sub(r"<title>.*?</title>", "", svg.decode())


# -- Graphviz


def _laid_out(graph: nx.MultiDiGraph) -> Any:
    try:
        import pygraphviz
    except ImportError as fault:
        raise NotAvailable("svg, png and dot need Graphviz: pip install 'courtsim[graph]'") from fault
    picture = pygraphviz.AGraph(directed=True, strict=False, name=graph.graph["name"])
    picture.graph_attr.update(fontname=FONT, fontsize="20", labelloc="t", labeljust="l", pad="0.3", dpi="110")
    picture.graph_attr.update(nodesep="0.25", ranksep="0.45")
    picture.node_attr.update(shape="box", style="rounded", fontname=FONT, fontsize="14", margin="0.12,0.06")
    picture.edge_attr.update(fontname=FONT, fontsize="11", arrowsize="0.8", color=DARK)
    if graph.is_multigraph():
        _lay_out_tracks(graph, picture)
    elif "opening" in graph:
        _lay_out_forks(graph, picture)
    else:
        _lay_out_evidence(graph, picture)
    return picture


def _lay_out_evidence(graph: nx.DiGraph, picture: Any) -> None:
    picture.graph_attr.update(label=f"{graph.graph['title']}: where the evidence came from\\l", rankdir="TB")
    for node, about in graph.nodes(data=True):
        label = "\n".join(wrap(about["label"], 26))
        if about["exception"]:
            label += f"\n({about['exception']})"
        look = {"shape": "ellipse"} if about["kind"] == "search" else {}
        if about["challenged"]:
            label += "\n(challenged)"
            look |= {"style": "filled", "fillcolor": DARK, "fontcolor": "white"}
        picture.add_node(node, label=label, **look)
    for before, after, about in graph.edges(data=True):
        picture.add_edge(before, after, **({"style": "dashed", "label": " either"} if about["either"] else {}))


def _lay_out_forks(graph: nx.DiGraph, picture: Any) -> None:
    title = "\\l".join([graph.graph["title"], "A case and its forks; worth in dollars, two digits"])
    picture.graph_attr.update(label=f"{title}\\l", rankdir="LR")
    for node, about in graph.nodes(data=True):
        label = "\n".join(wrap(about["label"], 26))
        look = {"shape": "plaintext", "style": ""} if about["kind"] == "left" else {}
        if about["kind"] == "end":
            worth = "".join(f"\n{actor.removeprefix('value.')} {rough(value)}" for actor, value in about["values"].items())
            label += f"\n{about['days']:.0f} days{worth}"
            look = {"peripheries": "2"}
        picture.add_node(node, label=label, **look)
    for before, after, about in graph.edges(data=True):
        label = _words(about["label"].removesuffix("=do").replace("=", ": "))
        picture.add_edge(before, after, label="".join(f" {line} \\l" for line in wrap(label, 28)))


def _lay_out_tracks(graph: nx.MultiDiGraph, picture: Any) -> None:
    tracks = list(dict.fromkeys(about["track"] for _, about in graph.nodes(data=True)))
    alone = len(tracks) == 1
    picture.graph_attr.update(label=_title(graph, tracks), rankdir="TB" if alone else "LR")
    if not alone:  # every track a block of its own, packed into the shape of a page
        picture.graph_attr.update(pack="6", packmode="clust")
    for track in tracks:
        members = [node for node in graph if node[0] == track]
        for node in members:
            picture.add_node(_id(node), **_state(graph.nodes[node]))
        if not alone:
            picture.add_subgraph(
                [_id(node) for node in members], name=f"cluster_{track}", label=_words(track), style="rounded", color="#8a8a8a"
            )
    for (before, after), keys in _pairs(graph).items():
        picture.add_edge(_id(before), _id(after), **_edge(graph, before, after, keys, labeled=alone))


def _title(graph: nx.MultiDiGraph, tracks: list[str]) -> str:
    title = graph.graph["title"] if len(tracks) > 1 else f"{graph.graph['title']}: {_words(tracks[0])}"
    if "cases" in graph.graph:
        title += f"\\l{graph.graph['cases']:,} simulated cases; wider: more often; darker: after longer"
    if "exercised" in graph.graph:
        title += f"\\l{graph.graph['exercised']}"
    return title + "\\l"


def _state(about: dict[str, Any]) -> dict[str, str]:
    label = "\n".join(wrap(about["label"], 22))
    found = {"label": label}
    if about["state"] == ANY:
        return found | {"shape": "plaintext", "style": "", "fontcolor": "#444444"}
    if "per_case" in about:
        found["label"] += f"\n{_per_case(about['per_case'])}" + (f", {_days(about['days'])}" if about["days"] else "")
    if about["start"]:
        found |= {"penwidth": "2.5"}
    if about["final"]:
        found |= {"peripheries": "2"}
    if about["convicted"]:
        found |= {"style": "rounded,filled", "fillcolor": DARK, "fontcolor": "white"}
    elif about["final"] or about["disposes"]:
        found |= {"style": "rounded,filled", "fillcolor": "#e9e9e9"}
    if about.get("n") == 0:
        found |= {"color": "#b5b5b5", "fontcolor": "#8a8a8a", "style": "rounded,dashed", "fillcolor": "white"}
    return found


def _edge(graph: nx.MultiDiGraph, before: Any, after: Any, keys: list[str], labeled: bool) -> dict[str, str]:
    edges = [graph.edges[before, after, key] for key in keys]
    found: dict[str, str] = {}
    if all(edge["by"] == CLOCK for edge in edges):
        found["style"] = "dashed"
    lines = [f"{_words(edge['step'])}{_option(edge)} ({edge['by'].replace('_', ' ')}){_never(edge)}" for edge in edges]
    if "exercised" in graph.graph:
        found |= EXERCISED if any(edge["n"] for edge in edges) else NEVER
    if "cases" in graph.graph:
        n = sum(edge["n"] for edge in edges)
        per_case = sum(edge["per_case"] for edge in edges)
        days = sum(edge["n"] * edge["days"] for edge in edges) / n
        found |= {"penwidth": f"{0.8 + 6.2 * min(1.0, per_case):.2f}", "color": _gray(days), "arrowsize": "0.7"}
        lines = [f"{_per_case(per_case)}, {_days(days)}", *lines]
    if labeled:
        shown = lines if len(lines) <= MOST_LINES + 1 else [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more"]
        found["label"] = "".join(f" {part}\\l" for line in shown for part in wrap(line, 34))
    elif "cases" in graph.graph:
        found["label"] = f" {_per_case(per_case)}"
    return found


def _option(edge: dict[str, Any]) -> str:
    return "" if edge["option"] == "do" else f": {_words(edge['option'])}"


def _never(edge: dict[str, Any]) -> str:
    return ": never" if edge.get("n") == 0 else ""


def _gray(days: float) -> str:
    """Under a day, a week, a month, four months, longer."""
    return GRAYS[sum(days >= bound for bound in (1, 7, 30, 120))]


def _per_case(n: float) -> str:
    if 0 < n < 0.005:
        return "<1%"
    return f"{n:.0%}" if n <= 1 else f"{n:.2f} a case"


def _days(days: float) -> str:
    return f"{days:.2g} days" if days < 10 else f"{days:.0f} days"


def _pairs(graph: nx.MultiDiGraph) -> dict[Pair, list[str]]:
    found: dict[Pair, list[str]] = {}
    for before, after, key in graph.edges(keys=True):
        found.setdefault((before, after), []).append(key)
    return found


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def node_name(node: Any) -> str:
    """As tables and JSON name it: `track.state`; a search or an item by its id."""
    return ".".join(node) if isinstance(node, tuple) else str(node)


def _id(node: tuple[str, str]) -> str:
    return re.sub(r"\W", "_", f"{node[0]}__{'any' if node[1] == ANY else node[1]}")


# -- text


def mermaid(graph: nx.MultiDiGraph) -> str:
    """The graph as a Mermaid diagram, for pages that draw it themselves; of tracks a composite state for each."""
    if graph.is_multigraph():
        return _states(graph)
    return _courses(graph) if "opening" in graph else _origins(graph)


def _courses(graph: nx.DiGraph) -> str:
    number = {node: f"n{n}" for n, node in enumerate(graph)}
    lines = ["flowchart LR"]
    for node, about in graph.nodes(data=True):
        lines.append(f'  {number[node]}["{about["label"]}"]')
    for before, after, about in graph.edges(data=True):
        lines.append(f"  {number[before]} -->{'|' + about['label'] + '|' if about['label'] else ''} {number[after]}")
    return "\n".join(lines) + "\n"


def _origins(graph: nx.DiGraph) -> str:
    lines = ["flowchart TD"]
    for node, about in graph.nodes(data=True):
        words = " ".join(filter(None, [about["label"], "(challenged)" if about["challenged"] else "", about["exception"]]))
        label = words.replace('"', "'")
        lines.append(f'  {node}(["{label}"])' if about["kind"] == "search" else f'  {node}["{label}"]')
    lines += [f"  {a} {'-. either .->' if about['either'] else '-->'} {b}" for a, b, about in graph.edges(data=True)]
    return "\n".join(lines) + "\n"


def _states(graph: nx.MultiDiGraph) -> str:
    lines = ["stateDiagram-v2"]
    pairs = _pairs(graph)
    for track in dict.fromkeys(node[0] for node in graph):
        lines.append(f'  state "{_words(track)}" as {track} {{')
        for node, about in graph.nodes(data=True):
            if node[0] == track:
                label = about["label"].replace('"', "'").replace(":", " -")
                lines.append(f'    state "{label}" as {_id(node)}')
                lines += [f"    [*] --> {_id(node)}"] if about["start"] else []
                lines += [f"    {_id(node)} --> [*]"] if about["final"] else []
        for (before, after), keys in pairs.items():
            if after[0] == track:
                options = ", ".join(_words(key.removesuffix(".do")) for key in keys)
                lines.append(f"    {_id(before)} --> {_id(after)} : {options}")
        lines.append("  }")
    return "\n".join(lines) + "\n"


def _graphml(graph: nx.MultiDiGraph) -> bytes:
    import io

    import networkx as nx

    plain = nx.relabel_nodes(graph, node_name)
    out = io.BytesIO()
    nx.write_graphml(plain, out, named_key_ids=True)
    return out.getvalue()
