"""Large topics whose partition count loads brokers unevenly."""

from collections.abc import Iterator
from math import ceil

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import count, on_topic, volume
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.BROKERS, Part.LOG_DIRS)


@check("T13", Severity.LOW, over=USER_TOPICS, parts=PARTS)
def partitions_uneven_over_brokers(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """A large topic's partition count is not a multiple of the number of brokers.

    What it means: the topic has much data and more partitions than there are brokers, and in every placement one
        broker leads clearly more of them than the average. Small topics are left out.
    Why it matters: the broker with one more partition has that much more traffic and data, and it limits the topic's
        throughput.
    What to do: choose a multiple of the number of brokers when you raise the partition count for another reason. Do
        not raise it for this alone: keys then move to other partitions.
    """
    brokers, partitions = len(facts.live_broker_ids), len(topic.partitions)
    if brokers < 2 or partitions <= brokers:
        return
    most, mean = ceil(partitions / brokers), partitions / brokers
    if most <= mean * (1 + facts.thresholds.imbalance_ratio):
        return
    size = sum(facts.partitions.sizes(topic))
    if size < facts.thresholds.sizeable_topic_bytes:
        return
    even = most * brokers
    yield FoundState(
        object=on_topic(topic),
        confidence=Confidence.INFERRED,
        summary=f"{count(partitions, 'partition')} on {count(brokers, 'broker')}: one leads {most}, "
        f"{100 * most / mean - 100:.0f}% above the mean of {mean:.1f}",
        evidence=(
            Evidence(f"Metadata topic {topic.name}", "partitions", str(partitions)),
            Evidence("DescribeCluster", "live brokers", str(brokers)),
            Evidence(f"DescribeLogDirs topic {topic.name}", "size of one copy", volume(size)),
        ),
        remedy=Remedy(
            f"choose {even} when you raise the count for another reason (keys then move to other partitions)",
            steward("topic alter", topic.name, partitions=even),
        ),
    )
