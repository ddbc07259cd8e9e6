"""How many replicas of one topic each broker and each rack is to hold: its share, rounded down or up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.rebalancing.layout import Floats, Ints, Mask

Counts = NDArray[np.int64]
_HAIR = 1e-9
"""Shares are quotients: what is nearer to a whole number than this is one."""


@dataclass(frozen=True, slots=True)
class TopicShares:
    """The fewest and the most replicas of one topic, by broker and by rack; 0 for brokers that hold none of it."""

    low: Counts
    high: Counts
    rack_low: Counts
    rack_high: Counts

    def surplus(self, held: Counts, rack: Ints) -> int:
        """Return how many replicas have to move at least, so that every broker and rack holds its share."""
        racks = np.bincount(rack, weights=held, minlength=len(self.rack_low)).astype(np.int64)
        give = _by_rack(np.maximum(held - self.high, 0), rack, len(racks))
        get = _by_rack(np.maximum(self.low - held, 0), rack, len(racks))
        out = np.maximum(give, np.maximum(racks - self.rack_high, 0)).sum()
        into = np.maximum(get, np.maximum(self.rack_low - racks, 0)).sum()
        return int(max(out, into))


def topic_shares(
    rack: Ints, usable: Mask, partitions: int, replicas: int, factor: int
) -> TopicShares:
    """Return the shares of one topic.

    Shape: ``replicas`` of it are spread evenly over the usable brokers; a rack gets no more than one of each partition
           (more only where there are fewer racks than replicas), and what a small rack cannot take the others do. There
           is always a placement that meets all of it.
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
    """Return how many replicas of one partition a rack has to bear where there are so many racks."""
    return -(-factor // max(racks, 1))


def targets(
    shares: TopicShares, held: Counts, rack: Ints, usable: Mask, load: Floats, least: Floats
) -> Counts:
    """Return how many each broker should hold, within the shares, so that as few as possible move.

    Shape: what does not divide evenly goes to racks and brokers that hold most of it already, and of those to the ones
           whose smallest replica, ``least``, is the largest: the others give cheaper ones. Then to the least loaded.
    """
    racks = len(shares.rack_low)
    of_rack = _by_rack(held, rack, racks)
    whole = _settled(
        shares.rack_low,
        shares.rack_high,
        of_rack,
        int(held.sum()),
        _mean(load, rack, usable, racks),
    )
    found = np.zeros(len(held), np.int64)
    for number in np.flatnonzero(whole).tolist():
        members = np.flatnonzero(usable & (rack == number))
        low = np.full(len(members), whole[number] // len(members), np.int64)
        found[members] = _settled(
            low, low + 1, held[members], int(whole[number]), load[members], least[members]
        )
    return found


def _settled(
    low: Counts, high: Counts, held: Counts, total: int, load: Floats, least: Floats | None = None
) -> Counts:
    """Round some shares up, so that all of it is spread: those that hold more first, then the less loaded."""
    found = low.copy()
    extra = total - int(low.sum())
    may = np.flatnonzero(high > low)
    keeps = np.zeros(len(held)) if least is None else np.where(held >= high, least, 0.0)
    order = np.lexsort((may, load[may], -keeps[may], -np.minimum(held, high)[may]))
    found[may[order[: max(extra, 0)]]] += 1
    return found


def _mean(load: Floats, rack: Ints, usable: Mask, racks: int) -> Floats:
    size = np.bincount(rack[usable], minlength=racks)
    whole = np.bincount(rack[usable], weights=load[usable], minlength=racks)
    return np.divide(whole, size, out=np.full(racks, np.inf), where=size > 0)


def _by_rack(counts: Counts, rack: Ints, racks: int) -> Counts:
    return np.bincount(rack, weights=counts, minlength=racks).astype(np.int64)


def _down(share: Floats) -> Counts:
    return np.floor(share + _HAIR).astype(np.int64)


def _up(share: Floats) -> Counts:
    return np.ceil(share - _HAIR).astype(np.int64)
