"""What a court has only so much of, and who waits for it: judges, courtrooms. Lawyers, who keep a case, are in `counsel`.

A request asks for several resources at once. Nothing is held before all are free; then all holds begin together, each for
its own time in court days. Who asks for what another request lacks too stands in one queue with it. A request that could
begin is never kept waiting by one that could not: no judge sits idle for the sake of a trial that has no courtroom.

An order that asks how a case stands (custody, a clock that runs) is asked whenever something becomes free, not when the case
joined; and then the court chooses among all who ask at one moment, whoever came to ask first.

Times are ticks since the court's first day (`case.clocks`). Every resource keeps two sets of books on its own: a counter
that moves at every event, and the list of all requests. They must agree to the tick (Little's law on a finite time).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Protocol, TypeAlias

from courtsim.case.clocks import DAY
from courtsim.engines.sittings import Sittings, common
from courtsim.errors import WrongInput
from courtsim.scenario.caseload import CLOCK, CUSTODY, Resource

if TYPE_CHECKING:
    import simpy

Key: TypeAlias = tuple[float, ...]
LONGEST_RECESS = 3660  # days: a court that does not sit for ten years does not sit


def stands(order: Sequence[str]) -> bool:
    """Whether an order asks what changes while a case waits."""
    return any(name == CUSTODY or name.startswith(CLOCK) for name in order)


class Later:
    """Does things at the end of a moment, when whatever else happens at it has happened; each thing once."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self._due: dict[Callable[[], None], None] = {}

    def add(self, does: Callable[[], None]) -> None:
        if not self._due:
            self._wait()
        self._due[does] = None

    def _wait(self) -> None:
        event = self.env.timeout(0)
        assert event.callbacks is not None
        event.callbacks.append(self._do)

    def _do(self, _: simpy.Event) -> None:
        if self.env.peek() <= self.env.now:
            self._wait()
            return
        due, self._due = list(self._due), {}
        for does in due:
            does()


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

    __slots__ = ("asked", "began", "caller", "ends", "holds", "key", "left", "number", "queue", "step", "until", "visit")

    def __init__(self, caller: Caller, queue: Queue, step: int, visit: int, holds: Sequence[tuple[str, int]], asked: int) -> None:
        self.caller = caller
        self.queue = queue
        self.step = step
        self.visit = visit
        self.holds = holds  # resource, ticks that it sits for it; the unlimited ones too
        self.asked = asked
        self.key: Key = ()  # where it stands in its queue
        self.number = 0  # in which it asked
        self.began: int | None = None
        self.left: int | None = None  # the queue, without having been served
        self.ends = 0  # the longest hold
        self.until: dict[str, int] = {}  # resource to the end of its hold

    @property
    def waits(self) -> bool:
        return self.began is None and self.left is None


class Stock:
    """A limited resource: how many are free, and its books."""

    def __init__(self, name: str, resource: Resource, sittings: Sittings) -> None:
        self.name = name
        self.resource = resource
        self.sittings = sittings
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
        self.stands = stands(self.order)
        self.heap: list[tuple[Key, int, Request]] = []
        self.windows = common([stock.sittings for stock in stocks])
        self.timed = any(stock.sittings.timed for stock in stocks)
        self.called_for = -1  # when it will be looked at again
        self.too_long = False  # at the last look something that waits did not fit into what was left of the day
        self.hopeless_until = -1  # and nothing that waits does
        for stock in stocks:
            stock.queues.append(self)

    def join(self, request: Request) -> None:
        request.key = request.caller.standing(self.order)
        heappush(self.heap, (request.key, request.number, request))

    def moved(self, request: Request) -> None:
        """The case stands otherwise than when it joined, perhaps; its old place is passed over."""
        if self.stands and request.caller.standing(self.order) != request.key:
            self.join(request)

    def first(self, now: int) -> Request | None:
        """The first that waits, is not being heard elsewhere, and fits into what is left of the day."""
        aside: list[tuple[Key, int, Request]] = []
        found, fitting = None, False
        self.too_long = False
        while self.heap and found is None:
            entry = self.heap[0]
            key, _, request = entry
            if not request.waits or key is not request.key:
                heappop(self.heap)
                continue
            fits = not self.timed or self.fits(request, now)
            fitting = fitting or fits
            self.too_long = self.too_long or not fits
            if request.caller.busy or not fits:
                aside.append(heappop(self.heap))
            else:
                found = request
        for entry in aside:
            heappush(self.heap, entry)
        if self.too_long and not fitting:
            self.hopeless_until = now + 1  # at least
        return found

    def fits(self, request: Request, now: int) -> bool:
        """Whether the rest of the day holds it whole; or it is longer than a day, and a day opens."""
        if now % DAY == self.windows[0][0]:
            return True
        lengths = dict(request.holds)
        return all(lengths[stock.name] <= stock.sittings.left_today(now) for stock in self.stocks if stock.sittings.timed)


