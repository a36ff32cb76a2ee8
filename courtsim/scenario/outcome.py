"""The fold from what happened in a case to its measures, and what they are worth to whom.

Days, dollars, hours and counts; `formats.md`, "Results", lists the measures and `values` says what each is worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from courtsim.case.clocks import DAY
from courtsim.case.core import apply
from courtsim.case.events import (
    AMOUNTS,
    CostIncurred,
    Counted,
    OfferAccepted,
    OfferMade,
    PublicityGained,
    Published,
    Sentenced,
)
from courtsim.case.history import Happening, History
from courtsim.case.masks import Masks
from courtsim.procedure.conditions import matches_name
from courtsim.procedure.law import SPINE
from courtsim.scenario.facts import Scenario

Measure: TypeAlias = float | bool


class Outcome(Struct, frozen=True):
    """How a case ended and the numbers about it. `measures` is flat: `days`, `days_in.plea.offered`, `cost.defense`, ..."""

    disposition: str
    measures: Mapping[str, Measure]
    published: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return {"disposition": self.disposition, **self.measures, "published": list(self.published)}


class _Fold:
    def __init__(self, masks: Masks, word: int) -> None:
        self.masks = masks
        self.word = word
        self.tick = 0
        self.disposition = ""
        self.disposed_at = 0
        self.in_state: dict[tuple[str, str], int] = {}
        self.counts = {"appearance": 0, "continuance": 0, "trial": 0, "appeal": 0}
        self.sentence: Sentenced | None = None
        self.offers_made = 0
        self.publicity = 0.0
        self.published: dict[str, None] = {}
        self.costs: dict[str, float] = {}
        self.terms: dict[str, Any] = {}
        self.events: dict[str, int] = {}

    def pass_time(self, tick: int) -> None:
        passed = tick - self.tick
        if passed:
            for track in self.masks.procedure.tracks:
                state = str(self.masks.questions["track", track].read(self.word))
                self.in_state[track, state] = self.in_state.get((track, state), 0) + passed
            self.tick = tick

    def take(self, happening: Happening) -> None:
        tick, index, details = happening
        code = self.masks.options[index]
        self.pass_time(tick)
        self.events[code.option.event] = self.events.get(code.option.event, 0) + 1
        word = self.masks.move(self.word, code)
        for detail in details:
            word = apply(self.masks, word, detail)
            match detail:
                case Counted(what):
                    self.counts[what] += 1
                case Sentenced():
                    self.sentence = detail
                case OfferMade():
                    self.offers_made += 1
                case OfferAccepted(_, terms):
                    self.terms = dict(terms)
                case PublicityGained(amount):
                    self.publicity += amount
                case Published(items):
                    self.published.update(dict.fromkeys(items))
                case CostIncurred(actor, dollars):
                    self.costs[actor] = self.costs.get(actor, 0.0) + dollars
                case _:
                    pass
        self._dispose(self.word, word, tick)
        self.word = word

    def _dispose(self, before: int, after: int, tick: int) -> None:
        """A final state disposes unless a disposing one did before it; the last entry into a disposing one counts."""
        spine = self.masks.questions["track", SPINE]
        if before & spine.all == after & spine.all or not after & self.masks.disposing:
            return
        state = self.masks.procedure.tracks[SPINE].states[str(spine.read(after))]
        if state.disposes or not self.disposition:
            self.disposition = state.name
            self.disposed_at = tick


def outcome(scenario: Scenario, history: History) -> Outcome:
    """The measures of one case under the scenario's values and costs."""
    masks = history.masks
    fold = _Fold(masks, masks.start(dict(history.opening.facts)))
    for happening in history.happenings:
        fold.take(happening)
    return _measured(scenario, fold)


def _measured(scenario: Scenario, fold: _Fold) -> Outcome:
    spine = scenario.procedure.tracks[SPINE].states
    sentence = fold.sentence or Sentenced(kind="verdict")
    ended = spine.get(fold.disposition)
    measures: dict[str, Measure] = {
        "convicted": bool(ended and ended.convicted and not sentence.withheld),
        "days": fold.disposed_at / DAY,
    }
    measures.update({amount: float(getattr(sentence, amount)) for amount in AMOUNTS})
    for track, found in scenario.procedure.tracks.items():
        for state in found.states:
            measures[f"days_in.{track}.{state}"] = fold.in_state.get((track, state), 0) / DAY
    measures["publicity"] = fold.publicity
    measures["trial_held"] = fold.counts["trial"] > 0
    measures["court_appearances"] = fold.counts["appearance"]
    measures["offers_made"] = fold.offers_made
    measures["continuances"] = fold.counts["continuance"]
    measures["appealed"] = fold.counts["appeal"] > 0
    actors = dict.fromkeys([*_payers(scenario), *scenario.values])
    for actor in actors:
        measures[f"cost.{actor}"] = fold.costs.get(actor, 0.0)
    for actor, stated in scenario.values.items():
        process, from_sentence = _worth(stated, measures, fold, actor)
        measures[f"value.{actor}"] = process + from_sentence
        measures[f"value.{actor}.process"] = process
        measures[f"value.{actor}.sentence"] = from_sentence
    return Outcome(fold.disposition, measures, tuple(fold.published))


def _payers(scenario: Scenario) -> list[str]:
    """Everyone who may incur costs, in the order of the files."""
    from courtsim.procedure.law import Cost

    procedure = scenario.procedure
    options = [o for step in procedure.steps.values() for o in step.options.values()]
    options += [c.option for c in procedure.consequences]
    by_law = [actor for o in options for e in o.effects if isinstance(e, Cost) for actor, _ in e.dollars]
    return list(dict.fromkeys([*by_law, *(actor for stated in scenario.costs.values() for actor in stated)]))


def _worth(stated: Mapping[str, Any], measures: Mapping[str, Measure], fold: _Fold, actor: str) -> tuple[float, float]:
    """What the process itself and what the sentence was worth to an actor, in dollars."""

    def times(key: str, amount: Measure) -> float:
        return float(stated.get(key, 0.0)) * amount

    process = times("day_pending", measures["days"])
    process += times("dollar", fold.costs.get(actor, 0.0))
    process += times("appearance", measures["court_appearances"])
    process += times("trial", measures["trial_held"])
    process += times("publicity", measures["publicity"])
    process += sum(worth * measures[f"days_in.{state}"] for state, worth in _table(stated, "day_in"))
    process += sum(worth * fold.events.get(event, 0) for event, worth in _table(stated, "event"))
    process += sum(worth for item, worth in _table(stated, "published") if item in fold.published)
    sentence = times("conviction", measures["convicted"])
    sentence += times("jail_day", measures["jail_days"])
    sentence += times("probation_day", measures["probation_days"])
    sentence += times("community_service_hour", measures["community_service_hours"])
    sentence += times("dollar", measures["fine"] + measures["civil_penalty"])
    for term, worth in _table(stated, "term"):
        sentence += worth * _number(fold.terms.get(term, 0.0))
    sentence += sum(worth for state, worth in _table(stated, "final") if matches_name(fold.disposition, state))
    return process, sentence


def _table(stated: Mapping[str, Any], key: str) -> Iterable[tuple[str, float]]:
    return dict(stated.get(key, {})).items()


def _number(term: Any) -> float:
    """A term counts once, or as often as it says."""
    return float(term) if isinstance(term, bool | int | float) else 1.0
