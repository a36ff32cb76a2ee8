"""Commands that find, read, start and validate files: list, show, new, explain, schema."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Literal

import click

from courtsim.cli.options import inputs
from courtsim.cli.output import print_json, warn


@click.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def list_(as_json: bool) -> None:
    """The procedures and scenarios that come with the program, for example: courtsim list"""
    from courtsim.files.load import list_shipped

    shipped = list_shipped()
    if as_json:
        print_json({"shipped": [{"kind": s.kind, "name": s.name, "title": s.title} for s in shipped]})
        return
    click.echo("What comes with courtsim; a path of your own works wherever a name does.\n")
    for found in shipped:
        click.echo(f"  {found.kind:<10} {found.name:<34} {found.title}")


@click.command()
@click.argument("name")
@click.option("--law", is_flag=True, help="The law as an outline: steps, options, rules, open doctrine.")
@click.option("--sources", is_flag=True, help="Where numbers come from: read, recalled or assumed.")
@inputs
def show(name: str, law: bool, sources: bool, as_json: bool, variant: str | None, sets: tuple[str, ...]) -> None:
    """The effective values of a scenario and where each came from, for example: courtsim show two-track

    Of a procedure, or with --law, the law as an outline.
    """
    import msgspec

    import courtsim
    from courtsim.files.load import load_any
    from courtsim.reports import sheets, shown
    from courtsim.scenario.facts import Scenario

    subject = load_any(name, variant=variant, sets=sets)
    warn(subject.warnings)
    scenario = subject if isinstance(subject, Scenario) else None
    if sources:
        found = dict(subject.sources) if scenario is None else {**scenario.procedure.sources, **scenario.sources}
        if as_json:
            print_json({"name": subject.name, "sources": msgspec.to_builtins(found)})
        else:
            sheets.show(shown.sources(subject.name, found))
    elif law or scenario is None:
        outline = courtsim.show_law(name, variant=variant, sets=sets)
        if as_json:
            print_json(msgspec.to_builtins(outline))
        else:
            sheets.show(shown.law(outline))
    else:
        values = courtsim.show(name, variant=variant, sets=sets)
        if as_json:
            print_json({"scenario": scenario.name, "procedure": scenario.procedure.name, "values": msgspec.to_builtins(values)})
        else:
            sheets.show(shown.values(scenario, values))


@click.command()
@click.argument("kind", type=click.Choice(["scenario", "procedure"]))
@click.argument("file", type=click.Path(path_type=Path))
def new(kind: Literal["scenario", "procedure"], file: Path) -> None:
    """Write a commented starter of one KIND into FILE, for example: courtsim new scenario my.yaml"""
    import courtsim

    courtsim.new(kind, file)
    verb = "run" if kind == "scenario" else "check"
    click.echo(f"{file} is a {kind} that works: edit it, and try courtsim {verb} {file}")


@click.command()
@click.argument("term", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def explain(term: tuple[str, ...], as_json: bool) -> None:
    """A TERM of the law, for example: courtsim explain nolle prosequi"""
    import courtsim

    found = courtsim.explain(" ".join(term))
    if as_json:
        print_json({"term": " ".join(term), "explanations": found})
        return
    for explanation in dict.fromkeys(found.values()):  # a procedure that extends another has its words too
        procedures = ", ".join(name for name, said in found.items() if said == explanation)
        click.echo(fill(f"{explanation} ({procedures})", 80, break_on_hyphens=False))  # a name stays in one piece


@click.command()
@click.argument("kind", type=click.Choice(["procedure", "scenario"]))
def schema(kind: Literal["procedure", "scenario"]) -> None:
    """The JSON Schema of one KIND of file, for editors, for example: courtsim schema scenario"""
    from courtsim.files.schema import schema as described

    print_json(described(kind))
