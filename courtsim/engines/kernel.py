"""The walk of `simulate` over arrays, one case at a time, compiled by numba: the inner loop of `sample`.

Nothing here knows a step by its name or decides what the law means: `engines/compiled.py` has asked the core and put the
answers into arrays. Where an answer has not been asked for yet, the walk of that case stops and says which
(`MISSED`); where it meets what only the reference engine says properly (a broken invariant, a stuck case), it says so
(`REFERENCE`). The arithmetic is that of `case/clocks.py` and `engines/tape.py`, in the same order, so the bits are the same;
`tests/test_sample.py` holds every event against the reference.

Sets of steps are bits of 64-bit words: the clocks that run, those that stand still, those that an option stops. What is asked
in every event is inlined; what is rare is called, so that it takes no room in the loop and little time to compile. Functions
take the arrays and the room to work in as they are; numba passes their parts without counting references (`_nrt=False`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from courtsim.engines.compiled import (
    ALL_OFFERS,
    ALWAYS_SO,
    AT_LAST,
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
    NEVER_SO,
    NORMAL,
    OFFER_DAYS,
    OPEN_FOR,
    PLAIN,
    REQUIRES,
    ROLLED,
    TRIANGULAR,
    UNIFORM,
    UNTIL,
    Arrays,
    Chance,
    Conditions,
    Court,
    Has,
    InOffer,
    InOption,
    InStep,
    Known,
    Law,
    Quick,
)
from courtsim.engines.tape import EXP, LN2_HIGH, LN2_LOW, LOG, NORMAL_CENTER, NORMAL_FAR, NORMAL_NEAR

DAY = 1 << 24
DAY_BITS = 24
DAYS = 2.0**-24  # of a tick
NEVER = 1 << 62
SAME_TIME = 200
MOST_EVENTS = 20_000  # of a case; more is for the reference to complain of

DONE, MISSED, REFERENCE, FULL = 0, 1, 2, 3

# Columns as plain numbers: numba takes them for constants.
S_CONDITIONAL, S_SOME, S_FIRST, S_LAST = InStep.CONDITIONAL, InStep.SOME_CONDITIONAL, InStep.OPTIONS, InStep.OPTIONS_END
S_DELAY, S_CHOICE, S_ANSWERS = InStep.DELAY_KEY, InStep.CHOICE_KEY, InStep.ANSWERS_KEY
S_HOLDS, S_HOLDS_END, S_ROWS, S_ROWS_END = InStep.HOLDS, InStep.HOLDS_END, InStep.DELAYS, InStep.DELAYS_END
S_CHOOSER, S_CHOOSER_END, S_EXPLAINS = InStep.CHOOSERS, InStep.CHOOSERS_END, InStep.EXPLAINS
O_WHEN, O_OFFERS, O_OFFERS_END = InOption.WHEN, InOption.OFFERS, InOption.OFFERS_END
O_ADDS, O_ADDS_END = InOption.ADDS, InOption.ADDS_END
O_EFFECT, O_SENTENCE, O_LED_TO = InOption.EFFECT, InOption.SENTENCE, InOption.LED_TO
O_COUNTS, O_COUNTS_END = InOption.COUNTS, InOption.COUNTS_END
O_DOLLARS, O_DOLLARS_END, O_PUBLISHES = InOption.DOLLARS, InOption.DOLLARS_END, InOption.PUBLISHES
O_NAMED, O_NAMED_END, O_WATCHED, O_WATCHED_END = InOption.NAMED, InOption.NAMED_END, InOption.WATCHED, InOption.WATCHED_END
O_BREAKS, O_BREAKS_END = InOption.BREAKS, InOption.BREAKS_END
HAS_EFFECT, HAS_ADDS, HAS_SENTENCE = int(Has.EFFECT), int(Has.ADDS), int(Has.SENTENCE)
HAS_INVARIANTS, HAS_ACCOUNT = int(Has.INVARIANTS), int(Has.ACCOUNT)
F_WHEN, F_BIT, F_MADE, F_OPEN_FOR, F_OPEN_UNTIL, F_TERMS = (
    InOffer.WHEN,
    InOffer.BIT,
    InOffer.MADE,
    InOffer.OPEN_FOR,
    InOffer.OPEN_UNTIL,
    InOffer.TERMS,
)
# Columns of the ends of a case.
E_STATE, E_TICK, E_PLAN, E_OPTION, E_VISIT, E_ACCEPTED, E_PUBLISHED, E_EVENTS = range(8)

_G = np.uint64(0x9E3779B97F4A7C15)
_V = np.uint64(0xD1B54A32D192ED03)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_0, _1 = np.uint64(0), np.uint64(1)


class Room(NamedTuple):
    """What a case is walked in: the walk allocates nothing, and all of this stays in the nearest cache."""

    word: Any
    before: Any
    running: Any  # the steps whose clocks run, a bit each
    standing: Any  # those whose clocks stand still
    due: Any
    left: Any  # of a clock that stands still
    visits: Any
    kinds: Any
    special: Any
    starts: Any  # steps whose clocks an event starts
    asks: Any  # steps that run on or stand still
    since: Any  # the tick at which each track came where it is; beyond them, up to when custody is added up
    at: Any
    moved: Any  # the options of one event and what follows from it
    seen: Any  # invariants that have begun
    numbers: Any  # of first visits, as `Quick.keys` lists them
    lengths: Any  # ticks of the uniform and the exponential delays of first visits
    now: Any  # one number, in memory: or the compiler would work out all that follows from it in every event
    sums: Any
    reals: Any
    ends: Any


def room(arrays: Arrays, wide: int, payers: int) -> Room:
    """Room for one case."""
    law = arrays.law
    steps, words, tracks = law.steps.shape[0], law.option_words.shape[1], law.opening_rows.shape[1] - 5

    def ints(*shape: int) -> Any:
        return np.zeros(shape, np.int64)

    return Room(
        word=np.zeros(words, np.uint64),
        before=np.zeros(words, np.uint64),
        running=np.zeros(law.stops.shape[1], np.uint64),
        standing=np.zeros(law.stops.shape[1], np.uint64),
        due=ints(steps),
        left=ints(steps),
        visits=ints(steps),
        kinds=ints(steps),
        special=ints(steps, 7),
        starts=np.zeros(steps + 1, np.uint32),
        asks=np.zeros(steps + 1, np.uint32),
        since=ints(tracks + 1),
        at=ints(tracks + 1),
        moved=ints(law.consequences.shape[0] + 1),
        seen=ints(law.invariants.shape[0]),
        numbers=np.zeros(len(arrays.quick.keys)),
        lengths=ints(len(arrays.quick.low) + len(arrays.quick.means)),
        now=ints(1),
        sums=ints(wide),
        reals=np.zeros(payers),
        ends=ints(8),
    )


# -- bits


@intrinsic
def _bits_of(_typing: Any, _of: Any) -> Any:
    """The bits of a float."""

    def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.bitcast(given[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


@intrinsic
def _float_of(_typing: Any, _of: Any) -> Any:
    """The float with these bits."""

    def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.bitcast(given[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


# -- sets of steps


@intrinsic
def _lowest(_typing: Any, _of: Any) -> Any:
    """The place of the lowest bit of a word that is not 0."""

    def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], context.get_constant(types.boolean, True))

    return types.int64(types.uint64), generate


@njit(cache=True, _nrt=False, forceinline=True)
def _bit(word: Any, bit: int) -> bool:
    return (word[bit >> 6] >> np.uint64(bit & 63)) & _1 != _0


@njit(cache=True, _nrt=False, forceinline=True)
def _set(word: Any, bit: int) -> None:
    word[bit >> 6] |= _1 << np.uint64(bit & 63)


@njit(cache=True, _nrt=False, forceinline=True)
def _clear(word: Any, bit: int) -> None:
    word[bit >> 6] &= ~(_1 << np.uint64(bit & 63))


# -- numbers


@njit(cache=True, _nrt=False, forceinline=True)
def _mix(z: Any) -> Any:
    z = (z ^ (z >> _30)) * _M1
    z = (z ^ (z >> _27)) * _M2
    return z ^ (z >> _31)


@njit(cache=True, _nrt=False, forceinline=True)
def _number(key: Any, other: Any, spread: Any, visit: int) -> float:
    mixed = _mix(_mix(spread + (key + np.uint64(visit) * _V)) + other)
    return np.float64(np.int64(mixed >> _11)) * 2.0**-53


@njit(cache=True, _nrt=False, forceinline=True)
def number(keys: Any, spread: Any, address: int, visit: int) -> float:
    """The number in [0, 1) at an address of a case: `tape.numbers`; *spread* is the case's number times G."""
    return _number(keys[address, 0], keys[address, 1], spread, visit)


