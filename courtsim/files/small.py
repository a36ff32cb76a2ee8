"""The small notations that procedures and scenarios share: names, numbers, dates, conditions, delays, odds."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NoReturn

from courtsim.errors import Where, WrongInput, listed, nearest
from courtsim.files import keys
from courtsim.files.keys import Keys
from courtsim.files.yaml import Node, resolve
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

EXACT = 1e-9  # how near to 1 odds must sum
RESERVED = tuple(keys.CONDITION)  # no track and no counter has such a name
LONGEST_SHOWN = 60  # characters of a value in a message


def refuse(where: Where | Node | None, found: str, expected: str = "", near: str | None = None) -> NoReturn:
    raise WrongInput(where.where if isinstance(where, Node) else where, found, expected, near)


def shown(node: Node) -> str:
    """A value as a message names it."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    if node.value is None or isinstance(node.value, bool):
        return {None: "nothing", True: "true", False: "false"}[node.value]
    written = repr(node.value)
    return written if len(written) <= LONGEST_SHOWN else f"{written[:LONGEST_SHOWN]}..."


def unknown(where: Where | Node | None, what: str, name: object, names: Iterable[str]) -> NoReturn:
    known = [str(n) for n in names]
    refuse(where, f"unknown {what} {str(name)!r}", listed(known), nearest(str(name), known))


def mapping(node: Node) -> dict[str, Node]:
    if not isinstance(node.value, dict):
        refuse(node, shown(node), "a mapping")
    return node.value


def fields(node: Node, table: Keys) -> dict[str, Node]:
    """The entries of a mapping none of whose keys is unknown and none of the required missing."""
    found = mapping(node)
    for name in found:
        if name not in table:
            unknown(node.at(name), "key", name, table)
    for name, key in table.items():
        if key.required and name not in found:
            refuse(node, f"the key {name!r} is missing", f"{name}: {key.says}")
    return found


def sequence(node: Node) -> list[Node]:
    if not isinstance(node.value, list):
        refuse(node, shown(node), "a list")
    return node.value


def text(node: Node) -> str:
    if not isinstance(node.value, str):
        quotes = isinstance(node.value, bool | int | float)
        refuse(node, shown(node), "text (in quotes)" if quotes else "text")
    return node.value


def texts(node: Node) -> tuple[str, ...]:
    return tuple(text(item) for item in sequence(node))


def identifier(node: Node) -> str:
    """The id of a file."""
    if not re.fullmatch(keys.ID["pattern"].strip("^$"), text(node)):
        refuse(node, shown(node), "an id of lower-case letters, digits and dashes")
    return text(node)


def flag(node: Node) -> bool:
    if not isinstance(node.value, bool):
        refuse(node, shown(node), "true or false")
    return node.value


