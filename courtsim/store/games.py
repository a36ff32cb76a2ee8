"""Where games are kept: a stream of moves in the event store, and one small self-contained file.

A stream begins with what was played (the effective inputs, seed, seat); every move is one event, stored before the next
question is asked. The file has the game in the player's view and, packed, the inputs from which anyone can play it again.
"""

from __future__ import annotations

import base64
import os
import zlib
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from courtsim.analysis.play import Game, Move
from courtsim.analysis.record import Record
from courtsim.errors import StoreFailed, Where, WrongInput, listed, nearest
from courtsim.store import runs
from courtsim.version import __version__

LOG = "games"
FORMAT: Literal["courtsim-game"] = "courtsim-game"
LARGEST = 20_000_000  # bytes of a file that is read, and of the inputs packed in it


class Opened(Struct, frozen=True):
    """The first event of a game's stream."""

    inputs: str
    digest: str
    seed: int
    seat: str
    guessing: bool
    player: str
    version: str


class Sealed(Struct, frozen=True):
    """What was played, packed so that nobody reads it by accident: it says what the seat cannot know."""

    digest: str
    inputs: str  # base64 of the deflated effective inputs


class GameFile(Struct, frozen=True, kw_only=True):
    """The file of a game. `seal` is a digest of the rest: it finds damage, it is no signature."""

    format: Literal["courtsim-game"] = FORMAT
    format_version: Literal[1] = 1
    game: Record
    sealed: Sealed
    seal: str = ""


# -- the file


def to_bytes(record: Record, digest: str, inputs: bytes) -> bytes:
    sealed = Sealed(digest, base64.b64encode(zlib.compress(inputs, 9)).decode())
    as_read = msgspec.json.decode(msgspec.json.encode(record), type=Record)  # a whole number may come back as another kind
    found = GameFile(game=as_read, sealed=sealed, seal=_seal(as_read, sealed))
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def _seal(record: Record, sealed: Sealed) -> str:
    return blake2b(msgspec.json.encode([record, sealed]), digest_size=16).hexdigest()


def write(path: Path, record: Record, digest: str, inputs: bytes) -> None:
    """Writes the file in one piece: whoever reads it finds the old one or the new one.

    Raises:
        StoreFailed: the place cannot be written to.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(to_bytes(record, digest, inputs))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise StoreFailed(f"{path} cannot be written: {fault.strerror or fault}") from fault


def read_file(path: Path) -> GameFile:
    """The file of a game.

    Raises:
        WrongInput: it cannot be read, is no game, of a later version, or damaged; the message names the file.
    """
    where = Where(str(path), 0, 0)
    try:
        if path.stat().st_size > LARGEST:
            raise WrongInput(where, f"a file of more than {LARGEST // 1_000_000} MB", "the file of a game")
        content = path.read_bytes()
    except OSError as fault:
        raise WrongInput(where, f"it cannot be read ({fault.strerror or fault})", "the file of a game") from fault
    try:
        found = msgspec.json.decode(content, type=GameFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as fault:
        raise WrongInput(where, f"no game: {fault}", "a file that `courtsim play --out` wrote") from fault
    if found.seal != _seal(found.game, found.sealed):
        raise WrongInput(where, "its content does not fit its seal", "the file as `courtsim play --out` wrote it")
    return found


def inputs_of(file: GameFile, path: Path) -> bytes:
    """The effective inputs packed in a file. Raises WrongInput where they are damaged."""
    try:
        packed = zlib.decompressobj()
        found = packed.decompress(base64.b64decode(file.sealed.inputs, validate=True), LARGEST)
        if packed.unconsumed_tail or not packed.eof:
            raise ValueError("too large or cut off")
    except (ValueError, zlib.error) as fault:
        raise WrongInput(Where(str(path), 0, 0), f"damaged inputs: {fault}", "the file of a game") from fault
    return found


# -- the stream


def open_stream(game: Game) -> str:
    """Begins the stream of a game that may have moves already; returns its id.

    Raises:
        StoreFailed: the store cannot be used.
    """
    scenario = game.scenario
    opened = Opened(scenario.inputs.decode(), scenario.digest, game.seed, game.seat, game.guessing, game.player, __version__)
    found = _new_id(game)
    runs.append(_stream(found), 0, "GameOpened", msgspec.json.encode(opened))
    for n, move in enumerate(game.moves, 1):
        add(found, n, move)
    return found


def _new_id(game: Game) -> str:
    """An id that no other game of this store has; two that open at the same time get one each."""
    while True:
        known = runs.read(LOG)
        name = "\0".join([game.scenario.digest, str(game.seed), game.seat, game.player, str(len(known))])
        found = blake2b(name.encode(), digest_size=6).hexdigest()
        try:
            runs.append(LOG, len(known), "GameOpened", found.encode())
        except runs.GoneOn:
            continue
        return found


def add(game: str, n: int, move: Move) -> None:
    """Stores move number *n* (from 1). Raises StoreFailed where the game has gone on elsewhere."""
    runs.append(_stream(game), n, _topic(move), msgspec.json.encode(move))


def read(name: str) -> tuple[str, Opened, tuple[Move, ...]]:
    """A game by its id, a beginning of it, or `last`.

    Raises:
        WrongInput: there is none, or more than one.
    """
    known = [entry.decode() for entry in runs.read(LOG)]
    matching = known[-1:] if name == runs.LAST else [game for game in known if game.startswith(name)]
    if len(matching) != 1:
        found = f"{len(matching)} games that begin with {name!r}" if matching else f"no game {name!r}"
        raise WrongInput(None, found, f"a file, or {listed(known[::-1] or ['`courtsim play` first'])}", nearest(name, known))
    stored = runs.read(_stream(matching[0]))
    if not stored:
        raise WrongInput(None, f"game {matching[0]}, which was never begun", "another game, or a new one")
    opened, *moves = stored
    decoded = tuple(msgspec.json.decode(move, type=Move) for move in moves)
    return matching[0], msgspec.json.decode(opened, type=Opened), decoded


def _stream(game: str) -> str:
    return f"game:{game}"


def _topic(move: Move) -> str:
    return {"Choose": "ChoiceMade", "Guess": "GuessMade", "Undo": "ChoiceUndone"}[type(move).__name__]
