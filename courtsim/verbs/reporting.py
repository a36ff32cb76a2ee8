"""Verbs for what is handed out: report, and writing it as a file."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from courtsim.verbs import SEED
from courtsim.verbs.answering import changes, parameters
from courtsim.verbs.reading import load

if TYPE_CHECKING:
    from courtsim.analysis.report import Report

Format: TypeAlias = Literal["html", "pdf", "md", "docx"]


def report(
    scenario: str | Path,
    *,
    variant: str | None = None,
    sets: Sequence[str] = (),
    cases: int = 2000,
    seed: int = SEED,
    within: float = 1e-3,
    measure: str = "convicted",
    at: str | None = None,
    break_even: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Everything that a page on a scenario says: exact and sampled outcomes, a choice and what it is worth, what moves it.

    Args:
        scenario: its name or path.
        variant, sets: changes, as for `load`.
        cases: sampled, for what has an interval; two at least.
        seed: of the tape.
        within: how much probability the exact outcomes may leave; what is found again for every number ten times as much.
        measure: what the tornado moves.
        at: the step whose options are compared; none: where an offer is answered.
        break_even: the number of the break-even curve; none: the one that turns the choice, or moves its worth most.
        progress: called with what comes next.

    Raises:
        WrongInput: no such step, measure or number, or the tree is too large.
        StuckCase, EndlessLoop, IllegalStep: what is wrong with the procedure or the script, by name.
    """
    from courtsim.analysis.report import Asked, compose

    if cases < 2:
        from courtsim.errors import WrongInput

        raise WrongInput(None, f"{cases} cases", "two at least: one has no interval")
    loaded = load(scenario, variant=variant, sets=sets)
    given: list[str] = [f"--variant {variant}"] if variant else []
    given += [f"--set {shlex.quote(each)}" for each in sets]
    asked = [f"--cases {cases}", f"--seed {seed}", f"--within {within:g}", f"--measure {measure}"]
    asked += [f"--at {at}"] if at else []
    asked += [f"--break-even {break_even}"] if break_even else []
    command = " ".join(["courtsim report", shlex.quote(str(scenario)), *given, *asked])
    return compose(
        command,
        tuple(given),
        loaded,
        lambda believer: changes(loaded, believer),
        parameters(loaded),
        Asked(cases, seed, within, measure, at, break_even),
        progress or (lambda _: None),
    )


def write_report(found: Report, path: str | Path, form: Format | None = None) -> None:
    """Writes a report as a file: `html`, `pdf`, `md` or `docx`, by default as its name ends.

    Raises:
        NotAvailable: the extra `report` is not installed.
        WrongInput: a name that ends in none of these.
        StoreFailed: the file cannot be written.
    """
    from courtsim.reports.page.writers import write

    write(found, Path(path), form)
