"""Current alerts and the bad minutes behind them, written together with the resulting notifications."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from steward.analysis.alerting.alert import Alert, AlertState
from steward.analysis.alerting.burn import BadMinutes
from steward.analysis.alerting.delivery import delivery_key
from steward.analysis.alerting.machine import Memory
from steward.analysis.alerting.notification import Notification
from steward.documents.fault import DocumentError
from steward.documents.json_text import read_typed
from steward.store.bodies import encode
from steward.store.database import Database
from steward.store.documents import of_key
from steward.store.inserting import chunks, insert_into
from steward.store.names import stored
from steward.store.outbox import insert_deliveries
from steward.store.retention import Retention
from steward.store.rows import ReadRows, rows_of
from steward.store.tables import ALERTS, BAD_MINUTES

_KEY, _STORED_KEY = '"notified_ms":', '"told_ms":'
"""How the rows name when receivers were last notified. Inside a JSON string the quotes would be escaped."""
_MINUTES = dict[str, tuple[int, str]]
"""By group: the latest minute, and the bits as hexadecimal digits."""


class Alerts:
    """The alerts of all clusters."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention

    def load(self, cluster: str) -> Memory:
        """Return a cluster's state: alerts that are pending or firing, and bad minutes.

        Errors: StoreUnavailable.
        """
        open_states = (AlertState.PENDING.value, AlertState.FIRING.value)
        with self._database.reading() as connection:
            rows = connection.execute(
                select(ALERTS.c.fingerprint, ALERTS.c.body).where(
                    ALERTS.c.cluster == stored(cluster), ALERTS.c.state.in_(open_states)
                )
            ).all()  # fmt: skip
            minutes = connection.execute(
                select(BAD_MINUTES.c.body).where(BAD_MINUTES.c.cluster == stored(cluster))
            ).scalar()
        alerts = self._read(rows)
        return Memory(
            alerts={a.fingerprint: a for a in alerts},
            bad_minutes=_minutes_of(minutes) if minutes else {},
        )

    def commit(
        self,
        cluster: str,
        *,
        changed: Collection[Alert],
        dropped: Collection[str],
        bad_minutes: Mapping[str, BadMinutes] | None,
        deliveries: Iterable[tuple[str, Notification]],
        now_ms: int,
    ) -> None:
        """Write the result of a tick with its notifications per receiver, all or none.

        ``bad_minutes`` None leaves them unchanged. A delivery that was ever written is not written again.
        Errors: StoreUnavailable.
        """
        with self._database.writing() as connection:
            _upsert(connection, cluster, changed)
            for chunk in chunks(list(dropped)):
                connection.execute(delete(ALERTS).where(ALERTS.c.fingerprint.in_(chunk)))
            if bad_minutes is not None:
                insert = insert_into(connection, BAD_MINUTES)
                row = {"cluster": stored(cluster), "body": _minutes_text(bad_minutes)}
                connection.execute(
                    insert.on_conflict_do_update(
                        index_elements=["cluster"], set_={"body": insert.excluded.body}
                    ),
                    [row],
                )
            rows = [(delivery_key(r, n), r, n) for r, n in deliveries]
            insert_deliveries(connection, rows, now_ms)

    def list(self, *, states: Collection[AlertState]) -> ReadRows[Alert]:
        """Return alerts in some states, of all clusters; of an object's alerts by one rule only the latest.

        Errors: StoreUnavailable.
        """
        query = select(ALERTS.c.fingerprint, ALERTS.c.body).where(
            ALERTS.c.state.in_([s.value for s in states])
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return self._read(rows)

    def _read(self, rows: Iterable[Any]) -> ReadRows[Alert]:
        def check(key: str, alert: Alert) -> None:
            of_key("alert", key, alert.fingerprint, self._database.place)

        bodies = ((row.fingerprint, str(row.body).replace(_STORED_KEY, _KEY)) for row in rows)
        return rows_of(Alert, bodies, check)

    def maintain(self, now_ms: int) -> None:
        """Delete alerts that ended long ago."""
        before = now_ms - self._retention.alerts_s * 1000
        with self._database.writing() as connection:
            connection.execute(
                delete(ALERTS).where(
                    ALERTS.c.state == AlertState.RESOLVED.value, ALERTS.c.changed_ms < before
                )
            )


def _upsert(connection: Connection, cluster: str, alerts: Iterable[Alert]) -> None:
    rows = [
        {
            "fingerprint": a.fingerprint, "cluster": stored(cluster), "state": a.state.value,
            "changed_ms": a.resolved_ms or a.seen_ms, "body": _body_of(a),
        }
        for a in alerts
    ]  # fmt: skip
    for chunk in chunks(rows):
        insert = insert_into(connection, ALERTS)
        replaced = {n: insert.excluded[n] for n in ("cluster", "state", "changed_ms", "body")}
        connection.execute(
            insert.on_conflict_do_update(index_elements=["fingerprint"], set_=replaced), chunk
        )


def _body_of(alert: Alert) -> str:
    return encode(alert).replace(_KEY, _STORED_KEY)


def _minutes_text(minutes: Mapping[str, BadMinutes]) -> str:
    plain: _MINUTES = {group: (m.minute, f"{m.bits:x}") for group, m in minutes.items()}
    return encode(plain)


def _minutes_of(text: str) -> Mapping[str, BadMinutes]:
    try:
        plain = read_typed(text, _MINUTES, "bad minutes")
        return {group: BadMinutes(minute, int(bits, 16)) for group, (minute, bits) in plain.items()}
    except (DocumentError, ValueError):
        return {}  # counted from now on