class Courthouse:
    """The limited resources of a court in one SimPy environment."""

    def __init__(
        self,
        env: simpy.Environment,
        resources: Mapping[str, Resource],
        sittings: Mapping[str, Sittings],
        whole_days: Sittings,
        later: Later | None,
    ) -> None:
        """*whole_days*: of what the court has as many of as it takes. *later*: where an order asks how a case stands."""
        self.env = env
        self.stocks = {name: Stock(name, resource, sittings[name]) for name, resource in resources.items()}
        self._later = later
        self._whole_days = whole_days
        self._queues: dict[tuple[str, ...], Queue] = {}
        self._known: dict[tuple[str, ...], Queue | None] = {}  # what a step needs, the unlimited too
        self._serving: dict[str, Callable[[], None]] = {}  # what `later` is given, one for each resource
        self._asked = 0

    def sittings(self, name: str) -> Sittings:
        stock = self.stocks.get(name)
        return self._whole_days if stock is None else stock.sittings

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
        request.number = self._asked
        queue.join(request)
        if queue.timed and queue.hopeless_until > now and queue.fits(request, now):
            queue.hopeless_until = -1
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

    def moved(self, request: Request) -> None:
        """The case that asks has moved, and may stand otherwise in the order."""
        request.queue.moved(request)

    def _serve(self, stock: Stock) -> None:
        """Begins whatever can begin with this resource, in its order: now, or among all who ask at this moment."""
        if self._later is None:
            self._serve_now(stock)
        else:
            self._later.add(self._serving.setdefault(stock.name, lambda: self._serve_now(stock)))

    def _serve_now(self, stock: Stock) -> None:
        now = int(self.env.now)
        while stock.free:
            best: Request | None = None
            rank: tuple[Key, int] | None = None
            for queue in stock.queues:
                if not queue.heap or not all(other.free for other in queue.stocks) or not self._sits(queue, now):
                    continue
                request = queue.first(now)
                if request is None:
                    if queue.too_long:
                        opens = self._call_later(queue, now)
                        queue.hopeless_until = opens if queue.hopeless_until > now else -1
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
            end = self.sittings(name).end_of(now, length)
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

    def _sits(self, queue: Queue, now: int) -> bool:
        """Whether holds of this queue may begin now, for all that it knows; if not, it is looked at again when they may."""
        if queue.hopeless_until > now:
            return False
        within = now % DAY
        if any(a <= within < b for a, b in queue.windows) and self._all_sit(queue, now // DAY):
            return True
        if queue.called_for <= now:
            self._call_later(queue, now)
        return False

    def _call_later(self, queue: Queue, now: int) -> int:
        """Looks at the queue again when next its resources begin to sit; returns that time."""
        if queue.called_for > now:
            return queue.called_for
        queue.called_for = self._opening(queue, now)
        opens = self.env.timeout(queue.called_for - now)
        assert opens.callbacks is not None
        opens.callbacks.append(lambda _: self._serve(queue.stocks[0]))
        return queue.called_for

    def _opening(self, queue: Queue, now: int) -> int:
        """The first time after now at which all its resources begin to sit together."""
        today = now // DAY
        for day in range(today, today + LONGEST_RECESS):
            if queue.windows and (day > today or queue.timed) and self._all_sit(queue, day):
                found = next((day * DAY + a for a, _ in queue.windows if day * DAY + a > now), None)
                if found is not None:
                    return found
        names = " and ".join(stock.name for stock in queue.stocks)
        if queue.windows:
            raise WrongInput(None, f"a court in which {names} never sit on the same day", "`sits` with a day in common")
        raise WrongInput(None, f"a court in which {names} never sit at the same hour", "`hours` with an hour in common")

    def _all_sit(self, queue: Queue, day: int) -> bool:
        return all(stock.sittings.sits(day) for stock in queue.stocks)
