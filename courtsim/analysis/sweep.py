"""A parameter sweep into one Parquet data set: a file for each point, in folders `point=N`, which DuckDB and Polars read as one.

A file is there whole or not at all, so a sweep that was interrupted goes on with the points that are missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from courtsim.engines.processes import in_order
from courtsim.engines.sampled import Block
from courtsim.engines.workers import Job, alone, engine_for, total
from courtsim.errors import CourtsimError, NotAvailable, StoreFailed, WrongInput
from courtsim.files.sweeps import Sweep

MARK = "_sweep"  # the file that says whose points stand in a folder; readers of Parquet pass over it


def sweep(asked: Sweep, out: Path, workers: int = 1, progress: Callable[[int], None] | None = None) -> int:
    """Walks the points that are missing in the folder *out*; returns how many those were.

    Raises:
        WrongInput: the folder holds another sweep, or a point makes no scenario.
        NotAvailable: pyarrow is missing.
        StoreFailed: the folder cannot be written.
    """
    _parquet()
    _claim(asked, out)
    missing = [n for n in range(len(asked.points)) if not _place(out, n).exists()]
    if progress is not None:
        progress(len(asked.points) - len(missing))
    write = partial(_written, asked, out)
    done = in_order(write, iter(missing), workers) if workers > 1 else ((n, write(n)) for n in missing)
    for point, went_well in done:
        if not went_well:
            _write(asked, out, point)  # raises here what was wrong there
        if progress is not None:
            progress(1)
    return len(missing)


def _claim(asked: Sweep, out: Path) -> None:
    mark, digest = out / MARK, asked.digest  # what makes no scenario leaves no folder
    try:
        out.mkdir(parents=True, exist_ok=True)
        if mark.exists() and mark.read_text() != digest:
            raise WrongInput(None, f"{out} holds the points of another sweep", "another folder (--out), or an empty one")
        if not mark.exists() and any(out.iterdir()):
            raise WrongInput(None, f"{out} holds something else", "another folder (--out), or an empty one")
        mark.write_text(digest)
    except OSError as fault:
        raise StoreFailed(f"the folder {out} cannot be written: {fault.strerror}") from fault


def _place(out: Path, point: int) -> Path:
    return out / f"point={point}" / "rows.parquet"


def _written(asked: Sweep, out: Path, point: int) -> bool:
    try:
        _write(asked, out, point)
    except CourtsimError:
        return False
    return True


def _write(asked: Sweep, out: Path, point: int) -> None:
    """The rows of a point, into a file that gets its name when it is whole."""
    pa, pq = _parquet()
    scenario = asked.at(point)
    engine = engine_for(scenario, asked.cases)
    job = Job(scenario, asked.seed, "drawn", {}, engine)
    place = _place(out, point)
    unfinished = place.with_suffix(f".{os.getpid()}")
    values = asked.points[point]
    try:
        place.parent.mkdir(exist_ok=True)
        if asked.rows == "points":
            pq.write_table(pa.Table.from_pylist([values | _sums(job, asked.cases)]), unfinished)
        else:
            ends = list(scenario.procedure.disposing())
            writer = None
            for chunk in alone(job, asked.cases, asked.cases):
                for _, block in chunk:
                    assert block is not None
                    table = _cases(pa, values, ends, block)
                    writer = writer or pq.ParquetWriter(unfinished, table.schema)
                    writer.write_table(table)
            if writer is not None:
                writer.close()
        unfinished.replace(place)
    except OSError as fault:
        raise StoreFailed(f"{place} cannot be written: {fault.strerror}") from fault
    finally:
        unfinished.unlink(missing_ok=True)


def _sums(job: Job, cases: int) -> dict[str, Any]:
    """A point in one row: shares of the dispositions, means of the measures, each with the ends of its 95% interval."""
    found = total(job, cases, alone(job, cases))
    row: dict[str, Any] = {"cases": len(found), "run": found.id}
    for end, share in found.dispositions.items():
        row |= {f"share.{end}": share.share, f"share.{end}.low": share.ci95[0], f"share.{end}.high": share.ci95[1]}
    for name, spread in found.measures.items():
        row |= {name: spread.mean, f"{name}.low": spread.ci95[0], f"{name}.high": spread.ci95[1]}
    return row


def _cases(pa: Any, values: dict[str, Any], ends: list[str], block: Block) -> Any:
    """A row a case: what the point set, the number of the case, how it ended, every measure."""
    columns: dict[str, Any] = {path: [value] * len(block) for path, value in values.items()}
    columns["case"] = np.arange(block.first, block.first + len(block))
    columns["disposition"] = [ends[n] for n in block.disposition.tolist()]
    return pa.table(columns | dict(block.measures))


def _parquet() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as fault:
        raise NotAvailable("a Parquet data set needs pyarrow: pip install 'courtsim[frames]'") from fault
    return pyarrow, pyarrow.parquet
