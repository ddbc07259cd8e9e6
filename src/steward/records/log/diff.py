"""Compare two logs of one partition, such as two replicas, or a log and its copy.

Batches with the same offsets and checksum are equal. Where they differ, the records decide: the cleaner works on each
replica by itself, so that a record may be on one side only. The same offset with other content is a divergence.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from steward.model.unknown import Unknown
from steward.records.batches import CURRENT_MAGIC, stored_batches
from steward.records.log.segment import SegmentScan
from steward.records.stored_records import records_of

Fetch = Callable[[str, int, int], memoryview]
"""Read a number of bytes of a file at a position."""

_COLUMNS = np.dtype(
    [
        ("base_offset", "q"),
        ("last_offset", "q"),
        ("crc", "I"),
        ("leader_epoch", "i"),
        ("size", "q"),
        ("position", "q"),
        ("file", "i"),
    ]
)


@dataclass(slots=True)
class LogSide:
    """One log: its batches by offset, and how to read them. Damaged batches are left out, and counted."""

    fetch: Fetch
    files: list[str] = field(default_factory=list[str])
    damaged: int = 0
    _parts: list[NDArray[np.void]] = field(default_factory=list[NDArray[np.void]])

    def add(self, scan: SegmentScan) -> None:
        """Add a segment; segments come in order."""
        rows = scan.rows[scan.intact]
        self.damaged += int(np.count_nonzero(~scan.intact)) + len(scan.breaks)
        part = np.zeros(len(rows), _COLUMNS)
        for name in ("base_offset", "crc", "leader_epoch", "position"):
            part[name] = rows[name]
        part["last_offset"] = rows["base_offset"] + rows["last_offset_delta"]
        part["size"] = rows["length"].astype(np.int64) + 12
        part["file"] = len(self.files)
        part["leader_epoch"][rows["magic"] < CURRENT_MAGIC] = -1
        self.files.append(scan.name)
        self._parts.append(part)

    @property
    def batches(self) -> NDArray[np.void]:
        """The batches by offset."""
        return np.concatenate(self._parts) if self._parts else np.zeros(0, _COLUMNS)

    def contents(self, batch: np.void) -> dict[int, tuple[int, bytes]] | Unknown:
        """Return the records of a batch by offset: timestamp, and key, value and headers as stored."""
        data = self.fetch(
            self.files[int(batch["file"])], int(batch["position"]), int(batch["size"])
        )
        found = records_of(next(stored_batches(data)))
        if isinstance(found, Unknown):
            return found
        return {r.offset: (r.timestamp_ms, r.body) for r in found}


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """Offsets that belong together, both included, and how many records of them are meant."""

    first: int
    last: int
    records: int


@dataclass(slots=True)
class LogDifference:
    """What two logs have in common and what not, over the offsets that both reach.

    ``diverged``: other content at the same offset; ``only_left``, ``only_right``: records on one side;
    ``epochs``: equal content under other leader epochs; ``unread``: batches that could not be decoded.
    """

    common: OffsetRange | None = None
    equal_batches: int = 0
    compared_records: int = 0
    diverged: list[OffsetRange] = field(default_factory=list[OffsetRange])
    only_left: list[OffsetRange] = field(default_factory=list[OffsetRange])
    only_right: list[OffsetRange] = field(default_factory=list[OffsetRange])
    epochs: list[OffsetRange] = field(default_factory=list[OffsetRange])
    unread: list[str] = field(default_factory=list[str])


def compare(left: LogSide, right: LogSide) -> LogDifference:
    """Compare two logs over the offsets that both reach."""
    ours, theirs = left.batches, right.batches
    found = LogDifference()
    if not len(ours) or not len(theirs):
        return found
    first = max(int(ours["base_offset"][0]), int(theirs["base_offset"][0]))
    last = min(int(ours["last_offset"].max()), int(theirs["last_offset"].max()))
    if first > last:
        return found
    found.common = OffsetRange(first, last, 0)
    ours, theirs = (
        side[(side["last_offset"] >= first) & (side["base_offset"] <= last)]
        for side in (ours, theirs)
    )
    same_ours, same_theirs = _pairs(ours, theirs)
    found.equal_batches = len(same_ours)
    other_epoch = ours["leader_epoch"][same_ours] != theirs["leader_epoch"][same_theirs]
    for i in same_ours[other_epoch].tolist():
        begin, end = int(ours["base_offset"][i]), int(ours["last_offset"][i])
        found.epochs.append(OffsetRange(begin, end, end - begin + 1))
    found.epochs = _joined(found.epochs)
    _records(
        found,
        (left, np.delete(ours, same_ours)),
        (right, np.delete(theirs, same_theirs)),
    )
    return found


def _pairs(
    ours: NDArray[np.void], theirs: NDArray[np.void]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places of batches with equal offsets, checksum and size."""
    bases, at_ours, at_theirs = np.intersect1d(
        ours["base_offset"], theirs["base_offset"], return_indices=True
    )
    del bases
    equal = np.ones(len(at_ours), np.bool_)
    for name in ("last_offset", "crc", "size"):
        equal &= ours[name][at_ours] == theirs[name][at_theirs]
    return at_ours[equal], at_theirs[equal]


