"""State of each partition after brokers are lost: the controller's election rule, over columns."""

from dataclasses import dataclass

import numpy as np

from steward.analysis.impact.layout import NONE, ColumnInts, Flags, PartitionColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverResult:
    """Each partition after a loss.

    ``leader`` is the new leader, -1 for none; ``left`` how many replicas are then in sync. The flags include only new
    impact: what holds after the loss and did not before. ``hit`` loses an in-sync replica, ``one_copy`` has at most
    one left, ``unclean`` has a leader that was not in sync.
    """

    leader: ColumnInts
    left: ColumnInts
    hit: Flags
    offline: Flags
    below: Flags
    at_risk: Flags
    one_copy: Flags
    moved: Flags
    unclean: Flags


def failover(layout: PartitionColumns, lost: Flags) -> FailoverResult:
    """Compute the loss of replicas; ``lost`` is [slot, partition], True for a lost replica.

    A lost broker is fenced: it leaves the ISR and cannot lead. The leader stays if it can. Otherwise the new leader is
    the first live replica in assignment order that is in the ISR, or in the ELR if the ISR is empty. If there is none
    and unclean election is enabled, it is the first live replica. The last known leader never counts: with eligible
    leader replicas, a lost member of the ISR is in the ELR, and that rule needs an empty ELR.

    Source: PartitionChangeBuilder.electAnyLeader and maybePopulateTargetElr (KIP-966).
    """
    remains = layout.in_isr & ~lost
    left, now = _count(remains), _count(layout.in_isr)
    hit = left < now
    able = _at(layout.alive, layout.replicas) & ~lost
    empty = left == 0
    clean = _first(layout.replicas, able & (remains | (layout.in_elr & empty)))
    lost_leader = _any(lost & (layout.replicas == layout.leader)) & (layout.leader != NONE)
    found = np.where(lost_leader, clean, layout.leader)
    unclean = lost_leader & (clean == NONE) & layout.unclean
    if unclean.any():
        found = np.where(unclean, _first(layout.replicas, able), found)
        unclean &= found != NONE
    left = np.where(
        empty & lost_leader & (found != NONE), 1, left
    )  # the elected replica is the new ISR
    needs = layout.min_isr
    return FailoverResult(
        leader=found,
        left=left,
        hit=hit,
        offline=lost_leader & (found == NONE),
        below=hit & (left < needs) & (now >= needs),
        at_risk=hit & (left == needs) & (now > needs),
        one_copy=hit & (left <= 1),
        moved=lost_leader & (found != NONE),
        unclean=unclean,
    )


def replicas_on(layout: PartitionColumns, lost: Flags) -> Flags:
    """Convert lost brokers to lost replicas."""
    return _at(lost, layout.replicas)


def _at(flags: Flags, replicas: ColumnInts) -> Flags:
    """Return a broker flag for every replica; false for an absent replica."""
    with_none: Flags = np.append(flags, np.zeros(1, bool))
    return with_none[replicas]


def _count(flags: Flags) -> ColumnInts:
    return flags.sum(axis=0, dtype=np.int32)


def _any(flags: Flags) -> Flags:
    found: Flags = np.logical_or.reduce(flags, axis=0)
    return found


def _first(replicas: ColumnInts, able: Flags) -> ColumnInts:
    """Return the first eligible replica in assignment order, else -1."""
    found = np.full(replicas.shape[1], NONE, np.int32)
    for slot in range(len(replicas) - 1, -1, -1):
        found = np.where(able[slot], replicas[slot], found)
    return found
