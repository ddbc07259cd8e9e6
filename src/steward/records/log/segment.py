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
    UP_TO_MAGIC_BYTES,
    BatchTable,
    WalkEnd,
    batch_table,
    checksums_match,
)
from steward.records.batches import CURRENT_MAGIC, HEADER, MAGIC_AT, OVERHEAD_BYTES, checksum
from steward.records.control_records import ControlRecord, control_record

Read = Callable[[int, int], memoryview]
"""Read up to a number of bytes at a position, both in bytes; the result is valid until the next call."""
BatchVisitor = Callable[[int, memoryview, BatchTable, NDArray[np.bool_]], bool]
"""Receive where a piece of the file begins, the piece, its batches (positions within it), and which checksums are
right; return whether to read on."""

PIECE_BYTES = 4 * 1024 * 1024
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
    name: str,
    base_offset: int,
    size: int,
    read: Read,
    visit: BatchVisitor | None = None,
    start: int = 0,
) -> SegmentScan:
    """Scan a segment file of ``size`` bytes from the batch at ``start`` on.

    ``visit`` sees each piece before the next is read, and may end the scan.
    """
    scan, at, wanted = _Scan(), start, PIECE_BYTES
    while at < size:
        count = min(wanted, size - at)
        piece = read(at, count)
        if len(piece) < count:
            size = at + len(piece)  # truncated meanwhile
        table = batch_table(piece)
        intact = checksums_match(piece, table.rows)
        reads_on = visit is None or not len(table) or visit(at, piece, table, intact)
        _keep(scan, at, piece, table, intact)
        if not reads_on:
            break
        reaches_end = at + len(piece) >= size
        at, wanted = at + table.end_position, PIECE_BYTES
        if table.end is WalkEnd.COMPLETE:
            continue
        is_split = table.end is WalkEnd.PARTIAL or table.trailing_bytes < UP_TO_MAGIC_BYTES
        if is_split and not reaches_end:
            wanted = wanted if table.end_position else _batch_bytes(piece)
            if at + wanted <= size or table.end_position:
                continue
        at, wanted = _broken(scan, table.end, at, size, read), PIECE_BYTES
    return SegmentScan(
        name=name,
        base_offset=base_offset,
        size_bytes=size,
        rows=np.concatenate(scan.rows) if scan.rows else np.zeros(0, ROW),
        intact=np.concatenate(scan.intact) if scan.intact else np.zeros(0, np.bool_),
        markers=scan.markers,
        breaks=tuple(scan.breaks),
    )


def _broken(scan: _Scan, end: WalkEnd, at: int, size: int, read: Read) -> int:
    """Keep where the chain of lengths ends, and return where to go on: at the next intact batch, or the end."""
    if end is WalkEnd.ZEROS and not _only_zeros(at, size, read):
        end = WalkEnd.INVALID_LENGTH
    following = -1 if end is WalkEnd.ZEROS else _next_intact(at + 1, size, read)
    scan.breaks.append(Break(at, end, size - at, following))
    return following if following >= 0 else size


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


def _only_zeros(at: int, size: int, read: Read) -> bool:
    """Return whether the file holds only zeros from a position on."""
    while at < size:
        piece = read(at, min(PIECE_BYTES, size - at))
        if not piece:
            break
        if np.frombuffer(piece, np.uint8).any():
            return False
        at += len(piece)
    return True


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
