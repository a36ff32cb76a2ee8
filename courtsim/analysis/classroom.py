"""The table of a class: what was chosen at each juncture, what it cost against the best option, how good the guesses were."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from courtsim.analysis.play import Undo
from courtsim.analysis.record import Record
from courtsim.analysis.roads import Called, Juncture

BINS = 5  # of the stated probabilities


class Handed(Struct, frozen=True):
    """A game that was handed in."""

    file: str
    digest: str
    game: Record


class Taken(Struct, frozen=True):
    """A juncture over all games of a class.

    Attributes:
        asked: at how many choices it was asked, repeats in one game included.
        options: option to how often it was chosen.
        best: option to how often it was worth most there.
        regret: mean dollars lost against the best option; None without values.
    """

    step: str
    asked: int
    options: Mapping[str, int]
    best: Mapping[str, int]
    regret: float | None


class Pupil(Struct, frozen=True):
    """One game of a class: how it went. The regret is summed over its choices, in dollars."""

    file: str
    player: str
    seed: int
    finished: bool
    disposition: str
    choices: int
    undone: int
    regret: float | None
    guesses: int
    brier: float | None
    best: float | None


class Bin(Struct, frozen=True):
    """Guesses of about the same probability: what was said on average, and how often it came true."""

    low: float
    high: float
    n: int
    said: float
    came: float


class Group(Struct, frozen=True):
    """The games of a class in one seat of one scenario.

    Attributes:
        ends: disposition to the number of games that ended so.
        brier: mean score of all guesses, and
        best: that of the exact odds; None without guesses.
    """

    scenario: str
    title: str
    seat: str
    digest: str
    games: int
    finished: int
    ends: Mapping[str, int]
    junctures: tuple[Taken, ...]
    regret: float | None
    guesses: int
    brier: float | None
    best: float | None
    bins: tuple[Bin, ...]
    pupils: tuple[Pupil, ...]


def groups(games: Sequence[Handed]) -> tuple[Group, ...]:
    """The table of each scenario and seat, the largest first. Unfinished games count as games and have no results yet."""
    found: dict[tuple[str, str], list[Handed]] = {}
    for handed in games:
        found.setdefault((handed.digest, handed.game.seat), []).append(handed)
    return tuple(_group(part) for part in sorted(found.values(), key=lambda part: (-len(part), part[0].file)))


def _group(games: Sequence[Handed]) -> Group:
    first = games[0].game
    done = [handed.game for handed in games if handed.game.finished]
    guesses = [guess for game in done for guess in game.guesses]
    pupils = tuple(_pupil(handed) for handed in games)
    return Group(
        scenario=first.scenario,
        title=first.title,
        seat=first.seat,
        digest=games[0].digest,
        games=len(games),
        finished=len(done),
        ends=dict(Counter(game.disposition for game in done).most_common()),
        junctures=_taken([juncture for game in done for juncture in game.junctures]),
        regret=_mean(pupil.regret for pupil in pupils if pupil.finished),
        guesses=len(guesses),
        brier=_mean(guess.brier for guess in guesses),
        best=_mean(guess.best for guess in guesses),
        bins=_bins(guesses),
        pupils=pupils,
    )


def _taken(junctures: Sequence[Juncture]) -> tuple[Taken, ...]:
    """By step, in the order in which they first come."""
    found: dict[str, list[Juncture]] = {}
    for juncture in junctures:
        found.setdefault(juncture.step, []).append(juncture)
    return tuple(
        Taken(
            step=step,
            asked=len(part),
            options=dict(Counter(juncture.chosen for juncture in part).most_common()),
            best=dict(Counter(best for juncture in part if (best := _best(juncture))).most_common()),
            regret=_mean(juncture.regret for juncture in part),
        )
        for step, part in found.items()
    )


def _best(juncture: Juncture) -> str:
    """The option worth most; none where that is not known or makes no difference that can be told."""
    values = {road.option: road.value for road in juncture.roads if road.value is not None}
    if not values or max(values.values()) - min(values.values()) <= juncture.doubt:
        return ""
    return max(values, key=lambda option: values[option])


def _pupil(handed: Handed) -> Pupil:
    game = handed.game
    regrets = [juncture.regret for juncture in game.junctures if juncture.regret is not None]
    return Pupil(
        file=handed.file,
        player=game.player,
        seed=game.seed,
        finished=game.finished,
        disposition=game.disposition,
        choices=len(game.junctures),
        undone=sum(isinstance(move, Undo) for move in game.moves),
        regret=math.fsum(regrets) if regrets else None,
        guesses=len(game.guesses),
        brier=game.calibration.brier if game.calibration else None,
        best=game.calibration.best if game.calibration else None,
    )


def _bins(guesses: Sequence[Called]) -> tuple[Bin, ...]:
    found: list[Bin] = []
    for n in range(BINS):
        part = [guess for guess in guesses if min(int(guess.p * BINS), BINS - 1) == n]
        if part:
            said = math.fsum(guess.p for guess in part) / len(part)
            came = sum(guess.came == guess.option for guess in part) / len(part)
            found.append(Bin(n / BINS, (n + 1) / BINS, len(part), said, came))
    return tuple(found)


def _mean(numbers: Iterable[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return math.fsum(known) / len(known) if known else None


def plain_class(found: Sequence[Group], left_out: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """As `class --json` shows it."""
    rejected = [{"file": file, "why": why} for file, why in left_out]
    return {"groups": msgspec.to_builtins(found), "left_out": rejected}


def as_csv(games: Sequence[Handed]) -> str:
    """One row for each choice and each guess of each game: for a spreadsheet."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    head = ("file", "player", "seed", "scenario", "seat", "kind", "step", "date", "chosen", "worth", "regret")
    rows.writerow([*head, "said", "exact", "came", "brier", "disposition"])
    for handed in games:
        game = handed.game
        start = [handed.file, game.player, game.seed, game.scenario, game.seat]
        for juncture in game.junctures:
            worth = next((road.value for road in juncture.roads if road.option == juncture.chosen), None)
            body = ["choice", juncture.step, juncture.date.isoformat(), juncture.chosen, worth, juncture.regret]
            rows.writerow([*start, *body, "", "", "", "", game.disposition])
        for guess in game.guesses:
            body = ["guess", guess.step, guess.date.isoformat(), guess.option, "", ""]
            rows.writerow([*start, *body, guess.p, guess.exact, guess.came, guess.brier, game.disposition])
    return table.getvalue()
