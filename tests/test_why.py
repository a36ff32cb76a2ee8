"""Why, and why not: what lies behind each event of a docket, and the least that would have turned it."""

from __future__ import annotations

import itertools
import json
import math
import random
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import courtsim
from courtsim.analysis.why import Found, Reason, fewest_items, least_turn, unfold
from courtsim.choosers.kinds import Moment, pick
from courtsim.cli.commands import cli
from courtsim.reports.why import lines
from courtsim.scenario.facts import ByEvidence, Scenario
from tests.small import court
from tests.test_words import wrong_words

# -- the smallest change of answers turns a ruling, and no smaller one does

RULINGS = ["grant", "grant_in_part", "deny"]
OUTCOMES = {"grant": "affirm", "grant_in_part": "modify", "deny": "reverse"}


class Made(NamedTuple):
    """A court with one legal test, as this file reads it."""

    rows: list[tuple[dict[str, bool], dict[str, str], str]]
    switches: dict[str, str]
    findings: dict[str, float]
    reversals: dict[str, float]
    partly: bool  # whether to grant in part is lawful
    scenario: Scenario

    def ruling(self, answers: dict[str, bool]) -> str:
        for asked, switches, then in self.rows:
            if all(answers[q] == a for q, a in asked.items()) and all(self.switches[s] == v for s, v in switches.items()):
                return then
        raise AssertionError("no row")

    def hopeless(self) -> bool:
        possible = [[a for a, p in ((True, p), (False, 1 - p)) if p > 0] for p in self.findings.values()]
        found = {self.ruling(dict(zip(self.findings, answers, strict=True))) for answers in itertools.product(*possible)}
        return not self.partly and found == {"grant_in_part"}


def made(folder: Path, seed: int) -> Made:
    rng = random.Random(seed)
    questions = [f"q{n}" for n in range(rng.randint(1, 5))]
    switches = {f"s{n}": rng.choice(["a", "b"]) for n in range(rng.randint(0, 2))}
    rows: list[tuple[dict[str, bool], dict[str, str], str]] = []
    for _ in range(rng.randint(0, 5)):
        asked = {q: rng.random() < 0.5 for q in rng.sample(questions, rng.randint(0 if switches else 1, min(3, len(questions))))}
        turned = {s: rng.choice(["a", "b"]) for s in switches if rng.random() < 0.4}
        if asked or turned:
            rows.append((asked, turned, rng.choice(RULINGS)))
    rows.append(({}, {}, rng.choice(RULINGS)))
    chances = [0.0, 1.0, 0.25, 0.5, 0.5, 0.8]
    findings = {q: rng.choice(chances) for q in questions}
    reversals = {q: rng.choice([0.0, 0.1, 0.5, 1.0]) for q in questions}
    partly = rng.random() < 0.7

    def written(p: float) -> str:
        return {0.0: "false", 1.0: "true"}.get(p, str(p))

    rule = ", ".join(
        f"{{{'if: ' + json.dumps({q: 'yes' if a else 'no' for q, a in asked.items()} | ({'switch': turned} if turned else {})) + ', ' if asked or turned else ''}then: {then}}}"
        for asked, turned, then in rows
    )  # fmt: skip
    law = f"""
tracks:
  case: {{start: open, states: {{open: {{}}, appeal: {{}}, closed: {{final: true}}}}}}
facts: {{whole: {{values: [true, false], default: false}}}}
switches: {json.dumps({s: {"values": ["a", "b"]} for s in switches})}
steps:
  rule:
    by: judge
    when: {{case: open}}
    after: 1
    options:
      grant: {{event: Granted, to: {{case: appeal}}}}
      grant_in_part: {{event: GrantedInPart, to: {{case: appeal}}, when: {{fact: {{whole: {str(not partly).lower()}}}}}}}
      deny: {{event: Denied, to: {{case: appeal}}}}
  review:
    by: appellate_court
    when: {{case: appeal}}
    after: 1
    options: {{affirm: {{event: Affirmed, to: {{case: closed}}}}, modify: {{event: Modified, to: {{case: closed}}}}, reverse: {{event: Reversed, to: {{case: closed}}}}}}
tests:
  motion: {{questions: {{{", ".join(f"{q}: {{ask: '{q}?'}}" for q in questions)}}}, rule: [{rule}]}}
  on_appeal: {{reviews: motion, outcomes: {json.dumps({then: OUTCOMES[then] for *_, then in rows})}}}
"""
    case = f"""
switches: {json.dumps(switches)}
choosers: {{rule: {{findings: motion}}, review: {{findings: on_appeal}}}}
findings:
  motion: {{{", ".join(f"{q}: {written(p)}" for q, p in findings.items())}}}
  on_appeal: {{{", ".join(f"{q}: {p}" for q, p in reversals.items())}}}
"""
    return Made(rows, switches, findings, reversals, partly, court(folder, law, case))


