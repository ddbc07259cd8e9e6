"""``steward transaction describe``: state, age, and the records blocked on each partition."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.answers import answer
from steward.commands.api.context import Context
from steward.commands.api.matching import chosen
from steward.commands.api.observation import ObservationRequest, not_applicable, observe_in_steps
from steward.commands.api.registry import Answer, Capability, capability
from steward.commands.transaction.rows import open_seconds
from steward.model.doc import Doc
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import PartitionOffsets
from steward.model.transaction import Transaction
from steward.model.unknown import NotApplicable, Observed, Unknown, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionDescribeParams:
    """Which transactional ids."""

    ids: Annotated[
        tuple[str, ...],
        Doc("ids, or regular expressions matched whole", positional=True, metavar="ID..."),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedPartition:
    """A partition in an open transaction."""

    topic: str
    partition: int
    last_stable_offset: Annotated[
        int | Unknown, Doc("last stable offset: where read_committed consumers stop")
    ]
    end_offset: Annotated[int | Unknown, Doc("high watermark")]
    blocked_records: Annotated[
        int | Unknown,
        Doc(
            "offsets that read_committed consumers cannot read yet, whichever transaction blocks them"
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionSummary:
    """Summary of a transactional id."""

    state: Annotated[str, Doc("as Kafka spells it")]
    started_at: Annotated[Instant | None, Doc("null where none is open")]
    open_seconds: float | NotApplicable
    timeout_seconds: Annotated[float, Doc("timeout after which its coordinator aborts it")]
    coordinator: Annotated[int, Doc("broker id")]
    producer_id: int
    producer_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionDescription:
    """A transactional id, and the partitions of its open transaction."""

    transactional_id: str
    summary: TransactionSummary
    partitions: tuple[BlockedPartition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionDescriptions:
    """The requested transactional ids, by name."""

    transactions: tuple[TransactionDescription, ...]


_DESCRIBE_PARTS = (Part.TRANSACTIONS, Part.OFFSETS)


@capability(
    "transaction.describe",
    parts=_DESCRIBE_PARTS,
    examples=("steward transaction describe payments-writer-1",),
)
def describe_transactions(
    params: TransactionDescribeParams, context: Context
) -> Answer[TransactionDescriptions]:
    """Describe transactions: state, age, and the records blocked on each partition."""
    snapshot = observe_in_steps(context, {Part.TRANSACTIONS}, partial(_offsets_of, params))
    found = tuple(_describe(t, snapshot) for t in _wanted(params, snapshot))
    read = Part.OFFSETS if any(t.partitions for t in found) else Part.TRANSACTIONS
    warnings = not_applicable(snapshot, Part.TRANSACTIONS)
    data = TransactionDescriptions(transactions=found)
    return answer(data, snapshot, context, {Part.TRANSACTIONS, read}, warnings=warnings)


def _wanted(
    params: TransactionDescribeParams, snapshot: ClusterSnapshot
) -> tuple[Transaction, ...]:
    part = snapshot.transactions
    if not isinstance(part, Observed):
        return ()
    known = (t.transactional_id for t in part.value)
    ids = chosen(params.ids, known, "transaction", complete=not part.gaps)
    return tuple(t for t in part.value if t.transactional_id in ids)


def _offsets_of(
    params: TransactionDescribeParams, seen: ClusterSnapshot
) -> ObservationRequest | None:
    topics = frozenset(p.topic for t in _wanted(params, seen) for p in t.partitions)
    return (frozenset({Part.OFFSETS}), Scope(topics=topics)) if topics else None


def _describe(transaction: Transaction, snapshot: ClusterSnapshot) -> TransactionDescription:
    is_open = transaction.start_ms >= 0
    at_ms = snapshot.transactions.at_ms if isinstance(snapshot.transactions, Observed) else 0
    return TransactionDescription(
        transactional_id=transaction.transactional_id,
        summary=TransactionSummary(
            state=transaction.state,
            started_at=Instant(transaction.start_ms) if is_open else None,
            open_seconds=open_seconds(transaction, at_ms),
            timeout_seconds=transaction.timeout_ms / 1000,
            coordinator=transaction.coordinator,
            producer_id=transaction.producer_id,
            producer_epoch=transaction.producer_epoch,
        ),
        partitions=tuple(_blocked(p, snapshot) for p in sorted(transaction.partitions)),
    )


def _blocked(partition: TopicPartition, snapshot: ClusterSnapshot) -> BlockedPartition:
    part = snapshot.offsets
    missing = Unknown(Why.TRUNCATED, f"no broker reported offsets of {partition}")
    found = part if isinstance(part, Unknown) else part.value.get(partition, missing)
    known = isinstance(found, PartitionOffsets)
    return BlockedPartition(
        topic=partition.topic,
        partition=partition.partition,
        last_stable_offset=found.last_stable if known else found,
        end_offset=found.end if known else found,
        blocked_records=max(0, found.end - found.last_stable) if known else found,
    )


CAPABILITIES: tuple[Capability, ...] = (describe_transactions,)
