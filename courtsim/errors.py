"""Every error that courtsim raises on purpose, with the exit code that the command line gives it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple


class Where(NamedTuple):
    """A place in a file; lines and columns count from 1. Line 0 is all of it: a missing file, an argument."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class CourtsimError(Exception):
    """The base of all; one message, fit to be shown to a person."""

    exit_code = 2


class WrongInput(CourtsimError):
    """`mine.yaml:12:9: unknown track 'supression'; expected case, plea or suppression; did you mean 'suppression'?`"""

    def __init__(self, where: Where | None, found: str, expected: str = "", nearest: str | None = None) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        self.nearest = nearest
        place = f"{where}: " if where else ""
        right = f"; expected {expected}" if expected else ""
        hint = f"; did you mean {nearest!r}?" if nearest else ""
        self.message = f"{place}{found}{right}{hint}"
        super().__init__(where, found, expected, nearest)  # all arguments: SimPy and pickle build it again from them

    def __str__(self) -> str:
        return self.message


class NotAvailable(CourtsimError):
    """The files ask for something that this command or this installation cannot do; the message says what."""


class IllegalStep(CourtsimError):
    """A command that the law does not allow in this state; `instead` holds what was lawful, as `step.option`."""

    exit_code = 1

    def __init__(self, tried: str, reason: str, instead: Iterable[str]) -> None:
        self.tried = tried
        self.reason = reason
        self.instead = tuple(instead)
        lawful = ", ".join(self.instead) or "nothing"
        self.message = f"{tried} is not lawful here: {reason}; lawful: {lawful}"
        super().__init__(tried, reason, self.instead)

    def __str__(self) -> str:
        return self.message


class AboveStatute(IllegalStep):
    """A sentence that the statute does not allow."""


class StuckCase(CourtsimError):
    """A case in a state that is not final and in which no step can ever happen."""

    exit_code = 1


class EndlessLoop(CourtsimError):
    """Steps that repeat without time passing, or a case that never ends; the message names the steps."""


class StoreFailed(CourtsimError):
    """The place where events are kept does not answer or is full."""

    exit_code = 3


class HasForks(CourtsimError):
    """A run or a fork that is not deleted, because forks of it live."""

    exit_code = 1

    def __init__(self, run: str, forks: Iterable[str]) -> None:
        self.run = run
        self.forks = tuple(forks)
        super().__init__(run, self.forks)

    def __str__(self) -> str:
        return f"{self.run} has living forks ({listed(self.forks)}); --with-forks deletes them too"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The closest of *names* to *name*, if one is close enough to be a slip of the pen."""
    found = difflib.get_close_matches(str(name), [str(n) for n in names], n=1, cutoff=0.6)
    return found[0] if found else None


def listed(names: Iterable[str], most: int = 12) -> str:
    """`a, b or c`, in the given order; a long list is cut with the number left out."""
    all_names = [str(n) for n in names]
    if not all_names:
        return "nothing"
    if len(all_names) > most:
        return ", ".join(all_names[:most]) + f" (and {len(all_names) - most} more)"
    return " or ".join(filter(None, [", ".join(all_names[:-1]), all_names[-1]]))
