"""Recent samples of lagging groups, encoded: what a diagnosis needs to answer at once. Kept for minutes."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from steward.store.database import Database
from steward.store.inserting import insert_into
from steward.store.names import stored
from steward.store.retention import Retention
from steward.store.tables import LOOKS


class Looks:
    """The recent group samples of all clusters."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    def append(self, cluster: str, at_ms: int, looks: Mapping[str, bytes]) -> None:
        """Save one sample each of some groups.

        Errors: StoreUnavailable.
        """
        if not looks:
            return
        rows = [
            {"cluster": stored(cluster), "group_id": stored(g), "at_ms": at_ms, "body": body}
            for g, body in sorted(looks.items())
        ]
        with self._database.writing() as connection:
            insert = insert_into(connection, LOOKS)
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
                select(LOOKS.c.at_ms, LOOKS.c.body)
                .where(LOOKS.c.cluster == stored(cluster), LOOKS.c.group_id == stored(group))
                .where(LOOKS.c.at_ms >= since_ms)
                .order_by(LOOKS.c.at_ms)
            )
            return tuple((row.at_ms, bytes(row.body)) for row in connection.execute(query))

    def maintain(self, now_ms: int) -> None:
        """Delete samples that are too old."""
        before = now_ms - self._retention.diagnosis_looks_s * 1000
        with self._database.writing() as connection:
            connection.execute(delete(LOOKS).where(LOOKS.c.at_ms < before))
