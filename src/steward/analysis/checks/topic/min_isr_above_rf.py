"""Topics whose min.insync.replicas is above the number of replicas."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, check
from steward.analysis.checks.say import alter_topic_config, config_evidence, count, on_topic
from steward.analysis.checks.topic.assignment import more_replicas
from steward.analysis.checks.topic.min_isr import is_capped
from steward.analysis.checks.topic_kinds import number
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.IDENTITY, Part.BROKERS)


@check("T04", Severity.HIGH, over=TOPICS, parts=PARTS)
def min_isr_above_rf(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """The topic requires more in-sync replicas than it has replicas.

    What it means: min.insync.replicas is larger than the replication factor.
    Why it matters: before Kafka 3.7 every write with acks=all fails with NOT_ENOUGH_REPLICAS. Since 3.7 the broker
        silently uses the number of replicas instead: writes succeed with less safety than the setting suggests and,
        with several replicas, fail as soon as one of them is out of sync.
    What to do: raise the replication factor above min.insync.replicas, or lower min.insync.replicas below it.
    """
    entry = facts.topic_config(topic.name, "min.insync.replicas")
    wanted, factor = number(entry), topic.replication_factor
    if not 0 < factor < wanted:
        return
    effect = (
        f"since Kafka 3.7 the broker requires only {factor}"
        if is_capped(facts)
        else "before Kafka 3.7 every write with acks=all fails"
    )
    yield FoundState(
        object=on_topic(topic),
        summary=f"min.insync.replicas is {wanted} with {count(factor, 'replica')}: {effect}",
        evidence=(
            config_evidence(f"topic {topic.name}", entry),
            Evidence(f"Metadata topic {topic.name}", "fewest replicas of a partition", str(factor)),
        ),
        remedy=_remedy(facts, topic, wanted, factor),
    )


def _remedy(facts: Facts, topic: Topic, wanted: int, factor: int) -> Remedy:
    if len(facts.live_broker_ids) > wanted:
        return more_replicas(topic, wanted + 1)
    return alter_topic_config(topic.name, "min.insync.replicas", str(max(1, factor - 1)))
