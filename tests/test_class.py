"""The table of a class: choices, regret, calibration; broken and foreign files are named, and the rest stands."""

from __future__ import annotations

import csv
import json
import random
import time
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

import courtsim
from courtsim.analysis.play import Choose, Game, Guess, Playing, seed_from
from courtsim.analysis.record import record_of
from courtsim.cli.commands import cli
from courtsim.scenario.facts import Scenario
from courtsim.store import games

SIZE = 80


def handed_in(path: Path, player: str, name: str = "two-track", best: bool = False) -> Game:
    """A finished game of a student who answers at random, or as the exact values say, and its file."""
    rng = random.Random(player)
    scenario = courtsim.load(name) if name not in SCENARIOS else SCENARIOS[name]
    SCENARIOS[name] = scenario
    game = Game(scenario, seed_from(player), "defense", True, player)
    playing = Playing(scenario, game.seed, "defense", True)
    while (page := playing.at(game.moves).page).asks != "nothing":
        option = rng.choice([way.option for way in page.ways])
        move = Choose(page.step, option) if page.asks == "choice" else Guess(page.step, page.visit, option, rng.random(), "why")
        game = msgspec.structs.replace(game, moves=(*game.moves, move))
    games.write(path, record_of(game, playing), scenario.digest, scenario.inputs)
    return game


SCENARIOS: dict[str, Scenario] = {}  # loaded once: a class plays the same


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty games, a broken one, a foreign file, one cut off, one changed, and one of another's case."""
    folder = tmp_path_factory.mktemp("class")
    for n in range(SIZE):
        handed_in(folder / f"s{n:02}.json", f"student {n}")
    whole = (folder / "s00.json").read_text()
    (folder / "t-cut.json").write_text(whole[:900])
    (folder / "t-foreign.json").write_text('{"name": "package", "version": "1.0.0"}')
    (folder / "t-changed.json").write_text(whole.replace('"student 0"', '"student 99"'))
    (folder / "t-twice.json").write_text(whole)
    (folder / "t-binary.json").write_bytes(b"\xff\xfe\x00 no text")
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["class", *arguments])


def test_a_class_of_eighty_becomes_a_table_and_what_is_no_game_is_named(folder: Path) -> None:
    began = time.process_time()
    ran = run(str(folder), "--json")
    took = time.process_time() - began
    found = json.loads(ran.stdout)

    (group,) = found["groups"]
    assert ran.exit_code == 0 and took < 5
    assert (group["games"], group["finished"], len(group["pupils"])) == (SIZE, SIZE, SIZE)
    assert {Path(each["file"]).name: each["why"].split(";")[0] for each in found["left_out"]} == {
        "t-binary.json": "no game: JSON is malformed: invalid character (byte 0)",
        "t-changed.json": "its content does not fit its seal",
        "t-cut.json": "no game: Input data was truncated",
        "t-foreign.json": "no game: Object missing required field `game`",
        "t-twice.json": f"the same game as {folder / 's00.json'}",
    }


def test_the_sums_are_those_of_the_files(folder: Path) -> None:
    """Added up again from the files themselves."""
    (group,) = courtsim.classroom([folder]).groups
    kept = [json.loads(path.read_text())["game"] for path in sorted(folder.glob("s*.json"))]

    for taken in group.junctures:
        mine = [j for game in kept for j in game["junctures"] if j["step"] == taken.step]
        assert taken.asked == len(mine) == sum(taken.options.values())
        assert taken.options == {o: n for o in taken.options if (n := sum(j["chosen"] == o for j in mine))}
        assert taken.regret == pytest.approx(sum(j["regret"] for j in mine) / len(mine))
    guesses = [guess for game in kept for guess in game["guesses"]]
    assert group.guesses == len(guesses) == sum(each.n for each in group.bins)
    assert group.brier == pytest.approx(sum((g["p"] - (g["came"] == g["option"])) ** 2 for g in guesses) / len(guesses))
    assert group.ends == {end: sum(game["disposition"] == end for game in kept) for end in group.ends}
    assert [p.regret for p in group.pupils] == [
        pytest.approx(sum(j["regret"] for j in game["junctures"])) if game["junctures"] else None for game in kept
    ]


