"""Layers above the brokers that use topics: connectors of Kafka Connect, subjects of a schema registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from steward.model.unknown import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One connector.

    ``kind`` is ``source`` or ``sink``. ``settings`` may hold secrets: they are compared, never shown. ``topics`` are
    those that it used since its list was last reset (KIP-558).
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
    """One cluster of Connect workers, as its REST interface told; ``place`` shows no login."""

    place: str
    connectors: tuple[Connector, ...] | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What was asked above the brokers, and the names of all topics, which show what runs there.

    ``subjects`` is None where the profile names no registry; ``topics`` Unknown where not all could be listed.
    """

    topics: frozenset[str] | Unknown
    connect: tuple[ConnectCluster, ...] = ()
    subjects: tuple[str, ...] | Unknown | None = None
