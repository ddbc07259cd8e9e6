"""Offset history, as opaque shards that its owner names and encodes."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select

from steward.store.database import Database
from steward.store.inserting import chunks, insert_into
from steward.store.names import stored
from steward.store.tables import OFFSET_HISTORY


class OffsetHistoryTable:
    """The offset history of all clusters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, cluster: str, put: Mapping[str, bytes], drop: Collection[str] = ()) -> None:
        """Write some shards and delete others, all or none.

        Errors: StoreUnavailable.
        """
        name = stored(cluster)
        rows = [{"cluster": name, "shard": s, "body": body} for s, body in sorted(put.items())]
        with self._database.writing() as connection:
            for chunk in chunks(sorted(drop)):
                connection.execute(
                    delete(OFFSET_HISTORY).where(
                        OFFSET_HISTORY.c.cluster == name, OFFSET_HISTORY.c.shard.in_(chunk)
                    )
                )
            if rows:
                insert = insert_into(connection, OFFSET_HISTORY)
                replaced = {"body": insert.excluded.body}
                connection.execute(
                    insert.on_conflict_do_update(
                        index_elements=("cluster", "shard"), set_=replaced
                    ),
                    rows,
                )

    def load(self, cluster: str) -> Mapping[str, bytes]:
        """Return all shards of a cluster by name; empty where none was saved.

        Errors: StoreUnavailable.
        """
        with self._database.reading() as connection:
            columns = OFFSET_HISTORY.c
            query = select(columns.shard, columns.body).where(columns.cluster == stored(cluster))
            return {row.shard: bytes(row.body) for row in connection.execute(query)}
