"""Manifests against a cluster: what differs, what only looks so, what Kafka cannot do, what nobody asked to remove."""

from typing import Any

import pytest

from steward.change.manifests.comparison.compare import (
    compare,
    declared_criticality,
    needed_parts,
    topics_to_describe,
)
from steward.change.manifests.comparison.result import Comparison, ComparisonOptions
from steward.change.manifests.desired import DesiredState, ManifestTarget, WrongCluster, resolve
from steward.change.manifests.reading import read
from steward.change.manifests.yaml_nodes import Source
from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    ConfigTarget,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    DeleteAcl,
    DeleteScram,
    DeleteTopic,
    ReassignPartition,
    UpsertScram,
)
from steward.model.policy import Criticality
from steward.model.snapshot import Part
from support.cluster_text import snapshot_of

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"pay.orders": "3x", "pay.old": "2x", "other": "1x", "pay.app-changelog": "1x"},
    "topic_configs": {
        "pay.orders": {
            "retention.ms": "86400000",
            "cleanup.policy": "delete",
            "max.message.bytes": {"value": "1048588", "source": "DEFAULT_CONFIG"},
            "min.insync.replicas": {"value": "2", "source": "STATIC_BROKER_CONFIG"},
            "compression.type": "lz4",
            "leader.replication.throttled.replicas": "0:1",
        }
    },
    "acls": [
        "ALLOW User:pay-api READ TOPIC LITERAL pay.orders *",
        "ALLOW User:guest READ TOPIC LITERAL other *",
    ],
    "quotas": [{"user": "pay-api", "producer_byte_rate": 1000, "consumer_byte_rate": 5}],
    "users": {"pay-api": {"SCRAM-SHA-512": 4096}},
}
SET = """
apiVersion: steward/v1
kind: ManifestSet
metadata: {name: pay}
spec:
  scope: {topics: ["pay."], principals: ["User:pay-*"]}
  prune: {topics: %s, acls: %s, quotas: %s, users: %s}
"""


def desired(*texts: str, cluster_id: str = "test-cluster", name: str = "prod") -> DesiredState:
    source = Source("m.yaml", "\n---\n".join(texts))
    return resolve(read([source]), ManifestTarget(cluster_id=cluster_id, name=name))


def compared(*texts: str, wishes: ComparisonOptions | None = None, **cluster: Any) -> Comparison:
    return compare(desired(*texts), snapshot_of({**CLUSTER, **cluster}), wishes)


def pruning(
    topics: str = "never", acls: str = "never", quotas: str = "never", users: str = "never"
) -> str:
    return SET % (topics, acls, quotas, users)


def topic(name: str = "pay.orders", partitions: int = 3, replicas: int = 3, **spec: Any) -> str:
    import json

    body = {"partitions": partitions, "replicas": replicas, **spec}
    return f"apiVersion: steward/v1\nkind: Topic\nmetadata: {{name: {name}}}\nspec: {json.dumps(body)}\n"


def of_kind(kind: str, name: str, spec: str) -> str:
    return f"apiVersion: steward/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


# Topics


def test_what_is_as_wished_is_no_difference() -> None:
    found = compared(
        topic(
            retention="1d",
            config={
                "max.message.bytes": "1048588",
                "min.insync.replicas": "2",
                "cleanup.policy": "[delete]",
            },
        ).replace('"[delete]"', "delete")
    )
    assert found == Comparison(changes=())
    assert found.in_sync


def test_a_wish_that_a_default_fulfils_is_set_where_pinning_is_asked() -> None:
    text = topic(config={"min.insync.replicas": "2"})
    assert compared(text).changes == ()
    (change,) = compared(text, wishes=ComparisonOptions(pin=True)).changes
    assert change == AlterConfigs(
        target=ConfigTarget.TOPIC, name="pay.orders", set={"min.insync.replicas": "2"}
    )


def test_retention_has_to_stand_on_the_topic_itself() -> None:
    configs = {"pay.orders": {"retention.ms": {"value": "604800000", "source": "DEFAULT_CONFIG"}}}
    (change,) = compared(topic(retention="7d"), topic_configs=configs).changes
    assert isinstance(change, AlterConfigs)
    assert change.set == {"retention.ms": "604800000"}


def test_safe_values_are_a_change_of_their_own_before_the_others() -> None:
    found = compared(
        topic(retention="2d", config={"cleanup.policy": "compact", "max.message.bytes": "2MiB"})
    )
    sets = [c.set for c in found.changes if isinstance(c, AlterConfigs)]
    assert sets == [
        {"max.message.bytes": "2097152", "retention.ms": "172800000"},
        {"cleanup.policy": "compact"},
    ]


