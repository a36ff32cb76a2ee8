"""What `solve` prints: exact probabilities and expected values, the same sampled with chance in the delays, the main branches."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree as Outline

from courtsim.analysis.branches import LEAST, Course
from courtsim.analysis.timing import ChangedOrder
from courtsim.engines.run import Run
from courtsim.engines.solve import Solved
from courtsim.engines.sums import Distribution
from courtsim.reports.docket import in_words
from courtsim.reports.sheets import about, assumed, columns, percent, rough, truth_in_words
from courtsim.scenario.facts import Scenario


def exact(solved: Solved, sampled: Run | None, order: ChangedOrder | None = None) -> RenderableType:
    """The exact answer, and beside it what chance in the delays makes of it."""
    scenario = solved.scenario
    spine = scenario.procedure.tracks["case"].states
    likeliest = max(solved.dispositions, key=lambda end: solved.dispositions[end])
    share = f"{_chance(solved, solved.dispositions[likeliest])}, exact for {_timing(solved)}"
    first = f"The most probable end is {spine[likeliest].label or likeliest}: {share}.\n"
    parts: list[RenderableType] = [
        about(scenario, f"exact, {_timing(solved)}"),
        Text(first),
        _ends(solved, sampled),
        Text(""),
        _measures(solved, sampled),
    ]
    left = f"{solved.truncated:.1e}" if solved.truncated else "none"
    followed = f"{solved.nodes:,} nodes; probability not followed: {left}."
    if solved.left_out:
        followed += f" Not followed, as they touch no end: {', '.join(solved.left_out)} (leave out --ends-only to follow all)."
    truth = truth_in_words(solved.rates)
    parts += [Text(f"\n{truth}")] if truth else []
    return Group(*parts, Text(f"\n{followed} {_doubt(solved, sampled, order)}"))


def _doubt(solved: Solved, sampled: Run | None, order: ChangedOrder | None) -> str:
    delays = "with every delay at its median" if solved.timing == "central" else f"with {_timing(solved)}"
    digits = (
        "What rests on assumptions has two digits (--json has all)" if assumed(solved.scenario) else "Dollars have two digits"
    )
    said = f"Exact means: for these odds, {delays}. {digits}."
    if sampled is None:
        return said
    apart = timing_matters(solved, sampled)
    if not apart:
        return f"{said} With chance in the delays nothing changes beyond the error of {len(sampled):,} cases."
    spine = solved.scenario.procedure.tracks["case"].states
    names = ", ".join(spine[end].label or end for end in apart)
    said = f"{said} Timing matters: with chance in the delays these differ by more than the interval: {names}."
    if order is None:
        return said
    first, second = order.steps
    return (
        f"{said} Of {order.pairs:,} pairs of cases with the same choices {order.changed:,} end differently; "
        f"in {order.share:.0%} of them because {second} comes first, where central timing has {first}."
    )


def timing_matters(solved: Solved, sampled: Run) -> list[str]:
    """The ends whose exact probability lies outside the interval of the sampled share."""
    return [
        end
        for end, share in sampled.dispositions.items()
        if not share.ci95[0] <= solved.dispositions.get(end, 0.0) <= share.ci95[1]
    ]


def _timing(solved: Solved) -> str:
    return "central timing" if solved.timing == "central" else f"{solved.timing.partition(':')[2]} values of every delay"


def _ends(solved: Solved, sampled: Run | None) -> RenderableType:
    spine = solved.scenario.procedure.tracks["case"].states
    table = columns("End", "Exact", *(["Sampled (95%)"] if sampled else []))
    for end, p in solved.dispositions.items():
        share = sampled.dispositions.get(end) if sampled else None
        if p < LEAST and not (share and share.n):
            continue
        cells = [] if share is None else [f"{share.share:.1%} ({share.ci95[0]:.1%} to {share.ci95[1]:.1%})"]
        table.add_row(spine[end].label or end, _chance(solved, p), *cells)
    return table


def _measures(solved: Solved, sampled: Run | None) -> RenderableType:
    table = columns("Measure (mean)", "Exact", *(["Sampled (95%)"] if sampled else []))
    for name, mean in solved.measures.items():
        if name.startswith("days_in.") or not mean:
            continue
        shown = rough if assumed(solved.scenario) or name.startswith(("value.", "cost.")) else _plainly
        found = sampled.measures.get(name) if sampled else None
        cells = [] if found is None else [f"{shown(found.mean)} ± {shown((found.ci95[1] - found.ci95[0]) / 2)}"]
        table.add_row(name, shown(mean), *cells)
    return table


def _chance(solved: Solved, p: float) -> str:
    return percent(p) if assumed(solved.scenario) else f"{p:.2%}"


MOST_VALUES = 20  # of a distribution that are printed one by one
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def distribution(measure: str, values: Distribution) -> RenderableType:
    """Every value of a measure with its probability; of very many values the quantiles."""
    shown = rough if measure.startswith(("value.", "cost.")) else _plainly
    if len(values) <= MOST_VALUES:
        table = columns(measure, "Probability")
        alike: dict[str, float] = {}  # rounded, several may read the same
        for value, p in values:
            alike[shown(value)] = alike.get(shown(value), 0.0) + p
        for text, p in alike.items():
            table.add_row(text, f"{p:.2%}")
        return Group(Text(""), table)
    table = columns(f"{measure} ({len(values):,} values)", "At most")
    reached, quantiles = 0.0, list(QUANTILES)
    for value, p in values:
        reached += p
        while quantiles and reached >= quantiles[0]:
            table.add_row(f"in {quantiles.pop(0):.0%} of cases", shown(value))
    return Group(Text(""), table)


def _plainly(number: float) -> str:
    return f"{number:,.1f}" if abs(number) >= 100 else f"{number:.4g}"


def branches(scenario: Scenario, course: Course, all_choices: str = "") -> RenderableType:
    """The branches that carry most of the probability, as an outline; the rest folded."""
    outline = Outline(_chosen(scenario, course, f"{percent(course.p)} The case opens"))
    _grow(outline, scenario, course)
    said = "\nWhere the probability goes (the same choices in the same order are one branch, whatever the dates and facts):\n"
    return Group(Text(said), outline, *([Text(f"\n{all_choices}")] if all_choices else []))


def _grow(outline: Outline, scenario: Scenario, course: Course) -> None:
    if not course.after:
        _end(outline, scenario, course)
    for after in course.after:
        if after.chosen:
            _grow(outline.add(_chosen(scenario, after)), scenario, after)
        elif after.ended:
            _end(outline, scenario, after)
        else:
            _end(outline.add(Text(f"{percent(after.p)} in smaller branches", style="dim")), scenario, after)


def _chosen(scenario: Scenario, course: Course, *above: str) -> Text:
    lines = [
        f"{percent(each.p)} {in_words(scenario.procedure.option(each.step, each.option).event)} ({each.step}.{each.option})"
        for each in course.chosen
    ]
    return Text("\n".join([*above, *lines]))


def _end(outline: Outline, scenario: Scenario, course: Course) -> None:
    spine = scenario.procedure.tracks["case"].states
    style = "bold" if course.ended else "dim"
    for end, p in course.ends.items():
        if p >= max(LEAST, 0.02 * course.p):
            outline.add(Text(f"{percent(p)} {spine[end].label or end}", style=style))
