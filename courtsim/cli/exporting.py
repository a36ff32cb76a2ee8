"""Commands that hand on: graph, export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from courtsim.cli.options import stored
from courtsim.cli.output import counted, print_json, warn

FORMATS = ("svg", "png", "dot", "mermaid", "graphml")
KINDS = ("xes", "ocel", "csv", "parquet", "json")


@click.command()
@click.argument("name", required=False)
@click.option("--track", "tracks", multiple=True, metavar="TRACK", help="Only this track; any number of times.")
@click.option("--evidence", is_flag=True, help="Instead: where each item of evidence came from.")
@click.option("--run", "run_id", metavar="RUN", help="What happened in a stored run: how often and after how long.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A .svg, .png, .dot, .mmd or .graphml file.")
@click.option("--format", "kind", type=click.Choice(FORMATS), help="Else by the name of the file; without one, mermaid text.")
@stored
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def graph(
    name: str | None,
    tracks: tuple[str, ...],
    evidence: bool,
    run_id: str | None,
    out: Path | None,
    kind: str | None,
    as_json: bool,
) -> None:
    """The states of NAME and what moves between them, for example: courtsim graph two-track --track plea --out plea.svg

    NAME is a procedure or a scenario; with --run it may be left out. Without --track, all tracks as an overview.
    """
    import networkx as nx

    from courtsim.reports import graphs

    if name is None and run_id is None:
        raise click.UsageError("name a procedure or scenario, or a stored run: --run last")
    if kind in ("svg", "png") and out is None:
        raise click.UsageError(f"{kind} goes into a file: --out NAME.{kind}")
    kind = graphs.format_of(out, kind)
    found: Any = _evidence(name, run_id) if evidence else _tracks(name, tracks, run_id)
    if as_json:
        print_json(nx.node_link_data(nx.relabel_nodes(found, graphs.node_name), edges="edges"))
    elif out is None:
        click.echo(graphs.drawn(found, kind).decode(), nl=False)
    if out is not None:
        graphs.write(found, kind, out)
        click.echo(f"{out}: {found.number_of_nodes()} states, {found.number_of_edges()} moves", err=True)


def _tracks(name: str | None, tracks: tuple[str, ...], run_id: str | None) -> Any:
    import courtsim
    from courtsim.files.load import load_any

    if run_id is None:
        assert name is not None
        subject = load_any(name)
        warn(subject.warnings)
        return courtsim.graph(subject, tracks=tracks)
    streams = courtsim.streams(run_id)
    if name is not None and name not in (streams.scenario.name, streams.scenario.procedure.name):
        raise click.UsageError(f"run {streams.run} is of {streams.scenario.name}, not of {name}")
    with counted(streams.number, "reading", 500) as progress:
        cases = progressing(streams.cases, progress)
        return courtsim.graph(streams.scenario, tracks=tracks, cases=cases)


def _evidence(name: str | None, run_id: str | None) -> Any:
    import courtsim

    return courtsim.evidence(courtsim.streams(run_id).scenario if run_id is not None else str(name))


def progressing(cases: Any, progress: Any) -> Any:
    for events in cases:
        yield events
        if progress is not None:
            progress(1)


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--format", "kind", type=click.Choice(KINDS), required=True, help="Of the file.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Its name; default: the run's id and its ending.")
@stored
def export(run_id: str, kind: str, out: Path | None) -> None:
    """The events of every case of a stored RUN as a file, for example: courtsim export last --format xes

    xes and ocel for process mining, csv and parquet as tables (a row an event), json as `run --json` shows events.
    """
    import courtsim
    from courtsim.reports.export import ENDINGS

    streams = courtsim.streams(run_id)
    path = out or Path(streams.run + ENDINGS[kind])
    with counted(streams.number, "writing", 500) as progress:
        courtsim.export(streams.run, kind, path, progress=progress)
    click.echo(f"{path}: {streams.number:,} cases of {streams.scenario.name}")