@njit(cache=True, _nrt=False, forceinline=True)
def _polynomial(x: float, coefficients: Any) -> float:
    value = coefficients[0]
    for n in range(1, len(coefficients)):
        value = value * x + coefficients[n]
    return value


@njit(cache=True, _nrt=False, error_model="numpy", forceinline=True)
def _log(x: float) -> float:
    bits = _bits_of(x)  # of a normal number above 0, taken apart as frexp does
    exponent = (bits >> 52) - 1022
    fraction = _float_of(bits & ((1 << 52) - 1) | 1022 << 52)
    if fraction < 0.7071067811865476:
        fraction = fraction * 2.0
        exponent -= 1
    k = np.float64(exponent)
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
    return (1.0 - ((low - (r * c) / (2.0 - c)) - high)) * _float_of((np.int64(k) + 1023) << 52)


@njit(cache=True, _nrt=False)
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


@njit(cache=True, _nrt=False)
def _quantile(what: int, a: float, b: float, c: float, u: float) -> float:
    """Days of the distributions that cost more than the call."""
    if what == TRIANGULAR:
        return a + np.sqrt(u * (c - a) * (b - a)) if u * (c - a) < b - a else c - np.sqrt((1 - u) * (c - a) * (c - b))
    if what == EXPONENTIAL:
        return -a * _log(1.0 - u)
    if what == LOGNORMAL:
        return a * _exp(b * _normal(u))
    if what == NORMAL:
        return max(0.0, a + b * _normal(u))
    return 0.0


