"""Leaders spread evenly with the fewest leader changes: nothing is copied, an in-sync replica takes over.

Each broker should lead its share, rounded down or up. Brokers that lead more pass partitions, directly or over others,
to those that lead fewer: shortest paths first, so that few partitions change their leader in vain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.analysis.rebalance.layout import NONE, BrokerMask, Floats, Ints

LeaderCounts = NDArray[np.int64]
_HAIR = 1e-9
"""Shares are quotients: a value closer to an integer than this counts as the integer."""


@dataclass(frozen=True, slots=True)
class LeaderShares:
    """The minimum and maximum of partitions that each broker should lead."""

    low: LeaderCounts
    high: LeaderCounts

    def bound(self, counts: LeaderCounts, gone: int = 0) -> int:
        """Return the fewest leader changes of any plan.

        ``counts`` are the leaders that stay; ``gone`` partitions need a new one in any case.
        """
        give = int(np.maximum(counts - self.high, 0).sum())
        get = int(np.maximum(self.low - counts, 0).sum())
        return max(give + gone, get)


def shares_of(
    partitions: int, usable: BrokerMask, weight: Floats, tolerance: float = 0.0
) -> LeaderShares:
    """Return each broker's share of the leaders: within the tolerance, or rounded down and up if that is more."""
    own = np.where(usable, weight, 0.0)
    share = partitions * own / max(own.sum(), 1e-12)
    low, high = np.floor(share + _HAIR), np.ceil(share - _HAIR)
    if tolerance:
        low = np.minimum(low, np.ceil(share * (1 - tolerance) - _HAIR))
        high = np.maximum(high, np.floor(share * (1 + tolerance) + _HAIR))
    return LeaderShares(low.astype(np.int64), high.astype(np.int64))


def inherited(
    replicas: Ints, leader: Ints, gone: BrokerMask, may_lead: BrokerMask, shares: LeaderShares
) -> Ints:
    """Choose leaders where the leader's replica moves away: the eligible broker that lacks leaders most.

    ``gone`` are the partitions without their leader; ``leader`` leads them if no other broker is better.
    """
    found = leader.copy()
    stays = found[~gone & (found != NONE)]
    lack = (shares.low - np.bincount(stays, minlength=len(shares.low))).tolist()
    for partition in np.flatnonzero(gone & (found != NONE)).tolist():
        heirs = replicas[partition][may_lead[partition]].tolist()
        if heirs:
            found[partition] = max(heirs, key=lambda b: (lack[b], b == leader[partition]))
        lack[found[partition]] -= 1
    return found


def spread_leaders(
    replicas: Ints, leader: Ints, may_lead: BrokerMask, shares: LeaderShares
) -> Ints:
    """Return each partition's new leader.

    Shape: ``may_lead`` has the shape of ``replicas``: replicas that are in sync, or will be.
    Source: successive shortest augmenting paths on the graph of brokers, whose arcs are the partitions that one leads
            and another could.

    A partition keeps its leader unless a change brings the counts closer to the shares. Shares that no replica can
    reach stay unmet.
    """
    led = leader[leader != NONE]
    if not shares.bound(np.bincount(led, minlength=len(shares.low)).astype(np.int64)):
        return leader
    found = leader.copy()
    graph = _Graph(replicas, found, may_lead, len(shares.low))
    while graph.augment(shares):
        pass
    return found


