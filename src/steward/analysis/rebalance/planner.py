"""Placement for a goal: required moves, then balance, then leaders; with a measure of optimality.

Planning on the result moves nothing, because a plan is repeated on its own result until it changes nothing, and a
repetition is accepted only if it brings brokers closer to their windows. Budgets count steps, never seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from steward.analysis.rebalance.balancing import Balancing
from steward.analysis.rebalance.exact_solver import (
    MOST_VARIABLES,
    RELATIVE_GAP,
    size_of,
    solve,
)
from steward.analysis.rebalance.exchanges import exchange
from steward.analysis.rebalance.feasibility import leaderless, obstacles, usable_brokers
from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.into_window import evacuate
from steward.analysis.rebalance.layout import (
    NONE,
    PLACED,
    BalancedResource,
    Floats,
    Ints,
    ReplicaLayout,
    no_leaders,
)
from steward.analysis.rebalance.leading import LeaderPlanner
from steward.analysis.rebalance.optimality import (
    ProvedPlacement,
    overflowing,
    unreached,
    with_optimality,
)
from steward.analysis.rebalance.placement_state import moved_bytes
from steward.analysis.rebalance.rack_spread import not_strict, shared_racks, surplus
from steward.analysis.rebalance.relieve import relief_obstacles, relieve
from steward.analysis.rebalance.replica_roles import in_sync_or_new, leaders_first, still_leading
from steward.analysis.rebalance.replication_factor import FactorChange, with_factors
from steward.analysis.rebalance.topic_spread import lead_topics, place_topics
from steward.analysis.rebalance.window import (
    LoadWindow,
    immovable,
    leaving_brokers,
    lower_bound,
    named_brokers,
    on_dead_brokers,
    pools_of,
    racks_bind,
    windows_of,
)
from steward.model.wording import count

_CLOSE = 5e-4
"""Share above the lower bound at which a plan is not searched for fewer bytes."""
_MOST_ROUNDS = 30
"""Number of repetitions on a plan's own result. Each must remove a share of what is outside, so few are needed."""


@dataclass(frozen=True, slots=True)
class _Round:
    """One pass of planning: the placement, what remains to be said about it, and the bounds that it proved."""

    replicas: Ints
    leader: Ints
    notes: tuple[Obstacle, ...]
    bound: float
    leaders_bound: int


def propose(goal: RebalanceGoal, layout: ReplicaLayout) -> ProvedPlacement | tuple[Obstacle, ...]:
    """Plan a rebalance, or return why it is infeasible.

    Deterministic: the same goal and layout give the same placement, and planning again on the result moves nothing.
    """
    reasons = tuple(obstacles(goal, layout))
    if goal.intent is Intent.RELIEVE and not reasons:
        reasons = tuple(relief_obstacles(goal, layout, usable_brokers(goal, layout)))
    if reasons:
        return reasons
    found = _placement(goal, layout)
    if isinstance(found, ProvedPlacement):
        return tuple(not_strict(goal, layout, found.replicas)) or found
    return found


def _placement(
    goal: RebalanceGoal, layout: ReplicaLayout
) -> ProvedPlacement | tuple[Obstacle, ...]:
    if goal.intent is Intent.RELIEVE:
        return relieve(goal, layout, usable_brokers(goal, layout))
    planner = _Planner(goal, layout)
    if goal.intent is Intent.FACTOR:
        changed = with_factors(goal, layout, planner.usable)
        return planner.with_factors(changed) if isinstance(changed, FactorChange) else changed
    found = planner.proposal(_at_rest(planner))
    return tuple(overflowing(layout, found.replicas)) or found


def _at_rest(planner: "_Planner") -> _Round:
    """Plan, and plan again on the result, until nothing changes; the bounds are those of the first pass."""
    layout, first = planner.layout, planner.run()
    found = first
    for _ in range(_MOST_ROUNDS):
        current = _after(layout, found)
        again = _Planner(planner.goal, current).run()
        found = replace(found, notes=again.notes)
        if np.array_equal(again.replicas, current.replicas) and np.array_equal(
            again.leader, current.leader
        ):
            break
        found = _in_sync(layout, replace(found, replicas=again.replicas, leader=again.leader))
    return found


