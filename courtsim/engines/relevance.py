"""What of a case can still matter: the cone of influence of what is asked, and states that the future cannot tell apart.

The exact event tree merges histories that stand in the same state with the same running clocks. Most of a state is
memory that no later law asks for, and some tracks never touch what is asked at all; without both the tree is small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from courtsim.case.masks import Forbidden, Key, OptionCode, Question
from courtsim.choosers.kinds import ByEvidenceLeft, ByOdds, ByTest, Chooser, FirstRow
from courtsim.engines.simulate import Bench
from courtsim.procedure.delays import Delay, DelayRows, OfferTerm, always_zero
from courtsim.procedure.law import SPINE, AcceptOffer, AmendCharge, MakeOffer, Restore, Sentence, Suppress
from courtsim.scenario.facts import ByTruth

Possible = tuple[tuple[int, ...], ...]  # a condition as questions: it may hold where one row meets each of its masks


class _Reads(NamedTuple):
    """What decides about something: masks that tell some answers apart, and questions of which every answer counts."""

    masks: frozenset[int]
    whole: int

    def __or__(self, other: object) -> _Reads:
        assert isinstance(other, _Reads)
        return _Reads(self.masks | other.masks, self.whole | other.whole)


_NOTHING = _Reads(frozenset(), 0)


class _Part(NamedTuple):
    """A step or a consequence: when it may be enabled, what decides about it, what it may bring about."""

    step: int  # its index, -1 for a consequence
    may: Possible  # but for `once`
    once: int
    forever: bool  # its `once` bit is never cleared
    reads: _Reads
    writes: int
    wakes: frozenset[int]  # steps that it restarts
    holds: bool  # it takes the court's time, and whatever else is due meanwhile waits
    sums: bool  # it adds to a measure


class Relevance:
    """What of a scenario's law can influence some questions.

    Args:
        bench: the scenario, made ready.
        asked: the questions that count; the spine always does.
        kept: of these, those whose answers stay told apart to the end, because someone decides by what they are worth.
        sums: whatever a step adds to a measure counts too.

    Attributes:
        steps: the indexes of the steps that can influence what is asked.
        sums: whether they are also all the steps that add to a measure.
    """

    def __init__(self, bench: Bench, asked: Collection[Key], kept: Collection[Key] = (), sums: bool = False) -> None:
        self.bench = bench
        self.sums = sums
        self.masks = bench.masks
        self.questions = list(self.masks.questions.values())
        self.kept = sum(self.masks.questions[key].all for key in {("track", SPINE), *kept})
        self.asked = self.kept | sum(self.masks.questions[key].all for key in {*asked} - {("track", SPINE), *kept})
        parts = [self._step(n) for n in range(len(self.masks.steps))]
        parts += [self._consequence(when, code) for when, code, _ in self.masks.consequences]
        self.parts = parts if bench.scenario.script else self._cone(parts, sums)
        self.steps = frozenset(part.step for part in self.parts if part.step >= 0)
        self._numbered = [(1 << n, part.may, part.writes, part.once if part.forever else 0) for n, part in enumerate(self.parts)]
        self._known: dict[int, int] = {}
        self._blurs: dict[int, _Blur] = {}
        self._alikes: dict[tuple[int, frozenset[int]], _Alike] = {}

    # -- what each part of the law reads and writes

    def _step(self, n: int) -> _Part:
        code = self.masks.steps[n]
        chooser = self.bench.choosers.get(code.step.name)
        reads = _Reads(frozenset([*code.when, *code.tolled]), 0) | self._chooser(chooser) | self._delay(n)
        writes = 0
        wakes: frozenset[int] = frozenset()
        for option in code.options:
            reads |= self._option_reads(option)
            writes |= self._option_writes(option)
            wakes |= option.restarts
        may = self._possible(code.when)
        holds = any(not always_zero(Delay(kind)) for _, kind in self.bench.needs[n])
        return _Part(
            n, may, code.once, code.step.once != "visit", reads, writes, wakes, holds, any(map(self._sums, code.options))
        )

    def _consequence(self, when: Forbidden, code: OptionCode) -> _Part:
        may = self._possible(when)
        reads = _Reads(frozenset(when), 0) | self._option_reads(code)
        return _Part(-1, may, 0, False, reads, self._option_writes(code), code.restarts, False, self._sums(code))

    def _possible(self, forbidden: Forbidden) -> Possible:
        return tuple(tuple(q.all & ~mask for q in self.questions if mask & q.all) for mask in forbidden)

    def _chooser(self, chooser: Chooser | None) -> _Reads:
        match chooser:
            case None | ByOdds():
                return _NOTHING
            case FirstRow():
                reads = _NOTHING
                for when, row in chooser.rows:
                    reads |= _Reads(frozenset(when), 0) | self._chooser(row)
                return reads
            case ByEvidenceLeft():
                return _Reads(frozenset(), self._of("item", "prima_facie") | self._truth())
            case ByTest():
                return _Reads(frozenset(), self._of("switch"))
            case _:  # a function: nobody knows what it reads
                return _Reads(frozenset(), sum(q.all for q in self.questions))

    def _delay(self, n: int) -> _Reads:
        delay = self.bench.timing.delays[n]
        rows = self.bench.timing.rows[n]
        kinds = [row.delay.kind for row in delay.rows] if isinstance(delay, DelayRows) else [delay.kind]
        whole = self._of("offer") if any(isinstance(kind, OfferTerm) for kind in kinds) else 0
        return _Reads(frozenset(mask for when, _ in rows for mask in when), whole)

    def _option_reads(self, code: OptionCode) -> _Reads:
        masks, opening = self.masks, self.masks.opening
        told: list[int] = list(code.when)
        whole = sum(question.all for question, _ in code.adds)
        for effect in code.option.effects:
            match effect:
                case MakeOffer():
                    whole |= sum(masks.made.values())
                    told += [mask for when in masks.offer_whens for mask in when]
                case AcceptOffer():
                    whole |= self._of("offer")
                case Suppress():
                    for item in opening.evidence:
                        told += masks.compile(item.exemption.when) if item.exemption else ()
                case Restore() | AmendCharge():
                    whole |= self._of("item", "charge")
                case Sentence(kind):
                    whole |= self._of("charge", "accepted")
                    stated = self.bench.scenario.sentencing.get(kind, ())
                    if not isinstance(stated, str):
                        told += [mask for row in stated for mask in masks.compile(row.when)]
                case _:
                    pass
        return _Reads(frozenset(told), whole)

    def _option_writes(self, code: OptionCode) -> int:
        once = self.masks.steps[code.step_index].once if code.step_index >= 0 else 0
        writes = code.choice & ~once
        writes |= sum(question.all for question, _ in code.adds)
        for effect in code.option.effects:
            match effect:
                case MakeOffer():
                    writes |= self._of("offer")
                case AcceptOffer():
                    writes |= self._of("accepted")
                case Suppress() | Restore():
                    writes |= self._of("item", "prima_facie")
                case AmendCharge():
                    writes |= self._of("charge", "prima_facie")
                case _:
                    pass
        return writes

    def _sums(self, code: OptionCode) -> bool:
        valued = any(code.option.event in stated.get("event", {}) for stated in self.bench.scenario.values.values())
        return code.deep or valued or bool(self.bench.costs[code.index])

    def _truth(self) -> int:
        """The latent fact, where the chance of conviction is stated for each truth."""
        latent = self.bench.procedure.latent
        by_truth = latent is not None and isinstance(self.bench.scenario.conviction, ByTruth)
        return self.masks.questions["fact", latent.fact].all if latent and by_truth else 0

    def _of(self, *kinds: str) -> int:
        return sum(q.all for q in self.questions if q.key[0] in kinds)

    # -- the cone of influence

    def _cone(self, parts: list[_Part], sums: bool) -> list[_Part]:
        """The parts of the law that can influence what is asked, at once or through others; with *sums*, any measure."""
        counts, woken, kept = self.asked, frozenset[int](), list[_Part]()
        left = parts
        while True:
            more = [
                part
                for part in left
                if part.holds or (sums and part.sums) or self._questions_in(part.writes) & counts or part.wakes & woken
            ]
            if not more:
                return [part for part in parts if part in kept]
            kept += more
            left = [part for part in left if part not in more]
            for part in more:
                counts |= part.reads.whole | self._questions_in(*part.reads.masks)
                woken |= {part.step} - {-1}

    def _questions_in(self, *masks: int) -> int:
        united = 0
        for mask in masks:
            united |= mask
        return sum(q.all for q in self.questions if q.all & united)

    # -- states that the future cannot tell apart

    def canonical(self, word: int) -> int:
        """What all words that every future step, chooser and clock takes for this one have in common as one word.

        Of a question whose answers are not told apart it has all those answers at once. What could not happen from the
        word still cannot: a condition that the true answer fails is failed by the answers together.
        """
        found = self._known.get(word)
        if found is None:
            future = self._future(word)
            blur = self._blurs.get(future)
            if blur is None:
                blur = self._blurs[future] = self._blur(future)
            found = self._known[word] = blur.of(word)
        return found

    def _future(self, word: int) -> int:
        """The parts of the law that may still have their say, a bit for each."""
        reachable, future = word, 0
        left = [part for part in self._numbered if not part[3] & word]
        found = True
        while found:
            found, out = False, []
            for part in left:
                for row in part[1]:
                    for answers in row:
                        if not reachable & answers:
                            break
                    else:
                        future |= part[0]
                        reachable |= part[2]
                        found = True
                        break
                else:
                    out.append(part)
            left = out
        return future

    def _blur(self, future: int) -> _Blur:
        """What of a state these parts of the law do not tell apart."""
        parts = [part for n, part in enumerate(self.parts) if future >> n & 1]
        told = frozenset[int]().union(*(part.reads.masks for part in parts))
        whole = self.kept
        for part in parts:
            whole |= part.reads.whole
        able = {part.step for part in parts}
        spent = sum(code.once for code in self.masks.steps if code.step.once != "visit" and code.index not in able)
        spent |= sum(bit for bit in self.masks.made.values() if not whole & bit)
        return _Blur([self._alike(question, told) for question in self.questions if not question.all & whole], spent)

    def _alike(self, question: Question, told: Iterable[int]) -> _Alike:
        asked = frozenset(mask & question.all for mask in told) - {0}
        found = self._alikes.get((question.first, asked))
        if found is None:
            found = self._alikes[question.first, asked] = _Alike(question, asked)
        return found


class _Blur(NamedTuple):
    """What some parts of the law do not tell apart: answers to questions, and what they never ask again."""

    questions: list[_Alike]
    spent: int

    def of(self, word: int) -> int:
        found = word | self.spent
        for alike in self.questions:
            found |= alike[word & alike.all]
        return found


class _Alike(dict[int, int]):
    """The answers given to a question, to all answers that none of these masks tells from them."""

    def __init__(self, question: Question, told: Iterable[int]) -> None:
        super().__init__()
        self.all = question.all
        self.asked = tuple(told)
        self.met = {bit: tuple(bool(mask & bit) for mask in self.asked) for bit in _bits(question)}

    def __missing__(self, given: int) -> int:
        met = tuple(bool(mask & given) for mask in self.asked)
        self[given] = found = sum(bit for bit, by_bit in self.met.items() if by_bit == met)
        return found


def _bits(question: Question) -> list[int]:
    return [1 << (question.first + n) for n in range(len(question.answers))]
