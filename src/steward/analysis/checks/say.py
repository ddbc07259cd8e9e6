"""The phrases that checks share: objects, evidence and remedies in one wording."""

from collections.abc import Iterable

from steward.model import wording
from steward.model.command import steward
from steward.model.config import ConfigEntry
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.topic import Partition, Topic
from steward.model.wording import span as span


def few(names: Iterable[object], most: int = 5) -> str:
    """Name the first five of many, in the order given: ``a, b and 12 more``."""
    return wording.few(names, most)


def count(number: int, noun: str) -> str:
    """Count things: ``1 member``, ``3 members``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def volume(size_bytes: float) -> str:
    """Write a number of bytes in the unit that a person would use: ``512 B``, ``3.1 MiB``, ``40 GiB``."""
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}" if unit == "B" or abs(size) >= 10 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def partitions_of(partitions: Iterable[Partition]) -> str:
    """Name the first few partitions of one topic: ``partition 3``, ``partitions 0, 1, 2 and 9 more``."""
    numbers = [p.partition for p in partitions]
    return f"partition {numbers[0]}" if len(numbers) == 1 else f"partitions {few(numbers)}"


def on_cluster() -> ObjectRef:
    """Point at the cluster as a whole."""
    return ObjectRef("cluster", "cluster")


def on_topic(topic: Topic) -> ObjectRef:
    """Point at a topic."""
    return ObjectRef("topic", topic.name)


def on_broker(broker: int) -> ObjectRef:
    """Point at a broker."""
    return ObjectRef("broker", str(broker))


def on_group(group: str) -> ObjectRef:
    """Point at a group."""
    return ObjectRef("group", group)


def config_evidence(resource: str, entry: ConfigEntry) -> Evidence:
    """Quote a configuration entry with its source; a sensitive value is never shown."""
    value = "(sensitive)" if entry.is_sensitive else str(entry.value)
    return Evidence(f"DescribeConfigs {resource}", entry.name, f"{value} ({entry.source})")


def alter_topic_config(topic: str, key: str, value: str) -> Remedy:
    """Say how to set one entry of a topic."""
    return Remedy(
        f"set {key}={value}",
        steward("topic alter", topic, set=f"{key}={value}"),
    )


def alter_brokers_config(key: str, value: str) -> Remedy:
    """Say how to set one entry for all brokers."""
    return Remedy(
        f"set {key}={value} for all brokers",
        steward("broker alter", "default", set=f"{key}={value}"),
    )


def static_broker_config(key: str, value: str) -> Remedy:
    """Say how to set an entry that only the file and a restart can change."""
    return Remedy(
        f"set {key}={value} in server.properties of every broker and restart them one at a time "
        "(Kafka cannot change it while running)"
    )
