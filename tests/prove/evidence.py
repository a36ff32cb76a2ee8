"""What a proof found, in docs/evidence/NAME.json: by which command, at which commit, when, and of which sources of the core."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

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
