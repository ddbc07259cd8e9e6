"""Idempotent producers as partition leaders remember them: DescribeProducers."""

from collections.abc import Sequence
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import right
from steward.cluster.adapters.leader_requests import Answers, LeaderQuestion, by_topic
from steward.cluster.adapters.messages import DescribeProducersRequest
from steward.model.names import TopicPartition
from steward.model.topic import Topic
from steward.model.transaction import ProducerState
from steward.model.unknown import Unknown

_PARTITIONS_PER_REQUEST = 2000

States = tuple[ProducerState, ...]


async def read_producers(
    client: KafkaClient, topics: Sequence[Topic]
) -> dict[TopicPartition, States | Unknown]:
    """Describe the producers of every partition at its leader; READ on the topic is required."""

    async def ask(leader: int, partitions: Sequence[TopicPartition]) -> Answers[States]:
        return await _describe(client, leader, partitions)

    def acl(key: TopicPartition) -> str:
        return right("READ", "topic", key.topic)

    return await LeaderQuestion(client, ask, acl, batch=_PARTITIONS_PER_REQUEST).of(topics)


async def _describe(
    client: KafkaClient, leader: int, partitions: Sequence[TopicPartition]
) -> Answers[States]:
    topic_type = DescribeProducersRequest.TopicRequest
    request = DescribeProducersRequest(
        topics=[
            topic_type(name=name, partition_indexes=numbers)
            for name, numbers in by_topic(partitions).items()
        ]
    )
    response = await client.ask(leader, request)
    return {
        key: (p.error_code, _states(key, p))
        for topic in response.topics
        for p in topic.partitions
        for key in (TopicPartition(topic.name, p.partition_index),)
    }


def _states(partition: TopicPartition, answer: Any) -> States:
    return tuple(
        ProducerState(
            partition=partition,
            producer_id=p.producer_id,
            producer_epoch=p.producer_epoch,
            last_sequence=p.last_sequence,
            last_timestamp_ms=p.last_timestamp,
            coordinator_epoch=p.coordinator_epoch,
            current_txn_start_offset=p.current_txn_start_offset,
        )
        for p in sorted(answer.active_producers, key=lambda p: p.producer_id)
    )
