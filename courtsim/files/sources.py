"""Where numbers come from: the sources of a file, the numbers that have none, the sources that belong to nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from courtsim.files import keys
from courtsim.files.small import fields, mapping, refuse, text
from courtsim.files.yaml import Node
from courtsim.procedure.law import Source


def sources(node: Node | None) -> dict[str, Source]:
    """Path to where its number or rule comes from."""
    found: dict[str, Source] = {}
    for path, given in (mapping(node) if node is not None else {}).items():
        if isinstance(given.value, dict):
            marked = fields(given, keys.SOURCE_MARK)
            if len(marked) != 1:
                refuse(given, "a source with two marks" if marked else "a source without a mark", "recalled or assumed")
            ((mark, why),) = marked.items()
            found[path] = Source("recalled" if mark == "recalled" else "assumed", text(why))
        else:
            found[path] = Source("verified", text(given))
    return found


class Stray(NamedTuple):
    """A path that leads nowhere: the part where it leaves the tree, and what stands there."""

    part: str
    known: list[str]


def stray(tree: Node, path: str) -> Stray | None:
    """Where the path leaves the tree; None if something stands at its end. The longest key that exists wins."""
    here, rest = tree, path
    while rest:
        known = list(here.mapping) or [str(i) for i in range(len(here.items))]
        key = max((k for k in known if rest == k or rest.startswith(k + ".")), key=len, default=None)
        if key is None:
            return Stray(rest.partition(".")[0], known)
        here = here.items[int(key)] if isinstance(here.value, list) else here.mapping[key]
        rest = rest[len(key) + 1 :]
    return None


def warnings_of(tree: Node) -> Iterator[str]:
    """Of a procedure: every default number without a source, and every source of nothing, with its place."""
    stated = (tree.get("sources") or Node({}, tree.where)).mapping
    for path, node in _defaults(tree):
        if not _covered(path, stated):
            yield f"{node.where}: {path} is a default number without a source; expected an entry under `sources`"
    yield from stray_sources(tree)


def stray_sources(tree: Node) -> Iterator[str]:
    """Every source whose path leads nowhere."""
    stated = tree.get("sources") or Node({}, tree.where)
    for path in stated.mapping:
        if stray(tree, path) is not None:
            yield f"{stated.at(path)}: the source of {path}, where nothing stands"


def _covered(path: str, stated: Collection[str]) -> bool:
    """A source covers everything below its path."""
    return any(path == known or path.startswith(known + ".") for known in stated)


def _defaults(tree: Node) -> Iterator[tuple[str, Node]]:
    """What a scenario gets where it is silent: delays and holds, what acts cost, and the numbers of `defaults`.

    The deadline of a step with a rule comes from that rule.
    """
    for name, step in _entries(tree, "steps").items():
        after = step.get("after")
        if after is not None and _has_number(after) and not ("deadline" in after.mapping and _has_rule(step)):
            yield f"steps.{name}.after", after
        for resource, held in _entries(step, "needs").items():
            if _has_number(held):
                yield f"steps.{name}.needs.{resource}", held
        yield from _in_effects(f"steps.{name}", step)
        for option, node in _entries(step, "options").items():
            yield from _in_effects(f"steps.{name}.options.{option}", node)
    for name, node in _entries(tree, "consequences").items():
        yield from _in_effects(f"consequences.{name}", node)
    defaults = tree.get("defaults")
    if defaults is not None:
        yield from _numbers("defaults", defaults)


def _entries(node: Node, key: str) -> Mapping[str, Node]:
    return (node.get(key) or Node({}, node.where)).mapping


def _has_rule(step: Node) -> bool:
    return "rule" in step.mapping or any("rule" in option.mapping for option in _entries(step, "options").values())


def _in_effects(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    for i, effect in enumerate((node.get("effects") or Node([], node.where)).items):
        if any(key in effect.mapping for key in ("publicity", "cost")):
            yield f"{path}.effects.{i}", effect


def _numbers(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield path, node
    for key, child in node.mapping.items():
        yield from _numbers(f"{path}.{key}", child)
    for i, child in enumerate(node.items):
        yield from _numbers(f"{path}.{i}", child)


def _has_number(node: Node) -> bool:
    return any(n.value != 0 for _, n in _numbers("", node))
