"""Stored record batches (message format v2, KIP-98): bounds, header, checksum."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from steward.model.batch import CODECS as CODEC_NAMES
from steward.model.batch import BatchHeader

HEADER_FIELDS: tuple[tuple[str, str], ...] = (
    ("base_offset", "q"),
    ("length", "i"),
    ("leader_epoch", "i"),
    ("magic", "b"),
    ("crc", "I"),
    ("attributes", "h"),
    ("last_offset_delta", "i"),
    ("base_timestamp_ms", "q"),
    ("max_timestamp_ms", "q"),
    ("producer_id", "q"),
    ("producer_epoch", "h"),
    ("base_sequence", "i"),
    ("record_count", "i"),
)
"""Name and type (a character of ``struct``) of each header field of magic 2, big-endian, in stored order.
Source: DefaultRecordBatch.java. ``length`` counts the bytes after itself."""

HEADER = struct.Struct(">" + "".join(kind for _, kind in HEADER_FIELDS))

OVERHEAD_BYTES = 12
"""Base offset and length, which precede every batch and which its length does not count."""
CURRENT_MAGIC = 2
CODECS = dict(enumerate(CODEC_NAMES))
CODEC_BITS, LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 0b111, 1 << 3, 1 << 4, 1 << 5
DELETE_HORIZON = 1 << 6
"""Bits of a batch's attributes."""
MAGIC_AT = 16
CHECKED_FROM = 21
"""Where the content begins that the checksum of magic 2 covers."""
_CRC = struct.Struct(">I")
_CRC_AT = 17
_OLD_HEADER_BYTES = 18


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """One batch: its header, and its bytes as far as they were read (``is_whole``: to its end)."""

    header: BatchHeader
    data: memoryview
    is_whole: bool

    @property
    def payload(self) -> memoryview:
        """The records as stored, compressed where the header says so."""
        return self.data[HEADER.size :]

    @property
    def is_intact(self) -> bool:
        """Whether the batch is whole and its CRC-32C is that of its content. Formats v0 and v1: False."""
        if not self.is_whole or self.header.magic < CURRENT_MAGIC:
            return False
        return checksum(self.data, CURRENT_MAGIC) == _CRC.unpack_from(self.data, _CRC_AT)[0]


def checksum(batch: memoryview, magic: int) -> int:
    """Return the checksum of a whole batch as its writer computes it.

    Magic 2: CRC-32C from the attributes on. Magic 0 and 1: CRC-32 from the magic byte on.
    """
    if magic < CURRENT_MAGIC:
        return zlib.crc32(batch[MAGIC_AT:])
    from crc32c import crc32c  # takes 30 ms to import: only needed for checking

    return crc32c(batch[CHECKED_FROM:])


def stored_batches(records: bytes | memoryview) -> Iterator[StoredBatch]:
    """Yield each batch; the last may be truncated after its header, which a Fetch allows."""
    data = memoryview(records)
    at = 0
    while at + _OLD_HEADER_BYTES <= len(data):
        (length,) = struct.unpack_from(">i", data, at + 8)
        magic = data[at + MAGIC_AT]
        if length <= 0 or (magic >= CURRENT_MAGIC and at + HEADER.size > len(data)):
            return
        header = _header(data, at) if magic >= CURRENT_MAGIC else _old_header(data, at)
        end = at + OVERHEAD_BYTES + length
        yield StoredBatch(header, data[at:end], is_whole=end <= len(data))
        at = end


def batch_headers(records: bytes | memoryview) -> Iterator[BatchHeader]:
    """Yield the header of each batch; the last may be truncated after its header."""
    return (batch.header for batch in stored_batches(records))


def _header(data: memoryview, at: int) -> BatchHeader:
    (
        base_offset,
        length,
        _epoch,
        magic,
        _crc,
        attributes,
        last_offset_delta,
        base_timestamp_ms,
        max_timestamp_ms,
        producer_id,
        producer_epoch,
        base_sequence,
        record_count,
    ) = HEADER.unpack_from(data, at)
    return BatchHeader(
        base_offset=base_offset,
        size_bytes=OVERHEAD_BYTES + length,
        magic=magic,
        codec=CODECS.get(attributes & CODEC_BITS, "unknown"),
        is_log_append_time=bool(attributes & LOG_APPEND_TIME),
        is_transactional=bool(attributes & TRANSACTIONAL),
        is_control=bool(attributes & CONTROL),
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        base_sequence=base_sequence,
        last_offset_delta=last_offset_delta,
        record_count=record_count,
        base_timestamp_ms=base_timestamp_ms,
        max_timestamp_ms=max_timestamp_ms,
        has_delete_horizon=bool(attributes & DELETE_HORIZON),
    )


def _old_header(data: memoryview, at: int) -> BatchHeader:
    """Read formats v0 and v1: they have no producers, and a compressed set counts as one record."""
    offset, length, _crc, magic, attributes = struct.unpack_from(">qiIbb", data, at)
    return BatchHeader(
        base_offset=offset,
        size_bytes=OVERHEAD_BYTES + length,
        magic=magic,
        codec=CODECS.get(attributes & CODEC_BITS, "unknown"),
        is_log_append_time=bool(attributes & LOG_APPEND_TIME),
        is_transactional=False,
        is_control=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        last_offset_delta=0,
        record_count=1,
        base_timestamp_ms=-1,
        max_timestamp_ms=-1,
    )
