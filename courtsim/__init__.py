"""courtsim: an event-sourced simulator of court proceedings.

`import courtsim` gives the verbs of the command line and what they are made of: `citations`, `explain`, `load`,
`load_procedure`, `new`, `show`, `show_law`, `compare`, `engine_for`, `sample`, `simulate`, `sweep`, `what_if`, `why`,
`advise`, `adviser`, `audit`, `bargain`, `branches`, `break_even`, `following`, `measured`, `parameters`, `sensitivity`,
`solve`, `value_of_information`, `check`, `conform`, `misgivings`, `reform`, `delete_run`, `docket`, `follow`, `record`,
`resume_run`, `save`, `stored_at`, `stored_run`, `stored_runs`, `verify_run`, `caseload`, `rank`, `deterrence`, `evidence`,
`export`, `frame`, `graph`, `streams`, `diff`, `fork`, `forks`, `classroom`, `play`, `resume`, `report`, `write_report`,
`Exercise`, `coverage`, `exercise`, `expectations`, `painted`, `paths`.
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
from courtsim.verbs.caseload import caseload, rank
from courtsim.verbs.checking import check, conform, misgivings, reform
from courtsim.verbs.deterrence import deterrence
from courtsim.verbs.exporting import evidence, export, frame, graph, streams
from courtsim.verbs.forking import diff, fork, forks
from courtsim.verbs.playing import classroom, play, resume
from courtsim.verbs.reading import citations, explain, load, load_procedure, new, show, show_law
from courtsim.verbs.reporting import report, write_report
from courtsim.verbs.simulating import compare, engine_for, sample, simulate, sweep, what_if, why
from courtsim.verbs.stored import (
    delete_run,
    docket,
    follow,
    record,
    resume_run,
    save,
    stored_at,
    stored_run,
    stored_runs,
    verify_run,
)
from courtsim.verbs.testing import Exercise, coverage, exercise, expectations, painted, paths
from courtsim.version import __version__

__all__ = [
    "SEED",
    "Exercise",
    "__version__",
    "advise",
    "adviser",
    "audit",
    "bargain",
    "branches",
    "break_even",
    "caseload",
    "check",
    "citations",
    "classroom",
    "compare",
    "conform",
    "coverage",
    "delete_run",
    "deterrence",
    "diff",
    "docket",
    "engine_for",
    "evidence",
    "exercise",
    "expectations",
    "explain",
    "export",
    "follow",
    "following",
    "fork",
    "forks",
    "frame",
    "graph",
    "load",
    "load_procedure",
    "measured",
    "misgivings",
    "new",
    "painted",
    "parameters",
    "paths",
    "play",
    "rank",
    "record",
    "reform",
    "report",
    "resume",
    "resume_run",
    "sample",
    "save",
    "sensitivity",
    "show",
    "show_law",
    "simulate",
    "solve",
    "stored_at",
    "stored_run",
    "stored_runs",
    "streams",
    "sweep",
    "value_of_information",
    "verify_run",
    "what_if",
    "why",
    "write_report",
]
