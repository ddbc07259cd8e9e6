"""Totals of a partition's log from the headers of its batches: by time, producer and codec, fill and compression."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from steward.records.batch_table import BatchTable
from steward.records.batches import CODECS, HEADER, OVERHEAD_BYTES
from steward.records.compression import PayloadError, expand
from steward.records.log.segment import SegmentScan

_SAMPLED = 4
"""Batches of each codec that are decompressed of each piece of a file: enough for a ratio, cheap for any size."""


@dataclass(slots=True)
class Total:
    """Batches, records and bytes of one group, and the largest timestamps of its batches, -1 without one."""

    batches: int = 0
    records: int = 0
    bytes: int = 0
    first_ms: int = -1
    last_ms: int = -1


@dataclass(slots=True)
class Sample:
    """What was decompressed of one codec, in bytes: as stored, and expanded."""

    batches: int = 0
    stored: int = 0
    expanded: int = 0


@dataclass(slots=True)
class CodecSamples:
    """The samples of one segment, by codec."""

    by_codec: dict[int, Sample] = field(default_factory=dict[int, Sample])

    def sample(
        self, _: int, piece: memoryview, table: BatchTable, intact: NDArray[np.bool_]
    ) -> bool:
        """Decompress a few batches of each codec of a piece of a segment."""
        codecs = table.codec_ids
        for codec in np.unique(codecs[intact]).tolist():
            name = CODECS.get(codec, "")
            if not codec or not name:
                continue
            found = self.by_codec.setdefault(codec, Sample())
            chosen = np.flatnonzero(intact & (codecs == codec) & (table.rows["magic"] >= 2))
            for i in chosen[:: max(1, len(chosen) // _SAMPLED)][:_SAMPLED].tolist():
                begin = int(table.rows["position"][i]) + HEADER.size
                end = begin - HEADER.size + OVERHEAD_BYTES + int(table.rows["length"][i])
                try:
                    expanded = len(expand(name, bytes(piece[begin:end])))
                except PayloadError:
                    continue
                found.batches += 1
                found.stored += end - begin
                found.expanded += expanded
        return True


@dataclass(slots=True)
class LogTotals:
    """The totals of one partition, segment by segment. ``bucket_ms``: the length of a bucket of time."""

    bucket_ms: int
    all: Total = field(default_factory=Total)
    by_time: dict[int, Total] = field(default_factory=dict[int, Total])
    by_producer: dict[int, Total] = field(default_factory=dict[int, Total])
    by_codec: dict[int, Total] = field(default_factory=dict[int, Total])
    samples: dict[int, Sample] = field(default_factory=dict[int, Sample])
    first_offset: int = -1
    last_offset: int = -1
    segments: int = 0
    missing_offsets: int = 0
    """offsets without a batch, between the first and the last"""
    removed_records: int = 0
    """records that the cleaner removed from inside of batches"""
    commits: int = 0
    aborts: int = 0
    damaged: int = 0
    _sizes: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    _counts: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])

    def add(self, scan: SegmentScan, samples: CodecSamples) -> None:
        """Add a segment; segments come in order. Damaged batches are counted, and nothing else of them."""
        self.segments += 1
        for codec, sample in samples.by_codec.items():
            known = self.samples.setdefault(codec, Sample())
            known.batches += sample.batches
            known.stored += sample.stored
            known.expanded += sample.expanded
        self.damaged += int(np.count_nonzero(~scan.intact)) + len(scan.breaks)
        table = BatchTable(
            scan.rows[scan.intact], scan.table.end, scan.size_bytes, scan.table.trailing_bytes
        )
        rows = table.rows
        if not len(rows):
            return
        sizes, counts = table.sizes, rows["record_count"].astype(np.int64)
        stamps = rows["max_timestamp_ms"].astype(np.int64)
        self._offsets(table)
        is_data = ~table.is_control
        self._sizes.append(sizes[is_data])
        self._counts.append(counts[is_data])
        every = np.zeros(len(rows), np.int64)
        _add({0: self.all}, every, sizes, counts, stamps)
        _add(self.by_time, stamps // self.bucket_ms, sizes, counts, stamps)
        _add(self.by_producer, rows["producer_id"], sizes, counts, stamps)
        _add(self.by_codec, table.codec_ids.astype(np.int64), sizes, counts, stamps)
        for marker in scan.markers.values():
            if marker is not None and marker.ends_transaction:
                self.aborts += marker.is_abort
                self.commits += not marker.is_abort

    def _offsets(self, table: BatchTable) -> None:
        rows, lasts = table.rows, table.last_offsets
        bases = rows["base_offset"]
        before = self.last_offset if self.first_offset >= 0 else int(bases[0]) - 1
        previous = np.concatenate(([before], lasts[:-1]))
        self.missing_offsets += int(np.maximum(bases - previous - 1, 0).sum())
        current = rows["magic"] >= 2
        written = rows["last_offset_delta"].astype(np.int64) + 1
        self.removed_records += int((written - rows["record_count"])[current].clip(0).sum())
        if self.first_offset < 0:
            self.first_offset = int(bases[0])
        self.last_offset = int(lasts[-1])

    def percentiles(self, *shares: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return percentiles of the records and of the bytes of a batch of data; empty without one."""
        if not any(map(len, self._sizes)):
            return (), ()
        counts, sizes = np.concatenate(self._counts), np.concatenate(self._sizes)
        found = np.percentile(counts, shares), np.percentile(sizes, shares)
        return tuple(found[0].tolist()), tuple(found[1].tolist())


def _add(
    into: dict[int, Total],
    keys: NDArray[np.int64],
    sizes: NDArray[np.int64],
    counts: NDArray[np.int64],
    stamps: NDArray[np.int64],
) -> None:
    """Add batches to the totals of their groups."""
    groups, of = np.unique(keys, return_inverse=True)
    largest = np.full(len(groups), -1, np.int64)
    np.maximum.at(largest, of, stamps)
    smallest = np.full(len(groups), np.iinfo(np.int64).max)
    np.minimum.at(smallest, of, np.where(stamps < 0, np.iinfo(np.int64).max, stamps))
    batches = np.bincount(of)
    records, size = np.zeros(len(groups), np.int64), np.zeros(len(groups), np.int64)
    np.add.at(records, of, counts)
    np.add.at(size, of, sizes)
    for i, key in enumerate(groups.tolist()):
        total = into.get(key)
        if total is None:
            total = into[key] = Total()
        total.batches += int(batches[i])
        total.records += int(records[i])
        total.bytes += int(size[i])
        if largest[i] >= 0:
            first = int(smallest[i])
            total.first_ms = first if total.first_ms < 0 else min(total.first_ms, first)
            total.last_ms = max(total.last_ms, int(largest[i]))
