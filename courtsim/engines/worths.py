"""What a course of a case is worth to its actors: increments on the way, and what counts once at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from courtsim.case.clocks import DAY
from courtsim.case.events import CostIncurred, Counted, PublicityGained, Sentenced
from courtsim.case.masks import Key
from courtsim.engines.simulate import Bench
from courtsim.engines.tree import Happened, Tree
from courtsim.errors import WrongInput, listed
from courtsim.procedure.law import SPINE, TrackState
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import Account, Ledger, convicted, held, number, worth

EMPTY = Ledger()


def entered(ledger: Ledger, happened: tuple[Happened, ...], spine: Mapping[str, TrackState], time: int) -> Ledger:
    """The ledger after what happened at *time*."""
    for event in happened:
        for detail in event.details:
            ledger = ledger.after(detail)
        if event.disposed is not None:
            ledger = ledger.disposed(spine[event.disposed], time)
    return ledger


class Ledgers:
    """Ledgers by number, as nodes keep them; 0 is the empty one.

    Args:
        tree: whose happenings enter them.
        counts: what of a ledger counts; the rest stays as it was.
    """

    def __init__(self, tree: Tree, counts: Callable[[Ledger], Ledger] = lambda ledger: ledger) -> None:
        self.tree = tree
        self.counts = counts
        self.spine = tree.bench.procedure.tracks[SPINE].states
        self.all: list[Ledger] = [EMPTY]
        self._numbers: dict[Ledger, int] = {EMPTY: 0}
        self._tells: list[int] = []
        self._after: dict[tuple[int, int, int], int] = {}

    def tells(self, happened: int) -> int:
        """Whether what happened enters a ledger (1), and when it did (2)."""
        while len(self._tells) <= happened:
            events = self.tree.happenings[len(self._tells)]
            dated = any(event.disposed is not None for event in events)
            self._tells.append(2 if dated else int(any(EMPTY.after(d) != EMPTY for event in events for d in event.details)))
        return self._tells[happened]

    def enter(self, ledger: int, happened: int, time: int) -> int:
        """The number of the ledger after what happened."""
        tells = self.tells(happened)
        if not tells:
            return ledger
        key = (ledger, happened, time if tells > 1 else 0)
        found = self._after.get(key)
        if found is None:
            found = self._after[key] = self.number(entered(self.all[ledger], self.tree.happenings[happened], self.spine, time))
        return found

    def number(self, ledger: Ledger) -> int:
        counts = self.counts(ledger)
        found = self._numbers.get(counts)
        if found is None:
            found = self._numbers[counts] = len(self.all)
            self.all.append(counts)
        return found


def worth_of(scenario: Scenario, ledger: Ledger) -> dict[str, float]:
    """`value.<actor>` and its parts for what stands in a ledger alone."""
    sentence = ledger.sentence or Sentenced(kind="verdict")
    measures: dict[str, float] = dict.fromkeys(["court_appearances", "publicity"], 0.0)
    measures |= {f"days_in.{s}": 0.0 for stated in scenario.values.values() for s in stated.get("day_in", {})}
    measures |= {f"cost.{actor}": 0.0 for actor in scenario.values}
    measures |= {
        "convicted": float(convicted(scenario, ledger.disposition, sentence)),
        "days": ledger.disposed_at / DAY,
        "trial_held": float(ledger.tried),
        "jail_days": sentence.jail_days,
        "probation_days": sentence.probation_days,
        "fine": sentence.fine,
        "civil_penalty": sentence.civil_penalty,
        "community_service_hours": sentence.community_service_hours,
    }
    terms = {name: number(given) for name, given in ledger.terms}
    account = Account({}, dict.fromkeys(ledger.published, 1.0), terms, {ledger.disposition: 1.0})
    return worth(scenario, measures, account)


class Values:
    """What outcomes are worth to the actors, as increments along a course and a rest at its end."""

    def __init__(self, bench: Bench, actors: Sequence[str]) -> None:
        self.scenario = bench.scenario
        self.masks = bench.masks
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

    def counts(self, ledger: Ledger) -> Ledger:
        """What of a ledger is worth anything to these actors; two that differ in nothing else are one."""
        keys = {key for stated in self.stated for key, each in stated.items() if each}
        if not keys & {"day_pending"}:
            ledger = ledger._replace(disposed_at=0)
        if not keys & {"conviction", "jail_day", "probation_day", "community_service_hour", "dollar"}:
            ledger = ledger._replace(sentence=None)
        terms = {term for stated in self.stated for term in stated.get("term", {})}
        items = {item for stated in self.stated for item in stated.get("published", {})}
        return ledger._replace(
            terms=tuple((name, given) for name, given in ledger.terms if name in terms),
            published=tuple(sorted(item for item in ledger.published if item in items)),
            tried=ledger.tried and "trial" in keys,
            appealed=False,
            truth=None,
        )

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

    def at_the_end(self, ledger: Ledger) -> tuple[float, ...]:
        found = self._ends.get(ledger)
        if found is None:
            worths = worth_of(self.scenario, ledger)
            found = self._ends[ledger] = tuple(worths[f"value.{actor}"] for actor in self.actors)
        return found
