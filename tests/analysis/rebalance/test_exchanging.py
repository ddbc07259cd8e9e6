"""Moves that disturb less for the same bytes: one new replica a partition, leaders that stay where they may."""

from dataclasses import replace
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance import exchanges as exchanging
from steward.analysis.rebalance import planner
from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.placement_state import added_replicas
from steward.analysis.rebalance.planner import propose
from support.layouts import layout


def _alike(seed: int, partitions: int = 24) -> ReplicaLayout:
    """Three brokers and two new ones in three racks, two replicas of partitions that are nearly of one size."""
    chance = np.random.default_rng(seed)
    replicas = np.array([[p % 3, (p + 1) % 3] for p in range(partitions)], np.int32)
    return replace(
        layout(3, partitions, added=2, racks=3, factor=2),
        size=2e8 + chance.integers(0, 4_000, partitions).astype(np.float64),
        replicas=replicas,
        leader=replicas[:, 0].copy(),
    )


def _planned(over: ReplicaLayout, wish: RebalanceGoal) -> ProvedPlacement:
    found = propose(wish, over)
    assert isinstance(found, ProvedPlacement), found
    return found


def _without_exchange(over: ReplicaLayout, wish: RebalanceGoal) -> ProvedPlacement:
    with patch.object(planner, "exchange", lambda *_: None):
        return _planned(over, wish)


def _doubles(over: ReplicaLayout, plan: ProvedPlacement) -> int:
    return int((added_replicas(over.replicas, plan.replicas) > 1).sum())


ADDED = RebalanceGoal(intent=Intent.ADD_BROKER, brokers=frozenset({4, 5}), tolerance=0.1)


def test_hardly_a_partition_is_copied_twice_and_hardly_a_leader_changes_in_vain() -> None:
    doubles, plain, leaders, bound = 0, 0, 0, 0
    for seed in range(8):
        over = _alike(seed)
        plan = _planned(over, ADDED)
        assert plan.gap <= 1e-4
        assert all(
            w.violation(over.load(r, plan.replicas, plan.leader)) == 0
            for r, w in plan.windows.items()
        )
        doubles += _doubles(over, plan)
        plain += _doubles(over, _without_exchange(over, ADDED))
        leaders, bound = leaders + plan.leaders_moved, bound + plan.leaders_bound
    assert doubles <= plain / 4
    assert plain > 10
    assert leaders <= 1.4 * bound


@settings(max_examples=15)
@given(
    brokers=st.integers(6, 10),
    added=st.integers(1, 3),
    partitions=st.integers(30, 90),
    seed=st.integers(0, 1_000),
)
def test_an_exchange_is_never_worse(brokers: int, added: int, partitions: int, seed: int) -> None:
    over = layout(brokers, partitions, added=added, racks=4, sigma=0.3, seed=seed)
    wish = RebalanceGoal(intent=Intent.BALANCE, tolerance=0.2, resources=(BalancedResource.DISK,))
    plain, plan = _without_exchange(over, wish), _planned(over, wish)
    assert _doubles(over, plan) <= _doubles(over, plain)
    most = max(plain.moved_bytes, plain.lower_bound_bytes * (1 + 1e-4))
    assert plan.moved_bytes <= most * (1 + 1e-12)
    window = plan.windows[BalancedResource.DISK]
    outside = [
        window.violation(over.load(BalancedResource.DISK, p.replicas)) for p in (plain, plan)
    ]
    assert outside[1] <= outside[0] + 1e-3
    racks = np.sort(over.rack[plan.replicas], axis=1)
    assert (racks[:, 1:] != racks[:, :-1]).all()


def test_thousands_of_moves_are_left_as_they_are() -> None:
    over = _alike(1)
    with patch.object(exchanging, "MOST_MOVES", 5):
        plan = _planned(over, ADDED)
    assert np.array_equal(plan.replicas, _without_exchange(over, ADDED).replicas)


def test_where_only_leaders_are_evened_there_is_nothing_to_exchange() -> None:
    over = layout(6, 60, racks=3)
    plan = _planned(
        over,
        RebalanceGoal(intent=Intent.BALANCE, tolerance=0.1, resources=(BalancedResource.LEADERS,)),
    )
    assert plan.moved_bytes == 0
