"""Whether a docket that someone else wrote is one that the law allows, clocks included; else its first fault."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from courtsim.case.opening import Offer
from courtsim.engines.retrace import Kind, Ready, Retraced, retrace
from courtsim.errors import WrongInput, listed, nearest
from courtsim.procedure.delays import Delay, Exponential
from courtsim.procedure.law import MakeOffer, Procedure
from courtsim.scenario.facts import Calendar, FactOdds, FactSpec, Scenario
from courtsim.scenario.logs import Line, Trace
from courtsim.version import __version__

MOST_OFFERS = 50  # that a bare procedure takes someone to have ready


class Fault(Struct, frozen=True):
    """The first line that the law does not allow.

    Attributes:
        line: its number within the case, from 1.
        kind: `unlawful`; `late` (lawful until something of the clock came between); `early` (of the clock, before it is
            due); `no court` (the law puts it on a court day); `order` (dated before the line above, or before the case began).
        instead: what was lawful then, as `step.option`.
    """

    line: int
    place: str
    date: dt.date
    event: str
    kind: Kind
    why: str
    instead: tuple[str, ...]


class Docket(Struct, frozen=True):
    """One case of the log. `unsaid`: what the law did by itself and no line says, with its day. `end`: the state it reached."""

    case: str
    lines: int
    fault: Fault | None
    end: str
    closed: bool
    unsaid: tuple[tuple[str, dt.date], ...]


class Conformance(Struct, frozen=True):
    """A log against a law."""

    log: str
    procedure: Procedure
    scenario: str | None
    dockets: tuple[Docket, ...]
    left_out: int  # lines that a mapping leaves out

    @property
    def conforming(self) -> int:
        return sum(docket.fault is None for docket in self.dockets)

    @property
    def ok(self) -> bool:
        return self.conforming == len(self.dockets)

    def kinds(self) -> list[tuple[tuple[str, str], int]]:
        """How often which event was at fault in which way, the most frequent first."""
        found = Counter((d.fault.event, d.fault.kind) for d in self.dockets if d.fault is not None)
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def conform(
    log: str,
    traces: Sequence[Trace],
    subject: Scenario | Procedure,
    *,
    mapped: Mapping[str, str] | None = None,
    calendar: Calendar | None = None,
    progress: Callable[[int], None] | None = None,
) -> Conformance:
    """Retraces every case of a log.

    Args:
        log: its name, for messages.
        subject: a scenario, whose facts, offers, calendar and first day hold for every case; or a bare procedure: any facts,
            switches at their first value, an offer whenever one is made, each case begun on the day of its first line.
        mapped: names of the log to `step`, `step.option` or, to leave its lines out, the empty string.
        calendar: of a bare procedure; none: every day is a court day.

    Raises:
        WrongInput: a name of the log, or of a mapping, that the law does not have, with the nearest that it has.
    """
    procedure = subject.procedure if isinstance(subject, Scenario) else subject
    names = Names(procedure, mapped or {})
    kept = [replace(trace, lines=tuple(line for line in trace.lines if names.means(line))) for trace in traces]
    left_out = sum(len(trace.lines) for trace in traces) - sum(len(trace.lines) for trace in kept)
    ready: dict[dt.date, Ready] = {}
    dockets = []
    for trace in kept:
        starts = subject.starts if isinstance(subject, Scenario) else _first_day(trace)
        if starts not in ready:
            ready[starts] = Ready(subject if isinstance(subject, Scenario) else bare(procedure, starts, calendar))
        dockets.append(_docket(trace, retrace(ready[starts], trace.lines, names.means)))
        if progress is not None:
            progress(1)
    name = subject.name if isinstance(subject, Scenario) else None
    return Conformance(log, procedure, name, tuple(dockets), left_out)


def _first_day(trace: Trace) -> dt.date:
    """The day on which a case began: that of its first line, unless the line itself says how many days before that."""
    first = trace.lines[0] if trace.lines else None
    return first.at.date() - dt.timedelta(days=int(first.day or 0)) if first is not None else dt.date.min


def _docket(trace: Trace, found: Retraced) -> Docket:
    fault = None
    if found.refused is not None:
        line = trace.lines[found.lines]
        kind, why, instead = found.refused
        fault = Fault(found.lines + 1, str(line.where), line.at.date(), line.name, kind, why, instead)
    return Docket(trace.case, len(trace.lines), fault, found.end, found.closed, found.unsaid)


def bare(procedure: Procedure, starts: dt.date, calendar: Calendar | None = None) -> Scenario:
    """A procedure without a case: its law, any facts, and an offer of the first kind ready whenever someone makes one."""
    makers = dict.fromkeys(
        step.by
        for step in procedure.steps.values()
        for option in step.options.values()
        if any(isinstance(effect, MakeOffer) for effect in option.effects)
    )
    kind = next(iter(procedure.offer_kinds), "offer")
    offers = [Offer(name=f"{by} {n + 1}", kind=kind, by=by) for by in makers for n in range(MOST_OFFERS)]
    facts: dict[str, FactSpec] = {}
    for fact in procedure.facts.values():
        shares = tuple((value, 1 / len(fact.values)) for value in fact.values)
        facts[fact.name] = FactOdds(shares) if shares else Delay(Exponential(1.0))
    ready = {offer.name: offer for offer in offers}
    return Scenario(procedure.name, procedure.title, procedure, starts, calendar=calendar, facts=facts, offers=ready)


class Names:
    """What the names of a log mean: options of the law, as (step, option)."""

    def __init__(self, procedure: Procedure, mapped: Mapping[str, str]) -> None:
        self.pairs = [(step.name, option) for step in procedure.steps.values() for option in step.options]
        self.pairs += [(c.name, c.option.name) for c in procedure.consequences]
        self.procedure = procedure
        self.by_event: dict[str, list[tuple[str, str]]] = {}
        self.by_step: dict[str, list[tuple[str, str]]] = {}
        for step, option in self.pairs:
            self.by_event.setdefault(plainly(procedure.option(step, option).event), []).append((step, option))
            self.by_step.setdefault(plainly(step), []).append((step, option))
        self.known: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        self.mapped = {name: self._mapped(name, to) for name, to in mapped.items()}

    def _mapped(self, name: str, to: str) -> list[tuple[str, str]]:
        found = [pair for pair in self.pairs if to in (pair[0], ".".join(pair))]
        if to and not found:
            known = [".".join(pair) for pair in self.pairs]
            steps = [step for step, _ in self.pairs]
            right = "a step, or step.option; nothing leaves its lines out"
            raise WrongInput(
                None, f"--map {name}={to}, which is no option of {self.procedure.name}", right, nearest(to, known + steps)
            )
        return found

    def means(self, line: Line) -> Sequence[tuple[str, str]]:
        """The options that a line may name; none for a line that is left out.

        Raises:
            WrongInput: a name that is none of the law's, nor mapped.
        """
        key = (line.event, line.step, line.option)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._find(line)
        return found

    def _find(self, line: Line) -> list[tuple[str, str]]:
        for name in (line.event, line.name, line.step):
            if name and name in self.mapped:
                return self.mapped[name]
        if line.step:
            pairs = self.by_step.get(plainly(line.step), [])
            found = [pair for pair in pairs if not line.option or pair[1] == line.option]
            if found:
                return found
            if pairs:
                options = [option for _, option in pairs]
                raise WrongInput(
                    line.where, f"unknown option {line.option!r} of {line.step}", listed(options), nearest(line.option, options)
                )
        plain = plainly(line.event or line.step)
        found = self.by_event.get(plain) or self.by_step.get(plain) or []
        found = found or [pair for pair in self.pairs if ".".join(pair) == line.event]
        if not found:
            near = nearest(plain, [*self.by_event, *self.by_step])
            pair = next(iter((self.by_event.get(near) or self.by_step[near]) if near else self.pairs))
            right = f"an event or a step of {self.procedure.name}, or --map {_quoted(line.name)}={'.'.join(pair)}"
            raise WrongInput(line.where, f"unknown event {line.name!r}", right, near)
        return found


def plainly(name: str) -> str:
    """`MotionToSuppressGranted`, `Motion to suppress granted` and `motion_to_suppress_granted` are one name."""
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower()


def _quoted(name: str) -> str:
    return f"'{name}'" if re.search(r"[^\w.]", name) else name


def plain(found: Conformance) -> dict[str, Any]:
    """As `conform --json` shows it."""
    return {
        "scenario": found.scenario,
        "procedure": found.procedure.name,
        "seed": None,
        "version": __version__,
        "digest": None,
        "log": found.log,
        "cases": len(found.dockets),
        "conforming": found.conforming,
        "left_out": found.left_out,
        "faults": [{"event": event, "kind": kind, "cases": n} for (event, kind), n in found.kinds()],
        "dockets": msgspec.to_builtins(found.dockets),
    }