def smallest(made: Made, found: Found, chances: dict[str, float], outcomes: dict[str, str], lawful: list[str]) -> Any:
    """By brute force over every set of answers: the option that each leads to, how many answers it departs by, how likely it is."""
    was = {each.question: each.answer for each in found.questions}
    option = outcomes[made.ruling(was)]
    turning = []
    for answers in itertools.product([True, False], repeat=len(was)):
        other = dict(zip(was, answers, strict=True))
        led = outcomes[made.ruling(other)]
        if led != option and led in lawful:
            shares = [chances[q] if a else 1 - chances[q] for q, a in other.items()]
            turning.append((sum(other[q] != was[q] for q in was), math.prod(shares), led, other))
    least = min((size for size, *_ in turning), default=None)
    return least, [each for each in turning if each[0] == least]


def rulings(seed: int, folder: Path) -> list[tuple[Made, Reason]]:
    court = made(folder, seed)
    if court.hopeless():
        return []  # what must be found allows only what is not lawful
    run = courtsim.simulate(court.scenario, seed=seed)
    return [(court, reason) for reason in courtsim.why(run) if reason.found is not None]


@pytest.mark.parametrize("seed", range(60))
def test_the_smallest_change_turns_the_ruling_and_no_smaller_one_does(seed: int, tmp_path: Path) -> None:
    for made, reason in rulings(seed, tmp_path):
        assert reason.found is not None
        on_appeal = reason.step == "review"
        outcomes = OUTCOMES if on_appeal else {r: r for r in RULINGS}
        lawful = [*OUTCOMES.values()] if on_appeal else [r for r in RULINGS if made.partly or r != "grant_in_part"]
        chances = dict(made.findings)
        if on_appeal:
            below = {each.question: each.below for each in reason.found.questions}
            chances = {q: 1 - made.reversals[q] if below[q] else made.reversals[q] for q in below}
        least, sets = smallest(made, reason.found, chances, outcomes, lawful)
        told = reason.found.smallest
        if least is None:
            assert told is None
            continue
        assert told is not None and len(told.answers) == least  # no smaller one does
        was = {each.question: each.answer for each in reason.found.questions}
        answers = was | dict(told.answers)
        assert all(was[q] != a for q, a in told.answers)
        assert outcomes[made.ruling(answers)] == told.option != reason.option and told.option in lawful  # it does turn it
        assert told.probability == pytest.approx(max(p for _, p, *_ in sets))  # and is the likeliest of its size
        alike = [was | dict(flip.answers) for flip in (told, *reason.found.as_small)]
        assert len(alike) == len(sets) and all(other in alike for *_, other in sets)  # of which it names all


