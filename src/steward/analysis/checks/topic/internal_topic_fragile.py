"""Internal topics that a single failure, or a wrong policy, can destroy."""

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
"""The policy that Kafka itself gives them; Kafka Connect asks for compact."""


@check("T33", Severity.HIGH, over=TOPICS, parts=PARTS)
def internal_topic_fragile(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """A topic that the cluster itself lives on has too few replicas or the wrong cleanup policy.

    What it means: the topic of committed offsets, transactions, share groups, or of a Connect cluster has fewer than
        three replicas although there are three brokers, or its cleanup.policy is not the one it was made with.
    Why it matters: when it is lost, all groups start over, transactions hang, connectors forget where they were. With
        delete instead of compact it happens quietly, as soon as retention strikes.
    What to do: reassign it to three replicas; put cleanup.policy back.
    """
    policy = "compact" if is_connect_storage(topic.name) else _CLEANUP.get(topic.name)
    if policy is None:
        return
    wanted, brokers = facts.thresholds.min_replication_factor, len(facts.live_broker_ids)
    factor = topic.replication_factor
    if factor < wanted <= brokers:
        yield FoundState(
            object=on_topic(topic),
            summary=f"the cluster lives on this topic and it has {count(factor, 'replica')}",
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
            summary=f"will lose what the cluster lives on: cleanup.policy is {entry.value}, not {policy}",
            evidence=(config_evidence(f"topic {topic.name}", entry),),
            remedy=alter_topic_config(topic.name, "cleanup.policy", policy),
        )
