"""What a court has only so much of, as a scenario states it: judges and rooms that hearings hold, lawyers who keep cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

from courtsim.files import keys
from courtsim.files.small import distribution, fields, mapping, number, one_of, refuse, sequence, shown, text, unknown, whole
from courtsim.files.yaml import Node
from courtsim.procedure.conditions import Condition
from courtsim.procedure.delays import Deadline, Delay, Distribution, OfferTerm, Until
from courtsim.procedure.law import CLOCK, Procedure
from courtsim.scenario import caseload
from courtsim.scenario.caseload import CUSTODY, FACT, FILED, WEEKDAYS, Lawyers, Resource, runs_out

OF_HEARINGS = ("sits", "hours", "court_day", "minutes")
OF_LAWYERS = ("for", "when", "cases", "overflow")
LAST_MINUTE = 24 * 60


def resources_of(
    node: Node, procedure: Procedure, public: Callable[[Node], Condition]
) -> tuple[dict[str, Resource], dict[str, Lawyers]]:
    """The resources that hearings hold, and the lawyers, of a scenario's `resources`.

    Args:
        public: reads a condition that no private fact decides.

    Raises:
        WrongInput: with its place, what is unknown, or belongs to the other kind, or lies where no court sits.
    """
    stated = mapping(node)
    held = list(dict.fromkeys(resource for step in procedure.steps.values() for resource in step.needs))
    inner = {name: fields(each, keys.RESOURCE) for name, each in stated.items()}
    overflows = [text(found["overflow"]) for found in inner.values() if "overflow" in found]
    lawyers = [name for name, found in inner.items() if name not in held and ("for" in found or name in overflows)]
    resources: dict[str, Resource] = {}
    kept: dict[str, Lawyers] = {}
    for name, found in inner.items():
        if name in lawyers:
            kept[name] = _lawyers(name, found, procedure, public, {n: inner[n] for n in lawyers})
        elif name in held:
            resources[name] = _resource(name, found, procedure)
        else:
            unknown(node.at(name), "resource", name, [*held, *lawyers])
    return resources, kept


def _order(found: Mapping[str, Node], procedure: Procedure) -> tuple[str, ...]:
    """Who comes first. A clock is named by the track that it moves."""
    moved = [f"{caseload.CLOCK}{track}" for track in procedure.tracks if runs_out(procedure, track)]
    facts = [fact for fact in procedure.facts if procedure.latent is None or fact != procedure.latent.fact]  # no court knows it
    known = [FILED, *(f"{FACT}{fact}" for fact in facts), *([CUSTODY] if procedure.custody() else []), *moved]
    return tuple(one_of(item, known, "order") for item in _list(found, "order"))


def _list(found: Mapping[str, Node], key: str) -> list[Node]:
    return sequence(found[key]) if key in found else []


# -- what hearings hold


def _resource(name: str, found: Mapping[str, Node], procedure: Procedure) -> Resource:
    for key in OF_LAWYERS:
        if key in found:
            refuse(found[key], f"`{key}` of the {name}, which hearings hold", "lawyers, who have another name and `for`")
    hours = tuple(_session(item) for item in _list(found, "hours"))
    if "hours" in found and not hours:
        refuse(found["hours"], "an empty list", "at least one sitting as 9:00-12:00")
    for (before, after), item in zip(pairwise(hours), _list(found, "hours")[1:], strict=True):
        if after[0] < before[1]:
            refuse(item, f"{shown(item)}, which begins before the one above it ends", "sittings in their order")
    for key in ("court_day", "minutes"):
        if key in found and not hours:
            refuse(found[key], f"`{key}` of a {name} without hours", '`hours: ["9:00-12:00", "13:30-16:30"]` beside it')
    return Resource(
        capacity=whole(found["capacity"], 1) if "capacity" in found else None,
        sits=tuple(WEEKDAYS.index(one_of(item, WEEKDAYS, "day")) for item in _list(found, "sits")),
        order=_order(found, procedure),
        hours=hours,
        court_day=_court_day(found["court_day"]) if "court_day" in found else None,
        minutes=tuple(_minutes(name, found["minutes"], procedure)) if "minutes" in found else (),
    )


def _session(node: Node) -> tuple[int, int]:
    """Minutes since midnight, from and to."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})", text(node))
    if match is None:
        refuse(node, shown(node), "a sitting as 9:00-12:00")
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    begins, ends = 60 * from_hour + from_minute, 60 * to_hour + to_minute
    if from_minute > 59 or to_minute > 59 or ends > LAST_MINUTE or begins >= ends:
        refuse(node, shown(node), "a sitting as 9:00-12:00, within one day")
    return begins, ends


def _court_day(node: Node) -> float:
    hours = number(node, 0, 24)
    if not hours:
        refuse(node, "a court day of no hours", "as 6")
    return hours


def _minutes(resource: str, node: Node, procedure: Procedure) -> Iterable[tuple[str, Distribution]]:
    holding = [name for name, step in procedure.steps.items() if resource in step.needs]
    for step, stated in mapping(node).items():
        if step not in holding:
            unknown(node.at(step), f"step that holds the {resource}", step, holding)
        delay: Delay = distribution(stated)
        assert not isinstance(delay.kind, Deadline | Until | OfferTerm)  # `distribution` takes none of them
        yield step, delay.kind


# -- lawyers


def _lawyers(
    name: str,
    found: Mapping[str, Node],
    procedure: Procedure,
    public: Callable[[Node], Condition],
    others: Mapping[str, Mapping[str, Node]],
) -> Lawyers:
    for key in OF_HEARINGS:
        if key in found:
            refuse(found[key], f"`{key}` of lawyers, who keep a case day and night", "`capacity` and `cases`")
    if "cases" in found and "capacity" not in found:
        refuse(found["cases"], f"a limit of cases for any number of lawyers of the {name}", "`capacity` beside it")
    overflow = None
    if "overflow" in found:
        without = [n for n, other in others.items() if n != name and "overflow" not in other and "for" not in other]
        if not without:
            refuse(
                found["overflow"],
                f"an overflow to {shown(found['overflow'])}",
                "a resource without `for`, as `conflict_counsel: {}`",
            )
        overflow = one_of(found["overflow"], without, "resource for what overflows")
    if "for" not in found:
        for key in ("when", "overflow"):
            if key in found:
                refuse(found[key], f"`{key}` of the {name}, which take only what overflows", "`for` beside it, or neither")
    actors = [a for a in dict.fromkeys(step.by for step in procedure.steps.values()) if a != CLOCK]
    return Lawyers(
        party=one_of(found["for"], actors, "actor") if "for" in found else None,
        capacity=whole(found["capacity"], 1) if "capacity" in found else None,
        cases=whole(found["cases"], 1) if "cases" in found else None,
        when=public(found["when"]) if "when" in found else (),
        order=_order(found, procedure),
        overflow=overflow,
    )