def test_the_generated_rulings_are_worth_the_trouble(tmp_path: Path) -> None:
    """Some need two answers or more, some nothing turns; findings are fixed, reversed, and an option is not lawful."""
    seen = []
    for seed in range(60):
        seen += rulings(seed, tmp_path)
    found = [(made, reason.found) for made, reason in seen if reason.found is not None]

    assert len(found) >= 100
    assert sum(f.smallest is not None and len(f.smallest.answers) > 1 for _, f in found) >= 5
    assert sum(f.smallest is None for _, f in found) >= 5
    assert sum(any(q.chance in (0, 1) for q in f.questions) for _, f in found) >= 20
    assert sum(any(q.below not in (None, q.answer) for q in f.questions) for _, f in found) >= 10
    assert sum(bool(f.doctrines) for _, f in found) >= 5
    assert sum(not made.partly for made, _ in found) >= 10


# -- the same luck chooses otherwise once the odds have moved that far

OPTIONS = ("a", "b", "c", "d")


def moment(scenario: Any, lawful: tuple[str, ...]) -> Moment:
    from courtsim.engines.simulate import Bench

    masks = Bench(scenario).masks
    return Moment(masks=masks, word=masks.start(), step="", by="judge", lawful=lawful)


@given(
    shares=st.lists(st.integers(0, 20), min_size=2, max_size=4).filter(any), u=st.floats(0, 1, exclude_max=True), data=st.data()
)
def test_odds_that_moved_so_far_turn_the_choice_and_less_does_not(shares: list[int], u: float, data: st.DataObject) -> None:
    lawful = OPTIONS[: len(shares)]
    odds = {option: n / sum(shares) for option, n in zip(lawful, shares, strict=True)}
    here = moment(courtsim.load("two-track"), lawful)
    option = pick(odds, here, u)
    turn = least_turn(odds, lawful, option, u)
    assert turn is not None

    hair = 1e-9
    if turn.by + hair <= odds[option]:
        moved = odds | {option: odds[option] - turn.by - hair, turn.option: odds[turn.option] + turn.by + hair}
        assert pick(moved, here, u) == turn.option

    less = turn.by - 1e-9  # any odds that are nearer than that, in whatever direction
    if less > 0:
        weights = [data.draw(st.floats(0, 1)) for _ in lawful]
        towards = {o: w / sum(weights) for o, w in zip(lawful, weights, strict=True)} if sum(weights) > 0.01 else dict(odds)
        far = sum(abs(odds[o] - towards[o]) for o in lawful) / 2
        part = min(1.0, less / far) if far else 0.0
        assert pick({o: (1 - part) * odds[o] + part * towards[o] for o in lawful}, here, u) == option


