"""Batch headers against bytes that another library writes, and bytes cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.memory_records import MemoryRecordsBuilder

from steward.records.batches import HEADER, batch_headers


def _batch(
    *,
    codec: int = 0,
    records: int = 3,
    transactional: bool = False,
    producer_id: int = -1,
    epoch: int = -1,
) -> bytes:
    builder = MemoryRecordsBuilder(
        magic=2,
        compression_type=codec,
        batch_size=1 << 20,
        transactional=transactional,
        producer_id=producer_id,
        producer_epoch=epoch,
        base_sequence=7 if producer_id >= 0 else -1,
    )
    for i in range(records):
        builder.append(timestamp=1000 + i, key=b"k", value=b"v" * 50, headers=[])
    builder.close()
    return bytes(builder.buffer())


def test_header_is_what_the_writer_wrote() -> None:
    (header,) = batch_headers(_batch(producer_id=42, epoch=3, transactional=True))
    assert (header.magic, header.codec, header.record_count) == (2, "none", 3)
    assert (header.producer_id, header.producer_epoch, header.base_sequence) == (42, 3, 7)
    assert header.is_transactional
    assert not header.is_control
    assert (header.base_timestamp_ms, header.max_timestamp_ms) == (1000, 1002)
    assert header.last_offset_delta == 2


@pytest.mark.parametrize(("codec", "name"), [(0, "none"), (1, "gzip")])
def test_codec(codec: int, name: str) -> None:
    (header,) = batch_headers(_batch(codec=codec))
    assert header.codec == name


def test_without_idempotence_the_producer_id_is_minus_one() -> None:
    (header,) = batch_headers(_batch())
    assert header.producer_id == -1


def test_batches_follow_each_other_and_the_last_may_be_cut() -> None:
    first, second = _batch(records=2), _batch(records=5)
    cut = (first + second)[: len(first) + HEADER.size]
    assert [h.record_count for h in batch_headers(cut)] == [2, 5]
    assert [h.size_bytes for h in batch_headers(cut)] == [len(first), len(second)]


@given(st.integers(0, 400))
def test_any_cut_gives_the_whole_headers_before_it(length: int) -> None:
    whole = _batch(records=1) + _batch(records=2)
    found = list(batch_headers(whole[:length]))
    first = len(_batch(records=1))
    expected = (length >= HEADER.size) + (length >= first + HEADER.size)
    assert len(found) == expected


@given(st.binary(max_size=300))
def test_any_bytes_end(data: bytes) -> None:
    assert len(list(batch_headers(data))) <= len(data)


def test_a_length_of_zero_does_not_loop() -> None:
    assert list(batch_headers(bytes(200))) == []
