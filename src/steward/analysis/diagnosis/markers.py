"""Whether what is left to read are transaction markers: batches that no consumer ever gets to see."""

from collections.abc import Iterable

from steward.analysis.diagnosis.input import DiagnosisInput
from steward.model.batch import BatchSample
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown

MOST_MARKERS = 40
"""Offsets that a sample of a few kilobytes can prove to be markers: one batch each."""


def may_be_markers(case: DiagnosisInput) -> dict[TopicPartition, int]:
    """Return where a few offsets are left behind a commit and an end that both stand: the commit of each."""
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
    """Return the partitions of which every batch from the commit to the end was seen to be a control batch."""
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
    """Return the offset from which on there are only control batches up to the end; None where the last is none.

    Shape: a sample that does not reach the end, or that has a hole, proves nothing beyond it.
    """
    begin = end
    for batch in reversed(sample.batches):
        if not batch.is_control or batch.base_offset + batch.last_offset_delta + 1 < begin:
            break
        begin = batch.base_offset
    return begin if begin < end else None
