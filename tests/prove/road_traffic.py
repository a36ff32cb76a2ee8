"""The road-traffic samples of pm4py's source distribution against `traffic-fine-italy` (`make prove`).

Writes docs/evidence/road-traffic.json. pm4py is under the AGPL, so its files are not kept here: COURTSIM_PM4PY names the source
distribution of pm4py 2.2.32, as a folder or a .tar.gz; without it nothing is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import courtsim
from tests.test_conform import sample

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "evidence" / "road-traffic.json"
COMMAND = "COURTSIM_PM4PY=pm4py-2.2.32.tar.gz python -m tests.prove.road_traffic"
FILES = ("12_roadtraffic_1t_per_variant.xes.gz", "roadtraffic100traces.xes")


def measured(path: Path) -> dict[str, Any]:
    found = courtsim.conform(path, "traffic-fine-italy")
    faults = Counter((d.fault.event, d.fault.kind) for d in found.dockets if d.fault is not None)
    rows = [
        {"event": event, "kind": kind, "cases": n} for (event, kind), n in sorted(faults.items(), key=lambda x: (-x[1], x[0]))
    ]
    return {"cases": len(found.dockets), "conforming": found.conforming, "first_faults": rows}


def main() -> int:
    paths = {name: next(sample(name), None) for name in FILES}
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        sys.stdout.write(f"not measured: COURTSIM_PM4PY names no source distribution of pm4py with {' and '.join(missing)}\n")
        return 0
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    logs = {name: measured(path) for name, path in paths.items() if path is not None}
    PAGE.write_text(json.dumps({"commit": commit, "command": COMMAND, "logs": logs}, indent=1) + "\n")
    sys.stdout.write(
        f"{PAGE.relative_to(ROOT)}: "
        + "; ".join(f"{name} {log['conforming']} of {log['cases']}" for name, log in logs.items())
        + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
