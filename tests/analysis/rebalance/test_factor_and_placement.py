"""Laws of the intents that go by topic: as many replicas as wished, and each topic evenly over brokers and racks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import NONE, BalancedResource, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from steward.analysis.rebalance.topic_shares import topic_shares
from steward.analysis.rebalance.topic_spread import misplaced, rows_by_topic
from support.layouts import layout

clusters = st.builds(
    layout,
    brokers=st.integers(6, 12),
    partitions=st.integers(5, 130),
    added=st.integers(0, 4),
    racks=st.sampled_from((3, 4, 5)),
    factor=st.integers(1, 3),
    sigma=st.sampled_from((0.3, 1.0)),
    seed=st.integers(0, 1_000),
    balanced=st.booleans(),
)


def planned(wish: RebalanceGoal, over: ReplicaLayout) -> ProvedPlacement:
    found = propose(wish, over)
    assert isinstance(found, ProvedPlacement), found
    return found


def refused(wish: RebalanceGoal, over: ReplicaLayout) -> Obstacle:
    found = propose(wish, over)
    assert isinstance(found, tuple)
    assert all(o.instead for o in found)
    return found[0]


def to(factor: int, over: ReplicaLayout, **least: int) -> RebalanceGoal:
    topics = {p.topic for p in over.partitions}
    return RebalanceGoal(
        intent=Intent.FACTOR, factors=dict.fromkeys(topics, factor),
        min_isr={t.replace("_", "-"): n for t, n in least.items()},
    )  # fmt: skip


def after(over: ReplicaLayout, plan: ProvedPlacement) -> ReplicaLayout:
    """Return the cluster when the plan has been carried out: replicas that moved are in sync."""
    same = plan.replicas[:, :, None] == over.replicas[:, None, :]
    behind = (same & ~over.in_sync[:, None, :]).any(axis=2)
    in_sync = (plan.replicas != NONE) & ~behind
    return replace(over, replicas=plan.replicas, leader=plan.leader, in_sync=in_sync)


def shaken(over: ReplicaLayout, seed: int) -> ReplicaLayout:
    """Return the cluster with some followers out of sync, and some leaders that are not the preferred ones."""
    chance = np.random.default_rng(seed)
    in_sync = chance.random(over.replicas.shape) > 0.2
    slot = chance.integers(over.replicas.shape[1], size=len(over.partitions))
    rows = np.arange(len(over.partitions))
    in_sync[rows, slot] = True
    return replace(over, leader=over.replicas[rows, slot].astype(np.int32), in_sync=in_sync)


@settings(max_examples=40, deadline=None)
@given(over=clusters, factor=st.integers(1, 3), seed=st.integers(0, 99))
def test_every_partition_gets_its_factor_and_nothing_else_moves(
    over: ReplicaLayout, factor: int, seed: int
) -> None:
    over = shaken(over, seed)
    plan = planned(to(factor, over), over)
    was = over.replicas.shape[1]
    for row, hosts in enumerate(plan.replicas.tolist()):
        now = [b for b in hosts if b != NONE]
        before = over.replicas[row].tolist()
        assert len(now) == len(set(now)) == factor
        assert len({int(over.rack[b]) for b in now}) == factor, "rack-aware"
        assert int(over.leader[row]) in now, "the leader stays"
        kept = [b for b in before if b in now]
        assert now[: len(kept)] == kept, "the order stays, new ones at the end"
        assert len(kept) == min(was, factor)
        dropped = [b for b in before if b not in now]
        in_sync = {b for b, yes in zip(before, over.in_sync[row], strict=True) if yes}
        if in_sync & set(dropped):
            assert set(kept) <= in_sync, "none in sync goes while one behind stays"
    assert plan.moved_bytes == pytest.approx(max(0, factor - was) * over.size.sum())
    assert plan.gap == pytest.approx(0)
    assert np.array_equal(plan.replicas, planned(to(factor, over), over).replicas)
    again = planned(to(factor, over), after(over, plan))
    assert np.array_equal(again.replicas[:, :factor], plan.replicas[:, :factor])
    assert again.moved_bytes == 0


def test_new_replicas_go_where_there_is_room_even_those_of_empty_partitions() -> None:
    over = layout(12, 240, racks=3, factor=1, balanced=False)
    over = replace(over, size=np.where(np.arange(240) % 2, over.size, 0.0))
    plan = planned(to(3, over), over)
    for resource in (BalancedResource.DISK, BalancedResource.REPLICAS):
        assert plan.after[resource].deviation < plan.before[resource].deviation
    assert plan.after[BalancedResource.REPLICAS].most < 1.15
    assert plan.after[BalancedResource.DISK].most < 1.15


def test_only_named_topics_change() -> None:
    over = layout(6, 150, factor=2)
    wish = RebalanceGoal(intent=Intent.FACTOR, factors={"topic-1": 3})
    plan = planned(wish, over)
    grown = (plan.replicas != NONE).sum(axis=1) > 2
    assert {over.partitions[r].topic for r in np.flatnonzero(grown)} == {"topic-1"}


def test_a_factor_that_cannot_be_is_refused_with_the_nearest_that_can() -> None:
    over = layout(6, 20, racks=3)
    assert "a replication factor of 6" in refused(to(7, over), over).instead
    assert refused(to(7, over), over).rule == "replication_factor_above_brokers"
    alive = np.array([b % 3 != 0 for b in range(6)])
    single = replace(
        layout(6, 20, racks=3, factor=1), alive=alive, leader=np.full(20, 1, np.int32),
        replicas=np.full((20, 1), 1, np.int32),
    )  # fmt: skip
    strict = replace(to(3, single), strict_racks=True)
    assert "at most 2 replicas" in refused(strict, single).instead


def test_an_offline_partition_keeps_its_factor() -> None:
    over = layout(6, 20, racks=3, factor=1)
    offline = over.leader.copy()
    offline[4] = NONE
    over = replace(over, leader=offline)
    found = refused(to(2, over), over)
    assert (found.rule, found.about) == ("no_live_replica", "topic-0-4")


def test_a_factor_below_min_isr_is_refused_and_one_at_it_is_told() -> None:
    over = layout(6, 20, racks=3)
    found = refused(to(1, over, topic_0=2), over)
    assert (found.rule, found.about) == ("replication_factor_below_min_isr", "topic topic-0")
    assert "a replication factor of 3" in found.instead
    plan = planned(to(2, over, topic_0=2), over)
    assert [n.rule for n in plan.notes] == ["no_broker_may_fail"]


def test_a_replica_that_stays_behind_is_told() -> None:
    over = layout(6, 20, racks=3)
    in_sync = over.in_sync.copy()
    in_sync[3, 1:] = False
    plan = planned(to(2, replace(over, in_sync=in_sync)), replace(over, in_sync=in_sync))
    assert [(n.rule, n.about) for n in plan.notes] == [("kept_replica_behind", "topic-0-3")]


def test_a_full_disk_takes_no_replica() -> None:
    over = layout(6, 60, racks=3, factor=2)
    held = over.load(BalancedResource.DISK)
    roomy = replace(over, disk=held + np.array([np.inf, 0.0, np.inf, np.inf, np.inf, np.inf]))
    plan = planned(to(3, roomy), roomy)
    assert plan.after[BalancedResource.DISK].most > 0
    assert roomy.load(BalancedResource.DISK, plan.replicas)[1] == held[1]
    full = replace(over, disk=held + over.size.max() / 2)
    found = refused(to(3, full), full)
    assert found.rule == "disk_would_overflow"
    assert "GiB" in found.message


def assert_spread(over: ReplicaLayout, plan: ProvedPlacement) -> None:
    """Each topic's replicas lie evenly over brokers and over racks, each partition's on distinct racks."""
    usable = over.alive
    for rows in rows_by_topic(over).values():
        own = plan.replicas[rows]
        for hosts in own.tolist():
            assert len({int(over.rack[b]) for b in hosts}) == len(hosts)
        held = np.bincount(own.ravel(), minlength=len(over.brokers))
        shares = topic_shares(over.rack, usable, len(rows), int(own.size), own.shape[1])
        assert (held >= shares.low).all()
        assert (held <= shares.high).all()
        racks = np.bincount(over.rack, weights=held)
        assert (racks >= shares.rack_low).all()
        assert (racks <= shares.rack_high).all()


@settings(max_examples=30, deadline=None)
@given(over=clusters)
def test_topics_are_spread_with_hardly_more_than_the_least_and_rest(over: ReplicaLayout) -> None:
    wish = RebalanceGoal(intent=Intent.PLACEMENT)
    plan = planned(wish, over)
    assert not plan.notes
    assert_spread(over, plan)
    assert misplaced(after(over, plan), over.alive) == 0
    assert plan.moved_bytes >= plan.lower_bound_bytes * (1 - 1e-9)
    assert plan.gap < 1e-9, "topics of this size are at the bound, or solved exactly"
    assert (plan.replicas[:, 0] == plan.leader).all()
    assert np.array_equal(plan.replicas, planned(wish, over).replicas)
    again = planned(wish, after(over, plan))
    assert again.moved_bytes == 0
    assert again.leaders_moved == 0


def test_a_hundred_brokers_are_at_the_bound_without_a_search() -> None:
    over = layout(100, 5_000, added=10, racks=10)
    plan = planned(RebalanceGoal(intent=Intent.PLACEMENT), over)
    assert_spread(over, plan)
    assert plan.gap < 1e-3


def test_leaders_of_each_topic_are_even() -> None:
    over = layout(6, 100, racks=3)
    over = replace(over, leader=over.replicas.min(axis=1))
    plan = planned(RebalanceGoal(intent=Intent.PLACEMENT), over)
    for rows in rows_by_topic(over).values():
        led = np.bincount(plan.leader[rows], minlength=6)
        assert led.max() - led.min() <= 1
    assert plan.leaders_moved >= plan.leaders_bound > 0


def test_a_topic_of_which_a_partition_is_fixed_stays() -> None:
    over = layout(6, 100, racks=3, balanced=False, added=3)
    fixed = np.array([p.topic == "topic-0" for p in over.partitions])
    plan = planned(RebalanceGoal(intent=Intent.PLACEMENT, fixed=fixed), over)
    assert np.array_equal(plan.replicas[fixed], over.replicas[fixed])
    assert not np.array_equal(plan.replicas, over.replicas)


def test_what_would_overflow_a_disk_while_both_copies_are_there_is_refused() -> None:
    over = layout(6, 100, racks=3, added=3)
    disk = over.disk.copy()
    disk[7] = over.size.max()
    found = propose(RebalanceGoal(intent=Intent.PLACEMENT), replace(over, disk=disk))
    if isinstance(found, ProvedPlacement):
        assert replace(over, disk=disk).load(BalancedResource.DISK, found.replicas)[7] <= disk[7]
        assert {n.rule for n in found.notes} <= {"topic_uneven"}
