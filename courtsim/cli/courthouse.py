"""The commands for many cases before one court: caseload, rank."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from courtsim.cli.options import charted, inputs
from courtsim.cli.output import print_json, warn
from courtsim.verbs import SEED

if TYPE_CHECKING:
    from courtsim.analysis.ranking import Only


@click.command()
@click.argument("scenario")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@click.option("--replications", type=click.IntRange(min=2), help="Exactly so many, instead of what the scenario says.")
@click.option(
    "--against",
    multiple=True,
    metavar="CHANGE",
    help="Also another court under the same luck: a variant, or PATH=VALUE as resources.judge.capacity=2. Any number of times.",
)
@charted
@inputs
def caseload(
    scenario: str,
    seed: int,
    replications: int | None,
    against: tuple[str, ...],
    chart: Path | None,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """Years of SCENARIO's court, judges and rooms limited, for example: courtsim caseload county-2019 --replications 3"""
    import courtsim
    from courtsim.analysis import caseload as court

    named = [change for change in against if "=" not in change]
    if len(named) > 1 or (named and variant):
        raise click.UsageError("one variant at a time: --against takes one name, and any number of PATH=VALUE")
    with lived() as progress:
        found = courtsim.caseload(scenario, variant=variant, sets=sets, seed=seed, replications=replications, progress=progress)
    warn(found.scenario.warnings)
    changed = None
    if against:
        with lived() as progress:
            changed = courtsim.caseload(
                scenario,
                variant=named[0] if named else variant,
                sets=(*sets, *(change for change in against if "=" in change)),
                seed=seed,
                replications=len(found.replications),
                warm_up_days=found.warm_up_days,
                progress=progress,
            )
    moved = court.differences(found, changed) if changed is not None else {}
    if chart is not None:
        from courtsim.reports import charts
        from courtsim.reports.courthouse import courthouse

        charts.write(courthouse(changed or found, " and ".join(against)), chart)
    if as_json:
        one = court.plain(found)
        extra = {"against": court.plain(changed), "differences": court.nested(moved)} if changed is not None else {}
        print_json(one | extra)
        return
    from courtsim.reports import caseload as told
    from courtsim.reports import sheets

    sheets.show(told.caseload(found) if changed is None else told.against(found, changed, moved, " and ".join(against)))


@click.command()
@click.argument("scenario")
@click.argument("changes", nargs=-1, required=True, metavar="CHANGE...")
@click.option("--by", default="days_to_disposition", show_default=True, help="A figure of `caseload`, as pending or wait.judge.")
@click.option("--delta", type=float, required=True, help="The least difference that matters: days, cases, or a share of 1.")
@click.option("--error", type=float, default=0.05, show_default=True, help="The chance that the order may be wrong.")
@click.option("--only", type=click.Choice(["least", "greatest"]), help="Which is first, and no more: fewer replications.")
@click.option("--at-most", type=int, default=200, show_default=True, help="Replications of each court.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change a value in all of them. Any number of times.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
@charted
def rank(
    scenario: str,
    changes: tuple[str, ...],
    by: str,
    delta: float,
    error: float,
    only: Only | None,
    at_most: int,
    seed: int,
    sets: tuple[str, ...],
    as_json: bool,
    chart: Path | None,
) -> None:
    """SCENARIO's court and others made of it, in the order of a figure, with a stated chance of error.

    A CHANGE is a variant, or PATH=VALUE, for example: courtsim rank county-2019 no-diversion second-judge --delta 5
    """
    import courtsim
    from courtsim.analysis import ranking

    with lived() as progress:
        found = courtsim.rank(
            scenario,
            changes,
            by=by,
            delta=delta,
            error=error,
            only=only,
            at_most=at_most,
            sets=sets,
            seed=seed,
            progress=progress,
        )
    warn(found.scenario.warnings)
    if chart is not None:
        from courtsim.reports import charts
        from courtsim.reports.ranked import ranking as drawn

        charts.write(drawn(found), chart)
    if as_json:
        print_json(ranking.plain(found))
        return
    from courtsim.reports import sheets
    from courtsim.reports.ranked import ranked

    sheets.show(ranked(found))


@contextmanager
def lived() -> Iterator[Callable[[int], None] | None]:
    """On a terminal, how many times the years have been lived; how many it will be only the figures know."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    done = 0
    with Console(stderr=True, highlight=False).status("replication 1") as shown:

        def count(n: int) -> None:
            nonlocal done
            done += n
            shown.update(f"replication {done + 1}")

        yield count