def test_a_topic_that_is_missing_is_created_with_every_wish() -> None:
    (change,) = compared(topic("pay.new", 6, 2, retention="1h")).changes
    assert change == CreateTopic(
        name="pay.new", partitions=6, replication_factor=2, configs={"retention.ms": "3600000"}
    )


def test_more_partitions_are_added() -> None:
    assert compared(topic(partitions=6)).changes == (
        CreatePartitions(topic="pay.orders", partitions=6),
    )


def test_fewer_partitions_are_impossible_and_nothing_is_recreated() -> None:
    found = compared(pruning(topics="plan"), topic(partitions=2), topic("pay.old", 2))
    (one,) = found.impossible
    assert one.object.name == "pay.orders"
    assert "cannot remove partitions" in one.reason
    assert "m.yaml" in one.reason
    assert "never recreated" in one.remedy
    assert not any(isinstance(c, (CreateTopic, DeleteTopic)) for c in found.changes)


RACKS = {"brokers": "1@a 2@b 3@c 4@a 5@b", "log_dirs": {}}


def moved(found: Comparison) -> list[tuple[int, tuple[int, ...]]]:
    changes = [c for c in found.changes if isinstance(c, ReassignPartition)]
    assert all(c.changes_factor for c in changes)
    return [(c.partition.partition, c.replicas) for c in changes]


def test_a_larger_replication_factor_goes_to_other_racks() -> None:
    singles = {"topics": {"pay.orders": ["1*", "2*", "3*"]}}
    found = compared(topic(replicas=3), **RACKS, **singles)
    assert found.impossible == found.remaining == ()
    racks = {1: "a", 2: "b", 3: "c", 4: "a", 5: "b"}
    assert [(n, r[0]) for n, r in moved(found)] == [(0, 1), (1, 2), (2, 3)]
    assert all(len({racks[b] for b in r}) == 3 for _, r in moved(found))


def test_a_smaller_replication_factor_keeps_the_leader_and_what_is_in_sync() -> None:
    topics = {"pay.orders": ["3* 1 2", "1 2* 3", "1* 2 3 isr 1 3"]}
    found = compared(topic(replicas=2), **RACKS, topics=topics)
    kept = dict(moved(found))
    assert [3 in kept[0], 2 in kept[1], set(kept[2])] == [True, True, {1, 3}]
    assert all(len(r) == 2 for r in kept.values())
    assert any("min.insync.replicas 2" in note for note in found.notes)


def test_new_partitions_begin_with_the_factor_that_kafka_gives_them() -> None:
    singles = {"topics": {"pay.orders": ["1*", "2*", "3*"]}}
    found = compared(topic(partitions=5, replicas=3), **RACKS, **singles)
    grown = next(c for c in found.changes if isinstance(c, CreatePartitions))
    assert [len(r) for r in grown.assignment] == [1, 1]
    assert [n for n, _ in moved(found)] == [0, 1, 2, 3, 4]
    assert [r[:1] for n, r in moved(found) if n > 2] == list(grown.assignment)
    fewer = compared(topic(partitions=4, replicas=2), **RACKS, topics={"pay.orders": "3x"})
    grown = next(c for c in fewer.changes if isinstance(c, CreatePartitions))
    assert [len(set(r)) for r in grown.assignment] == [3]
    assert set(dict(moved(fewer))[3]) < set(grown.assignment[0])


@pytest.mark.parametrize(
    ("replicas", "brokers", "topics", "told", "instead"),
    [
        (6, "1 2 3 4", "3x", "only 4 brokers", "factor of 4"),
        (1, "1@a 2@b 3@c", "3x", "min.insync.replicas is 2", "factor of 3"),
        (2, "1@a 2@b 3@c", ["1 2 3"], "no live broker leads", "bring such a broker back"),
    ],
)
def test_a_factor_that_cannot_be_is_impossible_and_says_what_can(
    replicas: int, brokers: str, topics: Any, told: str, instead: str
) -> None:
    found = compared(
        topic(replicas=replicas), brokers=brokers, log_dirs={}, topics={"pay.orders": topics}
    )
    assert [one.object.name for one in found.impossible] == ["pay.orders"]
    assert told in found.impossible[0].reason
    assert instead in found.impossible[0].remedy
    assert not moved(found)


