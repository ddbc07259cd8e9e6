"""The outbox: notifications for receivers, each once, in order, until delivered or given up."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, or_, select, update

from steward.analysis.alerting.delivery import Delivery, delivery_key
from steward.analysis.alerting.notification import Notification
from steward.store.bodies import encode
from steward.store.database import Database
from steward.store.documents import of_key
from steward.store.inserting import chunks, insert_into
from steward.store.leases import clock_ms
from steward.store.retention import Retention
from steward.store.rows import rows_of
from steward.store.tables import DELIVERIES

DUE, DELIVERED, GIVEN_UP = "due", "delivered", "given_up"


class Outbox:
    """The deliveries of all receivers."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    def waiting(self, receiver: str) -> tuple[int | None, int]:
        """Return when a receiver's oldest delivery is due, None if none waits, and how many wait.

        Errors: StoreUnavailable.
        """
        own = (DELIVERIES.c.receiver == receiver, DELIVERIES.c.status == DUE)
        count = select(func.count()).select_from(DELIVERIES).where(*own)
        oldest = select(DELIVERIES.c.due_ms).where(*own).order_by(DELIVERIES.c.id).limit(1)
        with self._database.reading() as connection:
            due_ms = connection.execute(oldest).scalar()
            return due_ms, 0 if due_ms is None else connection.execute(count).scalar_one()

    def claim(self, receiver: str, holder: str, *, now_ms: int, hold_ms: int) -> Delivery | None:
        """Return a receiver's oldest delivery, held for a while; None if it is not due, or held by another process.

        Only the oldest is returned, so that the end of an alert never overtakes its beginning. Holds use the database's
        clock, because clocks of machines differ.
        Errors: StoreUnavailable.
        """
        with self._database.writing() as connection:
            oldest = (
                select(DELIVERIES)
                .where(DELIVERIES.c.receiver == receiver, DELIVERIES.c.status == DUE)
                .order_by(DELIVERIES.c.id)
                .limit(1)
                .with_for_update()
            )
            row = connection.execute(oldest).one_or_none()
            if row is None or row.due_ms > now_ms:
                return None
            held = DELIVERIES.c.held_until_ms > clock_ms(connection)
            is_held = connection.execute(select(held).where(DELIVERIES.c.id == row.id)).scalar()
            if row.held_by not in (None, holder) and is_held:
                return None
            notes = rows_of(Notification, [(row.dedup_key, row.body)])
            if notes.damaged:  # it would block all deliveries behind it
                connection.execute(
                    update(DELIVERIES)
                    .where(DELIVERIES.c.id == row.id)
                    .values(status=GIVEN_UP, ended_ms=now_ms, last_error="damaged", held_by=None)
                )
                return None
            stated = delivery_key(row.receiver, notes[0])
            of_key("delivery", row.dedup_key, stated, self._database.place)
            connection.execute(
                update(DELIVERIES)
                .where(DELIVERIES.c.id == row.id)
                .values(held_by=holder, held_until_ms=clock_ms(connection) + hold_ms)
            )
        return Delivery(
            id=row.id,
            key=row.dedup_key,
            receiver=row.receiver,
            notification=notes[0],
            created_ms=row.created_ms,
            due_ms=row.due_ms,
            attempts=row.attempts,
            last_error=row.last_error,
        )

    def delivered(self, delivery: Delivery, *, now_ms: int) -> None:
        """Record a delivery as delivered.

        Errors: StoreUnavailable: it may then be sent once more, with the same id.
        """
        self._end(delivery, DELIVERED, now_ms, "")

    def give_up(self, delivery: Delivery, *, now_ms: int, error: str) -> None:
        """Record a delivery as given up, and why.

        Errors: StoreUnavailable.
        """
        self._end(delivery, GIVEN_UP, now_ms, error)

    def retry(self, delivery: Delivery, *, due_ms: int, error: str) -> None:
        """Record a failed attempt, and when to retry.

        Errors: StoreUnavailable.
        """
        with self._database.writing() as connection:
            connection.execute(
                update(DELIVERIES)
                .where(DELIVERIES.c.id == delivery.id)
                .values(
                    attempts=delivery.attempts + 1,
                    due_ms=due_ms,
                    last_error=error,
                    held_by=None,
                    held_until_ms=0,
                )
            )

    def _end(self, delivery: Delivery, status: str, now_ms: int, error: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                update(DELIVERIES)
                .where(DELIVERIES.c.id == delivery.id)
                .values(status=status, ended_ms=now_ms, last_error=error, held_by=None)
            )

    def statuses(self) -> Mapping[str, str]:
        """Return the state of each delivery, by its key.

        Errors: StoreUnavailable.
        """
        with self._database.reading() as connection:
            rows = connection.execute(select(DELIVERIES.c.dedup_key, DELIVERIES.c.status))
            return {row.dedup_key: row.status for row in rows}

    def maintain(self, now_ms: int) -> None:
        """Delete old deliveries that ended, and those that have waited since before that."""
        before = now_ms - self._retention.deliveries_s * 1000
        with self._database.writing() as connection:
            connection.execute(
                delete(DELIVERIES).where(
                    or_(DELIVERIES.c.ended_ms < before, DELIVERIES.c.created_ms < before)
                )
            )


def insert_deliveries(
    connection: Connection, deliveries: Iterable[tuple[str, str, Notification]], now_ms: int
) -> None:
    """Write deliveries, as (key, receiver, notification), in the caller's transaction; existing keys stay unchanged."""
    rows = [
        {
            "dedup_key": key, "receiver": receiver, "body": encode(note),
            "created_ms": now_ms, "due_ms": now_ms, "attempts": 0, "status": DUE,
            "held_until_ms": 0, "last_error": "",
        }
        for key, receiver, note in deliveries
    ]  # fmt: skip
    for chunk in chunks(rows):
        connection.execute(insert_into(connection, DELIVERIES).on_conflict_do_nothing(), chunk)
