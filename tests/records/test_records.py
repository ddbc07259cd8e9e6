"""Records against those that another library wrote and reads back: every codec, cut, damaged and hostile bytes."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.memory_records import MemoryRecords

from records.batch_writing import CODECS, Written, batch, with_payload
from steward.model.unknown import Unknown
from steward.records.batches import HEADER, stored_batches
from steward.records.record_heads import RecordHead, checked_heads

_bytes = st.none() | st.binary(max_size=40)
_headers = st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5)), max_size=2)
_records = st.lists(
    st.tuples(st.integers(0, 2**42), _bytes, _bytes, _headers), min_size=1, max_size=30
)


def _read(written: bytes) -> tuple[RecordHead, ...]:
    found: list[RecordHead] = []
    for one in stored_batches(written):
        records = checked_heads(one)
        assert not isinstance(records, Unknown), records
        found += records
    return tuple(found)


@settings(max_examples=300)
@given(_records, st.sampled_from(sorted(CODECS)), st.integers(0, 2**50), st.booleans())
def test_what_was_written_is_read(
    records: list[Written], codec: str, base_offset: int, xerial: bool
) -> None:
    found = _read(batch(records, codec=codec, base_offset=base_offset, xerial=xerial))
    assert [(r.timestamp_ms, r.key) for r in found] == [(t, k) for t, k, _, _ in records]
    assert [r.offset for r in found] == [base_offset + i for i in range(len(records))]


@settings(max_examples=200)
@given(st.lists(_records, min_size=1, max_size=4), st.sampled_from(["none", "gzip"]))
def test_it_agrees_with_another_decoder(several: list[list[Written]], codec: str) -> None:
    written = b"".join(
        batch(records, codec=codec, base_offset=100 * i) for i, records in enumerate(several)
    )
    theirs: list[tuple[int, int, bytes | None]] = []
    decoder = MemoryRecords(written)
    while decoder.has_next():
        theirs += [(r.offset, r.timestamp, r.key) for r in decoder.next_batch()]
    assert [(r.offset, r.timestamp_ms, r.key) for r in _read(written)] == theirs


@settings(max_examples=200)
@given(_records, st.data())
def test_a_flipped_bit_is_noticed(records: list[Written], data: st.DataObject) -> None:
    written = bytearray(batch(records, codec=data.draw(st.sampled_from(["none", "zstd"]))))
    at = data.draw(st.integers(21, len(written) - 1))
    written[at] ^= 1 << data.draw(st.integers(0, 7))
    (one,) = stored_batches(bytes(written))
    assert isinstance(checked_heads(one), Unknown)


@settings(max_examples=500)
@given(st.binary(max_size=400), st.sampled_from(sorted(CODECS.values())), st.integers(0, 2**31 - 1))
def test_hostile_payloads_end_in_records_or_a_reason(
    payload: bytes, codec: int, count: int
) -> None:
    shell = batch([(0, b"k", b"v", [])])
    written = bytearray(with_payload(shell, payload, codec))
    struct.pack_into(">i", written, 57, count)
    hostile = with_payload(bytes(written), payload, codec)
    (one,) = stored_batches(hostile)
    found = checked_heads(one)
    assert isinstance(found, (tuple, Unknown))


@given(st.binary(max_size=300))
def test_any_bytes_are_walked_over(data: bytes) -> None:
    for one in stored_batches(data):
        checked_heads(one)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_what_inflates_beyond_the_bound_is_refused(codec: str) -> None:
    (one,) = stored_batches(batch([(0, b"k", bytes(1 << 20), [])] * 20, codec=codec))
    found = checked_heads(one)
    assert isinstance(found, Unknown)
    assert "cannot be decoded" in found.detail


def test_a_batch_that_is_cut_is_no_whole_one() -> None:
    (one,) = stored_batches(batch([(0, b"k", b"v", [])])[:-1])
    assert isinstance(checked_heads(one), Unknown)


def test_log_append_time_is_that_of_the_batch() -> None:
    written = batch([(1000, b"k", b"v", []), (2000, b"k", b"v", [])])
    appended = with_payload(written, written[HEADER.size :], 1 << 3)
    assert [r.timestamp_ms for r in _read(appended)] == [2000, 2000]


def test_a_batch_of_very_many_records_gives_its_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("steward.records.record_heads.MOST_RECORDS", 10)
    assert len(_read(batch([(0, None, b"v", [])] * 50))) == 10
