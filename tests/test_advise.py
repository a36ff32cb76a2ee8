"""Backward induction: lessons worked out by hand (law/open-questions.md, b), a published tree, and brute force."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

import courtsim
from courtsim.choosers.kinds import Moment
from courtsim.engines.policy import certainty_equivalent
from courtsim.scenario.facts import Scenario
from tests.small import court

LESSON_1 = "lesson-1-shadow-of-trial"
LOSS = "offers.middle.terms.loss"


def even(name: str, actor: str, step: str, parameter: str, low: float, high: float, **change: object) -> float | None:
    scenario = courtsim.load(name, **change)  # type: ignore[arg-type]
    return courtsim.break_even(scenario, actor, step, parameter, low=low, high=high).value


# -- L1, the shadow of the trial


def test_the_bargaining_range_is_24_to_34() -> None:
    assert even(LESSON_1, "defense", "answer_offer", LOSS, 0, 60) == pytest.approx(0.6 * 50 + 4)
    assert even(LESSON_1, "prosecution", "decide_on_offer", LOSS, 10, 33) == pytest.approx(0.6 * 50 - 6)


def test_beliefs_too_far_apart_leave_no_bargain() -> None:
    """The accused accepts at most 24, the State wants at least 29: a gap of 0.3 where 0.2 is the most that leaves a bargain."""
    most = even(LESSON_1, "defense", "answer_offer", LOSS, 0, 60, variant="beliefs-too-far-apart")
    least = even(LESSON_1, "prosecution", "decide_on_offer", LOSS, 10, 33, variant="beliefs-too-far-apart")
    assert (most, least) == (pytest.approx(24), pytest.approx(29))
    at_24 = courtsim.load(LESSON_1, variant="beliefs-too-far-apart", sets=[f"{LOSS}=24.5"])
    assert courtsim.advise(at_24, "prosecution").best == {"decide_on_offer": "withhold"}
    assert courtsim.advise(at_24, "defense").best == {"answer_offer": "reject"}


@pytest.mark.parametrize(("aversion", "most"), [(0.01, 36.88), (0.02, 39.43), (0.04, 43.39)])
def test_risk_aversion_sells_the_upper_part(aversion: float, most: float) -> None:
    found = even(LESSON_1, "defense", "answer_offer", LOSS, 0, 60, sets=[f"values.defense.risk_aversion={aversion}"])
    assert found == pytest.approx(most, abs=0.005)


def test_both_reasoning_strike_the_bargain() -> None:
    found = courtsim.advise(LESSON_1, "prosecution", equilibrium=True)
    assert found.best == {"decide_on_offer": "offer"}
    assert found.value == {"prosecution": pytest.approx(29), "defense": pytest.approx(-29)}
    solved = courtsim.solve(LESSON_1)
    assert solved.dispositions["closed.pleaded"] == 1.0


# -- L2, the penalty after trial


@pytest.mark.parametrize(
    ("variant", "k", "trial"), [("bench", 1.22, 0), (None, 1.57, 0), ("federal", 3.0, 0), ("trial-costs-two", 1.57, 2)]
)
def test_who_pleads_under_a_trial_penalty(variant: str | None, k: float, trial: float) -> None:
    found = even("lesson-2-trial-penalty", "defense", "answer_offer", "conviction.p", 0, 1, variant=variant)
    assert found == pytest.approx((10 - trial) / (10 * k), abs=1e-6)


# -- L3, the fruit of the poisonous tree


@pytest.mark.parametrize(("variant", "convicted"), [(None, 0.63), ("no-independent-source", 0.58)])
def test_what_is_left_to_convict_with(variant: str | None, convicted: float) -> None:
    scenario = courtsim.load("lesson-3-fruit-of-the-tree", variant=variant)
    assert courtsim.solve(scenario).dispositions["closed.convicted"] == pytest.approx(convicted)
    granted = courtsim.load("lesson-3-fruit-of-the-tree", variant=variant, sets=["choosers.rule_on_suppression.odds.grant=1"])
    assert courtsim.solve(granted).dispositions["closed.convicted"] == pytest.approx(0.225 if variant is None else 0.1)


# -- L5, the ruling first


@pytest.mark.parametrize(
    ("variant", "fight"),
    [(None, 30.0), ("offer-stays-open", 15.0), ("state-may-appeal", 33.6), ("state-may-appeal-offer-open", 16.6)],
)
def test_accept_now_or_fight(variant: str | None, fight: float) -> None:
    found = courtsim.advise(courtsim.load("lesson-5-knowing-first", variant=variant), "defense")
    assert found.values["decide_now"] == {"accept": pytest.approx(-20), "fight": pytest.approx(-fight)}
    assert found.best["decide_now"] == ("accept" if fight > 20 else "fight")


@pytest.mark.parametrize(("variant", "grant"), [(None, 28 / 45), ("offer-stays-open", 0.15)])
def test_the_chance_of_a_grant_that_makes_fighting_even(variant: str | None, grant: float) -> None:
    found = even(
        "lesson-5-knowing-first", "defense", "decide_now", "choosers.rule_on_suppression.odds.grant", 0, 1, variant=variant
    )
    assert found == pytest.approx(grant, abs=1e-6)


def test_what_it_is_worth_to_know_the_ruling() -> None:
    """Knowing a grant (0.4) he fights for 3, knowing a denial he accepts for 20: 13.2 instead of 20."""
    found = courtsim.value_of_information("lesson-5-knowing-first", "defense", "rule_on_suppression")
    assert found == pytest.approx(20 - (0.4 * 3 + 0.6 * 20))


# -- a published tree


def test_kool_coal() -> None:
    found = courtsim.advise("kool-coal", "defendant")
    assert found.values["answer_demand"] == {"settle": pytest.approx(-1_000_000), "litigate": pytest.approx(-750_000)}
    breach = "choosers.find_breach.odds.breach"
    assert even("kool-coal", "defendant", "answer_demand", breach, 0, 1) == pytest.approx(0.8, abs=1e-6)


# -- brute force


def generated(folder: Path, seed: int) -> Scenario:
    """A small race of two or three of the defense's decisions with chance between them, and at times a fact it cannot see."""
    rng = random.Random(seed)
    hidden = rng.random() < 0.4
    states = [f"s{n}" for n in range(rng.randint(3, 5))]
    steps = []
    for n, state in enumerate(states):
        later = [*states[n + 1 :], "closed.a", "closed.b", "closed.c"]
        options = ", ".join(
            f"o{k}: {{event: E{n}{k}, to: {{case: {rng.choice(later)}}}, effects: [{{cost: {{defense: {rng.randint(0, 9)}}}}}]}}"
            for k in range(2)
        )
        by = rng.choice(["defense", "judge"]) if n else "judge"
        steps.append(f"  d{n}: {{by: {by}, when: {{case: {state}}}, after: {rng.randint(1, 4)}, options: {{{options}}}}}")
    procedure = "\n".join(
        [
            "tracks:",
            "  case:",
            "    start: s0",
            "    states: {"
            + ", ".join([*(f"{s}: {{}}" for s in states), *(f"closed.{x}: {{final: true}}" for x in "abc")])
            + "}",
            "facts: {secret: {values: [true, false], default: false}}",
            "steps:",
            *steps,
        ]
    )

    def odds() -> str:
        p = round(rng.uniform(0.1, 0.9), 3)
        return f"{{o0: {p}, o1: {round(1 - p, 3)}}}"

    choosers = ", ".join(
        f"d{n}: {{rows: [{{when: {{fact: {{secret: true}}}}, odds: {odds()}}}, {{odds: {odds()}}}]}}"
        if "by: judge" in step
        else f"d{n}: {{odds: {odds()}}}"
        for n, step in enumerate(steps)
    )
    worth = ", ".join(f"closed.{x}: {rng.randint(-50, 50)}" for x in "abc")
    scenario = [
        f"choosers: {{{choosers}}}",
        f"values: {{defense: {{dollar: -1, day_pending: -1, final: {{{worth}}}}}}}",
        *(["facts: {secret: {odds: {true: 0.4, false: 0.6}}}", "private: {secret: judge}"] if hidden else []),
    ]
    return court(folder, procedure, "\n".join(scenario))


