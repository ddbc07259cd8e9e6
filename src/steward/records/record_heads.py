"""Heads of records inside a stored batch: offset, timestamp and key; values are skipped.

Source: DefaultRecord and DefaultRecordBatch of Apache Kafka (message format v2). A batch truncated by a Fetch, or that
expands beyond the limit, yields the records that are complete up to their keys.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from struct import Struct
from typing import Any

from steward.model.batch import BatchHeader
from steward.model.unknown import Unknown, Why
from steward.records.batches import CURRENT_MAGIC, HEADER, StoredBatch

LARGEST_EXPANDED_BYTES = 16 * 1024 * 1024
_SMALLEST_BUFFER_BYTES = 64 * 1024
_USUAL_RATIO = 8
MOST_RECORDS = 100_000
"""Per batch: data that compresses a thousandfold would fill the memory with records."""
_LONGEST_VARINT = 10
_XERIAL_MAGIC = b"\x82SNAPPY\0"
_XERIAL_HEADER_BYTES = 16
_BLOCK_SIZE = Struct(">i")


@dataclass(frozen=True, slots=True)
class RecordHead:
    """One stored record without its value. ``timestamp_ms`` is -1 for a record without a timestamp."""

    offset: int
    timestamp_ms: int
    key: bytes | None


def record_heads(header: BatchHeader, batch: bytes | memoryview) -> Iterator[RecordHead]:
    """Yield the records of a batch, in order; none for formats before v2 and for unknown codecs.

    ``batch`` starts with the batch's header and may be truncated.
    """
    if header.magic < CURRENT_MAGIC:
        return
    stored = bytes(batch[HEADER.size : header.size_bytes])
    data, at = memoryview(expanded(header.codec, stored)), 0
    for _ in range(header.record_count):
        try:
            head, at = _head(header, data, at)
        except (IndexError, ValueError):
            return
        yield head


def checked_heads(batch: StoredBatch) -> tuple[RecordHead, ...] | Unknown:
    """Return all records of a complete batch, the first 100,000 at most, or why they cannot be read."""
    header = batch.header
    if header.magic < CURRENT_MAGIC:
        return Unknown(Why.REFUSED, f"message format v{header.magic} is not supported")
    if not batch.is_intact:
        return Unknown(Why.REFUSED, f"the checksum of the batch at {header.base_offset} is wrong")
    wanted = min(header.record_count, MOST_RECORDS)
    found = tuple(islice(record_heads(header, batch.data), wanted))
    if len(found) < wanted:
        detail = f"records of the batch at {header.base_offset} ({header.codec}) cannot be decoded"
        return Unknown(Why.REFUSED, detail)
    return found


def _head(header: BatchHeader, data: memoryview, at: int) -> tuple[RecordHead, int]:
    """Read a record's head, and return it with the position of the next record.

    Errors: IndexError where the data end before its key does, ValueError where a number is too long.
    """
    size, start = signed_varint(data, at)
    at = start + 1  # attributes, unused
    time_delta, at = signed_varint(data, at)
    stamp = header.base_timestamp_ms + time_delta
    if header.is_log_append_time:
        stamp = header.max_timestamp_ms
    offset_delta, at = signed_varint(data, at)
    length, at = signed_varint(data, at)
    end = at + max(0, length)
    if size <= 0 or end > len(data):
        raise IndexError
    key = None if length < 0 else bytes(data[at:end])
    return RecordHead(header.base_offset + offset_delta, stamp, key), start + size


def signed_varint(data: memoryview, at: int) -> tuple[int, int]:
    """Read a zigzag varint, and return it with the position of the next field.

    Errors: IndexError where the data end within it, ValueError where it is too long.
    """
    value, at = unsigned_varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def unsigned_varint(data: memoryview, at: int) -> tuple[int, int]:
    """Read a varint, and return it with the position of the next field. Errors: as `signed_varint`."""
    value = data[at]
    if value < 0x80:  # nearly always
        return value, at + 1
    value &= 0x7F
    for i in range(1, _LONGEST_VARINT):
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at + i + 1
    raise ValueError


def expanded(codec: str, stored: bytes) -> bytes:
    """Decompress as much as there is, up to the limit; nothing for an unknown codec."""
    if codec == "none":
        return stored
    if codec == "snappy":
        return b"".join(_snappy(stored))
    expand = _codecs().get(codec)
    if expand is None:
        return b""
    usual = max(_SMALLEST_BUFFER_BYTES, _USUAL_RATIO * len(stored))
    if usual < LARGEST_EXPANDED_BYTES:
        found, is_whole = _filled(expand, stored, usual)
        if is_whole:
            return found
    return _filled(expand, stored, LARGEST_EXPANDED_BYTES)[0]


def _filled(
    expand: Callable[[bytes, bytearray], int], stored: bytes, size: int
) -> tuple[bytes, bool]:
    """Expand into a buffer; where that fails midway return what came before, without its trailing zeros."""
    from cramjam import DecompressionError

    buffer = bytearray(size)
    try:
        count = expand(stored, buffer)
    except DecompressionError:
        return bytes(buffer.rstrip(b"\0")), False
    return bytes(buffer[:count]), True


def _codecs() -> Mapping[str, Any]:
    import cramjam

    return {
        "gzip": cramjam.gzip.decompress_into,
        "lz4": cramjam.lz4.decompress_into,
        "zstd": cramjam.zstd.decompress_into,
    }


def _snappy(stored: bytes) -> Iterator[bytes]:
    """Expand raw snappy, or the blocks that Java clients write around it; stops at the first truncated block."""
    if not stored.startswith(_XERIAL_MAGIC):
        yield _raw_snappy(stored, LARGEST_EXPANDED_BYTES)
        return
    at, left = _XERIAL_HEADER_BYTES, LARGEST_EXPANDED_BYTES
    while at + _BLOCK_SIZE.size <= len(stored):
        (size,) = _BLOCK_SIZE.unpack_from(stored, at)
        at += _BLOCK_SIZE.size
        block = _raw_snappy(stored[at : at + size], left) if size > 0 else b""
        if not block:
            return
        yield block
        at, left = at + size, left - len(block)


def _raw_snappy(stored: bytes, most: int) -> bytes:
    """Expand one block; nothing where it is damaged or exceeds the limit."""
    import cramjam

    try:
        if cramjam.snappy.decompress_raw_len(stored) > most:
            return b""
        return bytes(cramjam.snappy.decompress_raw(stored))
    except cramjam.DecompressionError:
        return b""
