"""Topics whose records may be deleted before a group has read them."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts, known
from steward.analysis.checks.record_times import time_of
from steward.analysis.checks.registry import USER_TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import alter_topic_config, config_evidence, on_topic, span
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
    """A group with members is further behind than the topic keeps its data.

    What it means: the oldest record that the group has still to read is stamped longer ago than retention.ms. It is at
        least as old as the finding says: no record of its batch, or of its partition, is stamped later. Timestamps of
        records behind it prove nothing, since they need not rise with offsets: where its own batch was not sampled, it
        may be older. Kafka deletes a segment by the latest timestamp in it, so that one record of later keeps it.
    Why it matters: Kafka may delete the record before the group reads it, at the next time it rolls or checks
        segments. The group then jumps to where auto.offset.reset points: silent loss.
    What to do: raise retention.ms at once to gain time, then let the group catch up: more members or faster handling.
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
        summary=f"may be deleted unread: group {group} is at records {span(age_ms / 1000)} old, "
        f"retention.ms keeps {span(retention_ms / 1000)}",
        evidence=(
            config_evidence(f"topic {topic.name}", entry),
            Evidence(
                f"OffsetFetch group {group}, Fetch {partition}",
                "age of the next record to read, at least",
                span(age_ms / 1000),
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
