"""The engine for very many independent cases: the walk of `simulate`, compiled, a block of cases at a time.

Case by case it gives the events, dates and measures of `simulate`, on the same tape. What cannot be compiled (a script, a
function of the user's own) and what the compiled walk leaves open (a case that breaks an invariant) the reference does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from courtsim.case.clocks import DAY
from courtsim.case.events import AMOUNTS, Detail, Sentenced
from courtsim.case.history import Happening, History
from courtsim.choosers.kinds import Decider
from courtsim.choosers.sentencing import Plan, imposed
from courtsim.engines.compiled import COUNTS, Arrays, Compiled, TooIntricate
from courtsim.engines.lockstep import Lockstep
from courtsim.engines.sampled import Block, Column, Ints, Span, simulated, spans
from courtsim.engines.simulate import Bench, TimingOf, histories
from courtsim.engines.tape import numbers, quantile
from courtsim.procedure.delays import Delay, Distribution, Fixed, central
from courtsim.procedure.law import SPINE
from courtsim.scenario.facts import FactOdds, Scenario
from courtsim.scenario.outcome import TRUTH, Account, by_truth, number, worth

APART = 8  # numbers by which columns are longer than a power of two: else all would want the same lines of the cache
LOG = 64  # events a case that a log has room for at first


def available() -> bool:
    """Whether the compiled walk can run here."""
    try:
        import numba
    except ImportError:
        return False
    del numba
    return True


def samples(scenario: Scenario, choosers: Mapping[str, Decider] | None = None) -> bool:
    """Whether the cases of a scenario can be sampled here."""
    if scenario.script:
        return False
    try:
        Sampler(scenario, 1, choosers=choosers)
    except TooIntricate:
        return False
    return True


class Sampler:
    """Walks the cases of one scenario under one seed.

    Args:
        by_numba: whether the compiled walk is taken; None: where numba is there. The answer is the same.
        kept: measures of blocks that begin after so many cases stand until the next block is asked for, which takes their room:
            what is given back to the system and asked for again is cleared anew, which costs up to a quarter of the time.

    Raises:
        TooIntricate: the scenario needs what only the reference engine can do.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        timing: TimingOf = "drawn",
        choosers: Mapping[str, Decider] | None = None,
        by_numba: bool | None = None,
        kept: int | None = None,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.timing: TimingOf = timing
        self.choosers = choosers
        self.bench = Bench(scenario, choosers)
        self.compiled = Compiled(self.bench, seed, timing == "central")
        self._lockstep = None if (available() if by_numba is None else by_numba) else Lockstep(self.compiled)
        self._arrays_kept: Arrays | None = None
        self._answered = -1
        self._kept = kept
        self._results: _Results | None = None
        self._ends = list(scenario.procedure.disposing())
        places = [self._ends.index(s) if track == SPINE and s in self._ends else -1 for track, s in self.compiled.states]
        self._places = np.array(places, np.int64)  # of the states of all tracks, which disposition
        self._starts(1, 0)  # what is too intricate shows now

    def blocks(self, cases: int) -> Iterator[Block]:
        """The measures of the cases 1, 2, ..., span by span."""
        return (self.block(span) for span in spans(cases))

    def block(self, span: Span) -> Block:
        """The measures of a span of cases."""
        return self._block(*span)

    def histories(self, cases: int, first: int = 1) -> list[History]:
        """The cases themselves, as the reference gives them."""
        walked = self._walk(first, cases, log=True)
        found = []
        for place in range(cases):
            case = first + place
            if walked.status[place]:
                found += self._reference(case)
                continue
            begin, end = walked.logged[place]
            happenings = [self._happening(case, row) for row in walked.log[begin:end].tolist()]
            masks, opening = self.bench.masks, self._opening_of(walked.drawn, place)
            word = masks.start(dict(opening.facts))
            found.append(History(masks, opening, case, happenings, _last(self.bench, word, happenings)))
        return found

    def _reference(self, case: int) -> list[History]:
        return list(histories(self.scenario, 1, self.seed, first=case, timing=self.timing, choosers=self.choosers))

    # -- walking

    def _walk(self, first: int, cases: int, log: bool) -> _Walked:
        drawn, starts = self._starts(first, cases)
        compiled = self.compiled
        wide = len(compiled.states) + len(COUNTS) + 1 + len(compiled.valued) + 1
        if self._lockstep is not None:
            return _Walked(drawn, *self._lockstep.walk(first, starts, wide, 1 + len(compiled.payers), log))
        return self._compiled_walk(first, drawn, starts, wide, log)

    def _compiled_walk(self, first: int, drawn: dict[str, list[Any]], starts: Ints, wide: int, log: bool) -> _Walked:
        from courtsim.engines.kernel import DONE, FULL, MISSED, REFERENCE, room, walk

        compiled, cases = self.compiled, len(starts)
        status = np.zeros(cases, np.int64)
        missed = np.zeros((cases, compiled.words + 1), np.uint64)
        sums, reals, ends = self._room(first, cases, wide)
        logged = np.zeros((cases, 2), np.int64)
        rows = np.zeros((LOG * cases if log else 0, 6), np.int64)
        places = np.arange(cases, dtype=np.int64)
        while len(places):
            arrays = self._arrays()
            place = room(arrays, *map(len, (sums, reals)))
            walk(arrays, place, first, places, starts, status, missed, sums, reals, ends, logged, rows)
            if (status == FULL).any():
                rows = np.zeros((2 * len(rows), 6), np.int64)
                places = np.arange(cases, dtype=np.int64)
                continue
            places = np.flatnonzero(status == MISSED)
            asked = np.unique(missed[places], axis=0)
            for row in asked:
                table = int(row[-1])
                compiled.answer(table, compiled.word(row))
            if log and len(places):
                places = np.arange(cases, dtype=np.int64)  # the log is written anew, in order
        assert ((status == DONE) | (status == REFERENCE)).all()
        return _Walked(drawn, status, sums[:, :cases], reals[:, :cases], ends[:, :cases], logged, rows)

    def _room(self, first: int, cases: int, wide: int) -> _Results:
        """Where the walk writes what cases come to."""
        pitch, passing = cases + APART, self._kept is not None and first > self._kept
        if passing and self._results is not None and self._results.sums.shape[1] == pitch:
            return self._results
        reals, ends = np.empty((1 + len(self.compiled.payers), pitch)), np.empty((8, pitch), np.int64)
        made = _Results(np.empty((wide, pitch)), reals, ends)
        if passing:
            self._results = made
        return made

    def _arrays(self) -> Arrays:
        compiled = self.compiled
        if self._arrays_kept is None or self._answered != compiled.answered:
            self._arrays_kept, self._answered = compiled.arrays(), compiled.answered
        return self._arrays_kept

    def _starts(self, first: int, cases: int) -> tuple[dict[str, list[Any]], Ints]:
        """The facts that are drawn, and for each case which of the openings it has."""
        drawn: dict[str, list[Any]] = {}
        numbered = np.arange(first, first + cases, dtype=np.uint64)
        places = np.zeros(cases, np.int64)
        specs = {name: spec for name, spec in self.scenario.facts.items() if isinstance(spec, FactOdds)}
        for name, spec in specs.items():
            u = numbers(self.seed, numbered, "", 1, f"fact:{name}") * sum(share for _, share in spec.shares)
            likely = [(value, share) for value, share in spec.shares if share > 0]
            bounds = np.cumsum([share for _, share in likely])
            chosen = np.minimum(np.searchsorted(bounds, u, side="right"), len(likely) - 1)
            drawn[name] = [likely[n][0] for n in chosen.tolist()]
            places = places * len(likely) + chosen
        combinations = list(product(*([v for v, share in spec.shares if share > 0] for spec in specs.values())))
        openings = np.array([self.compiled.opening(dict(zip(specs, values, strict=True))) for values in combinations])
        return drawn, openings[places]

    def _opening_of(self, drawn: Mapping[str, list[Any]], place: int) -> Any:
        from msgspec.structs import replace

        if not drawn:
            return self.bench.opening
        facts = {name: drawn[name][place] if name in drawn else value for name, value in self.bench.opening.facts}
        return replace(self.bench.opening, facts=tuple(facts.items()))

    # -- events

    def _happening(self, case: int, row: list[int]) -> Happening:
        tick, option, effect, combo, plan, visit = row
        bench, compiled = self.bench, self.compiled
        code = bench.masks.options[option]
        details: tuple[Detail, ...] = compiled.effects[effect] if effect >= 0 else compiled.static[option]
        if combo >= 0:
            ruling = compiled.rulings[combo]
            assert ruling is not None
            details += (ruling,)
        details += bench.costs[option]
        if plan >= 0:
            details += (self._sentenced(compiled.plans[plan], code.step, visit, case),)
        return tick, option, details

    def _sentenced(self, plan: Plan, step: str, visit: int, case: int) -> Sentenced:
        numbered = np.array([case], np.uint64)
        amounts = dict(plan.given) | {n: float(self._amounts(step, visit, n, d, numbered)[0]) for n, d in plan.drawn}
        return imposed(plan, amounts, bool(self._withheld(plan, step, visit, numbered)[0]))

    def _amounts(self, step: str, visit: int, name: str, given: Delay, cases: NDArray[np.uint64]) -> Column:
        kind = given.kind
        assert isinstance(kind, Distribution)
        if isinstance(kind, Fixed):
            return np.full(len(cases), kind.days)
        if self.timing == "central":
            return np.full(len(cases), round(central(kind) * DAY) / DAY)
        drawn = quantile(kind, numbers(self.seed, cases, step, visit, f"sentence:{name}"))
        return np.rint(drawn * DAY) / DAY

    def _withheld(self, plan: Plan, step: str, visit: int, cases: NDArray[np.uint64]) -> NDArray[np.bool_]:
        if plan.withhold in (0.0, 1.0):
            return np.full(len(cases), plan.withhold == 1.0)
        return numbers(self.seed, cases, step, visit, "withhold") < plan.withhold

    # -- measures

    def _block(self, first: int, cases: int) -> Block:
        walked = self._walk(first, cases, log=False)
        compiled, scenario = self.compiled, self.scenario
        numbered = np.arange(first, first + cases, dtype=np.uint64)
        disposition = self._places[walked.ends[0]]
        amounts, withheld = self._sentences(walked, numbered)
        spine = scenario.procedure.tracks[SPINE].states
        guilty = np.array([spine[end].convicted for end in self._ends])
        measures: dict[str, Any] = {
            "convicted": (guilty[disposition] & ~withheld).astype(np.float64),
            "days": walked.ends[1] / DAY,
        }
        measures |= amounts
        place = 0
        for track, found in scenario.procedure.tracks.items():
            for state in found.states:
                measures[f"days_in.{track}.{state}"] = walked.sums[place]
                place += 1
        if scenario.procedure.custody() is not None:
            measures["days_in_custody"] = walked.sums[-1]
        measures |= self._truths(walked, disposition)
        counts = dict(zip(COUNTS, walked.sums[place : place + 4], strict=True))
        measures["publicity"] = walked.reals[0]
        measures["trial_held"] = (counts["trial"] > 0).astype(np.float64)
        measures["court_appearances"] = counts["appearance"]
        measures["offers_made"] = walked.sums[place + 4]
        measures["continuances"] = counts["continuance"]
        measures["appealed"] = (counts["appeal"] > 0).astype(np.float64)
        for n, actor in enumerate(compiled.payers):
            measures[f"cost.{actor}"] = walked.reals[1 + n]
        published = {item: (walked.ends[6] >> n & 1).astype(bool) for n, item in enumerate(compiled.disclosable)}
        account = Account(
            events={event: walked.sums[place + 5 + n] for n, event in enumerate(compiled.valued)},
            published={item: out.astype(np.float64) for item, out in published.items()},
            terms=self._terms(walked.ends[5]),
            ended={end: (disposition == n).astype(np.float64) for n, end in enumerate(self._ends)},
        )
        measures |= {
            name: np.broadcast_to(value, (cases,)).astype(np.float64)
            for name, value in worth(scenario, measures, account).items()
        }
        block = Block(first, disposition, measures, published, walked.ends[7])
        return self._mended(block, np.flatnonzero(walked.status))

    def _truths(self, walked: _Walked, disposition: Ints) -> dict[str, Column]:
        """What only the truth tells, of every case."""
        latent = self.scenario.procedure.latent
        if latent is None or not self.scenario.truths:
            return {}
        (only, *_) = self.scenario.truths
        drawn = walked.drawn.get(latent.fact, [only] * len(disposition))
        told = [by_truth(self.scenario, what, self._ends[end]) for what, end in zip(drawn, disposition.tolist(), strict=True)]
        return {name: np.array([float(each[name]) for each in told]) for name in TRUTH}

    def _sentences(self, walked: _Walked, cases: NDArray[np.uint64]) -> tuple[dict[str, Column], NDArray[np.bool_]]:
        """The amounts of each case's last sentence, and whether adjudication was withheld."""
        amounts = {amount: np.zeros(len(cases)) for amount in AMOUNTS}
        withheld = np.zeros(len(cases), bool)
        sentenced = np.flatnonzero(walked.ends[2] >= 0)
        kinds = np.array([1 << 40, 1 << 20, 1]) @ walked.ends[2:5, sentenced]  # plan, option, visit as one number
        for kind in np.unique(kinds).tolist():
            plan_number, option, visit = kind >> 40, kind >> 20 & (1 << 20) - 1, kind & (1 << 20) - 1
            chosen = sentenced[kinds == kind]
            plan, step = self.compiled.plans[plan_number], self.bench.masks.options[option].step
            totals: dict[str, Any] = dict(plan.given)
            totals |= {name: self._amounts(step, visit, name, given, cases[chosen]) for name, given in plan.drawn}
            for name, limit in plan.limits:
                total = totals.get(name, 0.0) + limit.mandatory
                totals[name] = total if limit.max is None else np.minimum(total, limit.max)
            for name, total in totals.items():
                amounts[name][chosen] = total
            withheld[chosen] = self._withheld(plan, step, visit, cases[chosen])
        return amounts, withheld

    def _terms(self, accepted: Ints) -> dict[str, Any]:
        offers = self.bench.masks.opening.offers
        names = dict.fromkeys(term for offer in offers for term, _ in offer.terms)
        found = {}
        for name in names:
            stated = [number(dict(o.terms)[name]) if name in dict(o.terms) else 0.0 for o in offers]
            found[name] = np.array([*stated, 0.0])[accepted]  # -1: none was accepted
        return found

    def _mended(self, block: Block, left: Ints) -> Block:
        """With the cases that the walk left to the reference; there an error is raised as it should be."""
        for place in left.tolist():
            found = simulated(self.scenario, self.seed, Span(block.first + place, 1), self.timing, self.choosers)
            block.disposition[place] = found.disposition[0]
            block.events[place] = found.events[0]
            for name, values in found.measures.items():
                block.measures[name][place] = values[0]
            for item, out in block.published.items():
                out[place] = found.published[item][0]
        return block


class _Results(NamedTuple):
    """As in `_Walked`; the walk writes all of it."""

    sums: Column
    reals: Column
    ends: Ints


class _Walked(NamedTuple):
    """A row for each sum, a column for each case: what is read together lies together."""

    drawn: dict[str, list[Any]]
    status: Ints
    sums: Column
    reals: Column
    ends: Ints
    logged: Ints
    log: Ints


def _last(bench: Bench, word: int, happenings: list[Happening]) -> int:
    """The state at the end."""
    from courtsim.case.core import apply

    masks = bench.masks
    for n, (_, index, details) in enumerate(happenings):
        word = masks.move(word, masks.options[index])
        for detail in details:
            word = apply(masks, word, detail)
        following = happenings[n + 1] if n + 1 < len(happenings) else None
        if following is None or masks.options[following[1]].step_index >= 0:
            word = masks.settled(word)
    return word
