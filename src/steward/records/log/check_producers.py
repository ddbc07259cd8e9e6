"""Judge the transaction index and the producer snapshots of a partition against a replay of its batches."""

from collections.abc import Iterator, Sequence

from steward.records.log.indexes import ABORTED_TRANSACTION, Index
from steward.records.log.problem import Found, LogProblem, ProblemKind
from steward.records.log.producer_replay import EndedTransaction, ProducerReplay, ProducerState
from steward.records.log.producer_snapshot import PRODUCER_STATE, ProducerSnapshot
from steward.records.log.segment import SegmentScan

_HEAD_BYTES = 10


def check_transaction_index(
    name: str,
    index: Index,
    scan: SegmentScan,
    ended: Sequence[EndedTransaction],
    *,
    is_complete: bool,
) -> Iterator[Found]:
    """Yield what is wrong with a transaction index. ``ended``: aborted transactions that end in the segment.

    The cleaner keeps a marker longer than the entry of a transaction whose data it removed: such a marker needs none.
    """
    if index.trailing_bytes:
        detail = f"the size of the file is no multiple of {ABORTED_TRANSACTION.itemsize} bytes"
        yield _wrong(name, len(index), None, ProblemKind.TXNINDEX_MALFORMED, detail)
    expected = {(t.producer_id, t.last_offset): t for t in ended}
    markers = _abort_markers(scan)
    seen = set[tuple[int, int]]()
    for i, (version, pid, first, last, stable) in enumerate(index.entries.tolist()):
        seen.add((pid, last))
        detail = _entry_fault(
            (version, first, last, stable),
            has_marker=(pid, last) in markers,
            known=expected.get((pid, last)),
            is_complete=is_complete,
        )
        if detail:
            detail = f"entry {i} (producer {pid}, offsets {first} to {last}): {detail}"
            yield _wrong(name, i, last, ProblemKind.TXNINDEX_ENTRY_WRONG, detail)
    for key, transaction in expected.items():
        if key not in seen:
            detail = (
                f"producer {transaction.producer_id} aborted the transaction from offset "
                f"{transaction.first_offset} to {transaction.last_offset}; the index has no entry for it"
            )
            offset = transaction.last_offset
            yield _wrong(name, None, offset, ProblemKind.TXNINDEX_ENTRY_MISSING, detail)


def _entry_fault(
    entry: tuple[int, int, int, int],
    *,
    has_marker: bool,
    known: EndedTransaction | None,
    is_complete: bool,
) -> str:
    version, first, last, stable = entry
    if version != 0:
        return f"its version is {version}, 0 is expected"
    if not has_marker:
        return f"the segment has no ABORT marker of the producer at offset {last}"
    if first > last or first < 0:
        return "the transaction does not begin before its marker"
    if known is not None:
        is_exact = known.first_is_known and is_complete
        if first > known.first_offset or (is_exact and first != known.first_offset):
            return f"the transaction begins at offset {known.first_offset}"
    if stable > last + 1 or stable < 0:
        return f"its last stable offset {stable} is beyond the marker"
    if known is not None and is_complete and stable != known.last_stable_offset:
        return (
            f"its last stable offset is {stable}, {known.last_stable_offset} follows from the log"
        )
    return ""


def _abort_markers(scan: SegmentScan) -> set[tuple[int, int]]:
    """Return producer id and offset of each ABORT marker, and of control batches that the cleaner emptied."""
    rows = scan.rows[scan.table.is_control]
    found = set[tuple[int, int]]()
    for row in rows:
        marker = scan.markers.get(int(row["position"]))
        if not row["record_count"] or (marker is not None and marker.is_abort):
            found.add((int(row["producer_id"]), int(row["base_offset"])))
    return found


def check_snapshot_file(name: str, snapshot: ProducerSnapshot | str) -> Iterator[Found]:
    """Yield what is wrong with a producer snapshot by itself."""
    if isinstance(snapshot, str):
        yield _malformed(name, snapshot)
    elif not snapshot.is_intact:
        yield _malformed(name, "the checksum of the file is not that of its content")


def check_producer_states(
    name: str, snapshot: ProducerSnapshot, replay: ProducerReplay
) -> Iterator[Found]:
    """Yield what a snapshot says otherwise than a replay of the batches before its offset.

    Producers that the log no longer shows, or that the broker forgot by ``producer.id.expiration.ms``, are not judged.
    """
    for i, (pid, *stored) in enumerate(snapshot.states.tolist()):
        state = replay.states.get(pid)
        detail = _state_fault(stored, state, is_complete=replay.is_complete)
        if detail:
            position = _HEAD_BYTES + i * PRODUCER_STATE.itemsize
            yield LogProblem(
                file=name,
                position=position,
                offset=None,
                kind=ProblemKind.SNAPSHOT_STATE_WRONG,
                detail=f"producer {pid}: {detail}",
            )


def _state_fault(stored: Sequence[int], state: ProducerState | None, *, is_complete: bool) -> str:
    epoch, sequence, last_offset, delta, stamp, coordinator_epoch, txn_first = stored
    if state is None:
        return "no batch of the log is of this producer" if is_complete else ""
    if last_offset < state.last_offset:
        return f"its last offset is {last_offset}, the log has {state.last_offset}"
    is_same = last_offset == state.last_offset
    pairs = [("epoch", epoch, state.epoch)] if is_same or is_complete else []
    if is_same and last_offset >= 0:
        pairs += [("last sequence", sequence, state.last_sequence)]
        pairs += [("offset delta", delta, state.offset_delta)]
    if is_complete:
        pairs += [("last offset", last_offset, state.last_offset)]
        pairs += [("timestamp", stamp, state.timestamp_ms)]
        pairs += [("coordinator epoch", coordinator_epoch, state.coordinator_epoch)]
        pairs += [("first offset of its open transaction", txn_first, state.txn_first_offset)]
    wrong = [f"its {what} is {has}, the log has {log}" for what, has, log in pairs if has != log]
    return "; ".join(wrong)


def _malformed(name: str, detail: str) -> LogProblem:
    kind = ProblemKind.SNAPSHOT_MALFORMED
    return LogProblem(file=name, position=None, offset=None, kind=kind, detail=detail)


def _wrong(
    name: str, entry: int | None, offset: int | None, kind: ProblemKind, detail: str
) -> LogProblem:
    position = None if entry is None else entry * ABORTED_TRANSACTION.itemsize
    return LogProblem(file=name, position=position, offset=offset, kind=kind, detail=detail)
