"""Processes of this machine that share tasks: results come in the order of the tasks; a process that is killed costs time alone.

Where the system can, they are forked from one process that has imported what they need. It can be asked for early
(`get_ready`), to get ready while the one who asks still reads files. Each has a line of its own and one task at a time: so
whatever a process dies of, what it had is known and is done again. (`concurrent.futures` of Python 3.11 can lose a task that is
handed in while a process dies, and wait for it forever.)
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from courtsim.errors import CourtsimError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FORKED = "forkserver"
IMPORTED = "courtsim.engines.ready"
AHEAD = 3  # tasks a process that may be done before the first of them is
MOST_DEATHS = 5  # of processes, without a task done between: then it is the machine, not chance
T = TypeVar("T")
R = TypeVar("R")


class WorkersFailed(CourtsimError):
    """Worker processes die again and again, or a cluster does not answer."""

    exit_code = 3


def get_ready() -> None:
    """Starts the process that others are forked from, and does not wait for it."""
    import multiprocessing  # here, as below: who runs alone need not wait for it

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
        Exception: what *do* raised, of the first task that it raised for.
    """
    numbered = enumerate(tasks)
    asked: dict[int, T] = {}  # in their order: what has not been yielded
    done: dict[int, tuple[bool, Any]] = {}
    crew = _Crew(do, workers)
    try:
        while True:
            while crew.idle and crew.lost:
                number = crew.lost.pop(0)
                crew.give(number, asked[number])
            for number, task in islice(numbered, min(len(crew.idle), AHEAD * workers - len(asked))):
                asked[number] = task
                crew.give(number, task)
            if not asked:
                return
            first = next(iter(asked))
            if first not in done:
                done |= crew.results()
                continue  # who is idle now has a task before anyone waits for what is done
            raised, result = done.pop(first)
            if raised:
                raise result
            yield asked.pop(first), result
    finally:
        crew.dismiss()


class _Crew(Generic[T]):
    """Processes, each at the other end of a line.

    Attributes:
        idle: lines whose process has nothing to do.
        busy: the others, each with the number of its task.
        lost: numbers of tasks whose process died.
    """

    def __init__(self, do: Callable[[T], object], workers: int) -> None:
        import multiprocessing

        get_ready()
        methods = multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context(FORKED if FORKED in methods else "spawn")
        self._do = do
        self._deaths = 0
        self._processes: dict[Connection, Any] = {}
        self.busy: dict[Connection, int] = {}
        self.lost: list[int] = []
        self.idle = [self._start() for _ in range(workers)]

    def _start(self) -> Connection:
        ours: Connection
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(self._do, theirs), daemon=True)
        process.start()
        theirs.close()  # or its end would not be the end of the line
        self._processes[ours] = process
        return ours

    def give(self, number: int, task: T) -> None:
        """Gives a task to a process that has none."""
        line = self.idle.pop()
        self.busy[line] = number
        try:
            line.send(task)
        except OSError:
            self._replace(line)

    def results(self) -> dict[int, tuple[bool, Any]]:
        """Waits until something is done or a process has died; by the number of a task, whether it raised and what came of it."""
        from multiprocessing.connection import wait

        found = {}
        ready = wait(list(self.busy))
        for line in [line for line in self.busy if line in ready]:
            try:
                answer = line.recv()
            except (EOFError, OSError):
                self._replace(line)
                continue
            found[self.busy.pop(line)] = answer
            self.idle.append(line)
            self._deaths = 0
        return found

    def _replace(self, line: Connection) -> None:
        self.lost.append(self.busy.pop(line))
        self.lost.sort()
        line.close()
        self._processes.pop(line).join()
        self._deaths += 1
        if self._deaths > MOST_DEATHS:
            raise WorkersFailed(f"worker processes died {self._deaths} times in a row; is there memory enough?")
        self.idle.append(self._start())

    def dismiss(self) -> None:
        """Lets each end once its task is done."""
        for line in self._processes:
            line.close()
        for process in self._processes.values():
            process.join()


def _work(do: Callable[[T], object], line: Connection) -> None:
    """What a process does until the line ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal: the one that asked ends the others
    while True:
        try:
            task = line.recv()
        except (EOFError, OSError):  # reset, where an answer was left lying
            return
        answer: tuple[bool, object]
        try:
            answer = False, do(task)
        except Exception as fault:  # noqa: BLE001 - it is raised by the one who asked
            answer = True, fault
        try:
            line.send(answer)
        except OSError:  # nobody waits for it
            return
