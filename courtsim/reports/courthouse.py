"""The picture 'courthouse over time': what is pending, what comes and goes, how busy judges and rooms are, how full lawyers."""

from __future__ import annotations

from typing import Any

from courtsim.analysis.caseload import STRETCH, Report
from courtsim.reports.charts import DARK, LIGHT, WIDTH, altair, titled
from courtsim.reports.sheets import rough

GRAY = "#8a8a8a"


def courthouse(found: Report, change: str = "") -> Any:
    """Panels over the same days, the last of them for lawyers where they are counted; gray over the days of the warm-up.

    *change*: what was changed to make this court of another, to be said.
    """
    alt = altair()
    middle = [each.day + STRETCH / 2 for each in found.months]
    ends = [each.day + STRETCH for each in found.months]
    last = max(ends, default=0.0)
    scale = alt.Scale(domain=[0, last], nice=False)
    before = alt.Chart(alt.Data(values=[{"a": 0, "b": min(found.warm_up_days, last)}])).mark_rect(color="#e4e4e4")
    shade = before.encode(x=alt.X("a:Q", scale=scale), x2="b:Q")

    def days(title: str | None) -> Any:
        return alt.X("day:Q", title=title, scale=scale, axis=alt.Axis(labels=title is not None, tickCount=8))

    pending = alt.Data(
        values=[
            {"day": end, "pending": m.pending, "low": m.low, "high": m.high} for end, m in zip(ends, found.months, strict=True)
        ]
    )
    band = (
        alt.Chart(pending).mark_area(opacity=0.3, color=DARK).encode(x=days(None), y=alt.Y("low:Q", title="Pending"), y2="high:Q")
    )
    line = alt.Chart(pending).mark_line(color=DARK, strokeWidth=3).encode(x=days(None), y="pending:Q")
    top = alt.layer(shade, band, line).properties(width=WIDTH, height=170)

    kinds = ("filed", "disposed of")
    flow = [
        {"day": day, "cases": number, "kind": kind}
        for day, m in zip(middle, found.months, strict=True)
        for kind, number in zip(kinds, (m.filed, m.disposed), strict=True)
    ]
    lines = (
        alt.Chart(alt.Data(values=flow))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=days(None),
            y=alt.Y("cases:Q", title=f"Cases in {STRETCH} days"),
            color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=list(kinds), range=[LIGHT, DARK])),
            strokeDash=alt.StrokeDash("kind:N", title=None, scale=alt.Scale(domain=list(kinds), range=[[8, 4], [1, 0]])),
        )
    )
    between = alt.layer(shade, lines).properties(width=WIDTH, height=130)

    limited = list(found.months[0].utilization) if found.months else []
    dashes = [[1, 0], [8, 4], [2, 2], [8, 2, 2, 2]]

    def shares(names: list[str], title: str, below: str | None) -> Any:
        """How much is taken of what there is of each."""
        shown = [name.replace("_", " ") for name in names]
        busy = [
            {"day": day, "busy": m.utilization[name], "resource": name.replace("_", " ")}
            for day, m in zip(middle, found.months, strict=True)
            for name in names
        ]
        held = (
            alt.Chart(alt.Data(values=busy))
            .mark_line(strokeWidth=2.5)
            .encode(
                x=days(below),
                y=alt.Y("busy:Q", title=title, axis=alt.Axis(format="%"), scale=alt.Scale(domainMin=0)),
                color=alt.Color("resource:N", title=None, scale=alt.Scale(domain=shown, range=[DARK, LIGHT, GRAY, "black"])),
                strokeDash=alt.StrokeDash("resource:N", title=None, scale=alt.Scale(domain=shown, range=dashes)),
            )
        )
        return alt.layer(shade, held).properties(width=WIDTH, height=130)

    since = "Days since the court opened with no case"
    lawyers = [name for name in limited if name in found.scenario.lawyers]
    panels = [top, between, shares([n for n in limited if n not in lawyers], "Held", None if lawyers else since)]
    panels += [shares(lawyers, "Places taken", since)] if lawyers else []
    all_of_them = alt.vconcat(*panels, spacing=14).resolve_scale(color="independent", strokeDash="independent")
    said = (f"With {change}: " if change else "") + (
        f"{rough(found.figures['pending'].mean)} pending on average after the warm-up (gray). Lines are means of "
        f"{len(found.replications)} replications, the band their least and greatest."
    )
    return titled(all_of_them, found.scenario, said=said if found.settled else f"{said} The backlog never settles.")
