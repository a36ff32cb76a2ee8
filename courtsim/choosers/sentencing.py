"""Sentences: the terms accepted or a table's, the statute's mandatory parts added, and never above its maxima."""

from __future__ import annotations

from collections.abc import Callable

from courtsim.case.core import limits_here
from courtsim.case.events import AMOUNTS, Sentenced
from courtsim.case.masks import Masks, holds
from courtsim.procedure.delays import Delay
from courtsim.procedure.law import Kind
from courtsim.scenario.facts import OFFER, Scenario

Amount = Callable[[str, Delay], float]  # a purpose and a distribution to a number


def sentence(scenario: Scenario, masks: Masks, word: int, kind: Kind, luck: Callable[[str], float], amount: Amount) -> Sentenced:
    """The sentence for a plea, a verdict or a diversion in this state."""
    withheld, *others = sentences(scenario, masks, word, kind, amount)
    if not others or luck("withhold") < withheld[1]:
        return withheld[0]
    return others[0][0]


def sentences(scenario: Scenario, masks: Masks, word: int, kind: Kind, amount: Amount) -> list[tuple[Sentenced, float]]:
    """What the sentence may be, at these amounts: withheld adjudication first, each with its probability.

    Without a word in the scenario, a plea or a diversion takes the terms of the offer accepted, a verdict the mandatory
    parts alone.
    """
    stated = scenario.sentencing.get(kind, OFFER if kind != "verdict" else ())
    if isinstance(stated, str):
        return [(_within(masks, word, *_accepted(masks, word), kind), 1.0)]
    for row in stated:
        if holds(masks.compile(row.when), word):
            amounts = {name: amount(f"sentence:{name}", given) for name, given in row.amounts}
            return [
                (_within(masks, word, dict(amounts), withheld, kind), p)
                for withheld, p in ((True, row.withhold), (False, 1.0 - row.withhold))
                if p > 0
            ]
    return [(_within(masks, word, {}, False, kind), 1.0)]


def _accepted(masks: Masks, word: int) -> tuple[dict[str, float], bool]:
    accepted = masks.questions["accepted",].read(word)
    for offer in masks.opening.offers:
        if offer.name == accepted:
            terms = dict(offer.terms)
            return {a: float(terms[a]) for a in AMOUNTS if a in terms}, bool(terms.get("withhold", False))
    return {}, False


def _within(masks: Masks, word: int, amounts: dict[str, float], withheld: bool, kind: Kind) -> Sentenced:
    if kind == "diversion":
        return Sentenced(kind=kind, withheld=withheld, **amounts)
    for name, limit in limits_here(masks, word).items():
        total = amounts.get(name, 0.0) + limit.mandatory
        amounts[name] = total if limit.max is None else min(total, limit.max)
    return Sentenced(kind=kind, withheld=withheld, **amounts)
