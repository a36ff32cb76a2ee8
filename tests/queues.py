"""Courts that are queues of the textbooks: one or two kinds of hearing, judges, and nothing else."""

from __future__ import annotations

from pathlib import Path

from courtsim.engines.caseload import Court
from courtsim.scenario.facts import Scenario
from tests import small

LONGER = 1  # times the days; `tests.prove.queues` has more

ONE_HEARING = """
facts: {rank: {default: 2}}
tracks:
  case:
    start: filed
    states: {filed: {}, closed: {final: true}}
steps:
  hear:
    by: judge
    when: {case: filed}
    after: 0
    needs: {judge: HELD}
    event: Heard
    to: {case: closed}
"""

TWO_HEARINGS = """
tracks:
  case:
    start: filed
    states: {filed: {}, heard: {}, closed: {final: true}}
steps:
  hear:
    by: judge
    when: {case: filed}
    after: 0
    needs: {judge: {exponential: 0.6}}
    event: Heard
    to: {case: heard}
  enter:
    by: clerk
    when: {case: heard}
    after: 0
    needs: {clerk: {exponential: 0.6}}
    options:
      again: {event: SentBack, to: {case: filed}}
      close: {event: Closed, to: {case: closed}}
"""


def one_hearing(folder: Path, per_day: float, held: str, judges: int = 1, days: int = 550, more: str = "") -> Scenario:
    """Cases come at random, each is heard once."""
    rest = f"""
resources: {{judge: {{capacity: {judges}{", order: [fact.rank]" if "rank" in more else ""}}}}}
caseload: {{arrivals: {{per_day: {per_day}}}, horizon_days: {LONGER * days}, warm_up_days: 50, replications: 20}}
{more}
"""
    return small.court(folder, ONE_HEARING.replace("HELD", held), rest)


def two_hearings(folder: Path, days: int = 550) -> Scenario:
    """A judge, then a clerk, who sends one in four back: a Jackson network of two nodes."""
    rest = f"""
choosers: {{enter: {{odds: {{again: 0.25, close: 0.75}}}}}}
resources: {{judge: {{capacity: 1}}, clerk: {{capacity: 1}}}}
caseload: {{arrivals: {{per_day: 0.5}}, horizon_days: {LONGER * days}, warm_up_days: 50, replications: 20}}
"""
    return small.court(folder, TWO_HEARINGS, rest)


def stays_by_rank(scenario: Scenario, seed: int, replication: int) -> dict[int, float]:
    """Mean days from filing to the end of the hearing, of the cases of each rank that were filed after the warm-up."""
    found: dict[int, list[float]] = {}
    court = Court(scenario)
    day = 1 << 24

    def ended(walk) -> None:
        if walk.book.filed > 50 * day:
            found.setdefault(int(dict(walk.opening.facts)["rank"]), []).append((walk.book.disposed - walk.book.filed) / day)

    court.lived(seed, replication, ended)
    return {rank: sum(stays) / len(stays) for rank, stays in found.items()}
