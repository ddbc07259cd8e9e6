"""What plans say of single changes: risks, effects, what is impossible and why, commands; documents edited or cut."""

from typing import Any

import pytest

from steward.change.planning.build import make_plan
from steward.change.planning.config_effects import risk_of
from steward.documents.plan import plan_from_plain, plan_to_plain
from steward.model.acl import AclBinding
from steward.model.change import (
    AlterConfigs,
    AlterGroupOffsets,
    AlterQuota,
    Change,
    ConfigTarget,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    DeleteGroup,
    DeleteTopic,
    UnregisterBroker,
    UpsertScram,
)
from steward.model.error import ConfigurationError
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Plan, Risk
from support.cluster_text import NOW_MS, snapshot_of

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "3x", "a.b": "1x"},
    "topic_configs": {"orders": {"retention.ms": "86400000"}, "a.b": {}},
    "log_dirs": {1: {"/data": {"orders-0": 1024 * 1024}}},
    "offsets": {"orders-0": [0, 100]},
    "groups": {"app": {"state": "Empty"}, "busy": {"state": "Stable"}},
    "group_offsets": {"app": {"orders-0": 50}, "busy": {"orders-0": 1}},
    "users": {"alice": {"SCRAM-SHA-512": 8192}},
}
AT = TopicPartition("orders", 0)


def _plan(*changes: Change, cluster: dict[str, Any] = CLUSTER) -> Plan:
    return make_plan(
        changes, snapshot_of(cluster), title="t", made_by="me", source="test", now=Instant(NOW_MS)
    )


def _topic(name: str = "new", partitions: int = 1, factor: int = 1) -> CreateTopic:
    return CreateTopic(name=name, partitions=partitions, replication_factor=factor)


def _user(**other: Any) -> UpsertScram:
    given = {"mechanism": "SCRAM-SHA-512", "iterations": 8192, "password_from": "env:P", **other}
    return UpsertScram(user="bob", **given)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (CreatePartitions(topic="orders", partitions=2), "never deletes and recreates"),
        (CreatePartitions(topic="absent", partitions=2), "does not exist"),
        (_topic(factor=4), "exceeds the 3 live brokers"),
        (_topic("a b"), "letters, digits"),
        (_topic("a_b"), "collides with topic a.b"),
        (_topic(partitions=10_000), "10,000 records"),
        (_topic("orders"), "exists already"),
        (DeleteTopic(name="orders", topic_id="another"), "was recreated"),
        (AlterQuota(entity=(("user", "a"),), set={"producer_byte_rate": 0.0}), "above 0"),
        (AlterQuota(entity=(("user", "a"),), set={"producer_byte_rate": 1.5}), "whole number"),
        (AlterQuota(entity=(("ip", "::1"), ("user", "a")), set={}), "cannot be combined"),
        (AlterGroupOffsets(group="busy", offsets={AT: 1}), "is Stable"),
        (DeleteGroup(group="busy"), "is Stable"),
        (_user(password_from="secret"), "never literally"),
        (_user(iterations=100), "4096 to 16384"),
        (_user(rotate=True), "does not exist"),
    ],
)
def test_what_is_impossible_is_said_and_not_tried(change: Change, why: str) -> None:
    plan = _plan(change)
    assert plan.steps == ()
    assert why in plan.impossible[0].reason


def test_what_cannot_be_seen_blocks() -> None:
    blind = {**CLUSTER, "acls": "denied: DESCRIBE on cluster"}
    binding = AclBinding("TOPIC", "orders", "LITERAL", "User:a", "*", "READ", "ALLOW")
    plan = _plan(CreateAcl(acl=binding), cluster=blind)
    assert "acls: not permitted: needs DESCRIBE on cluster" in plan.impossible[0].reason


