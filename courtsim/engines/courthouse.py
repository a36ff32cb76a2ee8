"""What a court has only so much of, and who waits for it: judges, courtrooms, counsel.

A request asks for several resources at once. Nothing is held before all are free; then all holds begin together, each for
its own time in court days. Who asks for what another request lacks too stands in one queue with it. A request that could
begin is never kept waiting by one that could not: no judge sits idle for the sake of a trial that has no courtroom.

Times are ticks since the court's first day (`case.clocks`). Every resource keeps two sets of books on its own: a counter
that moves at every event, and the list of all requests. They must agree to the tick (Little's law on a finite time).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Protocol, TypeAlias

from courtsim.case.clocks import DAY
from courtsim.errors import WrongInput
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.caseload import Resource

if TYPE_CHECKING:
    import simpy

Key: TypeAlias = tuple[float, ...]
LONGEST_RECESS = 3660  # days: a court that does not sit for ten years does not sit


class Caller(Protocol):
    """A case, as the courthouse sees it."""

    granted: Request | None  # the request whose holds have begun
    busy: bool  # it is being heard: nothing else of it can begin

    def standing(self, order: Sequence[str]) -> Key:
        """Where it stands in an order; smaller goes first."""
        ...

    def call(self) -> None:
        """Its holds have begun."""
        ...


class Request:
    """One case that asks for resources, for one visit of one step."""

    __slots__ = ("asked", "began", "caller", "ends", "holds", "left", "queue", "step", "until", "visit")

    def __init__(self, caller: Caller, queue: Queue, step: int, visit: int, holds: Sequence[tuple[str, int]], asked: int) -> None:
        self.caller = caller
        self.queue = queue
        self.step = step
        self.visit = visit
        self.holds = holds  # resource, ticks of court days; the unlimited ones too
        self.asked = asked
        self.began: int | None = None
        self.left: int | None = None  # the queue, without having been served
        self.ends = 0  # the longest hold
        self.until: dict[str, int] = {}  # resource to the end of its hold

    @property
    def waits(self) -> bool:
        return self.began is None and self.left is None


class Stock:
    """A limited resource: how many are free, and its books."""

    def __init__(self, name: str, resource: Resource) -> None:
        self.name = name
        self.resource = resource
        self.free = float("inf") if resource.capacity is None else resource.capacity
        self.queues: list[Queue] = []
        self.requests: list[Request] = []  # all that ever asked: the second set of books
        self.present = 0  # waiting or served, by the counter
        self.area = 0  # ticks that requests have spent here, by the counter
        self.since = 0

    def count(self, now: int, change: int) -> None:
        self.area += self.present * (now - self.since)
        self.since = now
        self.present += change


class Queue:
    """Who waits for the same resources, in their order."""

    def __init__(self, stocks: Sequence[Stock]) -> None:
        self.stocks = stocks
        self.order: tuple[str, ...] = next((s.resource.order for s in stocks if s.resource.order), ())
        self.heap: list[tuple[Key, int, Request]] = []
        self.called_for = -1  # the day on which it will be looked at again
        for stock in stocks:
            stock.queues.append(self)

    def first(self) -> Request | None:
        """The first that waits and is not being heard elsewhere."""
        aside: list[tuple[Key, int, Request]] = []
        found = None
        while self.heap and found is None:
            entry = self.heap[0]
            if not entry[2].waits:
                heappop(self.heap)
            elif entry[2].caller.busy:
                aside.append(heappop(self.heap))
            else:
                found = entry[2]
        for entry in aside:
            heappush(self.heap, entry)
        return found


class Courthouse:
    """The limited resources of a court in one SimPy environment."""

    def __init__(self, env: simpy.Environment, resources: Mapping[str, Resource], days: CourtDays, first_weekday: int) -> None:
        self.env = env
        self.days = days
        self.first_weekday = first_weekday  # of day 0, Monday is 0
        self.stocks = {name: Stock(name, resource) for name, resource in resources.items()}
        self._queues: dict[tuple[str, ...], Queue] = {}
        self._known: dict[tuple[str, ...], Queue | None] = {}  # what a step needs, the unlimited too
        self._sitting: dict[tuple[tuple[int, ...], int], bool] = {}
        self._asked = 0

    def queue(self, names: tuple[str, ...]) -> Queue | None:
        """The queue for these resources; None where none of them is limited."""
        if names not in self._known:
            limited = tuple(name for name in names if name in self.stocks)
            if limited and limited not in self._queues:
                self._queues[limited] = Queue([self.stocks[name] for name in limited])
            self._known[names] = self._queues.get(limited)
        return self._known[names]

    def ask(self, caller: Caller, queue: Queue, step: int, visit: int, holds: Sequence[tuple[str, int]]) -> Request:
        """Joins the queue; the holds may begin at once."""
        now = int(self.env.now)
        request = Request(caller, queue, step, visit, holds, now)
        self._asked += 1
        heappush(queue.heap, (caller.standing(queue.order), self._asked, request))
        for stock in queue.stocks:
            stock.count(now, +1)
            stock.requests.append(request)
        self._serve(queue.stocks[0])
        return request

    def leave(self, request: Request) -> None:
        """Leaves the queue unserved."""
        request.left = now = int(self.env.now)
        for stock in request.queue.stocks:
            stock.count(now, -1)

    def freed(self, request: Request) -> None:
        """A case that was being heard is not any more: what else it waits for may begin."""
        self._serve(request.queue.stocks[0])

    def end_of(self, begun: int, length: int) -> int:
        """When a hold of so many ticks of court days ends."""
        return begun + length if self.days.always else self.days.moment(self.days.elapsed(begun) + length)

    def _serve(self, stock: Stock) -> None:
        """Begins whatever can begin with this resource, in its order."""
        while stock.free:
            best: Request | None = None
            rank: tuple[Key, int] | None = None
            for queue in stock.queues:
                if not queue.heap or not all(other.free for other in queue.stocks) or not self._sits(queue):
                    continue
                request = queue.first()
                if request is None:
                    continue
                one = (request.caller.standing(stock.resource.order), request.asked)
                if rank is None or one < rank:
                    best, rank = request, one
            if best is None:
                return
            self._begin(best)

    def _begin(self, request: Request) -> None:
        now = int(self.env.now)
        request.began = now
        request.ends = now
        for name, length in request.holds:
            end = self.end_of(now, length)
            request.until[name] = end
            request.ends = max(request.ends, end)
            if name in self.stocks:
                self.stocks[name].free -= 1
                self._release_at(end, self.stocks[name])
        request.caller.busy = True
        request.caller.granted = request
        request.caller.call()

    def _release_at(self, end: int, stock: Stock) -> None:
        def release(_: simpy.Event) -> None:
            stock.count(int(self.env.now), -1)
            stock.free += 1
            self._serve(stock)

        ended = self.env.timeout(end - int(self.env.now))
        assert ended.callbacks is not None
        ended.callbacks.append(release)

    # -- when the court sits

    def _sits(self, queue: Queue) -> bool:
        """Whether holds of this queue may begin today; if not, looks again on the next day on which they may."""
        today = int(self.env.now) // DAY
        if self._all_sit(queue, today):
            return True
        if queue.called_for <= today:
            day = next((d for d in range(today + 1, today + LONGEST_RECESS) if self._all_sit(queue, d)), None)
            if day is None:
                names = " and ".join(stock.name for stock in queue.stocks)
                raise WrongInput(None, f"a court in which {names} never sit on the same day", "`sits` with a day in common")
            queue.called_for = day
            opens = self.env.timeout(day * DAY - int(self.env.now))
            assert opens.callbacks is not None
            opens.callbacks.append(lambda _: self._serve(queue.stocks[0]))
        return False

    def _all_sit(self, queue: Queue, day: int) -> bool:
        return all(self.sits(stock.resource, day) for stock in queue.stocks)

    def sits(self, resource: Resource, day: int) -> bool:
        """Whether a hold of the resource may begin on that day."""
        if not resource.sits and self.days.always:
            return True
        found = self._sitting.get((resource.sits, day))
        if found is None:
            weekday = (self.first_weekday + day) % 7
            found = self.days.sits(day) and (not resource.sits or weekday in resource.sits)
            self._sitting[resource.sits, day] = found
        return found
