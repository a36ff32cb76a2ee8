"""The offer to make: one of its terms moved, and answered by reason; from where its maker gains, how far it is accepted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct

from courtsim.analysis.advice import Adviser, root
from courtsim.case.opening import Offer
from courtsim.engines.policy import WITHIN, Plan
from courtsim.errors import WrongInput, listed, nearest
from courtsim.procedure.law import AcceptOffer, MakeOffer, Step
from courtsim.scenario.facts import Scenario

EQUAL = 1e-9  # relative: two worths that differ by less are the same

Interval = tuple[float, float]
Changed = Callable[[Sequence[str]], Scenario]  # the scenario with values set, as one of the actors takes it to be


class Priced(Struct, frozen=True):
    """One value of the term, and what the offer is then worth to both, accepted and declined, each as it sees the case."""

    at: float
    maker_accepted: float
    maker_declined: float
    answerer_accepted: float
    answerer_declined: float

    @property
    def maker_gains(self) -> float:
        return self.maker_accepted - self.maker_declined

    @property
    def answerer_gains(self) -> float:
        return self.answerer_accepted - self.answerer_declined

    @property
    def accepted(self) -> bool:
        """At equal worth the answer is yes."""
        return self.answerer_gains >= -EQUAL * max(1.0, abs(self.answerer_accepted))

    @property
    def maker_gets(self) -> float:
        return self.maker_accepted if self.accepted else self.maker_declined


class Bargain(Struct, frozen=True):
    """A search over one term of an offer.

    Attributes:
        step: at which it is answered.
        curve: values of the term from the least to the greatest.
        gains, accepts: where its maker gains by its acceptance, and where it is accepted: intervals of the term.
        range: where both would have it; none: there is no bargain between the ends of the curve.
        best: of these the value best for the maker; of equal ones the best for whoever answers.
    """

    offer: str
    term: str
    step: str
    maker: str
    answerer: str
    curve: tuple[Priced, ...]
    gains: tuple[Interval, ...]
    accepts: tuple[Interval, ...]
    range: tuple[Interval, ...]
    best: Priced | None


def bargain(
    scenario: Scenario,
    changed: Callable[[str], Changed],
    offer: str,
    term: str,
    low: float,
    high: float,
    *,
    steps: Collection[str] = (),
    points: int = 21,
    within: float = WITHIN,
    progress: Callable[[int], None] | None = None,
) -> Bargain:
    """Moves a term of an offer and lets whoever answers it reason, as its maker does ever after (subgame-perfect).

    Each sees the case by its own beliefs and knows how the other will answer: they agree to disagree (Aumann 1976 has why
    that needs different beliefs to begin with).

    Args:
        changed: by actor, how the scenario is changed as that actor takes it to be.
        steps: both reason about these steps alone, and follow the scenario's odds at the others; none: about all.
        points: of the curve.

    Raises:
        WrongInput: no such offer, nobody to answer it, or a term that is worth nothing to either.
        NotAvailable: someone knows what another does not.
    """
    stated = scenario.offers.get(offer)
    if stated is None:
        raise WrongInput(None, f"unknown offer {offer!r}", listed(scenario.offers), nearest(offer, scenario.offers))
    search = _Search(scenario, changed, stated, term, steps, within)
    curve: list[Priced] = []
    for n in range(points):
        curve.append(search.at(low + (high - low) * n / (points - 1)))
        if progress is not None:
            progress(1)
    first = curve[0]
    same = [
        _equal(p.maker_accepted, first.maker_accepted) and _equal(p.answerer_accepted, first.answerer_accepted) for p in curve
    ]
    if all(same):
        known = [name for name, _ in stated.terms]
        raise WrongInput(
            None, f"a term {term!r} that is worth nothing to either side", listed(known) or "a term", nearest(term, known)
        )
    gains = _where(curve, lambda x: search.at(x).maker_gains, [p.maker_gains for p in curve])
    accepts = _where(curve, lambda x: search.at(x).answerer_gains, [p.answerer_gains for p in curve])
    both = tuple((max(a, c), min(b, d)) for a, b in gains for c, d in accepts if max(a, c) <= min(b, d) + EQUAL)
    return Bargain(
        offer=offer,
        term=term,
        step=search.step.name,
        maker=search.maker,
        answerer=search.answerer,
        curve=tuple(curve),
        gains=gains,
        accepts=accepts,
        range=both,
        best=_best(both, curve, search.at),
    )


def _best(both: Sequence[Interval], curve: Sequence[Priced], at: Callable[[float], Priced]) -> Priced | None:
    inside = [priced for priced in curve if any(a <= priced.at <= b for a, b in both)]
    ends = [at(end) for interval in both for end in interval]
    return max([*inside, *ends], key=lambda p: (float(f"{p.maker_accepted:.9g}"), p.answerer_accepted), default=None)


class _Search:
    """One offer, priced again and again."""

    def __init__(
        self,
        scenario: Scenario,
        changed: Callable[[str], Changed],
        offer: Offer,
        term: str,
        steps: Collection[str],
        within: float,
    ) -> None:
        self.offer, self.term, self.within = offer, term, within
        self.maker = offer.by
        self.step = _answered(scenario, offer, steps)
        self.answerer = self.step.by
        made = [s for s in scenario.procedure.steps.values() if s.by == self.maker and _options(s, MakeOffer)]
        self.force = [setting for step in made for setting in _forced(step)]
        chosen = [s.name for s in scenario.procedure.steps.values() if len(s.options) > 1 and s.by in (self.maker, self.answerer)]
        self.steps = [step for step in steps or chosen if step not in {s.name for s in made}]
        viewers = dict.fromkeys((self.maker, self.answerer))
        alike = not any(scenario.beliefs.get(viewer) for viewer in viewers)
        self.views = {viewer: changed(viewer) for viewer in (list(viewers)[:1] if alike else viewers)}
        self._found: dict[float, Priced] = {}

    def at(self, x: float) -> Priced:
        found = self._found.get(x)
        if found is None:
            sets = [*self.force, f"offers.{self.offer.name}.terms.{self.term}={x!r}"]
            plans = {viewer: self._plan(change(sets)) for viewer, change in self.views.items()}
            mine = self._worth(plans[self.maker], self.maker)
            theirs = self._worth(plans.get(self.answerer, plans[self.maker]), self.answerer)
            found = self._found[x] = Priced(x, *mine, *theirs)
        return found

    def _plan(self, scenario: Scenario) -> Plan:
        return Plan(Adviser(scenario, self.answerer, self.steps, (self.maker, self.answerer), self.within).prospects)

    def _worth(self, plan: Plan, to: str) -> tuple[float, float]:
        """What the offer is worth to an actor where it is first answered: accepted, and declined as the answerer would."""
        worth = plan.worth_of(self.answerer, to, table=self.offer.name).get(self.step.name, {})
        answers = plan.worth_of(self.answerer, table=self.offer.name).get(self.step.name, {})
        accepting = _options(self.step, AcceptOffer)
        accepted = [option for option in worth if option in accepting]
        declined = sorted((option for option in worth if option not in accepting), key=lambda option: -answers[option])
        if not accepted or not declined:
            raise WrongInput(
                None, f"the offer {self.offer.name!r}, which is never answered", "an offer that is made and may be declined"
            )
        return worth[accepted[0]], worth[declined[0]]


def _answered(scenario: Scenario, offer: Offer, steps: Collection[str]) -> Step:
    found = [s for s in scenario.procedure.steps.values() if s.by != offer.by and _options(s, AcceptOffer)]
    named = [s for s in found if s.name in steps] or found
    if not named:
        raise WrongInput(None, f"an offer {offer.name!r} that nobody can accept", "a step with the effect accept_offer")
    return named[0]


def _options(step: Step, effect: type[AcceptOffer | MakeOffer]) -> list[str]:
    return [name for name, option in step.options.items() if any(isinstance(each, effect) for each in option.effects)]


def _forced(step: Step) -> list[str]:
    """The setting by which a step makes its offer for certain."""
    making = _options(step, MakeOffer)[0]
    others = ", ".join(f"{name}: 0" for name in step.options if name != making)
    return [f"choosers.{step.name}={{odds: {{{making}: 1, {others}}}}}"] if others else []


def _where(curve: Sequence[Priced], gap: Callable[[float], float], gaps: Sequence[float]) -> tuple[Interval, ...]:
    """The intervals on which a gap that is known at the points of the curve is not below 0."""
    scale = max(1.0, *(abs(g) for g in gaps))
    signs = [g >= -EQUAL * scale for g in gaps]
    found: list[Interval] = []
    for n, here in enumerate(signs[:-1]):
        a, b = curve[n].at, curve[n + 1].at
        if here != signs[n + 1]:
            between = root(gap, a, b, gaps[n], gaps[n + 1])
            a, b = (a, between) if here else (between, b)
        elif not here:
            continue
        if found and found[-1][1] == a:
            found[-1] = (found[-1][0], b)
        else:
            found.append((a, b))
    return tuple(found)


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= EQUAL * max(1.0, abs(a), abs(b))
