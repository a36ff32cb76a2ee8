"""The small notations that procedures and scenarios share: names, numbers, dates, conditions, delays, odds."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping
from typing import NoReturn

from courtsim.errors import Where, WrongInput, listed, nearest
from courtsim.files.yaml import Node
from courtsim.procedure.conditions import (
    AnyOf,
    Asked,
    Between,
    Clause,
    Condition,
    Named,
    Not,
    OfferLike,
    Part,
    Value,
    matches_name,
)
from courtsim.procedure.delays import (
    AnyDelay,
    Deadline,
    Delay,
    DelayRow,
    DelayRows,
    Empirical,
    Exponential,
    Fixed,
    Lognormal,
    Normal,
    OfferTerm,
    Simple,
    Triangular,
    Uniform,
    Until,
)

RESERVED = ("offer", "is", "fact", "switch", "admitted", "prima_facie")


def refuse(where: Where | Node, found: str, expected: str = "", near: str | None = None) -> NoReturn:
    raise WrongInput(where.where if isinstance(where, Node) else where, found, expected, near)


def shown(node: Node) -> str:
    """A value as a message names it."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    return "nothing" if node.value is None else f"{node.value!r}"


def unknown(where: Where | Node, what: str, name: object, names: Iterable[str]) -> NoReturn:
    known = [str(n) for n in names]
    refuse(where, f"unknown {what} {str(name)!r}", listed(known), nearest(str(name), known))


def mapping(node: Node) -> dict[str, Node]:
    if not isinstance(node.value, dict):
        refuse(node, shown(node), "a mapping")
    return node.value


def fields(node: Node, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, Node]:
    """The entries of a mapping none of whose keys is unknown and none of the required missing."""
    found = mapping(node)
    for key in found:
        if key not in allowed:
            unknown(node.at(key), "key", key, allowed)
    for key in required:
        if key not in found:
            refuse(node, f"the key {key!r} is missing", listed(required))
    return found


def sequence(node: Node) -> list[Node]:
    if not isinstance(node.value, list):
        refuse(node, shown(node), "a list")
    return node.value


def text(node: Node) -> str:
    if not isinstance(node.value, str):
        refuse(node, shown(node), "text")
    return node.value


def flag(node: Node) -> bool:
    if not isinstance(node.value, bool):
        refuse(node, shown(node), "true or false")
    return node.value


def number(node: Node, least: float | None = None, most: float | None = None) -> float:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(node, shown(node), "a number")
    if not math.isfinite(value) or (least is not None and value < least) or (most is not None and value > most):
        bounds = "a finite number" if least is None else f"a number of at least {least:g}"
        refuse(node, shown(node), bounds + (f" and at most {most:g}" if most is not None else ""))
    return float(value)


def whole(node: Node, least: int | None = None) -> int:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
        refuse(node, shown(node), "a whole number" + (f" of at least {least}" if least is not None else ""))
    return value


def date(node: Node) -> dt.date:
    try:
        return dt.date.fromisoformat(node.value if isinstance(node.value, str) else "")
    except ValueError:
        refuse(node, shown(node), "a date as 2019-02-22")


def scalar(node: Node) -> Value:
    if isinstance(node.value, dict | list) or node.value is None:
        refuse(node, shown(node), "a word, a number, true or false")
    return node.value


def one_of(node: Node, names: Collection[str], what: str) -> str:
    if node.value not in names:
        unknown(node, what, node.value, names)
    return str(node.value)


def words(node: Node) -> tuple[str, ...]:
    """One word or a list of them."""
    return tuple(text(item) for item in (node.items if isinstance(node.value, list) else [node]))


def yes(node: Node) -> bool:
    """An answer to a legal question: yes or no, true or false."""
    if node.value in ("yes", "no"):
        return node.value == "yes"
    if not isinstance(node.value, bool):
        refuse(node, shown(node), "yes or no")
    return node.value


