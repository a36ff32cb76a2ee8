"""Legal tests at work: answers drawn, the rule applied, a ruling explained; and review of the findings on appeal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

from courtsim.case.events import Ruling
from courtsim.case.masks import Masks
from courtsim.errors import WrongInput, listed
from courtsim.procedure.law import LegalTest
from courtsim.scenario.facts import Scenario

Answers = tuple[tuple[str, bool], ...]
Drawn = Mapping[str, float]  # question to the probability of yes
Belief = tuple[tuple[Answers, float], ...]  # sets of answers that may have been given, each with its probability


class Findings:
    """One legal test of a scenario: how likely each answer is, and what follows from the answers."""

    def __init__(self, scenario: Scenario, test: str) -> None:
        self.scenario = scenario
        self.name = test
        self.test = scenario.procedure.tests[test]
        self.ruled: LegalTest = self.test  # the test whose rule is applied: on review, the one below
        while self.ruled.reviews:
            self.ruled = scenario.procedure.tests[self.ruled.reviews]
        self.stated = scenario.findings.get(test, {})
        missing = [question for question in self.ruled.questions if question not in self.stated]
        if missing:
            raise WrongInput(
                None,
                f"scenario {scenario.name} does not say how the question {missing[0]!r} of the test {test!r} is answered",
                f"findings.{test}.{missing[0]}, a probability or true or false",
            )

    def option(self, ruling: Ruling) -> str:
        return self.test.outcomes.get(ruling.ruling, ruling.ruling)

    def impossible(self, masks: Masks, word: int) -> frozenset[str]:
        """The options that the rule names and no answers lead to, however improbable, under the switches of this state."""
        even = dict.fromkeys(self.ruled.questions, 0.5)
        named = {self.test.outcomes.get(row.then, row.then) for row in self.ruled.rule}
        return frozenset(named - {self.option(self.rule(masks, word, answers)) for answers, _ in all_answers(even)})

    def draw(self, masks: Masks, word: int, fixed: Answers, luck: Callable[[str], float]) -> Ruling:
        """The answers at this luck and the ruling that follows from them."""
        chances = self.chances(masks, word, fixed, luck)
        return self.rule(masks, word, tuple((q, luck(f"finding:{q}") < p) for q, p in chances.items()))

    def odds(self, masks: Masks, word: int, fixed: Answers = (), below: Mapping[str, Belief] | None = None) -> dict[str, float]:
        """The exact probability of each option, from all answers that are possible; *below*: what may have been found there."""
        total: dict[str, float] = {}
        for found, weight in self._below(masks, word, below or {}):
            for option, p in self._options_given(masks, word, found, fixed).items():
                total[option] = total.get(option, 0.0) + weight * p
        return total

    def belief(self, masks: Masks, word: int, option: str, fixed: Answers = ()) -> Belief:
        """The answers that may have led to *option*, as `explain` would draw them. Of a test that reviews no other."""
        leading = [
            (answers, p)
            for answers, p in all_answers(self._fixed(fixed))
            if self.option(self.rule(masks, word, answers)) == option
        ]
        total = sum(p for _, p in leading)
        if total > 0:
            return tuple((answers, p / total) for answers, p in leading if p > 0)
        ruling = self.explain(masks, word, option, fixed, lambda _purpose: 0.0)
        return ((ruling.answers, 1.0),)

    def belief_below(self, masks: Masks, word: int, option: str, fixed: Answers, below: Belief) -> Belief:
        """What may have been found below, once the review has ended in *option*."""
        weighed = [(found, p * self._options_given(masks, word, dict(found), fixed).get(option, 0.0)) for found, p in below]
        total = sum(p for _, p in weighed)
        return tuple((found, p / total) for found, p in weighed if p > 0) if total > 0 else below

    def _options_given(self, masks: Masks, word: int, below: Mapping[str, bool], fixed: Answers) -> dict[str, float]:
        chances = self._reviewed(below, fixed) if self.test.reviews else self._fixed(fixed)
        total: dict[str, float] = {}
        for answers, p in all_answers(chances):
            if p > 0:
                option = self.option(self.rule(masks, word, answers))
                total[option] = total.get(option, 0.0) + p
        return total

    def explain(self, masks: Masks, word: int, option: str, fixed: Answers, luck: Callable[[str], float]) -> Ruling:
        """Answers behind an option chosen otherwise, drawn given that the rule led to it.

        If that is impossible, the set that departs from the fewest fixed answers (ties: the more probable rest, then
        the order of the questions).

        Raises:
            WrongInput: no answers at all lead to the option.
        """
        chances = self.chances(masks, word, fixed, luck)
        leading = [
            (ruling, p) for answers, p in all_answers(chances) if self.option(ruling := self.rule(masks, word, answers)) == option
        ]
        if not leading:
            raise WrongInput(None, f"no answers to the test {self.name!r} lead to {option!r}", "a rule with a row for it")
        total = sum(p for _, p in leading)
        if total > 0:
            point, reached = luck("answers") * total, 0.0
            for ruling, p in leading:
                reached += p
                if point < reached:
                    return ruling
        return min(leading, key=lambda found: departure(chances, found[0].answers))[0]

    def certain_chances(self, masks: Masks, word: int) -> dict[str, float] | None:
        """The probability of yes for each question; None where that depends on what was found below and is not known."""
        if not self.test.reviews:
            return self._fixed(())
        known = self.known_below(masks, word)
        return None if known is None else self._reviewed(known, ())

    def _fixed(self, fixed: Answers) -> dict[str, float]:
        scripted = {question: float(answer) for question, answer in fixed}
        return {question: scripted.get(question, self.stated[question]) for question in self.ruled.questions}

    def chances(self, masks: Masks, word: int, fixed: Answers, luck: Callable[[str], float]) -> dict[str, float]:
        """The probability of yes for each question; on review, given what was found below."""
        if not self.test.reviews:
            return self._fixed(fixed)
        known = self.known_below(masks, word)
        if known is None:
            below = Findings(self.scenario, self.test.reviews)
            known = dict(below.draw(masks, word, (), lambda purpose: luck(f"below:{purpose}")).answers)
        return self._reviewed(known, fixed)

    def _reviewed(self, below: Mapping[str, bool], fixed: Answers) -> dict[str, float]:
        scripted = {question: float(answer) for question, answer in fixed}
        found = {q: 1.0 - self.stated[q] if below[q] else self.stated[q] for q in self.ruled.questions}
        return found | scripted

    def known_below(self, masks: Masks, word: int) -> dict[str, bool] | None:
        answers = {q: masks.questions["answer", str(self.test.reviews), q].read(word) for q in self.ruled.questions}
        return None if None in answers.values() else {q: bool(a) for q, a in answers.items()}

    def _below(self, masks: Masks, word: int, believed: Mapping[str, Belief]) -> list[tuple[dict[str, bool], float]]:
        """What may have been found below, with its probability; known unless the ruling below had no findings."""
        if not self.test.reviews:
            return [({}, 1.0)]
        if self.test.reviews in believed:
            return [(dict(answers), p) for answers, p in believed[self.test.reviews]]
        known = self.known_below(masks, word)
        if known is not None:
            return [(known, 1.0)]
        chances = Findings(self.scenario, self.test.reviews)._fixed(())
        return [(dict(answers), p) for answers, p in all_answers(chances) if p > 0]

    def rule(self, masks: Masks, word: int, answers: Answers) -> Ruling:
        found = dict(answers)
        for n, row in enumerate(self.ruled.rule):
            answered = all(found[question] == answer for question, answer in row.answers)
            if answered and all(masks.questions["switch", name].read(word) == value for name, value in row.switches):
                return Ruling(self.name, answers, n, row.then)
        given = listed(f"{q}: {'yes' if a else 'no'}" for q, a in answers)
        raise WrongInput(None, f"no row of the rule of test {self.ruled.name!r} holds for {given}", "a last row without `if`")


def all_answers(chances: Drawn) -> list[tuple[Answers, float]]:
    """Every set of answers with its probability, yes before no, in the order of the questions."""
    found: list[tuple[Answers, float]] = []
    for answers in product([True, False], repeat=len(chances)):
        p = 1.0
        for answer, chance in zip(answers, chances.values(), strict=True):
            p *= chance if answer else 1.0 - chance
        found.append((tuple(zip(chances, answers, strict=True)), p))
    return found


def departure(chances: Drawn, answers: Answers) -> tuple[int, float]:
    """How many fixed answers a set departs from, and how improbable the rest of it is."""
    departed, rest = 0, 1.0
    for question, answer in answers:
        p = chances[question] if answer else 1.0 - chances[question]
        if p == 0:
            departed += 1
        else:
            rest *= p
    return departed, -rest
