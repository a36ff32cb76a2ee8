"""Why, and why not, in words: the lines that `docket --why` puts under each event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from courtsim.analysis.why import Asked, Found, Number, Ran, Reason, Turn, Weighed

MOST_FLIPS = 4  # beside the first
MOST_NUMBERS = 6  # of one choice; the rest is behind `courtsim show`


def by_event(reasons: Sequence[Reason] | None) -> dict[int, list[str]]:
    """The lines of each event by its number, as a docket sheet takes them."""
    return {reason.seq: lines(reason) for reason in reasons or ()}


def lines(reason: Reason) -> list[str]:
    """Why the event was what it was and what would have turned it, a line each."""
    told = [_who(reason)]
    told += [f"asked: {_number(given)}" for given in reason.given]
    if reason.found is not None:
        told += _ruling(reason.found)
    if reason.weighed is not None:
        told += _evidence(reason.weighed)
    if reason.odds and reason.found is None:
        told.append("odds: " + ", ".join(f"{_named(option)} {share(p)}" for option, p in reason.odds))
    told += _sources(reason.numbers)
    if reason.turn is not None and reason.luck is not None:
        told.append(_turn(reason, reason.turn, reason.luck))
    told += [
        f"or: row {other.row} ({other.condition}) with the same luck gives {_named(other.option)}" for other in reason.other_rows
    ]
    if reason.clock is not None:
        told.append(_clock(reason.clock))
    return told


def _who(reason: Reason) -> str:
    by = f"the {_named(reason.by)}" if reason.by != "clock" else "the law"
    row = "" if reason.row is None else f", row {reason.row} ({reason.row_condition})"
    match reason.how:
        case "law":
            return f"no choice: lawful where {reason.condition}"
        case "consequence":
            return f"follows at once where {reason.condition}"
        case "script":
            return "as the script has it"
        case "rational":
            return f"{by} took what is worth most under its values{row}"
        case "chosen":
            return f"{by} chose; no luck of this run gives it{row}"
        case "findings":
            return f"{by} answers a legal test, and its rule decides{row}"
        case "evidence":
            return f"{by} chose by what was admissible{row}"
        case "odds":
            return f"{by} chose at stated odds{row}"


def _named(name: str) -> str:
    return name.replace("_", " ")


def share(p: float) -> str:
    """A probability with two digits: what rests on an assumption deserves no more; near 0 and 1 with what tells it apart."""
    if 0.99 < p < 1:
        return f"1 - {1 - p:.2g}"
    return f"{p:.2g}"


def _number(number: Number) -> str:
    return f"{number.path} is {number.says}{_source(number)}"


def _source(number: Number) -> str:
    if number.mark is None:
        return ""
    return f" ({number.mark}: {number.source})" if number.source else f" ({number.mark})"


def _sources(numbers: Sequence[Number]) -> Iterator[str]:
    """What the choice rests on; numbers of one source together."""
    together: dict[tuple[str | None, str | None], list[Number]] = {}
    for number in numbers:
        together.setdefault((number.mark, number.source), []).append(number)
    for (mark, source), found in together.items():
        shown = "; ".join(f"{number.path} {number.says}" for number in found[:MOST_NUMBERS])
        more = f" and {len(found) - MOST_NUMBERS} more" if len(found) > MOST_NUMBERS else ""
        yield f"{mark or 'no source'}: {shown}{more}" + (f" [{source}]" if source else "")


# -- rulings


def _ruling(found: Found) -> Iterator[str]:
    for question in found.questions:
        yield _asked(question)
    yield f"therefore: {_named(found.ruling)}, by row {found.row} of {found.rows} of {found.test} ({found.condition})"
    if found.smallest is None:
        yield "why not otherwise: no other answers give another ruling here"
    else:
        few = "one answer" if len(found.smallest.answers) == 1 else f"{len(found.smallest.answers)} answers; no fewer do"
        answers = " and ".join(_flipped(found, name, answer) for name, answer in found.smallest.answers)
        yield f"why not otherwise: {few}: had {answers}, then {_named(found.smallest.option)}"
    for flip in found.as_small[:MOST_FLIPS]:
        yield f"or as few: had {' and '.join(_flipped(found, *each) for each in flip.answers)}, then {_named(flip.option)}"
    if len(found.as_small) > MOST_FLIPS:
        yield f"or as few: {len(found.as_small) - MOST_FLIPS} more"
    for doctrine in found.doctrines:
        yield f"or, on the same answers, were {doctrine.switch} {_named(doctrine.value)}: {_named(doctrine.option)}"


def _asked(question: Asked) -> str:
    said = "yes" if question.answer else "no"
    parts = []
    if question.burden:
        parts.append(f"burden: {_named(question.burden)}" + (f", {_named(question.standard)}" if question.standard else ""))
    if question.below is not None:
        parts.append("reversed" if question.below != question.answer else "stands")
    if question.chance in (0.0, 1.0):
        parts.append("given, not drawn")
    else:
        parts.append(f"chance of yes {share(question.chance)}")
    parts += [f"see {question.authority}"] if question.authority else []
    parts += [] if question.decisive else ["the rule did not come to it"]
    not_proved = f", not proved by the {_named(question.burden)}" if question.burden and not question.answer else ""
    return f"{question.ask} {said.capitalize()}{not_proved}. ({'; '.join(parts)})"


def _flipped(found: Found, name: str, answer: bool) -> str:
    question = next(each for each in found.questions if each.question == name)
    said = f"{name} been {'yes' if answer else 'no'}"
    if question.luck is None:
        return said
    bound = "above" if answer else "at most"
    return f"{said} (its chance {share(question.chance)} would have had to be {bound} {question.luck:.3f})"


# -- evidence, odds, clocks


def _evidence(weighed: Weighed) -> Iterator[str]:
    inside = ", ".join(f"{_named(name)} ({weight:g})" for name, weight, admitted in weighed.items if admitted)
    out = ", ".join(_named(name) for name, _, admitted in weighed.items if not admitted)
    yield f"in evidence (weight): {inside or 'nothing'}" + (f"; out: {out}" if out else "")
    element = "" if weighed.prima_facie else "; an element of the offense has nothing left that proves it"
    yield f"conviction chance on it: {share(weighed.p)} ({weighed.how}{element})"
    if weighed.turned_by:
        changed = " and ".join(f"{_named(name)} {'in' if admitted else 'out'}" for name, admitted in weighed.turned_by)
        yield f"why not otherwise: with {changed} the same luck chooses otherwise; no fewer items do"


def _turn(reason: Reason, turn: Turn, luck: float) -> str:
    now = dict(reason.odds)[reason.option]
    return (
        f"why not otherwise: with {_named(reason.option)} at {turn.to:.3f} in place of {share(now)} "
        f"(luck {luck:.3f}) the same luck chooses {_named(turn.option)}"
    )


def _clock(ran: Ran) -> str:
    said = f"clock: since {ran.since.isoformat()} ({ran.by}); {ran.delay.says}{_source(ran.delay)}"
    stood = "; ".join(f"{a.isoformat()} to {b.isoformat()}" for a, b in ran.stood_still)
    said += f"; stood still {stood}" if stood else ""
    return said + (f"; due {ran.due.isoformat()}" if ran.due else "")
