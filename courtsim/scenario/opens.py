"""What a case of a scenario opens with: the content of its first event."""

from __future__ import annotations

from courtsim.case.masks import cuts_in, delay_conditions
from courtsim.case.opening import Opening
from courtsim.procedure.conditions import Condition, Value
from courtsim.procedure.delays import Delay
from courtsim.scenario.facts import ByRows, ChooserSpec, FactOdds, Scenario


def opening(scenario: Scenario) -> Opening:
    """What a case of this scenario opens with, its facts at their defaults where they are drawn."""
    procedure = scenario.procedure
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
        facts=tuple(facts.items()),
        cuts=tuple((fact, tuple(sorted(cuts[fact]))) for fact in sorted(cuts)),
        switches=tuple((s.name, scenario.switches.get(s.name, s.values[0])) for s in procedure.switches.values()),
        offers=tuple(scenario.offers.values()),
        searches=tuple(scenario.searches.values()),
        evidence=tuple(scenario.evidence.values()),
    )


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
