"""Whole records inside a stored batch, of every message format: timestamp, key, value and headers.

Source: DefaultRecord, DefaultRecordBatch, LegacyRecord and AbstractLegacyRecordBatch of Apache Kafka.
"""

from collections.abc import Iterator
from itertools import pairwise
from struct import Struct
from typing import NamedTuple

from steward.model.batch import NO_TIMESTAMP, BatchHeader
from steward.model.unknown import Unknown, Why
from steward.records.batches import (
    CODEC_BITS,
    CODECS,
    CURRENT_MAGIC,
    LOG_APPEND_TIME,
    MAGIC_AT,
    OVERHEAD_BYTES,
    StoredBatch,
    checksum,
)
from steward.records.compression import PayloadError, expand
from steward.records.record_heads import signed_varint

NULL = -1
"""The length of a field that is null."""
_NO_HEADERS = b"\0"
_OLD_HEAD = Struct(">qiIbb")
_TIMESTAMP = Struct(">q")
_LENGTH = Struct(">i")


class StoredRecord(NamedTuple):
    """One record.

    ``timestamp_ms`` is the effective one: under LogAppendTime the broker's; -1 where there is none. ``body`` is key,
    value and headers as format v2 stores them, which depends on no other record.
    """

    offset: int
    timestamp_ms: int
    body: bytes


