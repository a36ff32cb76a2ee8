"""Everything that could ever happen: every reachable state by any order of lawful steps, untimed, whatever the odds.

The explicit search through the law in masks, for small laws; `symbolic_check` is for large ones. It finds states and
options that nothing reaches, states in which a case gets stuck, and the shortest way to every broken invariant.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from itertools import product

from msgspec import Struct

from courtsim.case.core import apply, following_from
from courtsim.case.events import OfferAccepted, OfferMade
from courtsim.case.masks import Cell, Forbidden, Masks, OptionCode, all_conditions, holds, masks_of
from courtsim.case.opening import Offer, Opening
from courtsim.case.state import CaseState
from courtsim.choosers.findings import Findings
from courtsim.choosers.kinds import shares_of
from courtsim.errors import EndlessLoop, WrongInput, listed, nearest
from courtsim.procedure.conditions import Clause, Value
from courtsim.procedure.delays import AnyDelay, DelayRows, Normal, always_zero
from courtsim.procedure.law import SPINE, Always, Eventually, MakeOffer, Never, Procedure, Requires
from courtsim.scenario.evidence import conviction_probability
from courtsim.scenario.facts import (
    ByEvidence,
    ByFindings,
    ByPerson,
    ByReason,
    ByRows,
    ChooserSpec,
    FactOdds,
    Odds,
    Scenario,
)
from courtsim.scenario.opens import opening

FEW_STATES = 20_000  # up to which listing states is quicker than diagrams
MOST_STATES = 400_000  # of an explicit search, unless told otherwise: about a gigabyte


class DeadEnd(Struct, frozen=True):
    """An open case in which no step is lawful: the spine's state, all tracks, and the shortest way there."""

    state: str
    tracks: Mapping[str, str]
    after: tuple[str, ...]


class Violation(Struct, frozen=True):
    invariant: str
    after: tuple[str, ...]


class Findout(Struct, frozen=True):
    """What a check found. `finished` is false where there were more states than the limit: then nothing is proved."""

    finished: bool
    states: int
    options_fired: tuple[str, ...]
    unreachable_states: tuple[str, ...]
    unreachable_options: tuple[str, ...]
    never_chosen: tuple[str, ...]
    dead_ends: tuple[DeadEnd, ...]
    violated: tuple[Violation, ...]

    @property
    def ok(self) -> bool:
        """No dead end and no broken invariant anywhere reachable, and everywhere was reached."""
        return self.finished and not self.dead_ends and not self.violated


Node = tuple[int, int]  # the word of a settled state, and one bit for each invariant that waits for something


def check(subject: Scenario | Procedure, *, without: Collection[str] = (), most_states: int = MOST_STATES) -> Findout:
    """Explores a scenario (its own offers, evidence and switches) or a bare procedure (every switch, fact and offer).

    Args:
        without: steps to leave out; a catch-all hides dead ends.
        most_states: the search gives up beyond this, and says so.

    Raises:
        WrongInput: `without` names no step.
        EndlessLoop: steps that can repeat without time passing.
    """
    return searched(subject, without=without, most_states=most_states)[0]


def searched(
    subject: Scenario | Procedure, *, without: Collection[str] = (), most_states: int = MOST_STATES
) -> tuple[Findout, Search]:
    """What `check` finds, and the search with the states that it listed."""
    procedure = subject.procedure if isinstance(subject, Scenario) else subject
    refuse_unknown(without, procedure)
    search = Search(subject, procedure, frozenset(without), most_states)
    return search.run(), search


def refuse_unknown(steps: Collection[str], procedure: Procedure) -> None:
    for step in steps:
        if step not in procedure.steps:
            raise WrongInput(None, f"unknown step {step!r}", listed(procedure.steps), nearest(step, procedure.steps))


