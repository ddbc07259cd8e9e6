"""Lag over time: a row per sample of a group, merged into coarser spans with age, limited in age and size."""

from collections.abc import Collection, Iterable, Mapping
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    literal_column,
    select,
)

from steward.model.history import GroupPoint, HistorySpan
from steward.store.database import Database
from steward.store.inserting import chunks, insert_into
from steward.store.names import stored
from steward.store.retention import HOUR_S, Retention
from steward.store.samples import merged_columns, merged_into, row_of, span_of
from steward.store.tables import SAMPLES, SERIES

_KEY = ("series_id", "step_s", "at_s", "basis")
_ROLLED_SERIES = 200
"""Series per transaction of maintenance, so that it holds the lock only briefly."""


class HistoryTable:
    """The history of all clusters."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention
        self._series: dict[tuple[str, str, str], int] = {}

    def append(self, cluster: str, at_ms: int, points: Iterable[GroupPoint]) -> None:
        """Save one poll of a cluster's groups; the same poll is saved once.

        Errors: StoreUnavailable; nothing of the poll is saved then.
        """
        named = {(stored(cluster), stored(p.group), p.topic or ""): p for p in points}
        if not named:
            return
        with self._database.writing() as connection:
            ids = self._ids(connection, named)
            rows = [row_of(point, ids[name], at_ms // 1000) for name, point in named.items()]
            for chunk in chunks(rows):
                insert = insert_into(connection, SAMPLES)
                figures = {n: insert.excluded[n] for n in chunk[0] if n not in _KEY}
                connection.execute(
                    insert.on_conflict_do_update(index_elements=_KEY, set_=figures), chunk
                )
        self._series.update(ids)

    def _ids(
        self, connection: Connection, names: Collection[tuple[str, str, str]]
    ) -> Mapping[tuple[str, str, str], int]:
        """Return the number of each series, adding new ones; one deleted by another process is added again."""
        known = {n: self._series[n] for n in names if n in self._series}
        if known:
            present = _present(connection, known.values())
            known = {n: i for n, i in known.items() if i in present}
        missing = [n for n in names if n not in known]
        for chunk in chunks(missing):
            rows = [{"cluster": c, "group_id": g, "topic": t} for c, g, t in chunk]
            connection.execute(insert_into(connection, SERIES).on_conflict_do_nothing(), rows)
        for cluster in {n[0] for n in missing}:
            wanted = {n for n in missing if n[0] == cluster}
            for chunk in chunks(sorted({g for _, g, _ in wanted})):
                found = connection.execute(
                    select(SERIES).where(SERIES.c.cluster == cluster, SERIES.c.group_id.in_(chunk))
                )
                for row in found:
                    if (name := (row.cluster, row.group_id, row.topic)) in wanted:
                        known[name] = row.id
        return known

    def read(
        self,
        cluster: str,
        *,
        since_ms: int,
        until_ms: int | None = None,
        groups: Collection[str] | None = None,
        topics: bool = False,
    ) -> tuple[HistorySpan, ...]:
        """Return the history of groups (None: all) between two times, oldest first, then by group and topic.

        Spans that overlap the time are included. ``topics`` includes spans of topics.
        """
        names = {stored(g): g for g in groups or ()}
        with self._database.reading() as connection:
            query = (
                select(SAMPLES, SERIES.c.group_id, SERIES.c.topic)
                .join_from(SERIES, SAMPLES, SAMPLES.c.series_id == SERIES.c.id)
                .where(SERIES.c.cluster == stored(cluster))
                .where(SAMPLES.c.at_s + SAMPLES.c.step_s >= since_ms // 1000)
                .where(SAMPLES.c.at_s >= since_ms // 1000 - self._retention.coarse_step_s)
                .where(SAMPLES.c.step_s.in_(self._steps))
            )
            if until_ms is not None:
                query = query.where(SAMPLES.c.at_s <= until_ms // 1000)
            if groups is not None:
                query = query.where(SERIES.c.group_id.in_(list(names)))
            if not topics:
                query = query.where(SERIES.c.topic == "")
            order = (SAMPLES.c.at_s, SERIES.c.group_id, SERIES.c.topic, SAMPLES.c.basis)
            rows = connection.execute(query.order_by(*order)).mappings().all()
        return tuple(
            span_of(row, names.get(str(row["group_id"]), str(row["group_id"]))) for row in rows
        )

    @property
    def _steps(self) -> tuple[int, int, int]:
        return (0, self._retention.minute_step_s, self._retention.coarse_step_s)

    def maintain(self, now_ms: int) -> None:
        """Merge aged data, delete what is too old, and enforce the size limit, in many short transactions."""
        kept, now_s = self._retention, now_ms // 1000
        for series in self._series_chunks():
            with self._database.writing() as connection:
                _roll_up(connection, series, 0, kept.minute_step_s, now_s - kept.looks_s)
                minutes, coarse = kept.minute_step_s, kept.coarse_step_s
                _roll_up(connection, series, minutes, coarse, now_s - kept.minutes_s)
                self._forget(connection, series, now_s - kept.coarse_s - coarse)
        self._keep_to_size()
        self._forget_series()

    def _forget_series(self) -> None:
        """Delete the names of series without rows.

        Two statements: the first takes its lock without waiting; the second sees rows added in between.
        """
        empty = ~exists().where(SAMPLES.c.series_id == SERIES.c.id)
        with self._database.writing() as connection:
            query = select(SERIES.c.id).where(empty).with_for_update(skip_locked=True)
            for chunk in chunks(list(connection.execute(query).scalars())):
                connection.execute(delete(SERIES).where(SERIES.c.id.in_(chunk), empty))

    def _series_chunks(self) -> Iterable[list[int]]:
        with self._database.reading() as connection:
            ids = list(connection.execute(select(SERIES.c.id).order_by(SERIES.c.id)).scalars())
        return [ids[i : i + _ROLLED_SERIES] for i in range(0, len(ids), _ROLLED_SERIES)]

    def _forget(self, connection: Connection, series: Collection[int], before_s: int) -> None:
        """Delete rows that begin before a time; naming the steps lets the query use the key."""
        connection.execute(
            delete(SAMPLES).where(
                SAMPLES.c.series_id.in_(series),
                SAMPLES.c.step_s.in_(self._steps),
                SAMPLES.c.at_s < before_s,
            )
        )

    def _keep_to_size(self) -> None:
        """Delete the oldest hours until the size limit is met; the last hour stays."""
        while self._database.size_bytes() > self._retention.max_bytes:
            with self._database.reading() as connection:
                ages = select(func.min(SAMPLES.c.at_s), func.max(SAMPLES.c.at_s))
                oldest, newest = connection.execute(ages).one()
            if oldest is None or oldest + HOUR_S >= newest:
                return
            for series in self._series_chunks():
                with self._database.writing() as connection:
                    self._forget(connection, series, min(oldest + 6 * HOUR_S, newest - HOUR_S))


def _roll_up(
    connection: Connection, series: Collection[int], fine: int, coarse: int, before_s: int
) -> None:
    """Merge the fine rows of whole coarse spans that end before a time."""
    end = before_s // coarse * coarse
    aged = and_(
        SAMPLES.c.series_id.in_(series), SAMPLES.c.step_s == fine, SAMPLES.c.at_s < end
    )  # fmt: skip
    # inlined: PostgreSQL would treat the step of the grouping as a different parameter
    step = cast("ColumnElement[int]", literal_column(str(coarse)))
    beginning = SAMPLES.c.at_s - SAMPLES.c.at_s % step
    figures = merged_columns()
    rows = (
        select(
            SAMPLES.c.series_id,
            step.label("step_s"),
            beginning.label("at_s"),
            SAMPLES.c.basis,
            *(column.label(name) for name, column in figures.items()),
        )
        .where(aged)
        .group_by(SAMPLES.c.series_id, beginning, SAMPLES.c.basis)
    )
    insert = insert_into(connection, SAMPLES).from_select([*_KEY, *figures], rows)
    connection.execute(
        insert.on_conflict_do_update(index_elements=_KEY, set_=merged_into(insert.excluded))
    )
    connection.execute(delete(SAMPLES).where(aged))


def _present(connection: Connection, ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(list(ids)):
        query = select(SERIES.c.id).where(SERIES.c.id.in_(chunk))
        query = query.with_for_update(read=True, key_share=True)
        found |= set(connection.execute(query).scalars())
    return found
