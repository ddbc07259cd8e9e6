"""``steward quota describe``: show which quotas limit a client, and which entry applies."""

from dataclasses import dataclass

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import not_applicable
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.quota.rows import EffectiveQuota, QuotaDescribeParams, effective
from steward.model.error import UsageError
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable, Observed, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientQuotas:
    """The limits of a client by its quota entries; a client.quota.callback.class may override them."""

    user: str | None
    client_id: str | None
    ip: str | None
    quotas: tuple[EffectiveQuota, ...] | Unknown | NotApplicable


@capability(
    "quota.describe",
    parts=(Part.QUOTAS,),
    examples=("steward quota describe --user alice --client-id app",),
)
def describe_quota(params: QuotaDescribeParams, context: Context) -> Answer[ClientQuotas]:
    """Show which quotas limit a client, and which entry applies."""
    if not (params.user or params.client_id or params.ip):
        raise UsageError("no client given", remedy="add --user, --client-id or --ip")
    snapshot = context.observe(frozenset({Part.QUOTAS}))
    part = snapshot.quotas
    data = ClientQuotas(
        user=params.user or None,
        client_id=params.client_id or None,
        ip=params.ip or None,
        quotas=effective(params, part.value) if isinstance(part, Observed) else part,
    )
    warnings = not_applicable(snapshot, Part.QUOTAS)
    return answer(data, snapshot, context, (Part.QUOTAS,), warnings=warnings)


CAPABILITIES: tuple[Capability, ...] = (describe_quota,)
