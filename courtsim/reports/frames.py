"""Runs as pandas data frames."""

from __future__ import annotations

from typing import Any

from courtsim.engines.run import Run
from courtsim.errors import NotAvailable
from courtsim.reports.export import COLUMNS, row


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as fault:
        raise NotAvailable("data frames need pandas: pip install 'courtsim[frames]'") from fault
    return pandas


def cases(run: Run) -> Any:
    """A row a case, indexed by its number: disposition and every measure."""
    pd = _pandas()
    rows = [{"disposition": o.disposition, **o.measures} for o in run.outcomes]
    return pd.DataFrame(rows, index=pd.Index([h.case for h in run.histories], name="case"))


def events(run: Run) -> Any:
    """A row an event, in the columns of an export; `date` as timestamps."""
    pd = _pandas()
    found = pd.DataFrame([row(e) for h in run.histories for e in h.events], columns=list(COLUMNS))
    return found.assign(date=pd.to_datetime(found["date"]))
