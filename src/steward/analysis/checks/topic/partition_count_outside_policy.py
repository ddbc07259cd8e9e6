"""Topics with more partitions than the policy allows."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import count, on_topic
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T15", Severity.MEDIUM, over=USER_TOPICS, parts=(Part.TOPICS,), nature=Nature.STATE)
def partition_count_outside_policy(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic has more partitions than the policy allows.

    What it means: above the policy's limit (200) the count needs approval: waive this finding with the reason. Above
        1,000 the severity is high, and from 9,000 on critical in every environment.
    Why it matters: every partition uses open files on its brokers, controller time at each restart, and memory in every
        client. A topic with thousands of partitions slows failover of the whole cluster.
    What to do: the number of partitions cannot be lowered. Create a topic with fewer partitions, move its producers and
        consumers to it, and delete this one.
    """
    limits = facts.thresholds
    partitions = len(topic.partitions)
    if partitions <= min(limits.max_partitions_per_topic, limits.monster_partitions_per_topic - 1):
        return
    if partitions >= limits.monster_partitions_per_topic:
        severity, reason = (
            Severity.CRITICAL,
            f"above the absolute limit of {limits.monster_partitions_per_topic:,}",
        )
    elif partitions > limits.refused_partitions_per_topic:
        severity, reason = (
            Severity.HIGH,
            f"above the limit of {limits.refused_partitions_per_topic:,}",
        )
    else:
        severity = Severity.MEDIUM
        reason = f"above {limits.max_partitions_per_topic:,}, which needs a waiver"
    yield FoundState(
        object=on_topic(topic),
        severity=severity,
        summary=f"{count(partitions, 'partition')}: {reason}",
        evidence=(Evidence(f"Metadata topic {topic.name}", "partitions", str(partitions)),),
        remedy=_remedy(severity),
    )


def _remedy(severity: Severity) -> Remedy:
    if severity is Severity.MEDIUM:
        return Remedy(
            "approve the count by a waiver with a reason, or move to a topic with fewer partitions"
        )
    return Remedy(
        "move producers and consumers to a topic with fewer partitions, then delete this one"
    )
