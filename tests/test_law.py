"""The Florida procedure against the table of the law that it is written from: row by row, rule by rule, day by day."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

import courtsim
import courtsim.errors
from courtsim.case.history import History

ROOT = Path(__file__).parent.parent
TABLE = (ROOT / "tests" / "law" / "florida-procedure.md").read_text()
NAME = "florida-county-misdemeanor"


def made(name: str = "make_law") -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows_of_the_table() -> list[str]:
    numbered = re.findall(r"^\| (\d+\.\d+a?) \|", TABLE, re.MULTILINE)
    section = TABLE[TABLE.index("## 10. Sentence track") : TABLE.index("## 11.")]
    items = re.findall(r"^\| (?!Item|---)", section, re.MULTILINE)
    return numbered + [f"10.{n + 1}" for n in range(len(items))]


def test_every_row_of_the_table_is_in_the_procedure_or_left_out_with_a_reason() -> None:
    rows = made().rows()

    assert sorted(rows) == sorted(rows_of_the_table())
    assert all(len(where["left_out"]) > 20 for where in rows.values() if isinstance(where, dict))


@pytest.mark.parametrize("page", ["make_law", "make_parameters", "make_validation"])
def test_the_page_is_what_would_be_written(page: str) -> None:
    assert subprocess.run([sys.executable, ROOT / "docs" / f"{page}.py", "--check"], check=False).returncode == 0


def test_every_figure_that_informs_this_court_is_used_or_unused_for_a_reason() -> None:
    pages = made("make_parameters")
    rows = pages.rows()

    assert len(rows) == len(pages.figures()) > 80
    for path in (path for row in rows for path in row.get("used", ())):
        made().found(law(), path)


def law() -> Any:
    return YAML(typ="safe").load((ROOT / "courtsim" / "procedures" / f"{NAME}.yaml").read_text())


def rules(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in part.items() if isinstance(part, dict) else ():
        if key == "rule" and isinstance(value, str):
            yield f"{path}.{key}".lstrip("."), value
        else:
            yield from rules(value, f"{path}.{key}".lstrip("."))


def test_every_rule_is_in_the_table_or_marked_as_recalled() -> None:
    recalled = [path for path, source in law()["sources"].items() if isinstance(source, dict) and "recalled" in source]
    unknown = {
        f"{path}: {number}"
        for path, rule in rules(law())
        for number in re.findall(r"\d+ So\. [23]d \d+|\d+\.\d+", rule)
        if number not in TABLE and not any(path.startswith(known) for known in recalled)
    }

    assert unknown == set()


def test_every_option_cites_a_rule_and_says_what_it_is() -> None:
    procedure = courtsim.load_procedure(NAME)
    options = [option for step in procedure.steps.values() for option in step.options.values()]

    assert len(options) > 150
    assert [o.event for o in [*options, *(c.option for c in procedure.consequences)] if not o.rule or not o.says] == []


def test_no_default_number_is_without_a_source() -> None:
    assert courtsim.load_procedure(NAME).warnings == ()


# -- lesson L4 of the open questions: the speedy-trial clock, to the day

L4 = """
scenario: lesson-l4
procedure: {procedure}
title: The speedy-trial clock
starts: 2019-03-01
calendar: US-FL
facts: {{brought: notice_to_appear}}
charges: [{{offense: solicitation.first}}]
searches: {{cameras: {{kind: warrant, challenged: true}}}}
evidence: {{video: {{from: [cameras], weight: 1, proves: [act, identity]}}}}
conviction: {{p: 0.5}}
offers: {{never: {{kind: plea, when: {{case: referred}}, terms: {{}}, open_for: 1}}}}
script:
  - {{on: 2019-03-01, step: notice_to_appear}}
  - {{on: 2019-03-01, step: decide_on_charges, choose: file_information}}
{script}
"""
SUPPRESSED = [
    ("2019-03-05", "plead_in_writing", "plead_not_guilty"),
    ("2019-03-06", "waive_arraignment", "do"),
    ("2019-04-01", "move_to_suppress", "file"),
    ("2019-05-01", "hear_motion_to_suppress", "begin"),
    ("2019-05-02", "continue_hearing", "conclude"),
    ("2019-05-10", "rule_on_suppression", "grant"),
    ("2019-05-13", "notice_of_appeal", "appeal"),
    ("2019-05-13", "extend_speedy_trial", "extend"),
    ("2019-05-14", "stay_proceedings", "do"),
    ("2019-10-01", "file_initial_brief", "do"),
    ("2019-11-01", "file_answer_brief", "do"),
    ("2020-01-02", "file_reply_brief", "do"),
    ("2020-06-30", "argue_appeal", "hear"),
    ("2020-08-20", "decide_appeal", "reverse"),
    ("2020-09-04", "issue_mandate_reversed", "do"),
]


def played(tmp_path: Path, steps: list[tuple[str, str, str]], procedure: str = NAME, sets: tuple[str, ...] = ()) -> History:
    path = tmp_path / "l4.yaml"
    script = "\n".join(f"  - {{on: {on}, step: {step}, choose: {choose}}}" for on, step, choose in steps)
    path.write_text(L4.format(procedure=procedure, script=script))
    return courtsim.simulate(courtsim.load(path, sets=sets)).histories[0]


def date_of(case: History, event: str) -> dt.date:
    return next(e.date for e in case.events if e.name == event)


def test_the_90_days_of_a_notice_to_appear_of_1_march_2019_end_on_30_may(tmp_path: Path) -> None:
    case = played(tmp_path, [("2019-05-31", "notice_of_expiration", "file")])

    assert date_of(case, "SpeedyTrialTimeExpired") == dt.date(2019, 5, 30)


def test_the_90_days_of_an_arrest_run_from_custody_though_the_charge_comes_later(tmp_path: Path) -> None:
    """The clock once began with the charge: rule 3.191(d) (2019) says custody."""
    path = tmp_path / "l4.yaml"
    script = [
        ("2019-03-01", "arrest", "do"),
        ("2019-03-15", "decide_on_charges", "file_information"),
        ("2019-05-31", "notice_of_expiration", "file"),
    ]
    lines = "\n".join(f"  - {{on: {on}, step: {step}, choose: {choose}}}" for on, step, choose in script)
    text = L4.format(procedure=NAME, script="").replace("notice_to_appear}", "arrest}")
    path.write_text(text[: text.index("script:")] + "script:\n" + lines)
    case = courtsim.simulate(courtsim.load(path)).histories[0]

    assert date_of(case, "SpeedyTrialTimeExpired") == dt.date(2019, 5, 30)


def test_a_notice_on_the_last_day_is_premature(tmp_path: Path) -> None:
    with pytest.raises(courtsim.errors.IllegalStep):
        played(tmp_path, [("2019-05-30", "notice_of_expiration", "file")])


def test_discharge_is_possible_on_18_june_2019_and_not_before(tmp_path: Path) -> None:
    steps = [("2019-05-31", "notice_of_expiration", "file"), ("2019-06-05", "hear_notice_of_expiration", "order_trial")]

    case = played(tmp_path, [*steps, ("2019-06-18", "discharge", "do")])

    assert date_of(case, "RecapturePeriodExpired") == dt.date(2019, 6, 17)  # 15 June is a Saturday
    assert case.state.case == "closed.discharged" and case.events[-1].date == dt.date(2019, 6, 18)
    with pytest.raises(courtsim.errors.IllegalStep):
        played(tmp_path, [*steps, ("2019-06-17", "discharge", "do")])


def test_a_mandate_of_4_september_2020_begins_90_days_to_3_december(tmp_path: Path) -> None:
    case = played(tmp_path, [*SUPPRESSED, ("2020-12-04", "notice_of_expiration", "file")])

    assert date_of(case, "NewSpeedyTrialTimeBegan") == dt.date(2020, 9, 4)
    assert date_of(case, "SpeedyTrialTimeExpired") == dt.date(2020, 12, 3)


def test_the_contrary_position_lets_only_the_17_days_left_run(tmp_path: Path) -> None:
    steps = [*SUPPRESSED, ("2020-09-22", "notice_of_expiration", "file")]
    case = played(tmp_path, steps, sets=("switches.after_appeal=resume",))

    assert date_of(case, "SpeedyTrialTimeExpired") == dt.date(2020, 9, 21)


def test_under_the_text_of_1_july_2025_the_clock_starts_at_the_charge_and_recapture_is_30_days(tmp_path: Path) -> None:
    path = tmp_path / "l4.yaml"
    script = [
        ("2026-02-20", "notice_to_appear", "do"),
        ("2026-03-02", "decide_on_charges", "file_information"),
        ("2026-06-02", "notice_of_expiration", "file"),
        ("2026-06-08", "hear_notice_of_expiration", "order_trial"),
        ("2026-07-09", "dismiss_for_speedy_trial", "do"),
    ]
    lines = "\n".join(f"  - {{on: {on}, step: {step}, choose: {choose}}}" for on, step, choose in script)
    text = L4.format(procedure="florida-county-misdemeanor-2025", script="").replace("starts: 2019-03-01", "starts: 2026-02-20")
    path.write_text(text[: text.index("script:")] + "script:\n" + lines)
    case = courtsim.simulate(courtsim.load(path)).histories[0]

    assert date_of(case, "SpeedyTrialTimeBegan") == dt.date(2026, 3, 2)
    assert date_of(case, "SpeedyTrialTimeExpired") == dt.date(2026, 6, 1)  # 31 May is a Sunday
    assert date_of(case, "RecapturePeriodExpired") == dt.date(2026, 7, 8)
    assert case.state.case == "closed.dismissed"
