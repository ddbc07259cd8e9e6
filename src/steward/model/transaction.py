"""Transactions as their coordinators report them, and producers as partition leaders report them."""

from dataclasses import dataclass

from steward.model.names import TopicPartition


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transactional id at its coordinator (DescribeTransactions, KIP-664). ``start_ms`` is -1 without an open one."""

    transactional_id: str
    coordinator: int
    state: str
    producer_id: int
    producer_epoch: int
    timeout_ms: int
    start_ms: int
    partitions: tuple[TopicPartition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerState:
    """An idempotent producer as a partition leader remembers it (DescribeProducers, KIP-664).

    ``current_txn_start_offset`` is -1 without an open transaction; ``last_timestamp_ms`` is the largest timestamp of
    its last batch, not a clock. Kafka reports no client id, principal, host or acks here.
    """

    partition: TopicPartition
    producer_id: int
    producer_epoch: int
    last_sequence: int
    last_timestamp_ms: int
    coordinator_epoch: int
    current_txn_start_offset: int
