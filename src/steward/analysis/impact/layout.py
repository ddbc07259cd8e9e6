"""A snapshot's partitions as columns: replicas, in-sync replicas, sizes and traffic."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from steward.model.connection import Environment
from steward.model.names import TopicPartition
from steward.model.policy import Criticality, criticality_of
from steward.model.replication import effective_min_isr
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Partition, PartitionOffsets, Topic
from steward.model.unknown import NotApplicable, Observed, Unknown, known_or

ColumnInts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
ColumnFloats = npt.NDArray[np.float64]

LEVELS = tuple(Criticality)
"""The criticality levels, in the order of the columns."""
NONE = -1
_MIN_ISR, _UNCLEAN = "min.insync.replicas", "unclean.leader.election.enable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionColumns:
    """All partitions as columns, their replicas by slot in assignment order.

    Shape:  ``replicas``, ``in_isr``, ``in_elr``, ``log_bytes`` are [slot, partition].
    Units:  bytes, and bytes per second that producers write to a partition; NaN is unknown.

    Brokers, racks, hosts and topics are indexes into the tuples of their names; -1 is none, and an unknown min ISR.
    ``min_isr`` is the effective value, ``configured_min_isr`` the setting min.insync.replicas: see
    model/replication.py.
    """

    brokers: tuple[int, ...]
    alive: Flags
    rack: ColumnInts
    racks: tuple[str, ...]
    host: ColumnInts
    hosts: tuple[str, ...]
    topics: tuple[str, ...]
    topic: ColumnInts
    number: ColumnInts
    replicas: ColumnInts
    in_isr: Flags
    in_elr: Flags
    leader: ColumnInts
    min_isr: ColumnInts
    configured_min_isr: ColumnInts
    unclean: Flags
    level: ColumnInts
    log_bytes: ColumnFloats
    rate: ColumnFloats

    @property
    def partitions(self) -> int:
        """Number of partitions."""
        return len(self.leader)

    @property
    def size(self) -> ColumnFloats:
        """Bytes of one copy of each partition: its largest log, because followers may be behind; NaN is unknown."""
        if not len(self.log_bytes):
            return np.zeros(self.partitions)
        largest = np.where(np.isnan(self.log_bytes), -1.0, self.log_bytes).max(axis=0)
        return np.where(largest < 0, np.nan, largest)

    def name_of(self, row: int) -> TopicPartition:
        """Return the partition of a column."""
        return TopicPartition(self.topics[int(self.topic[row])], int(self.number[row]))


def layout_of(
    snapshot: ClusterSnapshot,
    *,
    earlier: ClusterSnapshot | None = None,
    criticality: Mapping[str, Criticality] | None = None,
    environment: Environment = Environment.PRODUCTION,
) -> PartitionColumns | Unknown:
    """Build the layout of a snapshot; Unknown if brokers or topics are.

    ``earlier`` is a snapshot of the same cluster some seconds before: with it, offsets give rates.

    Source: Metadata or DescribeTopicPartitions (KIP-966), DescribeConfigs, DescribeLogDirs, ListOffsets.
    """
    if isinstance(snapshot.topics, Unknown):
        return snapshot.topics
    if isinstance(snapshot.brokers, Unknown):
        return snapshot.brokers
    topics = snapshot.topics.value
    rows = [p for topic in topics for p in topic.partitions]
    registered = {b.id: b for b in snapshot.brokers.value}
    brokers = tuple(sorted(registered.keys() | {r for p in rows for r in p.replicas}))
    place = {id: at for at, id in enumerate(brokers)}
    racks = tuple(sorted({b.rack for b in registered.values() if b.rack is not None}))
    hosts = tuple(sorted({b.host for b in registered.values()}))
    levels = [criticality_of(t.name, criticality or {}, environment) for t in topics]
    slots = max((len(p.replicas) for p in rows), default=0)
    members = _members(rows, slots, place)
    log_bytes = _log_bytes(snapshot, rows, members[0], brokers)
    configured = _by_topic(topics, [_min_isr(snapshot, t.name) for t in topics])
    return PartitionColumns(
        brokers=brokers,
        alive=np.array([id in registered and registered[id].fenced is not True for id in brokers], bool),
        rack=_index([registered[id].rack if id in registered else None for id in brokers], racks),
        racks=racks,
        host=_index([registered[id].host if id in registered else None for id in brokers], hosts),
        hosts=hosts,
        topics=tuple(t.name for t in topics),
        topic=_by_topic(topics, range(len(topics))),
        number=np.array([p.partition for p in rows], np.int32),
        replicas=members[0],
        in_isr=members[1],
        in_elr=members[2],
        leader=np.array([place.get(p.leader, NONE) for p in rows], np.int32),
        min_isr=_effective(configured, rows),
        configured_min_isr=configured,
        unclean=_by_topic(topics, [_unclean(snapshot, t.name) for t in topics]).astype(bool),
        level=_by_topic(topics, [LEVELS.index(level) for level in levels]),
        log_bytes=log_bytes,
        rate=_rates(snapshot, earlier, rows, log_bytes),
    )  # fmt: skip


def _members(
    rows: list[Partition], slots: int, place: Mapping[int, int]
) -> tuple[ColumnInts, Flags, Flags]:
    replicas = np.full((slots, len(rows)), NONE, np.int32)
    in_isr = np.zeros((slots, len(rows)), bool)
    in_elr = np.zeros((slots, len(rows)), bool)
    for slot in range(slots):
        here = [p.replicas[slot] if slot < len(p.replicas) else None for p in rows]
        replicas[slot] = [NONE if id is None else place[id] for id in here]
        in_isr[slot] = [id in p.isr for id, p in zip(here, rows, strict=True)]
        in_elr[slot] = [
            not isinstance(p.elr, NotApplicable) and id in p.elr
            for id, p in zip(here, rows, strict=True)
        ]
    return replicas, in_isr, in_elr


def _index(names: list[str | None], known: tuple[str, ...]) -> ColumnInts:
    at = {name: n for n, name in enumerate(known)}
    return np.array([NONE if name is None else at[name] for name in names], np.int32)


def _by_topic(topics: tuple[Topic, ...], values: Any) -> ColumnInts:
    """Expand one number per topic to its partitions."""
    counts = [len(t.partitions) for t in topics]
    return np.repeat(np.array(list(values), np.int32), np.array(counts, np.int64))


def _config(snapshot: ClusterSnapshot, topic: str, key: str) -> str | None:
    part = snapshot.topic_configs
    configs = part.value.get(topic) if isinstance(part, Observed) else None
    entry = configs.get(key) if configs is not None and not isinstance(configs, Unknown) else None
    return entry.value if entry else None


def _min_isr(snapshot: ClusterSnapshot, topic: str) -> int:
    value = _config(snapshot, topic, _MIN_ISR)
    return int(value) if value else NONE


def _effective(configured: ColumnInts, rows: list[Partition]) -> ColumnInts:
    asked = zip(configured.tolist(), rows, strict=True)
    return np.array([effective_min_isr(n, len(p.replicas)) for n, p in asked], np.int32)


def _unclean(snapshot: ClusterSnapshot, topic: str) -> bool:
    return _config(snapshot, topic, _UNCLEAN) == "true"


def _log_bytes(
    snapshot: ClusterSnapshot, rows: list[Partition], replicas: ColumnInts, brokers: tuple[int, ...]
) -> ColumnFloats:
    """Bytes of each replica's log; if one is unknown, the largest known of the same partition."""
    sizes: dict[tuple[TopicPartition, int], int] = dict(_logs(snapshot))
    ids = (*brokers, NONE)
    found = np.full(replicas.shape, np.nan)
    for slot, places in enumerate(replicas):
        held = zip(rows, (int(at) for at in places), strict=True)
        found[slot] = [sizes.get((p.key, ids[at]), np.nan) for p, at in held]
    if not len(found):
        return found
    largest = np.where(np.isnan(found), -1.0, found).max(axis=0)
    stand_in = np.where(largest < 0, np.nan, largest)
    return np.where(np.isnan(found) & (replicas != NONE), stand_in, found)


