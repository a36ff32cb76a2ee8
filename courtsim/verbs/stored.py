"""Verbs over the event store: save, docket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from courtsim.case.events import Event
    from courtsim.engines.run import Run
    from courtsim.engines.sample import Sampled
    from courtsim.scenario.facts import Scenario


def save(run: Run | Sampled, *, record: bool = False) -> None:
    """Keeps a run in the store: its full inputs and the events of one case, or with *record* of all.

    Raises:
        StoreFailed: the store cannot be used.
    """
    from courtsim.store.runs import Manifest
    from courtsim.store.runs import save as keep
    from courtsim.version import __version__

    recorded = len(run) if record or len(run) == 1 else 0
    scenario = run.scenario
    manifest = Manifest(
        run=run.id,
        scenario=scenario.name,
        procedure=scenario.procedure.name,
        seed=run.seed,
        cases=len(run),
        timing=run.timing,
        version=__version__,
        digest=scenario.digest,
        inputs=scenario.inputs.decode(),
        recorded=recorded,
    )
    keep(manifest, [history.stream for history in run.histories[:recorded]])


class Stored(NamedTuple):
    """A case of a stored run, under the inputs that the run had."""

    run: str
    seed: int
    scenario: Scenario
    events: tuple[Event, ...]
    opened: Event
    timing: Literal["drawn", "central"]

    @property
    def stream(self) -> tuple[Event, ...]:
        return (self.opened, *self.events)


def docket(run: str, case: int = 1) -> Stored:
    """A case of a stored run (`last` is the newest), read from the store or, where it was not recorded, made again.

    Raises:
        WrongInput: no such run or case.
        StoreFailed: the store cannot be used.
    """
    from courtsim.engines.simulate import histories
    from courtsim.errors import WrongInput
    from courtsim.files.load import load_inputs
    from courtsim.store import runs

    manifest = runs.manifest(run)
    if case > manifest.cases:
        raise WrongInput(None, f"case {case} of run {manifest.run}", f"1 to {manifest.cases}")
    scenario = load_inputs(manifest.inputs.encode())
    timing: Literal["drawn", "central"] = "central" if manifest.timing == "central" else "drawn"
    stream = tuple(runs.events(manifest.run, case))
    if not stream:
        (again,) = histories(scenario, 1, manifest.seed, first=case, timing=timing)
        stream = again.stream
    return Stored(manifest.run, manifest.seed, scenario, stream[1:], stream[0], timing)
