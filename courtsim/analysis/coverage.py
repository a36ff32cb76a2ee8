"""Coverage of law: which options, rows of tests and citations of a procedure some cases have exercised, and which not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from courtsim.analysis.graphs import ANY
from courtsim.case.events import Event, Ruling
from courtsim.procedure.law import LegalTest, Procedure

if TYPE_CHECKING:
    import networkx as nx


class Coverage(Struct, frozen=True):
    """What was exercised of a law: each of its parts with how often, 0 where never.

    Attributes:
        cases: how many were looked at.
        steps: and consequences.
        options: `step.option`; of a consequence `name.do`.
        rows: of the rule of each legal test, counted from 1: `suppression row 2: grant`.
        citations: the rules of options, and the authorities of the questions that rulings came to.
    """

    procedure: str
    cases: int
    steps: Mapping[str, int]
    options: Mapping[str, int]
    rows: Mapping[str, int]
    citations: Mapping[str, int]

    def parts(self) -> Iterator[tuple[str, Mapping[str, int]]]:
        """Each kind of part by its name."""
        yield from (("steps", self.steps), ("options", self.options), ("rows of tests", self.rows), ("citations", self.citations))

    @property
    def missing(self) -> tuple[str, ...]:
        """The options that were never taken, in the order of the law."""
        return tuple(name for name, times in self.options.items() if not times)


def coverage(procedure: Procedure, cases: Iterable[Iterable[Event]]) -> Coverage:
    """What the cases, each its events without the opening, have exercised of the procedure.

    Events that the procedure does not have (a game under another edition of the law) are not counted.
    """
    number = 0
    taken: Counter[tuple[str, str]] = Counter()
    rulings: Counter[tuple[str, int]] = Counter()
    for events in cases:
        number += 1
        for event in events:
            taken[event.step, event.option] += 1
            rulings.update((d.test, d.row) for d in event.details if isinstance(d, Ruling))
    rules = dict(_options(procedure))
    citations: Counter[str] = Counter({rule: 0 for rule in rules.values() if rule})
    steps: Counter[str] = Counter({step: 0 for step, _ in rules})
    for (step, option), rule in rules.items():
        steps[step] += taken[step, option]
        if rule:
            citations[rule] += taken[step, option]
    rows: dict[str, int] = {}
    for test in procedure.tests.values():
        asked = _asked(procedure, test)
        for n, (ruling, authorities) in enumerate(asked):
            rows[f"{test.name} row {n + 1}: {ruling}"] = rulings[test.name, n]
            for authority in authorities:
                citations[authority] += rulings[test.name, n]
    options = {f"{step}.{option}": taken[step, option] for step, option in rules}
    return Coverage(procedure.name, number, dict(steps), options, rows, dict(citations))


def _options(procedure: Procedure) -> Iterator[tuple[tuple[str, str], str | None]]:
    for step in procedure.steps.values():
        for option in step.options.values():
            yield (step.name, option.name), option.rule
    for consequence in procedure.consequences:
        yield (consequence.name, consequence.option.name), consequence.option.rule


def _asked(procedure: Procedure, test: LegalTest) -> list[tuple[str, tuple[str, ...]]]:
    """Of each row of a test's rule the ruling, and the authorities of the questions that the way to it asks."""
    below = test
    while below.reviews:
        below = procedure.tests[below.reviews]
    found: list[tuple[str, tuple[str, ...]]] = []
    so_far: dict[str, None] = {}
    for row in below.rule:
        so_far |= dict.fromkeys(name for name, _ in row.answers)
        authorities = (below.questions[name].authority for name in so_far)
        found.append((test.outcomes.get(row.then, row.then), tuple(a for a in authorities if a)))
    return found


def painted(graph: nx.MultiDiGraph, covered: Coverage) -> nx.MultiDiGraph:
    """A copy of a track graph with how often each edge was exercised (`n`); of a state, how often it was entered by one."""
    found = graph.copy()
    taken = sum(times > 0 for times in covered.options.values())
    found.graph |= {"exercised": f"{taken} of {len(covered.options)} options exercised; dotted: never"}
    for _, about in found.nodes(data=True):
        about["n"] = int(about["start"] or about["state"] == ANY)
    for _, after, key, about in found.edges(keys=True, data=True):
        about["n"] = covered.options[key]
        found.nodes[after]["n"] += covered.options[key]
    return found
