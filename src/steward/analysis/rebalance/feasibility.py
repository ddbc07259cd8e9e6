"""Whether a goal is feasible: all reasons against it at once, each with an alternative."""

from collections.abc import Iterator

import numpy as np

from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Ints,
    ReplicaLayout,
)
from steward.analysis.rebalance.rack_spread import too_few_racks
from steward.model.command import Hint, steward
from steward.model.wording import count, few, size

_NAMED = 5
_BROKERS = 20


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
        live = int(layout.alive.sum())
        yield Obstacle(
            rule="no_target", about="cluster",
            message=f"every one of the {count(live, 'live broker')} is to be drained or excluded: none is left to "
            "receive replicas",
            instead="exclude fewer brokers, or drain fewer of them",
        )  # fmt: skip
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
    known = few(layout.brokers, _BROKERS)
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
    if not short.any():
        return
    row = int(np.where(short, layout.factor, 0).argmax())
    name, most = layout.partitions[row], int(layout.factor[row])
    off = _ids(layout, layout.replicas[leaving])
    others = int(short.sum()) - 1
    also = f"; {count(others, 'more partition')} likewise" if others else ""
    fits = int(usable.sum())
    lower = steward(
        "reassignment plan", "change-replication-factor", replication_factor=fits, topics=name.topic
    )
    yield Obstacle(
        rule="replication_factor_above_brokers", about=str(name),
        message=f"{name} has {count(most, 'replica')}, but only {count(fits, 'broker')} may hold one without "
        f"{_named(off)}{also}",
        instead=Hint("more brokers, or fewer replicas first: ", lower) if fits > 1 else "more brokers",
    )  # fmt: skip


def _ids(layout: ReplicaLayout, places: Ints) -> list[int]:
    """Return the ids of brokers, ascending, without duplicates."""
    distinct: list[int] = np.unique(places).tolist()
    return [layout.brokers[b] for b in distinct]


def _named(brokers: list[int]) -> str:
    """Name brokers: ``broker 2``, ``brokers 0, 1``."""
    return f"{'broker' if len(brokers) == 1 else 'brokers'} {few(brokers, _BROKERS)}"


def _unreadable(goal: RebalanceGoal, layout: ReplicaLayout) -> Iterator[Obstacle]:
    """A partition without a leader cannot be copied; only a drain requires moving it."""
    if goal.intent is not Intent.DRAIN:
        return
    there = layout.replicas != NONE
    leaving = np.array([b in goal.brokers for b in layout.brokers])
    touched = (there & leaving[layout.replicas]).any(axis=1)
    rows: list[int] = np.flatnonzero(touched & leaderless(layout) & ~goal.fixed_in(layout)).tolist()
    topics: dict[str, list[int]] = {}
    for row in rows:
        topics.setdefault(layout.partitions[row].topic, []).append(row)
    for topic, found in sorted(topics.items()):
        names = few((layout.partitions[row] for row in found), _NAMED)
        holds = layout.replicas[found]
        down = few(_ids(layout, holds[holds != NONE]), _BROKERS)
        yield Obstacle(
            rule="no_live_replica", about=names,
            message=f"{names} cannot be moved: none of the brokers with a replica ({down}) leads it, so nothing can be "
            "copied",
            instead=f"start one of these brokers with an in-sync replica, or leave it: --exclude-topics {topic}",
        )  # fmt: skip


def _disks(layout: ReplicaLayout, usable: BrokerMask, leaving: BrokerMask) -> Iterator[Obstacle]:
    """Compare the bytes to move with the free space of all brokers that may receive them."""
    known = np.isfinite(layout.disk)
    if not known[usable].all():
        return
    held = float(layout.load(BalancedResource.DISK)[usable].sum())
    moved = float((leaving.sum(axis=1) * layout.size).sum())
    room = float(layout.disk[usable].sum())
    if held + moved <= room:
        return
    if not moved:
        yield Obstacle(rule="disk_too_small", about="cluster",
                       message=f"{size(held)} of logs do not fit on disks of {size(room)}",
                       instead="more brokers, larger disks, or shorter retention")  # fmt: skip
        return
    off = _ids(layout, layout.replicas[leaving])
    yield Obstacle(
        rule="disk_too_small", about=_named(off),
        message=f"{_named(off)} would give away {size(moved)}, and the disks of the brokers that may receive it have "
        f"{size(max(room - held, 0.0))} free",
        instead=f"free {size(held + moved - room)} by shorter retention, exclude topics of as much, or add brokers",
    )  # fmt: skip
