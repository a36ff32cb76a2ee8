"""Who decides: one protocol, several kinds, and `bind`, which makes them of what a scenario states.

To decide a step with a function of your own: `simulate(scenario, choosers={"rule_on_suppression": f})`, where
`f(moment)` or `f(moment, luck)` returns the name of a lawful option, or a mapping from options to probabilities.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias, assert_never, runtime_checkable

from msgspec import Struct

from courtsim.case.events import Detail
from courtsim.case.masks import Forbidden, Masks, holds
from courtsim.case.state import CaseState
from courtsim.choosers.findings import Belief, Findings
from courtsim.errors import NotAvailable, WrongInput, listed
from courtsim.procedure.law import Procedure
from courtsim.scenario.evidence import conviction_probability
from courtsim.scenario.facts import (
    REST,
    ByEvidence,
    ByFindings,
    ByPerson,
    ByReason,
    ByRows,
    ChooserSpec,
    Odds,
    P,
    Scenario,
)

Luck: TypeAlias = Callable[[str], float]  # a purpose to a number in [0, 1): the same for the same step, visit and case


class Moment(Struct, frozen=True):
    """What the actor of a step may know when the option is chosen."""

    masks: Masks
    word: int
    step: str
    by: str
    lawful: tuple[str, ...]  # the options that may be chosen, in the order of the procedure
    day: float = 0.0
    date: dt.date = dt.date.min
    hidden: frozenset[str] = frozenset()  # facts known to others alone
    fixed: tuple[tuple[str, bool], ...] = ()  # answers that a script fixes
    below: Mapping[str, Belief] = {}  # test to what may have been found, where the state does not hold the answers

    @property
    def tracks(self) -> Mapping[str, str]:
        """Track to state."""
        return self._state.tracks

    @property
    def counters(self) -> Mapping[str, int]:
        return self._state.counters

    @property
    def offer(self) -> str | None:
        """The id of the offer made last."""
        return self._state.offer

    @property
    def admitted(self) -> Mapping[str, bool]:
        """Item of evidence to whether it is still admissible."""
        struck = self._state.struck
        return {item.name: item.name not in struck for item in self.masks.opening.evidence}

    @property
    def facts(self) -> Mapping[str, object]:
        """The facts that this actor knows; of a number the stretch that conditions can tell apart."""
        return {name: value for name, value in self._state.facts.items() if name not in self.hidden}

    @property
    def _state(self) -> CaseState:
        return CaseState(self.masks, self.word)


class Choice(Struct, frozen=True):
    """An option and the reasons for it."""

    option: str
    details: tuple[Detail, ...] = ()


@runtime_checkable
class Chooser(Protocol):
    """Who decides a step. Pure: *moment* is what this actor may know, *luck* gives a number in [0, 1) for a purpose."""

    def odds(self, moment: Moment) -> Mapping[str, float]:
        """The exact probability of every lawful option."""
        ...

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        """An option and its reasons, in these odds."""
        ...


Decider: TypeAlias = "Chooser | Force | Callable[..., object]"  # what a user may give for a step


def rescaled(shares: Mapping[str, float], moment: Moment) -> dict[str, float]:
    """The odds over the options that are lawful at this moment.

    Raises:
        WrongInput: they sum to 0.
    """
    total = sum(shares.get(option, 0.0) for option in moment.lawful)
    if total <= 0:
        tracks = ", ".join(f"{track}: {state}" for track, state in moment.tracks.items())
        raise WrongInput(
            None,
            f"the lawful options of {moment.step} ({listed(moment.lawful)}) have odds that sum to 0 at {tracks}",
            "a positive chance for one of them",
        )
    return {option: shares.get(option, 0.0) / total for option in moment.lawful}


def pick(shares: Mapping[str, float], moment: Moment, u: float) -> str:
    """The option at *u* of the odds laid end to end in the order of the procedure."""
    total = 0.0  # added one by one, as every engine does: `sum` has rounded otherwise since Python 3.12
    for option in moment.lawful:
        total += shares.get(option, 0.0)
    point = u * total
    reached = 0.0
    last = ""
    for option in moment.lawful:
        share = shares.get(option, 0.0)
        if share > 0:
            reached += share
            last = option
            if point < reached:
                return option
    if not last:
        rescaled(shares, moment)
    return last


def shares_of(odds: Odds, p: float = 0.0) -> dict[str, float]:
    """The odds as numbers: `p` is a share of what the numbers leave, `rest` is what is left after it."""
    numbers = {option: share for option, share in odds.shares if not isinstance(share, str)}
    left = max(0.0, 1.0 - sum(numbers.values()))
    resolved: dict[str, float] = {}
    takes_p = any(share == P for _, share in odds.shares)
    for option, share in odds.shares:
        if share == P:
            resolved[option] = left * p
        elif share == REST:
            resolved[option] = left * (1.0 - p) if takes_p else left
        else:
            resolved[option] = numbers[option]
    return resolved


class ByOdds:
    """A table of probabilities."""

    def __init__(self, odds: Odds) -> None:
        self.shares = shares_of(odds)

    def odds(self, moment: Moment) -> Mapping[str, float]:
        return rescaled(self.shares, moment)

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        return Choice(pick(self.shares, moment, luck("choice")))


class ByEvidenceLeft:
    """The conviction probability of what is still admissible."""

    def __init__(self, scenario: Scenario, odds: Odds) -> None:
        self.scenario = scenario
        self.table = odds

    def odds(self, moment: Moment) -> Mapping[str, float]:
        return rescaled(self.shares(moment), moment)

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        return Choice(pick(self.shares(moment), moment, luck("choice")))

    def shares(self, moment: Moment) -> dict[str, float]:
        return shares_of(self.table, conviction_probability(self.scenario, moment.masks, moment.word))


class ByTest:
    """A legal test: its answers are drawn, its rule decides, and the ruling carries both."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def odds(self, moment: Moment) -> Mapping[str, float]:
        return rescaled(self.findings.odds(moment.masks, moment.word, moment.fixed, moment.below), moment)

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        ruling = self.findings.draw(moment.masks, moment.word, moment.fixed, luck)
        option = self.findings.option(ruling)
        if option not in moment.lawful:
            option = pick(self.odds(moment), moment, luck("choice"))
            ruling = self.findings.explain(moment.masks, moment.word, option, moment.fixed, luck)
        return Choice(option, (ruling,))


