"""Topics with more partitions than anybody should have without being asked."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import on_topic
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T15", Severity.MEDIUM, over=USER_TOPICS, parts=(Part.TOPICS,), nature=Nature.STATE)
def partition_count_outside_policy(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic has more partitions than policy allows.

    What it means: above the policy's count (200) somebody should have acknowledged it: waive this finding with the
        reason. Above 1,000 it weighs high, and from 9,000 on critical, whatever the environment.
    Why it matters: every partition is open files on its brokers, work for the controller at each restart, and
        memory in every client. A topic of thousands makes failover of the whole cluster slow.
    What to do: partitions cannot be taken away. Create a topic of the right size, move its producers and consumers
        over, and delete this one.
    """
    limits = facts.thresholds
    partitions = len(topic.partitions)
    if partitions <= min(limits.max_partitions_per_topic, limits.monster_partitions_per_topic - 1):
        return
    if partitions >= limits.monster_partitions_per_topic:
        severity, says = (
            Severity.CRITICAL,
            f"a monster topic ({limits.monster_partitions_per_topic} or more)",
        )
    elif partitions > limits.refused_partitions_per_topic:
        severity, says = Severity.HIGH, f"above the limit of {limits.refused_partitions_per_topic}"
    else:
        severity = Severity.MEDIUM
        says = f"above {limits.max_partitions_per_topic}, which needs an acknowledgement"
    yield FoundState(
        object=on_topic(topic),
        severity=severity,
        summary=f"{partitions} partitions: {says}",
        evidence=(Evidence(f"Metadata topic {topic.name}", "partitions", str(partitions)),),
        remedy=_remedy(severity),
    )


def _remedy(severity: Severity) -> Remedy:
    if severity is Severity.MEDIUM:
        return Remedy(
            "acknowledge the count by a waiver with a reason, or move to a topic with fewer"
        )
    return Remedy(
        "move producers and consumers to a topic with fewer partitions, then delete this one"
    )
