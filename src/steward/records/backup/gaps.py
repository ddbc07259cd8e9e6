"""Missing offsets between and inside stored batches, and why they are missing.

Source: Kafka's log cleaner (RecordBatch retention in LogCleaner and MemoryRecords.filterTo): it removes records inside
batches, whole batches, and the markers of transactions without records. Brokers without compaction write no gaps.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from steward.records.backup.manifest import MOST_GAPS, Gap, GapClass
from steward.records.batch_table import BatchTable


class GapTally:
    """Gaps of one partition in one run: the first 1,000, and the missing offsets of all by class."""

    def __init__(self, *, compacted: bool) -> None:
        self._compacted = compacted
        self._retention = set[int]()
        self._listed: list[Gap] = []
        self._offsets = Counter[GapClass]()
        self._after_transaction = False

    @property
    def listed(self) -> tuple[Gap, ...]:
        """The first gaps, by offset."""
        return tuple(self._listed)

    @property
    def counts(self) -> Mapping[str, int]:
        """Missing offsets by class."""
        return {kind.value: n for kind, n in sorted(self._offsets.items())}

    def expect(self, retention: Iterable[tuple[int, int]]) -> None:
        """Expect gaps that retention caused: the log began later than where the copy was to continue.

        A gap may end earlier or later than where the log begins: a batch may span that offset, or be missing there.
        """
        self._retention.update(first for first, _ in retention)

    def add(self, table: BatchTable, expected: NDArray[np.int64]) -> None:
        """Classify the gaps of consecutive batches; ``expected``: the offset at which each should begin."""
        rows, found = table.rows, table.rows["base_offset"]
        after_txn = np.empty(len(rows), np.bool_)
        after_txn[0], after_txn[1:] = self._after_transaction, table.is_transactional[:-1]
        self._after_transaction = bool(table.is_transactional[-1])
        is_current = rows["magic"] > 1
        missing_inside = rows["last_offset_delta"].astype(np.int64) + 1 - rows["record_count"]
        for i in np.flatnonzero(is_current & ((found > expected) | (missing_inside > 0))).tolist():
            first, last = int(expected[i]), int(found[i]) - 1
            if last >= first:
                self._take(first, last, last - first + 1, self._between(first, last, after_txn[i]))
            if missing_inside[i] > 0:
                first, last = int(found[i]), int(table.last_offsets[i])
                self._take(first, last, int(missing_inside[i]), GapClass.COMPACTED_INSIDE_BATCH)

    def _between(self, first: int, last: int, after_transaction: bool) -> GapClass:
        if first in self._retention:
            return GapClass.RETENTION_BEFORE_REACH
        if not self._compacted:
            return GapClass.UNKNOWN
        is_marker = first == last and after_transaction
        return GapClass.TXN_MARKER_REMOVED if is_marker else GapClass.COMPACTED_BATCH

    def tail(self, first: int, last: int) -> None:
        """Classify a gap after the last stored batch."""
        self._take(first, last, last - first + 1, self._between(first, last, False))

    def _take(self, first: int, last: int, missing: int, kind: GapClass) -> None:
        self._offsets[kind] += missing
        if len(self._listed) < MOST_GAPS:
            self._listed.append(Gap(first=first, last=last, kind=kind))
