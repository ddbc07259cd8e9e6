"""A placement under construction: replicas, broker loads, and where a replica may move."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    RackSpread,
    ReplicaLayout,
)
from steward.analysis.rebalance.rack_proportion import counts_by_factor
from steward.analysis.rebalance.window import LoadWindow


@dataclass(slots=True)
class ResourceUsage:
    """One resource as lists, which are faster for single moves than arrays: needs of replicas, loads, windows."""

    need: list[float]
    load: list[float]
    low: list[float]
    high: list[float]

    @classmethod
    def of(
        cls, layout: ReplicaLayout, resource: BalancedResource, replicas: Ints, window: LoadWindow
    ) -> "ResourceUsage":
        """Measure a resource that replicas use on any broker."""
        held, _ = layout.demand(resource)
        load = layout.load(resource, replicas, np.full(len(layout.partitions), NONE, np.int32))
        return cls(held.tolist(), load.tolist(), window.low.tolist(), window.high.tolist())

    def takes(self, partition: int, source: int, target: int) -> bool:
        """Return whether a move leaves both brokers in their windows, or no farther outside than they were."""
        need = self.need[partition]
        above = self.load[target] + need
        if above > self.high[target] and need > 0:
            return False
        below = self.load[source] - need
        return below >= self.low[source] or self.load[source] > self.high[source]


class PlacementState:
    """Replicas of a layout that move one at a time.

    ``gauges`` are the resources whose windows every move keeps; the first is the one being balanced. Racks of
    ``usable`` brokers count; ``receivers``, by default all of these, may receive replicas. ``fixed`` partitions do not
    move.
    """

    def __init__(
        self,
        layout: ReplicaLayout,
        replicas: Ints,
        gauges: Sequence[ResourceUsage],
        usable: BrokerMask,
        fixed: BrokerMask,
        receivers: BrokerMask | None = None,
    ) -> None:
        self._rows = replicas
        self._moved: dict[int, list[int]] = {}
        self.gauges = gauges
        self.main = gauges[0]
        self._leader: list[int] = layout.leader.tolist()
        self._rack: list[int] = layout.rack.tolist()
        self._receives: list[bool] = (usable if receivers is None else receivers).tolist()
        self._in_rack: dict[int, list[int]] = {}
        for broker in np.flatnonzero(usable).tolist():
            self._in_rack.setdefault(self._rack[broker], []).append(broker)
        self._fixed: list[bool] = fixed.tolist()
        in_proportion = layout.rack_spread is RackSpread.PROPORTIONAL
        self._counts = counts_by_factor(layout, usable) if in_proportion else None

    def hosts(self, partition: int) -> list[int]:
        """Return the brokers that hold a partition, in assignment order."""
        found = self._moved.get(partition)
        return (
            found if found is not None else [b for b in self._rows[partition].tolist() if b != NONE]
        )

    def leads(self, partition: int, broker: int) -> bool:
        """Return whether a broker leads a partition now."""
        return self._leader[partition] == broker

    def fits(self, partition: int, source: int, target: int) -> bool:
        """Return whether a replica may move: not to a broker or rack with another replica of its partition.

        With more replicas than racks it may share one of the racks with the fewest other replicas.
        """
        if not self._receives[target] or self._fixed[partition]:
            return False
        hosts, rack = self.hosts(partition), self._rack[target]
        if self._counts is not None:
            return target not in hosts and self._in_proportion(hosts, source, target)
        may_share = len(hosts) > len(self._in_rack)
        beside = 0
        for host in hosts:
            if host == target:
                return False
            if host != source and self._rack[host] == rack:
                if not may_share:
                    return False
                beside += 1
        return not beside or beside <= self._fewest_beside(hosts, source)

    def _in_proportion(self, hosts: list[int], source: int, target: int) -> bool:
        """Return whether a move leaves both racks with their number of the partition's replicas, or closer to it."""
        counts = (self._counts or {}).get(len(hosts))
        if counts is None:
            return True
        out, into = self._rack[source], self._rack[target]
        racks = [self._rack[host] for host in hosts]
        gives, gets = racks.count(out), racks.count(into)
        if out == into:
            return gives <= counts.high[out]
        return gets < counts.high[into] and gives > counts.low[out]

    def offers(self, stock: "ReplicaIndex", target: int | None = None) -> "list[ReplicaIndex]":
        """Return the stock, preceded by what of it may change racks, to a target's if given, where numbers differ."""
        return [stock] if self._counts is None else [self._crossing(stock, target), stock]

    def _crossing(self, stock: "ReplicaIndex", target: int | None) -> "ReplicaIndex":
        rack, rows = np.array(self._rack), self.replicas()
        racks = int(rack.max()) + 1
        held = np.zeros((len(rows), racks), np.int32)
        partition, slot = np.nonzero(rows != NONE)
        np.add.at(held, (partition, rack[rows[partition, slot]]), 1)
        low, high = (np.zeros((rows.shape[1] + 1, racks), np.int32) for _ in range(2))
        for factor, counts in (self._counts or {}).items():
            low[factor], high[factor] = counts.low, counts.high
        own, out = held[stock.partition], rack[stock.broker]
        factor, line = own.sum(axis=1), np.arange(len(out))
        may = own[line, out] > low[factor, out]
        if target is not None:
            into = rack[target]
            may &= (own[:, into] < high[factor, into]) & (out != into)
        return ReplicaIndex(stock.need[may], stock.partition[may], stock.broker[may])

    def _fewest_beside(self, hosts: list[int], source: int) -> int:
        """Return how many other replicas the emptiest rack holds, among those with a broker for one more."""
        others = [host for host in hosts if host != source]
        held = Counter(self._rack[host] for host in others)
        return min(
            held[rack]
            for rack, members in self._in_rack.items()
            if any(member not in others for member in members)
        )

    def allows(self, partition: int, source: int, target: int) -> bool:
        """Return whether a move is allowed and keeps the windows of the other resources."""
        if not self.fits(partition, source, target):
            return False
        return all(g.takes(partition, source, target) for g in self.gauges[1:])

    def move(self, partition: int, source: int, target: int) -> None:
        """Move a replica."""
        hosts = self.hosts(partition)
        hosts[hosts.index(source)] = target
        self._moved[partition] = hosts
        for gauge in self.gauges:
            need = gauge.need[partition]
            gauge.load[source] -= need
            gauge.load[target] += need

    def receivers(self) -> list[int]:
        """Return the brokers that may receive replicas."""
        return [broker for broker, usable in enumerate(self._receives) if usable]

    def stock(self, brokers: BrokerMask) -> "ReplicaIndex":
        """Return the movable replicas of some brokers as they are now, without those that use none of the resource."""
        found = self.stock_of(brokers[self.replicas()])
        first = int(np.searchsorted(found.need, 0.0, side="right"))
        return ReplicaIndex(found.need[first:], found.partition[first:], found.broker[first:])

    def stock_of(self, chosen: BrokerMask) -> "ReplicaIndex":
        """Return chosen replicas, by partition and slot, without those that may not move."""
        rows = self.replicas()
        partition, slot = np.nonzero(chosen & (rows != NONE) & ~np.array(self._fixed)[:, None])
        others = np.array([g.need for g in self.gauges[1:2]]).sum(axis=0)
        found = (partition, rows[partition, slot])
        return ReplicaIndex.of(np.array(self.main.need), *found, others)

    def replicas(self) -> Ints:
        """Return the placement as an array."""
        found = self._rows.copy()
        for row, hosts in self._moved.items():
            found[row, : len(hosts)] = hosts
        return found


