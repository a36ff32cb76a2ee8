"""What people read: the docket sheet, the outcome table, what a check found. Rich tables under a plain first sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
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
from courtsim.errors import listed
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Entry, Scenario

if TYPE_CHECKING:
    from courtsim.engines.check import Findout
    from courtsim.engines.run import Run


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
                lines += _ruling(scenario.procedure, test, answers)
                lines.append(f"therefore: {ruling.replace('_', ' ')} (row {row + 1} of the rule)")
            case OfferMade(_, kind, by, terms):
                lines.append(f"{kind} offer by the {by}: {_terms(terms)}")
            case OfferAccepted(_, terms):
                lines.append(f"terms accepted: {_terms(terms)}")
            case Suppressed(items):
                lines.append("suppressed: " + listed(_label(scenario, item) for item in items))
            case Restored(items):
                lines.append("admissible again: " + listed(_label(scenario, item) for item in items))
            case Sentenced():
                lines.append(_sentence(detail))
            case CostIncurred(actor, dollars):
                lines.append(f"cost to the {actor}: ${dollars:,.0f}")
            case _:
                pass
    return lines


def _ruling(procedure: Procedure, test: str, answers: Sequence[tuple[str, bool]]) -> list[str]:
    found = procedure.tests[test]
    while found.reviews:
        found = procedure.tests[found.reviews]
    lines = []
    for name, answer in answers:
        question = found.questions[name]
        authority = f" ({question.authority})" if question.authority else ""
        lines.append(f"{question.ask or name} {'Yes' if answer else 'No'}.{authority}")
    return lines


def _terms(terms: Sequence[tuple[str, Term]]) -> str:
    said = [t.replace("_", " ") if v is True else f"{t.replace('_', ' ')} {v}" for t, v in terms if v is not False]
    return ", ".join(said) or "no terms"


def _label(scenario: Scenario, item: str) -> str:
    return scenario.evidence[item].label or item


def _sentence(sentence: Sentenced) -> str:
    parts = [
        f"jail {sentence.jail_days:g} days" if sentence.jail_days else "",
        f"probation {sentence.probation_days:g} days" if sentence.probation_days else "",
        f"fine ${sentence.fine:,.0f}" if sentence.fine else "",
        f"civil penalty ${sentence.civil_penalty:,.0f}" if sentence.civil_penalty else "",
        f"community service {sentence.community_service_hours:g} hours" if sentence.community_service_hours else "",
        "adjudication withheld" if sentence.withheld else "",
    ]
    return "sentence: " + (", ".join(part for part in parts if part) or "none")


def docket_sheet(scenario: Scenario, events: Sequence[Event], why: bool = True) -> RenderableType:
    """The docket of one case, notes of the script in their places."""
    table = Table(box=None, pad_edge=False, show_lines=False)
    for name, width in (("Date", 13), ("Who", 12)):
        table.add_column(name, width=width, no_wrap=name == "Date")
    table.add_column("What", ratio=3, overflow="fold")
    table.add_column("Rule", ratio=2, overflow="fold")
    about = {(entry.on, entry.step) for entry in scenario.script if entry.about}
    notes = [entry for entry in scenario.script if entry.note is not None]
    for event in events:
        while notes and notes[0].on < event.date:
            _add_note(table, notes.pop(0))
        what = Text(event.says or in_words(event.name))
        if why:
            for line in reasons(scenario, event):
                what.append(f"\n  {line}")
        circa = "c. " if (event.date, event.step) in about else ""
        table.add_row(f"{circa}{event.date.isoformat()}", event.by.replace("_", " "), what, event.rule or "")
    for note in notes:
        _add_note(table, note)
    return table


def _add_note(table: Table, note: Entry) -> None:
    circa = "c. " if note.about else ""
    words = Text(f"(note) {note.note}", style="italic")
    table.add_row(f"{circa}{note.on.isoformat()}", (note.by or "").replace("_", " "), words, note.rule or "")


def head(scenario: Scenario, seed: int, run: str) -> RenderableType:
    law = f"{scenario.procedure.title}, law as of {scenario.procedure.law_as_of.isoformat()}"
    return Text(f"{scenario.title}\nA simulation. {law}; seed {seed}; run {run}.\n")


def one_case(run: Run, why: bool = True) -> RenderableType:
    """The docket sheet of a run of one case, and how it ended."""
    history, outcome = run.histories[0], run.outcomes[0]
    state = run.scenario.procedure.tracks["case"].states[outcome.disposition]
    first = f"The case ended after {outcome.measures['days']:.0f} days: {state.label or state.name}.\n"
    summary = Text(run.scenario.summary + "\n") if run.scenario.summary else Text("")
    return Group(head(run.scenario, run.seed, run.id), Text(first), docket_sheet(run.scenario, history.events, why), summary)


def many_cases(run: Run) -> RenderableType:
    """How the cases of a run ended, and their measures."""
    spine = run.scenario.procedure.tracks["case"].states
    likeliest = max(run.dispositions, key=lambda name: run.dispositions[name].n)
    first = (
        f"{len(run):,} simulated cases; the most frequent end is {spine[likeliest].label or likeliest} "
        f"({run.dispositions[likeliest].share:.0%}).\n"
    )
    ends = Table(box=None, pad_edge=False)
    for name in ("End", "Cases", "Share", "95% interval"):
        ends.add_column(name, justify="left" if name == "End" else "right")
    for name, share in run.dispositions.items():
        low, high = share.ci95
        label = spine[name].label or name
        ends.add_row(label, f"{share.n:,}", f"{share.share:.1%}", f"{low:.1%} to {high:.1%}")
    measures = Table(box=None, pad_edge=False)
    for name in ("Measure", "Mean", "95% interval", "p10", "p50", "p90"):
        measures.add_column(name, justify="left" if name == "Measure" else "right", no_wrap=name == "Measure")
    for name, spread in run.measures.items():
        if not name.startswith("days_in.") and (spread.mean or spread.p10 or spread.p90):
            low, high = spread.ci95
            numbers = (_digits(x, high - low) for x in (spread.mean, low, high, spread.p10, spread.p50, spread.p90))
            mean, lower, upper, *quantiles = numbers
            measures.add_row(name, mean, f"{lower} to {upper}", *quantiles)
    return Group(head(run.scenario, run.seed, run.id), Text(first), ends, Text(""), measures)


def _digits(number: float, width: float) -> str:
    """No more digits than an interval of this width lets a number have."""
    places = 0
    while width and width < 10 ** (1 - places) and places < 4:
        places += 1
    return f"{number:,.{places}f}"


def found_out(name: str, found: Findout) -> RenderableType:
    """What a check found: first whether all is well."""
    if not found.finished:
        first = f"{name}: not finished. {found.states:,} states were explored and there are more, so nothing is proved."
    elif found.ok:
        first = f"{name}: ok. {found.states:,} states are reachable; no dead end, no broken invariant."
    else:
        wrong = [f"{len(found.dead_ends)} dead ends"] if found.dead_ends else []
        wrong += [f"{len(found.violated)} broken invariants"] if found.violated else []
        first = f"{name}: {listed(wrong)} among {found.states:,} reachable states."
    lines = [first]
    lines += [f"dead end in {end.state}, after {' '.join(end.after) or 'the opening'}" for end in found.dead_ends]
    lines += [f"broken: {broken.invariant}, after {' '.join(broken.after) or 'the opening'}" for broken in found.violated]
    for what, names in (
        ("states that nothing reaches", found.unreachable_states),
        ("options that are never lawful", found.unreachable_options),
        ("options that nobody ever chooses", found.never_chosen),
    ):
        if names:
            lines.append(f"{what}: {', '.join(names)}")
    return Text("\n".join(lines))


def show(renderable: RenderableType) -> None:
    """Prints to standard output, at the terminal's width."""
    Console(highlight=False).print(renderable)