def test_the_exact_odds_are_better_calibrated_than_guesses_at_random(folder: Path) -> None:
    (group,) = courtsim.classroom([folder]).groups
    assert group.brier is not None and group.best is not None
    assert group.best < 0.25 < group.brier


def test_the_table_for_people(folder: Path) -> None:
    printed = run(*(str(folder / f"s0{n}.json") for n in range(3)), str(folder / "t-foreign.json")).stdout
    lines = printed.splitlines()

    assert lines[0] == "3 games of 1 kind; 1 files left out."
    assert lines[2] == "A small case, decided by odds (two-track), in the seat of the defense"
    assert lines[5].split() == ["Juncture", "Asked", "Chosen", "Worth", "most", "Regret,", "$"]
    assert "student 0" in printed and "left out:" in printed and max(map(len, lines)) <= 80


def test_patterns_and_folders_are_expanded_without_a_shell(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert len(courtsim.classroom(["s1*.json", "s20.json"]).games) == 11
    assert len(courtsim.classroom(["."]).games) == SIZE
    assert run("none*.json").exit_code == 2


def test_a_spreadsheet_has_a_row_for_every_choice_and_guess(folder: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "class.csv"
    run(str(folder), "--csv", str(sheet))
    rows = list(csv.DictReader(sheet.read_text().splitlines()))

    kept = [json.loads(path.read_text())["game"] for path in sorted(folder.glob("s*.json"))]
    assert len(rows) == sum(len(game["junctures"]) + len(game["guesses"]) for game in kept)
    assert {row["kind"] for row in rows} == {"choice", "guess"} and rows[0]["player"] == "student 0"


def test_an_unfinished_game_counts_and_has_no_results_yet(folder: Path, tmp_path: Path) -> None:
    courtsim.play("two-track", player="late", guess=True, out=tmp_path / "late.json").choose("reject")
    (group,) = courtsim.classroom([folder / "s00.json", tmp_path / "late.json"]).groups

    assert (group.games, group.finished) == (2, 1)
    assert "not finished" in run(str(tmp_path)).stdout


def test_games_of_two_scenarios_are_two_tables(folder: Path, tmp_path: Path) -> None:
    handed_in(tmp_path / "other.json", "x", "lesson-5-knowing-first")
    found = courtsim.classroom([folder / "s00.json", folder / "s01.json", tmp_path])
    assert [(group.scenario, group.games) for group in found.groups] == [("two-track", 2), ("lesson-5-knowing-first", 1)]


def test_played_again_an_honest_game_stands_and_an_improved_one_does_not(folder: Path, tmp_path: Path) -> None:
    honest = courtsim.classroom([folder / f"s0{n}.json" for n in range(9)], verify=True)
    assert len(honest.games) == 9

    for n, (part, change) in enumerate(
        {
            "junctures": lambda game: msgspec.structs.replace(game, junctures=game.junctures[:0]),
            "disposition": lambda game: msgspec.structs.replace(game, disposition="closed.dismissed"),
            "docket": lambda game: msgspec.structs.replace(game, docket=game.docket[1:]),
        }.items()
    ):
        file = games.read_file(next(p for p in sorted(folder.glob("s*.json")) if json.loads(p.read_text())["game"]["junctures"]))
        path = tmp_path / f"{n}.json"
        games.write(path, change(file.game), file.sealed.digest, games.inputs_of(file, path))
        assert not courtsim.classroom([path]).left_out
        (left,) = courtsim.classroom([path], verify=True).left_out
        assert left[1].startswith(f"played again it has another {part}")


def test_a_seed_that_is_not_that_of_the_id_is_left_out(folder: Path, tmp_path: Path) -> None:
    file = games.read_file(folder / "s00.json")
    path = tmp_path / "lucky.json"
    games.write(path, msgspec.structs.replace(file.game, seed=1), file.sealed.digest, games.inputs_of(file, path))
    (left,) = courtsim.classroom([path]).left_out
    assert left[1].startswith("seed 1; expected")


def test_a_class_without_a_single_game_is_a_no(folder: Path) -> None:
    assert run(str(folder / "t-foreign.json")).exit_code == 1
