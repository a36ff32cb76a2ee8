"""What a report says, section by section, in the order in which a reader should meet it: outcomes before any single value."""

from __future__ import annotations

from courtsim.analysis.branches import LEAST
from courtsim.analysis.durations import Quantile, bins, durations
from courtsim.analysis.graphs import track_graph, walked
from courtsim.analysis.report import Report
from courtsim.analysis.sensitivity import Moved
from courtsim.procedure.law import SPINE
from courtsim.reports import charts
from courtsim.reports.docket import in_words
from courtsim.reports.graphs import on_page
from courtsim.reports.page.case import case
from courtsim.reports.page.choice import choice
from courtsim.reports.page.content import Code, Figure, Listing, Page, Paragraph, Section, Table, columns
from courtsim.reports.page.figures import NO_DOUBT, Digits, counted, digits, end_name, in_measure, in_range, words
from courtsim.reports.page.methods import methods
from courtsim.reports.page.provenance import sources
from courtsim.reports.sheets import rough, status
from courtsim.reports.solved import timing_matters
from courtsim.version import __version__

MOST_MOVED = 15  # rows of the tornado; the rest are counted


def page(report: Report) -> Page:
    """The page of a report."""
    scenario = report.scenario
    title = scenario.title if not report.changes else f"{scenario.title}, changed"
    return Page(
        title=title,
        subtitle=(
            f"A report on simulated cases. The law: {scenario.procedure.title}, as of {scenario.procedure.law_as_of.isoformat()}"
        ),
        status=(
            "A simulation: chances under these assumptions, no finding about anyone.",
            *([f"A what-if, changed from the scenario as it stands: {' '.join(report.changes)}."] if report.changes else []),
            scenario.summary,
        ),
        sections=tuple(
            section
            for section in (
                _in_short(report),
                case(report),
                _course(report),
                _ends(report),
                _vector(report),
                *choice(report),
                _moves(report),
                _time(report),
                _questions(report),
                sources(report),
                methods(report),
                _cite(report),
            )
            if section.blocks or section.parts
        ),
        foot=f"{status(scenario)} Made by courtsim {__version__}; inputs {scenario.digest}; run {report.sampled.id}.",
    )


def _in_short(report: Report) -> Section:
    shown = digits(report)
    exact, sampled = report.exact, report.sampled
    likeliest = sorted(exact.dispositions, key=lambda end: -exact.dispositions[end])[:3]
    ends = ", ".join(
        f"{end_name(report.scenario, end)} {shown.percent(exact.dispositions[end])}"
        for end in likeliest
        if exact.dispositions[end] >= LEAST
    )
    whole = durations(sampled)[0]
    items = [
        f"How the case ends, exactly, under these odds and with every delay at its median: {ends}.",
        f"Half of the {len(sampled):,} sampled cases are disposed of within {_quantile(shown, whole.p50)} days.",
    ]
    found = report.choice
    if found is not None and found.advice is not None and found.advice.values.get(found.step):
        first, *others = sorted(found.advice.values[found.step].items(), key=lambda each: -each[1])
        if others:
            items.append(
                f"At {words(found.step)}, {words(first[0])} is worth {rough(first[1] - others[0][1])} more to the "
                f"{words(found.actor)} "
                f"than {words(others[0][0])}, under the values of the scenario, which nobody has to share."
            )
    if report.moved and report.moved[0].swing:
        items.append(f"What moves {in_measure(report.measure)} most is {report.moved[0].path}.")
    items.append(f"Every estimate has a 95% interval of the error of sampling. {NO_DOUBT}")
    return Section("in-short", "In short", (Listing(tuple(items)),))


def _course(report: Report) -> Section:
    """The states of the spine over the sampled cases."""
    run, shown = report.sampled, digits(report)
    graph = walked(
        track_graph(report.scenario, [SPINE]), report.scenario.procedure, (history.events for history in run.histories)
    )
    rows = [
        (
            graph.nodes[before]["label"],
            graph.nodes[after]["label"],
            f"{in_words(about['event'])} ({words(about['by'])})",
            shown.number(about["per_case"]),
            shown.number(about["days"]),
        )
        for before, after, about in sorted(graph.edges(data=True), key=lambda edge: -edge[2]["n"])
    ]
    table = Table(
        f"Moves along the spine in {len(run):,} sampled cases",
        columns("From", "To", "By what (whom)", "#Times a case", "#Mean days in the state before"),
        tuple(rows),
    )
    figure = Figure(
        on_page(graph),
        f"A graph of the states that the sampled cases came to, from {rows[0][0]} to the ways in which a case ends; each state "
        "with "
        "how often a case comes to it and how long it stays. The table after it lists every move.",
        "The course of a case: wider arrows are taken more often, darker ones after longer; a double border closes the case, a "
        "dark "
        "state is a conviction",
        table,
    )
    others = len(report.scenario.procedure.tracks) - 1
    said = (
        f"A case stands in one state of each of {others + 1} tracks; the picture is of the spine, as {len(run):,} sampled cases "
        "went. "
        f"For the others: courtsim graph {report.scenario.name}."
    )
    return Section("course", "The course of a case", (Paragraph(said), figure))