@pytest.mark.parametrize(
    ("key", "old", "new", "risk"),
    [
        ("retention.ms", "1000", "2000", Risk.SAFE),
        ("retention.ms", "1000", "-1", Risk.SAFE),
        ("retention.ms", "-1", "1000", Risk.DESTRUCTIVE),
        ("retention.bytes", None, "1000", Risk.DESTRUCTIVE),
        ("cleanup.policy", "delete", "compact", Risk.DESTRUCTIVE),
        ("max.message.bytes", "1000", "2000", Risk.SAFE),
        ("max.message.bytes", "2000", "1000", Risk.DISRUPTIVE),
        ("min.insync.replicas", "1", "2", Risk.DISRUPTIVE),
        ("compression.type", "producer", "zstd", Risk.SAFE),
        ("unclean.leader.election.enable", "false", "true", Risk.DESTRUCTIVE),
        ("leader.replication.throttled.rate", "100", None, Risk.SAFE),
        ("leader.replication.throttled.rate", "100", "50", Risk.DISRUPTIVE),
        ("follower.replication.throttled.replicas", "0:1,0:2", "0:2", Risk.SAFE),
        ("follower.replication.throttled.replicas", "0:1", "0:1,0:2", Risk.DISRUPTIVE),
        ("unheard.of", "1", "2", Risk.DISRUPTIVE),
        ("unheard.of", "1", "1", Risk.SAFE),
    ],
)
def test_risk_follows_what_a_value_does(key: str, old: str, new: str | None, risk: Risk) -> None:
    assert risk_of(ConfigTarget.TOPIC, key, old, new) is risk


def test_a_shorter_retention_tells_how_much_goes() -> None:
    step = _plan(
        AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "21600000"})
    ).steps[0]
    assert step.effects == (
        "retention.ms 86400000 -> 21600000: deletes about 768 KiB of 1 MiB on disk (assumes a steady write rate)",
    )
    assert step.before["retention.ms"] == "86400000"


def test_deleting_tells_who_is_left_with_nothing() -> None:
    effects = " ".join(_plan(DeleteTopic(name="orders", topic_id="")).steps[0].effects)
    assert "deletes 1 MiB on disk, about 100 records for good" in effects
    assert "groups with offsets on it: app, busy" in effects


def test_a_reset_counts_what_is_skipped_and_is_undone_exactly() -> None:
    step = _plan(AlterGroupOffsets(group="app", offsets={AT: 90})).steps[0]
    assert step.effects == ("the group never reads up to 40 records",)
    assert step.inverse == (AlterGroupOffsets(group="app", offsets={AT: 50}),)


def test_a_rotation_is_always_a_step_and_names_no_password() -> None:
    change = UpsertScram(
        user="alice", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:P", rotate=True
    )
    step = _plan(change).steps[0]
    assert step.risk is Risk.DISRUPTIVE
    assert "password=PASSWORD]" in step.command
    quiet = UpsertScram(
        user="alice", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:P"
    )
    assert _plan(quiet).steps == ()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda p: p["steps"][0]["change"].update(partitions=99), "was edited"),
        (lambda p: p.update(expires_at=p["expires_at"] + 1), "was edited"),
        (lambda p: p.pop("steps"), "not a complete plan"),
        (lambda p: p["steps"][0]["change"].update(type="Nonsense"), "not a complete plan"),
        (lambda p: p["steps"][0]["change"].update(partitions="9"), "not a complete plan"),
        (lambda p: p.update(steward_plan=3), "of version 3"),
        (lambda p: p.pop("steward_plan"), "is not a plan"),
    ],
)
def test_a_plan_that_was_edited_or_cut_is_not_taken(edit: Any, message: str) -> None:
    plain = plan_to_plain(_plan(_topic()))
    edit(plain)
    with pytest.raises(ConfigurationError, match=message):
        plan_from_plain(plain, "plan.json")


THROTTLED = "leader.replication.throttled.replicas"


