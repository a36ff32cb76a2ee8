"""A run: many cases of one scenario under one seed, and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from courtsim.case.history import History
from courtsim.scenario.caseload import banner
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import TRUTH, Outcome, outcome, rates
from courtsim.version import __version__

Z95 = 1.959963984540054  # the standard normal quantile at 0.975


class Share(Struct, frozen=True):
    """How many cases of a run ended so, with Wilson's 95% interval for the share (Wilson 1927)."""

    n: int
    share: float
    ci95: tuple[float, float]


class Spread(Struct, frozen=True):
    """A measure over the cases of a run: its mean with a 95% interval, and three quantiles."""

    mean: float
    ci95: tuple[float, float]
    p10: float
    p50: float
    p90: float


class Run:
    """The cases of a run and their sums.

    Attributes:
        scenario: what was run.
        seed: the tape.
        histories: the cases, in order of their numbers.
        timing: `drawn`, or `central` where every delay took its central value.
    """

    def __init__(self, scenario: Scenario, seed: int, histories: Sequence[History], timing: str = "drawn") -> None:
        self.scenario = scenario
        self.seed = seed
        self.histories = histories
        self.timing = timing

    @property
    def id(self) -> str:
        """A digest of inputs, seed, cases, timing and version: the same run has the same id."""
        return run_id(self.scenario, self.seed, len(self.histories), self.timing)

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(outcome(self.scenario, history) for history in self.histories)

    @cached_property
    def dispositions(self) -> dict[str, Share]:
        """Every state of the spine that disposes, in the order of the procedure."""
        ended = [o.disposition for o in self.outcomes]
        return {state: share(ended.count(state), len(ended)) for state in self.scenario.procedure.disposing()}

    @cached_property
    def measures(self) -> dict[str, Spread]:
        names = self.outcomes[0].measures if self.outcomes else {}
        return {name: spread([float(o.measures[name]) for o in self.outcomes]) for name in names}

    @cached_property
    def published(self) -> dict[str, Share]:
        """How often each item of evidence became public."""
        items = sorted(i.name for i in self.scenario.evidence.values() if i.disclosable)
        return {item: share(sum(item in o.published for o in self.outcomes), len(self.outcomes)) for item in items}

    @cached_property
    def rates(self) -> dict[str, Share]:
        """False pleas and wrongful verdicts as shares of those to whom they may happen; none where the truth is unknown."""
        return rates_of(self.scenario, len(self), self.measures, self.dispositions)

    def history(self, case: int) -> History:
        """A case by its number."""
        return self.histories[case - self.histories[0].case]

    def __iter__(self) -> Iterator[History]:
        return iter(self.histories)

    def __len__(self) -> int:
        return len(self.histories)

    def plain(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return plain_head(self.scenario, self.seed) | {"run": self.id, "timing": self.timing} | self._body()

    def _body(self) -> dict[str, Any]:
        import msgspec

        body: dict[str, Any]
        if len(self.histories) == 1:
            history = self.histories[0]
            body = {
                "case": history.case,
                "opened": msgspec.to_builtins(history.opened),
                "events": msgspec.to_builtins(history.events),
                "notes": [msgspec.to_builtins(e) for e in self.scenario.script if e.note is not None],
                "outcome": self.outcomes[0].plain(),
            }
        else:
            body = plain_many(len(self), self.dispositions, self.measures, self.published)
            body |= {"rates": msgspec.to_builtins(self.rates)} if self.rates else {}
        return body


def rates_of(
    scenario: Scenario, cases: int, measures: Mapping[str, Spread], dispositions: Mapping[str, Share]
) -> dict[str, Share]:
    """The rates of a run, from its means and its shares."""
    counted = {name: cases * measures[name].mean for name in TRUTH if name in measures}
    ends = {end: float(found.n) for end, found in dispositions.items()}
    return {name: share(round(n), round(of)) for name, (n, of) in rates(scenario, counted, ends).items()}


def plain_many(
    cases: int, dispositions: Mapping[str, Share], measures: Mapping[str, Spread], published: Mapping[str, Share]
) -> dict[str, Any]:
    """What many cases come to, in JSON."""
    import msgspec

    sums = {"dispositions": dispositions, "measures": measures, "published": published}
    return {"cases": cases} | {name: msgspec.to_builtins(dict(found)) for name, found in sums.items()}


def plain_head(scenario: Scenario, seed: int | None) -> dict[str, Any]:
    """What every answer in JSON begins with."""
    head: dict[str, Any] = {"scenario": scenario.name, "procedure": scenario.procedure.name}
    warning = banner(scenario.caseload)
    head |= {"banner": warning} if warning else {}
    return head | {"seed": seed, "version": __version__, "digest": scenario.digest}


def run_id(scenario: Scenario, seed: int, cases: int, timing: str) -> str:
    name = "\0".join([scenario.digest, str(seed), str(cases), timing, __version__])
    return blake2b(name.encode(), digest_size=6).hexdigest()


def share(n: int, cases: int) -> Share:
    """A share with Wilson's 95% interval."""
    if cases == 0:
        return Share(0, math.nan, (0.0, 1.0))
    p, z2 = n / cases, Z95 * Z95
    middle = (p + z2 / (2 * cases)) / (1 + z2 / cases)
    half = Z95 * math.sqrt(p * (1 - p) / cases + z2 / (4 * cases * cases)) / (1 + z2 / cases)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Share(n, p, (0.0 if n == 0 else low, 1.0 if n == cases else high))


def spread(values: Sequence[float]) -> Spread:
    """Mean with the normal 95% interval, and the quantiles by linear interpolation."""
    import numpy as np

    sample = np.array(values, dtype=np.float64)
    mean = float(sample.mean())
    half = Z95 * float(sample.std(ddof=1)) / math.sqrt(len(sample)) if len(sample) > 1 else math.inf
    p10, p50, p90 = (float(q) for q in np.quantile(sample, [0.1, 0.5, 0.9]))
    return Spread(mean, (mean - half, mean + half), p10, p50, p90)
