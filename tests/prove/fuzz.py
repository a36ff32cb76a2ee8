"""Hostile inputs by atheris for everything that reads bytes: no traceback, none slower than 2 s, under 500 MB (`make prove`).

python -m tests.prove.fuzz [SECONDS]      # for each target, 60 if left out; writes docs/evidence/fuzz.json

atheris (extra `prove`) mutates what is shipped, guided by the branches of the readers. Each target runs in a process of its own, since
libFuzzer ends the process it ran in. What it finds goes into tests/corpus/TARGET/, which tests/test_corpus.py gives again.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.prove.evidence import ROOT, write

TARGETS = ("scenario", "procedure", "setting", "path_of_setting", "event", "game")  # of tests/hostile.py, instrumented when read
BASE = ROOT / "tests" / "wrong" / "base"

SLOWEST = 2  # seconds of processor time for one input, with atheris counting branches
MOST_MEMORY = 500  # MB
LONGEST = {"event": 2_000, "setting": 300, "path_of_setting": 300}  # bytes
CORPUS = ROOT / "tests" / "corpus"


def seeds(target: str, folder: Path) -> None:
    """What is well formed, to begin with."""
    match target:
        case "scenario" | "procedure":
            kind = ["small.yaml", "case.yaml"] if target == "scenario" else ["small-law.yaml"]
            found = [(BASE / name).read_bytes() for name in kind]
            found += [path.read_bytes() for path in sorted((ROOT / "tests" / "wrong").glob("small*.yaml"))][:20]
        case "setting" | "path_of_setting":
            found = [b"conviction.p=0.4", b"delays.move={fixed: 10}", b"facts={a: [1, {b: *c}]}", b"offers.standard.terms=null"]
        case "event":
            stored = (ROOT / "tests" / "golden" / "events").iterdir()
            found = [line for path in sorted(stored) for line in path.read_bytes().splitlines()]
        case _:
            found = [_game()]
    for n, content in enumerate(found):
        (folder / f"{n:02d}").write_bytes(content)


def _game() -> bytes:
    """The file of a game that was played to its end."""
    from click.testing import CliRunner

    from courtsim.cli.commands import cli

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "game.json"
        line = ["play", "lesson-1-shadow-of-trial", "--as", "defense", "--out", str(out)]
        CliRunner().invoke(cli, line, input="1\n" * 9, env={"COURTSIM_STORE": f"{folder}/store.sqlite"})
        return out.read_bytes()


def fuzz(target: str, seconds: int) -> None:
    """In its own process: reads with this target until the time is over."""
    import atheris

    with atheris.instrument_imports(include=["courtsim"]):
        from tests.hostile import given_to

    def one(content: bytes) -> None:
        begun = time.process_time()  # libFuzzer's own limit is by the clock, which on a busy machine is that of others too
        given_to(target, content)
        if time.process_time() - begun > SLOWEST:
            raise TimeoutError(f"{time.process_time() - begun:.1f} s of processor time")

    with tempfile.TemporaryDirectory() as folder:
        seeds(target, Path(folder))
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        atheris.Setup(
            [
                "fuzz",
                folder,
                f"-max_total_time={seconds}",
                "-timeout=60",
                f"-rss_limit_mb={MOST_MEMORY}",
                f"-artifact_prefix={CORPUS / target}/",
                f"-max_len={LONGEST.get(target, 20_000)}",
                "-print_final_stats=1",
                "-seed=8",
            ],
            one,
        )
        atheris.Fuzz()


def main(seconds: int) -> int:
    rows, harmed = {}, 0
    for target in TARGETS:
        begun = [sys.executable, "-m", "tests.prove.fuzz", str(seconds), target]
        ran = subprocess.run(begun, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
        stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", ran.stderr))
        fault = re.search(r"=== Uncaught Python exception: ===\n(.*)|ERROR: libFuzzer: (\S+.*)", ran.stderr)
        rows[target] = {
            "inputs": int(stats.get("number_of_executed_units", 0)),
            "slowest_s": int(stats.get("slowest_unit_time_sec", 0)),
            "peak_mb": int(stats.get("peak_rss_mb", 0)),
            "exit_code": ran.returncode,
            "found": (fault[1] or fault[2]).strip() if fault else None,
        }
        harmed += ran.returncode != 0
        sys.stdout.write(f"{target}: {rows[target]}\n")
        if ran.returncode and not stats:
            sys.stdout.write(ran.stderr[-2000:] + "\n")
    total = sum(int(str(row["inputs"])) for row in rows.values())
    write("fuzz", f"python -m tests.prove.fuzz {seconds}", {"inputs": total, "aim": 1_000_000, "targets": rows})
    return 1 if harmed else 0


if __name__ == "__main__":
    allowed = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    if len(sys.argv) > 2:
        fuzz(sys.argv[2], allowed)
    else:
        sys.exit(main(allowed))
