"""A way through the law as a script: the days on which its steps can lie, the clock's own on the day they fall due."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from courtsim.analysis.ways import Start, Way
from courtsim.case.clocks import DAY, NEVER
from courtsim.case.core import dated
from courtsim.engines.simulate import Bench, Luck, Walk, histories
from courtsim.engines.tape import Tape
from courtsim.errors import CourtsimError
from courtsim.procedure.law import CLOCK
from courtsim.scenario.facts import Entry, Scenario

TRIED = 3  # cases with chance in the delays, in which a script must hold


def under(scenario: Scenario, start: Start) -> Scenario:
    """The scenario with the facts with which a way starts."""
    return replace(scenario, facts={**scenario.facts, **start.facts})


def scripted(scenario: Scenario, way: Way) -> tuple[Entry, ...] | None:
    """The way as entries of a script, each on its usual day, else on the first it can lie; None where no days give that order.

    A deadline that falls due before the story has come to it, or a clock that chance sets, leaves a way without a script.
    """
    case = under(scenario, way.start)
    for lay_out in (_usual_time, _at_once):
        try:
            entries = _laid_out(case, way, lay_out)
            if entries is not None and _holds(case, way, entries):
                return entries
        except CourtsimError:
            continue
    return None


def _holds(case: Scenario, way: Way, entries: tuple[Entry, ...]) -> bool:
    """Whether the engine makes of the script what the way says, whatever chance brings."""
    told = replace(case, script=entries, script_until=None)
    wanted = [*way.start.fires, *(name for move in way.moves for name in move.fires)]
    runs = [*histories(told, 1, timing="central"), *histories(told, TRIED)]
    return all([f"{event.step}.{event.option}" for event in run.events][: len(wanted)] == wanted for run in runs)


class _Leader(Walk):
    """A case that goes a way by the clocks at central timing, and notes the days."""

    def lay_out(self, way: Way, when: Callable[[_Leader, int], int]) -> tuple[Entry, ...] | None:
        """The entries of the script; None where a clock would come between. What it gives has still to be run."""
        self._follow_up(None)
        if not self.word & self.masks.final:
            self.clocks.open(self.word, 0, self._draw)
        entries: list[Entry] = []
        for move in way.moves:
            step, _, option = move.fires[0].partition(".")
            index = self.masks.index[step]
            clock = self._next_clock_step()
            if self.bench.by[index] == CLOCK:
                if clock is None or clock[0] != index:
                    return None
                begins = max(clock[1], self.now) // DAY * DAY
            else:
                begins = when(self, index) // DAY * DAY
                if clock is not None and max(clock[1], self.now) < begins:
                    return None
            entry = Entry(on=dated(self.bench.scenario.starts, begins // DAY), step=step, choose=option)
            self._perform(entry, begins, None)
            entries.append(entry)
        return tuple(entries)


def _usual_time(case: _Leader, step: int) -> int:
    """When the step's own clock runs out, if it runs."""
    due = case.clocks.due[step]
    return case.now if due >= NEVER else max(case.now, due)


def _at_once(case: _Leader, _step: int) -> int:
    return case.now


def _laid_out(case: Scenario, way: Way, when: Callable[[_Leader, int], int]) -> tuple[Entry, ...] | None:
    bench = Bench(case)
    return _Leader(bench, Luck(bench, Tape(1, 1, 1), "central"), 0, 1, None).lay_out(way, when)
