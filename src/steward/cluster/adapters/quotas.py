"""Client quotas: DescribeClientQuotas."""

from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import raise_for, right
from steward.cluster.adapters.messages import DescribeClientQuotasRequest
from steward.model.quota import QuotaEntry


async def read_quotas(client: KafkaClient) -> tuple[QuotaEntry, ...]:
    """List the limits of every entity.

    Errors: NotAuthorized without DESCRIBE_CONFIGS on cluster.
    """
    response = await client.ask_any(DescribeClientQuotasRequest(components=[], strict=False))
    raise_for(
        response.error_code,
        what="DescribeClientQuotas",
        acl=right("DESCRIBE_CONFIGS", "cluster"),
        message=response.error_message,
    )
    entries = [_entry(found) for found in response.entries or ()]
    return tuple(sorted(entries, key=lambda e: [(kind, name or "") for kind, name in e.entity]))


def _entry(found: Any) -> QuotaEntry:
    entity = sorted((part.entity_type, part.entity_name) for part in found.entity)
    limits = {limit.key: limit.value for limit in sorted(found.values, key=lambda v: v.key)}
    return QuotaEntry(tuple(entity), limits)
