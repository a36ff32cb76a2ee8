"""Commands about the law itself: check, conform, reform."""

from __future__ import annotations

import sys
from typing import Any

import click

from courtsim.cli.options import inputs
from courtsim.cli.output import counted, print_json, warn
from courtsim.verbs import SEED
from courtsim.version import __version__


@click.command()
@click.argument("file")
@click.option("--without", multiple=True, metavar="STEP", help="Leave a step out: a catch-all hides dead ends.")
@click.option("--most-states", type=click.IntRange(min=1), help="List states one by one and give up beyond so many.")
@click.option("--advice", is_flag=True, help="Also what is lawful and yet absurd: law that never matters, options worth nothing.")
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
    advice: bool,
    citations: bool,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """What could ever happen under FILE, in any order, for example: courtsim check two-track-example

    Exit code 1 where there is a dead end or a broken invariant, or where the search did not finish.
    With --advice also what is lawful and yet absurd, options in cases of up to 20,000 states; that changes no exit code, and what
    could not be decided is said.
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
    told = None
    if advice:
        told = courtsim.misgivings(file, variant=variant, sets=sets, without=without, most_states=most_states, engine=engine)
        found = told.found
    else:
        found = courtsim.check(subject, without=without, most_states=most_states, engine=engine)
    if as_json:
        procedure = subject.procedure if isinstance(subject, Scenario) else subject
        name = subject.name if isinstance(subject, Scenario) else None
        digest = subject.digest if isinstance(subject, Scenario) else None
        heads = {"scenario": name, "procedure": procedure.name, "seed": None, "version": __version__, "digest": digest}
        said = {"misgivings": told.misgivings, "undecided": told.undecided} if told is not None else {}
        print_json(heads | msgspec.to_builtins(found) | msgspec.to_builtins(said))
    else:
        from courtsim.reports import sheets

        sheets.show(sheets.found_out(subject.name, found))
        if told is not None:
            sheets.show(sheets.advice(told))
    if not found.ok:
        sys.exit(1)


@click.command()
@click.argument("log", type=click.Path())
@click.option("--procedure", metavar="NAME", help="The law, where no scenario is named: any facts, any offers.")
@click.option("--scenario", metavar="NAME", help="The case: its facts, offers, calendar and first day, and its procedure.")
@click.option("--calendar", metavar="BASE", help="With --procedure: on which days the court sits, as US-FL or IT; else on all.")
@click.option("--map", "maps", multiple=True, metavar="EVENT=STEP", help="What a name of LOG is: STEP, STEP.OPTION or nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def conform(
    log: str, procedure: str | None, scenario: str | None, calendar: str | None, maps: tuple[str, ...], as_json: bool
) -> None:
    """Whether the docket LOG keeps to the law, for example: courtsim conform docket.csv --procedure traffic-fine-italy

    LOG is a .csv (columns date, and event or step and option; case, for several) or .xes file. Exit code 1 where a case has an
    unlawful or late event, or one on a day without court where the law asks for a court day.
    """
    from courtsim.analysis.conform import conform as retrace
    from courtsim.analysis.conform import plain
    from courtsim.files.load import load, load_procedure
    from courtsim.files.logs import calendar_of, read_log
    from courtsim.reports import conformed, sheets

    if scenario is None and procedure is None:
        raise click.UsageError("name the law or the case: --procedure NAME or --scenario NAME")
    if scenario is not None and calendar is not None:
        raise click.UsageError("--calendar goes with --procedure; a scenario has its own")
    subject = load(scenario) if scenario is not None else load_procedure(str(procedure))
    law = getattr(subject, "procedure", subject)
    if procedure is not None and law.name != procedure and load_procedure(procedure).name != law.name:
        raise click.UsageError(f"{scenario} is a case under {law.name}, not under {procedure}")
    mapped = dict(_mapping(each) for each in maps)
    days = calendar_of(calendar) if calendar is not None else None
    traces = read_log(log)
    with counted(len(traces), "retracing", 200) as progress:
        found = retrace(log, traces, subject, mapped=mapped, calendar=days, progress=progress)
    if as_json:
        print_json(plain(found))
    else:
        sheets.show(conformed.conformance(found))
    if not found.ok:
        sys.exit(1)


def _mapping(given: str) -> tuple[str, str]:
    name, sign, to = given.rpartition("=")
    if not sign or not name:
        raise click.UsageError(f"--map {given}: expected EVENT=STEP, EVENT=STEP.OPTION or, to leave its lines out, EVENT=")
    return name.strip(), to.strip()


@click.command()
@click.argument("before")
@click.argument("after")
@click.option("--scenario", metavar="NAME", help="Run it under both, the same luck; without one, the law alone is compared.")
@click.option("--cases", type=click.IntRange(min=2), default=2000, show_default=True, help="How many pairs.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@inputs
def reform(
    before: str,
    after: str,
    scenario: str | None,
    cases: int,
    seed: int,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """The difference in law, for example: courtsim reform florida-county-misdemeanor florida-county-misdemeanor-2025

    BEFORE and AFTER are procedures. First what AFTER adds, removes or changes, with citations; with --scenario, what that does to
    outcomes.
    """
    import courtsim
    from courtsim.analysis.reform import plain_reform
    from courtsim.reports import reformed, sheets

    if scenario is None and (variant or sets):
        raise click.UsageError("--variant and --set change a scenario: name one with --scenario")
    with counted(2 * cases if scenario else 0) as progress:
        found = courtsim.reform(
            before, after, scenario=scenario, variant=variant, sets=sets, cases=cases, seed=seed, progress=progress
        )
    if as_json:
        print_json(plain_reform(found))
    else:
        sheets.show(reformed.reform(found))