def value_of_policy(scenario: Scenario, policy: Mapping[tuple[str, float], str]) -> tuple[float, set[tuple[str, float]]]:
    """The defense's exact value when it decides by step and day as told (else the first option), and where it was asked."""
    asked: set[tuple[str, float]] = set()

    def decide(moment: Moment) -> str:
        where = (moment.step, moment.day)
        asked.add(where)
        return policy.get(where, moment.lawful[0])

    steps = [s.name for s in scenario.procedure.steps.values() if s.by == "defense"]
    return courtsim.solve(scenario, choosers=dict.fromkeys(steps, decide)).measures["value.defense"], asked


def best_by_brute_force(scenario: Scenario) -> float:
    """The best value over all pure policies: every option at every day on which a step can be decided."""
    known: set[tuple[str, float]] = set()
    best = -math.inf
    while True:
        places = sorted(known)
        for options in itertools.product(["o0", "o1"], repeat=len(places)):
            value, asked = value_of_policy(scenario, dict(zip(places, options, strict=True)))
            best = max(best, value)
            known |= asked
        if len(known) == len(places):
            return best


@pytest.mark.parametrize("seed", range(100))
def test_no_pure_policy_is_better(seed: int, tmp_path: Path) -> None:
    scenario = generated(tmp_path, seed)
    if all(s.by != "defense" for s in scenario.procedure.steps.values()):
        with pytest.raises(courtsim.errors.WrongInput, match="nothing to choose"):
            courtsim.advise(scenario, "defense")
        return
    assert courtsim.advise(scenario, "defense").value["defense"] == pytest.approx(best_by_brute_force(scenario), abs=1e-9)


