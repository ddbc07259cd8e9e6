"""The partition layout, read at every poll and rebuilt only when something has changed.

Metadata of tens of thousands of partitions takes longer to decode than to send, and rarely changes: the bytes that
describe the topics are compared before they are decoded.
"""

# The header_class argument belongs to a metaclass that type checkers do not see.
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steward.analysis.lag.offset_table import Indexes
from steward.cluster.adapters.columns import Columnar, Cursor, RequestHeader, offsets_body
from steward.cluster.adapters.connections import Address, KafkaClient
from steward.cluster.adapters.messages import MetadataRequest, MetadataResponse
from steward.cluster.adapters.topics import topics_of
from steward.model.names import TopicPartition
from steward.model.topic import Topic
from steward.model.unknown import Unknown

_VERSION = 12
_REMEMBERED = 16
_INT = Struct(">i")


@dataclass(frozen=True)
class PartitionLayout:
    """All partitions, sorted, with their leaders; a topic's partitions are adjacent."""

    topics: tuple[Topic, ...]
    partitions: tuple[TopicPartition, ...]
    topic_ids: tuple[str, ...]
    leaders: Indexes
    first: Mapping[str, tuple[int, int]]
    by_leader: Mapping[int, Mapping[str, NDArray[np.int32]]]
    gaps: tuple[Unknown, ...]
    _bodies: dict[tuple[int, int, bool], bytes] = field(default_factory=dict[Any, bytes])

    def asking(self, leader: int, when: int, read_committed: bool) -> bytes:
        """Return the body of the request to a leader for all of its partitions, encoded once."""
        key = (leader, when, read_committed)
        if key not in self._bodies:
            asked = {topic: (numbers, when) for topic, numbers in self.by_leader[leader].items()}
            self._bodies[key] = offsets_body(asked, read_committed=read_committed)
        return self._bodies[key]

    def rows(
        self, topic: str, numbers: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the rows of a topic's partitions, and which of them the layout has."""
        first, count = self.first.get(topic, (0, 0))
        present = (numbers >= 0) & (numbers < count)
        return first + numbers[present].astype(np.int64), present


def layout_of(topics: Sequence[Topic], gaps: tuple[Unknown, ...]) -> PartitionLayout:
    """Lay out topics by name and partition number; Kafka numbers partitions without gaps."""
    first: dict[str, tuple[int, int]] = {}
    by_leader: dict[int, dict[str, list[int]]] = {}
    partitions: list[TopicPartition] = []
    ids: list[str] = []
    leaders: list[int] = []
    for topic in topics:
        first[topic.name] = (len(partitions), len(topic.partitions))
        for p in topic.partitions:
            partitions.append(p.key)
            ids.append(topic.id)
            leaders.append(p.leader)
            by_leader.setdefault(p.leader, {}).setdefault(topic.name, []).append(p.partition)
    by_leader.pop(-1, None)
    return PartitionLayout(
        tuple(topics),
        tuple(partitions),
        tuple(ids),
        np.array(leaders, np.int32),
        first,
        {
            leader: {topic: np.array(numbers, np.int32) for topic, numbers in led.items()}
            for leader, led in by_leader.items()
        },
        gaps,
    )


class LayoutReader:
    """Reads the layout of one cluster, keeping the last one."""

    def __init__(self, client: KafkaClient) -> None:
        self._client = client
        self.cluster_id = ""
        """as the last answer reported it"""
        self._layout: PartitionLayout | None = None
        self._same: list[bytes] = []
        """Digests of answers that describe the current layout: brokers list topics in different orders."""

    async def read(self) -> PartitionLayout:
        """Request all metadata, and use the live brokers for requests.

        Errors: the last broker's fault, when none answers.
        """
        request: Any = MetadataBytesRequest
        answer: bytes = await self._client.ask_any(
            request(
                topics=None, allow_auto_topic_creation=False,
                include_topic_authorized_operations=False,
                min_version=_VERSION, max_version=_VERSION,
            )
        )  # fmt: skip
        brokers, self.cluster_id, topics = _parts(answer)
        self._client.learn_brokers(brokers)
        digest = blake2b(topics, digest_size=16).digest()
        if self._layout is None or digest not in self._same:
            self._take(answer, digest)
        layout = self._layout
        if layout is None:
            raise AssertionError("a layout was taken")
        return layout

    def _take(self, answer: bytes, digest: bytes) -> None:
        read = topics_of(MetadataResponse[_VERSION].decode(answer).topics, with_elr=False)
        if self._layout and (read.value, read.gaps) == (self._layout.topics, self._layout.gaps):
            self._same = [*self._same[-_REMEMBERED:], digest]
            return
        self._layout, self._same = layout_of(read.value, read.gaps), [digest]


def _parts(answer: bytes) -> tuple[dict[int, Address], str, memoryview]:
    """Return the brokers, the cluster id, and the part of the answer that describes the topics.

    Source: MetadataResponse.json version 12. The controller id between them is that of a random broker.
    """
    cursor = Cursor(memoryview(answer))
    cursor.skip(4)  # throttle time
    brokers: dict[int, Address] = {}
    for _ in range(cursor.varint() - 1):
        (broker,) = _INT.unpack_from(answer, cursor.at)
        cursor.skip(4)
        host = cursor.text()
        (port,) = _INT.unpack_from(answer, cursor.at)
        cursor.skip(4)
        cursor.text()  # rack
        cursor.skip_tags()
        brokers[int(broker)] = (host, int(port))
    cluster_id = cursor.text()
    cursor.skip(4)  # controller
    return brokers, cluster_id or "", cursor.data[cursor.at :]


_BYTES = Columnar(bytes)


class _BytesHeader(RequestHeader, init=False):
    __slots__ = ()

    def get_response_class(self) -> Columnar:
        return _BYTES


class MetadataBytesRequest(MetadataRequest, init=False):
    """Metadata whose answer stays encoded."""

    header_class = _BytesHeader
