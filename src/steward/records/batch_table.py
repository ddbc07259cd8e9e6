"""Headers of stored record batches as one table of columns: a walk along the lengths, then numpy.

The walk reads what a Fetch returned or a segment file holds. It follows the chain of lengths alone: a batch whose
content is damaged keeps its row. Base offset, length, leader epoch and magic are not covered by the checksum, so the
chain of offsets has to be judged beside it.

Source: DefaultRecordBatch, AbstractLegacyRecordBatch and FileLogInputStream of Apache Kafka.
"""

from dataclasses import dataclass
from enum import StrEnum
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from steward.model.batch import NO_TIMESTAMP
from steward.records.batches import (
    CHECKED_FROM,
    CODEC_BITS,
    CONTROL,
    CURRENT_MAGIC,
    DELETE_HORIZON,
    HEADER,
    HEADER_FIELDS,
    LOG_APPEND_TIME,
    MAGIC_AT,
    OVERHEAD_BYTES,
    TRANSACTIONAL,
    checksum,
)

Buffer = bytes | bytearray | memoryview

_STORED = np.dtype([(name, f">{kind}") for name, kind in HEADER_FIELDS])
_OLD_STORED = np.dtype(
    [
        ("offset", ">q"),
        ("length", ">i"),
        ("crc", ">I"),
        ("magic", "b"),
        ("attributes", "b"),
        ("timestamp_ms", ">q"),
    ]
)
"""Magic 0 and 1; magic 0 has no timestamp."""

ROW = np.dtype([("position", "q"), *HEADER_FIELDS])
"""A row of the table: the position of the batch in the data, in bytes, and its header fields in native byte order."""

_LENGTH = Struct(">i")
_LENGTH_AT = 8
UP_TO_MAGIC_BYTES = MAGIC_AT + 1
"""What is needed of a batch to know its length and its format."""
_SHORTEST_LENGTH = 14
"""Of a message of magic 0 without key and value; Kafka takes anything shorter for corruption."""
_SHORTEST_CURRENT_LENGTH = HEADER.size - OVERHEAD_BYTES


class WalkEnd(StrEnum):
    """Why a walk along batches ended."""

    COMPLETE = "complete"
    """the data ends with its last batch"""
    PARTIAL = "partial"
    """the data ends within a batch: a Fetch cut it, it is still being written, or its length is damaged"""
    ZEROS = "zeros"
    """only zeros follow: space that was preallocated, or that a file system lost in a crash"""
    INVALID_LENGTH = "invalid_length"
    """the length is too small for any batch: the data is damaged here"""


@dataclass(frozen=True, slots=True, eq=False)
class BatchTable:
    """The batches of some data, in stored order.

    ``rows`` has the fields of ROW. For magic 0 and 1, each entry is a row: its offset is ``base_offset`` (of a
    compressed set: its last record's), its timestamp is both timestamps, and what the format lacks is -1.
    ``end``: why the walk ended, at the byte ``end_position``; ``trailing_bytes`` follow that are no whole batch.
    """

    rows: NDArray[np.void]
    end: WalkEnd
    end_position: int
    trailing_bytes: int

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.rows)

    @property
    def positions(self) -> NDArray[np.int64]:
        """Where each batch begins, in bytes."""
        return self.rows["position"]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each batch as stored, its offset and length included."""
        return self.rows["length"].astype(np.int64) + OVERHEAD_BYTES

    @property
    def last_offsets(self) -> NDArray[np.int64]:
        """The offset of the last record that each batch was written with."""
        return self.rows["base_offset"] + self.rows["last_offset_delta"]

    @property
    def codec_ids(self) -> NDArray[np.int16]:
        """The compression of each batch; ``batches.CODECS`` names them."""
        return self.rows["attributes"] & CODEC_BITS

    @property
    def is_log_append_time(self) -> NDArray[np.bool_]:
        """Whether the broker stamped the records."""
        return self._has(LOG_APPEND_TIME)

    @property
    def is_transactional(self) -> NDArray[np.bool_]:
        """Whether the batch is part of a transaction."""
        return self._has(TRANSACTIONAL)

    @property
    def is_control(self) -> NDArray[np.bool_]:
        """Whether the batch holds control records, such as the end of a transaction."""
        return self._has(CONTROL)

    @property
    def has_delete_horizon(self) -> NDArray[np.bool_]:
        """Whether the base timestamp is the time from which tombstones may be removed (KIP-534)."""
        return self._has(DELETE_HORIZON)

    def _has(self, bit: int) -> NDArray[np.bool_]:
        return (self.rows["attributes"] & bit) != 0


def batch_table(data: Buffer, start: int = 0) -> BatchTable:
    """Walk the batches from the byte ``start`` on and return their headers.

    Shape: positions count from the beginning of ``data``. A batch that is not whole has no row: ``end`` reports it.
    """
    view = memoryview(data).cast("B")
    positions, end, end_position = _walk(view, start)
    rows = _rows(view, np.array(positions, dtype=np.int64))
    return BatchTable(rows, end, end_position, len(view) - end_position)


def checksums_match(data: Buffer, rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Return for each row whether the batch's stored checksum is that of its content.

    ``rows``: of a table of the same data, or a slice of them, so that threads can share the work: computing a checksum
    releases the interpreter's lock from 32 KiB on.
    """
    from crc32c import crc32c  # takes 30 ms to import: only needed for checking

    view = memoryview(data).cast("B")
    starts = rows["position"]
    ends = starts + OVERHEAD_BYTES + rows["length"]
    is_old = (rows["magic"] >= 0) & (rows["magic"] < CURRENT_MAGIC)
    spans = zip((starts + CHECKED_FROM).tolist(), ends.tolist(), strict=True)
    found = np.fromiter((crc32c(view[a:b]) for a, b in spans), np.uint32, count=len(rows))
    for i in np.flatnonzero(is_old).tolist():
        found[i] = checksum(view[starts[i] : ends[i]], int(rows["magic"][i]))
    return found == rows["crc"]


