"""What one law has that another has not: added, removed and changed, in the words of the files, with their citations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from courtsim.analysis.compare import Pairs, plain_pairs
from courtsim.files.effective import flow
from courtsim.files.yaml import Node, plain
from courtsim.procedure.law import Procedure
from courtsim.version import __version__

Kind: TypeAlias = Literal["added", "removed", "changed"]

# What makes up a law, in the order in which it is told: the section of the file and what one entry of it is called.
SECTIONS: Mapping[str, str] = {
    "tracks": "track",
    "counters": "counter",
    "facts": "fact",
    "switches": "switch",
    "conditions": "condition",
    "steps": "step",
    "consequences": "consequence",
    "tests": "test",
    "offenses": "offense",
    "invariants": "invariant",
}
INNER: Mapping[str, str] = {"states": "state", "options": "option", "questions": "question"}
ESSENTIAL = ("by", "when", "after", "event", "to", "ask", "values", "max")  # of what is new or gone, told in one line


class Change(Struct, frozen=True):
    """One difference.

    Attributes:
        what: `step`, `option of discharge`, `state of case`, ...
        name: of the entry.
        key: which of its keys changed; empty where the whole entry was added or removed.
        before, after: as the files write it; empty where there is nothing.
        rule: the citations of the entry, as the new law has them, or the old one where it is gone.
        place: file, line and column of what is new, or of what is gone.
    """

    kind: Kind
    what: str
    name: str
    key: str
    before: str
    after: str
    rule: str
    place: str


class Reform(NamedTuple):
    """Two laws, the differences between them, and what they do to the outcomes of one scenario, if one was given."""

    before: Procedure
    after: Procedure
    changes: Sequence[Change]
    pairs: Pairs | None


def changes(before: Node, after: Node) -> list[Change]:
    """The differences between the trees of two procedures, in the order of the files; order and comments are none."""
    found: list[Change] = []
    for section, what in SECTIONS.items():
        found += _entries(before.get(section), after.get(section), what, "")
    old, new = before.get("defaults"), after.get("defaults")
    for part in dict.fromkeys([*(old.mapping if old else ()), *(new.mapping if new else ())]):
        found += _entries(old.get(part) if old else None, new.get(part) if new else None, "default", part)
    return found


def _entries(before: Node | None, after: Node | None, what: str, inside: str) -> Iterator[Change]:
    old, new = (before.mapping if before else {}), (after.mapping if after else {})
    called = f"{what} of {inside}" if inside else what
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            assert before is not None
            yield Change("removed", called, name, "", _told(old[name]), "", _rules(old[name]), str(before.at(name)))
        elif name not in old:
            assert after is not None
            yield Change("added", called, name, "", "", _told(new[name]), _rules(new[name]), str(after.at(name)))
        else:
            assert before is not None and after is not None
            yield from _within(old[name], new[name], called, name, (before, after))


def _within(old: Node, new: Node, called: str, name: str, around: tuple[Node, Node]) -> Iterator[Change]:
    if plain(old) == plain(new):
        return
    if not isinstance(old.value, dict) or not isinstance(new.value, dict):
        place = str(around[1].at(name))
        yield Change("changed", called, name, "", flow(plain(old)), flow(plain(new)), _rules(new), place)
        return
    for key in [*old.mapping, *(key for key in new.mapping if key not in old.mapping)]:
        was, now = old.get(key), new.get(key)
        if key in INNER:
            yield from _entries(was, now, INNER[key], name)
        elif (plain(was) if was else None) != (plain(now) if now else None):
            before, after = flow(plain(was)) if was else "", flow(plain(now)) if now else ""
            place = str(new.at(key) if now else old.at(key))
            yield Change("changed", called, name, key, before, after, _rules(new) or _rules(old), place)


def _told(node: Node) -> str:
    """The essentials of an entry in one line; of anything but a mapping, all of it."""
    if not node.mapping:
        return flow(plain(node))
    parts = [f"{key} {flow(plain(node.mapping[key]))}" for key in ESSENTIAL if key in node.mapping]
    if "options" in node.mapping:
        parts.append(f"options {', '.join(node.mapping['options'].mapping)}")
    return "; ".join(parts) or flow(plain(node))


def _rules(node: Node) -> str:
    """The rules that an entry and its options cite, each once."""
    found: dict[str, None] = {}
    for part in [node, *(node.get("options") or Node({}, node.where)).mapping.values()]:
        for key in ("rule", "authority", "statute"):
            cited = part.get(key)
            if cited is not None and cited.value is not None:
                found[str(cited.value)] = None
    return "; ".join(found)


def plain_reform(reform: Reform) -> dict[str, Any]:
    """As `reform --json` shows it."""
    before, after, found, pairs = reform
    head: dict[str, Any] = {"scenario": None, "procedure": before.name, "seed": None, "version": __version__, "digest": None}
    body = plain_pairs(pairs) if pairs is not None else head
    laws = {"before": before.name, "after": after.name, "law_as_of": [before.law_as_of.isoformat(), after.law_as_of.isoformat()]}
    return body | laws | {"changes": msgspec.to_builtins(found)}
