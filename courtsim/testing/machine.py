"""A state machine for Hypothesis over any law: it takes what is lawful, tries what is not, and says what it never came to.

    class Court(LawfulMachine):
        law = courtsim.load_procedure("mine.yaml")

        @invariant()
        def nobody_is_released_twice(self): ...

    TestCourt = Court.TestCase

Each example begins on a way to an option that was seldom taken and then goes on as it likes, rare options more often. Chance
must be a function of what Hypothesis draws, so what is rare is found out beforehand; between rounds, and not within one, the
machine turns to what is still missing.
"""

from __future__ import annotations

import unittest
from collections import Counter
from collections.abc import Collection
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from courtsim.analysis.paths import unusual
from courtsim.analysis.ways import Move, Way
from courtsim.case.core import decide, lawful, open_case, replay
from courtsim.case.events import Event
from courtsim.case.following import following
from courtsim.case.masks import holds
from courtsim.case.state import CaseState
from courtsim.errors import IllegalStep
from courtsim.procedure.law import Always, Eventually, Never, Procedure, Requires
from courtsim.scenario.facts import Scenario
from courtsim.scenario.opens import opening
from courtsim.testing.following import Course, opening_state, taken
from courtsim.testing.reading import Walked, reading_of
from courtsim.testing.strategies import unlawful_commands
from courtsim.testing.written import WrittenProcedure, WrittenScenario

ROUNDS = 4  # of examples, each aimed at what the ones before have not come to
EXAMPLES = 100  # of a round, unless the settings say otherwise
STEPS = 30  # of an example


class LawfulMachine(RuleBasedStateMachine):
    """Cases under a law, led by Hypothesis. Set `law` in a subclass; add rules and invariants about `state` and `events`.

    Attributes:
        law: a procedure (read as `check` reads it: every switch, fact and offer), or a scenario.
        goals: options toward which the examples of this round begin.
        aimed: whether these are all that is still missing; then few ways stop or stray before them.
        taken: how often each option was taken over the whole run.
        state: of the case, what follows of itself included.
        events: what has happened.
        path: what has happened, as `follow` takes it.
    """

    law: ClassVar[Scenario | Procedure]
    goals: ClassVar[tuple[str, ...]] = ()
    aimed: ClassVar[bool] = False
    taken: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.reading: Walked = reading_of(self.law)
        self.procedure = self.reading.procedure
        self.start = self.reading.openings[0]
        self.events: list[Event] = []
        self.path: list[str] = []
        self.awaited: set[str] = set()
        self.state: CaseState = self._opened()

    @initialize(data=st.data())
    def open_toward(self, data: st.DataObject) -> None:
        """The case opens and goes some way toward an option, or all of it."""
        usual = {f"an opening, {n}": Way(start) for n, start in enumerate(self.reading.openings[: 2 if self.aimed else 8])}
        ways = usual | {name: self.reading.found.ways[name] for name in self.goals if name in self.reading.found.ways}
        way = ways[data.draw(st.sampled_from(list(ways)), label="toward")]
        self.start = way.start
        self.state = self._opened()
        self._count(self.events)
        # As often as not the whole way, and mostly where it is aimed: else what lies deep in a long law is hardly met.
        whole = [len(way.moves)] * max(1, len(way.moves)) * (3 if self.aimed else 1)
        far = data.draw(st.sampled_from([*whole, *range(len(way.moves))]), label="so many of its moves")
        for move in way.moves[:far]:
            self.happen(move)

    def _opened(self) -> CaseState:
        """The case as it opens, and what follows of that."""
        facts, switches = unusual(self.reading, self.start)
        state = opening_state(self.law, facts, switches)
        self.events, self.path = [], []
        self.opened_with = dict(facts)
        while follows := following(state):
            state = self._taken(state, follows)
        if self.reading.search.splits:
            state = CaseState(state.masks, state.masks.put(state.word, ("prima_facie",), self._proved()))
        return state

    def _proved(self) -> object:
        return self.reading.masks.questions["prima_facie",].read(self.start.word)

    @precondition(lambda self: not self.state.closed)
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        """Some lawful option is chosen, seldom met ones more often."""
        moves = self.reading.moves(self.reading.projected(self.state.word))
        assert moves, "the case is stuck: it is open, and nothing is lawful or will be"
        named = {" ".join(move.names): move for move in moves}
        names = [" ".join(move.names) for move in self.reading.weighted(moves)]
        self.happen(named[data.draw(st.sampled_from(names), label="take")])

    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        """What is not lawful is refused, and the refusal says what is."""
        command = data.draw(unlawful_commands(self.state), label="refuse")
        instead: tuple[str, ...] | None = None
        try:
            decide(self.procedure, self.state, command)
        except IllegalStep as fault:
            instead = fault.instead
        assert instead is not None, f"{command.step}.{command.option} is not lawful here, and `decide` accepts it"
        assert instead == tuple(f"{step}.{option}" for step, option in lawful(self.state)), "a refusal names other options"

    def happen(self, move: Move) -> None:
        """One option is taken and what follows of it; the law's invariants are watched, and `check` must agree."""
        state = self.state
        before = len(self.events)
        for name in move.names:
            state = self._taken(state, name)
            while follows := following(state):
                state = self._taken(state, follows)
        self.state = state
        self.path += move.names
        happened = self.events[before:]
        self._count(happened)
        assert tuple(f"{e.step}.{e.option}" for e in happened) == move.fires, "decide and check disagree on what follows"
        assert self.reading.projected(state.word) == move.word, "evolve and check disagree on the state"
        self._watch(happened)

    def _count(self, happened: list[Event]) -> None:
        type(self).taken.update(f"{event.step}.{event.option}" for event in happened)

    def _taken(self, state: CaseState, name: str) -> CaseState:
        after, event = taken(self.procedure, state, name)
        if event is not None:
            self._require(state, event)
            self.events.append(event)
        return after

    def _require(self, before: CaseState, event: Event) -> None:
        for name, invariant_ in self.procedure.invariants.items():
            if isinstance(invariant_, Requires) and invariant_.event == event.name:
                masks = before.masks
                assert holds(masks.compile(invariant_.when), before.word), f"the invariant {name!r} is broken"

    def _watch(self, happened: list[Event]) -> None:
        """What must hold from an event on, or must come to hold before the end."""
        masks, word = self.state.masks, self.state.word
        names = {event.name for event in happened}
        for name, law in self.procedure.invariants.items():
            if isinstance(law, Always | Eventually) and law.after in names:
                self.awaited.add(name)
            if isinstance(law, Eventually) and name in self.awaited:
                if holds(masks.compile(law.when), word) or (law.unless is not None and holds(masks.compile(law.unless), word)):
                    self.awaited.discard(name)
                assert not (self.state.closed and name in self.awaited), f"the invariant {name!r} is broken: the case is closed"
            if isinstance(law, Always) and name in self.awaited:
                assert holds(masks.compile(law.when), word), f"the invariant {name!r} is broken"

    @invariant()
    def nothing_that_must_never_be(self) -> None:
        """The law's own `never`."""
        for name, law in self.procedure.invariants.items():
            if isinstance(law, Never):
                broken = holds(self.state.masks.compile(law.when), self.state.word)
                assert not broken, f"the invariant {name!r} is broken"

    def teardown(self) -> None:
        """Of a scenario the stream must replay to the same state. What led here is printed if the test failed."""
        note(self.pasted())
        if isinstance(self.law, Scenario):
            from msgspec.structs import replace

            case = replace(opening(self.law), facts=tuple({**dict(opening(self.law).facts), **self.opened_with}.items()))
            assert replay(self.procedure, [open_case(case), *self.events]) == self.state, "a replay ends in another state"

    def pasted(self) -> str:
        """The law as YAML, where it is known, and the way here, ready to paste."""
        return paste(self.law, Course(tuple(self.path), *unusual(self.reading, self.start)))


