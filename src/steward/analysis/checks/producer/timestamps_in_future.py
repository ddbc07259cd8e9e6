"""Records with timestamps in the future."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.producer.timestamps import newest_by_topic, require_all_timestamps
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import alter_topic_config, count, duration, on_topic
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part

_PARTS = (Part.TOPICS, Part.MAX_TIMESTAMPS)


@check("P13", Severity.MEDIUM, over=CLUSTER, parts=_PARTS)
def timestamps_in_future(facts: Facts, _: None) -> Iterator[FoundState]:
    """Records have timestamps in the future.

    What it means: the largest timestamp of a partition is further ahead than the threshold future_timestamp_seconds: a
        producer's clock is wrong, or it sends microseconds where Kafka expects milliseconds.
    Why it matters: retention by time keeps a segment until its largest timestamp is old enough: one record from next
        year keeps its segment until then. Lag in seconds of such a record is unknown; reads by time and windows of
        stream processors are wrong too.
    What to do: correct the producer's clock or unit. To reject such records, set message.timestamp.after.max.ms on the
        topic (an hour by default since Kafka 4.0).
    """
    limit_ms = facts.thresholds.future_timestamp_seconds * 1000
    for topic, newest in newest_by_topic(facts):
        ahead = {p: n for p, n in newest.items() if n.timestamp_ms - facts.now_ms > limit_ms}
        if not ahead:
            continue
        worst = max(sorted(ahead), key=lambda p: ahead[p].timestamp_ms)
        record, seconds = ahead[worst], (ahead[worst].timestamp_ms - facts.now_ms) / 1000
        yield FoundState(
            object=on_topic(topic),
            summary=f"{count(len(ahead), 'partition')} of {len(topic.partitions):,} hold records with timestamps up to "
            f"{duration(seconds)} ahead of now: retention by time keeps them, and lag in seconds is wrong",
            evidence=(
                Evidence(
                    "ListOffsets, max timestamp", f"{worst} offset {record.offset}",
                    f"timestamp {record.timestamp_ms} ms, {duration(seconds)} ahead",
                ),
                Evidence("ListOffsets, max timestamp", "partitions with future timestamps", str(len(ahead))),
            ),
            remedy=alter_topic_config(topic.name, "message.timestamp.after.max.ms", "3600000"),
        )  # fmt: skip
    require_all_timestamps(facts)
