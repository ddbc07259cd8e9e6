"""Bounds of a stored record's timestamp that the facts of one snapshot prove."""

from steward.analysis.checks.facts import Facts
from steward.model.batch import BatchSample
from steward.model.names import TopicPartition
from steward.model.record_time import RecordTime, record_time
from steward.model.topic import MaxTimestamp, PartitionOffsets
from steward.model.unknown import Observed


def time_of(facts: Facts, partition: TopicPartition, offset: int) -> RecordTime:
    """Return bounds of the timestamp of the first stored record at or after an offset; parts may be missing."""
    offsets = facts.snapshot.offsets
    known = offsets.value.get(partition) if isinstance(offsets, Observed) else None
    if not isinstance(known, PartitionOffsets):
        return RecordTime()
    samples, stamps = facts.snapshot.samples, facts.snapshot.max_timestamps
    sample = samples.value.get(partition) if isinstance(samples, Observed) else None
    newest = stamps.value.get(partition) if isinstance(stamps, Observed) else None
    return record_time(
        max(offset, known.start),
        known.end,
        now_ms=facts.now_ms,
        sample=sample if isinstance(sample, BatchSample) else None,
        newest=newest if isinstance(newest, MaxTimestamp) else None,
    )
