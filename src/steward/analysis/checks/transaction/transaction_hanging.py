"""Transactions that no coordinator will end."""

from collections.abc import Iterator
from typing import NamedTuple

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import count, duration
from steward.analysis.checks.transaction.coordinators import owner_of
from steward.model.bad_states import SEVERITY_OF, BadState
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, ObjectRef, Remedy
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.transaction import ProducerState
from steward.model.unknown import Observed, Unknown

_GRACE_MS = 300_000
_MAX_TIMEOUT = "transaction.max.timeout.ms"
_PARTS = (Part.PRODUCERS, Part.TRANSACTIONS, Part.BROKER_CONFIGS, Part.ACLS)


class _Hanging(NamedTuple):
    state: ProducerState
    why: str
    is_confirmed: bool


@check(
    "X01",
    SEVERITY_OF[BadState.TRANSACTION_HANGING],
    over=CLUSTER,
    parts=_PARTS,
    nature=Nature.STATE,
)
def transaction_hanging(facts: Facts, _: None) -> Iterator[FoundState]:
    """A transaction is open on a partition, and no coordinator will ever end it.

    What it means: the partition's leader has an open transaction whose last record is older than
        transaction.max.timeout.ms plus five minutes (or the threshold hanging_transaction_age_seconds). No coordinator
        knows its producer, or the producer's transaction does not contain this partition. If two snapshots show it, it
        is observed; if only one does, it is inferred, because records may have old timestamps.
    Why it matters: consumers with isolation.level=read_committed stop at the first record of this transaction for ever.
        The log cleaner stops there too, so a compacted partition grows without bound.
    What to do: abort the transaction; read_committed consumers then skip its records. Find the client that wrote it:
        usually one without the transaction protocol of Kafka 4.0 (KIP-890).
    """
    limit_ms: float | None = None
    missing: list[tuple[str, object]] = []
    for partition, states in facts.producers.items():
        if isinstance(states, Unknown):
            missing.append((str(partition), states))
            continue
        open_ones = [state for state in states if state.current_txn_start_offset >= 0]
        if not open_ones:
            continue
        limit_ms = _limit_ms(facts) if limit_ms is None else limit_ms
        judged = [_judge(facts, partition, s) for s in open_ones if _age_ms(facts, s) > limit_ms]
        missing.extend(
            (str(partition), unknown) for unknown in judged if isinstance(unknown, Unknown)
        )
        hanging = [one for one in judged if isinstance(one, _Hanging)]
        if hanging:
            yield _found(facts, partition, hanging)
    require_all(missing)


def _limit_ms(facts: Facts) -> float:
    seconds = facts.thresholds.hanging_transaction_age_seconds
    if seconds is not None:
        return seconds * 1000
    known = facts.known_broker_configs.values()
    timeouts = [int(c[_MAX_TIMEOUT].value or 0) for c in known if _MAX_TIMEOUT in c]
    return max(timeouts or [int(facts.any_broker_config(_MAX_TIMEOUT).value or 0)]) + _GRACE_MS


def _age_ms(facts: Facts, state: ProducerState) -> float:
    return facts.now_ms - state.last_timestamp_ms


def _judge(
    facts: Facts, partition: TopicPartition, state: ProducerState
) -> _Hanging | Unknown | None:
    why = owner_of(facts, partition, state)
    if why is None or isinstance(why, Unknown):
        return why
    confirmed = _hung_earlier(facts, partition, state)
    return None if confirmed is False else _Hanging(state, why, bool(confirmed))


def _hung_earlier(facts: Facts, partition: TopicPartition, state: ProducerState) -> bool | None:
    """Return whether the first snapshot has the same transaction without an owner; None without such a snapshot."""
    for earlier in facts.earlier:
        producers, transactions = earlier.snapshot.producers, earlier.snapshot.transactions
        if not isinstance(producers, Observed) or not isinstance(transactions, Observed):
            continue
        states = producers.value.get(partition)
        if states is None or isinstance(states, Unknown):
            continue
        return any(
            _identity(then) == _identity(state)
            and isinstance(owner_of(earlier, partition, then), str)
            for then in states
        )
    return None


def _identity(state: ProducerState) -> tuple[int, int, int]:
    return state.producer_id, state.producer_epoch, state.current_txn_start_offset


def _found(facts: Facts, partition: TopicPartition, hanging: list[_Hanging]) -> FoundState:
    first = min(hanging, key=lambda one: one.state.current_txn_start_offset)
    start = first.state.current_txn_start_offset
    confirmed = all(one.is_confirmed for one in hanging)
    seen = "" if confirmed else " (in one snapshot only)"
    others = f" ({count(len(hanging), 'transaction')})" if len(hanging) > 1 else ""
    return FoundState(
        object=ObjectRef("partition", str(partition)),
        topic=partition.topic,
        confidence=Confidence.OBSERVED if confirmed else Confidence.INFERRED,
        summary=f"read_committed consumers stop at offset {start}: open for "
        f"{duration(_age_ms(facts, first.state) / 1000)}, {first.why}{others}{seen}",
        evidence=tuple(_evidence(partition, one) for one in hanging[:5]),
        remedy=Remedy(
            "abort the transaction",
            steward("transaction abort", str(partition), producer_id=first.state.producer_id),
        ),
    )


def _evidence(partition: TopicPartition, one: _Hanging) -> Evidence:
    state = one.state
    return Evidence(
        f"DescribeProducers {partition}, DescribeTransactions",
        one.why,
        f"producer id {state.producer_id}, epoch {state.producer_epoch}, coordinator epoch "
        f"{state.coordinator_epoch}, start offset {state.current_txn_start_offset}, last timestamp "
        f"{Instant(state.last_timestamp_ms)}",
    )