class Names:
    """What a condition may name."""

    def __init__(self) -> None:
        self.states: Mapping[str, Collection[str]] = {}
        self.counters: Mapping[str, int] = {}
        self.conditions: Collection[str] = ()
        self.facts: Mapping[str, tuple[Value, ...]] = {}
        self.switches: Mapping[str, tuple[Value, ...]] = {}
        self.offer_kinds: Collection[str] = ()
        self.offers: Collection[str] | None = None  # None: a procedure, which knows none
        self.evidence: Collection[str] | None = None

    def condition(self, node: Node) -> Condition:
        parts: list[Part] = []
        for subject, asked in mapping(node).items():
            parts += self._parts(subject, asked, node.at(subject))
        return tuple(parts)

    def _parts(self, subject: str, node: Node, where: Where) -> list[Part]:
        match subject:
            case "offer":
                return [self._offer(node)]
            case "is":
                return [self._named(node)]
            case "prima_facie":
                return [Clause("prima_facie", "", AnyOf((flag(node),)))]
            case "fact":
                return [self._fact(name, asked, node.at(name)) for name, asked in mapping(node).items()]
            case "switch":
                return [self._switch(name, asked, node.at(name)) for name, asked in mapping(node).items()]
            case "admitted":
                return [self._admitted(name, asked, node.at(name)) for name, asked in mapping(node).items()]
        if subject in self.counters:
            return [Clause("counter", subject, _asked(node, numbers=True))]
        if subject not in self.states:
            unknown(where, "track or counter", subject, [*self.states, *self.counters, *RESERVED])
        return [Clause("track", subject, self._states(subject, node))]

    def _states(self, track: str, node: Node) -> Asked:
        inner = _without_not(node)
        for item in inner.items if isinstance(inner.value, list) else [inner]:
            name = text(item)
            if not any(matches_name(state, name) for state in self.states[track]):
                unknown(item, f"state of {track}", name, self.states[track])
        return _asked(node)

    def _offer(self, node: Node) -> Part:
        inner = _without_not(node)
        if isinstance(inner.value, dict):
            found = fields(inner, ("kind", "by"))
            kind = _asked(found["kind"]) if "kind" in found else None
            for item in _values(found.get("kind")):
                one_of(item, self.offer_kinds, "offer kind")
            by = _asked(found["by"]) if "by" in found else None
            assert not isinstance(kind, Between) and not isinstance(by, Between)
            return OfferLike(kind, by, negated=inner is not node)
        if self.offers is None:
            refuse(inner, "a procedure that names an offer of a scenario", "offer: {kind: ..., by: ...}")
        for item in _values(inner):
            one_of(item, self.offers, "offer")
        return Clause("offer", "", _asked(node))

    def _named(self, node: Node) -> Part:
        inner = _without_not(node)
        names = words(inner)
        for item in _values(inner):
            one_of(item, self.conditions, "condition")
        return Named(names, negated=inner is not node)

    def _fact(self, name: str, node: Node, where: Where) -> Part:
        if name not in self.facts:
            unknown(where, "fact", name, self.facts)
        values = self.facts[name]
        asked = _asked(node, numbers=not values)
        if values:
            for item in _values(_without_not(node)):
                if not _among(item.value, values):
                    unknown(item, f"value of {name}", item.value, map(str, values))
        return Clause("fact", name, asked)

    def _switch(self, name: str, node: Node, where: Where) -> Part:
        if name not in self.switches:
            unknown(where, "switch", name, self.switches)
        for item in _values(_without_not(node)):
            if not _among(item.value, self.switches[name]):
                unknown(item, f"value of {name}", item.value, map(str, self.switches[name]))
        return Clause("switch", name, _asked(node))

    def _admitted(self, name: str, node: Node, where: Where) -> Part:
        if self.evidence is None:
            refuse(where, "a procedure that names evidence of a scenario", "prima_facie")
        if name not in self.evidence:
            unknown(where, "item of evidence", name, self.evidence)
        return Clause("admitted", name, AnyOf((flag(node),)))


def _among(value: object, values: Collection[Value]) -> bool:
    return any(value == known and isinstance(value, bool) == isinstance(known, bool) for known in values)


def _without_not(node: Node) -> Node:
    if isinstance(node.value, dict) and "not" in node.value:
        fields(node, ("not",))
        return node.value["not"]
    return node


def _values(node: Node | None) -> list[Node]:
    if node is None:
        return []
    inner = _without_not(node)
    return inner.items if isinstance(inner.value, list) else [inner]


def _asked(node: Node, numbers: bool = False) -> AnyOf | Not | Between:
    inner = _without_not(node)
    if inner is not node:
        found = _asked(inner, numbers)
        assert not isinstance(found, Not)
        return Not(found)
    if numbers and isinstance(node.value, dict):
        bounds = fields(node, ("at_least", "at_most"))
        return Between(*(number(bounds[key]) if key in bounds else None for key in ("at_least", "at_most")))
    items = node.items if isinstance(node.value, list) else [node]
    if numbers:
        return AnyOf(tuple(number(item) for item in items))
    return AnyOf(tuple(scalar(item) for item in items))


DELAYS = (
    "fixed",
    "uniform",
    "triangular",
    "exponential",
    "median",
    "normal",
    "empirical",
    "deadline",
    "until",
    "offer",
)


