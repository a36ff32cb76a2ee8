"""Verbs over many cases before one court."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from courtsim.verbs import SEED
from courtsim.verbs.reading import load

if TYPE_CHECKING:
    from courtsim.analysis.caseload import Report
    from courtsim.analysis.ranking import Only, Ranking
    from courtsim.engines.caseload import Court
    from courtsim.scenario.facts import Scenario


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
    from courtsim.errors import WrongInput

    loaded = load(scenario, variant=variant, sets=sets)
    horizon = loaded.caseload.horizon_days if loaded.caseload is not None else 0
    if warm_up_days is not None and loaded.caseload is not None and warm_up_days >= horizon:
        raise WrongInput(None, f"a warm-up of {warm_up_days:g} days", f"less than the horizon of {horizon:g}")
    court = court_of(loaded, Path(scenario))
    return report(court, seed, warm_up_days=warm_up_days, replications=replications, progress=progress)


def rank(
    scenario: str | Path,
    changes: Sequence[str],
    *,
    by: str = "days_to_disposition",
    delta: float,
    error: float = 0.05,
    only: Only | None = None,
    at_most: int = 200,
    sets: Sequence[str] = (),
    seed: int = SEED,
    progress: Callable[[int], None] | None = None,
) -> Ranking:
    """A court and others made of it in the order of a figure, with a stated chance of error (Kim and Nelson 2001).

    Args:
        scenario: its name or path; the court as it is is always among those ranked.
        changes: variants, and changes of single values as `resources.judge.capacity=2`.
        by: a figure of `caseload`, as `pending` or `wait.judge.mean`; `.mean` may be left out.
        delta: the least difference that matters, in the figure's own unit (days, cases, a share of 1).
        error: of the whole order: the chance that any two that differ by *delta* or more stand the wrong way.
        only: the first alone, with fewer replications.
        at_most: replications of each; what is not decided by then is said not to be told apart.
        sets: changes that all of them share.
        seed: of the tape; all have the same cases with the same luck.
        progress: called with the number of replications that have ended since.

    Raises:
        WrongInput: as `caseload`; nothing to compare with; no such figure; a delta or an error out of range.
        StuckCase, EndlessLoop, BrokenInvariant: what is wrong with the procedure, by name.
    """
    from courtsim.analysis.ranking import FIRST
    from courtsim.analysis.ranking import rank as ranked
    from courtsim.errors import WrongInput

    if not changes:
        raise WrongInput(None, "nothing to compare with", "a variant, or PATH=VALUE as resources.judge.capacity=2")
    twice = [change for n, change in enumerate(changes) if change in changes[:n]]
    if twice:
        raise WrongInput(None, f"{twice[0]} twice", "each court once")
    if not 0 < delta < float("inf"):
        raise WrongInput(None, f"a delta of {delta:g}", "more than 0: the least difference that matters")
    if not 0 < error < 0.5:
        raise WrongInput(None, f"an error of {error:g}", "a chance above 0 and below 0.5")
    if at_most < FIRST:
        raise WrongInput(None, f"at most {at_most} replications", f"at least {FIRST}: they tell how much the figure varies")
    path = Path(scenario)
    courts = [("as it is", court_of(load(scenario, sets=sets), path))]
    for change in changes:
        made = load(scenario, sets=(*sets, change)) if "=" in change else load(scenario, variant=change, sets=sets)
        courts.append((change, court_of(made, path)))
    return ranked(courts, by, delta, error, seed, only=only, at_most=at_most, progress=progress)


def court_of(loaded: Scenario, path: Path) -> Court:
    """The court of a caseload, with the other scenarios that its file names.

    Raises:
        WrongInput: no caseload; a script; a scenario that is not there.
    """
    from courtsim.engines.caseload import Court
    from courtsim.errors import WrongInput
    from courtsim.files.load import load_named

    caseload = loaded.caseload
    mix = dict(caseload.mix) if caseload is not None else {}
    mixed = {name: loaded if name == loaded.name else load_named(name, path) for name in mix}
    publicity = caseload.publicity if caseload is not None else None
    stated = publicity.prominent if publicity is not None else None
    try:
        prominent = None if stated is None else load_named(stated.scenario, path, variant=stated.variant)
    except WrongInput as fault:
        raise WrongInput(fault.where, f"of the prominent case: {fault.found}", fault.expected, fault.nearest) from None
    named = [part for part in (*mixed.values(), prominent) if part is not None and part is not loaded]
    return Court(_with(loaded, named) if named else loaded, mixed or None, prominent)


def _with(scenario: Scenario, named: Sequence[Scenario]) -> Scenario:
    """The scenario with a digest of what it names as well: of files that may change while their names do not."""
    from hashlib import blake2b

    from msgspec.structs import replace

    every = "\0".join(part.digest for part in (scenario, *named))
    return replace(scenario, digest=blake2b(every.encode(), digest_size=16).hexdigest())
