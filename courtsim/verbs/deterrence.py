"""The verb over a crowd that watches a court."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from courtsim.verbs import SEED
from courtsim.verbs.caseload import court_of
from courtsim.verbs.reading import load

if TYPE_CHECKING:
    from courtsim.analysis.deterrence import Deterrence

REPLICATIONS = 10  # where the scenario asks for a precision


def deterrence(
    scenario: str | Path,
    *,
    against: Sequence[str] = (),
    variant: str | None = None,
    sets: Sequence[str] = (),
    seed: int = SEED,
    replications: int | None = None,
    sensitivity: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Deterrence:
    """How would-be buyers answer to what a court publishes: a model of perception, not a finding about anyone.

    Args:
        scenario: its name or path; its caseload has `publicity`.
        against: other runs under the same luck, each a variant or a change of one value.
        variant: one of its variants.
        sets: changes of single values.
        seed: of the tape.
        replications: instead of what the scenario says.
        sensitivity: also move every number of the crowd to the ends of its range.
        progress: called with the number of replications that have ended since.

    Raises:
        WrongInput: no crowd; no such variant.
    """
    from courtsim.analysis import deterrence as crowd
    from courtsim.files.parameters import ranged

    loaded = load(scenario, variant=variant, sets=sets)
    publicity = crowd.publicity_of(loaded)
    assert loaded.caseload is not None
    asked = loaded.caseload.replications
    many = replications or (asked.at_most if asked.precision is None else REPLICATIONS)
    court = court_of(loaded, Path(scenario))
    others = []
    for change in against:  # all of them before the first run: a wrong name is told at once
        given = [change] if "=" in change else []
        other = load(scenario, variant=variant if given else change, sets=[*sets, *given])
        others.append((change, crowd.publicity_of(other), court_of(other, Path(scenario))))
    years = crowd.watched(court, seed, many, progress)
    runs = [crowd.reaction(crowd.QUIET, publicity, crowd.quiet(years)), crowd.reaction(loaded.name, publicity, years)]
    runs += [crowd.reaction(name, each, crowd.watched(other, seed, many, progress)) for name, each, other in others]
    swings = None
    if sensitivity:
        held = crowd.Held(court, seed, years, lambda more: load(scenario, variant=variant, sets=[*sets, *more]))
        swings = crowd.swings(held, ranged(loaded, "caseload.publicity"))
    return crowd.Deterrence(loaded, seed, many, tuple(runs), swings)
