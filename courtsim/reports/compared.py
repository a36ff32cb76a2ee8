"""What `what-if` and `compare` print: differences with their intervals, and one pair of dockets side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from courtsim.analysis.compare import Cases, Difference, Pairs, paired
from courtsim.case.events import Event
from courtsim.reports.docket import in_words, reasons
from courtsim.reports.sheets import columns, digits, head, rough
from courtsim.scenario.facts import Scenario

DOUBT = "The intervals hold the error of sampling alone; they contain no doubt about the assumptions (courtsim show)."
ENOUGH = 30  # pairs that ended differently, below which no direction is named


def what_if(pairs: Pairs) -> RenderableType:
    """A change against the baseline: the same cases under the same luck."""
    parts: list[RenderableType] = [head(pairs.baseline.scenario, pairs.baseline.seed, pairs.baseline.id), Text(_first(pairs))]
    if pairs.changed:
        parts += [_ends(pairs), Text(""), _moves(pairs), Text("")]
    parts += [_measures(pairs), Text(f"\nPairing: how many independent cases one pair replaces. {DOUBT}")]
    if pairs.explaining is not None:
        parts += [Text(""), _side_by_side(pairs, pairs.explaining)]
    return Group(*parts)


def _first(pairs: Pairs) -> str:
    cases = len(pairs.baseline)
    if not pairs.changed:
        return f"{pairs.label}: of {cases:,} pairs of cases under the same luck none ended differently.\n"
    said = f"{pairs.label}: of {cases:,} pairs of cases under the same luck {pairs.changed:,} ended differently."
    if pairs.changed < ENOUGH:
        return f"{said} That is too few to say which way; run more cases.\n"
    spine = pairs.baseline.scenario.procedure.tracks["case"].states
    sure = [(end, d) for end, d in pairs.dispositions.items() if d.ci95[0] > 0 or d.ci95[1] < 0]
    words = [
        f"{spine[end].label or end} {100 * d.mean:+.1f} points" for end, d in sorted(sure, key=lambda x: -abs(x[1].mean))[:3]
    ]
    return f"{said} " + (f"Beyond the error of sampling: {'; '.join(words)}.\n" if words else "No end is surely more frequent.\n")


def _ends(pairs: Pairs) -> RenderableType:
    spine = pairs.baseline.scenario.procedure.tracks["case"].states
    table = columns("End", "Baseline", "Change", "Difference (95%)", "Pairing")
    for end, difference in pairs.dispositions.items():
        before, after = pairs.baseline.dispositions.get(end), pairs.change.dispositions.get(end)
        if before and after and (before.n or after.n):
            label = spine[end].label or end
            table.add_row(label, f"{before.share:.1%}", f"{after.share:.1%}", _points(difference), _saved(difference))
    return table


def _moves(pairs: Pairs) -> RenderableType:
    spine = pairs.baseline.scenario.procedure.tracks["case"].states
    table = columns("Ended in", "and with the change in", "Pairs")
    for move in pairs.moves[:6]:
        table.add_row(spine[move.before].label or move.before, Text(spine[move.after].label or move.after), f"{move.n:,}")
    return table


def _measures(pairs: Pairs) -> RenderableType:
    table = columns("Measure", "Baseline", "Change", "Difference (95%)", "Pairing")
    for name, difference in pairs.measures.items():
        before, after = pairs.baseline.measures[name], pairs.change.measures[name]
        if name.startswith("days_in.") or not (before.mean or after.mean):
            continue
        width = before.ci95[1] - before.ci95[0]
        half = (difference.ci95[1] - difference.ci95[0]) / 2
        shown = rough if name.startswith(("value.", "cost.")) else digits
        change = f"{shown(difference.mean, width)} ± {shown(half, width)}" if half else shown(difference.mean, width)
        table.add_row(name, shown(before.mean, width), shown(after.mean, width), change, _saved(difference))
    return table


def _saved(difference: Difference) -> str:
    return "same" if difference.reduction is None else f"{difference.reduction:.1f}x"


def _side_by_side(pairs: Pairs, case: int) -> RenderableType:
    """Two dockets of one case."""
    before, after = _events(pairs.baseline, case), _events(pairs.change, case)
    shared = 0
    while shared < min(len(before), len(after)) and _same(before[shared], after[shared]):
        shared += 1
    scenarios = (pairs.baseline.scenario, pairs.change.scenario)
    table = side_by_side(before, after, shared, scenarios, (f"Case {case}, baseline", f"Case {case}, {pairs.label}"))
    return Group(Text("The shortest pair that ended differently, the same luck on both sides:\n"), table)


def side_by_side(
    before: Sequence[Event],
    after: Sequence[Event],
    shared: int,
    scenarios: tuple[Scenario, Scenario],
    names: tuple[str, str],
) -> RenderableType:
    """Two dockets: the events that they share dim, the first difference marked with its reason."""
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, ratio=1)
    for event in before[:shared]:
        table.add_row(_line(event, "dim"), _line(event, "dim"))
    for n in range(shared, max(len(before), len(after))):
        left = _line(before[n], "", scenarios[0], n == shared) if n < len(before) else Text("")
        right = _line(after[n], "", scenarios[1], n == shared) if n < len(after) else Text("")
        table.add_row(left, right)
    return table


def _events(run: Cases, case: int) -> Sequence[Event]:
    return run.history(case).events


def _same(a: Event, b: Event) -> bool:
    return (a.date, a.step, a.option) == (b.date, b.step, b.option)


def _line(event: Event, style: str, scenario: Scenario | None = None, mark: bool = False) -> Text:
    words = Text(f"{'> ' if mark else ''}{event.date.isoformat()} {in_words(event.name)}", style=style)
    if mark and scenario is not None:
        for reason in reasons(scenario, event):
            words.append(f"\n    {reason}")
    return words


def options(scenario: Scenario, seed: int, step: str, runs: Mapping[str, Cases]) -> RenderableType:
    """Each option of a step forced in turn: how the cases end, what they cost, and the differences from the first."""
    names = list(runs)
    first = runs[names[0]]
    cases = len(first)
    spine = scenario.procedure.tracks["case"].states
    ends = columns("End", *names)
    for end in first.dispositions:
        if any(run.dispositions[end].n for run in runs.values()):
            ends.add_row(spine[end].label or end, *(f"{run.dispositions[end].share:.1%}" for run in runs.values()))
    measures = columns("Measure (mean)", *names)
    differences = columns(f"Minus {names[0]} (95%)", *names[1:])
    compared = [paired(name, first, runs[name]) for name in names[1:]]
    for end in first.dispositions:
        if any(run.dispositions[end].n for run in runs.values()):
            differences.add_row(spine[end].label or end, *(_points(pairs.dispositions.get(end)) for pairs in compared))
    for name in first.measures:
        if name.startswith("days_in.") or not any(run.measures[name].mean for run in runs.values()):
            continue
        shown = rough if name.startswith(("value.", "cost.")) else digits
        width = max(run.measures[name].ci95[1] - run.measures[name].ci95[0] for run in runs.values())
        measures.add_row(name, *(shown(run.measures[name].mean, width) for run in runs.values()))
        cells = [pairs.measures[name] for pairs in compared]
        differences.add_row(name, *(f"{shown(d.mean, width)} ± {shown((d.ci95[1] - d.ci95[0]) / 2, width)}" for d in cells))
    said = f"{cases:,} cases, each with every option of {step} forced wherever it is lawful, under the same luck for all else."
    better = "".join(f" {_better(actor, runs)}" for actor in scenario.values if f"value.{actor}" in first.measures)
    return Group(
        head(scenario, seed, first.id),
        Text(f"{said}{better}\n"),
        ends,
        Text(""),
        measures,
        Text(""),
        differences,
        Text(f"\n{DOUBT}"),
    )


def _better(actor: str, runs: Mapping[str, Cases]) -> str:
    """The option worth most to an actor, where the pairs are enough to say so."""
    value = f"value.{actor}"
    best, second, *_ = sorted(runs, key=lambda name: -runs[name].measures[value].mean)
    pairs = paired(best, runs[second], runs[best])
    apart = pairs.measures[value]
    differing = pairs.differing[value]
    if not differing:
        return f"To the {actor} {best} and {second} are worth the same."
    if differing < ENOUGH or apart.ci95[0] <= 0:
        return f"These are too few cases to say whether {best} or {second} is worth more to the {actor}."
    return f"To the {actor} {best} is worth {rough(apart.mean)} ± {rough(apart.mean - apart.ci95[0])} more than {second}."


def _points(difference: Difference | None) -> str:
    if difference is None:
        return ""
    return f"{difference.mean:+.1%} ± {(difference.ci95[1] - difference.ci95[0]) / 2:.1%}"


def precision(pairs: Pairs, measure: str, wanted: float) -> str:
    """How many cases the wanted precision took, and what pairing saved."""
    found = pairs.measures[measure]
    half = (found.ci95[1] - found.ci95[0]) / 2
    reached = "reached" if half <= wanted else "not reached"
    saved = "" if found.reduction is None else f"; independent runs would need {found.reduction:.1f} times as many"
    return f"The half-width {wanted:g} of {measure} was {reached} ({half:.3g}) with {len(pairs.baseline):,} pairs{saved}."