def _in_sync(layout: ReplicaLayout, found: _Round) -> _Round:
    """Replace leaders that are not in sync: a replica that moved away and back is where, and as, it was before."""
    there = found.replicas == found.leader[:, None]
    in_sync = in_sync_or_new(layout, found.replicas)
    rows = np.flatnonzero((there & ~in_sync).any(axis=1) & (found.leader != layout.leader))
    if not len(rows):
        return found
    replicas, leader = found.replicas.copy(), found.leader.copy()
    for row in rows.tolist():
        own, able = replicas[row].tolist(), replicas[row][in_sync[row]].tolist()
        if able:
            first = int(layout.leader[row]) if layout.leader[row] in able else able[0]
            others = [b for b in own if b != first]
            replicas[row], leader[row] = [first, *others], first
    return replace(found, replicas=replicas, leader=leader)


def _after(layout: ReplicaLayout, found: _Round) -> ReplicaLayout:
    """Return the layout when a plan is complete: moved replicas are in sync."""
    return replace(
        layout,
        replicas=found.replicas,
        leader=found.leader,
        in_sync=in_sync_or_new(layout, found.replicas),
    )


def _in_order(start: Ints, replicas: Ints) -> Ints:
    """Keep the order of replicas where a partition has the same brokers as at the start."""
    same = (np.sort(start, axis=1) == np.sort(replicas, axis=1)).all(axis=1)
    return np.where(same[:, None], start, replicas)


