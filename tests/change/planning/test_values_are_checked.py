"""Values that Kafka would refuse make a plan impossible, by its definitions and by the brokers' own word."""

from pathlib import Path
from typing import Any

import pytest

from steward.change.planning.build import make_plan
from steward.change.planning.validation import validations
from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    Change,
    ConfigTarget,
    CreatePartitions,
    CreateTopic,
    CutRetention,
)
from steward.model.error import BrokerRefused
from steward.model.instant import Instant
from steward.model.plan import Plan
from support.cluster_text import NOW_MS, snapshot_of
from support.command_line import CommandLine
from support.fake_observer import FakeObserver

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3"},
    "brokers": "1 2 3",
    "topics": {"orders": "3x"},
    "topic_configs": {"orders": {"retention.ms": ["604800000", "DEFAULT_CONFIG"]}},
    "broker_configs": {"*": {"log.cleaner.threads": "1"}},
    "quotas": [],
}


def _plan(*changes: Change, cluster: dict[str, Any] | None = None) -> Plan:
    return make_plan(
        changes, snapshot_of(cluster or CLUSTER), title="t", made_by="me", source="s", now=Instant(NOW_MS)
    )  # fmt: skip


def _topic(**config: str) -> AlterConfigs:
    values = {key.replace("_", "."): value for key, value in config.items()}
    return AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set=values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_topic(cleanup_policy="kompact"), "'kompact'; allowed: a list of compact, delete; nearest: compact"),
        (_topic(retention_ms="abc"), "retention.ms is 'abc'; allowed: a whole number from -1"),
        (_topic(segment_ms="1_000"), "'1_000'; allowed: a whole number from 1 to 9223372036854775807; nearest: 1000"),
        (_topic(preallocate="no"), "preallocate is 'no'; allowed: true or false; nearest: false"),
        (
            CreateTopic(name="new", partitions=1, replication_factor=3, configs={"flush.messages": "0"}),
            "flush.messages is '0'; allowed: a whole number from 1",
        ),
        (
            AlterConfigs(target=ConfigTarget.BROKER, name="", set={"num.io.threads": "none"}),
            "num.io.threads is 'none'; allowed: a whole number from 1",
        ),
        (
            AlterConfigs(target=ConfigTarget.BROKER, name="1", set={"log.cleaner.threads": "-1"}),
            "log.cleaner.threads is '-1'",
        ),
        (
            AlterConfigs(target=ConfigTarget.GROUP, name="g", set={"share.isolation.level": "committed"}),
            "allowed: one of read_committed, read_uncommitted; nearest: read_committed",
        ),
        (
            AlterConfigs(target=ConfigTarget.CLIENT_METRICS, name="m", set={"interval.ms": "10"}),
            "allowed: a whole number from 100 to 3600000; nearest: 100",
        ),
        (
            AlterConfigs(target=ConfigTarget.CLIENT_METRICS, name="m", set={"match": "user=x"}),
            "allowed: a list of client_instance_id=...",
        ),
        (
            AlterConfigs(target=ConfigTarget.BROKER_LOGGER, name="1", set={"kafka": "verbose"}),
            "allowed: one of OFF, FATAL",
        ),
        (AlterQuota(entity=(("user", "a"),), set={"producer_byte_rate": -1.0}), "must be above 0"),
        (AlterQuota(entity=(("user", "a"),), set={"producer_byte_rate": float("nan")}), "must be above 0"),
        (AlterQuota(entity=(("ip", "10.0.0.1"),), set={"connection_creation_rate": 3e9}), "from 1 to 2147483647"),
        (AlterQuota(entity=(("user", "a"),), set={"producer_bite_rate": 1.0}), "is not a quota"),
    ],
)  # fmt: skip
def test_a_value_outside_its_type_or_bounds_is_impossible(change: Change, said: str) -> None:
    plan = _plan(change)
    assert plan.steps == ()
    (one,) = plan.impossible
    assert said in one.reason
    assert "\n" not in one.reason


def test_of_a_newer_kafka_only_the_types_count() -> None:
    newer = {**CLUSTER, "identity": {"version": "5.0"}}
    wide = AlterConfigs(target=ConfigTarget.CLIENT_METRICS, name="m", set={"interval.ms": "10"})
    assert _plan(wide, cluster=newer).impossible == ()
    assert _plan(_topic(segment_ms="x"), cluster=newer).impossible != ()


def test_what_is_validated_is_each_resource_as_the_plan_leaves_it() -> None:
    cut = CutRetention(
        topic="orders", set={"retention.ms": "5"}, first={"retention.ms": "9"}, number=1, of=1, pause_seconds=0
    )  # fmt: skip
    born = CreateTopic(name="new", partitions=1, replication_factor=3)
    steps = _plan(
        _topic(local_retention_ms="5"), cut, CreatePartitions(topic="orders", partitions=9), born,
        AlterConfigs(target=ConfigTarget.TOPIC, name="new", set={"preallocate": "true"}),
    ).steps  # fmt: skip
    found = {type(change).__name__: change for change, _ in validations(steps)}
    assert set(found) == {"AlterConfigs", "CreatePartitions", "CreateTopic"}
    merged = found["AlterConfigs"]
    assert isinstance(merged, AlterConfigs)
    assert (merged.name, merged.set) == (
        "orders",
        {"local.retention.ms": "5", "retention.ms": "5"},
    )


def test_more_replicas_in_sync_than_there_are_is_said() -> None:
    altered = _plan(_topic(min_insync_replicas="4")).steps[0]
    assert any("min.insync.replicas=4 exceeds the 3 replicas" in told for told in altered.effects)
    born = CreateTopic(
        name="new", partitions=1, replication_factor=1, configs={"min.insync.replicas": "2"}
    )
    assert any("exceeds the 1 replica" in told for told in _plan(born).steps[0].effects)
    fits = _plan(_topic(min_insync_replicas="3")).steps[0].effects
    assert not any("exceeds" in told for told in fits)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("producer_byte_rate=-1", "'-1' is not a positive value; allowed: a whole number from 1"),
        ("producer_byte_rate=nan", "allowed: a whole number from 1"),
        ("request_percentage=-0.5", "allowed: a number, above 0"),
        ("producer_byte_rat=1", "'producer_byte_rat' is not a quota"),
    ],
)
def test_a_limit_that_kafka_refuses_is_refused_with_what_is_allowed(
    steward: CommandLine, word: str, said: str
) -> None:
    ran = steward("quota", "alter", "-B", "b:9092", "--user", "a", "--set", word, "-o", "json")
    assert ran.code == 2
    assert said in ran.json["errors"][0]["message"]


@pytest.fixture
def steward(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(monkeypatch, capsys, snapshot_of(CLUSTER))


def test_what_the_brokers_refuse_is_said_before_anybody_is_asked(
    steward: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = BrokerRefused(
        "IncrementalAlterConfigs: INVALID_CONFIG: Tiered storage is disabled", kafka_error="INVALID_CONFIG"
    )  # fmt: skip
    made = FakeObserver.__init__

    def refusing(self: FakeObserver, *args: Any) -> None:
        made(self, *args)
        self.refuses["orders"] = fault

    monkeypatch.setattr(FakeObserver, "__init__", refusing)
    ran = steward(
        "topic", "alter", "orders", "-B", "b:9092", "--set", "retention.ms=99999999999", "--yes", "-o", "json"
    )  # fmt: skip
    assert ran.code == 4
    (one,) = ran.json["data"]["impossible"]
    assert one["reason"] == f"the brokers reject it: {fault.summary}"
    assert ran.json["data"]["steps"] == []
