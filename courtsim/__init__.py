"""courtsim: an event-sourced simulator of court proceedings.

`import courtsim` gives the verbs of the command line: `load`, `load_procedure`, `simulate`, `check`.
"""

from courtsim.verbs import SEED, check, load, load_procedure, simulate
from courtsim.version import __version__

__all__ = ["SEED", "__version__", "check", "load", "load_procedure", "simulate"]
