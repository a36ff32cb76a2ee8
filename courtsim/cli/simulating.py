"""Commands that run cases: run, what-if, compare, sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from courtsim.cli.options import inputs, stored, which_engine
from courtsim.cli.output import counted, print_json, warn
from courtsim.verbs import SEED

if TYPE_CHECKING:
    from courtsim.case.history import History
    from courtsim.engines.run import Run
    from courtsim.engines.sampled import Sampled
    from courtsim.scenario.facts import Scenario


@click.command()
@click.argument("scenario")
@click.option("--cases", type=click.IntRange(min=1), default=1, show_default=True, help="How many cases.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@click.option("--timing", type=click.Choice(["drawn", "central"]), default="drawn", show_default=True, help="Delays.")
@click.option("--why", is_flag=True, help="Of one case: all that lies behind each event, and the least that would turn it.")
@click.option("--record", is_flag=True, help="Keep the events of all cases as they come, not of one alone.")
@which_engine
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that share the cases.")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler whose workers walk the cases, as tcp://host:8786.")
@stored
@inputs
def run(
    scenario: str,
    cases: int,
    seed: int,
    timing: str,
    why: bool,
    record: bool,
    engine: str,
    workers: int,
    cluster: str | None,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """Simulate SCENARIO, for example: courtsim run two-track --cases 10000

    Very many cases are walked by the compiled engine by itself; they are the same cases. With --workers or --cluster several
    processes share them: the answer is the same to the byte.
    """
    import msgspec

    import courtsim
    from courtsim.engines.run import Run
    from courtsim.errors import WrongInput

    if why and cases > 1:
        raise WrongInput(None, f"--why of {cases} cases", "--cases 1, or `courtsim docket RUN CASE --why`")
    if workers > 1:
        from courtsim.engines.processes import get_ready

        get_ready()
    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    warn(loaded.warnings)
    shared = workers > 1 or cluster is not None
    if record and (shared or engine == "sample"):
        raise click.UsageError("--record keeps events, which --engine sample, --workers and --cluster do not bring back")
    done: Run | Sampled
    if record:
        with counted(cases, many=1_000) as bar:
            ended = (lambda _: bar(1)) if bar else None
            done = courtsim.record(loaded, cases=cases, seed=seed, timing=timing, progress=ended)  # type: ignore[arg-type]
    else:
        chosen = courtsim.engine_for(loaded, cases, engine)
        if cases > 1 and (shared or chosen == "sample"):
            done = _sampled(loaded, cases, seed, timing, chosen, workers, cluster)
        else:
            done = simulated(loaded, cases, seed, timing)
        courtsim.save(done)
    behind = courtsim.why(done) if why and isinstance(done, Run) else None
    if as_json:
        print_json(done.plain() | ({"why": msgspec.to_builtins(behind)} if behind is not None else {}))
        return
    from courtsim.reports import sheets
    from courtsim.reports.why import by_event

    sheets.show(
        sheets.one_case(done, unfolded=by_event(behind)) if isinstance(done, Run) and cases == 1 else sheets.many_cases(done)
    )


def _sampled(
    scenario: Scenario, cases: int, seed: int, timing: Any, engine: Any, workers: int, cluster: str | None
) -> Sampled | Run:
    """Very many cases; who interrupts gets what has been done."""
    import signal

    import courtsim

    stopped = False

    def stop(*_: Any) -> None:
        nonlocal stopped
        stopped = True

    before = signal.signal(signal.SIGINT, stop)
    try:
        with counted(cases, many=20_000) as bar:
            done = courtsim.sample(
                scenario,
                cases=cases,
                seed=seed,
                timing=timing,
                engine=engine,
                workers=workers,
                cluster=cluster,
                progress=bar,
                stop=lambda: stopped,
            )
    finally:
        signal.signal(signal.SIGINT, before)
    if stopped:
        click.echo(f"Stopped after {len(done):,} of {cases:,} cases; what follows is of those.", err=True)
    return done


def simulated(scenario: Any, cases: int, seed: int, timing: Any) -> Run:
    import courtsim

    with counted(cases) as bar:

        def ended(_: History) -> None:
            if bar is not None:
                bar(1)

        return courtsim.simulate(scenario, cases=cases, seed=seed, timing=timing, progress=ended if bar else None)


@click.command(name="what-if")
@click.argument("scenario")
@click.argument("variant", required=False)
@click.option("--cases", type=click.IntRange(min=2), default=2000, show_default=True, help="How many pairs.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="The change, or more of it. Any number of times.")
@click.option(
    "--precision", type=click.FloatRange(min=0, min_open=True), help="Go on until the interval is that narrow (half-width)."
)
@click.option("--measure", default="convicted", show_default=True, help="What --precision is about.")
@which_engine
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def what_if(
    scenario: str,
    variant: str | None,
    cases: int,
    seed: int,
    sets: tuple[str, ...],
    precision: float | None,
    measure: str,
    engine: Any,
    as_json: bool,
) -> None:
    """SCENARIO against its VARIANT, the same luck, for example: courtsim what-if two-track minimized-warrant"""
    import courtsim
    from courtsim.analysis.compare import plain_pairs
    from courtsim.reports import compared, sheets

    with counted(2 * cases) as progress:
        found = courtsim.what_if(
            scenario,
            variant,
            sets=sets,
            cases=cases,
            seed=seed,
            precision=precision,
            measure=measure,
            engine=engine,
            progress=progress,
        )
    if as_json:
        print_json(plain_pairs(found))
        return
    sheets.show(compared.what_if(found))
    if precision is not None:
        click.echo(f"\n{compared.precision(found, measure, precision)}")


@click.command()
@click.argument("scenario")
@click.option("--at", "step", required=True, metavar="STEP", help="The step whose options are forced in turn.")
@click.option("--cases", type=click.IntRange(min=2), default=2000, show_default=True, help="How many cases an option.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@which_engine
@inputs
def compare(
    scenario: str,
    step: str,
    cases: int,
    seed: int,
    engine: Any,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """Each option of a step of SCENARIO forced in turn, for example: courtsim compare two-track --at answer_offer

    An option that no answers to the test behind the step lead to is left out.
    """
    import courtsim
    from courtsim.analysis.compare import courses, plain_options
    from courtsim.reports import compared, sheets

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    options, left_out = courses(loaded, step)
    for option in left_out:
        click.echo(f"Left out: {option}; under these switches no answers to the test behind {step} lead to it.", err=True)
    with counted(len(options) * cases) as progress:
        runs = courtsim.compare(loaded, step, cases=cases, seed=seed, engine=engine, progress=progress)
    if as_json:
        print_json(plain_options(loaded, seed, step, runs))
        return
    sheets.show(compared.options(loaded, seed, step, runs))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The folder of the data set. Left out: named as the file.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that share the points.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def sweep(file: Path, out: Path | None, workers: int, as_json: bool) -> None:
    """Walk every point of a sweep FILE into one Parquet data set, for example: courtsim sweep strength.yaml

    The file names a scenario and, under `over`, paths with their values. A sweep that was interrupted goes on where it was.
    """
    import courtsim
    from courtsim.files.sweeps import read_sweep

    asked, folder = read_sweep(file), out or file.with_suffix("")
    points = len(asked.points)
    with counted(points, "sweeping", 2) as progress:
        done = courtsim.sweep(file, folder, workers=workers, progress=progress)
    if as_json:
        print_json({"out": str(folder), "points": points, "done": done, "cases": asked.cases, "seed": asked.seed})
        return
    click.echo(f"{points:,} points of {asked.cases:,} cases in {folder}, {done:,} of them walked now.")
    click.echo(f"Read it with: duckdb -c \"from '{folder}/*/*.parquet'\"")