class _Planner:
    def __init__(self, goal: RebalanceGoal, layout: ReplicaLayout) -> None:
        self.goal, self.layout = goal, layout
        self.usable = usable_brokers(goal, layout)
        self._fixed = immovable(goal, layout)
        per_rack = goal.intent is not Intent.RACK_REPAIR and racks_bind(
            layout, self.usable, self._fixed
        )
        self._pools = pools_of(layout, per_rack=per_rack)
        self._replicas = layout.replicas
        self._leading = LeaderPlanner(
            goal, layout, self.usable, goal.fixed_in(layout) | leaderless(layout)
        )
        balanced = goal.intent not in (Intent.FACTOR, Intent.PLACEMENT)
        placed = [r for r in goal.resources if balanced and r in PLACED]
        windows = windows_of(goal, layout, self.usable, placed)
        self._windows = dict(windows.of)
        self._by_rack = windows.by_rack
        self._notes: list[Obstacle] = []

    @property
    def _balancing(self) -> Balancing:
        receivers = self.usable
        if self.goal.intent is Intent.ADD_BROKER:
            receivers = receivers & named_brokers(self.goal, self.layout)
        return Balancing(
            self.layout, self._windows, self.usable, receivers, self._fixed, self._pools
        )

    def run(self) -> _Round:
        """Plan once."""
        intent = self.goal.intent
        if intent is Intent.PLACEMENT:
            return self._placed()
        bound = self._bound()
        if intent is Intent.DRAIN:
            self._drain()
        if intent is Intent.RACK_REPAIR:
            self._repair_racks()
        if intent in (Intent.BALANCE, Intent.ADD_BROKER):
            bound = self._balance(bound)
        led = self._leading.plan(self._replicas)
        return self._round(self._ordered(led.leader), led.leader, bound, led.bound)

    def _round(self, replicas: Ints, leader: Ints, bound: float, leaders_bound: int) -> _Round:
        return _Round(replicas, leader, tuple(self._notes), bound, leaders_bound)

    def with_factors(self, found: FactorChange) -> ProvedPlacement:
        """Propose new replication factors: all else stays, including leaders and replica order."""
        kept = still_leading(self.layout, found.replicas)
        return self.proposal(_Round(found.replicas, kept, found.notes, found.least_bytes, 0))

    def _placed(self) -> _Round:
        """Spread each topic's replicas, then its leaders."""
        found = place_topics(self.layout, self.usable, self._fixed)
        self._replicas = found.replicas
        self._notes += found.notes
        leader, least = still_leading(self.layout, self._replicas), 0
        if self.goal.with_leaders:
            may = self._leading.may_lead(self._replicas)
            leader, least = lead_topics(self.layout, self._replicas, leader, may, self._fixed)
        return self._round(self._ordered(leader), leader, found.bound_bytes, least)

    # Bounds

    def _bound(self) -> float:
        """Return the minimum of bytes that any plan must copy."""
        if self.goal.intent is Intent.RACK_REPAIR:
            slots = surplus(self.layout, self.usable)
            return float((slots.sum(axis=1) * self.layout.size)[~self._fixed].sum())
        window = self._windows.get(BalancedResource.DISK)
        if window is None or self.goal.intent is Intent.LEADERS:
            return 0.0
        return lower_bound(self.layout.load(BalancedResource.DISK), window, self._pools)

    def _bound_of_reached(self, replicas: Ints) -> float:
        """Return the minimum of bytes of any plan that comes as close to the windows as this one.

        If no plan brings every broker into its window, the cost of doing so is no bound.
        """
        window = self._windows.get(BalancedResource.DISK)
        if window is None:
            return np.inf
        load = self._load(BalancedResource.DISK, replicas)
        reached = LoadWindow(np.minimum(window.low, load), np.maximum(window.high, load))
        return lower_bound(self.layout.load(BalancedResource.DISK), reached, self._pools)

    def _load(self, resource: BalancedResource, replicas: Ints) -> Floats:
        return self.layout.load(resource, replicas, no_leaders(self.layout))

    # Steps

    def _drain(self) -> None:
        board = self._balancing.board(next(iter(self._windows)), self._replicas, self._windows)
        leaving = leaving_brokers(self.goal, self.layout)
        for partition, source in evacuate(board, board.stock_of(leaving[self._replicas])):
            name = self.layout.partitions[partition]
            broker = self.layout.brokers[source]
            self._notes.append(Obstacle(
                rule="no_place", about=str(name),
                message=f"the replica of {name} stays on broker {broker}: every other eligible broker "
                "already has one, or is in a rack that has",
                instead="fewer replicas of the partition, or more brokers",
            ))  # fmt: skip
        self._replicas = board.replicas()

    def _repair_racks(self) -> None:
        board = self._balancing.board(next(iter(self._windows)), self._replicas, self._windows)
        for partition, _ in evacuate(board, board.stock_of(surplus(self.layout, self.usable))):
            name = self.layout.partitions[partition]
            self._notes.append(Obstacle(
                rule="no_rack", about=str(name),
                message=f"replicas of {name} stay in one rack: no rack with fewer has an eligible broker",
                instead="brokers in more racks",
            ))  # fmt: skip
        self._replicas = board.replicas()

    def _balance(self, bound: float) -> float:
        """Bring brokers into their windows; return the minimum of bytes that is proved."""
        work, start = self._balancing, self._replicas
        if not self._windows or work.met(start):
            return bound
        self._replicas = work.balanced(start)
        if moved_bytes(self.layout, self._replicas) > bound * (1 + _CLOSE):
            self._replicas = work.cheaper(self._replicas)
        bound = self._refined(work, bound)
        self._exchange(work, bound)
        self._replicas = _in_order(start, work.better(start, self._replicas))
        return bound

    def _refined(self, work: Balancing, bound: float) -> float:
        """Solve a small cluster exactly if the greedy plan exceeds the bound; return the proved bound."""
        moved = moved_bytes(self.layout, self._replicas)
        met = work.met(self._replicas)
        small = size_of(self.layout, work.receivers) <= MOST_VARIABLES
        if not small or (met and moved <= bound * (1 + RELATIVE_GAP)):
            if not met:
                self._notes.append(self._not_found("the search"))
            return bound
        found = solve(
            self.layout, self._windows, self.usable, self._fixed, self._replicas,
            receivers=work.receivers,
        )  # fmt: skip
        if found.is_infeasible:
            self._notes.append(Obstacle(
                rule="window_infeasible", about="cluster",
                message=f"no placement brings every broker within {self.goal.tolerance:.0%} of its share, because of "
                "racks or a few large replicas; the plan comes as close as single moves can",
                instead="a larger --tolerance, or brokers spread evenly over the racks",
            ))  # fmt: skip
            return bound
        if found.replicas is None:
            if not met:
                self._notes.append(self._not_found("the exact search"))
        elif not met or moved_bytes(self.layout, found.replicas) < moved:
            self._replicas = found.replicas
        return max(bound, found.bound_bytes)

    def _not_found(self, search: str) -> Obstacle:
        """Report that a search ended without a placement, which proves nothing."""
        return Obstacle(
            rule="window_not_found", about="cluster",
            message=f"{search} ended without a placement that brings every broker within "
            f"{self.goal.tolerance:.0%} of its share; one may exist",
            instead="a larger --tolerance",
        )  # fmt: skip

    def _exchange(self, work: Balancing, bound: float) -> None:
        """Make moves less disruptive; the bytes stay within the gap that counts as optimal."""
        layout = self.layout
        spare = max(0.0, bound * (1 + RELATIVE_GAP) - moved_bytes(layout, self._replicas))
        free = replace(work, receivers=self.usable)  # replicas return to where they were
        board = free.board(next(iter(self._windows)), self._replicas, self._windows)
        leads = np.bincount(layout.leader[layout.leader != NONE], minlength=len(layout.brokers))
        most = self._leading.shares(layout.leader).high if self.goal.with_leaders else leads
        to_give = np.maximum(leads - most, 0)
        exchange(board, layout.replicas, layout.size, spare, to_give.tolist())
        self._replicas = board.replicas()

    def _ordered(self, leader: Ints) -> Ints:
        return leaders_first(self._replicas, leader, ~self._leading.movable)

    # Result

    def proposal(self, found: _Round) -> ProvedPlacement:
        """Measure a placement against the layout, and report what it does not reach."""
        goal, layout, replicas = self.goal, self.layout, found.replicas
        notes = [*found.notes, *self._left_alone()]
        bound, moved = found.bound, moved_bytes(layout, replicas)
        leaders = int(((found.leader != layout.leader) & (layout.leader != NONE)).sum())
        balances = goal.intent in (Intent.BALANCE, Intent.ADD_BROKER)
        if goal.intent is not Intent.FACTOR:
            notes += shared_racks(goal, layout, replicas, self.usable)
        if balances:
            notes += unreached(layout, replicas, self._windows, self.usable)
        if balances and not self._balancing.met(replicas):
            bound = min(bound, self._bound_of_reached(replicas))
        return with_optimality(
            layout, replicas, found.leader, self._windows, self.usable,
            bound=min(bound, moved), leaders_bound=min(found.leaders_bound, leaders), notes=tuple(notes),
            by_rack=balances and self._by_rack,
        )  # fmt: skip

    def _left_alone(self) -> Iterator[Obstacle]:
        """Report partitions that stay because they have no leader, or because a move of them could not end."""
        yield from self._waiting()
        rows = np.flatnonzero(leaderless(self.layout) & ~self.goal.fixed_in(self.layout))
        if len(rows) and self.goal.intent is not Intent.LEADERS:
            first = self.layout.partitions[int(rows[0])]
            yield Obstacle(
                rule="offline_stays", about=str(first),
                message=f"{count(len(rows), 'partition')} without a leader stay ({first} first): no replica to copy "
                "from",
                instead="restart a broker with an in-sync replica, then plan again",
            )  # fmt: skip

    def _waiting(self) -> Iterator[Obstacle]:
        movable = ~self.goal.fixed_in(self.layout) & ~leaderless(self.layout)
        rows = np.flatnonzero(on_dead_brokers(self.layout) & movable)
        if len(rows) and self.goal.intent in (Intent.BALANCE, Intent.ADD_BROKER):
            own = self.layout.replicas[rows]
            dead = own[(own != NONE) & ~self.layout.alive[own]]
            places: list[int] = np.unique(dead).tolist()
            names = ", ".join(str(self.layout.brokers[b]) for b in places)
            yield Obstacle(
                rule="dead_replica_stays", about=str(self.layout.partitions[int(rows[0])]),
                message=f"{count(len(rows), 'partition')} with a replica on a broker that is not alive ({names}) stay: "
                "a move ends only when all replicas are in sync",
                instead="restart the broker, or drain it: its replicas are then copied from the others",
            )  # fmt: skip
