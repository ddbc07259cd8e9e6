"""Placement for a goal: required moves, then balance, then leaders; with a measure of optimality."""

from collections.abc import Iterator

import numpy as np

from steward.analysis.rebalance.exact_solver import (
    MOST_VARIABLES,
    RELATIVE_GAP,
    SECONDS,
    size_of,
    solve,
)
from steward.analysis.rebalance.exchanges import exchange
from steward.analysis.rebalance.feasibility import leaderless, obstacles, usable_brokers
from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.into_window import evacuate, give_and_take
from steward.analysis.rebalance.layout import (
    NONE,
    PLACED,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    ReplicaLayout,
    no_leaders,
)
from steward.analysis.rebalance.leader_traffic import level_traffic
from steward.analysis.rebalance.leader_transfers import transfer_traffic
from steward.analysis.rebalance.leaders import LeaderShares, inherited, shares_of, spread_leaders
from steward.analysis.rebalance.optimality import (
    ProvedPlacement,
    overflowing,
    unreached,
    with_optimality,
)
from steward.analysis.rebalance.placement_state import PlacementState, ResourceUsage, moved_bytes
from steward.analysis.rebalance.rack_spread import shared_racks, surplus
from steward.analysis.rebalance.relieve import relief_obstacles, relieve
from steward.analysis.rebalance.replica_roles import in_sync_or_new, leaders_first, still_leading
from steward.analysis.rebalance.replication_factor import FactorChange, with_factors
from steward.analysis.rebalance.topic_spread import lead_topics, place_topics
from steward.analysis.rebalance.window import (
    LoadWindow,
    aims_of,
    lower_bound,
    pools_of,
    racks_bind,
    window_of,
)
from steward.model.wording import count, duration

_ROUNDS = 3


def propose(goal: RebalanceGoal, layout: ReplicaLayout) -> ProvedPlacement | tuple[Obstacle, ...]:
    """Plan a rebalance, or return why it is infeasible.

    Deterministic: the same goal and layout give the same placement, and planning again on the result moves nothing.
    """
    reasons = tuple(obstacles(goal, layout))
    if goal.intent is Intent.RELIEVE and not reasons:
        reasons = tuple(relief_obstacles(goal, layout, usable_brokers(goal, layout)))
    if reasons:
        return reasons
    if goal.intent is Intent.RELIEVE:
        return relieve(goal, layout, usable_brokers(goal, layout))
    planner = _Planner(goal, layout)
    if goal.intent is Intent.FACTOR:
        found = with_factors(goal, layout, planner.usable)
        if not isinstance(found, FactorChange):
            return found
        return planner.with_factors(found)
    found = planner.run()
    return tuple(overflowing(layout, found.replicas)) or found


