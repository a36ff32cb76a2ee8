"""A game in a terminal: answered, taken back, killed, resumed, finished; and what the commands say to wrong input."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import courtsim
from courtsim.cli.commands import cli
from courtsim.store import games, runs

pexpect = pytest.importorskip("pexpect")

ROOT = Path(__file__).parent.parent
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PROMPT = "\n> "


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=typed)


def terminal(folder: Path, *arguments: str) -> pexpect.spawn:
    """The program in a terminal of 80 columns."""
    if sys.platform == "win32":
        pytest.skip("pexpect needs a Unix terminal")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "COLUMNS": "80"}
    started = pexpect.spawn(
        sys.executable,
        ["-m", "courtsim", *arguments],
        cwd=str(folder),
        env=env,
        encoding="utf-8",
        timeout=60,
        dimensions=(40, 80),
    )
    started.setecho(False)
    return started


def said(started: pexpect.spawn, expected: str = PROMPT) -> str:
    """What is printed up to the next prompt."""
    started.expect_exact(expected)
    return ANSI.sub("", str(started.before)).replace("\r", "")


def test_a_game_is_undone_saved_killed_resumed_and_finished(tmp_path: Path) -> None:
    game = terminal(tmp_path, "play", "two-track", "--as", "defense", "--guess", "--out", "game.json")
    page = said(game)
    assert "Your choice: answer offer" in page and "1 accept: Plea accepted." in page
    assert max(len(line) for line in page.splitlines()) <= 80

    game.sendline("hint")
    assert "Worth most: accept." in said(game)
    game.sendline("2")
    assert "Your choice: move to suppress" in said(game)
    game.sendline("undo")
    assert "Your choice: answer offer" in said(game)
    game.sendline("reject")
    said(game)
    game.sendline("file")
    assert "The judge is about to decide: rule on suppression" in said(game)
    game.kill(signal.SIGKILL)  # at once, with an answer just given
    game.wait()

    kept = json.loads((tmp_path / "game.json").read_text())["game"]
    assert [move["type"] for move in kept["moves"]] == ["choose", "undo", "choose", "choose"] and not kept["finished"]

    again = terminal(tmp_path, "play", "--resume", "game.json")
    assert "The judge is about to decide: rule on suppression" in said(again)
    again.sendline("grant 30% the warrant named no minimization")
    assert "Your choice: continue trial" in said(again)
    again.sendline("save")
    assert "Kept as" in said(again)
    again.sendcontrol("c")
    assert "Saved. To go on: courtsim play --resume game.json" in said(again, pexpect.EOF)

    last = terminal(tmp_path, "play", "--resume", "last")
    said(last)
    last.sendline("continue")
    said(last)
    last.sendline("convict 0.2")
    said(last, "Why? ")
    last.sendline("little is left")
    ended = said(last, pexpect.EOF)

    assert "The case ended after 157 days: Acquitted." in ended
    assert "1. 2019-04-02 answer offer: you chose reject. accept was worth 3,200 dollars" in ended
    assert "Mean Brier score 0.265; the exact odds score 0.039" in ended
    choices = {"answer_offer": "reject", "move_to_suppress": "file", "continue_trial": "continue"}
    forced = courtsim.simulate("two-track", choosers=dict.fromkeys(choices, lambda moment: choices[moment.step]))
    docket = [event.says or event.name for event in forced.histories[0].events]
    assert [e.says or e.name for e in courtsim.docket(games.read("last")[0]).events] == docket


def test_answers_come_from_a_pipe_and_where_they_end_the_game_is_kept() -> None:
    left = run("play", "two-track", typed="reject\n")
    id = left.stdout.split()[-1]
    done = run("play", "--resume", id, "--answer", "file", "--answer", "1")

    assert left.exit_code == 0 and f"Saved. To go on: courtsim play --resume {id}" in left.stdout
    assert done.exit_code == 0 and "The case ended after 157 days: Acquitted." in done.stdout
    assert f"courtsim docket {id}" in done.stdout.replace("\n", " ")
    assert run("docket", id).exit_code == 0


def test_a_game_as_json_says_what_it_was_worth() -> None:
    found = run("play", "lesson-5-knowing-first", "--answer", "fight", "--answer", "1", "--json", "--seed", "7")
    game = json.loads(found.stdout)["game"]

    assert found.exit_code == 0 and "Your choice: decide now" in found.stderr
    assert game["finished"] and game["junctures"][0]["regret"] == pytest.approx(10)
    assert {road["option"]: road["value"] for road in game["junctures"][0]["roads"]} == pytest.approx(
        {"accept": -20, "fight": -30}
    )


def test_the_bench_rules_and_the_order_gives_reasons() -> None:
    found = run("play", "two-track", "--as", "bench", "--seed", "3", "--answer", "deny")

    assert found.exit_code == 0 and "You take the bench." in found.stdout
    assert "therefore: deny" in found.stdout
    assert "no values for the judge" in found.stdout.replace("\n", " ")


def test_a_bad_answer_is_explained_and_asked_again() -> None:
    typed = run(
        "play", "two-track", "--guess", typed="acept\n3\nhelp\nrules\nundo\nreject\nfile\nhint\ngrant\ngrant 130%\nmaybe 30%\n"
    ).stdout
    printed = " ".join(typed.split())

    assert "'acept' is no answer here; expected accept or reject, or help; did you mean 'accept'?" in printed
    assert "'3' is no answer here" in printed and "no choice to take back; expected a choice first" in printed
    assert "A guess comes first, without a hint." in printed
    for line in ("grant", "grant 130%", "maybe 30%"):
        assert f"{line!r} is no answer here; expected an outcome and a probability, as deny 30%" in printed


def test_a_broken_game_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    run("play", "two-track", "--out", str(path), typed="reject\n")
    whole = path.read_text()

    for content, wrong in (
        (whole[: len(whole) // 2], "no game: "),
        (whole.replace('"reject"', '"accept"'), "its content does not fit its seal"),
        ("{}", "no game: "),
    ):
        path.write_text(content)
        found = run("play", "--resume", str(path))
        assert found.exit_code == 2 and f"Error: {path}: {wrong}" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["two-track", "--as", "prosecutor"],
            "'prosecutor', who has nothing to choose in two-track; expected defense, judge, jury or bench",
        ),
        (["two-track", "--seed", "1", "--seed-from", "A"], "--seed or --seed-from, not both"),
        (["two-track", "--seed-from", " "], "--seed-from needs an ID"),
        ([], "name a SCENARIO (courtsim list), or --resume GAME"),
        (["--resume", "zzz"], "no game 'zzz'"),
        (["--resume", "gone.json"], "gone.json: it cannot be read"),
        (["two-track", "--resume", "last"], "--resume goes on with a game as it was begun"),
        (["two-trak"], "did you mean 'two-track'?"),
    ],
)
def test_wrong_input_gets_one_line(arguments: list[str], message: str) -> None:
    found = run("play", *arguments)
    assert found.exit_code == 2 and message in found.stderr and "Traceback" not in found.stderr


def test_a_file_that_exists_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "thesis.json"
    path.write_text("mine")
    found = run("play", "two-track", "--out", str(path), typed="")
    assert found.exit_code == 2 and "the file exists; expected another name, or --resume" in found.stderr
    assert path.read_text() == "mine"


def test_a_place_that_cannot_be_written_to_is_said_before_the_first_question(tmp_path: Path) -> None:
    found = run("play", "two-track", "--out", str(tmp_path / "no" / "game.json"), typed="1\n")
    assert found.exit_code == 3 and "cannot be written" in found.stderr and "Your choice" not in found.stdout


def test_a_game_that_goes_on_elsewhere_is_not_mixed_up() -> None:
    one = courtsim.play("two-track")
    other = courtsim.resume("last")
    other.choose("reject")
    with pytest.raises(runs.GoneOn, match="has gone on elsewhere: event 1 of it is stored already"):
        one.choose("accept")
    assert [type(move).__name__ for move in courtsim.resume(one.id).game.moves] == ["Choose"]


def test_an_id_gives_a_case_of_its_own_and_only_the_id_is_kept(tmp_path: Path) -> None:
    found = [courtsim.play("two-track", player=name, out=tmp_path / f"{name}.json") for name in ("A-17", "B-4")]
    kept = json.loads((tmp_path / "A-17.json").read_text())["game"]

    assert found[0].game.seed != found[1].game.seed
    assert (kept["player"], kept["seed"]) == ("A-17", found[0].game.seed)
    assert sorted(kept) == sorted([*KEPT])


KEPT = (
    *("scenario", "title", "procedure", "seat", "seed", "player", "guessing", "version", "moves", "docket"),
    *("finished", "disposition", "measures", "junctures", "guesses", "calibration"),
)


def test_the_file_needs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scenario's own file may be gone, and the store with it."""
    scenario = tmp_path / "mine.yaml"
    scenario.write_text((ROOT / "scenarios" / "two-track.yaml").read_text())
    courtsim.play(str(scenario), out=tmp_path / "game.json").choose("reject")
    scenario.unlink()
    monkeypatch.setenv("COURTSIM_STORE", str(tmp_path / "elsewhere.sqlite"))

    assert courtsim.resume(tmp_path / "game.json").page.step == "move_to_suppress"


def test_a_finished_game_is_shown_again_without_working_it_out_again(tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    first = run("play", "two-track", "--out", str(path), "--answer", "accept").stdout
    kept = path.read_bytes()

    again = run("play", "--resume", str(path)).stdout

    def ended(printed: str) -> list[str]:
        return [line for line in printed[printed.index("The case ended") :].splitlines() if "courtsim docket" not in line]

    assert ended(again) == ended(first) and path.read_bytes() == kept
    undone = courtsim.resume(path)
    undone.undo()
    assert undone.page.step == "answer_offer" and not json.loads(path.read_text())["game"]["finished"]
