"""The states that a check has reached, to be asked: is there one in which this holds, does this option ever lead there?

One meaning over both searches: the listed states of a small law, the decision diagrams of a large one.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, Protocol

from courtsim.case.masks import Forbidden, Masks, OptionCode, StepCode, holds
from courtsim.engines.check import FEW_STATES, MOST_STATES, Findout, Search, searched
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario

How = Literal["auto", "explicit", "symbolic"]


class Reached(Protocol):
    """Every settled state in which the case is open."""

    masks: Masks

    def some(self, when: Forbidden) -> bool:
        """Whether a condition holds in one of them."""
        ...

    def leads(self, step: StepCode, option: OptionCode, before: Forbidden, after: Forbidden) -> bool:
        """Whether the option, chosen where it is lawful and *before* holds, ever leads to one of them where *after* holds."""
        ...


class Listed:
    """The states one by one."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.masks = search.masks
        self.words = [word for word in dict.fromkeys(word for word, _ in search.parents) if not word & self.masks.final]

    def some(self, when: Forbidden) -> bool:
        return any(holds(when, word) for word in self.words)

    def leads(self, step: StepCode, option: OptionCode, before: Forbidden, after: Forbidden) -> bool:
        for word in self.words:
            lawful = holds(step.silent, word) and not holds(step.tolled, word) and self.masks.open_to(option, word)
            if lawful and holds(before, word):
                for moved in self.search.after(option, word):
                    for settled, _, _ in self.search.settle(moved, 0, (option, word, (word, 0)), []):
                        if not settled & self.masks.final and holds(after, settled):
                            return True
        return False


def both(*conditions: Forbidden) -> Forbidden:
    """The condition that all of these hold."""
    found: Forbidden = (0,)
    for condition in conditions:
        found = tuple(dict.fromkeys(a | b for a in found for b in condition))
    return found


def explore(
    subject: Scenario | Procedure, *, without: Collection[str] = (), most_states: int | None = None, engine: How = "auto"
) -> tuple[Findout, Reached | None]:
    """What a check finds, and what it reached; None where it did not finish.

    Args:
        engine: `explicit`, `symbolic`, or `auto`: the first for small laws, else the second.

    Raises:
        WrongInput, EndlessLoop: as both searches do.
    """
    if engine == "explicit" or (engine == "auto" and most_states is not None):
        found, search = searched(subject, without=without, most_states=most_states or MOST_STATES)
        return found, Listed(search) if found.finished else None
    if engine == "auto":
        found, search = searched(subject, without=without, most_states=FEW_STATES)
        if found.finished:
            return found, Listed(search)
    from courtsim.engines import symbolic_check

    return symbolic_check.searched(subject, without=without)
