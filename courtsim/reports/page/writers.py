"""A page as a file: HTML and Markdown from templates, PDF by Typst, Word by python-docx: one content, set four ways."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, assert_never

import msgspec

from courtsim.analysis.report import Report
from courtsim.engines.run import plain_head
from courtsim.errors import NotAvailable, StoreFailed, WrongInput, listed
from courtsim.reports.page.content import Block, Code, Figure, Listing, Page, Paragraph, Section, Table
from courtsim.reports.page.pictures import embedded, pixels
from courtsim.reports.page.sections import page
from courtsim.version import __version__

HOME = "courtsim.reports.page"
WIDE = 600.0  # points: a picture as wide as this fills the line of a printed page
MISSING = "a report needs its libraries: pip install 'courtsim[report]'"


def form_of(path: Path, form: str | None = None) -> str:
    """What to write: as asked, else as the name ends. Raises WrongInput for another ending."""
    wanted = form or path.suffix.removeprefix(".")
    if wanted not in WRITERS:
        raise WrongInput(
            None, f"a report in {path.name!r}", f"--format, or a name that ends in {listed(f'.{each}' for each in WRITERS)}"
        )
    return wanted


def ready(path: Path, form: str | None = None) -> None:
    """Refuses what could not be written, before anything is computed.

    Raises:
        NotAvailable: a library that the format needs is not installed.
        WrongInput: a name that ends in no known format.
        StoreFailed: there is no such folder.
    """
    _import(form_of(path, form))
    if not path.parent.is_dir():
        raise StoreFailed(f"{path} cannot be written: there is no folder {path.parent}")


def _import(form: str) -> None:
    try:
        import altair
        import jinja2
        import pygraphviz
        import vl_convert

        del altair, jinja2, pygraphviz, vl_convert
        if form == "pdf":
            import typst

            del typst
        elif form == "docx":
            import docx

            del docx
    except ImportError as fault:
        raise NotAvailable(MISSING) from fault


def write(report: Report, path: Path, form: str | None = None) -> None:
    """Writes a report.

    Raises:
        NotAvailable: the extra `report` is not installed.
        WrongInput: a name that ends in no known format.
        StoreFailed: the file cannot be written.
    """
    kind = form_of(path, form)
    _import(kind)
    content = WRITERS[kind](page(report))
    try:
        path.write_bytes(content)
    except OSError as fault:
        raise StoreFailed(f"{path} cannot be written: {fault.strerror}") from fault


def plain(report: Report) -> dict[str, Any]:
    """As `report --json` shows it: what was run, and the page's words and tables without its pictures."""
    found: dict[str, Any] = msgspec.to_builtins(page(report))
    for part in _parts(found):
        for block in part["blocks"]:
            block.pop("svg", None)
    head = plain_head(report.scenario, report.sampled.seed)
    return head | {"run": report.sampled.id, "cases": len(report.sampled), "command": report.command, "page": found}


def html(found: Page) -> bytes:
    """One file that needs nothing else: no script, no font, no address; a browser that tried to fetch one would be refused."""
    style = (files(HOME) / "page.css").read_text(encoding="utf-8")
    numbers = iter(range(1, 1 + len(found.figures())))
    parts = [
        _plain(section, lambda figure: {"svg": embedded(figure.svg, next(numbers)), "width": round(_width(figure.svg))})
        for section in found.sections
    ]
    return _from_template("page.html.jinja", found, parts, {"style": style.strip()})


def markdown(found: Page) -> bytes:
    """Text alone: of a figure what it shows and its table."""
    return _from_template("page.md.jinja", found, [_plain(section, lambda _: {}) for section in found.sections], {})


