"""Plans over random clusters: never below the bound, hardly above it, within racks, and stable on their own result."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement, duration_of
from steward.analysis.rebalance.planner import propose
from support.layouts import layout

DISK = (BalancedResource.DISK,)


def planned(wish: RebalanceGoal, over: ReplicaLayout) -> ProvedPlacement:
    found = propose(wish, over)
    assert isinstance(found, ProvedPlacement), found
    return found


def after(over: ReplicaLayout, plan: ProvedPlacement) -> ReplicaLayout:
    return replace(over, replicas=plan.replicas, leader=plan.leader)


def assert_sound(over: ReplicaLayout, plan: ProvedPlacement) -> None:
    """Each partition has as many replicas as before, on distinct brokers and racks, and a leader among them."""
    assert (plan.replicas >= 0).all()
    for rows in (plan.replicas, over.rack[plan.replicas]):
        ordered = np.sort(rows, axis=1)
        assert (ordered[:, 1:] != ordered[:, :-1]).all()
    assert (plan.replicas[:, 0] == plan.leader).all()
    assert plan.moved_bytes >= plan.lower_bound_bytes * (1 - 1e-9)


clusters = st.builds(
    layout,
    brokers=st.integers(6, 12),
    partitions=st.integers(30, 120),
    added=st.integers(0, 4),
    racks=st.sampled_from((3, 4, 5)),
    sigma=st.sampled_from((0.3, 1.0)),
    seed=st.integers(0, 1_000),
    balanced=st.booleans(),
)


def test_what_cannot_be_reached_bounds_nothing() -> None:
    over = layout(brokers=11, partitions=31, added=4, racks=5, sigma=0.3, seed=37, balanced=False)
    plan = planned(RebalanceGoal(intent=Intent.BALANCE, tolerance=0.1), over)
    missed = {
        r
        for r, w in plan.windows.items()
        if w.violation(over.load(r, plan.replicas, plan.leader)) > 0
    }
    assert missed, "31 partitions do not come even in every resource"
    assert_sound(over, plan)
    assert plan.lower_bound_bytes > 0


@settings(max_examples=12)
@given(
    over=clusters,
    tolerance=st.sampled_from((0.1, 0.2, 0.4)),
    resources=st.sampled_from((DISK, None)),
)
def test_a_balance_is_sound_and_rests(
    over: ReplicaLayout, tolerance: float, resources: tuple[BalancedResource, ...] | None
) -> None:
    wish = RebalanceGoal(intent=Intent.BALANCE, tolerance=tolerance)
    wish = wish if resources is None else replace(wish, resources=resources)
    plan = planned(wish, over)
    assert_sound(over, plan)
    same = planned(wish, over)
    assert np.array_equal(plan.replicas, same.replicas), "deterministic"
    window = plan.windows[BalancedResource.DISK]
    if window.violation(over.load(BalancedResource.DISK, plan.replicas)) == 0:
        again = planned(replace(wish, resources=DISK, with_leaders=False), after(over, plan))
        assert again.moved_bytes == 0
    else:
        assert plan.notes


@settings(max_examples=12)
@given(over=clusters, gone=st.integers(1, 2))
def test_a_drain_leaves_nothing_and_moves_nothing_else(over: ReplicaLayout, gone: int) -> None:
    brokers = frozenset(range(1, gone + 1))
    plan = planned(
        RebalanceGoal(intent=Intent.DRAIN, brokers=brokers, tolerance=0.5, resources=DISK), over
    )
    held = over.load(BalancedResource.DISK)[[b - 1 for b in brokers]].sum()
    stuck = {note.about for note in plan.notes}
    left = {
        str(over.partitions[row])
        for row in np.flatnonzero(np.isin(plan.replicas, [b - 1 for b in brokers]).any(axis=1))
    }
    assert left == stuck
    if not stuck:
        assert plan.moved_bytes == pytest.approx(held)
        assert plan.gap < 1e-9
    assert not np.isin(plan.leader, [b - 1 for b in brokers]).any() or stuck


def test_empty_partitions_are_drained_and_repaired_too() -> None:
    over = layout(6, 60, racks=6)
    empty = replace(over, size=np.where(np.arange(60) % 2, over.size, 0.0))
    for sizes in (empty.size, np.zeros(60)):
        cluster = replace(empty, size=sizes)
        plan = planned(
            RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({1}), tolerance=0.5), cluster
        )
        assert not (plan.replicas == 0).any()
        assert_sound(cluster, plan)


def test_scale_out_is_within_a_thousandth_of_the_least_possible() -> None:
    over = layout(100, 20_000, added=10, racks=10)
    for intent, brokers in (
        (Intent.BALANCE, frozenset[int]()),
        (Intent.ADD_BROKER, frozenset(range(101, 111))),
    ):
        wish = RebalanceGoal(intent=intent, brokers=brokers, tolerance=0.05, resources=DISK)
        plan = planned(wish, over)
        assert_sound(over, plan)
        assert plan.gap < 1e-3
        assert plan.after[BalancedResource.DISK].outside == 0
        sources = over.load(BalancedResource.DISK, plan.replicas)[100:]
        assert (sources > 0.94 * over.load(BalancedResource.DISK).sum() / 110).all()


def test_several_resources_come_into_their_windows_together() -> None:
    over = layout(40, 8_000, added=4, racks=8)
    plan = planned(RebalanceGoal(intent=Intent.BALANCE, tolerance=0.05), over)
    assert {r.value: b.outside for r, b in plan.after.items()} == dict.fromkeys(
        (r.value for r in BalancedResource), 0
    )
    assert plan.gap < 0.01
    assert plan.after[BalancedResource.LEADERS].most <= 1.05
    assert plan.leaders_moved < 1.25 * plan.leaders_bound, "followers move, leaders stay"


@pytest.mark.parametrize(
    ("brokers", "added", "partitions", "racks"), [(3, 1, 60, 3), (20, 2, 300, 3), (9, 0, 200, 3)]
)
def test_small_clusters_are_at_the_optimum(
    brokers: int, added: int, partitions: int, racks: int, capfd: pytest.CaptureFixture[str]
) -> None:
    over = layout(brokers, partitions, added=added, racks=racks, balanced=added > 0, seed=5)
    plan = planned(RebalanceGoal(intent=Intent.BALANCE, tolerance=0.1, resources=DISK), over)
    assert capfd.readouterr() == ("", ""), "the solver must not write into machine output"
    assert plan.gap <= 5e-3
    assert plan.after[BalancedResource.DISK].outside == 0


def test_windows_that_no_placement_meets_are_called_so() -> None:
    """Two elephants on four brokers: whoever holds one is over, whoever holds none is under."""
    over = layout(4, 8, racks=4, factor=1)
    elephants = replace(over, size=np.array([100e9, 100e9, *[1e9] * 6]))
    plan = planned(RebalanceGoal(intent=Intent.BALANCE, tolerance=0.1, resources=DISK), elephants)
    assert {n.rule for n in plan.notes} == {"window_infeasible", "window_unreachable"}


def test_racks_are_repaired_with_one_move_a_partition() -> None:
    over = layout(12, 100, racks=4)
    broken = over.replicas.copy()
    rows = np.arange(0, 100, 5)
    for row in rows:
        same = [
            b
            for b in range(12)
            if over.rack[b] == over.rack[broken[row, 0]] and b != broken[row, 0]
        ]
        broken[row, 2] = same[0]
    over = replace(over, replicas=broken)
    plan = planned(RebalanceGoal(intent=Intent.RACK_REPAIR, resources=DISK), over)
    assert_sound(over, plan)
    assert plan.replicas_moved == len(rows)
    assert plan.gap == pytest.approx(0)


def test_leaders_are_spread_without_moving_a_byte() -> None:
    over = layout(12, 600, racks=4)
    skewed = replace(over, leader=over.replicas.min(axis=1))
    exact = planned(RebalanceGoal(intent=Intent.LEADERS, tolerance=0.01), skewed)
    counts = np.bincount(exact.leader, minlength=12)
    assert counts.max() - counts.min() <= 1
    plan = planned(RebalanceGoal(intent=Intent.LEADERS, tolerance=0.1), skewed)
    assert plan.moved_bytes == 0
    assert set(np.bincount(plan.leader, minlength=12)) <= set(range(45, 56))
    assert exact.leaders_moved > plan.leaders_moved >= plan.leaders_bound > 0
    assert (np.sort(plan.replicas, axis=1) == np.sort(over.replicas, axis=1)).all()


def test_excluded_brokers_and_fixed_partitions_stay() -> None:
    over = layout(12, 300, added=2, racks=4)
    fixed = np.arange(300) % 3 == 0
    wish = RebalanceGoal(
        intent=Intent.BALANCE, tolerance=0.3, resources=DISK, fixed=fixed, excluded=frozenset({1})
    )
    plan = planned(wish, over)
    assert np.array_equal(plan.replicas[fixed], over.replicas[fixed])
    assert np.array_equal((plan.replicas == 0).any(axis=1), (over.replicas == 0).any(axis=1))


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        (RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({99})), "broker_unregistered"),
        (RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({1, 2, 3, 4})), "no_target"),
        (
            RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({1, 2})),
            "replication_factor_above_brokers",
        ),
        (RebalanceGoal(intent=Intent.ADD_BROKER, brokers=frozenset({4})), "broker_fenced"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(wish: RebalanceGoal, rule: str) -> None:
    over = layout(4, 20, racks=4)
    if rule == "broker_fenced":
        over = replace(over, alive=np.array([True, True, True, False]))
    found = propose(wish, over)
    assert isinstance(found, tuple)
    assert found[0].rule == rule
    assert found[0].instead


def test_a_partition_without_a_live_replica_cannot_be_drained() -> None:
    over = layout(4, 20, racks=4, factor=1)
    over = replace(over, alive=np.array([False, True, True, True]))
    found = propose(RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({1})), over)
    assert isinstance(found, tuple)
    assert found[0].rule == "no_live_replica"


def test_disks_are_never_overfilled() -> None:
    over = layout(6, 120, added=2, racks=4)
    small = over.disk.copy()
    small[6] = over.load(BalancedResource.DISK).sum() / 40
    over = replace(over, disk=small)
    plan = planned(RebalanceGoal(intent=Intent.BALANCE, tolerance=0.2, resources=DISK), over)
    assert over.load(BalancedResource.DISK, plan.replicas)[6] <= small[6]


def test_duration_is_that_of_the_busiest_broker() -> None:
    over = layout(10, 500, added=1, racks=5)
    plan = planned(
        RebalanceGoal(intent=Intent.ADD_BROKER, brokers=frozenset({11}), resources=DISK), over
    )
    took = duration_of(over, plan.replicas, 50e6)
    assert took.seconds == pytest.approx(plan.moved_bytes / 50e6)
    assert (took.broker, took.receives) == (11, True)
