"""Citations of cases in files, read by eyecite: what looks like one and is none is a warning with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from courtsim.errors import NotAvailable
from courtsim.files.load import law_tree, own_tree
from courtsim.files.yaml import Node

CASE = re.compile(r"\bv\. |\bIn re ")
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
REPORTED = re.compile(rf"\b\d+ (?!{MONTHS})[A-Z][A-Za-z0-9. ]{{0,14}}? ?\d+\b(?=[ ,.(;]|$)")
DOCKET = re.compile(r"\b\d:\d\d-cv-\d+|\bSC\d{2,4}-\d+|\b\dD\d\d-\d+")  # not reported, cited by its number
ASIDE = re.compile(r"(Fla\. )?(R\. [A-Z][a-z.]+ ?)+\d|Fla\. Stat|Const\.|amend\.")
CITING = ("rule", "authority", "statute", "recalled")


def malformed(name: str | Path) -> list[str]:
    """A warning for every citation in a procedure or a scenario (and its procedure) that eyecite does not know.

    Raises:
        NotAvailable: eyecite is not installed.
        WrongInput: with file, line and column.
    """
    try:
        from eyecite import get_citations
    except ImportError:
        raise NotAvailable("citations are parsed by eyecite; type: pip install 'courtsim[citations]'") from None
    seen: dict[str, str] = {}
    for tree in (law_tree(name), own_tree(name)):
        for text, node in _citing(tree):
            for part in re.split(r"; |, following ", text):
                if _looks_like_one(part) and not get_citations(part):
                    seen.setdefault(str(node.where), f"{node.where}: {part!r} is no citation that eyecite knows")
    return list(seen.values())


def _looks_like_one(part: str) -> bool:
    if DOCKET.search(part):
        return False
    return bool(CASE.search(part)) or (bool(REPORTED.search(part)) and not ASIDE.search(part))


def _citing(node: Node, key: str = "") -> Iterator[tuple[str, Node]]:
    if key in CITING and isinstance(node.value, str):
        yield node.value, node
    for name, child in node.mapping.items():
        if key == "sources" and isinstance(child.value, str):
            yield child.value, child
        yield from _citing(child, name)
    for child in node.items:
        yield from _citing(child)