def number(node: Node, least: float | None = None, most: float | None = None) -> float:
    value = node.value
    if isinstance(value, dict) and value and keys.RANGE.keys() >= value.keys():
        missing = [key for key in keys.RANGE if key not in value]
        found = f"a range without `{missing[0]}`" if missing else "a range"
        refuse(node, found, "low, mid and high" if missing else "a number: ranges stand in scenarios")
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
    given = node.value if isinstance(node.value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", node.value) else ""
    try:
        return dt.date.fromisoformat(given)
    except ValueError:
        refuse(node, shown(node), "a date as 2019-02-22")


def scalar(node: Node) -> Value:
    if isinstance(node.value, dict | list) or node.value is None:
        refuse(node, shown(node), "a word, a number, true or false")
    return node.value if isinstance(node.value, bool | str) else _finite(node, node.value)


def _finite(node: Node, value: int | float) -> int | float:
    if not math.isfinite(value):
        refuse(node, shown(node), "a finite number")
    return value


def one_of(node: Node, names: Collection[str], what: str) -> str:
    if text(node) not in names:
        unknown(node, what, node.value, names)
    return text(node)


def value_of(node: Node, values: Collection[Value], name: str) -> Value:
    """One of the declared values of a fact or a switch."""
    if not among(scalar(node), values):
        unknown(node, f"value of {name}", _word(scalar(node)), map(_word, values))
    return scalar(node)


def value_named(word: str, where: Where, values: Collection[Value], name: str) -> Value:
    """The declared value that a key means: keys are words, values may be numbers or booleans; no values: a number."""
    meant = resolve(word)
    for value in values:
        if value == word or _word(value) == word or (meant is not None and among(meant, (value,))):
            return value
    if values:
        unknown(where, f"value of {name}", word, map(_word, values))
    if isinstance(meant, bool) or not isinstance(meant, int | float) or not math.isfinite(meant):
        refuse(where, repr(word), f"a number: {name} has no list of values")
    return meant


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def distinct(node: Node) -> tuple[Value, ...]:
    """The values of a fact or a switch: at least one, none twice."""
    values: list[Value] = []
    for item in sequence(node):
        if among(scalar(item), values):
            refuse(item, f"the value {shown(item)} again", "each value once")
        values.append(scalar(item))
    if not values:
        refuse(node, "an empty list", "at least one value")
    return tuple(values)


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
        self.latent: str | None = None  # in a procedure: the fact that no law may ask
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
                return [Clause("prima_facie", "", _flagged(node))]
            case "fact":
                return [self._fact(name, asked, node.at(name)) for name, asked in mapping(node).items()]
            case "switch":
                return [self._switch(name, asked, node.at(name)) for name, asked in mapping(node).items()]
            case "admitted":
                return [self._admitted(name, asked, node.at(name)) for name, asked in mapping(node).items()]
        if subject in self.counters:
            return [Clause("counter", subject, _asked_number(node))]
        if subject not in self.states:
            unknown(where, "track or counter", subject, [*self.states, *self.counters, *RESERVED])
        return [Clause("track", subject, self._states(subject, node))]

    def _states(self, track: str, node: Node) -> Asked:
        for item in _values(node):
            name = text(item)
            if not any(matches_name(state, name) for state in self.states[track]):
                unknown(item, f"state of {track}", name, self.states[track])
        return _asked(node)

    def _offer(self, node: Node) -> Part:
        inner = _without_not(node)
        if isinstance(inner.value, dict):
            found = fields(inner, keys.OFFER_LIKE)
            if not found:
                refuse(inner, "an empty mapping", "kind or by")
            for item in _values(found.get("kind")):
                one_of(item, self.offer_kinds, "offer kind")
            for item in _values(found.get("by")):
                text(item)
            kind = _asked(found["kind"]) if "kind" in found else None
            by = _asked(found["by"]) if "by" in found else None
            return OfferLike(kind, by, negated=inner is not node)
        if self.offers is None:
            refuse(inner, "a procedure that names an offer of a scenario", "offer: {kind: ..., by: ...}")
        for item in _values(inner):
            one_of(item, self.offers, "offer")
        return Clause("offer", "", _asked(node))

    def _named(self, node: Node) -> Part:
        names = tuple(one_of(item, self.conditions, "condition") for item in _values(node))
        return Named(names, negated=_without_not(node) is not node)

    def _fact(self, name: str, node: Node, where: Where) -> Part:
        if name not in self.facts:
            unknown(where, "fact", name, self.facts)
        if name == self.latent:
            refuse(where, f"a condition that asks the latent fact {name!r}", "what a court can know")
        values = self.facts[name]
        bounded = isinstance(_without_not(node).value, dict)
        if not values or (bounded and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)):
            return Clause("fact", name, _asked_number(node))
        for item in _values(node):
            value_of(item, values, name)
        return Clause("fact", name, _asked(node))

    def _switch(self, name: str, node: Node, where: Where) -> Part:
        if name not in self.switches:
            unknown(where, "switch", name, self.switches)
        for item in _values(node):
            value_of(item, self.switches[name], name)
        return Clause("switch", name, _asked(node))

    def _admitted(self, name: str, node: Node, where: Where) -> Part:
        if self.evidence is None:
            refuse(where, "a procedure that names evidence of a scenario", "prima_facie")
        if name not in self.evidence:
            unknown(where, "item of evidence", name, self.evidence)
        return Clause("admitted", name, _flagged(node))


def among(value: object, values: Collection[Value]) -> bool:
    """Whether it is one of them; true is not 1."""
    return any(value == known and isinstance(value, bool) == isinstance(known, bool) for known in values)


def _flagged(node: Node) -> AnyOf:
    inner = _without_not(node)
    return AnyOf((flag(inner) != (inner is not node),))


def _without_not(node: Node) -> Node:
    if isinstance(node.value, dict) and "not" in node.value:
        inner = fields(node, keys.NEGATION)["not"]
        if "not" in inner.mapping:
            refuse(inner.at("not"), "`not` of `not`", "one negation")
        return inner
    return node


def _values(node: Node | None) -> list[Node]:
    """The values that are asked for; at least one."""
    if node is None:
        return []
    inner = _without_not(node)
    if isinstance(inner.value, list) and not inner.items:
        refuse(inner, "an empty list", "what it may be")
    return inner.items if isinstance(inner.value, list) else [inner]


def _asked(node: Node) -> AnyOf | Not:
    found = AnyOf(tuple(scalar(item) for item in _values(node)))
    return Not(found) if _without_not(node) is not node else found


