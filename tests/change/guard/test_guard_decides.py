"""The guard: what production refuses, what a waiver accepts and until when, and what no waiver accepts."""

from dataclasses import replace
from typing import Any

import pytest

from steward.change.guard.decide import decide
from steward.change.guard.policy import Policy, RuleWaiver, window_of
from steward.change.planning.build import make_plan
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    DeleteTopic,
    ReassignPartition,
)
from steward.model.connection import Environment
from steward.model.error import ConfigurationError
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Plan, Ruling
from support.cluster_text import NOW_MS, snapshot_of

NOW = Instant(NOW_MS)  # Tuesday 2023-11-14, 22:13 UTC
IDENTITY = {"version": "4.3", "controller": 1}
CLUSTER: dict[str, Any] = {
    "identity": IDENTITY,
    "topics": {"orders": "3x"},
    "topic_configs": {"orders": {"min.insync.replicas": "2", "retention.ms": "86400000"}},
    "broker_configs": {"*": {"min.insync.replicas": "1"}},
}
GOOD = {"retention.ms": "3600000", "min.insync.replicas": "2"}


def _plan(*changes: Change, cluster: dict[str, Any] = CLUSTER) -> Plan:
    return make_plan(changes, snapshot_of(cluster), title="t", made_by="me", source="test", now=NOW)


def _rules(plan: Plan, cluster: dict[str, Any] = CLUSTER, **policy: Any) -> dict[str, Ruling]:
    decision = decide(plan, snapshot_of(cluster), Policy(**policy), NOW)
    return {r.rule: r.ruling for r in decision.reasons}


def _topic(partitions: int = 3, **configs: str) -> CreateTopic:
    named = {k.replace("_", "."): v for k, v in configs.items()}
    return CreateTopic(name="new", partitions=partitions, replication_factor=3, configs=named)


def _alter(**configs: str) -> AlterConfigs:
    named = {k.replace("_", "."): v for k, v in configs.items()}
    return AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set=named)


def test_a_good_topic_is_simply_allowed() -> None:
    plan = _plan(CreateTopic(name="new", partitions=3, replication_factor=3, configs=GOOD))
    assert decide(plan, snapshot_of(CLUSTER), Policy(), NOW).ruling is Ruling.ALLOW


@pytest.mark.parametrize(
    ("change", "rule", "ruling"),
    [
        (_topic(retention_ms="1"), "min_isr_below_two", Ruling.REFUSE),
        (_topic(min_insync_replicas="2"), "retention_not_explicit", Ruling.REFUSE),
        (
            _topic(retention_ms="1", min_insync_replicas="3"),
            "min_isr_equals_replication_factor",
            Ruling.REFUSE,
        ),
        (_topic(201, retention_ms="1", min_insync_replicas="2"), "many_partitions", Ruling.APPROVE),
        (_topic(1001, retention_ms="1", min_insync_replicas="2"), "too_many_partitions", Ruling.REFUSE),
        (_topic(9000, retention_ms="1", min_insync_replicas="2"), "monster_topic", Ruling.REFUSE),
        (_alter(min_insync_replicas="1"), "min_isr_below_two", Ruling.REFUSE),
        (_alter(retention_ms="1000"), "destructive", Ruling.APPROVE),
        (
            AlterConfigs(target=ConfigTarget.TOPIC, name="orders", remove=("retention.ms",)),
            "retention_not_explicit",
            Ruling.REFUSE,
        ),
        (CreatePartitions(topic="orders", partitions=6), "partition_count_changes", Ruling.APPROVE),
        (CreatePartitions(topic="orders", partitions=1), "impossible", Ruling.REFUSE),
        (DeleteTopic(name="orders", topic_id=""), "topic_deletion", Ruling.REFUSE),
        (
            AlterConfigs(
                target=ConfigTarget.BROKER, name="1", set={"auto.create.topics.enable": "true"}
            ),
            "automatic_topic_creation",
            Ruling.REFUSE,
        ),
    ],
)  # fmt: skip
def test_production_does_not_simply_allow(change: Change, rule: str, ruling: Ruling) -> None:
    assert _rules(_plan(change))[rule] is ruling


@pytest.mark.parametrize(
    "change", [_topic(), _alter(min_insync_replicas="1"), _alter(retention_ms="1000")]
)
def test_development_allows_it(change: Change) -> None:
    assert _rules(_plan(change), environment=Environment.DEVELOPMENT) == {}


def test_compacted_topics_need_no_retention() -> None:
    change = _topic(cleanup_policy="compact", min_insync_replicas="2")
    assert _rules(_plan(change)) == {}


def test_a_waiver_accepts_until_its_day_is_over() -> None:
    plan = _plan(_topic(retention_ms="1"))
    waiver = RuleWaiver(
        rule="min_isr_below_two", object="topic new", reason="a toy", expires="2023-11-14"
    )
    decision = decide(plan, snapshot_of(CLUSTER), Policy(waivers=(waiver,)), NOW)
    assert decision.ruling is Ruling.ALLOW
    assert [r.rule for r in decision.waived] == ["min_isr_below_two"]
    expired = replace(waiver, expires="2023-11-13")
    assert _rules(plan, waivers=(expired,)) == {"min_isr_below_two": Ruling.REFUSE}