class Reasoned:
    """Whatever is worth most to an actor; *plan* names it."""

    def __init__(self, actor: str, plan: Callable[[str, Moment], str]) -> None:
        self.actor = actor
        self.plan = plan

    def odds(self, moment: Moment) -> Mapping[str, float]:
        best = self.plan(self.actor, moment)
        return {option: float(option == best) for option in moment.lawful}

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        del luck  # reason leaves nothing to it
        return Choice(self.plan(self.actor, moment))


class FirstRow:
    """The first row whose condition holds."""

    def __init__(self, rows: Sequence[tuple[Forbidden, Chooser]]) -> None:
        self.rows = rows

    def odds(self, moment: Moment) -> Mapping[str, float]:
        return self._row(moment).odds(moment)

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        return self._row(moment).choose(moment, luck)

    def _row(self, moment: Moment) -> Chooser:
        found = self.row(moment.word)
        if found is None:
            raise no_row(moment.step)
        return found

    def row(self, word: int) -> Chooser | None:
        """Who decides in this state."""
        for when, chooser in self.rows:
            if holds(when, word):
                return chooser
        return None


def no_row(step: str) -> WrongInput:
    """The complaint about rows none of which holds."""
    return WrongInput(None, f"no row of the chooser of {step} holds", "a last row without `when`")


class Force:
    """Asks for an option wherever it is lawful; elsewhere the step is decided as the scenario says: see `Forced`."""

    def __init__(self, option: str) -> None:
        self.option = option


class Forced:
    """An option wherever it is lawful; elsewhere whoever decides else.

    Args:
        own: who decides else; None: nobody.
    """

    def __init__(self, option: str, own: Chooser | None) -> None:
        self.option = option
        self.own = own

    def odds(self, moment: Moment) -> Mapping[str, float]:
        if self.option in moment.lawful or self.own is None:
            return {option: float(option == self.option) for option in moment.lawful}
        return self.own.odds(moment)

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        if self.option in moment.lawful or self.own is None:
            return Choice(self.option)
        return Choice(pick(self.own.odds(moment), moment, luck("choice")))


