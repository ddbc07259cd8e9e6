"""Whether a partition has the in-sync replicas it needs: the one definition of min ISR and under-replicated."""

from steward.model.topic import Partition, Reassignment


def effective_min_isr(min_isr: int, replicas: int) -> int:
    """Return how many in-sync replicas a leader asks for: min.insync.replicas, at most the number of replicas.

    Source: KAFKA-15583 (Kafka 3.7), Partition.effectiveMinIsr. kafka-topics --under-min-isr-partitions compares with
            the configured value and so lists partitions that accept writes; the broker's metric UnderMinIsr does not.
    """
    return min(min_isr, replicas)


def is_under_min_isr(partition: Partition, min_isr: int) -> bool:
    """Tell whether writes with acks=all fail: fewer replicas are in sync than the leader asks for."""
    return len(partition.isr) < effective_min_isr(min_isr, len(partition.replicas))


def is_at_min_isr(partition: Partition, min_isr: int) -> bool:
    """Tell whether writes fail as soon as one more replica is out of sync."""
    return len(partition.isr) == effective_min_isr(min_isr, len(partition.replicas))


def lacks_replicas(partition: Partition) -> bool:
    """Tell whether an assigned replica is not in sync, one that a reassignment is adding included."""
    return len(partition.isr) < len(partition.replicas)


def missing_replicas(partition: Partition) -> frozenset[int]:
    """Return the assigned replicas that are not in sync, those that a reassignment is adding included."""
    return frozenset(partition.replicas) - frozenset(partition.isr)


def original_replicas(moving: Reassignment) -> tuple[int, ...]:
    """Return the replicas that a partition had before its reassignment; their order is lost (KIP-455)."""
    return tuple(b for b in moving.replicas if b not in moving.adding)


def is_under_replicated(partition: Partition, moving: Reassignment | None) -> bool:
    """Tell whether fewer replicas are in sync than the partition has, those being added by a reassignment left out.

    Source: Partition.isUnderReplicated and kafka-topics --under-replicated-partitions.
    """
    replicas = len(partition.replicas if moving is None else original_replicas(moving))
    return len(partition.isr) < replicas
