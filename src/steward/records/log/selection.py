"""Which batches and records of a log are wanted: by offset, time, producer and key."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steward.records.batch_table import BatchTable


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSelection:
    """Bounds are included; None is no bound. Times are epoch milliseconds."""

    from_offset: int | None = None
    to_offset: int | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    producer_id: int | None = None
    key: bytes | None = None

    def of_batches(self, table: BatchTable) -> NDArray[np.bool_]:
        """Return which batches may hold wanted records."""
        rows, wanted = table.rows, np.ones(len(table), np.bool_)
        if self.from_offset is not None:
            wanted &= table.last_offsets >= self.from_offset
        if self.to_offset is not None:
            wanted &= rows["base_offset"] <= self.to_offset
        if self.from_ms is not None:
            wanted &= rows["max_timestamp_ms"] >= self.from_ms
        if self.to_ms is not None:
            has_base = ~table.has_delete_horizon & ~table.is_log_append_time
            begins = np.where(has_base, rows["base_timestamp_ms"], rows["max_timestamp_ms"])
            is_late = np.minimum(begins, rows["max_timestamp_ms"]) > self.to_ms
            wanted &= ~is_late
        if self.producer_id is not None:
            wanted &= rows["producer_id"] == self.producer_id
        return wanted

    def has(self, offset: int, timestamp_ms: int, key: bytes | None) -> bool:
        """Return whether a record is wanted."""
        return (
            (self.from_offset is None or offset >= self.from_offset)
            and (self.to_offset is None or offset <= self.to_offset)
            and (self.from_ms is None or timestamp_ms >= self.from_ms)
            and (self.to_ms is None or timestamp_ms <= self.to_ms)
            and (self.key is None or key == self.key)
        )

    def is_past(self, table: BatchTable) -> bool:
        """Return whether no later batch can be wanted: offsets rise, timestamps need not."""
        return (
            self.to_offset is not None
            and len(table) > 0
            and int(table.last_offsets[-1]) >= self.to_offset
        )
