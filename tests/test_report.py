"""The report: one content in four formats; every figure with its table, every estimate with its interval, a line that makes it again."""

from __future__ import annotations

import json
import re
import shlex
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.analysis.durations import bins, durations
from courtsim.analysis.report import Report
from courtsim.cli.commands import cli
from courtsim.engines.run import Run
from courtsim.reports.page import writers
from courtsim.reports.page.content import Code, Figure, Page, Table
from courtsim.reports.page.pictures import embedded
from courtsim.reports.page.sections import page
from tests.test_words import wrong_words

SHORT = ("--cases", "200", "--within", "0.01")
DOCUMENTED = "jupiter-2019-as-it-happened"
TOLD = ("charged, never tried", "evidence was suppressed", "charges were dropped")


class Outline(HTMLParser):
    """Headings, anchors, landmarks, and the order of pictures and tables of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.order: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.tags.append((tag, about))
        self.ids += [str(about["id"])] if "id" in about else []
        self.links += [str(about["href"])[1:]] if str(about.get("href", "")).startswith("#") else []
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag in ("figure", "table"):
            self.order.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags and re.fullmatch("h[1-6]", self.tags[-1][0]) and not self.headings[-1][1]:
            self.headings[-1] = (self.headings[-1][0], data)


@pytest.fixture(scope="module")
def small() -> Report:
    return courtsim.report("two-track", cases=200, within=0.01)


@pytest.fixture(scope="module")
def documented() -> Report:
    return courtsim.report(DOCUMENTED, cases=50, within=0.01)


def test_the_sections_come_in_the_order_in_which_they_should_be_read(small: Report) -> None:
    outline = Outline(writers.html(page(small)).decode())

    assert [title for level, title in outline.headings if level == 2] == [
        "Contents",
        "In short",
        "The case in words",
        "The course of a case",
        "How the case can end",
        "What it comes to",
        "One choice: accept or reject",
        "What the choice is worth to the defense",
        "Where the choice turns",
        "What moves the answer",
        "How long it takes",
        "Questions for discussion",
        "Where the numbers come from",
        "Methods",
        "How to cite this run, and how to make it again",
    ]


def test_headings_never_skip_a_level_and_every_link_has_its_anchor(small: Report) -> None:
    outline = Outline(writers.html(page(small)).decode())
    levels = [level for level, _ in outline.headings]

    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert set(outline.links) <= set(outline.ids) and len(outline.ids) == len(set(outline.ids))
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in outline.tags}


def test_every_figure_says_what_it_shows_and_its_table_follows(small: Report) -> None:
    found = page(small)
    outline = Outline(writers.html(found).decode())

    assert len(found.figures()) == 6
    assert all(after == "table" for before, after in zip(outline.order, outline.order[1:], strict=False) if before == "figure")
    assert all(len(figure.alt) > 40 and figure.table.rows and figure.caption for figure in found.figures())
    assert sum(about.get("role") == "img" and bool(about.get("aria-label")) for _, about in outline.tags) == 6


def test_every_cell_belongs_to_a_named_column_and_every_row_has_a_name(small: Report, documented: Report) -> None:
    for found in (small, documented):
        for table in tables(page(found)):
            assert table.caption and all(column.name for column in table.columns)
            assert all(len(row) == len(table.columns) and row[0] for row in table.rows), table.caption


def tables(found: Page) -> list[Table]:
    return [block.table if isinstance(block, Figure) else block for block in found.blocks() if isinstance(block, Figure | Table)]


def test_the_outcomes_stand_before_any_value_and_the_weights_beside_it(small: Report) -> None:
    told = writers.markdown(page(small)).decode()

    assert told.index("What it comes to: means") < told.index("The weights") < told.index("What each option is worth at")
    assert "value." not in told[: told.index("The weights")]


def test_the_status_of_the_documented_case_stands_at_the_top_in_the_citation_and_at_the_foot(documented: Report) -> None:
    found = page(documented)
    cited = next(block.text for block in found.blocks() if isinstance(block, Code) and block.label == "Citation")

    for text in (" ".join(found.status), cited, found.foot):
        assert text.startswith(("A simulation", "courtsim")) and "A simulation" in text
        assert all(said in text for said in TOLD)


@pytest.mark.parametrize("form", ["md", "html"])
def test_no_page_of_the_documented_case_says_more_than_was_found(documented: Report, form: str) -> None:
    text = re.sub(r"<[^>]+>", " ", writers.WRITERS[form](page(documented)).decode())

    assert wrong_words(text) == []


def test_an_estimate_has_its_interval_and_the_interval_says_what_it_leaves_out(small: Report) -> None:
    found = page(small)
    by_section = {section.id: section for section in found.sections}

    for name in ("ends", "outcomes", "choice", "worth", "time"):
        assert "This interval contains no doubt about the assumptions." in str(by_section[name].blocks), name
    for name in ("ends", "outcomes"):
        (table,) = list(tables(Page("", "", (), (by_section[name],), "")))
        assert table.columns[-1].name == "95% interval"
        assert all(" to " in row[-1] for row in table.rows)


def test_a_share_has_no_interval_below_nothing() -> None:
    rare = page(courtsim.report("two-track", cases=60, within=0.05))
    outcomes = next(section for section in rare.sections if section.id == "outcomes")
    (table,) = tables(Page("", "", (), (outcomes,), ""))

    assert any(row[0] == "conviction" for row in table.rows) and not any(row[-1].startswith("-") for row in table.rows)


def test_numbers_that_rest_on_assumptions_have_two_digits(small: Report) -> None:
    found = page(small)
    ends = next(s for s in found.sections if s.id == "ends")
    shown = [cell for table in tables(Page("", "", (), (ends,), "")) for row in table.rows for cell in row[1:]]

    assert shown and all(
        len(re.sub(r"^0+", "", n.replace(".", ""))) <= 2 for c in shown for n in re.findall(r"[\d.]+", c) if n != "100"
    )


def test_the_exact_numbers_of_the_page_are_those_of_solve(small: Report) -> None:
    solved = courtsim.solve("two-track", within=0.01)

    assert small.exact.dispositions == solved.dispositions and small.exact.measures == solved.measures
    assert [forced.option for forced in small.choice.forced] == ["accept", "reject"]  # type: ignore[union-attr]
    assert small.choice.advice == courtsim.advise("two-track", at=["answer_offer"], within=0.1 * 0.5)  # type: ignore[union-attr]


def test_the_line_of_the_page_makes_the_same_page_again(small: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = writers.html(page(small))
    line = next(block.text for block in page(small).blocks() if isinstance(block, Code) and block.label == "Command")

    ran = CliRunner().invoke(cli, [*shlex.split(line)[1:], "--out", "again.html", "--json"])

    assert ran.exit_code == 0, ran.stderr
    again = json.loads(ran.stdout)
    assert (again["digest"], again["run"]) == (small.scenario.digest, small.sampled.id)
    assert (tmp_path / "again.html").read_bytes() == first


def test_a_change_is_told_as_a_change_and_in_the_line(tmp_path: Path) -> None:
    changed = courtsim.report("two-track", variant="minimized-warrant", sets=["conviction.base=0"], cases=50, within=0.05)

    assert (
        page(changed).status[1].startswith("A what-if, changed from the scenario as it stands: --variant minimized-warrant --set")
    )
    assert "--variant minimized-warrant --set conviction.base=0" in changed.command


def test_the_page_needs_nothing_from_anywhere(small: Report) -> None:
    text = writers.html(page(small)).decode()

    assert "<script" not in text and "@import" not in text
    assert set(re.findall(r'(?:src|href)="(?!#)([^"]*)"', re.sub(r'xmlns(:\w+)?="[^"]*"', "", text))) == {"data:,"}


def test_two_pictures_on_a_page_share_no_name() -> None:
    picture = '<?xml version="1.0"?><svg width="9" height="9" viewBox="0 0 9 9"><g id="a"><use href="#a"/><g clip-path="url(#a)"/></g></svg>'

    assert embedded(picture, 2) == (
        '<svg viewBox="0 0 9 9"><g id="figure-2-a"><use href="#figure-2-a"/><g clip-path="url(#figure-2-a)"/></g></svg>'
    )


def test_markup_in_a_file_is_text_on_the_page(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    text = (Path(__file__).parent.parent / "scenarios" / "two-track.yaml").read_text()
    mine.write_text(text.replace("title: A small case, decided by odds", 'title: "A <b>small</b> | case & #1"'))

    found = page(courtsim.report(mine, cases=20, within=0.05))

    assert "A &lt;b&gt;small&lt;/b&gt; | case &amp; #1" in writers.html(found).decode()
    assert writers.markdown(found).decode().startswith("# A \\<b\\>small\\</b\\> \\| case & \\#1\n")
    assert writers.pdf(found).startswith(b"%PDF")


def test_markdown_is_read_back_with_every_heading_and_every_cell(small: Report) -> None:
    from markdown_it import MarkdownIt

    found = page(small)
    tokens = MarkdownIt("commonmark").enable("table").parse(writers.markdown(found).decode())
    headings = [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]

    assert headings == [found.title, *(t for s in found.sections for t in (s.title, *(part.title for part in s.parts)))]
    assert sum(token.type == "tr_open" for token in tokens) == sum(1 + len(table.rows) for table in tables(found))


def test_a_word_document_has_real_headings_tables_and_alt_texts(small: Report) -> None:
    import docx

    found = page(small)
    read = docx.Document(BytesIO(writers.word(found)))
    headings = [p.text for p in read.paragraphs if str(p.style.name).startswith(("Heading", "Title"))]

    assert headings == [found.title, *(t for s in found.sections for t in (s.title, *(part.title for part in s.parts)))]
    assert [len(table.rows) for table in read.tables] == [1 + len(table.rows) for table in tables(found)]
    alts = [shape._inline.docPr.get("descr") for shape in read.inline_shapes]
    assert alts == [figure.alt for figure in found.figures()]


def test_a_pdf_is_tagged_and_says_what_its_pictures_show(small: Report) -> None:
    found = page(small)
    written = writers.pdf(found)

    assert written == writers.pdf(found)  # no clock in it
    assert b"/MarkInfo" in written and b"/StructTreeRoot" in written and b"/Lang" in written


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["two-trak"], 2, "did you mean 'two-track'?"),
        (["two-track", "--at", "answer_ofer", *SHORT], 2, "did you mean 'answer_offer'?"),
        (["two-track", "--measure", "convictd", *SHORT], 2, "did you mean 'convicted'?"),
        (["two-track", "--break-even", "conviction.bas", *SHORT], 2, "did you mean 'conviction.base'?"),
        (["two-track", "--out", "page.txt"], 2, "a report in 'page.txt'; expected --format, or a name that ends in .html"),
        (
            ["two-track", "--out", "no/such/folder.html", *SHORT],
            3,
            "no/such/folder.html cannot be written: there is no folder no/such",
        ),
    ],
)
def test_errors_are_one_line(
    arguments: list[str], code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(cli, ["report", *arguments])

    assert (ran.exit_code, ran.stderr.count("\n")) == (code, 1) and message in ran.stderr, ran.stderr
    assert list(tmp_path.glob("*.html")) == []


def test_a_report_is_written_beside_the_reader_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    ran = CliRunner().invoke(cli, ["report", "two-track", *SHORT, "--format", "md"])

    assert ran.stdout.startswith("Written to two-track-report.md: A small case, decided by odds (run ")
    assert (tmp_path / "two-track-report.md").read_text().startswith("# A small case, decided by odds\n")


def test_a_court_without_offers_and_values_has_a_report_without_them(tmp_path: Path) -> None:
    found = page(courtsim.report("lesson-3-fruit-of-the-tree", cases=50, within=0.01))

    assert {"choice", "worth"} & {section.id for section in found.sections} == set()
    assert {"ends", "outcomes", "time", "sources", "methods", "cite"} <= {section.id for section in found.sections}


def test_days_fall_into_one_bin_each_and_half_of_the_cases_below_the_median() -> None:
    run = courtsim.simulate("two-track", cases=400)
    days = sorted(float(o.measures["days"]) for o in run.outcomes)
    whole, *by_end = durations(run)

    assert sum(each.cases.n for each in bins(run)) == 400 and len(bins(run)) <= 17
    assert whole.end is None and whole.p50.days == days[199]
    assert whole.p50.ci95[0] <= whole.p50.days <= whole.p50.ci95[1]
    assert sum(each.cases for each in by_end) == 400


def test_the_interval_of_the_median_covers_it_as_often_as_it_says() -> None:
    """Of 100 runs of 50 cases, 95% intervals hold the median of all of them in 88 to 100 (95 less 3 standard deviations)."""
    run = courtsim.simulate("two-track", cases=5_000, seed=3)
    truth = durations(run)[0].p50.days

    parts = [durations(Run(run.scenario, 3, run.histories[n : n + 50]))[0].p50.ci95 for n in range(0, 5_000, 50)]

    assert 88 <= sum(low <= truth <= high for low, high in parts) <= 100


def test_without_the_extra_one_line_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "jinja2", None)
    ran = CliRunner().invoke(cli, ["report", "two-track", *SHORT])

    assert ran.exit_code == 2 and ran.stderr == "Error: a report needs its libraries: pip install 'courtsim[report]'\n"


def test_json_has_every_word_and_table_and_no_picture() -> None:
    ran = CliRunner().invoke(cli, ["report", "lesson-1-shadow-of-trial", *SHORT, "--json"])
    found: dict[str, Any] = json.loads(ran.stdout)

    assert found["command"].startswith("courtsim report lesson-1-shadow-of-trial --cases 200") and "svg" not in ran.stdout
    assert next(section["id"] for section in found["page"]["sections"]) == "in-short"
