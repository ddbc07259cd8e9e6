"""A drain says of every replica that it leaves behind why, and calls a broker empty only if it is."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.goal import Intent, RebalanceGoal, StayReason
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from steward.analysis.rebalance.staying import emptied_brokers, staying_replicas
from support.layouts import layout

clusters = st.builds(
    layout,
    brokers=st.integers(6, 10),
    partitions=st.integers(5, 60),
    racks=st.sampled_from((3, 4)),
    seed=st.integers(0, 1_000),
)


def drain(over: ReplicaLayout, *brokers: int, excluded: set[str]) -> RebalanceGoal:
    kept = np.array([p.topic in excluded for p in over.partitions])
    return RebalanceGoal(
        intent=Intent.DRAIN, brokers=frozenset(brokers), tolerance=0.5, resources=(BalancedResource.DISK,), fixed=kept,
        fixed_by={StayReason.EXCLUDED_TOPIC: kept},
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    over=clusters, excluded=st.sets(st.sampled_from(("topic-0", "topic-1"))), gone=st.integers(1, 2)
)
def test_every_replica_that_stays_is_named_and_only_empty_brokers_are_called_empty(
    over: ReplicaLayout, excluded: set[str], gone: int
) -> None:
    wish = drain(over, *range(1, gone + 1), excluded=excluded)
    plan = propose(wish, over)
    assert isinstance(plan, ProvedPlacement)
    rows: list[list[int]] = plan.replicas.tolist()
    left = {
        (over.brokers[b], key)
        for key, row in zip(over.partitions, rows, strict=True)
        for b in row
        if over.brokers[b] in wish.brokers
    }
    found = staying_replicas(wish, over, plan.replicas)
    assert [(r.broker, r.partition) for r in found] == sorted(left)
    stuck = {note.about for note in plan.notes if note.rule == "no_place"}
    for one in found:
        kept = one.partition.topic in excluded
        assert (one.reason is StayReason.EXCLUDED_TOPIC) == kept
        assert kept or str(one.partition) in stuck
    empty = emptied_brokers(wish, over, plan.replicas)
    assert set(empty) == wish.brokers - {broker for broker, _ in left}


def test_reasons_are_told_apart() -> None:
    over = layout(4, 4, racks=4)
    over = replace(over, leader=np.array([-1, *over.replicas[1:, 0]], np.int32))
    masks = np.eye(4, dtype=np.bool_)
    wish = RebalanceGoal(
        intent=Intent.DRAIN, brokers=frozenset(over.brokers), fixed=masks[1] | masks[2],
        fixed_by={StayReason.NOT_SELECTED: masks[2]},
    )  # fmt: skip
    found = {r.partition.partition: r.reason for r in staying_replicas(wish, over, over.replicas)}
    assert found == {
        0: StayReason.NO_LEADER,
        1: StayReason.PINNED,
        2: StayReason.NOT_SELECTED,
        3: StayReason.NO_ELIGIBLE_BROKER,
    }


def test_other_goals_leave_nothing_behind() -> None:
    over = layout(4, 4, racks=4)
    wish = RebalanceGoal(intent=Intent.ADD_BROKER, brokers=frozenset({1}))
    assert staying_replicas(wish, over, over.replicas) == ()
    assert emptied_brokers(wish, over, over.replicas) == ()