def _asked_number(node: Node) -> AnyOf | Not | Between:
    inner = _without_not(node)
    found: AnyOf | Between
    if isinstance(inner.value, dict):
        bounds = fields(inner, keys.BOUNDS)
        low, high = (number(bounds[key]) if key in bounds else None for key in ("at_least", "at_most"))
        if low is None and high is None:
            refuse(inner, "an empty mapping", "at_least or at_most")
        if low is not None and high is not None and low > high:
            refuse(inner, f"at least {low:g} and at most {high:g}", "what a number can be")
        found = Between(low, high)
    else:
        found = AnyOf(tuple(number(item) for item in _values(node)))
    return Not(found) if inner is not node else found


DELAYS = tuple(key for key in keys.SIMPLE_DELAY if key != "p90" and key not in keys.ROUNDING)


def delay(node: Node, names: Names, of_procedure: bool = False) -> AnyDelay:
    """Any delay, rows included."""
    if not isinstance(node.value, dict) or "rows" not in node.value:
        return simple_delay(node, of_procedure)
    around = fields(node, keys.DELAY_ROWS)
    flags = {key: flag(around[key]) for key in keys.ROUNDING if key in around}
    rows = [fields(row, keys.DELAY_ROW) for row in sequence(around["rows"])]
    check_rows(around["rows"], rows)
    return DelayRows(
        tuple(
            DelayRow(
                simple_delay(row["after"], of_procedure, **flags),
                names.condition(row["when"]) if "when" in row else None,
            )
            for row in rows
        )
    )


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
    found = fields(node, keys.SIMPLE_DELAY)
    kinds = [key for key in DELAYS if key in found]
    if len(kinds) > 1:
        refuse(node.at(kinds[1]), f"{kinds[1]!r} beside {kinds[0]!r}", "one of them")
    if ("p90" in found) != ("median" in found):
        refuse(node, "`median` and `p90` without each other", "{median: 20, p90: 60}")
    if not kinds:
        refuse(node, "a delay of no kind", listed(DELAYS))
    kind = _distribution(kinds[0], found[kinds[0]], found.get("p90"))
    if isinstance(kind, OfferTerm) and not of_procedure:
        refuse(node.at("offer"), "the term of an offer", "a delay that a scenario can state")
    return Delay(
        kind,
        court_days=flag(found["court_days"]) if "court_days" in found else court_days,
        roll=flag(found["roll"]) if "roll" in found else roll,
    )


def distribution(node: Node) -> Delay:
    """A delay that can be drawn: no deadline, no date, no court days."""
    for key in mapping(node) if isinstance(node.value, dict) else ():
        if key in keys.SIMPLE_DELAY and key not in keys.DISTRIBUTION:
            refuse(node.at(key), f"{key!r} for what is no clock", "a number or a distribution")
    return simple_delay(node)


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
            if low >= high:
                found = f"{low:g} and {high:g}" if low == high else f"{low:g} above {high:g}"
                refuse(node, found, "min, max in that order")
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


def shares(node: Node, names: Collection[str] | None, what: str) -> dict[str, float | Literal["rest"]]:
    """Odds as they are written: name to a number or `rest`."""
    found: dict[str, float | Literal["rest"]] = {}
    for name, item in _odds(node, names, what).items():
        found[name] = "rest" if item.value == "rest" else number(item, 0)
    numbers = [share for share in found.values() if not isinstance(share, str)]
    rests = len(found) - len(numbers)
    total = math.fsum(numbers)
    if (rests and total > 1 + EXACT) or (not rests and abs(total - 1) > EXACT):
        refuse(node, f"odds that sum to {total:g}", "a sum of 1, or one `rest`")
    return found


def shares_with_p(node: Node, names: Collection[str], what: str) -> dict[str, float | Literal["rest", "p"]]:
    """The odds of an evidence chooser: one option is `p`, another the `rest`, numbers beside them come first."""
    found: dict[str, float | Literal["rest", "p"]] = {}
    for name, item in _odds(node, names, what).items():
        found[name] = "p" if item.value == "p" else "rest" if item.value == "rest" else number(item, 0)
    given = list(found.values())
    if given.count("p") != 1 or given.count("rest") != 1:
        refuse(node, "odds of evidence without one `p` and one `rest`", "{convict: p, acquit: rest}")
    total = math.fsum(share for share in given if not isinstance(share, str))
    if total > 1 + EXACT:
        refuse(node, f"odds that sum to {total:g}", "numbers that leave something to `p` and `rest`")
    return found


def _odds(node: Node, names: Collection[str] | None, what: str) -> dict[str, Node]:
    """The entries of odds: known names, and not more than one `rest`."""
    rest: str | None = None
    for name, item in mapping(node).items():
        if names is not None and name not in names:
            unknown(node.at(name), what, name, names)
        if item.value == "rest" and rest is not None:
            refuse(item, "a second `rest`", "one entry that takes what is left")
        rest = name if item.value == "rest" else rest
    return mapping(node)
