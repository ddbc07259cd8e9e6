"""``steward broker list``: list brokers with their leaders, stored bytes and disk usage."""

from dataclasses import dataclass

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.broker.rows import LIST_PARTS, BrokerRow, broker_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerListParams:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerList:
    """Brokers by id."""

    brokers: tuple[BrokerRow, ...]


@capability("broker.list", is_list=True, parts=LIST_PARTS, examples=("steward broker list",))
def list_brokers(params: BrokerListParams, context: Context) -> Answer[BrokerList]:
    """List brokers with their leaders, stored bytes and disk usage."""
    snapshot = context.observe(frozenset(LIST_PARTS))
    return answer(BrokerList(brokers=broker_rows(snapshot)), snapshot, context, LIST_PARTS)


CAPABILITIES: tuple[Capability, ...] = (list_brokers,)
