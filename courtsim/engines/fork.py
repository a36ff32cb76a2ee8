"""A stored case continued from one of its events: what happened before is taken as it is, one choice is another, the law and
the tape say the rest.

Luck is addressed by (seed, case, step, visit, purpose), so all of it that the change does not touch stays the same. A script
is followed up to the change and no further: what the record says came of what was done then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from courtsim.case.clocks import DAY
from courtsim.case.core import apply, dated, lawful, replay, why_not
from courtsim.case.events import Event
from courtsim.case.history import Happening, History, history_of
from courtsim.engines.simulate import Bench, Luck, TimingOf, Walk, scripted
from courtsim.engines.tape import Tape
from courtsim.errors import IllegalStep, WrongInput, listed, nearest
from courtsim.procedure.law import CLOCK
from courtsim.scenario.facts import Scenario


class Forked(NamedTuple):
    """Another history of the same case."""

    history: History
    scripted: int  # of its events, how many were the script's or came before its last entry; a fork of the fork needs it


def scripted_events(scenario: Scenario, seed: int, case: int, timing: TimingOf) -> int:
    """How many events of a case were its script's, or happened before the script's last entry."""
    if not scripted(scenario):
        return 0
    walk = _Again(Bench(scenario), seed, case, timing)
    return walk.events_of_script()


def fork(
    scenario: Scenario,
    seed: int,
    stream: Sequence[Event],
    at: int,
    step: str,
    option: str,
    *,
    timing: TimingOf = "drawn",
    script: int = 0,
) -> Forked:
    """The case of *stream* as it goes when *step* ends in *option* at event *at*, at the time of that event.

    Args:
        scenario: under which the case ran.
        seed: of the tape.
        stream: what happened, the opening first.
        at: the number of the event to be replaced, from 1.
        step: the step of that event, or another one that was lawful then.
        option: of that step.
        timing: as the case ran.
        script: how many events of the stream its script accounts for.

    Raises:
        WrongInput: no such event, step or option; or the stream is not what this law makes.
        IllegalStep: not lawful at that event; the error says what was.
    """
    bench = Bench(scenario)
    history = history_of(bench.masks, stream)
    if not 1 <= at <= len(history.happenings):
        raise WrongInput(None, f"event {at} of a case of {len(history.happenings)} events", f"1 to {len(history.happenings)}")
    happened = stream[at]
    _refuse_unlawful(bench, stream, at, step, option)
    walk = _Again(bench, seed, history.case, timing)
    walk.open()
    if walk.opening != history.opening:
        raise WrongInput(None, "the stored opening is not what these inputs make", "the version and the files of the run")
    if (step, option) == (happened.step, happened.option):
        walk.repeat(history.happenings, max(at, script), script)
        return Forked(walk.go_on(), script)
    walk.repeat(history.happenings, at - 1, script)
    walk.instead(history.happenings[at - 1][0], step, option)
    if at <= script:
        script = walk.drop_the_script()
    return Forked(walk.go_on(), script)


def _refuse_unlawful(bench: Bench, stream: Sequence[Event], at: int, step: str, option: str) -> None:
    """Raises IllegalStep where the choice was not lawful at the event, WrongInput where there is no such choice."""
    steps = bench.procedure.steps
    happened = stream[at]
    if step not in steps and step != happened.step:
        raise WrongInput(None, f"unknown step {step!r}", f"a step, such as {happened.step}", nearest(step, steps))
    options = steps[step].options if step in steps else (happened.option,)
    if option not in options:
        raise WrongInput(None, f"{step} has no option {option!r}", listed(options), nearest(option, options))
    state = replay(bench.procedure, stream[:at])
    allowed = lawful(state)
    reason = ""
    if (step, option) not in allowed:
        reason = why_not(state, step, option)
    elif step != happened.step and steps[step].by == CLOCK:
        reason = "its clock had not run out"
    if reason:
        own = sorted(allowed, key=lambda found: found[0] != happened.step)  # those of the step that did happen first
        tried = f"{step}={option} at event {at} ({happened.name}, {happened.date.isoformat()})"
        raise IllegalStep(
            tried, reason, [f"{s}={o}" for s, o in own if s == happened.step or s not in steps or steps[s].by != CLOCK]
        )


class _Again(Walk):
    """A case that repeats what it once did before it goes another way."""

    def __init__(self, bench: Bench, seed: int, case: int, timing: TimingOf) -> None:
        super().__init__(bench, Luck(bench, Tape(seed, case, 1), timing), 0, case, None)

    def open(self) -> None:
        self._follow_up(None)
        if not self.word & self.masks.final:
            self.clocks.open(self.word, 0, self._draw)

    def events_of_script(self) -> int:
        self.open()
        self._follow_script()
        return len(self.happenings)

    def drop_the_script(self) -> int:
        """What is left of it falls away; returns how many events it accounts for."""
        self._leave_script()
        return len(self.happenings)

    def repeat(self, before: Sequence[Happening], events: int, script: int) -> None:
        """The first *events* of a history again, with their consequences.

        Raises:
            WrongInput: a consequence or a state that the history does not have.
        """
        self._compare(before, 0)
        while len(self.happenings) < events:
            done = len(self.happenings)
            self.now, index, details = before[done]
            code, word = self.masks.options[index], self.word
            self.word = self.masks.move(word, code)
            for detail in details:
                self.word = apply(self.masks, self.word, detail)
            self.happenings.append(before[done])
            if self.pending:
                self._watch_event(code, word)
            self._follow_up(code)
            self._compare(before, done)
            if script and len(self.happenings) == script:
                self._leave_script()

    def _compare(self, before: Sequence[Happening], done: int) -> None:
        for n in range(done, len(self.happenings)):
            if n >= len(before) or self.happenings[n] != before[n]:
                on = dated(self.opening.starts, self.happenings[n][0] // DAY)
                raise WrongInput(
                    None, f"event {n + 1} of the stored case is not what this law makes on {on}", "the law of the run"
                )

    def instead(self, tick: int, step: str, option: str) -> None:
        """Another choice, at this time."""
        self.now = tick
        self._happen(*self._choose(self.masks.index[step], option))

    def go_on(self) -> History:
        self._race()
        self._check_the_end()
        return History(self.masks, self.opening, self.case, self.happenings, self.word)