def test_no_waiver_lets_a_plan_run_on_another_cluster_late_or_impossible() -> None:
    plan = _plan(CreatePartitions(topic="orders", partitions=1))
    waivers = tuple(
        RuleWaiver(rule=rule, object="*", reason="please", expires="2099-01-01")
        for rule in ("wrong_cluster", "plan_expired", "impossible")
    )
    late = Instant(plan.expires_at.ms + 1)
    decision = decide(
        replace(plan, cluster_id="other"), snapshot_of(CLUSTER), Policy(waivers=waivers), late
    )
    assert {r.rule for r in decision.reasons} == {"wrong_cluster", "plan_expired", "impossible"}


def test_nothing_disturbs_while_replicas_lack_except_the_cure() -> None:
    ill = {**CLUSTER, "topics": {"orders": ["1* 2 3 isr 1", "2* 3 1"]}}
    tighten = _plan(_alter(max_message_bytes="1"), cluster=ill)
    assert _rules(tighten, ill)["under_min_isr"] is Ruling.REFUSE
    cure = _plan(
        _alter(min_insync_replicas="2", unclean_leader_election_enable="true"), cluster=ill
    )
    assert "under_min_isr" not in _rules(cure, ill)


def test_a_topic_in_use_is_not_deleted_anywhere() -> None:
    used = {
        **CLUSTER,
        "groups": {"app": {"state": "Stable"}},
        "group_offsets": {"app": {"orders-0": 5}},
    }
    plan = _plan(DeleteTopic(name="orders", topic_id=""), cluster=used)
    assert _rules(plan, used, environment=Environment.DEVELOPMENT) == {
        "topic_in_use": Ruling.REFUSE
    }
    assert _rules(plan, environment=Environment.DEVELOPMENT) == {}


def test_what_cannot_be_seen_blocks_deletion_in_production() -> None:
    blind = {**CLUSTER, "producers": "denied: READ on topic orders"}
    plan = _plan(DeleteTopic(name="orders", topic_id=""), cluster=blind)
    assert "topic_use_unknown" in _rules(plan, blind)


def test_protected_names_read_only_clusters_and_limits() -> None:
    plan = _plan(_alter(retention_ms="1000"))
    dev = Environment.DEVELOPMENT
    assert _rules(plan, environment=dev, protected=("ord*",)) == {"protected": Ruling.REFUSE}
    assert _rules(plan, environment=dev, read_only=True) == {"read_only": Ruling.REFUSE}
    assert _rules(plan, environment=dev, max_destructive_steps=0) == {
        "too_many_destructive": Ruling.REFUSE
    }


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        ("22:00-23:00", True),
        ("tue 22:00-02:00", True),
        ("mon 22:00-02:00", False),
        ("mon-wed 22:13-22:14", True),
        ("sat,sun 00:00-24:00", False),
        ("fri-tue 00:00-24:00", True),
    ],
)
def test_outside_maintenance_windows_only_safe_steps_run(window: str, inside: bool) -> None:
    plan = _plan(_alter(max_message_bytes="1"))
    rules = _rules(plan, environment=Environment.DEVELOPMENT, windows=(window_of(window),))
    assert rules == ({} if inside else {"outside_window": Ruling.REFUSE})


@pytest.mark.parametrize(
    ("window", "said"),
    [("00:00-00:00", "no window is ever open"), ("fri 01:00-02:00", "next window")],
)
def test_a_window_that_never_opens_is_not_waited_for(window: str, said: str) -> None:
    policy = Policy(environment=Environment.DEVELOPMENT, windows=(window_of(window),))
    plan = _plan(_alter(max_message_bytes="1"))
    (reason,) = decide(plan, snapshot_of(CLUSTER), policy, NOW).reasons
    assert said in reason.remedy


@pytest.mark.parametrize("text", ["", "someday", "xyz 01:00-02:00", "25:00-26:00", "10:00-10:75"])
def test_what_is_no_window_is_said(text: str) -> None:
    with pytest.raises(ConfigurationError, match="maintenance window"):
        window_of(text)


def test_fewer_replicas_than_min_isr_bears_are_refused_once_a_topic() -> None:
    cluster = CLUSTER | {"brokers": "1@a 2@b 3@c", "topics": {"orders": "3x"}, "reassignments": {}}
    changes = [
        ReassignPartition(
            partition=TopicPartition("orders", n),
            replicas=(n + 1, (n + 1) % 3 + 1),
            changes_factor=True,
        )
        for n in range(3)
    ]
    plan = _plan(*changes, cluster=cluster)
    decision = decide(plan, snapshot_of(cluster), Policy(), NOW)
    assert [r.rule for r in decision.reasons] == [
        "min_isr_equals_replication_factor",
        "fewer_replicas",
    ]
    assert "2 replicas, and min.insync.replicas is 2" in decision.reasons[0].message
    weak = cluster | {"topic_configs": {"orders": {"min.insync.replicas": "1"}}}
    assert _rules(_plan(*changes, cluster=weak), weak) == {"fewer_replicas": Ruling.APPROVE}
