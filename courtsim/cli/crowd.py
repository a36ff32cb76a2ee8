"""The command for a crowd that watches a court: deterrence."""

from __future__ import annotations

from pathlib import Path

import click

from courtsim.cli.courthouse import lived
from courtsim.cli.options import charted, inputs
from courtsim.cli.output import print_json, warn
from courtsim.verbs import SEED


@click.command()
@click.argument("scenario")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@click.option("--replications", type=click.IntRange(min=2), help="Instead of what the scenario says.")
@click.option(
    "--against",
    multiple=True,
    metavar="CHANGE",
    help="Also this run under the same luck: a variant, or PATH=VALUE. Any number of times, each a run of its own.",
)
@click.option("--sensitivity", is_flag=True, help="Also move every number of the crowd to the ends of its range.")
@charted
@inputs
def deterrence(
    scenario: str,
    seed: int,
    replications: int | None,
    against: tuple[str, ...],
    sensitivity: bool,
    chart: Path | None,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """A crowd that reads of SCENARIO's court: a model of perception, for example: courtsim deterrence canary --replications 3"""
    import courtsim
    from courtsim.analysis import deterrence as crowd

    with lived() as progress:
        found = courtsim.deterrence(
            scenario,
            against=against,
            variant=variant,
            sets=sets,
            seed=seed,
            replications=replications,
            sensitivity=sensitivity,
            progress=progress,
        )
    warn(found.scenario.warnings)
    if chart is not None:
        from courtsim.reports import charts
        from courtsim.reports.crowd import crowd as drawn

        charts.write(drawn(found), chart)
    if as_json:
        print_json(crowd.plain(found))
        return
    from courtsim.reports import deterrence as told
    from courtsim.reports import sheets

    sheets.show(told.deterrence(found))
