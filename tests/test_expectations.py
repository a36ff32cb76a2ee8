"""`courtsim test`, `coverage`, `paths`: what files expect, which law was exercised, which timelines exercise the rest."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import courtsim
from courtsim.analysis.coverage import coverage
from courtsim.analysis.paths import timelines
from courtsim.analysis.ways import Reading, cover, ways
from courtsim.case.events import Ruling
from courtsim.cli.commands import cli
from courtsim.errors import WrongInput
from courtsim.files.load import list_shipped, load_any
from courtsim.testing import follow, procedures

SHIPPED = [shipped.path for shipped in list_shipped() if shipped.kind == "scenario" and "\nexpect:" in shipped.path.read_text()]
QUICK = settings(max_examples=25, suppress_health_check=list(HealthCheck))


def run(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(cli, arguments, env={"COLUMNS": "80"})
    return ran.exit_code, ran.stdout, ran.stderr


def expecting(folder: Path, *entries: str, more: str = "") -> Path:
    path = folder / "mine.yaml"
    path.write_text("scenario: mine\nextends: two-track\n" + more + "expect:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return path


# -- test


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_do_what_they_expect(path: Path) -> None:
    assert [entry.where for entry in courtsim.expectations(path) if not entry.holds] == []


def test_what_holds_and_what_does_not_is_told_with_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expecting(
        tmp_path,
        "{after: [arraign.plead_not_guilty], lawful: [offer_plea, move_to_suppress.file], not_lawful: [arraign, try_case]}",
        "{given: {choosers: {move_to_suppress: {odds: {file: 0, forgo: 1}}}}, solve: {reached: {suppression.pending: 0.5}}}",
        "{after: [try_case.convict], lawful: [arraign]}",
        "{dated: {NotGuiltyPleaEntered: 2019-03-08, OfferLapsed: 2019-03-08}}",
    )

    code, printed, _ = run("test", "mine.yaml")

    assert code == 1
    assert printed.split() == EXPECTED.split()


EXPECTED = """\
FAIL  mine.yaml:4:5
    after arraign.plead_not_guilty: found lawful
    lawful offer_plea: found so
    lawful move_to_suppress.file: found so
    not lawful arraign: found so
  ! not lawful try_case: found lawful are offer_plea, move_to_suppress and try_case
FAIL  mine.yaml:5:5  given {choosers: {move_to_suppress: {odds: {file: 0, forgo: 1}}}}
  ! reached suppression.pending 0.5: found 0
FAIL  mine.yaml:6:5
  ! after try_case.convict: found try_case.convict is not lawful here: its `when` does not hold (case: charged, suppression: none);
 lawful: arraign.plead_not_guilty
  ! lawful arraign: found nothing: the way there is not lawful
FAIL  mine.yaml:7:5
    NotGuiltyPleaEntered 2019-03-08: found 2019-03-08
  ! OfferLapsed 2019-03-08: found in none of 20 cases
