"""Topics with two replicas where three are possible."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import count, on_topic
from steward.analysis.checks.topic.assignment import more_replicas
from steward.analysis.checks.topic_kinds import is_connect_storage
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T02", Severity.HIGH, over=USER_TOPICS, parts=(Part.TOPICS, Part.BROKERS))
def rf_below_three(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic has fewer replicas than the cluster could hold.

    What it means: partitions have two replicas although the cluster has at least three brokers.
    Why it matters: with two replicas, min.insync.replicas of 1 can lose acknowledged data, and 2 stops writes whenever
        a broker restarts.
    What to do: raise the replication factor to 3 by reassigning the partitions.
    """
    wanted = facts.thresholds.min_replication_factor
    factor = topic.replication_factor
    if not 1 < factor < wanted or is_connect_storage(topic.name):
        return
    if len(facts.live_broker_ids) < wanted:
        return
    yield FoundState(
        object=on_topic(topic),
        summary=f"{count(factor, 'replica')} although {len(facts.live_broker_ids)} brokers could hold {wanted}",
        evidence=(
            Evidence(f"Metadata topic {topic.name}", "fewest replicas of a partition", str(factor)),
            Evidence("DescribeCluster", "live brokers", str(len(facts.live_broker_ids))),
        ),
        remedy=more_replicas(topic, wanted),
    )
