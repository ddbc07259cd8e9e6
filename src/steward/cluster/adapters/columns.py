"""OffsetFetch and ListOffsets as columns: large requests and answers without an object per partition.

kafka-python decodes an answer field by field; for millions of offsets this is the whole cost of a poll. In both
answers a topic's partitions are rows of fixed length (while commits carry no metadata), which numpy reads directly
from the buffer.

Source: OffsetFetchResponse.json versions 8-9, ListOffsetsResponse.json versions 6-10 (flexible versions).
"""

# The header_class argument belongs to a metaclass that type checkers do not see.
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Any, cast

import numpy as np
from kafka.protocol.api_header import RequestHeader as _KafkaRequestHeader
from kafka.protocol.api_header import ResponseHeader as _KafkaResponseHeader
from numpy.typing import NDArray

from steward.cluster.adapters.messages import ListOffsetsRequest, OffsetFetchRequest

RequestHeader = cast("Any", _KafkaRequestHeader)
_ResponseHeader = cast("Any", _KafkaResponseHeader)

_COMMIT_ROW = np.dtype(
    [
        ("partition", ">i4"),
        ("offset", ">i8"),
        ("epoch", ">i4"),
        ("metadata", "u1"),
        ("error", ">i2"),
        ("tags", "u1"),
    ]
)
_OFFSET_ROW = np.dtype(
    [
        ("partition", ">i4"),
        ("error", ">i2"),
        ("timestamp", ">i8"),
        ("offset", ">i8"),
        ("epoch", ">i4"),
        ("tags", "u1"),
    ]
)
_ASKED_ROW = np.dtype(
    [("partition", ">i4"), ("epoch", ">i4"), ("timestamp", ">i8"), ("tags", "u1")]
)
_REPLICA_AND_LEVEL = Struct(">ib")
_NO_TAGS = b"\0"
_NO_TOPICS = _REPLICA_AND_LEVEL.pack(-1, 0) + b"\1" + _NO_TAGS
"""The body of an empty request."""
_COMMIT_HEAD = Struct(">iqi")
_SHORT = Struct(">h")
_EMPTY_COMPACT_TEXT = 1


@dataclass(frozen=True, slots=True)
class TopicColumns:
    """A topic's partitions: numbers, error codes and offsets; timestamps where they were requested."""

    topic: str
    partitions: NDArray[np.int32]
    errors: NDArray[np.int16]
    offsets: NDArray[np.int64]
    timestamps: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GroupColumns:
    """One group's commits."""

    group: str
    error_code: int
    topics: tuple[TopicColumns, ...]


class Cursor:
    """Reads a buffer in Kafka's compact encoding."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def varint(self) -> int:
        """Read an unsigned varint."""
        value, shift = 0, 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def text(self) -> str:
        """Read a compact string; null reads as empty."""
        length = self.varint() - 1
        start = self.at
        self.at += max(0, length)
        return str(self.data[start : self.at], "utf-8")

    def short(self) -> int:
        """Read 16 bits."""
        (value,) = _SHORT.unpack_from(self.data, self.at)
        self.at += 2
        return int(value)

    def skip_tags(self) -> None:
        """Skip tagged fields."""
        for _ in range(self.varint()):
            self.varint()
            size = self.varint()
            self.at += size

    def skip(self, size: int) -> None:
        """Skip bytes."""
        self.at += size


def decode_commits(data: memoryview) -> tuple[GroupColumns, ...]:
    """Decode an OffsetFetch answer, version 8 or 9, after its header."""
    cursor = Cursor(data)
    cursor.skip(4)  # throttle time
    return tuple(_group(cursor) for _ in range(cursor.varint() - 1))


def _group(cursor: Cursor) -> GroupColumns:
    name = cursor.text()
    topics = tuple(_commits(cursor) for _ in range(cursor.varint() - 1))
    error = cursor.short()
    cursor.skip_tags()
    return GroupColumns(name, error, topics)


def _commits(cursor: Cursor) -> TopicColumns:
    topic = cursor.text()
    count = cursor.varint() - 1
    rows = _commit_rows(cursor, count)
    cursor.skip_tags()
    return TopicColumns(
        topic,
        rows["partition"].astype(np.int32),
        rows["error"].astype(np.int16),
        rows["offset"].astype(np.int64),
        np.empty(0, np.int64),
    )


def _commit_rows(cursor: Cursor, count: int) -> NDArray[Any]:
    """Read rows of fixed length at once; where commits carry metadata, rows vary in length and are read one by one."""
    size = count * _COMMIT_ROW.itemsize
    if cursor.at + size <= len(cursor.data):
        rows = np.frombuffer(cursor.data, _COMMIT_ROW, count, cursor.at)
        plain = (rows["metadata"] <= _EMPTY_COMPACT_TEXT) & (rows["tags"] == 0)
        if plain.all():
            cursor.skip(size)
            return rows
    found = np.zeros(count, _COMMIT_ROW)
    for row in found:
        row["partition"], row["offset"], row["epoch"] = _COMMIT_HEAD.unpack_from(
            cursor.data, cursor.at
        )
        cursor.skip(_COMMIT_HEAD.size)
        cursor.skip(max(0, cursor.varint() - 1))
        row["error"] = cursor.short()
        cursor.skip_tags()
    return found


def decode_offsets(data: memoryview) -> tuple[TopicColumns, ...]:
    """Decode a ListOffsets answer, version 6 or newer, after its header."""
    cursor = Cursor(data)
    cursor.skip(4)  # throttle time
    return tuple(_offsets(cursor) for _ in range(cursor.varint() - 1))


def _offsets(cursor: Cursor) -> TopicColumns:
    topic = cursor.text()
    count = cursor.varint() - 1
    rows = np.frombuffer(cursor.data, _OFFSET_ROW, count, cursor.at)
    if rows["tags"].any():
        raise ValueError("a ListOffsets answer carries tagged fields in its partitions")
    cursor.skip(rows.nbytes)
    cursor.skip_tags()
    return TopicColumns(
        topic,
        rows["partition"].astype(np.int32),
        rows["error"].astype(np.int16),
        rows["offset"].astype(np.int64),
        rows["timestamp"].astype(np.int64),
    )


class Columnar:
    """Replaces kafka-python's response class: same header, own decoder."""

    def __init__(self, decode: Any) -> None:
        self._decode = decode

    def parse_header(self, data: Any) -> Any:
        """Read the header as kafka-python expects it."""
        return _ResponseHeader.decode(data, flexible=True)

    def decode(self, data: Any) -> Any:
        """Pass the rest to the decoder."""
        return self._decode(memoryview(data.read()))


