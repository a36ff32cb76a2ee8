"""A docket of others against the law: what we write conforms; what is moved, late, early or on a Saturday does not."""

from __future__ import annotations

import csv
import datetime as dt
import os
import random
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.analysis.conform import Conformance, Fault
from courtsim.case.events import Event
from courtsim.cli.commands import cli
from courtsim.errors import WrongInput
from courtsim.reports.export import EXPORTS, Log
from courtsim.scenario.facts import Scenario
from tests.small import court
from tests.test_properties import GENERATED, scenario

CASE = "jupiter-2019-as-it-happened"
ROOT = Path(__file__).parent.parent


def written(path: Path, subject: Scenario, cases: Sequence[Sequence[Event]]) -> Path:
    with path.open("wb") as out:
        EXPORTS[path.suffix[1:]](Log("run", 1, subject, cases), out)
    return path


def rows_of(path: Path, *columns: str) -> list[list[str]]:
    with path.open(newline="") as file:
        return [[row[name] for name in columns] for row in csv.DictReader(file)]


def table(path: Path, head: str, rows: Sequence[Sequence[str]]) -> Path:
    path.write_text("\n".join([head, *(",".join(row) for row in rows)]) + "\n")
    return path


def only_fault(found: Conformance) -> Fault:
    (docket,) = found.dockets
    assert docket.fault is not None
    return docket.fault


@pytest.fixture(scope="module")
def documented() -> list[list[str]]:
    """Date and event of every line of the documented case."""
    (case,) = courtsim.simulate(CASE).histories
    return [[event.date.isoformat(), event.name] for event in case.events]


@pytest.mark.parametrize("kind", ["csv", "xes"])
def test_the_documented_case_conforms(kind: str, tmp_path: Path) -> None:
    subject = courtsim.load(CASE)
    (case,) = courtsim.simulate(subject).histories

    found = courtsim.conform(written(tmp_path / f"docket.{kind}", subject, [case.events]), subject)

    assert found.ok and found.dockets[0].unsaid == ()
    assert (found.dockets[0].lines, found.dockets[0].end) == (len(case.events), "closed.nolle_prosequi")


def test_it_conforms_by_its_dates_alone(documented: list[list[str]], tmp_path: Path) -> None:
    assert courtsim.conform(table(tmp_path / "docket.csv", "date,event", documented), CASE).ok


def test_what_the_law_does_by_itself_need_not_be_said(documented: list[list[str]], tmp_path: Path) -> None:
    unsaid = {"OfferLapsed", "SpeedyTrialTimeBegan"}
    rows = [row for row in documented if row[1] not in unsaid]
    assert len(rows) < len(documented)

    (docket,) = courtsim.conform(table(tmp_path / "docket.csv", "date,event", rows), CASE).dockets

    assert docket.fault is None and {event for event, _ in docket.unsaid} == unsaid


@pytest.mark.parametrize("seed", range(10))
def test_shuffled_copies_do_not_conform(seed: int, documented: list[list[str]], tmp_path: Path) -> None:
    rows = documented[:]
    random.Random(seed).shuffle(rows)
    assert only_fault(courtsim.conform(table(tmp_path / "rows.csv", "date,event", rows), CASE))

    events = [event for _, event in documented]
    random.Random(seed).shuffle(events)
    moved = [[date, event] for (date, _), event in zip(documented, events, strict=True)]
    assert only_fault(courtsim.conform(table(tmp_path / "events.csv", "date,event", moved), CASE))


def test_a_notice_of_appeal_is_in_time_on_day_15_and_late_on_day_16(documented: list[list[str]], tmp_path: Path) -> None:
    """Counted from the amended order of 14 May 2019: day 15 is 29 May."""
    until = documented[: [event for _, event in documented].index("NoticeOfAppealFiled")]

    in_time = table(tmp_path / "15.csv", "date,event", [*until, ["2019-05-29", "NoticeOfAppealFiled"]])
    late = table(tmp_path / "16.csv", "date,event", [*until, ["2019-05-30", "NoticeOfAppealFiled"]])

    assert courtsim.conform(in_time, CASE).ok
    fault = only_fault(courtsim.conform(late, CASE))
    assert (fault.kind, fault.date, fault.line) == ("late", dt.date(2019, 5, 30), len(until) + 1)
    assert fault.why == "TimeToAppealExpired came between, on 2019-05-29"
    assert "notice_of_appeal.appeal" not in fault.instead


