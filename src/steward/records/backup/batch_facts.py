"""What the batches of one partition say in one run: counts, timestamps, codecs, gaps. Independent of how they came."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.model.batch import NO_TIMESTAMP
from steward.records.backup.aborted import AbortedBatches
from steward.records.backup.gaps import GapTally
from steward.records.backup.manifest import Counts, Timestamps
from steward.records.batch_table import BatchTable
from steward.records.batches import CODECS

MOST_PRODUCERS = 100_000
_CURRENT_MAGIC = 2


@dataclass(frozen=True, slots=True)
class OrderFault:
    """A batch that does not follow the one before: its first offset lies below the expected one."""

    position: int
    expected: int
    found: int


class BatchFacts:
    """Adds up the batches of one partition in one run, given in stored order."""

    def __init__(
        self,
        next_offset: int,
        *,
        compacted: bool,
        is_first: bool = False,
    ) -> None:
        self.next_offset = next_offset
        """the offset after the last batch"""
        self.base: int | None = None
        """the first offset of the first batch; it may lie below the offset asked for in a lineage's first run"""
        self.last_aborted = np.zeros(0, np.bool_)
        """which batches of the last table belong to aborted transactions"""
        self.gaps = GapTally(compacted=compacted)
        self.aborted = AbortedBatches()
        self._is_first = is_first
        self._sums = Counter[str]()
        self._codecs, self._magics = Counter[str](), Counter[str]()
        self._producers = set[int]()
        self._epochs: list[tuple[int, int]] = []
        self._first_ms: int | None = None
        self._last_ms: int | None = None

    def add(
        self, table: BatchTable, data: bytes | bytearray | memoryview
    ) -> tuple[OrderFault, ...]:
        """Count a table of batches; return those that do not follow the one before. ``data`` are its bytes."""
        if not len(table):
            return ()
        expected = self._expected(table)
        self.gaps.add(table, expected)
        faults = tuple(
            OrderFault(int(table.positions[i]), int(expected[i]), int(table.rows["base_offset"][i]))
            for i in np.flatnonzero(table.rows["base_offset"] < expected).tolist()
        )
        self.last_aborted = self.aborted.mask(table, data)
        self._count(table, self.last_aborted)
        self._describe(table)
        self.next_offset = int(table.last_offsets[-1]) + 1
        return faults

    def _expected(self, table: BatchTable) -> NDArray[np.int64]:
        """Return where each batch should begin: after the last offset of the one before."""
        expected = np.empty(len(table), np.int64)
        first = int(table.rows["base_offset"][0])
        if self.base is None:
            self.base = first
            if self._is_first and first <= self.next_offset <= int(table.last_offsets[0]):
                self.next_offset = first
        expected[0], expected[1:] = self.next_offset, table.last_offsets[:-1] + 1
        return expected

    def _count(self, table: BatchTable, aborted: NDArray[np.bool_]) -> None:
        records, control = table.rows["record_count"].astype(np.int64), table.is_control
        self._sums += Counter(
            batches=len(table),
            records=int(records.sum()),
            control=int(records[control].sum()),
            aborted=int(records[aborted].sum()),
            bytes=int(table.sizes.sum()),
            log_append=int(table.is_log_append_time.sum()),
        )

    def _describe(self, table: BatchTable) -> None:
        rows = table.rows
        codecs, numbers = np.unique(table.codec_ids, return_counts=True)
        for codec, number in zip(codecs.tolist(), numbers.tolist(), strict=True):
            self._codecs[CODECS.get(codec, "unknown")] += number
        magics, numbers = np.unique(rows["magic"], return_counts=True)
        for magic, number in zip(magics.tolist(), numbers.tolist(), strict=True):
            self._magics[str(magic)] += number
        if len(self._producers) < MOST_PRODUCERS:
            known = np.unique(rows["producer_id"])
            self._producers.update(known[known >= 0].tolist()[:MOST_PRODUCERS])
        epochs = rows["leader_epoch"]
        turns = np.flatnonzero(epochs[1:] != epochs[:-1]) + 1
        for i in (0, *turns.tolist()):
            if not self._epochs or self._epochs[-1][0] != int(epochs[i]):
                self._epochs.append((int(epochs[i]), int(rows["base_offset"][i])))
        self._times(table)

    def _times(self, table: BatchTable) -> None:
        bases = table.rows["base_timestamp_ms"]
        bases = bases[
            (bases > NO_TIMESTAMP) & ~table.has_delete_horizon & ~table.is_log_append_time
        ]
        largest = table.rows["max_timestamp_ms"]
        largest = largest[largest > NO_TIMESTAMP]
        smallest = [int(times.min()) for times in (bases, largest) if len(times)]
        if smallest:
            known = [*smallest, *([] if self._first_ms is None else [self._first_ms])]
            self._first_ms = min(known)
        if len(largest):
            self._last_ms = max(int(largest.max()), self._last_ms or NO_TIMESTAMP)

    @property
    def counts(self) -> Counts:
        """Counts so far; what needs decoded records is null."""
        found = self._sums
        return Counts(
            batches=found["batches"],
            records=found["records"],
            data=found["records"] - found["control"] - found["aborted"],
            control=found["control"],
            aborted=found["aborted"],
            producer_ids=min(len(self._producers), MOST_PRODUCERS),
            bytes=found["bytes"],
        )

    @property
    def timestamps(self) -> Timestamps:
        """Smallest and largest timestamp so far, and batches by timestamp type."""
        append = self._sums["log_append"]
        return Timestamps(
            min=self._first_ms,
            max=self._last_ms,
            create=self._sums["batches"] - append,
            log_append=append,
        )

    @property
    def codecs(self) -> Mapping[str, int]:
        """Batches by codec."""
        return dict(sorted(self._codecs.items()))

    @property
    def magics(self) -> Mapping[str, int]:
        """Batches by message format."""
        return dict(sorted(self._magics.items()))

    @property
    def leader_epochs(self) -> tuple[tuple[int, int], ...]:
        """Each leader epoch with the first offset stored of it."""
        return tuple(self._epochs)
