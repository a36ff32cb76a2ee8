"""What is lawful and yet absurd: each kind planted and found at its place, not found where it is not, never a false word."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.analysis.absurd import Misgiving
from courtsim.case.history import History
from courtsim.case.masks import holds
from courtsim.cli.commands import cli
from courtsim.engines.simulate import histories
from tests.foreign.generate import write
from tests.small import files
from tests.test_properties import GENERATED, scenario, states

LAW = """
    tracks:
      case:
        start: open
        states:
          open: {}
          convicted: {convicted: true, disposes: true}
          closed.served: {final: true, convicted: true}
          closed.pleaded: {final: true, convicted: true}
          closed.acquitted: {final: true}
      plea: {start: none, states: {none: {}, offered: {}, over: {}}}
    offer_kinds: [plea]
    steps:
      hire:
        by: defense
        when: {case: open}
        after: 1
        once: true
        options:
          cheaply: {event: CounselHired}
          dearly: {event: FamousCounselHired}
      make_offer:
        by: prosecution
        when: {case: [open, convicted], plea: [none, over]}
        after: 5
        event: PleaOffered
        to: {plea: offered}
        effects: [{offer: next}]
      answer:
        by: defense
        when: {plea: offered}
        after: {exponential: 20}
        options:
          accept: {event: PleaAccepted, to: {case: closed.pleaded}, effects: [accept_offer]}
          reject: {event: PleaRejected, to: {plea: over}}
      offer_lapses: {by: clock, when: {plea: offered}, after: {deadline: 30}, event: OfferLapsed, to: {plea: over}}
      try_case:
        by: jury
        when: {case: open}
        after: 60
        tolled_when: {plea: offered}
        needs: {judge: 0.5}
        options:
          convict: {event: Convicted, to: {case: convicted}}
          acquit: {event: Acquitted, to: {case: closed.acquitted}}
      serve: {by: clerk, when: {case: convicted}, after: 100, event: Served, to: {case: closed.served}}
    offenses:
      petty: {statute: s. 1, jail_days: {max: 60}, fine: {max: 500}}
"""
CASE = """
    charges: [{offense: petty}]
    resources: {judge: {capacity: 1}}
    conviction: {p: 0.5}
    offers:
      first: {kind: plea, terms: {jail_days: 10}}
      second: {kind: plea, when: {case: convicted}, terms: {jail_days: 20}}
    choosers:
      hire: {odds: {cheaply: 0.5, dearly: 0.5}}
      answer: {odds: {accept: 0.3, reject: rest}}
      try_case: {evidence: {convict: p, acquit: rest}}
    costs: {hire.cheaply: {defense: 100}}
    values:
      defense: {jail_day: -100, dollar: -1, final: {closed.pleaded: -1000, convicted: -5000}}
