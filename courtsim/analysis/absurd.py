"""What is lawful and yet makes no sense: law that can never matter, options that nobody should ever choose.

What is said is proved, of the states that a check reaches or of the whole tree of a small case; what could not be decided is
said too. A state counts as reachable in any order of lawful steps, so law that could matter in time alone is never accused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from random import Random
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from courtsim.case.events import AMOUNTS
from courtsim.case.masks import ALWAYS, StepCode
from courtsim.case.opening import Offer
from courtsim.engines.check import Findout
from courtsim.engines.policy import Plan, prospects_of
from courtsim.engines.reach import Reached, both
from courtsim.engines.simulate import histories
from courtsim.errors import CourtsimError, Where
from courtsim.procedure.delays import AnyDelay, Deadline, Delay, DelayRows, always_zero, span
from courtsim.procedure.law import CLOCK, SPINE
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.facts import Scenario

Kind: TypeAlias = Literal["dominated option", "deadline", "offer", "tolling", "resource"]

SEEN = 300  # simulated cases in which a deadline may be seen to bind
SMALL = 20_000  # states up to which a case's whole tree is looked at
HORIZON = 20 * 366  # days in which the longest run of days without court is looked for
WITHIN = 1e-12  # of the tree: every branch is followed
ODDS = 50  # other odds of chance and of the others under which an option must stay dominated
APART = 1e-6  # dollars by which one option is worth more than another


class Misgiving(Struct, frozen=True):
    """Something absurd: of which kind, the step, option, offer or resource, where it stands (file:line:column), what, and why."""

    kind: Kind
    name: str
    place: str
    what: str
    why: str


class Undecided(Struct, frozen=True):
    kind: Kind
    what: tuple[str, ...]
    why: str


class Advice(Struct, frozen=True):
    """What a check found, what is absurd, and what of it could not be decided."""

    found: Findout
    misgivings: tuple[Misgiving, ...]
    undecided: tuple[Undecided, ...]


class Placing(Protocol):
    def in_law(self, *path: str) -> Where: ...
    def in_case(self, *path: str) -> Where: ...


Said: TypeAlias = Iterator[Misgiving | Undecided]


def absurd(scenario: Scenario | None, found: Findout, reached: Reached | None, places: Placing) -> Advice:
    """Looks for each kind of absurdity.

    Args:
        scenario: the case; none: a bare procedure, of which options, offers and resources cannot be judged.
        found: what a check of it found.
        reached: what that check reached; none where it did not finish: then nothing is said of states.
        places: where things stand in its files.
    """
    said: list[Misgiving | Undecided] = []
    if reached is None:
        said.append(Undecided("tolling", ("every step",), "the check did not finish"))
        said.append(Undecided("deadline", ("every deadline",), "the check did not finish"))
    else:
        said += _tollings(reached, places)
        said += _deadlines(scenario, reached, places)
        said += _resources(scenario, reached, places)
        if scenario is not None:
            said += _offers(scenario, reached, places)
    if scenario is not None:
        said += _dominated(scenario, found, places)
    misgivings = tuple(each for each in said if isinstance(each, Misgiving))
    return Advice(found, misgivings, tuple(each for each in said if isinstance(each, Undecided)))


# -- tolling


def _tollings(reached: Reached, places: Placing) -> Said:
    """A `tolled_when` that holds in no state in which its step is enabled."""
    for code in reached.masks.steps:
        if code.step.tolled_when is not None and not reached.some(both(code.silent, code.tolled)):
            where = places.in_law("steps", code.step.name, "tolled_when")
            why = "nothing reaches a state in which it holds while the step is enabled"
            if not reached.some(code.silent):
                why = "nothing reaches a state in which the step is enabled"
            yield Misgiving("tolling", code.step.name, str(where), f"steps.{code.step.name}.tolled_when never bites", why)


# -- deadlines


def _deadlines(scenario: Scenario | None, reached: Reached, places: Placing) -> Said:
    """A step of the clock that never happens, because something else surely comes first or it never runs."""
    spans = _Spans(scenario)
    left: list[StepCode] = []
    for code in reached.masks.steps:
        if code.step.by != CLOCK or always_zero(spans.delay(code)):
            continue
        why = _why_never(code, reached, spans)
        if why is None:
            left.append(code)
        else:
            where = places.in_law("steps", code.step.name, "after")
            yield Misgiving("deadline", code.step.name, str(where), f"steps.{code.step.name} can never bind", why)
    seen = _seen(scenario) if left and scenario is not None else set()
    unseen = tuple(code.step.name for code in left if code.step.name not in seen)
    if unseen:
        why = "no step is sure to come first"
        why += f", and none of {SEEN} simulated cases met them" if scenario is not None else "; a case would show which bind"
        yield Undecided("deadline", unseen, why)


def _why_never(code: StepCode, reached: Reached, spans: _Spans) -> str | None:
    """Why a step of the clock never happens, where that can be proved."""
    masks = reached.masks
    if not reached.some(code.silent):
        return "nothing reaches a state in which it runs"
    if code.step.tolled_when is not None and not reached.some(both(code.silent, masks.negated(code.tolled))):
        return "it stands still in every state in which it would run"
    least, _ = spans.of(code)
    for first in masks.steps:
        _, most = spans.of(first)
        if first is not code and most < least and _always_first(first, code, reached):
            return f"{first.step.name} always comes first: it runs wherever this runs, takes at most {most:g} days, and ends it"
    return None


def _always_first(first: StepCode, code: StepCode, reached: Reached) -> bool:
    """Whether *first* runs, unbroken, wherever *code* runs, and whatever is chosen when it falls due disables *code*."""
    masks = reached.masks
    if first.once or first.step.needs or not any(o.when == ALWAYS and o.offers is None for o in first.options):
        return False
    if reached.some(both(code.silent, masks.negated(first.when))) or reached.some(both(code.silent, first.tolled)):
        return False
    if any(reached.leads(first, option, code.silent, code.silent) for option in first.options):
        return False
    for option in masks.options:
        if first.index in option.restarts and (
            option.step_index < 0 or reached.leads(masks.steps[option.step_index], option, code.silent, code.silent)
        ):
            return False
    return True


class _Spans:
    """The least and the most days that the clock of a step takes."""

    def __init__(self, scenario: Scenario | None) -> None:
        self.delays: Mapping[str, AnyDelay] = scenario.delays if scenario is not None else {}
        self.gap = _longest_gap(CourtDays(scenario.starts, scenario.calendar)) if scenario and scenario.calendar else 0

    def delay(self, code: StepCode) -> AnyDelay:
        return self.delays.get(code.step.name, code.step.after)

    def of(self, code: StepCode) -> tuple[float, float]:
        delay = self.delay(code)
        rows = [row.delay for row in delay.rows] if isinstance(delay, DelayRows) else [delay]
        spans = [self._of(row) for row in rows]
        return min(low for low, _ in spans), max(high for _, high in spans)

    def _of(self, delay: Delay) -> tuple[float, float]:
        low, high = span(delay.kind)
        if delay.court_days and self.gap:
            return low, math.inf
        rolls = delay.roll or isinstance(delay.kind, Deadline)
        return low, high + self.gap if rolls else high


def _longest_gap(court: CourtDays) -> int:
    """The longest run of days without court."""
    longest = run = 0
    for day in range(HORIZON):
        run = 0 if court.sits(day) else run + 1
        longest = max(longest, run)
    return longest


def _seen(scenario: Scenario) -> set[str]:
    """The steps of the clock that happen in some simulated case."""
    seen: set[str] = set()
    try:
        for history in histories(scenario, SEEN):
            options = history.masks.options
            seen.update(options[index].step for _, index, _ in history.happenings)
    except CourtsimError:
        pass  # a case that cannot be simulated shows less, and what it does not show is said to be undecided
    return seen


# -- resources


def _resources(scenario: Scenario | None, reached: Reached, places: Placing) -> Said:
    """A resource that no step which ever happens holds for any time."""
    holding: dict[str, list[str]] = {}
    for code in reached.masks.steps:
        runs = reached.some(code.silent)
        for resource, held in code.step.needs.items():
            holding.setdefault(resource, [])
            if runs and not always_zero(held):
                holding[resource].append(code.step.name)
    for resource, steps in holding.items():
        if not steps:
            users = [code.step.name for code in reached.masks.steps if resource in code.step.needs]
            stated = scenario is not None and resource in scenario.resources
            where = places.in_case("resources", resource) if stated else places.in_law("steps", users[0], "needs", resource)
            why = f"of the steps that name it ({', '.join(users)}) none ever happens and holds it for any time"
            yield Misgiving("resource", resource, str(where), f"nobody needs the {resource}", why)


# -- offers


def _offers(scenario: Scenario, reached: Reached, places: Placing) -> Said:
    """An offer open after a conviction that is better, in every part and to whoever may take it, than each one open before."""
    masks = reached.masks
    convicted = [name for name, state in scenario.procedure.tracks[SPINE].states.items() if state.convicted]
    spine = masks.questions["track", SPINE]
    after = (spine.all & ~spine.bits(convicted),)
    before = (spine.bits(convicted),)
    late = [o for o in scenario.offers.values() if _open(o, reached, after) and not _open(o, reached, before)]
    early = [o for o in scenario.offers.values() if _open(o, reached, before)]
    for offer in late:
        rivals = [other for other in early if (other.by, other.kind) == (offer.by, offer.kind)]
        compared = [_better(offer, other) for other in rivals]
        where = places.in_case("offers", offer.name)
        if rivals and all(compared):
            names = ", ".join(other.name for other in rivals)
            why = f"it can be made only after a conviction, and asks less than every one before it ({names})"
            yield Misgiving("offer", offer.name, str(where), f"offers.{offer.name} is better after conviction than before", why)
        elif None in compared and False not in compared:
            yield Undecided("offer", (offer.name,), "it has terms of its own, and nothing says which are better")


def _open(offer: Offer, reached: Reached, where: tuple[int, ...]) -> bool:
    """Whether the offer can be the next one somewhere."""
    masks = reached.masks
    n = [each.name for each in masks.opening.offers].index(offer.name)
    makers = [
        (masks.steps[o.step_index], o) for o in masks.options if o.step_index >= 0 and o.offers is not None and n in o.offers
    ]
    free = masks.offer_whens[n]
    unmade = (masks.made[offer.name],)
    return any(
        reached.some(both(where, step.silent, masks.negated(step.tolled) if step.tolled else (0,), option.when, free, unmade))
        for step, option in makers
    )


def _better(offer: Offer, other: Offer) -> bool | None:
    """Whether *offer* asks no more than *other* of anything and less of something; None where their terms cannot be compared."""
    ours, theirs = dict(offer.terms), dict(other.terms)
    if any(ours.get(name) != theirs.get(name) for name in ours.keys() | theirs.keys() if name not in (*AMOUNTS, "withhold")):
        return None
    pairs = [(float(ours.get(name, 0)), float(theirs.get(name, 0))) for name in AMOUNTS]
    pairs.append((-float(ours.get("withhold", 0)), -float(theirs.get("withhold", 0))))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


# -- options


def _dominated(scenario: Scenario, found: Findout, places: Placing) -> Said:
    """An option that is worth less to its actor than another one wherever it can be chosen, whatever the others' odds."""
    for actor in scenario.values:
        steps = [s.name for s in scenario.procedure.steps.values() if s.by == actor and len(s.options) > 1]
        if not steps:
            continue
        if not found.finished or found.states > SMALL:
            yield Undecided("dominated option", tuple(steps), f"the case has more than {SMALL:,} states")
            continue
        try:
            plan = Plan(prospects_of(scenario, [actor], [actor], WITHIN))
        except CourtsimError as fault:
            yield Undecided("dominated option", tuple(steps), str(fault))
            continue
        if plan.prospects.truncated:
            yield Undecided("dominated option", tuple(steps), "not every branch of the tree could be followed")
            continue
        yield from _of_actor(scenario, actor, plan, places)