@pytest.mark.parametrize("name", ["two-track", "jupiter-2019", "ordinary-first-charge", "traffic-fine"])
@pytest.mark.parametrize("kind", ["csv", "xes"])
def test_every_case_that_we_simulate_conforms(name: str, kind: str, tmp_path: Path) -> None:
    """Among those of jupiter-2019 is one in which time ran out while a hearing held the court's time (seed 3, case 84)."""
    subject = courtsim.load(name)
    cases = [case.events for case in courtsim.simulate(subject, cases=90, seed=3).histories]

    assert courtsim.conform(written(tmp_path / f"log.{kind}", subject, cases), subject).conforming == 90


def test_every_case_of_a_generated_court_conforms(tmp_path: Path) -> None:
    for which in GENERATED:
        subject = scenario(which)
        cases = [case.events for case in courtsim.simulate(subject, cases=4).histories]
        found = courtsim.conform(written(tmp_path / "log.csv", subject, cases), subject)
        assert [docket.fault for docket in found.dockets] == [None] * len(found.dockets), which


# -- a small court

LAW = """
    tracks:
      case:
        start: open
        states: {open: {}, answered: {}, closed.ruled: {final: true}, closed.default: {final: true}}
    steps:
      answer: {by: defense, when: {case: open}, after: 5, event: Answered, to: {case: answered}}
      answer_late: {by: clock, when: {case: open}, after: {deadline: 20}, event: Defaulted, to: {case: closed.default}}
      rule:
        by: judge
        when: {case: answered}
        after: {fixed: 10, roll: true}
        options:
          grant: {event: Ruled, to: {case: closed.ruled}}
          deny: {event: Ruled, to: {case: closed.ruled}}
"""


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    return court(
        tmp_path, LAW, "calendar: US-FL\nchoosers: {rule: {odds: {grant: 0.5, deny: 0.5}}}\n"
    )  # from Friday 22 February 2019


def faults(small: Scenario, folder: Path, *rows: tuple[str, str]) -> tuple[str, str]:
    fault = only_fault(courtsim.conform(table(folder / "log.csv", "date,event", rows), small))
    return fault.kind, fault.why


def test_a_ruling_on_a_saturday_is_a_fault_and_an_answer_on_one_is_none(small: Scenario, tmp_path: Path) -> None:
    assert faults(small, tmp_path, ("2019-02-23", "Answered"), ("2019-03-02", "Ruled")) == (
        "no court",
        "Saturday, 2019-03-02 is no court day, and the law puts it on one",
    )


def test_a_clock_has_its_own_day(small: Scenario, tmp_path: Path) -> None:
    early = faults(small, tmp_path, ("2019-03-13", "Defaulted"))
    late = faults(small, tmp_path, ("2019-03-15", "Defaulted"))
    answered = faults(small, tmp_path, ("2019-03-15", "Answered"))

    assert early == ("early", "its clock falls due on 2019-03-14")
    assert late == ("late", "the law has it on 2019-03-14: Defaulted")
    assert answered == ("late", "Defaulted came between, on 2019-03-14; the case is closed (closed.default)")


def test_what_stands_above_or_before_is_out_of_order(small: Scenario, tmp_path: Path) -> None:
    assert faults(small, tmp_path, ("2019-02-21", "Answered"))[0] == "order"
    assert faults(small, tmp_path, ("2019-03-01", "Answered"), ("2019-02-28", "Ruled"))[0] == "order"
    assert faults(small, tmp_path, ("2119-03-01", "Answered"))[0] == "order"


def test_what_comes_twice_is_unlawful_and_not_late(small: Scenario, tmp_path: Path) -> None:
    assert faults(small, tmp_path, ("2019-03-01", "Answered"), ("2019-03-20", "Answered"))[0] == "unlawful"


def test_names_are_read_as_people_write_them_and_mapped(small: Scenario, tmp_path: Path) -> None:
    log = table(
        tmp_path / "log.csv",
        "Activity;Timestamp;Case",
        [["answered;2019-03-01T10:00:00;7"], ["Chat;2019-03-01T11:00:00;7"], ["Order signed;2019-03-04T09:30:00;7"]],
    )

    found = courtsim.conform(log, small, mapped={"Order signed": "rule.grant", "Chat": ""})

    assert found.ok and found.left_out == 1 and found.dockets[0].case == "7"
    with pytest.raises(WrongInput, match=r"log.csv:3:1: unknown event 'Chat'"):
        courtsim.conform(log, small)
    with pytest.raises(WrongInput, match=r"--map Chat=rule.gran, .*did you mean 'rule.grant'"):
        courtsim.conform(log, small, mapped={"Chat": "rule.gran"})


