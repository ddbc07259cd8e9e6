"""Transactions that block read_committed consumers: hanging ones and open ones."""

from collections.abc import Iterator

from steward.analysis.diagnosis.causes.wording import count, duration, partitions
from steward.analysis.diagnosis.input import DiagnosisInput
from steward.analysis.diagnosis.partition import PartitionSummary
from steward.model.command import kafka, steward
from steward.model.finding import Evidence
from steward.model.instant import Instant
from steward.model.transaction import ProducerState, Transaction
from steward.model.unknown import Unknown, Why
from steward.model.verdict import Action, Cause, Certainty, Verdict


def hanging_transaction(case: DiagnosisInput) -> Verdict | None:
    """A transaction that no coordinator knows holds the last stable offset forever."""
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
        summary=f"A transaction hangs on {row.partition}{more}, open for {duration(age)}: "
        "read_committed consumers stop at offset "
        f"{row.stable}, {row.unread:,} records are blocked behind it, and {why}.",
        evidence=(
            *_blocked_evidence(case, row),
            _state_evidence(row, state),
            Evidence("ListTransactions", "owner", why),
        ),
        actions=(
            Action(
                summary="abort the transaction; read_committed consumers then skip its records",
                command=steward(
                    "transaction abort", f"{topic}-{number}", producer_id=state.producer_id
                ),
                caution="needs ALTER on the cluster; do not skip offsets of the group instead: "
                "that loses the records behind them",
            ),
            Action(
                summary="find the client that wrote it: usually one older than the transaction "
                "protocol of Kafka 4.0 (KIP-890)"
            ),
        ),
        settles=()
        if old
        else (f"the same state once it is {duration(case.hanging_age_seconds)} old",),
    )


def _hanging(case: DiagnosisInput, row: PartitionSummary) -> Iterator[tuple[ProducerState, str]]:
    """Yield the open transaction at which consumers stop, and why no coordinator will end it, if none will."""
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
    """An open transaction that its coordinator knows holds back the last stable offset."""
    if not case.has_excess_lag:
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
        summary=f"Transaction {owner.transactional_id} is open for {duration(age)} and blocks "
        f"{row.unread:,} records of {row.partition}. "
        f"Its coordinator aborts it after {duration(owner.timeout_ms / 1000)}.",
        evidence=(
            *_blocked_evidence(case, row),
            *(() if state is None else (_state_evidence(row, state),)),
            Evidence(
                "DescribeTransactions",
                owner.transactional_id,
                f"{owner.state}, producer id {owner.producer_id}, timeout {duration(owner.timeout_ms / 1000)}",
            ),
        ),
        actions=(
            Action(
                summary=f"wait at most {duration(max(0.0, owner.timeout_ms / 1000 - age))}: "
                "then the coordinator aborts it",
                command=steward("transaction describe", owner.transactional_id),
            ),
            Action(
                summary="make its producer commit more often, or lower its transaction.timeout.ms"
            ),
        ),
    )


def _unproved(case: DiagnosisInput, row: PartitionSummary, state: ProducerState | None) -> Verdict:
    why = case.producers.get(row.partition)
    missing = str(why) if isinstance(why, Unknown) else "its producer is unknown"
    acl = why.acl if isinstance(why, Unknown) and why.why is Why.DENIED else ""
    needs = acl or "DESCRIBE on every transactional id"
    return Verdict(
        cause=Cause.OPEN_TRANSACTION,
        confidence=Certainty.POSSIBLE,
        summary=f"An open transaction stops read_committed consumers of {row.partition} at offset {row.stable}: "
        f"{row.unread:,} records are blocked behind it. Unknown whether it hangs.",
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
                caution="do not abort a transaction that its producer may still commit; do not skip offsets",
            ),
        ),
        settles=(f"{needs} for steward ({missing})",),
    )


def _opener(case: DiagnosisInput, row: PartitionSummary) -> ProducerState | None:
    """Return the producer whose open transaction starts where consumers stop."""
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
    moving = "moves" if row.end_moved else "does not move"
    others = len(case.blocked) - 1
    more = f"; {count(others, 'other partition')} likewise" if others else ""
    return (
        Evidence(
            "ListOffsets (both isolation levels)",
            f"last stable offset of {row.partition}",
            f"{row.stable}, unchanged for {duration(case.seconds)}; high watermark {row.lag.end_offset} {moving}",
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
        f"{state.current_txn_start_offset}, timestamp of its last record {Instant(state.last_timestamp_ms)}",
    )
