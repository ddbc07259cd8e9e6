"""Group events: rebalances, members that joined and left, samples not stable."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, func, select

from steward.model.history import EventKind, GroupEvent
from steward.store.database import Database
from steward.store.inserting import insert_into
from steward.store.names import stored
from steward.store.retention import Retention
from steward.store.tables import EVENTS

_KEY = ("cluster", "group_id", "kind", "at_ms")


class Events:
    """The group events of all clusters."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    def append(self, cluster: str, events: Iterable[GroupEvent]) -> None:
        """Save the events of one poll; the same event is saved once.

        Errors: StoreUnavailable.
        """
        rows = {
            (e.group, e.kind, e.at_ms): {
                "cluster": stored(cluster), "group_id": stored(e.group), "kind": e.kind.value,
                "at_ms": e.at_ms, "count": e.count, "detail": e.detail.replace("\0", ""),
            }
            for e in events
        }  # fmt: skip
        if not rows:
            return
        with self._database.writing() as connection:
            insert = insert_into(connection, EVENTS)
            figures = {"count": insert.excluded["count"], "detail": insert.excluded.detail}
            connection.execute(
                insert.on_conflict_do_update(index_elements=_KEY, set_=figures), list(rows.values())
            )

    def read(
        self, cluster: str, *, since_ms: int, groups: Collection[str] | None = None
    ) -> tuple[GroupEvent, ...]:
        """Return events, oldest first.

        Errors: StoreUnavailable.
        """
        names = {stored(g): g for g in groups or ()}
        query = select(EVENTS).where(
            EVENTS.c.cluster == stored(cluster), EVENTS.c.at_ms >= since_ms
        )
        if groups is not None:
            query = query.where(EVENTS.c.group_id.in_(list(names)))
        with self._database.reading() as connection:
            rows = connection.execute(
                query.order_by(EVENTS.c.at_ms, EVENTS.c.group_id, EVENTS.c.kind)
            ).mappings().all()  # fmt: skip
        return tuple(
            GroupEvent(
                at_ms=row["at_ms"],
                group=names.get(str(row["group_id"]), str(row["group_id"])),
                kind=EventKind(row["kind"]),
                count=row["count"],
                detail=row["detail"],
            )
            for row in rows
        )

    def counts(self, cluster: str, *, since_ms: int) -> Mapping[tuple[str, EventKind], int]:
        """Return the number of events by group and kind.

        Errors: StoreUnavailable.
        """
        query = (
            select(EVENTS.c.group_id, EVENTS.c.kind, func.sum(EVENTS.c["count"]).label("total"))
            .where(EVENTS.c.cluster == stored(cluster), EVENTS.c.at_ms >= since_ms)
            .group_by(EVENTS.c.group_id, EVENTS.c.kind)
        )
        with self._database.reading() as connection:
            return {
                (row.group_id, EventKind(row.kind)): int(row.total)
                for row in connection.execute(query)
            }

    def maintain(self, now_ms: int) -> None:
        """Delete events that are too old."""
        before = now_ms - self._retention.events_s * 1000
        with self._database.writing() as connection:
            connection.execute(delete(EVENTS).where(EVENTS.c.at_ms < before))
