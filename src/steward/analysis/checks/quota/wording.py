"""How findings about quotas point, quote and repair."""

from steward.analysis.checks.registry import quota_name
from steward.model.command import quota_command
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.quota import QuotaEntry
from steward.model.quota_resolution import Entity

BYTE_RATES = ("producer_byte_rate", "consumer_byte_rate")

CLIENT_KEYS = (*BYTE_RATES, "request_percentage", "controller_mutation_rate")
"""What a client is limited in; ``connection_creation_rate`` limits addresses."""

UNSEEN = "\0"
"""A name that no entry can have: it stands for any client that nobody named."""


def on_quota(entry: QuotaEntry) -> ObjectRef:
    """Point at an entry."""
    return ObjectRef("quota", quota_name(entry))


def entity_name(entity: Entity) -> str:
    """Name an entity as findings do, ``client-id=<default>,user=alice``."""
    return quota_name(QuotaEntry(entity, {}))


def limit_evidence(entity: Entity, key: str, limit: float) -> Evidence:
    """Quote one limit with its unit."""
    return Evidence(
        "DescribeClientQuotas", f"{key} of {entity_name(entity)}", with_unit(key, limit)
    )


def with_unit(key: str, limit: float) -> str:
    """Write a limit with its unit."""
    if key in BYTE_RATES:
        return f"{limit:,.0f} bytes/s per broker"
    if key == "request_percentage":
        return f"{limit:g} % of one thread, per broker"
    if key == "controller_mutation_rate":
        return f"{limit:g} partition mutations/s"
    return f"{limit:g} connections/s per broker"


def set_quota(entity: Entity, limits: str, summary: str) -> Remedy:
    """Say how to set limits, such as ``producer_byte_rate=1048576``, on an entity."""
    return Remedy(summary, quota_command(entity, set=limits.split(",")))


def drop_quota(entity: Entity, keys: str, summary: str) -> Remedy:
    """Say how to remove limits of an entity."""
    return Remedy(summary, quota_command(entity, unset=keys.split(",")))