def delay(node: Node, names: Names, of_procedure: bool = False) -> AnyDelay:
    """Any delay, rows included."""
    if isinstance(node.value, dict) and "rows" in node.value:
        whole = fields(node, ("rows", "court_days", "roll"))
        flags = {key: flag(whole[key]) for key in ("court_days", "roll") if key in whole}
        rows = sequence(whole["rows"])
        found = [fields(row, ("when", "after"), ("after",)) for row in rows]
        check_rows(node.value["rows"], found)
        return DelayRows(
            tuple(
                DelayRow(
                    simple_delay(row["after"], of_procedure, **flags),
                    names.condition(row["when"]) if "when" in row else None,
                )
                for row in found
            )
        )
    return simple_delay(node, of_procedure)


def check_rows(node: Node, rows: list[dict[str, Node]]) -> None:
    """The last row, and no other, is without `when`."""
    if not rows:
        refuse(node, "no rows", "at least one row")
    for row, item in zip(rows, sequence(node), strict=True):
        if ("when" in row) == (item is sequence(node)[-1]):
            refuse(item, "the last row with `when`" if "when" in row else "a row without `when` before the last", "")


def simple_delay(node: Node, of_procedure: bool = False, court_days: bool = False, roll: bool = False) -> Delay:
    """A delay that is no rows; the flags given are those of the rows around it."""
    if not isinstance(node.value, dict):
        return Delay(Fixed(number(node, 0)), court_days, roll)
    found = fields(node, (*DELAYS, "p90", "court_days", "roll"))
    kinds = [key for key in DELAYS if key in found]
    if len(kinds) != 1:
        refuse(node, f"a delay of {len(kinds)} kinds", listed(DELAYS))
    if ("p90" in found) != (kinds[0] == "median"):
        refuse(node, "`median` and `p90` without each other", "{median: 20, p90: 60}")
    kind = _distribution(kinds[0], found[kinds[0]], found.get("p90"))
    if isinstance(kind, OfferTerm) and not of_procedure:
        refuse(node.at("offer"), "the term of an offer", "a delay that a scenario can state")
    return Delay(
        kind,
        court_days=flag(found["court_days"]) if "court_days" in found else court_days,
        roll=flag(found["roll"]) if "roll" in found else roll,
    )


def _several(node: Node, count: int, least: float | None) -> list[float]:
    items = sequence(node)
    if len(items) != count:
        refuse(node, f"{len(items)} numbers", f"{count} numbers")
    return [number(item, least) for item in items]


def _distribution(key: str, node: Node, p90: Node | None) -> Simple:
    match key:
        case "fixed":
            return Fixed(number(node, 0))
        case "uniform":
            low, high = _several(node, 2, 0)
            if low > high:
                refuse(node, f"{low:g} above {high:g}", "min, max in that order")
            return Uniform(low, high)
        case "triangular":
            low, mode, high = _several(node, 3, 0)
            if not low <= mode <= high or low == high:
                refuse(node, f"{low:g}, {mode:g}, {high:g}", "min, mode, max in that order")
            return Triangular(low, mode, high)
        case "exponential":
            mean = number(node, 0)
            if mean == 0:
                refuse(node, "a mean of 0", "a mean above 0")
            return Exponential(mean)
        case "median":
            assert p90 is not None
            median, high = number(node, 0), number(p90, 0)
            if not 0 < median < high:
                refuse(p90, f"a 90th percentile of {high:g} and a median of {median:g}", "0 < median < p90")
            return Lognormal(median, high)
        case "normal":
            items = sequence(node)
            if len(items) != 2:
                refuse(node, f"{len(items)} numbers", "mean, sd")
            return Normal(number(items[0]), number(items[1], 0))
        case "empirical":
            sample = tuple(number(item, 0) for item in sequence(node))
            if not sample:
                refuse(node, "an empty sample", "at least one number")
            return Empirical(sample)
        case "deadline":
            return Deadline(whole(node, 0))
        case "until":
            return Until(date(node))
        case _:
            return OfferTerm(text(node))


def shares(node: Node, names: Collection[str] | None, what: str, words_too: Collection[str] = ("rest",)) -> dict[str, object]:
    """Odds as they are written: name to a number or one of *words_too*; sums and the one `rest` are checked."""
    found: dict[str, object] = {}
    for name, item in mapping(node).items():
        if names is not None and name not in names:
            unknown(node.at(name), what, name, names)
        found[name] = item.value if item.value in words_too else number(item, 0)
    given = [share for share in found.values() if isinstance(share, float)]
    rests = sum(share == "rest" for share in found.values())
    if rests > 1:
        refuse(node, "more than one `rest`", "one entry that takes what is left")
    total = math.fsum(given)
    open_ended = rests or "p" in found.values()
    if (open_ended and total > 1 + 1e-9) or (not open_ended and abs(total - 1) > 1e-9):
        refuse(node, f"odds that sum to {total:g}", "a sum of 1, or one `rest`")
    return found
