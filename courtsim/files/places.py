"""Where something stands in the files of a law or a case, after everything was combined."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from courtsim.errors import Where
from courtsim.files.load import combined, law_tree
from courtsim.files.yaml import Node


class Places:
    """The places of a file and of its law.

    Args:
        name: a scenario or a procedure, as for `load`.
    """

    def __init__(self, name: str | Path, kind: str, *, variant: str | None = None, sets: Sequence[str] = ()) -> None:
        if kind == "scenario":
            parts = combined(name, variant=variant, sets=sets)
            self.law, self.case = parts.law, parts.tree
        else:
            self.law = law_tree(name)
            self.case = self.law.get("defaults") or Node({}, self.law.where)

    def in_law(self, *path: str) -> Where:
        return _found(self.law, path)

    def in_case(self, *path: str) -> Where:
        return _found(self.case, path)


def _found(tree: Node, path: Sequence[str]) -> Where:
    """The place of the last key of the path that exists: a step that writes its option on itself has no `options`."""
    where = tree.where
    for key in path:
        child = tree.get(key)
        if child is None:
            break
        where, tree = tree.at(key), child
    return where