class Search:
    def __init__(self, subject: Scenario | Procedure, procedure: Procedure, without: frozenset[str], most_states: int) -> None:
        self.procedure = procedure
        self.scenario = subject if isinstance(subject, Scenario) else None
        self.most_states = most_states
        self.starts: list[int]
        if self.scenario is not None:
            self.masks = masks_of(procedure, opening(self.scenario))
            self.starts = [self.masks.start(facts) for facts in drawn_facts(self.masks, self.scenario)]
        else:
            self.masks = Masks(procedure, free_opening(procedure), free=True)
            self.starts = list(free_starts(self.masks))
        self.splits = self.masks.free and _asks_prima_facie(self.masks)
        self.steps = [code for code in self.masks.steps if code.step.name not in without]
        delays = dict(self.scenario.delays) if self.scenario else {}
        self.instant = {
            code.index: delay
            for code in self.steps
            if all(always_zero(held) for held in code.step.needs.values())
            and always_zero(delay := delays.get(code.step.name, code.step.after))
        }
        self.chances = Chances(self.scenario, self.masks) if self.scenario else None
        self.watches = [(name, i, self.masks.compile(i.when), self._unless(i)) for name, i in procedure.invariants.items()]
        self.parents: dict[Node, tuple[Node, str] | None] = {}
        self.broken: dict[str, tuple[Node | None, tuple[str, ...]]] = {}
        self.ends: dict[str, Node] = {}
        self.fired: set[int] = set()
        self.seen_bits = 0
        self.instant_edges: dict[Node, list[tuple[str, Node]]] = {}

    def _unless(self, invariant: object) -> Forbidden:
        if isinstance(invariant, Eventually) and invariant.unless is not None:
            return self.masks.compile(invariant.unless)
        return ()

    def run(self) -> Findout:
        queue: deque[Node] = deque()
        for start in self.starts:
            for word, waiting, _ in self.settle(start, 0, None, []):
                self._reach((word, waiting), None, "", queue)
        finished = True
        while queue:
            if len(self.parents) > self.most_states:
                finished = False
                break
            node = queue.popleft()
            self._expand(node, queue)
        self._refuse_instant_cycles()
        return self._findout(finished)

    def _reach(self, node: Node, parent: Node | None, label: str, queue: deque[Node]) -> None:
        if node in self.parents:
            return
        self.parents[node] = None if parent is None else (parent, label)
        word, _ = node
        self.seen_bits |= word
        for name, invariant, when, _ in self.watches:
            if isinstance(invariant, Never) and holds(when, word):
                self._break(name, node)
        queue.append(node)

    def _expand(self, node: Node, queue: deque[Node]) -> None:
        word, waiting = node
        masks = self.masks
        if word & masks.final:
            self._check_waiting(node)  # here and not before, so that of all ends the nearest comes first
            return
        stuck = True
        for step in self.steps:
            if not holds(step.silent, word) or holds(step.tolled, word):
                continue
            lawful = masks.lawful_options(step, word)
            if not lawful:
                continue
            stuck = False
            if self.chances is not None:
                self.chances.note(step.step.name, lawful, word)
            for option in lawful:
                self.fired.add(option.index)
                label = f"{step.step.name}.{option.option.name}"
                for after in self.after(option, word):
                    for settled, waits, path in self.settle(after, waiting, (option, word, node), [label]):
                        child = (settled, waits)
                        self._reach(child, node, " ".join(path), queue)
                        delay = self.instant.get(step.index)
                        if delay is not None and _is_zero(delay, masks, word):
                            self.instant_edges.setdefault(node, []).append((step.step.name, child))
        if stuck:
            state = str(masks.questions["track", SPINE].read(word))
            self.ends.setdefault(state, node)
            self._check_waiting(node)

    def after(self, option: OptionCode, word: int) -> Iterator[int]:
        """The words after an option, before its consequences: one for each offer that a bare procedure may make."""
        masks = self.masks
        moved = masks.move(word, option)
        details = following_from(masks, word, option)
        for detail in details:
            if not isinstance(detail, OfferMade | OfferAccepted) or (isinstance(detail, OfferMade) and not masks.free):
                moved = apply(masks, moved, detail)
        if masks.free and option.offers is not None:
            for n in option.offers:
                yield masks.put(moved, ("offer",), masks.opening.offers[n].name)
        else:
            yield moved

    def settle(
        self, word: int, waiting: int, event: tuple[OptionCode, int, Node] | None, path: list[str]
    ) -> Iterator[tuple[int, int, list[str]]]:
        """The settled states after an event: its consequences applied, its invariants watched."""
        masks = self.masks
        happened: list[str] = []
        if event is not None:
            option, before, node = event
            happened.append(option.option.event)
            self._require(option, before, node, path)
        applied = 0
        while (follows := masks.consequence(word, applied)) is not None:
            code, bit = follows
            applied |= bit
            self.fired.add(code.index)
            before = word
            path = [*path, f"{code.step}.{code.option.name}"]
            self._require(code, before, event[2] if event else None, path)
            happened.append(code.option.event)
            word = next(iter(self.after(code, word)))
        word = masks.settled(word)
        variants = [word]
        if self.splits:
            variants = [masks.put(word, ("prima_facie",), answer) for answer in (True, False)]
        for variant in variants:
            yield variant, self._wait(variant, waiting, happened, event[2] if event else None, path), path

    # -- invariants

    def _require(self, option: OptionCode, before: int, node: Node | None, path: list[str]) -> None:
        for name, invariant, when, _ in self.watches:
            if isinstance(invariant, Requires) and invariant.event == option.option.event and not holds(when, before):
                self.broken.setdefault(name, (node, tuple(path)))

    def _wait(self, word: int, waiting: int, happened: list[str], node: Node | None, path: list[str]) -> int:
        for n, (name, invariant, when, unless) in enumerate(self.watches):
            bit = 1 << n
            if isinstance(invariant, Always | Eventually) and invariant.after in happened:
                waiting |= bit
            if not waiting & bit:
                continue
            if isinstance(invariant, Always):
                if not holds(when, word):
                    self.broken.setdefault(name, (node, tuple(path)))
            elif holds(when, word) or holds(unless, word):
                waiting &= ~bit
        return waiting

    def _check_waiting(self, node: Node) -> None:
        """At the end of a path: what should have come about and has not."""
        for n, (name, invariant, _, _) in enumerate(self.watches):
            if node[1] & 1 << n and isinstance(invariant, Eventually):
                self._break(name, node)

    def _break(self, name: str, node: Node) -> None:
        self.broken.setdefault(name, (node, ()))

    # -- results

    def _way(self, node: Node | None) -> tuple[str, ...]:
        labels: list[str] = []
        while node is not None and (parent := self.parents.get(node)) is not None:
            node, label = parent
            labels.append(label)
        return tuple(step for label in reversed(labels) for step in label.split())

    def _refuse_instant_cycles(self) -> None:
        if not self.instant_edges:
            return
        import networkx as nx

        graph: nx.DiGraph[Node] = nx.DiGraph((node, child) for node, edges in self.instant_edges.items() for _, child in edges)
        for component in nx.strongly_connected_components(graph):
            steps = dict.fromkeys(
                step for node in component for step, child in self.instant_edges.get(node, []) if child in component
            )
            if steps and (len(component) > 1 or any(graph.has_edge(n, n) for n in component)):
                raise EndlessLoop(
                    f"{listed(sorted(steps))} can repeat without time passing; give one of them a delay, or `once: true`"
                )

    def _findout(self, finished: bool) -> Findout:
        masks, procedure = self.masks, self.procedure
        states = [
            f"{track}.{state}"
            for track, t in procedure.tracks.items()
            for state in t.states
            if not self.seen_bits & masks.questions["track", track].bit(state)
        ]
        names = {code.index: f"{code.step}.{code.option.name}" for code in masks.options}
        never = self.chances.never(self.fired) if self.chances else ()
        return Findout(
            finished=finished,
            states=len(self.parents),
            options_fired=tuple(names[n] for n in sorted(self.fired)),
            unreachable_states=tuple(sorted(states)),
            unreachable_options=tuple(sorted(names[n] for n in names if n not in self.fired)),
            never_chosen=tuple(sorted(names[n] for n in never)),
            dead_ends=tuple(
                DeadEnd(state, dict(CaseState(masks, node[0]).tracks), self._way(node))
                for state, node in sorted(self.ends.items())
            ),
            violated=tuple(
                Violation(name, self._way(node) + tail)
                for name in procedure.invariants
                if name in self.broken
                for node, tail in [self.broken[name]]
            ),
        )


