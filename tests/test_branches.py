"""Where the probability goes: the branches that carry most of it, the rest folded; as an outline, as json, as a picture."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import courtsim
from courtsim.analysis.branches import Course
from courtsim.cli.commands import cli
from courtsim.reports.pictured import picture
from courtsim.reports.sheets import percent
from courtsim.scenario.facts import Scenario
from tests.small import court, files

COURT = """
tracks:
  case:
    start: charged
    states:
      charged: {}
      tried: {}
      closed.pleaded: {label: Plea, final: true}
      closed.convicted: {label: Convicted, final: true}
      closed.acquitted: {label: Acquitted, final: true}
  mode:
    start: open
    states: {open: {}, jury: {}, bench: {}}
facts: {nervous: {values: [true, false], default: false}}
steps:
  choose_mode:
    by: defense
    when: {mode: open}
    after: 1
    options:
      jury: {event: JuryDemanded, to: {mode: jury}}
      bench: {event: BenchRequested, to: {mode: bench}}
  answer:
    by: defense
    when: {case: charged, mode: [jury, bench]}
    after: 5
    options:
      accept: {event: OfferAccepted, to: {case: closed.pleaded}}
      decline: {event: OfferDeclined, to: {case: tried}}
  try_case:
    by: jury
    when: {case: tried}
    after: 30
    options:
      convict: {event: GuiltyVerdictReturned, to: {case: closed.convicted}}
      acquit: {event: NotGuiltyVerdictReturned, to: {case: closed.acquitted}}
"""
ODDS = """
facts: {nervous: {odds: {true: 0.25, false: 0.75}}}
choosers:
  choose_mode: {odds: {jury: 0.5, bench: 0.5}}
  answer: {rows: [{when: {fact: {nervous: true}}, odds: {accept: 0.8, decline: 0.2}}, {odds: {accept: 0.4, decline: 0.6}}]}
  try_case: {odds: {convict: 0.98, acquit: 0.02}}
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, list(args), env={"COLUMNS": "100"})


def outlined(course: Course) -> list[Any]:
    """Choices with their probabilities, then what comes after; ends as name and probability."""
    said: list[Any] = [f"{each.step}.{each.option} {each.p:.3f}" for each in course.chosen]
    if not course.after:
        return [*said, {end: round(p, 3) for end, p in course.ends.items()}]
    return [*said, *(outlined(after) for after in course.after)]


def test_the_same_choices_are_one_branch_whatever_the_facts(tmp_path: Path) -> None:
    """Accepted by 0.25 x 0.8 + 0.75 x 0.4 = 0.5; acquitted 0.5 x 0.02, which is folded; choosing the mode moves no end."""
    found = courtsim.branches(court(tmp_path, COURT, ODDS), least=0.01, most=None, matters=0.05)
    assert outlined(found) == [
        ["answer.accept 0.500", {"closed.pleaded": 0.5}],
        ["answer.decline 0.500", {"closed.convicted": 0.49, "closed.acquitted": 0.01}],
    ]


def test_every_choice_is_shown_on_request_and_the_small_ones_folded(tmp_path: Path) -> None:
    found = courtsim.branches(court(tmp_path, COURT, ODDS), least=0.01, most=None, matters=0)
    tried = ["answer.decline 0.250", "try_case.convict 0.245", [{"closed.convicted": 0.245}], [{"closed.acquitted": 0.005}]]
    each = [["answer.accept 0.250", {"closed.pleaded": 0.25}], tried]
    assert sorted(map(str, outlined(found))) == sorted(
        map(str, [["choose_mode.bench 0.500", *each], ["choose_mode.jury 0.500", *each]])
    )


def walked(course: Course) -> list[Course]:
    return [course, *(each for after in course.after for each in walked(after))]


@pytest.mark.parametrize("most", [None, 3, 8])
@pytest.mark.parametrize("matters", [0.0, 0.05])
@pytest.mark.parametrize("name", ["two-track", "small-example", "kool-coal", "lesson-3-fruit-of-the-tree"])
def test_nothing_is_lost_between_the_branches(name: str, matters: float, most: int | None) -> None:
    """Each branch parts into branches that add up to it; all leaves together end as `solve` says."""
    found = courtsim.branches(name, least=0.02, most=most, matters=matters, within=1e-6)
    ends: Counter[str] = Counter()
    for course in walked(found):
        if course.after:
            last = course.chosen[-1].p if course.chosen else course.p
            assert sum(after.p for after in course.after) == pytest.approx(course.p, abs=2e-4)
            assert last <= course.p + 1e-12
        else:
            ends.update(course.ends)
    for end, p in courtsim.solve(name).dispositions.items():
        assert ends[end] == pytest.approx(p, abs=5e-4)
    assert most is None or len([c for c in walked(found) if not c.after]) <= most + 4


