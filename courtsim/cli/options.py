"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def inputs(command: F) -> F:
    """The options of every command that computes."""
    command = click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")(command)
    command = click.option("--variant", help="A variant of the scenario, by name.")(command)
    change = "Change a value of the scenario, as findings.suppression.minimized=true. Any number of times."
    return click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help=change)(command)


def chart_file(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Refuses a name that asks for no known kind before anything is computed."""
    if path is not None:
        from courtsim.reports.charts import kind_of

        kind_of(path)
    return path


def _open(context: click.Context, _parameter: click.Parameter, url: str | None) -> None:
    """Everything below the command reads and writes the store that was named."""
    if url is not None:
        from courtsim.store.places import stored_at

        context.with_resource(stored_at(url))


stored = click.option(
    "--store",
    metavar="URL",
    callback=_open,
    expose_value=False,
    help="A file, or postgresql://user@host/name (extra `postgres`); else COURTSIM_STORE, else a file of your own.",
)


def within(default: float) -> Callable[[F], F]:
    """How much probability an exact answer may leave."""
    kind = click.FloatRange(0, 0.1, min_open=True)
    return click.option("--within", type=kind, default=default, show_default=True, help="Probability that may be left.")


charted = click.option(
    "--chart",
    type=click.Path(path_type=Path),
    callback=chart_file,
    help="Also draw it: a .png, .svg or .html file (extra `charts`).",
)

which_engine = click.option(
    "--engine",
    type=click.Choice(["auto", "simulate", "sample"]),
    default="auto",
    show_default=True,
    help="The reference, or the compiled one for very many cases; the cases are the same.",
)
