"""The functional core: `decide`, `evolve`, `replay`. Pure; no clock, no chance, no input or output."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial, reduce
from typing import assert_never

from courtsim.case.events import (
    AMOUNTS,
    OPENED,
    ChargeAmended,
    Command,
    CostIncurred,
    Counted,
    Detail,
    Event,
    OfferAccepted,
    OfferMade,
    Opened,
    PublicityGained,
    Published,
    Restored,
    Ruling,
    Sentenced,
    Suppressed,
    opening_of,
)
from courtsim.case.masks import Masks, OptionCode, holds, masks_of
from courtsim.case.opening import Opening
from courtsim.case.provenance import fallen
from courtsim.case.state import CaseState, unopened
from courtsim.errors import AboveStatute, IllegalStep
from courtsim.procedure.law import (
    CLOCK,
    AcceptOffer,
    AmendCharge,
    Cost,
    Count,
    Limit,
    MakeOffer,
    Offense,
    Procedure,
    Publicity,
    Publish,
    Restore,
    Sentence,
    Suppress,
)


def open_case(opening: Opening, case: int = 1) -> Event:
    """The first event of every stream."""
    return Event(
        name=OPENED,
        case=case,
        seq=0,
        day=0.0,
        date=opening.starts,
        step="",
        option="",
        by=CLOCK,
        details=(Opened(opening),),
    )


def lawful(state: CaseState) -> list[tuple[str, str]]:
    """Every (step, option) that `decide` would accept now, in the order of the procedure."""
    if state.word & state.masks.unsettled:
        follows = state.masks.consequence(state.word, state.word)
        return [(follows[0].step, follows[0].option.name)] if follows else []
    return [(code.step, code.option.name) for code in state.masks.lawful(state.word)]


def decide(procedure: Procedure, state: CaseState, command: Command) -> Event:
    """The event that *command* makes of a case in *state*.

    Raises:
        IllegalStep: not lawful here; the error carries what was.
        AboveStatute: a sentence outside the limits of the statute.
    """
    masks = state.masks
    allowed = lawful(state)
    if (command.step, command.option) not in allowed:
        raise IllegalStep(
            f"{command.step}.{command.option}",
            why_not(state, command.step, command.option),
            [f"{step}.{option}" for step, option in allowed],
        )
    code = masks.option_codes[command.step, command.option]
    for detail in command.details:
        if isinstance(detail, Sentenced):
            refuse_outside_statute(masks, state.word, command, detail)
    by = procedure.steps[command.step].by if command.step in procedure.steps else CLOCK
    return Event(
        name=code.option.event,
        case=command.case,
        seq=command.seq,
        day=command.day,
        date=command.date,
        step=command.step,
        option=command.option,
        by=by,
        rule=code.option.rule,
        says=code.option.says,
        details=following_from(masks, state.word, code) + command.details,
    )


def why_not(state: CaseState, step: str, option: str) -> str:
    """In a few words, why an option is not lawful in this state."""
    masks = state.masks
    name = state.case
    if state.closed:
        return f"the case is closed ({name})"
    if (step, option) not in masks.option_codes:
        return "the procedure has no such step and option"
    if state.word & masks.unsettled:
        return "a consequence of the last event comes first"
    code = masks.option_codes[step, option]
    if code.step_index < 0:
        return "a consequence follows by itself"
    found = masks.steps[code.step_index]
    if not holds(found.when, state.word):
        return f"its `when` does not hold ({_standing(state, found.step.when)})"
    if not masks.enabled(found, state.word):
        return "it happens only once"
    if holds(found.tolled, state.word):
        return "it is tolled"
    if code.offers is not None and masks.next_offer(code, state.word) is None:
        return "no offer is left to make"
    return "the option's own `when` does not hold"


def _standing(state: CaseState, condition: object) -> str:
    """Where the tracks stand that a condition asks about."""
    from courtsim.procedure.conditions import Clause

    assert isinstance(condition, tuple)
    asked = dict.fromkeys(part.name for part in condition if isinstance(part, Clause) and part.subject == "track")
    tracks = state.tracks
    return ", ".join(f"{track}: {tracks[track]}" for track in asked or tracks)


def following_from(masks: Masks, word: int, code: OptionCode) -> tuple[Detail, ...]:
    """The details that the law itself settles: which offer is made, what is struck, what is counted."""
    details: list[Detail] = []
    opening = masks.opening
    for effect in code.option.effects:
        match effect:
            case MakeOffer():
                offer = masks.next_offer(code, word)
                if offer is not None:
                    details.append(OfferMade(offer.name, offer.kind, offer.by, offer.terms))
            case AcceptOffer():
                name = masks.questions["offer",].read(word)
                details += [OfferAccepted(o.name, o.terms) for o in opening.offers if o.name == name]
            case Suppress(what):
                down = fallen(opening, _excepted(masks, word))
                marked = {i.name for i in opening.evidence if what == "challenged" or i.outside_scope}
                details.append(Suppressed(tuple(name for name in down if name in marked)))
            case Restore():
                details.append(Restored(tuple(n for n in fallen(opening) if not masks.admissible(n, word))))
            case AmendCharge(from_offense, to_offense):
                details.append(ChargeAmended(from_offense, to_offense))
            case Publish():
                details.append(Published(tuple(i.name for i in opening.evidence if i.disclosable)))
            case Publicity(amount):
                details.append(PublicityGained(amount))
            case Cost(dollars):
                details += [CostIncurred(actor, amount) for actor, amount in dollars]
            case Count(what):
                details.append(Counted(what))
            case Sentence():
                pass  # its amounts come with the command: chance, an offer or a person fixes them
            case _:
                assert_never(effect)
    return tuple(details)


def _excepted(masks: Masks, word: int) -> set[str]:
    return {
        item.name
        for item in masks.opening.evidence
        if item.exemption is not None and holds(masks.compile(item.exemption.when), word)
    }


def limits(offenses: Iterable[tuple[Offense, int]]) -> dict[str, Limit]:
    """What the statute allows and demands of each part of a sentence, summed over the counts of the charges."""
    summed: dict[str, Limit] = {}
    for amount in AMOUNTS:
        parts = [(offense.limits.get(amount, Limit()), counts) for offense, counts in offenses]
        bounded = bool(parts) and all(limit.max is not None for limit, _ in parts)
        top = sum((limit.max or 0.0) * counts for limit, counts in parts) if bounded else None
        summed[amount] = Limit(top, sum(limit.mandatory * counts for limit, counts in parts))
    return summed


def limits_here(masks: Masks, word: int) -> dict[str, Limit]:
    """The limits of the charges as they stand now."""
    counts = [charge.counts for charge in masks.opening.charges]
    return limits(list(zip(masks.charges(word), counts, strict=True)))


def refuse_outside_statute(masks: Masks, word: int, command: Command, sentence: Sentenced) -> None:
    """Raises AboveStatute where a part of the sentence is above the maximum or below what is mandatory."""
    if sentence.kind == "diversion":
        return  # the terms of a contract, no sentence of a court
    for amount, limit in limits_here(masks, word).items():
        given = float(getattr(sentence, amount))
        tried = f"{command.step}.{command.option}"
        if limit.max is not None and given > limit.max:
            raise AboveStatute(tried, f"{amount} {given:g} is above the statute's {limit.max:g}", [f"{amount} <= {limit.max:g}"])
        if given < limit.mandatory:
            raise AboveStatute(
                tried,
                f"{amount} {given:g} is below the mandatory {limit.mandatory:g}",
                [f"{amount} >= {limit.mandatory:g}"],
            )


def evolve(procedure: Procedure, state: CaseState, event: Event) -> CaseState:
    """*state* after *event*. It looks up and never judges: whatever `decide` returned, it accepts."""
    opening = opening_of(event)
    if opening is not None:
        masks = masks_of(procedure, opening)
        return CaseState(masks, settle(masks, masks.start(dict(opening.facts)), 0))
    masks = state.masks
    code = masks.option_codes[event.step, event.option]
    applied = state.word & masks.applied if code.step_index < 0 else 0
    word = masks.move(masks.without_marks(state.word), code)
    for detail in event.details:
        word = apply(masks, word, detail)
    for _, consequence, bit in masks.consequences:
        if consequence is code:
            applied |= bit
    return CaseState(masks, settle(masks, word, applied))


def settle(masks: Masks, word: int, applied: int) -> int:
    """The word after an event: marked as unsettled while a consequence has still to follow."""
    if masks.consequence(word, applied) is not None:
        return word | masks.unsettled | applied
    return masks.settled(word)


def apply(masks: Masks, word: int, detail: Detail) -> int:
    """The word after one detail of an event."""
    match detail:
        case OfferMade(offer):
            return masks.put(word, ("offer",), offer) | masks.made[offer]
        case OfferAccepted(offer):
            return masks.put(word, ("accepted",), offer)
        case Suppressed(items):
            for item in items:
                word = masks.put(word, ("item", item), False)
            return masks.with_prima_facie(word)
        case Restored(items):
            for item in items:
                word = masks.put(word, ("item", item), True)
            return masks.with_prima_facie(word)
        case ChargeAmended(from_offense, to_offense):
            for key, question in masks.questions.items():
                if key[0] == "charge" and question.read(word) == from_offense:
                    word = masks.put(word, key, to_offense)
            return masks.with_prima_facie(word)
        case Ruling(test, answers):
            for name, answer in answers:
                if ("answer", test, name) in masks.questions:
                    word = masks.put(word, ("answer", test, name), answer)
            return word
        case Opened() | Sentenced() | Published() | PublicityGained() | CostIncurred() | Counted():
            return word  # they are measured, not asked
        case _:
            assert_never(detail)


def replay(procedure: Procedure, events: Iterable[Event]) -> CaseState:
    """The fold of `evolve` from the start of the procedure."""
    return reduce(partial(evolve, procedure), events, unopened(procedure))


def dated(starts: dt.date, day: float) -> dt.date:
    """The court date of a day since the case began."""
    return starts + dt.timedelta(days=int(day // 1))
