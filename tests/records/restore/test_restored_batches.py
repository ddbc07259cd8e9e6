"""Restored batches hold the committed records, in order and unchanged, and each is one that a broker accepts."""

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from crc32c import crc32c
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.memory_records import MemoryRecords

from steward.records.backup.aborted import AbortedBatches
from steward.records.batch_table import batch_table
from steward.records.batches import stored_batches
from steward.records.record_digest import RecordDigest
from steward.records.restore.decide import Decision, RestoreFormat, decisions
from steward.records.restore.offset_map import OffsetMapBuilder
from steward.records.restore.producing import PartitionSequence, ProducerIdentity, patched
from steward.records.restore.rewriting import BatchRewriter, RestoredBatch, UnreadableBatch
from steward.records.stored_records import StoredRecord, records_of
from support.partition_log import (
    CODECS,
    Log,
    Written,
    batch_of,
    marker,
    old_set,
    partition_logs,
    uncompressed,
)

PRODUCER = ProducerIdentity(77, 3)
FORMATS = st.builds(
    RestoreFormat,
    codec=st.none() | st.sampled_from(sorted(CODECS)),
    max_batch_bytes=st.sampled_from([700, 5_000, 1_048_588]),
    small_bytes=st.sampled_from([0, 300, 20_000]),
    merged_bytes=st.sampled_from([400, 4_000, 512 * 1024]),
)


def pieces_of(log: Log, cuts: Sequence[int]) -> Iterator[bytes]:
    """Split a log between batches, as Fetches or objects of any size do."""
    bounds = sorted({0, len(log.batches), *(c % (len(log.batches) + 1) for c in cuts)})
    for first, last in pairwise(bounds):
        yield b"".join(log.batches[first:last])


def restored(
    log: Log, goal: RestoreFormat, cuts: Sequence[int] = (), skip: int = 0
) -> tuple[list[RestoredBatch], BatchRewriter]:
    rewriter, aborted = BatchRewriter(goal, skip=skip), AbortedBatches(log.aborted)
    found: list[RestoredBatch | UnreadableBatch] = []
    for piece in pieces_of(log, cuts):
        table = batch_table(piece)
        found += rewriter.feed(piece, table, aborted.mask(table, piece))
    found += rewriter.flush()
    wrong = [b for b in found if isinstance(b, UnreadableBatch)]
    assert not wrong, wrong
    return [b for b in found if isinstance(b, RestoredBatch)], rewriter


def as_produced(batches: Sequence[RestoredBatch]) -> list[bytes]:
    sequence = PartitionSequence()
    return [bytes(patched(b.data, PRODUCER, sequence.take(b.records))) for b in batches]


def decoded(data: bytes) -> list[StoredRecord]:
    found: list[StoredRecord] = []
    for batch in stored_batches(data):
        records = records_of(batch)
        assert isinstance(records, list), records
        found += records
    return found


def digests(records: Sequence[StoredRecord]) -> tuple[str, str, int]:
    digest = RecordDigest()
    digest.add(records)
    return digest.l1, digest.l2, digest.records


def kafka_reads(batch: bytes) -> list[Written]:
    """Read a batch with another library."""
    found: list[Written] = []
    reader = MemoryRecords(uncompressed(batch))
    while (one := reader.next_batch()) is not None:
        found += [Written(r.timestamp, r.key, r.value, tuple(r.headers)) for r in one]
    return found


def refusal(batch: bytes, goal: RestoreFormat) -> str:
    """Return why a broker refuses or rebuilds a produced batch: ProduceRequest.validateRecords and LogValidator."""
    base, length = struct.unpack_from(">qi", batch)
    magic, crc, attributes, last_delta = struct.unpack_from(">bIhi", batch, 16)
    _, largest = struct.unpack_from(">qq", batch, 27)
    producer, epoch, sequence, count = struct.unpack_from(">qhii", batch, 43)
    (parsed,) = stored_batches(batch)
    records = records_of(parsed)
    if not isinstance(records, list):
        return str(records)
    rules = {
        "more than one batch": length + 12 == len(batch),
        "offsets do not begin at 0": base == 0,
        "magic": magic == 2,
        "checksum": crc == crc32c(batch[21:]),
        "control, transactional, LogAppendTime or horizon": not attributes & ~7,
        "count differs from the offset range": count == last_delta + 1 == len(records) > 0,
        "inner offsets": [r.offset for r in records] == list(range(count)),
        "sequence": sequence >= 0 and (producer, epoch) == (77, 3),
        "largest timestamp": largest == max(r.timestamp_ms for r in records),
        "size": len(batch) <= goal.max_batch_bytes or count == 1,
        "codec": goal.codec is None or attributes == CODECS[goal.codec],
    }
    return ", ".join(name for name, holds in rules.items() if not holds)


@given(partition_logs(), FORMATS, st.lists(st.integers(0, 20), max_size=4))
@settings(max_examples=120)
def test_committed_records_come_out_unchanged_in_batches_that_a_broker_accepts(
    log: Log, goal: RestoreFormat, cuts: list[int]
) -> None:
    batches, _ = restored(log, goal, cuts)
    produced = as_produced(batches)
    assert [refusal(b, goal) for b in produced] == [""] * len(produced)
    expected = list(log.committed.values())
    assert [r for b in produced for r in kafka_reads(b)] == expected
    source = [r for r in decoded(log.data) if r.offset in log.committed]
    assert digests(source) == digests([r for b in produced for r in decoded(b)])
    offsets = [o for b in batches for first, n in b.runs for o in range(first, first + n)]
    assert offsets == list(log.committed)
    assert [b.records for b in batches] == [sum(n for _, n in b.runs) for b in batches]


