"""``steward quota usage``: show how much of their quotas clients use."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.quota.usage_rows import BROKER_METRICS, UsageRow, usage_rows, without_metrics
from steward.model.doc import Doc
from steward.model.snapshot import Part
from steward.model.unknown import Unknown

_PARTS = (*BROKER_METRICS, Part.METRICS)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUsageParams:
    """Which clients."""

    user: Annotated[tuple[str, ...], Doc("only this user", metavar="NAME")] = ()
    client_id: Annotated[tuple[str, ...], Doc("only this client id", metavar="ID")] = ()
    throttled: Annotated[bool, Doc("only clients throttled now")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUsage:
    """Clients by share of their limit used, throttled clients first."""

    clients: tuple[UsageRow, ...] | Unknown


@capability(
    "quota.usage",
    parts=_PARTS,
    examples=("steward quota usage", "steward quota usage --throttled -o json"),
)
def quota_usage(params: QuotaUsageParams, context: Context) -> Answer[QuotaUsage]:
    """Show how much of their quotas clients use and which are throttled now, from the brokers' metrics.

    Brokers measure clients only while a quota of that kind exists; to measure without limiting, set a very high
    default.
    """
    snapshot = context.observe(frozenset(_PARTS))
    rows = usage_rows(snapshot)
    if not isinstance(rows, Unknown):
        rows = tuple(r for r in rows if _is_wanted(r, params))
    return answer(
        QuotaUsage(clients=rows),
        snapshot,
        context,
        BROKER_METRICS,
        warnings=tuple(without_metrics(snapshot)),
    )


def _is_wanted(row: UsageRow, params: QuotaUsageParams) -> bool:
    return (
        (not params.user or row.user in params.user)
        and (not params.client_id or row.client_id in params.client_id)
        and (not params.throttled or row.throttle_ms > 0)
    )


CAPABILITIES: tuple[Capability, ...] = (quota_usage,)
