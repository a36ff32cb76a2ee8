"""What very many cases come to: their measures in columns, and the sums of a run that keeps no case.

Cases are counted in spans of fixed length. Means and intervals are put together span by span, in order, so they are the same
to the last bit whoever walked which span: one process, several, or a cluster.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from courtsim.case.history import History
from courtsim.choosers.kinds import Decider
from courtsim.engines.run import Z95, Run, Share, Spread, plain_head, plain_many, rates_of, run_id, share, spread
from courtsim.engines.simulate import TimingOf, histories
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import Outcome, outcome

Column = NDArray[np.float64]
Ints = NDArray[np.int64]

SPAN = 8192
FIRST = 256  # cases of the first span: they ask the core most of what it will be asked
KEPT = 100_000  # cases of which every measure is kept: quantiles are theirs; means and intervals are of all cases


class Span(NamedTuple):
    """Consecutive cases: the number of the first, and how many."""

    first: int
    cases: int


def spans(cases: int) -> Iterator[Span]:
    """The cases 1, 2, ... in spans; all but the last are the same however many cases there are."""
    done = 0
    while done < cases:
        taken = min(SPAN if done else FIRST, cases - done)
        yield Span(1 + done, taken)
        done += taken


class Block(NamedTuple):
    """The measures of consecutive cases.

    Attributes:
        first: the number of the first case.
        disposition: for each, the place in `Procedure.disposing()`.
        measures: name to a number for each case.
        published: item of evidence to whether it became public.
        events: of each case, how many.
    """

    first: int
    disposition: Ints
    measures: Mapping[str, Column]
    published: Mapping[str, NDArray[np.bool_]]
    events: Ints

    def __len__(self) -> int:
        return len(self.disposition)


def simulated(
    scenario: Scenario,
    seed: int,
    span: Span,
    timing: TimingOf = "drawn",
    choosers: Mapping[str, Decider] | None = None,
) -> Block:
    """The measures of a span of cases by the reference engine."""
    done = list(histories(scenario, span.cases, seed, first=span.first, timing=timing, choosers=choosers))
    return block_of(scenario, span.first, done, [outcome(scenario, history) for history in done])


def blocks_of(run: Run) -> Iterator[Block]:
    """The cases of a run in columns, span by span."""
    first = run.histories[0].case if len(run) else 1
    for span in spans(len(run)):
        cases = slice(span.first - 1, span.first - 1 + span.cases)
        yield block_of(run.scenario, first + span.first - 1, run.histories[cases], run.outcomes[cases])


def block_of(scenario: Scenario, first: int, done: Sequence[History], found: Sequence[Outcome]) -> Block:
    """Cases in columns."""
    ends = list(scenario.procedure.disposing())
    items = sorted(item.name for item in scenario.evidence.values() if item.disclosable)
    return Block(
        first,
        np.array([ends.index(o.disposition) for o in found], np.int64),
        {name: np.array([float(o.measures[name]) for o in found]) for name in (found[0].measures if found else {})},
        {item: np.array([item in o.published for o in found], bool) for item in items},
        np.array([len(history.happenings) for history in done], np.int64),
    )


Moments: TypeAlias = tuple[float, float]  # mean, sum of squared deviations


def moments_of(values: Column) -> Moments:
    """Of some values."""
    mean = float(values.mean())
    return mean, float(((values - mean) ** 2).sum())


def together(n: int, one: Moments, m: int, other: Moments) -> Moments:
    """The moments of *n* and *m* values together. Source: Chan, Golub and LeVeque 1979."""
    apart = other[0] - one[0]
    return one[0] + apart * m / (n + m), one[1] + (other[1] + apart * apart * n * m / (n + m))


class Sums(NamedTuple):
    """A block added up: enough for shares, means and their intervals."""

    cases: int
    ended: Ints
    published: Mapping[str, int]
    moments: Mapping[str, Moments]


def sums_of(block: Block, ends: int) -> Sums:
    """A block added up; *ends* says how many dispositions there are."""
    moments = {name: moments_of(values) for name, values in block.measures.items()}
    out = {item: int(found.sum()) for item, found in block.published.items()}
    return Sums(len(block), np.bincount(block.disposition, minlength=ends), out, moments)


class Sampled:
    """What the cases of a run come to: the sums of a `Run`, without its histories. Memory does not grow with the cases.

    Attributes:
        scenario: what was sampled.
        seed: of the tape.
        timing: `drawn` or `central`.
        choosers: who decided steps in place of the scenario.
        kept: the blocks of the first cases.

    Args:
        again: makes who walks a span; None: the reference engine.
        keep: how many cases' measures are kept.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        timing: TimingOf = "drawn",
        choosers: Mapping[str, Decider] | None = None,
        again: Callable[[], Callable[[Span], Block]] | None = None,
        keep: int | None = None,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.timing: TimingOf = timing
        self.choosers = dict(choosers or {})
        self.kept: list[Block] = []
        self._again = again
        self._keep = KEPT if keep is None else keep
        self._cases = 0
        self._ended = np.zeros(len(scenario.procedure.disposing()), np.int64)
        self._published: dict[str, int] = {}
        self._moments: dict[str, Moments] = {}
        self._spreads: dict[str, Spread] | None = None

    def __len__(self) -> int:
        return self._cases

    @property
    def histories(self) -> tuple[History, ...]:
        """None: `history` makes any case again."""
        return ()

    def history(self, case: int) -> History:
        """A case in full, made again."""
        (again,) = histories(self.scenario, 1, self.seed, first=case, timing=self.timing, choosers=self.choosers)
        return again

    def blocks(self) -> Iterator[Block]:
        """All cases, span by span; beyond those that are kept they are walked again."""
        yield from self.kept
        if not self.whole:
            made = self._again() if self._again else self._simulated
            yield from (made(span) for span in spans(len(self)) if span.first > sum(map(len, self.kept)))

    def _simulated(self, span: Span) -> Block:
        return simulated(self.scenario, self.seed, span, self.timing, self.choosers)

    def add(self, block: Block) -> None:
        """Adds the next cases."""
        self.take(sums_of(block, len(self._ended)), block)

    def take(self, sums: Sums, block: Block | None) -> None:
        """Adds the next cases, added up already; their block where it is among those that are kept."""
        before, more = self._cases, sums.cases
        if before < self._keep and block is not None:
            self.kept.append(block)
        self._ended += sums.ended
        for item, out in sums.published.items():
            self._published[item] = self._published.get(item, 0) + out
        for name, moments in sums.moments.items():
            self._moments[name] = together(before, self._moments.get(name, (0.0, 0.0)), more, moments)
        self._cases += more
        self._spreads = None

    @property
    def id(self) -> str:
        """As `Run.id`: the same cases have the same id, whichever engine made them."""
        return run_id(self.scenario, self.seed, len(self), self.timing)

    @property
    def whole(self) -> bool:
        """Whether every case's measures are kept."""
        return len(self) <= sum(map(len, self.kept))

    @property
    def dispositions(self) -> dict[str, Share]:
        """Every state of the spine that disposes, in the order of the procedure."""
        return {end: share(int(n), len(self)) for end, n in zip(self.scenario.procedure.disposing(), self._ended, strict=True)}

    @property
    def measures(self) -> dict[str, Spread]:
        if self._spreads is None:
            kept = {name: spread(self.column(name).tolist()) for name in self._moments}
            self._spreads = kept if self.whole else {name: self._of_all(name, found) for name, found in kept.items()}
        return self._spreads

    def column(self, name: str) -> Column:
        """A measure of each case that is kept."""
        return np.concatenate([block.measures[name] for block in self.kept])

    def variance(self, name: str) -> float:
        """Of a measure over all cases."""
        return self._moments[name][1] / (len(self) - 1) if len(self) > 1 else 0.0

    def _of_all(self, name: str, kept: Spread) -> Spread:
        mean, half = self._moments[name][0], Z95 * math.sqrt(self.variance(name) / len(self))
        return Spread(mean, (mean - half, mean + half), kept.p10, kept.p50, kept.p90)

    @property
    def published(self) -> dict[str, Share]:
        """How often each item of evidence became public."""
        return {item: share(n, len(self)) for item, n in self._published.items()}

    @property
    def rates(self) -> dict[str, Share]:
        """As `Run.rates`."""
        return rates_of(self.scenario, len(self), self.measures, self.dispositions)

    def plain(self) -> dict[str, Any]:
        """As `Run.plain` of many cases."""
        head = plain_head(self.scenario, self.seed) | {"run": self.id, "timing": self.timing}
        rates = {"rates": msgspec.to_builtins(self.rates)} if self.rates else {}
        return head | plain_many(len(self), self.dispositions, self.measures, self.published) | rates