def paste(law: Scenario | Procedure, course: Course) -> str:
    """A law and a way through it as Python with YAML in it."""
    if isinstance(law, WrittenScenario) and isinstance(law.procedure, WrittenProcedure):
        head = f'court = written_procedure("""\n{law.procedure.text}""")\nlaw = written_scenario("""\n{law.text}""", court)'
    elif isinstance(law, WrittenProcedure):
        head = f'law = written_procedure("""\n{law.text}""")'
    else:
        head = f'law = courtsim.{"load" if isinstance(law, Scenario) else "load_procedure"}("{law.name}")'
    return f"{head}\nfollow(law, {course.arguments()})"


def run_law_machine(
    machine: type[LawfulMachine],
    settings: settings | None = None,
    *,
    reachable: Collection[str] | None = None,
    rounds: int = ROUNDS,
) -> Counter[str]:
    """Runs a machine and returns how often each option was taken; fails where one that is reachable never was.

    Args:
        machine: a subclass of LawfulMachine with `law`.
        settings: of each round; the default is 100 examples of 30 steps, repeating themselves exactly.
        reachable: the options that must be taken, `step.option`; else those that `check` finds reachable. In a law too large to
            list these are the ones that weighted walks came to.
        rounds: at most; each after the first turns to what is missing.

    Raises:
        AssertionError: a rule or an invariant failed, or an option was never taken; with a way to each.
    """
    reading = reading_of(machine.law)
    wanted = list(reading.found.ways) if reachable is None else list(reachable)
    counted: Counter[str] = Counter()
    missing = wanted
    for n in range(rounds):
        own = {"goals": tuple(missing), "aimed": n > 0, "taken": counted, "__doc__": machine.__doc__}
        aimed: Any = type(machine.__name__, (machine,), own)
        run_state_machine_as_test(aimed, settings=settings or usual_settings())
        missing = [name for name in wanted if not counted[name]]
        if not missing:
            return counted
    known = [name for name in missing if name in reading.found.ways][:3]
    told = "".join(f"\n{paste(machine.law, _shortest(reading, name))}  # {name}" for name in known)
    number = f"{len(missing)} of {len(wanted)} reachable options"
    raise AssertionError(f"{number} were never taken in {rounds} rounds: {', '.join(missing)}{told}")


def _shortest(reading: Walked, option: str) -> Course:
    way = reading.found.ways[option]
    return Course(way.path, *unusual(reading, way.start))


def usual_settings() -> settings:
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.target, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


class _TestCase:
    """`Court.TestCase`: a unittest.TestCase that runs the machine and asks for its coverage."""

    def __get__(self, _instance: object, machine: type[LawfulMachine]) -> type[unittest.TestCase]:
        def run_test(case: Any) -> None:
            run_law_machine(machine, case.settings)

        body = {"settings": usual_settings(), "runTest": run_test, "__module__": machine.__module__}
        return type(f"{machine.__name__}.TestCase", (unittest.TestCase,), body)

    def __set__(self, _instance: object, _value: object) -> None:
        raise AttributeError("TestCase is made from the machine")


LawfulMachine.TestCase = _TestCase()  # type: ignore[assignment]