def test_a_row_may_stop_before_its_last_columns(small: Scenario, tmp_path: Path) -> None:
    """Found by mutated logs: a row cut off before the column of its case."""
    log = table(tmp_path / "log.csv", "date,event,case", [["2019-03-01", "Answered"]])

    assert courtsim.conform(log, small).ok


def test_steps_and_options_may_stand_in_columns_of_their_own(small: Scenario, tmp_path: Path) -> None:
    rows = [["2019-03-01", "answer", ""], ["2019-03-04", "rule", "deny"]]

    assert courtsim.conform(table(tmp_path / "log.csv", "date,step,option", rows), small).ok
    rows[1][2] = "denied"
    with pytest.raises(WrongInput, match="unknown option 'denied' of rule; expected deny or grant; did you mean 'deny'"):
        courtsim.conform(table(tmp_path / "log.csv", "date,step,option", rows), small)


# -- what is no log


WRONG = {
    "no-such.csv": (None, "no-such.csv: there is no such file; expected a .csv or .xes file, or either with .gz"),
    "log.txt": ("date,event\n", "log.txt: a file of another kind; expected a .csv or .xes file, or either with .gz"),
    "empty.csv": ("", "empty.csv:1:1: no column for the date; expected a column date, time:timestamp, timestamp, time or on"),
    "head.csv": ("date,event\n", "head.csv: a log without an event; expected one event at least"),
    "nameless.csv": (
        "date,evnt\n2019-03-01,Answered\n",
        "nameless.csv:1:1: no column for the event; expected a column event, concept:name or activity or step; "
        "did you mean 'evnt'?",
    ),
    "date.csv": (
        "date,event\n2019-02-30,Answered\n",
        "date.csv:2:1: the date '2019-02-30'; expected a date such as 2019-03-28, or with its time",
    ),
    "year.csv": (
        "date,event\n9999-12-31,Answered\n",
        "year.csv:2:1: the date '9999-12-31'; expected one of the years 1500 to 2500",
    ),
    "quote.csv": (
        'date,event\n2019-03-01,"Answ',
        "quote.csv:2:1: this is no CSV (unexpected end of data); expected rows under a head",
    ),
    "cut.xes": ("<log><trace>", "cut.xes:1:13: this is no XML (no element found); expected a log in XES"),
    "page.xes": ("<html/>", "page.xes:1:1: an XML file of <html>; expected a log in XES: <log>"),
    "laughs.xes": (
        '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><log>&b;</log>',
        "laughs.xes:1:16: a document type or an entity; expected a log without either: nothing is expanded",
    ),
    "undated.xes": (
        '<log><trace><event><string key="concept:name" value="Answered"/></event></trace></log>',
        "undated.xes:1:1: the date ''; expected a date such as 2019-03-28, or with its time",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_log_is_refused_in_one_line(
    name: str, small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content, message = WRONG[name]
    if content is not None:
        Path(name).write_text(content)

    ran = CliRunner().invoke(cli, ["conform", name, "--scenario", "small-case.yaml"])

    assert (ran.exit_code, ran.stderr) == (2, f"Error: {message}\n")


def test_an_outer_file_is_never_fetched(small: Scenario, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    log = tmp_path / "log.xes"
    log.write_text(f'<!DOCTYPE log SYSTEM "{secret.as_uri()}"><log/>')

    with pytest.raises(WrongInput, match="a document type or an entity"):
        courtsim.conform(log, small)


# -- the command


def test_the_command_says_where_and_what_was_lawful(small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table(Path("log.csv"), "date,event", [("2019-03-01", "Answered"), ("2019-03-20", "Answered")])
    table(Path("good.csv"), "date,event", [("2019-03-01", "Answered")])
    table(Path("two.csv"), "case,date,event", [("a", "2019-03-01", "Answered"), ("b", "2019-03-01", "Ruled")])

    good = CliRunner().invoke(cli, ["conform", "good.csv", "--scenario", "small-case.yaml"])
    bad = CliRunner().invoke(cli, ["conform", "log.csv", "--scenario", "small-case.yaml"], env={"COLUMNS": "200"})
    two = CliRunner().invoke(cli, ["conform", "two.csv", "--procedure", "small.procedure.yaml"], env={"COLUMNS": "120"})
    neither = CliRunner().invoke(cli, ["conform", "good.csv"])

    said = "good.csv: keeps to small, in the case small-case. 1 lines; it ends open, at answered."
    assert (good.exit_code, " ".join(good.stdout.split())) == (0, said)
    assert (bad.exit_code, bad.stdout) == (
        1,
        "log.csv:3:1: Answered of 2019-03-20 does not keep to small, in the case small-case (unlawful): "
        "its `when` does not hold (case: answered).\nLawful was: rule.deny or rule.grant.\n",
    )
    assert two.exit_code == 1 and "two.csv: 1 of 2 cases (50.0%) keep to small." in two.stdout
    assert neither.exit_code == 2


# -- a second court


def fine(folder: Path, *lines: tuple[str, str]) -> Conformance:
    log = table(folder / "fine.csv", "date,event", lines)
    return courtsim.conform(log, "traffic-fine-italy")


NOTIFIED = (("2007-03-20", "Create Fine"), ("2007-07-17", "Send Fine"), ("2007-07-23", "Insert Fine Notification"))


def test_a_fine_paid_in_part_gets_its_penalty_and_goes_to_collection(tmp_path: Path) -> None:
    rest = (("2007-09-01", "Payment"), ("2007-09-21", "Add penalty"), ("2009-03-30", "Send for Credit Collection"))

    (docket,) = fine(tmp_path, *NOTIFIED, *rest).dockets

    assert docket.fault is None and docket.end == "closed.collection"


@pytest.mark.parametrize(
    ("lines", "kind", "event"),
    [
        ((*NOTIFIED, ("2007-09-20", "Add penalty")), "early", "Add penalty"),
        ((*NOTIFIED, ("2007-09-22", "Insert Date Appeal to Prefecture")), "late", "Insert Date Appeal to Prefecture"),
        (
            (*NOTIFIED, ("2007-08-01", "Insert Date Appeal to Prefecture"), ("2007-09-21", "Add penalty")),
            "unlawful",
            "Add penalty",
        ),
        ((NOTIFIED[0], ("2007-08-18", "Send Fine")), "late", "Send Fine"),
        ((*NOTIFIED, ("2007-08-01", "Send for Credit Collection")), "unlawful", "Send for Credit Collection"),
    ],
)
def test_a_fine_has_its_days(lines: tuple[tuple[str, str], ...], kind: str, event: str, tmp_path: Path) -> None:
    fault = only_fault(fine(tmp_path, *lines))

    assert (fault.kind, fault.event, fault.line) == (kind, event, len(lines))


def sample(name: str) -> Iterator[Path]:
    """A file of pm4py's source distribution (2.2.32), where COURTSIM_PM4PY names it, a folder or a .tar.gz."""
    given = os.environ.get("COURTSIM_PM4PY")
    if given is None:
        return
    path = Path(given)
    if path.is_dir():
        yield from path.rglob(name)
    elif path.is_file():
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.endswith("/" + name):
                    archive.extract(member, path.parent, filter="data")
                    yield path.parent / member.name


def test_the_variants_of_the_road_traffic_log() -> None:
    path = next(sample("12_roadtraffic_1t_per_variant.xes.gz"), None)
    if path is None:
        pytest.skip("pm4py is under the AGPL, so its samples are not here: COURTSIM_PM4PY names its source distribution")

    found = courtsim.conform(path, "traffic-fine-italy")

    assert (found.conforming, len(found.dockets)) == (41, 231)
    assert Counter(dict(found.kinds())).most_common(1) == [(("Add penalty", "unlawful"), 89)]


def test_a_log_is_read_once_so_a_pipe_will_do(documented: list[list[str]], tmp_path: Path) -> None:
    """It was read a second time to count its cases."""
    pipe = tmp_path / "docket.csv"
    os.mkfifo(pipe)
    line = [sys.executable, "-m", "courtsim", "conform", str(pipe), "--scenario", CASE]
    with subprocess.Popen(line, stdout=subprocess.PIPE, cwd=ROOT) as reading:
        table(pipe, "date,event", documented)
        try:
            printed, _ = reading.communicate(timeout=60)
        finally:
            reading.kill()

    assert reading.returncode == 0 and b"it ends closed: Nolle prosequi" in printed
