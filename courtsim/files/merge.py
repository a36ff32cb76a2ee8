"""How files are combined: `extends`, variants, the procedure's defaults, and `--set`."""

from __future__ import annotations

import math

from courtsim.errors import Where
from courtsim.files.small import refuse, shown, unknown
from courtsim.files.yaml import Node, parse

NOT_SET = frozenset({"extends", "variants", "expect", "scenario", "documented"})  # no value of a case
LONGEST_PATH = 50  # parts of a path of --set
# Below these keys a mapping is replaced whole; the path is given by its last part.
WHOLE = frozenset({"to", "terms", "conviction", "when", "tolled_when", "after", "open_for", "odds", "never", "requires"})
WHOLE |= frozenset({"always", "eventually", "unless", "if"})
# The entries of these mappings are replaced whole: a delay, a chooser, a fact drawn by odds, a named condition.
WHOLE_ENTRIES = frozenset({"choosers", "delays", "facts", "conditions", "needs", "minutes", "sources"})


class Removed(Node):
    """What stands where a null took something away: it takes away the same from what is merged below later."""

    __slots__ = ()


def merged(base: Node, change: Node, path: tuple[str, ...] = ()) -> Node:
    """*base* with *change*: mappings merge, everything else is replaced, null removes; the base's order comes first."""
    if not _merges(base, change, path):
        return change
    value, keys = dict(base.mapping), dict(base.keys)
    for key, node in change.mapping.items():
        if node.value is None and key in value:
            value[key] = Removed(None, node.where)
        else:
            value[key] = merged(value[key], node, (*path, key)) if key in value else node
        keys[key] = change.at(key)
    return Node(value, change.where, keys)


def settled(tree: Node) -> Node:
    """The tree without what nulls have removed. A null that had nothing to remove stays, and is refused by its reader."""
    if isinstance(tree.value, dict):
        kept = {key: settled(node) for key, node in tree.value.items() if not isinstance(node, Removed)}
        return Node(kept, tree.where, tree.keys)
    return tree  # lists are replaced whole: nothing in them was removed


def _merges(base: Node, change: Node, path: tuple[str, ...]) -> bool:
    if not isinstance(base.value, dict) or not isinstance(change.value, dict):
        return False
    if path and path[-1] in WHOLE:
        return False
    if len(path) >= 2 and path[-2] in WHOLE_ENTRIES and path[-1] != "defaults":
        return path[-2] == "facts" and "values" in base.value  # the kinds of facts of a procedure
    return set(base.value) != {"low", "mid", "high"}


def with_set(tree: Node, assignment: str) -> Node:
    """The tree with one `--set PATH=VALUE`; the path is followed by the longest key that exists."""
    path, equals, written = assignment.partition("=")
    here = Where(f"--set {assignment}", 0, 0)
    if not equals or not path.strip() or not written.strip():
        refuse(here, "no value" if equals and path.strip() else "no path and value", "PATH=VALUE")
    if path.count(".") > LONGEST_PATH:
        refuse(here, f"a path of more than {LONGEST_PATH} parts", "a path of the scenario")
    value = parse(written, here.file, here)
    if path.strip() in NOT_SET or path.strip().startswith(("variants.", "expect.")):
        refuse(here, f"`{path.strip()}`, which says nothing about a case", "a path of the scenario")
    return put(tree, path.strip(), value, here)


def put(tree: Node, path: str, value: Node, here: Where) -> Node:
    """The tree with another value at a path; what is new stands *here*."""
    return _put(tree, path, value, here, ())


def _put(node: Node, path: str, value: Node, here: Where, above: tuple[str, ...]) -> Node:
    if isinstance(node.value, list):
        first, _, rest = path.partition(".")
        indices = [str(i) for i in range(len(node.value))]
        if first not in indices:
            unknown(here, "index", first, indices)
        items = list(node.value)
        items[int(first)] = _put(items[int(first)], rest, value, here, (*above, first)) if rest else value
        return Node(items, node.where)
    if not isinstance(node.value, dict):
        refuse(here, f"nothing below {'.'.join(above)!r}, which is {shown(node)}", "a shorter path")
    entries = dict(node.value)
    known = [key for key in entries if path == key or path.startswith(key + ".")]
    key = max(known, key=len, default=_new_key(path, above))
    rest = path[len(key) + 1 :]
    if above == ("conviction",) and path == "p":
        return Node({"p": value}, here, {"p": here})
    keys = node.keys | {key: here}
    if rest:
        entries[key] = _put(entries.get(key) or Node({}, here), rest, value, here, (*above, key))
    elif value.value is None:
        if key not in entries:
            unknown(here, "key", key, entries)
        entries[key] = Removed(None, here)
    elif above[-1:] == ("odds",) and above[0] in ("choosers", "facts"):
        return Node(_rescaled(entries, key, value, here), node.where, keys)
    else:
        entries[key] = value
    return Node(entries, node.where, keys)


def _new_key(path: str, above: tuple[str, ...]) -> str:
    """The key meant by the beginning of a path where none exists yet: names of states and options have dots."""
    if above == ("costs",):  # step.option, then the actor
        return path.rpartition(".")[0] or path
    if above[:1] == ("beliefs",) and len(above) == 2:
        return path
    if above[:1] == ("values",) and above[-1] in ("day_in", "final"):
        return path
    return path.partition(".")[0]


def _rescaled(entries: dict[str, Node], key: str, value: Node, here: Where) -> dict[str, Node]:
    """One entry of odds set from outside: `rest` is resolved first, the others keep their proportions."""
    new = _middle(value)
    if new is None or any(_middle(node) is None and node.value != "rest" for node in entries.values()):
        return entries | {key: value}  # words or worse: the reader says what is wrong
    if not 0 <= new <= 1:
        refuse(here, f"the probability {new:g}", "a number from 0 to 1")
    numbers = {name: share for name, node in entries.items() if (share := _middle(node)) is not None}
    left = max(0.0, 1.0 - math.fsum(numbers.values()))
    others = {name: numbers.get(name, left) for name in entries if name != key}
    total = math.fsum(others.values())
    found: dict[str, Node] = {}
    for name, node in entries.items():
        if name != key:
            share = (1.0 - new) * others[name] / total if total else (1.0 - new) / len(others)
            found[name] = Node(share, node.where)
        else:
            found[name] = value
    return found | {key: value}


def _middle(node: Node) -> float | None:
    """The number that counts, of a number or a range."""
    middle = node.get("mid") if isinstance(node.value, dict) else node
    if middle is None or isinstance(middle.value, bool) or not isinstance(middle.value, int | float):
        return None
    return float(middle.value)