@njit(cache=True, _nrt=False, forceinline=True)
def _ticks(chance: Chance, what: int, a: float, b: float, c: float, u: float) -> int:
    days = a + u * (b - a)
    if what != UNIFORM:
        if what == EMPIRICAL:
            size = np.int64(b)
            days = chance.samples[np.int64(a) + min(np.int64(u * size), size - 1)]
        else:
            days = _quantile(what, a, b, c, u)
    return int(np.rint(days * DAY))


@njit(cache=True, _nrt=False, forceinline=True)
def delay(chance: Chance, kind: int, spread: Any, address: int, visit: int) -> int:
    """A delay in ticks at an address: `tape.quantile`, rounded once to the grid."""
    what = chance.kinds[kind, 0]
    if what == FIXED:
        return chance.kinds[kind, 1]
    a, b, c = chance.parameters[kind, 0], chance.parameters[kind, 1], chance.parameters[kind, 2]
    return _ticks(chance, what, a, b, c, number(chance.keys, spread, address, visit))


# -- states


@njit(cache=True, _nrt=False, forceinline=True)
def _silent(about: Any, conditions: Conditions, word: Any) -> bool:
    """Whether a condition as a record does not hold."""
    if about.rows >= 0:
        return not _holds(conditions, np.int64(about.rows), word)
    return (word[about.word] & about.mask | word[about.other_word] & about.other) != _0


@njit(cache=True, _nrt=False, forceinline=True)
def _holds(conditions: Conditions, condition: int, word: Any) -> bool:
    for n in range(conditions.ranges[condition, 0], conditions.ranges[condition, 1]):
        meets = _0
        for w in range(word.shape[0]):
            meets |= conditions.masks[n, w] & word[w]
        if meets == _0:
            return True
    return False


@njit(cache=True, _nrt=False, forceinline=True)
def _put(word: Any, masks: Any, row: int) -> None:
    """Keeps what one row of masks keeps and sets what the next one sets."""
    word[0] = word[0] & masks[row, 0] | masks[row + 1, 0]
    for w in range(1, word.shape[0]):
        word[w] = word[w] & masks[row, w] | masks[row + 1, w]


@njit(cache=True, _nrt=False, forceinline=True)
def _lawful(law: Law, conditions: Conditions, option: int, word: Any) -> bool:
    when = law.options[option, O_WHEN]
    if when >= 0 and not _holds(conditions, when, word):
        return False
    if law.options[option, O_OFFERS] == ALL_OFFERS:
        return True
    for n in range(law.options[option, O_OFFERS], law.options[option, O_OFFERS_END]):
        offer = law.lists[n, 0]
        if not _bit(word, law.offers[offer, F_MADE]) and _holds(conditions, law.offers[offer, F_WHEN], word):
            return True
    return False


@njit(cache=True, _nrt=False, forceinline=True)
def _any_lawful(law: Law, conditions: Conditions, step: int, word: Any) -> bool:
    for option in range(law.steps[step, S_FIRST], law.steps[step, S_LAST]):
        if _lawful(law, conditions, option, word):
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
            different = _0
            for w in range(word.shape[0]):
                different |= known.parts[place, w] ^ (word[w] & known.depends[table, w])
            if different == _0:
                return known.entries[place, 1]
        place = (place + 1) & (size - 1)
    return -1


@njit(cache=True, _nrt=False, forceinline=True)
def _miss(place: int, missed: Any, word: Any, table: int) -> int:
    for w in range(word.shape[0]):
        missed[place, w] = word[w]
    missed[place, word.shape[0]] = np.uint64(table)
    return MISSED


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
    day = time >> DAY_BITS
    return court.open_before[day] * DAY + (time - (day << DAY_BITS) if court.next_open[day] == day else 0)


@njit(cache=True, _nrt=False, forceinline=True)
def _moment(court: Court, elapsed: int) -> int:
    if court.always:
        return elapsed
    if elapsed >> DAY_BITS >= court.open_days.shape[0]:
        return NEVER - 1
    return court.open_days[elapsed >> DAY_BITS] * DAY + elapsed % DAY


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
        day = a[0] >> DAY_BITS
        opened = _next_open(court, day)
        return a[0] if opened == day else opened * DAY
    if kind == COURT_TIME:
        return _moment(court, a[0])
    if a[4] >= 0:
        return a[4]
    last = _later(court, a[0], a[1] + a[2]) if a[5] else _next_open(court, a[0] + a[1] + a[2])
    return (last + 1) * DAY - 1


@njit(cache=True, _nrt=False)
def _set_out(court: Court, kind: int, a: Any, now: int, length: int) -> int:
    """Starts a clock in court time or one that is rolled; returns when it is due."""
    start = _opens(now)
    a[0] = (_elapsed(court, start) if kind == COURT_TIME else start) + length
    a[1] = length
    return _special_due(court, kind, a)


