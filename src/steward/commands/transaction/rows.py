"""Rows of transactions as their coordinators report them, and the records that open ones block."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.matching import chosen
from steward.model.doc import Doc
from steward.model.snapshot import ClusterSnapshot
from steward.model.transaction import Transaction
from steward.model.unknown import NotApplicable, Observed

STATES = (
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead",
    "PrepareEpochFence",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionListParams:
    """Which transactional ids."""

    names: Annotated[
        tuple[str, ...],
        Doc("ids, or regular expressions matched whole", positional=True, metavar="[ID]..."),
    ] = ()
    state: Annotated[tuple[str, ...], Doc("only those in this state", choices=STATES)] = ()
    open_longer_than: Annotated[
        float | None, Doc("only those open for longer than this", metavar="DURATION")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRow:
    """One transactional id."""

    transactional_id: str
    state: Annotated[str, Doc("as Kafka spells it")]
    open_seconds: Annotated[
        float | NotApplicable,
        Doc("since it started, by this machine's clock; null where none is open"),
    ]
    timeout_seconds: Annotated[float, Doc("timeout after which its coordinator aborts it")]
    partitions: Annotated[int, Doc("partitions in the open transaction")]
    coordinator: Annotated[int, Doc("broker id")]
    producer_id: int
    producer_epoch: Annotated[int, Doc("increases when another producer takes over", wide=True)]


def transaction_rows(
    snapshot: ClusterSnapshot, params: TransactionListParams
) -> tuple[TransactionRow, ...]:
    """Build the requested rows."""
    part = snapshot.transactions
    if not isinstance(part, Observed):
        return ()
    ids = frozenset(t.transactional_id for t in part.value)
    if params.names:
        ids = chosen(params.names, ids, "transaction", complete=not part.gaps)
    rows = (_row(t, part.at_ms) for t in part.value if t.transactional_id in ids)
    return tuple(row for row in rows if _is_wanted(row, params))


def _is_wanted(row: TransactionRow, params: TransactionListParams) -> bool:
    if params.state and row.state not in params.state:
        return False
    if params.open_longer_than is None:
        return True
    return isinstance(row.open_seconds, float) and row.open_seconds > params.open_longer_than


def _row(transaction: Transaction, at_ms: int) -> TransactionRow:
    return TransactionRow(
        transactional_id=transaction.transactional_id,
        state=transaction.state,
        open_seconds=open_seconds(transaction, at_ms),
        timeout_seconds=transaction.timeout_ms / 1000,
        partitions=len(transaction.partitions),
        coordinator=transaction.coordinator,
        producer_id=transaction.producer_id,
        producer_epoch=transaction.producer_epoch,
    )


def open_seconds(transaction: Transaction, at_ms: int) -> float | NotApplicable:
    """Return how long a transaction has been open, in seconds."""
    if transaction.start_ms < 0:
        return NotApplicable("no transaction is open")
    return max(0, at_ms - transaction.start_ms) / 1000
