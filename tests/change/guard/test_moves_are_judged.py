"""The guard on moves: beside others', onto full disks, too many, while replicas lack, out of hours."""

from typing import Any

from steward.change.guard.decide import decide
from steward.change.guard.policy import Policy, window_of
from steward.change.planning.build import make_plan
from steward.model.change import Change, ElectLeader, ReassignPartition
from steward.model.connection import Environment
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import GuardReason, Plan
from support.cluster_text import NOW_MS, snapshot_of

NOW = Instant(NOW_MS)  # Tuesday 2023-11-14, 22:13 UTC
CLUSTER: dict[str, Any] = {
    "brokers": "1@a 2@b 3@c 4@a",
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": ["1* 2 3", "2* 3 1"], "clicks": ["1* 2"]},
    "topic_configs": {"orders": {"min.insync.replicas": "2"}, "clicks": {}},
    "log_dirs": {
        1: {"/data": {"orders-0": 1000, "orders-1": 3000}},
        4: {"/data": {"_total": 10_000, "_usable": 3500}, "/more": {"_total": 10_000, "_usable": 3500}},
    },
}  # fmt: skip
A, B = TopicPartition("orders", 0), TopicPartition("orders", 1)
TO_4: tuple[Change, ...] = (
    ReassignPartition(partition=A, replicas=(4, 2, 3)),
    ReassignPartition(partition=B, replicas=(2, 3, 4)),
)


def _plan(*changes: Change, cluster: dict[str, Any] = CLUSTER) -> Plan:
    return make_plan(
        changes, snapshot_of(cluster), title="t", made_by="me", source="test", now=NOW, ordered=True
    )


def _reasons(
    plan: Plan, cluster: dict[str, Any] = CLUSTER, **policy: Any
) -> dict[str, GuardReason]:
    decision = decide(plan, snapshot_of(cluster), Policy(**policy), NOW)
    return {r.rule: r for r in decision.reasons}


def test_a_move_that_there_is_room_for_is_allowed() -> None:
    assert _reasons(_plan(TO_4[0])) == {}


def test_a_disk_that_would_overflow_is_named_with_a_way_out() -> None:
    found = _reasons(_plan(*TO_4))["disk_would_overflow"]
    assert str(found.object) == "broker 4"
    assert found.message == "the plan copies 3.9 KiB to it, and its disks have 3.4 KiB free"
    assert "--exclude-brokers 4" in found.remedy


def test_moves_of_others_are_waited_for_and_our_own_are_not() -> None:
    ours = {"orders-0": {"replicas": [4, 2, 3, 1], "adding": [4], "removing": [1]}}
    theirs = {"clicks-0": {"replicas": [3, 1, 2], "adding": [3], "removing": [2]}}
    plan = _plan(TO_4[0])
    assert _reasons(plan, {**CLUSTER, "reassignments": ours}) == {}
    found = _reasons(plan, {**CLUSTER, "reassignments": {**ours, **theirs}})
    assert "1 reassignment is in progress" in found["reassignment_in_flight"].message
    assert "clicks-0" in found["reassignment_in_flight"].message
    unseen = _reasons(plan, {**CLUSTER, "reassignments": "denied: DESCRIBE on cluster"})
    assert "reassignments_unknown" in unseen


def test_moves_and_their_elections_have_limits_of_their_own() -> None:
    order = ReassignPartition(partition=B, replicas=(3, 2, 1))
    plan = _plan(TO_4[0], order, ElectLeader(partition=B))
    assert len(plan.steps) == 3
    assert _reasons(plan, max_disruptive_steps=0) == {}
    assert set(_reasons(plan, max_moved_partitions=1)) == {"too_many_moves"}
    assert set(_reasons(plan, max_moved_bytes=999)) == {"too_many_moved_bytes"}
    assert _reasons(plan, max_moved_bytes=1000) == {}
    alone = _plan(ElectLeader(partition=A), cluster={**CLUSTER, "topics": {"orders": ["2 1* 3"]}})
    assert set(_reasons(alone, max_disruptive_steps=0)) == {"too_many_disruptive"}


def test_bytes_that_are_unknown_are_over_every_limit() -> None:
    blind = {**CLUSTER, "log_dirs": {}}
    assert "too_many_moved_bytes" in _reasons(_plan(TO_4[0]), blind, max_moved_bytes=10**12)


def test_while_replicas_lack_only_their_cure_moves() -> None:
    thin = {**CLUSTER, "topics": {**CLUSTER["topics"], "orders": ["1* 2 3 isr 1", "2* 3 1"]}}
    assert "under_min_isr" in _reasons(_plan(TO_4[1], cluster=thin), thin)
    cure = ReassignPartition(partition=A, replicas=(1, 4), changes_factor=True)
    assert "under_min_isr" not in _reasons(_plan(cure, cluster=thin), thin)


def test_copies_wait_for_the_window_and_another_order_does_not() -> None:
    sunday = (window_of("sun 02:00-04:00"),)
    assert "outside_window" in _reasons(_plan(TO_4[0]), windows=sunday)
    order = _plan(ReassignPartition(partition=A, replicas=(1, 3, 2)))
    assert _reasons(order, windows=sunday) == {}


def test_fewer_replicas_than_min_isr_needs_are_refused_in_production() -> None:
    fewer = _plan(ReassignPartition(partition=A, replicas=(1, 2), changes_factor=True))
    assert "min_isr_equals_replication_factor" in _reasons(fewer)
    assert _reasons(fewer, environment=Environment.DEVELOPMENT) == {}
