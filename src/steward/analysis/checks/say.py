"""Texts that checks share: object references, evidence and remedies."""

from collections.abc import Iterable

from steward.model import wording
from steward.model.command import steward
from steward.model.config import ConfigEntry
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.topic import Partition, Topic
from steward.model.wording import count as count
from steward.model.wording import duration as duration
from steward.model.wording import size as volume

__all__ = ["count", "duration", "volume"]


def few(names: Iterable[object], most: int = 5) -> str:
    """Return the first five of many names, in the given order: ``a, b and 12 more``."""
    return wording.few(names, most)


def brokers_named(brokers: Iterable[int]) -> str:
    """Return the first brokers of a list: ``broker 3``, ``brokers 1, 2, 3, 4, 5 and 2 more``."""
    ids = list(brokers)
    return f"broker {ids[0]}" if len(ids) == 1 else f"brokers {few(ids)}"


def partitions_of(partitions: Iterable[Partition]) -> str:
    """Return the first partitions of one topic: ``partition 3``, ``partitions 0, 1, 2 and 9 more``."""
    numbers = [p.partition for p in partitions]
    return f"partition {numbers[0]}" if len(numbers) == 1 else f"partitions {few(numbers)}"


def on_cluster() -> ObjectRef:
    """Return the object reference of the whole cluster."""
    return ObjectRef("cluster", "cluster")


def on_topic(topic: Topic) -> ObjectRef:
    """Return the object reference of a topic."""
    return ObjectRef("topic", topic.name)


def on_broker(broker: int) -> ObjectRef:
    """Return the object reference of a broker."""
    return ObjectRef("broker", str(broker))


def on_group(group: str) -> ObjectRef:
    """Return the object reference of a group."""
    return ObjectRef("group", group)


def config_evidence(resource: str, entry: ConfigEntry) -> Evidence:
    """Return a configuration entry with its source as evidence; a sensitive value is never shown."""
    value = "(sensitive)" if entry.is_sensitive else str(entry.value)
    return Evidence(f"DescribeConfigs {resource}", entry.name, f"{value} ({entry.source})")


def alter_topic_config(topic: str, key: str, value: str) -> Remedy:
    """Return the remedy that sets one entry of a topic."""
    return Remedy(
        f"set {key}={value}",
        steward("topic alter", topic, set=f"{key}={value}"),
    )


def alter_brokers_config(key: str, value: str) -> Remedy:
    """Return the remedy that sets one entry for all brokers."""
    return Remedy(
        f"set {key}={value} for all brokers",
        steward("broker alter", "default", set=f"{key}={value}"),
    )


def static_broker_config(key: str, value: str) -> Remedy:
    """Return the remedy for an entry that needs a change of the file and a restart."""
    return Remedy(
        f"set {key}={value} in server.properties of every broker and restart them one at a time "
        "(Kafka cannot change it while running)"
    )
