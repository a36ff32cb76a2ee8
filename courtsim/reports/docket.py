"""The docket sheet of one case: what happened, when, who did it, under which rule, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from courtsim.case.events import (
    CostIncurred,
    Event,
    OfferAccepted,
    OfferMade,
    Restored,
    Ruling,
    Sentenced,
    Suppressed,
)
from courtsim.case.opening import Term
from courtsim.scenario.facts import Entry, Scenario

WIDE = 110  # columns of a terminal from which on the rules have a column of their own
DOLLARS = ("fine", "civil_penalty")


def in_words(name: str) -> str:
    """`MotionToSuppressGranted` as `Motion to suppress granted`."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[0-9]+|[a-z]+", name)
    return " ".join([parts[0], *(part if part.isupper() else part.lower() for part in parts[1:])]) if parts else name


def reasons(scenario: Scenario, event: Event) -> list[str]:
    """Why the event was what it was, a line each."""
    lines: list[str] = []
    for detail in event.details:
        match detail:
            case Ruling(test, answers, row, ruling):
                lines += _ruling(scenario, test, answers, row)
                outcome = scenario.procedure.tests[test].outcomes.get(ruling, ruling)
                lines.append(f"therefore: {outcome.replace('_', ' ')} (row {row + 1} of the rule)")
            case OfferMade(_, kind, by, terms):
                lines.append(f"{kind.replace('_', ' ')} offer by the {by}: {terms_in_words(terms)}")
            case OfferAccepted(_, terms):
                lines.append(f"terms accepted: {terms_in_words(terms)}")
            case Suppressed(items):
                lines.append(f"suppressed: {_labels(scenario, items)}")
            case Restored(items):
                lines.append(f"admissible again: {_labels(scenario, items)}")
            case Sentenced():
                lines.append(_sentence(detail))
            case CostIncurred(actor, dollars):
                lines.append(f"cost to the {actor}: ${dollars:,.0f}")
            case _:
                pass
    return lines


def _ruling(scenario: Scenario, test: str, answers: Sequence[tuple[str, bool]], row: int) -> list[str]:
    """The answers that the rule looked at on its way to the row that decided; the authority is the law's, not the order's."""
    procedure = scenario.procedure
    found = procedure.tests[test]
    while found.reviews:
        found = procedure.tests[found.reviews]
    switches = {name: switch.values[0] for name, switch in procedure.switches.items()} | dict(scenario.switches)
    rows = [r for r in found.rule[: row + 1] if all(switches[name] == value for name, value in r.switches)]
    asked = {name for r in rows for name, _ in r.answers}
    lines = []
    for name, answer in answers:
        question = found.questions[name]
        if name in asked:
            authority = f" (see {question.authority})" if question.authority else ""
            lines.append(f"{question.ask or name} {'Yes' if answer else 'No'}.{authority}")
    return lines


def terms_in_words(terms: Sequence[tuple[str, Term]]) -> str:
    """The terms of an offer as a list in words."""
    return ", ".join(_term(name, worth) for name, worth in terms if worth is not False) or "no terms"


def _term(name: str, worth: Term) -> str:
    words = name.replace("_", " ")
    if worth is True:
        return words
    return f"{words} ${worth:,.0f}" if name in DOLLARS and not isinstance(worth, str) else f"{words} {worth}"


def _labels(scenario: Scenario, items: Sequence[str]) -> str:
    """As the scenario has them: the weightiest usually first."""
    return "; ".join(item.label or name for name, item in scenario.evidence.items() if name in items)


def _sentence(sentence: Sentenced) -> str:
    parts = [
        f"jail {sentence.jail_days:g} days" if sentence.jail_days else "",
        f"probation {sentence.probation_days:g} days" if sentence.probation_days else "",
        f"fine ${sentence.fine:,.0f}" if sentence.fine else "",
        f"civil penalty ${sentence.civil_penalty:,.0f}" if sentence.civil_penalty else "",
        f"community service {sentence.community_service_hours:g} hours" if sentence.community_service_hours else "",
        "adjudication withheld" if sentence.withheld else "",
    ]
    what = "terms performed" if sentence.kind == "diversion" else "sentence"
    return f"{what}: " + (", ".join(part for part in parts if part) or "none")


