"""The fold from what happened in a case to its measures, and what they are worth to whom.

Days, dollars, hours and counts; `formats.md`, "Results", lists the measures and `values` says what each is worth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from courtsim.case.clocks import DAY
from courtsim.case.core import apply
from courtsim.case.events import (
    AMOUNTS,
    CostIncurred,
    Counted,
    Detail,
    OfferAccepted,
    OfferMade,
    PublicityGained,
    Published,
    Sentenced,
)
from courtsim.case.history import Happening, History
from courtsim.case.masks import Masks
from courtsim.procedure.conditions import Value, matches_name
from courtsim.procedure.law import SPINE, Cost, TrackState
from courtsim.scenario.facts import Scenario

Measure: TypeAlias = float | bool
TRUTH = ("innocent", "false_plea", "wrongful_conviction", "wrongful_acquittal")  # measured where the truth is stated


class Outcome(Struct, frozen=True):
    """How a case ended and the numbers about it. `measures` is flat: `days`, `days_in.plea.offered`, `cost.defense`, ..."""

    disposition: str
    measures: Mapping[str, Measure]
    published: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return {"disposition": self.disposition, **self.measures, "published": list(self.published)}


class Ledger(NamedTuple):
    """What counts once, at the end of a case, however often it happened: later entries replace earlier ones."""

    disposition: str = ""
    disposed_at: int = 0  # in ticks
    sentence: Sentenced | None = None
    terms: tuple[tuple[str, Any], ...] = ()  # of the offer accepted
    published: tuple[str, ...] = ()
    tried: bool = False
    appealed: bool = False
    truth: Value | None = None  # of the latent fact, where the procedure has one

    def after(self, detail: Detail) -> Ledger:
        """The ledger once an event has carried this."""
        match detail:
            case Sentenced():
                return self._replace(sentence=detail)
            case OfferAccepted(_, terms):
                return self._replace(terms=terms)
            case Published(items):
                return self._replace(published=tuple(dict.fromkeys((*self.published, *items))))
            case Counted("trial"):
                return self._replace(tried=True)
            case Counted("appeal"):
                return self._replace(appealed=True)
            case _:
                return self

    def disposed(self, state: TrackState, tick: int) -> Ledger:
        """A final state disposes unless a disposing one did before it; the last entry into a disposing one counts."""
        if state.disposes or not self.disposition:
            return self._replace(disposition=state.name, disposed_at=tick)
        return self


class Fold:
    """What a case has added up to so far."""

    def __init__(self, masks: Masks, word: int) -> None:
        self.masks = masks
        self.word = word
        self.tick = 0
        self.ledger = Ledger(truth=truth(masks, word))
        self.in_state: dict[tuple[str, str], int] = {}
        self.counts = {"appearance": 0, "continuance": 0, "trial": 0, "appeal": 0}
        self.offers_made = 0
        self.publicity = 0.0
        self.costs: dict[str, float] = {}
        self.events: dict[str, int] = {}
        self._held = held(masks)
        self.in_custody = 0

    def pass_time(self, tick: int) -> None:
        passed = tick - self.tick
        if passed:
            for track in self.masks.procedure.tracks:
                state = str(self.masks.questions["track", track].read(self.word))
                self.in_state[track, state] = self.in_state.get((track, state), 0) + passed
            if self.word & self._held and not self.word & self.masks.disposing:
                self.in_custody += passed
            self.tick = tick

    def take(self, happening: Happening) -> None:
        tick, index, details = happening
        code = self.masks.options[index]
        self.pass_time(tick)
        self.events[code.option.event] = self.events.get(code.option.event, 0) + 1
        word = self.masks.move(self.word, code)
        for detail in details:
            word = apply(self.masks, word, detail)
            self.ledger = self.ledger.after(detail)
            match detail:
                case Counted(what):
                    self.counts[what] += 1
                case OfferMade():
                    self.offers_made += 1
                case PublicityGained(amount):
                    self.publicity += amount
                case CostIncurred(actor, dollars):
                    self.costs[actor] = self.costs.get(actor, 0.0) + dollars
                case _:
                    pass
        spine = self.masks.questions["track", SPINE]
        if self.word & spine.all != word & spine.all and word & self.masks.disposing:
            self.ledger = self.ledger.disposed(self.masks.procedure.tracks[SPINE].states[str(spine.read(word))], tick)
        self.word = word


def truth(masks: Masks, word: int) -> Value | None:
    """What the latent fact is in a state, where the procedure has one."""
    latent = masks.procedure.latent
    return masks.questions["fact", latent.fact].read(word) if latent else None  # type: ignore[return-value]


def held(masks: Masks) -> int:
    """The states in which the accused is in custody, as bits. Days there count while the case is not disposed of."""
    custody = masks.procedure.custody()
    return masks.questions["track", custody[0]].bits(custody[1]) if custody else 0


def outcome(scenario: Scenario, history: History) -> Outcome:
    """The measures of one case under the scenario's values and costs."""
    masks = history.masks
    fold = Fold(masks, masks.start(dict(history.opening.facts)))
    for happening in history.happenings:
        fold.take(happening)
    return measured(scenario, fold)


