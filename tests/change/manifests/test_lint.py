"""Each rule finds its bad state in a manifest, is quiet where it is good, and severity follows what is declared."""

from typing import Any

import pytest
import yaml

from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.thresholds import Thresholds
from steward.change.manifests.lint.judge import RULES, FiledFinding, judge
from steward.change.manifests.lint.rule import LintInput
from steward.change.manifests.reading import read
from steward.change.manifests.yaml_nodes import Source
from steward.model.connection import Environment
from steward.model.finding import Severity

GOOD_TOPIC = {
    "partitions": 3, "replicas": 3, "retention": "7d", "config": {"min.insync.replicas": "2"},
}  # fmt: skip
GOOD_APP = {
    "principal": "User:app", "produces": [{"topic": "orders"}], "client": {"acks": "all", "idempotence": True},
}  # fmt: skip


def document(kind: str, spec: dict[str, Any], name: str = "orders") -> dict[str, Any]:
    return {"apiVersion": "steward/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def topic(name: str = "orders", **changes: Any) -> dict[str, Any]:
    spec = {k: v for k, v in {**GOOD_TOPIC, **changes}.items() if v is not None}
    return document("Topic", spec, name)


def app(**changes: Any) -> dict[str, Any]:
    return document("Application", {**GOOD_APP, **changes}, "app")


def findings(
    *documents: dict[str, Any], thresholds: Thresholds | None = None, **case: Any
) -> tuple[FiledFinding, ...]:
    text = yaml.safe_dump_all(documents, sort_keys=False)
    given = {"environment": Environment.PRODUCTION, "today": "2026-06-01", **case}
    manifests = read([Source("m.yaml", text)])
    return judge(LintInput(manifests=manifests, thresholds=thresholds or Thresholds(), **given))


def client(**settings: Any) -> dict[str, Any]:
    return {"client": {"acks": "all", "idempotence": True, **settings}}


SCOPED = document("ManifestSet", {"scope": {"topics": ["pay."]}}, "pay")
BAD = {
    "retention_not_explicit": [topic(retention=None)],
    "retention_unlimited": [topic(retention="unlimited")],
    "min_isr_one": [topic(config={"min.insync.replicas": "1"})],
    "min_isr_equals_rf": [topic(config={"min.insync.replicas": "3"})],
    "min_isr_above_rf": [topic(config={"min.insync.replicas": "4"})],
    "config_value_invalid": [topic(config={"cleanup.policy": "kompact"})],
    "config_key_unknown": [topic(config={"retension.ms": "1"})],
    "rf_one": [topic(replicas=1)],
    "rf_below_three": [topic(replicas=2)],
    "unclean_election_enabled": [topic(config={"unclean.leader.election.enable": True})],
    "partition_count_outside_policy": [topic(partitions=201)],
    "topic_name_off_convention": [topic("Orders")],
    "topic_names_collide": [topic("a.b"), topic("a_b")],
    "producer_acks_weak": [topic(), app(client={"acks": "1"})],
    "producer_not_idempotent": [topic(), app(**client(idempotence=False))],
    "producer_settings_conflict": [topic(), app(**client(maxInFlight=6))],
    "producer_retries_off": [topic(), app(client={"retries": 0})],
    "producer_settings_undeclared": [topic(), app(client={})],
    "consumer_reads_uncommitted": [
        topic(),
        app(produces=[{"topic": "orders", "transactional": "app-"}]),
        document(
            "Application",
            {"principal": "User:b", "consumes": [{"topic": "orders"}], "client": {"isolation": "read_uncommitted"}},
            "reader",
        ),
    ],
    "application_topic_undeclared": [SCOPED, topic("pay.a"), app(produces=[{"topic": "pay.b"}])],
    "access_outside_scope": [SCOPED, topic("pay.a"), app(consumes=[{"topic": "users"}])],
    "acl_open_to_everyone": [
        document("Acl", {"principal": "User:*", "resource": {"type": "topic", "name": "a"}, "operations": ["Read"]})
    ],
    "acl_without_effect": [
        document("Acl", {"principal": "User:a", "resource": {"type": "group", "name": "g"}, "operations": ["Write"]})
    ],
    "acl_topic_wildcard_write": [
        document("Acl", {"principal": "User:a", "resource": {"type": "topic", "name": "*"}, "operations": ["Write"]})
    ],
    "acl_prefix_too_broad": [topic(), app(consumes=[{"topic": "o", "pattern": "prefixed"}])],
    "scram_credentials_weak": [document("User", {"iterations": 4096}, "a")],
    "tenant_over_capacity": [
        topic("pay.a"), document("Tenant", {"prefixes": ["pay."], "capacity": {"partitions": 2}}, "pay")
    ],
    "waiver_expired": [
        document("Waiver", {"check": "rf_one", "object": "topic/a", "reason": "r", "until": "2026-05-31"})
    ],
}  # fmt: skip
GOOD = [
    topic(), app(), app() | {"metadata": {"name": "b"}},
    document("User", {"iterations": 8192}, "a"),
    document("Acl", {"principal": "User:a", "resource": {"type": "topic", "name": "orders"}, "operations": ["Read"]}),
    document("Waiver", {"check": "rf_one", "object": "topic/a", "reason": "r", "until": "2026-06-01"}),
]  # fmt: skip
CONVENTION = Thresholds(name_pattern=r"[a-z._]+")


def test_every_rule_has_a_case() -> None:
    assert set(BAD) == {rule.name for rule in RULES}


@pytest.mark.parametrize("name", BAD)
def test_it_finds_its_bad_state(name: str) -> None:
    found = [f for f in findings(*BAD[name], thresholds=CONVENTION) if f.check == name]
    assert found
    assert all(
        f.file == "m.yaml" and f.line >= 1 and f.evidence and f.remedy.summary for f in found
    )


def test_good_manifests_have_nothing_to_find() -> None:
    assert findings(*GOOD, thresholds=CONVENTION) == ()


def test_rules_of_their_own_explain_themselves_in_full() -> None:
    checks = {c.name for c in CHECKS}
    for rule in RULES:
        if rule.name not in checks:
            for part in ("What it means:", "Why it matters:", "What to do:"):
                assert part in rule.doc, rule.name


@pytest.mark.parametrize(
    ("criticality", "environment", "expected"),
    [
        (None, Environment.PRODUCTION, Severity.CRITICAL),
        ("standard", Environment.PRODUCTION, Severity.HIGH),
        ("standard", Environment.DEVELOPMENT, Severity.LOW),
        ("critical", Environment.DEVELOPMENT, Severity.CRITICAL),
        ("ephemeral", Environment.PRODUCTION, Severity.INFO),
    ],
)
def test_severity_follows_criticality_and_environment(
    criticality: str | None, environment: Environment, expected: Severity
) -> None:
    bad = topic(config={"min.insync.replicas": "1"}, criticality=criticality)
    (found,) = findings(bad, environment=environment)
    assert (found.check, found.severity) == ("min_isr_one", expected)


def test_an_undeclared_min_isr_of_critical_data_is_found() -> None:
    (found,) = findings(topic(config=None))
    assert (found.check, found.severity) == ("min_isr_one", Severity.MEDIUM)
    assert findings(topic(config=None, criticality="standard")) == ()


def test_a_waiver_accepts_until_its_last_day() -> None:
    waiver = {
        "check": "rf_one",
        "object": "topic/orders",
        "reason": "drained",
        "until": "2026-06-01",
    }
    bad = [topic(replicas=1, config=None), document("Waiver", waiver)]
    (found,) = findings(*bad)
    assert found.waiver is not None
    assert {f.waiver for f in findings(*bad, today="2026-06-02")} == {None}


def test_overrides_count_for_their_cluster_only() -> None:
    bad = topic(overrides={"dev": {"replicas": 1}})
    assert findings(bad) == ()
    assert [f.check for f in findings(bad, cluster="dev")] == ["rf_one", "min_isr_above_rf"]


def test_counts_have_three_steps() -> None:
    severities = [
        findings(topic(partitions=n), environment=Environment.PRODUCTION)[0].severity
        for n in (201, 1_001, 9_000)
    ]
    assert severities == [Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]


@pytest.mark.parametrize(
    ("config", "said", "near"),
    [
        (
            {"cleanup.policy": "kompact"},
            "allowed: a list of compact, delete",
            "cleanup.policy=compact",
        ),
        ({"cleanup.policy": "compact,remove"}, "allowed: a list of compact, delete", ""),
        ({"cleanup.policy": "Compact"}, "allowed: a list of compact, delete", "=compact"),
        ({"retention.ms": "abc"}, "allowed: a whole number from -1", ""),
        ({"segment.ms": "1_000"}, "allowed: a whole number from 1", "segment.ms=1000"),
        ({"segment.ms": "0"}, "allowed: a whole number from 1", "segment.ms=1"),
        ({"min.insync.replicas": "2.5"}, "a whole number from 1", "min.insync.replicas=2"),
        ({"max.message.bytes": "99999999999"}, "to 2147483647", "=2147483647"),
        ({"min.cleanable.dirty.ratio": "1.5"}, "a number from 0 to 1", "=1"),
        ({"min.cleanable.dirty.ratio": "NaN"}, "a number from 0 to 1", ""),
        ({"preallocate": "no"}, "allowed: true or false", "preallocate=false"),
        ({"preallocate": "yes"}, "allowed: true or false", "preallocate=true"),
        ({"compression.type": "zstandard"}, "one of uncompressed, zstd", "=zstd"),
        ({"compression.gzip.level": "0"}, "from 1 to 9, or -1", "=1"),
        ({"message.timestamp.type": "createtime"}, "CreateTime, LogAppendTime", "=CreateTime"),
        ({"retention.bytes": ""}, "a whole number", ""),
    ],
)
def test_a_value_that_kafka_refuses_is_one_line_with_what_is_allowed_and_nearest(
    config: dict[str, str], said: str, near: str
) -> None:
    for environment in Environment:
        found = findings(topic(retention=None, config=config), environment=environment)
        (one,) = [f for f in found if f.check == "config_value_invalid"]
        ((key, value),) = config.items()
        assert one.severity is Severity.CRITICAL
        assert one.summary.startswith(f"{key} is {value!r}; allowed: ")
        assert said in one.summary
        assert near in one.remedy.summary
        assert "\n" not in one.summary


@pytest.mark.parametrize(
    "config",
    [
        {"min.compaction.lag.ms": "10", "max.compaction.lag.ms": "5"},
        {"local.retention.ms": "10", "retention.ms": "5"},
        {"local.retention.bytes": "-1", "retention.bytes": "5"},
        {"remote.copy.lag.ms": "10", "retention.ms": "5"},
        {"remote.copy.lag.ms": "10", "local.retention.ms": "-2", "retention.ms": "5"},
        {"remote.copy.lag.bytes": "10", "local.retention.bytes": "5", "retention.bytes": "50"},
    ],
)
def test_values_that_kafka_refuses_together_are_found(config: dict[str, str]) -> None:
    found = findings(topic(retention=None, config=config))
    assert [f.check for f in found].count("config_value_invalid") == 1


@pytest.mark.parametrize(
    "config",
    [
        {"remote.copy.lag.ms": "10", "local.retention.ms": "10", "retention.ms": "5000"},
        {"remote.copy.lag.ms": "-1", "retention.ms": "5"},
        {"remote.copy.lag.bytes": "10", "local.retention.bytes": "-2", "retention.bytes": "-1"},
        {"remote.copy.lag.ms": "10", "retention.ms": "5", "remote.storage.enable": "false"},
        {"local.retention.ms": "10", "retention.ms": "5", "remote.storage.enable": "FALSE"},
    ],
)
def test_values_that_kafka_takes_together_are_not_found(config: dict[str, str]) -> None:
    found = findings(topic(retention=None, config=config))
    assert "config_value_invalid" not in [f.check for f in found]