def _records(
    found: LogDifference,
    left: tuple[LogSide, NDArray[np.void]],
    right: tuple[LogSide, NDArray[np.void]],
) -> None:
    """Compare the records of the batches that differ, group by group of overlapping offsets."""
    if found.common is None:
        return
    diverged: list[int] = []
    only: tuple[list[int], list[int]] = ([], [])
    for ours, theirs in _groups(left[1], right[1]):
        contents: list[dict[int, tuple[int, bytes]]] = []
        for side, batches in ((left[0], ours), (right[0], theirs)):
            merged: dict[int, tuple[int, bytes]] = {}
            for batch in batches:
                records = side.contents(batch)
                if isinstance(records, Unknown):
                    found.unread.append(f"{side.files[int(batch['file'])]}: {records}")
                else:
                    merged |= records
            contents.append(merged)
        wanted = range(found.common.first, found.common.last + 1)
        mine, others = ({o: r for o, r in one.items() if o in wanted} for one in contents)
        found.compared_records += len(mine.keys() & others.keys())
        diverged += [o for o in mine.keys() & others.keys() if mine[o] != others[o]]
        only[0].extend(mine.keys() - others.keys())
        only[1].extend(others.keys() - mine.keys())
    found.diverged = _ranges(diverged)
    found.only_left, found.only_right = _ranges(only[0]), _ranges(only[1])


def _groups(
    ours: NDArray[np.void], theirs: NDArray[np.void]
) -> Iterator[tuple[NDArray[np.void], NDArray[np.void]]]:
    """Yield batches of both sides whose offsets overlap: records of one may lie in another batch on the other side."""
    i = j = 0
    while i < len(ours) or j < len(theirs):
        begin_i, begin_j = i, j
        starts = [int(s["base_offset"][k]) for s, k in ((ours, i), (theirs, j)) if k < len(s)]
        end = min(starts)
        grows = True
        while grows:
            grows = False
            while i < len(ours) and int(ours["base_offset"][i]) <= end:
                end, i, grows = max(end, int(ours["last_offset"][i])), i + 1, True
            while j < len(theirs) and int(theirs["base_offset"][j]) <= end:
                end, j, grows = max(end, int(theirs["last_offset"][j])), j + 1, True
        yield ours[begin_i:i], theirs[begin_j:j]


def _ranges(offsets: Sequence[int]) -> list[OffsetRange]:
    """Join neighbouring offsets."""
    return _joined([OffsetRange(o, o, 1) for o in sorted(offsets)])


def _joined(ranges: Sequence[OffsetRange]) -> list[OffsetRange]:
    found: list[OffsetRange] = []
    for one in ranges:
        if found and one.first <= found[-1].last + 1:
            before = found.pop()
            one = OffsetRange(before.first, one.last, before.records + one.records)
        found.append(one)
    return found
