"""Topics whose acknowledged writes may have only one copy."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import alter_topic_config, config_evidence, on_topic
from steward.model.finding import Severity
from steward.model.policy import Criticality
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T03", Severity.HIGH, over=USER_TOPICS, parts=(Part.TOPICS, Part.TOPIC_CONFIGS))
def min_isr_one(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """One in-sync replica is enough for an acknowledged write.

    What it means: min.insync.replicas is 1 although the topic has several replicas.
    Why it matters: acks=all waits only for the in-sync replicas. When only the leader is in sync, an acknowledged write
        has one copy and is lost with that broker.
    What to do: set min.insync.replicas to 2; keep it below the replication factor.
    """
    entry = facts.topic_config(topic.name, "min.insync.replicas")
    if entry.value != "1" or topic.replication_factor < 2:
        return
    critical = facts.criticality(topic.name) is Criticality.CRITICAL
    yield FoundState(
        object=on_topic(topic),
        severity=Severity.CRITICAL if critical else Severity.HIGH,
        summary=f"acks=all may mean one copy: min.insync.replicas is 1 with {topic.replication_factor} replicas",
        evidence=(config_evidence(f"topic {topic.name}", entry),),
        remedy=alter_topic_config(topic.name, "min.insync.replicas", "2"),
    )
