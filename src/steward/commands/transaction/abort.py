"""Abort hanging transactions: only those that no coordinator will end."""

import re
from dataclasses import dataclass
from typing import Annotated

from steward.cluster.ports import Scope
from steward.commands.api.consent import ConsentParams
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.commands.api.registry import Answer, Capability, Effect, capability
from steward.commands.plan.change_command import planned_change, source_of
from steward.commands.plan.create import PlanRequest
from steward.commands.plan.execution_report import ChangeReport
from steward.commands.topic.changes import topic_or_fault
from steward.model.change import AbortTransaction
from steward.model.command import Hint, steward
from steward.model.doc import Doc
from steward.model.error import NotSupported, ObjectNotFound, UsageError
from steward.model.finding import ObjectRef
from steward.model.names import TopicPartition
from steward.model.plan import Impossible
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.transaction import ProducerState
from steward.model.unknown import NotApplicable, Observed, Unknown

_PARTITION = re.compile(r"(?P<topic>.+)-(?P<number>\d{1,10})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionAbortParams(ConsentParams):
    """Which transaction."""

    partition: Annotated[
        str, Doc("a partition of the transaction, such as orders-3", positional=True)
    ]
    producer_id: Annotated[
        int | None,
        Doc("producer id; required where several transactions are open there", metavar="ID"),
    ] = None


@capability(
    "transaction.abort",
    effect=Effect.EXECUTE,
    parts=(Part.TOPICS, Part.PRODUCERS, Part.TRANSACTIONS),
    changes=(AbortTransaction,),
    examples=(
        "steward transaction abort orders-3 --dry-run",
        "steward transaction abort orders-3 --producer-id 4011 --yes",
    ),
)
def abort_transaction(params: TransactionAbortParams, context: Context) -> Answer[ChangeReport]:
    """Abort a hanging transaction on one partition with an abort marker (KIP-664).

    Only a transaction that its coordinator no longer knows on this partition. A transaction that the coordinator still
    has open may yet commit, and is aborted by the coordinator after transaction.timeout.ms.
    """
    read = _PARTITION.fullmatch(params.partition)
    if read is None:
        raise UsageError(
            f"{params.partition!r} is not a partition",
            remedy="pass topic and number, such as orders-3",
        )
    partition = TopicPartition(read["topic"], int(read["number"]))
    with context.connect(context.connection) as observer:
        topic_or_fault(observer, context, partition.topic)
        scope = Scope(topics=frozenset({partition.topic}))
        parts = frozenset({Part.TOPICS, Part.PRODUCERS, Part.TRANSACTIONS})
        seen = observer.observe(parts, scope, context.progress)
    state = _open(partition, params.producer_id, seen)
    why = _not_hanging(state, seen)
    target = ObjectRef("partition", str(partition))
    remedy = Hint(
        f"stop its producer {state.producer_id}, or check later whether it has ended: ",
        steward("transaction list"),
    )
    change = AbortTransaction(
        partition=partition,
        producer_id=state.producer_id,
        producer_epoch=state.producer_epoch,
        coordinator_epoch=state.coordinator_epoch,
    )
    words = ("transaction", "abort", str(partition), "--producer-id", str(state.producer_id))
    wanted = PlanRequest(
        title=f"abort the transaction of producer {state.producer_id} on {partition}",
        source=source_of(*words),
        changes=() if why else (change,),
        impossible=(Impossible(object=target, reason=why, remedy=remedy),) if why else (),
    )
    return planned_change(context, params, wanted)


def _open(
    partition: TopicPartition, producer_id: int | None, seen: ClusterSnapshot
) -> ProducerState:
    """Return the producer of the selected transaction.

    Errors: ObjectNotFound where none is open; UsageError where several are; faults where it cannot be read.
    """
    if isinstance(seen.producers, NotApplicable):
        raise NotSupported(str(seen.producers))
    states = seen_or_fault(seen.producers).get(partition)
    if isinstance(states, Unknown):
        return seen_or_fault(states)
    if states is None:
        raise ObjectNotFound(
            f"partition {partition} does not exist",
            remedy=Hint("see its partitions: ", steward("topic describe", partition.topic)),
            object_name=str(partition),
        )
    found = [
        s
        for s in states
        if s.current_txn_start_offset >= 0 and producer_id in (None, s.producer_id)
    ]
    if not found:
        of = "" if producer_id is None else f" of producer {producer_id}"
        raise ObjectNotFound(
            f"no transaction{of} is open on partition {partition}",
            remedy=Hint("list them: ", steward("transaction list")),
            object_name=str(partition),
        )
    if len(found) > 1:
        ids = ", ".join(str(s.producer_id) for s in found)
        raise UsageError(
            f"several transactions are open on partition {partition}, of producers {ids}",
            remedy=f"select one: --producer-id {found[0].producer_id}",
        )
    return found[0]


def _not_hanging(state: ProducerState, seen: ClusterSnapshot) -> str:
    """Return why a transaction is not hanging, or why that is unknown; empty where it is hanging."""
    part = seen.transactions
    if not isinstance(part, Observed):
        return f"unknown whether a coordinator still has it open: {part}"
    if part.gaps:
        return f"unknown whether a coordinator still has it open: {part.gaps[0]}"
    for transaction in part.value:
        is_its = transaction.producer_id == state.producer_id
        if is_its and state.partition in transaction.partitions:
            return (
                f"not hanging: coordinator {transaction.coordinator} has {transaction.transactional_id} "
                f"{transaction.state} and ends it within {transaction.timeout_ms:,} ms of its start"
            )
    return ""


CAPABILITIES: tuple[Capability, ...] = (abort_transaction,)
