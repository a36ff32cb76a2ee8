"""What a case opens with: everything of a scenario that later law can ask, carried by the first event of its stream."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

from msgspec import Struct

from courtsim.procedure.conditions import Condition, Value
from courtsim.procedure.delays import Delay

Term: TypeAlias = bool | int | float | str


class Charge(Struct, frozen=True):
    offense: str
    counts: int = 1


class Search(Struct, frozen=True):
    """A search or a warrant; `sources` are items from which it derives itself."""

    name: str
    kind: str = ""
    label: str = ""
    challenged: bool = False
    sources: tuple[str, ...] = ()


class Exemption(Struct, frozen=True):
    """An exception to the fruit of the poisonous tree: independent source, inevitable discovery, attenuation."""

    reason: str
    when: Condition = ()


class Item(Struct, frozen=True):
    """An item of evidence. Struck when any of `sources` falls, or when all of `either` have."""

    name: str
    label: str = ""
    sources: tuple[str, ...] = ()  # searches or items
    either: tuple[str, ...] = ()
    weight: float = 0.0
    proves: tuple[str, ...] = ()
    disclosable: bool = False
    outside_scope: bool = False
    exemption: Exemption | None = None


class Offer(Struct, frozen=True):
    name: str
    kind: str
    by: str = "prosecution"
    when: Condition = ()
    terms: tuple[tuple[str, Term], ...] = ()
    open_for: Delay | None = None
    open_until: dt.date | None = None


class Opening(Struct, frozen=True):
    """The content of `CaseOpened`. With the procedure and the later events it is all that a replay needs."""

    starts: dt.date
    digest: str = ""  # of the effective inputs
    charges: tuple[Charge, ...] = ()
    facts: tuple[tuple[str, Value], ...] = ()
    cuts: tuple[tuple[str, tuple[float, ...]], ...] = ()  # where the scenario's conditions cut a number fact in two
    switches: tuple[tuple[str, Value], ...] = ()
    offers: tuple[Offer, ...] = ()
    searches: tuple[Search, ...] = ()
    evidence: tuple[Item, ...] = ()
