"""Headers of stored record batches: 61 bytes each (message format v2, KIP-98); records are never decoded."""

import struct
from collections.abc import Iterator

from steward.model.batch import BatchHeader

HEADER = struct.Struct(">qiibIhiqqqhii")
"""base offset, length, leader epoch, magic, CRC, attributes, last offset delta, base and max timestamp,
producer id and epoch, base sequence, record count."""

_OVERHEAD_BYTES = 12
_MAGIC_AT = 16
_OLD_HEADER_BYTES = 18
_CURRENT_MAGIC = 2
_CODECS = {0: "none", 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
_CODEC_BITS, _LOG_APPEND_TIME, _TRANSACTIONAL, _CONTROL = 0b111, 1 << 3, 1 << 4, 1 << 5


def batch_headers(records: bytes | memoryview) -> Iterator[BatchHeader]:
    """Yield the header of each batch; the last may be cut short after its header, which a Fetch allows."""
    data = memoryview(records)
    at = 0
    while at + _OLD_HEADER_BYTES <= len(data):
        (length,) = struct.unpack_from(">i", data, at + 8)
        magic = data[at + _MAGIC_AT]
        if length <= 0 or (magic >= _CURRENT_MAGIC and at + HEADER.size > len(data)):
            return
        yield _header(data, at) if magic >= _CURRENT_MAGIC else _old_header(data, at)
        at += _OVERHEAD_BYTES + length


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
        size_bytes=_OVERHEAD_BYTES + length,
        magic=magic,
        codec=_CODECS.get(attributes & _CODEC_BITS, "unknown"),
        is_log_append_time=bool(attributes & _LOG_APPEND_TIME),
        is_transactional=bool(attributes & _TRANSACTIONAL),
        is_control=bool(attributes & _CONTROL),
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        base_sequence=base_sequence,
        last_offset_delta=last_offset_delta,
        record_count=record_count,
        base_timestamp_ms=base_timestamp_ms,
        max_timestamp_ms=max_timestamp_ms,
    )


def _old_header(data: memoryview, at: int) -> BatchHeader:
    """Read what formats v0 and v1 say: they know no producers, and a compressed set counts as one record."""
    offset, length, _crc, magic, attributes = struct.unpack_from(">qiIbb", data, at)
    return BatchHeader(
        base_offset=offset,
        size_bytes=_OVERHEAD_BYTES + length,
        magic=magic,
        codec=_CODECS.get(attributes & _CODEC_BITS, "unknown"),
        is_log_append_time=bool(attributes & _LOG_APPEND_TIME),
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
