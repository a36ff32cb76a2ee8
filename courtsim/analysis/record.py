"""A game as it is handed in: what the player saw and did and, once the case has ended, what it all was worth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from courtsim.analysis.play import Game, Move, Playing
from courtsim.analysis.roads import Calibration, Called, Juncture, calibration, called, ending, junctures
from courtsim.case.events import Event
from courtsim.scenario.outcome import Measure
from courtsim.version import __version__


class Record(Struct, frozen=True, kw_only=True):
    """A game in the player's own view. It holds nothing that the seat could not know; once it is finished, what came of it.

    Attributes:
        moves: everything the player did, undone choices included.
        docket: what has happened, as the seat sees it.
        finished: whether the case has ended.
        disposition: how it ended, and
        measures: its numbers, but for what others spent and what it was worth to them.
    """

    scenario: str
    title: str
    procedure: str
    seat: str
    seed: int
    player: str
    guessing: bool
    version: str
    moves: tuple[Move, ...]
    docket: tuple[Event, ...]
    finished: bool = False
    disposition: str = ""
    measures: Mapping[str, Measure] = {}
    junctures: tuple[Juncture, ...] = ()
    guesses: tuple[Called, ...] = ()
    calibration: Calibration | None = None


def record_of(game: Game, playing: Playing, progress: Callable[[int], None] | None = None) -> Record:
    """The record of a game as it stands. Where the case has ended, the roads not taken are worked out; that takes time.

    Args:
        progress: called with the number of options worked out since.
    """
    begun = unfinished(game, playing)
    stand = playing.at(game.moves)
    if stand.page.asks != "nothing":
        return begun
    ended = ending(game.scenario, stand.walk)
    guesses = called(game, playing)
    return replace(
        begun,
        finished=True,
        disposition=ended.disposition,
        measures={name: value for name, value in ended.measures.items() if _of_seat(name, game.seat)},
        junctures=junctures(game, playing, progress),
        guesses=guesses,
        calibration=calibration(guesses),
    )


def unfinished(game: Game, playing: Playing) -> Record:
    """The record of a game without what came of it."""
    return Record(
        scenario=game.scenario.name,
        title=game.scenario.title,
        procedure=game.scenario.procedure.name,
        seat=game.seat,
        seed=game.seed,
        player=game.player,
        guessing=game.guessing,
        version=__version__,
        moves=game.moves,
        docket=playing.at(game.moves).page.docket,
    )


def differs(played: Record, said: Record) -> str:
    """The first thing in which a record is not what playing again makes of it, numbers to a millionth of a dollar or share."""
    for part in ("docket", "disposition", "junctures", "guesses", "calibration"):
        if not _alike(to_builtins(getattr(played, part)), to_builtins(getattr(said, part))):
            return part
    return ""


def _alike(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_alike(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)
    return one == other


def _of_seat(measure: str, seat: str) -> bool:
    kind, _, rest = measure.partition(".")
    return kind not in ("cost", "value") or rest.partition(".")[0] == seat
