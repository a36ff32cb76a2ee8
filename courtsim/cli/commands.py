"""The command line: parse, call a verb, show."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from courtsim.errors import CourtsimError
from courtsim.verbs import SEED
from courtsim.version import __version__

if TYPE_CHECKING:
    from courtsim.case.history import History
    from courtsim.engines.run import Run

F = TypeVar("F", bound=Callable[..., Any])

WARNINGS = 3  # shown of a file; a long list hides the answer


class _Courtsim(click.Group):
    """Shows our errors as one line and gives them their exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CourtsimError as fault:
            click.echo(f"Error: {fault}", err=True)
            ctx.exit(fault.exit_code)


def inputs(command: F) -> F:
    """The options of every command that computes."""
    command = click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")(command)
    command = click.option("--variant", help="A variant of the scenario, by name.")(command)
    change = "Change a value of the scenario, as findings.suppression.minimized=true. Any number of times."
    return click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help=change)(command)


def _chart(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Refuses a name that asks for no known kind before anything is computed."""
    if path is not None:
        from courtsim.reports.charts import kind_of

        kind_of(path)
    return path


def _points(_context: click.Context, _parameter: click.Parameter, timing: str) -> int:
    """How many values each delay takes."""
    kind, _, number = timing.partition(":")
    if timing == "central":
        return 1
    if kind != "points" or not number.isdigit() or int(number) < 1:
        raise click.BadParameter(f"{timing!r} is neither central nor points:K, as points:3")
    return int(number)


def within(default: float) -> Callable[[F], F]:
    """How much probability an exact answer may leave."""
    kind = click.FloatRange(0, 0.1, min_open=True)
    return click.option("--within", type=kind, default=default, show_default=True, help="Probability that may be left.")


charted = click.option(
    "--chart", type=click.Path(path_type=Path), callback=_chart, help="Also draw it: a .png, .svg or .html file (extra `charts`)."
)


@click.group(cls=_Courtsim, invoke_without_command=True)
@click.version_option(__version__, prog_name="courtsim")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Simulates court proceedings. For example: courtsim run two-track"""
    if ctx.invoked_subcommand is None:
        click.echo(files("courtsim.cli").joinpath("try.txt").read_text(encoding="utf-8"), nl=False)


@cli.command()
@click.argument("scenario")
@click.option("--cases", type=click.IntRange(min=1), default=1, show_default=True, help="How many cases.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@click.option("--timing", type=click.Choice(["drawn", "central"]), default="drawn", show_default=True, help="Delays.")
@click.option("--record", is_flag=True, help="Keep the events of all cases, not of one alone.")
@inputs
def run(
    scenario: str,
    cases: int,
    seed: int,
    timing: str,
    record: bool,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """Simulate SCENARIO, for example: courtsim run two-track --cases 10000"""
    import courtsim

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    _warn(loaded.warnings)
    done = _simulated(loaded, cases, seed, timing)
    courtsim.save(done, record=record)
    if as_json:
        _as_json(done.plain())
        return
    from courtsim.reports import sheets

    sheets.show(sheets.one_case(done) if cases == 1 else sheets.many_cases(done))


def _simulated(scenario: Any, cases: int, seed: int, timing: Any) -> Run:
    import courtsim

    with _counted(cases) as bar:

        def ended(_: History) -> None:
            if bar is not None:
                bar(1)

        return courtsim.simulate(scenario, cases=cases, seed=seed, timing=timing, progress=ended if bar else None)


@cli.command(name="what-if")
@click.argument("scenario")
@click.argument("variant", required=False)
@click.option("--cases", type=click.IntRange(min=2), default=2000, show_default=True, help="How many pairs.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="The change, or more of it. Any number of times.")
@click.option(
    "--precision", type=click.FloatRange(min=0, min_open=True), help="Go on until the interval is that narrow (half-width)."
)
@click.option("--measure", default="convicted", show_default=True, help="What --precision is about.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def what_if(
    scenario: str,
    variant: str | None,
    cases: int,
    seed: int,
    sets: tuple[str, ...],
    precision: float | None,
    measure: str,
    as_json: bool,
) -> None:
    """SCENARIO against its VARIANT, the same luck, for example: courtsim what-if two-track minimized-warrant"""
    import courtsim
    from courtsim.engines.compare import plain_pairs
    from courtsim.reports import compared, sheets

    with _counted(2 * cases) as progress:
        found = courtsim.what_if(
            scenario, variant, sets=sets, cases=cases, seed=seed, precision=precision, measure=measure, progress=progress
        )
    if as_json:
        _as_json(plain_pairs(found))
        return
    sheets.show(compared.what_if(found))
    if precision is not None:
        click.echo(f"\n{compared.precision(found, measure, precision)}")


@cli.command()
@click.argument("scenario")
@click.option("--at", "step", required=True, metavar="STEP", help="The step whose options are forced in turn.")
@click.option("--cases", type=click.IntRange(min=2), default=2000, show_default=True, help="How many cases an option.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of all chance: the same seed is the same luck.")
@inputs
def compare(scenario: str, step: str, cases: int, seed: int, as_json: bool, variant: str | None, sets: tuple[str, ...]) -> None:
    """Each option of a step of SCENARIO forced in turn, for example: courtsim compare two-track --at answer_offer"""
    import courtsim
    from courtsim.engines.compare import plain_options
    from courtsim.reports import compared, sheets

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    options = len(loaded.procedure.steps[step].options) if step in loaded.procedure.steps else 1
    with _counted(options * cases) as progress:
        runs = courtsim.compare(loaded, step, cases=cases, seed=seed, progress=progress)
    if as_json:
        _as_json(plain_options(loaded, seed, step, runs))
        return
    sheets.show(compared.options(loaded, seed, step, runs))


@cli.command()
@click.argument("scenario")
@within(1e-6)
@click.option(
    "--timing", "points", default="central", show_default=True, callback=_points, help="central, or points:K: K values a delay."
)
@click.option("--ends-only", is_flag=True, help="Leave out tracks that cannot influence how the case ends: much faster.")
@click.option("--cases", type=click.IntRange(min=0), default=2000, show_default=True, help="Cases sampled beside it; 0 for none.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the sampled cases.")
@click.option("--tree", "least", type=click.FloatRange(0.0001, 1), help="Also the branches with at least this probability.")
@charted
@inputs
def solve(
    scenario: str,
    within: float,
    points: int,
    ends_only: bool,
    cases: int,
    seed: int,
    least: float | None,
    chart: Path | None,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """Exact probabilities and expected values of SCENARIO, for example: courtsim solve two-track --tree 0.05

    Every delay takes its central value (or K values); beside it stands the same with chance in the delays.
    """
    import courtsim
    from courtsim.engines.solve import course

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    _warn(loaded.warnings)
    with _followed() as progress:
        found = courtsim.solve(loaded, within=within, ends_only=ends_only, points=points, progress=progress)
    branches = course(loaded, least) if least is not None else None
    sampled = _simulated(loaded, cases, seed, "drawn") if cases > 1 else None
    if chart is not None:
        from courtsim.reports import charts

        charts.write(charts.ends(found, sampled.dispositions if sampled else None), chart)
    if as_json:
        _as_json(found.plain() | _beside(sampled, branches))
        return
    from courtsim.engines.timing import PAIRS, changed_order
    from courtsim.reports import sheets, solved

    order = None
    if points == 1 and sampled is not None and solved.timing_matters(found, sampled):
        with _counted(2 * PAIRS) as counted:
            order = changed_order(loaded, seed, progress=counted)
    sheets.show(solved.exact(found, sampled, order))
    if branches is not None:
        sheets.show(solved.branches(loaded, branches))


@cli.command()
@click.argument("scenario")
@click.option(
    "--for", "actor", default="defense", show_default=True, metavar="ACTOR", help="Whose options, by his values and beliefs."
)
@click.option("--at", multiple=True, metavar="STEP", help="Reason about these steps alone; at others follow the odds.")
@click.option("--break-even", "parameter", metavar="PATH", help="Move this number and find where the two best options are equal.")
@click.option("--from", "low", type=float, default=0.0, show_default=True, help="Where its curve begins.")
@click.option("--to", "high", type=float, default=1.0, show_default=True, help="Where its curve ends.")
@click.option("--knowing", multiple=True, metavar="STEP", help="What it is worth to know this step's outcome beforehand.")
@click.option("--equilibrium", is_flag=True, help="Prosecution and defense both reason, each to its own values.")
@charted
@within(1e-4)
@inputs
def advise(
    scenario: str,
    actor: str,
    at: tuple[str, ...],
    parameter: str | None,
    low: float,
    high: float,
    knowing: tuple[str, ...],
    equilibrium: bool,
    chart: Path | None,
    within: float,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """What each option of an actor of SCENARIO is worth, for example: courtsim advise small-example --break-even conviction.p

    Exact for central timing, under the scenario's values; nobody has to agree with those.
    """
    import courtsim
    from courtsim.engines.advice import plain_advice
    from courtsim.reports import advised, sheets

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    _warn(loaded.warnings)
    found = courtsim.advise(loaded, actor, at=at, equilibrium=equilibrium, within=within)
    even = None
    if parameter is not None:
        step = next(iter(at or found.values), "")
        even = courtsim.break_even(
            loaded, actor, step, parameter, low=low, high=high, at=at, equilibrium=equilibrium, within=within
        )
    if chart is not None:
        from courtsim.reports import charts

        if even is None:
            raise click.UsageError("--chart draws the curve of --break-even: name a PATH")
        charts.write(charts.curve(even, loaded), chart)
    known = {step: courtsim.value_of_information(loaded, actor, step, at=at, within=within) for step in knowing}
    if as_json:
        _as_json(plain_advice(loaded, found, even, known))
        return
    sheets.show(advised.advice(loaded, found, even, known))


@cli.command()
@click.argument("scenario")
@click.option("--measure", default="convicted", show_default=True, help="A disposition, value.ACTOR, days, convicted, ...")
@click.option("--ranges-only", is_flag=True, help="Only the numbers for which the scenario states a range.")
@click.option("--map", "pair", nargs=2, metavar="PATH PATH", help="Two probabilities moved together from 0 to 1 instead.")
@click.option("--points", type=click.IntRange(2, 101), default=25, show_default=True, help="Of the map, each way.")
@charted
@within(1e-3)
@inputs
def sensitivity(
    scenario: str,
    measure: str,
    ranges_only: bool,
    pair: tuple[str, str] | None,
    points: int,
    chart: Path | None,
    within: float,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """What moves an answer of SCENARIO most, for example: courtsim sensitivity two-track --measure closed.acquitted

    Every number is moved alone over its range, or a fifth down and up; exact for central timing.
    """
    import msgspec

    import courtsim
    from courtsim.engines.run import plain_head
    from courtsim.engines.sensitivity import grid, tornado
    from courtsim.reports import charts, moved, sheets

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    _warn(loaded.warnings)
    measured = courtsim.measured(loaded, measure, within=within)
    if pair:
        xs = [n / (points - 1) for n in range(points)]
        with _counted(points * points, "solving", 50) as progress:
            rows = grid(measured, *pair, xs, xs, progress)
        if chart is not None:
            charts.write(charts.heat(pair, xs, xs, rows, measure, loaded), chart)
        if as_json:
            _as_json(
                plain_head(loaded, None) | {"measure": measure, "across": pair[0], "down": pair[1], "points": xs, "values": rows}
            )
        else:
            sheets.show(moved.grid(loaded, measure, pair, xs, xs, rows))
        return
    numbers = courtsim.parameters(loaded, ranges_only=ranges_only)
    now = measured.at()
    with _counted(len(numbers), "solving", 20) as progress:
        found = tornado(measured, numbers, progress)
    if chart is not None:
        charts.write(charts.tornado(found, now, measure, loaded), chart)
    if as_json:
        _as_json(plain_head(loaded, None) | {"measure": measure, "value": now, "moved": msgspec.to_builtins(found)})
        return
    sheets.show(moved.tornado(loaded, measure, now, found))


@cli.command()
@click.argument("scenario")
@click.option("--for", "actor", default="defense", show_default=True, metavar="ACTOR", help="Whose advice.")
@click.option("--at", multiple=True, metavar="STEP", help="Reason about these steps alone; at others follow the odds.")
@within(1e-3)
@inputs
def audit(
    scenario: str, actor: str, at: tuple[str, ...], within: float, as_json: bool, variant: str | None, sets: tuple[str, ...]
) -> None:
    """Whether the advice rests on assumptions, for example: courtsim audit lesson-5-knowing-first

    The assumed numbers of SCENARIO, each moved alone: first those that turn the advice, then by how far its worth moves.
    """
    import msgspec

    import courtsim
    from courtsim.engines.run import plain_head
    from courtsim.reports import moved, sheets

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    _warn(loaded.warnings)
    with _counted(sum(each.mark == "assumed" for each in courtsim.parameters(loaded)), "solving", 20) as progress:
        found = courtsim.audit(loaded, actor, at=at, within=within, progress=progress)
    if as_json:
        _as_json(plain_head(loaded, None) | {"for": actor, "audited": msgspec.to_builtins(found)})
        return
    sheets.show(moved.audit(loaded, actor, found))


def _beside(sampled: Run | None, branches: Any) -> dict[str, Any]:
    import msgspec

    found: dict[str, Any] = {}
    if sampled is not None:
        found["sampled"] = {
            "cases": len(sampled),
            "seed": sampled.seed,
            "dispositions": msgspec.to_builtins(sampled.dispositions),
        }
    if branches is not None:
        found["tree"] = msgspec.to_builtins(branches)
    return found


@contextmanager
def _followed() -> Iterator[Callable[[float], None] | None]:
    """On a terminal, how much of the probability has come to its end."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1000, label="solving", file=sys.stderr) as bar:

        def reached(share: float) -> None:
            bar.update(int(1000 * share) - bar.pos)

        yield reached


@contextmanager
def _counted(cases: int, label: str = "simulating", many: int = 5_000) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on a terminal, for so many cases that one is missed."""
    if cases < many or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=cases, label=label, file=sys.stderr) as bar:
        yield bar.update


@cli.command()
@click.argument("run_id", metavar="RUN")
@click.argument("case", type=click.IntRange(min=1), default=1)
@click.option("--at", type=click.IntRange(min=0), help="Only up to this event.")
@click.option("--why/--no-why", default=True, show_default=True, help="With the reasons behind rulings.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def docket(run_id: str, case: int, at: int | None, why: bool, as_json: bool) -> None:
    """The docket sheet of a stored case, for example: courtsim docket last"""
    import courtsim

    stored = courtsim.docket(run_id, case)
    events = [event for event in stored.events if at is None or event.seq <= at]
    if as_json:
        import msgspec

        from courtsim.engines.run import plain_head

        body = {"run": stored.run, "case": case, "events": msgspec.to_builtins(events)}
        _as_json(plain_head(stored.scenario, stored.seed) | body)
        return
    from courtsim.reports import sheets
    from courtsim.reports.docket import Docket

    sheets.show(sheets.head(stored.scenario, stored.seed, stored.run))
    sheets.show(Docket(stored.scenario, events, why))


@cli.command()
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
    _warn(subject.warnings)
    if citations:
        _warn(courtsim.citations(file))
    if sys.stderr.isatty():
        click.echo("searching; a large law takes a minute", err=True)
    found = courtsim.check(subject, without=without, most_states=most_states, engine=engine)
    if as_json:
        procedure = subject.procedure if isinstance(subject, Scenario) else subject
        name = subject.name if isinstance(subject, Scenario) else None
        digest = subject.digest if isinstance(subject, Scenario) else None
        heads = {"scenario": name, "procedure": procedure.name, "seed": None, "version": __version__, "digest": digest}
        _as_json(heads | msgspec.to_builtins(found))
    else:
        from courtsim.reports import sheets

        sheets.show(sheets.found_out(subject.name, found))
    if not found.ok:
        sys.exit(1)


@cli.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def list_(as_json: bool) -> None:
    """The procedures and scenarios that come with the program, for example: courtsim list"""
    from courtsim.files.load import list_shipped

    shipped = list_shipped()
    if as_json:
        _as_json({"shipped": [{"kind": s.kind, "name": s.name, "title": s.title} for s in shipped]})
        return
    click.echo("What comes with courtsim; a path of your own works wherever a name does.\n")
    for found in shipped:
        click.echo(f"  {found.kind:<10} {found.name:<34} {found.title}")


@cli.command()
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
    _warn(subject.warnings)
    scenario = subject if isinstance(subject, Scenario) else None
    if sources:
        found = dict(subject.sources) if scenario is None else {**scenario.procedure.sources, **scenario.sources}
        if as_json:
            _as_json({"name": subject.name, "sources": msgspec.to_builtins(found)})
        else:
            sheets.show(shown.sources(subject.name, found))
    elif law or scenario is None:
        outline = courtsim.show_law(name)
        if as_json:
            _as_json(msgspec.to_builtins(outline))
        else:
            sheets.show(shown.law(outline))
    else:
        values = courtsim.show(name, variant=variant, sets=sets)
        if as_json:
            _as_json({"scenario": scenario.name, "procedure": scenario.procedure.name, "values": msgspec.to_builtins(values)})
        else:
            sheets.show(shown.values(scenario, values))


@cli.command()
@click.argument("kind", type=click.Choice(["scenario", "procedure"]))
@click.argument("file", type=click.Path(path_type=Path))
def new(kind: Literal["scenario", "procedure"], file: Path) -> None:
    """Write a commented starter of one KIND into FILE, for example: courtsim new scenario my.yaml"""
    import courtsim

    courtsim.new(kind, file)
    verb = "run" if kind == "scenario" else "check"
    click.echo(f"{file} is a {kind} that works: edit it, and try courtsim {verb} {file}")


@cli.command()
@click.argument("term", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def explain(term: tuple[str, ...], as_json: bool) -> None:
    """A TERM of the law, for example: courtsim explain nolle prosequi"""
    import courtsim

    found = courtsim.explain(" ".join(term))
    if as_json:
        _as_json({"term": " ".join(term), "explanations": found})
        return
    for procedure, explanation in found.items():
        click.echo(f"{explanation} ({procedure})")


@cli.command()
@click.argument("kind", type=click.Choice(["procedure", "scenario"]))
def schema(kind: Literal["procedure", "scenario"]) -> None:
    """The JSON Schema of one KIND of file, for editors, for example: courtsim schema scenario"""
    from courtsim.files.schema import schema as described

    _as_json(described(kind))


def _warn(warnings: Sequence[str]) -> None:
    """The first warnings of a file on standard error; of the rest, how many there are."""
    for warning in warnings[:WARNINGS]:
        click.echo(f"Warning: {warning}", err=True)
    if len(warnings) > WARNINGS:
        click.echo(f"Warning: and {len(warnings) - WARNINGS} more", err=True)


def _as_json(plain: dict[str, Any]) -> None:
    click.echo(json.dumps(plain, ensure_ascii=False))


def main() -> None:
    """The installed command."""
    cli(prog_name="courtsim")
