"""YAML 1.2 text to plain values that remember file, line and column.

The C parser of ruamel.yaml gives the events; what a plain scalar means is decided here, by the core schema of YAML 1.2:
`yes` and `on` are words, `true` is a boolean. What is limited: the size of a file, its nesting, and what its aliases
expand to. Every fault is a `WrongInput` with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from courtsim.errors import Where, WrongInput

MAX_BYTES = 2_000_000
MAX_NODES = 200_000  # with every alias expanded
MAX_DEPTH = 100
LONGEST_INT = 18  # digits; a longer number is a float

Scalar: TypeAlias = bool | int | float | str | None


class Node:
    """A value and where it stands. A mapping also knows where its keys stand: after merging, perhaps in other files."""

    __slots__ = ("keys", "value", "where")

    def __init__(self, value: Scalar | list[Node] | dict[str, Node], where: Where, keys: dict[str, Where] | None = None) -> None:
        self.value = value
        self.where = where
        self.keys: dict[str, Where] = keys if keys is not None else {}

    @property
    def mapping(self) -> dict[str, Node]:
        """Its entries; of anything but a mapping, none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """Its items; of anything but a list, none."""
        return self.value if isinstance(self.value, list) else []

    def get(self, key: str) -> Node | None:
        return self.value.get(key) if isinstance(self.value, dict) else None

    def at(self, key: str) -> Where:
        """Where the key stands, or the mapping itself."""
        return self.keys.get(key, self.where)

    def __repr__(self) -> str:
        return f"Node({self.value!r}, {self.where})"


def read(path: Path, shown: str | None = None) -> Node:
    """The content of a file; *shown* is its name in messages."""
    name = shown or str(path)
    return parse(_decoded(_content(path, name), name), name)


def top_level(path: Path, wanted: tuple[str, ...]) -> dict[str, str]:
    """The first scalars under the given top-level keys, without reading further than they stand.

    Raises:
        WrongInput: the file is not YAML as far as it was read.
    """
    name = str(path)
    found: dict[str, str] = {}
    depth, key = 0, None
    for event in _events(_decoded(_content(path, name), name), name):
        kind = type(event).__name__
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            depth, key = depth + 1, None if depth == 1 else key
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
        elif depth == 1 and kind == "ScalarEvent":
            if key is None:
                key = event.value
                continue
            if key in wanted:
                found[key] = event.value
                if len(found) == len(wanted):
                    break
            key = None
        elif depth == 1:
            key = None  # an alias
    return found


def parse(text: str, file: str, start: Where | None = None) -> Node:
    """The one document of *text*. With *start*, every place is that one: the text is an argument, not a file."""
    return _Builder(file, start).build(_events(text, file, start))


