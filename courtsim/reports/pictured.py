"""The event tree as a picture: choices in words from left to right, how cases end at the right of each branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from courtsim.analysis.branches import Course
from courtsim.reports.charts import DARK, altair, styled
from courtsim.reports.docket import in_words
from courtsim.reports.sheets import percent
from courtsim.scenario.facts import Scenario

LETTERS = 23  # of a line of words; a percentage stands before the first
LINE, FONT = 17, 13  # pixels
SHARE = 50  # pixels that a percentage takes
GAP, ROW, PAD = 30, 10, 6  # pixels between columns, between boxes, around words
ENDS = 3  # shown of a branch; the rest are added up
SMALL = 0.02  # smaller branches with less in all do not say how they end
INKS: Mapping[str, tuple[str, str, str]] = {  # fill, border, letters
    "choice": ("#ffffff", DARK, "#000000"),
    "end": (DARK, DARK, "#ffffff"),
    "folded": ("#e6e6e6", "#8c8c8c", "#000000"),
}


@dataclass
class _Box:
    """What stands in one box, and where."""

    kind: str  # of INKS
    p: float
    rows: list[tuple[str, str]]  # a percentage, or none on a line that goes on, and words
    after: list[_Box] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0  # of its middle

    @property
    def height(self) -> float:
        return len(self.rows) * LINE + 2 * PAD

    @property
    def width(self) -> float:
        return SHARE + max(_width(words) for _, words in self.rows) + 2 * PAD


def _width(words: str) -> float:
    """Pixels that words take in the charts' letters, rather too many than too few."""
    return sum(12.0 if letter in "mwMW%" else 4.5 if letter in "ijlft .,;:'" else 7.6 for letter in words)


def picture(course: Course, scenario: Scenario) -> Any:
    """Boxes for choices and ends; a line is as thick as its branch is likely; gray boxes stand for what is folded."""
    alt = altair()
    root = _Box("choice", course.p, [(percent(course.p), "The case opens"), *_chosen(course, scenario)], _after(course, scenario))
    below = _place(root, 0.0, 0.0)
    boxes = list(_all(root))
    right = max(box.x + box.width for box in boxes)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, right], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[below, 0], nice=False))
    lines = alt.Chart(alt.Data(values=_lines(root))).mark_line(color="#9a9a9a", strokeJoin="round", strokeCap="butt")
    layers = [
        lines.encode(
            x=x,
            y=y,
            detail="line:N",
            order="n:Q",
            strokeWidth=alt.StrokeWidth("p:Q", scale=alt.Scale(domain=[0, 1], range=[1, 12]), legend=None),
        )
    ]
    for kind, (fill, border, ink) in INKS.items():
        those = [box for box in boxes if box.kind == kind]
        frames = [{"x": b.x, "x2": b.x + b.width, "y": b.y - b.height / 2, "y2": b.y + b.height / 2} for b in those]
        frame = alt.Chart(alt.Data(values=frames)).mark_rect(
            fill=fill, stroke=border, strokeWidth=1.5, cornerRadius=3, strokeDash=[4, 3] if kind == "folded" else [1, 0]
        )
        layers.append(frame.encode(x=x, y=y, x2="x2:Q", y2="y2:Q"))
        words = [row for box in those for row in _words(box)]
        layers.append(
            alt.Chart(alt.Data(values=words)).mark_text(align="left", fontSize=FONT, color=ink).encode(x=x, y=y, text="words:N")
        )
        shares = alt.Chart(alt.Data(values=[row for row in words if row["share"]]))
        layers.append(
            shares.mark_text(align="right", fontSize=FONT, fontWeight="bold", color=ink, dx=-6).encode(x=x, y=y, text="share:N")
        )
    said = "Exact for central timing. Dark: how the cases of a branch end; gray: the same, of branches not shown further."
    return styled(alt.layer(*layers), scenario, below, width=right, said=said)


def _after(course: Course, scenario: Scenario) -> list[_Box]:
    """The boxes to the right of a branch: what it parts into, or how its cases end."""
    if not course.after:
        return [_ends(course, scenario)]
    return [box for after in course.after for box in _boxes(after, scenario)]


def _boxes(course: Course, scenario: Scenario) -> list[_Box]:
    after = _after(course, scenario)
    return [_Box("choice", course.p, _chosen(course, scenario), after)] if course.chosen else after


def _chosen(course: Course, scenario: Scenario) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for each in course.chosen:
        first, *more = wrap(in_words(scenario.procedure.option(each.step, each.option).event), LETTERS)
        rows += [(percent(each.p), first), *(("", words) for words in more)]
    return rows


def _ends(course: Course, scenario: Scenario) -> _Box:
    spine = scenario.procedure.tracks["case"].states
    if not course.chosen and not course.ended and course.p < SMALL:
        return _Box("folded", course.p, [(percent(course.p), "smaller branches")])
    least = max(SMALL / 10, 0.02 * course.p)
    rows: list[tuple[str, str]] = [] if course.chosen or course.ended else [("", "smaller branches:")]
    shown = [(end, p) for end, p in course.ends.items() if p >= least][:ENDS]
    for end, p in shown:
        first, *more = wrap(spine[end].label or end, LETTERS)
        rows += [(percent(p), first), *(("", words) for words in more)]
    rest = course.p - sum(p for _, p in shown)
    if rest >= least:
        rows.append((percent(rest), "other ends"))
    return _Box("end" if course.ended else "folded", course.p, rows)


def _place(box: _Box, x: float, top: float) -> float:
    """Gives each branch a band of its own, so that nothing can overlap; returns where its band ends."""
    box.x = x
    below = top
    for after in box.after:
        below = _place(after, x + box.width + GAP, below)
    if not box.after:
        box.y = top + box.height / 2
        return top + box.height + ROW
    box.y = (box.after[0].y + box.after[-1].y) / 2
    short = top + box.height / 2 - box.y
    if short > 0:  # higher than all that comes after it
        for each in _all(box):
            each.y += short
        below += short
    return max(below, box.y + box.height / 2 + ROW)


def _all(box: _Box) -> list[_Box]:
    return [box, *(each for after in box.after for each in _all(after))]


def _lines(box: _Box) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for parent in _all(box):
        for after in parent.after:
            begin, turn = parent.x + parent.width, parent.x + parent.width + GAP / 2
            corners = [(begin, parent.y), (turn, parent.y), (turn, after.y), (after.x, after.y)]
            rows += [{"x": x, "y": y, "n": n, "p": after.p, "line": f"{after.x}:{after.y}"} for n, (x, y) in enumerate(corners)]
    return rows


def _words(box: _Box) -> list[dict[str, Any]]:
    top = box.y - box.height / 2 + PAD + LINE / 2
    return [
        {"x": box.x + PAD + SHARE, "y": top + n * LINE, "share": share, "words": words}
        for n, (share, words) in enumerate(box.rows)
    ]
