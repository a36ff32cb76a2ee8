"""The state of a case: a state on every track, and the few finite facts that later law depends on. Dateless."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from courtsim.case.masks import Cell, Masks
from courtsim.case.opening import Opening
from courtsim.procedure.law import SPINE, Procedure


class CaseState(Struct, frozen=True):
    """Immutable and hashable. `word` holds every answer in one int (see `masks`); the properties read it for people."""

    masks: Masks
    word: int

    @property
    def opening(self) -> Opening:
        return self.masks.opening

    @property
    def tracks(self) -> Mapping[str, str]:
        """Track to state."""
        return {key[1]: str(answer) for key, answer in self._read("track")}

    @property
    def case(self) -> str:
        """The state of the spine."""
        return self.tracks[SPINE]

    @property
    def counters(self) -> Mapping[str, int]:
        return {key[1]: int(str(answer)) for key, answer in self._read("counter")}

    @property
    def offer(self) -> str | None:
        """The id of the offer made last."""
        return self._one("offer")

    @property
    def accepted(self) -> str | None:
        """The id of the offer accepted last."""
        return self._one("accepted")

    @property
    def made(self) -> tuple[str, ...]:
        """The offers made so far, in the order of the scenario."""
        return tuple(name for name, bit in self.masks.made.items() if self.word & bit)

    @property
    def struck(self) -> frozenset[str]:
        """The items of evidence that are not admissible."""
        return frozenset(key[1] for key, admissible in self._read("item") if admissible is False)

    @property
    def facts(self) -> Mapping[str, object]:
        """Fact to value; of a number fact the stretch that conditions can tell apart."""
        return {key[1]: answer.inside if isinstance(answer, Cell) else answer for key, answer in self._read("fact")}

    @property
    def answers(self) -> Mapping[tuple[str, str], bool]:
        """The last ruling under each test that may be reviewed: (test, question) to its answer."""
        return {(key[1], key[2]): bool(a) for key, a in self._read("answer") if a is not None}

    @property
    def fired(self) -> frozenset[str]:
        """The steps silenced by `once`."""
        return frozenset(code.step.name for code in self.masks.steps if self.word & code.once)

    @property
    def closed(self) -> bool:
        return bool(self.word & self.masks.final)

    def _read(self, kind: str) -> list[tuple[tuple[str, ...], object]]:
        return [(key, q.read(self.word)) for key, q in self.masks.questions.items() if key[0] == kind]

    def _one(self, kind: str) -> str | None:
        answer = self.masks.questions[kind,].read(self.word)
        return None if answer is None else str(answer)


def unopened(procedure: Procedure) -> CaseState:
    """The state before the first event: the procedure's own start, without offers, evidence or charges."""
    import datetime as dt

    from courtsim.case.masks import masks_of

    masks = masks_of(procedure, Opening(starts=dt.date.min))
    return CaseState(masks, masks.start())