@njit(cache=True, _nrt=False)
def _begin(
    steps: Any,
    lists: Any,
    offers: Any,
    conditions: Conditions,
    chance: Chance,
    court: Court,
    word: Any,
    kinds: Any,
    special: Any,
    step: int,
    visit: int,
    spread: Any,
    now: int,
) -> int:
    """Starts the clock of a visit that is more than one distribution; returns when it is due."""
    a = special[step]
    spec = -1
    for n in range(steps[step, S_ROWS], steps[step, S_ROWS_END]):
        if lists[n, 0] < 0 or _holds(conditions, lists[n, 0], word):
            spec = lists[n, 1]
            break
    kinds[step] = PLAIN
    what = lists[spec, 0]
    offer = -1
    if what in (OPEN_FOR, OFFER_DAYS):
        for n in range(offers.shape[0]):
            if _bit(word, offers[n, F_BIT]):
                offer = n
        if offer < 0:
            return NEVER
    if what == OPEN_FOR:
        if offers[offer, F_OPEN_FOR] < 0:
            return max(now, offers[offer, F_OPEN_UNTIL]) if offers[offer, F_OPEN_UNTIL] >= 0 else NEVER
        spec = offers[offer, F_OPEN_FOR]
        what = lists[spec, 0]
    count, by_court, rolls = lists[spec, 1], lists[spec, 2], lists[spec, 3]
    length = 0
    if what == DEADLINE:
        kinds[step] = DEADLINE
        day = now >> DAY_BITS
        a[0], a[1], a[2], a[3], a[4], a[5], a[6] = day, count, 0, day - 1, -1, by_court, now
        return _special_due(court, DEADLINE, a)
    if what == OFFER_DAYS:
        length = offers[offer, F_TERMS + count]
        if length < 0:
            return NEVER
    elif what == UNTIL:
        length = max(0, count * DAY - _opens(now))
    elif what == DISTRIBUTION:
        length = delay(chance, count, spread, steps[step, S_DELAY], visit)
    if not by_court and not rolls:
        return _opens(now) + length
    kinds[step] = COURT_TIME if by_court else ROLLED
    return _set_out(court, kinds[step], a, now, length)


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
        first = max(a[6] >> DAY_BITS, a[3] + 1)
        last = (now - 1) >> DAY_BITS
        if last >= first:
            a[2] += _court_days(court, first, last) if a[5] else last - first + 1
            a[3] = last
    return _special_due(court, kind, a)


@njit(cache=True, _nrt=False, forceinline=True)
def _look(quick: Quick, conditions: Conditions, room: Room, look: Any, starts: int, asks: int) -> tuple[int, int]:
    """Whether the clock of a step stops, starts or goes on, without a branch: lists of those to start and to ask for tolling."""
    step = look.a
    about = quick.steps[step]
    w, bit = step >> np.uint32(6), _1 << np.uint64(step & np.uint32(63))
    silent = _silent(about.silent, conditions, room.word)
    kept = ~(bit if silent else _0)
    ran = ((room.running[w] | room.standing[w]) & bit) != _0
    room.running[w] &= kept
    room.standing[w] &= kept
    room.starts[np.uint64(starts)] = step
    room.asks[np.uint64(asks)] = step
    starts += int((not silent) & ((look.b != 0) | (not ran)))
    asks += int((not silent) & (look.c != 0))
    return starts, asks


@njit(cache=True, _nrt=False, forceinline=True)
def _start(arrays: Arrays, room: Room, step: Any, spread: Any) -> None:
    """Starts the clock of a step anew."""
    law, conditions, chance, court, _, quick = arrays
    about = quick.steps[step]
    w, bit = step >> np.uint64(6), _1 << (step & np.uint64(63))
    visit = room.visits[step] + 1
    room.visits[step] = visit
    room.running[w] |= bit
    room.standing[w] &= ~bit
    if about.what >= 0:
        room.kinds[step] = about.kind
        drawn = np.uint64(about.drawn)
        if about.ready and visit == 1:
            length = room.lengths[drawn]
        else:
            u = _number(about.delay_keys[0], about.delay_keys[1], spread, visit) if visit > 1 else room.numbers[drawn]
            length = _ticks(chance, np.int64(about.what), about.a, about.b, about.c, u)
        if about.kind == PLAIN:
            room.due[step] = _opens(room.now[0]) + length
        else:
            room.due[step] = _set_out(court, np.int64(about.kind), room.special[step], room.now[0], length)
    else:
        given = (law.steps, law.lists, law.offers, conditions, chance, court, room.word, room.kinds, room.special)
        room.due[step] = _begin(*given, np.int64(step), visit, spread, room.now[0])


