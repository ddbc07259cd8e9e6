"""Spread of a partition's replicas over racks: one per rack, or as even as fewer racks allow."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from steward.analysis.rebalance.goal import Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import NONE, BrokerMask, Ints, RackSpread, ReplicaLayout
from steward.analysis.rebalance.rack_proportion import proportional_surplus
from steward.model.command import Hint, steward
from steward.model.wording import count

_UNUSABLE = 1 << 20
"""Added to the rack of a replica on a broker that may not receive replicas."""


def rack_count(layout: ReplicaLayout, usable: BrokerMask) -> int:
    """Return how many racks have a broker that may hold replicas; a broker without a rack is a rack of its own."""
    return len(np.unique(layout.rack[usable]))


def surplus(layout: ReplicaLayout, usable: BrokerMask) -> BrokerMask:
    """Return which replicas, [partition, slot], must leave their rack for an even spread: the minimum.

    Partitions whose replicas are in the same racks are computed once. A replica on a broker that may not receive
    replicas still counts in its rack.
    """
    if layout.rack_spread is RackSpread.PROPORTIONAL:
        return proportional_surplus(layout, usable)
    there: BrokerMask = layout.replicas != NONE
    rack: Ints = np.where(there, layout.rack[layout.replicas], NONE)
    place: Ints = np.where(there & ~usable[layout.replicas], rack + _UNUSABLE, rack)
    patterns, of = np.unique(place, axis=0, return_inverse=True)
    sizes: Counter[int] = Counter(layout.rack[usable].tolist())
    found: list[list[bool]] = [_surplus_of(pattern, sizes) for pattern in patterns.tolist()]
    return np.array(found, np.bool_).reshape(patterns.shape)[of.reshape(-1)]


def _surplus_of(pattern: list[int], sizes: Mapping[int, int]) -> list[bool]:
    """Compute one partition: ``pattern`` is the rack of each slot, ``sizes`` the number of usable brokers by rack.

    Racks are filled level by level, as far as they have brokers. If the last level does not need all racks, those with
    most replicas get it. In each rack the first replicas of the assignment stay.
    """
    racks = [rack % _UNUSABLE if rack != NONE else NONE for rack in pattern]
    held = Counter(rack for rack in racks if rack != NONE)
    if not held or max(held.values()) == 1:
        return [False] * len(racks)
    extra = Counter(rack % _UNUSABLE for rack in pattern if rack >= _UNUSABLE)
    room = {rack: sizes.get(rack, 0) + extra[rack] for rack in {*sizes, *held}}
    keeps = dict.fromkeys(room, 0)
    for _ in range(held.total()):
        open_ = [rack for rack in keeps if keeps[rack] < room[rack]]
        chosen = min(open_, key=lambda r: (keeps[r], -held[r], racks.index(r) if held[r] else 0))
        keeps[chosen] += 1
    seen: Counter[int] = Counter()
    found: list[bool] = []
    for rack in racks:
        seen[rack] += 1
        found.append(rack != NONE and seen[rack] > keeps[rack])
    return found


def too_few_racks(layout: ReplicaLayout, factor: Ints, usable: BrokerMask) -> Iterator[Obstacle]:
    """Reject replicas that would share a rack, for a strict spread.

    ``factor`` is the replication factor of each partition, 0 to skip it.
    """
    racks, most = rack_count(layout, usable), int(factor.max(initial=0))
    if most > racks:
        name = layout.partitions[int(factor.argmax())]
        yield Obstacle(rule="replication_factor_above_racks", about=str(name),
                       message=f"{name} would have {count(most, 'replica')} in {count(racks, 'rack')}: "
                       "--strict-racks requires one replica per rack",
                       instead=f"at most {count(racks, 'replica')}, brokers in more racks, or no "
                       "--strict-racks")  # fmt: skip


def not_strict(goal: RebalanceGoal, layout: ReplicaLayout, replicas: Ints) -> Iterator[Obstacle]:
    """Reject a strict plan that changes partitions and leaves several of their replicas in one rack."""
    if not goal.strict_racks:
        return
    width = max(replicas.shape[1], layout.replicas.shape[1])
    after, before = _widened(replicas, width), _widened(layout.replicas, width)
    changed = (np.sort(before, axis=1) != np.sort(after, axis=1)).any(axis=1)
    rows = np.flatnonzero(changed & _shares_a_rack(layout, after))
    if not len(rows):
        return
    row = int(rows[0])
    name, hosts = layout.partitions[row], [int(b) for b in after[row] if b != NONE]
    held = Counter(int(layout.rack[b]) for b in hosts)
    rack = max(held, key=lambda r: (held[r], -r))
    same = [b for b in hosts if layout.rack[b] == rack]
    others = f"; {count(len(rows) - 1, 'more partition')} likewise" if len(rows) > 1 else ""
    yield Obstacle(
        rule="racks_not_strict", about=str(name),
        message=f"{name} would have replicas on brokers {', '.join(str(layout.brokers[b]) for b in same)} in rack "
        f"{layout.racks[same[0]]}, which --strict-racks rejects{others}",
        instead=Hint("one replica per rack first: ", steward("reassignment plan", "rack-repair", topics=name.topic)),
    )  # fmt: skip


def _shares_a_rack(layout: ReplicaLayout, replicas: Ints) -> BrokerMask:
    """Return which partitions have several replicas in one rack."""
    placed = np.sort(np.where(replicas != NONE, layout.rack[replicas], NONE), axis=1)
    return ((placed[:, 1:] == placed[:, :-1]) & (placed[:, 1:] != NONE)).any(axis=1)


def shared_racks(
    goal: RebalanceGoal, layout: ReplicaLayout, replicas: Ints, usable: BrokerMask
) -> Iterator[Obstacle]:
    """Return which partitions of a plan have several replicas in one rack, and what the loss of that rack costs."""
    racks = rack_count(layout, usable)
    there = replicas != NONE
    factor = there.sum(axis=1)
    width = max(replicas.shape[1], layout.replicas.shape[1])
    before = _widened(layout.replicas, width)
    changed = (np.sort(before, axis=1) != np.sort(_widened(replicas, width), axis=1)).any(axis=1)
    shared = factor > racks
    if layout.rack_spread is RackSpread.PROPORTIONAL:
        shared = _shares_a_rack(layout, replicas)
    rows = np.flatnonzero(changed & shared & ~goal.fixed_in(layout))
    if not len(rows):
        return
    first = int(rows[0])
    hosts = [int(b) for b in replicas[first] if b != NONE]
    fullest = int(np.bincount(layout.rack[hosts]).max())
    yield Obstacle(
        rule="racks_shared", about=str(layout.partitions[first]),
        message=f"{count(len(rows), 'partition')} will have replicas that share a rack, for example "
        f"{layout.partitions[first]}: {int(factor[first])} replicas, and {count(racks, 'rack')} with an eligible "
        f"broker; losing one rack loses {fullest} of the {int(factor[first])} copies",
        instead="--proportional-racks allows it; without it, every partition is spread evenly over racks"
        if layout.rack_spread is RackSpread.PROPORTIONAL
        else "brokers in more racks; --strict-racks rejects such plans",
    )  # fmt: skip


def _widened(replicas: Ints, width: int) -> Ints:
    return np.pad(replicas, ((0, 0), (0, width - replicas.shape[1])), constant_values=NONE)
