"""The metrics page: the latest polls, in the order of the registry, written piece by piece."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steward.analysis.lag.group_summary import GroupLagSummary
from steward.analysis.lag.offset_table import ABSENT, OffsetTable
from steward.daemon.collection.facts import seconds_of
from steward.daemon.collection.loop import WatchState
from steward.daemon.collection.poll import ClusterPoll
from steward.daemon.collection.store_writer import StoreState
from steward.daemon.drift.loop import DriftState
from steward.daemon.metrics import registry as m
from steward.daemon.metrics.exposition import PartitionLines, Row, block, head
from steward.daemon.metrics.registry import FAMILIES, Family
from steward.model.lag import LagSeconds
from steward.model.unknown import Unknown, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterView:
    """One cluster for the page. ``poll`` is None while there is no poll, or only a stale one."""

    state: WatchState
    now: float
    poll: ClusterPoll | None

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.state.cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStatus:
    """The daemon's state for the page; ``alerts`` are rows of cluster, rule, state and number.

    ``drifts`` are the drift checks, each with the seconds since its last success.
    """

    version: str
    resident_bytes: int
    cpu_seconds: float
    render_seconds: float
    store: StoreState | None
    alerts: Sequence[tuple[tuple[str, str, str], int]] = ()
    delivered: Mapping[str, int] = field(default_factory=dict[str, int])
    failures: Mapping[str, int] = field(default_factory=dict[str, int])
    pending: Mapping[str, int] = field(default_factory=dict[str, int])
    drifts: Sequence[tuple[DriftState, float]] = ()
    quarantines_over: Mapping[str, int] = field(default_factory=dict[str, int])


def view_of(state: WatchState, now: float) -> ClusterView:
    """Take a cluster's state at one moment; a stale poll is not served."""
    return ClusterView(state=state, now=now, poll=state.poll if state.is_fresh(now) else None)


class MetricsPages:
    """Writes pages, caching the labels of each cluster's partitions between pages.

    Without ``per_partition`` the series of single partitions are omitted.
    """

    def __init__(self, *, per_partition: bool = True) -> None:
        self._per_partition = per_partition
        self._lines: dict[str, tuple[OffsetTable, PartitionLines]] = {}

    def write(self, views: Sequence[ClusterView], own: DaemonStatus) -> Iterator[str]:
        """Write a page, one piece per family, and per group within the large ones."""
        for family in FAMILIES:
            if family in _BULK:
                if self._per_partition:
                    yield from self._bulk(family, views)
                continue
            rows = _ROWS.get(family)
            if rows is not None:
                text = block(family, (row for view in views for row in rows(view)))
            else:
                text = block(family, _OWN[family](own))
            if text:
                yield text

    def _bulk(self, family: Family, views: Sequence[ClusterView]) -> Iterator[str]:
        introduced = False
        for view in views:
            if view.poll is None:
                continue
            for text in _BULK[family](view.name, view.poll, self._lines_of(view.name, view.poll)):
                if text and not introduced:
                    yield head(family)
                    introduced = True
                if text:
                    yield text

    def _lines_of(self, cluster: str, poll: ClusterPoll) -> PartitionLines:
        known = self._lines.get(cluster)
        if known is None or known[0].partitions is not poll.table.partitions:
            known = self._lines[cluster] = (poll.table, PartitionLines(poll.table.partitions))
        return known[1]


# One sample for each pair or partition

PartitionMask = NDArray[np.bool_]


def _pairs(
    family: Family, values_of: Callable[[ClusterPoll], tuple[NDArray[Any], PartitionMask]]
) -> Callable[[str, ClusterPoll, PartitionLines], Iterator[str]]:
    def write(cluster: str, poll: ClusterPoll, lines: PartitionLines) -> Iterator[str]:
        values, known = values_of(poll)
        pairs, everything = poll.columns.pairs, len(poll.table.partitions)
        for number, group in enumerate(pairs.groups):
            part = pairs.of(number)
            shown, rows = known[part], pairs.rows[part]
            if shown.all() and len(rows) == everything:
                yield lines.lines(family, (cluster, group.group), values[part].tolist())
            else:
                yield lines.lines(
                    family,
                    (cluster, group.group),
                    values[part][shown].tolist(),
                    rows[shown].tolist(),
                )

    return write


