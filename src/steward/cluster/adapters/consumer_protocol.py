"""The bytes that classic consumers exchange through their group: subscriptions and assignments.

Source: ConsumerProtocolSubscription and ConsumerProtocolAssignment of Apache Kafka (KIP-429, KIP-792, KIP-881).
"""

import struct
from dataclasses import dataclass

from steward.model.names import TopicPartition

_RACK_SINCE_VERSION = 3
_GENERATION_SINCE_VERSION = 2
_OWNED_SINCE_VERSION = 1


@dataclass(frozen=True, slots=True)
class MemberSubscription:
    """A member's subscription."""

    topics: tuple[str, ...] = ()
    rack: str | None = None


class _Cursor:
    """Reads big-endian fields in order; struct.error or ValueError where bytes are missing or invalid."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, fmt: str) -> int:
        (value,) = struct.unpack_from(fmt, self._data, self._at)
        self._at += struct.calcsize(fmt)
        return value

    def text(self) -> str | None:
        return self._take(self.number(">h"))

    def skip_bytes(self) -> None:
        self._take(self.number(">i"))

    def count(self) -> int:
        count = self.number(">i")
        if count > len(self._data):
            raise ValueError("length exceeds the remaining bytes")
        return count

    def _take(self, length: int) -> str | None:
        if length < 0:
            return None
        if self._at + length > len(self._data):
            raise ValueError("truncated")
        taken = self._data[self._at : self._at + length]
        self._at += length
        return taken.decode("utf-8", "replace")


def subscription(data: bytes) -> MemberSubscription:
    """Decode a consumer's subscription; bytes of another protocol decode to an empty one."""
    cursor = _Cursor(bytes(data))
    try:
        version = cursor.number(">h")
        topics = tuple(sorted(cursor.text() or "" for _ in range(cursor.count())))
        return MemberSubscription(topics, _rack(cursor, version))
    except (struct.error, ValueError):
        return MemberSubscription()


def _rack(cursor: _Cursor, version: int) -> str | None:
    if version < _RACK_SINCE_VERSION:
        return None
    cursor.skip_bytes()
    if version >= _OWNED_SINCE_VERSION:
        _partitions(cursor)
    if version >= _GENERATION_SINCE_VERSION:
        cursor.number(">i")
    return cursor.text()


def assignment(data: bytes) -> tuple[TopicPartition, ...]:
    """Decode a consumer's assignment; bytes of another protocol decode to none."""
    cursor = _Cursor(bytes(data))
    try:
        cursor.number(">h")
        return tuple(sorted(_partitions(cursor)))
    except (struct.error, ValueError):
        return ()


def _partitions(cursor: _Cursor) -> list[TopicPartition]:
    found: list[TopicPartition] = []
    for _ in range(cursor.count()):
        topic = cursor.text() or ""
        found += [TopicPartition(topic, cursor.number(">i")) for _ in range(cursor.count())]
    return found
