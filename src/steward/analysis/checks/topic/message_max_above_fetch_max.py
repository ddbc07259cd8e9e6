"""Topics that accept larger batches than followers fetch at once."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS_AND_DEFAULTS, FoundState, check
from steward.analysis.checks.say import (
    config_evidence,
    on_cluster,
    on_topic,
    static_broker_config,
    volume,
)
from steward.analysis.checks.topic_kinds import is_override, number
from steward.model.finding import Confidence, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

FETCH = "replica.fetch.max.bytes"
PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKER_CONFIGS)
_LOG_OVERHEAD = 12
"""By default a batch has up to 1 MiB and these bytes, a fetch 1 MiB: Kafka's defaults fit together."""


@check("T24", Severity.MEDIUM, over=TOPICS_AND_DEFAULTS, parts=PARTS)
def message_max_above_fetch_max(facts: Facts, topic: Topic | None) -> Iterator[FoundState]:
    """Batches may be larger than what followers fetch at once.

    What it means: max.message.bytes of the topic, or message.max.bytes of the brokers (then it is one finding for the
        cluster), is above replica.fetch.max.bytes.
    Why it matters: a fetch returns at least one batch, so replication continues, but with one large batch and one
        partition at a time: followers fall behind under load. Consumers with the default max.partition.fetch.bytes of
        1 MiB slow down in the same way.
    What to do: lower the batch limit if no producer needs it. Otherwise raise replica.fetch.max.bytes as well, and
        inform the owners of the consumers.
    """
    fetch = facts.any_broker_config(FETCH)
    entry = (
        facts.any_broker_config("message.max.bytes")
        if topic is None
        else facts.topic_config(topic.name, "max.message.bytes")
    )
    inherited = topic is not None and not is_override(entry)
    if inherited or number(entry) <= number(fetch) + _LOG_OVERHEAD:
        return
    resource = "broker" if topic is None else f"topic {topic.name}"
    yield FoundState(
        object=on_cluster() if topic is None else on_topic(topic),
        confidence=Confidence.INFERRED,
        summary=f"large batches slow replication: the limit is {volume(number(entry))}, "
        f"followers fetch {volume(number(fetch))} at once",
        evidence=(config_evidence(resource, entry), config_evidence("broker", fetch)),
        remedy=static_broker_config(FETCH, str(number(entry))),
    )
