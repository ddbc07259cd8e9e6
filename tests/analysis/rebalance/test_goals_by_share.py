"""Goals of unlike brokers and of chosen resources: shares by weight, and nothing evened that was not asked for."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.capacity_weights import weights_by_disk, weights_of
from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from support.layouts import layout

DISK = BalancedResource.DISK

clusters = st.builds(
    layout,
    brokers=st.integers(8, 12),
    partitions=st.integers(2_500, 3_000),
    racks=st.just(8),
    sigma=st.sampled_from((0.3, 0.8)),
    seed=st.integers(0, 1_000),
)


def planned(wish: RebalanceGoal, over: ReplicaLayout) -> ProvedPlacement:
    found = propose(wish, over)
    assert isinstance(found, ProvedPlacement), found
    return found


@settings(max_examples=5, deadline=None)
@given(over=clusters, heavy=st.integers(1, 8), weight=st.sampled_from((0.5, 1.5, 2.0)))
def test_each_broker_comes_within_its_weighted_share(
    over: ReplicaLayout, heavy: int, weight: float
) -> None:
    over = replace(over, weight=weights_of(over, {heavy: weight}))
    wish = RebalanceGoal(
        intent=Intent.BALANCE, tolerance=0.2, resources=(DISK,), with_leaders=False
    )
    plan = planned(wish, over)
    own = np.array([weight if b == heavy else 1.0 for b in over.brokers])
    held = np.zeros(len(over.brokers))
    for size, row in zip(over.size, plan.replicas, strict=True):
        held[row] += size
    share = own / own.sum() * held.sum()
    inside = (held >= share * 0.8 * (1 - 1e-9)) & (held <= share * 1.2 * (1 + 1e-9))
    assert inside.all() or plan.notes
    assert inside.mean() > 0.8
    assert plan.after[DISK].outside == int((~inside).sum())


def test_disks_weigh_what_replicas_use_and_leaders_stay_even() -> None:
    over = replace(layout(4, 20, racks=4), disk=np.array([1e12, 1e12, 2e12, np.inf]))
    found = weights_by_disk(over)
    assert found[DISK] == pytest.approx([0.75, 0.75, 1.5, 1.0])
    assert BalancedResource.LEADERS not in found
    unknown = weights_by_disk(replace(over, disk=np.full(4, np.inf)))
    assert unknown[DISK].tolist() == [1.0] * 4


@settings(max_examples=5, deadline=None)
@given(over=clusters, seed=st.integers(0, 99))
def test_disk_alone_changes_no_leader_whose_replica_stays(over: ReplicaLayout, seed: int) -> None:
    chance = np.random.default_rng(seed)
    slot = chance.integers(over.replicas.shape[1], size=len(over.partitions))
    over = replace(over, leader=over.replicas[np.arange(len(slot)), slot].astype(np.int32))
    wish = RebalanceGoal(
        intent=Intent.BALANCE, tolerance=0.1, resources=(DISK,), with_leaders=False
    )
    plan = planned(wish, over)
    stays = (plan.replicas == over.leader[:, None]).any(axis=1)
    assert np.array_equal(plan.leader[stays], over.leader[stays])
    moved = (np.sort(plan.replicas, axis=1) != np.sort(over.replicas, axis=1)).any(axis=1)
    if not plan.notes:
        assert plan.moved_bytes <= max(plan.lower_bound_bytes * 1.1, 0.0) + over.size.max()
    assert moved.sum() <= plan.replicas_moved


def test_network_out_alone_is_evened_by_leaders_without_a_copy() -> None:
    over = layout(6, 300, racks=6)
    over = replace(over, leader=over.replicas.min(axis=1))
    wish = RebalanceGoal(
        intent=Intent.BALANCE, tolerance=0.1, resources=(BalancedResource.NETWORK_OUT,),
        with_leaders=False,
    )  # fmt: skip
    plan = planned(wish, over)
    out = BalancedResource.NETWORK_OUT
    assert plan.moved_bytes == 0
    assert plan.leaders_moved > 0
    assert plan.after[out].most <= 1.1 * (1 + 1e-9) < plan.before[out].most
    assert plan.after[out].least >= 0.9 * (1 - 1e-9)
    assert (plan.replicas == plan.leader[:, None]).any(axis=1).all()
    again = planned(wish, replace(over, replicas=plan.replicas, leader=plan.leader))
    assert again.leaders_moved == 0