@njit(cache=True, _nrt=False, forceinline=True)
def _toll(arrays: Arrays, room: Room, step: Any) -> None:
    """Lets the clock of a step stand still or run on."""
    _, conditions, _, court, _, quick = arrays
    w, bit = step >> np.uint64(6), _1 << (step & np.uint64(63))
    tolled = _holds(conditions, np.int64(quick.steps[step].tolled), room.word)
    if tolled and room.running[w] & bit:
        room.running[w] &= ~bit
        room.standing[w] |= bit
        room.left[step] = _stand_still(court, room.kinds[step], room.now[0], room.due[step], room.special[step])
    elif room.standing[w] & bit and not tolled:
        room.standing[w] &= ~bit
        room.running[w] |= bit
        room.due[step] = _run_on(court, room.kinds[step], room.now[0], room.left[step], room.special[step])


@njit(cache=True, _nrt=False, forceinline=True)
def _earliest(room: Room) -> tuple[int, int]:
    """The clock that runs out first, and when; ties in the order of the file. -1 where none does."""
    step, when = -1, NEVER
    for w in range(room.running.shape[0]):
        left = room.running[w]
        while left != _0:
            n = (w << 6) + _lowest(left)
            left &= left - _1
            due = room.due[np.uint64(n)]
            step = n if due < when else step
            when = due if due < when else when
    return step, when


@njit(cache=True, _nrt=False)
def _earliest_lawful(law: Law, conditions: Conditions, room: Room) -> tuple[int, int]:
    """Of the clocks that have a lawful option."""
    step, when = -1, NEVER
    for n in range(law.steps.shape[0]):
        if not _bit(room.running, n) or room.due[n] >= when:
            continue
        if not law.steps[n, S_CONDITIONAL] or _any_lawful(law, conditions, n, room.word):
            step, when = n, room.due[n]
    return step, when


# -- choosing


@njit(cache=True, _nrt=False, forceinline=True)
def _drawn(cumulated: Any, block: int, first: int, many: int, luck: float) -> int:
    """The option at a number in [0, 1), by the running sums of odds."""
    point = luck * cumulated[block]
    option = -1
    for n in range(many):
        reached = cumulated[block + 1 + n]
        if reached >= 0:
            option = first + n
            if point < reached:
                break
    return option


@njit(cache=True, _nrt=False, forceinline=True)
def _choose(arrays: Arrays, step: int, visit: int, spread: Any, word: Any, place: int, missed: Any) -> tuple[int, int, int]:
    """The option that is chosen, the combination of answers behind it (-1 where there is none), and whether that is all."""
    law, conditions, chance, _, known, _ = arrays
    steps, lists, keys = law.steps, law.lists, chance.keys
    first, last = steps[step, S_FIRST], steps[step, S_LAST]
    lawful, many, only = 0, 0, first
    for option in range(first, last):
        if not steps[step, S_SOME] or _lawful(law, conditions, option, word):
            lawful |= 1 << (option - first)
            many += 1
            only = option
    option, combo = only, -1
    if steps[step, S_CHOOSER] == steps[step, S_CHOOSER_END] or (many == 1 and steps[step, S_EXPLAINS] < 0):
        if many > 1:
            return only, -1, REFERENCE  # nobody decides: the reference says so
    else:
        row = -1
        for n in range(steps[step, S_CHOOSER], steps[step, S_CHOOSER_END]):
            if lists[n, 0] < 0 or _holds(conditions, lists[n, 0], word):
                row = n
                break
        if row < 0:
            return only, -1, REFERENCE
        base = lists[row, 2]
        if lists[row, 1] != BY_ODDS:
            answer = _asked(known, base, word)
            if answer < 0:
                return only, -1, _miss(place, missed, word, base)
            if lists[row, 1] == BY_FINDINGS:
                combo = law.answers[answer, 0]
                if combo < 0:
                    return only, -1, REFERENCE
                drawn = 0
                for n in range(law.answers[answer, 1], law.answers[answer, 2]):
                    yes = number(keys, spread, law.question_keys[n], visit) < law.question_chances[n]
                    drawn = drawn * 2 + (0 if yes else 1)
                combo += drawn
                option = law.combos[combo, 0]
                if option < 0 or not lawful >> (option - first) & 1:
                    return only, combo, REFERENCE  # the rule's own ruling is not lawful here
                return option, combo, DONE
            base = law.answers[answer, 0]
        block = base + lawful * (last - first + 1)
        if not law.cumulated[block] > 0:
            return only, -1, REFERENCE
        option = _drawn(law.cumulated, block, first, last - first, number(keys, spread, steps[step, S_CHOICE], visit))
    table = steps[step, S_EXPLAINS]
    if table < 0 or not law.options[option, O_LED_TO]:
        return option, -1, DONE
    # answers behind a ruling that did not come from findings, drawn given that the rule led to it
    answer = _asked(known, table, word)
    if answer < 0:
        return option, -1, _miss(place, missed, word, table)
    if law.answers[answer, 0] < 0:
        return option, -1, REFERENCE
    row = law.answers[answer, 3] + option - first
    if law.behind_totals[row] > 0:
        point = number(keys, spread, steps[step, S_ANSWERS], visit) * law.behind_totals[row]
        for n in range(law.behind[row, 0], law.behind[row, 1]):
            if point < law.behind_reached[n]:
                return option, law.behind_combos[n], DONE
    return option, law.behind[row, 2], DONE


