"""Permitted load of each broker: a window around its share of the total, or of its rack's if racks bind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steward.analysis.rebalance.feasibility import leaderless
from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    RackSpread,
    ReplicaLayout,
    no_leaders,
)
from steward.analysis.rebalance.rack_proportion import counts_by_factor
from steward.analysis.rebalance.shares import Shares, shares_of_load

_MARGIN = 3e-6
"""Share of a disk that stays free: the exact solver keeps its limits to a millionth."""
_SLACK = 1e-9
"""Share of the largest window by which sums of floats may differ."""


@dataclass(frozen=True, slots=True)
class LoadWindow:
    """Minimum and maximum of a resource for each broker."""

    low: Floats
    high: Floats

    @property
    def slack(self) -> float:
        """Rounding of sums: a window that is missed by less counts as kept."""
        return _SLACK * max(1e-9, float(self.high.max(initial=0.0)))

    def excess(self, load: Floats) -> Floats:
        """Return by how much each broker is outside its window; 0 inside."""
        out = np.maximum(np.maximum(load - self.high, self.low - load), 0.0)
        return np.where(out > self.slack, out, 0.0)

    def violation(self, load: Floats) -> float:
        """Return the sum by which loads are outside their windows."""
        return float(self.excess(load).sum())


@dataclass(frozen=True, slots=True)
class GoalWindows:
    """The windows of a goal; ``by_rack`` if a broker's share is one of its rack's load, not of the cluster's."""

    of: Mapping[BalancedResource, LoadWindow]
    by_rack: bool


def windows_of(
    goal: RebalanceGoal,
    layout: ReplicaLayout,
    usable: BrokerMask,
    resources: Sequence[BalancedResource],
) -> "GoalWindows":
    """Return the windows that a goal sets for each resource, and what they refer to.

    Brokers that neither give nor receive keep their load. A broker may always hold what cannot move away from it.
    """
    leaving = leaving_brokers(goal, layout)
    fixed = immovable(goal, layout)
    found: dict[BalancedResource, LoadWindow] = {}
    by_rack = False
    for resource in resources:
        shares = shares_of_load(layout, resource, usable, leaving, fixed)
        by_rack = by_rack or shares.by_rack
        found[resource] = _window_of(goal, layout, resource, usable, shares)
    return GoalWindows(found, by_rack=by_rack)


def _window_of(
    goal: RebalanceGoal,
    layout: ReplicaLayout,
    resource: BalancedResource,
    usable: BrokerMask,
    shares: Shares,
) -> LoadWindow:
    load = layout.load(resource, leader=no_leaders(layout))
    leaving = leaving_brokers(goal, layout)
    low = shares.share * (1 - goal.tolerance)
    high = np.maximum(shares.share * (1 + goal.tolerance), shares.fixed)
    if goal.intent is Intent.ADD_BROKER:
        old = usable & ~named_brokers(goal, layout)
        low[old] = np.minimum(low[old], load[old])
        high[old] = np.maximum(high[old], load[old])
    elif goal.intent in (Intent.DRAIN, Intent.RACK_REPAIR):
        low[:] = 0.0
        high[usable] = np.maximum(high[usable], load[usable])
    idle = ~usable & ~leaving
    low[idle], high[idle] = load[idle], load[idle]
    if goal.intent is Intent.RACK_REPAIR:
        low[idle] = 0.0
    if resource is BalancedResource.DISK:
        high = np.minimum(high, np.maximum(layout.disk * (1 - _MARGIN), load))
    return LoadWindow(np.minimum(low, high), high)


def immovable(goal: RebalanceGoal, layout: ReplicaLayout) -> BrokerMask:
    """Return which partitions do not move: fixed, without a leader, or with a replica that stays on a dead broker.

    Source: KRaft ends a reassignment only when all replicas of the target are in sync.
    """
    found = goal.fixed_in(layout) | leaderless(layout)
    if goal.intent in (Intent.BALANCE, Intent.ADD_BROKER, Intent.RELIEVE):
        found |= on_dead_brokers(layout)
    return found


def on_dead_brokers(layout: ReplicaLayout) -> BrokerMask:
    """Return which partitions have a replica on a broker that is not alive."""
    return ((layout.replicas != NONE) & ~layout.alive[layout.replicas]).any(axis=1)


