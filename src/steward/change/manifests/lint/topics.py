"""Rules on topics: retention, durability, partition counts, names."""

import re
from collections import defaultdict
from collections.abc import Iterator

from steward.change.manifests.lint.rule import LintHit, LintInput, ResolvedTopic, on_topic, rule
from steward.model.error import ConfigurationError
from steward.model.finding import Severity
from steward.model.policy import Criticality
from steward.model.retention import is_unlimited
from steward.model.wording import count


def _number(topic: ResolvedTopic, key: str) -> int | None:
    text = topic.config.get(key, "")
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _deletes(topic: ResolvedTopic) -> bool:
    """Return whether old records are deleted; Kafka's own default is delete."""
    words = topic.config.get("cleanup.policy", "delete").split(",")
    return "delete" in (w.strip() for w in words)


@rule(Severity.MEDIUM)
def retention_not_explicit(case: LintInput) -> Iterator[LintHit]:
    """The topic's retention is not declared."""
    for topic in case.topics:
        if _deletes(topic) and not {"retention.ms", "retention.bytes"} & set(topic.config):
            yield on_topic(
                topic, "a broker default decides the retention: neither retention nor retentionBytes is declared",
                "retention", None, "declare spec.retention, even with the current value",
            )  # fmt: skip


@rule(Severity.HIGH)
def retention_unlimited(case: LintInput) -> Iterator[LintHit]:
    """The topic is declared to retain everything for ever."""
    for topic in case.topics:
        size = topic.config.get("retention.bytes")
        bounded = size is not None and not is_unlimited("retention.bytes", size)
        time = topic.config.get("retention.ms")
        if _deletes(topic) and is_unlimited("retention.ms", time) and not bounded:
            yield on_topic(
                topic, "it grows without limit: retention is unlimited, and retentionBytes is not declared",
                "retention.ms", time, "declare a retention, or retentionBytes, or compaction",
            )  # fmt: skip


@rule(Severity.HIGH)
def min_isr_one(case: LintInput) -> Iterator[LintHit]:
    """One in-sync replica is enough for an acknowledged write."""
    for topic in case.topics:
        replicas = topic.shape.replicas or 0
        declared = topic.config.get("min.insync.replicas")
        if replicas < 2 or declared not in (None, "1"):
            continue
        critical = case.criticality(topic) is Criticality.CRITICAL
        if declared is None:
            if critical:
                yield on_topic(
                    topic, "min.insync.replicas is not declared; the brokers' default is 1",
                    "min.insync.replicas", None, _min_isr(replicas), Severity.MEDIUM,
                )  # fmt: skip
            continue
        yield on_topic(
            topic, f"acks=all may mean one copy: min.insync.replicas is 1 with {count(replicas, 'replica')}",
            "min.insync.replicas", "1", _min_isr(replicas),
            Severity.CRITICAL if critical else Severity.HIGH,
        )  # fmt: skip


def _min_isr(replicas: int) -> str:
    if replicas > 2:
        return 'declare config: {min.insync.replicas: "2"}'
    return 'declare replicas: 3 and config: {min.insync.replicas: "2"}'


@rule(Severity.HIGH)
def min_isr_equals_rf(case: LintInput) -> Iterator[LintHit]:
    """Every replica must be in sync for a write to succeed."""
    for topic in case.topics:
        replicas, minimum = topic.shape.replicas or 0, _number(topic, "min.insync.replicas")
        if replicas >= 2 and minimum == replicas:
            yield on_topic(
                topic, f"any broker restart blocks acks=all: min.insync.replicas is {minimum} with {replicas} replicas",
                "min.insync.replicas", str(minimum), "declare one replica more, or min.insync.replicas one lower",
            )  # fmt: skip


@rule(Severity.HIGH)
def min_isr_above_rf(case: LintInput) -> Iterator[LintHit]:
    """More in-sync replicas are required than there are replicas."""
    for topic in case.topics:
        replicas, minimum = topic.shape.replicas, _number(topic, "min.insync.replicas")
        if replicas is not None and minimum is not None and minimum > replicas:
            yield on_topic(
                topic, f"min.insync.replicas is {minimum} with {count(replicas, 'replica')}",
                "min.insync.replicas", str(minimum), f"declare at least {minimum + 1} replicas",
            )  # fmt: skip


