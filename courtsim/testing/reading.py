"""A law made ready to be walked, once: what the strategies and the state machine share."""

from __future__ import annotations

import random
from collections import Counter
from functools import cached_property

from courtsim.analysis.ways import Found, Move, Reading, Start, ways
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario

OPENINGS = 64  # of which one is drawn; a law may have thousands
WALKS = 100  # that say what is rare
LONGEST = 200  # moves of a walk


class Walked(Reading):
    """A reading with what a test wants to know of it as a whole."""

    @cached_property
    def openings(self) -> list[Start]:
        """The ways in which a case may open, the most usual first; of many, an even choice."""
        starts = list(self.starts())
        return starts[:: max(1, len(starts) // OPENINGS)]

    @cached_property
    def found(self) -> Found:
        """A way to every option."""
        return ways(self)

    @cached_property
    def often(self) -> Counter[str]:
        """How often chance takes each option, in walks of a fixed seed: what is rare is drawn more often by a test."""
        luck = random.Random(1)
        taken: Counter[str] = Counter()
        for _ in range(WALKS):
            word = luck.choice(self.openings).word
            for _ in range(LONGEST):
                moves = self.moves(word)
                if not moves:
                    break
                move = luck.choice(moves)
                taken.update(move.fires)
                word = move.word
        return taken

    def weighted(self, moves: list[Move]) -> list[Move]:
        """The moves in the order of the law, rare ones several times: up to four times for one never met."""
        return [move for move in moves for _ in range(self._weight(move))]

    def _weight(self, move: Move) -> int:
        rarest = min(self.often[name] for name in move.fires)
        return max(1, 4 - (rarest * 4) // WALKS)


_READ: dict[int, tuple[Scenario | Procedure, Walked]] = {}


def reading_of(law: Scenario | Procedure) -> Walked:
    """The law made ready; the last few are kept."""
    kept = _READ.get(id(law))
    if kept is None or kept[0] is not law:
        while len(_READ) > 16:
            del _READ[next(iter(_READ))]
        kept = _READ[id(law)] = (law, Walked(law))
    return kept[1]
