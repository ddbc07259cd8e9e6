"""Topics whose brokers recompress what producers have compressed."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS_AND_DEFAULTS, FoundState, check
from steward.analysis.checks.say import (
    alter_brokers_config,
    alter_topic_config,
    config_evidence,
    on_cluster,
    on_topic,
)
from steward.analysis.checks.topic_kinds import is_override
from steward.model.finding import Confidence, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

KEY = "compression.type"
PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKER_CONFIGS)


@check("T25", Severity.LOW, over=TOPICS_AND_DEFAULTS, parts=PARTS)
def broker_recompresses(facts: Facts, topic: Topic | None) -> Iterator[FoundState]:
    """The broker stores another compression than producers send.

    What it means: compression.type is not producer, on the topic or as the brokers' default (then it is one finding
        for the cluster). The broker decompresses and recompresses every batch that arrives in another codec.
    Why it matters: this uses the leader's CPU on every append and delays producers. Compression in the producer saves
        the same space and network bandwidth too.
    What to do: set compression.type to producer on the topic, and compression in the producers.
    """
    if topic is None:
        entry = facts.any_broker_config(KEY)
        remedy, where = alter_brokers_config(KEY, "producer"), on_cluster()
    elif topic.is_internal:
        return  # Kafka sets these itself (TransactionLogConfig, GroupCoordinatorConfig); only brokers write them
    else:
        entry = facts.topic_config(topic.name, KEY)
        remedy, where = alter_topic_config(topic.name, KEY, "producer"), on_topic(topic)
    if entry.value == "producer" or (topic is not None and not is_override(entry)):
        return
    yield FoundState(
        object=where,
        confidence=Confidence.INFERRED,
        summary=f"the broker recompresses every batch that does not arrive as {entry.value}",
        evidence=(config_evidence("broker" if topic is None else f"topic {topic.name}", entry),),
        remedy=remedy,
    )
