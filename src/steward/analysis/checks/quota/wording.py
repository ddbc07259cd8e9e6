"""Objects, evidence and remedies of findings about quotas."""

from steward.analysis.checks.registry import quota_name
from steward.model.command import quota_command
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.quota import BYTE_RATES, QuotaEntry
from steward.model.quota_resolution import Entity

CLIENT_KEYS = (*BYTE_RATES, "request_percentage", "controller_mutation_rate")
"""Quotas of clients; ``connection_creation_rate`` limits IP addresses instead."""

UNSEEN = "\0"
"""A name that no entry can have; it represents any client without its own entry."""


def on_quota(entry: QuotaEntry) -> ObjectRef:
    """Return the object reference of an entry."""
    return ObjectRef("quota", quota_name(entry))


def entity_name(entity: Entity) -> str:
    """Return an entity's name in findings, ``client-id=<default>,user=alice``."""
    return quota_name(QuotaEntry(entity, {}))


def limit_evidence(entity: Entity, key: str, limit: float) -> Evidence:
    """Return one limit with its unit as evidence."""
    return Evidence(
        "DescribeClientQuotas", f"{key} of {entity_name(entity)}", with_unit(key, limit)
    )


def with_unit(key: str, limit: float) -> str:
    """Return a limit with its unit as text."""
    if key in BYTE_RATES:
        return f"{limit:,.0f} bytes/s per broker"
    if key == "request_percentage":
        return f"{limit:g}% of one thread, per broker"
    if key == "controller_mutation_rate":
        return f"{limit:g} partition mutations/s"
    return f"{limit:g} connections/s per broker"


def set_quota(entity: Entity, limits: str, summary: str) -> Remedy:
    """Return the remedy that sets limits, such as ``producer_byte_rate=1048576``, on an entity."""
    return Remedy(summary, quota_command(entity, set=limits.split(",")))


def drop_quota(entity: Entity, keys: str, summary: str) -> Remedy:
    """Return the remedy that removes limits of an entity."""
    return Remedy(summary, quota_command(entity, unset=keys.split(",")))
