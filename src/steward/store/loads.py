"""Load of brokers over time: every ten minutes for two days, then hourly, deleted when it is old."""

from collections.abc import Iterable

from sqlalchemy import delete, select

from steward.model.load import BrokerLoadSample
from steward.store.database import Database
from steward.store.inserting import insert_into
from steward.store.names import stored
from steward.store.retention import Retention
from steward.store.tables import BROKER_LOADS

_SLOT_S = 600
_HOUR_S = 3_600
_FINE_S = 2 * 86_400
_KEY = ("cluster", "broker", "slot_s")
_FIGURES = (
    "at_ms", "log_bytes", "replicas", "disk_total_bytes", "disk_used_bytes", "bytes_in_per_second",
    "bytes_out_per_second",
)  # fmt: skip


class BrokerLoadTable:
    """Load samples of all clusters: the last one of each ten minutes."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    def append(self, cluster: str, loads: Iterable[BrokerLoadSample]) -> None:
        """Save samples.

        Errors: StoreUnavailable.
        """
        rows = [
            {
                "cluster": stored(cluster),
                "broker": load.broker,
                "slot_s": load.at_ms // 1000 // _SLOT_S * _SLOT_S,
                **{name: getattr(load, name) for name in _FIGURES},
            }
            for load in loads
        ]
        if not rows:
            return
        with self._database.writing() as connection:
            insert = insert_into(connection, BROKER_LOADS)
            figures = {name: insert.excluded[name] for name in _FIGURES}
            connection.execute(
                insert.on_conflict_do_update(index_elements=_KEY, set_=figures), rows
            )

    def read(self, cluster: str, *, since_ms: int) -> tuple[BrokerLoadSample, ...]:
        """Return samples by broker, oldest first.

        Errors: StoreUnavailable.
        """
        query = (
            select(BROKER_LOADS)
            .where(
                BROKER_LOADS.c.cluster == stored(cluster),
                BROKER_LOADS.c.slot_s >= since_ms // 1000,
            )
            .order_by(BROKER_LOADS.c.broker, BROKER_LOADS.c.slot_s)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            BrokerLoadSample(broker=row["broker"], **{name: row[name] for name in _FIGURES})
            for row in rows
        )

    def maintain(self, now_ms: int) -> None:
        """Reduce samples older than two days to one per hour, and delete those that are too old."""
        now_s = now_ms // 1000
        slot = BROKER_LOADS.c.slot_s
        with self._database.writing() as connection:
            connection.execute(
                delete(BROKER_LOADS).where(slot < now_s - _FINE_S, slot % _HOUR_S != 0)
            )
            connection.execute(delete(BROKER_LOADS).where(slot < now_s - self._retention.coarse_s))
