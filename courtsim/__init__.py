"""courtsim: an event-sourced simulator of court proceedings.

`import courtsim` gives the verbs of the command line: `load`, `load_procedure`, `simulate`, `solve`, `branches`, `advise`,
`break_even`, `bargain`, `value_of_information`, `sensitivity`, `audit`, `what_if`, `compare`, `check`, `show`, `show_law`,
`explain`, `citations`, `new`, `save`, `docket`, `streams`, `graph`, `evidence`, `export`, `frame`; and `adviser`,
`following`, `measured` and `parameters` for analyses of one's own.
"""

from courtsim.verbs import SEED
from courtsim.verbs.answering import (
    advise,
    adviser,
    audit,
    bargain,
    branches,
    break_even,
    following,
    measured,
    parameters,
    sensitivity,
    solve,
    value_of_information,
)
from courtsim.verbs.checking import check
from courtsim.verbs.exporting import evidence, export, frame, graph, streams
from courtsim.verbs.reading import citations, explain, load, load_procedure, new, show, show_law
from courtsim.verbs.simulating import compare, simulate, what_if
from courtsim.verbs.stored import docket, save
from courtsim.version import __version__

__all__ = [
    "SEED",
    "__version__",
    "advise",
    "adviser",
    "audit",
    "bargain",
    "branches",
    "break_even",
    "check",
    "citations",
    "compare",
    "docket",
    "evidence",
    "explain",
    "export",
    "following",
    "frame",
    "graph",
    "load",
    "load_procedure",
    "measured",
    "new",
    "parameters",
    "save",
    "sensitivity",
    "show",
    "show_law",
    "simulate",
    "solve",
    "streams",
    "value_of_information",
    "what_if",
]
