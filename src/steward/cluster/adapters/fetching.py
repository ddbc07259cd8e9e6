"""One bounded Fetch: no group, no session, no waiting for new records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from steward.cluster.adapters.connections import KafkaClient
from steward.cluster.adapters.errors import NONE
from steward.cluster.adapters.leader_requests import by_topic
from steward.cluster.adapters.messages import FetchRequest
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown, Why
from steward.records.committed import Aborted

_NAMES_UNTIL_VERSION = 12
_UNLIMITED_BYTES = 2**31 - 1
"""Each partition has its own limit: with a shared one, a large first batch would leave other partitions empty."""
_ALONE_BYTES = 16 * 1024 * 1024
"""Extra bytes that large first batches of one fetch may use."""


@dataclass(frozen=True, slots=True)
class FetchTarget:
    """What to fetch from one partition."""

    from_offset: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A leader's answer for one partition.

    ``records`` is empty where none is stored at or after the offset; ``too_large`` gives the other reason.
    """

    error_code: int
    records: bytes = b""
    aborted: tuple[Aborted, ...] = ()
    too_large: Unknown | None = None


async def fetch(
    client: KafkaClient,
    leader: int,
    aims: Mapping[TopicPartition, FetchTarget],
    *,
    committed: bool = False,
) -> dict[TopicPartition, Fetched]:
    """Fetch from one leader; a partition missing from its answer is missing here.

    A first batch that exceeds a partition's limit is returned only for the first partition with records (KIP-74).
    Partitions that come back empty are therefore requested again, each alone, within a budget. ``committed`` stops at
    the last stable offset and lists aborted transactions.
    Errors: as `Client.ask`.
    """
    found: dict[TopicPartition, Fetched] = {}
    held_back: list[TopicPartition] = []
    for key, answer in (await _asked(client, leader, aims, committed)).items():
        found[key] = _fetched(answer)
        if _is_held_back(answer, aims[key], committed):
            held_back.append(key)
    left = _ALONE_BYTES
    for key in sorted(held_back):
        if left > 0:
            alone = await _asked(client, leader, {key: aims[key]}, committed)
            found[key] = _fetched(alone[key]) if key in alone else found[key]
            left -= len(found[key].records)
        if not found[key].records and found[key].error_code == NONE:
            detail = (
                f"the batch at offset {aims[key].from_offset} exceeds the size limit of a fetch"
            )
            found[key] = Fetched(NONE, too_large=Unknown(Why.TRUNCATED, detail))
    return found


async def _asked(
    client: KafkaClient, leader: int, aims: Mapping[TopicPartition, FetchTarget], committed: bool
) -> dict[TopicPartition, Any]:
    response = await client.ask(leader, _request(aims, committed=committed))
    return {
        key: p
        for topic in response.responses
        for p in topic.partitions
        if (key := TopicPartition(topic.topic, p.partition_index)) in aims
    }


def _fetched(answer: Any) -> Fetched:
    listed = answer.aborted_transactions or ()
    aborted = tuple(Aborted(a.producer_id, a.first_offset) for a in listed)
    return Fetched(answer.error_code, bytes(answer.records or b""), aborted)


def _is_held_back(answer: Any, aim: FetchTarget, committed: bool) -> bool:
    """Return whether nothing was returned although records are stored at or after the offset."""
    end = answer.last_stable_offset if committed else answer.high_watermark
    return answer.error_code == NONE and not answer.records and aim.from_offset < end


def _request(aims: Mapping[TopicPartition, FetchTarget], *, committed: bool) -> Any:
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
