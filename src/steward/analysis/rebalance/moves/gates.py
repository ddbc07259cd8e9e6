"""Conditions that forbid starting or stopping moves: under-replicated topics, down brokers, no eligible leader."""

from collections.abc import Collection, Iterable, Mapping

from steward.analysis.rebalance.moves.hops import Hop
from steward.model.names import TopicPartition
from steward.model.replication import effective_min_isr, is_under_min_isr, original_replicas
from steward.model.topic import Partition, Reassignment, Topic

OngoingMoves = Mapping[TopicPartition, Reassignment]
"""Reassignments in progress, by partition."""


def under_replicated_topics(topics: Iterable[Topic], moving: OngoingMoves) -> frozenset[str]:
    """Name the under-replicated topics, apart from replicas being added: only they can be below min ISR."""
    return frozenset(
        t.name for t in topics if any(_is_thin(p, moving.get(p.key)) for p in t.partitions)
    )


def _is_thin(partition: Partition, moving: Reassignment | None) -> bool:
    whole = partition.replicas if moving is None else original_replicas(moving)
    return partition.leader < 0 or not set(whole) <= set(partition.isr)


def first_under_min_isr(
    topics: Iterable[Topic], least: Mapping[str, int], cured: Collection[TopicPartition]
) -> TopicPartition | None:
    """Return a partition that is offline or below its topic's min.insync.replicas, and that no move repairs."""
    for topic in topics:
        for p in topic.partitions:
            is_low = p.leader < 0 or is_under_min_isr(p, least.get(topic.name, 1))
            if is_low and p.key not in cured:
                return p.key
    return None


def is_cured_by(partition: Partition, target: Collection[int]) -> bool:
    """Return whether a move removes the out-of-sync replicas, which repairs the partition."""
    out = set(partition.replicas) - set(partition.isr)
    return bool(out) and not out & set(target)


def unreachable_target(hop: Hop, alive: Collection[int], known: Collection[int]) -> str:
    """Return why a hop would never finish: one of its replicas cannot get in sync; empty if no reason is known."""
    if not hop.adding and not hop.removing:
        return ""
    for broker in hop.replicas:
        if broker not in known:
            return f"broker {broker} is no longer registered"
        if broker not in alive:
            return f"broker {broker} is fenced"
    if hop.leader not in alive:
        return f"its leader, broker {hop.leader}, is fenced"
    return ""


def cannot_stop(
    found: Partition, moving: Reassignment, alive: Collection[int], min_isr: int
) -> str:
    """Return why a move should finish rather than be cancelled: its original replicas are not sufficient (KAFKA-14424).

    Source: the rule of linkedin/kafka#442.
    """
    replicas = original_replicas(moving)
    there = [b for b in replicas if b in found.isr and b in alive]
    need = max(effective_min_isr(min_isr, len(replicas)), 1)
    if len(there) >= need:
        return ""
    return f"only {len(there)} of the original replicas in sync, {need} required"
