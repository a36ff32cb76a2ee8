"""Charts by Vega-Altair, drawn offline: how cases end, plea against trial, what moves an answer, two numbers as a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

from courtsim.analysis.advice import BreakEven
from courtsim.analysis.durations import Bin
from courtsim.analysis.offers import Bargain
from courtsim.analysis.sensitivity import Moved
from courtsim.engines.run import Share
from courtsim.engines.solve import Solved
from courtsim.errors import NotAvailable, StoreFailed, WrongInput
from courtsim.reports.sheets import rough, status
from courtsim.scenario.caseload import banner
from courtsim.scenario.facts import Scenario

KINDS = (".png", ".svg", ".html")
DARK, LIGHT = "#30506e", "#c9802b"  # told apart in grayscale too


WIDTH = 620


class Look(NamedTuple):
    """How a chart is drawn: in a file of its own, or narrow on a page that says the rest around it."""

    width: int
    row: int  # height of a bar with its share of the gap


FILE = Look(WIDTH, 24)
PAGE = Look(430, 40)  # names stand over their bars: it still reads on a telephone


def altair() -> Any:
    """Vega-Altair, where it is installed; NotAvailable else."""
    try:
        import altair as alt
        import vl_convert
    except ImportError as fault:
        raise NotAvailable("charts need Vega-Altair: pip install 'courtsim[charts]'") from fault
    del vl_convert
    return alt


def ends(solved: Solved, sampled: Mapping[str, Share] | None, look: Look = FILE) -> Any:
    """Exact probabilities as bars; the sampled shares with their intervals as ticks over them."""
    alt = altair()
    spine = solved.scenario.procedure.tracks["case"].states
    rows = []
    for end, p in solved.dispositions.items():
        share = sampled.get(end) if sampled else None
        if p >= 0.0005 or (share and share.n):
            low, high = share.ci95 if share else (None, None)
            rows.append({"state": end, "end": spine[end].label or end, "exact": p, "low": low, "high": high})
    data = alt.Data(values=rows)
    order = [row["end"] for row in sorted(rows, key=lambda row: -solved.dispositions[str(row["state"])])]
    y = alt.Y("end:N", sort=order, title=None, axis=alt.Axis(labelLimit=320))
    x = alt.X("exact:Q", title="Probability: exact at central timing (bar), sampled 95% (line)", axis=alt.Axis(format="%"))
    bars = alt.Chart(data).mark_bar(color=DARK, height=16).encode(y=y, x=x)
    intervals = alt.Chart(data).mark_rule(color=LIGHT, strokeWidth=4).encode(y=y, x="low:Q", x2="high:Q")
    return _drawn(alt.layer(bars, intervals), solved.scenario, look.row * len(rows), look)


def curve(even: BreakEven, scenario: Scenario, look: Look = FILE) -> Any:
    """What the two best options are worth as a number moves, and where they are worth the same."""
    alt = altair()
    rows = [
        {"x": x, "option": option, "worth": values[option]}
        for x, values in even.curve
        for option in even.options
        if option in values
    ]
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=3)
        .encode(
            x=alt.X("x:Q", title=even.parameter, axis=alt.Axis(format="~s", tickCount=6), scale=alt.Scale(nice=False)),
            y=alt.Y("worth:Q", title="Worth", axis=alt.Axis(format="~s"), scale=alt.Scale(zero=False)),
            color=alt.Color("option:N", title=even.step, scale=alt.Scale(domain=list(even.options), range=[DARK, LIGHT])),
            strokeDash=alt.StrokeDash(
                "option:N", title=even.step, scale=alt.Scale(domain=list(even.options), range=[[1, 0], [8, 4]])
            ),
        )
    )
    layers = [lines]
    if even.value is not None:
        mark = alt.Data(values=[{"x": even.value, "label": f"break-even {rough(even.value)}"}])
        layers.append(alt.Chart(mark).mark_rule(color="black", strokeDash=[2, 2]).encode(x="x:Q"))
        layers.append(_label(mark, even.value, even.curve[0][0], even.curve[-1][0]))
    return _drawn(alt.layer(*layers), scenario, 340 if look is FILE else 280, look)


def _label(mark: Any, at: float, low: float, high: float) -> Any:
    """Words beside an upright line, on the side that has room for them."""
    right = at <= (low + high) / 2
    text = altair().Chart(mark).mark_text(align="left" if right else "right", dx=6 if right else -6, fontSize=14)
    return text.encode(x="x:Q", y=altair().value(12), text="label:N")


def bargain(found: Bargain, scenario: Scenario) -> Any:
    """What each side gains by the bargain over none as a term moves; gray where both do."""
    alt = altair()
    sides = (found.maker, found.answerer)
    rows = [
        {"x": priced.at, "side": side, "gain": gain}
        for priced in found.curve
        for side, gain in zip(sides, (priced.maker_gains, priced.answerer_gains), strict=True)
    ]
    x = alt.X("x:Q", title=f"{found.term} of the offer {found.offer}", scale=alt.Scale(nice=False))
    band = alt.Chart(alt.Data(values=[{"a": a, "b": b} for a, b in found.range])).mark_rect(color="#dddddd")
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color="black").encode(y="zero:Q")
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=3)
        .encode(
            x=x,
            y=alt.Y("gain:Q", title="Gain by the bargain over none", axis=alt.Axis(format="~s")),
            color=alt.Color("side:N", title="gain of the", scale=alt.Scale(domain=list(sides), range=[DARK, LIGHT])),
            strokeDash=alt.StrokeDash("side:N", title="gain of the", scale=alt.Scale(domain=list(sides), range=[[1, 0], [8, 4]])),
        )
    )
    layers = [band.encode(x=alt.X("a:Q"), x2="b:Q"), zero, lines]
    if found.best is not None:
        mark = alt.Data(values=[{"x": found.best.at, "label": f"offer {rough(found.best.at)}"}])
        layers.append(alt.Chart(mark).mark_rule(color="black", strokeDash=[2, 2]).encode(x="x:Q"))
        layers.append(_label(mark, found.best.at, found.curve[0].at, found.curve[-1].at))
    said = "Gray: both would have the bargain." if found.range else "No value is one that both would have."
    return styled(alt.layer(*layers), scenario, 340, said=said)


def tornado(moved: Sequence[Moved], now: float, measure: str, scenario: Scenario, look: Look = FILE) -> Any:
    """The widest swings on top; the dark end is the low end of the number, the light one the high end."""
    alt = altair()
    rows = []
    for each in [m for m in moved if m.swing][:15]:
        for end, value, at in (("low", each.low, each.at_low), ("high", each.high, each.at_high)):
            rows.append({"number": each.path, "end": end, "at": at, "now": now, "label": value[:10]})
    data = alt.Data(values=rows)
    order = [each.path for each in moved]
    y = alt.Y("number:N", sort=order, title=None, axis=alt.Axis(labelLimit=360))
    scale = alt.Scale(zero=False)
    colors = alt.Color("end:N", title="at the end of its range", scale=alt.Scale(domain=["low", "high"], range=[DARK, LIGHT]))
    bars = alt.Chart(data).mark_bar(height=14).encode(y=y, x=alt.X("now:Q", scale=scale, title=measure), x2="at:Q", color=colors)
    middle = alt.Chart(alt.Data(values=[{"now": now}])).mark_rule(color="black").encode(x="now:Q")
    return _drawn(alt.layer(bars, middle), scenario, look.row * max(1, len(rows) // 2), look)


def waiting(found: Sequence[Bin], scenario: Scenario, look: Look = FILE) -> Any:
    """How many of the cases were disposed of in each stretch of days."""
    alt = altair()
    data = alt.Data(values=[{"low": each.low, "high": each.high, "share": each.cases.share} for each in found])
    bars = (
        alt.Chart(data)
        .mark_bar(color=DARK, binSpacing=1)
        .encode(
            x=alt.X("low:Q", bin="binned", title="Days to disposition"),
            x2="high:Q",
            y=alt.Y("share:Q", title="Share of the sampled cases", axis=alt.Axis(format="%")),
        )
    )
    return _drawn(bars, scenario, 240, look)


def svg(chart: Any) -> str:
    """The chart as one SVG; it has no words for those who do not see it, so whoever shows it says them."""
    written = StringIO()
    chart.save(written, format="svg")
    return written.getvalue()


def heat(
    names: tuple[str, str],
    xs: Sequence[float],
    ys: Sequence[float],
    rows: Sequence[Sequence[float]],
    measure: str,
    scenario: Scenario,
) -> Any:
    """A measure over two numbers, light where it is small."""
    alt = altair()
    cells = [
        {"x": round(x, 4), "y": round(y, 4), "z": z}
        for y, row in zip(ys, rows, strict=True)
        for x, z in zip(xs, row, strict=True)
    ]
    every = xs[:: max(1, (len(xs) - 1) // 8)]
    ticks = [round(x, 4) for x in every]
    chart = (
        alt.Chart(alt.Data(values=cells))
        .mark_rect()
        .encode(
            x=alt.X("x:O", title=names[0], axis=alt.Axis(values=ticks, labelAngle=0)),
            y=alt.Y("y:O", title=names[1], sort="descending", axis=alt.Axis(values=ticks)),
            color=alt.Color("z:Q", title=measure, scale=alt.Scale(scheme="greys")),
        )
    )
    return styled(chart, scenario, 460)


def _drawn(chart: Any, scenario: Scenario, height: float, look: Look) -> Any:
    return styled(chart, scenario, height) if look is FILE else _on_page(chart, height, look)


def _on_page(chart: Any, height: float, look: Look) -> Any:
    """Without a title, and the names of bars over them; the page says what it is of."""
    over = {
        "labelAlign": "left",
        "labelBaseline": "bottom",
        "labelPadding": 0,
        "labelOffset": -10,
        "ticks": False,
        "domain": False,
    }
    return chart.properties(width=look.width, height=max(look.row, height), padding=4).configure(
        axis={"labelFontSize": 13, "titleFontSize": 13},
        axisYDiscrete=over,
        legend={"labelFontSize": 13, "titleFontSize": 13, "orient": "bottom", "labelLimit": 300},
        view={"strokeOpacity": 0},
    )


def styled(chart: Any, scenario: Scenario, height: float, width: float = WIDTH, said: str = "") -> Any:
    """With the scenario's title over it, what it is, and that it is a simulation."""
    return titled(chart.properties(width=width, height=max(120, height)), scenario, width, said)


