"""Configuration values in plans: one canonical spelling each, and whether Kafka accepts them."""

import re
from collections.abc import Mapping

from steward.change.planning.cluster_state import ClusterState
from steward.model.change import ConfigTarget
from steward.model.config import ConfigEntry
from steward.model.config_definition import (
    ConfigType,
    Definition,
    WrongValue,
    canonical,
    wrong_value,
)
from steward.model.config_definitions import NEWEST, definition_of
from steward.model.snapshot import Part

_LINE = re.compile(r"([0-9]+)\.([0-9]+)")


def spelled(
    target: ConfigTarget, key: str, value: str | None, entry: ConfigEntry | None = None
) -> str | None:
    """Return a value in its canonical spelling: plans, verification and drift compare nothing else."""
    text = entry.type if entry is not None else None
    return None if value is None else canonical(definition_of(target, key, text), value)


def spelled_all(target: ConfigTarget, values: Mapping[str, str]) -> dict[str, str]:
    """Return values in their canonical spelling."""
    return {key: canonical(definition_of(target, key), value) for key, value in values.items()}


def wrong_values(
    target: ConfigTarget,
    values: Mapping[str, str],
    entries: Mapping[str, ConfigEntry],
    cluster: ClusterState,
) -> tuple[WrongValue, ...]:
    """Return the values that brokers would reject, by the type they report and by Kafka's own bounds.

    If Kafka is newer than the bounds known here, only types are checked.
    """
    is_newer = _is_newer(cluster)
    found = (
        wrong_value(key, _definition(target, key, entries.get(key), is_newer), value)
        for key, value in sorted(values.items())
    )
    return tuple(one for one in found if one is not None)


def _definition(
    target: ConfigTarget, key: str, entry: ConfigEntry | None, is_newer: bool
) -> Definition | None:
    text: ConfigType | None = entry.type if entry is not None else None
    known = definition_of(target, key, text)
    return Definition(type=known.type) if known is not None and is_newer else known


def _is_newer(cluster: ClusterState) -> bool:
    if not cluster.knows(Part.IDENTITY):
        return False
    found = _LINE.match(cluster.identity.kafka_version)
    return found is not None and (int(found[1]), int(found[2])) > NEWEST
