"""Transactions that hold read_committed consumers back: hanging ones, and open ones."""

from collections.abc import Iterator

from steward.analysis.diagnosis.causes.wording import count, partitions, span
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model.command import kafka, steward
from steward.model.finding import Evidence
from steward.model.instant import Instant
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import Unknown, Why
from steward.model.verdict import Action, Cause, Certainty, Verdict


def hanging_transaction(case: DiagnosisInput) -> Verdict | None:
    """L2a: a transaction that no coordinator knows keeps the last stable offset where it is, for ever."""
    found = [(row, state, why) for row in case.blocked for state, why in _hanging(case, row)]
    if not found:
        return None
    row, state, why = max(found, key=lambda f: (f[0].unread, f[0].partition))
    age = max(0.0, case.now_ms - state.last_timestamp_ms) / 1000
    old = age > case.hanging_age_seconds
    topic, number = row.partition
    more = f" (and on {count(len(found) - 1, 'other partition')})" if len(found) > 1 else ""
    return Verdict(
        cause=Cause.HANGING_TRANSACTION,
        confidence=Certainty.KNOWN if old else Certainty.POSSIBLE,
        summary=f"A transaction hangs on {row.partition}{more}, open for {span(age)}: "
        "read_committed readers stop at offset "
        f"{row.stable}, {row.unread:,} records wait behind it, and {why}.",
        evidence=(
            *_blocked_evidence(case, row),
            _state_evidence(row, state),
            Evidence("ListTransactions", "owner", why),
        ),
        actions=(
            Action(
                summary="abort the transaction; read_committed readers then skip its records",
                command=steward(
                    "transaction abort", f"{topic}-{number}", producer_id=state.producer_id
                ),
                caution="needs ALTER on the cluster; never skip offsets of the group instead: "
                "that loses the records behind it",
            ),
            Action(
                summary="find the client that wrote it: mostly one older than the transaction "
                "protocol of Kafka 4.0 (KIP-890)"
            ),
        ),
        settles=() if old else (f"the same state when it is {span(case.hanging_age_seconds)} old",),
    )


def _hanging(case: DiagnosisInput, row: PartitionSummary) -> Iterator[tuple[ProducerState, str]]:
    """Yield the open transaction that readers stop at, and why no coordinator will end it, if so it is."""
    state = _opener(case, row)
    owners = None if state is None else _owners(case, state)
    if state is None or owners is None or isinstance(owners, Unknown):
        return
    if any(row.partition in t.partitions for t in owners):
        return
    if owners:
        yield (
            state,
            f"the transaction of {owners[0].transactional_id} does not contain the partition",
        )
    else:
        yield state, "no coordinator knows its producer"


def open_transaction(case: DiagnosisInput) -> Verdict | None:
    """L2b: an open transaction that its coordinator knows holds the last stable offset back."""
    if not case.in_trouble:
        return None
    rows = tuple(
        r for r in case.blocked if r.partition in case.late_keys and not list(_hanging(case, r))
    )
    if not rows:
        return None
    row = max(rows, key=lambda r: (r.seconds, r.unread))
    state = _opener(case, row)
    owner = None if state is None else _owner_of(case, state, row)
    if owner is None:
        return _unproved(case, row, state)
    age = max(0.0, case.now_ms - owner.start_ms) / 1000 if owner.start_ms >= 0 else 0.0
    return Verdict(
        cause=Cause.OPEN_TRANSACTION,
        confidence=Certainty.KNOWN,
        summary=f"Transaction {owner.transactional_id} is open for {span(age)} (its coordinator ends it after "
        f"{span(owner.timeout_ms / 1000)}) and holds {row.unread:,} records of {row.partition} back.",
        evidence=(
            *_blocked_evidence(case, row),
            *(() if state is None else (_state_evidence(row, state),)),
            Evidence(
                "DescribeTransactions",
                owner.transactional_id,
                f"{owner.state}, producer id {owner.producer_id}, timeout {span(owner.timeout_ms / 1000)}",
            ),
        ),
        actions=(
            Action(
                summary=f"wait at most {span(max(0.0, owner.timeout_ms / 1000 - age))}: the coordinator aborts it then",
                command=steward("transaction describe", owner.transactional_id),
            ),
            Action(
                summary="let its producer commit more often, or lower its transaction.timeout.ms"
            ),
        ),
    )


def _unproved(case: DiagnosisInput, row: PartitionSummary, state: ProducerState | None) -> Verdict:
    why = case.producers.get(row.partition)
    missing = str(why) if isinstance(why, Unknown) else "who holds it was not seen"
    acl = why.acl if isinstance(why, Unknown) and why.why is Why.DENIED else ""
    needs = acl or "DESCRIBE on every transactional id"
    return Verdict(
        cause=Cause.OPEN_TRANSACTION,
        confidence=Certainty.POSSIBLE,
        summary=f"An open transaction holds read_committed readers of {row.partition} at offset {row.stable}: "
        f"{row.unread:,} records wait behind it; whether it hangs is not known.",
        evidence=(
            *_blocked_evidence(case, row),
            *(() if state is None else (_state_evidence(row, state),)),
        ),
        actions=(
            Action(
                summary="find its producer and whether it hangs",
                command=kafka(
                    "transactions",
                    "describe-producers",
                    topic=row.partition.topic,
                    partition=row.partition.partition,
                ),
                caution="do not abort what its producer may still commit; never skip offsets",
            ),
        ),
        settles=(f"{needs} for steward ({missing})",),
    )


def _opener(case: DiagnosisInput, row: PartitionSummary) -> ProducerState | None:
    """Return the producer whose open transaction begins where readers stop."""
    states = case.producers.get(row.partition, ())
    if isinstance(states, Unknown):
        return None
    return next((s for s in states if s.current_txn_start_offset == row.stable), None)


def _owners(case: DiagnosisInput, state: ProducerState) -> tuple[Transaction, ...] | Unknown:
    if isinstance(case.transactions, Unknown):
        return case.transactions
    return tuple(t for t in case.transactions if t.producer_id == state.producer_id)


def _owner_of(
    case: DiagnosisInput, state: ProducerState, row: PartitionSummary
) -> Transaction | None:
    owners = _owners(case, state)
    if isinstance(owners, Unknown):
        return None
    return next((t for t in owners if row.partition in t.partitions), None)


def _blocked_evidence(case: DiagnosisInput, row: PartitionSummary) -> tuple[Evidence, ...]:
    moving = "goes on" if row.end_moved else "stands"
    others = len(case.blocked) - 1
    more = f"; so do {count(others, 'other partition')}" if others else ""
    return (
        Evidence(
            "ListOffsets (both isolation levels)",
            f"last stable offset of {row.partition}",
            f"{row.stable}, unmoved for {span(case.seconds)}; high watermark {row.lag.end_offset} {moving}",
        ),
        Evidence(
            "OffsetFetch",
            f"commit of {partitions((row,))}",
            f"{row.committed}: at the last stable offset{more}",
        ),
    )


def _state_evidence(row: PartitionSummary, state: ProducerState) -> Evidence:
    return Evidence(
        f"DescribeProducers {row.partition}",
        "open transaction",
        f"producer id {state.producer_id}, epoch {state.producer_epoch}, starts at offset "
        f"{state.current_txn_start_offset}, last record stamped {Instant(state.last_timestamp_ms)}",
    )
