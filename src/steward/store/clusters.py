"""Which cluster answers under a profile's name: stored data belongs to a cluster id, a name is a label.

All other data is stored under a key: the id that the brokers report, or the profile's name while no id is known. Data
under the name then moves to the first id; a later id starts empty.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, func, select, update

from steward.store.database import Database
from steward.store.inserting import insert_into
from steward.store.names import stored
from steward.store.tables import (
    ALERTS,
    BAD_MINUTES,
    BROKER_LOADS,
    CLUSTERS,
    EVENTS,
    GROUP_SAMPLES,
    OFFSET_HISTORY,
    PLANS,
    SERIES,
)

_KEYED = (SERIES, OFFSET_HISTORY, GROUP_SAMPLES, BROKER_LOADS, EVENTS, ALERTS, BAD_MINUTES)
"""Tables whose rows belong to one cluster. DRIFT and the tables of plans only ever have an id."""


class Clusters:
    """The cluster ids of all profiles.

    Errors: StoreUnavailable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def learn(self, name: str, cluster_id: str) -> bool:
        """Record that a cluster answers under a name; return whether it is the only one that ever did."""
        named = stored(name)
        with self._database.writing() as connection:
            seen = select(CLUSTERS.c.cluster_id).where(CLUSTERS.c.name == named)
            ids = list(connection.execute(seen.order_by(CLUSTERS.c.turn.desc())).scalars())
            if not ids or ids[0] != cluster_id:
                _write(connection, named, cluster_id)
            if not ids and cluster_id != named:
                _adopt(connection, named, stored(cluster_id))
        return set(ids) <= {cluster_id}

    def last(self, name: str) -> str:
        """Return the id that answered last under a name; empty where none is known."""
        query = select(CLUSTERS.c.cluster_id).where(CLUSTERS.c.name == stored(name))
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(CLUSTERS.c.turn.desc()).limit(1)).scalar()
        return found or ""

    def stored_id(self, name: str, cluster_id: str = "") -> str:
        """Return the id under which the history of a cluster, or of a name's last one, is stored; empty: the name."""
        last = self.last(name)
        if not cluster_id or last:
            return cluster_id or last
        query = select(CLUSTERS.c.name).where(CLUSTERS.c.cluster_id == cluster_id).limit(1)
        with self._database.reading() as connection:
            return "" if connection.execute(query).first() is None else cluster_id

    def names(self) -> Mapping[str, str]:
        """Return a name of each cluster by its id: a profile that a daemon, else a plan, reached it under."""
        return {key: name for key, name in self._pairs() if name}

    def names_of(self, cluster_id: str) -> tuple[str, ...]:
        """Return the names of a cluster: profiles that daemons or plans reached it under; the one of `names` first."""
        known = [name for key, name in self._pairs() if name and key == cluster_id]
        return tuple(dict.fromkeys(reversed(known)))

    def named(self, name: str) -> frozenset[str]:
        """Return the ids of the clusters that a name, or an id itself, stands for; empty where none is known."""
        return frozenset(
            key for key, known in self._pairs() if stored(name) == known or name == key
        )

    def _pairs(self) -> Iterator[tuple[str, str | None]]:
        made = select(PLANS.c.cluster, PLANS.c.cluster_name).distinct()
        seen = select(CLUSTERS.c.cluster_id, CLUSTERS.c.name)
        with self._database.reading() as connection:
            for row in (*connection.execute(made), *connection.execute(seen)):
                yield row[0], row[1]

    def replaced(self, name: str) -> tuple[str, ...]:
        """Return the ids that answered under a name before the last one, and under no other name now."""
        query = select(CLUSTERS).order_by(CLUSTERS.c.turn.desc())
        last: dict[str, str] = {}
        ids: list[str] = []
        with self._database.reading() as connection:
            for row in connection.execute(query):
                last.setdefault(row.name, row.cluster_id)
                if row.name == stored(name):
                    ids.append(row.cluster_id)
        return tuple(i for i in ids if i not in last.values())


def _write(connection: Connection, named: str, cluster_id: str) -> None:
    highest = select(func.coalesce(func.max(CLUSTERS.c.turn), 0)).where(CLUSTERS.c.name == named)
    turn = connection.execute(highest).scalar_one() + 1
    insert = insert_into(connection, CLUSTERS)
    row = {"name": named, "cluster_id": cluster_id, "turn": turn}
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["name", "cluster_id"], set_={"turn": insert.excluded.turn}
        ),
        [row],
    )


def _adopt(connection: Connection, named: str, key: str) -> None:
    """Move data under a profile's name to a cluster id, where no data is stored under the id."""
    for table in _KEYED:
        taken = select(table.c.cluster).where(table.c.cluster == key).limit(1)
        if table is ALERTS or connection.execute(taken).first() is None:
            connection.execute(update(table).where(table.c.cluster == named).values(cluster=key))
