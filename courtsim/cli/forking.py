"""Commands over other courses of stored cases: fork, forks, diff."""

from __future__ import annotations

from pathlib import Path

import click

from courtsim.cli.options import stored
from courtsim.cli.output import print_json
from courtsim.cli.stored import as_json_option


def _choice(_context: click.Context, _parameter: click.Parameter, given: str) -> tuple[str, str]:
    step, equals, option = given.partition("=")
    if not equals or not step or not option:
        raise click.BadParameter(f"{given!r}; expected STEP=OPTION, as answer_offer=accept")
    return step, option


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("case", type=click.IntRange(min=1), default=1)
@click.option(
    "--at", type=click.IntRange(min=1), required=True, metavar="SEQ", help="The event to be replaced (docket --numbers)."
)
@click.option("--choose", callback=_choice, required=True, metavar="STEP=OPTION", help="What happens in its place.")
@stored
@as_json_option
def fork(run_id: str, case: int, at: int, choose: tuple[str, str], as_json: bool) -> None:
    """Branches a stored case, for example: courtsim fork last --at 1 --choose arraign=plead_not_guilty"""
    import courtsim
    from courtsim.reports import stored as report

    step, option = choose
    made, parting = courtsim.fork(run_id, case, at=at, step=step, option=option)
    if as_json:
        import msgspec

        print_json({"fork": msgspec.to_builtins(made)} | report.plain_diff(parting))
        return
    from courtsim.reports import sheets

    sheets.show(report.forked(made, parting))


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("case", type=click.IntRange(min=1), default=1)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Also as a picture: .svg, .png, .dot (extra `graph`) or .mmd."
)
@stored
@as_json_option
def forks(run_id: str, case: int, out: Path | None, as_json: bool) -> None:
    """The tree of a case and its forks, with what each led to, for example: courtsim forks last"""
    import courtsim
    from courtsim.reports import stored as report

    tree = courtsim.forks(run_id, case)
    if out is not None:
        from courtsim.analysis.graphs import fork_graph
        from courtsim.reports import graphs

        kind = graphs.format_of(out, None)
        if kind == "graphml":
            raise click.UsageError("a tree of forks goes into .svg, .png, .dot or .mmd")
        graphs.write(fork_graph(tree, courtsim.docket(run_id, case).scenario.title), kind, out)
    if as_json:
        import msgspec

        print_json(msgspec.to_builtins(tree))
        return
    from courtsim.reports import sheets

    sheets.show(report.tree(courtsim.docket(run_id, case).scenario, tree))


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@stored
@as_json_option
def diff(left: str, right: str, as_json: bool) -> None:
    """Where two histories part and what each led to; a history is a fork, a run or RUN/CASE.

    For example: courtsim diff last/1 last/2
    """
    import courtsim
    from courtsim.reports import stored as report

    parting = courtsim.diff(left, right)
    if as_json:
        print_json(report.plain_diff(parting))
        return
    from courtsim.reports import sheets

    sheets.show(report.diff(parting))
