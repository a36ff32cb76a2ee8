"""The documented case, to the day: section 10 of the case record, and what its section 9 says never happened."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

import courtsim
from courtsim.case.history import History
from courtsim.errors import IllegalStep

NAME = "jupiter-2019-as-it-happened"

RECORD = [  # section 10, row by row: date, and words that the event's own name or the docket's sentence must have
    ("2019-02-25", "Information"),
    ("2019-02-25", "Summons"),
    ("2019-02-28", "NotGuiltyPlea"),
    ("2019-02-28", "NonJury"),
    ("2019-03-26", "ArraignmentWaived"),
    ("2019-03-26", "JuryTrial"),
    ("2019-03-26", "Media"),
    ("2019-03-28", "MotionToSuppressFiled"),
    ("2019-04-03", "MotionToSuppressAmended"),
    ("2019-04-05", "Lapsed"),
    ("2019-04-12", "Hearing|Heard"),
    ("2019-04-23", "ProtectiveOrderGrantedInPart"),
    ("2019-04-26", "SuppressionHearing"),
    ("2019-05-01", "SuppressionHearing|Submitted|UnderAdvisement"),
    ("2019-05-07", "Contempt"),
    ("2019-05-13", "MotionToSuppressGranted"),
    ("2019-05-14", "Amended"),
    ("2019-05-17", "NoticeOfAppeal"),
    ("2019-05-21", "Stay"),
    ("2019-05-21", "SpeedyTrial.*Extended"),
    ("2019-05-23", "Certified"),
    ("2019-05-24", "Transfer"),
    ("2019-06-1[4-7]", "Contempt.*Denied"),
    ("2019-10-01", "InitialBrief"),
    ("2019-10-31", "AnswerBrief"),
    ("2020-01-02", "ReplyBrief"),
    ("2020-06-30", "OralArgument"),
    ("2020-08-19", "Affirmed"),
    ("2020-09-21", "Destroy"),
    ("2020-09-24", "NolleProsequi"),
]
NEVER = [  # section 9: a simulation must not assert these of the documented case
    "GuiltyPlea",
    "NoloContendere",
    "PleaAccepted",
    "Verdict",
    "Arrest",
    "Capias",
    "Booked",
    "Bond",
    "CounterOffer",
    "SpeedyTrialDemand",
    "NoticeOfExpiration",
    "Discharge",
    "JurySworn",
    "TrialSet",
    "DiversionAccepted",
    "Dismissed",
    "Acquitt",
    "Sentence",
    "Published",
    "Released",
]


@pytest.fixture(scope="module")
def documented() -> History:
    return courtsim.simulate(NAME).histories[0]


@pytest.mark.parametrize(("date", "event"), RECORD, ids=[f"{date} {event}" for date, event in RECORD])
def test_every_dated_step_of_the_record_stands_on_its_date(date: str, event: str, documented: History) -> None:
    that_day = [e.name for e in documented.events if re.fullmatch(date, e.date.isoformat())]

    assert any(re.search(event, name) for name in that_day), that_day


def test_the_case_ends_in_nolle_prosequi(documented: History) -> None:
    assert documented.events[-1].date == dt.date(2020, 9, 24) or documented.state.closed
    assert documented.state.case == "closed.nolle_prosequi"


@pytest.mark.parametrize("event", NEVER)
def test_what_the_record_does_not_say_does_not_happen(event: str, documented: History) -> None:
    wrong = [e.name for e in documented.events if event in e.name and not e.name.startswith("NotGuilty")]

    assert wrong == []


def test_every_event_cites_its_authority_and_has_its_words(documented: History) -> None:
    assert [e.name for e in documented.events if not e.rule or not e.says] == []


def test_it_is_one_and_the_same_under_every_seed(documented: History) -> None:
    def lines(case: History) -> list[tuple[dt.date, str]]:
        return [(e.date, e.name) for e in case.events]

    assert all(lines(courtsim.simulate(NAME, seed=seed).histories[0]) == lines(documented) for seed in range(1, 6))


def test_moving_a_date_of_the_script_moves_the_docket() -> None:
    n = entry_of("file_brief_initial", "InitialBrief")

    moved = courtsim.simulate(courtsim.load(NAME, sets=[f"script.{n}.on=2019-10-02"])).histories[0]

    assert [e.date.isoformat() for e in moved.events if "InitialBrief" in e.name] == ["2019-10-02"]


def test_a_trial_during_the_stay_is_refused_with_what_was_lawful() -> None:
    scenario = courtsim.load(NAME)
    trial = next(
        step.name
        for step in scenario.procedure.steps.values()
        if any("JurySworn" in o.event or "JurySelect" in o.event or "TrialBegan" in o.event for o in step.options.values())
    )
    n = entry_of("", "InitialBrief")

    with pytest.raises(IllegalStep) as told:
        courtsim.simulate(courtsim.load(NAME, sets=[f"script.{n}={{on: 2019-10-01, step: {trial}}}"]))

    assert told.value.instead


def entry_of(_step: str, event: str) -> int:
    """Which entry of the script makes this event."""
    scenario = courtsim.load(NAME)
    for n, entry in enumerate(scenario.script):
        step = scenario.procedure.steps.get(entry.step or "")
        if step and any(event in option.event for option in step.options.values()):
            return n
    raise AssertionError(f"no entry for {event}")


def test_no_name_of_the_case_stands_in_python() -> None:
    package = Path(courtsim.__file__).parent
    found = [p for p in package.rglob("*.py") if re.search("jupiter|kraft", p.read_text(), re.IGNORECASE)]

    assert found == []
