"""Fetch by topic id: record batches as stored, bounded by the last stable offset, from leader or follower."""

import base64
import uuid
from collections.abc import Mapping
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import (
    DENIALS,
    KAFKA_STORAGE_ERROR,
    NONE,
    RETRIABLE,
    UNKNOWN_TOPIC_ID,
    UNKNOWN_TOPIC_OR_PARTITION,
    name_of,
)
from steward.cluster.adapters.messages import FetchRequest
from steward.cluster.log_reading import LogSlice, ReadFrom, ReadOutcome
from steward.model.topic import Topic
from steward.records.committed import Aborted

_IDS_SINCE, _HIGHEST_VERSION = 13, 17
_OFFSET_OUT_OF_RANGE = 1
_INCONSISTENT_TOPIC_ID = 103
_GONE = frozenset({UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, _INCONSISTENT_TOPIC_ID})
_MOVED = RETRIABLE | {KAFKA_STORAGE_ERROR}
_READ_COMMITTED = 1
_NO_BROKER = -1


async def read_batches(
    client: KafkaClient,
    broker: int,
    topic: Topic,
    wanted: Mapping[int, ReadFrom],
    *,
    max_bytes: int,
    rack: str,
) -> dict[int, LogSlice]:
    """Fetch partitions of one topic from one broker.

    A broker compares the last fetched epoch with its own: where its log was truncated below the offset, the answer
    says so instead of returning other records (KIP-595).
    Errors: as `KafkaClient.ask`.
    """
    response = await client.ask(broker, _request(topic, wanted, max_bytes, rack))
    if response.error_code != NONE:
        return {p: _failed(response.error_code, topic) for p in wanted}
    return {
        answer.partition_index: _slice(answer, topic)
        for found in response.responses
        for answer in found.partitions
        if answer.partition_index in wanted
    }


def _slice(answer: Any, topic: Topic) -> LogSlice:
    if answer.error_code != NONE:
        return _failed(answer.error_code, topic)
    diverging = answer.diverging_epoch
    if diverging is not None and diverging.end_offset >= 0:
        return LogSlice(outcome=ReadOutcome.DIVERGED, diverged_at=diverging.end_offset)
    other = answer.preferred_read_replica
    return LogSlice(
        outcome=ReadOutcome.READ,
        records=memoryview(answer.records or b""),
        aborted=tuple(
            Aborted(a.producer_id, a.first_offset) for a in answer.aborted_transactions or ()
        ),
        read_at=None if other is None or other == _NO_BROKER else other,
    )


def _failed(code: int, topic: Topic) -> LogSlice:
    if code == _OFFSET_OUT_OF_RANGE:
        outcome = ReadOutcome.OUT_OF_RANGE
    elif code in _GONE:
        outcome = ReadOutcome.GONE
    elif code in _MOVED:
        outcome = ReadOutcome.MOVED
    elif code in DENIALS:
        outcome = ReadOutcome.DENIED
    else:
        outcome = ReadOutcome.FAILED
    return LogSlice(outcome=outcome, detail=f"{name_of(code)} for topic {topic.name}")


def _request(topic: Topic, wanted: Mapping[int, ReadFrom], max_bytes: int, rack: str) -> Any:
    kind = FetchRequest.FetchTopic
    return FetchRequest(
        replica_id=-1,
        max_wait_ms=0,
        min_bytes=0,
        max_bytes=max_bytes,
        isolation_level=_READ_COMMITTED,
        session_id=0,
        session_epoch=-1,
        topics=[
            kind(
                topic="",
                topic_id=uuid.UUID(bytes=base64.urlsafe_b64decode(topic.id + "==")),
                partitions=[
                    kind.FetchPartition(
                        partition=number,
                        current_leader_epoch=-1,
                        fetch_offset=place.offset,
                        last_fetched_epoch=place.last_epoch,
                        log_start_offset=-1,
                        partition_max_bytes=max_bytes,
                    )
                    for number, place in wanted.items()
                ],
            )
        ],
        forgotten_topics_data=[],
        rack_id=rack,
        min_version=_IDS_SINCE,
        max_version=_HIGHEST_VERSION,
    )
