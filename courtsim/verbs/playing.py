"""Verbs of the classroom: play a seat, and read what a class has handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from courtsim.verbs import SEED
from courtsim.verbs.reading import load

if TYPE_CHECKING:
    from courtsim.analysis.classroom import Group, Handed
    from courtsim.analysis.play import Game, Move, Page
    from courtsim.analysis.record import Record
    from courtsim.analysis.roads import Road
    from courtsim.scenario.facts import Scenario
    from courtsim.store.games import GameFile


class Sitting:
    """A player at a game. Every move is kept, in the store and in the file if there is one, before the next page is turned.

    Attributes:
        id: of the game in the store.
        game: what is played and what was answered.
        out: the file of the game, if one is kept.
    """

    def __init__(self, game: Game, id: str, out: Path | None, finished: Record | None = None) -> None:
        from courtsim.analysis.play import Playing, check

        self._finished = finished  # the record of these very moves, where it has been worked out already
        self.game = game
        self.id = id
        self.out = out
        self.playing = Playing(game.scenario, game.seed, game.seat, game.guessing)
        check(self.playing, game.moves)
        if out is not None and not out.exists():
            self._keep()

    @property
    def page(self) -> Page:
        """What is known now and what is asked."""
        return self.playing.at(self.game.moves).page

    @property
    def options(self) -> int:
        """How many options the choices that stand had in all: how much there is to work out at the end."""
        if self._finished:
            return 0
        choices, guesses = self.game.choices, self.game.guesses
        return sum(len(self.playing.at([*guesses, *choices[:n]]).page.ways) for n in range(len(choices)))

    def choose(self, option: str) -> Page:
        """Answers the choice that is asked.

        Raises:
            WrongInput: nothing such is asked here.
        """
        from courtsim.analysis.play import Choose

        return self._move(Choose(self.page.step, option))

    def guess(self, option: str, p: float, reason: str) -> Page:
        """Says how likely (0 to 1) one outcome of the ruling or verdict to come is, and why. Raises WrongInput."""
        from courtsim.analysis.play import Guess

        page = self.page
        return self._move(Guess(page.step, page.visit, option, p, reason))

    def undo(self) -> Page:
        """Takes the last choice back. Raises WrongInput where there is none."""
        from courtsim.analysis.play import Undo
        from courtsim.errors import WrongInput

        if not self.game.choices:
            raise WrongInput(None, "no choice to take back", "a choice first")
        return self._move(Undo())

    def hint(self, progress: Callable[[int], None] | None = None) -> tuple[Road, ...]:
        """What each option is worth by what the seat knows and believes.

        Raises:
            NotAvailable: no choice is asked, or the scenario does not say enough.
        """
        from courtsim.analysis.roads import hint

        return hint(self.game, self.playing, progress)

    def record(self, progress: Callable[[int], None] | None = None) -> Record:
        """The game as it is handed in; once the case has ended, with what every option was worth. Keeps it, too."""
        from courtsim.analysis.record import record_of

        record = self._finished or record_of(self.game, self.playing, progress)
        if record.finished:
            self._store_case()
            self._finished = record
        self._keep(record)
        return record

    def _move(self, move: Move) -> Page:
        from msgspec.structs import replace

        from courtsim.analysis.play import fitting
        from courtsim.errors import WrongInput, listed
        from courtsim.store import games

        page = self.page
        wrong = fitting(page, move)
        if wrong:
            raise WrongInput(None, wrong, listed(way.option for way in page.ways))
        games.add(self.id, len(self.game.moves) + 1, move)
        self._finished = None
        self.game = replace(self.game, moves=(*self.game.moves, move))
        self._keep()
        return self.page

    def _keep(self, record: Record | None = None) -> None:
        from courtsim.analysis.record import unfinished
        from courtsim.store import games

        if self.out is not None:
            found = record or unfinished(self.game, self.playing)
            games.write(self.out, found, self.game.scenario.digest, self.game.scenario.inputs)

    def _store_case(self) -> None:
        """The case that was played as a stream like any other: `courtsim docket` reads it under the id of the game."""
        from courtsim.case.history import History
        from courtsim.store.runs import Manifest, save
        from courtsim.version import __version__

        game, walk = self.game, self.playing.at(self.game.moves).walk
        manifest = Manifest(
            run=self.id,
            scenario=game.scenario.name,
            procedure=game.scenario.procedure.name,
            seed=game.seed,
            cases=1,
            timing=PLAYED,
            version=__version__,
            digest=game.scenario.digest,
            inputs=game.scenario.inputs.decode(),
            recorded=1,
        )
        save(manifest, [History(walk.masks, walk.opening, walk.case, walk.happenings, walk.word).stream])


PLAYED = "played"  # the timing of a stored case whose choices a person made: delays were drawn


def play(
    scenario: Scenario | str | Path,
    seat: str = "defense",
    *,
    seed: int = SEED,
    player: str = "",
    guess: bool = False,
    out: str | Path | None = None,
) -> Sitting:
    """A case to be played from a seat: `defense`, `prosecution`, `bench`, or any actor who has something to choose.

    Args:
        scenario: loaded, or its name or path.
        seat: whose choices the player makes.
        seed: of all chance in the case.
        player: an ID instead of a seed: each has a case of its own. Only the ID and its seed are kept.
        guess: before every ruling and verdict the player says how likely it is.
        out: the file that is written after every move and handed in at the end.

    Raises:
        WrongInput: nobody such has anything to choose.
        StoreFailed: the game cannot be kept.
    """
    from courtsim.analysis.play import Game, seat_of, seed_from
    from courtsim.store import games

    loaded = load(scenario) if isinstance(scenario, str | Path) else scenario
    file = _new_file(out)
    named = player.strip()
    game = Game(loaded, seed_from(named) if named else seed, seat_of(loaded, seat), guess, named)
    return Sitting(game, games.open_stream(game), file)


def _new_file(out: str | Path | None) -> Path | None:
    """Refuses to write over a game, or anything else, that is there already."""
    from courtsim.errors import Where, WrongInput

    if out is not None and Path(out).exists():
        raise WrongInput(Where(str(out), 0, 0), "the file exists", "another name, or --resume to go on with it")
    return None if out is None else Path(out)


def resume(name: str | Path, *, out: str | Path | None = None) -> Sitting:
    """A game where it was left: the file of one, the id of one in the store or a beginning of it, or `last`.

    Raises:
        WrongInput: there is none, or it is damaged.
        StoreFailed: the store cannot be used.
    """
    from courtsim.analysis.play import Game
    from courtsim.files.load import load_inputs
    from courtsim.store import games

    path = Path(name)
    if path.suffix == ".json" or path.is_file():
        file = games.read_file(path)
        game = _game(file, path)
        kept = path if out is None or Path(out) == path else _new_file(out)
        return Sitting(game, games.open_stream(game), kept, file.game if file.game.finished else None)
    id, opened, moves = games.read(str(name))
    game = Game(load_inputs(opened.inputs.encode()), opened.seed, opened.seat, opened.guessing, opened.player, moves)
    return Sitting(game, id, _new_file(out))


def _game(file: GameFile, path: Path) -> Game:
    from courtsim.analysis.play import Game
    from courtsim.errors import Where, WrongInput
    from courtsim.files.load import load_inputs
    from courtsim.store.games import inputs_of

    record = file.game
    scenario = load_inputs(inputs_of(file, path))
    if scenario.digest != file.sealed.digest:
        raise WrongInput(Where(str(path), 0, 0), "inputs that are not those it was played under", "the file as it was written")
    return Game(scenario, record.seed, record.seat, record.guessing, record.player, record.moves)


class Class(NamedTuple):
    """What a class has handed in: the games, a table for each scenario and seat, and the files left out, each with why."""

    games: tuple[Handed, ...]
    groups: tuple[Group, ...]
    left_out: tuple[tuple[str, str], ...]


def classroom(files: Sequence[str | Path], *, verify: bool = False, progress: Callable[[int], None] | None = None) -> Class:
    """The table of a class from the files of its games. A file that is none is named and left out.

    Args:
        files: files, folders (every .json in them) and patterns such as `games/*.json`.
        verify: also play every game again from the inputs packed in it, and leave out those that come out otherwise.
        progress: called with the number of files read since.

    Raises:
        WrongInput: no file at all.
    """
    from courtsim.analysis.classroom import Handed, groups
    from courtsim.errors import CourtsimError
    from courtsim.store.games import read_file

    handed: list[Handed] = []
    left_out: list[tuple[str, str]] = []
    seals: dict[str, Path] = {}  # of the games read so far
    for path in _files(files):
        try:
            file = read_file(path)
            _refuse(file, path, seals)
            if verify:
                _verify(file, path)
            handed.append(Handed(str(path), file.sealed.digest, file.game))
        except CourtsimError as fault:
            left_out.append((str(path), str(fault).removeprefix(f"{path}: ")))
        if progress is not None:
            progress(1)
    return Class(tuple(handed), groups(handed), tuple(left_out))


def _refuse(file: GameFile, path: Path, seals: dict[str, Path]) -> None:
    """Refuses a game that is there already, or whose case is not the one of its ID."""
    from courtsim.analysis.play import seed_from
    from courtsim.errors import Where, WrongInput

    where = Where(str(path), 0, 0)
    if file.seal in seals:
        raise WrongInput(where, f"the same game as {seals[file.seal]}", "each game once")
    if file.game.player and file.game.seed != seed_from(file.game.player):
        raise WrongInput(where, f"seed {file.game.seed}", f"{seed_from(file.game.player)}, the seed of its ID")
    seals[file.seal] = path


def _files(names: Sequence[str | Path]) -> list[Path]:
    """Every file once, in the order given; those of a folder or a pattern in the order of their names."""
    from glob import glob, has_magic

    from courtsim.errors import WrongInput

    found: dict[Path, None] = {}
    for name in names:
        path = Path(name)
        if path.is_dir():
            found |= dict.fromkeys(sorted(path.glob("*.json")))
        elif has_magic(str(name)) and not path.exists():
            found |= dict.fromkeys(Path(each) for each in sorted(glob(str(name))))
        else:
            found[path] = None
    if not found:
        raise WrongInput(
            None, f"no file in {' '.join(str(name) for name in names)}", "the files that `courtsim play --out` wrote"
        )
    return list(found)


def _verify(file: GameFile, path: Path) -> None:
    """Plays a game again. Raises WrongInput where it comes out otherwise than its file says."""
    from courtsim.analysis.play import Playing, check
    from courtsim.analysis.record import differs, record_of
    from courtsim.errors import Where, WrongInput

    game = _game(file, path)
    playing = Playing(game.scenario, game.seed, game.seat, game.guessing)
    check(playing, game.moves)
    if file.game.finished:
        wrong = differs(record_of(game, playing), file.game)
        if wrong:
            raise WrongInput(Where(str(path), 0, 0), f"played again it has another {wrong}", "the file as it was written")
