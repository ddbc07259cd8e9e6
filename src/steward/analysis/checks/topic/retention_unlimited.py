"""Topics without any retention limit on local disks."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import alter_topic_config, config_evidence, on_topic
from steward.analysis.checks.topic.retention import local_bounds, only_deletes
from steward.model.finding import Severity
from steward.model.retention import is_unlimited
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T18", Severity.HIGH, over=USER_TOPICS, parts=(Part.TOPICS, Part.TOPIC_CONFIGS))
def retention_unlimited(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic deletes nothing, neither by age nor by size.

    What it means: cleanup.policy is delete, but retention.ms and retention.bytes are both unlimited: -1, or larger than
        the age of any record or the size of any disk. Compacted topics, tiered topics with a local limit, and
        repartition topics, which Kafka Streams purges itself, are left out.
    Why it matters: the log grows until a broker's disk is full; then the broker takes the log directory offline with
        every partition in it.
    What to do: set retention.ms, retention.bytes or both. If the data must be stored for ever, move old segments to
        tiered storage and waive this finding.
    """
    if not only_deletes(facts, topic):
        return
    bounds = local_bounds(facts, topic)
    if not all(is_unlimited(entry.name, entry.value) for entry in bounds):
        return
    yield FoundState(
        object=on_topic(topic),
        summary="grows until the disk is full: neither retention.ms nor retention.bytes is limited",
        evidence=tuple(config_evidence(f"topic {topic.name}", entry) for entry in bounds),
        remedy=alter_topic_config(topic.name, "retention.ms", str(7 * 86_400_000)),
    )
