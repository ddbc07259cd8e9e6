"""Silences, kept until long after their end as a record of who silenced what."""

from sqlalchemy import delete, select

from steward.analysis.alerting.silence import Silence
from steward.store.bodies import encode
from steward.store.database import Database
from steward.store.documents import of_key
from steward.store.inserting import insert_into
from steward.store.retention import Retention
from steward.store.rows import ReadRows, rows_of
from steward.store.tables import SILENCES


class Silences:
    """All silences, of all clusters."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    def put(self, silence: Silence) -> None:
        """Write a silence or change it: to end it now, give it a new end.

        Errors: StoreUnavailable.
        """
        row = {
            "id": silence.id,
            "ends_ms": silence.ends_ms,
            "body": encode(silence),
        }
        with self._database.writing() as connection:
            insert = insert_into(connection, SILENCES)
            replaced = {n: insert.excluded[n] for n in ("ends_ms", "body")}
            connection.execute(
                insert.on_conflict_do_update(index_elements=["id"], set_=replaced), [row]
            )

    def list(self, *, ending_after_ms: int = 0) -> ReadRows[Silence]:
        """Return silences, earliest end first.

        Errors: StoreUnavailable.
        """
        query = select(SILENCES).where(SILENCES.c.ends_ms > ending_after_ms)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(SILENCES.c.ends_ms, SILENCES.c.id)).all()

        def check(key: str, silence: Silence) -> None:
            of_key("silence", key, silence.id, self._database.place)

        return rows_of(Silence, ((row.id, row.body) for row in rows), check)

    def maintain(self, now_ms: int) -> None:
        """Delete silences that ended long ago."""
        before = now_ms - self._retention.alerts_s * 1000
        with self._database.writing() as connection:
            connection.execute(delete(SILENCES).where(SILENCES.c.ends_ms < before))
