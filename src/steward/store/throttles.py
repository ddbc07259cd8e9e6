"""Replication throttles that steward has set or is about to set: written before each change, deleted once undone."""

from collections.abc import Iterable

from sqlalchemy import and_, delete, or_, select

from steward.model.throttle import HeldThrottle, ThrottleKind
from steward.store.database import Database
from steward.store.inserting import chunks, insert_into
from steward.store.leases import FencingToken, require
from steward.store.names import stored
from steward.store.tables import THROTTLES

_KEY = ("cluster", "name", "key", "item")
_REST = ("plan_id", "before", "ours", "debt")


class ThrottleTable:
    """Replication throttles of all clusters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def held(self, cluster: str) -> tuple[HeldThrottle, ...]:
        """Return the throttles of a cluster, by name, key and item.

        Errors: StoreUnavailable.
        """
        query = (
            select(THROTTLES).where(THROTTLES.c.cluster == stored(cluster))
            .order_by(THROTTLES.c.name, THROTTLES.c.key, THROTTLES.c.item)
        )  # fmt: skip
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            HeldThrottle(
                kind=ThrottleKind.REPLICA if row["item"] else ThrottleKind.RATE,
                name=row["name"],
                key=row["key"],
                item=row["item"],
                plan_id=row["plan_id"],
                before=row["before"],
                ours=tuple(v for v in row["ours"].split(",") if v),
                debt=row["debt"],
            )
            for row in rows
        )

    def write(
        self,
        cluster: str,
        fence: FencingToken,
        put: Iterable[HeldThrottle] = (),
        drop: Iterable[HeldThrottle] = (),
    ) -> None:
        """Add and delete throttles, all or none; the change is on disk when this returns.

        Errors: StoreUnavailable; LeaseLost where another run has the lease: nothing is written.
        """
        name = stored(cluster)
        rows = [{"cluster": name, **_row(held)} for held in put]
        places = [held.place for held in drop]
        with self._database.writing() as connection:
            require(connection, fence)
            for piece in chunks(places):
                connection.execute(
                    delete(THROTTLES).where(
                        THROTTLES.c.cluster == name, or_(*(_is_at(place) for place in piece))
                    )
                )
            for piece in chunks(rows):
                insert = insert_into(connection, THROTTLES)
                rest = {column: insert.excluded[column] for column in _REST}
                connection.execute(
                    insert.on_conflict_do_update(index_elements=_KEY, set_=rest), piece
                )


def _row(held: HeldThrottle) -> dict[str, str | None]:
    return {
        "name": held.name,
        "key": held.key,
        "item": held.item,
        "plan_id": held.plan_id,
        "before": held.before,
        "ours": ",".join(held.ours),
        "debt": held.debt,
    }


def _is_at(place: tuple[str, str, str]):  # noqa: ANN202 (an expression of SQLAlchemy)
    name, key, item = place
    return and_(THROTTLES.c.name == name, THROTTLES.c.key == key, THROTTLES.c.item == item)
