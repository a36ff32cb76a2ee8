"""What a person waits for at the shell: `python benchmarks/bench_shell.py`. Medians of whole processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 9
AIMS = {
    ("--help",): 0.25,
    ("run", "two-track"): 0.6,
}


def seconds(arguments: tuple[str, ...], store: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "courtsim", *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"COURTSIM_STORE": store},
    )
    return time.perf_counter() - started


def main() -> int:
    late = False
    with tempfile.TemporaryDirectory() as folder:
        for arguments, aim in AIMS.items():
            store = os.path.join(folder, "courtsim.sqlite")
            median = statistics.median(seconds(arguments, store) for _ in range(ROUNDS))
            late = late or median > aim
            print(f"courtsim {' '.join(arguments)}: {median:.2f} s (aim {aim} s)")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