class ByFunction:
    """A Python function of the moment (and, if it takes a second argument, of luck)."""

    def __init__(self, step: str, function: Callable[..., object]) -> None:
        self.step = step
        self.function = function
        takes = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.KEYWORD_ONLY]
        self.takes_luck = len(takes) > 1 or any(p.kind is p.VAR_POSITIONAL for p in takes)

    def odds(self, moment: Moment) -> Mapping[str, float]:
        answer = self._ask(moment, lambda _purpose: 0.5)
        if isinstance(answer, Mapping):
            return rescaled(answer, moment)
        return {option: float(option == self._named(answer, moment)) for option in moment.lawful}

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        answer = self._ask(moment, luck)
        if isinstance(answer, Choice):
            self._named(answer.option, moment)
            return answer
        if isinstance(answer, Mapping):
            return Choice(pick(answer, moment, luck("choice")))
        return Choice(self._named(answer, moment))

    def _ask(self, moment: Moment, luck: Luck) -> object:
        return self.function(moment, luck) if self.takes_luck else self.function(moment)

    def _named(self, answer: object, moment: Moment) -> str:
        name = answer.option if isinstance(answer, Choice) else answer
        if name not in moment.lawful:
            raise WrongInput(None, f"the function that decides {self.step} returned {name!r}", listed(moment.lawful))
        return str(name)


def bind(
    scenario: Scenario,
    masks: Masks,
    functions: Mapping[str, Decider] | None,
    plan: Callable[[str, Moment], str],
) -> dict[str, Chooser]:
    """The choosers of a scenario by step, those given as Python objects in place of the file's.

    *plan* names the option that is worth most to an actor at a moment.

    Raises:
        NotAvailable: the scenario asks for a chooser that this command cannot be.
        WrongInput: a function for a step that the procedure does not have.
    """
    given = dict(functions or {})
    unknown = [step for step in given if step not in scenario.procedure.steps]
    if unknown:
        raise WrongInput(None, f"a chooser for the unknown step {unknown[0]!r}", listed(scenario.procedure.steps))
    bound: dict[str, Chooser] = {}
    for step in scenario.procedure.steps:
        own, spec = given.get(step), scenario.choosers.get(step)
        if own is not None and not isinstance(own, Force):
            bound[step] = _own(step, own)
            continue
        stated = None if spec is None else _bound(scenario, masks, step, spec, plan)
        if isinstance(own, Force):
            bound[step] = Forced(own.option, stated)
        elif stated is not None:
            bound[step] = stated
    return bound


def _own(step: str, own: Chooser | Callable[..., object]) -> Chooser:
    if isinstance(own, Chooser):
        return own
    if not callable(own):
        raise WrongInput(None, f"a chooser for {step} that is no Chooser and no function", "a function of the moment")
    return ByFunction(step, own)


def _bound(scenario: Scenario, masks: Masks, step: str, spec: ChooserSpec, plan: Callable[[str, Moment], str]) -> Chooser:
    match spec:
        case Odds():
            return ByOdds(spec)
        case ByFindings(test):
            return ByTest(Findings(scenario, test))
        case ByEvidence(odds):
            return ByEvidenceLeft(scenario, odds)
        case ByRows(rows):
            return FirstRow([(masks.compile(row.when), _bound(scenario, masks, step, row.chooser, plan)) for row in rows])
        case ByPerson(actor, otherwise):
            if otherwise is None:
                raise NotAvailable(f"{step} asks the person who plays {actor}; nobody plays here: state what to do under `else:`")
            return _bound(scenario, masks, step, otherwise, plan)
        case ByReason(actor):
            return Reasoned(actor, plan)
        case _:
            assert_never(spec)


def tests_of_steps(scenario: Scenario) -> dict[str, str]:
    """Which legal test lies behind the rulings of a step, also where odds, a script or a person decide.

    The test that a findings chooser of the step names; else the only test with findings in the scenario, not named by
    any chooser, whose outcomes are all options of this step and of no other.
    """
    procedure = scenario.procedure
    named = {step: test for step, spec in scenario.choosers.items() for test in _tests_in(spec)}
    for name in procedure.tests:
        if name in named.values() or name not in scenario.findings:
            continue
        options = {_outcome(procedure, name, ruling) for ruling in rulings(procedure, name)}
        able = [step.name for step in procedure.steps.values() if options <= set(step.options)]
        if len(able) == 1 and able[0] not in named:
            named[able[0]] = name
    return named


def rulings(procedure: Procedure, test: str) -> list[str]:
    """The rulings that a test can lead to."""
    found = procedure.tests[test]
    while found.reviews:
        found = procedure.tests[found.reviews]
    return list(dict.fromkeys(row.then for row in found.rule))


def _outcome(procedure: Procedure, test: str, ruling: str) -> str:
    return procedure.tests[test].outcomes.get(ruling, ruling)


def _tests_in(spec: ChooserSpec) -> list[str]:
    match spec:
        case ByFindings(test):
            return [test]
        case ByRows(rows):
            return [test for row in rows for test in _tests_in(row.chooser)]
        case ByPerson(_, otherwise) if otherwise is not None:
            return _tests_in(otherwise)
        case _:
            return []