# -- what an event adds to the measures of its case


@njit(cache=True, _nrt=False, forceinline=True)
def _add_custody(law: Law, room: Room, now: int) -> None:
    """The time in custody before the disposition, up to now."""
    last = room.since.shape[0] - 1
    if law.held[room.at[law.custody[1]]] and not law.disposing[room.at[law.custody[0]]]:
        room.sums[room.sums.shape[0] - 1] += now - room.since[last]
    room.since[last] = now


@njit(cache=True, _nrt=False, forceinline=True)
def _add_up(law: Law, quick: Quick, room: Room, option: int, answer: int, now: int) -> None:
    options, lists, ends = law.options, law.lists, room.ends
    ends[E_EVENTS] += 1
    about = quick.options[option]
    for n in range(np.int64(about.moves), np.int64(about.moves_end)):
        move = quick.rows[n]
        track, state = move.a, np.int64(move.b)
        was = room.at[track]
        if was != state:
            if move.d:
                _add_custody(law, room, now)
            room.sums[np.uint64(was)] += now - room.since[track]
            room.since[track] = now
            room.at[track] = state
            kind = move.c
            if kind == DISPOSES or (kind == CLOSES and ends[E_STATE] < 0):
                ends[E_STATE], ends[E_TICK] = state, now
    if about.has & HAS_ACCOUNT:
        for n in range(options[option, O_COUNTS], options[option, O_COUNTS_END]):
            room.sums[lists[n, 0]] += 1
        for n in range(options[option, O_DOLLARS], options[option, O_DOLLARS_END]):
            room.reals[lists[n, 0]] += law.dollars[lists[n, 1]]
        ends[E_PUBLISHED] |= options[option, O_PUBLISHES]
    if answer >= 0:
        room.sums[law.offers_made] += law.answers[answer, 0]
        if law.answers[answer, 1] >= 0:
            ends[E_ACCEPTED] = law.answers[answer, 1]


# -- invariants


@njit(cache=True, _nrt=False, forceinline=True)
def _kept_by_event(law: Law, conditions: Conditions, room: Room, option: int) -> bool:
    for m in range(law.options[option, O_NAMED], law.options[option, O_NAMED_END]):
        n = law.lists[m, 0]
        if law.invariants[n, 0] == REQUIRES and not _holds(conditions, law.invariants[n, 2], room.before):
            return False
        room.seen[n] = 1
    return True


@njit(cache=True, _nrt=False, forceinline=True)
def _kept_in_state(law: Law, conditions: Conditions, room: Room, first: int, last: int) -> bool:
    """Of the invariants in a range of lists."""
    for m in range(first, last):
        n = law.lists[m, 0]
        kind, when, unless = law.invariants[n, 0], law.invariants[n, 2], law.invariants[n, 3]
        if kind == NEVER_SO:
            if _holds(conditions, when, room.word):
                return False
        elif kind != REQUIRES and room.seen[n]:
            holds = _holds(conditions, when, room.word)
            if kind == ALWAYS_SO and not holds:
                return False
            if kind == AT_LAST and (holds or (unless >= 0 and _holds(conditions, unless, room.word))):
                room.seen[n] = 0
    return True


@njit(cache=True, _nrt=False, forceinline=True)
def _kept_at_the_end(law: Law, seen: Any) -> bool:
    for n in range(law.invariants.shape[0]):
        if law.invariants[n, 0] == AT_LAST and seen[n]:
            return False
    return True


# -- the walk


@njit(cache=True, _nrt=False, forceinline=True)
def _open(law: Law, room: Room, opening: int) -> None:
    """A case as it opens, before what followed at once."""
    tracks = room.at.shape[0] - 1
    for w in range(room.word.shape[0]):
        room.word[w] = law.openings[opening, w]
    for w in range(room.running.shape[0]):
        room.running[w] = _0
        room.standing[w] = _0
    for n in range(room.visits.shape[0]):
        room.visits[n] = 0
    for n in range(room.seen.shape[0]):
        room.seen[n] = 0
    for n in range(room.sums.shape[0]):
        room.sums[n] = 0
    for n in range(room.reals.shape[0]):
        room.reals[n] = 0.0
    for n in range(E_PUBLISHED):
        room.ends[n] = -1
    room.ends[E_PUBLISHED], room.ends[E_EVENTS] = 0, 0
    for track in range(tracks):
        room.since[track] = 0
        room.at[track] = law.opening_rows[opening, track]
    room.since[tracks] = 0


@njit(cache=True, _nrt=False, forceinline=True)
def _draw(quick: Quick, room: Room, spread: Any) -> None:
    """What first visits draw, most of which a case will ask for: the compiler draws several at once."""
    for n in range(room.numbers.shape[0]):
        room.numbers[n] = _number(quick.keys[n], quick.other_keys[n], spread, 1)
    many = quick.low.shape[0]
    for n in range(many):
        room.lengths[n] = int(np.rint((quick.low[n] + room.numbers[n] * quick.wide[n]) * DAY))
    for n in range(quick.means.shape[0]):
        place = np.uint64(many + n)
        room.lengths[place] = int(np.rint(-quick.means[n] * _log(1.0 - room.numbers[place]) * DAY))