def _partitions(
    family: Family, values_of: Callable[[OffsetTable], NDArray[Any]]
) -> Callable[[str, ClusterPoll, PartitionLines], Iterator[str]]:
    def write(cluster: str, poll: ClusterPoll, lines: PartitionLines) -> Iterator[str]:
        values = values_of(poll.table)
        rows = np.flatnonzero(values != ABSENT)
        yield lines.lines(family, (cluster,), values[rows].tolist(), rows.tolist())

    return write


def _lag_seconds(poll: ClusterPoll) -> tuple[NDArray[Any], PartitionMask]:
    values = poll.columns.value
    return np.round(values, 3), ~np.isnan(values)


def _lag_records(poll: ClusterPoll) -> tuple[NDArray[Any], PartitionMask]:
    return poll.columns.records, poll.columns.records != ABSENT


_BULK: Mapping[Family, Callable[[str, ClusterPoll, PartitionLines], Iterator[str]]] = {
    m.GROUP_LAG_SECONDS: _pairs(m.GROUP_LAG_SECONDS, _lag_seconds),
    m.GROUP_LAG_RECORDS: _pairs(m.GROUP_LAG_RECORDS, _lag_records),
    m.PARTITION_END_OFFSET: _partitions(m.PARTITION_END_OFFSET, lambda table: table.end),
    m.PARTITION_START_OFFSET: _partitions(m.PARTITION_START_OFFSET, lambda table: table.start),
}

# One sample for each group

Rows = Iterator[Row]
RowsOf = Callable[[ClusterView], Iterable[Row]]


def _groups(value_of: Callable[[GroupLagSummary], float | None]) -> RowsOf:
    def rows(view: ClusterView) -> Rows:
        for group in view.poll.groups if view.poll else ():
            value = value_of(group)
            if value is not None:
                yield (view.name, group.group), value

    return rows


def _seconds(pick: Callable[[LagSeconds], float | None]) -> RowsOf:
    def value_of(group: GroupLagSummary) -> float | None:
        seconds = seconds_of(group)
        return None if isinstance(seconds, Unknown) else pick(seconds)

    return _groups(value_of)


def _low(group: GroupLagSummary) -> float | None:
    """The lower bound is valid even while the value is unknown, unless it is trivial."""
    return None if group.low is None else round(group.low, 3)


def _of_poll(rows: Callable[[str, ClusterPoll], Rows]) -> RowsOf:
    return lambda view: rows(view.name, view.poll) if view.poll else ()


def _basis(cluster: str, poll: ClusterPoll) -> Rows:
    for group in poll.groups:
        if group.basis is not None:
            yield (cluster, group.group, str(group.basis)), 1


def _unknown_groups(view: ClusterView) -> Rows:
    """Groups that could not be read, and every known group while the cluster is unreachable."""
    if view.poll is not None:
        for group, why in sorted(view.poll.table.unknown_groups.items()):
            yield (view.name, group, str(why.why)), 1
    elif view.state.poll is not None:
        for group in view.state.poll.groups:
            yield (view.name, group.group, "stale"), 1


def _flagged(cluster: str, poll: ClusterPoll) -> Rows:
    for group in poll.groups:
        for flag, count in group.flags.items():
            yield (cluster, group.group, str(flag)), count


def _loss(cluster: str, poll: ClusterPoll) -> Rows:
    for group, pace in poll.group_rates.items():
        if pace.data_loss_seconds is not None:
            yield (cluster, group), round(pace.data_loss_seconds, 1)


def _state(cluster: str, poll: ClusterPoll) -> Rows:
    for group in poll.groups:
        yield (cluster, group.group, group.type, group.state), 1


# One sample for each topic


def _topics(pick: Callable[[Any], int | None]) -> RowsOf:
    def rows(cluster: str, poll: ClusterPoll) -> Rows:
        for topic in poll.topics:
            value = pick(topic)
            if value is not None:
                yield (cluster, topic.topic), value

    return _of_poll(rows)


def _unknown_topics(cluster: str, poll: ClusterPoll) -> Rows:
    for topic in poll.topics:
        if isinstance(topic.under_min_isr, Unknown):
            yield (cluster, topic.topic, str(topic.under_min_isr.why)), 1


def _unknown_partitions(cluster: str, poll: ClusterPoll) -> Rows:
    blind = np.flatnonzero(poll.table.end == ABSENT).tolist()
    reasons = Counter(str(w.why) for row in blind if (w := poll.table.unknown.get(row)))
    unsaid = len(blind) - sum(reasons.values())
    if unsaid:
        reasons["refused"] += unsaid
    for why, count in sorted(reasons.items()):
        yield (cluster, why), count


