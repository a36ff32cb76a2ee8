"""Property tests for procedures and scenarios: strategies for Hypothesis, a ready state machine, ways to follow.

Needs the extra `testing`: pip install 'courtsim[testing]'. Everything generated goes through the file format, so a failure
prints it as YAML; what led to it is printed as a call of `follow`, ready to paste.
"""

from courtsim.errors import NotAvailable

try:
    import hypothesis as _hypothesis
except ImportError as fault:
    raise NotAvailable("courtsim.testing needs Hypothesis: pip install 'courtsim[testing]'") from fault

from courtsim.testing.following import Course, assert_lawful, follow, way
from courtsim.testing.machine import LawfulMachine, run_law_machine
from courtsim.testing.strategies import (
    commands,
    conditions,
    delays,
    histories,
    lawful_commands,
    procedures,
    scenarios,
    streams,
    unlawful_commands,
    ways,
)
from courtsim.testing.written import WrittenProcedure, WrittenScenario, written_procedure, written_scenario

del _hypothesis

__all__ = [
    "Course",
    "LawfulMachine",
    "WrittenProcedure",
    "WrittenScenario",
    "assert_lawful",
    "commands",
    "conditions",
    "delays",
    "follow",
    "histories",
    "lawful_commands",
    "procedures",
    "run_law_machine",
    "scenarios",
    "streams",
    "unlawful_commands",
    "way",
    "ways",
    "written_procedure",
    "written_scenario",
]