@pytest.mark.parametrize("seed", range(25))
def test_the_fewest_items_that_turn_a_verdict(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    weights = {f"i{n}": round(rng.uniform(-1.5, 2.5), 2) for n in range(rng.randint(1, 5))}
    base, u = round(rng.uniform(-2, 1), 2), rng.random()
    law = """
tracks: {case: {start: open, states: {open: {}, closed: {final: true}}}}
steps: {try: {by: jury, when: {case: open}, after: 1, options: {convict: {event: C, to: {case: closed}}, acquit: {event: A, to: {case: closed}}}}}
"""
    case = f"""
evidence: {{{", ".join(f"{name}: {{weight: {w}}}" for name, w in weights.items())}}}
conviction: {{base: {base}}}
choosers: {{try: {{evidence: {{convict: p, acquit: rest}}}}}}
"""
    scenario = court(tmp_path, law, case)
    spec = scenario.choosers["try"]
    assert isinstance(spec, ByEvidence)
    here = moment(scenario, ("convict", "acquit"))
    chosen = pick({"convict": chance(base, weights, set()), "acquit": 1 - chance(base, weights, set())}, here, u)
    told = fewest_items(scenario, spec, here, chosen, u)

    turning = [
        out
        for size in range(1, len(weights) + 1)
        for out in itertools.combinations(weights, size)
        if ("convict" if u < chance(base, weights, {*out}) else "acquit") != chosen
    ]
    assert told == (tuple((name, False) for name in turning[0]) if turning else ())


def chance(base: float, weights: dict[str, float], out: set[str]) -> float:
    return 1 / (1 + math.exp(-(base + sum(w for name, w in weights.items() if name not in out))))


# -- what lies behind every event


@pytest.mark.parametrize(("name", "cases"), [("two-track", 40), ("ordinary-first-charge", 30), ("jupiter-2019", 10)])
def test_the_luck_of_the_tape_explains_every_choice_and_every_date(name: str, cases: int) -> None:
    run = courtsim.simulate(name, cases=cases, seed=5)
    for history in run:
        for reason, event in zip(courtsim.why(run, history.case), history.events, strict=True):
            assert (reason.seq, reason.event, reason.date) == (event.seq, event.name, event.date)
            assert reason.how != "chosen"
            if reason.luck is not None:
                assert reason.odds and sum(p for _, p in reason.odds) == pytest.approx(1)
            if reason.found is not None and reason.how == "findings":
                assert all((q.luck < q.chance) == q.answer for q in reason.found.questions if q.luck is not None)
            if reason.how not in ("consequence", "script"):
                assert reason.clock is not None
                if not run.scenario.procedure.steps[event.step].needs:
                    assert reason.clock.due == event.date


def test_so_does_it_at_central_timing_and_after_a_script(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("scenario: mine\nextends: jupiter-2019-as-it-happened\nscript_until: 2019-03-28\n")
    for run in (courtsim.simulate("two-track", cases=20, timing="central"), courtsim.simulate(path, cases=10)):
        for history in run:
            assert all(reason.how != "chosen" for reason in courtsim.why(run, history.case))


def test_where_a_person_chose_no_luck_is_shown() -> None:
    forced = courtsim.simulate("two-track", cases=30, choosers={"answer_offer": lambda moment: moment.lawful[-1]})
    answered = [r for h in forced for r in courtsim.why(forced, h.case) if r.step == "answer_offer" and len(r.odds) > 1]

    by_hand = [reason for reason in answered if reason.how == "chosen"]
    assert by_hand and all(reason.luck is None and reason.turn is None for reason in by_hand)
    assert all(reason.option == "reject" for reason in answered)


CLOCK = """
tracks:
  case: {start: open, states: {open: {}, closed.discharged: {final: true}, closed.tried: {final: true}}}
  motion: {start: none, states: {none: {}, pending: {}, decided: {}}}
steps:
  move: {by: defense, when: {motion: none}, after: 2, event: Moved, to: {motion: pending}, rule: Rule 1}
  rule: {by: judge, when: {motion: pending}, after: 10, event: Decided, to: {motion: decided}}
  discharge: {by: clock, when: {case: open}, after: {deadline: 15}, tolled_when: {motion: pending}, event: Discharged, to: {case: closed.discharged}, rule: Rule 2}
sources: {steps.discharge.after: Rule 2(a)}
"""


def test_a_deadline_says_what_set_it_off_and_when_it_stood_still(tmp_path: Path) -> None:
    run = courtsim.simulate(court(tmp_path, CLOCK, "calendar: US-FL"))
    *_, last = courtsim.why(run)

    assert lines(last) == [
        "no choice: lawful where case open",
        "clock: since 2019-02-22 (the opening); a limit of 15 days (verified: Rule 2(a)); stood still 2019-02-24 to 2019-03-06; "
        "due 2019-03-19",
    ]


# -- as people see it

RULING = """\
the judge answers a legal test, and its rule decides
Did the defendant have a reasonable expectation of privacy? Yes. (burden: defense, preponderance; chance of yes 0.95; see Katz v. United States, 389 U.S. 347 (1967))
Did the warrant require minimization, and did the police practice it? No. (chance of yes 0.05)
Does the good-faith exception apply? No. (chance of yes 0.2; see United States v. Leon, 468 U.S. 897 (1984))
therefore: grant, by row 2 of 3 of suppression (minimized no, good_faith no)
why not otherwise: one answer: had good_faith been yes (its chance 0.2 would have had to be above 0.411), then deny
or as few: had standing been no (its chance 0.95 would have had to be at most 0.815), then deny
or as few: had minimized been yes (its chance 0.05 would have had to be above 0.457), then deny"""


def test_a_ruling_in_words() -> None:
    run = courtsim.simulate("two-track", cases=40)
    reason = next(r for h in run for r in courtsim.why(run, h.case) if r.event == "MotionToSuppressGranted")
    told = lines(reason)

    assert "\n".join(told[:8]) == RULING
    assert told[8].startswith("assumed: ") or told[8].startswith("no source: ")


def test_the_ruling_of_the_documented_case() -> None:
    """Without standing, or with minimization in the warrant or in practice, the motion would have been denied."""
    run = courtsim.simulate("jupiter-2019-as-it-happened")
    reason = next(r for r in courtsim.why(run) if r.event == "MotionToSuppressGranted")
    assert reason.found is not None and reason.found.smallest is not None

    assert reason.how == "script"
    assert (reason.found.smallest.answers, reason.found.smallest.option) == ((("standing", False),), "deny")
    assert [flip.answers for flip in reason.found.as_small] == [(("warrant_minimized", True),), (("practice_minimized", True),)]
    assert {(d.switch, d.option) for d in reason.found.doctrines} >= {("minimization", "deny"), ("standing", "deny")}
    assert not any(doctrine.switch == "good_faith" for doctrine in reason.found.doctrines)  # it was not found


def test_nothing_that_it_says_of_the_documented_case_says_more_than_was_found() -> None:
    printed = CliRunner().invoke(cli, ["run", "jupiter-2019-as-it-happened", "--why"]).stdout

    assert "why not otherwise" in printed and wrong_words(printed) == []


def test_docket_why_unfolds_and_a_plain_docket_stays_as_it_was() -> None:
    runner = CliRunner()
    plain = runner.invoke(cli, ["run", "two-track", "--seed", "4"]).stdout
    unfolded = runner.invoke(cli, ["docket", "last", "--why"]).stdout
    left_out, none = (runner.invoke(cli, ["docket", "last", *more]).stdout for more in ([], ["--no-why"]))

    assert "why not otherwise" in unfolded and "clock: since" in unfolded
    assert "why not otherwise" not in plain + left_out and "plea offer by the prosecution" in left_out
    assert "plea offer by the prosecution" not in none
    assert runner.invoke(cli, ["run", "two-track", "--seed", "4", "--why"]).stdout.count("why not otherwise") == 2


def test_json_has_the_same() -> None:
    runner = CliRunner()
    runner.invoke(cli, ["run", "two-track", "--cases", "3", "--seed", "4"])
    again = json.loads(runner.invoke(cli, ["docket", "last", "2", "--why", "--json"]).stdout)
    run = courtsim.simulate("two-track", cases=3, seed=4)

    assert [each["how"] for each in again["why"]] == [reason.how for reason in courtsim.why(run, 2)]
    assert len(again["why"]) == len(again["events"])
    upto = json.loads(runner.invoke(cli, ["docket", "last", "2", "--why", "--at", "1", "--json"]).stdout)
    assert [each["seq"] for each in upto["why"]] == [1]


def test_why_is_asked_of_one_case() -> None:
    refused = CliRunner().invoke(cli, ["run", "two-track", "--cases", "2", "--why"])

    assert refused.exit_code == 2
    assert "--why of 2 cases; expected --cases 1" in str(refused.exception) + refused.output


def test_an_unknown_case_is_refused() -> None:
    with pytest.raises(courtsim.errors.WrongInput, match="case 9 of run"):
        courtsim.why(courtsim.simulate("two-track"), 9)


def test_a_stream_without_its_opening_is_refused() -> None:
    run = courtsim.simulate("two-track")
    with pytest.raises(courtsim.errors.WrongInput, match="does not begin with its opening"):
        unfold(run.scenario, run.histories[0].events)