def test_the_generated_trees_are_worth_the_trouble(tmp_path: Path) -> None:
    """Most have something to decide, some hide a fact, and in some the order of the options matters."""
    seen = []
    for seed in range(100):
        scenario = generated(tmp_path, seed)
        seen.append((any(s.by == "defense" for s in scenario.procedure.steps.values()), bool(scenario.private)))
    assert sum(decides for decides, _ in seen) > 60
    assert sum(decides and hidden for decides, hidden in seen) > 15


# -- rational choosers elsewhere


def test_rational_choosers_act_alike_in_solve_and_simulation() -> None:
    exact = courtsim.solve("small-example")
    sampled = courtsim.simulate("small-example", cases=500, timing="central")
    for end, p in exact.dispositions.items():
        assert abs(sampled.dispositions[end].share - p) <= 4.5 * math.sqrt(p * (1 - p) / 500)


@pytest.mark.parametrize("aversion", [0.0, 0.01, 0.5])
def test_certainty_equivalents(aversion: float) -> None:
    sure = certainty_equivalent([(1.0, -30.0)], aversion)
    lottery = certainty_equivalent([(0.6, -54.0), (0.4, -4.0)], aversion)
    assert sure == pytest.approx(-30)
    assert lottery <= -34 + 1e-9
    shifted = certainty_equivalent([(0.6, -154.0), (0.4, -104.0)], aversion)
    assert shifted == pytest.approx(lottery - 100)


def test_who_has_nothing_to_choose_is_told() -> None:
    with pytest.raises(courtsim.errors.WrongInput, match="defence"):
        courtsim.advise("small-example", "defence")
    with pytest.raises(courtsim.errors.WrongInput, match="whose odds depend|which chance never decides"):
        courtsim.value_of_information("small-example", "defense", "answer_offer")
