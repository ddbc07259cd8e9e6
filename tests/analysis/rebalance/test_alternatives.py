"""What is offered instead of a goal that is impossible is possible itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.rebalance.alternatives import (
    drainable,
    kept_tolerance,
    refused_with_alternative,
    with_tolerance,
)
from steward.analysis.rebalance.goal import Intent, Obstacle, RebalanceGoal
from steward.analysis.rebalance.layout import BalancedResource, ReplicaLayout
from steward.analysis.rebalance.optimality import ProvedPlacement
from steward.analysis.rebalance.planner import propose
from support.layouts import layout

DISK = BalancedResource.DISK


def drain(*brokers: int) -> RebalanceGoal:
    return RebalanceGoal(intent=Intent.DRAIN, brokers=frozenset(brokers), resources=(DISK,))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 500), factor=st.integers(1, 3), space=st.floats(1.05, 2.5), gone=st.integers(2, 4)
)  # fmt: skip
def test_the_brokers_that_are_offered_can_be_drained(
    seed: int, factor: int, space: float, gone: int
) -> None:
    over = layout(5, 25, racks=5, factor=factor, seed=seed)
    over = replace(over, disk=np.full(5, float(over.load(DISK).mean()) * space))
    wish = drain(*range(1, gone + 1))
    refused = propose(wish, over)
    if isinstance(refused, ProvedPlacement):
        return
    found = drainable(wish, over, propose)
    assert found < wish.brokers
    assert not found or isinstance(propose(replace(wish, brokers=found), over), ProvedPlacement)
    offered = refused_with_alternative(wish, over, refused, propose)
    assert [o.message for o in offered] == [o.message for o in refused]
    names = ",".join(map(str, sorted(found)))
    assert all(
        o.instead.startswith(f"possible: --brokers {names};") == bool(found) for o in offered
    )
    if not found:
        for broker in wish.brokers:
            assert isinstance(propose(replace(wish, brokers=frozenset({broker})), over), tuple)


def test_a_single_broker_has_no_smaller_drain() -> None:
    over = layout(4, 20, racks=4)
    wish = drain(1)
    over = replace(over, disk=np.full(4, float(over.load(DISK).max())))
    refused = propose(wish, over)
    assert isinstance(refused, tuple)
    assert refused_with_alternative(wish, over, refused, propose) == refused


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 500), partitions=st.integers(6, 30))
def test_the_tolerance_that_is_offered_is_kept(seed: int, partitions: int) -> None:
    over = layout(6, partitions, racks=6, seed=seed)
    wish = RebalanceGoal(intent=Intent.BALANCE, tolerance=0.02, resources=(DISK,))
    plan = propose(wish, over)
    assert isinstance(plan, ProvedPlacement)
    load = over.load(DISK, plan.replicas)
    reached = float(np.abs(load / load.mean() - 1).max())
    assert kept_tolerance(wish, over, plan) == pytest.approx(reached)
    notes = with_tolerance(wish, over, plan, plan.notes)
    unmet = [n for n in notes if n.rule.startswith("window_")]
    if reached <= 0.02:
        assert notes == plan.notes
    for note in unmet if reached <= 1 else ():
        percent = int(note.instead.partition("--tolerance ")[2].partition(";")[0])
        assert percent / 100 >= reached > (percent - 1) / 100
        wider = plan_of(replace(wish, tolerance=percent / 100), over, plan)
        assert wider.moved_bytes == 0


def plan_of(wish: RebalanceGoal, over: ReplicaLayout, plan: ProvedPlacement) -> ProvedPlacement:
    """Plan again over the result of a plan."""
    again = propose(wish, replace(over, replicas=plan.replicas, leader=plan.leader))
    assert isinstance(again, ProvedPlacement)
    return again


def test_refusals_name_partitions_and_brokers() -> None:
    over = layout(4, 20, racks=4)
    (short,) = [
        o for o in refused(drain(1, 2), over) if o.rule == "replication_factor_above_brokers"
    ]
    assert "only 2 brokers may hold one without brokers 1, 2" in short.message
    assert "--replication-factor 2 --topics topic-0" in short.instead
    single = layout(4, 12, racks=4, factor=1)
    leader = np.where(single.leader == 0, -1, single.leader).astype(np.int32)
    off = replace(single, alive=np.array([False, True, True, True]), leader=leader)
    (dead,) = refused(drain(1), off)
    lost = [p for p, row in zip(off.partitions, off.replicas.tolist(), strict=True) if row == [0]]
    assert 0 < len(lost) <= 5
    assert dead.about == ", ".join(map(str, lost))
    assert "(1)" in dead.message
    assert "--exclude-topics topic-0" in dead.instead
    full = replace(single, disk=np.full(4, float(single.load(DISK).sum()) / 3.5))
    (disk,) = [o for o in refused(drain(1), full) if o.rule == "disk_too_small"]
    assert disk.about == "broker 1"
    nobody = refused(drain(*over.brokers), over)
    assert [o.rule for o in nobody] == ["no_target"]
    assert "4 live brokers" in nobody[0].message


def refused(wish: RebalanceGoal, over: ReplicaLayout) -> tuple[Obstacle, ...]:
    found = propose(wish, over)
    assert isinstance(found, tuple)
    return found