class RecordFields(NamedTuple):
    """The fields of a record's body."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...]


class _Malformed(ValueError):
    """The records of a batch do not have the form that Kafka gives them."""


def records_of(batch: StoredBatch) -> list[StoredRecord] | Unknown:
    """Return all records of a batch in stored order, or why they cannot be read: never a part of them."""
    where = f"the batch at {batch.header.base_offset} ({batch.header.codec})"
    if not _is_intact(batch):
        return Unknown(Why.REFUSED, f"{where} is not intact: its checksum is wrong")
    try:
        if batch.header.magic < CURRENT_MAGIC:
            return list(_old(batch.data))
        if not batch.header.record_count and not batch.payload:
            return []  # compaction keeps the header alone, with the attributes of the batch
        content = memoryview(expand(batch.header.codec, bytes(batch.payload)))
        return list(_current(batch.header, content))
    except (PayloadError, _Malformed, IndexError, ValueError) as error:
        return Unknown(Why.REFUSED, f"records of {where} cannot be read: {error}")


def fields_of(body: bytes) -> RecordFields:
    """Split a body into its fields.

    Errors: ValueError or IndexError for a body that `records_of` did not return.
    """
    view = memoryview(body)
    key, at = _field(view, 0)
    value, at = _field(view, at)
    count, at = signed_varint(view, at)
    headers: list[tuple[bytes, bytes | None]] = []
    for _ in range(count):
        name, at = _field(view, at)
        content, at = _field(view, at)
        headers.append((name or b"", content))
    if at != len(view) or count < 0:
        raise _Malformed("bytes follow the last header")
    return RecordFields(key, value, tuple(headers))


def varint(value: int) -> bytes:
    """Write a zigzag varint, as long as it needs to be."""
    return _SHORT[value] if 0 <= value < _SHORT_VALUES else _varint(value)


def _varint(value: int) -> bytes:
    rest = (value << 1) ^ (value >> 63)
    found = bytearray()
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    found.append(rest)
    return bytes(found)


_SHORT_VALUES = 4096
_SHORT = tuple(_varint(value) for value in range(_SHORT_VALUES))
"""Lengths and offset deltas are nearly always short, and written for every record."""


def _is_intact(batch: StoredBatch) -> bool:
    if batch.header.magic >= CURRENT_MAGIC:
        return batch.is_intact
    if not batch.is_whole:
        return False
    return checksum(batch.data, batch.header.magic) == _OLD_HEAD.unpack_from(batch.data)[2]


def _current(header: BatchHeader, content: memoryview) -> Iterator[StoredRecord]:
    at, size_of_all = 0, len(content)
    base, stamp = header.base_offset, header.base_timestamp_ms
    append_time = header.max_timestamp_ms if header.is_log_append_time else None
    last = -1
    for _ in range(header.record_count):
        size, start = signed_varint(content, at)
        end = start + size
        if size <= 0 or end > size_of_all:
            raise _Malformed("a record is longer than the batch")
        delta, at = signed_varint(content, start + 1)
        offset, at = signed_varint(content, at)
        if not last < offset <= header.last_offset_delta:
            raise _Malformed("offsets do not rise inside the batch")
        last = offset
        yield StoredRecord(
            base + offset,
            stamp + delta if append_time is None else append_time,
            bytes(content[at:end]),
        )
        at = end
    if at != size_of_all:
        raise _Malformed("bytes follow the last record")


def _field(view: memoryview, at: int) -> tuple[bytes | None, int]:
    length, at = signed_varint(view, at)
    if length < 0:
        return None, at
    if at + length > len(view):
        raise _Malformed("a field is longer than its record")
    return bytes(view[at : at + length]), at + length


# Message formats 0 and 1


def _old(data: memoryview) -> Iterator[StoredRecord]:
    """Read one entry: a record, or a compressed set of them."""
    offset, stamp, attributes, key, value = _old_entry(data)
    codec = CODECS.get(attributes & CODEC_BITS, "unknown")
    if codec == "none":
        yield StoredRecord(offset, stamp, _body(key, value))
        return
    if value is None:
        raise _Malformed("a compressed set is empty")
    magic = data[MAGIC_AT]
    inner = list(_entries(memoryview(expand(codec, value))))
    last = inner[-1][0] if inner else 0
    for number, inner_stamp, inner_attributes, inner_key, inner_value in inner:
        if inner_attributes & CODEC_BITS:
            raise _Malformed("a compressed set holds another one")
        own = stamp if attributes & LOG_APPEND_TIME and magic else inner_stamp
        absolute = number if not magic else offset - last + number
        yield StoredRecord(absolute, own, _body(inner_key, inner_value))
    if any(b[0] <= a[0] for a, b in pairwise(inner)) or not inner:
        raise _Malformed("offsets do not rise inside the set")


_Entry = tuple[int, int, int, bytes | None, bytes | None]
"""Offset, timestamp, attributes, key, value."""


def _entries(data: memoryview) -> Iterator[_Entry]:
    at = 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at + 8)
        end = at + OVERHEAD_BYTES + length
        if length < 0 or end > len(data):
            raise _Malformed("an entry is longer than its set")
        yield _old_entry(data[at:end])
        at = end


def _old_entry(entry: memoryview) -> _Entry:
    if len(entry) < _OLD_HEAD.size:
        raise _Malformed("an entry is too short")
    offset, _, crc, magic, attributes = _OLD_HEAD.unpack_from(entry)
    if checksum(entry, magic) != crc:
        raise _Malformed(f"the checksum of the entry at {offset} is wrong")
    at, stamp = _OLD_HEAD.size, NO_TIMESTAMP
    if magic:
        (stamp,) = _TIMESTAMP.unpack_from(entry, at)
        at += _TIMESTAMP.size
    key, at = _old_field(entry, at)
    value, at = _old_field(entry, at)
    return offset, stamp, attributes, key, value


def _old_field(entry: memoryview, at: int) -> tuple[bytes | None, int]:
    if at + _LENGTH.size > len(entry):
        raise _Malformed("an entry is too short")
    (length,) = _LENGTH.unpack_from(entry, at)
    at += _LENGTH.size
    if length < 0:
        return None, at
    if at + length > len(entry):
        raise _Malformed("a field is longer than its entry")
    return bytes(entry[at : at + length]), at + length


def _body(key: bytes | None, value: bytes | None) -> bytes:
    return _written(key) + _written(value) + _NO_HEADERS


def _written(field: bytes | None) -> bytes:
    return varint(NULL) if field is None else varint(len(field)) + field
