"""What `sensitivity` and `audit` print: which numbers an answer hangs on."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from courtsim.analysis.sensitivity import Audited, Moved
from courtsim.reports.sheets import about, columns, rough
from courtsim.scenario.facts import Scenario

SHOWN = 20  # rows; the rest are counted


def tornado(scenario: Scenario, measure: str, now: float, moved: Sequence[Moved]) -> RenderableType:
    """The numbers that move a measure most, widest first."""
    first = f"{measure} is {rough(now)} as things stand (exact for central timing)."
    if moved and moved[0].swing:
        first += f" It hangs most on {moved[0].path}."
    table = columns("Number", "Low", "High", "At low", "At high", "Swing", "Mark")
    for each in [m for m in moved if m.swing][:SHOWN]:
        name = each.path if each.stated else f"{each.path} *"
        cells = [each.low[:12], each.high[:12], _shown(each.at_low), _shown(each.at_high), rough(each.swing), each.mark or "none"]
        table.add_row(name, *cells)
    still = sum(not m.swing for m in moved)
    rest = max(0, len(moved) - still - SHOWN)
    said = f"{rest} more move it less, {still} do not move it. * no range is stated: moved by a fifth down and up."
    return Group(about(scenario, "exact, central timing"), Text(f"{first}\n"), table, Text(f"\n{said}"))


def grid(
    scenario: Scenario,
    measure: str,
    names: tuple[str, str],
    xs: Sequence[float],
    ys: Sequence[float],
    rows: Sequence[Sequence[float]],
) -> RenderableType:
    """A measure over two numbers: every cell exact for central timing."""
    every = max(1, (len(xs) - 1) // 8)
    table = columns(f"{names[1]} (down)", *(f"{x:.3g}" for x in xs[::every]))
    for y, row in zip(ys, rows, strict=True):
        table.add_row(f"{y:.3g}", *(rough(value) for value in row[::every]))
    return Group(
        about(scenario, "exact, central timing"), Text(f"{measure} over {names[0]} (across) and {names[1]} (down).\n"), table
    )


def audit(scenario: Scenario, actor: str, found: Sequence[Audited]) -> RenderableType:
    """The assumed numbers: those that turn the advice first, then by how far the value moves."""
    turning = [each for each in found if each.turns]
    first = (
        f"The advice to {actor} turns with {len(turning)} of {len(found)} assumed numbers, each moved alone."
        if turning
        else f"The advice to {actor} stands whichever of the {len(found)} assumed numbers is moved, each alone."
    )
    table = columns("Assumed number", "Low", "High", "Worth at low", "Worth at high", "Swing", "Turns")
    for each in [m for m in found if m.swing or m.turns][:SHOWN]:
        cells = [each.low[:12], each.high[:12], _shown(each.at_low), _shown(each.at_high), rough(each.swing)]
        table.add_row(each.path, *cells, ", ".join(each.turns))
    return Group(
        about(scenario, "exact, central timing"),
        Text(f"{first}\n"),
        table,
        Text("\nWorth in the units of the scenario's values, exact for central timing."),
    )


def _shown(value: float | None) -> str:
    return "unlawful" if value is None else rough(value)
