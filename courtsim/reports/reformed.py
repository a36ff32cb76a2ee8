"""What a reform is: the differences between two laws in words, then what they do to outcomes."""

from __future__ import annotations

from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from courtsim.analysis.reform import Change, Reform
from courtsim.reports import compared


def reform(found: Reform) -> RenderableType:
    """First how much, then each difference with its citation, then the paired outcomes."""
    before, after, changes, pairs = found
    counts = [(kind, sum(change.kind == kind for change in changes)) for kind in ("added", "removed", "changed")]
    said = ", ".join(f"{n} {kind}" for kind, n in counts if n) or "no difference in law"
    first = f"From {before.name} (law as of {before.law_as_of}) to {after.name} (law as of {after.law_as_of}): {said}.\n"
    parts: list[RenderableType] = [Text(first)]
    for (what, name), group in groupby(changes, key=lambda change: (change.what, change.name)):
        parts.append(_entry(what, name, list(group)))
    if pairs is not None:
        parts += [Text(""), compared.what_if(pairs)]
    return Group(*parts)


def _entry(what: str, name: str, changes: list[Change]) -> Text:
    line = Text(f"{what} {name}", style="bold")
    if changes[0].rule:
        line.append(f"  ({changes[0].rule})", style="not bold dim")
    for change in changes:
        line.append(f"\n    {_said(change)}", style="not bold")
    return line


def _said(change: Change) -> str:
    if change.kind == "added":
        return f"added: {change.after}"
    if change.kind == "removed":
        return f"removed: {change.before}"
    key = f"{change.key}: " if change.key else ""
    return f"{key}{change.before or 'nothing'} -> {change.after or 'nothing'}"