def named_brokers(goal: RebalanceGoal, layout: ReplicaLayout) -> BrokerMask:
    """Return the brokers that the goal names."""
    return np.array([b in goal.brokers for b in layout.brokers], np.bool_)


def leaving_brokers(goal: RebalanceGoal, layout: ReplicaLayout) -> BrokerMask:
    """Return the brokers that a drain empties."""
    return named_brokers(goal, layout) & (goal.intent is Intent.DRAIN)


def racks_bind(layout: ReplicaLayout, usable: BrokerMask, fixed: BrokerMask | None = None) -> bool:
    """Return whether each movable partition has exactly one replica in every rack, so that none can leave its own."""
    racks = np.unique(layout.rack[usable])
    if layout.rack_spread is RackSpread.PROPORTIONAL and not _one_each(layout, usable):
        return False
    movable = slice(None) if fixed is None else ~fixed
    rows = layout.replicas[movable]
    if not len(racks) or not len(rows) or not (layout.factor[movable] == len(racks)).all():
        return False
    of = np.where(rows != NONE, layout.rack[rows], NONE)
    ordered = np.sort(of, axis=1)
    return (
        bool((ordered == np.sort(racks)[None, :]).all())
        if ordered.shape[1] == len(racks)
        else False
    )


def _one_each(layout: ReplicaLayout, usable: BrokerMask) -> bool:
    """Return whether racks in proportion hold exactly one replica of each partition, because they are alike."""
    return all(
        set(counts.low) <= {0, 1} and counts.low == counts.high
        for counts in counts_by_factor(layout, usable).values()
    )


def lower_bound(load: Floats, window: LoadWindow, pools: Sequence[BrokerMask]) -> float:
    """Return the minimum that any plan must move to bring every broker into its window.

    Source: the larger of the overloaded brokers' excess and the underloaded ones' need, pool by pool: the optimum of
            the transport problem without limits of racks or of co-location.
    """
    bound = 0.0
    for members in pools:
        give = np.maximum(load[members] - window.high[members], 0).sum()
        get = np.maximum(window.low[members] - load[members], 0).sum()
        bound += float(max(give, get))
    return bound


def pools_of(layout: ReplicaLayout, *, per_rack: bool) -> Sequence[BrokerMask]:
    """Return the sets of brokers among which replicas can move: all, or each rack's."""
    if not per_rack:
        return [np.ones(len(layout.brokers), np.bool_)]
    return [layout.rack == rack for rack in range(int(layout.rack.max()) + 1)]


def aims_of(load: Floats, window: LoadWindow, pools: Sequence[BrokerMask]) -> Floats:
    """Return the load that each broker should end with, so that the total moved equals the lower bound.

    Brokers outside their window move to its edge. If the need exceeds the excess, the fullest brokers give the rest,
    down to one level relative to their window; otherwise the emptiest take the rest, up to one level.
    """
    aims = load.copy()
    for members in pools:
        at, low, high = load[members], window.low[members], window.high[members]
        give = np.maximum(at - high, 0).sum()
        get = np.maximum(low - at, 0).sum()
        scale = np.where(high > 0, high, 1.0)
        if give == get == 0:
            continue
        if get >= give:
            aims[members] = _settled(at, low, high, scale, get, down=True)
        else:
            aims[members] = _settled(at, low, high, scale, give, down=False)
    return aims


def _settled(
    at: Floats, low: Floats, high: Floats, scale: Floats, amount: float, *, down: bool
) -> Floats:
    """Bisect for the level at which the fuller brokers give, or the emptier take, exactly the amount."""
    bottom, top = 0.0, float((at / scale).max(initial=0.0)) + 2.0
    for _ in range(60):
        level = (bottom + top) / 2
        edge = np.clip(level * scale, low, high)
        moved = np.maximum(at - edge, 0).sum() if down else np.maximum(edge - at, 0).sum()
        if (moved > amount) == down:
            bottom = level
        else:
            top = level
    level = bottom if down else top
    edge = np.clip(level * scale, low, high)
    if down:
        return np.where(at < low, low, np.minimum(at, edge))
    return np.where(at > high, high, np.maximum(at, edge))
