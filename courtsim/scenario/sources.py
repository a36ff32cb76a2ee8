"""Where a number or a rule of a scenario comes from: the nearest source above its path."""

from __future__ import annotations

from collections.abc import Mapping

from courtsim.procedure.law import Source
from courtsim.scenario.facts import Scenario


def source_of(scenario: Scenario, path: str) -> Source | None:
    """The source of a path, of the scenario before its procedure's; `steps...` and what else is law is the procedure's own."""
    law = scenario.procedure.sources
    return _nearest(scenario.sources, path) or _nearest(law, f"defaults.{path}") or _nearest(law, path)


def _nearest(sources: Mapping[str, Source], path: str) -> Source | None:
    above = [key for key in sources if path == key or path.startswith(f"{key}.")]
    return sources[max(above, key=len)] if above else None
