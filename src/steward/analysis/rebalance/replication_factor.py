"""Change of the replication factor: new replicas go to other racks, to the emptiest brokers; leaders always stay."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from steward.analysis.rebalance.goal import Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    ReplicaLayout,
    no_leaders,
    widened,
)
from steward.analysis.rebalance.rack_spread import shared_racks, too_few_racks
from steward.model.replication import effective_min_isr
from steward.model.wording import count, size

_NAMED = 5
_FAR = 1e12
"""Penalty of a rack that already holds a replica of the partition: more than any load."""


def wanted_factors(goal: RebalanceGoal, layout: ReplicaLayout) -> Ints:
    """Return each partition's new number of replicas; excluded ones keep theirs."""
    now = layout.factor
    wanted = np.array(
        [goal.factors.get(p.topic, int(now[row])) for row, p in enumerate(layout.partitions)],
        np.int32,
    )
    return np.where(goal.fixed_in(layout), now, wanted).astype(np.int32)


def least_bytes(layout: ReplicaLayout, wanted: Ints) -> float:
    """Return the minimum of bytes to copy: each added replica once."""
    return float((np.maximum(wanted - layout.factor, 0) * layout.size).sum())


@dataclass(frozen=True, slots=True)
class FactorChange:
    """Replicas with the new factors, the minimum of bytes, and warnings about redundancy."""

    replicas: Ints
    least_bytes: float
    notes: tuple[Obstacle, ...]


def with_factors(
    goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask
) -> FactorChange | tuple[Obstacle, ...]:
    """Give each topic its new number of replicas, or return why that is infeasible; nothing else moves.

    A partition without a replica, because it is to be created, receives all of them.
    """
    refused = tuple(factor_obstacles(goal, layout, usable))
    if refused:
        return refused
    wanted = wanted_factors(goal, layout)
    work = _Refactoring(layout, wanted, usable)
    replicas = work.run()
    if work.stuck:
        return (stuck_obstacle(layout, usable, work.stuck),)
    notes = [*factor_notes(goal, layout, replicas), *shared_racks(goal, layout, replicas, usable)]
    return FactorChange(replicas, least_bytes(layout, wanted), tuple(notes))


class _Refactoring:
    """Adds and removes replicas, one partition after the other, the largest first.

    ``load`` is each broker's bytes and replicas, relative to the mean of the usable ones, so that empty partitions are
    spread as well. ``room`` is the free space of its disks; nothing counts as removed, because old and new replicas
    coexist during the moves. ``stuck`` are partitions without a broker with room.
    """

    def __init__(self, layout: ReplicaLayout, wanted: Ints, usable: BrokerMask) -> None:
        self._layout, self._wanted, self._usable = layout, wanted, usable
        self.replicas = widened(layout.replicas, int(wanted.max(initial=1)))
        held = layout.load(BalancedResource.DISK, leader=no_leaders(layout))
        count = layout.load(BalancedResource.REPLICAS, leader=no_leaders(layout))
        self._byte = self._unit(held, layout.weight_of(BalancedResource.DISK))
        self._one = self._unit(count, layout.weight_of(BalancedResource.REPLICAS))
        self._load: Floats = held * self._byte + count * self._one
        self._room: Floats = layout.disk - held
        self.stuck: list[int] = []

    def _unit(self, load: Floats, weight: Floats) -> Floats:
        """Return how much one byte, or one replica, adds to the relative load of each broker."""
        whole = float(load[self._usable].sum())
        share = whole * weight / max(float(weight[self._usable].sum()), 1e-12)
        return np.divide(1.0, share, out=np.zeros_like(share), where=share > 0)

    def run(self) -> Ints:
        """Return the replicas with the new factors."""
        change = self._wanted - self._layout.factor
        for row in np.lexsort((np.arange(len(change)), -self._layout.size)).tolist():
            for _ in range(int(change[row])):
                self._add(row)
            for _ in range(-int(change[row])):
                self._take(row)
        return self.replicas

    def _hosts(self, row: int) -> list[int]:
        return [b for b in self.replicas[row].tolist() if b != NONE]

    def _add(self, row: int) -> None:
        """Add a replica at the end, so that the preferred leader does not change."""
        hosts, size = self._hosts(row), float(self._layout.size[row])
        rack = self._layout.rack
        taken = np.bincount(rack[hosts], minlength=int(rack.max()) + 1)
        able = self._usable & (self._room >= size)
        able[hosts] = False
        if not able.any():
            self.stuck.append(row)
            return
        cost = np.where(able, self._load + _FAR * taken[rack], np.inf)
        self._put(row, len(hosts), int(cost.argmin()), size)

    def _put(self, row: int, slot: int, broker: int, size: float) -> None:
        self.replicas[row, slot] = broker
        self._load[broker] += size * self._byte[broker] + self._one[broker]
        self._room[broker] -= size

    def _take(self, row: int) -> None:
        """Remove the least useful replica: out of sync, in a rack with another one, on the fullest broker."""
        hosts, layout = self._hosts(row), self._layout
        racks = [int(layout.rack[b]) for b in hosts]
        place = {b: slot for slot, b in enumerate(layout.replicas[row].tolist()) if b != NONE}

        def missed(slot: int) -> tuple[bool, bool, bool, int, float, int]:
            broker = hosts[slot]
            return (
                broker == int(layout.leader[row]),
                bool(layout.alive[broker]),
                bool(layout.in_sync[row, place[broker]]),
                -racks.count(racks[slot]),
                -float(self._load[broker]),
                -slot,
            )

        gone = hosts.pop(min(range(len(hosts)), key=missed))
        self.replicas[row] = NONE
        self.replicas[row, : len(hosts)] = hosts
        self._load[gone] -= float(layout.size[row]) * self._byte[gone] + self._one[gone]


