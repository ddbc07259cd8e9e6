"""A snapshot of producer states: what a broker knows of each producer up to the offset in the file's name.

Source: ProducerSnapshot.json and ProducerStateManager.java of Apache Kafka.
"""

from dataclasses import dataclass
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from steward.records.batch_table import Buffer

_HEAD = Struct(">hIi")
_CHECKED_FROM = 6
_VERSION = 1
PRODUCER_STATE = np.dtype(
    [
        ("producer_id", ">i8"),
        ("producer_epoch", ">i2"),
        ("last_sequence", ">i4"),
        ("last_offset", ">i8"),
        ("offset_delta", ">i4"),
        ("timestamp_ms", ">i8"),
        ("coordinator_epoch", ">i4"),
        ("current_txn_first_offset", ">i8"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class ProducerSnapshot:
    """The states of producers, as the file has them; ``is_intact``: its checksum is that of its content."""

    version: int
    is_intact: bool
    states: NDArray[np.void]


def producer_snapshot(data: Buffer) -> ProducerSnapshot | str:
    """Read a ``.snapshot`` file, or return why it cannot be read."""
    from crc32c import crc32c  # takes 30 ms to import

    view = memoryview(data)
    if len(view) < _HEAD.size:
        return f"the file has {len(view)} of at least {_HEAD.size} bytes"
    version, crc, count = _HEAD.unpack_from(view)
    if version != _VERSION:
        return f"version {version} is unknown, {_VERSION} is expected"
    rest = len(view) - _HEAD.size
    if count < 0 or count * PRODUCER_STATE.itemsize != rest:
        return f"{count} entries of {PRODUCER_STATE.itemsize} bytes do not fill {rest} bytes"
    stored = np.frombuffer(view, PRODUCER_STATE, offset=_HEAD.size)
    is_intact = crc32c(view[_CHECKED_FROM:]) == crc
    return ProducerSnapshot(version, is_intact, stored.astype(PRODUCER_STATE.newbyteorder("=")))
