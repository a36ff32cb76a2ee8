"""Many cases walked by several processes, or by the workers of a Dask cluster: the same answer to the byte, whoever walks.

A chunk is some spans of consecutive cases. A worker adds each span up where it walked it, and only sums come back (and the
measures of the first cases, from which the quantiles are). They are put together in the order of the cases. A worker that dies
costs the time of its chunks: they are walked again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from courtsim.choosers.kinds import Decider
from courtsim.engines.compiled import TooIntricate
from courtsim.engines.processes import WorkersFailed, in_order
from courtsim.engines.sample import Sampler, samples
from courtsim.engines.sampled import KEPT, SPAN, Block, Sampled, Span, Sums, simulated, spans, sums_of
from courtsim.engines.simulate import TimingOf
from courtsim.errors import CourtsimError, NotAvailable
from courtsim.scenario.facts import Scenario
from courtsim.version import __version__

MANY = 20_000  # cases from which on the compiled engine earns the seconds that it takes to get ready
MOST_MADE = 8  # samplers that a process keeps
MOST_SPANS = 16  # of a chunk
OTHER = "courtsim"  # what a worker of another version says first

Engine: TypeAlias = Literal["sample", "simulate"]
Walked: TypeAlias = "list[tuple[Sums, Block | None]]"
Progress: TypeAlias = Callable[[int], None]


def engine_for(scenario: Scenario, cases: int, asked: str = "auto", choosers: Mapping[str, Decider] | None = None) -> Engine:
    """Which engine walks so many cases: the compiled one where that pays and the scenario can be compiled."""
    if asked == "auto":
        return "sample" if cases >= MANY and samples(scenario, choosers) else "simulate"
    return "sample" if asked == "sample" else "simulate"


class Job(Struct, frozen=True):
    """What a worker must know to walk any cases of a run."""

    scenario: Scenario
    seed: int
    timing: TimingOf
    choosers: Mapping[str, Decider]
    engine: Engine
    version: str = __version__

    def maker(self, kept: int = KEPT) -> Callable[[Span], Block]:
        """Who makes the measures of a span; those of one that begins after the cases that are kept stand until the next is made.

        Raises:
            NotAvailable: the compiled engine cannot run here, or the scenario needs the reference engine: a script, ...
        """
        if self.engine == "sample":
            try:
                return Sampler(self.scenario, self.seed, self.timing, self.choosers, kept=kept).block
            except TooIntricate as why:
                raise NotAvailable(f"{self.scenario.name} needs the reference engine, --engine simulate: {why}") from why
        return lambda span: simulated(self.scenario, self.seed, span, self.timing, self.choosers)


def total(
    job: Job,
    cases: int,
    walked: Iterator[Walked],
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
    kept: int = KEPT,
) -> Sampled:
    """The sums of a run from its chunks in order; where *stop* says so, of those that are done."""
    found = Sampled(job.scenario, job.seed, job.timing, job.choosers, partial(job.maker, kept), kept)
    for chunk in walked:
        for sums, block in chunk:
            found.take(sums, block)
        if progress is not None:
            progress(sum(sums.cases for sums, _ in chunk))
        if len(found) < cases and stop():
            break
    return found


def alone(job: Job, cases: int, kept: int = KEPT) -> Generator[Walked, None, None]:
    """The chunks of a run, walked here, a span each."""
    made = _maker(job, kept)
    for span in spans(cases):
        yield [_added_up(job, made(span), kept)]


def by_processes(job: Job, cases: int, workers: int) -> Generator[Walked, None, None]:
    """The chunks of a run, walked by so many processes of this machine.

    Raises:
        WorkersFailed: they die again and again.
    """
    for chunk, walked in in_order(partial(walk, job), _chunks(cases, workers), workers):
        yield walked if isinstance(walked, list) else _here(job, chunk)


def by_cluster(job: Job, cases: int, address: str) -> Generator[Walked, None, None]:
    """The chunks of a run, walked by the workers of a Dask cluster; a worker that dies is replaced by the others.

    Raises:
        NotAvailable: Dask distributed is missing.
        WorkersFailed: the scheduler does not answer, or has no workers.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as fault:
        raise NotAvailable("a cluster needs Dask distributed: pip install 'courtsim[cluster]'") from fault
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as fault:
        raise WorkersFailed(f"no Dask scheduler answers at {address}; start one with `dask scheduler`") from fault
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise WorkersFailed(f"the scheduler at {address} has no workers; start some with `dask worker {address}`")
        left = _chunks(cases, threads)
        waiting: deque[tuple[list[Span], Any]] = deque()
        while True:
            more = islice(left, 3 * threads - len(waiting))
            waiting += ((chunk, client.submit(walk, job, chunk, pure=False)) for chunk in more)
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                walked = future.result()
            except KilledWorker as fault:
                raise WorkersFailed(
                    f"workers of {address} died again and again over one chunk; have they memory enough?"
                ) from fault
            yield walked if isinstance(walked, list) else _here(job, chunk)


def walk(job: Job, chunk: Sequence[Span]) -> Walked | str:
    """What a worker does: each span added up. A name of what went wrong, which the one who asked then finds out himself."""
    if job.version != __version__:
        return f"{OTHER} {__version__}"
    try:
        made = _maker(job)
        return [_added_up(job, made(span)) for span in chunk]
    except CourtsimError as fault:
        return type(fault).__name__


def _here(job: Job, chunk: Sequence[Span]) -> Walked:
    """A chunk that a worker could not walk: walked here it raises what a single process would have raised."""
    made = job.maker()
    return [_added_up(job, made(span)) for span in chunk]


def _added_up(job: Job, block: Block, kept: int = KEPT) -> tuple[Sums, Block | None]:
    return sums_of(block, len(job.scenario.procedure.disposing())), block if block.first <= kept else None


_made: dict[tuple[object, ...], Callable[[Span], Block]] = {}  # of this process: what the last jobs needed


def _maker(job: Job, kept: int = KEPT) -> Callable[[Span], Block]:
    forced = tuple((step, str(vars(by))) for step, by in job.choosers.items())
    key = (job.scenario.digest, job.seed, job.timing, forced, job.engine, kept)
    if key not in _made:
        while len(_made) >= MOST_MADE:
            del _made[next(iter(_made))]
        _made[key] = job.maker(kept)
    return _made[key]


def _chunks(cases: int, workers: int) -> Iterator[list[Span]]:
    """The spans of a run in chunks: large enough to be worth sending, small enough that every worker has some."""
    listed = spans(cases)
    size = max(1, min(MOST_SPANS, cases // SPAN // (4 * workers)))
    while chunk := list(islice(listed, size)):
        yield chunk