def measured(scenario: Scenario, fold: Fold) -> Outcome:
    """What a case that has ended comes to."""
    ledger = fold.ledger
    sentence = ledger.sentence or Sentenced(kind="verdict")
    measures: dict[str, Measure] = {
        "convicted": convicted(scenario, ledger.disposition, sentence),
        "days": ledger.disposed_at / DAY,
    }
    measures.update({amount: float(getattr(sentence, amount)) for amount in AMOUNTS})
    for track, found in scenario.procedure.tracks.items():
        for state in found.states:
            measures[f"days_in.{track}.{state}"] = fold.in_state.get((track, state), 0) / DAY
    if scenario.procedure.custody():
        measures["days_in_custody"] = fold.in_custody / DAY
    measures.update(by_truth(scenario, ledger.truth, ledger.disposition))
    measures["publicity"] = fold.publicity
    measures["trial_held"] = ledger.tried
    measures["court_appearances"] = fold.counts["appearance"]
    measures["offers_made"] = fold.offers_made
    measures["continuances"] = fold.counts["continuance"]
    measures["appealed"] = ledger.appealed
    for actor in payers(scenario):
        measures[f"cost.{actor}"] = fold.costs.get(actor, 0.0)
    account = Account(
        events=fold.events,
        published=dict.fromkeys(ledger.published, 1.0),
        terms={term: number(given) for term, given in ledger.terms},
        ended={ledger.disposition: 1.0},
    )
    measures.update(worth(scenario, measures, account))
    return Outcome(ledger.disposition, measures, ledger.published)


def convicted(scenario: Scenario, disposition: str, sentence: Sentenced) -> bool:
    """Adjudicated guilty: a withheld adjudication is no conviction."""
    ended = scenario.procedure.tracks[SPINE].states.get(disposition)
    return bool(ended and ended.convicted and not sentence.withheld)


def by_truth(scenario: Scenario, what: Value | None, disposition: str) -> dict[str, bool]:
    """What only the truth tells: nothing where a scenario leaves it unknown.

    False plea: innocent, and judgment on a plea of guilty or no contest, adjudication withheld or not. A diversion without
    a plea is none, whatever its terms admit.
    """
    latent = scenario.procedure.latent
    if latent is None or not scenario.truths:
        return {}
    innocent = what == latent.innocent
    return {
        "innocent": innocent,
        "false_plea": innocent and disposition in latent.pleaded,
        "wrongful_conviction": innocent and disposition in latent.convicted,
        "wrongful_acquittal": not innocent and disposition in latent.acquitted,
    }


