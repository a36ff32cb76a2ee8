"""Conditions: what a step, an option, an offer or a row of a table asks of the state of a case.

A condition is a tuple of clauses, all of which must hold. A clause asks one subject (a track, a counter, the offer,
a fact, ...) and states which of its values will do.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Value: TypeAlias = bool | int | float | str


class AnyOf(Struct, frozen=True, tag="any_of"):
    """One of these; for names of states, itself or anything below it in the dot hierarchy."""

    values: tuple[Value, ...]


class Between(Struct, frozen=True, tag="between"):
    """Numbers from `at_least` to `at_most`, both included; None is no bound."""

    at_least: float | None = None
    at_most: float | None = None


class Not(Struct, frozen=True, tag="not"):
    inner: AnyOf | Between


Asked: TypeAlias = AnyOf | Between | Not


class Clause(Struct, frozen=True, tag="clause"):
    """One subject and what it must be. `name` says which track, counter, fact, switch or item; `offer` is asked its id."""

    subject: Literal["track", "counter", "offer", "fact", "switch", "admitted", "prima_facie"]
    name: str
    asked: Asked


class OfferLike(Struct, frozen=True, tag="offer_like"):
    """The offer made last is of this kind and made by this actor; before any offer only the negation holds."""

    kind: AnyOf | Not | None = None
    by: AnyOf | Not | None = None
    negated: bool = False


class Named(Struct, frozen=True, tag="named"):
    """One of these named conditions of the procedure holds (negated: none of them)."""

    names: tuple[str, ...]
    negated: bool = False


Part: TypeAlias = Clause | OfferLike | Named
Condition: TypeAlias = tuple[Part, ...]  # all of them hold; the empty condition always holds


def matches_name(value: str, name: str) -> bool:
    """Whether the state *value* is *name* or stands below it: `closed.acquitted` is `closed`."""
    return value == name or value.startswith(name + ".")


def in_words(condition: Condition) -> str:
    """A condition as people read it: `case pretrial; suppression granted or denied; not offer of kind diversion`."""
    return "; ".join(_part_in_words(part) for part in condition) or "always"


def _part_in_words(part: Part) -> str:
    match part:
        case Named(names, negated):
            return ("not " if negated else "") + " or ".join(names)
        case OfferLike(kind, by, negated):
            said = [f"of kind {_asked_in_words(kind)}"] if kind else []
            said += [f"by {_asked_in_words(by)}"] if by else []
            return ("not " if negated else "") + " ".join(["offer", *said])
        case Clause(subject, name, asked):
            plain = name if subject in ("track", "counter") else f"{subject} {name}".strip()
            return f"{plain} {_asked_in_words(asked)}"


def _asked_in_words(asked: Asked) -> str:
    match asked:
        case Not(inner):
            return f"not {_asked_in_words(inner)}"
        case AnyOf(values):
            return " or ".join({True: "yes", False: "no"}[v] if isinstance(v, bool) else str(v) for v in values)
        case Between(low, high):
            bounds = [f"at least {low:g}"] if low is not None else []
            return " and ".join([*bounds, *([f"at most {high:g}"] if high is not None else [])])