@dataclass(frozen=True, slots=True)
class ReplicaIndex:
    """Replicas by their use of the balanced resource, the smallest first."""

    need: Floats
    partition: Ints
    broker: Ints

    @classmethod
    def of(
        cls, need: Floats, partition: NDArray[np.intp], broker: Ints, other: Floats
    ) -> "ReplicaIndex":
        """Sort replicas; those that use as much of the resource by another one, the largest first."""
        amount = need[partition]
        keys = (
            (broker, partition, -other[partition], amount)
            if other.ndim
            else (broker, partition, amount)
        )
        order = np.lexsort(keys)
        return cls(amount[order], partition[order].astype(np.int32), broker[order])

    def on(self, broker: int) -> "ReplicaIndex":
        """Return those of one broker."""
        own = self.broker == broker
        return ReplicaIndex(self.need[own], self.partition[own], self.broker[own])

    def by_broker(self) -> Mapping[int, tuple[list[float], list[int]]]:
        """Return each broker's replica needs, the smallest first, and their partitions."""
        order = np.argsort(self.broker, kind="stable")
        brokers, begins = np.unique(self.broker[order], return_index=True)
        needs, partitions = self.need[order].tolist(), self.partition[order].tolist()
        ends = [*begins[1:].tolist(), len(order)][: len(brokers)]
        return {
            broker: (needs[begin:end], partitions[begin:end])
            for broker, begin, end in zip(brokers.tolist(), begins.tolist(), ends, strict=True)
        }


def moved_bytes(layout: ReplicaLayout, replicas: Ints) -> float:
    """Return the bytes to copy from a layout to other replicas."""
    return float((added_replicas(layout.replicas, replicas) * layout.size).sum())


def added_replicas(before: Ints, after: Ints) -> Floats:
    """Return the number of new replicas of each partition."""
    there = after != NONE
    known = (after[:, :, None] == before[:, None, :]).any(axis=2)
    return (there & ~known).sum(axis=1).astype(np.float64)
