"""A crowd that watches a court as people read it: what may not be made of it first, then what was counted, then the doubt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from courtsim.analysis.deterrence import STRETCH, Deterrence, Point, Reaction, differences, publicity_of
from courtsim.analysis.steady import Figure
from courtsim.reports.sheets import about, columns, rough
from courtsim.scenario.publicity import Publicity
from courtsim.scenario.sources import source_of

EVERY = 90  # days between the rows over time
BESIDE = 4  # runs in one table over time
LEAST = 0.02  # of the widest swing that a number must have to be a row
LABELS = {
    "offenses.here": "Offenses here",
    "offenses.put_off": "Offenses here, put off to another time",
    "offenses.displaced": "Offenses displaced",
    "offenses.undone": "Offenses undone, here and elsewhere",
    "filed": "Cases filed",
    "perceived_risk.mean": "Perceived risk of arrest, mean",
    "perceived_risk.highest": "Perceived risk at its highest",
}


def deterrence(found: Deterrence) -> RenderableType:
    """The runs side by side, what was published, the perceived risk over time, and what moves the answer."""
    publicity = publicity_of(found.scenario)
    parts: list[RenderableType] = [
        about(found.scenario, f"seed {found.seed}; {found.replications} replications"),
        Text(_first(found) + "\n"),
    ]
    for what, label in LABELS.items():
        if any(run.figures[what].mean for run in found.runs):
            parts += [_of(found, what, label), Text("")]
    parts += [_published(found.runs), Text("")]
    parts += [Text("Perceived risk over rest, points, with 95% intervals"), _over_time(found, _risk), Text("")]
    parts += [Text("Offenses here, % more or fewer than at rest"), _over_time(found, _happening), Text("")]
    if found.swings is not None:
        parts += [_swings(found), Text("")]
    if publicity.context:
        parts.append(_context(found))
    return Group(*parts, Text(_doubt(found, publicity)))


def _first(found: Deterrence) -> str:
    base, run = found.runs[0], found.runs[1]
    moved = differences(run, base)
    rest, change = base.figures["offenses.here"].mean, moved["offenses.here"]
    low, high = sorted(-end for end in change.ci95)
    share = _number(-100 * change.mean / rest) if rest else "0"
    assert found.scenario.caseload is not None
    said = (
        f"Under these numbers what is published takes {_number(-change.mean)} ({_number(low)} to {_number(high)}) of "
        f"{_number(rest)} simulated offenses from this county in {found.scenario.caseload.horizon_days:g} days, {share}%, and "
        f"{_number(-moved['filed'].mean)} of {_number(base.figures['filed'].mean)} filings."
    )
    if found.swings is not None:
        said += (
            f" Over the stated ranges of the numbers {_number(100 * found.swings.least)}% to {_number(100 * found.swings.most)}% "
            "of the offenses are left undone: the ranges say more than the count."
        )
    return said


def _of(found: Deterrence, what: str, label: str) -> RenderableType:
    """One figure of every run, and its difference from the run in which nothing is published."""
    table = columns(label, "Mean", "95% interval", "Change", "95% interval")
    shown, moves = (_percent, _points) if what.startswith("perceived_risk") else (_number, _number)
    for n, run in enumerate(found.runs):
        moved = differences(run, found.runs[0])[what] if n else None
        change = ("", "") if moved is None else (moves(moved.mean), _between(moved, moves))
        figure = run.figures[what]
        table.add_row(run.name, shown(figure.mean), _between(figure, shown), *change)
    return table


def _published(runs: Sequence[Reaction]) -> RenderableType:
    table = columns("Published of the prominent case", "Size", "In", "Mean day")
    for run in runs[1:]:
        table.add_row(run.name if run.heard else f"{run.name}: nothing", "", "", "")
        for each in run.heard:
            table.add_row(f"  {each.event}", f"{each.size:g}", f"{each.share:.0%}", f"{each.day.mean:.0f}")
    return table


def _over_time(found: Deterrence, cell: Callable[[Point, float], str]) -> RenderableType:
    """A row for each quarter of a year, a column for each run; a few of them side by side."""
    rest = found.runs[0].points
    tables = []
    for first in range(1, len(found.runs), BESIDE):
        runs = found.runs[first : first + BESIDE]
        table = Table(box=None, pad_edge=False)
        table.add_column("Days")
        for run in runs:
            table.add_column(run.name, justify="right", overflow="fold")
        for n in range(0, len(rest), EVERY // STRETCH):
            days = f"{rest[n].day} to {rest[n].day + STRETCH}"
            table.add_row(days, *(cell(run.points[n], rest[n].risk.mean) for run in runs))
        tables.append(table)
    return Group(*tables)


def _risk(point: Point, rest: float) -> str:
    """Percentage points over the risk at rest, which has no spread."""
    low, high = point.risk.ci95
    return f"{_number(100 * (point.risk.mean - rest))}\n({_number(100 * (low - rest))} to {_number(100 * (high - rest))})"


def _happening(point: Point, _: float) -> str:
    if math.isnan(point.happening.mean):
        return "-"
    low, high = point.happening.ci95
    return f"{_number(100 * (point.happening.mean - 1))}\n({_number(100 * (low - 1))} to {_number(100 * (high - 1))})"


def _swings(found: Deterrence) -> RenderableType:
    assert found.swings is not None
    now = found.swings.now
    widest = max((each.swing for each in found.swings.moved), default=0.0)
    table = columns(f"Undone, % of the offenses at rest; now {_number(100 * now)}", "From", "To", "At low", "At high", "Source")
    still = []
    for each in found.swings.moved:
        if not each.swing or each.swing < LEAST * widest:
            still.append(each.path.rpartition(".")[2])
            continue
        ends = [("-" if at is None else _number(100 * at)) for at in (each.at_low, each.at_high)]
        table.add_row(each.path.removeprefix("caseload.publicity."), each.low, each.high, *ends, each.mark or "none")
    table.add_row("all at once", "", "", _number(100 * found.swings.least), _number(100 * found.swings.most), "")
    rows: list[RenderableType] = [table]
    if still:
        rows.append(Text(f"Move it little or not: {', '.join(still)}."))
    return Group(*rows)


def _context(found: Deterrence) -> RenderableType:
    lines = []
    for name, words in publicity_of(found.scenario).context.items():
        source = source_of(found.scenario, f"caseload.publicity.context.{name}")
        lines.append(f"{name.replace('_', ' ').capitalize()}: {words} [{source.text if source else ''}].")
    return Text("Context, which moves nothing\n" + "\n".join(lines) + "\n")


def _doubt(found: Deterrence, publicity: Publicity) -> str:
    to = publicity.displacement
    displaced = f"{to.share:.0%} of what is deterred goes to another {to.to}" if to.share else "nothing is displaced"
    return (
        f"Half-life {publicity.half_life_days:g} days; elasticity {publicity.elasticity:g} to certainty, none to severity; "
        f"{displaced}. Where each number comes from: courtsim show {found.scenario.name} --sources.\n"
        "The intervals hold the error of sampling alone; they contain no doubt about the assumptions."
    )


def _number(value: float) -> str:
    """Two digits; what rounding has left of nothing is nothing."""
    return rough(value) if abs(value) > 1e-9 else "0"


def _percent(share: float) -> str:
    return f"{_number(100 * share)}%"


def _points(share: float) -> str:
    return f"{_number(100 * share)} points" if share else "0"


def _between(found: Figure, shown: Callable[[float], str]) -> str:
    low, high = found.ci95
    return "one replication" if math.isinf(high) else f"{shown(low)} to {shown(high)}"
