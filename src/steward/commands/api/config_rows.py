"""Configuration entries as rows: explicit values first, Kafka's defaults only on request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from steward.model.config import ConfigEntry, ConfigSource
from steward.model.doc import Doc
from steward.model.unknown import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRow:
    """One effective entry."""

    name: str
    value: Annotated[str | None, Doc("effective value; null where Kafka keeps it secret")]
    source: Annotated[ConfigSource, Doc("source of the value")]
    otherwise: Annotated[str | None, Doc("value that applies if this one is removed", wide=True)]
    note: Annotated[str | None, Doc("secret where Kafka does not return the value")]


_RANK = {source: rank for rank, source in enumerate(ConfigSource)}


def config_rows(
    configs: Mapping[str, ConfigEntry] | Unknown,
    overrides: frozenset[ConfigSource],
    *,
    everything: bool,
) -> tuple[ConfigRow, ...] | Unknown:
    """Return the overrides, or every entry with overrides first.

    Ordered by source, nearest to the resource first, then by name.
    """
    if isinstance(configs, Unknown):
        return configs
    entries = [e for e in configs.values() if everything or e.source in overrides]
    entries.sort(key=lambda e: (e.source not in overrides, _RANK[e.source], e.name))
    return tuple(_row(entry) for entry in entries)


def _row(entry: ConfigEntry) -> ConfigRow:
    below = [s for s in entry.synonyms if s.source is not entry.source]
    return ConfigRow(
        name=entry.name,
        value=None if entry.is_sensitive else entry.value,
        source=entry.source,
        otherwise=below[0].value if below and not entry.is_sensitive else None,
        note="secret" if entry.is_sensitive else None,
    )
