"""A sweep: the worst value of each field of each kind of change is not simply allowed in production, and is said why.

A kind or a field that comes later fails the sweep until somebody says what is worst about it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest

from steward.change.guard.decide import decide
from steward.change.guard.policy import Policy
from steward.change.guard.rules import RULE_NAMES
from steward.change.planning.build import make_plan
from steward.change.planning.config_inheritance import BROKER_KEYS
from steward.model.acl import AclBinding
from steward.model.change import (
    CHANGE_KINDS,
    AbortTransaction,
    AlterConfigs,
    AlterGroupOffsets,
    AlterQuota,
    CancelReassignment,
    Change,
    ChangeKind,
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
    TopicBackup,
    UnregisterBroker,
    UpdateFeature,
    UpsertScram,
)
from steward.model.connection import Environment
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import GuardDecision, Risk, Ruling
from steward.model.snapshot import ClusterSnapshot
from support.cluster_text import NOW_MS, snapshot_of

NOW = Instant(NOW_MS)
P0, P1 = TopicPartition("orders", 0), TopicPartition("orders", 1)
_APP_ACL = "ALLOW User:app READ TOPIC LITERAL orders *"
_ADMIN_ACL = "ALLOW User:admin ALL CLUSTER LITERAL kafka-cluster *"
_DENY_ACL = "DENY User:guest READ TOPIC LITERAL orders *"
_BACKUP = TopicBackup(location="elsewhere", manifest="00" * 32, end_offsets=(0, 0))
DEFAULTS: dict[str, Any] = {
    "auto.create.topics.enable": "false",
    "cleanup.policy": "delete",
    "default.replication.factor": "3",
    "delete.topic.enable": "false",
    "log.cleanup.policy": "delete",
    "log.retention.bytes": "-1",
    "log.retention.hours": "168",
    "log.retention.minutes": "10080",
    "log.retention.ms": "604800000",
    "log.segment.bytes": "1073741824",
    "message.max.bytes": "1048588",
    "min.insync.replicas": "2",
    "num.io.threads": "8",
    "super.users": "User:admin",
    "log.cleaner.delete.retention.ms": ["86400000", "DYNAMIC_DEFAULT_BROKER_CONFIG"],
    "unclean.leader.election.enable": "false",
}
OWN = {"cleanup.policy": "delete", "retention.ms": "86400000", "min.insync.replicas": "2"}
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1, "features": {"metadata.version": [7, 25, 20]}},
    "brokers": "1@a 2@b 3@c 4@a 9!",
    "topics": {"orders": ["1* 2 3", "2* 3 1"], "payments": ["1* 2 3"], "moving": ["1* 2 3 4"],
               "empty": ["1* 2 3"]},
    "topic_configs": {
        "orders": OWN,
        "empty": OWN,
        "payments": {"retention.ms": ["604800000", "DEFAULT_CONFIG"]},
        "moving": OWN,
    },
    "broker_configs": {"*": DEFAULTS, 1: {"log.local.retention.ms": ["-2", "DYNAMIC_BROKER_CONFIG"]}},
    "broker_loggers": {"*": {"root": "INFO"}},
    "group_configs": {"app": {"consumer.session.timeout.ms": "45000"}},
    "client_metrics": {"s": {"interval.ms": "300000", "metrics": "org.apache.kafka.producer."}},
    "log_dirs": {1: {"/data": {"orders-0": 1_000, "_total": 10**12, "_usable": 10**12}}},
    "offsets": {"orders-0": [0, 100], "orders-1": [0, 100], "empty-0": [0, 0]},
    "groups": {
        "app": {"state": "Empty"},
        "live": {"type": "classic", "state": "Stable", "members": [{"id": "m1", "assignment": ["orders-0"]}]},
    },
    "group_offsets": {"app": {"orders-0": 50}, "live": {"orders-0": 1}},
    "acls": [_APP_ACL, _ADMIN_ACL, _DENY_ACL],
    "quotas": [
        {"user": "alice", "producer_byte_rate": 10_000_000, "request_percentage": 200},
        {"user": None, "producer_byte_rate": 20_000_000},
    ],
    "users": {"alice": {"SCRAM-SHA-512": 8192}, "admin": {"SCRAM-SHA-512": 8192}},
    "producers": {"orders-0": [{"id": 9, "age": 30, "txn_start": 5}]},
    "reassignments": {"moving-0": {"replicas": [1, 2, 3, 4], "adding": [4], "removing": [1]}},
}  # fmt: skip


def _configs(target: ConfigTarget, name: str, **by_key: str) -> AlterConfigs:
    return AlterConfigs(target=target, name=name, set=by_key)


def _acl(text: str) -> AclBinding:
    permission, principal, operation, kind, pattern, name, host = text.split()
    return AclBinding(kind, name, pattern, principal, host, operation, permission)


def _topic(**given: Any) -> CreateTopic:
    configs = {"retention.ms": "86400000", "min.insync.replicas": "2"} | given.pop("configs", {})
    return CreateTopic(
        **({"name": "new", "partitions": 6, "replication_factor": 3, "configs": configs} | given)
    )


def _scram(**given: Any) -> UpsertScram:
    usual = {
        "user": "bob",
        "mechanism": "SCRAM-SHA-512",
        "iterations": 8192,
        "password_from": "env:P",
    }
    return UpsertScram(**(usual | given))  # fmt: skip


TOPIC_WORST: Mapping[str, str] = {
    "cleanup.policy": "compact",
    "compression.type": "uncompressed",
    "delete.retention.ms": "0",
    "file.delete.delay.ms": "0",
    "flush.messages": "1",
    "flush.ms": "0",
    "follower.replication.throttled.replicas": "*",
    "leader.replication.throttled.replicas": "*",
    "index.interval.bytes": "0",
    "local.retention.bytes": "1",
    "local.retention.ms": "1",
    "max.compaction.lag.ms": "1",
    "max.message.bytes": "1",
    "message.timestamp.after.max.ms": "0",
    "message.timestamp.before.max.ms": "0",
    "message.timestamp.type": "LogAppendTime",
    "min.cleanable.dirty.ratio": "0",
    "min.compaction.lag.ms": "0",
    "min.insync.replicas": "1",
    "preallocate": "true",
    "remote.log.copy.disable": "true",
    "remote.log.delete.on.disable": "true",
    "remote.storage.enable": "false",
    "retention.bytes": "1",
    "retention.ms": "1",
    "segment.bytes": "14",
    "segment.index.bytes": "4",
    "segment.ms": "1",
    "unclean.leader.election.enable": "true",
    "steward.never.heard.of": "1",
}
BROKER_WORST: Mapping[str, str] = {
    **{
        name: TOPIC_WORST[key]
        for key, names in BROKER_KEYS.items()
        if key in TOPIC_WORST
        for name, _ in names
    },
    "allow.everyone.if.no.acl.found": "true",
    "authorizer.class.name": "",
    "auto.create.topics.enable": " TRUE ",
    "default.replication.factor": "1",
    "delete.topic.enable": "true",
    "follower.replication.throttled.rate": "1",
    "leader.replication.throttled.rate": "1",
    "listeners": "PLAINTEXT://:1",
    "max.connections": "1",
    "num.io.threads": "1",
    "num.network.threads": "1",
    "num.partitions": "10000",
    "num.replica.fetchers": "1",
    "offsets.retention.minutes": "1",
    "offsets.topic.replication.factor": "1",
    "principal.builder.class": "x",
    "sasl.enabled.mechanisms": "PLAIN",
    "ssl.client.auth": "none",
    "super.users": "User:*",
    "transaction.state.log.min.isr": "1",
}


REMOVED: Mapping[tuple[ConfigTarget, str], tuple[str, ...]] = {
    (ConfigTarget.TOPIC, "orders"): ("min.insync.replicas",),
    (ConfigTarget.BROKER, ""): ("log.cleaner.delete.retention.ms",),
    (ConfigTarget.BROKER, "1"): ("log.local.retention.ms",),
}


def _of_configs(
    target: ConfigTarget, names: tuple[str, ...], worst: Mapping[str, str]
) -> Iterator[tuple[str, Change]]:
    for name in names:
        for key, value in worst.items():
            yield "set", AlterConfigs(target=target, name=name, set={key: value})
        yield "name", AlterConfigs(target=target, name=name, set=dict(worst))
        # nothing is known of what lies beneath: it may be the worst
        yield "remove", AlterConfigs(target=target, name=name, remove=REMOVED[target, name])


def _restore(topic: str = "empty", codec: str = "") -> RestoreRecords:
    return RestoreRecords(
        topic=topic,
        location="s3://of-somebody-else",
        lineage="c/orders/id",
        run="20261130T000000Z-00000000",
        manifest="0" * 64,
        codec=codec,
    )


WORST: Mapping[ChangeKind, tuple[tuple[str, Change], ...]] = {
    CreateTopic: (
        ("partitions", _topic(partitions=9_000)),
        ("partitions", _topic(partitions=201)),
        ("replication_factor", _topic(replication_factor=1)),
        ("replication_factor", _topic(replication_factor=1, configs={"min.insync.replicas": "1"})),
        ("assignment", _topic(partitions=1, replication_factor=1, assignment=((1,),))),
        *(("configs", _topic(configs={k: v})) for k, v in TOPIC_WORST.items()
          if k in ("unclean.leader.election.enable", "min.insync.replicas",
                   "max.message.bytes", "segment.bytes", "segment.ms", "compression.type")),
    ),
    DeleteTopic: (
        ("name", DeleteTopic(name="payments", topic_id="")),
        ("topic_id", DeleteTopic(name="payments", topic_id="another")),
        ("disuse", DeleteTopic(name="payments", topic_id="", disuse="said so")),
        ("backup", DeleteTopic(name="payments", topic_id="", backup=_BACKUP)),
    ),
    CreatePartitions: (
        ("topic", CreatePartitions(topic="orders", partitions=3)),
        ("partitions", CreatePartitions(topic="orders", partitions=9_000)),
        ("assignment", CreatePartitions(topic="orders", partitions=3, assignment=((1,),))),
    ),
    CutRetention: tuple(
        (field, CutRetention(topic="orders", set={"retention.ms": "1"}, first={"retention.ms": "86400000"},
                             number=1, of=1, pause_seconds=0))
        for field in ("topic", "set", "first", "number", "of", "pause_seconds")
    ),
    CreateAcl: tuple(
        ("acl", CreateAcl(acl=_acl(text)))
        for text in (
            "ALLOW User:* ALL TOPIC LITERAL * *",
            "ALLOW User:* READ TOPIC LITERAL orders *",
            "ALLOW User:app ALL TOPIC LITERAL * *",
            "ALLOW User:app WRITE TOPIC LITERAL * *",
            "ALLOW User:app READ GROUP LITERAL * *",
            "ALLOW User:app ALL TOPIC PREFIXED o *",
            "ALLOW User:app ALL CLUSTER LITERAL kafka-cluster *",
            "ALLOW User:app ALTER CLUSTER LITERAL kafka-cluster *",
            "ALLOW User:app ALTER_CONFIGS CLUSTER LITERAL kafka-cluster *",
            "ALLOW User:app CLUSTER_ACTION CLUSTER LITERAL kafka-cluster *",
            "DENY User:* ALL CLUSTER LITERAL kafka-cluster *",
            "DENY User:app READ TOPIC LITERAL orders *",
            "DENY User:admin ALL CLUSTER LITERAL kafka-cluster *",
            "DENY User:admin DESCRIBE TOPIC LITERAL orders *",
        )
    ),
    DeleteAcl: (("acl", DeleteAcl(acl=_acl(_ADMIN_ACL))), ("acl", DeleteAcl(acl=_acl(_DENY_ACL)))),
    AlterQuota: (
        ("entity", AlterQuota(entity=(("user", None),), set={"request_percentage": 1.0})),
        ("entity", AlterQuota(entity=(("client-id", None),), set={"consumer_byte_rate": 1e6})),
        ("entity", AlterQuota(entity=(("ip", None),), set={"connection_creation_rate": 1.0})),
        ("set", AlterQuota(entity=(("user", "new"),), set={"request_percentage": 1.0})),
        ("set", AlterQuota(entity=(("user", "new"),), set={"producer_byte_rate": 1.0})),
        ("set", AlterQuota(entity=(("client-id", "new"),), set={"controller_mutation_rate": 0.1})),
        ("set", AlterQuota(entity=(("user", "alice"),), set={"producer_byte_rate": 1_000_000.0})),
        ("remove", AlterQuota(entity=(("user", None),), remove=("producer_byte_rate",))),
    ),
    UpsertScram: (
        ("user", _scram(user="admin", rotate=True)),
        ("mechanism", _scram(mechanism="PLAIN")),
        ("iterations", _scram(iterations=1)),
        ("password_from", _scram(password_from="command:curl example.org")),
        ("password_from", _scram(password_from="command:'unclosed")),
        ("password_from", _scram(password_from="hunter2")),
        ("rotate", _scram(user="alice", rotate=True)),
    ),
    DeleteScram: (
        ("user", DeleteScram(user="admin", mechanism="SCRAM-SHA-512")),
        ("mechanism", DeleteScram(user="alice", mechanism="SCRAM-SHA-512")),
    ),
    ElectLeader: (
        ("unclean", ElectLeader(partition=P0, unclean=True)),
        ("partition", ElectLeader(partition=TopicPartition("absent", 0))),
    ),
    ReassignPartition: (
        ("replicas", ReassignPartition(partition=P0, replicas=(1,), changes_factor=True)),
        ("replicas", ReassignPartition(partition=P0, replicas=(1, 2), changes_factor=True)),
        ("replicas", ReassignPartition(partition=P0, replicas=(1, 4), changes_factor=True)),
        ("replicas", ReassignPartition(partition=P0, replicas=(1, 2, 9))),
        ("changes_factor", ReassignPartition(partition=P0, replicas=(1, 2))),
        ("partition", ReassignPartition(partition=TopicPartition("moving", 0), replicas=(1, 2, 4, 3))),
    ),
    CancelReassignment: (("partition", CancelReassignment(partition=TopicPartition("moving", 0))),),
    AlterGroupOffsets: (
        ("group", AlterGroupOffsets(group="live", offsets={P0: 0})),
        ("offsets", AlterGroupOffsets(group="app", offsets={P0: 100})),
        ("offsets", AlterGroupOffsets(group="app", offsets={P0: 0})),
        ("offsets", AlterGroupOffsets(group="app", offsets={P1: 100})),
    ),
    DeleteGroupOffsets: (
        ("group", DeleteGroupOffsets(group="live", partitions=(P0,))),
        ("partitions", DeleteGroupOffsets(group="app", partitions=(P0,))),
    ),
    DeleteGroup: (("group", DeleteGroup(group="app")), ("group", DeleteGroup(group="live"))),
    RemoveMembers: (
        ("group", RemoveMembers(group="live", members={"m1": ""})),
        ("members", RemoveMembers(group="live", members={})),
    ),
    DeleteRecords: (
        ("topic", DeleteRecords(topic="orders", before={P0: 1})),
        ("before", DeleteRecords(topic="orders", before={P0: 100, P1: 100})),
    ),
    RestoreRecords: (
        ("topic", _restore(topic="orders")),
        ("topic", _restore(topic="absent")),
        ("codec", _restore(codec="rot13")),
        *((field, _restore()) for field in ("location", "lineage", "run", "manifest")),
    ),
    AbortTransaction: tuple(
        (field, AbortTransaction(partition=P0, producer_id=9, producer_epoch=0, coordinator_epoch=0))
        for field in ("partition", "producer_id", "producer_epoch", "coordinator_epoch")
    ),
    UpdateFeature: (
        ("level", UpdateFeature(name="metadata.version", level=25)),
        ("level", UpdateFeature(name="metadata.version", level=7)),
        ("name", UpdateFeature(name="no.such.feature", level=1)),
    ),
    UnregisterBroker: (
        ("broker", UnregisterBroker(broker=1)),
        ("broker", UnregisterBroker(broker=9)),
    ),
    ConfigTarget.TOPIC: (
        *_of_configs(ConfigTarget.TOPIC, ("orders",), TOPIC_WORST),
        ("append", AlterConfigs(target=ConfigTarget.TOPIC, name="orders", append={"cleanup.policy": ("compact",)})),
        ("subtract", AlterConfigs(target=ConfigTarget.TOPIC, name="orders", subtract={"cleanup.policy": ("delete",)})),
    ),
    ConfigTarget.BROKER: tuple(_of_configs(ConfigTarget.BROKER, ("", "1"), BROKER_WORST)),
    ConfigTarget.BROKER_LOGGER: (
        ("set", _configs(ConfigTarget.BROKER_LOGGER, "1", root="TRACE")),
        ("set", _configs(ConfigTarget.BROKER_LOGGER, "1", root="DEBUG")),
        ("set", _configs(ConfigTarget.BROKER_LOGGER, "1", root="OFF")),
    ),
    ConfigTarget.GROUP: (
        ("set", AlterConfigs(target=ConfigTarget.GROUP, name="app", set={"consumer.session.timeout.ms": "1"})),
        ("remove", AlterConfigs(target=ConfigTarget.GROUP, name="app", remove=("consumer.session.timeout.ms",))),
    ),
    ConfigTarget.CLIENT_METRICS: (
        ("set", AlterConfigs(target=ConfigTarget.CLIENT_METRICS, name="s", set={"interval.ms": "100"})),
        ("set", AlterConfigs(target=ConfigTarget.CLIENT_METRICS, name="s", set={"metrics": "*"})),
    ),
}  # fmt: skip
"""For each kind of change: a field, and the change in which that field has its worst value."""

HARMLESS_FIELDS: Mapping[type[Any], frozenset[str]] = {
    CreateTopic: frozenset({"name"}),
    AlterConfigs: frozenset({"target", "name", "append", "subtract", "remove"}),
    UpsertScram: frozenset(),
}
"""Fields of which no value is worse than another; of configurations, what a target has none of."""

EVERYDAY: tuple[Change, ...] = (
    _topic(),
    _topic(configs={"cleanup.policy": "compact"}),
    CreateAcl(acl=_acl("ALLOW User:app READ TOPIC LITERAL payments *")),
    CreateAcl(acl=_acl("ALLOW User:app READ GROUP LITERAL app *")),
    CreateAcl(acl=_acl("ALLOW User:app WRITE TOPIC PREFIXED payments. *")),
    CreateAcl(acl=_acl("ALLOW User:app IDEMPOTENT_WRITE CLUSTER LITERAL kafka-cluster *")),
    CreateAcl(acl=_acl("ALLOW User:monitor DESCRIBE TOPIC LITERAL * *")),
    AlterQuota(entity=(("user", "alice"),), set={"producer_byte_rate": 50_000_000.0}),
    AlterQuota(entity=(("user", None),), set={"producer_byte_rate": 40_000_000.0}),
    AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "172800000"}),
    AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"compression.type": "zstd"}),
    AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"segment.bytes": "268435456"}),
    AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"cleanup.policy": " delete "}),
    AlterConfigs(target=ConfigTarget.BROKER, name="", set={"num.io.threads": "16"}),
    AlterConfigs(target=ConfigTarget.BROKER, name="", set={"log.retention.ms": "-1"}),
    AlterConfigs(
        target=ConfigTarget.BROKER, name="", set={"unclean.leader.election.enable": "false"}
    ),
    _configs(ConfigTarget.BROKER_LOGGER, "1", **{"kafka.authorizer.logger": "DEBUG"}),
    _scram(),
    AlterGroupOffsets(group="new", offsets={P0: 10}),
    ReassignPartition(partition=P0, replicas=(2, 1, 3)),
)


def _seen(change: Change, *, moves: bool = True) -> ClusterSnapshot:
    """Return the cluster; without a leader where one is elected."""
    cluster = CLUSTER
    if isinstance(change, ElectLeader):
        cluster = cluster | {"topics": {"orders": ["1 2 3 isr 1", "2* 3 1"]}}
    return snapshot_of(cluster if moves else cluster | {"reassignments": {}})


def _decided(
    change: Change, *, moves: bool = True, **policy: Any
) -> tuple[GuardDecision, tuple[Risk, ...]]:
    seen = _seen(change, moves=moves)
    plan = make_plan([change], seen, title="t", made_by="me", source="test", now=NOW)
    usual = {"principal": "User:admin", "real_path": lambda name: f"/usr/bin/{name}"}
    return decide(plan, seen, Policy(**(usual | policy)), NOW), tuple(s.risk for s in plan.steps)


def _each() -> Iterator[Any]:
    for kind, worst in WORST.items():
        for place, (field, change) in enumerate(worst):
            name = getattr(kind, "__name__", str(kind))
            yield pytest.param(change, id=f"{name}-{field}-{place}")


CASES = tuple(_each())


def test_every_kind_and_every_field_has_a_worst_value() -> None:
    assert set(WORST) == set(CHANGE_KINDS)
    for kind, worst in WORST.items():
        cls = AlterConfigs if isinstance(kind, ConfigTarget) else kind
        assert all(isinstance(change, cls) for _, change in worst)
        covered = {field for field, _ in worst} | HARMLESS_FIELDS.get(cls, frozenset())
        assert {f.name for f in fields(cls)} <= covered, kind


@pytest.mark.parametrize("change", CASES)
def test_the_worst_value_is_not_simply_allowed_and_it_is_said_why(change: Change) -> None:
    decision, risks = _decided(change)
    assert decision.ruling is not Ruling.ALLOW
    assert Risk.SAFE not in risks or isinstance(change, CreateTopic)
    for reason in decision.reasons:
        assert reason.rule in RULE_NAMES
        assert len(reason.message.split()) > 2
        assert not reason.message.rstrip().endswith(":")


@pytest.mark.parametrize("change", CASES)
def test_what_is_not_safe_says_what_follows(change: Change) -> None:
    plan = make_plan([change], _seen(change), title="t", made_by="me", source="test", now=NOW)
    for step in plan.steps:
        assert step.risk is Risk.SAFE or any(len(text.split()) > 2 for text in step.effects)


@pytest.mark.parametrize("change", EVERYDAY, ids=lambda c: type(c).__name__)
def test_everyday_changes_are_safe_and_simply_allowed(change: Change) -> None:
    decision, risks = _decided(change, moves=False)
    assert [r.message for r in decision.reasons] == []
    assert risks in ((Risk.SAFE,), ())


@pytest.mark.parametrize("environment", [Environment.DEVELOPMENT, Environment.STAGING])
def test_elsewhere_only_local_programs_are_asked_about(environment: Environment) -> None:
    for worst in WORST.values():
        for _, change in worst:
            decision, _ = _decided(change, environment=environment)
            runs = isinstance(change, UpsertScram) and "curl" in change.password_from
            asked = {r.rule for r in decision.reasons if r.ruling is Ruling.APPROVE}
            assert asked == ({"runs_program"} if runs else set())
