"""Batches as kafka-python writes them, and the same ones compressed by other codecs."""

import struct
from collections.abc import Sequence
from typing import Any

import cramjam
from crc32c import crc32c
from kafka.record.memory_records import MemoryRecordsBuilder

from steward.records.batches import HEADER

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
Written = tuple[int, bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Timestamp, key, value, headers."""


def batch(
    records: Sequence[Written],
    *,
    codec: str = "none",
    base_offset: int = 0,
    producer_id: int = -1,
    transactional: bool = False,
    xerial: bool = False,
) -> bytes:
    """Write one batch with kafka-python; what it has no codec for is compressed here."""
    native = codec in ("none", "gzip")
    builder = MemoryRecordsBuilder(
        magic=2, compression_type=CODECS[codec] if native else 0, batch_size=1 << 26, transactional=transactional,
        producer_id=producer_id, producer_epoch=0, base_sequence=0 if producer_id >= 0 else -1,
    )  # fmt: skip
    for timestamp, key, value, headers in records:
        builder.append(timestamp=timestamp, key=key, value=value, headers=headers)
    builder.close()
    written = bytes(builder.buffer())
    if not native:
        written = with_payload(
            written, _compressed(codec, written[HEADER.size :], xerial), CODECS[codec]
        )
    return struct.pack(">q", base_offset) + written[8:]


def with_payload(written: bytes, payload: bytes, attributes: int) -> bytes:
    """Put another payload into a batch, with attributes, length and checksum that fit."""
    old = struct.unpack_from(">h", written, 21)[0]
    checked = struct.pack(">h", old | attributes) + written[23 : HEADER.size] + payload
    head = written[:8] + struct.pack(">i", 9 + len(checked)) + written[12:17]
    return head + struct.pack(">I", crc32c(checked)) + checked


def control(producer_id: int, base_offset: int, *, commit: bool) -> bytes:
    """Write a transaction marker."""
    marker = [(0, struct.pack(">hh", 0, int(commit)), b"\0" * 6, [])]
    written = batch(marker, base_offset=base_offset, producer_id=producer_id, transactional=True)
    return with_payload(written, written[HEADER.size :], 0x20)


def _compressed(codec: str, payload: bytes, xerial: bool) -> bytes:
    library: Any = cramjam
    if codec != "snappy":
        return bytes(getattr(library, codec).compress(payload))
    if not xerial:
        return bytes(library.snappy.compress_raw(payload))
    blocks = [
        bytes(library.snappy.compress_raw(payload[i : i + 64])) for i in range(0, len(payload), 64)
    ]
    head = b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)
    return head + b"".join(struct.pack(">i", len(b)) + b for b in blocks)
