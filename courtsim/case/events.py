"""What happened in a case: events and their details, to bytes and back, and the versions they have had.

Events carry enough to explain and to replay themselves: a replay needs the procedure and the events, nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from courtsim.case.opening import Opening, Term
from courtsim.errors import WrongInput
from courtsim.procedure.law import Kind, Measured

OPENED = "CaseOpened"
VERSION = 1


class Opened(Struct, frozen=True, tag="opened"):
    opening: Opening


class OfferMade(Struct, frozen=True, tag="offer_made"):
    offer: str
    kind: str
    by: str
    terms: tuple[tuple[str, Term], ...] = ()


class OfferAccepted(Struct, frozen=True, tag="offer_accepted"):
    offer: str
    terms: tuple[tuple[str, Term], ...] = ()


class Suppressed(Struct, frozen=True, tag="suppressed"):
    """What the order struck; derived items included, in the order of the scenario."""

    items: tuple[str, ...]


class Restored(Struct, frozen=True, tag="restored"):
    items: tuple[str, ...]


class Ruling(Struct, frozen=True, tag="ruling"):
    """Why the option was what it was: the answers under a legal test and the row of its rule that they led to."""

    test: str
    answers: tuple[tuple[str, bool], ...]  # in the order of the test's questions
    row: int  # which row of its rule decided, from 0
    ruling: str


class Sentenced(Struct, frozen=True, tag="sentenced"):
    """Days, dollars and hours, mandatory parts included, for all counts together."""

    kind: Kind
    jail_days: float = 0.0
    probation_days: float = 0.0
    fine: float = 0.0
    civil_penalty: float = 0.0
    community_service_hours: float = 0.0
    withheld: bool = False  # adjudication of guilt withheld


AMOUNTS = ("jail_days", "probation_days", "fine", "civil_penalty", "community_service_hours")


class ChargeAmended(Struct, frozen=True, tag="charge_amended"):
    from_offense: str
    to_offense: str


class Published(Struct, frozen=True, tag="published"):
    items: tuple[str, ...]


class PublicityGained(Struct, frozen=True, tag="publicity"):
    amount: float


class CostIncurred(Struct, frozen=True, tag="cost"):
    actor: str
    dollars: float


class Counted(Struct, frozen=True, tag="counted"):
    what: Measured


Detail: TypeAlias = (
    Opened
    | OfferMade
    | OfferAccepted
    | Suppressed
    | Restored
    | Ruling
    | Sentenced
    | ChargeAmended
    | Published
    | PublicityGained
    | CostIncurred
    | Counted
)


class Event(Struct, frozen=True, kw_only=True, rename={"name": "event"}):
    """Something that happened in a case. Everything that `evolve` needs is in it."""

    name: str  # past tense, from the procedure: MotionToSuppressGranted
    case: int
    seq: int  # 0 is the opening; 1, 2, ... within the case
    day: float  # since the case began
    date: dt.date
    step: str
    option: str
    by: str
    rule: str | None = None
    says: str | None = None
    details: tuple[Detail, ...] = ()
    version: int = VERSION  # of this class and its details; UPCASTS[1] would lift plain 1 to plain 2 on reading


class Command(Struct, frozen=True, kw_only=True):
    """What someone asks for: an option of a step, and what chance or a person filled in (a ruling's answers, a sentence)."""

    step: str
    option: str
    case: int = 1
    seq: int = 1
    day: float = 0.0
    date: dt.date = dt.date.min
    details: tuple[Detail, ...] = ()


Plain: TypeAlias = dict[str, Any]
Upcast: TypeAlias = Callable[[Plain], Plain]

UPCASTS: Mapping[int, Upcast] = {}  # version n to a function that makes plain version n + 1 of plain version n

_ENCODER = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    return _ENCODER.encode(event)


def decode(stored: bytes, upcasts: Mapping[int, Upcast] = UPCASTS) -> Event:
    """The event that was stored, whatever version wrote it.

    Raises:
        WrongInput: the bytes are no event, or of a version that this program does not know.
    """
    try:
        plain = msgspec.json.decode(stored)
        version = int(plain.get("version", 0))
        while version != VERSION:
            if version not in upcasts:
                raise WrongInput(None, f"a stored event of version {version}", f"version {VERSION} or one it can be lifted from")
            plain = upcasts[version](plain)
            version += 1
            plain["version"] = version
        return msgspec.convert(plain, Event)
    except (msgspec.MsgspecError, AttributeError, TypeError, ValueError, RecursionError) as fault:
        raise WrongInput(None, f"bytes that are no event: {fault}", "an event as courtsim stores it") from fault


def opening_of(event: Event) -> Opening | None:
    """What the case opened with, if this is its first event."""
    for detail in event.details:
        if isinstance(detail, Opened):
            return detail.opening
    return None
