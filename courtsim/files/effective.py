"""What files say, for people: the effective values of a scenario and where each came from; the law as an outline."""

from __future__ import annotations

import io
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from courtsim.files.load import combined, law_tree
from courtsim.files.yaml import Node, plain

SHORT = 60  # characters of a mapping that stands on one line
ASIDE = ("scenario", "title", "summary", "variants", "expect", "script", "sources")  # said elsewhere, or no value of the case


class Stated(Struct, frozen=True):
    """A value: its path as `--set` takes it, as YAML, where it stands, and what it comes from."""

    path: str
    value: str
    where: str
    origin: str  # file, default, variant or --set


def effective(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> list[Stated]:
    """Every value that a scenario has, in the order of the files. Raises WrongInput as loading does."""
    parts = combined(name, variant=variant, sets=sets)
    changed = {id(node) for node in _nodes(parts.change)} if parts.change is not None else set()
    law_files = {node.where.file for node in _nodes(parts.law)}

    def origin(node: Node) -> str:
        if not node.where.line:
            return "--set"
        if id(node) in changed:
            return f"variant {variant}"
        return "default" if node.where.file in law_files else "file"

    found = []
    for key, node in parts.tree.mapping.items():
        if key not in ASIDE:
            found += [Stated(p, flow(plain(n)), str(n.where), origin(n)) for p, n in _values(key, node)]
    return found + list(_defaults(parts.law, {value.path for value in found}))


def _defaults(law: Node, stated: Container[str]) -> Iterator[Stated]:
    """The switches and facts of which a scenario says nothing, at the procedure's defaults."""
    for switch, node in _entries(law, "switches"):
        if f"switches.{switch}" not in stated:
            first = node.mapping["values"].items[0]
            yield Stated(f"switches.{switch}", flow(plain(first)), str(first.where), "default")
    for fact, node in _entries(law, "facts"):
        if "default" in node.mapping and f"facts.{fact}" not in stated:
            yield Stated(f"facts.{fact}", flow(plain(node.mapping["default"])), str(node.where), "default")


class OptionOutline(Struct, frozen=True):
    """An option or a consequence: its words and its rule; `needs` is its condition, as YAML."""

    name: str
    says: str
    rule: str | None
    condition: str | None


class StepOutline(Struct, frozen=True):
    name: str
    by: str
    when: str
    after: str
    options: tuple[OptionOutline, ...]


class Outline(Struct, frozen=True):
    """The law of a procedure, readable: steps, consequences, open doctrine, legal tests, invariants."""

    procedure: str
    title: str
    law_as_of: str
    steps: tuple[StepOutline, ...]
    consequences: tuple[OptionOutline, ...]
    switches: Mapping[str, str]
    tests: Mapping[str, tuple[str, ...]]
    invariants: Mapping[str, str]
    offenses: Mapping[str, str]


def outline(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Outline:
    """The law of a procedure, or of the procedure of a scenario. Raises WrongInput as loading does."""
    tree = law_tree(name, variant=variant, sets=sets)
    return Outline(
        procedure=_text(tree, "procedure"),
        title=_text(tree, "title"),
        law_as_of=_text(tree, "law_as_of"),
        steps=tuple(_step(step, node) for step, node in _entries(tree, "steps")),
        consequences=tuple(_option(c, node) for c, node in _entries(tree, "consequences")),
        switches={
            switch: f"{flow(plain(node.mapping['values']))} {_text(node, 'authority')}".strip()
            for switch, node in _entries(tree, "switches")
        },
        tests={test: tuple(_test(node)) for test, node in _entries(tree, "tests")},
        invariants={name: flow(plain(node)) for name, node in _entries(tree, "invariants")},
        offenses={name: flow(plain(node)) for name, node in _entries(tree, "offenses")},
    )


def _entries(tree: Node, key: str) -> Iterator[tuple[str, Node]]:
    yield from (tree.get(key) or Node({}, tree.where)).mapping.items()


def _text(node: Node, key: str) -> str:
    found = node.get(key)
    return "" if found is None else str(plain(found))


def _flow(node: Node, key: str) -> str:
    found = node.get(key)
    return "" if found is None else flow(plain(found)).removeprefix("{").removesuffix("}")


def _step(name: str, node: Node) -> StepOutline:
    options = [_option(option, found) for option, found in _entries(node, "options")] or [_option("", node, own=False)]
    after = [_flow(node, "after") or "0"]
    after += [f"stands still while {_flow(node, 'tolled_when')}"] if node.get("tolled_when") else []
    after += [f"holds {_flow(node, 'needs')}"] if node.get("needs") else []
    once = plain(node.mapping["once"]) if "once" in node.mapping else False
    after += ["once in a case" if once is True else "once a visit"] if once else []
    return StepOutline(name, _text(node, "by"), _flow(node, "when"), "; ".join(after), tuple(options))


def _option(name: str, node: Node, own: bool = True) -> OptionOutline:
    condition = _flow(node, "when") if own else ""
    return OptionOutline(name, _text(node, "says") or _text(node, "event"), _text(node, "rule") or None, condition or None)


def _test(node: Node) -> Iterator[str]:
    for name, question in _entries(node, "questions"):
        proof = ", ".join(filter(None, (_text(question, "burden"), _text(question, "standard"))))
        burden = f" (burden: {proof})" if proof else ""
        authority = f" [{_text(question, 'authority')}]" if question.get("authority") else ""
        yield f"{name}? {_text(question, 'ask')}{burden}{authority}"
    for row in (node.get("rule") or Node([], node.where)).items:
        asked = _flow(row, "if")
        yield f"if {asked}: {_text(row, 'then')}" if asked else f"else: {_text(row, 'then')}"
    if node.get("reviews"):
        yield f"reviews {_text(node, 'reviews')}: {_flow(node, 'outcomes')}"


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in (*node.mapping.values(), *node.items):
        yield from _nodes(child)


def _values(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """A mapping is unfolded until it is short and holds nothing that holds more, and stands in one place."""
    if not node.mapping or _is_one(node):
        yield path, node
        return
    for key, child in node.mapping.items():
        yield from _values(f"{path}.{key}", child)


def _is_one(node: Node) -> bool:
    together = all(child.where.line == node.where.line and not child.mapping for child in node.mapping.values())
    return together and len(flow(plain(node))) <= SHORT


def flow(value: object) -> str:
    """A plain value as one line of YAML."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    yaml.width = 1_000_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = io.StringIO()
    yaml.dump(value, out)
    return out.getvalue().removesuffix("...\n").strip()
