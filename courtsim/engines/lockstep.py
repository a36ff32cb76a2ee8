"""The walk of `simulate` over arrays in plain NumPy: a block of cases in lockstep, for where numba is missing.

The same arrays as `kernel.py`, the same arithmetic, the same bits. In a round every case that still walks has one event, and
what follows from it at once; what is done to cases is done to all of them together, or to those together that are at one step.
Where the core has not been asked yet, it is asked on the spot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from courtsim.case.clocks import DAY
from courtsim.engines.compiled import (
    ALL_OFFERS,
    BY_FINDINGS,
    BY_ODDS,
    CLOSES,
    COURT_TIME,
    DEADLINE,
    DISPOSES,
    DISTRIBUTION,
    OFFER_DAYS,
    OPEN_FOR,
    PLAIN,
    ROLLED,
    UNTIL,
    Arrays,
    Compiled,
    InOffer,
    InOption,
    InStep,
)
from courtsim.engines.tape import G, mix, numbers_at, quantile
from courtsim.procedure.delays import Fixed

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Reals = NDArray[np.float64]

NEVER = 1 << 62
SAME_TIME = 200
MOST_EVENTS = 20_000
DONE, REFERENCE = 0, 2  # as in kernel.py
ONE = np.uint64(1)
NONE = np.uint64(0)


class Walked(NamedTuple):
    """As `kernel.walk` gives it."""

    status: Ints
    sums: Reals
    reals: Reals
    ends: Ints
    logged: Ints
    log: Ints


class Event(NamedTuple):
    """One event of each of some cases: who, which option, the combination of answers behind it, at which visit."""

    who: Ints
    option: Ints
    combo: Ints
    visit: Ints


class _Rows:
    """Ranges of `lists` of every option as one padded array: column k holds the k-th row of each, -1 where there is none."""

    def __init__(self, options: Ints, lists: Ints, begin: int, end: int, column: int = 0) -> None:
        lengths = options[:, end] - options[:, begin]
        self.columns = []
        for k in range(int(lengths.max(initial=0))):
            has = lengths > k
            found = np.full(len(options), -1, np.int64)
            found[has] = lists[options[has, begin] + k, column]
            self.columns.append(found)


class Lockstep:
    """A compiled scenario, ready to be walked."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.read()
        law = self.arrays.law
        self.steps, self.options, self.offers = law.steps, law.options, law.offers
        self.holding = [self._holding(n) for n in range(len(self.arrays.conditions.ranges))]
        self.kinds = list(compiled.distributions)
        many, steps = len(self.options), len(self.steps)
        self.stops = np.zeros((many, steps), bool)
        self.named = np.zeros((many, len(law.invariants)), bool)
        self.watched = np.zeros((many, len(law.invariants)), bool)
        for n, row in enumerate(self.options):
            for table, begin in (
                (self.named, InOption.NAMED),
                (self.watched, InOption.WATCHED),
            ):
                table[n, law.lists[row[begin] : row[begin + 1], 0]] = True
            bits = np.unpackbits(law.stops[n].astype("<u8").view(np.uint8), bitorder="little")
            self.stops[n] = bits[:steps]
        pairs = (InOption.MOVES, InOption.MOVES_END)
        self.move_tracks = _Rows(self.options, law.lists, *pairs).columns
        self.move_states = _Rows(self.options, law.lists, *pairs, column=1).columns
        self.looks = [self._turning(row, InOption.LOOKS) for row in self.options]
        self.touches = [self._turning(row, InOption.TOUCHES) for row in self.options]
        self.keeps, self.sets = law.option_words[::2].T.copy(), law.option_words[1::2].T.copy()
        self.effects = self.options[:, InOption.EFFECT].copy()
        self.sentences = self.options[:, InOption.SENTENCE].copy()
        counted = self.options[:, InOption.COUNTS] < self.options[:, InOption.COUNTS_END]
        counted |= self.options[:, InOption.PUBLISHES] > 0
        self.counted = np.flatnonzero(counted)
        self.counter = np.full(many, -1)
        self.counter[self.counted] = np.arange(len(self.counted))
        self.first = self.steps[:, InStep.OPTIONS].copy()
        alone = self.steps[:, InStep.OPTIONS_END] - self.first == 1
        self.chooses = ~(alone & (self.steps[:, InStep.EXPLAINS] < 0))
        pairs = (InOption.DOLLARS, InOption.DOLLARS_END)
        self.paid_by = _Rows(self.options, law.lists, *pairs).columns
        self.paid = _Rows(self.options, law.lists, *pairs, column=1).columns
        self.adding = np.flatnonzero(self.options[:, InOption.ADDS] < self.options[:, InOption.ADDS_END])
        self.needing = np.flatnonzero(self.steps[:, InStep.HOLDS] < self.steps[:, InStep.HOLDS_END])

    def _turning(self, row: Ints, column: int) -> list[tuple[int, bool]]:
        """The steps whose clocks an option may turn, and whether they begin anew."""
        turned = self.arrays.law.lists[row[column] : row[column + 1], :2].tolist()
        return [(step, bool(anew)) for step, anew in turned]

    def read(self) -> None:
        """The arrays with all that the core has answered so far."""
        self.arrays: Arrays = self.compiled.arrays()

    def _holding(self, condition: int) -> Callable[[Words], Bools]:
        """A condition as a function of the words of some cases."""
        first, last = self.arrays.conditions.ranges[condition]
        masks = self.arrays.conditions.masks[first:last]
        parts = [[(w, row[w]) for w in range(len(row)) if row[w]] for row in masks]

        def holds(word: Words) -> Bools:
            found: Bools | None = None
            for part in parts:
                if not part:
                    return np.ones(word.shape[1], bool)
                meets = word[part[0][0]] & part[0][1]
                for w, mask in part[1:]:
                    meets |= word[w] & mask
                free = meets == NONE
                found = free if found is None else found | free
            return np.zeros(word.shape[1], bool) if found is None else found

        return holds

    def walk(self, first: int, starts: Ints, wide: int, payers: int, keep_log: bool) -> Walked:
        """Walks the cases *first* + n; *wide* and *payers* say how many sums and dollars there are."""
        self.read()
        return _Walk(self, first, starts, wide, payers, keep_log).walked()