_COMMITS = Columnar(decode_commits)
_OFFSETS = Columnar(decode_offsets)


class _CommitsHeader(RequestHeader, init=False):
    __slots__ = ()

    def get_response_class(self) -> Columnar:
        return _COMMITS


class _OffsetsHeader(RequestHeader, init=False):
    __slots__ = ()

    def get_response_class(self) -> Columnar:
        return _OFFSETS


class OffsetFetchColumnsRequest(OffsetFetchRequest, init=False):
    """OffsetFetch, decoded to a tuple of GroupColumns."""

    header_class = _CommitsHeader


class ListOffsetsColumnsRequest(ListOffsetsRequest, init=False):
    """ListOffsets with a prepared body, decoded to a tuple of TopicColumns."""

    header_class = _OffsetsHeader
    body = b""

    def encode(
        self, version: int | None = None, header: bool = False, framed: bool = False
    ) -> bytes:
        """Write frame and header as kafka-python does, then the body unchanged."""
        base: Any = super()
        head: bytes = base.encode(version=version, header=header)[: -len(_NO_TOPICS)]
        size = Struct(">i").pack(len(head) + len(self.body)) if framed else b""
        return size + head + self.body


def offset_fetch(groups: Iterator[str] | list[str]) -> Any:
    """Request all commits of groups."""
    request: Any = OffsetFetchColumnsRequest
    group_type = request.OffsetFetchRequestGroup
    return request(
        groups=[group_type(group_id=group, topics=None) for group in groups],
        require_stable=False,
        min_version=8,
        max_version=9,
    )


Asked = Mapping[str, tuple[NDArray[np.int32], NDArray[np.int64] | int]]
"""Partition numbers by topic, with one timestamp each or one for all; -1 is the end, -2 the start."""


def list_offsets(asked: Asked, *, read_committed: bool = False) -> Any:
    """Request offsets by timestamp."""
    return list_offsets_of(offsets_body(asked, read_committed=read_committed))


def list_offsets_of(body: bytes) -> Any:
    """Request what `offsets_body` wrote; the same body can be sent repeatedly."""
    kind: Any = ListOffsetsColumnsRequest
    request = kind(replica_id=-1, isolation_level=0, topics=[], min_version=6, max_version=9)
    request.body = body
    return request


def offsets_body(asked: Asked, *, read_committed: bool = False) -> bytes:
    """Write a request's body, versions 6 to 9, with a topic's partitions as rows of one array.

    Source: ListOffsetsRequest.json.
    """
    pieces = [_REPLICA_AND_LEVEL.pack(-1, int(read_committed)), _varint(len(asked) + 1)]
    for topic, (numbers, times) in asked.items():
        name = topic.encode()
        rows = np.zeros(len(numbers), _ASKED_ROW)
        rows["partition"], rows["epoch"], rows["timestamp"] = numbers, -1, times
        pieces += [
            _varint(len(name) + 1), name, _varint(len(rows) + 1), rows.tobytes(), _NO_TAGS,
        ]  # fmt: skip
    return b"".join((*pieces, _NO_TAGS))


def _varint(value: int) -> bytes:
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