class Line(NamedTuple):
    """One line of a docket: an event, or a note of the script."""

    date: str
    who: str
    what: Text
    rule: str


class Docket:
    """The docket sheet of one case, notes of the script in their places; on a narrow terminal the rule follows the words."""

    def __init__(
        self, scenario: Scenario, events: Sequence[Event], why: bool = True, unfolded: Mapping[int, Sequence[str]] | None = None
    ) -> None:
        """*unfolded*: the number of an event to the lines that say all that lies behind it, in place of its ruling's."""
        self.lines = list(_lines(scenario, events, why, unfolded or {}))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= WIDE
        table = Table(box=None, pad_edge=False, show_lines=False)
        table.add_column("Date", width=13, no_wrap=True)
        table.add_column("Who", width=16 if wide else 12)
        table.add_column("What" if wide else "What, and under which rule", ratio=3, overflow="fold")
        if wide:
            table.add_column("Rule", ratio=2, overflow="fold")
        for line in self.lines:
            if wide:
                table.add_row(line.date, line.who, line.what, line.rule)
                continue
            what = line.what.copy()
            if line.rule:
                what.append(f"\n[{line.rule}]", style="dim")
            table.add_row(line.date, line.who, what)
        yield table


def numbered(scenario: Scenario, events: Sequence[Event], why: bool = True) -> Table:
    """The docket with the number of each event, for whoever means to go back to one."""
    table = Table(box=None, pad_edge=False)
    table.add_column("No.", justify="right")
    table.add_column("Date", no_wrap=True)
    table.add_column("What, by which step and option", ratio=1, overflow="fold")
    for event in events:
        what = Text(event.says or in_words(event.name))
        what.append(f"  {event.step}={event.option}", style="dim")
        for reason in reasons(scenario, event) if why else ():
            what.append(f"\n  {reason}")
        table.add_row(str(event.seq), event.date.isoformat(), what)
    return table


def _lines(scenario: Scenario, events: Sequence[Event], why: bool, unfolded: Mapping[int, Sequence[str]]) -> Iterator[Line]:
    script = list(scenario.script)
    for event in events:
        written = next((n for n, entry in enumerate(script) if (entry.on, entry.step) == (event.date, event.step)), None)
        before = [n for n, e in enumerate(script) if e.on < event.date or (written is not None and n < written)]
        yield from _notes(script[: before[-1] + 1] if before else [])
        script = script[before[-1] + 1 :] if before else script
        entry = script.pop(0) if written is not None else None
        what = Text((event.says or in_words(event.name)) + _mark(entry))
        if why:
            behind = unfolded.get(event.seq)
            others = tuple(detail for detail in event.details if behind is None or not isinstance(detail, Ruling))
            for reason in [*reasons(scenario, replace(event, details=others)), *(behind or ())]:
                what.append(f"\n  {reason}")
        yield Line(_date(event.date.isoformat(), entry), event.by.replace("_", " "), what, event.rule or "")
    yield from _notes(script)


def _notes(entries: Sequence[Entry]) -> Iterator[Line]:
    for entry in entries:
        if entry.note is not None:
            words = Text(f"(note) {entry.note}{_mark(entry)}", style="italic")
            yield Line(_date(entry.on.isoformat(), entry), (entry.by or "").replace("_", " "), words, entry.rule or "")


def _date(date: str, entry: Entry | None) -> str:
    return f"c. {date}" if entry is not None and entry.about else date


def _mark(entry: Entry | None) -> str:
    """What the record does not itself state is shown as such."""
    return f" ({entry.mark})" if entry is not None and entry.mark in ("recalled", "derived") else ""