def _is_zero(delay: AnyDelay, masks: Masks, word: int) -> bool:
    if not isinstance(delay, DelayRows):
        return True
    for row in delay.rows:
        if holds(masks.compile(row.when or ()), word):
            return always_zero(row.delay)
    return False


class Chances:
    """To which options the scenario ever gives a chance."""

    def __init__(self, scenario: Scenario | None, masks: Masks) -> None:
        assert scenario is not None
        self.scenario = scenario
        self.masks = masks
        self.given: set[int] = set()

    def note(self, step: str, lawful: list[OptionCode], word: int) -> None:
        if all(option.index in self.given for option in lawful):
            return
        spec = self.scenario.choosers.get(step)
        if spec is None or len(lawful) == 1:
            self.given.update(option.index for option in lawful)
            return
        likely = self._likely(spec, word)
        self.given.update(o.index for o in lawful if likely is None or o.option.name in likely)

    def never(self, fired: Collection[int]) -> list[int]:
        steps = {n for n, code in enumerate(self.masks.options) if code.step_index >= 0}
        return [n for n in fired if n in steps and n not in self.given]

    def _likely(self, spec: ChooserSpec, word: int) -> set[str] | None:
        """The options with a positive chance; None where any may be chosen."""
        match spec:
            case Odds():
                return {option for option, share in shares_of(spec).items() if share > 0}
            case ByEvidence(odds):
                p = conviction_probability(self.scenario, self.masks, word)
                return {option for option, share in shares_of(odds, p).items() if share > 0}
            case ByFindings(test):
                odds_of = Findings(self.scenario, test).odds(self.masks, word)
                return {option for option, share in odds_of.items() if share > 0}
            case ByRows(rows):
                for row in rows:
                    if holds(self.masks.compile(row.when), word):
                        return self._likely(row.chooser, word)
                return set()
            case ByPerson() | ByReason():
                return None


