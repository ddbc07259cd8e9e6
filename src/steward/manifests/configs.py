"""Topic configs compared: values by their meaning, defaults never as drift, unmanaged keys as the manifest wishes."""

import re
from dataclasses import dataclass

from steward.manifests.desired import DesiredTopic
from steward.manifests.problem import nearest
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.config import ConfigEntry, Configs, ConfigSource

_ALWAYS_OWN = frozenset({"retention.ms", "retention.bytes"})
"""Keys that a topic is to say itself, though the default says the same: a default changes behind its back (M11)."""

MOVING = frozenset(
    {"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"}
)
"""Keys that reassignments set and remove; they are nobody's wish."""

_SETS = frozenset({"cleanup.policy"})
"""Keys whose values are lists without an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigComparison:
    """What differs: one change or None; keys that brokers do not know, with a hint; keys that no manifest names."""

    change: AlterConfigs | None
    unknown_keys: tuple[tuple[str, str], ...] = ()
    reported: tuple[str, ...] = ()


def compare_configs(wanted: DesiredTopic, entries: Configs, *, pin: bool) -> ConfigComparison:
    """Compare a topic's explicit wishes with what is in effect."""
    put: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    for key, wish in wanted.config.items():
        entry = entries.get(key)
        if entry is None:
            unknown.append((key, nearest(key, entries, "see the topic configs of this version")))
        elif not _fulfilled(key, wish, entry, pin=pin):
            put[key] = wish
    own = tuple(
        sorted(
            key for key, entry in entries.items()
            if entry.source is ConfigSource.TOPIC and key not in wanted.config and key not in MOVING
        )
    )  # fmt: skip
    remove = own if wanted.unmanaged_config == "reset" else ()
    change = None
    if put or remove:
        change = AlterConfigs(
            target=ConfigTarget.TOPIC,
            name=wanted.name,
            set=dict(sorted(put.items())),
            remove=remove,
        )
    return ConfigComparison(
        change=change,
        unknown_keys=tuple(unknown),
        reported=own if wanted.unmanaged_config == "report" else (),
    )


def _fulfilled(key: str, wish: str, entry: ConfigEntry, *, pin: bool) -> bool:
    """Tell whether a value is in effect; one that must be the topic's own has to stand there."""
    if entry.value is None or not same_value(key, wish, entry.value):
        return False
    return entry.source is ConfigSource.TOPIC or not (pin or key in _ALWAYS_OWN)


def same_value(key: str, one: str, other: str) -> bool:
    """Tell whether two texts mean the same value of a key."""
    return one == other or _meaning(key, one) == _meaning(key, other)


def _meaning(key: str, text: str) -> object:
    text = text.strip()
    if key in _SETS:
        return frozenset(word.strip() for word in text.split(",") if word.strip())
    if text.lower() in ("true", "false"):
        return text.lower()
    if re.fullmatch(r"-?[0-9]{1,40}", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]{1,40}\.[0-9]{1,40}", text):
        return float(text)
    return text
