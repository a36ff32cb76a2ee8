"""What a course of a case is worth to its actors: increments on the way, and what counts once at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from courtsim.case.clocks import DAY
from courtsim.case.events import CostIncurred, Counted, OfferAccepted, PublicityGained, Published, Sentenced
from courtsim.case.masks import Key
from courtsim.engines.simulate import Bench
from courtsim.engines.tree import Happened
from courtsim.errors import WrongInput, listed
from courtsim.procedure.law import SPINE
from courtsim.scenario.outcome import Account, convicted, held, number, worth


class Ledger(NamedTuple):
    """What happened once and counts at the end: later entries replace earlier ones."""

    disposition: str = ""
    disposed_at: int = 0
    sentence: Sentenced | None = None
    terms: tuple[tuple[str, float], ...] = ()
    published: frozenset[str] = frozenset()
    tried: bool = False


class Values:
    """What outcomes are worth to the actors, as increments along a course and a rest at its end."""

    def __init__(self, bench: Bench, actors: Sequence[str]) -> None:
        self.scenario = bench.scenario
        self.masks = bench.masks
        self.spine = bench.procedure.tracks[SPINE].states
        missing = [actor for actor in actors if actor not in self.scenario.values]
        if missing:
            raise WrongInput(
                None, f"no `values` for {missing[0]}: nothing says what outcomes are worth", listed(self.scenario.values)
            )
        self.actors = list(actors)
        self.stated = [self.scenario.values[actor] for actor in actors]
        self.aversion = [float(stated.get("risk_aversion", 0.0)) for stated in self.stated]
        self.days_in = [
            [(self._standing(state), float(each)) for state, each in stated.get("day_in", {}).items()] for stated in self.stated
        ]
        self.held = held(self.masks)
        self.custody = [float(stated.get("custody_day", 0.0)) for stated in self.stated]
        self._ends: dict[Ledger, tuple[float, ...]] = {}

    @property
    def tracks(self) -> set[Key]:
        """The tracks on which a day is worth something."""
        custody = self.scenario.procedure.custody()
        held = {("track", custody[0])} if custody and any(self.custody) else set()
        return held | {("track", s.partition(".")[0]) for stated in self.stated for s in stated.get("day_in", {})}

    def _standing(self, state: str) -> int:
        track, _, name = state.partition(".")
        return self.masks.questions["track", track].bit(name)

    def waiting(self, word: int, ticks: int) -> list[float]:
        jailed = ticks / DAY if word & self.held and not word & self.masks.disposing else 0.0
        waited = [sum(each * ticks / DAY for bit, each in days if word & bit) for days in self.days_in]
        return [days + each * jailed for days, each in zip(waited, self.custody, strict=True)]

    def of_events(self, happened: tuple[Happened, ...]) -> list[float]:
        found = [0.0] * len(self.actors)
        for event in happened:
            name = self.masks.options[event.code].option.event
            for n, (actor, stated) in enumerate(zip(self.actors, self.stated, strict=True)):
                found[n] += float(stated.get("event", {}).get(name, 0.0))
                for detail in event.details:
                    match detail:
                        case CostIncurred(payer, dollars) if payer == actor:
                            found[n] += float(stated.get("dollar", 0.0)) * dollars
                        case Counted("appearance"):
                            found[n] += float(stated.get("appearance", 0.0))
                        case PublicityGained(amount):
                            found[n] += float(stated.get("publicity", 0.0)) * amount
                        case _:
                            pass
        return found

    def entered(self, ledger: Ledger, happened: tuple[Happened, ...], time: int) -> Ledger:
        for event in happened:
            for detail in event.details:
                match detail:
                    case Sentenced():
                        ledger = ledger._replace(sentence=detail)
                    case OfferAccepted(_, terms):
                        ledger = ledger._replace(terms=tuple((name, number(given)) for name, given in terms))
                    case Published(items):
                        ledger = ledger._replace(published=ledger.published | set(items))
                    case Counted("trial"):
                        ledger = ledger._replace(tried=True)
                    case _:
                        pass
            if event.disposed is not None and (self.spine[event.disposed].disposes or not ledger.disposition):
                ledger = ledger._replace(disposition=event.disposed, disposed_at=time)
        return ledger

    def at_the_end(self, ledger: Ledger) -> tuple[float, ...]:
        found = self._ends.get(ledger)
        if found is None:
            found = self._ends[ledger] = self._at_the_end(ledger)
        return found

    def _at_the_end(self, ledger: Ledger) -> tuple[float, ...]:
        sentence = ledger.sentence or Sentenced(kind="verdict")
        measures: dict[str, float] = dict.fromkeys(["court_appearances", "publicity"], 0.0)
        measures |= {f"days_in.{s}": 0.0 for stated in self.scenario.values.values() for s in stated.get("day_in", {})}
        measures |= {f"cost.{actor}": 0.0 for actor in self.scenario.values}
        measures |= {
            "convicted": float(convicted(self.scenario, ledger.disposition, sentence)),
            "days": ledger.disposed_at / DAY,
            "trial_held": float(ledger.tried),
            "jail_days": sentence.jail_days,
            "probation_days": sentence.probation_days,
            "fine": sentence.fine,
            "civil_penalty": sentence.civil_penalty,
            "community_service_hours": sentence.community_service_hours,
        }
        account = Account({}, dict.fromkeys(ledger.published, 1.0), dict(ledger.terms), {ledger.disposition: 1.0})
        found = worth(self.scenario, measures, account)
        return tuple(found[f"value.{actor}"] for actor in self.actors)