def drawn_facts(masks: Masks, scenario: Scenario) -> Iterator[dict[str, Value]]:
    """Every combination of values of the facts that are drawn: of a number, one for each stretch it may fall in."""
    fixed = dict(masks.opening.facts) or {f.name: f.default for f in scenario.procedure.facts.values()}
    ranges: dict[str, list[Value]] = {}
    for name in scenario.procedure.facts:
        stated = scenario.facts.get(name, fixed.get(name, scenario.procedure.facts[name].default))
        if isinstance(stated, FactOdds):
            ranges[name] = [value for value, share in stated.shares if share > 0]
        elif isinstance(stated, bool | int | float | str):
            ranges[name] = [stated]
        else:
            low = float("-inf") if isinstance(stated.kind, Normal) else 0.0
            ranges[name] = [c.inside for c in _cells(masks, name) if c.high >= max(low, 0.0)]
    for values in product(*ranges.values()):
        yield dict(zip(ranges, values, strict=True))


def _cells(masks: Masks, fact: str) -> list[Cell]:
    return [cell for cell in masks.questions["fact", fact].answers if isinstance(cell, Cell)]


def free_opening(procedure: Procedure) -> Opening:
    """What a bare procedure opens with: an offer of every kind by everyone who makes offers, always left."""
    makers = dict.fromkeys(
        step.by
        for step in procedure.steps.values()
        for option in step.options.values()
        if any(isinstance(effect, MakeOffer) for effect in option.effects)
    )
    kinds = procedure.offer_kinds or ("offer",)
    offers = tuple(Offer(name=f"{kind} by {by}", kind=kind, by=by) for by in makers for kind in kinds)
    return Opening(starts=dt.date(2000, 1, 1), offers=offers)


def free_starts(masks: Masks) -> Iterator[int]:
    """The opening words of a bare procedure: every switch and every fact at every value, but for the truth, which no law asks."""
    latent = masks.procedure.latent
    truth = ("fact", latent.fact) if latent else None
    keys = [key for key in masks.questions if key[0] in ("switch", "fact") and key != truth]
    word = masks.start()
    for answers in product(*(masks.questions[key].answers for key in keys)):
        start = word
        for key, answer in zip(keys, answers, strict=True):
            start = masks.put(start, key, answer)
        yield start


def _asks_prima_facie(masks: Masks) -> bool:
    return any(
        isinstance(part, Clause) and part.subject == "prima_facie"
        for condition in all_conditions(masks.procedure)
        for part in condition
    )
