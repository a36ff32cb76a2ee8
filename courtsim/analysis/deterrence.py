"""How a crowd that watches a court answers to what is published: side by side under the same luck, and what moves the answer.

A model of perception (`scenario.publicity`), not a finding about anyone. Every figure is a mean over replications with its 95%
interval; differences are taken replication by replication, on the same acts with the same luck.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from courtsim.analysis.caseload import nested
from courtsim.analysis.crowd import counts
from courtsim.analysis.sensitivity import Movable, Moved, tornado
from courtsim.analysis.steady import Figure, figure
from courtsim.case.clocks import DAY
from courtsim.engines.caseload import APART, Court
from courtsim.engines.crowd import Acts, Cell, Ticks, Watched, acts, cells_of, course, risks
from courtsim.engines.run import plain_head
from courtsim.errors import CourtsimError, WrongInput
from courtsim.scenario.facts import Scenario
from courtsim.scenario.publicity import Publicity

STRETCH = 10  # days of one point over time
QUIET = "nothing published"  # the run with which the others are compared


class Point(Struct, frozen=True):
    """A stretch of days.

    Attributes:
        risk: perceived, on average over its days.
        happening: offenses here, of those at rest.
        filed: cases a day.
    """

    day: int  # its first
    risk: Figure
    happening: Figure
    filed: Figure


class Heard(Struct, frozen=True):
    """An event of the prominent case: in how many of the replications it was published, and when."""

    event: str
    share: float
    day: Figure
    size: float


class Reaction(Struct, frozen=True):
    """One run of the crowd: how many acts happen, how many are filed, what is believed meanwhile."""

    name: str
    figures: Mapping[str, Figure]
    lived: tuple[Mapping[str, float], ...]  # by replication
    points: tuple[Point, ...]
    heard: tuple[Heard, ...]


class Swings(Struct, frozen=True):
    """What moves the answer: the share of the acts at rest that what is published leaves undone everywhere.

    Attributes:
        now: with every number as it is.
        least, most: with every number at that end of its range at which alone it gives less, or more.
    """

    now: float
    moved: tuple[Moved, ...]
    least: float
    most: float


class Deterrence(Struct, frozen=True):
    """Runs under the same luck, the one in which nothing is published first."""

    scenario: Scenario
    seed: int
    replications: int
    runs: tuple[Reaction, ...]
    swings: Swings | None = None


def publicity_of(scenario: Scenario) -> Publicity:
    """The crowd of a scenario. Raises WrongInput where it has none."""
    found = scenario.caseload.publicity if scenario.caseload is not None else None
    if found is None:
        raise WrongInput(None, f"{scenario.name} has no crowd that watches", "`caseload: {publicity: ...}`, as in canary")
    return found


def watched(court: Court, seed: int, replications: int, progress: Callable[[int], None] | None = None) -> list[Watched]:
    """The years of a court again and again, each as its crowd watched them."""
    publicity_of(court.scenario)
    found = []
    for n in range(replications):
        period = court.lived(seed, n)
        assert period.watched is not None
        found.append(period.watched)
        if progress is not None:
            progress(1)
    return found


def quiet(years: Sequence[Watched]) -> list[Watched]:
    """The same acts with the same luck, where nothing is published."""
    return [replace(each, told=()) for each in years]


def reaction(name: str, publicity: Publicity, years: Sequence[Watched]) -> Reaction:
    """What the crowd did in these years."""
    happened = [acts(publicity, each) for each in years]
    lived = [counts(publicity, each, found) for each, found in zip(years, happened, strict=True)]
    figures = {what: figure([each[what] for each in lived]) for what in lived[0]}
    points = _points(publicity, years, happened)
    return Reaction(name, figures, tuple(lived), points, _heard(years))


def _points(publicity: Publicity, years: Sequence[Watched], happened: Sequence[Acts]) -> tuple[Point, ...]:
    """The years in stretches; a last one that is not whole is left out."""
    edges = np.arange(0, years[0].until // DAY + 1, STRETCH, dtype=np.int64) * DAY
    middles = np.arange(years[0].until // DAY, dtype=np.int64) * DAY + DAY // 2
    rows: dict[str, list[Any]] = defaultdict(list)
    for each, found in zip(years, happened, strict=True):
        here = np.concatenate([found.here, found.later])
        at_rest = _binned(found.would_be, edges)
        rows["happening"].append(np.where(at_rest > 0, _binned(here, edges) / np.maximum(at_rest, 1), np.nan))
        rows["filed"].append(_binned(found.filed, edges) / STRETCH)
        risk = risks(publicity, course(publicity, each.told), middles)
        rows["risk"].append(risk[: len(edges[1:]) * STRETCH].reshape(-1, STRETCH).mean(axis=1))
    columns = {what: [figure(column) for column in np.array(each).T.tolist()] for what, each in rows.items()}
    return tuple(
        Point(n * STRETCH, columns["risk"][n], columns["happening"][n], columns["filed"][n]) for n in range(len(edges) - 1)
    )


def _binned(ticks: Ticks, edges: Ticks) -> Any:
    return np.histogram(ticks, bins=edges)[0]


def _heard(years: Sequence[Watched]) -> tuple[Heard, ...]:
    """What was published of the prominent case, in the order of its mean day."""
    days: dict[str, list[float]] = defaultdict(list)
    sizes: dict[str, float] = {}
    for each in years:
        for told in each.told:
            if told.prominent:
                days[told.event].append(told.tick / DAY)
                sizes[told.event] = told.size
    found = [Heard(name, len(each) / len(years), figure(each), sizes[name]) for name, each in days.items()]
    return tuple(sorted(found, key=lambda each: each.day.mean))


def differences(run: Reaction, base: Reaction) -> dict[str, Figure]:
    """*run* less *base*, replication by replication."""
    pairs = list(zip(run.lived, base.lived, strict=True))
    return {what: figure([one[what] - other[what] for one, other in pairs]) for what in run.figures}


class Held:
    """The answer under other numbers, with the news as it fell: only what the crowd makes of it moves.

    Args:
        change: makes the scenario with some values set, as for `--set`.
    """

    def __init__(self, court: Court, seed: int, years: Sequence[Watched], change: Callable[[Sequence[str]], Scenario]) -> None:
        self._court = court
        self._seed = seed
        self._years = years
        self._change = change
        self._cells: dict[tuple[int, int, int], tuple[Cell, ...]] = {}

    def at(self, sets: Sequence[str] = ()) -> float:
        """The share of the acts at rest that are left undone everywhere for what was published, with these values set."""
        publicity = publicity_of(self._change(sets))
        shares = []
        for n in range(len(self._years)):
            heard = self._again(publicity, n)
            undone = len(acts(publicity, heard).gone) - len(acts(publicity, replace(heard, told=())).gone)
            at_rest = len(acts(publicity, replace(heard, told=())).would_be)
            shares.append(undone / at_rest if at_rest else 0.0)
        return float(np.mean(shares))

    def _again(self, publicity: Publicity, n: int) -> Watched:
        """The years with events of the sizes, and acts behind the filings, that the crowd has now."""
        years = self._years[n]
        prominent = publicity.prominent.events if publicity.prominent is not None else {}
        told = [each._replace(size=(prominent if each.prominent else publicity.events)[each.event]) for each in years.told]
        shape = (n, int(np.ceil(publicity.most)), int(np.ceil(1 / publicity.filings_at_rest)))
        if shape not in self._cells:
            self._cells[shape] = cells_of(publicity, self._seed, 1 + n * APART, self._court.filings)
        return Watched(self._cells[shape], tuple(told), years.until)


def swings(held: Held, parameters: Sequence[Movable], progress: Callable[[int], None] | None = None) -> Swings:
    """Each number to both ends of its range, alone; then all to the ends at which they give least, and most."""
    moved = tornado(held, parameters, progress)
    ends: tuple[list[str], list[str]] = ([], [])
    for each in moved:
        if each.at_low is None or each.at_high is None or not each.swing:
            continue
        low, high = f"{each.path}={each.low}", f"{each.path}={each.high}"
        less, more = (low, high) if each.at_low < each.at_high else (high, low)
        ends[0].append(less)
        ends[1].append(more)
    now = held.at()
    least, most = (_at(held, end, now) for end in ends)
    return Swings(now, tuple(moved), min(least, now), max(most, now))


def _at(held: Held, sets: Sequence[str], otherwise: float) -> float:
    try:
        return held.at(sets)
    except CourtsimError:  # no such crowd can be
        return otherwise


def plain(found: Deterrence) -> dict[str, Any]:
    """As `--json` shows it."""
    base = found.runs[0]
    publicity = publicity_of(found.scenario)
    head = plain_head(found.scenario, found.seed)
    head |= {"replications": found.replications, "context": dict(publicity.context)}
    runs = {}
    for run in found.runs:
        told = {
            each.event: {"share": each.share, "size": each.size} | nested({"day.mean": each.day})["day"] for each in run.heard
        }
        runs[run.name] = nested(run.figures) | {"published": told, "over_time": [_plain_point(point) for point in run.points]}
    compared = {run.name: nested(differences(run, base)) for run in found.runs[1:]}
    return head | {"runs": runs, "differences": compared} | ({"sensitivity": _plain_swings(found.swings)} if found.swings else {})


def _plain_point(point: Point) -> dict[str, Any]:
    parts = {"perceived_risk": point.risk, "happening": point.happening, "filed_per_day": point.filed}
    return {"day": point.day, **{what: _plain_figure(each) for what, each in parts.items()}}


def _plain_figure(found: Figure) -> dict[str, Any]:
    plain: dict[str, Any] = nested({"it.mean": found})["it"]
    return plain


def _plain_swings(found: Swings) -> dict[str, Any]:
    rows = [
        {"path": each.path, "low": each.low, "high": each.high, "at_low": each.at_low, "at_high": each.at_high, "mark": each.mark}
        for each in found.moved
    ]
    return {"measure": "undone_share", "now": found.now, "least": found.least, "most": found.most, "moved": rows}
