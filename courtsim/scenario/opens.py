"""What a case of a scenario opens with: the content of its first event."""

from __future__ import annotations

from msgspec.structs import replace

from courtsim.case.masks import cuts_in, delay_conditions
from courtsim.case.opening import Item, Offer, Opening, Search
from courtsim.procedure.conditions import Condition, Value
from courtsim.procedure.delays import Delay
from courtsim.scenario.facts import ByRows, ChooserSpec, FactOdds, Scenario


def opening(scenario: Scenario) -> Opening:
    """What a case of this scenario opens with, its facts at their defaults where they are drawn.

    By name, but for the offers, which are made in the order of the file: no other order has a meaning, so no event may show one.
    """
    procedure = scenario.procedure
    switches = {name: scenario.switches.get(name, switch.values[0]) for name, switch in procedure.switches.items()}
    cuts: dict[str, set[float]] = {}
    for fact, cut in cuts_in(_scenario_conditions(scenario)):
        cuts.setdefault(fact, set()).add(cut)
    facts: dict[str, Value] = {}
    for fact_kind in procedure.facts.values():
        stated = scenario.facts.get(fact_kind.name, fact_kind.default)
        facts[fact_kind.name] = fact_kind.default if isinstance(stated, FactOdds | Delay) else stated
    return Opening(
        starts=scenario.starts,
        digest=scenario.digest,
        charges=scenario.charges,
        facts=tuple(sorted(facts.items())),
        cuts=tuple((fact, tuple(sorted(cuts[fact]))) for fact in sorted(cuts)),
        switches=tuple(sorted(switches.items())),
        offers=tuple(_offer(offer) for offer in scenario.offers.values()),
        searches=tuple(sorted(scenario.searches.values(), key=_name)),
        evidence=tuple(sorted(map(_item, scenario.evidence.values()), key=_name)),
    )


def _offer(offer: Offer) -> Offer:
    return replace(offer, terms=tuple(sorted(offer.terms)), when=_sorted(offer.when))


def _item(item: Item) -> Item:
    exemption = item.exemption and replace(item.exemption, when=_sorted(item.exemption.when))
    return replace(item, exemption=exemption)


def _sorted(when: Condition) -> Condition:
    return tuple(sorted(when, key=repr))


def _name(stated: Search | Item) -> str:
    return stated.name


def _scenario_conditions(scenario: Scenario) -> list[Condition]:
    found: list[Condition] = [c for spec in scenario.choosers.values() for c in _chooser_conditions(spec)]
    found += [c for delay in scenario.delays.values() for c in delay_conditions(delay)]
    for stated in scenario.sentencing.values():
        if not isinstance(stated, str):
            found += [row.when for row in stated]
    return found + [lawyers.when for lawyers in scenario.lawyers.values()]


def _chooser_conditions(spec: ChooserSpec) -> list[Condition]:
    if not isinstance(spec, ByRows):
        return []
    return [c for row in spec.rows for c in [row.when, *_chooser_conditions(row.chooser)]]