def _ends(report: Report) -> Section:
    exact, run, shown = report.exact, report.sampled, digits(report)
    order = sorted(exact.dispositions, key=lambda end: -exact.dispositions[end])
    rows = []
    for end in order:
        share = run.dispositions[end]
        if exact.dispositions[end] >= LEAST or share.n:
            low, high = share.ci95
            rows.append(
                (
                    end_name(report.scenario, end),
                    shown.percent(exact.dispositions[end]),
                    shown.percent(share.share),
                    f"{shown.percent(low)} to {shown.percent(high)}",
                )
            )
    table = Table("How the case ends", columns("End", "#Exact, central timing", "#Sampled", "#95% interval"), tuple(rows))
    figure = Figure(
        charts.svg(charts.ends(exact, run.dispositions, charts.PAGE)),
        "Bars, one for each way in which the case ends, by exact probability: "
        f"{'; '.join(f'{row[0]} {row[1]}' for row in rows)}.",
        "How the case ends: the exact probability as a bar, the 95% interval of the sampled share as a line over it",
        table,
    )
    left = (
        f"at most {exact.truncated:.1g} of the probability was not followed"
        if exact.truncated
        else "all of the probability was followed"
    )
    said = (
        f"Exact means: computed over the whole tree of options, for these odds and with every delay at its median; {left}. "
        f"Beside it, {len(run):,} cases with chance in the delays. {NO_DOUBT}"
    )
    apart = timing_matters(exact, run)
    if apart:
        said += f" Timing matters here: outside the interval lie {', '.join(end_name(report.scenario, end) for end in apart)}."
    return Section("ends", "How the case can end", (Paragraph(said), figure))


def _vector(report: Report) -> Section:
    """Everything that is counted, before anything is weighed."""
    exact, run, shown = report.exact, report.sampled, digits(report)
    rows = []
    for name, spread in run.measures.items():
        if name.startswith(("days_in.", "value.")) or not (spread.mean or exact.measures.get(name)):
            continue
        known = exact.measures.get(name)
        rows.append(
            (
                in_measure(name),
                "" if known is None else shown.of(name, known),
                shown.of(name, spread.mean),
                shown.interval(name, run),
            )
        )
    for item, share in run.published.items():
        low, high = share.ci95
        label = report.scenario.evidence[item].label or words(item)
        rows.append((f"became public: {label}", "", shown.percent(share.share), f"{shown.percent(low)} to {shown.percent(high)}"))
    table = Table(
        "What it comes to: means over cases",
        columns("Measure", "#Exact, central timing", "#Sampled", "#95% interval"),
        tuple(rows),
    )
    said = (
        "What a case comes to, each thing in its own unit. Conviction is a judgment of guilt; where adjudication is withheld "
        "there is none. Nothing is added up here: liberty, days, money and shame have no "
        "common "
        f"measure but one that somebody chooses. {NO_DOUBT}"
    )
    return Section("outcomes", "What it comes to", (Paragraph(said), table))


def _moves(report: Report) -> Section:
    """The tornado."""
    shown = digits(report)
    moving = [each for each in report.moved if each.swing]
    rows = tuple(
        (
            each.path,
            in_range(each.low, each.high),
            _end(shown, report, each.at_low),
            _end(shown, report, each.at_high),
            each.mark or "no source",
        )
        for each in moving[:MOST_MOVED]
    )
    how = (
        "over the range that the scenario states for it"
        if report.ranges_only
        else "over the range stated for it, else by a fifth down and up"
    )
    still = len(report.moved) - len(moving)
    rest = max(0, len(moving) - MOST_MOVED)
    said = (
        f"Each number is moved alone, {how}. {in_measure(report.measure)[0].upper()}{in_measure(report.measure)[1:]}: "
        f"{shown.of(report.measure, report.now)} as things stand. {counted(still, 'number')} of {len(report.moved)} "
        f"{'does' if still == 1 else 'do'} not move it"
        + (f", {rest} move it less than these" if rest else "")
        + f". Exact at central timing, at most {report.left:g} of the probability left."
    )
    if not rows:
        return Section("moves", "What moves the answer", (Paragraph(said),))
    table = Table(
        f"What moves {in_measure(report.measure)}, widest first",
        columns(".Number", "#From, to", "#At the low end", "#At the high end", "Mark"),
        rows,
    )
    figure = Figure(
        charts.svg(charts.tornado(_drawn(moving), report.now, in_measure(report.measure), report.scenario, charts.PAGE)),
        f"Bars from the answer as it stands to the answer at each end of a number's range, widest first: {rows[0][0]} moves it "
        f"from {rows[0][2]} to {rows[0][3]}.",
        f"What moves {in_measure(report.measure)}: one bar a number, widest first",
        table,
    )
    return Section("moves", "What moves the answer", (Paragraph(said), figure))


