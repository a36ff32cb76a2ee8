"""What people read of tests: each expectation with what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from courtsim.scenario.facts import Scenario

if TYPE_CHECKING:
    from courtsim.analysis.coverage import Coverage
    from courtsim.analysis.expectations import Finding
    from courtsim.analysis.paths import Timelines
    from courtsim.procedure.conditions import Value
    from courtsim.procedure.law import Procedure


def entry(where: str, given: object, findings: Sequence[Finding]) -> RenderableType:
    """One entry of `expect`: whether it holds, where it stands, and a line for each thing that was expected."""
    from courtsim.files.effective import flow

    holds = all(finding.holds for finding in findings)
    lines = [f"{'ok  ' if holds else 'FAIL'}  {where}" + (f"  given {flow(given)}" if given is not None else "")]
    for finding in findings:
        mark = "    " if finding.holds else "  ! "
        lines.append(f"{mark}{finding.what} {finding.expected}: found {finding.found}")
    return Text("\n".join(lines))


def summary(number: int, failed: int) -> str:
    """The last line."""
    entries = f"{number} expectation{'' if number == 1 else 's'}"
    return f"{entries}: all hold" if not failed else f"{entries}: {failed} {'does' if failed == 1 else 'do'} not hold"


def covered(title: str, sources: Sequence[str], found: Coverage) -> RenderableType:
    """How much of each kind of part was exercised, then what never was, by name."""
    taken = sum(times > 0 for times in found.options.values())
    first = f"{title}: {taken} of {len(found.options)} options exercised by {found.cases:,} cases.\n"
    table = Table(box=None, pad_edge=False)
    table.add_column("Part")
    for name in ("Of the law", "Exercised", "Never"):
        table.add_column(name, justify="right")
    lines: list[str] = [""]
    for kind, parts in found.parts():
        never = [name for name, times in parts.items() if not times]
        table.add_row(kind, str(len(parts)), str(len(parts) - len(never)), str(len(never)))
        if never and kind != "steps":
            lines.append(f"{kind} never exercised: {'; '.join(never) if kind != 'options' else ', '.join(never)}")
    return Group(Text(first + "From " + "; ".join(sources) + ".\n"), table, Text("\n".join(lines)))


def timelines(named: str, subject: Scenario | Procedure, found: Timelines, form: Literal["follow", "example", "script"]) -> str:
    """Timelines as lines of Python, or each as a scenario file; then what they do not cover, as a comment."""
    number = len(found.timelines)
    lines = [f"# {number} timeline{'' if number == 1 else 's'} of {subject.name}"]
    if form == "script":
        lines += _scripts(named, subject, found)
    else:
        lines += _calls(named, isinstance(subject, Scenario), found, form)
    if found.left:
        why = (
            "nothing reaches them" if found.complete else "no way was found, as the law is too large to search; there may be one"
        )
        lines.append(f"# left: {', '.join(found.left)} ({why})")
    return "\n".join(lines)


def _calls(named: str, scenario: bool, found: Timelines, form: str) -> Iterator[str]:
    verb = "load" if scenario else "load_procedure"
    if form == "follow":
        yield from ("import courtsim", "from courtsim.testing import follow", "", f"law = courtsim.{verb}({json.dumps(named)})")
    for timeline in found.timelines:
        call = arguments(timeline.path, timeline.facts, timeline.switches)
        yield f"follow(law, {call})" if form == "follow" else f"@example(way({call}))"


def arguments(path: Sequence[str], facts: Mapping[str, Value], switches: Mapping[str, Value]) -> str:
    """A path as `follow` and `way` take it."""
    given = [json.dumps(name) for name in path]
    given += [f"{key}={dict(table)!r}".replace("'", '"') for key, table in (("facts", facts), ("switches", switches)) if table]
    return ", ".join(given)


def _scripts(named: str, subject: Scenario | Procedure, found: Timelines) -> Iterator[str]:
    from courtsim.files.effective import flow

    for n, timeline in enumerate(found.timelines, start=1):
        if timeline.script is None:
            yield f"# timeline {n} has no days: {' '.join(timeline.path)}"
            continue
        yield from ("---", f"scenario: {subject.name}-path-{n}", f"extends: {named}", f"title: {subject.title} (timeline {n})")
        if timeline.facts:
            yield f"facts: {flow(dict(timeline.facts))}"
        yield "script:"
        for entry in timeline.script:
            yield f"  - {{on: {entry.on}, step: {entry.step}, choose: {entry.choose}}}"
