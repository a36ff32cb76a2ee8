"""The dates on which cases were filed, from a file of one ISO date a row beside the scenario."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from courtsim.errors import Where, WrongInput
from courtsim.files.small import refuse, text
from courtsim.files.yaml import STORED, Node


def dates_of(node: Node, starts: dt.date) -> tuple[dt.date, ...]:
    """The dates of the file that *node* names, sorted.

    Raises:
        WrongInput: no such file; or, with its row, what is no date or lies before *starts*.
    """
    if node.where == STORED:  # the dates themselves: what a run depends on is kept with it
        return tuple(dt.date.fromisoformat(text(item)) for item in node.items)
    folder = Path(node.where.file).parent if node.where.line else Path()
    path = folder / text(node)
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # links in a circle
        inside = False
    if not inside:
        refuse(node, f"{text(node)!r} leads out of the folder of this file", "a path inside it")
    try:
        rows = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        refuse(node, f"no file {str(path)!r}", "a file of text with one ISO date a row")
    found: list[dt.date] = []
    for n, row in enumerate(rows, 1):
        if not row.strip():
            continue
        place = Where(str(path), n, 1)
        try:
            filed = dt.date.fromisoformat(row.strip())
        except ValueError:
            raise WrongInput(place, repr(row.strip()), "an ISO date as 2019-02-22") from None
        if filed < starts:
            raise WrongInput(place, f"a case filed on {filed}", f"no date before the scenario starts, {starts}")
        found.append(filed)
    if not found:
        refuse(node, f"no date in {str(path)!r}", "one ISO date a row")
    return tuple(sorted(found))
