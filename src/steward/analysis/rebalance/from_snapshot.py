"""Layout from a snapshot: sizes from log directories, rates from two samples of end offsets."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from steward.analysis.rebalance.layout import NONE, Floats, ReplicaLayout
from steward.model.broker import Broker, LogDir
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import NotApplicable, Unknown

Offsets = Mapping[TopicPartition, PartitionOffsets | Unknown]


def layout_of(
    brokers: Iterable[Broker],
    topics: Iterable[Topic],
    log_dirs: Collection[LogDir],
    rates: Mapping[TopicPartition, float] | None = None,
) -> ReplicaLayout:
    """Build a cluster's layout.

    A broker that is in an assignment but no longer registered counts as not alive. A partition's size is that of its
    largest replica. ``rates`` are the bytes per second that producers write to each partition; without them network
    load counts as 0. Brokers do not report consumption by partition.
    """
    known = {b.id: b for b in brokers}
    states = [p for t in sorted(topics, key=lambda t: t.name) for p in t.partitions]
    ids = tuple(sorted({*known, *(b for p in states for b in p.replicas)}))
    place = {broker: i for i, broker in enumerate(ids)}
    width = max((len(p.replicas) for p in states), default=0)
    replicas = np.full((len(states), width), NONE, np.int32)
    in_sync = np.zeros((len(states), width), np.bool_)
    for row, state in enumerate(states):
        for slot, broker in enumerate(state.replicas):
            replicas[row, slot] = place[broker]
            in_sync[row, slot] = broker in state.isr
    sizes, keys = _sizes(log_dirs), tuple(p.key for p in states)
    written = rates or {}
    bytes_in = np.array([written.get(k, 0.0) for k in keys])
    return ReplicaLayout(
        partitions=keys,
        replicas=replicas,
        leader=np.array([place.get(p.leader, NONE) for p in states], np.int32),
        in_sync=in_sync,
        size=np.array([float(sizes.get(k, 0)) for k in keys]),
        bytes_in=bytes_in,
        bytes_out=np.zeros(len(keys)),
        brokers=ids,
        racks=tuple(known[b].rack if b in known else None for b in ids),
        alive=np.array([b in known and known[b].fenced is not True for b in ids], np.bool_),
        disk=_disks(log_dirs, ids),
        disk_other=_not_logs(log_dirs, ids),
    )


def _sizes(log_dirs: Iterable[LogDir]) -> Mapping[TopicPartition, int]:
    sizes: dict[TopicPartition, int] = {}
    for directory in log_dirs:
        for log in directory.replicas:
            if not log.is_future:
                sizes[log.partition] = max(log.size_bytes, sizes.get(log.partition, 0))
    return sizes


def _disks(log_dirs: Iterable[LogDir], brokers: tuple[int, ...]) -> Floats:
    """Return each broker's disk capacity: present logs plus free space in bytes; inf if unknown."""
    room: dict[int, float] = {}
    for directory in log_dirs:
        usable = directory.usable_bytes
        held = sum(log.size_bytes for log in directory.replicas)
        own = float("inf") if isinstance(usable, NotApplicable) else float(held + usable)
        room[directory.broker] = room.get(directory.broker, 0.0) + own
    return np.array([room.get(b, float("inf")) for b in brokers])


def _not_logs(log_dirs: Iterable[LogDir], brokers: tuple[int, ...]) -> Floats:
    """Return the bytes on each broker's disks that are neither logs nor free; 0 if unknown."""
    found: dict[int, float] = {}
    for directory in log_dirs:
        total, usable = directory.total_bytes, directory.usable_bytes
        if isinstance(total, NotApplicable) or isinstance(usable, NotApplicable):
            continue
        held = sum(log.size_bytes for log in directory.replicas)
        found[directory.broker] = found.get(directory.broker, 0.0) + max(total - usable - held, 0)
    return np.array([found.get(b, 0.0) for b in brokers])


def written_rates(
    before: Offsets, after: Offsets, seconds: float, log_dirs: Iterable[LogDir]
) -> Mapping[TopicPartition, float]:
    """Return each partition's growth in bytes per second: records between two samples, at the stored mean size."""
    sizes = _sizes(log_dirs)
    found: dict[TopicPartition, float] = {}
    for partition, now in after.items():
        then = before.get(partition)
        if not isinstance(now, PartitionOffsets) or not isinstance(then, PartitionOffsets):
            continue
        stored = now.end - now.start
        if stored > 0 and now.end > then.end and seconds > 0:
            found[partition] = (now.end - then.end) / seconds * sizes.get(partition, 0) / stored
    return found
