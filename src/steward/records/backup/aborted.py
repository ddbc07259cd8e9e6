"""Which batches belong to aborted transactions, over any number of consecutive tables.

A producer's transaction is aborted from its listed first offset up to the producer's ABORT marker.

Source: CompletedFetch of Kafka's consumer (read_committed).
"""

from collections.abc import Iterable
from struct import Struct, error

import numpy as np
from numpy.typing import NDArray

from steward.records.backup.manifest import AbortedTransaction
from steward.records.batch_table import BatchTable
from steward.records.batches import HEADER

_KEY = Struct(">hh")
_ABORT = 0


class AbortedBatches:
    """Follows the transactions of one partition; tables are given in the order of offsets."""

    def __init__(self, listed: Iterable[AbortedTransaction] = ()) -> None:
        self._coming: list[AbortedTransaction] = []
        self._seen = set[AbortedTransaction]()
        self._active = set[int]()
        self.expect(listed)

    @property
    def listed(self) -> tuple[AbortedTransaction, ...]:
        """All aborted transactions that were listed, by first offset."""
        return tuple(sorted(self._seen, key=lambda a: (a.first_offset, a.producer_id)))

    def expect(self, listed: Iterable[AbortedTransaction]) -> None:
        """Add aborted transactions, as a Fetch lists them beside its batches."""
        fresh = [one for one in listed if one not in self._seen]
        if fresh:
            self._seen.update(fresh)
            self._coming += fresh
            self._coming.sort(key=lambda a: a.first_offset, reverse=True)

    def mask(self, table: BatchTable, data: bytes | bytearray | memoryview) -> NDArray[np.bool_]:
        """Return which batches of the table hold records of aborted transactions."""
        found = np.zeros(len(table), np.bool_)
        if not self._coming and not self._active:
            return found
        producers, controls = table.rows["producer_id"].tolist(), table.is_control.tolist()
        lasts, positions = table.last_offsets.tolist(), table.positions.tolist()
        for i in np.flatnonzero(table.is_transactional).tolist():
            while self._coming and self._coming[-1].first_offset <= lasts[i]:
                self._active.add(self._coming.pop().producer_id)
            if producers[i] not in self._active:
                continue
            if not controls[i]:
                found[i] = True
            elif _is_abort(data, positions[i]):
                self._active.discard(producers[i])
        return found


def _is_abort(data: bytes | bytearray | memoryview, position: int) -> bool:
    """Return whether the first record of a control batch is an ABORT marker; its key is version and type."""
    at = position + HEADER.size
    try:
        at = _skip_varint(data, at) + 1  # length, attributes
        at = _skip_varint(
            data, _skip_varint(data, _skip_varint(data, at))
        )  # time, offset, key length
        return _KEY.unpack_from(data, at)[1] == _ABORT
    except (IndexError, error):
        return False


def _skip_varint(data: bytes | bytearray | memoryview, at: int) -> int:
    while data[at] & 0x80:
        at += 1
    return at + 1
