"""Configuration entries with their source."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from steward.model.config_definition import ConfigType
from steward.model.unknown import Unknown


class ConfigSource(StrEnum):
    """Where an effective value comes from (DescribeConfigs)."""

    TOPIC = "DYNAMIC_TOPIC_CONFIG"
    BROKER = "DYNAMIC_BROKER_CONFIG"
    BROKER_DEFAULT = "DYNAMIC_DEFAULT_BROKER_CONFIG"
    STATIC = "STATIC_BROKER_CONFIG"
    DEFAULT = "DEFAULT_CONFIG"
    LOGGER = "DYNAMIC_BROKER_LOGGER_CONFIG"
    CLIENT_METRICS = "CLIENT_METRICS_CONFIG"
    GROUP = "GROUP_CONFIG"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class ConfigSynonym:
    """A value of lower precedence, effective once those above it are removed."""

    name: str
    value: str | None
    source: ConfigSource


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """One effective value. ``value`` is None where Kafka hides it (``is_sensitive``).

    ``type`` is the key's type as brokers report it, None where they report none.
    """

    name: str
    value: str | None
    source: ConfigSource
    is_sensitive: bool = False
    is_read_only: bool = False
    synonyms: tuple[ConfigSynonym, ...] = ()
    type: ConfigType | None = None


Configs = Mapping[str, ConfigEntry]
"""The effective entries of one resource, by key."""


def config_entry(entries: Configs | Unknown | None, key: str) -> ConfigEntry | None:
    """Return an entry of an object's configuration; None where it, or the whole configuration, was not read."""
    return None if entries is None or isinstance(entries, Unknown) else entries.get(key)