def rates(scenario: Scenario, measures: Mapping[str, float], ends: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """What `false_plea` and the like are shares of: name to (how many, of how many), in cases or in probability.

    *measures* are means over the cases, *ends* the shares of the dispositions; both may be counts.
    """
    latent = scenario.procedure.latent
    if latent is None or "innocent" not in measures:
        return {}
    innocent = measures["innocent"]
    guilty = math.fsum(ends.values()) - innocent
    pleaded = math.fsum(share for end, share in ends.items() if end in latent.pleaded)
    return {
        "pleaded_of_innocent": (measures["false_plea"], innocent),
        "convicted_of_innocent": (measures["wrongful_conviction"], innocent),
        "acquitted_of_guilty": (measures["wrongful_acquittal"], guilty),
        "innocent_of_pleaded": (measures["false_plea"], pleaded),
    }


def payers(scenario: Scenario) -> list[str]:
    """Everyone who may incur costs or to whom outcomes are worth something, in the order of the files."""
    procedure = scenario.procedure
    options = [o for step in procedure.steps.values() for o in step.options.values()]
    options += [c.option for c in procedure.consequences]
    by_law = [actor for o in options for e in o.effects if isinstance(e, Cost) for actor, _ in e.dollars]
    stated = [actor for costs in scenario.costs.values() for actor in costs]
    return list(dict.fromkeys([*by_law, *stated, *scenario.values]))


class Account(Struct, frozen=True):
    """What values ask for beside the measures: of one case, or means over many; everything they weigh is linear in it."""

    events: Mapping[str, Any]  # how often each happened; every number here may be an array of one a case
    published: Mapping[str, Any]  # item of evidence to whether (how often) it became public
    terms: Mapping[str, Any]  # of the offer accepted
    ended: Mapping[str, Any]  # disposition to whether (how often) it was the end


def worth(scenario: Scenario, measures: Mapping[str, Measure], account: Account) -> dict[str, float]:
    """`value.<actor>` and its two parts: what the process itself and what the sentence was worth, in dollars."""
    found: dict[str, float] = {}
    for actor, stated in scenario.values.items():
        process, sentence = _process(stated, measures, account, actor), _sentence(stated, measures, account)
        found[f"value.{actor}"] = process + sentence
        found[f"value.{actor}.process"] = process
        found[f"value.{actor}.sentence"] = sentence
    return found


def _process(stated: Mapping[str, Any], measures: Mapping[str, Measure], account: Account, actor: str) -> Any:
    def times(key: str, measure: str) -> float:
        return float(stated.get(key, 0.0)) * measures[measure]

    worth = float(stated.get("custody_day", 0.0)) * measures.get("days_in_custody", 0.0)
    worth += times("day_pending", "days") + times("dollar", f"cost.{actor}") + times("appearance", "court_appearances")
    worth += times("trial", "trial_held") + times("publicity", "publicity")
    worth += sum(each * measures[f"days_in.{state}"] for state, each in _table(stated, "day_in"))
    worth += sum(each * account.events.get(event, 0) for event, each in _table(stated, "event"))
    worth += sum(each * account.published.get(item, 0.0) for item, each in _table(stated, "published"))
    return worth


def _sentence(stated: Mapping[str, Any], measures: Mapping[str, Measure], account: Account) -> Any:
    def times(key: str, amount: float) -> float:
        return float(stated.get(key, 0.0)) * amount

    worth = times("conviction", measures["convicted"]) + times("jail_day", measures["jail_days"])
    worth += times("probation_day", measures["probation_days"])
    worth += times("community_service_hour", measures["community_service_hours"])
    worth += times("dollar", measures["fine"] + measures["civil_penalty"])
    worth += sum(each * account.terms.get(term, 0.0) for term, each in _table(stated, "term"))
    for state, each in _table(stated, "final"):
        worth += each * sum(p for end, p in account.ended.items() if matches_name(end, state))
    return worth


def _table(stated: Mapping[str, Any], key: str) -> Iterable[tuple[str, float]]:
    return dict(stated.get(key, {})).items()


def number(term: Any) -> float:
    """A term counts once, or as often as it says."""
    return float(term) if isinstance(term, bool | int | float) else 1.0
