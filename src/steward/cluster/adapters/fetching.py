"""One bounded Fetch: no group, no session, no waiting for records to come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from steward.cluster.adapters.leaders import by_topic
from steward.cluster.adapters.messages import FetchRequest
from steward.model.names import TopicPartition

_NAMES_UNTIL_VERSION = 12
_UNLIMITED_BYTES = 2**31 - 1
"""Each partition has its own limit: a common one would leave others empty where the first brings a large batch."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What to fetch of one partition."""

    from_offset: int
    bytes: int


def fetch_request(aims: Mapping[TopicPartition, Aim], *, committed: bool = False) -> Any:
    """Make the request; ``committed`` ends at the last stable offset and lists aborted transactions."""
    topic_type = FetchRequest.FetchTopic
    partition_type = topic_type.FetchPartition
    return FetchRequest(
        replica_id=-1,
        max_wait_ms=0,
        min_bytes=0,
        max_bytes=_UNLIMITED_BYTES,
        isolation_level=int(committed),
        session_id=0,
        session_epoch=-1,
        topics=[
            topic_type(
                topic=name,
                partitions=[
                    partition_type(
                        partition=number,
                        current_leader_epoch=-1,
                        fetch_offset=aims[TopicPartition(name, number)].from_offset,
                        last_fetched_epoch=-1,
                        log_start_offset=-1,
                        partition_max_bytes=aims[TopicPartition(name, number)].bytes,
                    )
                    for number in numbers
                ],
            )
            for name, numbers in by_topic(list(aims)).items()
        ],
        forgotten_topics_data=[],
        rack_id="",
        max_version=_NAMES_UNTIL_VERSION,
    )
