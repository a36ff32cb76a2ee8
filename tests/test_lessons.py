"""Every lesson prints what its teacher's page says, and a pencil finds the same number."""

from __future__ import annotations

import json
import math
import re
import shlex
import statistics
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

import courtsim
from courtsim.analysis.deterrence import QUIET
from courtsim.cli.commands import cli
from courtsim.files.load import list_shipped
from tests.test_words import wrong_words

ROOT = Path(__file__).parent.parent
TEACHING = ROOT / "docs" / "teaching"
LESSONS = sorted(s.name for s in list_shipped() if s.kind == "scenario" and re.match(r"lesson-\d", s.name))
TIMES, MINUS = "\u00d7", "\u2212"  # as printed in a page
PENCIL = re.compile(r"[\d.+\-*/() ]|\*\*|math\.(?:log|exp)\(")


class Answer(NamedTuple):
    lesson: str
    what: str
    command: str
    printed: str
    by_hand: str


def answers() -> list[Answer]:
    """The rows of the answer key that name a command."""
    found, lesson = [], ""
    for line in (TEACHING / "answer-key.md").read_text().splitlines():
        if line.startswith("## "):
            lesson = line[3:].partition(".")[0]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[1].startswith("`"):
            found.append(Answer(lesson, cells[0], cells[1].strip("`"), cells[2], cells[3]))
    return found


ANSWERS = answers()


def page_of(lesson: str) -> Path:
    """The page of a lesson's scenario: one for each number."""
    found = TEACHING.glob(f"lesson-{lesson.split('-')[1]}-*.md")
    return next(found)


@cache
def printed_by(command: str) -> str:
    """What a command prints, each run of white space as one space."""
    ran = CliRunner().invoke(cli, shlex.split(command), env={"COLUMNS": "100"})
    assert ran.exit_code == 0, f"{command}: {ran.stderr}"
    return re.sub(r"\s+", " ", ran.stdout)


@cache
def exactly(command: str) -> tuple[float, ...]:
    """Every number of a command's `--json`."""
    found: list[float] = []

    def gather(value: object) -> None:
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                gather(inner)
        elif isinstance(value, int | float):
            found.append(float(value))

    ran = CliRunner().invoke(cli, [*shlex.split(command), "--json"])
    assert ran.exit_code == 0, f"{command}: {ran.stderr}"
    gather(json.loads(ran.stdout))
    return tuple(found)


def worked_out(by_hand: str) -> float:
    """The value of an expression of the page: its signs are those of print."""
    text = by_hand
    for sign, meant in ((TIMES, "*"), (MINUS, "-"), ("^", "**"), ("ln(", "math.log("), ("exp(", "math.exp(")):
        text = text.replace(sign, meant)
    assert "".join(PENCIL.findall(text)) == text, f"{by_hand!r} is more than arithmetic"
    return float(eval(text, {"math": math}))


def number_in(printed: str) -> tuple[float, float]:
    """The last number of what is printed, and half a unit of its last digit: of two digits where the rest are zeros."""
    text = re.findall(r"-?[\d,]+(?:\.\d+)?%?", printed)[-1].replace(",", "")
    digits = text.strip("-%")
    decimals = len(digits.partition(".")[2])
    zeros = len(digits) - len(digits.rstrip("0")) if "." not in digits and len(digits) > 2 else 0
    unit = 10.0**-decimals * 10 ** min(zeros, len(digits) - 2 if zeros else 0)
    scale = 100 if text.endswith("%") else 1
    return float(text.strip("%")) / scale, 0.5 * unit / scale


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: f"{a.lesson} {a.what}")
def test_the_program_prints_the_answer_and_a_pencil_finds_it(answer: Answer) -> None:
    assert f" {answer.printed}" in printed_by(answer.command), answer.command
    if answer.by_hand:
        shown, half = number_in(answer.printed)

        assert worked_out(answer.by_hand) == pytest.approx(shown, abs=half + 1e-9)
        assert any(worked_out(answer.by_hand) == pytest.approx(exact, rel=1e-4) for exact in exactly(answer.command))


def test_a_pencil_that_slips_is_noticed() -> None:
    assert number_in("fight -30") == (-30.0, pytest.approx(0.5))
    assert number_in("Convicted 22.50%") == (pytest.approx(0.225), pytest.approx(0.00005))
    assert number_in("decline -21,000") == (-21000.0, pytest.approx(500))
    assert worked_out(f"{MINUS}(3 + 0.6 {TIMES} 45)") == pytest.approx(-30) and worked_out("2^3") == 8
    with pytest.raises(AssertionError):
        worked_out("open('x')")


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_has_a_page_an_answer_and_no_warning(name: str) -> None:
    page = page_of(name).read_text()
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)

    assert headings == ["The law", "Run", "Look for", "Discuss"]
    assert "**Question.**" in page and f" {name}" in page
    assert f"]({page_of(name).name})" in (TEACHING / "index.md").read_text()
    assert f"teaching/{page_of(name).name}" in (ROOT / "mkdocs.yml").read_text()
    assert any(a.command.split()[1] == name for a in ANSWERS)
    assert courtsim.load(name).warnings == ()


