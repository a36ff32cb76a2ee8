"""The command that asks what could ever happen: check."""

from __future__ import annotations

import sys
from typing import Any

import click

from courtsim.cli.options import inputs
from courtsim.cli.output import print_json, warn
from courtsim.version import __version__


@click.command()
@click.argument("file")
@click.option("--without", multiple=True, metavar="STEP", help="Leave a step out: a catch-all hides dead ends.")
@click.option("--most-states", type=click.IntRange(min=1), help="List states one by one and give up beyond so many.")
@click.option("--citations", is_flag=True, help="Also read every citation of a case with eyecite; warn of malformed ones.")
@click.option(
    "--engine", type=click.Choice(["auto", "explicit", "symbolic"]), default="auto", show_default=True, help="How to search."
)
@inputs
def check(
    file: str,
    without: tuple[str, ...],
    most_states: int | None,
    engine: Any,
    citations: bool,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """What could ever happen under FILE, in any order, for example: courtsim check two-track-example

    Exit code 1 where there is a dead end or a broken invariant, or where the search did not finish.
    """
    import msgspec

    import courtsim
    from courtsim.files.load import load_any
    from courtsim.scenario.facts import Scenario

    subject = load_any(file, variant=variant, sets=sets)
    warn(subject.warnings)
    if citations:
        warn(courtsim.citations(file))
    if sys.stderr.isatty():
        click.echo("searching; a large law takes a minute", err=True)
    found = courtsim.check(subject, without=without, most_states=most_states, engine=engine)
    if as_json:
        procedure = subject.procedure if isinstance(subject, Scenario) else subject
        name = subject.name if isinstance(subject, Scenario) else None
        digest = subject.digest if isinstance(subject, Scenario) else None
        heads = {"scenario": name, "procedure": procedure.name, "seed": None, "version": __version__, "digest": digest}
        print_json(heads | msgspec.to_builtins(found))
    else:
        from courtsim.reports import sheets

        sheets.show(sheets.found_out(subject.name, found))
    if not found.ok:
        sys.exit(1)
