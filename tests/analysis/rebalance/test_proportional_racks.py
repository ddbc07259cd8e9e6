"""Racks of unlike size in proportion: brokers come even, no rack holds all of a partition, and repairs are minimal."""

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.goal import Intent, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, RackSpread, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from steward.analysis.rebalance.rack_proportion import proportional_counts, proportional_surplus
from steward.model.names import TopicPartition

DISK = BalancedResource.DISK


def cluster(sizes: tuple[int, ...], partitions: int, factor: int, seed: int) -> ReplicaLayout:
    """Make racks of these numbers of brokers; replicas lie on distinct racks where there are enough."""
    chance = np.random.default_rng(seed)
    rack = np.repeat(np.arange(len(sizes)), sizes)
    rows: list[list[int]] = []
    for _ in range(partitions):
        seen: Counter[int] = Counter()
        turn: list[tuple[int, int]] = []
        for broker in chance.permutation(len(rack)).tolist():
            turn.append((seen[int(rack[broker])], broker))
            seen[int(rack[broker])] += 1
        order = [broker for _, broker in sorted(turn, key=lambda t: t[0])]
        rows.append(order[:factor])
    replicas = np.array(rows, np.int32)
    size = chance.lognormal(0.0, 0.5, partitions) * 1e9
    return ReplicaLayout(
        partitions=tuple(TopicPartition("t", n) for n in range(partitions)),
        replicas=replicas,
        leader=replicas[:, 0].copy(),
        in_sync=np.ones_like(replicas, np.bool_),
        size=size,
        bytes_in=np.zeros(partitions),
        bytes_out=np.zeros(partitions),
        brokers=tuple(range(len(rack))),
        racks=tuple(f"r{r}" for r in rack),
        alive=np.ones(len(rack), np.bool_),
        disk=np.full(len(rack), np.inf),
        rack_spread=RackSpread.PROPORTIONAL,
    )


def balanced(over: ReplicaLayout, tolerance: float = 0.1) -> ProvedPlacement:
    wish = RebalanceGoal(
        intent=Intent.BALANCE, tolerance=tolerance, resources=(DISK,), with_leaders=False
    )
    found = propose(wish, over)
    assert isinstance(found, ProvedPlacement), found
    return found


def by_rack(over: ReplicaLayout, replicas: list[int]) -> Counter[int]:
    return Counter(int(over.rack[b]) for b in replicas)


def assert_in_proportion(over: ReplicaLayout, plan: ProvedPlacement) -> None:
    usable = over.alive
    counts = proportional_counts(over, usable, over.replicas.shape[1])
    for old, new in zip(over.replicas.tolist(), plan.replicas.tolist(), strict=True):
        was, now = by_rack(over, old), by_rack(over, new)
        assert len(set(new)) == len(new)
        for rack, (low, high) in enumerate(zip(counts.low, counts.high, strict=True)):
            assert min(low, was[rack]) <= now[rack] <= max(high, was[rack])


@pytest.mark.parametrize("sizes", [(8, 7, 7), (6, 3, 3), (4, 2), (4, 2, 2, 2)])
def test_brokers_of_large_and_small_racks_come_even(sizes: tuple[int, ...]) -> None:
    over = cluster(sizes, 3_500, 3, seed=1)
    plan = balanced(over)
    assert_in_proportion(over, plan)
    held = over.load(DISK, plan.replicas)
    assert held.max() <= 1.1 * held.mean() * (1 + 1e-9)
    assert held.min() >= 0.9 * held.mean() * (1 - 1e-9)
    racks = [by_rack(over, row) for row in plan.replicas.tolist()]
    assert all(max(found.values()) < 3 for found in racks), "no rack holds all of a partition"
    assert "racks_shared" in {n.rule for n in plan.notes} or max(sizes) * 3 <= sum(sizes)


def test_even_racks_hold_one_replica_each() -> None:
    over = cluster((4, 4, 4), 2_000, 3, seed=2)
    plan = balanced(over)
    assert all(set(by_rack(over, row).values()) == {1} for row in plan.replicas.tolist())
    even = balanced(replace(over, rack_spread=RackSpread.EVEN))
    assert even.moved_bytes == pytest.approx(plan.moved_bytes)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5), factor=st.integers(1, 5),
    heavy=st.floats(0.2, 5),
)  # fmt: skip
def test_a_partition_always_fits_the_numbers_of_its_racks(
    sizes: list[int], factor: int, heavy: float
) -> None:
    factor = min(factor, sum(sizes))
    over = cluster(tuple(sizes), 1, factor, seed=0)
    weight = np.where(over.rack == 0, heavy, 1.0)
    over = replace(over, weight=dict.fromkeys(BalancedResource, weight))
    counts = proportional_counts(over, over.alive, factor)
    assert sum(counts.low) <= factor
    assert all(
        low <= high <= size for low, high, size in zip(counts.low, counts.high, sizes, strict=True)
    )
    spread_out = len(sizes) > 1 and factor > 1 and sum(min(s, factor - 1) for s in sizes) >= factor
    if spread_out:
        assert sum(counts.high) >= factor
        assert max(counts.high) < factor
    share = [heavy * sizes[0], *map(float, sizes[1:])]
    exact = [factor * s / sum(share) for s in share]
    capped = any(e > min(size, factor - 1) for e, size in zip(exact, sizes, strict=True))
    if spread_out and not capped:
        assert all(
            low - 1e-6 <= e <= high + 1e-6
            for low, e, high in zip(counts.low, exact, counts.high, strict=True)
        )


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4), factor=st.integers(1, 4), seed=st.integers(0, 500)
)  # fmt: skip
def test_a_repair_moves_the_fewest_replicas(sizes: list[int], factor: int, seed: int) -> None:
    factor = min(factor, sum(sizes))
    over = cluster(tuple(sizes), 1, factor, seed=0)
    row = np.random.default_rng(seed).permutation(sum(sizes))[:factor].astype(np.int32)
    over = replace(over, replicas=row[None, :], leader=row[:1])
    counts = proportional_counts(over, over.alive, factor)
    held = by_rack(over, row.tolist())
    choices = product(
        *(range(low, high + 1) for low, high in zip(counts.low, counts.high, strict=True))
    )
    fewest = min(
        (sum(max(held[r] - n, 0) for r, n in enumerate(c)) for c in choices if sum(c) == factor),
        default=0,
    )
    assert int(proportional_surplus(over, over.alive).sum()) == fewest


def test_a_drain_and_a_repair_keep_to_the_proportion() -> None:
    over = cluster((6, 3, 3), 200, 3, seed=3)
    plan = propose(
        RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({0}), resources=(DISK,)), over
    )
    assert isinstance(plan, ProvedPlacement)
    assert not (plan.replicas == 0).any()
    usable = over.alive & (np.arange(12) != 0)
    counts = proportional_counts(over, usable, 3)
    for old, new in zip(over.replicas.tolist(), plan.replicas.tolist(), strict=True):
        was, now = by_rack(over, old), by_rack(over, new)
        assert all(now[r] <= max(counts.high[r], was[r]) for r in range(3))
    rows = np.array([[0, 1, 2]] * 200, np.int32)
    crowded = replace(over, replicas=rows, leader=rows[:, 0].copy())
    fixed = propose(RebalanceGoal(intent=Intent.RACK_REPAIR, resources=(DISK,)), crowded)
    assert isinstance(fixed, ProvedPlacement)
    assert all(max(by_rack(over, row).values()) == 2 for row in fixed.replicas.tolist())
    assert fixed.replicas_moved == 200
