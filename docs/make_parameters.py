"""Writes docs/parameters.md: every published figure that informs a delay or odds, and where it is used or why not.

python docs/make_parameters.py            # writes; reads the table of figures in tests/law
python docs/make_parameters.py --check    # exit code 1 where the file is not what would be written
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DOCS = Path(__file__).parent
FIGURES = DOCS.parent / "tests" / "law" / "empirical-parameters.md"
HEAD = """# The figures, row by row

Each figure of `empirical-parameters.md` that informs a delay or odds: where the procedure `florida-county-misdemeanor` or a
scenario takes it, what it is compared with ([validation](validation.md)), or why it is unused. Written by
`docs/make_parameters.py` from `docs/parameter-rows.yaml`.

| figure | population | here |
|---|---|---|
"""


def figures() -> list[tuple[str, str]]:
    """The rows that inform a delay or odds, as (figure, population)."""
    found = []
    for line in FIGURES.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 6 and re.search("delay|odds|decay", cells[4]):
            found.append((cells[0], cells[2]))
    return found


def rows() -> list[dict[str, Any]]:
    return list(YAML(typ="safe").load((DOCS / "parameter-rows.yaml").read_text(encoding="utf-8")))


def said(row: dict[str, Any]) -> str:
    if "used" in row:
        return f"{', '.join(f'`{path}`' for path in row['used'])}: {row['how']}"
    if "taken" in row:
        return str(row["taken"])
    return f"compared: {row['validates']}" if "validates" in row else f"unused: {row['unused']}"


def written() -> str:
    lines = [f"| {figure} | {who} | {said(row)} |" for (figure, who), row in zip(figures(), rows(), strict=True)]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    target = DOCS / "parameters.md"
    if "--check" in sys.argv:
        sys.exit(target.read_text(encoding="utf-8") != written())
    target.write_text(written(), encoding="utf-8")
