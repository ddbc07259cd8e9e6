"""One partition in one run: takes batches in order, writes them as objects, and adds up their facts."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace

import numpy as np

from steward.backup.lineages import LineageStore
from steward.backup.stores.port import ObjectWriter
from steward.model.topic import PartitionOffsets
from steward.records.backup.batch_facts import BatchFacts
from steward.records.backup.chain import chain_seed, chained
from steward.records.backup.layout import header_key, log_key
from steward.records.backup.manifest import (
    AbortedTransaction,
    Counts,
    ObjectEntry,
    OpenTransaction,
    PartitionManifest,
    StoredRange,
)
from steward.records.backup.object_scan import ObjectScan
from steward.records.backup.record_tally import RecordTally
from steward.records.batch_table import BatchTable, batch_table, checksums_match
from steward.records.committed import Aborted

OBJECT_BYTES = 256 * 1024 * 1024
"""An object is closed once it has this size: far below 2 GiB, which Kafka's own tools can read."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    data: memoryview
    table: BatchTable
    aborted: tuple[AbortedTransaction, ...]
    retention: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CaptureThreads:
    """Threads beside the one that copies. ``committer`` has one worker: objects become durable in their order."""

    hasher: Executor
    committer: Executor


class PartitionCapture:
    """Copies one partition up to the last stable offset that the run began with.

    ``accept`` reads the headers of an answer, which decides where to continue; ``flush`` hashes and writes what was
    accepted, while the next request is on its way.
    """

    def __init__(
        self,
        lineage: LineageStore,
        partition: int,
        offsets: PartitionOffsets,
        before: PartitionManifest | None,
        *,
        compacted: bool,
        object_bytes: int = OBJECT_BYTES,
        digest: bool = False,
    ) -> None:
        self._lineage = lineage
        self.partition = partition
        self.offsets = offsets
        self._before = before
        self._object_bytes = object_bytes
        self.records = RecordTally() if digest else None
        """decodes every record for digests; None: records are not decoded"""
        start = before.stored.next_offset if before else offsets.start
        is_first = before is None or before.stored.base == before.stored.next_offset
        self._logical_start = start
        self._base: int | None = None if is_first else (before.stored.base if before else None)
        self._is_first = is_first
        self.facts = BatchFacts(start, compacted=compacted, is_first=is_first)
        self.next_offset = start
        """where to continue reading"""
        self._after = start
        """the offset after the last batch accepted; it lies below ``next_offset`` while a gap is open"""
        self.last_epoch = before.leader_epochs[-1][0] if before and before.leader_epochs else -1
        """leader epoch of the last batch; -1 where there is none"""
        self.target = offsets.last_stable if offsets.last_stable >= 0 else offsets.end
        self.is_compared = False
        """whether a broker has confirmed that its log continues what is stored"""
        self.incomplete = ""
        self.objects: list[ObjectEntry] = []
        self.bytes_stored = 0
        self._queue: list[_Accepted] = []
        self._commits: list[Future[None]] = []
        self._retention: list[tuple[int, int]] = []
        self._scan: ObjectScan | None = None
        self._writer: ObjectWriter | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to read. One read at least compares leader epochs with what is stored."""
        is_compared = self.is_compared or self.last_epoch < 0
        return bool(self.incomplete) or (is_compared and self.next_offset >= self.target)

    @property
    def is_begun(self) -> bool:
        """Whether an object of it is being written."""
        return self._scan is not None or bool(self._queue)

    def stop(self, why: str) -> None:
        """Read no further; the manifest says why."""
        self.incomplete = self.incomplete or why

    def accept(self, records: memoryview, aborted: Sequence[Aborted]) -> int:
        """Take the whole batches of an answer, below the target; return how many.

        A batch whose checksum is wrong, or that lies below the offset asked for, stops the partition.
        """
        self.is_compared = True
        table = _below(batch_table(records), self.target)
        if not len(table):
            return 0
        data = records[: table.end_position]
        first = int(table.rows["base_offset"][0])
        expected = np.concatenate(([self._after], table.last_offsets[:-1] + 1))
        if self._is_first and first <= self._after <= int(table.last_offsets[0]):
            expected[0] = first
        wrong = ~checksums_match(data, table.rows) | (table.rows["base_offset"] < expected)
        if wrong.any():
            bad = int(np.flatnonzero(wrong)[0])
            self.stop(f"the broker sends a damaged batch at offset {int(expected[bad])}")
            table = _first(table, bad)
            data = records[: table.end_position]
            if not len(table):
                return 0
        self._is_first = False
        listed = tuple(
            AbortedTransaction(producer_id=a.producer_id, first_offset=a.first_offset)
            for a in aborted
        )
        self._queue.append(_Accepted(data, table, listed, tuple(self._retention)))
        self._retention.clear()
        self._after = self.next_offset = int(table.last_offsets[-1]) + 1
        self.last_epoch = int(table.rows["leader_epoch"][-1])
        return len(table)

    def lost(self, log_start: int) -> None:
        """Continue at a later log start: retention deleted records before they were read."""
        self._retention = [(self._after, log_start - 1)]
        self.next_offset = log_start
        self.last_epoch = -1

    def flush(self, threads: CaptureThreads) -> None:
        """Write what was accepted, and hash it in another thread meanwhile.

        Errors: ObjectStoreFault.
        """
        for accepted in self._queue:
            scan, writer = self._open(int(accepted.table.rows["base_offset"][0]))
            scan.expect(accepted.aborted, accepted.retention)
            hashing = threads.hasher.submit(scan.hash, accepted.data)
            for problem in scan.add(accepted.data, accepted.table):
                self.stop(f"offset {problem.offset}: {problem.found}")
            writer.write(accepted.data)
            hashing.result()
            self.bytes_stored += len(accepted.data)
            if scan.size >= self._object_bytes:
                self.close(threads)
        self._queue.clear()

    def _open(self, base: int) -> tuple[ObjectScan, ObjectWriter]:
        if self._scan is None or self._writer is None:
            key = self._lineage.key(log_key(self.partition, base))
            self._scan = ObjectScan(key, self.facts, self.records)
            self._writer = self._lineage.store.writer(key)
        return self._scan, self._writer

    def close(self, threads: CaptureThreads) -> None:
        """Complete the object that is being written, in another thread: its bytes are flushed to the disk there."""
        scan, writer = self._scan, self._writer
        if scan is None or writer is None:
            return
        entry, index = scan.finish(log_key(self.partition, scan.base))
        self.objects.append(entry)
        self._scan = self._writer = None
        self._commits.append(threads.committer.submit(self._commit, entry, index, writer))

    def _commit(self, entry: ObjectEntry, index: bytes, writer: ObjectWriter) -> None:
        """Store the header index, then the object: an object without its index does not exist."""
        try:
            self._lineage.store.put(self._lineage.key(header_key(entry.key)), index)
            writer.commit()
        except BaseException:
            writer.abort()
            raise

    def adopt(self, entry: ObjectEntry, facts: BatchFacts, last_epoch: int) -> None:
        """Count an object that an interrupted run left; ``facts`` include its batches."""
        self.facts = facts
        self.objects.append(entry)
        self._after = self.next_offset = self.facts.next_offset
        self.last_epoch = last_epoch
        self._is_first = False

    def finish(self) -> None:
        """Wait until every object is durable, after `close`.

        Errors: ObjectStoreFault.
        """
        for commit in self._commits:
            commit.result()
        self._commits.clear()

    def abort(self) -> None:
        """Discard the object that is being written; complete ones stay, and the next run uses them."""
        if self._writer is not None:
            self._writer.abort()
        self._scan = self._writer = None
        self._queue.clear()

    def manifest(self, open_transactions: Iterable[OpenTransaction] = ()) -> PartitionManifest:
        """Return what this run added, after `finish`."""
        facts, offsets, before = self.facts, self.offsets, self._before
        if self._retention:
            facts.gaps.expect(self._retention)
            for first, last in self._retention:
                facts.gaps.tail(first, last)
        base = self._base if self._base is not None else facts.base
        seed = before.chain if before else chain_seed(self._lineage.lineage, self.partition)
        return PartitionManifest(
            partition=self.partition,
            log_start=offsets.start,
            high_watermark=offsets.end,
            last_stable_offset=self.target,
            stored=StoredRange(
                base=self.next_offset if base is None else base,
                logical_start=before.stored.logical_start if before else self._logical_start,
                next_offset=self.next_offset,
            ),
            counts=self._counts(),
            timestamps=facts.timestamps,
            codecs=facts.codecs,
            magics=facts.magics,
            schema_ids=self.records.schema_ids if self.records else {},
            leader_epochs=facts.leader_epochs or (before.leader_epochs[-1:] if before else ()),
            gaps=facts.gaps.listed,
            gap_counts=facts.gaps.counts,
            aborted=facts.aborted.listed,
            open_transactions=tuple(open_transactions),
            objects=tuple(self.objects),
            chain=chained(seed, self.objects),
            incomplete=self.incomplete,
            digest=self.records.digest if self.records else None,
        )

    def _counts(self) -> Counts:
        if self.records is None:
            return self.facts.counts
        return replace(
            self.facts.counts,
            tombstones=self.records.tombstones,
            null_keys=self.records.null_keys,
        )


def _below(table: BatchTable, offset: int) -> BatchTable:
    """Return the batches that begin below an offset."""
    beyond = np.flatnonzero(table.rows["base_offset"] >= offset)
    return _first(table, int(beyond[0])) if len(beyond) else table


def _first(table: BatchTable, number: int) -> BatchTable:
    """Return the first batches of a table."""
    end = int(table.positions[number])
    trailing = table.trailing_bytes + table.end_position - end
    return BatchTable(table.rows[:number], table.end, end, trailing)