@rule(Severity.CRITICAL)
def rf_one(case: LintInput) -> Iterator[LintHit]:
    """The topic has one copy."""
    for topic in case.topics:
        if topic.shape.replicas == 1:
            yield on_topic(
                topic, "one copy: losing its broker loses the data", "replicas", "1",
                f"declare replicas: {case.thresholds.min_replication_factor}",
            )  # fmt: skip


@rule(Severity.HIGH)
def rf_below_three(case: LintInput) -> Iterator[LintHit]:
    """The topic has fewer copies than durable data should."""
    wanted = case.thresholds.min_replication_factor
    for topic in case.topics:
        replicas = topic.shape.replicas
        if replicas is not None and 1 < replicas < wanted:
            yield on_topic(
                topic, f"{count(replicas, 'replica')}; {wanted} tolerate a failure during another broker's maintenance",
                "replicas", str(replicas), f"declare replicas: {wanted}",
            )  # fmt: skip


@rule(Severity.CRITICAL)
def unclean_election_enabled(case: LintInput) -> Iterator[LintHit]:
    """A replica that lacks records may become leader."""
    for topic in case.topics:
        if topic.config.get("unclean.leader.election.enable", "").strip().lower() == "true":
            yield on_topic(
                topic, "unclean leader election may lose acknowledged records",
                "unclean.leader.election.enable", "true", "remove unclean.leader.election.enable",
            )  # fmt: skip


@rule(Severity.MEDIUM)
def partition_count_outside_policy(case: LintInput) -> Iterator[LintHit]:
    """The topic has more partitions than policy allows."""
    limits = case.thresholds
    for topic in case.topics:
        count = topic.shape.partitions or 0
        if count <= min(limits.max_partitions_per_topic, limits.monster_partitions_per_topic - 1):
            continue
        if count >= limits.monster_partitions_per_topic:
            severity, says = Severity.CRITICAL, "an oversized topic, which policy always blocks"
        elif count > limits.refused_partitions_per_topic:
            severity, says = (
                Severity.HIGH,
                f"above the limit of {limits.refused_partitions_per_topic}",
            )
        else:
            severity = Severity.MEDIUM
            says = f"above {limits.max_partitions_per_topic}, which requires confirmation"
        yield on_topic(
            topic, f"{count} partitions: {says}", "partitions", str(count),
            "declare fewer, or a Waiver with the reason", severity,
        )  # fmt: skip


@rule(Severity.LOW)
def topic_name_off_convention(case: LintInput) -> Iterator[LintHit]:
    """The topic's name does not follow the convention."""
    pattern = case.thresholds.name_pattern
    if not pattern:
        return
    try:
        convention = re.compile(pattern)
    except re.error as fault:
        raise ConfigurationError(
            f"name_pattern is not a regular expression: {fault}",
            remedy="correct name_pattern in [checks.thresholds] of steward.toml",
        ) from None
    for topic in case.topics:
        if not convention.fullmatch(topic.name):
            yield on_topic(
                topic, f"the name does not match {pattern}", "metadata.name", topic.name,
                "choose another name now: topics cannot be renamed",
            )  # fmt: skip


@rule(Severity.LOW)
def topic_names_collide(case: LintInput) -> Iterator[LintHit]:
    """Two topics differ only in dots and underscores."""
    by_metric: dict[str, list[ResolvedTopic]] = defaultdict(list)
    for topic in case.topics:
        by_metric[topic.name.replace(".", "_")].append(topic)
    for topics in by_metric.values():
        for topic in topics[1:]:
            yield on_topic(
                topic, f"Kafka rejects it beside {topics[0].name}: metric names do not distinguish . and _",
                "metadata.name", topic.name, "choose a name that differs in more than . and _",
                Severity.HIGH,
            )  # fmt: skip


RULES = (
    retention_not_explicit, retention_unlimited, min_isr_one, min_isr_equals_rf, min_isr_above_rf,
    rf_one, rf_below_three, unclean_election_enabled, partition_count_outside_policy,
    topic_name_off_convention, topic_names_collide,
)  # fmt: skip
