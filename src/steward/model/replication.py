"""Whether a partition has enough in-sync replicas: the one definition of min ISR and under-replicated."""

from steward.model.topic import Partition, Reassignment


def effective_min_isr(min_isr: int, replicas: int) -> int:
    """Return how many in-sync replicas a leader requires: min.insync.replicas, at most the number of replicas.

    Source: KAFKA-15583 (Kafka 3.7), Partition.effectiveMinIsr. kafka-topics --under-min-isr-partitions compares with
            the configured value and therefore lists partitions that accept writes; the metric UnderMinIsr does not.
    """
    return min(min_isr, replicas)


def is_under_min_isr(partition: Partition, min_isr: int) -> bool:
    """Return whether writes with acks=all fail: fewer replicas are in sync than the leader requires."""
    return len(partition.isr) < effective_min_isr(min_isr, len(partition.replicas))


def is_at_min_isr(partition: Partition, min_isr: int) -> bool:
    """Return whether writes fail as soon as one more replica is out of sync."""
    return len(partition.isr) == effective_min_isr(min_isr, len(partition.replicas))


def lacks_replicas(partition: Partition) -> bool:
    """Return whether any assigned replica is out of sync, including replicas being added by a reassignment."""
    return len(partition.isr) < len(partition.replicas)


def missing_replicas(partition: Partition) -> frozenset[int]:
    """Return the assigned replicas that are out of sync, including replicas being added by a reassignment."""
    return frozenset(partition.replicas) - frozenset(partition.isr)


def original_replicas(moving: Reassignment) -> tuple[int, ...]:
    """Return the replicas of a partition before its reassignment; their order is lost (KIP-455)."""
    return tuple(b for b in moving.replicas if b not in moving.adding)


def is_under_replicated(partition: Partition, moving: Reassignment | None) -> bool:
    """Return whether fewer replicas are in sync than the partition has, ignoring those being added by a reassignment.

    Source: Partition.isUnderReplicated and kafka-topics --under-replicated-partitions.
    """
    replicas = len(partition.replicas if moving is None else original_replicas(moving))
    return len(partition.isr) < replicas
