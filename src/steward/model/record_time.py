"""Proved bounds of a stored record's timestamp, for any order of timestamps in the log."""

from dataclasses import dataclass

from steward.model.batch import NO_TIMESTAMP, BatchHeader, BatchSample
from steward.model.instant import CLOCK_TOLERANCE_MS
from steward.model.topic import MaxTimestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTime:
    """Bounds of the timestamp of the first stored record at or after an offset.

    Shape: ``from_ms`` to ``until_ms``, None where nothing is proved. ``nothing_left``: all batches up to the end were
           read, and none holds a record. Missing timestamps, and those ahead of any plausible clock, are ignored.
    Units: epoch milliseconds on the clock that set the timestamps.
    """

    from_ms: int | None = None
    until_ms: int | None = None
    nothing_left: bool = False

    def at_least_seconds(self, now_ms: int) -> float | None:
        """Return the record's minimum age."""
        return None if self.until_ms is None else max(0.0, (now_ms - self.until_ms) / 1000)

    def at_most_seconds(self, now_ms: int) -> float | None:
        """Return the record's maximum age."""
        return None if self.from_ms is None else max(0.0, (now_ms - self.from_ms) / 1000)


def record_time(
    offset: int,
    end: int,
    *,
    now_ms: int,
    sample: BatchSample | None = None,
    newest: MaxTimestamp | None = None,
) -> RecordTime:
    """Return the bounds proved by a sample of batches and the record with the largest timestamp; ``end`` is the log's.

    A batch beyond the offset proves nothing by itself, because timestamps need not rise with offsets. Proof comes from
    the batch that holds the record, and from ``newest``: no record has a later timestamp, and if ``newest`` is at or
    after the offset, the record was written before it.
    """
    found = _by_sample(sample, offset, end) if sample is not None else RecordTime()
    if found.nothing_left or found.from_ms == NO_TIMESTAMP:
        return RecordTime(nothing_left=found.nothing_left)
    latest = None if newest is None or newest.offset < offset else newest.timestamp_ms
    bounds = [ms for ms in (found.until_ms, latest) if _says_something(ms, now_ms)]
    return RecordTime(
        from_ms=found.from_ms if _says_something(found.from_ms, now_ms) else None,
        until_ms=min((ms for ms in bounds if ms is not None), default=None),
    )


def _says_something(timestamp_ms: int | None, now_ms: int) -> bool:
    return timestamp_ms is not None and NO_TIMESTAMP < timestamp_ms <= now_ms + CLOCK_TOLERANCE_MS


def _by_sample(sample: BatchSample, offset: int, end: int) -> RecordTime:
    """Walk the batches from the offset until one certainly holds the first remaining record.

    A Fetch returns the batch that holds its offset, or the next one, and skips none after it.
    """
    begin = min([sample.from_offset, *(b.base_offset for b in sample.batches[:1])])
    if offset < begin:
        return RecordTime()
    latest: int | None = None
    reached = begin
    for batch in sample.batches:
        reached = max(reached, batch.last_offset + 1)
        if batch.last_offset < offset or batch.is_control or not batch.record_count:
            continue
        if batch.max_timestamp_ms == NO_TIMESTAMP:
            return RecordTime()
        if batch.is_dense or batch.base_offset >= offset:
            from_ms = _exact(batch, offset) if latest is None else None
            return RecordTime(from_ms=from_ms, until_ms=max(latest or 0, batch.max_timestamp_ms))
        latest = max(latest or 0, batch.max_timestamp_ms)
    return RecordTime(nothing_left=latest is None and reached >= end > offset)


def _exact(batch: BatchHeader, offset: int) -> int | None:
    """Return the timestamp of the first record at or after an offset, where the header contains it."""
    if batch.is_log_append_time:
        return batch.max_timestamp_ms
    if batch.is_dense and batch.base_offset >= offset and not batch.has_delete_horizon:
        return batch.base_timestamp_ms
    return None
