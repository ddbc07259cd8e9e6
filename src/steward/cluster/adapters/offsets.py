"""Log start, end and last stable offsets: ListOffsets at each partition's leader."""

from collections.abc import Mapping, Sequence
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import NONE, right
from steward.cluster.adapters.leader_requests import Answers, LeaderQuestion, by_topic
from steward.cluster.adapters.messages import ListOffsetsRequest
from steward.model.error import StewardError
from steward.model.names import TopicPartition
from steward.model.topic import MaxTimestamp, PartitionOffsets, Topic
from steward.model.unknown import Unknown

_LATEST, _EARLIEST, _MAX_TIMESTAMP = -1, -2, -3
_READ_UNCOMMITTED, _READ_COMMITTED = 0, 1
_PARTITIONS_PER_REQUEST = 4000
_MAX_TIMESTAMPS_PER_REQUEST = 500
"""Brokers read an index and a batch for each: small requests do not delay others."""
_MAX_TIMESTAMP_SINCE = 7
_VERSION = 9
_QUESTIONS = (
    (_EARLIEST, _READ_UNCOMMITTED),
    (_LATEST, _READ_UNCOMMITTED),
    (_LATEST, _READ_COMMITTED),
)


async def read_offsets(
    client: KafkaClient, topics: Sequence[Topic], only: Sequence[TopicPartition] | None = None
) -> dict[TopicPartition, PartitionOffsets | Unknown]:
    """Read three offsets of every partition of the topics, or of some; a failed one is Unknown."""

    async def ask(leader: int, partitions: Sequence[TopicPartition]) -> Answers[PartitionOffsets]:
        return await _three(client, leader, partitions)

    def acl(key: TopicPartition) -> str:
        return right("DESCRIBE", "topic", key.topic)

    question = LeaderQuestion(client, ask, acl, batch=_PARTITIONS_PER_REQUEST)
    return await question.of(topics, only)


async def read_max_timestamps(
    client: KafkaClient, topics: Sequence[Topic]
) -> dict[TopicPartition, MaxTimestamp | Unknown]:
    """Read the record with the largest timestamp of every partition; empty partitions are omitted."""

    async def ask(leader: int, partitions: Sequence[TopicPartition]) -> Answers[MaxTimestamp]:
        response = await client.ask(
            leader,
            _request(partitions, _MAX_TIMESTAMP, _READ_UNCOMMITTED, _MAX_TIMESTAMP_SINCE),
        )
        return {
            TopicPartition(topic.name, p.partition_index): (
                p.error_code,
                MaxTimestamp(p.offset, p.timestamp),
            )
            for topic in response.topics
            for p in topic.partitions
        }

    def acl(key: TopicPartition) -> str:
        return right("DESCRIBE", "topic", key.topic)

    found = await LeaderQuestion(client, ask, acl, batch=_MAX_TIMESTAMPS_PER_REQUEST).of(topics)
    return {k: v for k, v in found.items() if isinstance(v, Unknown) or v.offset >= 0}


async def _three(
    client: KafkaClient, leader: int, partitions: Sequence[TopicPartition]
) -> Answers[PartitionOffsets]:
    """Request start, end and last stable offset in three requests: a request may name each partition once."""
    asked = {q: _list_offsets(client, leader, partitions, *q) for q in _QUESTIONS}
    answers: list[Mapping[TopicPartition, tuple[int, int]]] = []
    for answer in (await client.all(asked)).values():
        if isinstance(answer, StewardError):
            raise answer
        answers.append(answer)
    starts, ends, stables = answers
    return {
        key: _whole(start, ends[key], stables[key])
        for key, start in starts.items()
        if key in ends and key in stables
    }


def _whole(
    start: tuple[int, int], end: tuple[int, int], stable: tuple[int, int]
) -> tuple[int, PartitionOffsets | None]:
    code = start[0] or end[0] or stable[0]
    return code, PartitionOffsets(start[1], end[1], stable[1]) if code == NONE else None


async def _list_offsets(
    client: KafkaClient,
    leader: int,
    partitions: Sequence[TopicPartition],
    timestamp: int,
    isolation: int,
) -> dict[TopicPartition, tuple[int, int]]:
    response = await client.ask(leader, _request(partitions, timestamp, isolation))
    return {
        TopicPartition(topic.name, p.partition_index): (p.error_code, p.offset)
        for topic in response.topics
        for p in topic.partitions
    }


def _request(
    partitions: Sequence[TopicPartition], timestamp: int, isolation: int, least_version: int = 0
) -> Any:
    topic_type = ListOffsetsRequest.ListOffsetsTopic
    partition_type = topic_type.ListOffsetsPartition
    return ListOffsetsRequest(
        replica_id=-1,
        isolation_level=isolation,
        topics=[
            topic_type(
                name=name,
                partitions=[
                    partition_type(partition_index=n, current_leader_epoch=-1, timestamp=timestamp)
                    for n in numbers
                ],
            )
            for name, numbers in by_topic(partitions).items()
        ],
        min_version=least_version,
        max_version=_VERSION,
    )
