"""The phrases that checks share: objects, evidence and remedies in one wording."""

from steward.model.config import ConfigEntry
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.topic import Partition, Topic


def on_topic(topic: Topic) -> ObjectRef:
    """Point at a topic."""
    return ObjectRef("topic", topic.name)


def on_partition(partition: Partition) -> ObjectRef:
    """Point at a partition."""
    return ObjectRef("partition", str(partition.key))


def config_evidence(resource: str, entry: ConfigEntry) -> Evidence:
    """Quote a configuration entry with its source; a sensitive value is never shown."""
    value = "(sensitive)" if entry.is_sensitive else str(entry.value)
    return Evidence(f"DescribeConfigs {resource}", entry.name, f"{value} ({entry.source})")


def alter_topic_config(topic: str, key: str, value: str) -> Remedy:
    """Say how to set one entry of a topic."""
    return Remedy(
        f"set {key}={value}",
        f"kafka-configs.sh --bootstrap-server $BOOTSTRAP --alter --entity-type topics --entity-name {topic} "
        f"--add-config {key}={value}",
    )


def alter_brokers_config(key: str, value: str) -> Remedy:
    """Say how to set one entry for all brokers."""
    return Remedy(
        f"set {key}={value} for all brokers",
        "kafka-configs.sh --bootstrap-server $BOOTSTRAP --alter --entity-type brokers --entity-default "
        f"--add-config {key}={value}",
    )


def static_broker_config(key: str, value: str) -> Remedy:
    """Say how to set an entry that only the file and a restart can change."""
    return Remedy(
        f"set {key}={value} in server.properties of every broker and restart them one at a time "
        "(Kafka cannot change it while running)"
    )
