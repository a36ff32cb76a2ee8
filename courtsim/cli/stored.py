"""Commands over what is stored: docket, runs."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from courtsim.cli.options import stored
from courtsim.cli.output import counted, print_json, warn

if TYPE_CHECKING:
    from courtsim.verbs.stored import Stored

as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("case", type=click.IntRange(min=1), required=False)
@click.option("--at", type=click.IntRange(min=0), help="Only up to this event, and where the case stands then.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only up to and on this day, likewise.")
@click.option("--numbers", is_flag=True, help="With the number of each event, as --at and fork take it.")
@click.option("--follow", is_flag=True, help="A line for each case as it is recorded, or the one CASE once it is.")
@click.option(
    "--why/--no-why", default=None, help="All that lies behind each event, or nothing. Left out: the reasons behind rulings."
)
@stored
@as_json_option
def docket(
    run_id: str,
    case: int | None,
    at: int | None,
    on: dt.datetime | None,
    numbers: bool,
    follow: bool,
    why: bool | None,
    as_json: bool,
) -> None:
    """The docket sheet of a stored case or fork, for example: courtsim docket last"""
    import courtsim

    if follow:
        _follow(run_id, case, as_json)
        return
    found = courtsim.docket(run_id, case or 1)
    warn(found.warnings)
    events = found.up_to(at, on.date() if on else None)
    earlier = at is not None or on is not None
    behind = courtsim.why(found) if why else None
    if as_json:
        plain = _plain(found, events, earlier)
        if behind is not None:
            import msgspec

            shown = {event.seq for event in events}
            plain["why"] = msgspec.to_builtins([reason for reason in behind if reason.seq in shown])
        print_json(plain)
        return
    from courtsim.reports import sheets
    from courtsim.reports.docket import Docket, numbered
    from courtsim.reports.stored import standing
    from courtsim.reports.why import by_event

    sheets.show(sheets.head(found.scenario, found.seed, found.run))
    reasons = why is not False
    sheets.show(
        numbered(found.scenario, events, reasons) if numbers else Docket(found.scenario, events, reasons, by_event(behind))
    )
    if earlier:
        sheets.show(standing(found.state(events)))


def _plain(found: Stored, events: Any, earlier: bool) -> dict[str, Any]:
    import msgspec

    from courtsim.case.core import lawful
    from courtsim.engines.run import plain_head

    body = {"run": found.run, "case": found.case, "events": msgspec.to_builtins(events)}
    if found.fork is not None:
        body["fork"] = msgspec.to_builtins(found.fork)
    if found.warnings:
        body["warnings"] = list(found.warnings)
    if earlier:
        state = found.state(events)
        body["tracks"] = dict(state.tracks)
        body["lawful"] = [f"{step}={option}" for step, option in lawful(state)]
    return plain_head(found.scenario, found.seed) | body


def _follow(run_id: str, case: int | None, as_json: bool) -> None:
    import courtsim
    from courtsim.scenario.outcome import outcome

    if not courtsim.stored_run(run_id).ended and not as_json:
        click.echo("Being recorded, or interrupted (`courtsim runs resume` finishes it); Ctrl-C stops looking.", err=True)
    for found in courtsim.follow(run_id, case):
        ended = outcome(found.scenario, found.history)
        if as_json:
            plain = _plain(found, found.events if case else (), earlier=False)
            click.echo(json.dumps(plain | {"outcome": ended.plain()}, ensure_ascii=False))
        elif case is not None:
            from courtsim.reports import sheets
            from courtsim.reports.docket import Docket

            sheets.show(Docket(found.scenario, found.events))
        else:
            state = found.scenario.procedure.tracks["case"].states[ended.disposition]
            last = found.events[-1].date.isoformat() if found.events else ""
            click.echo(f"case {found.case}  {last}  {len(found.events)} events  {state.label or state.name}")
        sys.stdout.flush()


@click.group()
def runs() -> None:
    """What is stored, for example: courtsim runs list"""


@runs.command(name="list")
@stored
@as_json_option
def list_runs(as_json: bool) -> None:
    """Every stored run, the newest first, for example: courtsim runs list"""
    from courtsim.reports import stored as report
    from courtsim.store import forks
    from courtsim.store.runs import DAMAGED, all_kept

    found, damaged = all_kept()
    warn([f"the manifest of run {name} is {DAMAGED}" for name in damaged])
    counts = {kept.manifest.run: len(forks.of_run(kept.manifest.run)) for kept in found}
    if as_json:
        print_json({"runs": [report.plain_run(kept, counts[kept.manifest.run]) for kept in found]})
        return
    from courtsim.reports import sheets

    sheets.show(report.runs(found, counts))


@runs.command(name="show")
@click.argument("run_id", metavar="RUN")
@stored
@as_json_option
def show_run(run_id: str, as_json: bool) -> None:
    """What one run was made from and how far it came, for example: courtsim runs show last"""
    import msgspec

    import courtsim
    from courtsim.reports import stored as report
    from courtsim.store import forks

    kept = courtsim.stored_run(run_id)
    living = forks.of_run(kept.manifest.run)
    if as_json:
        body = {"forks": msgspec.to_builtins(living), "blocks": msgspec.to_builtins(kept.blocks)}
        print_json(report.plain_run(kept, len(living)) | body | {"inputs": json.loads(kept.manifest.inputs)})
        return
    from courtsim.reports import sheets

    sheets.show(report.run(kept, living))


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.option("--with-forks", is_flag=True, help="And every fork that left it.")
@stored
@as_json_option
def delete(run_id: str, with_forks: bool, as_json: bool) -> None:
    """Deletes a run or a fork from the store, for example: courtsim runs delete last"""
    import courtsim

    gone = courtsim.delete_run(run_id, with_forks=with_forks)
    if as_json:
        print_json({"deleted": gone})
    else:
        click.echo(f"Deleted {', '.join(gone)}.")


@runs.command()
@click.argument("run_id", metavar="RUN")
@stored
@as_json_option
def resume(run_id: str, as_json: bool) -> None:
    """Finishes a run that was interrupted while it was recorded, for example: courtsim runs resume last"""
    import courtsim
    from courtsim.reports import stored as report

    before = courtsim.stored_run(run_id)
    with counted(before.manifest.cases, label="recording", many=1_000) as bar:
        kept = courtsim.resume_run(before.manifest.run, progress=(lambda _: bar(1)) if bar else None)
    if as_json:
        print_json(report.plain_run(kept, 0) | {"before": before.manifest.recorded})
    elif before.ended:
        click.echo(f"Run {kept.manifest.run} is whole already: there is nothing to resume.")
    else:
        added = kept.manifest.recorded - before.manifest.recorded
        click.echo(f"Run {kept.manifest.run} is whole: {added:,} of its {kept.manifest.cases:,} cases were recorded now.")


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.option("--again", is_flag=True, help="Also make recorded cases again and compare.")
@stored
@as_json_option
def verify(run_id: str, again: bool, as_json: bool) -> None:
    """Looks at every byte stored of a run; exit code 1 where something is wrong, for example: courtsim runs verify last"""
    import courtsim

    kept = courtsim.stored_run(run_id)
    with counted(kept.manifest.cases, label="verifying", many=2_000) as bar:
        found = courtsim.verify_run(kept.manifest.run, again=again, progress=bar)
    if as_json:
        faults = [{"place": fault.place, "what": fault.what} for fault in found.faults]
        print_json({"run": kept.manifest.run, "ok": found.ok, "faults": faults, "made_again": found.made_again})
    else:
        click.echo(_verdict(found))
    if not found.ok:
        click.get_current_context().exit(1)


def _verdict(found: Any) -> str:
    m = found.kept.manifest
    if found.ok:
        same = f"; {found.made_again:,} made again, the same" if found.made_again else ""
        whole = "" if found.kept.ended else "; unfinished"
        unproved = "" if found.kept.chained else "; from an earlier courtsim, so there are no chains to check"
        return f"Run {m.run}: ok. The events of {m.recorded:,} of {m.cases:,} cases are stored{same}{whole}{unproved}."
    return "\n".join([f"Run {m.run}: {len(found.faults)} wrong.", *(f"{fault.place}: {fault.what}" for fault in found.faults)])
