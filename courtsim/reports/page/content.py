"""The parts of a page, whatever it is printed as: sections of paragraphs, lists, tables, figures and lines to copy.

A figure cannot be made without the table behind it, nor either without a caption: whoever cannot see a picture loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct


class Paragraph(Struct, frozen=True, tag="paragraph"):
    text: str


class Listing(Struct, frozen=True, tag="listing"):
    items: tuple[str, ...]
    numbered: bool = False


class Column(Struct, frozen=True):
    """Words stand to the left, numbers to the right; a path may break at its dots."""

    name: str
    kind: Literal["words", "number", "path"] = "words"


class Table(Struct, frozen=True, tag="table"):
    """The first cell of a row names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


class Figure(Struct, frozen=True, tag="figure"):
    """A picture as SVG, what it shows in words for those who do not see it, and its numbers."""

    svg: str
    alt: str
    caption: str
    table: Table


class Code(Struct, frozen=True, tag="code"):
    """A line to copy; `label` says what it is."""

    label: str
    text: str


Block: TypeAlias = Paragraph | Listing | Table | Figure | Code


class Section(Struct, frozen=True):
    """`id` is its anchor; `parts` are its subsections."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()


class Page(Struct, frozen=True):
    """A page: its title, what must be said of the case wherever it is shown (the status), its sections, its last line."""

    title: str
    subtitle: str
    status: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: str

    def blocks(self) -> Iterator[Block]:
        """All of them, in order."""
        for section in self.sections:
            for each in (section, *section.parts):
                yield from each.blocks

    def figures(self) -> list[Figure]:
        return [block for block in self.blocks() if isinstance(block, Figure)]


def columns(*names: str) -> tuple[Column, ...]:
    """Columns by name: `#` before a name makes it one of numbers, `.` one of paths."""
    kinds: dict[str, Literal["number", "path"]] = {"#": "number", ".": "path"}
    return tuple(Column(name[1:], kinds[name[0]]) if name[:1] in kinds else Column(name) for name in names)
