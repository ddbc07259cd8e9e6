"""Topics with far more partitions than their data, traffic and consumers need."""

from collections.abc import Iterator
from math import ceil

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.growth import bytes_per_second
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import duration, on_topic, volume
from steward.analysis.checks.topic_kinds import is_layered
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.OFFSETS, Part.LOG_DIRS, Part.GROUPS)
_MARGIN = 4
"""Up to this multiple of the measured need, more partitions are reasonable headroom."""


@check("T16", Severity.LOW, over=USER_TOPICS, parts=PARTS)
def topic_overpartitioned(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic has many partitions and little data.

    What it means: a topic in use has less than 1 MiB per partition, and neither its traffic (if two snapshots measured
        it) nor its largest consumer group needs a quarter of its partitions. Topics with fewer than 30 partitions,
        empty ones, and those of Streams, Connect and MirrorMaker are left out.
    Why it matters: partitions cost files, memory and failover time on the brokers, make batches smaller and rebalances
        longer, here without a benefit.
    What to do: use fewer partitions when you next recreate the topic; the number cannot be lowered.
    """
    limits, count = facts.thresholds, len(topic.partitions)
    if count < limits.overpartitioned_from or is_layered(topic.name):
        return
    size = sum(facts.partitions.sizes(topic))
    written = sum(o.end for o in facts.partitions.offsets(topic))
    if written == 0 or size >= count * limits.small_partition_bytes:
        return
    rate, measured = _rate(facts, topic)
    members = facts.readership.members(topic.name)
    need = max(1, members, ceil(rate / limits.busy_partition_bytes_per_second))
    if count < need * _MARGIN:
        return
    yield FoundState(
        object=on_topic(topic),
        confidence=Confidence.INFERRED,
        summary=f"{count:,} partitions for {volume(size)} ({volume(size / count)} each): "
        f"{need} would be enough{measured}",
        evidence=(
            Evidence(f"DescribeLogDirs topic {topic.name}", "size of one copy", volume(size)),
            Evidence("DescribeGroups", "members of its largest group", str(members)),
            Evidence(f"ListOffsets topic {topic.name}", "rate", f"{volume(rate)}/s{measured}"),
        ),
        remedy=Remedy("use fewer partitions when you next recreate the topic"),
    )


def _rate(facts: Facts, topic: Topic) -> tuple[float, str]:
    """Return bytes per second over the window, and a remark for the summary; 0 if there was no window."""
    if not facts.earlier or topic.name not in facts.earlier[0].topic_by_name:
        return 0.0, " (rate not measured)"
    seconds = facts.seconds_since(facts.earlier[0], Part.OFFSETS)
    return sum(
        bytes_per_second(facts, facts.earlier[0], topic)
    ), f" (rate over {duration(seconds)})"
