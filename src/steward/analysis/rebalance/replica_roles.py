"""Roles of replicas after a plan: leader, preferred leader, and in sync."""

import numpy as np

from steward.analysis.rebalance.layout import NONE, BrokerMask, Ints, ReplicaLayout


def still_leading(layout: ReplicaLayout, replicas: Ints) -> Ints:
    """Return the leaders after replicas have moved: the present leader if it stays, else the first live replica."""
    stays = (replicas == layout.leader[:, None]).any(axis=1)
    live: BrokerMask = (replicas != NONE) & layout.alive[replicas]
    old: BrokerMask = (replicas[:, :, None] == layout.replicas[:, None, :]).any(axis=2) & live
    foreign = np.logical_not(old.any(axis=1, keepdims=True))
    wanted: BrokerMask = live & np.logical_or(old, foreign)
    leader = layout.leader.copy()
    for row in np.flatnonzero(~stays & (leader != NONE)):
        heirs = replicas[row][wanted[row]]
        leader[row] = heirs[0] if len(heirs) else NONE
    return leader


def leaders_first(replicas: Ints, leader: Ints, fixed: BrokerMask) -> Ints:
    """Return the replicas with each leader first: the preferred leader, which Kafka elects itself; fixed rows stay."""
    rows = replicas.copy()
    moved = np.flatnonzero((leader != NONE) & (leader != rows[:, 0]) & ~fixed)
    for row in moved.tolist():
        own: list[int] = rows[row].tolist()
        place = own.index(int(leader[row]))
        rows[row] = [own[place], *own[:place], *own[place + 1 :]]
    return rows


def in_sync_or_new(layout: ReplicaLayout, replicas: Ints) -> BrokerMask:
    """Return which replicas are in sync, or will be, because a move ends only when its replicas are in sync."""
    same = replicas[:, :, None] == layout.replicas[:, None, :]
    behind = (same & ~layout.in_sync[:, None, :]).any(axis=2)
    return (replicas != NONE) & ~behind