def _hanging(cluster: str, poll: ClusterPoll) -> Rows:
    if not isinstance(poll.hanging, Unknown):
        yield (cluster,), len(poll.hanging)


def _hanging_seconds(cluster: str, poll: ClusterPoll) -> Rows:
    if isinstance(poll.hanging, Unknown):
        return
    for partition, seconds in poll.hanging.items():
        yield (cluster, partition.topic, str(partition.partition)), round(seconds, 3)


def _hanging_unknown(cluster: str, poll: ClusterPoll) -> Rows:
    if isinstance(poll.hanging, Unknown):
        yield (cluster, str(poll.hanging.why)), 1


# One sample, or a few, for each cluster


def _cluster(value_of: Callable[[ClusterView], float | None]) -> RowsOf:
    def rows(view: ClusterView) -> Rows:
        value = value_of(view)
        if value is not None:
            yield (view.name,), value

    return rows


def _counted(pick: Callable[[WatchState], Mapping[str, int]]) -> RowsOf:
    return lambda view: (((view.name, key), n) for key, n in sorted(pick(view.state).items()))


def _gaps(cluster: str, poll: ClusterPoll) -> Rows:
    for why, count in sorted(Counter(str(g.why) for g in poll.table.gaps).items()):
        yield (cluster, why), count


_ROWS: Mapping[Family, RowsOf] = {
    m.GROUP_WORST_LAG_SECONDS: _seconds(lambda s: s.value),
    m.GROUP_LAG_SECONDS_LOW: _groups(_low),
    m.GROUP_LAG_SECONDS_HIGH: _seconds(lambda s: s.high),
    m.GROUP_TOTAL_LAG_RECORDS: _groups(lambda g: g.records),
    m.GROUP_LAG_BASIS: _of_poll(_basis),
    m.GROUP_LAG_UNKNOWN: _groups(lambda g: g.unknown_partitions),
    m.GROUP_UNKNOWN: _unknown_groups,
    m.GROUP_LOST_RECORDS: _groups(lambda g: g.lost),
    m.GROUP_DATA_LOSS_IN_SECONDS: _of_poll(_loss),
    m.GROUP_FLAGGED_PARTITIONS: _of_poll(_flagged),
    m.GROUP_ARRIVALS: _of_poll(
        lambda c, k: (((c, g), round(p.arrivals, 3)) for g, p in k.group_rates.items())
    ),
    m.GROUP_CONSUMED: _of_poll(
        lambda c, k: (((c, g), round(p.consumed, 3)) for g, p in k.group_rates.items())
    ),
    m.GROUP_STATE: _of_poll(_state),
    m.GROUP_MEMBERS: _of_poll(lambda c, k: (((c, g), n) for g, n in sorted(k.members.items()))),
    m.GROUP_REBALANCES: _of_poll(
        lambda c, k: (((c, g), u.rebalances) for g, u in k.stability.items())
    ),
    m.TOPIC_PARTITIONS: _topics(lambda t: t.partitions),
    m.TOPIC_PARTITIONS_OFFLINE: _topics(lambda t: len(t.offline)),
    m.TOPIC_PARTITIONS_UNDER_MIN_ISR: _topics(
        lambda t: None if isinstance(t.under_min_isr, Unknown) else len(t.under_min_isr)
    ),
    m.TOPIC_PARTITIONS_UNDER_REPLICATED: _topics(lambda t: len(t.under_replicated)),
    m.TOPIC_UNKNOWN: _of_poll(_unknown_topics),
    m.PARTITIONS_UNKNOWN: _of_poll(_unknown_partitions),
    m.HANGING_TRANSACTIONS: _of_poll(_hanging),
    m.HANGING_TRANSACTION_SECONDS: _of_poll(_hanging_seconds),
    m.HANGING_TRANSACTIONS_UNKNOWN: _of_poll(_hanging_unknown),
    m.COLLECTION_UP: _cluster(lambda v: int(v.state.poll is not None and v.state.fault is None)),
    m.COLLECTION_STALENESS_SECONDS: _cluster(lambda v: round(v.state.staleness(v.now), 3)),
    m.COLLECTION_INTERVAL_SECONDS: _cluster(lambda v: v.state.interval),
    m.COLLECTION_DURATION_SECONDS: _cluster(
        lambda v: v.state.poll and round(v.state.poll.duration_seconds, 3)
    ),
    m.COLLECTIONS: _cluster(lambda v: v.state.succeeded),
    m.COLLECTION_ERRORS: _counted(lambda s: s.failed),
    m.COLLECTION_REQUESTS: _counted(lambda s: s.requests),
    m.COLLECTION_TIMESTAMP_QUERIES: _cluster(lambda v: v.state.timestamp_queries),
    m.COLLECTION_TIMESTAMP_BUDGET: _cluster(lambda v: v.state.budget),
    m.COLLECTION_GAPS: _of_poll(_gaps),
    m.OFFSET_HISTORY_POLLS: _cluster(lambda v: v.state.poll and v.state.poll.history_polls),
    m.OFFSET_HISTORY_BYTES: _cluster(lambda v: v.state.poll and v.state.poll.history_bytes),
}

