"""Hostile inputs by atheris for everything that reads bytes: no traceback, none slower than 2 s, under 500 MB (`make prove`).

python -m tests.prove.fuzz [INPUTS]      # in all, 1,000,000 if left out, shared as SHARES says; writes docs/evidence/fuzz.json

atheris (extra `prove`) changes what is well formed, guided by the branches of the readers: byte by byte, and as `slips` does. Each
target runs in a process of its own, since libFuzzer ends the process it ran in. What it finds goes into tests/corpus/TARGET/, which
tests/test_corpus.py gives again; the search goes on, each place of a fault counts once.
"""

from __future__ import annotations

import gzip
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from functools import cache
from hashlib import blake2b
from pathlib import Path

from tests.prove.evidence import ROOT, write

BASE = ROOT / "tests" / "wrong" / "base"
CORPUS = ROOT / "tests" / "corpus"

SLOWEST = 2  # seconds of processor time for one input, with atheris counting branches
MOST_MEMORY = 500  # MB

# Of tests/hostile.py, instrumented when read: of a million inputs so many; and how long one may be, in bytes. What loads a whole
# scenario takes some hundred times what an event takes, but 20,000 of each are always among them.
SHARES = {
    "scenario": (20_000, 8_000),
    "procedure": (20_000, 8_000),
    "setting": (20_000, 300),
    "path_of_setting": (20_000, 300),
    "sweep": (20_000, 2_000),
    "game": (40_000, 20_000),
    "log_csv": (30_000, 4_000),
    "log_xes": (40_000, 8_000),
    "arrivals": (290_000, 2_000),
    "event": (500_000, 4_000),
}
FAULT = "FAULT OF OURS: "


def seeds(target: str) -> list[bytes]:
    """What is well formed, to begin with, or nearly."""
    match target:
        case "scenario" | "procedure":
            kinds = ["small.yaml", "case.yaml", "docket.yaml"] if target == "scenario" else ["small-law.yaml", "law.yaml"]
            found = [_without_remarks((BASE / name).read_bytes()) for name in kinds]
            wrong = "small--*.yaml" if target == "scenario" else "small-law--*.yaml"
            return found + [_without_remarks(path.read_bytes()) for path in sorted((ROOT / "tests" / "wrong").glob(wrong))]
        case "setting" | "path_of_setting":
            return [
                *(
                    b"conviction.p=0.4",
                    b"delays.judge_case={fixed: 10}",
                    b"facts={priors: 1, local: true}",
                    b"offers.early.terms=null",
                ),
                *(b"charges.0.counts=2", b"findings.scope.inside=0.3", b"choosers.rule_on.rows.1.else.odds.grant=0.7"),
                *(b"values.defense.day_in={motion.filed: -1}", b"starts=2019-03-01", b"procedure=small-law.yaml"),
                *(b"sentencing.verdict.0={jail_days: 12}", b"evidence.letter.from=[house, car]", b"calendar={base: US-FL}"),
            ]
        case "event":
            stored = (ROOT / "tests" / "golden" / "events").iterdir()
            return [line for path in sorted(stored) for line in path.read_bytes().splitlines()]
        case "log_csv" | "log_xes":
            log = _log(target[-3:])
            return [log, gzip.compress(log)]
        case "sweep":
            return [
                b"scenario: small.yaml\ncases: 300\nseed: 5\nrows: points\nover:\n  conviction.p: {from: 0.2, to: 0.8, points: 3}\n"
                b"  findings.scope.inside: [true, false]\n",
                b"scenario: two-track\nvariant: minimized-warrant\nrows: cases\nover: {conviction.p: [0.1, 1], starts: [2019-03-01]}\n",
            ]
        case "arrivals":
            return [b"2019-02-22\n2019-03-01\n2019-03-01\n", b"\xef\xbb\xbf2020-02-29\r\n\r\n2019-12-31\r\n"]
        case _:
            return [_game()]


def _without_remarks(text: bytes) -> bytes:
    return re.sub(rb"(?m) *#.*$\n?", lambda at: b"\n" if at[0].endswith(b"\n") else b"", text)


def _log(kind: str) -> bytes:
    """Three cases as `export` writes them."""
    import io

    import courtsim
    from courtsim.reports.export import EXPORTS, Log

    out = io.BytesIO()
    scenario = courtsim.load("two-track" if kind == "csv" else "traffic-fine")
    EXPORTS[kind](Log("run", 1, scenario, [case.events for case in courtsim.simulate(scenario, cases=3).histories]), out)
    return out.getvalue().replace(b"><", b">\n<")


def _game() -> bytes:
    """The file of a game that was played to its end."""
    from click.testing import CliRunner

    from courtsim.cli.commands import cli

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "game.json"
        line = ["play", "lesson-1-shadow-of-trial", "--as", "defense", "--out", str(out)]
        CliRunner().invoke(cli, line, input="1\n" * 9, env={"COURTSIM_STORE": f"{folder}/store.sqlite"})
        return out.read_bytes()


