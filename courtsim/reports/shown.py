"""What `show` prints: effective values and where they came from, the law as an outline, the marks of sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from courtsim.files.effective import OptionOutline, Outline, Stated
from courtsim.procedure.law import Source
from courtsim.scenario.facts import Scenario

Mark: TypeAlias = Literal["verified", "recalled", "assumed"]
MARKS: dict[Mark, str] = {
    "verified": "read in a text",
    "recalled": "from memory, not checked",
    "assumed": "no figure was found",
}


def values(scenario: Scenario, stated: Sequence[Stated]) -> RenderableType:
    """Every effective value of a scenario: its path as --set takes it, and where it came from."""
    changed = sum(value.origin not in ("file", "default") for value in stated)
    defaults = sum(value.origin == "default" for value in stated)
    first = (
        f"{scenario.title}\n\n{scenario.summary}\n\n{len(stated)} values: {len(stated) - changed - defaults} of the scenario, "
        f"{defaults} defaults of the procedure {scenario.procedure.name}, {changed} changed here. --set takes the paths.\n"
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("Value", overflow="fold", ratio=1)
    table.add_column("From", width=28)
    for value in stated:
        file, *line = value.where.rpartition("/")[2].split(":", 1)
        place = {"file": f"{file.removesuffix('.yaml')}", "--set": "--set"}.get(value.origin, value.origin)
        table.add_row(f"{value.path}: {value.value}", f"{place}:{line[0]}" if line and value.origin != "--set" else place)
    return Group(Text(first), table)


def law(found: Outline) -> RenderableType:
    """The law as a readable outline with citations."""
    parts: list[RenderableType] = [
        Text(f"{found.title}, law as of {found.law_as_of}: {len(found.steps)} steps, {len(found.consequences)} consequences.\n")
    ]
    for step in found.steps:
        parts.append(Text(f"{step.name}, by {step.by.replace('_', ' ')}", style="bold"))
        parts.append(_inset(f"when {step.when or 'always'}"))
        parts.append(_inset(f"time {step.after}"))
        parts += [_inset(_option(option)) for option in step.options]
    for title, lines in (
        ("What follows at once", [_option(option) for option in found.consequences]),
        ("Open doctrine, the default first", [f"{name}: {text}" for name, text in found.switches.items()]),
        ("Legal tests", [f"{name}: {line}" for name, stated in found.tests.items() for line in stated]),
        ("Offenses", [f"{name}: {text}" for name, text in found.offenses.items()]),
        ("What always holds", [f"{name}: {text}" for name, text in found.invariants.items()]),
    ):
        if lines:
            parts.append(Text(f"\n{title}", style="bold"))
            parts += [_inset(line) for line in lines]
    return Group(*parts)


def _option(option: OptionOutline) -> str:
    name = f"{option.name}: " if option.name else ""
    condition = f" (where {option.condition})" if option.condition else ""
    return f"{name}{option.says}{condition}" + (f" [{option.rule}]" if option.rule else "")


def _inset(text: str) -> RenderableType:
    return Padding(Text(text), (0, 0, 0, 2))


def sources(name: str, found: Mapping[str, Source]) -> RenderableType:
    """How many numbers and rules were read, recalled or assumed, and each of them."""
    counts = Counter(source.mark for source in found.values())
    first = ", ".join(f"{counts[mark]} {mark} ({meaning})" for mark, meaning in MARKS.items())
    table = Table(box=None, pad_edge=False)
    table.add_column("Path", overflow="fold", ratio=2)
    table.add_column("Mark", width=9)
    table.add_column("Source, or why it is assumed", overflow="fold", ratio=3)
    for path, source in found.items():
        table.add_row(path, source.mark, source.text)
    return Group(Text(f"{name}: {len(found)} sources: {first}.\n"), table)
