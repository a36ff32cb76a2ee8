"""Commands that test a law and its files: test, coverage, paths."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from courtsim.cli.exporting import progressing
from courtsim.cli.output import counted, print_json


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def test(files: tuple[str, ...], as_json: bool) -> None:
    """Do scenarios do what their FILE... expect, for example: courtsim test two-track small-example

    Runs every entry of `expect` and says of each what was found. Exit code 1 where one does not hold.
    """
    import msgspec

    import courtsim
    from courtsim.reports import sheets, tested

    told: list[dict[str, object]] = []
    failed = number = 0
    for file in files:
        found = []
        for entry in courtsim.expectations(file):
            found.append(entry)
            number += 1
            failed += not entry.holds
            if not as_json:
                sheets.show(tested.entry(entry.where, entry.given, entry.findings))
        told.append({"file": file, "expectations": [{**msgspec.to_builtins(e), "holds": e.holds} for e in found]})
        if not found and not as_json:
            click.echo(f"{file} expects nothing")
    if as_json:
        print_json({"files": told, "expectations": number, "failed": failed})
    else:
        click.echo(tested.summary(number, failed))
    if failed:
        sys.exit(1)


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--procedure", metavar="LAW", help="The law of games, where it is not a shipped one.")
@click.option("--track", "tracks", multiple=True, metavar="TRACK", help="Paint only this track; any number of times.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Paint it on the graph: .svg, .png, .dot.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def coverage(sources: tuple[str, ...], procedure: str | None, tracks: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Which law the cases of SOURCE... have exercised, and which not, for example: courtsim coverage two-track --out law.svg

    A SOURCE is a scenario (what its `expect` exercises; an expected number or date counts as 200 cases at central timing), a
    stored run (`last`), or a .json file of a game or of `run --json`. All of one procedure.
    """
    import msgspec

    import courtsim
    from courtsim.reports import graphs, sheets, tested

    kind = graphs.format_of(out, None) if out is not None else ""
    law = courtsim.load_procedure(procedure) if procedure is not None else None
    found = [courtsim.exercise(source, law) for source in sources]
    with counted(501, "reading", 500) as progress:
        covered = courtsim.coverage(*(courtsim.Exercise(e.procedure, e.what, progressing(e.cases, progress)) for e in found))
    if as_json:
        print_json({"sources": [e.what for e in found], **msgspec.to_builtins(covered), "missing": list(covered.missing)})
    else:
        sheets.show(tested.covered(found[0].procedure.title, [e.what for e in found], covered))
    if out is not None:
        graphs.write(courtsim.painted(found[0].procedure, covered, tracks=tracks), kind, out)
        click.echo(f"{out}: what was exercised of {covered.procedure}", err=True)


@click.command()
@click.argument("file")
@click.option("--covered-by", "sources", multiple=True, metavar="SOURCE", help="Leave out what this exercises: see coverage.")
@click.option(
    "--as", "form", type=click.Choice(["follow", "example", "script"]), default="follow", show_default=True, help="What to write."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def paths(file: str, sources: tuple[str, ...], form: Literal["follow", "example", "script"], as_json: bool) -> None:
    """The fewest timelines that take every option of FILE, for example: courtsim paths two-track --covered-by two-track

    `follow` and `example` are lines of Python for courtsim.testing; `script` makes scenario files out of a scenario. Exit code 1
    where some option is left to which no way was found although there may be one.
    """
    import msgspec

    import courtsim
    from courtsim.files.load import load_any
    from courtsim.reports import tested
    from courtsim.scenario.facts import Scenario

    subject = load_any(file)
    if form == "script" and not isinstance(subject, Scenario):
        raise click.UsageError("a bare procedure has no days: name a scenario, or --as follow")
    covered = courtsim.coverage(*sources) if sources else None
    taken = [name for name, times in covered.options.items() if times] if covered is not None else []
    with counted(5_001, "walking") as progress:
        found = courtsim.paths(subject, covered=taken, progress=progress)
    if as_json:
        name = {"scenario": subject.name} if isinstance(subject, Scenario) else {"procedure": subject.name}
        print_json(name | msgspec.to_builtins(found))
    else:
        click.echo(tested.timelines(file, subject, found, form))
    if found.left and not found.complete:
        sys.exit(1)
