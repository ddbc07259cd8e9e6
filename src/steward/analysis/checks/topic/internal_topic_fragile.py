"""Internal topics that one failure or a wrong cleanup policy can destroy."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, check
from steward.analysis.checks.say import alter_topic_config, config_evidence, count, on_topic
from steward.analysis.checks.topic.assignment import more_replicas
from steward.analysis.checks.topic_kinds import cleanup_of, is_connect_storage
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS)
_CLEANUP = {
    "__consumer_offsets": "compact",
    "__transaction_state": "compact",
    "__share_group_state": "delete",
}
"""The policy that Kafka itself sets for each topic; Kafka Connect requires compact."""


@check("T33", Severity.HIGH, over=TOPICS, parts=PARTS)
def internal_topic_fragile(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """An internal topic has too few replicas or the wrong cleanup policy.

    What it means: the topic of committed offsets, transactions, share groups or a Connect cluster has fewer than three
        replicas although the cluster has at least three brokers, or its cleanup.policy is not the one that it was
        created with.
    Why it matters: if the topic is lost, all groups start over, transactions hang and connectors lose their position.
        With delete instead of compact this happens without an error, as soon as retention applies.
    What to do: reassign it to three replicas; restore cleanup.policy.
    """
    policy = "compact" if is_connect_storage(topic.name) else _CLEANUP.get(topic.name)
    if policy is None:
        return
    wanted, brokers = facts.thresholds.min_replication_factor, len(facts.live_broker_ids)
    factor = topic.replication_factor
    if factor < wanted <= brokers:
        yield FoundState(
            object=on_topic(topic),
            summary=f"{count(factor, 'replica')} of a topic that the cluster depends on",
            evidence=(
                Evidence(
                    f"Metadata topic {topic.name}", "fewest replicas of a partition", str(factor)
                ),
                Evidence("DescribeCluster", "live brokers", str(brokers)),
            ),
            remedy=more_replicas(topic, wanted),
        )
    entry = facts.topic_config(topic.name, "cleanup.policy")
    if cleanup_of(entry) != {policy}:
        yield FoundState(
            object=on_topic(topic),
            summary=f"retention will delete data that the cluster needs: cleanup.policy is {entry.value}, not {policy}",
            evidence=(config_evidence(f"topic {topic.name}", entry),),
            remedy=alter_topic_config(topic.name, "cleanup.policy", policy),
        )
