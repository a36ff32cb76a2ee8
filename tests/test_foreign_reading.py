"""A foreign reading: a naive interpreter that imports nothing of courtsim makes the same events of 200 generated files."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from functools import partial
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import courtsim
from courtsim.case.clocks import DAY
from courtsim.case.events import Ruling
from courtsim.case.history import History
from courtsim.choosers.kinds import ByTest, Choice, Chooser, FirstRow, Luck, Moment
from courtsim.engines.simulate import Bench, histories
from courtsim.engines.tape import Tape
from courtsim.procedure.delays import Distribution
from courtsim.scenario.facts import Scenario
from tests.foreign.generate import FEATURES, write
from tests.foreign.reading import read

SEEDS = range(200)
AT_LEAST = 15  # of 200 files have each feature


class Recorded(Tape):
    """A tape that keeps every delay read from it."""

    def __init__(self, kept: dict[tuple[str, int, str], float], seed: int, first: int, cases: int) -> None:
        super().__init__(seed, first, cases)
        self.kept = kept

    def delays(self, step: str, visit: int, purpose: str, kind: Distribution) -> list[int]:
        drawn = super().delays(step, visit, purpose, kind)
        self.kept[step, visit, purpose] = drawn[0] / DAY
        return drawn


class Overheard:
    """A chooser that lets another decide and remembers what it chose where it had a choice."""

    def __init__(self, chooser: Chooser, heard: deque[str]) -> None:
        self.chooser = chooser
        self.heard = heard

    def odds(self, moment: Moment) -> dict[str, float]:
        return dict(self.chooser.odds(moment))

    def choose(self, moment: Moment, luck: Luck) -> Choice:
        choice = self.chooser.choose(moment, luck)
        if len(moment.lawful) > 1:
            self.heard.append(choice.option)
        return choice


class Luckily:
    """The luck of one simulated case, given to the foreign interpreter."""

    def __init__(self, delays: dict[tuple[str, int, str], float], chosen: dict[str, deque[str]], case: History) -> None:
        self.delays = delays
        self.chosen = chosen
        self.facts = dict(case.opening.facts)
        self.answers: dict[tuple[str, str], deque[bool]] = defaultdict(deque)
        tests = case.masks.procedure.tests
        last: dict[str, dict[str, bool]] = {}
        for event in case.events:
            for ruling in event.details:
                if isinstance(ruling, Ruling):
                    below = tests[ruling.test].reviews
                    for question, answer in ruling.answers:
                        given = answer if below is None else answer != last[below][question]
                        self.answers[event.step, question].append(given)
                    last[ruling.test] = dict(ruling.answers)

    def delay(self, step: str, visit: int) -> float:
        return self.delays[step, visit, "delay"]

    def hold(self, step: str, visit: int, resource: str) -> float:
        return self.delays[step, visit, f"hold:{resource}"]

    def choice(self, step: str, visit: int, lawful: list[str]) -> str:
        return self.chosen[step].popleft()

    def answer(self, test: str, question: str, step: str, visit: int) -> bool:
        return self.answers[step, question].popleft()

    def fact(self, name: str) -> object:
        return self.facts[name]


def uses_a_test(chooser: Chooser) -> bool:
    return isinstance(chooser, ByTest) or (isinstance(chooser, FirstRow) and any(uses_a_test(c) for _, c in chooser.rows))


def overheard(scenario: Scenario) -> tuple[dict[str, Chooser], dict[str, deque[str]]]:
    chosen: dict[str, deque[str]] = defaultdict(deque)
    bound = Bench(scenario).choosers
    heard = {step: Overheard(chooser, chosen[step]) for step, chooser in bound.items() if not uses_a_test(chooser)}
    return heard, chosen  # type: ignore[return-value]


def happened(case: History) -> list[tuple[float, str, str]]:
    return [(event.day, event.step, event.option) for event in case.events]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_foreign_interpreter_makes_the_same_events(seed: int, tmp_path: Path) -> None:
    procedure_file, scenario_file = write(seed, tmp_path)
    scenario = courtsim.load(scenario_file)

    for case in (1, 2, 3):
        delays: dict[tuple[str, int, str], float] = {}
        choosers, chosen = overheard(scenario)
        tape = partial(Recorded, delays)
        (ours,) = histories(scenario, 1, seed, first=case, choosers=choosers, tape=tape)
        (quick,) = histories(scenario, 1, seed, first=case)

        assert happened(ours) == read(procedure_file, scenario_file, Luckily(delays, chosen, ours))
        assert happened(quick) == happened(ours)


def test_the_generated_files_have_every_feature_of_the_format(tmp_path: Path) -> None:
    counted: Counter[str] = Counter()
    yaml = YAML(typ="safe", pure=True)
    for seed in SEEDS:
        procedure, scenario = (yaml.load(path.read_text()) for path in write(seed, tmp_path))
        counted.update(name for name, has in FEATURES.items() if has(procedure, scenario))

    assert {name: counted[name] for name in FEATURES if counted[name] < AT_LEAST} == {}
