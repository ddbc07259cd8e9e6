"""Topics, partitions, replicas and movements: Metadata, DescribeTopicPartitions, ListPartitionReassignments."""

import base64
import uuid
from collections.abc import Iterable
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import (
    TOPIC_AUTHORIZATION_FAILED,
    raise_for,
    right,
    unknown_of_code,
)
from steward.cluster.adapters.messages import (
    DescribeTopicPartitionsRequest,
    ListPartitionReassignmentsRequest,
    MetadataRequest,
)
from steward.cluster.adapters.part_result import PartResult, shared
from steward.model.names import TopicPartition
from steward.model.topic import Partition, Reassignment, Topic
from steward.model.unknown import NotApplicable, Unknown

ELR_FEATURE = "eligible.leader.replicas.version"
_NO_ELR = NotApplicable(f"eligible leader replicas are disabled: {ELR_FEATURE} is 0 (KIP-966)")
_PARTITIONS_PER_RESPONSE = 2000
_GONE = frozenset({3, 17, 100})
_OTHER_BROKERS = 2
"""How many more brokers are asked for a name that one does not know: its metadata may lag behind the controller's."""


async def read_topics(
    client: KafkaClient, names: frozenset[str] | None, *, with_elr: bool
) -> PartResult[tuple[Topic, ...]]:
    """Read all topics, or the named ones; a name that does not exist is absent.

    Errors: ClusterUnreachable, BrokerRefused. A named topic that may not be described is a gap.
    Source: DescribeTopicPartitions (KIP-966) returns eligible leader replicas, Metadata does not.
    """
    read = _described_topics if with_elr else _metadata_topics
    if names is None:
        return topics_of(await read(client, None), with_elr=with_elr)
    answers = {a.name: a for a in await read(client, sorted(names))}
    for _ in client.brokers[1 : _OTHER_BROKERS + 1]:
        missing = sorted(name for name, a in answers.items() if a.error_code in _GONE)
        if not missing:
            break
        answers |= {a.name: a for a in await read(client, missing)}
    return topics_of(answers.values(), with_elr=with_elr)


def topics_of(answers: Iterable[Any], *, with_elr: bool) -> PartResult[tuple[Topic, ...]]:
    """Convert topics of either response; one that may not be described is a gap."""
    builder = _Builder(with_elr)
    topics: list[Topic] = []
    gaps: list[Unknown] = []
    for answer in answers:
        if answer.error_code == TOPIC_AUTHORIZATION_FAILED:
            acl = right("DESCRIBE", "topic", answer.name)
            gaps.append(unknown_of_code(answer.error_code, acl=acl))
        elif answer.error_code not in _GONE:
            topics.append(builder.topic(answer))
    return PartResult(tuple(sorted(topics, key=lambda t: t.name)), tuple(gaps))


async def _metadata_topics(client: KafkaClient, names: list[str] | None) -> Iterable[Any]:
    request = MetadataRequest(
        topics=None
        if names is None
        else [_named(MetadataRequest.MetadataRequestTopic, n) for n in names],
        allow_auto_topic_creation=False,
        include_topic_authorized_operations=False,
        max_version=12,
    )
    response = await client.ask_any(request)
    return response.topics


async def _described_topics(client: KafkaClient, names: list[str] | None) -> Iterable[Any]:
    """Page through the topics; a topic split across pages is joined."""
    whole: dict[str, Any] = {}
    cursor: Any = None
    topic = DescribeTopicPartitionsRequest.TopicRequest
    while True:
        request = DescribeTopicPartitionsRequest(
            topics=[_named(topic, name) for name in names or ()],
            response_partition_limit=_PARTITIONS_PER_RESPONSE,
            cursor=cursor,
        )
        response = await client.ask_any(request)
        for answer in response.topics:
            if answer.name in whole:
                whole[answer.name].partitions.extend(answer.partitions)
            else:
                whole[answer.name] = answer
        if response.next_cursor is None:
            return whole.values()
        cursor = DescribeTopicPartitionsRequest.Cursor(
            topic_name=response.next_cursor.topic_name,
            partition_index=response.next_cursor.partition_index,
        )


def _named(kind: Any, name: str) -> Any:
    return kind(name=name)


class _Builder:
    """Builds topics from either response, sharing equal replica lists."""

    def __init__(self, with_elr: bool) -> None:
        self._with_elr = with_elr
        self._table: dict[tuple[int, ...], tuple[int, ...]] = {}

    def topic(self, answer: Any) -> Topic:
        return Topic(
            name=answer.name,
            id=topic_id(answer.topic_id),
            is_internal=answer.is_internal,
            partitions=tuple(
                self._partition(answer.name, p)
                for p in sorted(answer.partitions, key=lambda p: p.partition_index)
            ),
        )

    def _partition(self, topic: str, p: Any) -> Partition:
        ids = self._ids
        return Partition(
            topic=topic,
            partition=p.partition_index,
            leader=p.leader_id,
            leader_epoch=p.leader_epoch,
            replicas=ids(p.replica_nodes),
            isr=ids(p.isr_nodes),
            offline_replicas=ids(p.offline_replicas),
            elr=ids(p.eligible_leader_replicas) if self._with_elr else _NO_ELR,
            last_known_elr=ids(p.last_known_elr) if self._with_elr else _NO_ELR,
        )

    def _ids(self, ids: list[int] | None) -> tuple[int, ...]:
        return shared(self._table, tuple(ids or ()))


def topic_id(value: uuid.UUID) -> str:
    """Spell a topic id as Kafka does: URL-safe base64 of the UUID, without padding."""
    return base64.urlsafe_b64encode(value.bytes).rstrip(b"=").decode()


async def read_reassignments(client: KafkaClient) -> tuple[Reassignment, ...]:
    """List every partition being reassigned."""
    request = ListPartitionReassignmentsRequest(timeout_ms=30_000, topics=None)
    response = await client.ask_any(request)
    raise_for(
        response.error_code,
        what="ListPartitionReassignments",
        acl=right("DESCRIBE", "cluster"),
        message=response.error_message,
    )
    found = [
        Reassignment(
            partition=TopicPartition(topic.name, p.partition_index),
            replicas=tuple(p.replicas),
            adding=tuple(p.adding_replicas),
            removing=tuple(p.removing_replicas),
        )
        for topic in response.topics
        for p in topic.partitions
    ]
    return tuple(sorted(found, key=lambda r: r.partition))
