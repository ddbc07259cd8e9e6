"""Topics, partitions and their replicas."""

from dataclasses import dataclass

from steward.model.names import TopicPartition
from steward.model.unknown import NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition's replicas as the controller has them.

    ``leader`` is -1 for an offline partition. ``elr`` and ``last_known_elr`` are the eligible leader replicas of
    KIP-966, not applicable where the cluster lacks the feature.
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

    @property
    def key(self) -> TopicPartition:
        """The partition's identity."""
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic. ``id`` is its UUID (KIP-516); partitions are in order of their number."""

    name: str
    id: str
    is_internal: bool
    partitions: tuple[Partition, ...]

    @property
    def replication_factor(self) -> int:
        """The smallest number of replicas over the partitions: the weakest one counts."""
        return min((len(p.replicas) for p in self.partitions), default=0)


@dataclass(frozen=True, slots=True)
class Reassignment:
    """A partition on the move (KIP-455)."""

    partition: TopicPartition
    replicas: tuple[int, ...]
    adding: tuple[int, ...]
    removing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """Log start, end (high watermark) and last stable offset of one partition."""

    start: int
    end: int
    last_stable: int
