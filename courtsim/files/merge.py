"""How files are combined: `extends`, variants, the procedure's defaults, and `--set`."""

from __future__ import annotations

import math

from courtsim.errors import Where
from courtsim.files.small import RESERVED, refuse, unknown
from courtsim.files.yaml import Node, parse

# Below these keys a mapping is replaced whole; the path is given by its last part.
WHOLE = frozenset({"to", "terms", "conviction", "when", "tolled_when", "after", "open_for", "odds", "never", "requires"})
WHOLE |= frozenset({"always", "eventually", "unless", "if"})
# The entries of these mappings are replaced whole: a delay, a chooser, a fact drawn by odds, a named condition.
WHOLE_ENTRIES = frozenset({"choosers", "delays", "facts", "conditions", "needs", "expect"})


def merged(base: Node, change: Node, path: tuple[str, ...] = ()) -> Node:
    """*base* with *change*: mappings merge, everything else is replaced, null removes; the base's order comes first."""
    if not _merges(base, change, path):
        return change
    value, keys = dict(base.mapping), dict(base.keys)
    for key, node in change.mapping.items():
        if node.value is None:
            value.pop(key, None)
            continue
        value[key] = merged(value[key], node, (*path, key)) if key in value else node
        keys[key] = change.at(key)
    return Node(value, change.where, keys)


def _merges(base: Node, change: Node, path: tuple[str, ...]) -> bool:
    if not isinstance(base.value, dict) or not isinstance(change.value, dict):
        return False
    if path and path[-1] in WHOLE:
        return False
    if len(path) >= 2 and path[-2] in WHOLE_ENTRIES and path[-1] != "defaults":
        return path[-2] == "facts" and "values" in base.value  # the kinds of facts of a procedure
    return not {"low", "mid", "high"} >= set(base.value)


def with_set(tree: Node, assignment: str) -> Node:
    """The tree with one `--set PATH=VALUE`; the path is followed by the longest key that exists."""
    path, equals, value = assignment.partition("=")
    here = Where(f"--set {assignment}", 1, 1)
    if not equals or not path:
        refuse(here, "no `=`", "PATH=VALUE")
    return _put(tree, path.strip(), parse(value, f"--set {path}", here), here, "")


def _put(node: Node, path: str, value: Node, here: Where, parent: str) -> Node:
    if isinstance(node.value, list):
        first, _, rest = path.partition(".")
        if not first.isdigit() or int(first) >= len(node.value):
            unknown(here, "index", first, map(str, range(len(node.value))))
        items = list(node.value)
        items[int(first)] = _put(items[int(first)], rest, value, here, first) if rest else value
        return Node(items, node.where)
    if not isinstance(node.value, dict):
        refuse(here, f"nothing below {parent!r}", "a shorter path")
    entries = dict(node.value)
    known = [key for key in entries if path == key or path.startswith(key + ".")]
    key = max(known, key=len, default=path.partition(".")[0])
    rest = path[len(key) + 1 :]
    if parent == "conviction" and key == "p":
        return Node({"p": value}, node.where, {"p": here})
    keys = node.keys | {key: here}
    if not rest:
        if isinstance(value.value, int | float) and _is_odds(entries) and key in entries:
            return Node(_rescaled(entries, key, value), node.where, keys)
        if value.value is None:
            entries.pop(key, None)
        else:
            entries[key] = value
        return Node(entries, node.where, keys)
    below = entries.get(key)
    if below is None:
        below = Node({}, here)
    entries[key] = _put(below, rest, value, here, key)
    return Node(entries, node.where, keys)


def _is_odds(entries: dict[str, Node]) -> bool:
    """A table of numbers that sum to 1, or that has a `rest`."""
    numbers = [node.value for node in entries.values() if isinstance(node.value, int | float)]
    rests = [node for node in entries.values() if node.value == "rest"]
    if len(numbers) + len(rests) != len(entries) or not entries or set(entries) & set(RESERVED):
        return False
    return bool(rests) or abs(math.fsum(numbers) - 1) < 1e-9


def _rescaled(entries: dict[str, Node], key: str, value: Node) -> dict[str, Node]:
    """One entry of odds set from outside: `rest` is resolved first, the others keep their proportions."""
    assert isinstance(value.value, int | float)
    numbers = {k: float(n.value) for k, n in entries.items() if isinstance(n.value, int | float)}
    left = 1.0 - math.fsum(numbers.values())
    resolved = {k: numbers.get(k, left) for k in entries}
    others = math.fsum(share for k, share in resolved.items() if k != key)
    remaining = 1.0 - float(value.value)
    found: dict[str, Node] = {}
    for k, node in entries.items():
        if k == key:
            found[k] = value
        else:
            share = remaining * resolved[k] / others if others else remaining / (len(entries) - 1)
            found[k] = Node(share, node.where)
    return found
