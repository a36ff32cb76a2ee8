"""The page of objections: 25 rows, each shown by what it names; its numbers are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import courtsim
from courtsim.files.load import list_shipped
from tests.test_lessons import number_in, printed_by, worked_out

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "objections.md").read_text()
NUMBERS = [re.split(r"\s*\|\s*", line)[1:-1] for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]
SECTION = re.compile(r"^## (\d+)\. .+?\n\n\*\*([\w ]+)\.\*\* (.+?)(?=^## )", re.MULTILINE | re.DOTALL)
OBJECTIONS = [(n, status, text.partition("Shown by:")[2]) for n, status, text in SECTION.findall(PAGE)]
FLORIDA = courtsim.load_procedure("florida-county-misdemeanor")

# What conditions of shipped law may ask of a person or a case. A new fact is added here by somebody who has asked
# whether it is a mechanism (a lawyer, a bond) or a trait of a person, which no chance may hang on.
MECHANISMS = {"counsel", "prior_convictions", "brought", "bond", "proof", "attenuated", "nervous", "guilt"}


def test_the_page_answers_25_objections_in_order_and_says_how_far() -> None:
    assert [row[0] for row in OBJECTIONS] == [str(n) for n in range(1, 26)]
    assert {status for _, status, _ in OBJECTIONS} == {"Met", "Partly", "Not yet"}
    assert [n for n, status, shown in OBJECTIONS if not shown and status != "Not yet"] == []


@pytest.mark.parametrize("row", OBJECTIONS, ids=lambda row: row[0])
def test_what_a_row_names_is_there_and_runs(row: tuple[str, str, str]) -> None:
    for named in re.findall(r"`([^`]+)`", re.sub(r"\s+", " ", row[2])):
        if named.startswith("tests/"):
            assert (ROOT / named).exists(), named
        else:
            assert printed_by(named.removeprefix("courtsim "))


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: f"{row[0]} {row[1]}")
def test_the_numbers_of_the_page_are_printed_and_a_pencil_finds_them(row: list[str]) -> None:
    _, _, command, printed, by_hand = row

    assert printed in printed_by(command.strip("`").removeprefix("courtsim "))
    if by_hand:
        shown, half = number_in(printed)
        assert worked_out(by_hand) == pytest.approx(shown, abs=half + 1e-9)


def test_of_those_tried_fewer_are_convicted_than_of_all() -> None:
    """Objection 10: a rate among cases that reached a trial is not a rate of all."""
    ends = courtsim.solve("common-factor", ends_only=True).dispositions
    share = ends["judged.convicted"] / (ends["judged.convicted"] + ends["closed.acquitted"])

    assert f"{100 * share:.2f} %" in PAGE and share < 0.5 * (0.85 + 0.35)


def test_no_trait_of_a_person_is_a_fact_of_shipped_law() -> None:
    """Objection 8."""
    facts = {fact for s in list_shipped() if s.kind == "procedure" for fact in courtsim.load_procedure(s.name).facts}

    assert facts and facts - MECHANISMS == set()


def test_no_plea_becomes_a_judgment_without_a_judge_who_could_refuse_it() -> None:
    """Objection 6."""
    entries = [
        (step, option)
        for step in FLORIDA.steps.values()
        for option in step.options.values()
        if ("case", "judged.pleaded") in dict(option.to).items()
    ]

    assert [(step.name, step.by, sorted(step.options)) for step, _ in entries] == [("take_plea", "judge", ["accept", "refuse"])]
    assert {"no-conviction-without-accepted-plea", "plea-needs-a-judge"} <= set(FLORIDA.invariants)


def test_a_plea_is_accepted_with_the_consequences_for_immigration_named() -> None:
    """Objection 9."""
    assert "immigration" in FLORIDA.option("take_plea", "accept").says


def test_no_number_is_a_worth_unless_the_file_says_what_things_are_worth_and_none_counts_anybody_freed() -> None:
    """Objections 4, 21 and 22."""
    plain = courtsim.solve("lesson-8-all-or-part", ends_only=True).measures
    valued = courtsim.solve("lesson-10-jail-cell").measures

    assert [name for name in plain if name.startswith("value.")] == []
    assert [name for name in valued if name.startswith("value.")]
    assert [name for name in (*plain, *valued) if not name.startswith("days_in.") and re.search("freed|win|guilt", name)] == []


def test_the_first_page_shows_the_three_defendants_of_the_answer_key() -> None:
    """Objection 7: row by row the numbers that tests/test_lessons.py compares with the program."""
    key = (ROOT / "docs" / "teaching" / "answer-key.md").read_text()
    rows = re.findall(
        r"^\| ([a-z ,]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", (ROOT / "docs" / "index.md").read_text(), re.MULTILINE
    )
    shown = [row for row in rows if any(cell[0].isdigit() for cell in row[1:])]

    assert len(shown) == 4
    assert [row for row in shown if f"| {' | '.join(row[1:])} |" not in key] == []
