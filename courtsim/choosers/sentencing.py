"""Sentences: the terms accepted or a table's, the statute's mandatory parts added, and never above its maxima."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from courtsim.case.core import limits_here
from courtsim.case.events import AMOUNTS, Sentenced
from courtsim.case.masks import Masks, holds
from courtsim.procedure.delays import Delay
from courtsim.procedure.law import Kind, Limit
from courtsim.scenario.facts import OFFER, Scenario

Amount = Callable[[str, Delay], float]  # a purpose and a distribution to a number


def sentence(scenario: Scenario, masks: Masks, word: int, kind: Kind, luck: Callable[[str], float], amount: Amount) -> Sentenced:
    """The sentence for a plea, a verdict or a diversion in this state."""
    withheld, *others = sentences(scenario, masks, word, kind, amount)
    if not others or luck("withhold") < withheld[1]:
        return withheld[0]
    return others[0][0]


class Plan(Struct, frozen=True):
    """What a sentence will be in a state, but for chance: amounts given or to be drawn, and the statute's limits."""

    kind: Kind
    drawn: tuple[tuple[str, Delay], ...] = ()
    given: tuple[tuple[str, float], ...] = ()
    withhold: float = 0.0  # the probability that adjudication is withheld
    limits: tuple[tuple[str, Limit], ...] = ()


def sentences(scenario: Scenario, masks: Masks, word: int, kind: Kind, amount: Amount) -> list[tuple[Sentenced, float]]:
    """What the sentence may be, at these amounts: withheld adjudication first, each with its probability."""
    planned = plan(scenario, masks, word, kind)
    amounts = dict(planned.given) | {name: amount(f"sentence:{name}", given) for name, given in planned.drawn}
    ways = ((True, planned.withhold), (False, 1.0 - planned.withhold))
    return [(imposed(planned, amounts, withheld), p) for withheld, p in ways if p > 0]


def plan(scenario: Scenario, masks: Masks, word: int, kind: Kind) -> Plan:
    """Without a word in the scenario, a plea or a diversion takes the terms of the offer accepted, a verdict the mandatory
    parts alone."""
    limits = () if kind == "diversion" else tuple(limits_here(masks, word).items())
    stated = scenario.sentencing.get(kind, OFFER if kind != "verdict" else ())
    if isinstance(stated, str):
        given, withheld = _accepted(masks, word)
        return Plan(kind, (), tuple(given.items()), float(withheld), limits)
    for row in stated:
        if holds(masks.compile(row.when), word):
            return Plan(kind, row.amounts, (), row.withhold, limits)
    return Plan(kind, limits=limits)


def _accepted(masks: Masks, word: int) -> tuple[dict[str, float], bool]:
    accepted = masks.questions["accepted",].read(word)
    for offer in masks.opening.offers:
        if offer.name == accepted:
            terms = dict(offer.terms)
            return {a: float(terms[a]) for a in AMOUNTS if a in terms}, bool(terms.get("withhold", False))
    return {}, False


def imposed(planned: Plan, amounts: Mapping[str, float], withheld: bool) -> Sentenced:
    """The sentence at these amounts: mandatory parts added, cut at the maxima."""
    totals = dict(amounts)
    for name, limit in planned.limits:
        total = totals.get(name, 0.0) + limit.mandatory
        totals[name] = total if limit.max is None else min(total, limit.max)
    return Sentenced(kind=planned.kind, withheld=withheld, **totals)
