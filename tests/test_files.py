"""What the format page describes loads; what it does not is refused with its place. `formats.md` is the design's page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import courtsim
from courtsim.errors import WrongInput
from courtsim.files.load import load_any, load_inputs
from courtsim.files.schema import schema
from courtsim.scenario.facts import Scenario

PROCEDURE, SCENARIO, SCRIPT, CASELOAD = re.findall(
    r"```yaml\n(.*?)```", (Path(__file__).parent / "formats.md").read_text(), re.DOTALL
)


def page(folder: Path, scenario: str = SCENARIO, procedure: str = PROCEDURE) -> Path:
    (folder / "law.yaml").write_text(procedure)
    path = folder / "case.yaml"
    path.write_text(scenario.replace("procedure: two-track-example ", "procedure: law.yaml "))
    return path


@pytest.mark.parametrize("more", ["", SCRIPT, CASELOAD, SCRIPT + CASELOAD])
def test_every_example_of_the_page_loads(more: str, tmp_path: Path) -> None:
    scenario = courtsim.load(page(tmp_path, SCENARIO + more))

    assert scenario.ranges == {"findings.suppression.minimized": (0.02, 0.05, 0.3)}
    assert len(scenario.script) == (3 if SCRIPT in more else 0)


def test_a_stored_scenario_is_the_same_from_its_inputs_alone(tmp_path: Path) -> None:
    scenario = courtsim.load(page(tmp_path), variant="minimized-warrant", sets=["conviction.p=0.4"])

    again = load_inputs(scenario.inputs)

    assert again.digest == scenario.digest and again.findings == scenario.findings
    assert again.findings["suppression"]["minimized"] == 1.0


def test_setting_one_entry_of_odds_rescales_the_others(tmp_path: Path) -> None:
    scenario = courtsim.load(page(tmp_path), sets=["choosers.continue_trial.odds.continue=0.6"])

    assert dict(scenario.choosers["continue_trial"].shares) == {"continue": 0.6, "ready": pytest.approx(0.4)}  # type: ignore[union-attr]


def test_a_scenario_extends_another_and_null_removes(tmp_path: Path) -> None:
    page(tmp_path)
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "scenario: mine\nextends: case.yaml\ntitle: Mine\n"
        "offers: {standard: {terms: {fine: 9}, open_for: null}, second: {kind: diversion}}\n"
    )

    scenario = courtsim.load(mine)

    assert list(scenario.offers) == ["standard", "second"]
    assert scenario.offers["standard"].terms == (("fine", 9),) and scenario.offers["standard"].open_for is None


def test_a_circle_of_extends_is_refused(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{one}.yaml").write_text(f"scenario: {one}\nextends: {other}.yaml\n")

    with pytest.raises(WrongInput, match="a circle of `extends`"):
        courtsim.load(tmp_path / "a.yaml")


EDITS = [  # file, what stood there, what stands there now, what the message says
    ("law", "law_as_of: 2019-02-22", "law_as_of: 2019-02-30", "'2019-02-30'; expected a date"),
    ("law", "start: charged", "start: chraged", "unknown state of case 'chraged'; expected charged"),
    ("law", "Guilty plea, final: true", "Guilty plea, finale: true", "unknown key 'finale'"),
    ("law", "counters: {continuances: 3}", "counters: {continuances: -3}", "a whole number of at least 0"),
    ("law", "{live: {case: [charged, pretrial]}}", "{live: {cas: [charged, pretrial]}}", "unknown track or counter 'cas'"),
    ("law", "by: judge                            #", "bye: judge                           #", "unknown key 'bye'"),
    ("law", "after: {fixed: 14}", "after: {fixed: -14}", "a number of at least 0"),
    ("law", "after: {uniform: [1, 20]}", "after: {uniform: [20, 1]}", "min, max in that order"),
    ("law", "after: {median: 20, p90: 40}", "after: {median: 20, p90: 4}", "0 < median < p90"),
    ("law", "after: {median: 20, p90: 40}", "after: {median: 20}", "without each other"),
    ("law", "to: {plea: lapsed}}\n  move", "to: {plea: laps}}\n  move", "unknown state of plea 'laps'"),
    ("law", "once: true                           #", "once: often                          #", "true, false or visit"),
    ("law", "[{suppress: challenged}]", "[{suppres: challenged}]", "did you mean 'suppress'?"),
    ("law", "restarts: [try_case]", "restarts: [try_cases]", "did you mean 'try_case'?"),
    ("law", "{minimized: no, good_faith: no}", "{minimised: no, good_faith: no}", "did you mean 'minimized'?"),
    ("law", "{minimized: no, good_faith: no}", "{minimized: maybe, good_faith: no}", "yes or no"),
    ("law", "reviews: suppression  ", "reviews: supression  ", "unknown test 'supression'"),
    ("law", "jail_days: {max: 365}", "jail_days: {maximum: 365}", "unknown key 'maximum'"),
    ("law", "switch: {lapse_on_ruling: offer_ends}", "switch: {lapse_on_ruling: offer_end}", "did you mean 'offer_ends'?"),
    ("law", "{assumed: a month is usual}", "{asumed: a month is usual}", "did you mean 'assumed'?"),
    ("law", "{after: MotionToSuppressGranted, always", "{after: MotionToSuppresGranted, always", "unknown event"),
    ("law", "offer_kinds: [plea, diversion]", "offer_kinds: [[plea], diversion]", "expected text"),
    ("case", "starts: 2019-02-22", "starts: tomorrow", "a date"),
    ("case", "base: US-FL", "base: US-XX", "the calendar 'US-XX'"),
    ("case", "counsel: private", "counsel: privat", "did you mean 'private'?"),
    ("case", "{true: 0.3, false: 0.7}", "{true: 0.3, false: 0.6}", "odds that sum to 0.9"),
    ("case", "{lapse_on_ruling: no_effect}", "{lapse_on_rulling: no_effect}", "did you mean 'lapse_on_ruling'?"),
    ("case", "[{offense: solicitation.first, counts: 2}]", "[{offense: solicitation.frist, counts: 2}]", "did you mean"),
    ("case", "counts: 2}", "counts: 0}", "a whole number of at least 1"),
    ("case", "{from: [spa_cameras], weight: 3.0", "{from: [spa_camera], weight: 3.0", "did you mean 'spa_cameras'?"),
    ("case", "proves: [identity]", "proves: [identify]", "unknown element 'identify'"),
    ("case", "conviction: {base: -1.0}", "conviction: {bass: -1.0}", "did you mean 'base'?"),
    ("case", "kind: plea\n", "kind: please\n", "unknown offer kind 'please'"),
    ("case", "odds: {accept: 0.9, reject: 0.1}", "odds: {accept: 0.9, reject: 0.2}", "odds that sum to 1.1"),
    ("case", "odds: {file: 0.8, forgo: 0.2}", "odds: {file: 0.8, forget: 0.2}", "unknown option of move_to_suppress"),
    ("case", "{findings: suppression}\n", "{findings: supression}\n", "did you mean 'suppression'?"),
    ("case", "{evidence: {convict: p, acquit: rest}}", "{evidence: {convict: q, acquit: rest}}", "'q'; expected a number"),
    ("case", "{standing: 0.95,", "{standing: 1.95,", "at most 1"),
    ("case", "{low: 0.02, mid: 0.05, high: 0.3}", "{low: 0.02, mid: 0.5, high: 0.3}", "low, mid, high in that order"),
    ("case", "delays: {move_to_suppress:", "delays: {move_to_supress:", "did you mean 'move_to_suppress'?"),
    ("case", "{probation_days: 180, fine: 500, withhold: 0.7}", "{probation_days: 180, fine: 5000, withhold: 0.7}", "2000"),
    ("case", "jail_day: -500", "jail_days: -500", "did you mean 'jail_day'?"),
    ("case", "costs: {move_to_suppress.file", "costs: {move_to_suppress.fill", "did you mean 'move_to_suppress.file'?"),
    ("case", "private: {nervous: defense}", "private: {nervus: defense}", "did you mean 'nervous'?"),
]


@pytest.mark.parametrize(("file", "stood", "stands", "says"), EDITS, ids=[f"{e[0]}: {e[2].strip()[:50]}" for e in EDITS])
def test_one_wrong_edit_is_refused_at_its_own_place(file: str, stood: str, stands: str, says: str, tmp_path: Path) -> None:
    right = PROCEDURE if file == "law" else SCENARIO
    at = right.index(stood)
    wrong = right.replace(stood, stands, 1)
    path = page(tmp_path, SCENARIO if file == "law" else wrong, wrong if file == "law" else PROCEDURE)

    with pytest.raises(WrongInput) as told:
        courtsim.load(path)

    where = told.value.where
    assert where is not None and where.file.endswith(f"{file}.yaml") and says in str(told.value)
    assert where.line == right.count("\n", 0, at) + 1
    column = at - right.rfind("\n", 0, at)
    assert column <= where.column <= column + len(stands)


BROKEN = {
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "utf-16": SCENARIO.encode("utf-16"),
    "latin-1": "scenario: caf\xe9\n".encode("latin-1"),
    "nul": b"scenario: a\0b\n",
    "deep": b"[" * 100_000,
    "bomb": b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40)),
    "two documents": b"scenario: a\n---\nscenario: b\n",
    "twice": b"scenario: a\nscenario: b\n",
    "large": b"# " + b"x" * 50_000_000,
    "a list": b"- 1\n",
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_refused_with_one_message(what: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(BROKEN[what])

    with pytest.raises(WrongInput) as told:
        courtsim.load(path)

    assert "broken.yaml" in str(told.value) and "\n" not in str(told.value)


def test_a_folder_or_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    for path in (tmp_path / "folder.yaml", tmp_path / "none.yaml"):
        with pytest.raises(WrongInput, match=path.name):
            courtsim.load(path)


WRONG = Path(__file__).parent / "wrong"
STARTS = {
    "case": "case",
    "law": "case",
    "docket": "docket",
    "crowd": "crowd",
    "small": "small",
    "small-law": "small",
}  # which scenario is loaded


@pytest.mark.parametrize("base", sorted(set(STARTS.values())))
def test_the_files_that_the_wrong_ones_were_made_of_load(base: str) -> None:
    assert courtsim.load(WRONG / "base" / f"{base}.yaml").digest


@pytest.mark.parametrize("wrong", sorted(WRONG.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_wrong_file_is_refused_with_its_whole_message(wrong: Path, tmp_path: Path) -> None:
    base = wrong.stem.partition("--")[0]
    folder = tmp_path / "base"
    shutil.copytree(WRONG / "base", folder)
    (folder / f"{base}.yaml").write_bytes(wrong.read_bytes())
    expected = wrong.read_text().rstrip("\n").rpartition("\n")[2].removeprefix("# expected: ")

    with pytest.raises(WrongInput) as told:
        courtsim.load(folder / f"{STARTS[base]}.yaml")

    assert str(told.value).replace(f"{folder}/", "") == f"{base}.yaml:{expected}"


@pytest.mark.parametrize("kind", ["procedure", "scenario"])
def test_the_schema_describes_every_key(kind: str) -> None:
    properties = schema(kind)["properties"]  # type: ignore[arg-type]

    assert {key for key, shape in properties.items() if not shape.get("description")} == set()
    assert {"title", "sources", "extends"} <= set(properties)


@pytest.mark.parametrize(
    ("starts", "warned"), [("2019-02-21", True), ("2019-02-22", False), ("2020-02-22", False), ("2020-02-23", True)]
)
def test_a_scenario_that_starts_where_the_law_may_have_been_another_says_so(starts: str, warned: bool) -> None:
    warnings = courtsim.load("ordinary-first-charge", sets=[f"starts={starts}"]).warnings

    told = f"starts on {starts}; the law of florida-county-misdemeanor is that of 2019-02-22 and may have been another one then"
    assert [warning.partition(": ")[2] for warning in warnings] == [told] * warned


SHIPPED = sorted(
    [*(WRONG.parents[1] / "courtsim" / "procedures").glob("*.yaml"), *(WRONG.parents[1] / "scenarios").glob("*.yaml")]
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_shipped_loads_without_a_warning(path: Path) -> None:
    loaded = load_any(path)

    assert loaded.warnings == ()
    assert not isinstance(loaded, Scenario) or loaded.procedure.warnings == ()


@pytest.mark.parametrize(("key", "value"), [("charges", "[]"), ("facts.prior_convictions", "-1")])
def test_set_refuses_what_a_file_may_not_say(key: str, value: str) -> None:
    with pytest.raises(WrongInput, match="at least"):
        courtsim.load("jupiter-2019", sets=[f"{key}={value}"])
