"""Topics with far more partitions than their data, traffic and readers use."""

from collections.abc import Iterator
from math import ceil

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.growth import bytes_per_second
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import on_topic, span, volume
from steward.analysis.checks.topic_kinds import is_layered
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.OFFSETS, Part.LOG_DIRS, Part.GROUPS)
_MARGIN = 4
"""A count up to this many times the measured need is room to grow, no waste."""


@check("T16", Severity.LOW, over=USER_TOPICS, parts=PARTS)
def topic_overpartitioned(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic has many partitions and hardly any data in them.

    What it means: a topic that is in use holds less than 1 MiB a partition, and neither its traffic (where two looks
        measured it) nor its largest consumer group needs a quarter of its partitions. Topics with fewer than 30
        partitions, empty ones, and those of Streams, Connect and MirrorMaker are left alone.
    Why it matters: partitions cost files, memory and failover time on the brokers, batches get small, and groups
        rebalance longer. Nothing is gained for it.
    What to do: use fewer when the topic is next recreated; partitions cannot be taken away.
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
        summary=f"{count} partitions for {volume(size)} ({volume(size / count)} each): "
        f"{need} would do for what is seen of it{measured}",
        evidence=(
            Evidence(f"DescribeLogDirs topic {topic.name}", "size of one copy", volume(size)),
            Evidence("DescribeGroups", "members of its largest group", str(members)),
            Evidence(f"ListOffsets topic {topic.name}", "rate", f"{volume(rate)}/s{measured}"),
        ),
        remedy=Remedy("use fewer partitions when the topic is next recreated"),
    )


def _rate(facts: Facts, topic: Topic) -> tuple[float, str]:
    """Return bytes a second over the window, 0 with the remark that nothing was measured."""
    if not facts.earlier or topic.name not in facts.earlier[0].topic_by_name:
        return 0.0, " (rate not measured)"
    seconds = facts.seconds_since(facts.earlier[0], Part.OFFSETS)
    return sum(bytes_per_second(facts, facts.earlier[0], topic)), f" (rate over {span(seconds)})"