class _Walk:
    """One block of cases on its way."""

    def __init__(self, ready: Lockstep, first: int, starts: Ints, wide: int, payers: int, keep_log: bool) -> None:
        law, self.court = ready.arrays.law, ready.arrays.court
        cases, steps = len(starts), len(ready.steps)
        self.ready = ready
        self.tracks = law.opening_rows.shape[1] - 5
        self.case = np.arange(first, first + cases, dtype=np.uint64)
        self.word = law.openings[starts].T.copy()
        self.status = np.zeros(cases, np.int64)
        self.sums = np.zeros((wide, cases), np.int64)
        self.reals = np.zeros((payers, cases))
        self.ends = np.full((8, cases), -1, np.int64)
        self.ends[6:] = 0
        self.due = np.full((cases, steps), NEVER, np.int64)
        self.room = np.empty_like(self.due)
        self.mode = np.zeros((cases, steps), np.int8)
        self.visits = np.zeros((steps, cases), np.int64)
        self.left = np.zeros((steps, cases), np.int64)
        self.kinds = np.full((steps, cases), PLAIN, np.int8)
        self.special = np.zeros((steps, 7, cases), np.int64)
        self.seen = np.zeros((len(law.invariants), cases), bool)
        self.since = np.zeros((self.tracks + 1, cases), np.int64)
        self.at = law.opening_rows[starts, : self.tracks].T.copy()
        self.now = np.zeros(cases, np.int64)
        self.instants = np.zeros(cases, np.int64)
        self.rounds = 0
        self.some_left = False  # to the reference
        self.times = np.zeros((len(ready.counted), cases), np.int32)  # that each option was taken that is counted
        self.log: list[Ints] | None = [] if keep_log else None
        self.horizon = NEVER if self.court.always else (len(self.court.next_open) - 2) * DAY
        self._open(starts)
        self.live = np.flatnonzero(law.opening_rows[starts, self.tracks + 2] == 0)
        for step in range(steps):
            self._turn(step, self.live, False)

    def _open(self, starts: Ints) -> None:
        law = self.ready.arrays.law
        for opening in np.unique(starts).tolist():
            who = np.flatnonzero(starts == opening)
            for n in range(law.opening_rows[opening, self.tracks], law.opening_rows[opening, self.tracks + 1]):
                same = np.full(len(who), law.lists[n, 0])
                answer = np.full(len(who), law.lists[n, 1])
                nothing, visit = np.full(len(who), -1), np.ones(len(who), np.int64)
                self._add_up(Event(who, same, nothing, visit), answer)
                self._write(Event(who, same, nothing, visit), answer, nothing)

    def walked(self) -> Walked:
        while len(self.live):
            self._round()
        for track in range(self.tracks):
            everyone = np.arange(len(self.case))
            self.sums[self.at[track], everyone] += self.now - self.since[track]
        self._count()
        logged, log = np.zeros((len(self.case), 2), np.int64), np.zeros((0, 6), np.int64)
        if self.log:
            rows = np.concatenate(self.log)
            rows = rows[np.argsort(rows[:, 0], kind="stable")]
            bounds = np.searchsorted(rows[:, 0], np.arange(len(self.case) + 1))
            logged, log = np.stack([bounds[:-1], bounds[1:]], axis=1), rows[:, 1:]
        sums = self.sums.astype(np.float64)
        states = len(self.ready.arrays.law.held)
        sums[:states] /= DAY
        sums[-1] /= DAY
        return Walked(self.status, sums, self.reals, self.ends, logged, log)

    def _count(self) -> None:
        """What is counted, from how often each option was taken."""
        ready = self.ready
        for option, times in zip(ready.counted.tolist(), self.times, strict=True):
            row = ready.options[option]
            self.ends[6, times > 0] |= row[InOption.PUBLISHES]
            for column in ready.arrays.law.lists[row[InOption.COUNTS] : row[InOption.COUNTS_END], 0].tolist():
                self.sums[column] += times

    def _leave(self, who: Ints) -> None:
        """To the reference engine."""
        if len(who):
            self.status[who] = REFERENCE
            self.some_left = True

    def _walking(self, who: Ints) -> Bools:
        if not self.some_left:
            return np.ones(len(who), bool)
        found: Bools = self.status[who] == DONE
        return found

    # -- a round

    def _round(self) -> None:
        ready, live = self.ready, self.live
        self.rounds += 1
        step, when = self._next(live)
        none = step < 0
        if none.any() or self.rounds > MOST_EVENTS:
            self._leave(live if self.rounds > MOST_EVENTS else live[none])
            kept = self._walking(live)
            live, step, when = live[kept], step[kept], when[kept]
        now = self.now.take(live)
        instants = (self.instants.take(live) + 1) * (when <= now)
        self.now[live] = np.maximum(now, when)
        self.instants[live] = instants
        self._leave(live[instants > SAME_TIME])
        for needing in ready.needing.tolist():
            self._hold(needing, live[(step == needing) & (self.now[live] < self.horizon)])
        if not self.court.always:
            self._leave(live[self.now[live] >= self.horizon])
        if self.some_left:
            kept = self._walking(live)
            live, step = live[kept], step[kept]
        visit = self.visits.ravel().take(step * len(self.case) + live)
        option, combo = ready.first.take(step), np.full(len(live), -1)
        choosing = np.flatnonzero(ready.chooses.take(step))
        for each, places in _grouped(step.take(choosing).astype(np.int16)):
            group = choosing.take(places)
            option[group], combo[group] = self._choose(each, live.take(group), visit.take(group))
        event = Event(live, option, combo, visit)
        if self.some_left:
            event = Event(*(each[self._walking(live)] for each in event))
        happened = list(self._happen(event))
        self._settle(live[self._walking(live)] if self.some_left else live, happened)

    def _settle(self, live: Ints, happened: list[Event]) -> None:
        """The end of a round: what holds no longer, what must hold, who is through, and the clocks."""
        ready = self.ready
        law = ready.arrays.law
        for bit, condition in law.visit_bits.tolist():
            w, mask = bit >> 6, ONE << np.uint64(bit & 63)
            had = live[(self.word[w, live] & mask) != NONE]
            if len(had):
                gone = had[~ready.holding[condition](self.word[:, had])]
                self.word[w, gone] &= ~mask
        self._keep_in_state(happened)
        final = np.zeros(len(live), bool)
        for w, mask in enumerate(law.final):
            if mask:
                final |= (self.word[w, live] & mask) != NONE
        for n, (kind, *_) in enumerate(law.invariants.tolist()):
            if kind == 3:
                self._leave(live[final & self.seen[n, live]])
        going = np.zeros(len(self.case), bool)
        going[live] = ~final & self._walking(live)
        several = np.zeros(len(self.case), bool)
        for event in happened[1:]:
            several[event.who] = True
        for event in happened:
            touched: dict[int, list[tuple[Ints, bool]]] = {}
            on = np.flatnonzero(going.take(event.who))
            moving, moved = event.who.take(on), event.option.take(on)
            once = ~several.take(moving) if len(happened) > 1 else np.ones(len(moving), bool)
            self._stop(moving[once], moved[once])
            for option, group in _grouped(moved.astype(np.int16)):
                some = moving.take(group)
                for turning, them in ((ready.looks[option], once), (ready.touches[option], ~once)):
                    mine = some if len(happened) == 1 else some[them.take(group)]
                    for step, again in turning if len(mine) else ():
                        touched.setdefault(step, []).append((mine, again))
                    if len(happened) == 1:
                        break
            for step, groups in sorted(touched.items()):
                who = np.concatenate([some for some, _ in groups])
                kinds = {again for _, again in groups}
                if len(kinds) == 1:
                    self._turn(step, who, kinds.pop())
                else:
                    self._turn(step, who, np.repeat([again for _, again in groups], [len(some) for some, _ in groups]))
        self.live = np.flatnonzero(going)

    def _stop(self, who: Ints, option: Ints) -> None:
        """The clocks that events surely stop, if nothing followed."""
        stopped = (self.mode.take(who, axis=0) > 0) & self.ready.stops.take(option, axis=0)
        n, step = np.divmod(np.flatnonzero(stopped), stopped.shape[1])
        place = who.take(n) * stopped.shape[1] + step
        self.mode.ravel()[place] = 0
        self.due.ravel()[place] = NEVER

    def _next(self, live: Ints) -> tuple[Ints, Ints]:
        """Of each case the earliest clock that has a lawful option, ties in the order of the file; -1 where none has."""
        conditional = self.ready.steps[:, InStep.CONDITIONAL] > 0
        due = self.due.take(live, axis=0, out=self.room[: len(live)], mode="clip")
        step = due.argmin(axis=1)
        when = due[np.arange(len(live)), step]
        look = np.flatnonzero(conditional[step] & (when < NEVER))
        while len(look):
            cannot = [group[~self._any_lawful(each, live[look[group]])] for each, group in _grouped(step[look])]
            look = look[np.concatenate(cannot)]
            due[look, step[look]] = NEVER
            step[look] = due[look].argmin(axis=1)
            when[look] = due[look, step[look]]
            look = look[conditional[step[look]] & (when[look] < NEVER)]
        step[when >= NEVER] = -1
        return step, when

    def _hold(self, step: int, who: Ints) -> None:
        if not len(who):
            return
        ready, visit = self.ready, self.visits[step, who]
        begin, end = ready.steps[step, InStep.HOLDS], ready.steps[step, InStep.HOLDS_END]
        longest = np.zeros(len(who), np.int64)
        for kind, address in ready.arrays.law.lists[begin:end, :2].tolist():
            longest = np.maximum(longest, self._delay(kind, address, who, visit))
        begun = self.now[who]
        until = begun + longest if self.court.always else self._moment(self._elapsed(begun) + longest)
        self.now[who] = until
        self.instants[who[until > begun]] = 0

    # -- chance

    def _number(self, address: int, who: Ints, visit: Ints) -> Reals:
        first, second = self.ready.arrays.chance.keys[address]
        return numbers_at(first, second, self.case.take(who), visit)

    def _delay(self, kind: int, address: int, who: Ints, visit: Ints) -> Ints:
        given = self.ready.kinds[kind]
        if isinstance(given, Fixed):
            return np.full(len(who), round(given.days * DAY))
        return np.rint(quantile(given, self._number(address, who, visit)) * DAY).astype(np.int64)

    # -- what is lawful, and what the core says

    def _lawful(self, option: int, word: Words) -> Bools:
        ready = self.ready
        row = ready.options[option]
        when = row[InOption.WHEN]
        found = ready.holding[when](word) if when >= 0 else np.ones(word.shape[1], bool)
        if row[InOption.OFFERS] == ALL_OFFERS:
            return found
        makes = np.zeros(word.shape[1], bool)
        for offer in ready.arrays.law.lists[row[InOption.OFFERS] : row[InOption.OFFERS_END], 0].tolist():
            about = ready.offers[offer]
            makes |= ~_bit(word, about[InOffer.MADE]) & ready.holding[about[InOffer.WHEN]](word)
        found &= makes
        return found

    def _any_lawful(self, step: int, who: Ints) -> Bools:
        word = self.word[:, who]
        found = np.zeros(len(who), bool)
        for option in range(self.ready.steps[step, InStep.OPTIONS], self.ready.steps[step, InStep.OPTIONS_END]):
            found |= self._lawful(option, word)
        return found

    def _ask(self, table: Ints, word: Words) -> Ints:
        """The numbers of the core's answers to a table each in a state each."""
        answer = self._known(table, word)
        unknown = answer < 0
        if unknown.any():
            asked = np.unique(np.concatenate([word[:, unknown], table[unknown][None].astype(np.uint64)]), axis=1)
            for row in asked.T:
                self.ready.compiled.answer(int(row[-1]), self.ready.compiled.word(row))
            self.ready.read()
            answer = self._known(table, word)
        return answer

    def _known(self, table: Ints, word: Words) -> Ints:
        known = self.ready.arrays.known
        parts = word & known.depends[table].T
        mixed = table.astype(np.uint64) * np.uint64(G)
        for part in parts:
            mixed = mix(mixed + part)
        size = len(known.entries)
        place = (mixed & np.uint64(size - 1)).astype(np.int64)
        answer = np.full(len(table), -1)
        look = np.arange(len(table))
        while len(look):
            entry = known.entries[place[look]]
            same = (entry[:, 0] == table[look]) & (parts[:, look] == known.parts[place[look]].T).all(axis=0)
            answer[look[same]] = entry[same, 1]
            look = look[~same & (entry[:, 0] >= 0)]
            place[look] = (place[look] + 1) & (size - 1)
        return answer

    # -- choosing

    def _choose(self, step: int, who: Ints, visit: Ints) -> tuple[Ints, Ints]:
        """The options that are chosen at one step, and the combinations of answers behind them, -1 where there are none."""
        ready = self.ready
        about = ready.steps[step]
        first, last = about[InStep.OPTIONS], about[InStep.OPTIONS_END]
        explains = about[InStep.EXPLAINS]
        if about[InStep.BLOCK] >= 0:
            return self._by_odds(about, who, visit), np.full(len(who), -1)
        word = self.word[:, who]
        lawful, many = np.zeros(len(who), np.int64), np.zeros(len(who), np.int64)
        option = np.full(len(who), first)
        for n in range(last - first):
            can = self._lawful(first + n, word) if about[InStep.SOME_CONDITIONAL] else np.ones(len(who), bool)
            lawful |= can.astype(np.int64) << n
            many += can
            option[can] = first + n
        combo = np.full(len(who), -1)
        if about[InStep.CHOOSERS] == about[InStep.CHOOSERS_END]:
            self._leave(who[many > 1])  # nobody decides: the reference says so
            decided = np.arange(0)
        else:
            decided = np.flatnonzero((many != 1) | (explains >= 0))
        ruled = self._decide(step, decided, who, visit, word, lawful, option, combo)
        if explains >= 0:
            led = ~ruled & (ready.options[option, InOption.LED_TO] > 0) & self._walking(who)
            self._explain(step, np.flatnonzero(led), who, visit, word, option, combo)
        return option, combo

    def _by_odds(self, about: Ints, who: Ints, visit: Ints) -> Ints:
        """The options at a step where one table of odds decides whatever the state."""
        block, first, last = about[[InStep.BLOCK, InStep.OPTIONS, InStep.OPTIONS_END]].tolist()
        cumulated = self.ready.arrays.law.cumulated[block : block + 1 + last - first]
        point = self._number(about[InStep.CHOICE_KEY], who, visit) * cumulated[0]
        possible = np.flatnonzero(cumulated[1:] >= 0)
        place = np.searchsorted(cumulated[1 + possible], point, side="right")
        option: Ints = first + possible.take(np.minimum(place, len(possible) - 1))
        return option

    def _decide(
        self, step: int, left: Ints, who: Ints, visit: Ints, word: Words, lawful: Ints, option: Ints, combo: Ints
    ) -> Bools:
        """Asks the choosers of a step about the cases *left*; returns of all whether they were ruled by findings."""
        ready = self.ready
        about = ready.steps[step]
        first, many = about[InStep.OPTIONS], about[InStep.OPTIONS_END] - about[InStep.OPTIONS]
        ruled = np.zeros(len(who), bool)
        for when, kind, base, _ in ready.arrays.law.lists[about[InStep.CHOOSERS] : about[InStep.CHOOSERS_END]].tolist():
            holds = ready.holding[when](word[:, left]) if when >= 0 else np.ones(len(left), bool)
            mine, left = left[holds], left[~holds]
            if not len(mine):
                continue
            if kind == BY_ODDS:
                block = np.full(len(mine), base)
            else:
                answer = self._ask(np.full(len(mine), base), word[:, mine])
                block = ready.arrays.law.answers[answer, 0]
                if kind == BY_FINDINGS:
                    ruled[mine] = True
                    self._rule(mine, answer, who, visit, lawful, first, option, combo)
                    continue
            block = block + lawful[mine] * (many + 1)
            cumulated = ready.arrays.law.cumulated
            total = cumulated[block]
            self._leave(who[mine[~(total > 0)]])
            point = self._number(about[InStep.CHOICE_KEY], who[mine], visit[mine]) * total
            found, through = option[mine], np.zeros(len(mine), bool)
            for n in range(many):
                reached = cumulated[block + 1 + n]
                can = (reached >= 0) & ~through
                found[can] = first + n
                through |= can & (point < reached)
            option[mine] = found
        self._leave(who[left])  # no row holds
        return ruled

    def _rule(
        self, mine: Ints, answer: Ints, who: Ints, visit: Ints, lawful: Ints, first: int, option: Ints, combo: Ints
    ) -> None:
        """Rulings by findings: the answers to each question are drawn, and the rule decides."""
        law = self.ready.arrays.law
        for each, group in _grouped(answer):
            some = mine[group]
            begin = law.answers[each, 0]
            if begin < 0:
                self._leave(who[some])
                continue
            drawn = np.zeros(len(some), np.int64)
            for n in range(law.answers[each, 1], law.answers[each, 2]):
                no = self._number(law.question_keys[n], who[some], visit[some]) >= law.question_chances[n]
                drawn = drawn * 2 + no
            combo[some] = begin + drawn
            found = law.combos[begin + drawn, 0]
            can = (found >= 0) & (lawful[some] >> np.maximum(found - first, 0) & 1 > 0)
            self._leave(who[some[~can]])  # the rule's own ruling is not lawful here
            option[some] = np.maximum(found, 0)

    def _explain(self, step: int, led: Ints, who: Ints, visit: Ints, word: Words, option: Ints, combo: Ints) -> None:
        """Answers behind rulings that did not come from findings, drawn given that the rule led to them."""
        if not len(led):
            return
        about = self.ready.steps[step]
        answer = self._ask(np.full(len(led), about[InStep.EXPLAINS]), word[:, led])
        law = self.ready.arrays.law
        unknown = law.answers[answer, 0] < 0
        self._leave(who[led[unknown]])
        led, answer = led[~unknown], answer[~unknown]
        for row, group in _grouped(law.answers[answer, 3] + option[led] - about[InStep.OPTIONS]):
            some = led[group]
            begin, end, nearest = law.behind[row].tolist()
            combo[some] = nearest
            if law.behind_totals[row] > 0:
                point = self._number(about[InStep.ANSWERS_KEY], who[some], visit[some]) * law.behind_totals[row]
                n = np.searchsorted(law.behind_reached[begin:end], point, side="right")
                inside = n < end - begin
                combo[some[inside]] = law.behind_combos[begin + n[inside]]

    # -- events

    def _happen(self, event: Event) -> Iterator[Event]:
        """One event of each case, then what follows from it at once, in turn."""
        ready = self.ready
        applied = np.zeros(len(self.case), np.uint64)
        while len(event.who):
            event = self._move(event)
            yield event
            law, who = ready.arrays.law, event.who
            if not len(law.consequences):
                return
            word, option = self.word[:, who], np.full(len(who), -1)
            for n, (condition, follows) in enumerate(law.consequences.tolist()):
                bit = ONE << np.uint64(n)
                now = (option < 0) & (applied[who] & bit == NONE) & ready.holding[condition](word)
                option[now] = follows
                applied[who[now]] |= bit
            on = option >= 0
            nothing = np.full(int(on.sum()), -1)
            event = Event(who[on], option[on], nothing, np.ones(len(nothing), np.int64))

    def _move(self, event: Event) -> Event:
        """Applies an event; returns it without the cases that are left to the reference."""
        ready = self.ready
        who, option, combo, _ = event
        word = self.word.take(who, axis=1)
        answer, effect = np.full(len(who), -1), ready.effects.take(option)
        asks = effect >= 0
        if asks.any():
            answer[asks] = self._ask(effect[asks], word[:, asks])
        before = word
        word = self._added(option, word)
        law = ready.arrays.law
        word = word & ready.keeps.take(option, axis=1) | ready.sets.take(option, axis=1)
        ruled = np.flatnonzero(combo >= 0)
        self._set(word, ruled, law.combos[combo[ruled], 1])
        self._set(word, np.flatnonzero(asks), law.answers[answer[asks], 2])
        plan = np.full(len(who), -1)
        sentence = ready.sentences.take(option)
        asks = sentence >= 0
        if asks.any():
            plan[asks] = self._ask(sentence[asks], word[:, asks])
            self.ends[2, who[asks]] = plan[asks]
            self.ends[3, who[asks]] = option[asks]
            self.ends[4, who[asks]] = event.visit[asks]
        self.word[:, who] = word
        self._add_up(event, answer)
        self._write(event, answer, plan)
        for n, (kind, _, when, _) in enumerate(law.invariants.tolist()):
            named = np.flatnonzero(ready.named[option, n])
            if len(named):
                if kind == 1:
                    self._leave(who[named[~ready.holding[when](before[:, named])]])
                self.seen[n, who[named]] = True
        kept = self._walking(who)
        return event if not self.some_left or kept.all() else Event(*(each[kept] for each in event))

    def _added(self, option: Ints, word: Words) -> Words:
        """With what options add to counters."""
        ready = self.ready
        word = word.copy() if len(ready.adding) else word
        for adding in ready.adding.tolist():
            some = np.flatnonzero(option == adding)
            if not len(some):
                continue
            row = ready.options[adding]
            for bit, size, more in ready.arrays.law.lists[row[InOption.ADDS] : row[InOption.ADDS_END], :3].tolist():
                left = some
                for value in range(size):
                    has = _bit(word[:, left], bit + value)
                    mine, left = left[has], left[~has]
                    goes = bit + min(max(value + more, 0), size - 1)
                    word[(bit + value) >> 6, mine] &= ~(ONE << np.uint64((bit + value) & 63))
                    word[goes >> 6, mine] |= ONE << np.uint64(goes & 63)
        return word

    def _set(self, word: Words, some: Ints, row: Ints) -> None:
        if len(some):
            words = self.ready.arrays.law.answer_words
            word[:, some] = word[:, some] & words[row].T | words[row + 1].T

    def _add_up(self, event: Event, answer: Ints) -> None:
        ready, (who, option, _, _) = self.ready, event
        law = ready.arrays.law
        now, cases = self.now.take(who), len(self.case)
        self.ends[7][who] += 1
        if len(ready.counted):
            counter = ready.counter.take(option)
            counts = np.flatnonzero(counter >= 0)
            self.times[counter[counts], who[counts]] += 1
        spine, custody = law.custody.tolist()
        if custody >= 0:
            inside = (law.held[self.at[custody, who]] > 0) & (law.disposing[self.at[spine, who]] == 0)
            self.sums[-1, who[inside]] += (now - self.since[-1, who])[inside]
            self.since[-1, who] = now
        for tracks, states in zip(ready.move_tracks, ready.move_states, strict=True):
            track, state = tracks.take(option), states.take(option)
            place = track * cases + who  # in rows of cases, laid end to end
            was = self.at.ravel().take(place, mode="clip")
            moves = np.flatnonzero((track >= 0) & (was != state))
            place, was, state, mover, at = place.take(moves), was.take(moves), state.take(moves), who.take(moves), now.take(moves)
            self.sums.ravel()[was * cases + mover] += at - self.since.ravel().take(place)
            self.since.ravel()[place] = at
            self.at.ravel()[place] = state
            kind = law.disposing.take(state)
            ends = (kind == DISPOSES) | ((kind == CLOSES) & (self.ends[0, mover] < 0))
            self.ends[0, mover[ends]] = state[ends]
            self.ends[1, mover[ends]] = at[ends]
        for payers, dollars in zip(ready.paid_by, ready.paid, strict=True):
            has = np.flatnonzero(payers[option] >= 0)
            self.reals[payers[option[has]], who[has]] += law.dollars[dollars[option[has]]]
        told = np.flatnonzero(answer >= 0)
        if len(told):
            self.sums[law.offers_made, who[told]] += law.answers[answer[told], 0]
            accepted = law.answers[answer[told], 1]
            takes = np.flatnonzero(accepted >= 0)
            self.ends[5, who[told[takes]]] = accepted[takes]

    def _write(self, event: Event, answer: Ints, plan: Ints) -> None:
        if self.log is not None:
            columns = (event.who, self.now[event.who], event.option, answer, event.combo, plan, event.visit)
            self.log.append(np.stack(columns, axis=1))

    def _keep_in_state(self, happened: list[Event]) -> None:
        """The invariants that ask what options may have moved (or begin with them)."""
        ready = self.ready
        for n, (kind, _, when, unless) in enumerate(ready.arrays.law.invariants.tolist()):
            if kind == 1:
                continue
            asks = [event.who[ready.watched[event.option, n]] for event in happened]
            who = np.concatenate([np.zeros(0, np.int64), *asks])
            if kind != 0:
                who = who[self.seen[n, who]]
            if not len(who):
                continue
            word = self.word[:, who]
            holds = ready.holding[when](word)
            if kind == 0:
                self._leave(who[holds])
            elif kind == 2:
                self._leave(who[~holds])
            else:
                through = holds | ready.holding[unless](word) if unless >= 0 else holds
                self.seen[n, who[through]] = False

    # -- clocks

    def _turn(self, step: int, who: Ints, again: Bools | bool) -> None:
        """Sets the clock of a step of some cases after an event: `Clocks.turn`."""
        ready = self.ready
        about = ready.steps[step]
        if not len(who):
            return
        word = self.word.take(who, axis=1)
        runs = ready.holding[about[InStep.SILENT]](word)
        modes, due = self.mode[:, step], self.due[:, step]
        mode = modes[who]
        stops = who[np.flatnonzero(~runs & (mode > 0))]
        modes[stops] = 0
        due[stops] = NEVER
        begins = np.flatnonzero(runs & ((mode == 0) | again))
        if len(begins):
            new, visits = who.take(begins), self.visits[step]
            visit = visits.take(new) + 1
            visits[new] = visit
            modes[new] = 1
            now = self.now.take(new)
            if about[InStep.PLAIN] >= 0:
                self.kinds[step][new] = PLAIN
                due[new] = _opens(now) + self._delay(about[InStep.PLAIN], about[InStep.DELAY_KEY], new, visit)
            else:
                due[new] = self._begin(step, new, visit, word[:, begins], now)
        if about[InStep.TOLLED] >= 0 and runs.any():
            some = who[runs]
            tolled = ready.holding[about[InStep.TOLLED]](word[:, runs])
            mode = self.mode[some, step]
            for turned, change in ((tolled & (mode == 1), self._stand_still), (~tolled & (mode == 2), self._run_on)):
                mine = some[turned]
                for kind, group in _grouped(self.kinds[step, mine]):
                    change(step, mine[group], kind)

    def _begin(self, step: int, who: Ints, visit: Ints, word: Words, now: Ints) -> Ints:
        """Starts the clocks of visits that are more than a plain delay; returns when they are due."""
        ready = self.ready
        law, about = ready.arrays.law, ready.steps[step]
        spec, left = np.full(len(who), -1), np.arange(len(who))
        for when, row, *_ in law.lists[about[InStep.DELAYS] : about[InStep.DELAYS_END]].tolist():
            holds = ready.holding[when](word[:, left]) if when >= 0 else np.ones(len(left), bool)
            spec[left[holds]] = row
            left = left[~holds]
        self.kinds[step, who] = PLAIN
        offer = np.full(len(who), -1)
        for n, row in enumerate(ready.offers):
            offer[_bit(word, row[InOffer.BIT])] = n
        due = np.full(len(who), NEVER)
        open_for = law.lists[spec, 0] == OPEN_FOR
        if open_for.any():
            made = np.flatnonzero(open_for & (offer >= 0))
            terms = ready.offers[offer[made]]
            until = (terms[:, InOffer.OPEN_FOR] < 0) & (terms[:, InOffer.OPEN_UNTIL] >= 0)
            due[made[until]] = np.maximum(now[made[until]], terms[until, InOffer.OPEN_UNTIL])
            spec[open_for] = -1
            stated = terms[:, InOffer.OPEN_FOR] >= 0
            spec[made[stated]] = terms[stated, InOffer.OPEN_FOR]
        for row, group in _grouped(spec):
            if row >= 0:
                due[group] = self._begin_as(step, law.lists[row].tolist(), who[group], visit[group], offer[group], now[group])
        return due

    def _begin_as(self, step: int, spec: list[int], who: Ints, visit: Ints, offer: Ints, now: Ints) -> Ints:
        what, count, by_court, rolls = spec
        a = self.special[step]
        if what == DEADLINE:
            self.kinds[step, who] = DEADLINE
            day = now // DAY
            for n, value in enumerate((day, count, 0, day - 1, -1, by_court, now)):
                a[n, who] = value
            return self._special_due(DEADLINE, a[:, who])
        none = np.zeros(len(who), bool)
        length = np.zeros(len(who), np.int64)
        if what == OFFER_DAYS:
            column = InOffer.TERMS + count
            length = self.ready.offers[offer, column] if len(self.ready.offers) else length - 1
            none = (offer < 0) | (length < 0)
        elif what == UNTIL:
            length = np.maximum(0, count * DAY - _opens(now))
        elif what == DISTRIBUTION:
            length = self._delay(count, self.ready.steps[step, InStep.DELAY_KEY], who, visit)
        start = _opens(now)
        if by_court or rolls:
            kind = COURT_TIME if by_court else ROLLED
            self.kinds[step, who[~none]] = kind
            a[0, who] = (self._elapsed(start) if by_court else start) + length
            a[1, who] = length
            due = self._special_due(kind, a[:, who])
        else:
            due = start + length
        return np.where(none, NEVER, due)

    def _special_due(self, kind: int, a: Ints) -> Ints:
        if kind == ROLLED:
            day = a[0] // DAY
            opened = self._next_open(day)
            return np.where(opened == day, a[0], opened * DAY)
        if kind == COURT_TIME:
            return self._moment(a[0])
        days = a[1] + a[2]
        last = np.where(a[5] > 0, self._later(a[0], days), self._next_open(a[0] + days))
        return np.where(a[4] >= 0, a[4], (last + 1) * DAY - 1)

    def _stand_still(self, step: int, who: Ints, kind: int) -> None:
        now, due, a = self.now[who], self.due[who, step], self.special[step]
        if kind == PLAIN:
            self.left[step, who] = np.where(due == NEVER, NEVER, np.maximum(0, due - now))
        elif kind == ROLLED:
            a[1, who] = np.maximum(0, a[0, who] - now)
        elif kind == COURT_TIME:
            a[1, who] = np.maximum(0, a[0, who] - self._elapsed(now))
        else:
            a[6, who] = now
            falls = self._special_due(kind, a[:, who])
            a[4, who] = np.where(falls <= now, falls, a[4, who])
        self.mode[who, step] = 2
        self.due[who, step] = NEVER

    def _run_on(self, step: int, who: Ints, kind: int) -> None:
        now, a = self.now[who], self.special[step]
        self.mode[who, step] = 1
        if kind == PLAIN:
            left = self.left[step, who]
            self.due[who, step] = np.where(left == NEVER, NEVER, now + left)
            return
        if kind == ROLLED:
            a[0, who] = now + a[1, who]
        elif kind == COURT_TIME:
            a[0, who] = self._elapsed(now) + a[1, who]
        else:
            over = a[4, who] >= 0
            a[4, who[over]] = now[over]
            some = np.flatnonzero(~over & (now != a[6, who]))
            first = np.maximum(a[6, who[some]] // DAY, a[3, who[some]] + 1)
            last = (now[some] - 1) // DAY
            whole = np.flatnonzero(last >= first)
            some, first, last = some[whole], first[whole], last[whole]
            touched = np.where(a[5, who[some]] > 0, self._court_days(first, last), last - first + 1)
            a[2, who[some]] += touched
            a[3, who[some]] = last
        self.due[who, step] = self._special_due(kind, a[:, who])

    # -- the court's days; a day beyond the horizon stands for itself, as in kernel.py

    def _next_open(self, day: Ints) -> Ints:
        if self.court.always:
            return day
        opens = self.court.next_open
        return np.where(day >= len(opens), day, opens[np.minimum(day, len(opens) - 1)])

    def _elapsed(self, time: Ints) -> Ints:
        if self.court.always:
            return time
        day = time // DAY
        return self.court.open_before[day] * DAY + np.where(self.court.next_open[day] == day, time - day * DAY, 0)

    def _moment(self, elapsed: Ints) -> Ints:
        if self.court.always:
            return elapsed
        nth, days = elapsed // DAY, self.court.open_days
        found = days[np.minimum(nth, len(days) - 1)] * DAY + elapsed % DAY
        return np.where(nth >= len(days), NEVER - 1, found)

    def _later(self, day: Ints, court_days: Ints) -> Ints:
        if self.court.always:
            return day + court_days
        days = self.court.open_days
        nth = self.court.open_before[day + 1] + court_days - 1
        found = np.where(nth < len(days), days[np.clip(nth, 0, len(days) - 1)], len(self.court.next_open))
        return np.where(court_days == 0, self._next_open(day), found)

    def _court_days(self, first: Ints, last: Ints) -> Ints:
        if self.court.always:
            return last - first + 1
        return self.court.open_before[last + 1] - self.court.open_before[first]


def _opens(now: Ints) -> Ints:
    """The last tick of a day counts as the beginning of the next."""
    opens: Ints = now + ((now + 1) & (DAY - 1) == 0)
    return opens


def _bit(word: Words, bit: Any) -> Bools:
    found: Bools = (word[bit >> 6] >> np.uint64(bit & 63)) & ONE != NONE
    return found


def _grouped(values: NDArray[Any]) -> Iterator[tuple[int, Ints]]:
    """Each value that occurs, with the places where it does."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    bounds = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for group in np.split(order, bounds) if len(order) else []:
        yield int(values[group[0]]), group