@pytest.mark.parametrize("name", [*LESSONS, "common-factor"])
def test_a_lesson_is_as_it_expects_to_be(name: str, tmp_path: Path) -> None:
    """What the files pin under `expect`, of `solve` alone: every lesson's own numbers."""
    path = next(s.path for s in list_shipped() if s.name == name and s.kind == "scenario")
    tree = YAML(typ="safe").load(path.read_text())
    assert tree["expect"]
    for n, item in enumerate(tree["expect"]):
        told = tmp_path / f"told-{n}.yaml"
        with told.open("w") as file:
            YAML(typ="safe").dump({"scenario": "told", "extends": str(path), "expect": None, **item.get("given", {})}, file)
        dated = {e.name: e.date for e in courtsim.simulate(told).histories[0].events} if "dated" in item else {}
        assert {name: dated.get(name) for name in item.get("dated", {})} == item.get("dated", {})
        solved = courtsim.solve(told) if "solve" in item else None
        for kind, pinned in item.get("solve", {}).items():
            found = getattr(solved, kind)
            assert {key: found.get(key, 0.0) for key in pinned} == pytest.approx(pinned, abs=1e-6), item


@pytest.mark.parametrize("page", sorted(TEACHING.glob("*.md")), ids=lambda page: page.stem)
def test_no_lesson_says_more_than_was_found(page: Path) -> None:
    assert wrong_words(page.read_text()) == []


def test_the_three_defendants_of_lesson_9_stand_side_by_side_as_printed() -> None:
    """The table of the page holds the numbers of the rows below it."""
    page = (TEACHING / "answer-key.md").read_text().replace(MINUS, "-")
    start = page.index("| | elite private")
    table = page[start : page.index("| what | command", start)]
    of_lesson = [a for a in ANSWERS if a.lesson == "L9" and "appointed-files" not in a.command]

    assert [a.what for a in of_lesson if a.printed.split()[-1] not in table] == []
    elite, appointed = 0.14 + 0.86 * 0.37, 0.564 * (0.05 * 0.14 + 0.993 * 0.37)
    assert f"| {elite:.0%} | {appointed:.0%} |" in table


def test_the_shares_of_lessons_2_and_15_that_stand_in_prose_are_right() -> None:
    page = (TEACHING / "answer-key.md").read_text()
    pleads = [1 - 1 / k for k in (1.22, 1.57, 3)]

    assert "{:.1f}, {:.1f} and {:.1f} %".format(*(100 * share for share in pleads)) in page
    assert "{:.1f}, {:.1f} and {:.1f} %".format(*(50 * share for share in pleads)) in page
    assert f"/ 6 = {0.8 * 0.2 / 6:.4f}" in page and f"/ 12 = {0.8 * 0.2 / 12:.4f}" in page


@pytest.mark.parametrize("load", [0.8, 0.88, 0.92])
def test_the_waits_of_lesson_20_hold_what_a_pencil_finds(load: float) -> None:
    """Pollaczek and Khinchine, a hearing of one day: within four standard errors of six replications."""
    found = courtsim.caseload(
        "lesson-20-judges-or-rooms", sets=[f"caseload.arrivals.per_day={load}"], replications=6
    ).replications
    waits = [each.figures["wait.judge.mean"] for each in found]
    error = statistics.stdev(waits) / math.sqrt(len(waits))

    assert abs(statistics.fmean(waits) - load / (2 * (1 - load))) < 4 * error


def test_lesson_21_makes_of_certainty_what_its_page_says() -> None:
    """Eight times the chance of a charge, nothing published: 8^e of the offenses, within four standard errors."""
    sets = ["caseload.publicity.filings_per_offense=0.4", "caseload.publicity.prominent=null"]
    (found,) = [run for run in courtsim.deterrence("lesson-21-harder-or-surer", sets=sets).runs if run.name == QUIET]
    here, at_rest = (sum(each[what] for each in found.lived) for what in ("offenses.here", "offenses.at_rest"))
    share = 8**-0.3

    assert abs(here - share * at_rest) < 4 * math.sqrt(at_rest * share * (1 - share))
    assert (
        f"= {share:.2f} of the offenses, 8 {TIMES} {share:.2f} = {8 * share:.1f} times"
        in (TEACHING / "answer-key.md").read_text()
    )
