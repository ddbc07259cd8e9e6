"""Topics whose segments are kept longer than their records should be."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import (
    alter_topic_config,
    config_evidence,
    duration,
    on_topic,
    volume,
)
from steward.analysis.checks.topic.retention import only_deletes
from steward.analysis.checks.topic_kinds import is_override, number
from steward.model.config import ConfigEntry
from steward.model.finding import Confidence, Evidence, Severity
from steward.model.retention import is_unlimited
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.LOG_DIRS)


@check("T23", Severity.MEDIUM, over=USER_TOPICS, parts=PARTS)
def segment_coarser_than_retention(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Records are kept longer than the topic's retention because segments cover too much time.

    What it means: Kafka deletes whole segments, and a segment stays until its newest record has expired. segment.ms is
        longer than retention.ms (many times, if it is inherited), and no partition is large enough to fill segments by
        size.
    Why it matters: records are kept for up to retention.ms plus segment.ms. If retention is a commitment, such as for
        personal data, it is violated.
    What to do: set segment.ms to a fraction of retention.ms.
    """
    if not only_deletes(facts, topic):
        return
    retention = facts.topic_config(topic.name, "retention.ms")
    segment = facts.topic_config(topic.name, "segment.ms")
    retention_ms, segment_ms = number(retention), number(segment)
    tolerated = 1.0 if is_override(segment) else facts.thresholds.segment_to_retention_ratio
    if (
        retention_ms <= 0
        or is_unlimited(retention.name, retention.value)
        or segment_ms <= tolerated * retention_ms
    ):
        return
    size = facts.topic_config(topic.name, "segment.bytes")
    largest = max(facts.partitions.sizes(topic), default=0)
    if largest >= number(size):
        return
    yield FoundState(
        object=on_topic(topic),
        confidence=Confidence.INFERRED,
        summary=_summary(retention_ms, segment),
        evidence=(
            *(config_evidence(f"topic {topic.name}", e) for e in (retention, segment, size)),
            Evidence(f"DescribeLogDirs topic {topic.name}", "largest partition", volume(largest)),
        ),
        remedy=alter_topic_config(topic.name, "segment.ms", str(max(60_000, retention_ms // 4))),
    )


def _summary(retention_ms: int, segment: ConfigEntry) -> str:
    limit = f"retention.ms is {duration(retention_ms / 1000)}"
    if is_unlimited(segment.name, segment.value):
        return f"records may be kept for ever although {limit}: segment.ms is unlimited"
    whole, rolled = (retention_ms + number(segment)) / 1000, number(segment) / 1000
    return (
        f"records may be kept {duration(whole)} although {limit}: segment.ms is {duration(rolled)}"
    )
