"""A courthouse over years as people read it: what a court reports, then whether its books agree."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from courtsim.analysis.caseload import SETTINGS, WITHIN, Report, books
from courtsim.analysis.steady import Figure
from courtsim.reports.sheets import about, columns, rough
from courtsim.scenario.facts import Scenario

SHARES = ("clearance_rate", "_share", "utilization.", "sent_on.", "perceived_risk.", ".within_", ".over_")
LABELS = {
    "filed": "Cases filed",
    "disposed": "Cases disposed of",
    "clearance_rate": "Clearance rate: disposed of, of those filed (CourTools 2)",
    "pending": "Pending, on average",
    "pending_at_the_end": "Pending at the end",
    "active_at_the_end": "  of them active",
    "days_to_disposition.mean": "Days to disposition: mean",
    "days_to_disposition.p50": "  median",
    "days_to_disposition.p90": "  nine in ten within",
    **{f"days_to_disposition.within_{n}": f"  within {n} days (CourTools 3)" for n in WITHIN},
    "age_of_pending.mean": "Age of active pending cases, days: mean (CourTools 4)",
    "age_of_pending.p90": "  nine in ten younger than",
    **{f"age_of_pending.over_{n}": f"  older than {n} days" for n in WITHIN},
    "plea_share": "Disposed of with a sentence upon a plea",
    "trial_share": "Disposed of after a trial began",
    "settings_per_trial": "Settings of a case that was tried (CourTools 5)",
    f"within_{SETTINGS}_settings_share": f"  tried within {SETTINGS} settings",
    "offenses.at_rest": "Simulated offenses in the county, were nothing published",
    "offenses.here": "  as it is",
    "offenses.put_off": "  of these put off to another time",
    "offenses.displaced": "  displaced to elsewhere",
    "offenses.undone": "  undone, here and elsewhere",
    "perceived_risk.mean": "Perceived risk of arrest: mean",
    "perceived_risk.highest": "  at its highest",
}
UNSETTLED = "The court never settles: its backlog still moves at the end; the figures depend on how long it is watched."
OF_RESOURCES = {
    "utilization.{}": "utilization of its sitting days",
    "wait.{}.mean": "days a hearing waits for it: mean",
    "wait.{}.p90": "  nine in ten within",
    "queue.{}": "hearings that wait, on average",
}
OF_LAWYERS = {
    "utilization.{}": "open cases, of those that they may have",
    "wait.{}.mean": "days a case waits for one: mean",
    "wait.{}.p90": "  nine in ten within",
    "queue.{}": "cases that wait for one, on average",
    "sent_on.{}": "cases sent on for want of a place",
}


def caseload(found: Report) -> RenderableType:
    """The report of a court: its figures with their intervals, and the books behind them."""
    table = columns("", "Mean", "95% interval")
    for name, label in _labels(found):
        each = found.figures[name]
        if not math.isnan(each.mean):
            table.add_row(label, shown_figure(name, each.mean), _between(name, each))
    return Group(
        about(found.scenario, _how(found)), Text(_first(found) + "\n"), table, Text(""), _books(found), Text(_doubt(found))
    )


def against(here: Report, there: Report, moved: Mapping[str, Figure], change: str) -> RenderableType:
    """Two courts under the same luck: the figures of both, and the difference with its interval."""
    table = columns("", "As it is", "Changed", "Difference", "95% interval")
    for name, label in _labels(there):
        if name not in moved and not math.isnan(there.figures[name].mean):  # of what the court has only now
            table.add_row(label, "", shown_figure(name, there.figures[name].mean), "", "")
        if name not in moved or math.isnan(moved[name].mean):
            continue
        numbers = (here.figures[name].mean, there.figures[name].mean, moved[name].mean)
        table.add_row(label, *(shown_figure(name, number) for number in numbers), _between(name, moved[name]))
    wait = moved["days_to_disposition.mean"]
    sure = "" if wait.ci95[0] <= 0 <= wait.ci95[1] else " The interval leaves no doubt which way."
    first = (
        f"With {change} a case takes {rough(abs(wait.mean))} days {'longer' if wait.mean >= 0 else 'less'} on average.{sure}\n"
    )
    first += "" if there.settled else f"Changed: {UNSETTLED}\n"
    return Group(about(here.scenario, _how(here)), Text(first), table, Text(""), _books(there), Text(_doubt(there)))


def _how(found: Report) -> str:
    return f"seed {found.seed}; {len(found.replications)} replications"


def _labels(found: Report) -> list[tuple[str, str]]:
    shown = [(name, label) for name, label in LABELS.items() if name in found.figures]
    for kinds, labels in ((found.scenario.resources, OF_RESOURCES), (found.scenario.lawyers, OF_LAWYERS)):
        for resource in kinds:
            for pattern, label in labels.items():
                if pattern.format(resource) in found.figures:
                    shown.append((pattern.format(resource), label if label.startswith(" ") else f"{_named(resource)}: {label}"))
    return shown


def _named(resource: str) -> str:
    return resource.replace("_", " ").capitalize()


def _first(found: Report) -> str:
    """The first sentence: how long a case takes, and what it waits for."""
    figures = found.figures
    days = figures["days_to_disposition.mean"].mean
    said = f"A case takes {rough(days)} days on average; {rough(figures['pending'].mean)} are pending."
    names = [*found.scenario.resources, *found.scenario.lawyers]
    busy = {name: figures[f"utilization.{name}"].mean for name in names if f"utilization.{name}" in figures}
    if busy:
        tight = max(busy, key=lambda name: busy[name])
        wait = rough(figures[f"wait.{tight}.mean"].mean)
        how = (
            f"{busy[tight]:.0%} of the places taken" if tight in found.scenario.lawyers else f"held {busy[tight]:.0%} of the time"
        )
        said += f" The {tight.replace('_', ' ')} binds first: {how}, waited for {wait} days."
    return said if found.settled else f"{said}\n{UNSETTLED}"


def _books(found: Report) -> RenderableType:
    """Little's law and the conservation of what comes and goes, of every resource and all replications."""
    table = columns("Books from the first day on, mean", "L", "lambda a day", "W days", "L - lambda W", "came - gone - there")
    kept = books(found)["resources"]
    for name in found.replications[0].balances:
        each = [lived.balances[name] for lived in found.replications]
        mean = [sum(getattr(one, what) for one in each) / len(each) for what in ("present", "per_day", "stay")]
        table.add_row(_named(name), *(rough(number) for number in mean), f"{kept[name]['little']:g}", f"{kept[name]['flow']}")
    table.add_row("Cases: filed - disposed of - pending", "", "", "", "", str(books(found)["cases"]))
    return table


def _doubt(found: Report) -> str:
    scenario: Scenario = found.scenario
    assert scenario.caseload is not None
    asked = scenario.caseload.replications.precision
    rule = (
        "" if found.reached is None or asked is None else f" {asked:.0%} of the mean reached with {found.reached} replications."
    )
    return (
        f"\nThe first {found.warm_up_days:g} of {scenario.caseload.horizon_days:g} days are warm-up and do not count.{rule} The "
        "last two columns of the books are the greatest of all replications, to the tick.\nThe intervals hold the error of "
        "sampling alone; they contain no doubt about the assumptions (courtsim show)."
    )


def _is_share(name: str) -> bool:
    return any(name.startswith(part) or part in name for part in SHARES)


def shown_figure(name: str, number: float) -> str:
    """A figure as people read it: a share in percent."""
    return f"{rough(100 * number)}%" if _is_share(name) else rough(number)


def _between(name: str, found: Figure) -> str:
    low, high = found.ci95
    return "one replication" if math.isinf(high) else f"{shown_figure(name, low)} to {shown_figure(name, high)}"
