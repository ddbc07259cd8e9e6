"""What becomes of each partition when brokers are lost: the rule by which the controller elects, over columns."""

from dataclasses import dataclass

import numpy as np

from steward.analysis.impact.layout import NONE, Flags, Ints, PartitionColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverResult:
    """Each partition after a loss.

    Shape: ``leader`` is the leader then, -1 for none; ``left`` how many replicas are in sync then. The flags are news:
           what holds after the loss and did not before. ``hit`` loses an in-sync replica, ``one_copy`` has at most one
           left, ``unclean`` has a leader that was not in sync.
    """

    leader: Ints
    left: Ints
    hit: Flags
    offline: Flags
    below: Flags
    at_risk: Flags
    one_copy: Flags
    moved: Flags
    unclean: Flags


def fate(layout: PartitionColumns, lost: Flags) -> FailoverResult:
    """Say what the loss of replicas does; ``lost`` is [slot, partition], True where the replica goes.

    Shape:  a lost broker is fenced: it leaves the ISR and cannot lead. The leader stays if it can; else the first in
            assignment order that is in the ISR, or in the ELR where the ISR is empty, and alive; else, where unclean
            election is on, the first that is alive. What was last known to lead never counts: with eligible leader
            replicas, a lost member of the ISR is in the ELR, and that rule needs it empty.
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
    )  # the elected one is the new ISR
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
    """Turn lost brokers into lost replicas."""
    return _at(lost, layout.replicas)


def _at(flags: Flags, replicas: Ints) -> Flags:
    """Look a flag of brokers up for every replica; an absent replica has none."""
    with_none: Flags = np.append(flags, np.zeros(1, bool))
    return with_none[replicas]


def _count(flags: Flags) -> Ints:
    return flags.sum(axis=0, dtype=np.int32)


def _any(flags: Flags) -> Flags:
    found: Flags = np.logical_or.reduce(flags, axis=0)
    return found


def _first(replicas: Ints, able: Flags) -> Ints:
    """Return the first replica in assignment order that is able, else -1."""
    found = np.full(replicas.shape[1], NONE, np.int32)
    for slot in range(len(replicas) - 1, -1, -1):
        found = np.where(able[slot], replicas[slot], found)
    return found