def test_a_choice_by_reason_is_shown_though_it_is_certain() -> None:
    found = courtsim.branches(courtsim.load("lesson-5-knowing-first", variant="offer-stays-open"))
    assert outlined(found) == [
        "decide_now.fight 1.000",
        ["rule_on_suppression.deny 0.600", "decide_after_denial.accept 0.600", {"closed.pleaded": 0.6}],
        ["rule_on_suppression.grant 0.400", {"closed.dropped": 0.4}],
    ]


def layers(scenario: Scenario, course: Course) -> list[Any]:
    plain = picture(course, scenario).to_dict()
    sets = plain.get("datasets", {})
    return [(layer, sets.get(layer["data"].get("name"), layer["data"].get("values"))) for layer in plain["layer"]]


@pytest.mark.parametrize("name", ["two-track", "small-example", "kool-coal", "lesson-3-fruit-of-the-tree"])
def test_no_boxes_overlap_and_words_stay_in_theirs(name: str) -> None:
    scenario = courtsim.load(name)
    found = layers(scenario, courtsim.branches(scenario, least=0.005, most=None, matters=0))
    boxes = [row for layer, rows in found if layer["mark"]["type"] == "rect" for row in rows]
    words = [row for layer, rows in found if layer["mark"]["type"] == "text" for row in rows]
    assert len(boxes) > 1
    for a, b in combinations(boxes, 2):
        assert a["x2"] <= b["x"] or b["x2"] <= a["x"] or a["y2"] <= b["y"] or b["y2"] <= a["y"]
    for row in words:
        assert any(b["x"] < row["x"] < b["x2"] and b["y"] < row["y"] < b["y2"] for b in boxes)


def test_a_line_is_as_thick_as_its_branch_is_likely(tmp_path: Path) -> None:
    scenario = court(tmp_path, COURT, ODDS)
    (lines,) = [rows for layer, rows in layers(scenario, courtsim.branches(scenario)) if layer["mark"]["type"] == "line"]
    assert sorted({round(row["p"], 3) for row in lines}) == [0.5]


def test_the_picture_is_a_file_that_opens_without_a_network_and_the_outline_stands_beside_it(tmp_path: Path) -> None:
    for ending, begins in ((".png", b"\x89PNG"), (".svg", b"<svg"), (".html", b"<!DOCTYPE html>")):
        path = tmp_path / f"tree{ending}"
        done = run("solve", "two-track", "--cases", "0", "--picture", str(path))
        assert done.exit_code == 0, done.stderr
        content = path.read_bytes()
        assert content.lstrip().startswith(begins)
        assert ending != ".html" or b'src="http' not in content
        assert ending != ".svg" or (b"A simulation" in content and b"Plea rejected" in content)
    outline, beside = done.stdout.split("\nShown as in the picture")
    assert "--tree" in beside
    assert outline.endswith(
        """
100% The case opens
├── 40% Plea accepted (answer_offer.accept)
│   └── 40% Guilty plea
└── 60% Plea rejected (answer_offer.reject)
    ├── 48% Motion to suppress filed (move_to_suppress.file)
    │   ├── 13% Motion to suppress denied (rule_on_suppression.deny)
    │   │   └── 13% Convicted
    │   └── 35% Motion to suppress granted (rule_on_suppression.grant)
    │       └── 35% Acquitted
    └── 12% Motion to suppress forgone (move_to_suppress.forgo)
        └── 12% Convicted
"""
    )


def test_json_has_the_branches(tmp_path: Path) -> None:
    done = run("solve", "two-track", "--cases", "0", "--tree", "0.2", "--json")
    tree = json.loads(done.stdout)["tree"]
    assert tree["p"] == pytest.approx(1)
    assert [after["chosen"][0]["option"] for after in tree["after"]] == ["accept", "reject"]


def test_a_picture_of_no_known_kind_is_refused_before_anything_is_computed() -> None:
    done = run("solve", "jupiter-2019", "--picture", "tree.pdf")
    assert done.exit_code == 2 and ".png, .svg or .html" in done.stderr


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (1.0, "100%"),
        (0.996, "100%"),
        (0.36904, "37%"),
        (0.0996, "10%"),
        (0.0204, "2.0%"),
        (0.0091, "0.91%"),
        (0.00034, "0.034%"),
        (0.0, "0%"),
    ],
)
def test_a_probability_on_assumptions_has_two_digits(p: float, said: str) -> None:
    assert percent(p) == said


def test_what_rests_on_assumptions_prints_two_digits_and_what_does_not_prints_more(tmp_path: Path) -> None:
    path = files(tmp_path, COURT, ODDS)
    assert ["Acquitted", "1.00%"] in [line.split() for line in run("solve", str(path), "--cases", "0").stdout.splitlines()]
    path.write_text(path.read_text() + "sources: {choosers: {assumed: in a test}}\n")
    assert ["Acquitted", "1.0%"] in [line.split() for line in run("solve", str(path), "--cases", "0").stdout.splitlines()]
