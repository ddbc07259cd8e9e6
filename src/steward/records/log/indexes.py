"""The indexes beside a segment: offset to position, time to offset, and aborted transactions.

Source: OffsetIndex.java, TimeIndex.java, AbortedTxn.java of Apache Kafka. None has a checksum.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.records.batch_table import Buffer

OFFSET_ENTRY = np.dtype([("relative_offset", ">i4"), ("position", ">i4")])
TIME_ENTRY = np.dtype([("timestamp_ms", ">i8"), ("relative_offset", ">i4")])
ABORTED_TRANSACTION = np.dtype(
    [
        ("version", ">i2"),
        ("producer_id", ">i8"),
        ("first_offset", ">i8"),
        ("last_offset", ">i8"),
        ("last_stable_offset", ">i8"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The entries of an index, in native byte order.

    An active segment's index is preallocated: zeros at its end are no entries. ``trailing_bytes`` are left over where
    the file's size is no multiple of an entry's.
    """

    entries: NDArray[np.void]
    trailing_bytes: int

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.entries)


def offset_index(data: Buffer) -> Index:
    """Read a ``.index`` file: the last offset of a batch, relative to the segment, and the batch's position."""
    return _index(data, OFFSET_ENTRY, preallocated=True)


def time_index(data: Buffer) -> Index:
    """Read a ``.timeindex`` file: the largest timestamp so far, and the relative offset of its batch's end."""
    return _index(data, TIME_ENTRY, preallocated=True)


def transaction_index(data: Buffer) -> Index:
    """Read a ``.txnindex`` file: the aborted transactions whose markers the segment holds."""
    return _index(data, ABORTED_TRANSACTION, preallocated=False)


def _index(data: Buffer, layout: np.dtype[np.void], *, preallocated: bool) -> Index:
    count, trailing = divmod(len(data), layout.itemsize)
    if preallocated:
        used = len(data) if trailing else len(bytes(data).rstrip(b"\0"))
        count = min(count, -(-used // layout.itemsize))
    stored = np.frombuffer(data, layout, count=count)
    return Index(stored.astype(layout.newbyteorder("=")), trailing)
