"""Relief of full disks: no broker above its share, bytes close to the bound, and the optimum of small clusters."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.least_cover import EXACT, least_cover
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from steward.analysis.rebalance.relieve import disk_limits, disk_shares
from support.layouts import layout

DISK = BalancedResource.DISK


def below(share: float, *brokers: int) -> RebalanceGoal:
    return RebalanceGoal(intent=Intent.RELIEVE, brokers=frozenset(brokers), disk_share=share)


def on_disks(over: ReplicaLayout, disk: float, other: float = 0.0) -> ReplicaLayout:
    count = len(over.brokers)
    return replace(over, disk=np.full(count, disk), disk_other=np.full(count, other))


def planned(wish: RebalanceGoal, over: ReplicaLayout) -> ProvedPlacement:
    found = propose(wish, over)
    assert isinstance(found, ProvedPlacement), found
    return found


def refused(wish: RebalanceGoal, over: ReplicaLayout) -> Obstacle:
    found = propose(wish, over)
    assert isinstance(found, tuple)
    return found[0]


def assert_relieved(over: ReplicaLayout, wish: RebalanceGoal, plan: ProvedPlacement) -> set[int]:
    """Check a plan from its replicas alone; return the brokers that stay above their limit."""
    used = dict.fromkeys(range(len(over.brokers)), 0.0)
    before = dict(used)
    copied = 0.0
    for row, (old, new) in enumerate(
        zip(over.replicas.tolist(), plan.replicas.tolist(), strict=True)
    ):
        size = float(over.size[row])
        for broker in old:
            before[broker] += size
        for broker in new:
            used[broker] += size
        assert len(set(new)) == len(old)
        assert len({int(over.rack[b]) for b in new}) == len({int(over.rack[b]) for b in old})
        copied += size * len(set(new) - set(old))
        assert plan.leader[row] == plan.replicas[row, 0] or set(new) == set(old)
    assert plan.moved_bytes == pytest.approx(copied)
    assert plan.lower_bound_bytes <= copied * (1 + 1e-9)
    limits = disk_limits(wish, over).tolist()
    above = {b for b in used if used[b] > limits[b] * (1 + 1e-8)}
    for broker in used:
        if before[broker] <= limits[broker]:
            assert broker not in above, "no receiver is filled above its limit"
        if broker in above:
            assert used[broker] <= before[broker]
    return above


clusters = st.builds(
    layout,
    brokers=st.integers(6, 10),
    partitions=st.sampled_from((20, 40, 2_500, 3_000)),
    added=st.integers(0, 3),
    racks=st.sampled_from((3, 4, 5)),
    sigma=st.sampled_from((0.3, 1.0, 1.5)),
    seed=st.integers(0, 5_000),
    balanced=st.booleans(),
)


@settings(max_examples=10, deadline=None)
@given(over=clusters, share=st.sampled_from((0.5, 0.7, 0.85)), headroom=st.floats(1.02, 1.6))
def test_no_broker_stays_above_its_share_unless_it_is_named(
    over: ReplicaLayout, share: float, headroom: float
) -> None:
    load = over.load(DISK)
    over = on_disks(over, max(float(load.mean()) * headroom / share, float(load.max())))
    wish, limits = below(share), disk_limits(below(share), over)
    plan = propose(wish, over)
    if isinstance(plan, tuple):
        assert {o.rule for o in plan} == {"relief_impossible"}
        sums = [(load[over.rack == r].sum(), limits[over.rack == r].sum()) for r in range(3)]
        assert over.rack.max() == 2, "a replica in every rack: none can leave its own"
        assert any(held > most for held, most in sums)
        return
    above = assert_relieved(over, wish, plan)
    named = {n.about for n in plan.notes if n.rule == "relief_incomplete"}
    assert named == {f"broker {over.brokers[b]}" for b in above}
    if not (load > disk_limits(wish, over)).any():
        assert plan.moved_bytes == 0
    again = planned(wish, replace(over, replicas=plan.replicas, leader=plan.leader))
    assert above or again.moved_bytes == 0
    assert np.array_equal(planned(wish, over).replicas, plan.replicas)


def fewest_bytes(over: ReplicaLayout, wish: RebalanceGoal) -> float:
    """Try every placement of two replicas each, of single racks; copies need room beside what a broker holds."""
    before = over.load(DISK)
    brokers, limits = list(range(len(over.brokers))), disk_limits(wish, over)
    best = np.inf
    places = [(a, b) for a in brokers for b in brokers if a < b]
    for choice in product(places, repeat=len(over.size)):
        load, came = np.zeros(len(over.brokers)), np.zeros(len(over.brokers))
        for row, hosts in enumerate(choice):
            load[list(hosts)] += over.size[row]
            came[list(set(hosts) - set(over.replicas[row].tolist()))] += over.size[row]
        fits = (load <= limits * (1 + 1e-9)).all()
        if came.sum() < best and fits and (before + came <= over.disk).all():
            best = float(came.sum())
    return best


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=4, max_size=4),
    places=st.lists(
        st.sampled_from([(a, b) for a in range(4) for b in range(4) if a < b]),
        min_size=4,
        max_size=4,
    ),
    disk=st.integers(10, 24),
)
def test_a_tiny_cluster_is_relieved_with_the_fewest_bytes_of_all_placements(
    sizes: list[int], places: list[tuple[int, int]], disk: int
) -> None:
    over = layout(4, 4, racks=4, factor=2)
    replicas = np.array(places, np.int32)
    over = replace(
        over, size=np.array(sizes) * 1e9, replicas=replicas, leader=replicas[:, 0].copy()
    )
    over = on_disks(over, max(disk * 1e9, float(over.load(DISK).max())))
    wish = below(0.75)
    best = fewest_bytes(over, wish)
    found = propose(wish, over)
    if isinstance(found, tuple):
        assert found[0].rule == "relief_impossible"
        assert best == np.inf
        return
    above = assert_relieved(over, wish, found)
    if np.isfinite(best):
        assert not above
        assert found.moved_bytes == pytest.approx(best, rel=1e-3)
        assert found.lower_bound_bytes == pytest.approx(best, rel=1e-3)
    else:
        assert above


def test_a_large_cluster_is_relieved_within_a_hundredth_of_the_bound() -> None:
    over = layout(100, 10_000, racks=10, balanced=False)
    load = over.load(DISK)
    over = on_disks(over, float(load.max()) / 0.97)
    wish = below(float(np.quantile(load, 0.8)) / float(over.disk[0]))
    plan = planned(wish, over)
    assert not assert_relieved(over, wish, plan)
    assert plan.lower_bound_bytes > 0
    assert plan.gap < 0.01
    assert plan.leaders_moved < plan.replicas_moved


def test_what_is_no_log_counts_as_used_as_the_operating_system_counts_it() -> None:
    over = on_disks(layout(6, 60, racks=3), disk=2e12, other=1e12)
    shares = disk_shares(over)
    assert shares == pytest.approx((over.load(DISK) + 1e12) / 3e12)
    assert disk_limits(below(0.5), over) == pytest.approx([0.5e12] * 6)


def test_named_brokers_alone_are_relieved() -> None:
    over = layout(6, 90, racks=6, balanced=True)
    load = over.load(DISK)
    over = on_disks(over, float(load.max()) / 0.7)
    wish = below(0.6, int(load.argmax()) + 1)
    plan = planned(wish, over)
    after = over.load(DISK, plan.replicas)
    assert after[int(load.argmax())] <= 0.6 * over.disk[0] * (1 + 1e-8)
    lost = (after < load).nonzero()[0].tolist()
    assert lost == [int(load.argmax())]


def test_a_replica_beside_a_dead_one_is_not_moved() -> None:
    """Its reassignment would not end before the dead broker is back."""
    over = layout(8, 90, racks=8)
    over = on_disks(over, float(over.load(DISK).max()) / 0.9)
    dead = replace(over, alive=np.arange(8) != 5)
    beside = (over.replicas == 5).any(axis=1)
    plan = planned(below(0.85), dead)
    assert plan.moved_bytes > 0
    assert np.array_equal(plan.replicas[beside], over.replicas[beside])


def test_pinned_and_excluded_stay() -> None:
    over = layout(8, 90, racks=4, balanced=False, seed=3)
    load = over.load(DISK)
    over = on_disks(over, float(load.max()) / 0.9)
    fixed = np.arange(90) % 2 == 0
    wish = replace(below(0.8), fixed=fixed, excluded=frozenset({int(load.argmin()) + 1}))
    plan = planned(wish, over)
    assert np.array_equal(plan.replicas[fixed], over.replicas[fixed])
    least = int(load.argmin())
    assert np.array_equal(
        (plan.replicas == least).any(axis=1), (over.replicas == least).any(axis=1)
    )
    assert not assert_relieved(over, wish, plan)


def test_what_cannot_be_is_refused_with_the_nearest_share() -> None:
    over = layout(6, 90, racks=3)
    load = over.load(DISK)
    full = on_disks(over, float(load.mean()) / 0.83)
    found = refused(below(0.7), full)
    assert found.rule == "relief_impossible"
    nearest = int(found.instead.removeprefix("--below "))
    assert nearest == 83
    assert isinstance(propose(below(nearest / 100), full), ProvedPlacement)
    uneven = replace(over, disk=np.where(over.rack == 1, load.mean() / 0.9, load.mean() / 0.5))
    bound = refused(below(0.8), replace(uneven, disk_other=None))
    assert "in rack rack-1" in bound.message
    assert isinstance(propose(below(0.91), uneven), ProvedPlacement)
    assert refused(below(0.7), over).rule == "disk_unknown"
    pinned = replace(below(0.7), fixed=np.ones(90, np.bool_))
    assert refused(pinned, on_disks(over, float(load.max()) / 0.9)).rule == "pinned_above_limit"
    down = replace(on_disks(over, 1e15), alive=np.arange(6) != 2)
    assert refused(below(0.7, 3), down).rule == "broker_fenced"


@settings(max_examples=80, deadline=None)
@given(sizes=st.lists(st.integers(1, 1_000), min_size=1, max_size=60), share=st.floats(0.0, 1.1))
def test_a_cover_is_never_too_small_and_the_least_of_few(sizes: list[int], share: float) -> None:
    ordered = np.sort(np.array(sizes, np.float64))
    amount = max(share * float(ordered.sum()), 0.5)
    places = least_cover(ordered, amount)
    assert places == sorted(set(places))
    total = float(ordered[places].sum())
    if amount > ordered.sum():
        assert places == list(range(len(sizes)))
        return
    assert total >= amount
    assert total < amount + ordered.max()
    if len(sizes) <= EXACT:
        sums = {0}
        for one in ordered.astype(int).tolist():
            sums |= {s + one for s in sums}
        assert total == min(s for s in sums if s >= amount)