@pytest.mark.parametrize(("name", "kind"), [("pay.orders", "existing"), ("pay.new", "new")])
def test_a_key_that_brokers_do_not_know_is_named_with_the_nearest(name: str, kind: str) -> None:
    found = compared(topic(name, config={"retention.mss": "5"}))
    (one,) = found.impossible
    assert "do not know topic config retention.mss (m.yaml:1)" in one.reason, kind
    assert one.remedy == "did you mean retention.ms?"


def test_where_no_topic_is_there_to_ask_keys_go_unchecked_and_it_is_said() -> None:
    found = compared(topic("pay.new", config={"retention.mss": "5"}), topics={}, topic_configs={})
    assert not found.impossible
    assert "not checked" in found.notes[0]


@pytest.mark.parametrize(
    ("how", "removed", "told"),
    [("keep", (), False), ("report", (), True), ("reset", ("cleanup.policy", "compression.type"), False)],
)  # fmt: skip
def test_keys_that_no_manifest_names(how: str, removed: tuple[str, ...], told: bool) -> None:
    found = compared(topic(retention="1d", unmanagedConfig=how))
    gone = [c.remove for c in found.changes if isinstance(c, AlterConfigs)]
    assert gone == ([removed] if removed else [])
    assert bool(found.remaining) is told
    if told:
        assert "cleanup.policy, compression.type" in found.remaining[0].reason


def test_an_unknown_configuration_is_impossible_to_judge_and_not_a_difference_to_guess() -> None:
    found = compared(topic(retention="1d"), topic_configs={"pay.orders": "denied: it"})
    assert found.changes == ()
    assert "its configuration is unknown" in found.impossible[0].reason


