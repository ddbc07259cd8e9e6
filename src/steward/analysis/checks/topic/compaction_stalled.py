"""Compacted logs that the log cleaner cannot shorten."""

from collections.abc import Iterator

from steward.analysis.checks.facts import FactMissing, Facts, known
from steward.analysis.checks.metric_names import CLEANER_DEAD_THREADS, UNCLEANABLE_PARTITIONS
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, on_broker, on_topic, partitions_of
from steward.analysis.checks.topic_kinds import cleanup_of, number
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.topic import Partition, Topic
from steward.model.transaction import ProducerState
from steward.model.unknown import Observed, Unknown

PARTS = (
    Part.TOPICS,
    Part.TOPIC_CONFIGS,
    Part.BROKERS,
    Part.BROKER_CONFIGS,
    Part.PRODUCERS,
    Part.TRANSACTIONS,
    Part.METRICS,
)
_GRACE_MS = 300_000


@check("T22", Severity.MEDIUM, over=CLUSTER, parts=PARTS, nature=Nature.STATE)
def compaction_stalled(facts: Facts, _: None) -> Iterator[FoundState]:
    """The log cleaner makes no progress.

    What it means: a compacted topic has a transaction that has been open for so long that it must be hanging (the
        cleaner stops at an open transaction), or a broker's cleaner has given up on partitions or lost a thread.
    Why it matters: the log grows without bound, and restarts and full reads of the topic take ever longer. On
        __consumer_offsets, loading of groups takes longer too.
    What to do: abort the hanging transaction. If a broker's cleaner has given up, read log-cleaner.log for the
        partition and the cause, and restart the broker.
    """
    missing: list[FactMissing] = []
    for judge in (_held_by_transactions, _given_up):
        try:
            yield from judge(facts)
        except FactMissing as fact:
            missing.append(fact)
    for fact in missing:
        raise fact


def _held_by_transactions(facts: Facts) -> Iterator[FoundState]:
    limit_ms = _limit_ms(facts)
    for topic in facts.topics:
        configs = facts.topic_configs.get(topic.name)
        if configs is None or isinstance(configs, Unknown) or "cleanup.policy" not in configs:
            continue
        if "compact" in cleanup_of(configs["cleanup.policy"]):
            yield from _held(facts, topic, limit_ms)


def _held(facts: Facts, topic: Topic, limit_ms: float) -> Iterator[FoundState]:
    held: list[tuple[int, Partition, ProducerState]] = []
    for p in topic.partitions:
        for state in known(facts.producers.get(TopicPartition(topic.name, p.partition), ())):
            age_ms = facts.now_ms - state.last_timestamp_ms
            is_late = state.current_txn_start_offset >= 0 and age_ms > limit_ms
            if is_late and not _has_begun_since(facts, state, limit_ms):
                held.append((age_ms, p, state))
    if not held:
        return
    age_ms, partition, state = max(held, key=lambda h: (h[0], h[1].partition))
    yield FoundState(
        object=on_topic(topic),
        confidence=Confidence.INFERRED,
        summary=f"compaction stops at a transaction that has been open for {duration(age_ms / 1000)}",
        evidence=(
            Evidence(
                f"DescribeProducers topic {topic.name}",
                f"open transactions ({partitions_of(dict.fromkeys(p for _, p, _ in held))})",
                f"producer {state.producer_id} since offset {state.current_txn_start_offset}",
            ),
        ),
        remedy=Remedy(
            "check that its producer no longer runs, then abort the transaction",
            steward(
                "transaction abort",
                f"{topic.name}-{partition.partition}",
                producer_id=state.producer_id,
            ),
        ),
    )


def _has_begun_since(facts: Facts, state: ProducerState, limit_ms: float) -> bool:
    """Return whether the coordinator knows a younger transaction: records with old timestamps look overdue at once."""
    transactions = facts.snapshot.transactions
    if not isinstance(transactions, Observed):
        return False
    return any(
        t.producer_id == state.producer_id and 0 < facts.now_ms - t.start_ms <= limit_ms
        for t in transactions.value
    )


def _limit_ms(facts: Facts) -> float:
    configured = facts.thresholds.hanging_transaction_age_seconds
    if configured is not None:
        return configured * 1000
    return number(facts.any_broker_config("transaction.max.timeout.ms")) + _GRACE_MS


def _given_up(facts: Facts) -> Iterator[FoundState]:
    for broker in facts.brokers:
        if broker.fenced is True:
            continue
        given_up = facts.metric(broker.id, UNCLEANABLE_PARTITIONS)
        dead = facts.metric(broker.id, CLEANER_DEAD_THREADS)
        if given_up or dead:
            yield FoundState(
                object=on_broker(broker.id),
                summary=f"the log cleaner has given up on {count(int(given_up), 'partition')} "
                f"and lost {count(int(dead), 'thread')}",
                evidence=(
                    Evidence(
                        f"metrics of broker {broker.id}", UNCLEANABLE_PARTITIONS, f"{given_up:.0f}"
                    ),
                    Evidence(f"metrics of broker {broker.id}", CLEANER_DEAD_THREADS, f"{dead:.0f}"),
                ),
                remedy=Remedy("read log-cleaner.log on the broker for the cause, then restart it"),
            )