class Watch:
    """Gives so many inputs to a target and keeps those that did harm."""

    def __init__(self, target: str, most: int) -> None:
        from tests.hostile import given_to

        self.target, self.given_to = target, given_to
        self.most = most
        self.inputs, self.taken, self.slowest = 0, 0, 0.0
        self.places: set[str] = set()

    def one(self, content: bytes) -> None:
        self.inputs += 1
        begun = time.process_time()  # libFuzzer's own limit is by the clock, which on a busy machine is that of others too
        try:
            self.taken += self.given_to(self.target, content)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is what we look for
            at = traceback.extract_tb(fault.__traceback__)[-1]
            self.keep(content, f"{type(fault).__name__} in {Path(at.filename).name}:{at.lineno}: {str(fault)[:200]!r}")
        took = time.process_time() - begun
        if took > SLOWEST:
            self.keep(content, f"slower than {SLOWEST} s")
        self.slowest = max(self.slowest, took)
        if self.inputs == self.most:  # nothing of Python's is called when libFuzzer ends
            sys.stderr.write(f"stat::taken: {self.taken}\nstat::slowest_ms: {round(self.slowest * 1000)}\n")
            sys.stderr.flush()

    def keep(self, content: bytes, what: str) -> None:
        place = what.partition(": ")[0]
        if place not in self.places:
            self.places.add(place)
            name = f"found-{blake2b(content, digest_size=6).hexdigest()}"
            (CORPUS / self.target / name).write_bytes(content)
            sys.stderr.write(f"{FAULT}{what} ({name})\n")


def fuzz(target: str, inputs: int) -> None:
    """In its own process: reads with this target so many inputs."""
    import atheris

    with atheris.instrument_imports(include=["courtsim"]):
        watch = Watch(target, inputs)
    from tests.prove.slips import Slips

    _read_once()
    begin = seeds(target)
    slips = Slips(begin, [text for text in begin if watch.given_to(target, text)])

    def changed(content: bytes, most: int, seed: int) -> bytes:
        """Three of four as people slip, the others byte by byte."""
        chance = random.Random(seed)
        return slips.change(content, most, chance) if chance.random() < 0.75 else bytes(atheris.Mutate(content, most))

    with tempfile.TemporaryDirectory() as folder:
        for n, content in enumerate(begin):
            (Path(folder) / f"{n:02d}").write_bytes(content)
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        options = [f"-runs={inputs}", "-timeout=120", f"-rss_limit_mb={MOST_MEMORY}", f"-artifact_prefix={CORPUS / target}/"]
        options += [f"-max_len={SHARES[target][1]}", "-len_control=0", "-print_final_stats=1", "-seed=8"]
        atheris.Setup(["fuzz", folder, *options], watch.one, custom_mutator=changed)
        atheris.Fuzz()


def _read_once() -> None:
    """What stands beside the file in question does not change: half of the time would go into reading it again."""
    from courtsim.files import load
    from courtsim.files.yaml import Node

    read, known = load.read, dict[Path, Node]()

    def read_once(path: Path, shown: str | None = None) -> Node:
        if path.name not in ("small.yaml", "small-law.yaml", "law.yaml"):
            return read(path, shown)
        if path not in known:
            known[path] = read(path, shown)
        return known[path]

    load.read = read_once
    load.list_shipped = cache(load.list_shipped)  # looked through for the nearest name


def main(inputs: int) -> int:
    rows, harmed = {}, 0
    whole = sum(share for share, _ in SHARES.values())
    for target, (share, _) in SHARES.items():
        begun = [sys.executable, "-m", "tests.prove.fuzz", str(-(-inputs * share // whole)), target]
        ran = subprocess.run(begun, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
        stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", ran.stderr))
        found = re.findall(rf"{FAULT}(.*)|ERROR: libFuzzer: (\S+.*)", ran.stderr)
        rows[target] = {
            "inputs": int(stats.get("number_of_executed_units", 0)),
            "taken": int(stats.get("taken", 0)),
            "slowest_s": int(stats.get("slowest_ms", 0)) / 1000,
            "peak_mb": int(stats.get("peak_rss_mb", 0)),
            "exit_code": ran.returncode,
            "found": [" ".join(each) for each in found],
        }
        harmed += ran.returncode != 0 or bool(found)
        sys.stdout.write(f"{target}: {rows[target]}\n")
        sys.stdout.flush()
        if ran.returncode:
            sys.stdout.write(ran.stderr[-2000:] + "\n")
    total = sum(int(str(row["inputs"])) for row in rows.values())
    write("fuzz", f"python -m tests.prove.fuzz {inputs}", {"inputs": total, "aim": 1_000_000, "targets": rows})
    return 1 if harmed else 0


if __name__ == "__main__":
    allowed = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    if len(sys.argv) > 2:
        fuzz(sys.argv[2], allowed)
    else:
        sys.exit(main(allowed))
