"""Limits of the data that a topic stores on the brokers' disks."""

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.topic_kinds import cleanup_of, is_repartition
from steward.model.config import ConfigEntry
from steward.model.topic import Topic

_LIKE_RETENTION = "-2"
"""The value of ``local.retention.*`` that means: as ``retention.*``."""


def deletes(facts: Facts, topic: Topic) -> bool:
    """Return whether retention deletes old records of the topic, compacted or not."""
    return "delete" in cleanup_of(facts.topic_config(topic.name, "cleanup.policy"))


def only_deletes(facts: Facts, topic: Topic) -> bool:
    """Return whether retention alone decides what the topic stores."""
    cleanup = cleanup_of(facts.topic_config(topic.name, "cleanup.policy"))
    return "compact" not in cleanup and not is_repartition(topic.name)


def local_bounds(facts: Facts, topic: Topic) -> tuple[ConfigEntry, ConfigEntry]:
    """Return the entries that limit the local log by age and by size; of a tiered topic the local ones apply."""
    retention = (
        facts.topic_config(topic.name, "retention.ms"),
        facts.topic_config(topic.name, "retention.bytes"),
    )
    if not is_tiered(facts, topic):
        return retention
    local = (
        facts.topic_config(topic.name, "local.retention.ms"),
        facts.topic_config(topic.name, "local.retention.bytes"),
    )
    return (
        retention[0] if local[0].value == _LIKE_RETENTION else local[0],
        retention[1] if local[1].value == _LIKE_RETENTION else local[1],
    )


def is_tiered(facts: Facts, topic: Topic) -> bool:
    """Return whether the topic's older segments move to remote storage (KIP-405)."""
    configs = facts.topic_configs_of(topic.name)
    entry = configs.get("remote.storage.enable")
    return entry is not None and entry.value == "true"