def _from_template(name: str, found: Page, sections: Sequence[Mapping[str, Any]], more: Mapping[str, Any]) -> bytes:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader(HOME, ".")
    made = Environment(
        loader=loader, autoescape=name.endswith(".html.jinja"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    made.filters |= {"md": _markdown, "code": lambda text: f"`{text}`" if text else ""}
    fields = {"title": found.title, "subtitle": found.subtitle, "status": found.status, "sections": sections, "foot": found.foot}
    return made.get_template(name).render(page=fields, version=__version__, **more).encode()


def _markdown(text: str) -> str:
    """Words that mean themselves: nothing in them is markup."""
    return re.sub(r"([\\`*_\[\]|<>#~])", r"\\\1", text)


def _plain(section: Section, pictured: Callable[[Figure], dict[str, Any]]) -> dict[str, Any]:
    """A section for a template: of each block its kind and its fields (the entries of a list under a name no dict has)."""
    blocks = []
    for block in section.blocks:
        fields = {name: getattr(block, name) for name in block.__struct_fields__}
        if isinstance(block, Listing):
            fields = {"entries": block.items, "numbered": block.numbered}
        blocks.append(fields | {"kind": type(block).__name__.lower()} | (pictured(block) if isinstance(block, Figure) else {}))
    parts = [_plain(part, pictured) for part in section.parts]
    return {"id": section.id, "title": section.title, "blocks": blocks, "parts": parts}


def pdf(found: Page) -> bytes:
    """Set by Typst: real headings, tables with header rows and alt texts, as tags for readers of the screen."""
    import typst

    with TemporaryDirectory() as folder:
        laid: dict[str, Any] = msgspec.to_builtins(found)
        figures = [block for part in _parts(laid) for block in part["blocks"] if block["type"] == "figure"]
        for number, figure in enumerate(figures, 1):
            svg = figure.pop("svg")
            Path(folder, f"{number}.svg").write_text(svg, encoding="utf-8")
            figure |= {"file": f"{number}.svg", "width": min(100.0, 100.0 * _width(svg) / WIDE)}
        for table in [figure["table"] for figure in figures] + [
            b for part in _parts(laid) for b in part["blocks"] if b["type"] == "table"
        ]:
            for n, column in enumerate(table["columns"]):
                column["share"] = max(6, min(40, max(len(row[n]) for row in table["rows"])))
        Path(folder, "page.json").write_text(json.dumps(laid), encoding="utf-8")
        Path(folder, "page.typ").write_bytes((files(HOME) / "page.typ").read_bytes())
        return bytes(typst.compile(str(Path(folder, "page.typ")), root=folder, timestamp=0))


def _parts(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for section in found["sections"] for each in (section, *section["parts"])]


def _width(svg: str) -> float:
    """Of a picture, in its own units."""
    box = re.search(r'viewBox="([^"]+)"', svg)
    return float(box[1].split()[2]) if box else WIDE


def word(found: Page) -> bytes:
    """For those who must edit it: headings, captions and tables by the styles of Word, pictures with alt texts."""
    import docx
    from docx.shared import Cm, Pt

    made = docx.Document()
    for side in ("left_margin", "right_margin"):
        setattr(made.sections[0], side, Cm(2))
    made.styles["Normal"].font.size = Pt(10)
    made.core_properties.title = found.title
    made.core_properties.comments = found.foot
    made.core_properties.author = f"courtsim {__version__}"
    made.add_heading(found.title, 0)
    made.add_paragraph(found.subtitle, style="Subtitle")
    for sentence in found.status:
        made.add_paragraph(sentence, style="Intense Quote")
    for section in found.sections:
        made.add_heading(section.title, 1)
        _add(made, section.blocks)
        for part in section.parts:
            made.add_heading(part.title, 2)
            _add(made, part.blocks)
    made.sections[0].footer.paragraphs[0].text = found.foot
    written = BytesIO()
    made.save(written)
    return written.getvalue()


def _add(made: Any, blocks: Sequence[Block]) -> None:
    for block in blocks:
        match block:
            case Paragraph(text):
                made.add_paragraph(text)
            case Listing(items, numbered):
                for item in items:
                    made.add_paragraph(item, style="List Number" if numbered else "List Bullet")
            case Table():
                _add_table(made, block)
            case Figure(svg, alt, caption, table):
                _add_picture(made, svg, alt)
                made.add_paragraph(caption, style="Caption")
                _add_table(made, table)
            case Code(label, text):
                made.add_paragraph(label)
                made.add_paragraph(text, style="macro")
            case _:
                assert_never(block)


def _add_picture(made: Any, svg: str, alt: str) -> None:
    from docx.shared import Cm

    made.add_picture(BytesIO(pixels(svg)), width=Cm(17 * min(1.0, _width(svg) / WIDE)))
    made.inline_shapes[-1]._inline.docPr.set("descr", alt)  # python-docx has no name for it: docx's own word for alt text


def _add_table(made: Any, block: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement

    made.add_paragraph(block.caption, style="Caption").paragraph_format.keep_with_next = True
    table = made.add_table(rows=1, cols=len(block.columns), style="Light List Accent 1")
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # the header row, repeated on every page
    lines = [(table.rows[0], [column.name for column in block.columns])]
    lines += [(table.add_row(), list(row)) for row in block.rows]
    for line, texts in lines:
        for cell, text, column in zip(line.cells, texts, block.columns, strict=True):
            cell.text = text
            if column.kind == "number":
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


WRITERS: Mapping[str, Callable[[Page], bytes]] = {"html": html, "pdf": pdf, "md": markdown, "docx": word}
