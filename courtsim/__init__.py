"""courtsim: an event-sourced simulator of court proceedings.

`import courtsim` gives the verbs of the command line: `load`, `load_procedure`, `simulate`, `sample`, `solve`, `advise`,
`break_even`, `value_of_information`, `sensitivity`, `audit`, `what_if`, `compare`, `check`, `show`, `show_law`, `explain`,
`citations`, `new`, `save`, `docket`, `streams`, `graph`, `evidence`, `export`, `frame`, `play`,
`resume`, `classroom`; and `adviser`, `measured` and `parameters` for analyses of one's own.
"""

from courtsim.verbs import SEED
from courtsim.verbs.answering import (
    advise,
    adviser,
    audit,
    break_even,
    measured,
    parameters,
    sensitivity,
    solve,
    value_of_information,
)
from courtsim.verbs.checking import check
from courtsim.verbs.exporting import evidence, export, frame, graph, streams
from courtsim.verbs.playing import classroom, play, resume
from courtsim.verbs.reading import citations, explain, load, load_procedure, new, show, show_law
from courtsim.verbs.simulating import compare, sample, simulate, what_if
from courtsim.verbs.stored import docket, save
from courtsim.version import __version__

__all__ = [
    "SEED",
    "__version__",
    "advise",
    "adviser",
    "audit",
    "break_even",
    "check",
    "citations",
    "classroom",
    "compare",
    "docket",
    "evidence",
    "explain",
    "export",
    "frame",
    "graph",
    "load",
    "load_procedure",
    "measured",
    "new",
    "parameters",
    "play",
    "resume",
    "sample",
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
