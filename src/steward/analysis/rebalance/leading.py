"""Leaders for a goal: who may lead, each broker's share of leaders and of their traffic, and who changes."""

from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    ReplicaLayout,
)
from steward.analysis.rebalance.leader_traffic import level_traffic
from steward.analysis.rebalance.leader_transfers import transfer_traffic
from steward.analysis.rebalance.leaders import LeaderShares, inherited, shares_of, spread_leaders
from steward.analysis.rebalance.replica_roles import in_sync_or_new, still_leading
from steward.analysis.rebalance.window import LoadWindow

_PAYS = 1e-3
"""Share of the traffic outside the windows that swaps of leaders must remove."""


@dataclass(frozen=True, slots=True)
class LeaderPlan:
    """New leaders, the fewest leader changes of any plan for the same replicas, and the windows of leaders."""

    leader: Ints
    bound: int
    windows: dict[BalancedResource, LoadWindow]


class LeaderPlanner:
    """Chooses leaders for a placement.

    ``usable`` brokers may lead; ``fixed`` partitions keep their leader, and so do partitions led by any other broker.
    """

    def __init__(
        self, goal: RebalanceGoal, layout: ReplicaLayout, usable: BrokerMask, fixed: BrokerMask
    ) -> None:
        self._goal, self._layout = goal, layout
        self._usable, self.movable = usable, ~fixed

    def may_lead(self, replicas: Ints) -> BrokerMask:
        """Return which replicas may lead afterwards."""
        able, before = self._layout.alive & self._usable, self._layout.leader
        stays = (replicas == before[:, None]).any(axis=1)
        rows = self.movable & (before != NONE) & (self._usable[before] | ~stays)
        may = (replicas != NONE) & able[replicas] & rows[:, None]
        return may & in_sync_or_new(self._layout, replicas)

    def shares(self, leader: Ints) -> LeaderShares:
        """Return how many partitions each broker should lead; brokers that are not usable keep theirs."""
        led = leader != NONE
        counts = np.bincount(leader[led], minlength=len(self._usable)).astype(np.int64)
        weight = self._layout.weight_of(BalancedResource.LEADERS)
        total = int(counts[self._usable].sum())
        found = shares_of(total, self._usable, weight, self._goal.tolerance)
        return LeaderShares(
            np.where(self._usable, found.low, counts), np.where(self._usable, found.high, counts)
        )

    def plan(self, replicas: Ints) -> LeaderPlan:
        """Return the new leaders of a placement."""
        kept = still_leading(self._layout, replicas)
        if self._goal.intent in (Intent.RACK_REPAIR, Intent.DRAIN):
            return LeaderPlan(kept, 0, {})
        may = self.may_lead(replicas)
        if not self._goal.with_leaders:
            return self._levelled(replicas, may, LeaderPlan(kept, 0, {}))
        shares = self.shares(kept)
        gone = (kept != NONE) & ~(replicas == self._layout.leader[:, None]).any(axis=1)
        stays = kept[(kept != NONE) & ~gone]
        counts = np.bincount(stays, minlength=len(self._usable))
        bound = shares.bound(counts, int(gone.sum()))
        heirs = inherited(replicas, kept, gone, may, shares) if gone.any() else kept
        spread = spread_leaders(replicas, heirs, may, shares)
        window = LoadWindow(shares.low.astype(np.float64), shares.high.astype(np.float64))
        found = LeaderPlan(spread, bound, {BalancedResource.LEADERS: window})
        return self._levelled(replicas, may, found)

    def _levelled(self, replicas: Ints, may: BrokerMask, plan: LeaderPlan) -> LeaderPlan:
        """Balance leader traffic, if requested, where that brings it closer to the windows."""
        if BalancedResource.NETWORK_OUT not in self._goal.resources:
            return plan
        window = self._traffic_window(plan.leader)
        windows = {**plan.windows, BalancedResource.NETWORK_OUT: window}
        outside = window.violation(self._traffic(plan.leader))
        if not outside:
            return replace(plan, windows=windows)
        _, demand = self._layout.demand(BalancedResource.NETWORK_OUT)
        found = plan.leader
        if not self._goal.with_leaders:
            found = transfer_traffic(replicas, found, may, demand, window)
        found = level_traffic(replicas, found, may, demand, window)
        closer = window.violation(self._traffic(found)) < outside * (1 - _PAYS)
        return replace(plan, windows=windows, leader=found if closer else plan.leader)

    def _traffic(self, leader: Ints) -> Floats:
        return self._layout.load(BalancedResource.NETWORK_OUT, leader=leader)

    def _traffic_window(self, leader: Ints) -> LoadWindow:
        load = self._traffic(leader)
        weight = np.where(self._usable, self._layout.weight_of(BalancedResource.NETWORK_OUT), 0.0)
        share = float(load[self._usable].sum()) * weight / max(weight.sum(), 1e-12)
        within = self._goal.tolerance
        return LoadWindow(
            np.where(self._usable, share * (1 - within), load),
            np.where(self._usable, share * (1 + within), load),
        )