def _of_actor(scenario: Scenario, actor: str, plan: Plan, places: Placing) -> Said:
    """What is dominated by the odds of the case and stays so however the others may choose and chance may fall."""
    left = _pairs(scenario, actor, plan)
    chance = Random(1)
    for _ in range(ODDS if left else 0):
        with plan.prospects.drawn_odds(chance):
            again = _pairs(scenario, actor, Plan(plan.prospects))
        left = {pair: found for pair, found in left.items() if pair in again}
    named: set[tuple[str, str]] = set()
    for (step, option, other), (nodes, most) in left.items():
        if (step, option) in named:
            continue
        named.add((step, option))
        why = (
            f"{other} is worth at least as much to the {actor} wherever it can be chosen ({nodes} situations), and up to "
            f"${float(f'{most:.2g}'):,.0f} more; by the odds of the case and by {ODDS} others drawn at random, "
            "every delay at its central value"
        )
        where = places.in_law("steps", step, "options", option)
        yield Misgiving("dominated option", f"{step}.{option}", str(where), f"{step}.{option} is never worth choosing", why)


def _pairs(scenario: Scenario, actor: str, plan: Plan) -> dict[tuple[str, str, str], tuple[int, float]]:
    """Each (step, option, another that is never worth less and once worth more): in how many situations, by how much at most."""
    situations: dict[str, list[dict[str, float]]] = {}
    for step, worths in plan.worths(actor):
        situations.setdefault(step, []).append(worths)
    found: dict[tuple[str, str, str], tuple[int, float]] = {}
    for step, all_worths in situations.items():
        for option in scenario.procedure.steps[step].options:
            here = [worths for worths in all_worths if option in worths]
            for other in scenario.procedure.steps[step].options:
                gains = [worths[other] - worths[option] for worths in here if other in worths]
                if other != option and len(gains) == len(here) and here and min(gains) >= -APART and max(gains) > APART:
                    found[step, option, other] = len(here), max(gains)
    return found
