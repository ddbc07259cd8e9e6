"""Topics with high traffic on a single partition."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.growth import bytes_per_second
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import duration, on_topic, volume
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.OFFSETS, Part.LOG_DIRS)


@check("T14", Severity.MEDIUM, over=USER_TOPICS, parts=PARTS, needs_history=True)
def single_partition_busy(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """A topic with one partition receives more than one partition should carry.

    What it means: the topic's only partition grew faster between snapshots than the limit (1 MiB/s by default).
    Why it matters: one partition has one leader and, in a group, one consumer. If that consumer is too slow, no second
        consumer can help.
    What to do: plan for more partitions. Order is kept only within a partition: first check with consumers that rely on
        the order of the whole topic or on which partition holds a key.
    """
    if len(topic.partitions) != 1:
        return
    earlier = facts.require_history()
    if topic.name not in earlier.topic_by_name:
        return
    rate = sum(bytes_per_second(facts, earlier, topic))
    limit = facts.thresholds.busy_partition_bytes_per_second
    if rate <= limit:
        return
    seconds = facts.seconds_since(earlier, Part.OFFSETS)
    yield FoundState(
        object=on_topic(topic),
        confidence=Confidence.INFERRED,
        summary=f"the only partition receives about {volume(rate)}/s (new records times their mean stored size)",
        evidence=(
            Evidence(
                f"ListOffsets topic {topic.name}, DescribeLogDirs",
                f"growth over {duration(seconds)}",
                f"{volume(rate)}/s; limit {volume(limit)}/s",
            ),
        ),
        remedy=Remedy(
            "check that no consumer relies on the order of the whole topic, then add partitions",
            steward("topic alter", topic.name, partitions=3),
        ),
    )
