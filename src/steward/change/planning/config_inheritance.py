"""Topic defaults that come from brokers: which broker key sets which topic key, and the effect of changing it."""

from collections.abc import Iterable, Mapping

from steward.change.planning.cluster_state import ClusterState, Unseen
from steward.model.change import ConfigTarget
from steward.model.config import ConfigEntry, Configs, ConfigSource, ConfigSynonym
from steward.model.snapshot import Part

_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000

BROKER_KEYS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "retention.ms": (
        ("log.retention.ms", 1), ("log.retention.minutes", _MINUTE_MS), ("log.retention.hours", _HOUR_MS),
    ),
    "retention.bytes": (("log.retention.bytes", 1),),
    "local.retention.ms": (("log.local.retention.ms", 1),),
    "local.retention.bytes": (("log.local.retention.bytes", 1),),
    "remote.copy.lag.ms": (("log.remote.copy.lag.ms", 1),),
    "remote.copy.lag.bytes": (("log.remote.copy.lag.bytes", 1),),
    "delete.retention.ms": (("log.cleaner.delete.retention.ms", 1),),
    "min.compaction.lag.ms": (("log.cleaner.min.compaction.lag.ms", 1),),
    "max.compaction.lag.ms": (("log.cleaner.max.compaction.lag.ms", 1),),
    "min.cleanable.dirty.ratio": (("log.cleaner.min.cleanable.ratio", 1),),
    "cleanup.policy": (("log.cleanup.policy", 1),),
    "segment.bytes": (("log.segment.bytes", 1),),
    "segment.ms": (("log.roll.ms", 1), ("log.roll.hours", _HOUR_MS)),
    "segment.jitter.ms": (("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", _HOUR_MS)),
    "segment.index.bytes": (("log.index.size.max.bytes", 1),),
    "index.interval.bytes": (("log.index.interval.bytes", 1),),
    "flush.messages": (("log.flush.interval.messages", 1),),
    "flush.ms": (("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)),
    "file.delete.delay.ms": (("log.segment.delete.delay.ms", 1),),
    "max.message.bytes": (("message.max.bytes", 1),),
    "message.timestamp.type": (("log.message.timestamp.type", 1),),
    "message.timestamp.before.max.ms": (("log.message.timestamp.before.max.ms", 1),),
    "message.timestamp.after.max.ms": (("log.message.timestamp.after.max.ms", 1),),
    "message.timestamp.difference.max.ms": (("log.message.timestamp.difference.max.ms", 1),),
    "message.downconversion.enable": (("log.message.downconversion.enable", 1),),
    "preallocate": (("log.preallocate", 1),),
    **{
        key: ((key, 1),)
        for key in (
            "min.insync.replicas", "unclean.leader.election.enable", "compression.type", "compression.gzip.level",
            "compression.lz4.level", "compression.zstd.level", "max.decompressed.message.bytes",
        )
    },
}  # fmt: skip
"""The broker keys behind each topic key, first match wins, with the factor that converts to the topic's unit.

Source: ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.
"""

_TOPIC_KEYS: Mapping[str, str] = {
    name: key for key, names in BROKER_KEYS.items() for name, _ in names
}


def topic_key_of(key: str) -> str:
    """Return the topic key that a broker key is the default of; the key itself if there is none."""
    return _TOPIC_KEYS.get(key, key)


def inherited_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Return the topic keys that the given broker keys set, sorted."""
    return tuple(sorted({_TOPIC_KEYS[key] for key in keys if key in _TOPIC_KEYS}))


def inherited(key: str, broker: Configs) -> tuple[ConfigSynonym, ...]:
    """Return the values that a broker's entries give a topic key, the effective one first."""
    found: list[ConfigSynonym] = []
    for name, factor in BROKER_KEYS.get(key, ()):
        entry = broker.get(name)
        if entry is None:
            continue
        own = ConfigSynonym(name, entry.value, entry.source)
        chain = tuple(s for s in entry.synonyms if s.name == name) or (own,)
        found += [
            ConfigSynonym(name, _in_unit(s.value, factor), s.source)
            for s in chain
            if s.value is not None
        ]
    return tuple(found)


def inherited_value(key: str, broker: Configs) -> str | None:
    """Return a topic's inherited value of a key, without its own override; None if unknown."""
    return next((s.value for s in inherited(key, broker)), None)


def _in_unit(value: str | None, factor: int) -> str | None:
    if value is None or factor == 1:
        return value
    return str(int(value) * factor) if value.strip().isdigit() else value


def pass_on(keys: Iterable[str], before: Mapping[int, Configs], cluster: ClusterState) -> None:
    """Update what topics inherit from brokers whose entries were ``before`` and have just been altered.

    A topic on several brokers gets the value of the first that changed. A topic's own value takes precedence.
    """
    if not (cluster.knows(Part.TOPIC_CONFIGS) and cluster.knows(Part.TOPICS)):
        return
    for key in inherited_keys(keys):
        chains: dict[int, tuple[ConfigSynonym, ...]] = {}
        for broker, old in before.items():
            new = cluster.configs(ConfigTarget.BROKER, str(broker))
            if inherited_value(key, old) != inherited_value(key, new):
                chains[broker] = inherited(key, new)
        if chains:
            _give(key, chains, cluster)


def _give(key: str, chains: Mapping[int, tuple[ConfigSynonym, ...]], cluster: ClusterState) -> None:
    for name, topic in cluster.topics.items():
        hosts = {broker for p in topic.partitions for broker in p.replicas}
        chain = next((found for broker, found in chains.items() if broker in hosts), None)
        if chain is None:
            continue
        try:
            entries = dict(cluster.configs(ConfigTarget.TOPIC, name))
        except Unseen:
            continue
        entry = _on_top(key, entries.pop(key, None), chain)
        if entry is not None:
            entries[key] = entry
        cluster.set_configs(ConfigTarget.TOPIC, name, dict(sorted(entries.items())))


def _on_top(
    key: str, entry: ConfigEntry | None, chain: tuple[ConfigSynonym, ...]
) -> ConfigEntry | None:
    if entry is not None and entry.source is ConfigSource.TOPIC:
        own = ConfigSynonym(key, entry.value, entry.source)
        return ConfigEntry(key, entry.value, entry.source, synonyms=(own, *chain))
    if not chain:
        return None
    return ConfigEntry(key, chain[0].value, chain[0].source, synonyms=chain)