4 expectations: 4 do not hold
"""


def test_numbers_are_those_of_solve(tmp_path: Path) -> None:
    solved = courtsim.solve("two-track")
    acquitted, days, pleas = (
        solved.dispositions["closed.acquitted"],
        solved.measures["days"],
        solved.dispositions["closed.pleaded"] + solved.dispositions["closed.convicted"],
    )
    right = f"{{solve: {{dispositions: {{closed.acquitted: {acquitted}, closed: 1}}, measures: {{days: {days}, value.defense: {solved.measures['value.defense']}}}}}}}"
    wrong = f"{{solve: {{dispositions: {{closed.acquitted: {acquitted + 2e-6}}}, measures: {{days: {days - 1}, convicted: {pleas + 0.1}}}}}}}"
    held, failed = courtsim.expectations(expecting(tmp_path, right, wrong))

    assert held.holds and [finding.holds for finding in failed.findings] == [False, False, False]


def test_of_a_name_with_several_states_below_it_only_what_is_known_is_judged(tmp_path: Path) -> None:
    sure, unsure, never = courtsim.expectations(
        expecting(
            tmp_path,
            *(f"{{solve: {{reached: {{{name}}}}}}}" for name in ("case.pretrial: 1", "suppression: 0.4", "case.closed: 0")),
        )
    )

    assert (sure.holds, unsure.holds, never.holds) == (True, False, False)


def test_a_fact_that_is_drawn_must_not_matter(tmp_path: Path) -> None:
    (tmp_path / "law.yaml").write_text(
        "procedure: law\nextends: two-track-example\nsteps: {offer_plea: {when: {case: pretrial, plea: none, fact: {nervous: true}}}}\n"
    )
    path = expecting(
        tmp_path,
        "{after: [arraign.plead_not_guilty], lawful: [offer_plea]}",
        "{given: {facts: {nervous: true}}, after: [arraign.plead_not_guilty], lawful: [offer_plea]}",
        more="procedure: law.yaml\nprivate: null\nfacts: {nervous: {odds: {true: 0.3, false: 0.7}}}\n",
    )
    drawn, fixed = courtsim.expectations(path)

    assert fixed.holds and not drawn.holds
    assert drawn.findings[-1].found == "lawful for 1 of 2 combinations of the facts that are drawn"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{given: {facts: {}}}", "an expectation of nothing; expected one of solve, after, lawful, not_lawful or dated"),
        ("{after: [arraign.plead_guilty]}", "did you mean 'arraign.plead_not_guilty'"),
        ("{lawful: [arraing]}", "did you mean 'arraign'"),
        ("{dated: {NotGuiltyPlea: 2019-01-01}}", "did you mean 'NotGuiltyPleaEntered'"),
    ],
)
def test_a_wrong_expectation_is_refused_at_its_place(entry: str, message: str, tmp_path: Path) -> None:
    code, _, errors = run("test", str(expecting(tmp_path, entry)))

    assert code == 2 and message in errors and "mine.yaml:4:" in errors


def test_as_json() -> None:
    code, printed, _ = run("test", "two-track", "kool-coal", "--json")
    found = json.loads(printed)

    assert code == 0 and (found["expectations"], found["failed"]) == (2, 0)
    assert found["files"][0]["expectations"][1]["findings"][1] == {
        "what": "lawful",
        "expected": "rule_on_suppression",
        "found": "so",
        "holds": True,
    }


# -- coverage


def test_coverage_counts_every_event_once() -> None:
    cases = [case.events for case in courtsim.simulate("two-track", cases=50).histories]
    procedure = courtsim.load_procedure("two-track-example")
    found = coverage(procedure, cases)
    events = Counter(f"{event.step}.{event.option}" for events in cases for event in events)
    rulings = Counter((d.test, d.row) for events in cases for event in events for d in event.details if isinstance(d, Ruling))

    assert {name: n for name, n in found.options.items() if n} == dict(events)
    assert sum(found.steps.values()) == sum(events.values()) == sum(map(len, cases))
    assert (
        sum(found.rows.values()) == sum(rulings.values()) and found.rows["suppression row 3: deny"] == rulings["suppression", 2]
    )
    assert found.citations["Fla. R. Crim. P. 3.160"] == events["arraign.plead_not_guilty"] == 50
    assert set(found.missing) == set(found.options) - set(events)


def test_coverage_of_a_suite_a_run_and_a_game(tmp_path: Path) -> None:
    run("run", "two-track", "--cases", "30")
    game = tmp_path / "game.json"
    game.write_text(run("run", "two-track", "--json")[1])
    played = json.loads(game.read_text())
    record = {"procedure": played["procedure"], "seat": "defense", "docket": played["events"]}
    game.write_text(json.dumps({"format": "courtsim-game", "game": record}))

    code, printed, _ = run("coverage", "two-track", "last", str(game), "--json")
    found = json.loads(printed)

    assert code == 0 and found["cases"] == 202 + 1 + 1
    assert found["sources"][0] == "2 expectations of two-track" and found["sources"][2] == f"the case of {game}"


def test_coverage_is_painted_on_the_graph(tmp_path: Path) -> None:
    picture = tmp_path / "law.dot"
    code, printed, _ = run("coverage", "two-track", "--track", "suppression", "--out", str(picture))

    assert code == 0 and printed.startswith("A court small enough to solve by hand: 11 of 14 options exercised by 202 cases.")
    assert "rule on suppression: grant" in picture.read_text() and "(judge): never" in picture.read_text()
    assert "11 of 14 options exercised; dotted: never" in picture.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("zzz",), "is no scenario and no stored run"),
        (("no.json",), "it cannot be read"),
        (("two-track", "kool-coal"), "expected cases under two-track-example"),
        (("two-track", "--out", "law.bmp"), "expected --format, or a name that ends in"),
    ],
)
def test_a_wrong_source_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    code, _, errors = run("coverage", *arguments)

    assert code == 2 and message in errors and errors.count("\n") == 1


# -- paths


@pytest.mark.parametrize("name", ["two-track", "two-track-example", "kool-coal", "lesson-5-knowing-first", "lesson-fruit"])
def test_timelines_cover_whatever_can_be_reached(name: str) -> None:
    law = load_any(name)
    found = timelines(law)
    reachable = set(courtsim.check(law).options_fired)
    taken: set[str] = set()
    for way in cover(Reading(law)).timelines:
        taken |= way.fires

    assert found.complete and taken == reachable and not reachable & set(found.left)
    for line in found.timelines:
        assert follow(law, *line.path, facts=dict(line.facts), switches=dict(line.switches)) is not None


def test_a_way_is_as_short_as_check_s() -> None:
    found = ways(Reading(load_any("two-track-example"))).ways

    assert found["offer-dies-with-ruling.do"].path == (
        "arraign.plead_not_guilty", "offer_plea.do=plea", "move_to_suppress.file", "rule_on_suppression.grant"
    )  # fmt: skip
    assert max(len(way.moves) for way in found.values()) == 4


def test_scripts_run_and_take_what_their_timelines_say(tmp_path: Path) -> None:
    code, printed, _ = run("paths", "two-track", "--as", "script")
    documents = printed.split("---\n")[1:]
    assert code == 0 and len(documents) == 5

    happened: set[str] = set()
    for n, document in enumerate(documents):
        path = tmp_path / f"path-{n}.yaml"
        path.write_text(document)
        scenario = courtsim.load(path)
        events = courtsim.simulate(scenario).histories[0].events
        assert [(entry.step, entry.choose, entry.on) for entry in scenario.script] == [
            (event.step, event.option, event.date) for event in events[: len(scenario.script)]
        ]
        happened |= {f"{event.step}.{event.option}" for event in events[: len(scenario.script)]}
    assert happened == set(courtsim.check("two-track").options_fired)


def test_what_is_covered_already_is_left_out() -> None:
    code, printed, _ = run("paths", "two-track", "--covered-by", "two-track")

    assert code == 0
    assert printed == (
        """\
