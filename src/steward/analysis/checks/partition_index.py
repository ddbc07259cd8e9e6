"""Indexes of partitions that many checks need, each built in one pass at first use."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from itertools import chain

from steward.analysis.checks.missing import FactMissing, known
from steward.model.names import TopicPartition
from steward.model.replication import lacks_replicas
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Partition, PartitionOffsets, Topic
from steward.model.unknown import Unknown, Why, known_or

_NO_SIZE = Unknown(Why.TRUNCATED, "no broker reported the log of some partitions")
_NO_OFFSETS = Unknown(Why.TRUNCATED, "no broker reported the offsets of some partitions")


class PartitionIndex:
    """Partitions of one snapshot by state and size; each index is built at first use."""

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def unhealthy(self) -> Mapping[str, tuple[Partition, ...]]:
        """By topic: partitions without a leader, or with fewer in-sync replicas than assigned."""
        found: dict[str, tuple[Partition, ...]] = {}
        for topic in known(self._snapshot.topics).value:
            unhealthy = tuple(p for p in topic.partitions if p.leader < 0 or lacks_replicas(p))
            if unhealthy:
                found[topic.name] = unhealthy
        return found

    @cached_property
    def replicas_by_broker(self) -> Mapping[int, int]:
        """The number of replicas assigned to each broker, including absent brokers."""
        topics = known(self._snapshot.topics).value
        return Counter(chain.from_iterable(p.replicas for t in topics for p in t.partitions))

    @cached_property
    def _sizes(self) -> Mapping[str, Mapping[int, int]]:
        """By topic and partition: the bytes of its largest replica."""
        found: dict[str, dict[int, int]] = {}
        for directories in known(self._snapshot.log_dirs).value.values():
            for directory in known_or(directories, ()):
                for log in directory.replicas:
                    if log.is_future:
                        continue
                    name, partition = log.partition
                    sizes = found.get(name)
                    if sizes is None:
                        sizes = found[name] = {}
                    if log.size_bytes >= sizes.get(partition, 0):
                        sizes[partition] = log.size_bytes
        return found

    def sizes(self, topic: Topic) -> tuple[int, ...]:
        """Return the bytes of each partition's largest replica, in order.

        Errors: FactMissing if no broker that answered has a partition's log.
        """
        by_number = self._sizes.get(topic.name, {})
        found = tuple(by_number.get(p.partition, -1) for p in topic.partitions)
        if -1 in found:
            raise FactMissing(_NO_SIZE)
        return found

    def offsets(self, topic: Topic) -> tuple[PartitionOffsets, ...]:
        """Return the offsets of each partition, in order.

        Errors: FactMissing if those of a partition are unknown.
        """
        by_partition = known(self._snapshot.offsets).value
        found: list[PartitionOffsets] = []
        for p in topic.partitions:
            offsets = by_partition.get(TopicPartition(topic.name, p.partition))
            if offsets is None:
                raise FactMissing(_NO_OFFSETS)
            found.append(known(offsets))
        return tuple(found)
