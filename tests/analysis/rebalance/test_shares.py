"""Shares of brokers, and the answers of the exact solver: small clusters that were once planned wrongly."""

import json

import numpy as np

from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.layout_file import read_layout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose

GB = 1_000_000_000


def cluster(
    brokers: int,
    rows: list[tuple[list[int], int]],
    dead: frozenset[int] = frozenset(),
    racks: list[str] | None = None,
) -> ReplicaLayout:
    """Make a cluster; a row is the replicas of a partition and its gigabytes."""
    ids = [
        {"id": b, "rack": racks[b] if racks else None, "alive": b not in dead}
        for b in range(brokers)
    ]
    found = []
    for number, (replicas, size) in enumerate(rows):
        live = [b for b in replicas if b not in dead]
        found.append([number, live[0], replicas, live, size * GB, 0, 0])
    return read_layout(
        json.dumps({"schema": "steward/layout/v1", "brokers": ids, "topics": {"t": found}})
    )


def planned(goal: RebalanceGoal, layout: ReplicaLayout) -> ProvedPlacement:
    found = propose(goal, layout)
    assert isinstance(found, ProvedPlacement), found
    return found


def test_load_on_an_excluded_broker_does_not_count_into_the_shares_of_others() -> None:
    rows = [([0], 1)] * 12 + [([1], 1)] * 6 + [([2], 1)] * 4 + [([3], 1)] * 2
    goal = RebalanceGoal(intent=Intent.BALANCE, excluded=frozenset({0}))
    plan = planned(goal, cluster(4, rows))
    assert plan.replicas_moved == 2
    assert not plan.notes
    assert np.bincount(plan.leader, minlength=4).tolist() == [12, 4, 4, 4]


def test_load_on_a_dead_broker_does_not_count_into_the_shares_of_others() -> None:
    rows = [([a, b], 1) for a in range(3) for b in range(4) if a != b for _ in range(5)]
    plan = planned(RebalanceGoal(intent=Intent.BALANCE), cluster(4, rows, dead=frozenset({3})))
    assert plan.replicas_moved == 0
    assert plan.after[BalancedResource.DISK].outside == 0
    assert {note.rule for note in plan.notes} == {"dead_replica_stays"}


def test_the_answer_of_the_solver_costs_what_it_says() -> None:
    over = cluster(4, [([0, 3], 2), ([0, 3], 6), ([1, 3], 8), ([0, 1], 1)])
    plan = planned(RebalanceGoal(intent=Intent.BALANCE, tolerance=0.6), over)
    assert plan.moved_bytes == plan.lower_bound_bytes == 6 * GB


def test_windows_refer_to_racks_where_replicas_keep_to_them() -> None:
    rows = [([p % 2, 2], 1) for p in range(8)]
    plan = planned(
        RebalanceGoal(intent=Intent.BALANCE), cluster(4, rows, racks=["a", "a", "b", "b"])
    )
    assert plan.by_rack
    free = planned(RebalanceGoal(intent=Intent.BALANCE), cluster(4, [([0], 1)] * 8))
    assert not free.by_rack
