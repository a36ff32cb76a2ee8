"""What `advise` prints: what follows each option and its worth, break-even and curve, the worth of knowing, the offer to make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from courtsim.analysis.advice import Advice, BreakEven, Following
from courtsim.analysis.branches import LEAST
from courtsim.analysis.offers import Bargain, Interval
from courtsim.reports.sheets import about, columns, percent, rough
from courtsim.scenario.facts import Scenario


def advice(
    scenario: Scenario,
    found: Advice,
    follows: Mapping[str, Mapping[str, Following]],
    even: BreakEven | None,
    known: Mapping[str, float],
) -> RenderableType:
    """What follows each option, then what that is worth to the actor and to the others, under the scenario's values."""
    parts: list[RenderableType] = [about(scenario, "exact, central timing"), Text(f"{_first(found, follows)}\n")]
    for step, options in follows.items():
        parts += [_options(scenario, found, step, options), Text("")]
    if even is not None:
        parts += [Text(f"{_where(even)}\n"), _curve(even), Text("")]
    parts += [Text(f"To know {step} beforehand is worth {rough(worth)} to {found.actor}.\n") for step, worth in known.items()]
    left = f"; probability not followed: {found.truncated:.1e}" if found.truncated else ""
    doubt = (
        "Worths are in the units of the scenario's values, which are assumptions and have two digits; nobody has to share them"
    )
    return Group(*parts, Text(f"{_weights(scenario, found.actor)}\n\n{found.nodes:,} nodes{left}. {doubt}."))


def _first(found: Advice, follows: Mapping[str, Mapping[str, Following]]) -> str:
    if not found.best:
        return f"{found.actor} comes to no choice."
    step, option = next(iter(found.best.items()))
    first, *others = sorted(found.values[step].items(), key=lambda each: -each[1])
    if not others:
        return f"At {step} {found.actor} has {option} alone: worth {rough(first[1])}."
    if rough(first[1]) == rough(others[0][1]):
        return f"At {step} {first[0]} and {others[0][0]} are worth about the same to {found.actor}: {rough(first[1])}."
    more = rough(first[1] - others[0][1])
    said = f"At {step} the best option of {found.actor} is {option}: worth {rough(first[1])}, {more} more than {others[0][0]}."
    return " ".join([said, *_to_others(found.actor, follows[step][option].worth, follows[step][others[0][0]].worth)])


def _to_others(actor: str, best: Mapping[str, float], second: Mapping[str, float]) -> list[str]:
    """What the best option means for those who do not choose it."""
    said = []
    for other in best:
        apart = best[other] - second[other]
        if other != actor and rough(abs(apart)) != "0":
            verb = "gains" if apart > 0 else "loses"
            said.append(f"By that {other} {verb} {rough(abs(apart))}.")
    return said


def _options(scenario: Scenario, found: Advice, step: str, options: Mapping[str, Following]) -> RenderableType:
    """One step: a column for each option, its ends above what they are worth to whom."""
    spine = scenario.procedure.tracks["case"].states
    best = found.best.get(step)
    table = columns(step, *(f"{option} (best)" if option == best else option for option in options))
    ends = dict.fromkeys(end for each in options.values() for end, p in each.ends.items() if p >= LEAST)
    for end in ends:
        table.add_row(spine[end].label or end, *(percent(each.ends.get(end, 0.0)) for each in options.values()))
    for measure in next(iter(options.values())).measures:
        if any(each.measures[measure] for each in options.values()):
            table.add_row(measure, *(rough(each.measures[measure]) for each in options.values()))
    for actor in next(iter(options.values())).worth:
        table.add_row(f"Worth to {actor}", *(rough(each.worth[actor]) for each in options.values()))
    return table


def _weights(scenario: Scenario, actor: str) -> str:
    """The values that make one number of all that: a key of `values` and what one of it is worth."""
    said = []
    for key, worth in scenario.values[actor].items():
        named = worth.items() if isinstance(worth, Mapping) else [("", worth)]
        said += [f"{key} {name} {_amount(float(each))}".replace("  ", " ") for name, each in named if each]
    return f"Weights of {actor}: {'; '.join(said)}."


def _amount(worth: float) -> str:
    return f"{worth:,.0f}" if worth == int(worth) else f"{worth:,}"


def _where(even: BreakEven) -> str:
    first, second = even.options
    if even.value is None:
        low, high = even.curve[0][0], even.curve[-1][0]
        return (
            f"{first} is worth more than {second} all the way from {even.parameter} {low:g} to {high:g}: there is no break-even."
        )
    return f"Break-even: {first} and {second} are worth the same where {even.parameter} is {rough(even.value)}."


def _curve(even: BreakEven) -> RenderableType:
    table = columns(even.parameter, *even.options)
    for x, values in even.curve[:: max(1, (len(even.curve) - 1) // 10)]:
        table.add_row(f"{x:.3g}", *(rough(values[option]) if option in values else "" for option in even.options))
    return table


def bargain(scenario: Scenario, found: Bargain) -> RenderableType:
    """The offer that its maker should make, and the range in which both would have a bargain."""
    low, high = found.curve[0].at, found.curve[-1].at
    where = f"between {rough(low)} and {rough(high)}"
    says = f"the {found.maker} gains {_within(found.gains, low, high)}"
    says += f"; the {found.answerer} accepts {_within(found.accepts, low, high)}."
    if found.best is None:
        first = f"There is no bargain over {found.term} {where}: {says}"
    else:
        gain = rough(found.best.maker_gains)
        worth = f"worth {rough(found.best.maker_gets)} to the {found.maker}, {gain} more than no bargain"
        first = f"The {found.maker} should offer {found.term} {rough(found.best.at)}: it is accepted and {worth}."
        first += f" Both gain {_within(found.range, low, high)}: {says}"
    table = columns(found.term, "Answer", *(f"{who}, {how}" for who in (found.maker, found.answerer) for how in ("yes", "no")))
    every = max(1, (len(found.curve) - 1) // 10)
    for priced in found.curve[::every]:
        worths = (priced.maker_accepted, priced.maker_declined, priced.answerer_accepted, priced.answerer_declined)
        table.add_row(f"{priced.at:,.10g}", "accept" if priced.accepted else "decline", *(rough(worth) for worth in worths))
    own = any(scenario.beliefs.get(who) for who in (found.maker, found.answerer))
    how = "each by its own beliefs" if own else "by common beliefs"
    said = (
        f"Worths where it is accepted (yes) and declined (no), {how} and values (courtsim show), "
        f"which are assumptions; the answer at {found.step} and all after it by reason. At equal worth "
        "the answer is yes; of offers worth the same to its maker the mildest is named."
    )
    return Group(about(scenario, "exact, central timing"), Text(f"{first}\n"), table, Text(f"\n{said}"))


def _within(found: Sequence[Interval], low: float, high: float) -> str:
    """`from 24 to 34`, `up to 34`, `from 24 on`, as far as the curve goes."""
    if not found:
        return "nowhere"
    return " and ".join(
        "everywhere"
        if (a, b) == (low, high)
        else f"from {rough(a)} on"
        if b == high
        else f"up to {rough(b)}"
        if a == low
        else f"from {rough(a)} to {rough(b)}"
        for a, b in found
    )
