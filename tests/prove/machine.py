"""The state machine over the Florida court: every option that weighted walks of it come to is taken (`make prove`).

python -m tests.prove.machine [EXAMPLES]      # of each of four rounds, 100 if left out; writes docs/evidence/machine.json

The court is too large for `check` to list, so what is reachable is what `courtsim.testing` finds a way to.
"""

from __future__ import annotations

import sys

from hypothesis import Phase, settings

import courtsim
from courtsim.testing import LawfulMachine, run_law_machine
from courtsim.testing.machine import usual_settings
from courtsim.testing.reading import reading_of
from tests.prove.evidence import write

LAWS = ("florida-county-misdemeanor", "florida-county-misdemeanor-2025")


def main(examples: int) -> None:
    found = {}
    for name in LAWS:

        class Court(LawfulMachine):
            law = courtsim.load_procedure(name)

        asked = settings(usual_settings(), max_examples=examples, phases=[Phase.generate])
        taken = run_law_machine(Court, asked)
        found[name] = {"options": len(reading_of(Court.law).found.ways), "taken": len(taken), "events": sum(taken.values())}
        sys.stdout.write(f"{name}: {found[name]}\n")
    write("machine", f"python -m tests.prove.machine {examples}", {"laws": found})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
