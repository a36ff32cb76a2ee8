"""How a page prints numbers: with two digits where they rest on an assumption, every estimate with its interval."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from courtsim.analysis.report import Report
from courtsim.engines.run import Run, share
from courtsim.procedure.law import SPINE, Source
from courtsim.reports.sheets import rough
from courtsim.scenario.facts import Scenario

UNITS: Mapping[str, str] = {
    "convicted": "conviction",
    "days": "days to the disposition",
    "jail_days": "days of jail in the sentence",
    "probation_days": "days of probation in the sentence",
    "fine": "fine, dollars",
    "civil_penalty": "civil penalty, dollars",
    "community_service_hours": "hours of community service",
    "publicity": "publicity, in the units of the procedure",
    "trial_held": "a trial began",
    "court_appearances": "court appearances",
    "offers_made": "offers made",
    "continuances": "continuances",
    "appealed": "an appeal was taken",
}
NO_DOUBT = "This interval contains no doubt about the assumptions."
TRUTHS = ("convicted", "trial_held", "appealed")
WORTHS = ("value.", "cost.")


class Digits(Struct, frozen=True):
    """Prints numbers: `assumed` where any of those that they were computed from was not read in a text."""

    assumed: bool

    def number(self, number: float) -> str:
        if self.assumed or abs(number) < 1e-9:
            return rough(number)
        return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"

    def percent(self, share: float) -> str:
        if 0 < share < 0.00005:
            return "under 0.005%"
        return f"{self.number(100 * share)}%"

    def of(self, measure: str, number: float) -> str:
        """A measure: a share where it is true or not, dollars always roughly."""
        if measure in TRUTHS:
            return self.percent(number)
        return rough(number) if measure.startswith(WORTHS) else self.number(number)

    def interval(self, measure: str, run: Run) -> str:
        """The 95% interval of a run's mean: Wilson's for what is true or not, else the normal one."""
        found = run.measures[measure]
        true = measure in TRUTHS
        return self.between(measure, share(round(found.mean * len(run)), len(run)).ci95 if true else found.ci95)

    def between(self, measure: str, ci95: tuple[float, float]) -> str:
        low, high = (self.of(measure, end) for end in ci95)
        return f"{low} to {high}"


def digits(report: Report) -> Digits:
    """Two digits, unless every number of the scenario and of its law's defaults was read in a text."""
    known: list[Source] = [*report.scenario.sources.values(), *report.scenario.procedure.sources.values()]
    return Digits(not known or any(source.mark != "verified" for source in known))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 case`, `2 cases`, `no cases`."""
    return f"{number:,} {one}" if number == 1 else f"{f'{number:,}' if number else 'no'} {many or one + 's'}"


def words(name: str) -> str:
    """An id of a file as words."""
    return name.replace("_", " ").replace(".", ", ")


def end_name(scenario: Scenario, end: str) -> str:
    """How an end of the spine is called."""
    return scenario.procedure.tracks[SPINE].states[end].label or words(end)


def in_measure(name: str) -> str:
    """A measure in words."""
    if name in UNITS:
        return UNITS[name]
    head, _, rest = name.partition(".")
    who = rest.replace("_", " ").replace(".", ", ")
    return {"cost": f"cost to the {who}, dollars", "value": f"worth to the {who}"}.get(
        head, name.replace("_", " ").replace(".", ", ")
    )


def in_range(low: str, high: str) -> str:
    return f"{_short(low)} to {_short(high)}"


def _short(value: str) -> str:
    """A number as YAML gives it, with separators; a delay shortened."""
    try:
        return f"{float(value):,.4g}" if abs(float(value)) < 1000 else f"{float(value):,.0f}"
    except ValueError:
        return value if len(value) <= 40 else f"{value[:37]}..."


def worth_or_not(value: float | None) -> str:
    return "unlawful" if value is None else rough(value)
