"""Topics that accept records with timestamps far in the future."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS_AND_DEFAULTS, FoundState, check
from steward.analysis.checks.say import (
    alter_brokers_config,
    alter_topic_config,
    config_evidence,
    count,
    on_cluster,
    on_topic,
)
from steward.analysis.checks.topic.retention import deletes
from steward.analysis.checks.topic_kinds import is_override, number
from steward.model.finding import Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic
from steward.model.unknown import Unknown

KEY = "message.timestamp.after.max.ms"
PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKER_CONFIGS)
_UNBOUNDED_MS = 365 * 86_400_000
_HOUR_MS = "3600000"


@check("T32", Severity.MEDIUM, over=TOPICS_AND_DEFAULTS, parts=PARTS)
def timestamps_unbounded_future(facts: Facts, topic: Topic | None) -> Iterator[FoundState]:
    """A record may have a timestamp years ahead.

    What it means: producers set the timestamps (CreateTime), and message.timestamp.after.max.ms limits them to a year
        or not at all: on the topic or, as one finding for the cluster, by the brokers' default. Before Kafka 4.0 the
        default is unlimited.
    Why it matters: retention by time uses the newest timestamp in a segment. One record with a wrong clock, or with
        microseconds instead of milliseconds, keeps its segment and all later ones practically for ever.
    What to do: set message.timestamp.after.max.ms to an hour, the default since Kafka 4.0.
    """
    yield from _defaults(facts) if topic is None else _override(facts, topic)


def _override(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    bound = facts.topic_config(topic.name, KEY)
    if not is_override(bound) or number(bound) < _UNBOUNDED_MS or topic.is_internal:
        return
    kind = facts.topic_config(topic.name, "message.timestamp.type")
    if kind.value != "CreateTime" or not deletes(facts, topic):
        return
    yield FoundState(
        object=on_topic(topic),
        summary="one record with a future timestamp stops retention by time: timestamps are not limited",
        evidence=tuple(config_evidence(f"topic {topic.name}", entry) for entry in (bound, kind)),
        remedy=alter_topic_config(topic.name, KEY, _HOUR_MS),
    )


def _defaults(facts: Facts) -> Iterator[FoundState]:
    bound = facts.any_broker_config(f"log.{KEY}")
    if number(bound) < _UNBOUNDED_MS:
        return
    inheriting = sum(_inherits(facts, topic) for topic in facts.topics)
    if not inheriting:
        return
    yield FoundState(
        object=on_cluster(),
        summary=f"one record with a future timestamp stops retention by time: {count(inheriting, 'topic')} "
        "without a timestamp limit",
        evidence=(config_evidence("broker", bound),),
        remedy=alter_brokers_config(f"log.{KEY}", _HOUR_MS),
    )


def _inherits(facts: Facts, topic: Topic) -> bool:
    """Return whether a topic is known to inherit the limit while producers set its timestamps."""
    configs = facts.topic_configs.get(topic.name, {})
    if topic.is_internal or isinstance(configs, Unknown) or KEY not in configs:
        return False
    kind = configs.get("message.timestamp.type")
    by_producer = kind is not None and kind.value == "CreateTime"
    return by_producer and not is_override(configs[KEY]) and deletes(facts, topic)
