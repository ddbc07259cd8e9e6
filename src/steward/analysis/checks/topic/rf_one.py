"""Topics with one replica."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import count, on_topic
from steward.analysis.checks.topic.assignment import more_replicas
from steward.analysis.checks.topic_kinds import is_connect_storage
from steward.model.connection import Environment
from steward.model.finding import Evidence, Severity
from steward.model.policy import Criticality
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T01", Severity.CRITICAL, over=USER_TOPICS, parts=(Part.TOPICS, Part.BROKERS))
def rf_one(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic has one copy of its data.

    What it means: at least one partition has a single replica. Topics declared ephemeral and development clusters of
        one broker are left out.
    Why it matters: one lost disk loses the data, and every restart of that broker stops reads and writes. No producer
        setting helps: acks=all waits only for the one copy.
    What to do: raise the replication factor to 3 by reassigning the partitions. Declare the topic ephemeral if its data
        may be lost.
    """
    if topic.replication_factor != 1 or is_connect_storage(topic.name):
        return
    if facts.criticality(topic.name) is Criticality.EPHEMERAL:
        return
    live = len(facts.live_broker_ids)
    if live < 2 and facts.environment is Environment.DEVELOPMENT:
        return
    single = sum(len(p.replicas) == 1 for p in topic.partitions)
    wanted = min(facts.thresholds.min_replication_factor, max(live, 2))
    yield FoundState(
        object=on_topic(topic),
        summary=f"one lost disk loses data: {single:,} of {count(len(topic.partitions), 'partition')} with one replica",
        evidence=(
            Evidence(f"Metadata topic {topic.name}", "partitions with one replica", str(single)),
            Evidence("DescribeCluster", "live brokers", str(live)),
        ),
        remedy=more_replicas(topic, wanted),
    )
