"""The command that hands out a page: report."""

from __future__ import annotations

from pathlib import Path

import click

from courtsim.cli.options import inputs, within
from courtsim.cli.output import print_json, staged, warn
from courtsim.verbs import SEED
from courtsim.verbs.reporting import Format


@click.command()
@click.argument("scenario")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to; else SCENARIO-report.html."
)
@click.option("--format", "form", type=click.Choice(["html", "pdf", "md", "docx"]), help="Else as the file's name ends.")
@click.option("--cases", type=click.IntRange(min=2), default=2000, show_default=True, help="Cases sampled, of each option too.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the sampled cases.")
@click.option("--measure", default="convicted", show_default=True, help="What the tornado moves: a disposition, days, ...")
@click.option("--at", metavar="STEP", help="The step whose options are compared; else where an offer is answered.")
@click.option("--break-even", metavar="PATH", help="The number of the break-even curve; else the one that turns the choice.")
@within(1e-3)
@inputs
def report(
    scenario: str,
    out: Path | None,
    form: Format | None,
    cases: int,
    seed: int,
    measure: str,
    at: str | None,
    break_even: str | None,
    within: float,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """One self-contained page on SCENARIO to hand out, for example: courtsim report two-track --out page.html

    The case in words, exact outcomes, one choice and what it is worth, what moves the answer, how long it takes, where
    every number comes from, methods, and the line that makes it again. Minutes for a whole procedure; coarser is faster:
    --within 0.01 --cases 500.
    """
    import courtsim
    from courtsim.reports.page import writers

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    warn(loaded.warnings)
    path = out or (None if as_json else Path(f"{loaded.name}-report.{form or 'html'}"))
    writers.ready(path or Path("page.html"), form)
    with staged() as progress:
        found = courtsim.report(
            scenario,
            variant=variant,
            sets=sets,
            cases=cases,
            seed=seed,
            within=within,
            measure=measure,
            at=at,
            break_even=break_even,
            progress=progress,
        )
    if path is not None:
        writers.write(found, path, form)
    if as_json:
        print_json(writers.plain(found))
        return
    click.echo(f"Written to {path}: {found.scenario.title} (run {found.sampled.id})")
