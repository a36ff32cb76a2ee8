"""What commands print beside their answer: warnings, progress; and the answer as one JSON object."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

WARNINGS = 3  # shown of a file; a long list hides the answer


@contextmanager
def followed() -> Iterator[Callable[[float], None] | None]:
    """On a terminal, how much of the probability has come to its end."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1000, label="solving", file=sys.stderr) as bar:

        def reached(share: float) -> None:
            bar.update(int(1000 * share) - bar.pos)

        yield reached


@contextmanager
def counted(cases: int, label: str = "simulating", many: int = 5_000) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on a terminal, for so many cases that one is missed."""
    if cases < many or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=cases, label=label, file=sys.stderr) as bar:
        yield bar.update


@contextmanager
def staged() -> Iterator[Callable[[str], None] | None]:
    """On a terminal, what is being computed, each on a line of its own with how long it took."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status("loading") as shown:
        since = time.monotonic()

        def begun(what: str) -> None:
            nonlocal since
            console.print(f"{shown.status} ({time.monotonic() - since:.0f} s)", style="dim")
            since = time.monotonic()
            shown.update(what)

        yield begun


def warn(warnings: Sequence[str]) -> None:
    """The first warnings of a file on standard error; of the rest, how many there are."""
    for warning in warnings[:WARNINGS]:
        click.echo(f"Warning: {warning}", err=True)
    if len(warnings) > WARNINGS:
        click.echo(f"Warning: and {len(warnings) - WARNINGS} more", err=True)


def print_json(plain: dict[str, Any]) -> None:
    click.echo(json.dumps(plain, ensure_ascii=False))
