"""Advice: the best options of an actor, where they break even, and what it would be worth to know more."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from courtsim.engines.policy import WITHIN, Plan, Prospects, prospects_of
from courtsim.engines.run import plain_head
from courtsim.errors import NotAvailable, WrongInput, listed, nearest
from courtsim.scenario.facts import Scenario


class Advice(Struct, frozen=True):
    """What an actor's options are worth, and the best of each step.

    Attributes:
        actor: for whom.
        values: step to option to dollars (certainty equivalents for the risk-averse), averaged over the first visits.
        best: step to the option worth most.
        value: of the whole case, to each actor that reasons.
        truncated: the probability not followed, whatever the actor does.
        nodes: of the tree.
    """

    actor: str
    values: Mapping[str, Mapping[str, float]]
    best: Mapping[str, str]
    value: Mapping[str, float]
    truncated: float
    nodes: int


class Following(Struct, frozen=True):
    """What follows an option, if its actor and the others choose ever after as in the advice.

    Attributes:
        worth: to everyone with values, by actor.
        ends: disposition to probability, the most likely first.
        measures: expected numbers beside them: days until the disposition, days in jail.
    """

    worth: Mapping[str, float]
    ends: Mapping[str, float]
    measures: Mapping[str, float]


class BreakEven(Struct, frozen=True):
    """Where the two best options of a step are worth the same.

    Attributes:
        parameter: the path that was moved.
        step: the step, and
        options: its two options: the best as things stand, and the next.
        value: of the parameter; None where the order never changes between the ends of the curve.
        curve: values of the parameter with what each option is worth there.
    """

    parameter: str
    step: str
    options: tuple[str, str]
    value: float | None
    curve: tuple[tuple[float, Mapping[str, float]], ...]


class Adviser:
    """Reasons about one scenario and others like it: the tree is built once and weighed anew while its support stays.

    Args:
        actor: for whom.
        steps: he reasons about these steps alone, and follows the scenario's odds at the others; none: about all.
        equilibrium: others who reason too, each to its own values: the choices are subgame-perfect (Selten 1965).
        beside: whose values are followed though they do not reason.

    Raises:
        WrongInput: the actor has no values or nothing to choose.
        NotAvailable: an equilibrium in which someone knows what another does not.
    """

    def __init__(
        self,
        scenario: Scenario,
        actor: str,
        steps: Collection[str] = (),
        equilibrium: Sequence[str] = (),
        within: float = WITHIN,
        beside: Sequence[str] = (),
    ) -> None:
        self.actor = actor
        self.beside = beside
        self.steps = steps
        self.reasoning = list(dict.fromkeys([actor, *equilibrium]))
        self.within = within
        able = _able(scenario, actor)
        for step in steps:
            if step not in able:
                raise WrongInput(None, f"{step!r}, which is no step with a choice", listed(able), nearest(step, able))
        if equilibrium and scenario.private:
            raise NotAvailable("an equilibrium is not solved where one side knows a fact that is private to it")
        self.prospects = self._prospects(scenario)

    def _prospects(self, scenario: Scenario) -> Prospects:
        return prospects_of(scenario, [*self.reasoning, *self.beside], self.reasoning, self.within, steps=self.steps)

    def advice(self) -> Advice:
        plan = Plan(self.prospects)
        values = plan.worth_of(self.actor)
        best = {step: max(options, key=lambda option: options[option]) for step, options in values.items()}
        return Advice(self.actor, values, best, plan.value, self.prospects.truncated, len(self.prospects.places))

    def of(self, scenario: Scenario) -> Advice:
        """The advice for a scenario of the same law in which single numbers differ."""
        if not self.prospects.reweighed(scenario):
            self.prospects = self._prospects(scenario)
        return self.advice()

    def worths(self) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
        """Step to option to what it is worth to everyone whose values are followed."""
        plan = Plan(self.prospects)
        found: dict[str, dict[str, dict[str, float]]] = {}
        for whose in dict.fromkeys([*self.reasoning, *self.beside]):
            for step, options in plan.worth_of(self.actor, whose).items():
                for option, worth in options.items():
                    found.setdefault(step, {}).setdefault(option, {})[whose] = worth
        return found

    def break_even(
        self, change: Callable[[float], Scenario], parameter: str, step: str, low: float, high: float, points: int = 21
    ) -> BreakEven:
        """Moves a parameter from *low* to *high*, and finds where the two best options of *step* are worth the same."""
        values = self.advice().values
        now = values.get(step, {})
        if len(now) < 2:
            raise WrongInput(None, f"{step!r}, at which nothing is chosen", listed(values))
        first, second = sorted(now, key=lambda option: -now[option])[:2]

        def at(x: float) -> Mapping[str, float]:
            return self.of(change(x)).values.get(step, {})

        def gap(values: Mapping[str, float]) -> float:
            return values.get(first, math.nan) - values.get(second, math.nan)

        xs = [low + (high - low) * n / (points - 1) for n in range(points)]
        curve = [(x, at(x)) for x in xs]
        gaps = [gap(values) for _, values in curve]
        value = None
        for n in range(points - 1):
            if gaps[n] * gaps[n + 1] <= 0 and gaps[n] != gaps[n + 1]:
                value = root(lambda x: gap(at(x)), xs[n], xs[n + 1], gaps[n], gaps[n + 1])
                break
        return BreakEven(parameter, step, (first, second), value, tuple(curve))


END = "asked: "  # before the name of one who stands in values for a question; no actor's name has a space
MEASURES: Mapping[str, Mapping[str, float]] = {"days": {"day_pending": 1.0}, "jail_days": {"jail_day": 1.0}}


def _able(scenario: Scenario, actor: str) -> Mapping[str, str]:
    """The steps with a choice and whose it is. Raises WrongInput where the actor has none."""
    able = {s.name: s.by for s in scenario.procedure.steps.values() if len(s.options) > 1}
    if actor not in able.values():
        raise WrongInput(None, f"{actor}, who has nothing to choose", listed(dict.fromkeys(able.values())))
    return able


def following(
    scenario: Scenario, actor: str, steps: Collection[str] = (), equilibrium: Sequence[str] = (), within: float = WITHIN
) -> tuple[Advice, Mapping[str, Mapping[str, Following]]]:
    """The advice, and for every option of the actor what follows it: who gains and loses, and how the cases end.

    One tree for all: beside the actors those are followed to whom one end, or one day, is worth 1 and nothing else anything.
    """
    _able(scenario, actor)
    for each in (actor, *equilibrium):
        if each not in scenario.values:
            raise WrongInput(None, f"no `values` for {each}: nothing says what outcomes are worth", listed(scenario.values))
    ends = scenario.procedure.disposing()
    asked = {f"{END}{end}": {"final": {end: 1.0}} for end in ends} | {f"{END}{name}": each for name, each in MEASURES.items()}
    told = msgspec.structs.replace(scenario, values={**scenario.values, **asked})
    adviser = Adviser(told, actor, steps, equilibrium, within, [*scenario.values, *asked])
    advice = adviser.advice()
    found = {
        step: {option: _following(worth, scenario, ends) for option, worth in options.items()}
        for step, options in adviser.worths().items()
    }
    value = {who: worth for who, worth in advice.value.items() if who in scenario.values}
    return msgspec.structs.replace(advice, value=value), found


def _following(worth: Mapping[str, float], scenario: Scenario, ends: Collection[str]) -> Following:
    shares = {end: worth[f"{END}{end}"] for end in ends if worth[f"{END}{end}"] > 0}
    return Following(
        worth={who: worth[who] for who in scenario.values if who in worth},
        ends=dict(sorted(shares.items(), key=lambda each: -each[1])),
        measures={name: worth[f"{END}{name}"] for name in MEASURES},
    )


def root(f: Callable[[float], float], a: float, b: float, at_a: float, at_b: float) -> float:
    """The zero of *f* between two points of opposite sign: false position with the Illinois correction (Dowell, Jarratt 1971)."""
    for _ in range(60):
        x = (a * at_b - b * at_a) / (at_b - at_a)
        at_x = f(x)
        if at_x == 0 or abs(b - a) < 1e-9 or abs(at_x) < 1e-9 * max(abs(at_a), abs(at_b), 1.0):
            return x
        if at_x * at_b < 0:
            a, at_a = b, at_b
        else:
            at_a /= 2
        b, at_b = x, at_x
    return x


def value_of_information(
    scenario: Scenario, actor: str, known: str, *, steps: Collection[str] = (), within: float = WITHIN
) -> float:
    """What it is worth to an actor to know beforehand which option of the step *known* chance will take.

    The mean of his value with each option certain, weighed by its odds, less his value without knowing (Howard 1966). The
    odds of the step must not depend on what came before.

    Raises:
        WrongInput: they do, or there is no such step.
    """
    adviser = Adviser(scenario, actor, steps, within=within)
    index = adviser.prospects.tree.masks.index.get(known)
    places = [p for p in adviser.prospects.places if p.step == index and p.fork.actor is None]
    if not places:
        raise WrongInput(None, f"{known!r}, which chance never decides", "a step with odds or findings that the case comes to")
    odds = {tuple((code, round(share, 12)) for code, share in zip(p.fork.codes, p.shares, strict=True)) for p in places}
    if len(odds) > 1:
        raise WrongInput(
            None, f"{known!r}, whose odds depend on what came before", "a step with the same odds wherever it is reached"
        )
    (shares,) = odds
    before = [place.shares for place in places]
    plans = []
    for option, p in shares:
        for place in places:
            place.shares = [float(code is option) for code in place.fork.codes]
        plans.append((p, Plan(adviser.prospects).value[actor]))
    for place, stated in zip(places, before, strict=True):
        place.shares = stated
    return math.fsum(p * value for p, value in plans) - Plan(adviser.prospects).value[actor]


def plain_advice(
    scenario: Scenario,
    advice: Advice,
    follows: Mapping[str, Mapping[str, Following]],
    even: BreakEven | None,
    known: Mapping[str, float],
) -> dict[str, Any]:
    """As `advise --json` shows it."""
    body: dict[str, Any] = {
        "for": advice.actor,
        "values": dict(advice.values),
        "best": dict(advice.best),
        "follows": msgspec.to_builtins(follows),
        "value": dict(advice.value),
    }
    body |= {"break_even": {}, "value_of_information": dict(known), "truncated": advice.truncated, "nodes": advice.nodes}
    if even is not None:
        body["break_even"] = {even.parameter: even.value}
        body["curve"] = msgspec.to_builtins(even.curve)
    return plain_head(scenario, None) | body