# The daemon itself


def _of_store(
    pick: Callable[[StoreState], float | None],
) -> Callable[[DaemonStatus], Iterable[Row]]:
    def rows(own: DaemonStatus) -> Rows:
        value = None if own.store is None else pick(own.store)
        if value is not None:
            yield (), value

    return rows


def _by_receiver(
    pick: Callable[[DaemonStatus], Mapping[str, int]],
) -> Callable[[DaemonStatus], Iterable[Row]]:
    return lambda own: (((receiver,), n) for receiver, n in sorted(pick(own).items()))


def _drift(
    rows_of: Callable[[DriftState, float], Iterable[tuple[tuple[str, ...], float]]],
) -> Callable[[DaemonStatus], Iterable[Row]]:
    return lambda own: (
        ((state.cluster, state.manifests, *labels), value)
        for state, staleness in own.drifts
        for labels, value in rows_of(state, staleness)
    )


def _drifted(state: DriftState, _: float) -> Iterator[tuple[tuple[str, ...], float]]:
    """Differing objects by kind; no samples while the last check failed."""
    if state.last is not None and state.fault is None:
        for kind, count in state.last.counts.items():
            yield (kind,), count


def _not_compared(state: DriftState, _: float) -> Iterator[tuple[tuple[str, ...], float]]:
    if state.unseen is not None and state.unseen.why is not Why.NOT_REQUESTED:
        yield (str(state.unseen.why),), 1


_OWN: Mapping[Family, Callable[[DaemonStatus], Iterable[Row]]] = {
    m.STORE_UP: _of_store(lambda s: int(not s.trouble)),
    m.STORE_ERRORS: _of_store(lambda s: s.errors),
    m.STORE_LOST_WRITES: _of_store(lambda s: s.lost_writes),
    m.STORE_SIZE_BYTES: _of_store(lambda s: s.size_bytes),
    m.DRIFT_OBJECTS: _drift(_drifted),
    m.DRIFT_UNKNOWN: _drift(_not_compared),
    m.DRIFT_STALENESS_SECONDS: _drift(lambda _, staleness: [((), round(staleness, 3))]),
    m.DRIFT_INTERVAL_SECONDS: _drift(lambda s, _: [((), s.interval)]),
    m.DRIFT_CHECKS: _drift(lambda s, _: [((), s.checks)]),
    m.DRIFT_ERRORS: _drift(lambda s, _: [((c,), n) for c, n in sorted(s.failed.items())]),
    m.DRIFT_ENFORCED_STEPS: _drift(lambda s, _: [((c,), n) for c, n in sorted(s.enforced.items())]),
    m.QUARANTINES_OVER: lambda own: (((c,), n) for c, n in sorted(own.quarantines_over.items())),
    m.ALERTS: lambda own: own.alerts,
    m.NOTIFICATIONS: _by_receiver(lambda own: own.delivered),
    m.NOTIFICATION_FAILURES: _by_receiver(lambda own: own.failures),
    m.NOTIFICATIONS_PENDING: _by_receiver(lambda own: own.pending),
    m.BUILD_INFO: lambda own: [((own.version,), 1)],
    m.PROCESS_RESIDENT_BYTES: lambda own: [((), own.resident_bytes)],
    m.PROCESS_CPU_SECONDS: lambda own: [((), own.cpu_seconds)],
    m.RENDER_SECONDS: lambda own: [((), own.render_seconds)],
}
