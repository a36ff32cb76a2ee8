"""What came of a foreign docket: whether it keeps to the law, and where it first does not."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from courtsim.analysis.conform import Conformance, Docket, Fault
from courtsim.errors import listed
from courtsim.reports.docket import in_words

MOST_SHOWN = 12  # what was lawful instead


def conformance(found: Conformance) -> RenderableType:
    """One case: its first fault or that it has none. Several: the share that conforms, and each kind of fault with an example."""
    left_out = f" {found.left_out} lines were left out by --map." if found.left_out else ""
    if len(found.dockets) == 1:
        return Text(_one(found, found.dockets[0]) + left_out)
    cases = len(found.dockets)
    first = f"{found.log}: {found.conforming} of {cases} cases ({found.conforming / cases:.1%}) keep to {_law(found)}.{left_out}"
    if found.ok:
        return Text(first)
    table = Table(box=None, pad_edge=False)
    for name in ("Event", "Fault", "Cases", "First of them"):
        table.add_column(name, justify="right" if name == "Cases" else "left")
    for (event, kind), n in found.kinds():
        example = next(d for d in found.dockets if d.fault and (d.fault.event, d.fault.kind) == (event, kind))
        assert example.fault is not None
        table.add_row(event, kind, f"{n:,}", f"{example.fault.place}: {example.fault.why}")
    return Group(Text(first + " The first fault of each of the others:\n"), table)


def _law(found: Conformance) -> str:
    law = found.procedure.name
    return f"{law}, in the case {found.scenario}" if found.scenario else law


def _one(found: Conformance, docket: Docket) -> str:
    if docket.fault is not None:
        return _fault(found, docket.fault)
    label = found.procedure.tracks["case"].states[docket.end].label or docket.end
    ended = f"it ends closed: {label}" if docket.closed else f"it ends open, at {label}"
    lines = [f"{found.log}: keeps to {_law(found)}. {docket.lines} lines; {ended}."]
    if docket.unsaid:
        said = [f"{in_words(event)} ({date})" for event, date in docket.unsaid]
        lines.append(f"What the law did by itself and no line says: {listed(said, MOST_SHOWN)}.".replace(" or ", " and "))
    return "\n".join(lines)


def _fault(found: Conformance, fault: Fault) -> str:
    lines = [
        f"{fault.place}: {fault.event} of {fault.date} does not keep to {_law(found)} ({fault.kind}): {fault.why}.",
        f"Lawful was: {listed(fault.instead, MOST_SHOWN)}." if fault.instead else "",
    ]
    return "\n".join(filter(None, lines))
