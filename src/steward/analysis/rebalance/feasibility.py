"""Whether a goal is feasible: all reasons against it at once, each with an alternative."""

from collections.abc import Iterator

import numpy as np

from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import NONE, BalancedResource, BrokerMask, ReplicaLayout
from steward.analysis.rebalance.rack_spread import too_few_racks
from steward.model.wording import count, size

_NAMED = 5


def usable_brokers(goal: RebalanceGoal, layout: ReplicaLayout) -> BrokerMask:
    """Return the brokers that may receive replicas: alive, not drained, not excluded."""
    leaving = goal.brokers if goal.intent is Intent.DRAIN else frozenset[int]()
    return layout.alive & np.array([b not in leaving | goal.excluded for b in layout.brokers])


def leaderless(layout: ReplicaLayout) -> BrokerMask:
    """Return which partitions cannot be copied from a live broker: without a leader, or without a live replica."""
    live = ((layout.replicas != NONE) & layout.alive[layout.replicas]).any(axis=1)
    return ~live | (layout.leader == NONE)


def obstacles(goal: RebalanceGoal, layout: ReplicaLayout) -> Iterator[Obstacle]:
    """Return the reasons why a goal is infeasible."""
    yield from _unknown_brokers(goal, layout)
    usable = usable_brokers(goal, layout)
    if not usable.any():
        yield Obstacle(rule="no_target", about="cluster", message="no remaining broker can receive replicas",
                       instead="drain fewer brokers")  # fmt: skip
        return
    if goal.intent is Intent.FACTOR:
        return
    leaving = _leaving(goal, layout)
    yield from _too_few_targets(layout, usable, leaving)
    if goal.strict_racks:
        moving = np.where(goal.fixed_in(layout), 0, layout.factor)
        yield from too_few_racks(layout, moving.astype(np.int32), usable)
    yield from _unreadable(goal, layout)
    yield from _disks(layout, usable, leaving)


def _unknown_brokers(goal: RebalanceGoal, layout: ReplicaLayout) -> Iterator[Obstacle]:
    named = sorted(goal.brokers | goal.excluded)
    known = ", ".join(str(b) for b in layout.brokers)
    for broker in named:
        if broker not in layout.place:
            yield Obstacle(rule="broker_unregistered", about=f"broker {broker}",
                           message=f"broker {broker} is not registered",
                           instead=f"start it first; registered brokers: {known}")  # fmt: skip
        elif goal.intent is Intent.ADD_BROKER and not layout.alive[layout.place[broker]]:
            yield Obstacle(rule="broker_fenced", about=f"broker {broker}",
                           message=f"broker {broker} is fenced: it cannot receive replicas",
                           instead="start it, or wait until it has caught up with the metadata log")  # fmt: skip


def _leaving(goal: RebalanceGoal, layout: ReplicaLayout) -> BrokerMask:
    """Return which replicas, [partition, slot], a drain must move; excluded topics stay."""
    drained = goal.brokers if goal.intent is Intent.DRAIN else frozenset[int]()
    off = np.array([b in drained for b in layout.brokers], np.bool_)
    there = layout.replicas != NONE
    return there & off[layout.replicas] & ~goal.fixed_in(layout)[:, None]


def _too_few_targets(
    layout: ReplicaLayout, usable: BrokerMask, leaving: BrokerMask
) -> Iterator[Obstacle]:
    """Return which partition has more replicas to move than brokers that may hold another one."""
    there = layout.replicas != NONE
    staying = there & usable[layout.replicas] & ~leaving
    free = int(usable.sum()) - staying.sum(axis=1)
    short = leaving.sum(axis=1) > free
    if short.any():
        row = int(np.where(short, layout.factor, 0).argmax())
        name, most = layout.partitions[row], int(layout.factor[row])
        brokers = count(int(usable.sum()), "broker")
        yield Obstacle(rule="replication_factor_above_brokers", about=str(name),
                       message=f"{name} has {most} replicas, but only {brokers} may hold one",
                       instead=f"fewer replicas of {name.topic}, fewer brokers to drain, or more "
                       "brokers")  # fmt: skip


def _unreadable(goal: RebalanceGoal, layout: ReplicaLayout) -> Iterator[Obstacle]:
    """A partition without a leader cannot be copied; only a drain requires moving it."""
    if goal.intent is not Intent.DRAIN:
        return
    there = layout.replicas != NONE
    leaving = np.array([b in goal.brokers for b in layout.brokers])
    touched = (there & leaving[layout.replicas]).any(axis=1)
    rows = np.flatnonzero(touched & leaderless(layout) & ~goal.fixed_in(layout))
    if len(rows):
        names = ", ".join(str(layout.partitions[int(r)]) for r in rows[:_NAMED])
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        yield Obstacle(rule="no_live_replica", about=names,
                       message=f"{names}{more} cannot be moved: no live broker has a replica to copy from",
                       instead="restart such a broker, or exclude the topics")  # fmt: skip


def _disks(layout: ReplicaLayout, usable: BrokerMask, leaving: BrokerMask) -> Iterator[Obstacle]:
    known = np.isfinite(layout.disk)
    if not known[usable].all():
        return
    room = float(layout.disk[usable].sum())
    moved = float((leaving.sum(axis=1) * layout.size).sum())
    held = float(layout.load(BalancedResource.DISK)[usable].sum()) + moved
    if held > room:
        yield Obstacle(rule="disk_too_small", about="cluster",
                       message=f"{size(held)} of logs do not fit on disks of {size(room)}",
                       instead="more brokers, larger disks, or shorter retention")  # fmt: skip