@given(partition_logs(), FORMATS, st.lists(st.integers(0, 20), max_size=4), st.data())
@settings(max_examples=60)
def test_a_resumed_restore_writes_exactly_the_rest(
    log: Log, goal: RestoreFormat, cuts: list[int], data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, len(log.committed)))
    batches, rewriter = restored(log, goal, cuts, skip=done)
    produced = as_produced(batches)
    assert [refusal(b, goal) for b in produced] == [""] * len(produced)
    found = [r for b in produced for r in kafka_reads(b)]
    assert found == list(log.committed.values())[done:]
    runs = [*rewriter.skipped, *(run for b in batches for run in b.runs)]
    offsets = [o for first, n in runs for o in range(first, first + n)]
    assert offsets == list(log.committed)
    builder = OffsetMapBuilder("orders", 0)
    builder.add(runs)
    assert builder.next_target == len(log.committed)


@given(partition_logs(), st.lists(st.integers(0, 20), max_size=4))
def test_aborted_batches_are_the_same_for_any_size_of_fetch(log: Log, cuts: list[int]) -> None:
    def masks(cuts: Sequence[int]) -> list[bool]:
        aborted = AbortedBatches()
        found: list[bool] = []
        for piece in pieces_of(log, cuts):
            aborted.expect(log.aborted)  # a Fetch lists a transaction again
            found += aborted.mask(batch_table(piece), piece).tolist()
        return found

    assert masks(cuts) == masks(())


DENSE = [Written(1_000 + i, b"k%d" % i, b"v" * 900) for i in range(30)]


@pytest.mark.parametrize("codec", CODECS)
def test_a_dense_batch_is_patched_and_its_records_stay_byte_for_byte(codec: str) -> None:
    stored = batch_of(DENSE, base=4_000, codec=codec, producer=5, attributes=0x10 | 0x40)
    found, _ = restored(Log(batches=[stored]), RestoreFormat())
    assert [(b.decision, b.runs) for b in found] == [(Decision.PATCH, ((4_000, 30),))]
    (produced,) = as_produced(found)
    assert produced[61:] == stored[61:]
    assert produced[23:43] == stored[23:43]


@pytest.mark.parametrize(
    ("stored", "decision"),
    [
        (marker(5, 0, commit=True), Decision.SKIP_CONTROL),
        (batch_of(DENSE, kept=[]), Decision.SKIP_EMPTY),
        (batch_of(DENSE), Decision.PATCH),
        (old_set(DENSE[:1], base=0, codec="none", magic=1), Decision.OLD_FORMAT),
        (batch_of(DENSE, kept=[0, 2, 29]), Decision.HOLES),
        (batch_of(DENSE, kept=list(range(29))), Decision.HOLES),
        (batch_of(DENSE, append_time=5), Decision.LOG_APPEND_TIME),
        (batch_of(DENSE, codec="zstd"), Decision.OTHER_CODEC),
        (batch_of([*DENSE, Written(1, b"k", b"v" * 90_000)]), Decision.TOO_LARGE),
        (batch_of(DENSE[:1]), Decision.PATCH),
    ],
)
def test_each_batch_has_its_reason(stored: bytes, decision: Decision) -> None:
    table = batch_table(stored)
    goal = RestoreFormat(codec="none", max_batch_bytes=100_000)
    nothing = AbortedBatches().mask(table, stored)
    assert [Decision(d) for d in decisions(table, nothing, goal)] == [decision]


def test_small_neighbours_are_merged_beyond_markers_and_large_ones_stay() -> None:
    small = [batch_of(DENSE[i : i + 2], base=2 * i) for i in range(4)]
    log = Log(
        batches=[small[0], batch_of(DENSE, base=10), small[1], marker(5, 60, commit=True), small[2]]
    )
    for i, (batch, base) in enumerate(zip(log.batches, (0, 10, 50, 60, 61), strict=True)):
        log.batches[i] = struct.pack(">q", base) + batch[8:]
    found, _ = restored(log, RestoreFormat())
    assert [(b.decision, b.runs) for b in found] == [
        (Decision.PATCH, ((0, 2),)),
        (Decision.PATCH, ((10, 30),)),
        (Decision.SMALL, ((50, 2), (61, 2))),
    ]


def test_a_batch_that_cannot_be_decoded_stops_the_restore_with_its_offset() -> None:
    stored = bytearray(batch_of(DENSE, base=9, codec="zstd", kept=[1, 2]))
    stored[70] ^= 1
    table = batch_table(bytes(stored))
    rewriter = BatchRewriter(RestoreFormat())
    (found,) = rewriter.feed(bytes(stored), table, AbortedBatches().mask(table, bytes(stored)))
    assert isinstance(found, UnreadableBatch)
    assert found.offset == 9
    assert "checksum" in str(found.reason)


@given(st.lists(st.integers(1, 2**31 - 1), max_size=20), st.integers(0, 2**31 - 1))
def test_sequences_wrap_as_kafka_counts_them(counts: list[int], start: int) -> None:
    """Source: DefaultRecordBatch.incrementSequence."""
    sequence, expected = PartitionSequence(start), start
    for count in counts:
        assert sequence.take(count) == expected
        last = 2**31 - 1
        expected = expected + count if expected <= last - count else count - (last - expected) - 1
        assert 0 <= sequence.next <= last