class _Planner:
    def __init__(self, goal: RebalanceGoal, layout: ReplicaLayout) -> None:
        self._goal, self._layout = goal, layout
        self.usable = usable_brokers(goal, layout)
        self._fixed = goal.fixed_in(layout) | leaderless(layout)
        self._per_rack = racks_bind(layout, self.usable) and goal.intent is not Intent.RACK_REPAIR
        self._pools = pools_of(layout, per_rack=self._per_rack)
        self._replicas = layout.replicas
        balanced = goal.intent not in (Intent.FACTOR, Intent.PLACEMENT)
        placed = [r for r in goal.resources if balanced and r in PLACED]
        self._windows = {r: self._window(r) for r in placed}
        self._notes: list[Obstacle] = []

    def run(self) -> ProvedPlacement:
        goal = self._goal
        if goal.intent is Intent.PLACEMENT:
            return self._placed()
        bound = self._bound()
        if goal.intent is Intent.DRAIN:
            self._drain()
        if goal.intent is Intent.RACK_REPAIR:
            self._repair_racks()
        if goal.intent in (Intent.BALANCE, Intent.ADD_BROKER):
            self._balance()
            bound = self._refined(bound)
            self._exchange(bound)
        if not self._met():
            bound = min(bound, self._bound_of_reached())
        leader, leaders_bound = self._leaders()
        return self._proposal(self._ordered(leader), leader, bound, leaders_bound)

    def with_factors(self, found: FactorChange) -> ProvedPlacement:
        """Propose new replication factors: all else stays, including leaders and replica order."""
        self._replicas = found.replicas
        self._notes += found.notes
        kept = still_leading(self._layout, self._replicas)
        return self._proposal(self._replicas, kept, found.least_bytes, 0)

    def _placed(self) -> ProvedPlacement:
        """Spread each topic's replicas, then its leaders."""
        found = place_topics(self._layout, self.usable, self._fixed)
        self._replicas = found.replicas
        self._notes += found.notes
        leader, least = still_leading(self._layout, self._replicas), 0
        if self._goal.with_leaders:
            leader, least = lead_topics(
                self._layout, self._replicas, leader, self._may_lead(), self._fixed
            )
        return self._proposal(self._ordered(leader), leader, found.bound_bytes, least)

    # Windows

    def _window(self, resource: BalancedResource) -> LoadWindow:
        layout, goal = self._layout, self._goal
        load = layout.load(resource, leader=no_leaders(layout))
        window = window_of(
            layout, resource, load, self.usable, goal.tolerance, per_rack=self._per_rack
        )
        low, high = window.low.copy(), window.high.copy()
        idle = ~self.usable & ~self._leaving()
        if goal.intent is Intent.ADD_BROKER:
            old = self.usable & ~self._named()
            low[old] = np.minimum(low[old], load[old])
            high[old] = np.maximum(high[old], load[old])
        elif goal.intent in (Intent.DRAIN, Intent.RACK_REPAIR):
            low[self.usable] = 0.0
            high[self.usable] = np.maximum(high[self.usable], load[self.usable])
        low[idle], high[idle] = load[idle], load[idle]
        if resource is BalancedResource.DISK:
            high = np.minimum(high, np.maximum(layout.disk, load))
        return LoadWindow(low, high)

    def _named(self) -> BrokerMask:
        return np.array([b in self._goal.brokers for b in self._layout.brokers], np.bool_)

    def _leaving(self) -> BrokerMask:
        return self._named() & (self._goal.intent is Intent.DRAIN)

    def _bound(self) -> float:
        """Return the minimum of bytes that any plan must copy."""
        if self._goal.intent is Intent.RACK_REPAIR:
            slots = surplus(self._layout, self.usable)
            return float((slots.sum(axis=1) * self._layout.size)[~self._fixed].sum())
        window = self._windows.get(BalancedResource.DISK)
        if window is None or self._goal.intent is Intent.LEADERS:
            return 0.0
        return lower_bound(self._layout.load(BalancedResource.DISK), window, self._pools)

    def _met(self) -> bool:
        """Return whether every broker is in its window."""
        return all(w.violation(self._load(r)) == 0 for r, w in self._windows.items())

    def _bound_of_reached(self) -> float:
        """Return the minimum of bytes of any plan that comes as close to the windows as this one.

        If no plan brings every broker into its window, the cost of doing so is no bound.
        """
        window = self._windows.get(BalancedResource.DISK)
        if window is None:
            return np.inf
        load = self._load(BalancedResource.DISK)
        reached = LoadWindow(np.minimum(window.low, load), np.maximum(window.high, load))
        return lower_bound(self._layout.load(BalancedResource.DISK), reached, self._pools)

    # Steps

    def _board(self, first: BalancedResource) -> PlacementState:
        order = [first, *(r for r in self._windows if r is not first)]
        gauges = [
            ResourceUsage.of(self._layout, r, self._replicas, self._windows[r]) for r in order
        ]
        return PlacementState(self._layout, self._replicas, gauges, self.usable, self._fixed)

    def _drain(self) -> None:
        first = next(iter(self._windows))
        board = self._board(first)
        for partition, source in evacuate(board, board.stock_of(self._leaving()[self._replicas])):
            name = self._layout.partitions[partition]
            broker = self._layout.brokers[source]
            self._notes.append(Obstacle(
                rule="no_place", about=str(name),
                message=f"the replica of {name} stays on broker {broker}: every other eligible broker "
                "already has one, or is in a rack that has",
                instead="fewer replicas of the partition, or more brokers",
            ))  # fmt: skip
        self._replicas = board.replicas()

    def _repair_racks(self) -> None:
        board = self._board(next(iter(self._windows)))
        for partition, _ in evacuate(board, board.stock_of(surplus(self._layout, self.usable))):
            name = self._layout.partitions[partition]
            self._notes.append(Obstacle(
                rule="no_rack", about=str(name),
                message=f"replicas of {name} stay in one rack: no rack with fewer has an eligible broker",
                instead="brokers in more racks",
            ))  # fmt: skip
        self._replicas = board.replicas()

    def _balance(self) -> None:
        """Bring one resource after the other into its window, repeated while that helps."""
        for _ in range(_ROUNDS):
            before = self._replicas
            for resource, window in self._windows.items():
                load = self._load(resource)
                if window.violation(load) == 0:
                    continue
                board = self._board(resource)
                give_and_take(board, aims_of(load, window, self._pools).tolist())
                self._replicas = board.replicas()
            if all(w.violation(self._load(r)) == 0 for r, w in self._windows.items()):
                return
            if np.array_equal(before, self._replicas):
                return

    def _refined(self, bound: float) -> float:
        """Solve a small cluster exactly if the greedy plan exceeds the bound; return the proved bound."""
        moved = moved_bytes(self._layout, self._replicas)
        met = self._met()
        small = size_of(self._layout, self.usable) <= MOST_VARIABLES
        if not small or (met and moved <= bound * (1 + RELATIVE_GAP)):
            return bound
        found = solve(self._layout, self._windows, self.usable, self._fixed, self._replicas)
        if found.is_infeasible:
            self._notes.append(Obstacle(
                rule="window_infeasible", about="cluster",
                message=f"no placement brings every broker within {self._goal.tolerance:.0%} of its share, because of "
                "racks or a few large replicas; the plan comes as close as single moves can",
                instead="a larger --tolerance, or brokers spread evenly over the racks",
            ))  # fmt: skip
            return bound
        if found.ran_out_of_time:
            self._notes.append(Obstacle(
                rule="search_out_of_time", about="cluster",
                message=f"the search for the optimum was stopped after {duration(SECONDS)}: the plan is close to it, "
                "but not proved optimal, and may differ between runs",
                instead="a larger --tolerance, which is solved faster",
            ))  # fmt: skip
        if found.replicas is not None and (
            not met or moved_bytes(self._layout, found.replicas) < moved
        ):
            self._replicas = found.replicas
        return max(bound, found.bound_bytes)

    def _exchange(self, bound: float) -> None:
        """Make moves less disruptive; the bytes stay within the gap that counts as optimal."""
        if not self._windows:
            return
        layout = self._layout
        spare = max(0.0, bound * (1 + RELATIVE_GAP) - moved_bytes(layout, self._replicas))
        board = self._board(next(iter(self._windows)))
        leads = np.bincount(layout.leader[layout.leader != NONE], minlength=len(layout.brokers))
        most = self._leader_shares(layout.leader).high if self._goal.with_leaders else leads
        to_give = np.maximum(leads - most, 0)
        exchange(board, layout.replicas, layout.size, spare, to_give.tolist())
        self._replicas = board.replicas()

    def _load(self, resource: BalancedResource) -> Floats:
        return self._layout.load(resource, self._replicas, no_leaders(self._layout))

    def _leaders(self) -> tuple[Ints, int]:
        """Return the new leaders, and the minimum of leader changes for even counts."""
        kept = still_leading(self._layout, self._replicas)
        even = self._goal.intent not in (Intent.RACK_REPAIR, Intent.DRAIN)
        if not even:
            return kept, 0
        may = self._may_lead()
        if not self._goal.with_leaders:
            return self._levelled(kept, may), 0
        shares = self._leader_shares(kept)
        gone = (kept != NONE) & ~(self._replicas == self._layout.leader[:, None]).any(axis=1)
        stays = kept[(kept != NONE) & ~gone]
        counts = np.bincount(stays, minlength=len(self._layout.brokers))
        heirs = inherited(self._replicas, kept, gone, may, shares)
        spread = spread_leaders(self._replicas, heirs, may, shares)
        return self._levelled(spread, may), shares.bound(counts, int(gone.sum()))

    def _leader_shares(self, leader: Ints) -> LeaderShares:
        weight = self._layout.weight_of(BalancedResource.LEADERS)
        return shares_of(int((leader != NONE).sum()), self.usable, weight)

    def _may_lead(self) -> BrokerMask:
        """Return which replicas may lead afterwards."""
        alive = self._layout.alive & self.usable
        may = (self._replicas != NONE) & alive[self._replicas] & ~self._fixed[:, None]
        return may & in_sync_or_new(self._layout, self._replicas)

    def _levelled(self, leader: Ints, may: BrokerMask) -> Ints:
        """Balance leader traffic, if requested."""
        if BalancedResource.NETWORK_OUT not in self._goal.resources:
            return leader
        _, demand = self._layout.demand(BalancedResource.NETWORK_OUT)
        weight = np.where(self.usable, self._layout.weight_of(BalancedResource.NETWORK_OUT), 0.0)
        share = float(demand[leader != NONE].sum()) * weight / max(weight.sum(), 1e-12)
        if not self._goal.with_leaders:
            leader = transfer_traffic(
                self._replicas, leader, may, demand, share, self._goal.tolerance
            )
        return level_traffic(self._replicas, leader, may, demand, share, self._goal.tolerance)

    def _ordered(self, leader: Ints) -> Ints:
        return leaders_first(self._replicas, leader, self._fixed)

    def _proposal(
        self, replicas: Ints, leader: Ints, bound: float, leaders_bound: int
    ) -> ProvedPlacement:
        notes = [*self._notes, *self._left_alone()]
        if self._goal.intent is not Intent.FACTOR:
            notes += shared_racks(self._goal, self._layout, replicas, self.usable)
        if self._goal.intent in (Intent.BALANCE, Intent.ADD_BROKER):
            notes += unreached(self._layout, replicas, self._windows, self.usable)
        return with_optimality(
            self._layout, replicas, leader, self._windows, self.usable,
            bound=bound, leaders_bound=leaders_bound, notes=tuple(notes),
        )  # fmt: skip

    def _left_alone(self) -> Iterator[Obstacle]:
        """Report partitions that stay because they have no leader."""
        rows = np.flatnonzero(leaderless(self._layout) & ~self._goal.fixed_in(self._layout))
        if len(rows) and self._goal.intent is not Intent.LEADERS:
            first = self._layout.partitions[int(rows[0])]
            yield Obstacle(
                rule="offline_stays", about=str(first),
                message=f"{count(len(rows), 'partition')} without a leader stay ({first} first): no replica to copy "
                "from",
                instead="restart a broker with an in-sync replica, then plan again",
            )  # fmt: skip
