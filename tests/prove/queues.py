"""The courts of `test_queueing_theory.py` over longer years, each seed precise by itself: `python -m tests.prove.queues`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from tests import queues
from tests import test_queueing_theory as theory

LONGER = 5
COURTS = (
    theory.test_one_judge_and_random_hearings,
    theory.test_three_judges_and_random_hearings,
    theory.test_one_judge_and_hearings_of_one_length,
    theory.test_a_judge_and_a_clerk_who_sends_some_back,
)


def each_seed(found: list[theory.Report], stay: float) -> bool:
    halves = [each.figures["days_to_disposition.mean"].half / stay for each in found]
    click.echo(f"  half-widths: {', '.join(f'{half:.1%}' for half in halves)}")
    return max(halves) < 0.05


def main() -> int:
    queues.LONGER = LONGER
    theory.precise = each_seed
    for court in COURTS:
        click.echo(court.__name__.removeprefix("test_").replace("_", " "))
        court(Path(tempfile.mkdtemp()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
