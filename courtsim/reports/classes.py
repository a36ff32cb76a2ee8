"""What a teacher sees: the table of a class, and which files were left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group as Together
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from courtsim.analysis.classroom import Group
from courtsim.reports.sheets import columns, rough


def table(groups: Sequence[Group], left_out: Sequence[tuple[str, str]]) -> RenderableType:
    """One part for each scenario and seat; the files left out come last, each with the reason."""
    games = sum(group.games for group in groups)
    kinds = "1 kind" if len(groups) == 1 else f"{len(groups)} kinds"
    first = f"{games} games of {kinds}; {len(left_out)} files left out.\n"
    parts: list[RenderableType] = [Text(first)]
    for group in groups:
        parts += _group(group)
    parts += [Text(f"left out: {file}: {why}") for file, why in left_out]
    return Together(*parts)


def _group(group: Group) -> list[RenderableType]:
    head = f"{group.title} ({group.scenario}), in the seat of the {group.seat.replace('_', ' ')}"
    ends = "; ".join(f"{end} {n}" for end, n in group.ends.items())
    parts: list[RenderableType] = [Text(head, style="bold")]
    parts.append(Text(f"{group.games} games, {group.finished} finished" + (f": {ends}" if ends else "") + ".\n"))
    if group.junctures:
        parts += [_junctures(group), Text("")]
    if group.guesses and group.brier is not None and group.best is not None:
        parts += [_bins(group), Text(f"Mean Brier score {group.brier:.3f}; the exact odds score {group.best:.3f}.\n")]
    return [*parts, _pupils(group), Text("")]


def _junctures(group: Group) -> RenderableType:
    found = Table(box=None, pad_edge=False)
    for name in ("Juncture", "Asked", "Chosen", "Worth most", "Regret, $"):
        found.add_column(name, justify="right" if name in ("Asked", "Regret, $") else "left", overflow="fold")
    for taken in group.junctures:
        regret = "" if taken.regret is None else rough(taken.regret)
        found.add_row(taken.step, str(taken.asked), _counts(taken.options), _counts(taken.best), regret)
    return found


def _counts(options: Mapping[str, int]) -> str:
    return ", ".join(f"{option} {n}" for option, n in options.items())


def _bins(group: Group) -> RenderableType:
    found = columns("Guesses", "How many", "Said", "Came true")
    for each in group.bins:
        found.add_row(f"{each.low:.0%} to {each.high:.0%}", str(each.n), f"{each.said:.0%}", f"{each.came:.0%}")
    return found


def _pupils(group: Group) -> RenderableType:
    found = Table(box=None, pad_edge=False)
    for name in ("Who", "End", "Choices", "Undone", "Regret, $", "Brier", "of exact"):
        found.add_column(name, justify="left" if name in ("Who", "End") else "right", overflow="fold")
    for pupil in group.pupils:
        found.add_row(
            pupil.player or pupil.file,
            pupil.disposition if pupil.finished else "not finished",
            str(pupil.choices) if pupil.finished else "",
            str(pupil.undone),
            "" if pupil.regret is None else rough(pupil.regret),
            "" if pupil.brier is None else f"{pupil.brier:.3f}",
            "" if pupil.best is None else f"{pupil.best:.3f}",
        )
    return found