@pytest.mark.parametrize(
    ("part", "text", "told"),
    [
        ("topics", topic(), "1 topic declared"),
        ("acls", of_kind("Acl", "a", "{principal: 'User:a', resource: {type: topic, name: t}, operations: [Read]}"),
         "1 ACL declared"),
        ("quotas", of_kind("Quota", "q", "{entity: {user: a}, limits: {producerByteRate: 5}}"), "1 quota declared"),
        ("users", of_kind("User", "u", "{passwordFrom: {env: P}}"), "1 user declared"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_not_taken_for_absent(part: str, text: str, told: str) -> None:
    found = compared(text, **{part: "denied: DESCRIBE on cluster"})
    assert found.changes == ()
    assert told in found.impossible[0].reason


# Access


def test_an_application_grants_what_it_lacks_and_keeps_what_is_there() -> None:
    text = of_kind(
        "Application",
        "api",
        "{principal: 'User:pay-api', consumes: [{topic: pay.orders, group: pay.g}]}",
    )
    (change,) = compared(text).changes
    assert isinstance(change, CreateAcl)
    assert (change.acl.resource_type, change.acl.resource_name) == ("GROUP", "pay.g")


def test_only_the_limits_that_differ_are_set() -> None:
    text = of_kind(
        "Quota", "q", "{entity: {user: pay-api}, limits: {producerByteRate: 1000, requestPercentage: 50}}"
    )  # fmt: skip
    (change,) = compared(text).changes
    assert change == AlterQuota(entity=(("user", "pay-api"),), set={"request_percentage": 50.0})


USER = "{mechanism: SCRAM-SHA-512, iterations: %s, passwordFrom: {%s}}"


def test_a_password_is_not_sent_again() -> None:
    assert compared(of_kind("User", "pay-api", USER % (4096, "env: P"))).in_sync


def test_other_iterations_are_told_and_wait_for_a_rotation() -> None:
    text = of_kind("User", "pay-api", USER % (8192, "env: P"))
    found = compared(text)
    assert found.changes == ()
    assert "iterations 4096 -> 8192" in found.remaining[0].reason
    (change,) = compared(text, wishes=ComparisonOptions(rotate=frozenset({"pay-api"}))).changes
    assert change == UpsertScram(
        user="pay-api", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:P", rotate=True
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "spelled"),
    [
        ("env: P", "env:P"),
        ("file: secrets/p", "file:secrets/p"),
        ("command: [pass, show, 'my kafka']", "command:pass show 'my kafka'"),
    ],
)
def test_a_new_user_says_where_its_password_is(source: str, spelled: str) -> None:
    (change,) = compared(of_kind("User", "new", USER % (8192, source))).changes
    assert isinstance(change, UpsertScram)
    assert change.password_from == spelled
    assert not change.rotate


def test_a_new_user_without_a_password_is_impossible() -> None:
    found = compared(of_kind("User", "new", "{mechanism: SCRAM-SHA-256}"))
    assert "without a password" in found.impossible[0].reason


def test_a_rotation_of_nobody_is_impossible() -> None:
    found = compared(topic(), wishes=ComparisonOptions(rotate=frozenset({"ghost"})))
    assert found.impossible[0].object.name == "ghost"


# Pruning


def test_nothing_is_pruned_unless_a_set_says_so() -> None:
    found = compared(pruning(), topic(retention="1d"))
    assert found.changes == ()
    assert found.in_sync
    assert [n.split(" in the scope")[0] for n in found.notes] == [
        "1 undeclared topic", "1 undeclared ACL", "1 undeclared quota", "1 undeclared user",
    ]  # fmt: skip


def test_without_a_set_nothing_is_even_a_candidate() -> None:
    assert compared(topic(retention="1d")) == Comparison(changes=())


def test_pruning_stays_in_the_scope_and_deletes_by_id() -> None:
    found = compared(pruning("plan", "plan", "plan", "plan"), topic(retention="1d"))
    deleted = [c for c in found.changes if isinstance(c, DeleteTopic)]
    ids = {t.name: t.id for t in snapshot_of(CLUSTER).topics.value}  # pyright: ignore[reportAttributeAccessIssue]
    assert deleted == [DeleteTopic(name="pay.old", topic_id=ids["pay.old"])]
    assert [c.acl.principal for c in found.changes if isinstance(c, DeleteAcl)] == ["User:pay-api"]
    assert [c.remove for c in found.changes if isinstance(c, AlterQuota)] == [
        ("consumer_byte_rate", "producer_byte_rate")
    ]
    assert [c.user for c in found.changes if isinstance(c, DeleteScram)] == ["pay-api"]


def test_confirm_needs_the_word_on_the_command_line() -> None:
    text = pruning(acls="confirm")
    assert compared(text).changes == ()
    assert any("remove them with --prune acls" in n for n in compared(text).notes)
    found = compared(text, wishes=ComparisonOptions(prune=frozenset({"acls"})))
    assert [type(c) for c in found.changes] == [DeleteAcl]


def test_the_word_on_the_command_line_does_not_overrule_never() -> None:
    everything = ComparisonOptions(prune=frozenset({"topics", "acls", "quotas", "users"}))
    assert compared(pruning(), wishes=everything).changes == ()


def test_a_rename_is_impossible_and_explained() -> None:
    found = compared(pruning(topics="plan"), topic(retention="1d"), topic("pay.renamed", 2))
    assert found.changes == ()
    (one,) = found.impossible
    assert one.object.name == "pay.old"
    assert "its records would be lost" in one.reason


# The right cluster, and how much is looked at


@pytest.mark.parametrize(
    ("clusters", "refused"),
    [
        ("[{name: prod, clusterId: other}]", True),
        ("[{name: prod, clusterId: other}, {name: dev}]", True),
        ("[{name: east, clusterId: other}, {name: prod}]", False),
        ("[{name: x, clusterId: test-cluster}]", False),
        ("[{name: prod}]", False),
        ("[]", False),
    ],
)
def test_manifests_of_another_cluster_are_refused(clusters: str, refused: bool) -> None:
    text = of_kind("ManifestSet", "s", f"{{clusters: {clusters}}}")
    if refused:
        with pytest.raises(WrongCluster, match=r"m.yaml:\d+: set s is for"):
            desired(text)
    else:
        desired(text)


def test_only_what_is_declared_is_looked_at() -> None:
    user = of_kind("User", "u", "{passwordFrom: {env: P}}")
    assert needed_parts(desired(user)) == {Part.IDENTITY, Part.USERS}
    assert Part.ACLS in needed_parts(desired(pruning(acls="confirm")))
    assert Part.ACLS not in needed_parts(desired(pruning()))
    snapshot = snapshot_of(CLUSTER)
    assert topics_to_describe(desired(topic(), topic("pay.new")), snapshot) == {"pay.orders"}
    assert len(topics_to_describe(desired(topic("pay.new")), snapshot)) == 1
    assert topics_to_describe(desired(user), snapshot) == frozenset()


def test_declared_criticality_is_handed_on() -> None:
    wanted = desired(topic(criticality="ephemeral"), topic("pay.old"))
    assert declared_criticality(wanted) == {"pay.orders": Criticality.EPHEMERAL}
