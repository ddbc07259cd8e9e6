"""Client quotas (KIP-13, KIP-124, KIP-546, KIP-599, KIP-612)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuotaEntry:
    """The limits of one entity.

    ``entity`` is sorted pairs of type (``user``, ``client-id``, ``ip``) and name; a name of None is the default
    entity. ``limits``: bytes per second for the byte rates, per cent of one thread for ``request_percentage``,
    mutations or connections per second for the rest; byte rates and percentages hold per broker.
    """

    entity: tuple[tuple[str, str | None], ...]
    limits: Mapping[str, float]


QUOTA_KEYS = (
    "producer_byte_rate",
    "consumer_byte_rate",
    "request_percentage",
    "controller_mutation_rate",
    "connection_creation_rate",
)
