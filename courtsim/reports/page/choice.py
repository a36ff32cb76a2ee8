"""One choice: its options compared, what each is worth under stated weights, and where the best one turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courtsim.analysis.report import Report
from courtsim.engines.run import Run
from courtsim.reports import charts
from courtsim.reports.page.content import Block, Figure, Paragraph, Section, Table, columns
from courtsim.reports.page.figures import NO_DOUBT, Digits, counted, digits, end_name, in_measure, in_range, words, worth_or_not
from courtsim.reports.sheets import rough

MOST_ROWS = 15


def choice(report: Report) -> list[Section]:
    """The options compared, what each is worth, where the best one turns; nothing where there is nothing to choose."""
    found = report.choice
    if found is None or len(found.forced) < 2:
        return []
    return [section for section in (_compared(report), _worth(report), _turns(report)) if section is not None]


def _compared(report: Report) -> Section:
    """Each option of the step forced in turn: how the cases end, and the vector of each, with paired differences."""
    found = report.choice
    assert found is not None
    shown = digits(report)
    names = [words(forced.option) for forced in found.forced]
    runs = [forced.run for forced in found.forced]
    ends = []
    for end in report.exact.dispositions:
        if any(run.dispositions[end].n for run in runs):
            ends.append((end_name(report.scenario, end), *(_share(shown, run, end) for run in runs)))
    measures = []
    for name in runs[0].measures:
        if not name.startswith(("days_in.", "value.")) and any(run.measures[name].mean for run in runs):
            cells = [f"{shown.of(name, run.measures[name].mean)} ({shown.interval(name, run)})" for run in runs]
            measures.append((in_measure(name), *cells))
    blocks: list[Block] = [
        Paragraph(
            f"{len(runs[0]):,} cases, each with every option of {words(found.step)} (by the {words(found.actor)}) taken "
            "wherever it is lawful, "
            f"under the same luck for everything else. In brackets the 95% interval. {NO_DOUBT}"
        ),
        Table(
            f"How the case ends, by what is chosen at {words(found.step)}",
            columns("End", *(f"#{name}" for name in names)),
            tuple(ends),
        ),
        Table(
            f"What it comes to, by what is chosen at {words(found.step)}",
            columns("Measure", *(f"#{name}" for name in names)),
            tuple(measures),
        ),
    ]
    for forced in found.forced[1:]:
        if forced.pairs is not None:
            differences = tuple(
                (in_measure(name), shown.of(name, difference.mean), shown.between(name, difference.ci95))
                for name, difference in forced.pairs.measures.items()
                if not name.startswith(("days_in.", "value.")) and (difference.mean or difference.ci95[0] != difference.ci95[1])
            )
            caption = f"{words(forced.option)} minus {names[0]}, case by case under the same luck"
            blocks.append(
                Table(caption[0].upper() + caption[1:], columns("Measure", "#Difference", "#95% interval"), differences)
            )
    return Section("choice", f"One choice: {' or '.join(names)}", tuple(blocks))


def _share(shown: Digits, run: Run, end: str) -> str:
    share = run.dispositions[end]
    low, high = share.ci95
    return f"{shown.percent(share.share)} ({shown.percent(low)} to {shown.percent(high)})"


def _worth(report: Report) -> Section | None:
    """One number at last, with the weights beside it."""
    found = report.choice
    assert found is not None
    if found.advice is None or not found.advice.values.get(found.step):
        return None
    weights = tuple(_weights(report.scenario.values[found.actor]))
    options = tuple(
        (words(option), rough(worth), "yes" if option == found.advice.best[found.step] else "no")
        for option, worth in found.advice.values[found.step].items()
    )
    forced = tuple(
        (
            words(each.option),
            *(rough(each.run.measures[f"value.{found.actor}{part}"].mean) for part in ("", ".process", ".sentence")),
            " to ".join(rough(end) for end in each.run.measures[f"value.{found.actor}"].ci95),
        )
        for each in found.forced
    )
    return Section(
        "worth",
        f"What the choice is worth to the {words(found.actor)}",
        (
            Paragraph(
                f"One number asks for weights. These are the scenario's for the {words(found.actor)}: yours to change (--set), "
                "and nobody has to share "
                "them. Dollars, or the units of the scenario; all rest on assumptions and have two digits."
            ),
            Table("The weights", columns("What", "#Worth, each"), weights),
            Table(
                f"What each option is worth at {words(found.step)}: exact at central timing, chosen by what the "
                f"{words(found.actor)} believes and may know",
                columns("Option", "#Worth", "Worth most"),
                options,
            ),
            Table(
                "The same sampled, with chance in the delays, and its parts: what the process itself is worth and what the "
                "sentence is",
                columns("Option", "#Worth", "#of that the process", "#of that the sentence", "#95% interval of the worth"),
                forced,
            ),
            Paragraph(f"{NO_DOUBT}{_unfollowed(found.advice.truncated)}"),
        ),
    )


def _weights(stated: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    rows = []
    for key, each in stated.items():
        name = f"{above}{words(key)}"
        rows += _weights(each, f"{name}: ") if isinstance(each, Mapping) else [(name, rough(float(each)))]
    return rows


def _turns(report: Report) -> Section | None:
    found = report.choice
    assert found is not None
    if found.advice is None or not found.audited:
        return None
    turning = [each for each in found.audited if each.turns]
    rows = tuple(
        (
            each.path,
            in_range(each.low, each.high),
            worth_or_not(each.at_low),
            worth_or_not(each.at_high),
            "yes" if each.turns else "no",
        )
        for each in [m for m in found.audited if m.swing or m.turns][:MOST_ROWS]
    )
    said = (
        f"The best option turns with {len(turning)} of {counted(len(found.audited), 'number')}, each moved alone over its range."
        if turning
        else f"The best option stays the same whichever of {counted(len(found.audited), 'number')} is moved alone over its range."
    )
    blocks: list[Block] = [Paragraph(f"{said} Exact at central timing, at most {report.left:g} of the probability left.")]
    if rows:
        blocks.append(
            Table(
                f"What the case is worth to the {words(found.actor)}, who chooses the best, as each number moves",
                columns(".Number", "#From, to", "#Worth at the low end", "#Worth at the high end", "Turns the choice"),
                rows,
            )
        )
    even = found.even
    if even is not None:
        first, second = (words(option) for option in even.options)
        where = (
            f"{first} and {second} are worth the same where {even.parameter} is {rough(even.value)}"
            if even.value is not None
            else f"{first} is worth more than {second} all along {even.parameter}: there is no break-even"
        )
        curve = tuple(
            (rough(x), *(rough(values[option]) if option in values else "" for option in even.options))
            for x, values in even.curve
        )
        table = Table(
            f"Worth of each option over {even.parameter}", columns(f"#{even.parameter}", f"#{first}", f"#{second}"), curve
        )
        blocks.append(
            Figure(
                charts.svg(charts.curve(even, report.scenario, charts.PAGE)),
                f"Two lines, the worth of {first} and of {second}, over {even.parameter}: {where}.",
                f"Break-even: {where}",
                table,
            )
        )
    return Section("break-even", "Where the choice turns", tuple(blocks))


def _unfollowed(truncated: float) -> str:
    return (
        f" The exact worth leaves at most {truncated:.1g} of the probability unfollowed, whatever is chosen." if truncated else ""
    )