def titled(chart: Any, scenario: Scenario, width: float = WIDTH, said: str = "") -> Any:
    """As `styled`, of a chart whose panels have their sizes."""
    title = {
        "text": scenario.title,
        "subtitle": [
            line for words in (banner(scenario.caseload), status(scenario), said) for line in wrap(words, int(width / 6.2))
        ],
        "anchor": "start",
        "fontSize": 16,
        "subtitleFontSize": 12,
        "offset": 12,
    }
    return (
        chart.properties(title=title, padding=16)
        .configure_axis(labelFontSize=13, titleFontSize=13)
        .configure_legend(labelFontSize=13, titleFontSize=13, orient="bottom", labelLimit=300, symbolSize=500)
        .configure_view(strokeOpacity=0)
    )


def kind_of(path: Path) -> str:
    """What a chart's file name asks for. Raises WrongInput for another ending than .png, .svg or .html."""
    if path.suffix not in KINDS:
        raise WrongInput(None, f"a chart in {path.name!r}", "a name that ends in .png, .svg or .html")
    return path.suffix


def write(chart: Any, path: Path) -> None:
    """Writes a chart; an .html holds all it needs and opens without a network.

    Raises:
        StoreFailed: the file cannot be written.
    """
    kind = kind_of(path)
    try:
        if kind == ".html":
            chart.save(str(path), inline=True)
        else:
            chart.save(str(path), scale_factor=2 if kind == ".png" else 1)
    except OSError as fault:
        raise StoreFailed(f"{path} cannot be written: {fault.strerror}") from fault
