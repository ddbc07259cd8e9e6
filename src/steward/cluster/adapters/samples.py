"""Samples of stored batches, by bounded Fetch requests near the end of the fullest partitions."""

from collections.abc import Mapping, Sequence

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import right
from steward.cluster.adapters.fetching import FetchTarget, fetch
from steward.cluster.adapters.leader_requests import Answers, LeaderQuestion
from steward.cluster.adapters.part_result import PartResult
from steward.cluster.ports import Scope
from steward.model.batch import BatchSample
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets, Topic
from steward.model.unknown import Unknown, Why
from steward.records.batches import batch_headers

_PARTITIONS_PER_REQUEST = 50
_ASSUMED_RECORD_BYTES = 128

Samples = dict[TopicPartition, BatchSample | Unknown]


async def read_samples(
    client: KafkaClient,
    topics: Sequence[Topic],
    offsets: Mapping[TopicPartition, PartitionOffsets | Unknown],
    scope: Scope,
) -> PartResult[Samples]:
    """Sample the newest batches of the partitions with most records, within the scope's budgets.

    Shape: an empty partition, or one beyond the limit per topic, is absent; one that was denied or whose offsets are
           unknown maps to Unknown; topics left out for the total budget are a gap.
    """
    if scope.sample_at is not None:
        chosen, left_out = [key for key in sorted(scope.sample_at) if key in offsets], ()
    else:
        chosen, left_out = _choose(topics, offsets, scope)
    aims = {
        key: _aim(key, known, scope)
        for key in chosen
        if isinstance(known := offsets[key], PartitionOffsets)
    }

    async def ask(
        leader: int, partitions: Sequence[TopicPartition]
    ) -> Answers[BatchSample | Unknown]:
        return await _fetch(client, leader, {key: aims[key] for key in partitions})

    def acl(key: TopicPartition) -> str:
        return right("READ", "topic", key.topic)

    question = LeaderQuestion(client, ask, acl, batch=_PARTITIONS_PER_REQUEST)
    found: Samples = {
        key: unknown for key in chosen if isinstance(unknown := offsets[key], Unknown)
    }
    found |= await question.of(topics, list(aims))
    return PartResult(dict(sorted(found.items())), left_out)


def _choose(
    topics: Sequence[Topic],
    offsets: Mapping[TopicPartition, PartitionOffsets | Unknown],
    scope: Scope,
) -> tuple[list[TopicPartition], tuple[Unknown, ...]]:
    """Pick the fullest partitions, taking topics in rotation, until the total budget is spent."""
    ranked = [_ranked(t, offsets)[: scope.sample_partitions_per_topic] for t in topics]
    turns = [
        keys[i]
        for i in range(scope.sample_partitions_per_topic)
        for keys in ranked
        if i < len(keys)
    ]
    affordable = max(1, scope.sample_bytes_total // max(1, scope.sample_bytes_per_partition))
    chosen, rest = turns[:affordable], turns[affordable:]
    if not rest:
        return chosen, ()
    detail = (
        f"{len(rest)} of {len(turns)} partitions were not sampled: "
        f"the budget of {scope.sample_bytes_total} bytes is spent"
    )
    return chosen, (Unknown(Why.TRUNCATED, detail),)


def _ranked(
    topic: Topic, offsets: Mapping[TopicPartition, PartitionOffsets | Unknown]
) -> list[TopicPartition]:
    def fullness(key: TopicPartition) -> int:
        known = offsets.get(key)
        return known.end - known.start if isinstance(known, PartitionOffsets) else 1

    keys = [p.key for p in topic.partitions if p.key in offsets and fullness(p.key) > 0]
    return sorted(keys, key=lambda key: (-fullness(key), key))


def _aim(key: TopicPartition, known: PartitionOffsets, scope: Scope) -> FetchTarget:
    """Start at the given offset, else as many records before the end as fit the budget if records are small."""
    if scope.sample_at is not None:
        return FetchTarget(max(known.start, scope.sample_at[key]), scope.sample_bytes_per_partition)
    records = max(1, scope.sample_bytes_per_partition // _ASSUMED_RECORD_BYTES)
    return FetchTarget(max(known.start, known.end - records), scope.sample_bytes_per_partition)


async def _fetch(
    client: KafkaClient, leader: int, aims: Mapping[TopicPartition, FetchTarget]
) -> Answers[BatchSample | Unknown]:
    answers = await fetch(client, leader, aims)
    return {
        key: (got.error_code, got.too_large or _sample(key, aims[key], got.records))
        for key, got in answers.items()
    }


def _sample(key: TopicPartition, aim: FetchTarget, records: bytes) -> BatchSample:
    return BatchSample(
        partition=key,
        from_offset=aim.from_offset,
        bytes_read=len(records),
        batches=tuple(batch_headers(records)),
    )
