"""Commands over what is stored: docket."""

from __future__ import annotations

import click

from courtsim.cli.output import print_json


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("case", type=click.IntRange(min=1), default=1)
@click.option("--at", type=click.IntRange(min=0), help="Only up to this event.")
@click.option(
    "--why/--no-why", default=None, help="All that lies behind each event, or nothing. Left out: the reasons behind rulings."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for machines.")
def docket(run_id: str, case: int, at: int | None, why: bool | None, as_json: bool) -> None:
    """The docket sheet of a stored case, for example: courtsim docket last"""
    import courtsim

    stored = courtsim.docket(run_id, case)
    events = [event for event in stored.events if at is None or event.seq <= at]
    behind = courtsim.why(stored) if why else None
    if as_json:
        import msgspec

        from courtsim.engines.run import plain_head

        body = {"run": stored.run, "case": case, "events": msgspec.to_builtins(events)}
        if behind is not None:
            body["why"] = msgspec.to_builtins([reason for reason in behind if at is None or reason.seq <= at])
        print_json(plain_head(stored.scenario, stored.seed) | body)
        return
    from courtsim.reports import sheets
    from courtsim.reports.docket import Docket
    from courtsim.reports.why import by_event

    sheets.show(sheets.head(stored.scenario, stored.seed, stored.run))
    sheets.show(Docket(stored.scenario, events, why is not False, by_event(behind)))
