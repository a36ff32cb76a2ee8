"""The picture of a crowd that watches: perceived risk and offenses over time, what was published when; and what moves it."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from courtsim.analysis.deterrence import STRETCH, Deterrence, Reaction
from courtsim.reports.charts import DARK, LIGHT, WIDTH, altair, titled

SHOWN = 0.15  # of the replications in which an event must be published to stand in the picture
LEAST = 0.02  # of the widest swing that a bar must have
HALF = 300  # width of one of two panels
LINE = 100  # letters of a line under the name of a run


def crowd(found: Deterrence) -> Any:
    """A row for each run: the perceived risk with what was published, and the offenses left of those at rest."""
    alt = altair()
    shown = found.runs[1:]
    rows = [_row(run, found, last=run is shown[-1]) for run in shown]
    panels = [*rows, _tornado(found)] if found.swings is not None else rows
    said = (
        f"Lines are means of {found.replications} replications, bands their 95% intervals, dotted lines what it would "
        "be had nothing been published; a number stands at the mean day of what was published, in so many of the replications."
    )
    return titled(alt.vconcat(*panels, spacing=22), found.scenario, said=said)


def _row(run: Reaction, found: Deterrence, last: bool) -> Any:
    alt = altair()
    heard = [each for each in run.heard if each.share >= SHOWN]
    told = [
        f"{n} {_words(each.event)} (day {each.day.mean:.0f}{'' if each.share == 1 else f', {each.share:.0%}'})"
        for n, each in enumerate(heard, 1)
    ]
    marks = [{"day": each.day.mean, "n": str(n), "row": n % 3} for n, each in enumerate(heard, 1)]
    risk = _panel(run, found, "risk", "Perceived risk", last)
    if marks:
        at = alt.Chart(alt.Data(values=marks)).encode(x="day:Q")
        lines = at.mark_rule(color="black", strokeDash=[2, 2])
        numbers = at.mark_text(align="left", dx=3, fontSize=13, fontWeight="bold").encode(
            y=alt.Y("row:Q", scale=alt.Scale(domain=[0, 8], reverse=True), axis=None), text="n:N"
        )
        risk = alt.layer(risk, lines, numbers).resolve_scale(y="independent")
    both = alt.hconcat(
        risk.properties(width=HALF, height=110),
        _panel(run, found, "happening", "Offenses", last).properties(width=HALF, height=110),
        spacing=24,
    )
    title = {
        "text": run.name,
        "subtitle": wrap("; ".join(told) or "nothing published", LINE),
        "anchor": "start",
        "fontSize": 14,
        "subtitleFontSize": 12,
    }
    return both.properties(title=title)


def _panel(run: Reaction, found: Deterrence, what: str, title: str, last: bool) -> Any:
    alt = altair()
    ends = [getattr(point, what) for each in found.runs[1:] for point in each.points]
    domain = [min(each.mean - _half(each) for each in ends), max(each.mean + _half(each) for each in ends)]
    rows = [
        {
            "day": point.day + STRETCH / 2,
            "at": getattr(point, what).mean,
            "low": max(domain[0], getattr(point, what).ci95[0]),
            "high": min(domain[1], getattr(point, what).ci95[1]),
            "rest": getattr(rest, what).mean,
        }
        for point, rest in zip(run.points, found.runs[0].points, strict=True)
    ]
    data = alt.Data(values=rows)
    until = (found.runs[0].points[-1].day + STRETCH) if found.runs[0].points else 0
    scale = alt.Scale(domain=[0, until], nice=False)
    x = alt.X("day:Q", title="Days" if last else None, scale=scale, axis=alt.Axis(labels=last, tickCount=6))

    def y(name: str) -> Any:
        return alt.Y(
            f"{name}:Q", title=title, scale=alt.Scale(domain=domain, zero=False), axis=alt.Axis(format=".0%", tickCount=4)
        )

    band = alt.Chart(data).mark_area(opacity=0.25, color=DARK, clip=True).encode(x=x, y=y("low"), y2="high:Q")
    rest = alt.Chart(data).mark_line(color="black", strokeDash=[2, 3], strokeWidth=1.5).encode(x=x, y=y("rest"))
    line = alt.Chart(data).mark_line(color=DARK, strokeWidth=2.5, clip=True).encode(x=x, y=y("at"))
    return alt.layer(band, rest, line)


def _half(found: Any) -> float:
    """Half of an interval, as far as the picture makes room for it."""
    return min(float(found.half), 0.04)


def _words(event: str) -> str:
    """`MotionToSuppressGranted` as words."""
    return "".join(f" {c.lower()}" if c.isupper() and n else c for n, c in enumerate(event))


def _tornado(found: Deterrence) -> Any:
    """Each number of the crowd at the ends of its range."""
    alt = altair()
    assert found.swings is not None
    widest = max((each.swing for each in found.swings.moved), default=0.0)
    moved = [each for each in found.swings.moved if each.swing and each.swing >= LEAST * widest]
    rows = [
        {"number": each.path.removeprefix("caseload.publicity."), "end": f"at its {end}", "at": at, "now": found.swings.now}
        for each in moved
        for end, at in (("low", each.at_low), ("high", each.at_high))
    ]
    order = list(dict.fromkeys(str(row["number"]) for row in rows))
    ends = alt.Color("end:N", title=None, scale=alt.Scale(domain=["at its low", "at its high"], range=[DARK, LIGHT]))
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(height=13)
        .encode(
            y=alt.Y("number:N", sort=order, title=None, axis=alt.Axis(labelLimit=330)),
            x=alt.X("now:Q", title="Offenses undone, of those at rest", axis=alt.Axis(format=".0%", tickCount=7)),
            x2="at:Q",
            color=ends,
        )
    )
    now = alt.Chart(alt.Data(values=[{"now": found.swings.now}])).mark_rule(color="black").encode(x="now:Q")
    title = {"text": f"{found.scenario.name}: each number to the ends of its range", "anchor": "start", "fontSize": 14}
    size = {"width": WIDTH - 180, "height": max(40, 22 * len(order))}
    return alt.layer(bars, now).properties(title=title, **size)
