"""Judge the offset index and the time index of a segment against its batches.

A broker adds an entry every ``index.interval.bytes``: for the offset index the end of a batch and its position, for the
time index the largest timestamp so far and the end of the batch that has it (LogSegment.java).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from steward.model.wording import count
from steward.records.log.indexes import OFFSET_ENTRY, TIME_ENTRY, Index
from steward.records.log.problem import Found, LogNote, LogProblem, NoteKind, ProblemKind
from steward.records.log.segment import SegmentScan


def check_offset_index(name: str, index: Index, scan: SegmentScan) -> Iterator[Found]:
    """Yield what is wrong with an offset index, by entry."""
    entries, size = index.entries, OFFSET_ENTRY.itemsize
    yield from _trailing(name, index, size, ProblemKind.INDEX_MALFORMED)
    if not len(entries):
        return
    offsets = entries["relative_offset"].astype(np.int64) + scan.base_offset
    positions = entries["position"].astype(np.int64)
    starts, lasts = scan.rows["position"], scan.table.last_offsets
    falls = _falls(offsets) | _falls(positions)
    at, is_start = _found(starts, positions)
    begins = np.where(is_start, scan.rows["base_offset"][at], 0) if len(starts) else offsets
    _, is_end = _found(np.unique(lasts), offsets)
    is_exact = is_start & (lasts[at] == offsets) if len(starts) else is_start
    is_late = is_start & is_end & (offsets > lasts[at]) if len(starts) else is_start
    wrong = falls | ~(is_exact | is_late)
    for i in np.flatnonzero(wrong).tolist():
        if falls[i]:
            detail = f"entry {i} (offset {offsets[i]}, position {positions[i]}) does not rise"
        elif is_start[i]:
            detail = f"entry {i} says offset {offsets[i]} for the batch that begins at {begins[i]}"
        else:
            detail = f"entry {i} points to position {positions[i]}, where no batch begins"
        yield _entry(name, i * size, int(offsets[i]), ProblemKind.INDEX_ENTRY_WRONG, detail)
    late = np.flatnonzero(is_late & ~wrong)
    if len(late):
        i = int(late[0])
        yield LogNote(
            file=name,
            position=i * size,
            offset=int(offsets[i]),
            kind=NoteKind.INDEX_ENTRY_LATE,
            detail=f"{count(len(late), 'entry')} name the end of a later batch than their position's: brokers before "
            "4.0 write it so; reads are right",
        )


def check_time_index(name: str, index: Index, scan: SegmentScan) -> Iterator[Found]:
    """Yield what is wrong with a time index, by entry."""
    entries, size = index.entries, TIME_ENTRY.itemsize
    yield from _trailing(name, index, size, ProblemKind.TIMEINDEX_MALFORMED)
    if not len(entries):
        return
    offsets = entries["relative_offset"].astype(np.int64) + scan.base_offset
    stamps = entries["timestamp_ms"]
    falls = _falls(stamps) | _falls(offsets)
    rows, lasts = scan.rows, scan.table.last_offsets
    if len(rows):
        order = np.argsort(lasts, kind="stable")
        at = order[np.minimum(np.searchsorted(lasts[order], offsets), len(rows) - 1)]
        holds = (rows["base_offset"][at] <= offsets) & (offsets <= lasts[at])
        is_right = holds & (rows["max_timestamp_ms"][at] == stamps)
    else:
        is_right = np.zeros(len(entries), np.bool_)
    for i in np.flatnonzero(falls | ~is_right).tolist():
        if falls[i]:
            detail = f"entry {i} (timestamp {stamps[i]}, offset {offsets[i]}) does not rise"
        else:
            detail = (
                f"entry {i} says timestamp {stamps[i]} for offset {offsets[i]}; "
                "no batch there has it as its largest"
            )
        yield _entry(name, i * size, int(offsets[i]), ProblemKind.TIMEINDEX_ENTRY_WRONG, detail)


def _trailing(name: str, index: Index, size: int, kind: ProblemKind) -> Iterator[Found]:
    if index.trailing_bytes:
        detail = f"the size of the file is no multiple of {size} bytes"
        yield LogProblem(
            file=name, position=len(index) * size, offset=None, kind=kind, detail=detail
        )


def _entry(name: str, position: int, offset: int, kind: ProblemKind, detail: str) -> LogProblem:
    return LogProblem(file=name, position=position, offset=offset, kind=kind, detail=detail)


def _falls(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each value whether it does not exceed the one before it."""
    found = np.zeros(len(values), np.bool_)
    found[1:] = values[1:] <= values[:-1]
    return found


def _found(
    among: NDArray[np.int64], values: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return for each value its place among rising numbers, and whether it is one of them."""
    if not len(among):
        return np.zeros(len(values), np.intp), np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(among, values), len(among) - 1)
    return at, among[at] == values
