"""Courts in the order of a figure, as people read it: the order, how sure it is, the figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from courtsim.analysis.ranking import Ranking, places
from courtsim.analysis.steady import Figure
from courtsim.reports.caseload import UNSETTLED, shown_figure
from courtsim.reports.charts import DARK, LIGHT, WIDTH, altair, titled
from courtsim.reports.sheets import about, columns


def ranked(found: Ranking) -> RenderableType:
    """A table from the least to the greatest."""
    table = columns("Court", "Place", "Mean", "95% interval", "Less the first", "95% interval", "n")
    for place, group in places(found.order):
        for n in group:
            each, apart = found.figures[n], found.differences[n]
            less = ("", "") if n == found.order.groups[0][0] else (shown_figure(found.by, apart.mean), _between(found.by, apart))
            row = (_place(found, place), shown_figure(found.by, each.mean), _between(found.by, each), *less)
            table.add_row(found.names[n], *row, str(len(found.order.values[n])))
    return Group(
        about(found.scenario, f"seed {found.seed}; n replications"), Text(said(found) + "\n"), table, Text(_doubt(found))
    )


def said(found: Ranking) -> str:
    """The first sentence: the order, and what chance it has of being wrong."""
    delta, error = shown_figure(found.by, found.delta), f"{100 * found.error:g}%"
    first = _named(found, found.order.groups[0])
    if found.only is not None:
        if len(found.order.groups[0]) > 1:
            return f"{first} were not told apart by {found.by}."
        return (
            f"{first} has the {found.only} {found.by}. Where one court is first by {delta} or more, the chance that another was "
            f"taken for it is at most {error}."
        )
    order = ", then ".join(_named(found, group) for group in found.order.groups)
    return (
        f"By {found.by}, from the least: {order}.\n"
        f"The chance that any two shown apart that differ by {delta} or more stand in the wrong order is at most {error}."
    )


def _named(found: Ranking, group: Sequence[int]) -> str:
    names = [found.names[n] for n in group]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} (not told apart)"


def _place(found: Ranking, place: int) -> str:
    return str(place) if found.only is None or place == 1 else "out"


def _between(by: str, figure: Figure) -> str:
    low, high = figure.ci95
    return "" if math.isinf(high) else f"{shown_figure(by, low)} to {shown_figure(by, high)}"


def _doubt(found: Ranking) -> str:
    lines = [f"\nThe first {found.warm_up_days:g} days of every court are warm-up and do not count."]
    if found.unsettled:
        lines.append(f"{', '.join(found.unsettled)}: {UNSETTLED[0].lower()}{UNSETTLED[1:]}")
    if found.order.undecided:
        most = max(len(each) for each in found.order.values)
        lines.append(
            f"Not decided after {most} replications; {found.order.needed:,} would be enough for every pair (--at-most), or a "
            "greater --delta."
        )
    elif not found.told_apart:
        lines.append("What was not told apart came out alike, or each before the other in a circle.")
    lines.append(
        "Kim and Nelson 2001: the figures of replications taken for normal, all courts under the same luck. The error is that of "
        "sampling alone; it contains no doubt about the assumptions (courtsim show)."
    )
    return "\n".join(lines)


def ranking(found: Ranking) -> Any:
    """The courts from the least to the greatest, each with its interval."""
    alt = altair()
    share = shown_figure(found.by, 0.5).endswith("%")
    rows = [
        {
            "court": found.names[n],
            "mean": found.figures[n].mean,
            "low": found.figures[n].ci95[0],
            "high": found.figures[n].ci95[1],
        }
        for _, group in places(found.order)
        for n in group
    ]
    data = alt.Data(values=rows)
    y = alt.Y("court:N", sort=[row["court"] for row in rows], title=None, axis=alt.Axis(labelLimit=320))
    scale = alt.Scale(zero=False, padding=20)
    x = alt.X("mean:Q", title=f"{found.by} (point), 95% interval (line)", scale=scale, axis=alt.Axis(format="%" if share else ""))
    lines = alt.Chart(data).mark_rule(color=LIGHT, strokeWidth=4).encode(y=y, x=alt.X("low:Q", scale=scale), x2="high:Q")
    points = alt.Chart(data).mark_point(color=DARK, filled=True, size=110, opacity=1).encode(y=y, x=x)
    return titled(alt.layer(lines, points).properties(width=WIDTH, height=40 * len(rows)), found.scenario, said=said(found))
