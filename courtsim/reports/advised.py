"""What `advise` prints: the value of every option with the best marked, the break-even and its curve, the worth of knowing."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from courtsim.analysis.advice import Advice, BreakEven
from courtsim.reports.sheets import about, columns, rough
from courtsim.scenario.facts import Scenario


def advice(scenario: Scenario, found: Advice, even: BreakEven | None, known: Mapping[str, float]) -> RenderableType:
    """Options and what they are worth to the actor, in dollars under the scenario's values."""
    parts: list[RenderableType] = [
        about(scenario, "exact, central timing"),
        Text(f"{_first(found)}\n"),
        _options(found),
    ]
    if even is not None:
        parts += [Text(f"\n{_where(even)}\n"), _curve(even)]
    parts += [
        Text(f"\nTo know {step} beforehand is worth {rough(worth)} dollars to {found.actor}.") for step, worth in known.items()
    ]
    left = f"; probability not followed: {found.truncated:.1e}" if found.truncated else ""
    doubt = "Dollars under the values of the scenario (courtsim show), which are assumptions and have two digits"
    return Group(*parts, Text(f"\n{found.nodes:,} nodes{left}. {doubt}."))


def _first(found: Advice) -> str:
    if not found.best:
        return f"{found.actor} comes to no choice."
    step, option = next(iter(found.best.items()))
    first, *others = sorted(found.values[step].items(), key=lambda each: -each[1])
    if not others:
        return f"At {step} {found.actor} has {option} alone: worth {rough(first[1])}."
    if rough(first[1]) == rough(others[0][1]):
        return f"At {step} {first[0]} and {others[0][0]} are worth about the same to {found.actor}: {rough(first[1])}."
    more = rough(first[1] - others[0][1])
    return f"At {step} the best option of {found.actor} is {option}: worth {rough(first[1])}, {more} more than the next."


def _options(found: Advice) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    for name in ("Step", "Option", f"Worth to {found.actor}", ""):
        table.add_column(name, justify="right" if name.startswith("Worth") else "left")
    for step, options in found.values.items():
        for n, (option, worth) in enumerate(options.items()):
            table.add_row(step if n == 0 else "", option, rough(worth), "best" if option == found.best[step] else "")
    return table


def _where(even: BreakEven) -> str:
    first, second = even.options
    if even.value is None:
        low, high = even.curve[0][0], even.curve[-1][0]
        return (
            f"{first} is worth more than {second} all the way from {even.parameter} {low:g} to {high:g}: there is no break-even."
        )
    return f"Break-even: {first} and {second} are worth the same where {even.parameter} is {even.value:.3f}."


def _curve(even: BreakEven) -> RenderableType:
    table = columns(even.parameter, *even.options)
    for x, values in even.curve[:: max(1, (len(even.curve) - 1) // 10)]:
        table.add_row(f"{x:.3g}", *(rough(values[option]) if option in values else "" for option in even.options))
    return table
