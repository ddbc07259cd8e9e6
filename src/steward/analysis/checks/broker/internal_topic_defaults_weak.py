"""Brokers whose defaults for internal topics are too weak."""

from collections.abc import Iterator

from steward.analysis.checks.broker.settings import below, value_evidence
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_cluster, static_broker_config
from steward.model.finding import Severity
from steward.model.snapshot import Part

REPLICAS = (
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "share.coordinator.state.topic.replication.factor",
)
MIN_ISR = ("transaction.state.log.min.isr", "share.coordinator.state.topic.min.isr")


@check("B03", Severity.HIGH, over=CLUSTER, parts=(Part.BROKER_CONFIGS, Part.BROKERS))
def internal_topic_defaults_weak(facts: Facts, _: None) -> Iterator[FoundState]:
    """The topics for offsets, transactions and share groups are created with too few replicas.

    What it means: their replication factors are below three, or their min.isr below two, although the cluster has at
        least three brokers. Kafka applies these settings when it creates the topic, at first use.
    Why it matters: one failed disk can lose committed offsets or transaction state. Groups then start over, and
        exactly-once guarantees are lost.
    What to do: set them to 3 and 2 on every broker. An existing topic keeps its replicas until it is reassigned; see
        internal_topic_fragile.
    """
    wanted = facts.thresholds.min_replication_factor
    if len(facts.live_broker_ids) < wanted:
        return
    limits = {**dict.fromkeys(REPLICAS, wanted), **dict.fromkeys(MIN_ISR, 2)}
    weak = {key: found for key, minimum in limits.items() if (found := below(facts, key, minimum))}
    if weak:
        key = next(iter(weak))
        yield FoundState(
            object=on_cluster(),
            summary=f"internal topics would be created with too few replicas: {few(weak)}",
            evidence=tuple(
                value_evidence(k, few(sorted(set(of_key.values()))), of_key)
                for k, of_key in weak.items()
            ),
            remedy=static_broker_config(key, str(limits[key])),
        )
    facts.require_all_broker_configs()
