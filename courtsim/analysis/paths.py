"""The fewest timelines that take every option of a law that nothing has exercised yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from msgspec import Struct

from courtsim.analysis.scripts import scripted
from courtsim.analysis.ways import Reading, Start, cover
from courtsim.procedure.conditions import Value
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Entry, Scenario


class Timeline(Struct, frozen=True):
    """A way through the law: how the case opens, what happens in turn, and the same as a script, where days give that order.

    Facts and switches are left out where they have their defaults.
    """

    facts: Mapping[str, Value]
    switches: Mapping[str, Value]
    path: tuple[str, ...]
    script: tuple[Entry, ...] | None


class Timelines(Struct, frozen=True):
    """Timelines that together take every option wanted.

    Attributes:
        left: the options to which no way was found.
        complete: what is left nothing can reach; else the law was too large to search, and it may be reachable.
    """

    timelines: tuple[Timeline, ...]
    left: tuple[str, ...]
    complete: bool


def timelines(
    subject: Scenario | Procedure, covered: Collection[str] = (), progress: Callable[[int], None] | None = None
) -> Timelines:
    """Few and short timelines over all options but those covered; of a scenario as scripts too. Raises as `check` does."""
    reading = Reading(subject)
    found = cover(reading, covered, progress=progress)
    told = tuple(
        Timeline(*unusual(reading, way.start), way.path, scripted(subject, way) if isinstance(subject, Scenario) else None)
        for way in found.timelines
    )
    return Timelines(told, found.left, found.complete)


def unusual(reading: Reading, start: Start) -> tuple[dict[str, Value], dict[str, Value]]:
    """The facts and switches of an opening that are not what a case has if nothing is said."""
    procedure = reading.procedure
    stated = dict(reading.masks.opening.facts)
    facts = {n: v for n, v in start.facts.items() if v != stated.get(n, procedure.facts[n].default)}
    return facts, {n: v for n, v in start.switches.items() if v != procedure.switches[n].values[0]}
