"""Nineteen generated procedures with an independent reading's answers (tests/conformance/README.md): engines agree with them."""

from __future__ import annotations

import json
import math
import statistics
from pathlib import Path
from typing import Any

import pytest

import courtsim
from courtsim.engines.run import Run

FOLDER = Path(__file__).parent / "conformance"
ALL = sorted(path.name[:2] for path in FOLDER.glob("*.expected.json"))
CASES = 4_000
BOUND = 4.5  # standard errors; some 150 comparisons stay below it with probability 0.999


def expected(number: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{number}.expected.json").read_text())


TIMED = [number for number in ALL if "simulate" in expected(number)]


def z_of_shares(a: float, n: int, b: float, m: int) -> float:
    """Two-sample z of two shares; infinite where they differ without any chance in them."""
    pooled = (a * n + b * m) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return (a - b) / error if error else (0.0 if a == b else math.inf)


def renamed(folder: Path, number: str) -> Path:
    """The same case with every step and state under another name."""
    procedure = json.loads((FOLDER / f"{number}.procedure.yaml").read_text())
    scenario = json.loads((FOLDER / f"{number}.yaml").read_text())

    def state(name: str) -> str:
        return ".".join(f"q{part}" for part in name.split("."))

    def condition(when: dict[str, Any]) -> dict[str, Any]:
        return {subject: asked(value) if subject in procedure["tracks"] else value for subject, value in when.items()}

    def asked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: asked(inner) for key, inner in value.items()}
        return [state(name) for name in value] if isinstance(value, list) else state(value)

    def option(found: dict[str, Any]) -> dict[str, Any]:
        moves = {t: state(to) if t in procedure["tracks"] else to for t, to in found.get("to", {}).items()}
        return found | ({"to": moves} if moves else {}) | conditions(found)

    def conditions(found: dict[str, Any]) -> dict[str, Any]:
        return {key: condition(found[key]) for key in ("when", "tolled_when") if key in found}

    def row(found: dict[str, Any]) -> dict[str, Any]:
        return found | conditions(found)

    for track in procedure["tracks"].values():
        track["start"] = state(track["start"])
        track["states"] = {state(name): found for name, found in track["states"].items()}
    procedure["steps"] = {
        f"z{name}": step | conditions(step) | {"options": {o: option(found) for o, found in step["options"].items()}}
        for name, step in procedure["steps"].items()
    }
    for key in ("choosers", "delays"):
        scenario[key] = {f"z{name}": found for name, found in scenario.get(key, {}).items()}
    for chooser in scenario["choosers"].values():
        if "rows" in chooser:
            chooser["rows"] = [row(found) for found in chooser["rows"]]
    (folder / f"{number}.procedure.yaml").write_text(json.dumps(procedure))
    path = folder / f"{number}.yaml"
    path.write_text(json.dumps(scenario))
    return path


def unnamed(name: str) -> str:
    """A renamed state or disposition by its first name."""
    return ".".join(part.removeprefix("q") for part in name.split("."))


def disagreements(run: Run, answers: dict[str, Any]) -> dict[str, float]:
    """The comparisons beyond the bound: disposition or `days` to its z."""
    simulated = answers["simulate"]
    shares = {unnamed(name): share.share for name, share in run.dispositions.items()}
    found = {
        name: z_of_shares(shares.get(name, 0.0), len(run), share, simulated["cases"])
        for name, share in simulated["dispositions"].items()
    }
    days = [float(outcome.measures["days"]) for outcome in run.outcomes]
    error = math.sqrt(statistics.variance(days) / len(run) + simulated["days"]["sd"] ** 2 / simulated["cases"])
    difference = statistics.mean(days) - simulated["days"]["mean"]
    found["days"] = difference / error if error else (0.0 if abs(difference) < 1e-3 else math.inf)
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-12)
    return {name: z for name, z in found.items() if abs(z) >= BOUND}


@pytest.mark.parametrize("number", TIMED)
def test_shares_and_days_agree(number: str) -> None:
    run = courtsim.simulate(courtsim.load(FOLDER / f"{number}.yaml"), cases=CASES, seed=1)

    assert disagreements(run, expected(number)) == {}


@pytest.mark.parametrize("number", TIMED)
def test_shares_and_days_agree_under_other_names(number: str, tmp_path: Path) -> None:
    run = courtsim.simulate(courtsim.load(renamed(tmp_path, number)), cases=CASES, seed=2)

    assert disagreements(run, expected(number)) == {}


@pytest.mark.parametrize("number", TIMED)
def test_central_timing_agrees_with_the_exact_answer(number: str) -> None:
    exact = expected(number)["solve"]
    run = courtsim.simulate(courtsim.load(FOLDER / f"{number}.yaml"), cases=CASES, seed=3, timing="central")

    wrong = {}
    for name, p in exact["dispositions"].items():
        error = math.sqrt(max(p * (1 - p), 1e-9) / CASES)
        z = (run.dispositions[name].share - p) / error
        if abs(z) >= BOUND:
            wrong[name] = z
    assert wrong == {}


@pytest.mark.parametrize("number", ALL)
def test_check_agrees_exactly(number: str) -> None:
    answers = expected(number)["check"]

    found = courtsim.check(courtsim.load(FOLDER / f"{number}.yaml"))

    assert found.finished
    assert list(found.unreachable_states) == answers["unreachable_states"]
    assert list(found.unreachable_options) == answers["unreachable_options"]
    assert sorted(end.state for end in found.dead_ends) == sorted(answers["dead_ends"])


@pytest.mark.parametrize("number", ALL)
def test_check_agrees_under_other_names(number: str, tmp_path: Path) -> None:
    answers = expected(number)["check"]

    found = courtsim.check(courtsim.load(renamed(tmp_path, number)))

    states = [name.partition(".") for name in found.unreachable_states]
    assert sorted(f"{track}.{unnamed(state)}" for track, _, state in states) == answers["unreachable_states"]
    assert sorted(name.removeprefix("z") for name in found.unreachable_options) == answers["unreachable_options"]
    assert sorted(unnamed(end.state) for end in found.dead_ends) == sorted(answers["dead_ends"])
