"""Where every number of a report comes from: each source with the numbers it covers, and the numbers that have none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from courtsim.analysis.report import Report
from courtsim.analysis.sensitivity import Movable
from courtsim.files.effective import flow
from courtsim.procedure.law import Source
from courtsim.reports.page.content import Block, Paragraph, Section, Table, columns
from courtsim.reports.shown import MARKS


def sources(report: Report) -> Section:
    """The scenario's own numbers by source, then what the law's file assumes where the scenario is silent."""
    own, law = report.scenario.sources, report.scenario.procedure.sources
    counts = Counter(source.mark for source in (*own.values(), *law.values()))
    marks = ", ".join(f"{counts[mark]} {mark} ({meaning})" for mark, meaning in MARKS.items())
    unsourced = sum(number.mark is None for number in report.numbers)
    said = (
        f"{len(own) + len(law)} sources: {marks}. {len(report.numbers)} numbers of the scenario can be moved; {unsourced} of "
        "them have no source."
    )
    parts = [
        Section("numbers", "The numbers of the scenario", tuple(_numbers(report.numbers, own, law))),
        Section("stated", "Where they come from", tuple(_stated("Sources that the scenario states", own))),
        Section(
            "defaults", "What the law's file takes where the scenario is silent", tuple(_stated("Sources of the law's file", law))
        ),
    ]
    return Section("sources", "Where the numbers come from", (Paragraph(said),), tuple(part for part in parts if part.blocks))


def _numbers(numbers: Sequence[Movable], own: Mapping[str, Source], law: Mapping[str, Source]) -> list[Block]:
    rows = tuple(
        (
            each.path,
            _value(each.now),
            f"{each.low} to {each.high}" if each.stated else "",
            _marked(each.mark, _nearest(each.path, own, law)),
        )
        for each in numbers
    )
    names = columns(".Number (as --set takes it)", "Value", "Stated range", "Mark (of which source below)")
    return [Table("Every number of the scenario, and how sure it is", names, rows)] if rows else []


def _value(now: str) -> str:
    """A number as it is; a delay as a line of its file."""
    said = flow(json.loads(now)).strip("{}")
    return said if len(said) <= 60 else f"{said[:57]}..."


def _marked(mark: str | None, source: str) -> str:
    return f"{mark} ({source})" if mark else "none"


def _nearest(path: str, own: Mapping[str, Source], law: Mapping[str, Source]) -> str:
    """The path of the nearest source above a number, of the scenario before its law."""
    for stated in (own, {key.removeprefix("defaults."): source for key, source in law.items()}):
        above = [key for key in stated if path == key or path.startswith(f"{key}.")]
        if above:
            return max(above, key=len)
    return ""


def _stated(caption: str, stated: Mapping[str, Source]) -> list[Block]:
    rows = tuple((path, source.mark, source.text) for path, source in stated.items())
    return [Table(caption, columns(".Covers", "Mark", "Source, or why it is assumed"), rows)] if rows else []
