"""The library's recorder for PostgreSQL, its insert sent statement by statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder


class StatementRecorder(PostgresApplicationRecorder):
    """As its parent, without a pipeline: in one, a large insert that has to wait for the lock of the table was seen to wait for
    ever (psycopg 3.3.9; four processes that record blocks of a thousand events). And it does not try again by itself: whether
    an insert that was not answered took place is for `streams.insert` to find out.
    """

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        with self.datastore.transaction(commit=True) as curs:
            self._insert_events(curs, stored_events, **kwargs)
            if not stored_events:
                return None
            self._insert_stored_events(curs, stored_events, **kwargs)
            return self._fetch_ids_after_insert_events(curs, stored_events, **kwargs)
