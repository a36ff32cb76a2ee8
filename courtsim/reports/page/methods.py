"""Methods after STRESS-DES: Monks, Currie, Onggo, Robinson, Kunc & Taylor (2019), Strengthening the reporting of empirical
simulation studies, Journal of Simulation 13(1), 55-67. Item by item, so that a reader can find what is missing.
"""

from __future__ import annotations

import platform
from importlib.metadata import version

from courtsim.analysis.report import Report
from courtsim.procedure.law import SPINE
from courtsim.reports.page.content import Paragraph, Section, Table, columns
from courtsim.reports.page.figures import counted
from courtsim.version import __version__

Row = tuple[str, str]


def methods(report: Report) -> Section:
    """The twenty items under their six heads."""
    heads = (
        ("objectives", "Objectives", _objectives(report)),
        ("logic", "Logic", _logic(report)),
        ("data", "Data", _data(report)),
        ("experimentation", "Experimentation", _experimentation(report)),
        ("implementation", "Implementation", _implementation()),
        ("code", "Code access", _code(report)),
    )
    parts = tuple(
        Section(
            f"methods-{name}", title, (Table(f"STRESS-DES, {title.lower()}", columns("Item", "In this report"), tuple(rows)),)
        )
        for name, title, rows in heads
    )
    said = (
        "After STRESS-DES (Monks, Currie, Onggo, Robinson, Kunc & Taylor 2019, Strengthening the reporting of empirical "
        "simulation "
        "studies, Journal of Simulation 13(1), 55-67)."
    )
    return Section("methods", "Methods", (Paragraph(said),), parts)


def _objectives(report: Report) -> list[Row]:
    return [
        (
            "1.1 Purpose of the model",
            "To show a class what a procedure allows, what each choice in it changes and which assumption that hangs on. Not to "
            "predict a case, and no finding about anyone.",
        ),
        (
            "1.2 Model outputs",
            "How a case ends; the measures under 'What it comes to', each a sum over the events of a case (days from the "
            "opening to the disposition; counts; dollars); "
            "worth to an actor as the sum of measures times the scenario's weights. Shares have Wilson's 95% interval, means "
            "the normal one, quantiles that of order statistics.",
        ),
        (
            "1.3 Experimentation aims",
            "Each option of one step forced in turn; each number moved alone over its range; changes of the scenario: "
            f"{' '.join(report.changes) or 'none'}.",
        ),
    ]


def _logic(report: Report) -> list[Row]:
    law = report.scenario.procedure
    held = sorted({resource for step in law.steps.values() for resource in step.needs})
    actors = sorted({step.by.replace("_", " ") for step in law.steps.values()})
    entry = law.tracks[SPINE].states[law.tracks[SPINE].start]
    return [
        ("2.1 Base model overview diagram", "The picture under 'The course of a case'; the whole law by courtsim graph."),
        (
            "2.2 Base model logic",
            f"A generalized semi-Markov process over {len(law.tracks)} tracks: an enabled step has a running clock, the "
            "earliest clock fires, the actor chooses an option, the option "
            f"moves tracks. {counted(len(law.steps), 'step')}, {counted(len(law.consequences), 'consequence')}, each with its "
            f"rule: {law.title}, law "
            f"as of {law.law_as_of.isoformat()}.",
        ),
        (
            "2.3 Scenario logic",
            f"The variants under 'The case in words'; this report: {' '.join(report.changes) or 'the scenario as it stands'}.",
        ),
        (
            "2.4 Algorithms",
            "Rulings by legal tests: answers are drawn, the rule of the test follows from them. Conviction chance from the "
            "weights of what is admissible. Advice by backward "
            "induction. Exact answers over the merged event tree.",
        ),
        ("2.5.1 Entities", "The case, with its charges, offers, evidence and facts."),
        ("2.5.2 Activities", f"Steps, decided by: {', '.join(actors)}."),
        ("2.5.3 Resources", ", ".join(held) if held else "none"),
        ("2.5.4 Queues", "None: in a run every case has the court to itself."),
        (
            "2.5.5 Entry and exit points",
            f"Opens as '{entry.label or entry.name}' on {report.scenario.starts.isoformat()}; leaves in a final state of the "
            "spine.",
        ),
    ]


def _data(report: Report) -> list[Row]:
    assumed = sum(source.mark == "assumed" for source in report.scenario.sources.values())
    return [
        ("3.1 Data sources", "Under 'Where the numbers come from', each with its mark."),
        ("3.2 Pre-processing", "None beyond what a source's words say."),
        ("3.3 Input parameters", "Under 'The numbers of the scenario', with values and ranges; delays with their distributions."),
        (
            "3.4 Assumptions",
            f"{assumed} of {len(report.scenario.sources)} sources of the scenario are assumptions; the sensitivity of the "
            "answer to each is under 'What moves the answer'.",
        ),
    ]


def _experimentation(report: Report) -> list[Row]:
    run = report.sampled
    return [
        (
            "4.1 Initialisation",
            "Terminating: a case runs from its opening to a final state. No warm-up, nothing pre-loaded; facts given as odds "
            "are drawn once a case.",
        ),
        ("4.2 Run length", "Until the case ends; time in days, court dates from the calendar."),
        (
            "4.3 Estimation approach",
            f"{len(run):,} independent cases, seed {run.seed}; comparisons are paired under common random numbers. Exact "
            f"answers leave at most {report.within:g} of the probability unfollowed "
            f"({report.exact.truncated:.1g} here); those found again for each number at most {report.left:g}.",
        ),
    ]


def _implementation() -> list[Row]:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("simpy", "numpy", "networkx"))
    return [
        ("5.1 Software", f"courtsim {__version__}, Python {platform.python_version()}, {libraries}."),
        (
            "5.2 Random sampling",
            "Counter-based Philox generator; every number has an address (seed, case, step, visit, purpose), so that a change "
            "moves only the luck it touches.",
        ),
        (
            "5.3 Model execution",
            "Process interaction (SimPy), one process a case; ties by the order of the procedure. One processor.",
        ),
        ("5.4 System specification", f"{platform.system()} on {platform.machine()}; minutes on an ordinary computer."),
    ]


def _code(report: Report) -> list[Row]:
    return [
        (
            "6.1 Computer model sharing",
            f"courtsim is open source (MIT license); the procedure {report.scenario.procedure.name} is part of it, the scenario "
            f"is identified by the digest {report.scenario.digest}.",
        ),
    ]
