"""Layers above the brokers that use topics: connectors of Kafka Connect, subjects of a schema registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from steward.model.unknown import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One connector.

    ``kind`` is ``source`` or ``sink``. ``settings`` may hold secrets: they are compared, never shown. ``topics`` are
    those used since its list was last reset (KIP-558).
    """

    name: str
    kind: str
    settings: Mapping[str, str] = field(repr=False)
    topics: tuple[str, ...] | Unknown

    @property
    def class_name(self) -> str:
        """The connector's class, without its package."""
        return self.settings.get("connector.class", "").rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectCluster:
    """One Kafka Connect cluster, as its REST interface reports it; ``place`` shows no login."""

    place: str
    connectors: tuple[Connector, ...] | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What Connect and the schema registry report, and the names of all topics.

    ``subjects`` is None where the profile names no registry; ``topics`` is Unknown where not all could be listed.
    """

    topics: frozenset[str] | Unknown
    connect: tuple[ConnectCluster, ...] = ()
    subjects: tuple[str, ...] | Unknown | None = None