@njit(cache=True, _nrt=False, forceinline=True)
def _apply(law: Law, room: Room, option: int, has: int, combo: int, answer: int) -> None:
    """The state after an event: counters, tracks, the answers of a ruling, the effects that the core has told."""
    word = room.word
    if has & HAS_INVARIANTS:
        for w in range(word.shape[0]):
            room.before[w] = word[w]
    if has & HAS_ADDS:
        for n in range(law.options[option, O_ADDS], law.options[option, O_ADDS_END]):
            bit, size, more = law.lists[n, 0], law.lists[n, 1], law.lists[n, 2]
            for value in range(size):
                if _bit(word, bit + value):
                    _clear(word, bit + value)
                    _set(word, bit + min(max(value + more, 0), size - 1))
                    break
    _put(word, law.option_words, 2 * option)
    if combo >= 0:
        _put(word, law.answer_words, law.combos[combo, 1])
    if answer >= 0:
        _put(word, law.answer_words, law.answers[answer, 2])


@njit(cache=True, _nrt=False)
def walk(
    arrays: Arrays,
    room: Room,
    first: int,
    places: Any,
    openings: Any,
    status: Any,
    missed: Any,
    sums: Any,
    reals: Any,
    ends: Any,
    logged: Any,
    log: Any,
) -> None:
    """Walks the cases *first* + each of *places*; what each adds up to goes into its column of sums, reals and ends.

    Args:
        openings: for each place, which of the openings.
        missed: for each place, the state in which a table was asked in vain, and in its last column which.
        sums: days in each state of each track, then counts, and in the last row days in custody before the disposition.
        reals: publicity, dollars of each payer.
        ends: disposition, its tick, the sentence's plan, its option, its visit, the offer accepted, items published, events.
        logged: for each place, where its events begin in the log and where they end.
        log: tick, option, answer of its effects, combination of answers, sentence plan, visit; none is kept without rows.
    """
    law, conditions, chance, court, known, quick = arrays
    steps, options, lists = law.steps, law.options, law.lists
    word, moved, seen = room.word, room.moved, room.seen
    tracks, states = room.at.shape[0] - 1, law.held.shape[0]
    keep_log = log.shape[0] > 0
    written = 0
    horizon = NEVER if court.always else (court.next_open.shape[0] - 2) * DAY
    for place in places:
        spread = np.uint64(first + place) * _G
        opening = openings[place]
        _open(law, room, opening)
        _draw(quick, room, spread)
        logged[place, 0] = written
        for n in range(law.opening_rows[opening, tracks], law.opening_rows[opening, tracks + 1]):
            _add_up(law, quick, room, lists[n, 0], lists[n, 1], 0)
            if keep_log and written < log.shape[0]:
                log[written, 0], log[written, 1], log[written, 2] = 0, lists[n, 0], lists[n, 1]
                log[written, 3], log[written, 4], log[written, 5] = -1, -1, 1
                written += 1
        now, instants, events, outcome = 0, 0, 0, DONE
        quiet = False  # whether no consequence held after the last event: then only those can that ask what moves
        number_moved = 0
        final = law.opening_rows[opening, tracks + 2] > 0
        while not final:
            # the clocks that the opening or the last event, then what followed from it, turns: `Clocks.turn`
            m = 0
            while True:
                starts, asks = 0, 0
                if number_moved == 0:
                    begin, end = law.opening_rows[opening, tracks + 3], law.opening_rows[opening, tracks + 4]
                else:
                    option = moved[m]
                    about = quick.options[np.uint64(option)]
                    begin, end = np.int64(about.touches), np.int64(about.touches_end)
                    if number_moved == 1:
                        begin, end = np.int64(about.looks), np.int64(about.looks_end)
                        for w in range(room.running.shape[0]):
                            kept = ~law.stops[option, w]
                            room.running[w] &= kept
                            room.standing[w] &= kept
                for n in range(begin, end):
                    starts, asks = _look(quick, conditions, room, quick.rows[np.uint64(n)], starts, asks)
                room.now[0] = now
                for n in range(starts):
                    _start(arrays, room, np.uint64(room.starts[np.uint64(n)]), spread)
                for n in range(asks):
                    _toll(arrays, room, np.uint64(room.asks[np.uint64(n)]))
                m += 1
                if m >= number_moved:
                    break
            step, when = _earliest(room)
            stepped = quick.steps[np.uint64(step)] if step >= 0 else quick.steps[np.uint64(0)]
            if step >= 0 and stepped.conditional and not _any_lawful(law, conditions, step, word):
                step, when = _earliest_lawful(law, conditions, room)
                stepped = quick.steps[np.uint64(step)] if step >= 0 else quick.steps[np.uint64(0)]
            events += 1
            if step < 0 or events > MOST_EVENTS:
                outcome = REFERENCE  # stuck, or without end: the reference says where
                break
            instants = 0 if when > now else instants + 1
            now = max(now, when)
            if instants > SAME_TIME:
                outcome = REFERENCE
                break
            visit = room.visits[np.uint64(step)]
            if stepped.holds < stepped.holds_end and now < horizon:
                longest = 0
                for n in range(steps[step, S_HOLDS], steps[step, S_HOLDS_END]):
                    longest = max(longest, delay(chance, lists[n, 0], spread, lists[n, 1], visit))
                begun = now
                now = begun + longest if court.always else _moment(court, _elapsed(court, begun) + longest)
                if now > begun:
                    instants = 0
            if now >= horizon:
                outcome = REFERENCE
                break
            option, combo = np.int64(stepped.first), -1
            if stepped.block >= 0:
                luck = room.numbers[np.uint64(stepped.luck)]
                if visit > 1:
                    luck = _number(stepped.choice_keys[0], stepped.choice_keys[1], spread, visit)
                option = _drawn(law.cumulated, np.int64(stepped.block), option, np.int64(stepped.options), luck)
            elif stepped.options > 1 or stepped.explains >= 0:
                option, combo, outcome = _choose(arrays, step, visit, spread, word, place, missed)
                if outcome != DONE:
                    break
            number_moved = 0
            applied = _0
            while True:  # the event, then its consequences
                about = quick.options[np.uint64(option)]
                has = about.has
                answer, plan = -1, -1
                if has & HAS_EFFECT:
                    answer = _asked(known, options[option, O_EFFECT], word)
                    if answer < 0:
                        outcome = _miss(place, missed, word, options[option, O_EFFECT])
                        break
                _apply(law, room, option, has, combo, answer)
                at_visit = visit if number_moved == 0 else 1
                if has & HAS_SENTENCE:
                    plan = _asked(known, options[option, O_SENTENCE], word)
                    if plan < 0:
                        outcome = _miss(place, missed, word, options[option, O_SENTENCE])
                        break
                    room.ends[E_PLAN], room.ends[E_OPTION], room.ends[E_VISIT] = plan, option, at_visit
                _add_up(law, quick, room, option, answer, now)
                if keep_log:
                    if written >= log.shape[0]:
                        outcome = FULL
                        break
                    log[written, 0], log[written, 1], log[written, 2] = now, option, answer
                    log[written, 3], log[written, 4], log[written, 5] = combo, plan, at_visit
                    written += 1
                if has & HAS_INVARIANTS and not _kept_by_event(law, conditions, room, option):
                    outcome = REFERENCE
                    break
                moved[number_moved] = option
                number_moved += 1
                combo = -1
                following = -1
                if quiet and number_moved == 1:
                    for m in range(np.int64(about.follows), np.int64(about.follows_end)):
                        if _holds(conditions, lists[m, 1], word):
                            following = lists[m, 2]
                            applied |= _1 << np.uint64(lists[m, 0])
                            break
                else:
                    quiet = True
                    for n in range(law.consequences.shape[0]):
                        if _holds(conditions, law.consequences[n, 0], word):
                            quiet = False
                            if not applied & (_1 << np.uint64(n)):
                                following = law.consequences[n, 1]
                                applied |= _1 << np.uint64(n)
                                break
                if following < 0:
                    break
                option = following
            if outcome != DONE:
                break
            for n in range(law.visit_bits.shape[0]):
                if _bit(word, law.visit_bits[n, 0]) and not _holds(conditions, law.visit_bits[n, 1], word):
                    _clear(word, law.visit_bits[n, 0])
            if number_moved == 1:
                if has & HAS_INVARIANTS and not _kept_in_state(
                    law, conditions, room, options[option, O_BREAKS], options[option, O_BREAKS_END]
                ):
                    outcome = REFERENCE
            else:
                for m in range(number_moved):
                    begin, end = options[moved[m], O_WATCHED], options[moved[m], O_WATCHED_END]
                    if not _kept_in_state(law, conditions, room, begin, end):
                        outcome = REFERENCE
            if outcome != DONE:
                break
            for w in range(word.shape[0]):
                if word[w] & law.final[w]:
                    final = True
            if final and not _kept_at_the_end(law, seen):
                outcome = REFERENCE
        if law.custody[1] >= 0:
            _add_custody(law, room, now)
        for track in range(tracks):
            room.sums[room.at[track]] += now - room.since[track]
        status[place] = outcome
        logged[place, 1] = written
        for n in range(states):
            sums[n, place] = np.float64(room.sums[n]) * DAYS
        for n in range(states, room.sums.shape[0] - 1):
            sums[n, place] = np.float64(room.sums[n])
        sums[room.sums.shape[0] - 1, place] = np.float64(room.sums[room.sums.shape[0] - 1]) * DAYS
        for n in range(room.reals.shape[0]):
            reals[n, place] = room.reals[n]
        for n in range(room.ends.shape[0]):
            ends[n, place] = room.ends[n]
        if outcome == FULL:
            break
