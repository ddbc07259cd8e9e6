"""Spread of a partition's replicas over racks of unlike size, in proportion to what their brokers can carry.

An even spread gives each rack as many replicas, so that brokers of a small rack hold more than those of a large one. In
proportion, every broker can hold the same: a rack gets its share of each partition's replicas, rounded down or up. No
rack gets all replicas of a partition.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    ReplicaLayout,
)

_HAIR = 1e-9
"""Shares are quotients: a value closer to an integer than this counts as the integer."""
_STEPS = 60


@dataclass(frozen=True, slots=True)
class RackCounts:
    """The minimum and maximum of one partition's replicas in each rack, by the number of the rack."""

    low: tuple[int, ...]
    high: tuple[int, ...]


def proportional_counts(layout: ReplicaLayout, usable: BrokerMask, factor: int) -> RackCounts:
    """Return how many of a partition's replicas each rack may hold, in proportion to its usable brokers' weights."""
    racks = int(layout.rack.max(initial=-1)) + 1
    weight = np.where(usable, layout.weight_of(BalancedResource.DISK), 0.0)
    carries = np.bincount(layout.rack, weights=weight, minlength=racks).astype(np.float64)
    brokers = np.bincount(layout.rack[usable], minlength=racks)
    most = factor - 1 if factor > 1 and np.count_nonzero(brokers) > 1 else factor
    share = _filled(carries, np.minimum(brokers, most).astype(np.float64), float(factor))
    return RackCounts(
        tuple(np.floor(share + _HAIR).astype(int).tolist()),
        tuple(np.ceil(share - _HAIR).astype(int).tolist()),
    )


def _filled(carries: Floats, most: Floats, total: float) -> Floats:
    """Share a total in proportion, each rack up to its maximum."""
    if total >= most.sum():
        return most
    bottom, top = 0.0, 2 * total / float(carries[carries > 0].min())
    for _ in range(_STEPS):
        level = (bottom + top) / 2
        if np.minimum(level * carries, most).sum() < total:
            bottom = level
        else:
            top = level
    return np.minimum((bottom + top) / 2 * carries, most)


def counts_by_factor(layout: ReplicaLayout, usable: BrokerMask) -> Mapping[int, RackCounts]:
    """Return the numbers of replicas by rack for each replication factor of a cluster."""
    factors: list[int] = np.unique(layout.factor).tolist()
    return {f: proportional_counts(layout, usable, f) for f in factors if f > 0}


def proportional_surplus(layout: ReplicaLayout, usable: BrokerMask) -> BrokerMask:
    """Return which replicas, [partition, slot], must leave their rack for a spread in proportion: the minimum.

    In each rack the first replicas of the assignment stay.
    """
    by_factor = counts_by_factor(layout, usable)
    there: BrokerMask = layout.replicas != NONE
    rack: Ints = np.where(there, layout.rack[layout.replicas], NONE)
    patterns, of = np.unique(rack, axis=0, return_inverse=True)
    found = [_surplus_of(pattern, by_factor) for pattern in patterns.tolist()]
    return np.array(found, np.bool_).reshape(patterns.shape)[of.reshape(-1)]


def _surplus_of(racks: list[int], by_factor: Mapping[int, RackCounts]) -> list[bool]:
    factor = sum(rack != NONE for rack in racks)
    if not factor:
        return [False] * len(racks)
    counts = by_factor[factor]
    held = [racks.count(rack) for rack in range(len(counts.low))]
    keeps = [min(own, high) for own, high in zip(held, counts.high, strict=True)]
    need = sum(max(low - own, 0) for low, own in zip(counts.low, held, strict=True))
    for _ in range(need - (sum(held) - sum(keeps))):
        spare = [r for r in range(len(keeps)) if keeps[r] > counts.low[r]]
        keeps[max(spare, key=lambda r: (keeps[r] - counts.low[r], -r))] -= 1
    found: list[bool] = []
    for slot, rack in enumerate(racks):
        found.append(rack != NONE and racks[:slot].count(rack) >= keeps[rack])
    return found
