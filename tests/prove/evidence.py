"""What a proof found, in docs/evidence/NAME.json: by which command, at which commit, when, and of which sources of the core.

python -m tests.prove.evidence      # writes docs/evidence/index.md, the table of all of them, as every proof does at its end
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CORE = ROOT / "courtsim" / "case"
EVIDENCE = ROOT / "docs" / "evidence"


def core() -> str:
    """A digest of the sources of the core: evidence is of these and of no others."""
    found = blake2b(digest_size=16)
    for path in sorted(CORE.rglob("*.py")):
        found.update(path.relative_to(CORE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def write(name: str, command: str, result: Mapping[str, object]) -> None:
    """Keeps a result. `commit` is that of the sources it was found with; `changed` says that they had been changed since."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    found = {
        "command": command,
        "commit": git("rev-parse", "HEAD"),
        "changed": bool(git("status", "--porcelain", "courtsim")),
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "core": core(),
        "result": result,
    }
    EVIDENCE.mkdir(exist_ok=True)
    (EVIDENCE / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (EVIDENCE / "index.md").write_text(index(), encoding="utf-8")


SHOWN = {  # file to what it shows
    "courts-calibrated.json": "published courts, calibrated on one of their columns",
    "courts-compared.json": "published courts, as calibrated, against what they were not calibrated on",
    "coverage-core.json": "lines and branches of `courtsim/case` that the core's own tests run",
    "coverage-package.json": "lines and branches of the package that the tests run",
    "engines.json": "generated courts: sampled against exact, replayed from a store, nothing that `check` had not found",
    "fuzz.json": "hostile bytes for everything that reads bytes",
    "kills.md": "recordings killed at random moments, and resumed",
    "machine.json": "every option of the Florida court, before and after July 2025, taken by `LawfulMachine`",
    "mutation.json": "mutants of `courtsim/case` that its tests notice",
    "mutation.md": "the same as a page: every mutant that lives, and why",
    "queues.json": "many cases and one judge, against the theory of queues",
    "report.md": "a report in a browser: console, network, axe",
    "road-traffic.json": "the road-traffic samples of pm4py against `traffic-fine-italy`",
    "seeds.json": "the properties of the core under random Hypothesis seeds",
    "solve.md": "every shipped scenario and variant, sampled against exact",
}


MADE_BY = {
    "courts-calibrated.json": "python docs/make_calibration.py",
    "courts-compared.json": "python docs/make_comparison.py",
    "mutation.md": "python -m tests.prove.mutation",
}


def index() -> str:
    """All evidence as a table: what it shows, its numbers, and how to make it again."""
    lines = [
        "# Evidence",
        "",
        "What `make prove` found when it last ran, written by each proof at its end. The test suite fails where `courtsim/case` has changed",
        "since a proof that rests on it; a number below its aim stands here as it is.",
        "",
        "| evidence | shows | numbers | by | at |",
        "|---|---|---|---|---|",
    ]
    for path in sorted(EVIDENCE.iterdir()):
        if path.name == "index.md":
            continue
        shows = SHOWN.get(path.name, path.stem)
        found = json.loads(path.read_text(encoding="utf-8")) if path.suffix == ".json" else {}
        command = f"`{found.get('command') or MADE_BY.get(path.name, 'make prove')}`"
        at = f"{found.get('date', '')[:10]} {found.get('commit', '')[:7]}".strip() if found else ""
        lines.append(f"| [{path.stem}]({path.name}) | {shows} | {_numbers(found)} | {command} | {at} |")
    return "\n".join(lines) + "\n"


def _numbers(found: Mapping[str, Any]) -> str:
    """The plain numbers of a result, with the names that they have in the file."""
    plain = dict(found.get("result", {}))
    for name, log in found.get("logs", {}).items():
        plain[name] = f"{log['conforming']} of {log['cases']}"
    said = [f"{name.replace('_', ' ')} {value}" for name, value in plain.items() if isinstance(value, int | float | str)]
    return ", ".join(said)


if __name__ == "__main__":
    (EVIDENCE / "index.md").write_text(index(), encoding="utf-8")
