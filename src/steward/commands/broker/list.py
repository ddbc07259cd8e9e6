"""``steward broker list``: list brokers with what they lead, what they store and how full their disks are."""

from dataclasses import dataclass

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.broker.rows import LIST_PARTS, BrokerRow, broker_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerListParams:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerList:
    """Brokers by id."""

    brokers: tuple[BrokerRow, ...]


@capability("broker.list", parts=LIST_PARTS, examples=("steward broker list",))
def list_brokers(params: BrokerListParams, context: Context) -> Answer[BrokerList]:
    """List brokers with what they lead, what they store and how full their disks are."""
    snapshot = context.observe(frozenset(LIST_PARTS))
    return answer(BrokerList(brokers=broker_rows(snapshot)), snapshot, context, LIST_PARTS)


CAPABILITIES: tuple[Capability, ...] = (list_brokers,)
