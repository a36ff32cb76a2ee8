"""What a player sees: the page of a question, a hint, and at the end what the roads not taken were worth."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from courtsim.analysis.play import Page
from courtsim.analysis.record import Record
from courtsim.analysis.roads import Juncture, Road, doubt_of
from courtsim.case.events import Event
from courtsim.reports.docket import Docket, in_words, terms_in_words
from courtsim.reports.sheets import rough
from courtsim.scenario.facts import Scenario

COMMANDS = "undo, hint, docket, rules, save, quit, help"


def opening(scenario: Scenario, seat: str) -> RenderableType:
    """What the case is and whose seat it is played from, before the first question."""
    law = f"{scenario.procedure.title}, law as of {scenario.procedure.law_as_of.isoformat()}"
    summary = f"{scenario.summary}\n\n" if scenario.summary else ""
    seated = "You take the bench." if seat == "judge" else f"You act for the {_words(seat)}."
    return Text(f"{scenario.title}\n\n{summary}A simulation. {law}.\n{seated} Commands: {COMMANDS}.\n")


def page(scenario: Scenario, found: Page, since: int) -> RenderableType:
    """The question and what is known; of the docket only what came after the first *since* events."""
    parts: list[RenderableType] = []
    news = found.docket[since:]
    if news:
        parts += [docket(scenario, news), Text("")]
    if found.asks == "nothing":
        return Group(*parts)
    kind = "Your choice" if found.asks == "choice" else f"The {_words(found.by)} is about to decide"
    parts.append(Text(f"{found.date.isoformat()}, day {int(found.day)}. {kind}: {_words(found.step)}", style="bold"))
    parts += [_line(name, text) for name, text in _known(found) if text]
    if found.asks == "choice":
        parts += [_way(n, way.option, _says(way.says, way.event), way.rule) for n, way in enumerate(found.ways, 1)]
    else:
        parts.append(_line("Possible", ", ".join(way.option for way in found.ways)))
    return Group(*parts)


def _known(found: Page) -> list[tuple[str, str]]:
    offer = found.offer
    on_table = "" if offer is None else f"{_words(offer.kind)} by the {_words(offer.by)}: {terms_in_words(offer.terms)}"
    if offer is not None and offer.ends is not None:
        on_table += f"; open to {offer.ends.isoformat()}"
    admitted = [item.label for item in found.evidence if item.admissible]
    struck = [item.label for item in found.evidence if not item.admissible]
    makes = [f"{way.option} makes this offer: {terms_in_words(way.offer.terms)}" for way in found.ways if way.offer is not None]
    lines = [
        ("Standing", "; ".join(f"{_words(track)}: {state}" for track, state in found.standing.items())),
        ("Offer", on_table),
        *(("Offer", text) for text in makes),
        ("Evidence", ("admissible: " + "; ".join(admitted) if admitted else "nothing admissible") if found.evidence else ""),
        ("Struck", "; ".join(struck)),
    ]
    for limit in found.limits:
        when = "stands still" if limit.date is None else f"runs to {limit.date.isoformat()}"
        lines.append(("Clock", f"{_words(limit.step)}: {limit.days} days left, {when}"))
    return [*lines, ("You know", ", ".join(f"{_words(name)}: {_fact(value)}" for name, value in found.alone.items()))]


def _line(name: str, text: str) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=9, style="dim")
    table.add_column(overflow="fold")
    table.add_row(name, text)
    return Padding(table, (0, 0, 0, 2))


def _way(n: int, option: str, says: str, rule: str | None) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=3, justify="right")
    table.add_column(overflow="fold")
    text = Text(option, style="bold")
    text.append(f": {says}", style="not bold")
    if rule:
        text.append(f" [{rule}]", style="not bold dim")
    table.add_row(f"{n}", text)
    return table


def docket(scenario: Scenario, events: Sequence[Event]) -> RenderableType:
    """What has happened, as the seat sees it. Notes of a script are left out: some lie in the future."""
    return Docket(replace(scenario, script=()), events)


def rules(found: Page) -> RenderableType:
    """The rule of every option, and what runs out under which rule."""
    lines = [f"{way.option}: {way.rule or 'no rule is stated'}" for way in found.ways]
    lines += [
        f"{_words(limit.step)}: {_says(limit.says, limit.event)} [{limit.rule or 'no rule is stated'}]" for limit in found.limits
    ]
    return Text("\n".join(lines))


def roads(scenario: Scenario, seat: str, found: Sequence[Road]) -> RenderableType:
    """Each option: how likely each end is after it, and what it is worth."""
    spine = scenario.procedure.tracks["case"].states
    valued = any(road.value is not None for road in found)
    ends = [end for end in spine if any(road.dispositions.get(end, 0.0) >= LEAST for road in found)]
    table = Table(box=None, pad_edge=False)
    table.add_column("After it the case ends", overflow="fold")
    for road in found:
        table.add_column(_words(road.option), justify="right", overflow="fold", max_width=14)
    for end in ends:
        table.add_row(spine[end].label or end, *(share(road.dispositions.get(end, 0.0)) for road in found))
    if valued:
        table.add_row(f"worth to the {_words(seat)}, $", *("" if r.value is None else rough(r.value) for r in found))
        return table
    return Group(table, Text(f"The scenario states no values for the {_words(seat)}: only the chances are known."))


LEAST = 0.005  # of a share that has a line of its own


def share(p: float) -> str:
    return "under 1%" if 0 < p < LEAST * 2 else "over 99%" if 1 > p > 1 - LEAST * 2 else f"{p:.0%}"


def hint(scenario: Scenario, seat: str, found: Sequence[Road]) -> RenderableType:
    valued = [road for road in found if road.value is not None]
    first = "A hint, by what you know and believe; later choices as the scenario makes them.\n"
    parts: list[RenderableType] = [Text(first), roads(scenario, seat, found)]
    if valued:
        best = max(valued, key=lambda road: road.value or 0.0)
        worst = min(valued, key=lambda road: road.value or 0.0)
        same = (best.value or 0.0) - (worst.value or 0.0) <= doubt_of(found)
        parts.append(Text("\nIt makes no difference that can be told." if same else f"\nWorth most: {best.option}."))
    return Group(*parts)


def ended(scenario: Scenario, record: Record, id: str) -> RenderableType:
    """How the case came out, and every choice with its roads not taken; then the guesses."""
    spine = scenario.procedure.tracks["case"].states
    days = float(record.measures["days"])
    first = f"\nThe case ended after {days:.0f} days: {spine[record.disposition].label or record.disposition}.\n"
    parts: list[RenderableType] = [Text(first, style="bold"), docket(scenario, record.docket)]
    for n, juncture in enumerate(record.junctures, 1):
        parts += [Text(""), *_juncture(scenario, record.seat, n, juncture)]
    if record.guesses:
        parts += [Text(""), *_guesses(record)]
    worth = f"{_sum(record)}{DOUBT}" if record.junctures else "No choice of yours came up in this case."
    parts.append(Text(f"\n{worth}\nThis game: {id}; courtsim docket {id} shows the case again."))
    return Group(*parts)


DOUBT = (
    "Chances and dollars are exact for the scenario's own odds and values, with central timing from the moment of the choice "
    "and later choices as the scenario makes them; those odds and values are assumptions (courtsim show)."
)


def _sum(record: Record) -> str:
    regrets = [juncture.regret for juncture in record.junctures if juncture.regret is not None]
    if not regrets:
        return ""
    left = max((road.truncated for juncture in record.junctures for road in juncture.roads), default=0.0)
    unfollowed = f"Probability not followed: at most {left:.1e}; smaller differences count as none. " if left else ""
    return f"Regret over all your choices: {rough(sum(regrets))} dollars against the best option each time. {unfollowed}"


def _juncture(scenario: Scenario, seat: str, n: int, found: Juncture) -> list[RenderableType]:
    spine = scenario.procedure.tracks["case"].states
    head = f"{n}. {found.date.isoformat()} {_words(found.step)}: you chose {found.chosen}."
    if found.regret is not None:
        values = {road.option: road.value or 0.0 for road in found.roads}
        best = max(values, key=lambda option: values[option])
        head += " No option was worth more." if not found.regret else f" {best} was worth {rough(found.regret)} dollars more."
    parts: list[RenderableType] = [Text(head, style="bold")]
    parts.append(roads(scenario, seat, found.roads) if found.roads else Text(f"No exact numbers: {found.why_not}."))
    for fork in found.forks:
        worth = "" if fork.value is None else f", worth {rough(fork.value)}"
        asked = fork.yours + fork.others
        later = f" ({fork.yours} of {asked} later choices as yours, the rest as the scenario's)" if asked else ""
        end = spine[fork.disposition].label or fork.disposition
        parts.append(Text(f"With the same luck, {fork.option} would have ended so: {end}{worth}{later}."))
    return parts


def _guesses(record: Record) -> list[RenderableType]:
    table = Table(box=None, pad_edge=False)
    for name in ("Ruling", "You said", "Exact", "It was", "Brier", "of exact"):
        table.add_column(name, justify="right" if name in ("Exact", "Brier", "of exact") else "left", overflow="fold")
    for guess in record.guesses:
        said = f"{guess.option} {guess.p:.0%}"
        table.add_row(_words(guess.step), said, f"{guess.exact:.0%}", guess.came, f"{guess.brier:.3f}", f"{guess.best:.3f}")
    parts: list[RenderableType] = [Text("Your guesses", style="bold"), table]
    parts += [Text(f"  {_words(guess.step)}, your reason: {guess.reason}") for guess in record.guesses if guess.reason]
    found = record.calibration
    if found is not None:
        parts.append(
            Text(
                f"Mean Brier score {found.brier:.3f}; the exact odds score {found.best:.3f} on the same rulings (0 is best, "
                f"0.25 is what a coin gets). Mean squared distance from the exact odds: {found.distance:.3f}."
            )
        )
    return parts


def _says(says: str | None, event: str) -> str:
    return says or f"{in_words(event)}."


def _fact(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", ", ")
