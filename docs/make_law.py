"""Writes docs/law.md: every row of the table of the law, and where the procedure has it or why it does not.

python docs/make_law.py            # writes
python docs/make_law.py --check    # exit code 1 where the file is not what would be written
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DOCS = Path(__file__).parent
PROCEDURE = DOCS.parent / "courtsim" / "procedures" / "florida-county-misdemeanor.yaml"
HEAD = """# The law, row by row

Each row of the table of the law that the procedure `florida-county-misdemeanor` is written from (law as of 22 February 2019),
and the part of the procedure that has it with the rules cited there, or the reason why it is left out. Written by
`docs/make_law.py` from `docs/law-rows.yaml` and the procedure.

| row | where | rules |
|---|---|---|
"""
DOCTRINE = """
## Open doctrine

Each question of section (c) of the open questions: the switch that decides it, its default first, or why it is none.

| question | switch, or why none |
|---|---|
"""
TAIL = """
## What nothing reaches

`courtsim check florida-county-misdemeanor` finds no state and no option that nothing reaches, no dead end and no broken
invariant, under every switch, fact and offer.
"""


def rows() -> dict[str, Any]:
    """Row to the paths of the procedure that have it, or to `left_out` and why."""
    yaml = YAML(typ="rt")
    return {str(row): where for row, where in yaml.load((DOCS / "law-rows.yaml").read_text(encoding="utf-8")).items()}


def found(law: Any, path: str) -> Any:
    """What stands at a path of the procedure; the longest key that exists wins. Raises KeyError."""
    while path:
        key = max((k for k in law if path == k or path.startswith(f"{k}.")), key=len)
        law, path = law[key], path[len(key) + 1 :]
    return law


def rules(part: Any) -> Iterator[str]:
    """Every rule and authority that a part of the procedure cites."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("rule", "authority", "statute") and isinstance(value, str):
                yield value
            else:
                yield from rules(value)


def written() -> str:
    law = YAML(typ="safe").load(PROCEDURE.read_text(encoding="utf-8"))
    lines = []
    for row, where in rows().items():
        if isinstance(where, dict):
            lines.append(f"| {row} | left out: {where['left_out']} | |")
            continue
        cited = dict.fromkeys(rule for path in where for rule in rules(found(law, path)))
        lines.append(f"| {row} | {', '.join(f'`{path}`' for path in where)} | {'; '.join(cited)} |")
    return HEAD + "\n".join(lines) + "\n" + DOCTRINE + "\n".join(doctrine(law)) + "\n" + TAIL


def doctrine(law: Any) -> Iterator[str]:
    for question, where in YAML(typ="safe").load((DOCS / "law-doctrine.yaml").read_text(encoding="utf-8")).items():
        if "left_out" in where:
            yield f"| {question} | none: {where['left_out']} |"
            continue
        switch = law["switches"][where["switch"]]
        yield f"| {question} | `{where['switch']}: {' / '.join(switch['values'])}`. {switch['authority']} |"


if __name__ == "__main__":
    target = DOCS / "law.md"
    if "--check" in sys.argv:
        sys.exit(target.read_text(encoding="utf-8") != written())
    target.write_text(written(), encoding="utf-8")
