"""Whether the remaining offsets are transaction markers: batches that consumers never receive."""

from collections.abc import Iterable

from steward.analysis.diagnosis.input import DiagnosisInput
from steward.model.batch import BatchSample
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown

MOST_MARKERS = 40
"""Number of offsets that a sample of a few kilobytes can prove to be markers, one batch each."""


def may_be_markers(case: DiagnosisInput) -> dict[TopicPartition, int]:
    """Return partitions with few offsets between an unmoved commit and an unmoved end, and the commit of each."""
    return {
        r.partition: r.committed
        for r in case.rows
        if 0 < r.unread <= MOST_MARKERS and not r.steps and not r.end_moved and r.committed >= 0
    }


def only_markers(
    samples: Iterable[BatchSample | Unknown],
    wanted: dict[TopicPartition, int],
    case: DiagnosisInput,
) -> frozenset[TopicPartition]:
    """Return the partitions whose batches from the commit to the end are all control batches."""
    ends = {r.partition: r.lag.end_offset for r in case.rows}
    found: set[TopicPartition] = set()
    for sample in samples:
        if isinstance(sample, Unknown) or sample.partition not in wanted:
            continue
        end = ends.get(sample.partition)
        begin = markers_from(sample, end) if isinstance(end, int) else None
        if begin is not None and begin <= wanted[sample.partition]:
            found.add(sample.partition)
    return frozenset(found)


def markers_from(sample: BatchSample, end: int) -> int | None:
    """Return the offset from which all batches up to the end are control batches; None if the last one is not.

    A sample that does not reach the end, or has a gap, proves nothing beyond it.
    """
    begin = end
    for batch in reversed(sample.batches):
        if not batch.is_control or batch.base_offset + batch.last_offset_delta + 1 < begin:
            break
        begin = batch.base_offset
    return begin if begin < end else None
