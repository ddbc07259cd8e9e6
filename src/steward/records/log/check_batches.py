"""Judge the batches of a segment: checksums, lengths, the chain of offsets, leader epochs, and where it ends.

Base offset, length, leader epoch and magic are outside a batch's checksum; only the chain shows that they are damaged.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from steward.model.wording import count
from steward.records.batch_table import WalkEnd
from steward.records.batches import CODECS, CURRENT_MAGIC
from steward.records.log.problem import Found, LogNote, LogProblem, NoteKind, ProblemKind
from steward.records.log.segment import Break, SegmentScan

_LARGEST_RELATIVE_OFFSET = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Chain:
    """What the batches before a segment say of it: the next offset, -1 before the first, and the last epoch."""

    next_offset: int = -1
    leader_epoch: int = -1


def check_batches(scan: SegmentScan, before: Chain, *, is_last: bool) -> Iterator[Found]:
    """Yield what is wrong with a segment's batches, by position. ``is_last``: brokers write to it."""
    yield from _damaged_batches(scan)
    yield from _offsets(scan, before)
    yield from _gaps(scan, before)
    yield from _epochs(scan, before)
    yield from _counts(scan)
    for stop in scan.breaks:
        yield _stopped(scan, stop, is_last=is_last)


def chain_after(scan: SegmentScan, before: Chain) -> Chain:
    """Return what the segment says of the next one."""
    table = scan.table
    if not len(table):
        return Chain(max(before.next_offset, scan.base_offset), before.leader_epoch)
    last = max(int(table.last_offsets.max()) + 1, before.next_offset)
    return Chain(last, int(table.rows["leader_epoch"][-1]))


def _problem(scan: SegmentScan, i: int, kind: ProblemKind, detail: str) -> LogProblem:
    row = scan.rows[i]
    position, offset = int(row["position"]), int(row["base_offset"])
    return LogProblem(file=scan.name, position=position, offset=offset, kind=kind, detail=detail)


def _damaged_batches(scan: SegmentScan) -> Iterator[Found]:
    for i in np.flatnonzero(~scan.intact).tolist():
        yield _problem(
            scan,
            i,
            ProblemKind.BATCH_CHECKSUM_WRONG,
            "the checksum of the batch is not that of its content",
        )
    magics = scan.rows["magic"]
    unknown = (magics < 0) | (magics > CURRENT_MAGIC)
    for i in np.flatnonzero(unknown).tolist():
        yield _problem(
            scan, i, ProblemKind.BATCH_MAGIC_UNKNOWN, f"magic {magics[i]} is no format of Kafka"
        )
    for i in np.flatnonzero((scan.table.codec_ids > max(CODECS)) & ~unknown).tolist():
        detail = f"compression {scan.table.codec_ids[i]} is unknown"
        yield _problem(scan, i, ProblemKind.BATCH_UNREADABLE, detail)
    old = int(np.count_nonzero((magics >= 0) & (magics < CURRENT_MAGIC)))
    if old:
        yield LogNote(
            file=scan.name,
            position=None,
            offset=None,
            kind=NoteKind.OLD_FORMAT,
            detail=f"{count(old, 'entry')} of magic 0 or 1, written before Kafka 0.11",
        )


def _offsets(scan: SegmentScan, before: Chain) -> Iterator[Found]:
    bases, lasts = scan.rows["base_offset"], scan.table.last_offsets
    if not len(bases):
        return
    outside = (bases < scan.base_offset) | (lasts - scan.base_offset > _LARGEST_RELATIVE_OFFSET)
    for i in np.flatnonzero(outside).tolist():
        detail = f"the batch does not belong to a segment that begins at {scan.base_offset}"
        yield _problem(scan, i, ProblemKind.OFFSET_OUTSIDE_SEGMENT, detail)
    previous = np.concatenate(([before.next_offset - 1], lasts[:-1]))
    for i in np.flatnonzero((bases <= previous) & ~outside).tolist():
        detail = f"the batch begins at {bases[i]}, the one before it ends at {previous[i]}"
        yield _problem(scan, i, ProblemKind.OFFSETS_NOT_RISING, detail)


