"""What people read: the docket sheet, the outcome table, what a check found. Rich tables under a plain first sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from courtsim.reports.docket import Docket
from courtsim.scenario.caseload import banner
from courtsim.scenario.facts import Scenario

if TYPE_CHECKING:
    from courtsim.analysis.absurd import Advice
    from courtsim.engines.check import Findout
    from courtsim.engines.run import Run
    from courtsim.engines.sampled import Sampled


def head(scenario: Scenario, seed: int, run: str) -> RenderableType:
    """What the case is, what must be said of it wherever it is shown, and what was run."""
    return about(scenario, f"seed {seed}; run {run}")


def about(scenario: Scenario, how: str) -> RenderableType:
    """What the case is, under which law, and how the numbers below came to be."""
    law = f"{scenario.procedure.title}, law as of {scenario.procedure.law_as_of.isoformat()}"
    summary = f"{scenario.summary}\n\n" if scenario.summary else ""
    parts = [*filter(None, [banner(scenario.caseload), scenario.title])]
    return Text("\n\n".join(parts) + f"\n\n{summary}A simulation. {law}; {how}.\n")


def status(scenario: Scenario) -> str:
    """What must be said of a case in one breath wherever a number of it stands alone: the first three sentences about it."""
    return " ".join(re.split(r"(?<=\.) ", f"A simulation. {scenario.summary}".strip())[:3])


def columns(first: str, *others: str) -> Table:
    """A plain table: words on the left, numbers to the right."""
    made = Table(box=None, pad_edge=False)
    made.add_column(first, overflow="fold")
    for name in others:
        made.add_column(name, justify="right", no_wrap=True)
    return made


def one_case(run: Run, why: bool = True, unfolded: Mapping[int, Sequence[str]] | None = None) -> RenderableType:
    """The docket sheet of a run of one case, and how it ended; *unfolded*: all that lies behind each event, in lines."""
    history, outcome = run.histories[0], run.outcomes[0]
    state = run.scenario.procedure.tracks["case"].states[outcome.disposition]
    first = f"The case ended after {outcome.measures['days']:.0f} days: {state.label or state.name}.\n"
    return Group(head(run.scenario, run.seed, run.id), Text(first), Docket(run.scenario, history.events, why, unfolded))


def many_cases(run: Run | Sampled) -> RenderableType:
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
        if not share.n:
            continue
        low, high = share.ci95
        label = spine[name].label or name
        ends.add_row(label, f"{share.n:,}", f"{share.share:.1%}", f"{low:.1%} to {high:.1%}")
    measures = Table(box=None, pad_edge=False)
    for name in ("Measure", "Mean", "95%", "p10", "p50", "p90"):
        measures.add_column(name, justify="left" if name == "Measure" else "right", no_wrap=name == "Measure", overflow="fold")
    for name, spread in run.measures.items():
        if not name.startswith("days_in.") and (spread.mean or spread.p10 or spread.p90):
            low, high = spread.ci95
            shown = rough if name.startswith(("value.", "cost.")) else digits
            numbers = (shown(x, high - low) for x in (spread.mean, (high - low) / 2, spread.p10, spread.p50, spread.p90))
            mean, half, *quantiles = numbers
            measures.add_row(name, mean, f"± {half}", *quantiles)
    withheld = (
        "" if "convicted" not in run.measures else "convicted: adjudicated guilty; adjudication withheld is no conviction. "
    )
    doubt = withheld + "Dollars rest on assumptions and have two digits. "
    doubt += "The intervals hold the error of sampling alone; they contain no doubt about the assumptions (courtsim show)."
    truth = truth_in_words({name: None if isnan(rate.share) else rate.share for name, rate in run.rates.items()})
    told = [Text(f"\n{truth}")] if truth else []
    return Group(head(run.scenario, run.seed, run.id), Text(first), ends, Text(""), measures, *told, Text(f"\n{doubt}"))


TRUTHS = {
    "pleaded_of_innocent": "of the innocent {} pleaded guilty or no contest",
    "convicted_of_innocent": "of the innocent {} were convicted by verdict",
    "acquitted_of_guilty": "of the guilty {} were acquitted",
    "innocent_of_pleaded": "of those who pleaded {} were innocent",
}


def truth_in_words(rates: Mapping[str, float | None]) -> str:
    """False pleas and wrongful verdicts as shares, two digits; nothing where the truth is unknown."""
    said = "; ".join(TRUTHS[name].format(f"{rough(100 * rate)}%") for name, rate in rates.items() if rate is not None)
    return f"Where the truth is as the scenario assumes it, known to the defense alone: {said}." if said else ""


def rough(number: float, _: float = 0) -> str:
    """Two significant digits: what rests on an assumption deserves no more."""
    return f"{number:.2g}" if abs(number) < 10 else f"{float(f'{number:.2g}'):,.0f}"


def assumed(scenario: Scenario) -> bool:
    """Whether a number of the scenario, or of its procedure's defaults, is marked as assumed."""
    sources = (*scenario.sources.values(), *scenario.procedure.sources.values())
    return any(source.mark == "assumed" for source in sources)


def percent(share: float) -> str:
    """A probability that rests on assumptions: two significant digits."""
    if share < 5e-7:
        return "0%"
    places = next((n for n, least in enumerate((0.0995, 0.00995, 0.000995)) if share >= least), 3)
    return f"{share:.{places}%}"


def digits(number: float, width: float) -> str:
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
        first = f"{name}: {' and '.join(wrong)} among {found.states:,} reachable states."
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


def advice(told: Advice) -> RenderableType:
    """What is lawful and yet absurd, each with its place; then what could not be decided."""
    n = len(told.misgivings)
    nothing = "\nNothing absurd was found." if told.found.finished else "\nThe check did not finish, so little can be said."
    first = nothing if not n else f"\n{n} thing{'s' if n > 1 else ''} lawful and yet absurd:"
    lines = [first, *(f"{each.place}: {each.what}: {each.why}" for each in told.misgivings)]
    for each in told.undecided:
        lines.append(f"not decided ({each.kind}): {', '.join(each.what)}: {each.why}")
    return Text("\n".join(lines))


def show(renderable: RenderableType) -> None:
    """Prints to standard output, at the terminal's width."""
    Console(highlight=False, markup=False).print(renderable)
