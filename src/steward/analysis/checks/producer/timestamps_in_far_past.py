"""Records with timestamps before 1980."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.producer.timestamps import newest_by_topic, require_all_timestamps
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, on_topic
from steward.model.command import steward
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.instant import EARLIEST_SENSIBLE_MS
from steward.model.snapshot import Part

_PARTS = (Part.TOPICS, Part.MAX_TIMESTAMPS)


@check("P15", Severity.HIGH, over=CLUSTER, parts=_PARTS, nature=Nature.STATE)
def timestamps_in_far_past(facts: Facts, _: None) -> Iterator[FoundState]:
    """All records of a partition have timestamps before 1980.

    What it means: even the largest timestamp of a partition is less than ten years after the epoch (1970): the producer
        sends seconds where Kafka expects milliseconds, or its clock was never set. Records without timestamps do not
        count.
    Why it matters: retention by time deletes such records as soon as their segment is closed, read or not. Lag in
        seconds shows decades, and reads by time find nothing.
    What to do: send milliseconds. Until then retention.ms=-1 keeps the records. To reject such records, set
        message.timestamp.before.max.ms.
    """
    for topic, newest in newest_by_topic(facts):
        old = {p: n for p, n in newest.items() if 0 <= n.timestamp_ms < EARLIEST_SENSIBLE_MS}
        if not old:
            continue
        worst = min(sorted(old), key=lambda p: old[p].timestamp_ms)
        record, seconds = old[worst], (facts.now_ms - old[worst].timestamp_ms) / 1000
        yield FoundState(
            object=on_topic(topic),
            summary=f"{count(len(old), 'partition')} of {len(topic.partitions):,} hold only records with timestamps "
            f"{duration(seconds)} ago or earlier: retention by time deletes them at once",
            evidence=(
                Evidence(
                    "ListOffsets, max timestamp", f"{worst} offset {record.offset}",
                    f"timestamp {record.timestamp_ms} ms, {duration(seconds)} ago",
                ),
            ),
            remedy=Remedy(
                "send timestamps in milliseconds; until then keep the records",
                steward("topic alter", topic.name, set="retention.ms=-1"),
            ),
        )  # fmt: skip
    require_all_timestamps(facts)
