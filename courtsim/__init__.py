"""courtsim: an event-sourced simulator of court proceedings.

`import courtsim` gives the verbs of the command line: `load`, `load_procedure`, `simulate`, `check`, `save`, `docket`.
"""

from courtsim.verbs import SEED, check, docket, load, load_procedure, save, simulate
from courtsim.version import __version__

__all__ = ["SEED", "__version__", "check", "docket", "load", "load_procedure", "save", "simulate"]