def _gaps(scan: SegmentScan, before: Chain) -> Iterator[Found]:
    """Report offsets without a batch: one note for a segment, and one for its beginning."""
    bases, lasts = scan.rows["base_offset"], scan.table.last_offsets
    if before.next_offset >= 0 and scan.base_offset > before.next_offset:
        yield _missing(scan, None, before.next_offset, scan.base_offset - 1, 1)
    if not len(bases):
        return
    previous = np.concatenate(([max(scan.base_offset, before.next_offset) - 1], lasts[:-1]))
    jumps = np.flatnonzero(bases > previous + 1)
    if len(jumps):
        i = int(jumps[0])
        position = int(scan.rows["position"][i])
        yield _missing(scan, position, int(previous[i]) + 1, int(bases[i]) - 1, len(jumps))


def _missing(scan: SegmentScan, position: int | None, first: int, last: int, gaps: int) -> LogNote:
    more = f", the first of {count(gaps, 'gap')}" if gaps > 1 else ""
    return LogNote(
        file=scan.name,
        position=position,
        offset=first,
        kind=NoteKind.OFFSETS_MISSING,
        detail=f"no batch holds the offsets {first} to {last}{more}: compaction removes whole batches",
    )


def _epochs(scan: SegmentScan, before: Chain) -> Iterator[Found]:
    epochs = scan.rows["leader_epoch"]
    previous = np.concatenate(([before.leader_epoch], epochs[:-1]))
    for i in np.flatnonzero(epochs < previous).tolist():
        if scan.rows["magic"][i] >= CURRENT_MAGIC:
            detail = f"leader epoch {epochs[i]} follows {previous[i]}"
            yield _problem(scan, i, ProblemKind.LEADER_EPOCH_FALLS, detail)


def _counts(scan: SegmentScan) -> Iterator[Found]:
    """The cleaner removes records and keeps the last offset: fewer records are no damage, more are."""
    counts, deltas = scan.rows["record_count"], scan.rows["last_offset_delta"]
    wrong = (counts < 0) | (deltas < 0) | (counts.astype(np.int64) > deltas.astype(np.int64) + 1)
    for i in np.flatnonzero(wrong).tolist():
        detail = f"the header counts {count(int(counts[i]), 'record')} in {deltas[i] + 1} offsets"
        yield _problem(scan, i, ProblemKind.BATCH_COUNT_WRONG, detail)


def _stopped(scan: SegmentScan, stop: Break, *, is_last: bool) -> Found:
    offset = _offset_after(scan, stop.position)
    trailing = count(stop.trailing_bytes, "byte")
    if stop.end is WalkEnd.ZEROS:
        if is_last:
            detail = f"{trailing} of zeros follow the last batch: preallocated, or lost in a crash"
            return _note(scan, stop, offset, NoteKind.PREALLOCATED_TAIL, detail)
        detail = f"{trailing} of zeros follow the last batch of a segment that is complete"
        return _damage(scan, stop, offset, ProblemKind.SEGMENT_ENDS_IN_ZEROS, detail)
    if stop.resumes_at >= 0:
        detail = f"the length does not lead to a batch; the next intact one is at {stop.resumes_at}"
        return _damage(scan, stop, offset, ProblemKind.BATCH_LENGTH_INVALID, detail)
    if stop.end is WalkEnd.INVALID_LENGTH:
        detail = f"the length is that of no batch, and no intact one follows in {trailing}"
        return _damage(scan, stop, offset, ProblemKind.BATCH_LENGTH_INVALID, detail)
    if is_last:
        detail = f"{trailing} of a batch that is being written, or that a crash cut"
        return _note(scan, stop, offset, NoteKind.TORN_TAIL, detail)
    detail = f"the file ends within a batch, after {trailing} of it"
    return _damage(scan, stop, offset, ProblemKind.SEGMENT_TRUNCATED, detail)


def _offset_after(scan: SegmentScan, position: int) -> int:
    """Return the offset that follows the batches before a position."""
    before = int(np.searchsorted(scan.rows["position"], position))
    return int(scan.table.last_offsets[before - 1]) + 1 if before else scan.base_offset


def _note(scan: SegmentScan, stop: Break, offset: int, kind: NoteKind, detail: str) -> LogNote:
    return LogNote(file=scan.name, position=stop.position, offset=offset, kind=kind, detail=detail)


def _damage(
    scan: SegmentScan, stop: Break, offset: int, kind: ProblemKind, detail: str
) -> LogProblem:
    return LogProblem(
        file=scan.name, position=stop.position, offset=offset, kind=kind, detail=detail
    )
