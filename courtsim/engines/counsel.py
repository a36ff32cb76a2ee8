"""Lawyers who keep a case for its life: prosecutors and public defenders with so many places, and who waits for one.

A case that needs a lawyer asks for one; it has him until it is disposed of or needs none any more. Where all places are taken it
waits, unless others take what overflows. The books are kept as those of judges: by a counter, and by the list of who asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Protocol

from courtsim.engines.courthouse import Key, Later, stands
from courtsim.scenario.caseload import Lawyers

if TYPE_CHECKING:
    import simpy


class Client(Protocol):
    """A case, as lawyers see it."""

    def standing(self, order: Sequence[str]) -> Key: ...

    def represented(self, retainer: Retainer) -> None:
        """It has a lawyer now."""
        ...


class Retainer:
    """A case that asks for a lawyer of one kind, or has one."""

    __slots__ = ("asked", "began", "client", "key", "left", "number", "office", "sent_on", "until", "wanted")

    def __init__(self, client: Client, wanted: Office, asked: int, number: int) -> None:
        self.client = client
        self.wanted = wanted  # whom it asked for
        self.office = wanted  # who has it
        self.asked = asked
        self.began: int | None = None
        self.left: int | None = None  # the queue, without a lawyer
        self.until: dict[str, int] = {}
        self.sent_on = False
        self.key: Key = ()
        self.number = number

    @property
    def waits(self) -> bool:
        return self.began is None and self.left is None


class Office:
    """Lawyers of one kind: their places, who waits for one, and their books."""

    def __init__(self, name: str, resource: Lawyers) -> None:
        self.name = name
        self.resource = resource
        self.free = float("inf") if resource.places is None else resource.places
        self.overflow: Office | None = None
        self.heap: list[tuple[Key, int, Retainer]] = []
        self.requests: list[Retainer] = []
        self.present = 0
        self.area = 0
        self.since = 0

    def count(self, now: int, change: int) -> None:
        self.area += self.present * (now - self.since)
        self.since = now
        self.present += change

    def join(self, retainer: Retainer) -> None:
        retainer.key = retainer.client.standing(self.resource.order)
        heappush(self.heap, (retainer.key, retainer.number, retainer))

    def first(self) -> Retainer | None:
        while self.heap:
            key, _, retainer = self.heap[0]
            if retainer.waits and key is retainer.key:
                return retainer
            heappop(self.heap)
        return None


class Counsel:
    """All lawyers of a court."""

    def __init__(self, env: simpy.Environment, lawyers: Mapping[str, Lawyers], later: Later | None) -> None:
        self.env = env
        self.offices = {name: Office(name, each) for name, each in lawyers.items()}
        for name, each in lawyers.items():
            if each.overflow is not None:
                self.offices[name].overflow = self.offices[each.overflow]
        self._later = later
        self._serving: dict[str, Callable[[], None]] = {}
        self._asked = 0

    def ask(self, client: Client, name: str) -> Retainer:
        """Asks for a lawyer, and may have him at once."""
        now = int(self.env.now)
        office = self.offices[name]
        self._asked += 1
        retainer = Retainer(client, office, now, self._asked)
        office.join(retainer)
        office.count(now, +1)
        office.requests.append(retainer)
        self._serve(office)
        return retainer

    def end(self, retainer: Retainer) -> None:
        """The case needs him no more, or waits for him no more."""
        now = int(self.env.now)
        retainer.office.count(now, -1)
        if retainer.began is None:
            retainer.left = now
            return
        office = retainer.office
        retainer.until[office.name] = now
        office.free += 1
        self._serve(office)
        for other in self.offices.values():
            if other.overflow is office:
                self._serve(other)

    def moved(self, retainer: Retainer) -> None:
        """The case that waits has moved, and may stand otherwise in the order."""
        order = retainer.wanted.resource.order
        if stands(order) and retainer.client.standing(order) != retainer.key:
            retainer.wanted.join(retainer)

    def _serve(self, office: Office) -> None:
        if self._later is None:
            self._serve_now(office)
        else:
            self._later.add(self._serving.setdefault(office.name, lambda: self._serve_now(office)))

    def _serve_now(self, office: Office) -> None:
        """Gives every free place to the case that comes first, then those of the overflow."""
        while (retainer := office.first()) is not None:
            if office.free:
                self._begin(retainer, office)
            elif office.overflow is not None and office.overflow.free:
                retainer.client.represented(self._sent_on(retainer, office, office.overflow))
            else:
                return

    def _begin(self, retainer: Retainer, office: Office) -> None:
        office.free -= 1
        retainer.began = int(self.env.now)
        retainer.client.represented(retainer)

    def _sent_on(self, retainer: Retainer, office: Office, to: Office) -> Retainer:
        """What a case has of those who take the overflow, in place of what it asked for."""
        now = int(self.env.now)
        retainer.left, retainer.sent_on = now, True
        office.count(now, -1)
        other = Retainer(retainer.client, office, now, retainer.number)
        other.office = to
        other.began = now
        to.free -= 1
        to.count(now, +1)
        to.requests.append(other)
        return other
