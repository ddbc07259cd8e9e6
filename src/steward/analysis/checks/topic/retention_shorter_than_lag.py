"""Topics whose records may be deleted before a group has read them."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts, known
from steward.analysis.checks.record_times import time_of
from steward.analysis.checks.registry import USER_TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import alter_topic_config, config_evidence, duration, on_topic
from steward.analysis.checks.topic.retention import deletes
from steward.analysis.checks.topic_kinds import number
from steward.model.finding import Confidence, Evidence, Severity
from steward.model.names import TopicPartition
from steward.model.retention import is_unlimited
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (
    Part.TOPICS,
    Part.TOPIC_CONFIGS,
    Part.OFFSETS,
    Part.SAMPLES,
    Part.MAX_TIMESTAMPS,
    Part.GROUPS,
    Part.GROUP_OFFSETS,
)


@check("T20", Severity.HIGH, over=USER_TOPICS, parts=PARTS, nature=Nature.STATE)
def retention_shorter_than_lag(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """A group with members lags by more than the topic's retention.

    What it means: the next record that the group reads is older than retention.ms. The age in the finding is a lower
        bound: no record of its batch, or of its partition, has a later timestamp. Timestamps of later records prove
        nothing, because timestamps need not rise with offsets; if the record's own batch was not sampled, it may be
        older. Kafka deletes a segment by its latest timestamp, so one later record keeps the segment.
    Why it matters: Kafka may delete the record before the group reads it, the next time it rolls or checks segments.
        The group then continues where auto.offset.reset decides and loses the records without an error.
    What to do: raise retention.ms now to gain time. Then let the group catch up with more members or less time per
        record.
    """
    groups = facts.readership.reading_now(topic.name)
    if not groups or not deletes(facts, topic):
        return
    entry = facts.topic_config(topic.name, "retention.ms")
    retention_ms = number(entry)
    if is_unlimited(entry.name, entry.value):
        return
    late = [one for group in groups for one in _oldest_unread(facts, topic, group)]
    if not late:
        return
    age_ms, group, partition = max(late)
    if age_ms <= retention_ms:
        return
    yield FoundState(
        object=on_topic(topic),
        confidence=Confidence.INFERRED,
        summary=f"may be deleted unread: group {group} is at records {duration(age_ms / 1000)} old, "
        f"retention.ms is {duration(retention_ms / 1000)}",
        evidence=(
            config_evidence(f"topic {topic.name}", entry),
            Evidence(
                f"OffsetFetch group {group}, Fetch {partition}",
                "age of the next record to read, at least",
                duration(age_ms / 1000),
            ),
        ),
        remedy=alter_topic_config(topic.name, "retention.ms", str(max(2 * age_ms, 86_400_000))),
    )


def _oldest_unread(
    facts: Facts, topic: Topic, group: str
) -> Iterator[tuple[int, str, TopicPartition]]:
    committed = facts.committed(group)
    for p in topic.partitions:
        key = TopicPartition(topic.name, p.partition)
        sample = facts.samples.get(key)
        if key not in committed or sample is None:
            continue
        offsets = facts.offsets_of(key)
        if offsets.start <= committed[key] < offsets.end:
            known(sample)
            at_least = time_of(facts, key, committed[key]).at_least_seconds(facts.now_ms)
            if at_least is not None:
                yield round(at_least * 1000), group, key
