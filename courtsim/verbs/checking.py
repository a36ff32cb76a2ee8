"""The verb that asks what could ever happen."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from courtsim.engines.check import Findout
    from courtsim.procedure.law import Procedure
    from courtsim.scenario.facts import Scenario


def check(
    subject: Scenario | Procedure | str | Path,
    *,
    without: Collection[str] = (),
    most_states: int | None = None,
    engine: Literal["auto", "explicit", "symbolic"] = "auto",
) -> Findout:
    """Everything that could ever happen under a scenario or a bare procedure, in any order of lawful steps.

    Args:
        subject: loaded, or a name or path of either kind.
        without: steps to leave out; a catch-all hides dead ends.
        most_states: of the explicit search, which lists states: give up beyond so many; the answer says so.
        engine: `explicit`, `symbolic` (sets of states as decision diagrams), or `auto`: the first for small laws, else the
            second.

    Raises:
        WrongInput: `without` names no step.
        EndlessLoop: steps that can repeat without time passing.
    """
    from courtsim.engines import check as explicit
    from courtsim.files.load import load_any

    loaded = load_any(subject) if isinstance(subject, str | Path) else subject
    if engine == "explicit" or (engine == "auto" and most_states is not None):
        return explicit.check(loaded, without=without, most_states=most_states or explicit.MOST_STATES)
    if engine == "auto":
        found = explicit.check(loaded, without=without, most_states=explicit.FEW_STATES)
        if found.finished:
            return found
    from courtsim.engines import symbolic_check

    return symbolic_check.check(loaded, without=without)
