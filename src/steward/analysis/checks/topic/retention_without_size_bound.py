"""Topics with a retention time but no size limit."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS_AND_DEFAULTS, FoundState, check
from steward.analysis.checks.say import (
    alter_topic_config,
    config_evidence,
    count,
    on_cluster,
    on_topic,
)
from steward.analysis.checks.topic.retention import local_bounds, only_deletes
from steward.analysis.checks.topic_kinds import is_override
from steward.model.command import steward
from steward.model.config import ConfigEntry
from steward.model.finding import Remedy, Severity
from steward.model.retention import is_unlimited
from steward.model.snapshot import Part
from steward.model.topic import Topic
from steward.model.unknown import Unknown

PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKER_CONFIGS)


@check("T19", Severity.LOW, over=TOPICS_AND_DEFAULTS, parts=PARTS)
def retention_without_size_bound(facts: Facts, topic: Topic | None) -> Iterator[FoundState]:
    """Retention deletes by age only, however fast the topic grows.

    What it means: retention.ms is set but retention.bytes is -1, on the topic itself or, as one finding for the
        cluster, by the brokers' default for the topics that inherit it.
    Why it matters: a faulty producer can write a month's data in an hour, and retention by time does not prevent a full
        disk.
    What to do: set retention.bytes, which applies to each partition, to what the disks have room for.
    """
    yield from _defaults(facts) if topic is None else _override(facts, topic)


def _override(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    if topic.is_internal or not only_deletes(facts, topic):
        return
    by_time, by_size = local_bounds(facts, topic)
    bounds = _is_unlimited(by_size), _is_unlimited(by_time)
    if bounds != (True, False) or not is_override(by_size):
        return
    yield FoundState(
        object=on_topic(topic),
        summary="a burst can fill the disk: retention.bytes is -1, so only retention.ms limits the topic",
        evidence=tuple(config_evidence(f"topic {topic.name}", e) for e in (by_time, by_size)),
        remedy=alter_topic_config(topic.name, "retention.bytes", str(10 * 1024**3)),
    )


def _defaults(facts: Facts) -> Iterator[FoundState]:
    default = facts.any_broker_config("log.retention.bytes")
    if not _is_unlimited(default):
        return
    inheriting = sum(_inherits(facts, topic) for topic in facts.topics)
    if inheriting == 0:
        return
    yield FoundState(
        object=on_cluster(),
        summary=f"a burst can fill the disk: {count(inheriting, 'topic')} without a size limit, "
        "because log.retention.bytes is -1",
        evidence=(config_evidence("broker", default),),
        remedy=Remedy(
            "set retention.bytes on each large topic, or log.retention.bytes for all topics that inherit it",
            steward("broker alter", "default", set=f"log.retention.bytes={10 * 1024**3}"),
        ),
    )


def _inherits(facts: Facts, topic: Topic) -> bool:
    """Return whether a topic is known to inherit an unlimited retention.bytes while retention.ms is limited."""
    if topic.is_internal or isinstance(facts.topic_configs.get(topic.name, {}), Unknown):
        return False
    configs = facts.topic_configs_of(topic.name)
    size, time = configs.get("retention.bytes"), configs.get("retention.ms")
    bounded = time is not None and not _is_unlimited(time)
    return bounded and size is not None and _inherits_none(size) and only_deletes(facts, topic)


def _inherits_none(entry: ConfigEntry) -> bool:
    return _is_unlimited(entry) and not is_override(entry)


def _is_unlimited(entry: ConfigEntry) -> bool:
    return is_unlimited(entry.name, entry.value)