def _lists(change: AlterConfigs, value: str | None) -> tuple[str | None, Any]:
    own = {} if value is None else {THROTTLED: value}
    cluster = {**CLUSTER, "topic_configs": {**CLUSTER["topic_configs"], "orders": own}}
    steps = _plan(change, cluster=cluster).steps
    return (steps[0].after[THROTTLED], steps[0].inverse) if steps else (value, ())


@pytest.mark.parametrize(
    ("before", "items", "after"),
    [
        (None, ("0:1", "0:2"), "0:1,0:2"),
        ("", ("0:1",), "0:1"),
        ("5:1, 6:2", ("0:1",), "5:1,6:2,0:1"),
        ("0:1,5:1", ("0:1", "0:2"), "0:1,5:1,0:2"),
        ("0:1", ("0:1",), "0:1"),
    ],
)
def test_items_are_put_into_a_list_as_the_controller_does(
    before: str | None, items: tuple[str, ...], after: str
) -> None:
    change = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", append={THROTTLED: items})
    found, inverse = _lists(change, before)
    assert found == after
    if inverse:
        (back,) = inverse
        assert (back.set, back.remove) == (
            ({}, (THROTTLED,)) if before is None else ({THROTTLED: before}, ())
        )


@pytest.mark.parametrize(
    ("before", "items", "after"),
    [
        ("5:1,0:1,6:2", ("0:1",), "5:1,6:2"),
        ("0:1", ("0:1", "9:9"), ""),
        ("0:1,0:1", ("0:1",), "0:1"),
    ],
)
def test_items_are_taken_out_of_a_list_as_the_controller_does(
    before: str, items: tuple[str, ...], after: str
) -> None:
    change = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", subtract={THROTTLED: items})
    assert _lists(change, before)[0] == after


def test_a_key_is_altered_in_one_way_and_only_lists_take_items() -> None:
    twice = AlterConfigs(
        target=ConfigTarget.TOPIC, name="orders", append={THROTTLED: ("0:1",)}, remove=(THROTTLED,)
    )
    assert "altered twice" in _plan(twice).impossible[0].reason
    no_list = AlterConfigs(
        target=ConfigTarget.TOPIC, name="orders", append={"retention.ms": ("1",)}
    )
    assert "not a list" in _plan(no_list).impossible[0].reason


def test_a_plan_of_before_reads_and_hashes_as_it_did() -> None:
    plan = _plan(
        AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "900000000"})
    )
    plain = plan_to_plain(plan)
    change = plain["steps"][0]["change"]
    assert set(change) == {"type", "target", "name", "set", "remove"}
    assert "rate_bytes_per_second" not in plain
    assert plan_from_plain(plain, "here") == plan


@pytest.mark.parametrize(
    ("broker", "topics", "why"),
    [
        ("3", {"orders": ["1* 2"]}, "it is alive"),
        ("3!", {"orders": ["1* 2 3"]}, "it has 1 replica"),
        ("3!", {"orders": ["1* 2"]}, ""),
    ],
)
def test_a_broker_is_forgotten_only_when_it_is_gone_and_empty(
    broker: str, topics: dict[str, Any], why: str
) -> None:
    cluster = {"identity": CLUSTER["identity"], "brokers": f"1 2 {broker}", "topics": topics}
    plan = _plan(UnregisterBroker(broker=3), cluster=cluster)
    if why:
        assert why in plan.impossible[0].reason
        return
    (step,) = plan.steps
    assert (step.before, step.after) == ({"alive": "no", "replicas": "0"}, {})
    assert not step.reversible


def test_a_broker_is_not_forgotten_where_topics_may_be_hidden() -> None:
    hidden = {"_gap": "denied: DESCRIBE on topic secret", "orders": ["1* 2"]}
    cluster = {"identity": CLUSTER["identity"], "brokers": "1 2 3!", "topics": hidden}
    plan = _plan(UnregisterBroker(broker=3), cluster=cluster)
    assert "unknown: topics" in plan.impossible[0].reason
