"""Racks: one replica a rack, or as even as fewer racks allow, and said; strict plans refuse."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import NONE, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from steward.analysis.rebalance.rack_spread import surplus
from steward.model.names import TopicPartition


def cluster(racks: list[str | None], rows: list[list[int]], width: int = 0) -> ReplicaLayout:
    """Make a cluster of brokers 0, 1, ... in these racks; a row is the replicas of one partition."""
    width = width or max(len(r) for r in rows)
    replicas = np.full((len(rows), width), NONE, np.int32)
    for at, row in enumerate(rows):
        replicas[at, : len(row)] = row
    size = np.arange(1, len(rows) + 1, dtype=np.float64) * 1e9
    return ReplicaLayout(
        partitions=tuple(TopicPartition(f"t{n}", 0) for n in range(len(rows))),
        replicas=replicas,
        leader=replicas[:, 0].copy(),
        in_sync=replicas != NONE,
        size=size,
        bytes_in=np.zeros(len(rows)),
        bytes_out=np.zeros(len(rows)),
        brokers=tuple(range(len(racks))),
        racks=tuple(racks),
        alive=np.ones(len(racks), np.bool_),
        disk=np.full(len(racks), np.inf),
    )


def planned(wish: RebalanceGoal, over: ReplicaLayout) -> ProvedPlacement:
    found = propose(wish, over)
    assert isinstance(found, ProvedPlacement), found
    return found


def refused(wish: RebalanceGoal, over: ReplicaLayout) -> tuple[Obstacle, ...]:
    found = propose(wish, over)
    assert isinstance(found, tuple)
    return found


def hosts(plan: ProvedPlacement, row: int) -> list[int]:
    return [b for b in plan.replicas[row].tolist() if b != NONE]


def held(over: ReplicaLayout, brokers: list[int]) -> Counter[int]:
    return Counter(int(over.rack[b]) for b in brokers)


def is_even(over: ReplicaLayout, brokers: list[int], usable: list[int]) -> bool:
    """Tell whether no replica could move to a rack with two fewer, as far as free brokers are there."""
    racks = {int(over.rack[b]) for b in usable}
    free = {r for r in racks if any(int(over.rack[b]) == r and b not in brokers for b in usable)}
    counts = held(over, brokers)
    return all(counts[a] - counts[b] <= 1 for a in counts for b in free if a != b)


@st.composite
def clusters(draw: st.DrawFn) -> ReplicaLayout:
    names = draw(st.sampled_from(("ab", "abc", "abcd")))
    racks = [draw(st.sampled_from(names)) for _ in range(draw(st.integers(3, 8)))]
    brokers = list(range(len(racks)))
    rows = [
        draw(st.permutations(brokers))[: draw(st.integers(1, len(racks) - 1))]
        for _ in range(draw(st.integers(1, 8)))
    ]
    return cluster([*racks], rows, width=len(racks))


@settings(max_examples=150)
@given(clusters())
def test_racks_are_repaired_to_the_evenest_spread_with_the_fewest_bytes(
    over: ReplicaLayout,
) -> None:
    plan = planned(RebalanceGoal(intent=Intent.RACK_REPAIR), over)
    usable = list(over.brokers)
    for row in range(len(over.partitions)):
        now = hosts(plan, row)
        assert len(set(now)) == len(now) == int(over.factor[row])
        assert is_even(over, now, usable), (now, over.racks)
    assert plan.moved_bytes >= plan.lower_bound_bytes
    after = replace(over, replicas=plan.replicas, leader=plan.leader)
    assert planned(RebalanceGoal(intent=Intent.RACK_REPAIR), after).moved_bytes == 0


@settings(max_examples=150)
@given(over=clusters(), gone=st.integers(0, 2))
def test_a_drain_empties_the_broker_and_spreads_as_evenly_as_can_be(
    over: ReplicaLayout, gone: int
) -> None:
    found = propose(RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({gone})), over)
    usable = [b for b in over.brokers if b != gone]
    assert isinstance(found, ProvedPlacement), (
        "each partition has fewer replicas than there are brokers"
    )
    assert not (found.replicas == gone).any()
    for row in range(len(over.partitions)):
        old = [b for b in over.replicas[row].tolist() if b != NONE]
        now = hosts(found, row)
        assert set(old) - {gone} <= set(now), "nothing else moves"
        if gone in old:
            (new,) = set(now) - set(old)
            beside = held(over, [b for b in old if b != gone])
            free = [int(over.rack[b]) for b in usable if b not in old]
            assert beside[int(over.rack[new])] == min(beside[r] for r in free)


def test_the_only_broker_of_a_rack_is_drained_and_the_loss_is_said() -> None:
    over = cluster(["a", "b", "c", "a"], [[0, 1, 2], [2, 1, 3]])
    plan = planned(RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({2})), over)
    assert not (plan.replicas == 2).any()
    (note,) = [n for n in plan.notes if n.rule == "racks_shared"]
    assert "2 partitions" in note.message
    assert "losing one rack loses 2 of the 3 copies" in note.message


@pytest.mark.parametrize("intent", [Intent.DRAIN, Intent.RACK_REPAIR])
def test_a_strict_plan_refuses_to_let_replicas_share_a_rack(intent: Intent) -> None:
    over = cluster(
        ["a", "b", "c", "a"], [[0, 1, 2, 3]] if intent is not Intent.DRAIN else [[0, 1, 2]]
    )
    wish = RebalanceGoal(
        intent=intent,
        brokers=frozenset({2}) if intent is Intent.DRAIN else frozenset(),
        strict_racks=True,
    )
    assert [o.rule for o in refused(wish, over)] == ["replication_factor_above_racks"]


def test_more_replicas_than_racks_are_spread_evenly() -> None:
    over = cluster(["a", "b", "c", "a", "b", "c"], [[0, 1, 2], [3, 4, 5]])
    wish = RebalanceGoal(intent=Intent.FACTOR, factors={"t0": 5, "t1": 4})
    plan = planned(wish, over)
    assert sorted(held(over, hosts(plan, 0)).values()) == [1, 2, 2]
    assert sorted(held(over, hosts(plan, 1)).values()) == [1, 1, 2]
    assert [n.rule for n in plan.notes] == ["racks_shared"]
    strict = refused(replace(wish, strict_racks=True), over)
    assert [o.rule for o in strict] == ["replication_factor_above_racks"]


def test_fewer_replicas_are_taken_from_the_rack_that_holds_most() -> None:
    over = cluster(["a", "a", "a", "b", "b", "c"], [[5, 0, 1, 2, 3, 4]])
    plan = planned(RebalanceGoal(intent=Intent.FACTOR, factors={"t0": 3}), over)
    assert sorted(held(over, hosts(plan, 0)).values()) == [1, 1, 1]


def test_topics_that_are_left_out_neither_refuse_a_drain_nor_move() -> None:
    over = cluster(["a", "b", "c"], [[0, 1], [0, 1, 2]])
    wish = RebalanceGoal(
        intent=Intent.DRAIN,
        brokers=frozenset({0}),
        fixed=np.array([False, True]),
        strict_racks=True,
    )
    plan = planned(wish, over)
    assert sorted(hosts(plan, 0)) == [1, 2]
    assert hosts(plan, 1) == [0, 1, 2]
    (short,) = refused(replace(wish, fixed=None, strict_racks=False), over)
    assert (short.rule, short.about) == ("replication_factor_above_brokers", "t1-0")


def test_disks_are_too_small_only_for_what_is_drained() -> None:
    over = cluster([None, None, None], [[0, 1], [0, 1]])
    over = replace(over, disk=np.array([9e9, 3.5e9, 3.5e9]))
    kept = np.array([False, True])
    wish = RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({0}), fixed=kept)
    assert isinstance(propose(wish, over), ProvedPlacement)


def test_brokers_without_a_rack_are_racks_of_their_own() -> None:
    over = cluster([None, None, None], [[0, 1], [1, 2]])
    assert not surplus(over, np.ones(3, np.bool_)).any()


def test_a_strict_plan_leaves_no_partition_that_it_changes_in_one_rack_twice() -> None:
    """A drain of broker 3 would leave brokers 0 and 1 of rack a with two of three replicas."""
    over = cluster(["a", "a", "b", "c", "c"], [[0, 1, 3], [0, 2, 4]])
    wish = RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset({3}))
    assert sorted(hosts(planned(wish, over), 0))[:2] == [0, 1]
    (found,) = refused(replace(wish, strict_racks=True), over)
    assert (found.rule, found.about) == ("racks_not_strict", "t0-0")
    assert "brokers 0, 1 in rack a" in found.message
    assert "rack-repair --topics t0" in found.instead
    other = replace(wish, brokers=frozenset({4}), strict_racks=True)
    assert hosts(planned(other, over), 0) == [0, 1, 3], "a partition that stays is not judged"
