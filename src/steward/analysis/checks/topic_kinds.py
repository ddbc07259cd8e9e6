"""Topics that Kafka's own layers create and own, recognized by name; and what a topic does with old data."""

from collections.abc import Collection

from steward.model.config import ConfigEntry, ConfigSource

_STREAMS_SUFFIXES = ("-changelog", "-repartition")
_CONNECT_SUFFIXES = ("config", "configs", "offset", "offsets", "status", "statuses")
_MIRROR_SUFFIXES = (".internal", ".heartbeats")
_LAYERS = frozenset({"_schemas", "heartbeats"})


def is_repartition(topic: str) -> bool:
    """Return whether Kafka Streams purges the topic itself, by deleting records that it has read."""
    return topic.endswith("-repartition")


def is_connect_storage(topic: str) -> bool:
    """Return whether Kafka Connect stores connectors, offsets or status in the topic, by the names in its examples."""
    words = topic.replace("_", "-").replace(".", "-").split("-")
    return len(words) > 1 and "connect" in words[:-1] and words[-1] in _CONNECT_SUFFIXES


def is_layered(topic: str) -> bool:
    """Return whether a layer above the broker (Streams, Connect, MirrorMaker, a schema registry) created the topic."""
    return (
        topic.startswith("__")
        or topic in _LAYERS
        or topic.endswith((*_STREAMS_SUFFIXES, *_MIRROR_SUFFIXES))
        or is_connect_storage(topic)
    )


def cleanup_of(entry: ConfigEntry) -> Collection[str]:
    """Return the values of cleanup.policy: delete, compact, both or none."""
    return frozenset(word.strip() for word in (entry.value or "").split(",") if word.strip())


def is_override(entry: ConfigEntry) -> bool:
    """Return whether the topic itself sets the entry instead of inheriting it from the brokers."""
    return entry.source is ConfigSource.TOPIC


def number(entry: ConfigEntry) -> int:
    """Return a numeric entry's value."""
    return int(entry.value or 0)
