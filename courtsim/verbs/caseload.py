"""Verbs over many cases before one court."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from courtsim.verbs import SEED
from courtsim.verbs.reading import load

if TYPE_CHECKING:
    from courtsim.analysis.caseload import Report


def caseload(
    scenario: str | Path,
    *,
    variant: str | None = None,
    sets: Sequence[str] = (),
    seed: int = SEED,
    replications: int | None = None,
    warm_up_days: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Many cases before a court of limited judges and rooms, over years, until the figures are precise.

    Args:
        scenario: its name or path; it says `resources` and `caseload`.
        variant: one of its variants.
        sets: changes of single values, as `resources.judge.capacity=1`.
        seed: of the tape; the same seed files the same cases with the same luck in another court.
        replications: exactly so many, instead of what the scenario says.
        warm_up_days: instead of what the scenario says.
        progress: called with the number of replications that have ended since.

    Raises:
        WrongInput: no caseload; a script; resources that never sit on one day.
        StuckCase, EndlessLoop, BrokenInvariant: what is wrong with the procedure, by name.
    """
    from courtsim.analysis.caseload import report
    from courtsim.engines.caseload import Court
    from courtsim.errors import WrongInput
    from courtsim.files.load import load_named

    loaded = load(scenario, variant=variant, sets=sets)
    mix = dict(loaded.caseload.mix) if loaded.caseload is not None else {}
    mixed = {name: loaded if name == loaded.name else load_named(name, Path(scenario)) for name in mix}
    horizon = loaded.caseload.horizon_days if loaded.caseload is not None else 0
    if warm_up_days is not None and loaded.caseload is not None and warm_up_days >= horizon:
        raise WrongInput(None, f"a warm-up of {warm_up_days:g} days", f"less than the horizon of {horizon:g}")
    court = Court(loaded, mixed or None)
    return report(court, seed, warm_up_days=warm_up_days, replications=replications, progress=progress)