"""


def planted(folder: Path, law: tuple[str, str] = ("", ""), case: tuple[str, str] = ("", "")) -> Path:
    """The small court with one text in place of another."""
    assert law[0] in LAW and case[0] in CASE
    return files(folder, LAW.replace(*law), CASE.replace(*case))


def told(path: Path) -> list[Misgiving]:
    return list(courtsim.misgivings(path).misgivings)


def standing(folder: Path, file: str, text: str) -> str:
    """The place of a text in a file of the court."""
    for n, line in enumerate((folder / file).read_text().splitlines(), 1):
        if text in line:
            return f"{folder / file}:{n}:{line.index(text) + 1}"
    raise AssertionError(text)


def test_a_court_without_any(tmp_path: Path) -> None:
    advice = courtsim.misgivings(planted(tmp_path, case=("hire.cheaply: {defense: 100}", "hire.cheaply: {prosecution: 100}")))

    assert (advice.misgivings, advice.undecided, advice.found.ok) == ((), (), True)


def test_an_option_that_only_costs_is_dominated(tmp_path: Path) -> None:
    (found,) = told(planted(tmp_path))

    assert (found.kind, found.what) == ("dominated option", "hire.cheaply is never worth choosing")
    assert found.place == standing(tmp_path, "small.procedure.yaml", "cheaply")
    assert found.why.startswith("dearly is worth at least as much to the defense wherever it can be chosen (1 situations)")
    assert "up to $100 more" in found.why


def test_what_depends_on_the_odds_is_not_dominated(tmp_path: Path) -> None:
    """At these odds the plea is worth less than the trial; a jury that convicts more often makes it worth more."""
    path = planted(tmp_path, case=("hire.cheaply: {defense: 100}", "hire.cheaply: {prosecution: 100}"))
    worths = courtsim.advise(path, "defense").values["answer"]

    assert worths["accept"] != worths["reject"] and not told(path)


FREE = ("hire.cheaply: {defense: 100}", "hire.cheaply: {prosecution: 100}")  # nothing else to find


def test_a_deadline_that_something_always_precedes(tmp_path: Path) -> None:
    (found,) = told(planted(tmp_path, ("{exponential: 20}", "{uniform: [1, 29]}"), FREE))

    assert (found.kind, found.what) == ("deadline", "steps.offer_lapses can never bind")
    assert found.place == standing(tmp_path, "small.procedure.yaml", "after: {deadline: 30}")
    assert found.why == "answer always comes first: it runs wherever this runs, takes at most 29 days, and ends it"


SHORT = ("{exponential: 20}", "{uniform: [1, 29]}")


@pytest.mark.parametrize(
    "more",
    [
        ("{uniform: [1, 29]}", "{uniform: [1, 31]}"),
        ("{uniform: [1, 29]}\n", "{uniform: [1, 29]}\n        tolled_when: {case: convicted}\n"),
        ("{uniform: [1, 29]}\n", "{uniform: [1, 29]}\n        once: true\n"),
        ("{uniform: [1, 29]}\n", "{uniform: [1, 29]}\n        needs: {judge: 0.5}\n"),
        ("reject: {event: PleaRejected, to: {plea: over}}", "reject: {event: PleaRejected}"),
        ("cheaply: {event: CounselHired}", "cheaply: {event: CounselHired, restarts: [answer]}"),
    ],
    ids=["longer", "tolled", "once", "waits for the court", "stays", "restarted"],
)
def test_a_deadline_that_may_bind_after_all(more: tuple[str, str], tmp_path: Path) -> None:
    law = LAW.replace(*SHORT)
    assert more[0] in law

    assert "deadline" not in {each.kind for each in told(files(tmp_path, law.replace(*more), CASE.replace(*FREE)))}


def test_a_deadline_that_is_met_by_no_case_is_left_undecided(tmp_path: Path) -> None:
    advice = courtsim.misgivings(planted(tmp_path, ("{exponential: 20}", "{triangular: [1, 2, 31]}"), FREE))

    assert advice.misgivings == ()
    (undecided,) = advice.undecided
    assert (undecided.kind, undecided.what) == ("deadline", ("offer_lapses",))


def test_a_weekend_may_carry_a_deadline_further(tmp_path: Path) -> None:
    """29 days and a weekend roll past 30: with a calendar the answer may come after the end."""
    rolling = ("{exponential: 20}", "{uniform: [1, 29], roll: true}")
    assert [each.kind for each in told(planted(tmp_path, rolling, FREE))] == ["deadline"]

    (tmp_path / "small-case.yaml").write_text((tmp_path / "small-case.yaml").read_text() + "calendar: US-FL\n")
    assert told(tmp_path / "small-case.yaml") == []


def test_a_tolling_that_never_bites(tmp_path: Path) -> None:
    (found,) = told(planted(tmp_path, ("tolled_when: {plea: offered}", "tolled_when: {case: convicted}"), FREE))

    assert (found.kind, found.what) == ("tolling", "steps.try_case.tolled_when never bites")
    assert found.place == standing(tmp_path, "small.procedure.yaml", "tolled_when")
    assert found.why == "nothing reaches a state in which it holds while the step is enabled"


def test_an_offer_better_after_conviction_than_before(tmp_path: Path) -> None:
    (found,) = told(files(tmp_path, LAW, CASE.replace(*FREE).replace("jail_days: 20", "jail_days: 5")))

    assert (found.kind, found.what) == ("offer", "offers.second is better after conviction than before")
    assert found.place == standing(tmp_path, "small-case.yaml", "second")
    assert found.why == "it can be made only after a conviction, and asks less than every one before it (first)"


def test_a_resource_that_nobody_needs(tmp_path: Path) -> None:
    (found,) = told(planted(tmp_path, ("needs: {judge: 0.5}", "needs: {judge: 0}"), FREE))

    assert (found.kind, found.what) == ("resource", "nobody needs the judge")
    assert found.place == standing(tmp_path, "small-case.yaml", "judge")


SMALL = 3_000  # states of the generated courts that are looked at


def test_both_searches_say_the_same(tmp_path: Path) -> None:
    kinds = set()
    for which in range(8):
        path = write(which, tmp_path)[1]
        listed = courtsim.misgivings(path, engine="explicit", most_states=SMALL)
        if listed.found.finished:
            drawn = courtsim.misgivings(path, engine="symbolic")
            assert (listed.misgivings, listed.undecided) == (drawn.misgivings, drawn.undecided), which
            kinds |= {each.kind for each in listed.misgivings}
    assert kinds >= {"tolling", "deadline", "resource"}


def test_no_simulated_case_gives_the_lie_to_what_was_said(tmp_path: Path) -> None:
    accused = 0
    for which in GENERATED[:16]:
        path = write(which, tmp_path)[1]
        for each in courtsim.misgivings(path, engine="explicit", most_states=SMALL).misgivings:
            if each.kind not in ("deadline", "tolling"):
                continue
            accused += 1
            for case in histories(scenario(which), 30):
                masks = case.masks
                happened = {masks.options[n].step for _, n, _ in case.happenings}
                assert each.kind != "deadline" or each.name not in happened, (which, each)
                code = masks.steps[masks.index[each.name]]
                stands = [holds(code.silent, word) and holds(code.tolled, word) for word in words(case)]
                assert each.kind != "tolling" or not any(stands), (which, each)
    assert accused >= 5


def words(case: History) -> list[int]:
    """The settled states of a case, its end left out."""
    found = [state.word for state in states(case)[1:]]
    masks = case.masks
    return [word for word in found if not word & (masks.final | masks.unsettled)]


def test_the_command_prints_it_and_keeps_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    planted(tmp_path, ("tolled_when: {plea: offered}", "tolled_when: {case: convicted}"), FREE)

    ran = CliRunner().invoke(cli, ["check", "small-case.yaml", "--advice"], env={"COLUMNS": "200"})
    bare = CliRunner().invoke(cli, ["check", "small.procedure.yaml", "--advice", "--json"])

    assert ran.exit_code == 0
    assert ran.stdout.splitlines()[-2:] == [
        "1 thing lawful and yet absurd:",
        f"{standing(Path(), 'small.procedure.yaml', 'tolled_when')}: steps.try_case.tolled_when never bites: "
        "nothing reaches a state in which it holds while the step is enabled",
    ]
    assert bare.exit_code == 0 and '"kind": "tolling"' in bare.stdout
