"""Commands with exact answers: solve, advise, sensitivity, audit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from courtsim.cli.options import chart_file, charted, inputs, within
from courtsim.cli.output import counted, followed, print_json, warn
from courtsim.cli.simulating import simulated
from courtsim.verbs import SEED

if TYPE_CHECKING:
    from courtsim.analysis.branches import Course
    from courtsim.engines.run import Run
    from courtsim.scenario.facts import Scenario

ALL_CHOICES = "Shown as in the picture: the choices that move how cases end. With --tree 0.05 every choice of that probability."


def _points(_context: click.Context, _parameter: click.Parameter, timing: str) -> int:
    """How many values each delay takes."""
    kind, _, number = timing.partition(":")
    if timing == "central":
        return 1
    if kind != "points" or not number.isdigit() or int(number) < 1:
        raise click.BadParameter(f"{timing!r} is neither central nor points:K, as points:3")
    return int(number)


@click.command()
@click.argument("scenario")
@within(1e-6)
@click.option(
    "--timing", "points", default="central", show_default=True, callback=_points, help="central, or points:K: K values a delay."
)
@click.option("--ends-only", is_flag=True, help="Leave out tracks that cannot influence how the case ends: much faster.")
@click.option("--cases", type=click.IntRange(min=0), default=2000, show_default=True, help="Cases sampled beside it; 0 for none.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the sampled cases.")
@click.option("--tree", "least", type=click.FloatRange(0.0001, 1), help="Also the branches with at least this probability.")
@click.option("--distribution", "distributions", multiple=True, metavar="MEASURE", help="Also every value of a measure.")
@click.option(
    "--picture", type=click.Path(path_type=Path), callback=chart_file, help="Also draw the branches: .png, .svg or .html."
)
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
    distributions: tuple[str, ...],
    picture: Path | None,
    chart: Path | None,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """Exact probabilities and expected values of SCENARIO, for example: courtsim solve two-track --picture tree.svg

    Every delay takes its central value (or K values); beside it stands the same with chance in the delays.
    """
    import courtsim

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    warn(loaded.warnings)
    with followed() as progress:
        found = courtsim.solve(
            loaded, within=within, ends_only=ends_only, points=points, distributions=distributions, progress=progress
        )
    branches = _branches(loaded, least, picture)
    sampled = simulated(loaded, cases, seed, "drawn") if cases > 1 else None
    if chart is not None:
        from courtsim.reports import charts

        charts.write(charts.ends(found, sampled.dispositions if sampled else None), chart)
    if as_json:
        print_json(found.plain() | _beside(sampled, branches))
        return
    from courtsim.analysis.timing import PAIRS, changed_order
    from courtsim.reports import sheets, solved

    order = None
    if points == 1 and sampled is not None and solved.timing_matters(found, sampled):
        with counted(2 * PAIRS) as progress:
            order = changed_order(loaded, seed, progress=progress)
    sheets.show(solved.exact(found, sampled, order))
    for measure in distributions:
        sheets.show(solved.distribution(measure, found.distributions[measure]))
    if branches is not None:
        sheets.show(solved.branches(loaded, branches, ALL_CHOICES if least is None else ""))


def _branches(scenario: Scenario, least: float | None, picture: Path | None) -> Course | None:
    """With --tree every choice with so much probability; with --picture alone what fits a slide."""
    import courtsim

    if least is None and picture is None:
        return None
    found = courtsim.branches(scenario) if least is None else courtsim.branches(scenario, least=least, most=None, matters=0)
    if picture is not None:
        from courtsim.reports import charts, pictured

        charts.write(pictured.picture(found, scenario), picture)
    return found


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


@click.command()
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
@click.option("--offer", metavar="ID", help="Search for the offer to make (with --term): both reason, each by its own beliefs.")
@click.option("--term", metavar="TERM", help="The term of --offer that moves, from --from to --to.")
@click.option("--points", type=click.IntRange(2, 201), default=21, show_default=True, help="Of a curve.")
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
    offer: str | None,
    term: str | None,
    points: int,
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
    from courtsim.analysis.advice import plain_advice
    from courtsim.reports import advised, sheets

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    warn(loaded.warnings)
    if offer is not None or term is not None:
        if offer is None or term is None:
            raise click.UsageError("--offer ID and --term TERM go together: which number of which offer to search")
        _bargain(loaded, offer, term, (low, high), points, at, within, chart, as_json)
        return
    found, follows = courtsim.following(loaded, actor, at=at, equilibrium=equilibrium, within=within)
    even = None
    if parameter is not None:
        step = next(iter(at or found.values), "")
        even = courtsim.break_even(
            loaded, actor, step, parameter, low=low, high=high, points=points, at=at, equilibrium=equilibrium, within=within
        )
    if chart is not None:
        from courtsim.reports import charts

        if even is None:
            raise click.UsageError("--chart draws the curve of --break-even or the search of --offer: name one of them")
        charts.write(charts.curve(even, loaded), chart)
    known = {step: courtsim.value_of_information(loaded, actor, step, at=at, within=within) for step in knowing}
    if as_json:
        print_json(plain_advice(loaded, found, follows, even, known))
        return
    sheets.show(advised.advice(loaded, found, follows, even, known))


def _bargain(
    scenario: Scenario,
    offer: str,
    term: str,
    ends: tuple[float, float],
    points: int,
    at: tuple[str, ...],
    within: float,
    chart: Path | None,
    as_json: bool,
) -> None:
    import msgspec

    import courtsim
    from courtsim.engines.run import plain_head
    from courtsim.reports import advised, charts, sheets

    low, high = ends
    with counted(points, "solving", 5) as progress:
        found = courtsim.bargain(
            scenario, offer, term, low=low, high=high, at=at, points=points, within=within, progress=progress
        )
    if chart is not None:
        charts.write(charts.bargain(found, scenario), chart)
    if as_json:
        print_json(plain_head(scenario, None) | msgspec.to_builtins(found))
        return
    sheets.show(advised.bargain(scenario, found))


@click.command()
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
    from courtsim.analysis.sensitivity import grid, tornado
    from courtsim.engines.run import plain_head
    from courtsim.reports import charts, moved, sheets

    loaded = courtsim.load(scenario, variant=variant, sets=sets)
    warn(loaded.warnings)
    measured = courtsim.measured(loaded, measure, within=within)
    if pair:
        xs = [n / (points - 1) for n in range(points)]
        with counted(points * points, "solving", 50) as progress:
            rows = grid(measured, *pair, xs, xs, progress)
        if chart is not None:
            charts.write(charts.heat(pair, xs, xs, rows, measure, loaded), chart)
        if as_json:
            print_json(
                plain_head(loaded, None) | {"measure": measure, "across": pair[0], "down": pair[1], "points": xs, "values": rows}
            )
        else:
            sheets.show(moved.grid(loaded, measure, pair, xs, xs, rows))
        return
    numbers = courtsim.parameters(loaded, ranges_only=ranges_only)
    now = measured.at()
    with counted(len(numbers), "solving", 20) as progress:
        found = tornado(measured, numbers, progress)
    if chart is not None:
        charts.write(charts.tornado(found, now, measure, loaded), chart)
    if as_json:
        print_json(plain_head(loaded, None) | {"measure": measure, "value": now, "moved": msgspec.to_builtins(found)})
        return
    sheets.show(moved.tornado(loaded, measure, now, found))


@click.command()
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
    warn(loaded.warnings)
    with counted(sum(each.mark == "assumed" for each in courtsim.parameters(loaded)), "solving", 20) as progress:
        found = courtsim.audit(loaded, actor, at=at, within=within, progress=progress)
    if as_json:
        print_json(plain_head(loaded, None) | {"for": actor, "audited": msgspec.to_builtins(found)})
        return
    sheets.show(moved.audit(loaded, actor, found))