def _walk(view: memoryview, start: int) -> tuple[list[int], WalkEnd, int]:
    """Follow the lengths; return where batches begin, why the walk ended, and where."""
    size, at = len(view), start
    last_start = size - UP_TO_MAGIC_BYTES
    positions: list[int] = []
    length_at = _LENGTH.unpack_from
    while at <= last_start:
        (length,) = length_at(view, at + _LENGTH_AT)
        following = at + OVERHEAD_BYTES + length
        if length < _SHORTEST_CURRENT_LENGTH and not _is_short_batch(view, at, length):
            is_zero = not np.frombuffer(view, np.uint8, offset=at).any()
            return positions, WalkEnd.ZEROS if is_zero else WalkEnd.INVALID_LENGTH, at
        if following > size:
            return positions, WalkEnd.PARTIAL, at
        positions.append(at)
        at = following
    if at == size:
        return positions, WalkEnd.COMPLETE, at
    is_zero = not any(view[at:])
    return positions, WalkEnd.ZEROS if is_zero else WalkEnd.PARTIAL, at


def _is_short_batch(view: memoryview, at: int, length: int) -> bool:
    """Return whether a batch too short for magic 2 is one of magic 0 or 1."""
    return length >= _SHORTEST_LENGTH and view[at + MAGIC_AT] < CURRENT_MAGIC


def _rows(view: memoryview, positions: NDArray[np.int64]) -> NDArray[np.void]:
    rows = np.zeros(len(positions), ROW)
    stored = _gathered(view, positions).view(_STORED).reshape(-1)
    rows["position"] = positions
    for name, _ in HEADER_FIELDS:
        rows[name] = stored[name]
    is_old = (rows["magic"] >= 0) & (rows["magic"] < CURRENT_MAGIC)
    if is_old.any():
        _fill_old(rows, stored, is_old)
    return rows


def _gathered(view: memoryview, positions: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Copy the header's bytes at each position; beyond the end of the data they are zero."""
    if not len(positions):
        return np.empty((0, HEADER.size), np.uint8)
    data = np.frombuffer(view, np.uint8)
    inside = int(np.searchsorted(positions, len(data) - HEADER.size, side="right"))
    found = np.zeros((len(positions), HEADER.size), np.uint8)
    if inside:
        windows = np.lib.stride_tricks.sliding_window_view(data, HEADER.size)
        found[:inside] = windows[positions[:inside]]
    for i in range(inside, len(positions)):
        rest = data[positions[i] :]
        found[i, : len(rest)] = rest
    return found


def _fill_old(rows: NDArray[np.void], stored: NDArray[np.void], is_old: NDArray[np.bool_]) -> None:
    """Read rows of magic 0 and 1 by their own layout; a compressed set counts as one record."""
    raw = np.ascontiguousarray(stored[is_old]).view(np.uint8).reshape(-1, HEADER.size)
    old = np.ascontiguousarray(raw[:, : _OLD_STORED.itemsize]).view(_OLD_STORED).reshape(-1)
    stamps = np.where(old["magic"] > 0, old["timestamp_ms"], NO_TIMESTAMP)
    values = {"crc": old["crc"], "attributes": old["attributes"], "leader_epoch": -1}
    values |= {"last_offset_delta": 0, "record_count": 1, "producer_id": -1}
    values |= {"producer_epoch": -1, "base_sequence": -1}
    values |= {"base_timestamp_ms": stamps, "max_timestamp_ms": stamps}
    for name, value in values.items():
        rows[name][is_old] = value
