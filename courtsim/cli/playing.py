"""Commands of the classroom: play, class."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from courtsim.cli.options import inputs, stored
from courtsim.cli.output import counted, print_json, warn
from courtsim.verbs import SEED

if TYPE_CHECKING:
    from rich.console import Console

    from courtsim.analysis.play import Page
    from courtsim.verbs.playing import Sitting

HELP = """\
Answer with the number or the name of an option. A guess is an outcome, its
probability and your reason: grant 30% the warrant named no minimization
  undo    take your last choice back; a guess stands
  hint    what each option is worth by what you know and believe
  docket  everything that has happened
  rules   the rule behind each option and each time limit
  save    where the game is kept; it is saved after every answer
  quit    leave; --resume goes on
"""


@click.command()
@click.argument("scenario", required=False)
@click.option("--as", "seat", default="defense", show_default=True, metavar="SEAT", help="defense, prosecution, bench, ...")
@click.option("--seed", type=int, help=f"Of all chance: the same seed is the same case.  [default: {SEED}]")
@click.option("--seed-from", "player", metavar="ID", help="A seed of your own, made from an ID; both are kept, nothing else is.")
@click.option("--guess", is_flag=True, help="Before each ruling and verdict say how likely it is, and why.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The game as one file, saved after every answer.")
@click.option("--resume", metavar="GAME", help="Go on with a game: its file, its id, or last.")
@click.option("--answer", "given", multiple=True, metavar="TEXT", help="An answer given beforehand. Any number of times.")
@click.option("--answers", type=click.File(), help="Answers given beforehand, a line each; - is standard input.")
@stored
@inputs
def play(
    scenario: str | None,
    seat: str,
    seed: int | None,
    player: str | None,
    guess: bool,
    out: Path | None,
    resume: str | None,
    given: tuple[str, ...],
    answers: Iterator[str] | None,
    as_json: bool,
    variant: str | None,
    sets: tuple[str, ...],
) -> None:
    """Take a seat in a case of SCENARIO and decide, for example: courtsim play two-track --as defense --guess

    At the end: what every option was worth, exactly and with the same luck. An answer is saved before the next question.
    """
    from rich.console import Console

    import courtsim
    from courtsim.reports import playing

    if resume is not None:
        if scenario or seed is not None or player or guess or variant or sets:
            raise click.UsageError("--resume goes on with a game as it was begun: name nothing else but --out and answers")
        sitting = courtsim.resume(resume, out=out)
    else:
        if scenario is None:
            raise click.UsageError("name a SCENARIO (courtsim list), or --resume GAME")
        if seed is not None and player is not None:
            raise click.UsageError("--seed or --seed-from, not both")
        if player is not None and not player.strip():
            raise click.UsageError("--seed-from needs an ID")
        loaded = courtsim.load(scenario, variant=variant, sets=sets)
        warn(loaded.warnings)
        seed = SEED if seed is None else seed
        sitting = courtsim.play(loaded, seat, seed=seed, player=player or "", guess=guess, out=out)
    console = Console(highlight=False, markup=False, stderr=as_json)
    console.print(playing.opening(sitting.game.scenario, sitting.game.seat))
    try:
        if _sit(sitting, console, _lines([*given, *(answers or [])], console)):
            _finish(sitting, console, as_json)
            return
    except KeyboardInterrupt:
        console.print()
    console.print(f"Saved. To go on: courtsim play --resume {sitting.out or sitting.id}")
    if as_json:
        print_json(_plain(sitting, None))


def _lines(given: Sequence[str], console: Console) -> Iterator[str]:
    """What is answered: first what was given beforehand, then what is typed; ends where both do."""
    for line in given:
        console.print(line.strip())
        yield line.strip()
    while not given or sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            console.print()
            return
        if not sys.stdin.isatty():
            console.print(line.strip())
        yield line.strip()


def _sit(sitting: Sitting, console: Console, lines: Iterator[str]) -> bool:
    """Asks until the case has ended; False where the player left before."""
    from courtsim.errors import CourtsimError
    from courtsim.reports import playing

    seen = 0
    while True:
        page = sitting.page
        console.print(playing.page(sitting.game.scenario, page, seen))
        if page.asks == "nothing":
            return True
        seen = len(page.docket)
        while sitting.page == page:
            console.print("> ", end="")
            line = next(lines, None)
            if line is None or line in ("quit", "exit"):
                return False
            try:
                if _is_undo(line, page):
                    sitting.undo()
                    seen = 0
                    break
                _answer(sitting, page, line, console, lines)
            except CourtsimError as fault:
                console.print(str(fault))


def _is_undo(line: str, page: Page) -> bool:
    return line == "undo" and all(way.option != line for way in page.ways)


def _answer(sitting: Sitting, page: Page, line: str, console: Console, lines: Iterator[str]) -> None:
    """Does what one line says."""
    from courtsim.reports import playing

    scenario = sitting.game.scenario
    if page.asks == "guess" and _guess(sitting, page, line, console, lines):
        return
    option = _option(page, line)
    if option is not None and page.asks == "choice":
        sitting.choose(option)
        return
    match line.lower():
        case "":
            pass
        case "hint" if page.asks == "guess":
            console.print("A guess comes first, without a hint.")
        case "hint":
            with counted(len(page.ways), "thinking", 1) as progress:
                found = sitting.hint(progress)
            console.print(playing.hint(scenario, sitting.game.seat, found))
        case "docket":
            console.print(playing.docket(scenario, page.docket))
        case "rules":
            console.print(playing.rules(page))
        case "save":
            console.print(f"Kept as {sitting.id}" + (f" and in {sitting.out}." if sitting.out else "."))
        case "help" | "?":
            console.print(HELP)
        case _:
            from courtsim.errors import listed, nearest

            names = [way.option for way in page.ways]
            near = nearest(line, [*names, "undo", "hint", "docket", "rules", "save", "quit", "help"])
            hint = f"; did you mean {near!r}?" if near else ""
            wanted = listed(names) if page.asks == "choice" else f"an outcome and a probability, as {names[0]} 30%"
            console.print(f"{line!r} is no answer here; expected {wanted}, or help{hint}")


def _option(page: Page, line: str) -> str | None:
    """The option that a number, a name or the beginning of one means."""
    names = [way.option for way in page.ways]
    if line.isdecimal() and 1 <= int(line) <= len(names):
        return names[int(line) - 1]
    word = line.replace(" ", "_")
    if word in names:
        return word
    begun = [name for name in names if word and name.startswith(word)]
    return begun[0] if len(begun) == 1 else None


def _guess(sitting: Sitting, page: Page, line: str, console: Console, lines: Iterator[str]) -> bool:
    """Takes `grant 30% because ...`; asks for the reason where there is none. False where the line is no guess."""
    words = line.split(maxsplit=2)
    if len(words) < 2:
        return False
    option, p = _option(page, words[0]), _probability(words[1])
    if option is None or p is None:
        return False
    reason = words[2] if len(words) > 2 else ""
    while not reason:
        console.print("Why? ", end="")
        said = next(lines, None)
        if said is None:
            raise KeyboardInterrupt
        reason = said
    sitting.guess(option, p, reason)
    return True


def _probability(word: str) -> float | None:
    """30% or 0.3; None where it is neither, or not from 0 to 1."""
    try:
        p = float(word.rstrip("%")) / (100 if word.endswith("%") else 1)
    except ValueError:
        return None
    return p if 0 <= p <= 1 else None


def _finish(sitting: Sitting, console: Console, as_json: bool) -> None:
    from courtsim.reports import playing

    with counted(sitting.options, "working out the roads not taken", 8) as progress:
        record = sitting.record(progress)
    if as_json:
        print_json(_plain(sitting, record))
        return
    console.print(playing.ended(sitting.game.scenario, record, sitting.id))
    if sitting.out is not None:
        console.print(f"The game is in {sitting.out}: that file is what you hand in.")


def _plain(sitting: Sitting, record: object) -> dict[str, object]:
    import msgspec

    from courtsim.engines.run import plain_head

    found = record if record is not None else sitting.record()
    head = plain_head(sitting.game.scenario, sitting.game.seed)
    return head | {"id": sitting.id, "game": msgspec.to_builtins(found)}


@click.command(name="class")
@click.argument("files", nargs=-1, required=True)
@click.option("--verify", is_flag=True, help="Play every game again and leave out those that come out otherwise.")
@click.option("--csv", "sheet", type=click.Path(path_type=Path, dir_okay=False), help="Also a table of all choices and guesses.")
@stored
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def class_(files: tuple[str, ...], verify: bool, sheet: Path | None, as_json: bool) -> None:
    """The table of a class from the FILES of its games, for example: courtsim class games/*.json

    FILES may be files, folders and patterns. A file that is no game is named and left out.
    """
    import courtsim
    from courtsim.analysis.classroom import as_csv, plain_class
    from courtsim.reports import classes, sheets

    with counted(len(files), "reading", 20) as progress:
        found = courtsim.classroom(files, verify=verify, progress=progress)
    if sheet is not None:
        from courtsim.errors import StoreFailed

        try:
            sheet.write_text(as_csv(found.games), encoding="utf-8")
        except OSError as fault:
            raise StoreFailed(f"{sheet} cannot be written: {fault.strerror or fault}") from fault
    if as_json:
        print_json(plain_class(found.groups, found.left_out))
    else:
        sheets.show(classes.table(found.groups, found.left_out))
    if not found.games:
        sys.exit(1)