class _Graph:
    """Brokers, and the partitions that one leads and another could lead."""

    def __init__(self, replicas: Ints, leader: Ints, may_lead: BrokerMask, brokers: int) -> None:
        self._leader: Ints = leader
        self._brokers = brokers
        led = leader != NONE
        self.counts: LeaderCounts = np.bincount(leader[led], minlength=brokers).astype(np.int64)
        usable = may_lead & (replicas != NONE) & led[:, None] & (replicas != leader[:, None])
        rows, slots = np.nonzero(usable)
        self.arcs = np.zeros((brokers, brokers), np.int32)
        np.add.at(self.arcs, (leader[rows], replicas[rows, slots]), 1)
        self._able: list[list[int]] = _able(replicas, may_lead)
        key = leader[rows].astype(np.int64) * brokers + replicas[rows, slots]
        order = np.argsort(key, kind="stable")
        keys, begins = np.unique(key[order], return_index=True)
        self._ranges = dict(zip(keys.tolist(), begins.tolist(), strict=True))
        ends = np.append(begins[1:], len(order))[: len(keys)]
        self._ends = dict(zip(keys.tolist(), ends.tolist(), strict=True))
        self._rows: NDArray[np.int64] = rows[order].astype(np.int64)
        self._later: dict[int, list[int]] = {}

    def augment(self, shares: LeaderShares) -> bool:
        """Pass leadership along shortest paths from brokers with too many leaders; False if there is none left."""
        for keep, take in (
            (shares.high, shares.low),
            (shares.high, shares.high),
            (shares.low, shares.low),
        ):
            levels = self._levels(self.counts > keep, self.counts < take)
            if levels is not None and self._flow(levels, keep, take):
                return True
        return False

    def _levels(self, sources: BrokerMask, targets: BrokerMask) -> NDArray[np.int32] | None:
        """Return each broker's distance from the nearest source, up to the first target; None if none is reachable."""
        levels = np.where(sources, 0, NONE).astype(np.int32)
        frontier, depth = sources, 0
        while frontier.any():
            depth += 1
            reached = (self.arcs[frontier] > 0).any(axis=0) & (levels == NONE)
            levels[reached] = depth
            if (reached & targets).any():
                levels[reached & ~targets] = NONE
                return levels
            frontier = reached
        return None

    def _flow(self, levels: NDArray[np.int32], keep: LeaderCounts, take: LeaderCounts) -> bool:
        """Pass as many leaders as possible through these levels."""
        nexts: dict[int, list[int]] = {}
        last = int(levels.max())
        moved = False
        for source in np.flatnonzero(levels == 0).tolist():
            while self.counts[source] > keep[source] and self._push(
                source, levels, last, take, nexts
            ):
                moved = True
        return moved

    def _push(
        self,
        broker: int,
        levels: NDArray[np.int32],
        last: int,
        take: LeaderCounts,
        nexts: dict[int, list[int]],
    ) -> bool:
        """Find a path for one leadership from a broker to one that needs it, and apply it."""
        own = nexts.get(broker)
        if own is None:
            there = (self.arcs[broker] > 0) & (levels == levels[broker] + 1)
            own = nexts[broker] = np.flatnonzero(there).tolist()
        while own:
            target = own[-1]
            if self.arcs[broker, target] > 0:
                ends = levels[target] == last
                open_ = (
                    self.counts[target] < take[target]
                    if ends
                    else self._push(target, levels, last, take, nexts)
                )
                if open_:
                    self._hand_over(broker, target)
                    return True
            own.pop()
        return False

    def _hand_over(self, broker: int, target: int) -> None:
        """Make another broker the leader of one partition."""
        partition = self._one_of(broker, target)
        self._leader[partition] = target
        self.counts[broker] -= 1
        self.counts[target] += 1
        for other in self._able[partition]:
            if other != broker:
                self.arcs[broker, other] -= 1
            if other != target:
                self.arcs[target, other] += 1
                self._later.setdefault(target * self._brokers + other, []).append(partition)

    def _one_of(self, broker: int, target: int) -> int:
        """Return a partition that one broker leads and another could: unmoved ones first."""
        key = broker * self._brokers + target
        begin, end = self._ranges.get(key, 0), self._ends.get(key, 0)
        while begin < end:
            partition = int(self._rows[begin])
            begin += 1
            if self._leader[partition] == broker:
                self._ranges[key] = begin
                return partition
        self._ranges[key] = end
        later = self._later[key]
        while self._leader[later[-1]] != broker:
            later.pop()
        return later.pop()


def _able(replicas: Ints, may_lead: BrokerMask) -> list[list[int]]:
    """Return the brokers that may lead each partition."""
    rows = np.where(may_lead, replicas, NONE).tolist()
    return [[b for b in row if b != NONE] for row in rows]