def _drawn(moving: list[Moved]) -> list[Moved]:
    return [each for each in moving if each.at_low is not None and each.at_high is not None]


def _end(shown: Digits, report: Report, value: float | None) -> str:
    return "unlawful" if value is None else str(shown.of(report.measure, value))


def _time(report: Report) -> Section:
    run, shown = report.sampled, digits(report)
    spread = bins(run)
    stretches = tuple(
        (
            f"{each.low:g} to {each.high:g}",
            shown.percent(each.cases.share),
            f"{shown.percent(each.cases.ci95[0])} to {shown.percent(each.cases.ci95[1])}",
        )
        for each in spread
    )
    figure = Figure(
        charts.svg(charts.waiting(spread, report.scenario, charts.PAGE)),
        f"Bars of the share of cases disposed of in each stretch of {spread[0].high:g} days: the most in days "
        f"{max(stretches, key=lambda row: spread[stretches.index(row)].cases.n)[0]}.",
        f"Days to the disposition, {len(run):,} sampled cases",
        Table("Days to the disposition", columns("Days", "#Share of cases", "#95% interval"), stretches),
    )
    found = tuple(
        (
            "every end" if each.end is None else end_name(report.scenario, each.end),
            f"{each.cases:,}",
            *(_quantile(shown, quantile) for quantile in (each.p10, each.p50, each.p90)),
        )
        for each in durations(run)
    )
    table = Table(
        "Days within which a tenth, half and nine tenths of the cases are disposed of, with 95% intervals",
        columns("End", "#Cases", "#A tenth", "#Half", "#Nine tenths"),
        found,
    )
    return Section(
        "time",
        "How long it takes",
        (figure, table, Paragraph(f"Ends of fewer than 20 cases are left out of the second table. {NO_DOUBT}")),
    )


def _quantile(shown: Digits, found: Quantile) -> str:
    return f"{shown.number(found.days)} ({shown.number(found.ci95[0])} to {shown.number(found.ci95[1])})"


def _questions(report: Report) -> Section:
    """For a class: on this case, with its own numbers."""
    shown = digits(report)
    items = [
        "Which of the chances in this report are beliefs about one judge, one record or one person, and which are frequencies? "
        "What would you want to count before you relied on them?",
        "Who bears the burden on each question that a ruling answers, and by what standard? Which answer, if it had been the "
        "other, "
        "would have turned the ruling?",
    ]
    if report.moved and report.moved[0].swing:
        most = report.moved[0]
        items.append(
            f"{most.path} moves {in_measure(report.measure)} most, from {_end(shown, report, most.at_low)} to "
            f"{_end(shown, report, most.at_high)}. It is "
            f"{most.mark or 'without a source'}. What evidence would narrow its range?"
        )
    found = report.choice
    if found is not None and len(found.forced) > 1:
        items.append(
            f"Read the two columns of {words(found.forced[0].option)} and {words(found.forced[-1].option)} before the number "
            "that weighs them. Which line "
            "would matter most to a person without means, in custody, or without counsel? Which is not in the table at all?"
        )
    if found is not None and found.even is not None and found.even.value is not None:
        items.append(
            f"The choice turns where {found.even.parameter} is {rough(found.even.value)}. On which side of it are you, and can "
            "counsel decide "
            "that for a client?"
        )
    if report.scenario.searches:
        items.append(
            "What does suppression cost, and what does it protect, and for whom? Count the people recorded who were suspected "
            "of nothing."
        )
    items.append(
        "The documented course of any case is one course among many. How much more likely does it look because you know it? "
        "What was known "
        "on the day each choice was made?"
    )
    items.append("Whose values were used, and who is missing from them?")
    return Section("questions", "Questions for discussion", (Listing(tuple(items), numbered=True),))


def _cite(report: Report) -> Section:
    scenario, run = report.scenario, report.sampled
    cited = (
        f"courtsim {__version__}, simulation of {scenario.name} under {scenario.procedure.name} (law as of "
        f"{scenario.procedure.law_as_of.isoformat()}); inputs {scenario.digest}; run {run.id}, seed {run.seed}, {len(run):,} "
        "cases. "
        f"{status(scenario)}"
    )
    return Section(
        "cite",
        "How to cite this run, and how to make it again",
        (
            Paragraph("Cite the simulation as a simulation, with the status of the case, the law's date and the run:"),
            Code("Citation", cited),
            Paragraph(f"With courtsim {__version__} and the same files this line makes this report again, to the last digit:"),
            Code("Command", report.command),
            Table(
                "What identifies this run",
                columns("What", "Value"),
                (
                    ("Version", __version__),
                    ("Inputs (digest)", scenario.digest),
                    ("Run", run.id),
                    ("Seed", str(run.seed)),
                    ("Cases", f"{len(run):,}"),
                    ("Law as of", scenario.procedure.law_as_of.isoformat()),
                ),
            ),
        ),
    )
