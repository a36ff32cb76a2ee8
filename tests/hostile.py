"""Bytes that nobody meant well, given to everything that reads bytes: what each target does with them, and what it may do.

`tests/prove/fuzz.py` makes such bytes by the hundred thousand; `tests/test_corpus.py` gives again those that once did harm.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

import courtsim
from courtsim.case.events import decode
from courtsim.errors import CourtsimError, Where, WrongInput
from courtsim.files.arrivals import dates_of
from courtsim.files.load import combined, load_any, load_inputs, load_procedure
from courtsim.files.sweeps import read_sweep
from courtsim.files.yaml import Node
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario
from courtsim.store import games

ROOT = Path(__file__).parent.parent
BASE = ROOT / "tests" / "wrong" / "base"
FOLDER = Path(tempfile.mkdtemp(prefix="hostile-"))

Target = Callable[[bytes], object]


def scenario(given: bytes) -> object:
    return courtsim.load(_written("case.yaml", given))


def procedure(given: bytes) -> object:
    return load_procedure(_written("mine.yaml", given))


def setting(given: bytes) -> object:
    """`--set` over the smallest scenario."""
    return courtsim.load(BASE / "small.yaml", sets=[given.decode("utf-8", "replace")])


def path_of_setting(given: bytes) -> object:
    """`--set` as far as the trees go: much faster, the reader is the one of `scenario`."""
    return combined(BASE / "small.yaml", sets=[given.decode("utf-8", "replace")])


def event(given: bytes) -> object:
    return decode(given)


def game(given: bytes) -> object:
    """Read as it is; and with a seal that fits, to come further."""
    path = _written("game.json", given)
    try:
        return games.read_file(path)
    except CourtsimError:
        try:
            sealed = msgspec.json.decode(given, type=games.GameFile)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise WrongInput(None, "no game") from None
        _written("game.json", msgspec.json.encode(replace(sealed, seal=games._seal(sealed.game, sealed.sealed))))
        return load_inputs(games.inputs_of(games.read_file(path), path))


def log_csv(given: bytes) -> object:
    """`conform LOG`, read and retraced; packed where it begins as gzip does."""
    return courtsim.conform(_written("log.csv.gz" if given[:2] == b"\x1f\x8b" else "log.csv", given), _of_logs("two-track"))


def log_xes(given: bytes) -> object:
    return courtsim.conform(
        _written("log.xes.gz" if given[:2] == b"\x1f\x8b" else "log.xes", given), _of_logs("traffic-fine-italy")
    )


@cache
def _of_logs(name: str) -> Scenario | Procedure:
    return load_any(name)


def sweep(given: bytes) -> object:
    """Read, and the scenario of its first point."""
    found = read_sweep(_written("sweep.yaml", given))
    return found.at(0), found.digest


def arrivals(given: bytes) -> object:
    """The dates on which the cases of a caseload were filed."""
    path = _written("arrivals.csv", given)
    return dates_of(Node(path.name, Where(str(FOLDER / "case.yaml"), 1, 1)), dt.date(2019, 2, 22))


READ = (scenario, procedure, setting, path_of_setting, event, game, log_csv, log_xes, sweep, arrivals)
TARGETS: dict[str, Target] = {found.__name__: found for found in READ}


def given_to(target: str, content: bytes) -> bool:
    """Whether the target took it; what it refuses, it refuses with a message. Any other exception is a fault of ours."""
    with contextlib.suppress(CourtsimError):
        TARGETS[target](content)
        return True
    return False


def _written(name: str, given: bytes) -> Path:
    for beside in ("small-law.yaml", "law.yaml", "small.yaml"):
        if not (FOLDER / beside).exists():
            (FOLDER / beside).write_bytes((BASE / beside).read_bytes())
    (FOLDER / name).write_bytes(given)
    return FOLDER / name
