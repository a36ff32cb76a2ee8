"""The walk of `simulate` over arrays, one case at a time, compiled by numba: the inner loop of `sample`.

Nothing here knows a step by its name or decides what the law means: `engines/compiled.py` has asked the core and put the
answers into arrays. Where an answer has not been asked for yet, the walk of that case stops and says which
(`MISSED`); where it meets what only the reference engine says properly (a broken invariant, a stuck case), it says so
(`REFERENCE`). The arithmetic is that of `case/clocks.py` and `engines/tape.py`, in the same order, so the bits are the same;
`tests/test_sample.py` holds every event against the reference.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from courtsim.engines.compiled import (
    ALL_OFFERS,
    BY_FINDINGS,
    BY_ODDS,
    CLOSES,
    COURT_TIME,
    DEADLINE,
    DISPOSES,
    DISTRIBUTION,
    EMPIRICAL,
    EXPONENTIAL,
    FIXED,
    LOGNORMAL,
    NORMAL,
    OFFER_DAYS,
    OPEN_FOR,
    PLAIN,
    ROLLED,
    TRIANGULAR,
    UNIFORM,
    UNTIL,
    Chance,
    Conditions,
    Court,
    InOffer,
    InOption,
    InStep,
    Known,
    Law,
)
from courtsim.engines.tape import EXP, LN2_HIGH, LN2_LOW, LOG, NORMAL_CENTER, NORMAL_FAR, NORMAL_NEAR

DAY = 1 << 24
NEVER = 1 << 62
SAME_TIME = 200
MOST_EVENTS = 20_000  # of a case; more is for the reference to complain of

DONE, MISSED, REFERENCE, FULL = 0, 1, 2, 3

# Columns as plain numbers: numba takes them for constants.
S_SILENT, S_TOLLED, S_PLAIN, S_CONDITIONAL = InStep.SILENT, InStep.TOLLED, InStep.PLAIN, InStep.CONDITIONAL
S_SOME, S_FIRST, S_LAST = InStep.SOME_CONDITIONAL, InStep.OPTIONS, InStep.OPTIONS_END
S_DELAY, S_CHOICE, S_ANSWERS = InStep.DELAY_KEY, InStep.CHOICE_KEY, InStep.ANSWERS_KEY
S_HOLDS, S_HOLDS_END, S_ROWS, S_ROWS_END = InStep.HOLDS, InStep.HOLDS_END, InStep.DELAYS, InStep.DELAYS_END
S_CHOOSER, S_CHOOSER_END, S_EXPLAINS = InStep.CHOOSERS, InStep.CHOOSERS_END, InStep.EXPLAINS
O_WHEN, O_OFFERS, O_OFFERS_END = InOption.WHEN, InOption.OFFERS, InOption.OFFERS_END
O_ADDS, O_ADDS_END, O_TOUCHES, O_TOUCHES_END = InOption.ADDS, InOption.ADDS_END, InOption.TOUCHES, InOption.TOUCHES_END
O_RESTARTS, O_RESTARTS_END, O_STEP = InOption.RESTARTS, InOption.RESTARTS_END, InOption.STEP
O_EFFECT, O_SENTENCE, O_LED_TO = InOption.EFFECT, InOption.SENTENCE, InOption.LED_TO
O_MOVES, O_MOVES_END, O_COUNTS, O_COUNTS_END = InOption.MOVES, InOption.MOVES_END, InOption.COUNTS, InOption.COUNTS_END
O_DOLLARS, O_DOLLARS_END, O_PUBLISHES = InOption.DOLLARS, InOption.DOLLARS_END, InOption.PUBLISHES
O_NAMED, O_NAMED_END, O_WATCHED, O_WATCHED_END = InOption.NAMED, InOption.NAMED_END, InOption.WATCHED, InOption.WATCHED_END
F_WHEN, F_BIT, F_MADE, F_OPEN_FOR, F_OPEN_UNTIL, F_TERMS = (
    InOffer.WHEN,
    InOffer.BIT,
    InOffer.MADE,
    InOffer.OPEN_FOR,
    InOffer.OPEN_UNTIL,
    InOffer.TERMS,
)

_G = np.uint64(0x9E3779B97F4A7C15)
_V = np.uint64(0xD1B54A32D192ED03)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


# -- numbers


@njit(cache=True, _nrt=False, forceinline=True)
def _mix(z: Any) -> Any:
    z = (z ^ (z >> _30)) * _M1
    z = (z ^ (z >> _27)) * _M2
    return z ^ (z >> _31)


@njit(cache=True, _nrt=False, forceinline=True)
def number(keys: Any, case: Any, address: int, visit: int) -> float:
    """The number in [0, 1) at an address of a case: `tape.numbers`."""
    offset = keys[address, 0] + np.uint64(visit) * _V
    mixed = _mix(_mix(case * _G + offset) + keys[address, 1])
    return np.float64(mixed >> _11) * 2.0**-53


@njit(cache=True, _nrt=False, forceinline=True)
def _polynomial(x: float, coefficients: Any) -> float:
    value = coefficients[0]
    for n in range(1, len(coefficients)):
        value = value * x + coefficients[n]
    return value


@njit(cache=True, _nrt=False, forceinline=True)
def _log(x: float) -> float:
    fraction, exponent = math.frexp(x)
    k = np.float64(exponent)
    if fraction < 0.7071067811865476:
        fraction = fraction * 2.0
        k = np.float64(exponent - 1)
    f = fraction - 1.0
    s = f / (2.0 + f)
    z = s * s
    r = z * _polynomial(z, LOG)
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f)


@njit(cache=True, _nrt=False, forceinline=True)
def _exp(x: float) -> float:
    k = np.rint(x * 1.44269504088896338700)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    z = r * r
    c = r - z * _polynomial(z, EXP)
    return math.ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), int(k))


@njit(cache=True, _nrt=False, forceinline=True)
def _normal(u: float) -> float:
    u = max(u, 2.0**-54)
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _polynomial(r, NORMAL_CENTER[0]) / _polynomial(r, NORMAL_CENTER[1])
    tail = np.sqrt(-_log(min(u, 1.0 - u)))
    if tail <= 5.0:
        near = tail - 1.6
        outer = _polynomial(near, NORMAL_NEAR[0]) / _polynomial(near, NORMAL_NEAR[1])
    else:
        far = tail - 5.0
        outer = _polynomial(far, NORMAL_FAR[0]) / _polynomial(far, NORMAL_FAR[1])
    return -outer if q < 0 else outer


@njit(cache=True, _nrt=False, forceinline=True)
def delay(chance: Chance, kind: int, case: Any, address: int, visit: int) -> int:
    """A delay in ticks at an address: `tape.quantile`, rounded once to the grid."""
    what = chance.kinds[kind, 0]
    if what == FIXED:
        return chance.kinds[kind, 1]
    u = number(chance.keys, case, address, visit)
    a, b, c = chance.parameters[kind, 0], chance.parameters[kind, 1], chance.parameters[kind, 2]
    days = 0.0
    if what == UNIFORM:
        days = a + u * (b - a)
    elif what == TRIANGULAR:
        days = a + np.sqrt(u * (c - a) * (b - a)) if u * (c - a) < b - a else c - np.sqrt((1 - u) * (c - a) * (c - b))
    elif what == EXPONENTIAL:
        days = -a * _log(1.0 - u)
    elif what == LOGNORMAL:
        days = a * _exp(b * _normal(u))
    elif what == NORMAL:
        days = max(0.0, a + b * _normal(u))
    elif what == EMPIRICAL:
        size = np.int64(b)
        days = chance.samples[np.int64(a) + min(np.int64(u * size), size - 1)]
    return int(np.rint(days * DAY))


# -- states


@njit(cache=True, _nrt=False, forceinline=True)
def _holds(conditions: Conditions, condition: int, word: Any) -> bool:
    for n in range(conditions.ranges[condition, 0], conditions.ranges[condition, 1]):
        meets = np.uint64(0)
        for w in range(word.shape[0]):
            meets |= conditions.masks[n, w] & word[w]
        if meets == np.uint64(0):
            return True
    return False


@njit(cache=True, _nrt=False, forceinline=True)
def _bit(word: Any, bit: int) -> bool:
    return (word[bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1) != np.uint64(0)


@njit(cache=True, _nrt=False, forceinline=True)
def _set(word: Any, bit: int) -> None:
    word[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)


@njit(cache=True, _nrt=False, forceinline=True)
def _clear(word: Any, bit: int) -> None:
    word[bit >> 6] &= ~(np.uint64(1) << np.uint64(bit & 63))


@njit(cache=True, _nrt=False, forceinline=True)
def _lawful(conditions: Conditions, options: Any, lists: Any, offers: Any, option: int, word: Any) -> bool:
    when = options[option, O_WHEN]
    if when >= 0 and not _holds(conditions, when, word):
        return False
    if options[option, O_OFFERS] == ALL_OFFERS:
        return True
    for n in range(options[option, O_OFFERS], options[option, O_OFFERS_END]):
        offer = lists[n, 0]
        if not _bit(word, offers[offer, F_MADE]) and _holds(conditions, offers[offer, F_WHEN], word):
            return True
    return False


@njit(cache=True, _nrt=False, forceinline=True)
def _any_lawful(conditions: Conditions, steps: Any, options: Any, lists: Any, offers: Any, step: int, word: Any) -> bool:
    for option in range(steps[step, S_FIRST], steps[step, S_LAST]):
        if _lawful(conditions, options, lists, offers, option, word):
            return True
    return False


@njit(cache=True, _nrt=False, forceinline=True)
def _asked(known: Known, table: int, word: Any) -> int:
    """What the core has answered for this state: the number of the answer, -1 where it has not been asked."""
    mixed = np.uint64(table) * _G
    for w in range(word.shape[0]):
        mixed = _mix(mixed + (word[w] & known.depends[table, w]))
    size = known.entries.shape[0]
    place = np.int64(mixed & np.uint64(size - 1))
    while known.entries[place, 0] >= 0:
        if known.entries[place, 0] == table:
            different = np.uint64(0)
            for w in range(word.shape[0]):
                different |= known.parts[place, w] ^ (word[w] & known.depends[table, w])
            if different == np.uint64(0):
                return known.entries[place, 1]
        place = (place + 1) & (size - 1)
    return -1


@njit(cache=True, _nrt=False, forceinline=True)
def _miss(place: int, status: Any, missed: Any, word: Any, table: int) -> None:
    status[place] = MISSED
    for w in range(word.shape[0]):
        missed[place, w] = word[w]
    missed[place, word.shape[0]] = np.uint64(table)


# -- the court's days; a day beyond the horizon stands for itself, since a case that comes there is left to the reference


@njit(cache=True, _nrt=False, forceinline=True)
def _opens(now: int) -> int:
    return now + 1 if (now + 1) & (DAY - 1) == 0 else now


@njit(cache=True, _nrt=False, forceinline=True)
def _next_open(court: Court, day: int) -> int:
    return day if court.always or day >= court.next_open.shape[0] else court.next_open[day]


@njit(cache=True, _nrt=False, forceinline=True)
def _elapsed(court: Court, time: int) -> int:
    if court.always:
        return time
    day = time // DAY
    return court.open_before[day] * DAY + (time - day * DAY if court.next_open[day] == day else 0)


@njit(cache=True, _nrt=False, forceinline=True)
def _moment(court: Court, elapsed: int) -> int:
    if court.always:
        return elapsed
    if elapsed // DAY >= court.open_days.shape[0]:
        return NEVER - 1
    return court.open_days[elapsed // DAY] * DAY + elapsed % DAY


@njit(cache=True, _nrt=False)
def _later(court: Court, day: int, court_days: int) -> int:
    if court.always:
        return day + court_days
    if court_days == 0:
        return _next_open(court, day)
    nth = court.open_before[day + 1] + court_days - 1
    return court.open_days[nth] if nth < court.open_days.shape[0] else court.next_open.shape[0]


@njit(cache=True, _nrt=False)
def _court_days(court: Court, first: int, last: int) -> int:
    return last - first + 1 if court.always else court.open_before[last + 1] - court.open_before[first]


# -- clocks that are more than a delay. Of a rolled clock `a` holds when it runs out and what is left; of one in court time the
# same in court time; of a deadline its trigger, its days, the days tolling touched, up to which day, when it had run out
# before it stood still (-1), whether it counts court days, and since when it stands.


@njit(cache=True, _nrt=False)
def _special_due(court: Court, kind: int, a: Any) -> int:
    if kind == ROLLED:
        day = a[0] // DAY
        opened = _next_open(court, day)
        return a[0] if opened == day else opened * DAY
    if kind == COURT_TIME:
        return _moment(court, a[0])
    if a[4] >= 0:
        return a[4]
    last = _later(court, a[0], a[1] + a[2]) if a[5] else _next_open(court, a[0] + a[1] + a[2])
    return (last + 1) * DAY - 1


@njit(cache=True, _nrt=False, forceinline=True)
def _begin(
    conditions: Conditions,
    chance: Chance,
    court: Court,
    steps: Any,
    lists: Any,
    offers: Any,
    step: int,
    visit: int,
    case: Any,
    word: Any,
    now: int,
    kinds: Any,
    a: Any,
) -> int:
    """Starts the clock of a visit that is more than a plain delay; returns when it is due."""
    spec = -1
    for n in range(steps[step, S_ROWS], steps[step, S_ROWS_END]):
        if lists[n, 0] < 0 or _holds(conditions, lists[n, 0], word):
            spec = lists[n, 1]
            break
    kinds[step] = PLAIN
    offer = -1
    for n in range(offers.shape[0]):
        if _bit(word, offers[n, F_BIT]):
            offer = n
    if lists[spec, 0] == OPEN_FOR:
        if offer < 0:
            return NEVER
        if offers[offer, F_OPEN_FOR] < 0:
            return max(now, offers[offer, F_OPEN_UNTIL]) if offers[offer, F_OPEN_UNTIL] >= 0 else NEVER
        spec = offers[offer, F_OPEN_FOR]
    what, count, by_court, rolls = lists[spec, 0], lists[spec, 1], lists[spec, 2], lists[spec, 3]
    length = 0
    if what == DEADLINE:
        kinds[step] = DEADLINE
        a[0], a[1], a[2], a[3], a[4], a[5], a[6] = now // DAY, count, 0, now // DAY - 1, -1, by_court, now
        return _special_due(court, DEADLINE, a)
    if what == OFFER_DAYS:
        if offer < 0 or offers[offer, F_TERMS + count] < 0:
            return NEVER
        length = offers[offer, F_TERMS + count]
    elif what == UNTIL:
        length = max(0, count * DAY - _opens(now))
    elif what == DISTRIBUTION:
        length = delay(chance, count, case, steps[step, S_DELAY], visit)
    start = _opens(now)
    if by_court:
        kinds[step] = COURT_TIME
        a[0], a[1] = _elapsed(court, start) + length, length
    elif rolls:
        kinds[step] = ROLLED
        a[0], a[1] = start + length, length
    else:
        return start + length
    return _special_due(court, kinds[step], a)


@njit(cache=True, _nrt=False)
def _stand_still(court: Court, kind: int, now: int, due: int, a: Any) -> int:
    """Stops a clock; returns what is left of a plain one."""
    if kind == PLAIN:
        return NEVER if due == NEVER else max(0, due - now)
    if kind == ROLLED:
        a[1] = max(0, a[0] - now)
    elif kind == COURT_TIME:
        a[1] = max(0, a[0] - _elapsed(court, now))
    else:
        a[6] = now
        falls = _special_due(court, kind, a)
        if falls <= now:
            a[4] = falls
    return 0


@njit(cache=True, _nrt=False)
def _run_on(court: Court, kind: int, now: int, left: int, a: Any) -> int:
    """Lets a clock run on; returns when it is due."""
    if kind == PLAIN:
        return NEVER if left == NEVER else now + left
    if kind == ROLLED:
        a[0] = now + a[1]
    elif kind == COURT_TIME:
        a[0] = _elapsed(court, now) + a[1]
    elif a[4] >= 0:
        a[4] = now
    elif now != a[6]:
        first = max(a[6] // DAY, a[3] + 1)
        last = (now - 1) // DAY
        if last >= first:
            a[2] += _court_days(court, first, last) if a[5] else last - first + 1
            a[3] = last
    return _special_due(court, kind, a)


@njit(cache=True, _nrt=False, forceinline=True)
def _turn(
    conditions: Conditions,
    chance: Chance,
    court: Court,
    steps: Any,
    lists: Any,
    offers: Any,
    n: int,
    word: Any,
    now: int,
    case: Any,
    due: Any,
    mode: Any,
    visits: Any,
    left: Any,
    kinds: Any,
    a: Any,
    again: bool,
) -> None:
    """Sets the clock of a step after an event: `Clocks.turn`."""
    if not _holds(conditions, steps[n, S_SILENT], word):
        if mode[n]:
            mode[n] = 0
            due[n] = NEVER
        return
    if not mode[n] or again:
        visits[n] += 1
        mode[n] = 1
        if steps[n, S_PLAIN] >= 0:
            kinds[n] = PLAIN
            due[n] = _opens(now) + delay(chance, steps[n, S_PLAIN], case, steps[n, S_DELAY], visits[n])
        else:
            due[n] = _begin(conditions, chance, court, steps, lists, offers, n, visits[n], case, word, now, kinds, a[n])
    if steps[n, S_TOLLED] >= 0:
        tolled = _holds(conditions, steps[n, S_TOLLED], word)
        if tolled and mode[n] == 1:
            mode[n] = 2
            left[n] = _stand_still(court, kinds[n], now, due[n], a[n])
            due[n] = NEVER
        elif mode[n] == 2 and not tolled:
            mode[n] = 1
            due[n] = _run_on(court, kinds[n], now, left[n], a[n])


# -- choosing


@njit(cache=True, _nrt=False, forceinline=True)
def _choose(
    law: Law,
    conditions: Conditions,
    known: Known,
    keys: Any,
    step: int,
    visit: int,
    case: Any,
    word: Any,
    place: int,
    status: Any,
    missed: Any,
) -> tuple[int, int]:
    """The option that is chosen, and the combination of answers behind it, -1 where there is none."""
    steps, options, lists = law.steps, law.options, law.lists
    first, last = steps[step, S_FIRST], steps[step, S_LAST]
    lawful, many, only = 0, 0, first
    for option in range(first, last):
        if not steps[step, S_SOME] or _lawful(conditions, options, lists, law.offers, option, word):
            lawful |= 1 << (option - first)
            many += 1
            only = option
    option, combo = only, -1
    if steps[step, S_CHOOSER] == steps[step, S_CHOOSER_END] or (many == 1 and steps[step, S_EXPLAINS] < 0):
        if many > 1:
            status[place] = REFERENCE  # nobody decides: the reference says so
            return only, -1
    else:
        row = -1
        for n in range(steps[step, S_CHOOSER], steps[step, S_CHOOSER_END]):
            if lists[n, 0] < 0 or _holds(conditions, lists[n, 0], word):
                row = n
                break
        if row < 0:
            status[place] = REFERENCE
            return only, -1
        base = lists[row, 2]
        if lists[row, 1] != BY_ODDS:
            answer = _asked(known, base, word)
            if answer < 0:
                _miss(place, status, missed, word, base)
                return only, -1
            if lists[row, 1] == BY_FINDINGS:
                combo = law.answers[answer, 0]
                if combo < 0:
                    status[place] = REFERENCE
                    return only, -1
                drawn = 0
                for n in range(law.answers[answer, 1], law.answers[answer, 2]):
                    drawn = drawn * 2 + (0 if number(keys, case, law.question_keys[n], visit) < law.question_chances[n] else 1)
                combo += drawn
                option = law.combos[combo, 0]
                if option < 0 or not lawful >> (option - first) & 1:
                    status[place] = REFERENCE  # the rule's own ruling is not lawful here
                return option, combo
            base = law.answers[answer, 0]
        block = base + lawful * (last - first + 1)
        total = law.cumulated[block]
        if not total > 0:
            status[place] = REFERENCE
            return only, -1
        point = number(keys, case, steps[step, S_CHOICE], visit) * total
        option = -1
        for n in range(last - first):
            reached = law.cumulated[block + 1 + n]
            if reached >= 0:
                option = first + n
                if point < reached:
                    break
    table = steps[step, S_EXPLAINS]
    if table < 0 or not options[option, O_LED_TO]:
        return option, -1
    # answers behind a ruling that did not come from findings, drawn given that the rule led to it
    answer = _asked(known, table, word)
    if answer < 0:
        _miss(place, status, missed, word, table)
        return option, -1
    if law.answers[answer, 0] < 0:
        status[place] = REFERENCE
        return option, -1
    row = law.answers[answer, 3] + option - first
    if law.behind_totals[row] > 0:
        point = number(keys, case, steps[step, S_ANSWERS], visit) * law.behind_totals[row]
        for n in range(law.behind[row, 0], law.behind[row, 1]):
            if point < law.behind_reached[n]:
                return option, law.behind_combos[n]
    return option, law.behind[row, 2]


# -- what an event adds to the measures of its case


@njit(cache=True, _nrt=False, forceinline=True)
def _add_up(
    law: Law, option: int, answer: int, now: int, place: int, sums: Any, reals: Any, ends: Any, since: Any, at: Any
) -> None:
    options, lists = law.options, law.lists
    ends[place, 7] += 1
    if law.custody[1] >= 0:
        last = law.opening_rows.shape[1] - 3  # beyond the tracks: the event before
        if law.held[at[law.custody[1]]] and not law.disposing[at[law.custody[0]]]:
            sums[place, sums.shape[1] - 1] += now - since[last]
        since[last] = now
    for n in range(options[option, O_MOVES], options[option, O_MOVES_END]):
        track, state = lists[n, 0], lists[n, 1]
        if at[track] != state:
            sums[place, at[track]] += now - since[track]
            since[track] = now
            at[track] = state
            kind = law.disposing[state]
            if kind == DISPOSES or (kind == CLOSES and ends[place, 0] < 0):
                ends[place, 0], ends[place, 1] = state, now
    for n in range(options[option, O_COUNTS], options[option, O_COUNTS_END]):
        sums[place, lists[n, 0]] += 1
    for n in range(options[option, O_DOLLARS], options[option, O_DOLLARS_END]):
        reals[place, lists[n, 0]] += law.dollars[lists[n, 1]]
    ends[place, 6] |= options[option, O_PUBLISHES]
    if answer >= 0:
        sums[place, law.offers_made] += law.answers[answer, 0]
        if law.answers[answer, 1] >= 0:
            ends[place, 5] = law.answers[answer, 1]


# -- invariants: 0 never, 1 requires, 2 always, 3 eventually


@njit(cache=True, _nrt=False, forceinline=True)
def _kept_by_event(
    invariants: Any, options: Any, lists: Any, conditions: Conditions, option: int, before: Any, seen: Any
) -> bool:
    for m in range(options[option, O_NAMED], options[option, O_NAMED_END]):
        n = lists[m, 0]
        if invariants[n, 0] == 1 and not _holds(conditions, invariants[n, 2], before):
            return False
        seen[n] = 1
    return True


@njit(cache=True, _nrt=False, forceinline=True)
def _kept_in_state(invariants: Any, options: Any, lists: Any, conditions: Conditions, option: int, word: Any, seen: Any) -> bool:
    """Of the invariants that ask what the option may have moved (or begin with it)."""
    for m in range(options[option, O_WATCHED], options[option, O_WATCHED_END]):
        n = lists[m, 0]
        kind, when, unless = invariants[n, 0], invariants[n, 2], invariants[n, 3]
        if kind == 0:
            if _holds(conditions, when, word):
                return False
        elif kind >= 2 and seen[n]:
            holds = _holds(conditions, when, word)
            if kind == 2 and not holds:
                return False
            if kind == 3 and (holds or (unless >= 0 and _holds(conditions, unless, word))):
                seen[n] = 0
    return True


@njit(cache=True, _nrt=False, forceinline=True)
def _kept_at_the_end(law: Law, seen: Any) -> bool:
    for n in range(law.invariants.shape[0]):
        if law.invariants[n, 0] == 3 and seen[n]:
            return False
    return True


# -- the walk


def room(law: Law) -> tuple[Any, Any, Any, Any]:
    """What the walk works in: it allocates nothing, so that no array is counted at every call (numba's `_nrt`)."""
    steps, words = law.steps.shape[0], law.option_words.shape[1]
    longest = max(law.opening_rows.shape[1], law.consequences.shape[0] + 1, law.invariants.shape[0])
    return (
        np.zeros((5, steps), np.int64),
        np.zeros((steps, 7), np.int64),
        np.zeros((2, words), np.uint64),
        np.zeros((4, longest), np.int64),
    )


@njit(cache=True, _nrt=False)
def walk(
    law: Law,
    conditions: Conditions,
    chance: Chance,
    court: Court,
    known: Known,
    first: int,
    places: Any,
    starts: Any,
    status: Any,
    missed: Any,
    sums: Any,
    reals: Any,
    ends: Any,
    logged: Any,
    log: Any,
    clocks: Any,
    special: Any,
    state: Any,
    scratch: Any,
) -> None:
    """Walks the cases *first* + each of *places*; what each adds up to goes into its row of sums, reals and ends.

    Args:
        starts: for each place, which of the openings.
        missed: for each place, the state in which a table was asked in vain, and in its last column which.
        sums: ticks in each state of each track, then counts, and in the last column ticks in custody before the disposition.
        reals: publicity, dollars of each payer.
        ends: disposition, its tick, the sentence's plan, its option, its visit, the offer accepted, items published, events.
        logged: for each place, where its events begin in the log and where they end.
        log: tick, option, answer of its effects, combination of answers, sentence plan, visit; none is kept without rows.
        clocks, special, state, scratch: room to work in, from `room`.
    """
    steps, options, lists, offers = law.steps, law.options, law.lists, law.offers
    number_of, words = steps.shape[0], law.option_words.shape[1]
    tracks = law.opening_rows.shape[1] - 3
    due, left, visits, kinds = clocks[0], clocks[1], clocks[2], clocks[3]
    mode, a = clocks[4], special
    word, before = state[0], state[1]
    since, at, moved, seen = scratch[0], scratch[1], scratch[2], scratch[3]
    keep_log = log.shape[0] > 0
    written = 0
    horizon = NEVER if court.always else (court.next_open.shape[0] - 2) * DAY
    for place in places:
        case = np.uint64(first + place)
        opening = starts[place]
        for w in range(words):
            word[w] = law.openings[opening, w]
        sums[place, :] = 0
        reals[place, :] = 0.0
        ends[place, :] = -1
        ends[place, 6] = 0
        ends[place, 7] = 0
        seen[:] = 0
        since[tracks] = 0
        for track in range(tracks):
            since[track] = 0
            at[track] = law.opening_rows[opening, track]
        for n in range(number_of):
            due[n] = NEVER
            mode[n] = 0
            visits[n] = 0
        logged[place, 0] = written
        now, instants, events = 0, 0, 0
        status[place] = DONE
        for n in range(law.opening_rows[opening, tracks], law.opening_rows[opening, tracks + 1]):
            _add_up(law, lists[n, 0], lists[n, 1], 0, place, sums, reals, ends, since, at)
            if keep_log and written < log.shape[0]:
                log[written, 0], log[written, 1], log[written, 2] = 0, lists[n, 0], lists[n, 1]
                log[written, 3], log[written, 4], log[written, 5] = -1, -1, 1
                written += 1
        final = law.opening_rows[opening, tracks + 2] > 0
        if not final:
            for n in range(number_of):
                _turn(
                    conditions,
                    chance,
                    court,
                    steps,
                    lists,
                    offers,
                    n,
                    word,
                    now,
                    case,
                    due,
                    mode,
                    visits,
                    left,
                    kinds,
                    a,
                    False,
                )
        while not final:
            # the earliest clock that has a lawful option; ties in the order of the file
            step, when = -1, NEVER
            for n in range(number_of):
                if due[n] < when:
                    step, when = n, due[n]
            if (
                step >= 0
                and steps[step, S_CONDITIONAL]
                and not _any_lawful(conditions, steps, options, lists, offers, step, word)
            ):
                step, when = -1, NEVER
                for n in range(number_of):
                    if due[n] >= when:
                        continue
                    if not steps[n, S_CONDITIONAL] or _any_lawful(conditions, steps, options, lists, offers, n, word):
                        step, when = n, due[n]
            events += 1
            if step < 0 or events > MOST_EVENTS:
                status[place] = REFERENCE  # stuck, or without end: the reference says where
                break
            if when > now:
                now, instants = when, 0
            else:
                instants += 1
                if instants > SAME_TIME:
                    status[place] = REFERENCE
                    break
            visit = visits[step]
            if steps[step, S_HOLDS] < steps[step, S_HOLDS_END] and now < horizon:
                longest = 0
                for n in range(steps[step, S_HOLDS], steps[step, S_HOLDS_END]):
                    longest = max(longest, delay(chance, lists[n, 0], case, lists[n, 1], visit))
                begun = now
                now = begun + longest if court.always else _moment(court, _elapsed(court, begun) + longest)
                if now > begun:
                    instants = 0
            if now >= horizon:
                status[place] = REFERENCE
                break
            option, combo = _choose(law, conditions, known, chance.keys, step, visit, case, word, place, status, missed)
            if status[place] != DONE:
                break
            number_moved = 0
            applied = np.uint64(0)
            while True:  # the event, then its consequences
                answer = -1
                if options[option, O_EFFECT] >= 0:
                    answer = _asked(known, options[option, O_EFFECT], word)
                    if answer < 0:
                        _miss(place, status, missed, word, options[option, O_EFFECT])
                        break
                for w in range(words):
                    before[w] = word[w]
                for n in range(options[option, O_ADDS], options[option, O_ADDS_END]):
                    bit, size, more = lists[n, 0], lists[n, 1], lists[n, 2]
                    for value in range(size):
                        if _bit(word, bit + value):
                            _clear(word, bit + value)
                            _set(word, bit + min(max(value + more, 0), size - 1))
                            break
                for w in range(words):
                    word[w] = word[w] & law.option_words[2 * option, w] | law.option_words[2 * option + 1, w]
                if combo >= 0:
                    row = law.combos[combo, 1]
                    for w in range(words):
                        word[w] = word[w] & law.answer_words[row, w] | law.answer_words[row + 1, w]
                if answer >= 0:
                    row = law.answers[answer, 2]
                    for w in range(words):
                        word[w] = word[w] & law.answer_words[row, w] | law.answer_words[row + 1, w]
                at_visit = visit if number_moved == 0 else 1
                plan = -1
                if options[option, O_SENTENCE] >= 0:
                    plan = _asked(known, options[option, O_SENTENCE], word)
                    if plan < 0:
                        _miss(place, status, missed, word, options[option, O_SENTENCE])
                        break
                    ends[place, 2], ends[place, 3], ends[place, 4] = plan, option, at_visit
                _add_up(law, option, answer, now, place, sums, reals, ends, since, at)
                if keep_log:
                    if written >= log.shape[0]:
                        status[place] = FULL
                        break
                    log[written, 0], log[written, 1], log[written, 2] = now, option, answer
                    log[written, 3], log[written, 4], log[written, 5] = combo, plan, at_visit
                    written += 1
                if not _kept_by_event(law.invariants, options, lists, conditions, option, before, seen):
                    status[place] = REFERENCE
                    break
                moved[number_moved] = option
                number_moved += 1
                combo, option = -1, -1
                for n in range(law.consequences.shape[0]):
                    if not applied & (np.uint64(1) << np.uint64(n)) and _holds(conditions, law.consequences[n, 0], word):
                        option = law.consequences[n, 1]
                        applied |= np.uint64(1) << np.uint64(n)
                        break
                if option < 0:
                    break
            if status[place] != DONE:
                break
            for n in range(law.visit_bits.shape[0]):
                if _bit(word, law.visit_bits[n, 0]) and not _holds(conditions, law.visit_bits[n, 1], word):
                    _clear(word, law.visit_bits[n, 0])
            for m in range(number_moved):
                if not _kept_in_state(law.invariants, options, lists, conditions, moved[m], word, seen):
                    status[place] = REFERENCE
            if status[place] != DONE:
                break
            for w in range(words):
                if word[w] & law.final[w]:
                    final = True
            if final:
                if not _kept_at_the_end(law, seen):
                    status[place] = REFERENCE
                break
            for m in range(number_moved):
                option = moved[m]
                for n in range(options[option, O_TOUCHES], options[option, O_TOUCHES_END]):
                    touched = lists[n, 0]
                    again = touched == options[option, O_STEP]
                    for r in range(options[option, O_RESTARTS], options[option, O_RESTARTS_END]):
                        again = again or lists[r, 0] == touched
                    _turn(
                        conditions,
                        chance,
                        court,
                        steps,
                        lists,
                        offers,
                        touched,
                        word,
                        now,
                        case,
                        due,
                        mode,
                        visits,
                        left,
                        kinds,
                        a,
                        again,
                    )
        for track in range(tracks):
            sums[place, at[track]] += now - since[track]
        logged[place, 1] = written
        if status[place] == FULL:
            break
