"""Topics, partitions and their replicas."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from steward.model.names import TopicPartition
from steward.model.unknown import NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition's replicas according to the controller.

    ``leader`` is -1 for an offline partition. ``elr`` and ``last_known_elr`` are the eligible leader replicas of
    KIP-966, not applicable where the cluster lacks the feature. ``adding`` and ``removing`` are the replicas that a
    reassignment in progress adds and removes; empty where none was observed.
    """

    topic: str
    partition: int
    leader: int
    leader_epoch: int
    replicas: tuple[int, ...]
    isr: tuple[int, ...]
    offline_replicas: tuple[int, ...]
    elr: tuple[int, ...] | NotApplicable
    last_known_elr: tuple[int, ...] | NotApplicable
    adding: tuple[int, ...] = ()
    removing: tuple[int, ...] = ()

    @property
    def replication_factor(self) -> int:
        """Its number of replicas without those a reassignment is adding (as kafka-topics counts)."""
        return len(self.replicas) - len({*self.adding} & {*self.replicas})

    @property
    def target_factor(self) -> int:
        """Its number of replicas after the reassignment in progress; without one, the current number."""
        return len(self.replicas) - len({*self.removing} & {*self.replicas})

    @property
    def is_moving(self) -> bool:
        """Whether a reassignment of it is in progress, as far as observed."""
        return bool(self.adding or self.removing)

    @property
    def key(self) -> TopicPartition:
        """The partition's identity."""
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic. ``id`` is its UUID (KIP-516); partitions are sorted by number."""

    name: str
    id: str
    is_internal: bool
    partitions: tuple[Partition, ...]

    @property
    def replication_factor(self) -> int:
        """The smallest replication factor of its partitions."""
        return min((p.replication_factor for p in self.partitions), default=0)

    @property
    def is_uneven(self) -> bool:
        """Whether its partitions have different replication factors."""
        return len({p.replication_factor for p in self.partitions}) > 1

    def with_moves(self, moving: Mapping[TopicPartition, "Reassignment"]) -> Self:
        """Return the topic with the given reassignments marked, and no others."""
        partitions = tuple(_marked(p, moving.get(p.key)) for p in self.partitions)
        return replace(self, partitions=partitions) if partitions != self.partitions else self


@dataclass(frozen=True, slots=True)
class Reassignment:
    """A partition being reassigned (KIP-455)."""

    partition: TopicPartition
    replicas: tuple[int, ...]
    adding: tuple[int, ...]
    removing: tuple[int, ...]


def _marked(partition: Partition, moving: Reassignment | None) -> Partition:
    adding = moving.adding if moving is not None else ()
    removing = moving.removing if moving is not None else ()
    if (adding, removing) == (partition.adding, partition.removing):
        return partition
    return replace(partition, adding=adding, removing=removing)


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """Log start, end (high watermark) and last stable offset of one partition."""

    start: int
    end: int
    last_stable: int


@dataclass(frozen=True, slots=True)
class MaxTimestamp:
    """The record with the largest timestamp of a partition (KIP-734). Units: epoch milliseconds."""

    offset: int
    timestamp_ms: int
