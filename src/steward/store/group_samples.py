"""Recent samples of lagging groups, encoded: what a diagnosis needs to answer at once. Kept for minutes."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from steward.store.database import Database
from steward.store.inserting import insert_into
from steward.store.names import stored
from steward.store.retention import Retention
from steward.store.tables import GROUP_SAMPLES


class GroupSampleTable:
    """The recent group samples of all clusters."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    def append(self, cluster: str, at_ms: int, samples: Mapping[str, bytes]) -> None:
        """Save one sample each of some groups.

        Errors: StoreUnavailable.
        """
        if not samples:
            return
        rows = [
            {"cluster": stored(cluster), "group_id": stored(g), "at_ms": at_ms, "body": body}
            for g, body in sorted(samples.items())
        ]
        with self._database.writing() as connection:
            insert = insert_into(connection, GROUP_SAMPLES)
            replaced = {"body": insert.excluded.body}
            key = ("cluster", "group_id", "at_ms")
            connection.execute(
                insert.on_conflict_do_update(index_elements=key, set_=replaced), rows
            )

    def read(self, cluster: str, group: str, *, since_ms: int) -> tuple[tuple[int, bytes], ...]:
        """Return a group's samples with their times, oldest first.

        Errors: StoreUnavailable.
        """
        with self._database.reading() as connection:
            query = (
                select(GROUP_SAMPLES.c.at_ms, GROUP_SAMPLES.c.body)
                .where(
                    GROUP_SAMPLES.c.cluster == stored(cluster),
                    GROUP_SAMPLES.c.group_id == stored(group),
                )
                .where(GROUP_SAMPLES.c.at_ms >= since_ms)
                .order_by(GROUP_SAMPLES.c.at_ms)
            )
            return tuple((row.at_ms, bytes(row.body)) for row in connection.execute(query))

    def maintain(self, now_ms: int) -> None:
        """Delete samples that are too old."""
        before = now_ms - self._retention.group_samples_s * 1000
        with self._database.writing() as connection:
            connection.execute(delete(GROUP_SAMPLES).where(GROUP_SAMPLES.c.at_ms < before))
