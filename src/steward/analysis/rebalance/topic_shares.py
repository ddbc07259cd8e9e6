"""How many replicas of one topic each broker and rack should hold: its share, rounded down or up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.analysis.rebalance.layout import BrokerMask, Floats, Ints

ReplicaCounts = NDArray[np.int64]
_HAIR = 1e-9
"""Shares are quotients: a value closer to an integer than this counts as the integer."""


@dataclass(frozen=True, slots=True)
class TopicShares:
    """Minimum and maximum of one topic's replicas by broker and by rack; 0 for brokers that hold none."""

    low: ReplicaCounts
    high: ReplicaCounts
    rack_low: ReplicaCounts
    rack_high: ReplicaCounts

    def surplus(self, held: ReplicaCounts, rack: Ints) -> int:
        """Return how many replicas must move at least, so that every broker and rack holds its share."""
        racks = np.bincount(rack, weights=held, minlength=len(self.rack_low)).astype(np.int64)
        give = _by_rack(np.maximum(held - self.high, 0), rack, len(racks))
        get = _by_rack(np.maximum(self.low - held, 0), rack, len(racks))
        out = np.maximum(give, np.maximum(racks - self.rack_high, 0)).sum()
        into = np.maximum(get, np.maximum(self.rack_low - racks, 0)).sum()
        return int(max(out, into))


class Sizes:
    """Sizes of one topic's replicas by broker, ascending: the smallest are given away first."""

    def __init__(self, broker: Ints, size: Floats, brokers: int) -> None:
        order = np.lexsort((size, broker))
        self._size = np.append(size[order], 0.0)
        self._before = np.append(0.0, np.cumsum(size[order]))
        self._start = np.searchsorted(broker[order], np.arange(brokers))

    def at(self, place: ReplicaCounts) -> Floats:
        """Return the size at an index from 0 in each broker's list; 0 for a negative index."""
        found = self._size[np.minimum(self._start + place, len(self._size) - 1)]
        return np.where(place >= 0, found, 0.0)

    def given(self, count: ReplicaCounts) -> float:
        """Return the total bytes of each broker's smallest replicas, for a number of them."""
        return float((self._before[self._start + count] - self._before[self._start]).sum())


def topic_shares(
    rack: Ints, usable: BrokerMask, partitions: int, replicas: int, factor: int
) -> TopicShares:
    """Return the shares of one topic.

    Its ``replicas`` are spread evenly over the usable brokers. A rack holds at most one of each partition (more only
    with fewer racks than replicas); what a small rack cannot hold, the others do. A placement that meets all shares
    always exists.
    """
    racks = int(rack.max(initial=-1)) + 1
    size = np.bincount(rack[usable], minlength=racks).astype(np.float64)
    there = size > 0
    most = partitions * min_per_rack(factor, int(there.sum()))
    share = np.zeros(racks)
    open_, left = there.copy(), float(replicas)
    while open_.any():
        each = left / size[open_].sum()
        over = open_ & (each * size > most + _HAIR)
        if not over.any():
            share[open_] = each * size[open_]
            break
        share[over] = most
        left -= most * int(over.sum())
        open_ &= ~over
    of_broker = np.divide(share, size, out=np.zeros(racks), where=there)[rack] * usable
    return TopicShares(_down(of_broker), _up(of_broker), _down(share), _up(share))


def min_per_rack(factor: int, racks: int) -> int:
    """Return how many replicas of one partition a rack must hold for a number of racks."""
    return -(-factor // max(racks, 1))


def targets(
    shares: TopicShares,
    held: ReplicaCounts,
    rack: Ints,
    usable: BrokerMask,
    load: Floats,
    sizes: Sizes,
) -> ReplicaCounts:
    """Return how many replicas each broker should hold, within the shares, so that the fewest bytes leave brokers.

    Every broker gets its share rounded down. The rest goes to the brokers that save most by one more: they already hold
    it, and would give away the largest. Then to the least loaded. First each rack gets its own share rounded down, then
    the racks whose next broker saves most get one more. Because brokers are nested in racks, that is the minimum: no
    placement within the shares copies less.
    """
    found = np.where(usable, shares.low, 0)
    may = np.flatnonzero(usable & (shares.high > shares.low))
    spared = sizes.at(held - found - 1)
    holds = (held > found).astype(np.int64)
    order = may[np.lexsort((may, load[may], -spared[may], -holds[may]))].tolist()
    racks = _by_rack(found, rack, len(shares.rack_low))
    left = int(held.sum()) - int(shares.rack_low.sum())
    later: list[int] = []
    for broker in order:
        if racks[rack[broker]] < shares.rack_low[rack[broker]]:
            found[broker] += 1
            racks[rack[broker]] += 1
        else:
            later.append(broker)
    for broker in later:
        if left and racks[rack[broker]] < shares.rack_high[rack[broker]]:
            found[broker] += 1
            racks[rack[broker]] += 1
            left -= 1
    return found


def _by_rack(counts: ReplicaCounts, rack: Ints, racks: int) -> ReplicaCounts:
    return np.bincount(rack, weights=counts, minlength=racks).astype(np.int64)


def _down(share: Floats) -> ReplicaCounts:
    return np.floor(share + _HAIR).astype(np.int64)


def _up(share: Floats) -> ReplicaCounts:
    return np.ceil(share - _HAIR).astype(np.int64)
