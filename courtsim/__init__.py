"""courtsim: an event-sourced simulator of court proceedings.

`import courtsim` gives the verbs of the command line: `load`, `load_procedure`, `simulate`, `solve`, `advise`, `what_if`, `compare`,
`check`, `show`, `show_law`, `explain`, `citations`, `new`, `save`, `docket`.
"""

from courtsim.verbs import (
    SEED,
    advise,
    adviser,
    break_even,
    check,
    citations,
    compare,
    docket,
    explain,
    load,
    load_procedure,
    new,
    save,
    show,
    show_law,
    simulate,
    solve,
    value_of_information,
    what_if,
)
from courtsim.version import __version__

__all__ = [
    "SEED",
    "__version__",
    "advise",
    "adviser",
    "break_even",
    "check",
    "citations",
    "compare",
    "docket",
    "explain",
    "load",
    "load_procedure",
    "new",
    "save",
    "show",
    "show_law",
    "simulate",
    "solve",
    "value_of_information",
    "what_if",
]
