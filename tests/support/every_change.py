"""One change of every kind that has something to do on one cluster, and a forger of the plans made of them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from steward.change.planning.build import make_plan
from steward.documents.plan import plan_to_plain
from steward.model.acl import AclBinding
from steward.model.change import (
    AbortTransaction,
    AlterConfigs,
    AlterGroupOffsets,
    AlterQuota,
    CancelReassignment,
    Change,
    ConfigTarget,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    CutRetention,
    DeleteAcl,
    DeleteGroup,
    DeleteGroupOffsets,
    DeleteRecords,
    DeleteScram,
    DeleteTopic,
    ElectLeader,
    ReassignPartition,
    RemoveMembers,
    RestoreRecords,
    UnregisterBroker,
    UpdateFeature,
    UpsertScram,
)
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Plan
from support.cluster_text import NOW_MS, snapshot_of

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1, "features": {"group.version": [0, 0, 1]}},
    "brokers": "1@a 2@b 3@c 4@a 9!",
    "topics": {
        "payments.orders": ["1* 2 3", "2* 3 4", "3* 4 1"],
        "tmp.clicks": ["1* 2 3", "2* 3 4"],
        "moving": ["1* 2 3 4"],
        "led": ["2 1* 3"],
    },
    "topic_configs": {
        "payments.orders": {"retention.ms": "86400000", "min.insync.replicas": "2"},
        "tmp.clicks": {"retention.ms": "90000", "min.insync.replicas": "2"},
        "moving": {"min.insync.replicas": "2"},
        "led": {"min.insync.replicas": "2"},
    },
    "broker_configs": {"*": {"min.insync.replicas": "2"}},
    "broker_loggers": {1: {"kafka": "INFO"}},
    "group_configs": {"app": {"consumer.session.timeout.ms": "45000"}},
    "client_metrics": {"all": {"interval.ms": "60000"}},
    "log_dirs": {1: {"/data": {"payments.orders-0": 5000, "tmp.clicks-0": 300}}},
    "offsets": {
        f"{t}-{n}": [0, 100] for t, c in (("payments.orders", 3), ("tmp.clicks", 2)) for n in range(c)
    },
    "reassignments": {"moving-0": {"replicas": [1, 2, 3, 4], "adding": [4], "removing": [3]}},
    "groups": {
        "app": {"state": "Empty"},
        "old": {"state": "Empty"},
        "live": {"state": "Stable", "members": [{"id": "m1", "instance": "i1"}, {"id": "m2"}]},
    },
    "group_offsets": {"app": {"payments.orders-0": 50, "payments.orders-1": 7}, "old": {"tmp.clicks-0": 3}},
    "acls": ["ALLOW User:app READ TOPIC LITERAL payments.orders *"],
    "quotas": [{"user": "alice", "producer_byte_rate": 1000}],
    "users": {"alice": {"SCRAM-SHA-512": 8192}},
    "producers": {"payments.orders-0": [{"id": 9, "txn_start": 5}]},
}  # fmt: skip
SNAPSHOT = snapshot_of(CLUSTER)
ORDERS = TopicPartition("payments.orders", 0)
PAYMENTS, CLICKS = "payments.orders", "tmp.clicks"
READ = AclBinding("TOPIC", PAYMENTS, "LITERAL", "User:app", "*", "READ", "ALLOW")
WRITE = AclBinding("TOPIC", PAYMENTS, "LITERAL", "User:app", "*", "WRITE", "ALLOW")
_CUT = {"topic": CLICKS, "first": {"retention.ms": "90000"}, "of": 2}

CHANGES: tuple[tuple[Change, ...], ...] = (
    (CreateTopic(name="new", partitions=2, replication_factor=3, configs={"retention.ms": "1000"}),),
    (DeleteTopic(name=CLICKS, topic_id="", disuse="nobody reads it"),),
    (CreatePartitions(topic=PAYMENTS, partitions=6),),
    (AlterConfigs(target=ConfigTarget.TOPIC, name=PAYMENTS, set={"retention.ms": "1000"}),),
    (AlterConfigs(target=ConfigTarget.BROKER, name="", set={"min.insync.replicas": "1"}),),
    (AlterConfigs(target=ConfigTarget.BROKER_LOGGER, name="1", set={"kafka": "DEBUG"}),),
    (AlterConfigs(target=ConfigTarget.GROUP, name="app", set={"consumer.session.timeout.ms": "50000"}),),
    (AlterConfigs(target=ConfigTarget.CLIENT_METRICS, name="all", set={"interval.ms": "30000"}),),
    (
        CutRetention(**_CUT, set={"retention.ms": "60000"}, number=1, pause_seconds=0.0),
        CutRetention(**_CUT, set={"retention.ms": "30000"}, number=2, pause_seconds=0.0),
    ),
    (CreateAcl(acl=WRITE),),
    (DeleteAcl(acl=READ),),
    (AlterQuota(entity=(("user", "alice"),), set={"producer_byte_rate": 10.0}),),
    (UpsertScram(user="bob", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:P"),),
    (DeleteScram(user="alice", mechanism="SCRAM-SHA-512"),),
    (ElectLeader(partition=TopicPartition("led", 0)),),
    (ReassignPartition(partition=ORDERS, replicas=(2, 3, 4)),),
    (CancelReassignment(partition=TopicPartition("moving", 0)),),
    (AlterGroupOffsets(group="app", offsets={ORDERS: 90}),),
    (DeleteGroupOffsets(group="app", partitions=(ORDERS,)),),
    (DeleteGroup(group="old"),),
    (RemoveMembers(group="live", members={"m1": "i1"}),),
    (DeleteRecords(topic=PAYMENTS, before={ORDERS: 80}),),
    (
        CreateTopic(name="restored", partitions=2, replication_factor=3),
        RestoreRecords(
            topic="restored", location="s3://backups", lineage="c/restored/id", run="20261130T000000Z-00000000",
            manifest="ab" * 32,
        ),
    ),
    (AbortTransaction(partition=ORDERS, producer_id=9, producer_epoch=0, coordinator_epoch=0),),
    (UpdateFeature(name="group.version", level=1),),
    (UnregisterBroker(broker=9),),
)  # fmt: skip
"""Changes that make up a plan each, every kind of change among them."""


def plan_of(changes: tuple[Change, ...]) -> Plan:
    """Make a plan that has a step for each change."""
    plan = make_plan(
        changes, SNAPSHOT, title="t", made_by="me", source="test", now=Instant(NOW_MS), ordered=True
    )
    assert (len(plan.steps), plan.impossible) == (len(changes), ()), (plan.impossible, changes)
    return plan


_CLAIMS: dict[str, Any] = {
    "disuse": "confirmed",
    "first": {"retention.ms": "5"},
    "number": 7,
    "of": 9,
}
"""What a change carries that is found out rather than wanted."""
_HARMLESS = {"type": "DeleteTopic", "name": PAYMENTS, "topic_id": f"id-{PAYMENTS}", "disuse": ""}


def forgeries(plan: Plan) -> Iterator[tuple[str, Any]]:
    """Yield the name of what was altered, and the plan's document with that altered, its id as it was."""
    plain = plan_to_plain(plan)
    for number, step in enumerate(plain["steps"]):
        for field, values in _other_values(step).items():
            for value in values:
                if value != step[field]:
                    forged = deepcopy(plain)
                    forged["steps"][number][field] = value
                    yield f"step {number} {field} {value}", forged
        for field, value in _CLAIMS.items():
            if field in step["change"]:
                forged = deepcopy(plain)
                forged["steps"][number]["change"][field] = value
                yield f"step {number} change.{field}", forged
    day = 86_400_000
    for field, value in (
        ("criticality", {"*": "ephemeral", PAYMENTS: "ephemeral", CLICKS: "ephemeral"}),
        ("undoes", "0123456789abcdef"),
        ("expires_at", plain["expires_at"] + 365 * day),
        ("reads", []),
        ("warnings", ["nothing to worry about"]),
        ("version", "0.0.1"),
        ("made_by", "root"),
        ("source", "steward topic list"),
    ):
        yield field, {**deepcopy(plain), field: value}


def _other_values(step: dict[str, Any]) -> dict[str, list[Any]]:
    """Return for each field that is derived what a forger may put there."""
    return {
        "object": [{"kind": "topic", "name": CLICKS}, {"kind": "topic", "name": "new"}, {**step["object"], "name": ""}],
        "before": [*_other_states(step["before"]), step["after"]],
        "after": [*_other_states(step["after"]), step["before"]],
        "risk": ["safe", "disruptive", "destructive"],
        "effects": [[], ["nothing happens"]],
        "inverse": [[], [_HARMLESS]],
        "irreversible": ["", "it is not worth it"],
        "command": ["", "kafka-topics.sh --list"],
    }  # fmt: skip


def _other_states(state: dict[str, Any]) -> list[dict[str, Any]]:
    cut = [{k: v for k, v in state.items() if k != dropped} for dropped in state]
    altered = [{**state, key: "7"} for key in state]
    return [{}, *cut, *altered, {**state, "more": "1"}]
