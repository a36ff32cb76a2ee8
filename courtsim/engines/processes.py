"""Processes of this machine that share tasks: results come in the order of the tasks; a process that is killed costs time alone.

Where the system can, they are forked from one process that has imported what they need. It can be asked for early
(`get_ready`), to get ready while the one who asks still reads files.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from courtsim.errors import CourtsimError

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

FORKED = "forkserver"
IMPORTED = "courtsim.engines.ready"
MOST_DEATHS = 5  # of processes, without a task done between: then it is the machine, not chance
T = TypeVar("T")
R = TypeVar("R")


class WorkersFailed(CourtsimError):
    """Worker processes die again and again, or a cluster does not answer."""

    exit_code = 3


def get_ready() -> None:
    """Starts the process that others are forked from, and does not wait for it."""
    if FORKED in multiprocessing.get_all_start_methods():
        from multiprocessing import resource_tracker
        from multiprocessing.forkserver import ensure_running, set_forkserver_preload

        set_forkserver_preload([IMPORTED])
        resource_tracker.ensure_running()  # which lets signals through when it has started
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # it keeps what it is started with
        try:
            ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def in_order(do: Callable[[T], R], tasks: Iterator[T], workers: int) -> Generator[tuple[T, R], None, None]:
    """Does tasks in so many processes; yields each with its result, in their order. A task whose process died is done again.

    Raises:
        WorkersFailed: they die again and again.
    """
    from concurrent.futures.process import BrokenProcessPool

    waiting: deque[tuple[T, Any]] = deque()  # tasks in order, each with its future; None: not asked for yet
    deaths = 0
    pool = _pool(workers)
    try:
        while True:
            waiting += ((task, None) for task in islice(tasks, 3 * workers - len(waiting)))
            if not waiting:
                return
            try:
                waiting = deque((task, future or pool.submit(do, task)) for task, future in waiting)
                result = waiting[0][1].result()
            except BrokenProcessPool as fault:
                deaths += 1
                if deaths > MOST_DEATHS:
                    raise WorkersFailed(f"worker processes died {deaths} times in a row; is there memory enough?") from fault
                pool.shutdown(cancel_futures=True)
                pool = _pool(workers)
                waiting = deque((task, future if _has_walked(future) else None) for task, future in waiting)
                continue
            deaths = 0
            yield waiting.popleft()[0], result
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor

    get_ready()
    method = FORKED if FORKED in multiprocessing.get_all_start_methods() else "spawn"
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method), initializer=_let_others_interrupt)


def _let_others_interrupt() -> None:
    """Ctrl-C reaches every process of a terminal: the one that asked ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _has_walked(future: Any) -> bool:
    return bool(future is not None and future.done() and not future.cancelled() and future.exception() is None)