# 1 timeline of two-track
import courtsim
from courtsim.testing import follow

law = courtsim.load("two-track")
follow(law, "arraign.plead_not_guilty", "offer_plea.do", "offer_lapses.lapse", "move_to_suppress.file", "rule_on_suppression.grant")
# left: offer-dies-with-ruling.do (nothing reaches them)
"""
    )


def test_examples_are_lines_for_hypothesis() -> None:
    from hypothesis import example

    from courtsim.testing import way

    _, printed, _ = run("paths", "two-track-example", "--as", "example")
    lines = [line for line in printed.splitlines() if line.startswith("@")]

    assert len(lines) == 5
    for line in lines:
        assert eval(line[1:], {"example": example, "way": way})


def test_a_law_too_large_to_list_says_what_is_left() -> None:
    reading = Reading(courtsim.load_procedure("two-track-example"))
    found = cover(reading, most_states=3)

    assert not found.complete and found.left == ()
    with pytest.raises(WrongInput, match=r"did you mean 'try_case\.acquit'"):
        cover(reading, covered=["try_case.aquit"])
    code, _, errors = run("paths", "two-track-example", "--as", "script")
    assert code == 2 and "a bare procedure has no days" in errors


@QUICK
@given(st.data())
def test_timelines_of_drawn_procedures_cover_whatever_can_be_reached(data: st.DataObject) -> None:
    law = data.draw(procedures())
    found = cover(Reading(law))
    taken = frozenset().union(*(way.fires for way in found.timelines))

    assert taken == set(courtsim.check(law).options_fired)
