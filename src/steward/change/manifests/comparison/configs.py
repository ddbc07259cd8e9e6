"""Compare topic configs: values by meaning, defaults never as drift, undeclared keys as the manifest requests."""

from collections.abc import Mapping
from dataclasses import dataclass

from steward.change.manifests.desired import DesiredTopic
from steward.change.planning.config_effects import risk_of
from steward.model.change import AlterConfigs, ConfigTarget
from steward.model.config import ConfigEntry, Configs, ConfigSource
from steward.model.config_definition import same_value
from steward.model.config_definitions import definition_of
from steward.model.plan import Risk

_ALWAYS_OWN = frozenset({"retention.ms", "retention.bytes"})
"""Keys that must be set on the topic even if the default is equal, because a default may change later."""

MOVING = frozenset(
    {"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"}
)
"""Keys that reassignments set and remove; manifests do not declare them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigComparison:
    """Differences: changes; keys that the brokers do not know; undeclared keys to report."""

    changes: tuple[AlterConfigs, ...]
    unknown_keys: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()


def compare_configs(wanted: DesiredTopic, entries: Configs, *, pin: bool) -> ConfigComparison:
    """Compare a topic's declared values with the effective ones.

    Safe values are a change of their own, so that it comes first, and runs where the others may not.
    """
    known = {k: v for k, v in wanted.config.items() if k in entries}
    put = {k: v for k, v in known.items() if not _fulfilled(k, v, entries[k], pin=pin)}
    own = tuple(
        sorted(
            key for key, entry in entries.items()
            if entry.source is ConfigSource.TOPIC and key not in wanted.config and key not in MOVING
        )
    )  # fmt: skip
    return ConfigComparison(
        changes=_changes(
            wanted.name, put, own if wanted.unmanaged_config == "reset" else (), entries
        ),
        unknown_keys=tuple(sorted(set(wanted.config) - set(known))),
        reported=own if wanted.unmanaged_config == "report" else (),
    )


def _changes(
    topic: str, put: Mapping[str, str], remove: tuple[str, ...], entries: Configs
) -> tuple[AlterConfigs, ...]:
    safe = {
        k: v for k, v in sorted(put.items())
        if risk_of(ConfigTarget.TOPIC, k, entries[k].value, v) is Risk.SAFE
    }  # fmt: skip
    rest = {k: v for k, v in sorted(put.items()) if k not in safe}
    parts = ((safe, ()), (rest, remove))
    return tuple(
        AlterConfigs(target=ConfigTarget.TOPIC, name=topic, set=chosen, remove=gone)
        for chosen, gone in parts
        if chosen or gone
    )


def _fulfilled(key: str, wanted: str, entry: ConfigEntry, *, pin: bool) -> bool:
    """Return whether a value is in effect; one that must be set on the topic must be set there."""
    definition = definition_of(ConfigTarget.TOPIC, key, entry.type)
    if entry.value is None or not same_value(definition, wanted, entry.value):
        return False
    return entry.source is ConfigSource.TOPIC or not (pin or key in _ALWAYS_OWN)
