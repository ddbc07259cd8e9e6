"""From stored batches to batches for Produce requests, in order, with the source offsets of their records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.model.unknown import Unknown
from steward.records.batch_table import BatchTable, Buffer
from steward.records.batches import CODECS, CURRENT_MAGIC, HEADER, OVERHEAD_BYTES, stored_batches
from steward.records.compression import compress
from steward.records.restore.decide import Decision, RestoreFormat, decisions
from steward.records.restore.offset_map import SourceRun
from steward.records.stored_records import StoredRecord, records_of, varint

_ID_OF = {name: number for number, name in CODECS.items()}
_NO_PRODUCER = -1
_RECORD_OVERHEAD_BYTES = 12
"""Length, attributes and deltas of a record, at most a few bytes each."""
_LARGEST_CONTENT_BYTES = 64 * 1024 * 1024
"""Of a new batch before compression."""


@dataclass(frozen=True, slots=True)
class RestoredBatch:
    """One batch of format v2 to produce, once `producing.patched` has given it its producer and checksum.

    ``runs``: the source offsets of its records, in order; ``decision``: of the first stored batch in it.
    """

    data: bytes | memoryview
    records: int
    runs: tuple[SourceRun, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class UnreadableBatch:
    """A stored batch whose records cannot be decoded, and why: the restore cannot continue past it."""

    offset: int
    reason: Unknown


class BatchRewriter:
    """Rewrites the committed data of one partition; tables are given in the order of offsets.

    ``start``: records below this source offset are not restored, such as those that retention had deleted before.
    ``skip`` records from there on were restored earlier: they only appear in ``skipped``.
    """

    def __init__(self, goal: RestoreFormat, *, start: int = 0, skip: int = 0) -> None:
        self._goal = goal
        self._room = goal.aim_bytes - HEADER.size
        self._start = start
        self._left_to_skip = skip
        self._pending: list[StoredRecord] = []
        self._pending_bytes = 0.0
        self._pending_content = 0
        self._pending_codec = "none"
        self._pending_why = Decision.SMALL
        self.skipped: list[SourceRun] = []
        """source offsets of records that were restored earlier"""
        self.next_offset = 0
        """the source offset after the last batch"""

    def feed(
        self, data: Buffer, table: BatchTable, aborted: NDArray[np.bool_]
    ) -> Iterator[RestoredBatch | UnreadableBatch]:
        """Yield what is complete of the next batches; ``aborted`` as in `decisions`. ``data`` are their bytes."""
        view = memoryview(data).cast("B")
        rows = table.rows
        columns = zip(
            decisions(table, aborted, self._goal).tolist(),
            table.positions.tolist(),
            table.sizes.tolist(),
            rows["base_offset"].tolist(),
            rows["record_count"].tolist(),
            strict=True,
        )
        for number, at, size, base, count in columns:
            decision = Decision(number)
            if decision.is_skipped:
                continue
            piece = view[at : at + size]
            if decision is Decision.PATCH and base >= self._start:
                if self._left_to_skip >= count:
                    self._skip([(base, count)], count)
                    continue
                if not self._left_to_skip:
                    yield from self.flush()
                    yield RestoredBatch(piece, count, ((base, count),), decision)
                    continue
            yield from self._encode(piece, decision)
        if len(table):
            self.next_offset = int(table.last_offsets[-1]) + 1

    def flush(self) -> Iterator[RestoredBatch]:
        """Yield what was waiting for more records."""
        records, self._pending = self._pending, []
        self._pending_bytes, self._pending_content = 0.0, 0
        if records:
            yield from self._written(records, self._pending_codec, self._pending_why)

    def _encode(
        self, piece: memoryview, decision: Decision
    ) -> Iterator[RestoredBatch | UnreadableBatch]:
        batch = next(iter(stored_batches(piece)))
        found = records_of(batch)
        if isinstance(found, Unknown):
            yield UnreadableBatch(batch.header.base_offset, found)
            return
        if self._start:
            found = [r for r in found if r.offset >= self._start]
        if self._left_to_skip:
            restored = found[: self._left_to_skip]
            self._skip(runs_of(restored), len(restored))
            found = found[len(restored) :]
        codec = self._goal.codec or batch.header.codec
        if self._pending and codec != self._pending_codec:
            yield from self.flush()
        content = sum(len(r.body) for r in found) or 1
        ratio = len(piece) / content if batch.header.magic >= CURRENT_MAGIC else 1.0
        for record in found:
            size = len(record.body) + _RECORD_OVERHEAD_BYTES
            if self._is_full(ratio * size, size):
                yield from self.flush()
            if not self._pending:
                self._pending_codec, self._pending_why = codec, decision
            self._pending.append(record)
            self._pending_bytes += ratio * size
            self._pending_content += size

    def _is_full(self, stored: float, content: int) -> bool:
        return bool(self._pending) and (
            self._pending_bytes + stored > self._room
            or self._pending_content + content > _LARGEST_CONTENT_BYTES
        )

    def _skip(self, runs: Sequence[SourceRun], records: int) -> None:
        self.skipped += runs
        self._left_to_skip -= records

    def _written(
        self, records: Sequence[StoredRecord], codec: str, decision: Decision
    ) -> Iterator[RestoredBatch]:
        """Write records as one batch, or as several where it would be too large for the target."""
        data = encoded(records, codec)
        if len(data) > self._goal.max_batch_bytes and len(records) > 1:
            middle = len(records) // 2
            yield from self._written(records[:middle], codec, decision)
            yield from self._written(records[middle:], codec, decision)
            return
        yield RestoredBatch(data, len(records), tuple(runs_of(records)), decision)


def encoded(records: Sequence[StoredRecord], codec: str) -> bytes:
    """Return a batch of format v2 with CreateTime, without producer and checksum."""
    base_timestamp = records[0].timestamp_ms
    content = bytearray()
    for number, record in enumerate(records):
        body = b"\0" + varint(record.timestamp_ms - base_timestamp) + varint(number) + record.body
        content += varint(len(body)) + body
    payload = compress(codec, bytes(content))
    header = HEADER.pack(
        0,
        HEADER.size - OVERHEAD_BYTES + len(payload),
        -1,
        CURRENT_MAGIC,
        0,
        _ID_OF[codec],
        len(records) - 1,
        base_timestamp,
        max(record.timestamp_ms for record in records),
        _NO_PRODUCER,
        _NO_PRODUCER,
        _NO_PRODUCER,
        len(records),
    )
    return header + payload


def runs_of(records: Sequence[StoredRecord]) -> list[SourceRun]:
    """Return the source offsets of records as runs."""
    found: list[SourceRun] = []
    for record in records:
        if found and sum(found[-1]) == record.offset:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((record.offset, 1))
    return found
