"""What plans say of moves: how much is copied, what is impossible and why, how they are undone, what is stale."""

from typing import Any

import pytest

from steward.change.planning.build import make_plan, simulate
from steward.documents.plan import plan_from_plain, plan_to_plain
from steward.model.change import CancelReassignment, Change, ElectLeader, ReassignPartition
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Plan, Risk
from support.changes_seen import state_of
from support.cluster_text import NOW_MS, snapshot_of

CLUSTER: dict[str, Any] = {
    "brokers": "1@a 2@b 3@c 4@a 5!",
    "identity": {"version": "4.3", "controller": 1},
    "topics": {
        "orders": ["1* 2 3", "2* 3 1", "4* 1 3 2"],
        "gone": ["5 isr 5"],
        "half": ["1* 5 isr 1"],
    },
    "log_dirs": {1: {"/data": {"orders-0": 3 * 1024 * 1024}}},
    "reassignments": {"orders-2": {"replicas": [4, 1, 3, 2], "adding": [4], "removing": [2]}},
}
AT, MOVING = TopicPartition("orders", 0), TopicPartition("orders", 2)
HALF, GONE = TopicPartition("half", 0), TopicPartition("gone", 0)


def _move(
    *replicas: int, partition: TopicPartition = AT, factor: bool = False
) -> ReassignPartition:
    return ReassignPartition(partition=partition, replicas=replicas, changes_factor=factor)


def _plan(*changes: Change) -> Plan:
    return make_plan(
        changes,
        snapshot_of(CLUSTER),
        title="t",
        made_by="me",
        source="test",
        now=Instant(NOW_MS),
        ordered=True,
    )


def test_a_move_says_what_it_copies_and_is_undone_in_the_old_order() -> None:
    step = _plan(_move(4, 2, 3)).steps[0]
    assert step.before == {"replicas": "1,2,3", "moving": ""}
    assert step.after == {"replicas": "4,2,3", "moving": ""}
    assert step.risk is Risk.DISRUPTIVE
    assert step.effects == (
        "copies 3 MiB to broker 4",
        "leadership moves from broker 1 to 4",
    )
    assert step.inverse == (_move(1, 2, 3),)


def test_another_order_copies_nothing_and_its_leader_is_elected_afterwards() -> None:
    plan = _plan(_move(2, 1, 3), ElectLeader(partition=AT))
    assert [s.risk for s in plan.steps] == [Risk.SAFE, Risk.DISRUPTIVE]
    assert plan.steps[1].before == {"leader": "1"}
    assert plan.steps[1].after == {"leader": "2"}


def test_no_election_is_planned_where_the_move_itself_gives_the_leader() -> None:
    plan = _plan(_move(4, 2, 3), ElectLeader(partition=AT))
    assert [s.kind for s in plan.steps] == ["AlterPartitionReassignments"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_move(1, 2, 9), "broker 9 is not registered; live brokers are 1, 2, 3, 4"),
        (_move(1, 2, 5), "broker 5 would become a replica and is fenced"),
        (_move(3, 5, partition=HALF), "broker 5 stays a replica and is fenced"),
        (_move(1, partition=GONE), "no in-sync replica is alive to copy from: restart broker 5"),
        (_move(1, 2, 2), "name a broker twice"),
        (_move(), "no replica is named"),
        (_move(1, 2), "has 3 replicas, 2 requested"),
        (_move(1, 2, 3, partition=MOVING), "already being reassigned (+4 -2)"),
        (_move(1, partition=TopicPartition("absent", 0)), "does not exist"),
        (_move(1, partition=TopicPartition("orders", 3)), "does not exist"),
    ],
)
def test_what_would_never_end_is_not_begun(change: Change, why: str) -> None:
    plan = _plan(change)
    assert plan.steps == ()
    assert why in plan.impossible[0].reason


def test_a_dead_replica_may_be_replaced_and_the_number_changed_on_purpose() -> None:
    assert len(_plan(_move(1, 3, partition=HALF)).steps) == 1
    assert len(_plan(_move(1, 2, factor=True), _move(1, 2, 3, factor=True)).steps) == 2


def test_a_move_that_somebody_else_began_is_no_state_to_start_from() -> None:
    plan = _plan(_move(4, 2, 3))
    theirs = snapshot_of({
        **CLUSTER,
        "topics": {"orders": ["3* 1 2"]},
        "reassignments": {"orders-0": {"replicas": [3, 1, 2], "adding": [3], "removing": [2]}},
    })  # fmt: skip
    assert state_of(plan.steps[0].change, theirs) == {"replicas": "3,1,2", "moving": "+3 -2"}
    assert simulate(plan, theirs) == theirs


def test_cancelling_leaves_the_set_in_the_order_that_kafka_makes() -> None:
    plan = _plan(CancelReassignment(partition=MOVING))
    assert plan.steps[0].before == {"moving": "+4 -2"}
    after = simulate(plan, snapshot_of(CLUSTER))
    assert state_of(_move(partition=MOVING), after) == {"replicas": "1,3,2", "moving": ""}


def test_a_document_holds_moves() -> None:
    plan = _plan(_move(4, 2, 3), CancelReassignment(partition=MOVING))
    assert plan_from_plain(plan_to_plain(plan), "there") == plan
