"""The command line: parse, call a verb, show. Each subject has a module; here they come together."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import click

from courtsim.cli import (
    answering,
    checking,
    courthouse,
    crowd,
    exporting,
    forking,
    playing,
    reading,
    reporting,
    simulating,
    stored,
    testing,
)
from courtsim.errors import CourtsimError
from courtsim.version import __version__

COMMANDS = (
    *(simulating.run, simulating.what_if, simulating.compare, simulating.sweep),
    *(answering.solve, answering.advise, answering.sensitivity, answering.audit),
    *(playing.play, playing.class_),
    *(courthouse.caseload, courthouse.rank, crowd.deterrence),
    *(stored.docket, stored.runs),
    *(forking.fork, forking.forks, forking.diff),
    *(checking.check, checking.conform, checking.reform),
    *(testing.test, testing.coverage, testing.paths),
    *(exporting.graph, exporting.export, reporting.report),
    *(reading.list_, reading.show, reading.new, reading.explain, reading.schema),
)


class _Courtsim(click.Group):
    """Shows our errors as one line and gives them their exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CourtsimError as fault:
            click.echo(f"Error: {fault}", err=True)
            ctx.exit(fault.exit_code)


@click.group(cls=_Courtsim, invoke_without_command=True)
@click.version_option(__version__, prog_name="courtsim")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Simulates court proceedings. For example: courtsim run two-track"""
    if ctx.invoked_subcommand is None:
        click.echo(files("courtsim.cli").joinpath("try.txt").read_text(encoding="utf-8"), nl=False)


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """The installed command."""
    cli(prog_name="courtsim")