def factor_obstacles(
    goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask
) -> Iterator[Obstacle]:
    """Return why topics cannot have their new number of replicas."""
    wanted = wanted_factors(goal, layout)
    exists = layout.factor > 0
    grows, shrinks = exists & (wanted > layout.factor), wanted < layout.factor
    yield from _above(layout, np.where(grows, wanted, 0), int(usable.sum()))
    if goal.strict_racks:
        yield from too_few_racks(layout, np.where(grows, wanted, 0), usable)
    yield from _below(goal, layout, np.where(shrinks, wanted, NONE))
    yield from _leaderless(layout, grows | shrinks)


def _above(layout: ReplicaLayout, grown: Ints, brokers: int) -> Iterator[Obstacle]:
    most = int(grown.max(initial=0))
    topic = layout.partitions[int(grown.argmax())].topic if len(grown) else ""
    if most > brokers:
        yield Obstacle(rule="replication_factor_above_brokers", about=f"topic {topic}",
                       message=f"{topic} needs {most} replicas, but only {count(brokers, 'broker')} may hold one",
                       instead=f"a replication factor of {brokers}, or more brokers")  # fmt: skip


def _below(goal: RebalanceGoal, layout: ReplicaLayout, shrunk: Ints) -> Iterator[Obstacle]:
    """Reject fewer replicas than min.insync.replicas: the effective value would be lower than the setting."""
    reported: set[str] = set()
    for row in np.flatnonzero(shrunk != NONE).tolist():
        topic, factor = layout.partitions[row].topic, int(shrunk[row])
        min_isr = goal.min_isr.get(topic, 0)
        if factor < max(min_isr, 1) and topic not in reported:
            reported.add(topic)
            yield Obstacle(rule="replication_factor_below_min_isr", about=f"topic {topic}",
                           message=f"{topic} would have {count(factor, 'replica')}, but its min.insync.replicas is "
                           f"{min_isr}: only {effective_min_isr(min_isr, factor)} in sync would be required",
                           instead=f"a replication factor of {max(min_isr, 1) + 1}, or lower it first")  # fmt: skip


def _leaderless(layout: ReplicaLayout, changed: BrokerMask) -> Iterator[Obstacle]:
    rows = np.flatnonzero(changed & (layout.leader == NONE))
    if len(rows):
        names = ", ".join(str(layout.partitions[int(r)]) for r in rows[:_NAMED])
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        yield Obstacle(rule="no_live_replica", about=names,
                       message=f"{names}{more} cannot be changed: no live broker leads it to copy from",
                       instead="bring such a broker back, or exclude the topics")  # fmt: skip


def stuck_obstacle(layout: ReplicaLayout, usable: BrokerMask, rows: list[int]) -> Obstacle:
    """Return which partitions no disk has room for, and which broker has most room."""
    largest = max(rows, key=lambda row: float(layout.size[row]))
    held = layout.load(BalancedResource.DISK, leader=no_leaders(layout))
    room = np.where(usable, layout.disk - held, -np.inf)
    best = int(room.argmax())
    return Obstacle(
        rule="disk_would_overflow", about=str(layout.partitions[largest]),
        message=f"no broker has room for another replica of {count(len(rows), 'partition')}, the largest is "
        f"{layout.partitions[largest]} with {size(layout.size[largest])}; broker "
        f"{layout.brokers[best]} has most free space, {size(max(room[best], 0.0))}",
        instead="fewer topics at a time, larger disks, or shorter retention first",
    )  # fmt: skip


def factor_notes(goal: RebalanceGoal, layout: ReplicaLayout, replicas: Ints) -> Iterator[Obstacle]:
    """Return warnings about a smaller factor: no broker may fail, or a kept replica is out of sync."""
    reported: set[str] = set()
    for row in np.flatnonzero((replicas != NONE).sum(axis=1) < layout.factor).tolist():
        key, factor = layout.partitions[row], int((replicas[row] != NONE).sum())
        if factor <= goal.min_isr.get(key.topic, 0) and key.topic not in reported:
            reported.add(key.topic)
            yield Obstacle(rule="no_broker_may_fail", about=f"topic {key.topic}",
                           message=f"{key.topic} will have {factor} replicas and min.insync.replicas {factor}: one "
                           "lost broker stops its writes",
                           instead=f"a replication factor of {factor + 1}")  # fmt: skip
        kept: list[int] = replicas[row].tolist()
        old: list[int] = layout.replicas[row].tolist()
        behind = [
            layout.brokers[b]
            for slot, b in enumerate(old)
            if b != NONE and b in kept and not layout.in_sync[row, slot]
        ]
        if behind:
            yield Obstacle(rule="kept_replica_behind", about=str(key),
                           message=f"{key} keeps a replica on broker {behind[0]} that is not in sync: "
                           "the others are removed only once it has caught up",
                           instead="wait until it is in sync, then plan again")  # fmt: skip
