"""Replication health of a topic's partitions by Kafka's definitions, and their size on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from steward.model.config import ConfigEntry
from steward.model.names import TopicPartition
from steward.model.replication import is_at_min_isr, is_under_min_isr, is_under_replicated
from steward.model.snapshot import ClusterSnapshot
from steward.model.topic import Partition, Reassignment, Topic
from steward.model.unknown import NotApplicable, Observed, Unknown, Why, known_or

Missing = Unknown | NotApplicable


class PartitionState(StrEnum):
    """A partition's state: the worst that applies."""

    OFFLINE = "offline"
    UNDER_MIN_ISR = "under_min_isr"
    UNDER_REPLICATED = "under_replicated"
    REASSIGNING = "reassigning"
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Counts of unhealthy partitions; counts based on min.insync.replicas are Unknown where that is unknown."""

    offline: int
    under_replicated: int
    min_insync_replicas: int | Missing
    under_min_isr: int | Missing
    at_min_isr: int | Missing


class TopicFacts:
    """One snapshot, indexed for the health, configuration and size of its topics."""

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def moving(self) -> Mapping[TopicPartition, Reassignment]:
        """Reassignments in progress; empty where unknown."""
        found = self.snapshot.reassignments
        return {r.partition: r for r in found.value} if isinstance(found, Observed) else {}

    @cached_property
    def _sizes(self) -> Mapping[tuple[TopicPartition, int], int]:
        """Bytes of each replica's log, by partition and broker, for the brokers that responded."""
        part = self.snapshot.log_dirs
        if isinstance(part, Unknown):
            return {}
        return {
            (log.partition, broker): log.size_bytes
            for broker, dirs in part.value.items()
            for log_dir in known_or(dirs, ())
            for log in log_dir.replicas
            if not log.is_future
        }

    # Health

    def health(self, topic: Topic) -> Health:
        """Count a topic's unhealthy partitions.

        Source: kafka-topics --under-replicated-partitions, --at-min-isr-partitions; below min ISR as the broker's
                metric UnderMinIsr counts it, see model/replication.py.
        """
        minimum = self.min_insync_replicas(topic.name)
        under: int | Missing
        at: int | Missing
        if isinstance(minimum, int):
            under = sum(is_under_min_isr(p, minimum) for p in topic.partitions)
            at = sum(is_at_min_isr(p, minimum) for p in topic.partitions)
        else:
            under = at = minimum
        return Health(
            offline=sum(p.leader < 0 for p in topic.partitions),
            under_replicated=sum(self.is_under_replicated(p) for p in topic.partitions),
            min_insync_replicas=minimum,
            under_min_isr=under,
            at_min_isr=at,
        )

    def is_under_replicated(self, partition: Partition) -> bool:
        """Return whether a replica is out of sync; replicas that a reassignment is adding do not count."""
        return is_under_replicated(partition, self.moving.get(partition.key))

    def state(self, partition: Partition) -> PartitionState:
        """Return the worst state that applies to a partition."""
        minimum = self.min_insync_replicas(partition.topic)
        if partition.leader < 0:
            return PartitionState.OFFLINE
        if isinstance(minimum, int) and is_under_min_isr(partition, minimum):
            return PartitionState.UNDER_MIN_ISR
        if self.is_under_replicated(partition):
            return PartitionState.UNDER_REPLICATED
        moves = partition.key in self.moving
        return PartitionState.REASSIGNING if moves else PartitionState.OK

    # Configuration

    def min_insync_replicas(self, topic: str) -> int | Missing:
        """Return a topic's effective min.insync.replicas."""
        return self.config_number(topic, "min.insync.replicas")

    def config_number(self, topic: str, key: str) -> int | Missing:
        """Return one effective integer entry of a topic."""
        entry = self._entry(topic, key)
        if isinstance(entry, ConfigEntry):
            return int(entry.value) if entry.value else NotApplicable(f"{key} has no value")
        return entry

    def config_text(self, topic: str, key: str) -> str | Missing:
        """Return one effective entry of a topic as text."""
        entry = self._entry(topic, key)
        return entry.value or "" if isinstance(entry, ConfigEntry) else entry

    def _entry(self, topic: str, key: str) -> ConfigEntry | Missing:
        configs = self.configs(topic)
        if isinstance(configs, Unknown):
            return configs
        return configs.get(key) or NotApplicable(f"{key} is unknown to this Kafka version")

    def configs(self, topic: str) -> Mapping[str, ConfigEntry] | Unknown:
        """Return a topic's effective entries."""
        part = self.snapshot.topic_configs
        if isinstance(part, Unknown):
            return part
        missing = Unknown(Why.TRUNCATED, f"the configuration of topic {topic} was not reported")
        return part.value.get(topic, missing)

    # Size

    def log_bytes(self, partition: TopicPartition, broker: int) -> int | Unknown:
        """Return the size of one replica's log."""
        size = self._sizes.get((partition, broker))
        return size if size is not None else self._why_no_size(broker)

    def topic_bytes(self, topic: Topic) -> int | Unknown:
        """Sum a topic's logs over all replicas; Unknown where any is missing, because a partial sum would mislead."""
        total = 0
        for partition in topic.partitions:
            for broker in partition.replicas:
                size = self.log_bytes(partition.key, broker)
                if isinstance(size, Unknown):
                    return size
                total += size
        return total

    def _why_no_size(self, broker: int) -> Unknown:
        part = self.snapshot.log_dirs
        if isinstance(part, Unknown):
            return part
        dirs = part.value.get(broker)
        if isinstance(dirs, Unknown):
            return dirs
        return Unknown(Why.TRUNCATED, f"broker {broker} reported no log of the replica")
