"""``steward transaction list``: list transactional ids with their state and age."""

from dataclasses import dataclass

from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.observation import not_applicable
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.transaction.rows import (
    TransactionListParams,
    TransactionRow,
    transaction_rows,
)
from steward.model.snapshot import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionList:
    """Transactional ids by name."""

    transactions: tuple[TransactionRow, ...]


@capability(
    "transaction.list",
    is_list=True,
    parts=(Part.TRANSACTIONS,),
    examples=(
        "steward transaction list",
        "steward transaction list --state Ongoing --open-longer-than 5m",
    ),
)
def list_transactions(params: TransactionListParams, context: Context) -> Answer[TransactionList]:
    """List transactional ids with their state and how long they have been open.

    A hanging transaction is unknown to every coordinator and not listed here: `steward check` finds it from the
    producer state of partition leaders.
    """
    snapshot = context.observe(frozenset({Part.TRANSACTIONS}))
    data = TransactionList(transactions=transaction_rows(snapshot, params))
    warnings = not_applicable(snapshot, Part.TRANSACTIONS)
    return answer(data, snapshot, context, (Part.TRANSACTIONS,), warnings=warnings)


CAPABILITIES: tuple[Capability, ...] = (list_transactions,)
