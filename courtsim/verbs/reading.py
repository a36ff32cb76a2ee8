"""Verbs over files: load, show, explain, start, and check citations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from courtsim.files.effective import Outline, Stated
    from courtsim.procedure.law import Procedure
    from courtsim.scenario.facts import Scenario


def load(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Scenario:
    """The scenario of a file or of a shipped name, with a variant and single values changed.

    Args:
        name: a path, or the name of a shipped scenario.
        variant: the name of one of its variants.
        sets: changes as `findings.suppression.minimized=true`; the value is YAML.

    Raises:
        WrongInput: with file, line and column.
    """
    from courtsim.files.load import load as load_file

    return load_file(name, variant=variant, sets=sets)


def load_procedure(name: str | Path) -> Procedure:
    """The procedure of a file or of a shipped name. Raises WrongInput with file, line and column."""
    from courtsim.files.load import load_procedure as load_file

    return load_file(name)


def show(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> list[Stated]:
    """Every effective value of a scenario and where it came from: file and line, default, variant or --set.

    Raises:
        WrongInput: with file, line and column.
    """
    from courtsim.files.effective import effective

    load(name, variant=variant, sets=sets)
    return effective(name, variant=variant, sets=sets)


def show_law(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Outline:
    """The law of a procedure, or of the procedure of a scenario, as an outline with citations.

    Raises:
        WrongInput: with file, line and column.
    """
    from courtsim.files.effective import outline

    return outline(name, variant=variant, sets=sets)


def new(kind: Literal["scenario", "procedure"], path: str | Path) -> None:
    """Writes a commented, valid starter file.

    Raises:
        WrongInput: the file exists, or its name makes no id.
        StoreFailed: the place cannot be written to.
    """
    from courtsim.files.starters import write

    write(kind, Path(path))


def citations(name: str | Path) -> list[str]:
    """A warning, with its place, for every citation of a case in a file that eyecite does not know.

    Raises:
        NotAvailable: eyecite is not installed.
        WrongInput: with file, line and column.
    """
    from courtsim.files.citations import malformed

    return malformed(name)


def explain(term: str) -> dict[str, str]:
    """What the glossaries of the shipped procedures say of a term: procedure to explanation.

    Raises:
        WrongInput: no glossary has the term; with the nearest that one has.
    """
    from courtsim.errors import WrongInput, listed, nearest
    from courtsim.files.load import list_shipped

    known = {s.name: load_procedure(s.name).glossary for s in list_shipped() if s.kind == "procedure"}
    wanted = term.lower().replace("_", " ")
    found = {name: glossary[key] for name, glossary in known.items() for key in glossary if key.lower() == wanted}
    if not found:
        terms = sorted({key for glossary in known.values() for key in glossary})
        raise WrongInput(None, f"no glossary explains {term!r}", listed(terms, most=len(terms)), nearest(wanted, terms))
    return found
