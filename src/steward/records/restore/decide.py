"""What happens to each stored batch in a restore: skipped, patched, or decoded and written again, and why.

Source: ProduceRequest.validateRecords and LogValidator of Apache Kafka: a produced batch is format v2, has as many
records as its offset range, and is no control batch.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from steward.records.batch_table import BatchTable
from steward.records.batches import CODECS, CURRENT_MAGIC, HEADER

_ID_OF = {name: number for number, name in CODECS.items()}
DEFAULT_MAX_MESSAGE_BYTES = 1_048_588
"""Kafka's default of max.message.bytes."""


class Decision(IntEnum):
    """What happens to a batch; in the order in which reasons are named."""

    SKIP_CONTROL = 0
    """a transaction marker: not data"""
    SKIP_ABORTED = 1
    """records of an aborted transaction: no application reads them"""
    SKIP_EMPTY = 2
    """no records: compaction keeps the header for the producer's sequence"""
    PATCH = 3
    """header patched, records as stored"""
    OLD_FORMAT = 4
    """message format v0 or v1: brokers do not accept it in a Produce request"""
    HOLES = 5
    """compaction removed records inside the batch"""
    LOG_APPEND_TIME = 6
    """the broker's timestamp is to be kept for every record"""
    OTHER_CODEC = 7
    """another compression is requested"""
    TOO_LARGE = 8
    """larger than max.message.bytes of the target"""
    SMALL = 9
    """small neighbours become one batch"""

    @property
    def is_skipped(self) -> bool:
        """Whether its records are not restored."""
        return self < Decision.PATCH

    @property
    def is_encoded(self) -> bool:
        """Whether its records are decoded and written into new batches."""
        return self > Decision.PATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreFormat:
    """How batches are written. Sizes are in bytes, as stored.

    ``codec``: none, gzip, snappy, lz4, zstd; None keeps each batch's own. ``max_batch_bytes``: max.message.bytes of
    the target. Two or more neighbours below ``small_bytes`` are merged; new batches grow to ``merged_bytes``.
    """

    codec: str | None = None
    max_batch_bytes: int = DEFAULT_MAX_MESSAGE_BYTES
    small_bytes: int = 16 * 1024
    merged_bytes: int = 512 * 1024

    @property
    def aim_bytes(self) -> int:
        """The size that new batches grow to."""
        return max(HEADER.size, min(self.merged_bytes, self.max_batch_bytes))


def decisions(
    table: BatchTable, aborted: NDArray[np.bool_], goal: RestoreFormat
) -> NDArray[np.int8]:
    """Return the Decision of each batch; ``aborted``: whether it is part of an aborted transaction."""
    rows = table.rows
    counts = rows["record_count"]
    reasons = [
        (table.is_control & (rows["magic"] >= CURRENT_MAGIC), Decision.SKIP_CONTROL),
        (aborted, Decision.SKIP_ABORTED),
        (counts == 0, Decision.SKIP_EMPTY),
        (rows["magic"] < CURRENT_MAGIC, Decision.OLD_FORMAT),
        (counts != rows["last_offset_delta"].astype(np.int64) + 1, Decision.HOLES),
        (table.is_log_append_time, Decision.LOG_APPEND_TIME),
        (_has_other_codec(table, goal), Decision.OTHER_CODEC),
        ((table.sizes > goal.max_batch_bytes) & (counts > 1), Decision.TOO_LARGE),
    ]
    chosen = [np.full(len(table), reason, np.int8) for _, reason in reasons]
    found = np.select([mask for mask, _ in reasons], chosen, np.int8(Decision.PATCH))
    found = found.astype(np.int8)
    found[_mergeable(table, found, goal)] = Decision.SMALL
    return found


def _has_other_codec(table: BatchTable, goal: RestoreFormat) -> NDArray[np.bool_]:
    if goal.codec is None:
        return table.codec_ids > max(CODECS)
    return table.codec_ids != _ID_OF[goal.codec]


def _mergeable(
    table: BatchTable, found: NDArray[np.int8], goal: RestoreFormat
) -> NDArray[np.bool_]:
    """Return which patched batches are small and have a neighbour, skipped ones aside, to be merged with."""
    is_data = found >= Decision.PATCH
    small = (found == Decision.PATCH) & (table.sizes < goal.small_bytes)
    joins = (small | (found > Decision.PATCH))[is_data]
    beside = np.zeros(len(joins), np.bool_)
    beside[1:] |= joins[:-1]
    beside[:-1] |= joins[1:]
    result = np.zeros(len(found), np.bool_)
    result[is_data] = beside
    return result & small
