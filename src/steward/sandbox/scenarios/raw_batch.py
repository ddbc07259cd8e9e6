"""Encodes a record batch of format v2 (magic 2, KIP-98) byte by byte, in ways no client would."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_MAGIC = 2
_NO_LEADER_EPOCH = -1
_CREATE_TIME = 0
TRANSACTIONAL = 0x10
_HEAD = struct.Struct(">qiib")
_BODY = struct.Struct(">hiqqqhii")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBatch:
    """A batch of a transactional producer.

    Source: DefaultRecordBatch, DefaultRecord (org.apache.kafka.common.record).
    """

    producer_id: int
    producer_epoch: int
    base_sequence: int
    timestamp_ms: int
    records: Sequence[tuple[bytes, bytes]]
    """Keys and values."""

    def encode(self) -> bytes:
        """Encode the batch with its CRC-32C over everything after the CRC."""
        from crc32c import crc32c

        records = b"".join(
            _record(offset, key, value) for offset, (key, value) in enumerate(self.records)
        )
        body = _BODY.pack(
            TRANSACTIONAL | _CREATE_TIME,
            len(self.records) - 1,
            self.timestamp_ms,
            self.timestamp_ms,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            len(self.records),
        )
        checked = body + records
        length = struct.calcsize(">ibI") + len(checked)
        head = _HEAD.pack(0, length, _NO_LEADER_EPOCH, _MAGIC)
        return head + struct.pack(">I", crc32c(checked)) + checked


def zigzag_varint(number: int) -> bytes:
    """Encode a signed number like sint64 of protocol buffers."""
    left = (number << 1) ^ (number >> 63)
    written = bytearray()
    while left > 0x7F:
        written.append(left & 0x7F | 0x80)
        left >>= 7
    written.append(left)
    return bytes(written)


def _record(offset_delta: int, key: bytes, value: bytes) -> bytes:
    no_attributes, no_time_delta, no_headers = b"\0", zigzag_varint(0), zigzag_varint(0)
    body = b"".join(
        [
            no_attributes,
            no_time_delta,
            zigzag_varint(offset_delta),
            zigzag_varint(len(key)) + key,
            zigzag_varint(len(value)) + value,
            no_headers,
        ]
    )
    return zigzag_varint(len(body)) + body
