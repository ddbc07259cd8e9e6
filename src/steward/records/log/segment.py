"""Scan a segment file: the headers of all its batches, their checksums, its markers, and where the chain breaks.

The file is read in pieces through a function, so that memory stays bounded and a broker may write, or truncate,
meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from steward.records.batch_table import (
    ROW,
    BatchTable,
    WalkEnd,
    batch_table,
    checksums_match,
)
from steward.records.batches import CURRENT_MAGIC, HEADER, MAGIC_AT, OVERHEAD_BYTES, checksum
from steward.records.control_records import ControlRecord, control_record

Read = Callable[[int, int], memoryview]
"""Read up to a number of bytes at a position, both in bytes; the result is valid until the next call."""
Look = Callable[[memoryview, BatchTable, NDArray[np.bool_]], None]
"""Receive a piece of the file, its batches (positions within the piece), and which checksums are right."""

PIECE_BYTES = 16 * 1024 * 1024
_LARGEST_BATCH_BYTES = 1 << 30
_CRC = Struct(">I")
_LENGTH = Struct(">i")
_MOST_CANDIDATES = 20_000


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain of lengths ends before the file does, and where intact batches begin again, or -1."""

    position: int
    end: WalkEnd
    trailing_bytes: int
    resumes_at: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class SegmentScan:
    """What a segment file holds.

    ``rows``: the headers (fields of ROW, positions in the file); ``intact``: of each, whether the checksum is right;
    ``markers``: control records by the position of their batch, None for one that cannot be read.
    """

    name: str
    base_offset: int
    size_bytes: int
    rows: NDArray[np.void]
    intact: NDArray[np.bool_]
    markers: dict[int, ControlRecord | None]
    breaks: tuple[Break, ...]

    @property
    def table(self) -> BatchTable:
        """The batches as a table."""
        last = self.breaks[-1] if self.breaks else None
        end = WalkEnd.COMPLETE if last is None or last.resumes_at >= 0 else last.end
        trailing = 0 if end is WalkEnd.COMPLETE or last is None else last.trailing_bytes
        return BatchTable(self.rows, end, self.size_bytes - trailing, trailing)


@dataclass(slots=True)
class _Scan:
    rows: list[NDArray[np.void]] = field(default_factory=list[NDArray[np.void]])
    intact: list[NDArray[np.bool_]] = field(default_factory=list[NDArray[np.bool_]])
    markers: dict[int, ControlRecord | None] = field(
        default_factory=dict[int, ControlRecord | None]
    )
    breaks: list[Break] = field(default_factory=list[Break])


def scan_segment(
    name: str, base_offset: int, size: int, read: Read, look: Look | None = None
) -> SegmentScan:
    """Scan ``size`` bytes of a segment file; ``look`` sees each piece before the next is read."""
    scan, at, wanted = _Scan(), 0, PIECE_BYTES
    while at < size:
        piece = read(at, min(wanted, size - at))
        if not piece:
            break  # truncated meanwhile
        reaches_end = at + len(piece) >= size
        table = batch_table(piece)
        intact = checksums_match(piece, table.rows)
        if look is not None and len(table):
            look(piece, table, intact)
        _keep(scan, at, piece, table, intact)
        at, wanted = at + table.end_position, PIECE_BYTES
        if table.end is WalkEnd.COMPLETE:
            continue
        if table.end is WalkEnd.PARTIAL and not reaches_end:
            if table.end_position:
                continue
            wanted = _batch_bytes(piece)
            if at + wanted <= size and wanted <= _LARGEST_BATCH_BYTES:
                continue
        if table.end is WalkEnd.ZEROS and not reaches_end:
            table = _zeros_or_damage(table, at, size, read)
        following = -1
        if table.end is not WalkEnd.ZEROS:
            following = _next_intact(at + 1, size, read)
        scan.breaks.append(Break(at, table.end, size - at, following))
        if following < 0:
            break
        at, wanted = following, PIECE_BYTES
    return SegmentScan(
        name=name,
        base_offset=base_offset,
        size_bytes=size,
        rows=np.concatenate(scan.rows) if scan.rows else np.zeros(0, ROW),
        intact=np.concatenate(scan.intact) if scan.intact else np.zeros(0, np.bool_),
        markers=scan.markers,
        breaks=tuple(scan.breaks),
    )


def _keep(
    scan: _Scan, at: int, piece: memoryview, table: BatchTable, intact: NDArray[np.bool_]
) -> None:
    for i in np.flatnonzero(table.is_control).tolist():
        row = table.rows[i]
        begin = int(row["position"])
        batch = piece[begin : begin + OVERHEAD_BYTES + int(row["length"])]
        if row["record_count"]:
            scan.markers[at + begin] = control_record(batch[HEADER.size :])
    table.rows["position"] += at
    scan.rows.append(table.rows)
    scan.intact.append(intact)


def _batch_bytes(piece: memoryview) -> int:
    (length,) = _LENGTH.unpack_from(piece, 8)
    return OVERHEAD_BYTES + length


def _zeros_or_damage(table: BatchTable, at: int, size: int, read: Read) -> BatchTable:
    """Look whether the zeros at the end of a piece last to the end of the file."""
    while at < size:
        piece = read(at, min(PIECE_BYTES, size - at))
        if not piece:
            break
        if np.frombuffer(piece, np.uint8).any():
            return BatchTable(
                table.rows, WalkEnd.INVALID_LENGTH, table.end_position, table.trailing_bytes
            )
        at += len(piece)
    return table


def _next_intact(start: int, size: int, read: Read) -> int:
    """Return the position of the next batch of magic 2 whose checksum is right; -1 where there is none."""
    at = start
    while at + HEADER.size <= size:
        piece = read(at, min(2 * PIECE_BYTES, size - at))
        if len(piece) < HEADER.size:
            return -1
        found = _first_intact(piece)
        if found >= 0:
            return at + found
        if at + len(piece) >= size:
            return -1
        at += max(1, len(piece) - PIECE_BYTES)
    return -1


def _first_intact(piece: memoryview) -> int:
    data = np.frombuffer(piece, np.uint8)
    starts = np.flatnonzero(
        data[MAGIC_AT : len(data) - (HEADER.size - MAGIC_AT) + 1] == CURRENT_MAGIC
    )
    # the first byte of the base offset and of the length is zero in every log that exists
    starts = starts[(data[starts] == 0) & (data[starts + 8] <= 0x3F)]
    for start in starts[:_MOST_CANDIDATES].tolist():
        length = _LENGTH.unpack_from(piece, start + 8)[0]
        end = start + OVERHEAD_BYTES + length
        if length < HEADER.size - OVERHEAD_BYTES or end > len(piece):
            continue
        (stored,) = _CRC.unpack_from(piece, start + MAGIC_AT + 1)
        if checksum(piece[start:end], CURRENT_MAGIC) == stored:
            return start
    return -1
