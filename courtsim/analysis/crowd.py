"""What a crowd did over the years, in numbers."""

from __future__ import annotations

import numpy as np

from courtsim.case.clocks import DAY
from courtsim.engines.crowd import Acts, Watched, course, risks
from courtsim.scenario.publicity import Publicity


def counts(publicity: Publicity, years: Watched, found: Acts) -> dict[str, float]:
    """The figures of one replication.

    `here`: offenses that happen in the county within the years; `displaced`: elsewhere, or put off beyond the end; `undone`:
    nowhere; the three are all that happen at rest, and those `added` where enforcement is lower.
    """
    late = found.later[found.later < years.until]
    here = len(found.here) + len(late)
    moved = course(publicity, years.told)
    days = np.arange(years.until // DAY, dtype=np.int64) * DAY
    return {
        "offenses.at_rest": float(len(found.would_be)),
        "offenses.here": float(here),
        "offenses.displaced": float(len(found.elsewhere) + len(found.later) - len(late)),
        "offenses.put_off": float(len(late)),
        "offenses.undone": float(len(found.gone)),
        "offenses.added": float(
            here + len(found.elsewhere) + len(found.later) - len(late) + len(found.gone) - len(found.would_be)
        ),
        "filed": float(len(found.filed)),
        "perceived_risk.mean": float(risks(publicity, moved, days).mean()),
        "perceived_risk.highest": publicity.base + float(moved.lifts.max()),
    }