def _logs(snapshot: ClusterSnapshot) -> Iterator[tuple[tuple[TopicPartition, int], int]]:
    if isinstance(snapshot.log_dirs, Observed):
        for broker, dirs in snapshot.log_dirs.value.items():
            for log in (log for d in known_or(dirs, ()) for log in d.replicas):
                if not log.is_future:
                    yield (log.partition, broker), log.size_bytes  # fmt: skip


def _rates(
    snapshot: ClusterSnapshot,
    earlier: ClusterSnapshot | None,
    rows: list[Partition],
    log_bytes: ColumnFloats,
) -> ColumnFloats:
    """Bytes per second: records that arrived between two snapshots, at the mean size of the retained ones."""
    unknown = np.full(len(rows), np.nan)
    if earlier is None or not isinstance(snapshot.offsets, Observed) or not len(log_bytes):
        return unknown
    if not isinstance(earlier.offsets, Observed):
        return unknown
    seconds = (snapshot.offsets.at_ms - earlier.offsets.at_ms) / 1000
    now, then = snapshot.offsets.value, earlier.offsets.value
    if seconds <= 0:
        return unknown
    records = np.array([_offsets_added(now.get(p.key), then.get(p.key)) for p in rows]) / seconds
    retained = np.array([_retained(now.get(p.key)) for p in rows])
    size = np.where(np.isnan(log_bytes), -1.0, log_bytes).max(axis=0)
    known = (retained > 0) & (size >= 0)
    each = np.divide(size, retained, out=np.full(len(rows), np.nan), where=known)
    return np.where(records == 0, 0.0, records * each)


def _offsets_added(
    now: PartitionOffsets | Unknown | None, then: PartitionOffsets | Unknown | None
) -> float:
    if isinstance(now, PartitionOffsets) and isinstance(then, PartitionOffsets):
        return float(max(0, now.end - then.end))
    return np.nan


def _retained(now: PartitionOffsets | Unknown | None) -> float:
    return float(now.end - now.start) if isinstance(now, PartitionOffsets) else np.nan
