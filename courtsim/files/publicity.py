"""The crowd that watches a court, as a scenario states it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from courtsim.files import keys
from courtsim.files.small import date, fields, mapping, number, one_of, refuse, shown, text, unknown
from courtsim.files.yaml import Node
from courtsim.procedure.law import Procedure
from courtsim.scenario.publicity import ELSEWHERE, FINEST, GREATEST, PUT_OFF, STEEPEST, Displacement, Prominent, Publicity

SHORTEST = 0.01  # days of a half-life


def publicity(node: Node, procedure: Procedure, starts: dt.date, horizon: float, sourced: Iterable[str]) -> Publicity:
    """Reads `caseload.publicity`.

    Args:
        sourced: the paths of the scenario that have a source.

    Raises:
        WrongInput: with its place, also where an event is none of the procedure's, or enforcement would be given up.
    """
    found = fields(node, keys.PUBLICITY)
    rest = fields(found["at_rest"], keys.AT_REST)
    filed = number(rest["filings_per_offense"], FINEST, 1)
    enforced = found.get("filings_per_offense")
    shares = {key: number(found[key], 0, 1) for key in ("lift", "noticed", "threshold") if key in found}
    made = Publicity(
        perceived_risk=_above(rest["perceived_risk"], 0.0, 1.0),
        filings_at_rest=filed,
        filings_per_offense=filed if enforced is None else number(enforced, 0, 1),
        elasticity=number(found["elasticity"], -STEEPEST, 0),
        half_life_days=number(found["half_life_days"], SHORTEST),
        displacement=_displacement(found["displacement"]) if "displacement" in found else Displacement(),
        events=_events(found["events"], procedure) if "events" in found else {},
        prominent=_prominent(found["prominent"], procedure, starts, horizon) if "prominent" in found else None,
        context=_context(found["context"], sourced) if "context" in found else {},
        **shares,
    )
    if made.base <= 0 < -made.elasticity and not made.threshold:
        refuse(enforced, "a perceived risk of 0, at which nothing deters", "some enforcement, or less `noticed`")
    if made.most > GREATEST:
        many = f"{made.most:.1f} times as many offenses as at rest"
        refuse(enforced, many, f"enforcement that leaves at most {GREATEST:g} times as many")
    return made


def _above(node: Node, least: float, most: float) -> float:
    value = number(node, least, most)
    if value <= least:
        refuse(node, shown(node), f"a number above {least:g} and at most {most:g}")
    return value


def _displacement(node: Node) -> Displacement:
    found = fields(node, keys.DISPLACEMENT)
    to = one_of(found["to"], ELSEWHERE, "displacement") if "to" in found else ELSEWHERE[0]
    if "after_days" in found and to != "time":
        refuse(found["after_days"], f"`after_days` to another {to}", "`to: time`, or no `after_days`")
    days = _above(found["after_days"], 0, 3650) if "after_days" in found else PUT_OFF
    return Displacement(number(found["share"], 0, 1), to, days)  # type: ignore[arg-type]  # one of ELSEWHERE


def _events(node: Node, procedure: Procedure) -> Mapping[str, float]:
    """What is published, and its size."""
    options = [(step.name, option) for step in procedure.steps.values() for option in step.options.values()]
    known = [option.event for _, option in options]
    known += [consequence.option.event for consequence in procedure.consequences]
    known += [f"{step}.{option.name}" for step, option in options]
    for name in mapping(node):
        if name not in known:
            unknown(node.at(name), "event", name, dict.fromkeys(known))
    return {name: number(size, -1, 1) for name, size in mapping(node).items()}


def _prominent(node: Node, procedure: Procedure, starts: dt.date, horizon: float) -> Prominent:
    found = fields(node, keys.PROMINENT)
    filed = date(found["filed_on"])
    if not 0 <= (filed - starts).days < horizon:
        last = starts + dt.timedelta(days=int(horizon))
        refuse(found["filed_on"], f"a case filed on {filed}", f"a date from {starts} on and before {last}")
    return Prominent(
        scenario=text(found["scenario"]),
        filed_on=filed,
        variant=text(found["variant"]) if "variant" in found else None,
        events=_events(found["events"], procedure) if "events" in found else {},
    )


def _context(node: Node, sourced: Iterable[str]) -> Mapping[str, str]:
    """Words about what is known, none of them without where they come from."""
    known = tuple(sourced)
    for name in mapping(node):
        path = f"caseload.publicity.context.{name}"
        if path not in known:
            refuse(node.at(name), f"context {name!r} without a source", f"`sources: {{{path}: ...}}`")
    return {name: text(words) for name, words in mapping(node).items()}