def plain(node: Node) -> Any:
    """The value without its places."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def placed(value: Any, where: Where) -> Node:
    """A plain value as nodes that all stand in one place: the opposite of `plain`."""
    if isinstance(value, dict):
        return Node({key: placed(child, where) for key, child in value.items()}, where)
    if isinstance(value, list):
        return Node([placed(child, where) for child in value], where)
    return Node(value, where)


def _content(path: Path, name: str) -> bytes:
    whole = Where(name, 1, 1)
    try:
        if path.is_dir():
            raise WrongInput(Where(name, 0, 0), "this is a folder", "a YAML file")
        size = path.stat().st_size
        if size <= MAX_BYTES:
            with path.open("rb") as file:  # no more than the limit, also of a pipe or a device
                content = file.read(MAX_BYTES + 1)
            if len(content) <= MAX_BYTES:
                return content
            size = len(content)
    except FileNotFoundError:
        raise WrongInput(Where(name, 0, 0), "there is no such file", "a YAML file") from None
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise WrongInput(Where(name, 0, 0), f"this file cannot be read ({reason})", "a readable YAML file") from None
    raise WrongInput(whole, f"this file has more than {MAX_BYTES:,} bytes", "a smaller one")


def _decoded(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = content[: fault.start].decode("utf-8", "replace")
        utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        found = "this looks like UTF-16" if utf16 else f"byte 0x{content[fault.start]:02x} is not UTF-8"
        raise WrongInput(_place(before, name), found, "a text file in UTF-8") from None
    strange = _NOT_TEXT.search(text)
    if strange:
        where = _place(text[: strange.start()], name)
        raise WrongInput(where, f"the character U+{ord(strange[0]):04X} is not text", "a text file in UTF-8")
    return text


_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _place(before: str, name: str) -> Where:
    line = before.count("\n")
    return Where(name, line + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _events(text: str, file: str, start: Where | None = None) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=False).parse(text)
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = Where(file, mark.line + 1, mark.column + 1) if mark else Where(file, 1, 1)
        what = ", ".join(filter(None, [fault.context, fault.problem])) or "a fault"
        raise WrongInput(start or where, f"this is not YAML: {what}") from None
    except YAMLError as fault:
        first = str(fault).partition("\n")[0]
        raise WrongInput(start or Where(file, 1, 1), f"this is not YAML: {first}") from None


class _Open:
    """A mapping or a list that has not ended yet."""

    __slots__ = ("anchor", "before", "key", "key_where", "node")

    def __init__(self, node: Node, anchor: str | None, before: int) -> None:
        self.node = node
        self.anchor = anchor
        self.before = before  # how many nodes there were
        self.key: str | None = None
        self.key_where = node.where


class _Builder:
    """Folds the events of one document into nodes, without recursion."""

    def __init__(self, file: str, start: Where | None) -> None:
        self.file = file
        self.start = start
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}  # with the number of nodes that it expands to
        self.nodes = 0
        self.root: Node | None = None

    def build(self, events: Iterator[Any]) -> Node:
        documents = 0
        for event in events:
            match type(event).__name__:
                case "ScalarEvent":
                    self._scalar(event)
                case "MappingStartEvent":
                    self._begin(event, {}, "map")
                case "SequenceStartEvent":
                    self._begin(event, [], "seq")
                case "MappingEndEvent" | "SequenceEndEvent":
                    self._end()
                case "AliasEvent":
                    self._alias(event)
                case "DocumentStartEvent":
                    documents += 1
                    if documents > 1:
                        raise WrongInput(self._where(event), "a second document begins here", "one document a file")
        if self.root is None:
            raise WrongInput(self.start or Where(self.file, 1, 1), "this file is empty", "a mapping of keys")
        return self.root

    def _where(self, event: Any) -> Where:
        mark = event.start_mark
        return self.start or Where(self.file, mark.line + 1, mark.column + 1)

    def _scalar(self, event: Any) -> None:
        where = self._where(event)
        plain = event.implicit[0]
        text: str = event.value
        if self.open and isinstance(self.open[-1].node.value, dict) and self.open[-1].key is None:
            if event.tag is not None and str(event.tag) not in ("!", f"{_CORE}str"):
                raise _unknown_tag(str(event.tag), where)
            self._key(text, where, event.anchor)
            return
        tag = event.tag
        if tag is not None and tag != "!":
            node = Node(_tagged(str(tag), text, where), where)
        else:
            node = Node(resolve(text) if plain and tag is None else text, where)
        self._count(1, where)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1)
        self._add(node)

    def _key(self, text: str, where: Where, anchor: str | None) -> None:
        parent = self.open[-1]
        if text in parent.node.keys:
            first = parent.node.keys[text]
            again = f"the key {text!r} stands here again (first at {first.line}:{first.column})"
            raise WrongInput(where, again if not self.start else f"the key {text!r} stands there twice", "each key once")
        parent.node.keys[text] = where
        parent.key, parent.key_where = text, where
        if anchor is not None:
            self.anchors[anchor] = (Node(text, where), 1)

    def _begin(self, event: Any, value: dict[str, Node] | list[Node], core: str) -> None:
        where = self._where(event)
        if event.tag is not None and str(event.tag) not in ("!", f"tag:yaml.org,2002:{core}"):
            raise _unknown_tag(str(event.tag), where)
        if len(self.open) >= MAX_DEPTH:
            raise WrongInput(where, f"mappings and lists are nested more than {MAX_DEPTH} deep", "a flatter file")
        self._refuse_as_key(where, "a mapping" if core == "map" else "a list")
        self._count(1, where)
        self.open.append(_Open(Node(value, where), event.anchor, self.nodes - 1))
        if event.anchor is not None:
            self.anchors.pop(event.anchor, None)  # until it ends, its name means nothing

    def _end(self) -> None:
        ended = self.open.pop()
        if ended.anchor is not None:
            self.anchors[ended.anchor] = (ended.node, self.nodes - ended.before)
        self._add(ended.node)

    def _alias(self, event: Any) -> None:
        where = self._where(event)
        known = self.anchors.get(event.anchor)
        if known is None:
            inside = any(event.anchor == outer.anchor for outer in self.open)
            found = f"the alias *{event.anchor} contains itself" if inside else f"unknown alias *{event.anchor}"
            raise WrongInput(where, found, f"an anchor &{event.anchor} before it")
        node, size = known
        if self.open and isinstance(self.open[-1].node.value, dict) and self.open[-1].key is None:
            if not isinstance(node.value, str):
                self._refuse_as_key(where, "an alias of no word")
            self._key(str(node.value), where, None)
            return
        self._count(size, where)
        self._add(node)

    def _refuse_as_key(self, where: Where, what: str) -> None:
        if self.open and isinstance(self.open[-1].node.value, dict) and self.open[-1].key is None:
            raise WrongInput(where, f"{what} as a key", "a word")

    def _count(self, more: int, where: Where) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise WrongInput(where, f"the file has more than {MAX_NODES:,} values, aliases expanded", "a smaller one")

    def _add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif isinstance(parent.node.value, dict) and parent.key is not None:
            parent.node.value[parent.key] = node
            parent.key = None


_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], float("inf")),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], float("-inf")),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], float("nan")),
}
_MAY_BEGIN_A_NUMBER = frozenset("0123456789+-.")


def resolve(text: str) -> Scalar:
    """What a plain scalar means by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAY_BEGIN_A_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text) if len(text) <= LONGEST_INT else float(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8) if len(text) <= LONGEST_INT else text
    if _HEX.fullmatch(text):
        return int(text, 16) if len(text) <= LONGEST_INT else text
    return text


STORED = Where("the stored inputs", 0, 0)
_CORE = "tag:yaml.org,2002:"


def _tagged(tag: str, text: str, where: Where) -> Scalar:
    if tag == _CORE + "str":
        return text
    value = resolve(text)
    if tag == _CORE + "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    fits = {"null": value is None, "bool": isinstance(value, bool), "float": isinstance(value, float)}
    fits["int"] = isinstance(value, int) and not isinstance(value, bool)
    name = tag.removeprefix(_CORE)
    if not tag.startswith(_CORE) or name not in fits:
        raise _unknown_tag(tag, where)
    if not fits[name]:
        raise WrongInput(where, f"{text!r} is tagged !!{name}", "a value of this kind or no tag")
    return value


def _unknown_tag(tag: str, where: Where) -> WrongInput:
    shown = tag.replace(_CORE, "!!")
    return WrongInput(where, f"the tag {shown}", "no tag: what a value means follows from its key")
