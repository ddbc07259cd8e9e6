"""Topics for which every replica must be in sync."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, check
from steward.analysis.checks.say import alter_topic_config, config_evidence, on_topic
from steward.analysis.checks.topic.assignment import more_replicas
from steward.analysis.checks.topic_kinds import number
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T05", Severity.HIGH, over=TOPICS, parts=(Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS))
def min_isr_equals_rf(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Every replica must be in sync for a write to succeed.

    What it means: min.insync.replicas equals the replication factor, with more than one replica.
    Why it matters: when a broker restarts or falls behind, writes with acks=all fail on its partitions. Every planned
        maintenance is an outage for producers.
    What to do: lower min.insync.replicas to one less than the replication factor. With two replicas, first raise the
        replication factor to 3.
    """
    entry = facts.topic_config(topic.name, "min.insync.replicas")
    factor = topic.replication_factor
    if factor < 2 or number(entry) != factor:
        return
    yield FoundState(
        object=on_topic(topic),
        summary=f"any broker restart blocks acks=all: min.insync.replicas is {factor} with {factor} replicas",
        evidence=(
            config_evidence(f"topic {topic.name}", entry),
            Evidence(f"Metadata topic {topic.name}", "fewest replicas of a partition", str(factor)),
        ),
        remedy=_remedy(facts, topic, factor),
    )


def _remedy(facts: Facts, topic: Topic, factor: int) -> Remedy:
    if factor == 2 and len(facts.live_broker_ids) > 2:
        return more_replicas(topic, 3)
    return alter_topic_config(topic.name, "min.insync.replicas", str(factor - 1))
