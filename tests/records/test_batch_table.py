"""The table of batch headers: equal to the headers read one by one, for any data, cut or damaged anywhere."""

import struct
import zlib

import numpy as np
import pytest
from batch_writing import CODECS, batch, control
from hypothesis import given
from hypothesis import strategies as st

from steward.records.batch_table import BatchTable, WalkEnd, batch_table, checksums_match
from steward.records.batches import HEADER, HEADER_FIELDS, batch_headers


def _of(codec: str, *, count: int = 3, base_offset: int = 0, producer_id: int = -1) -> bytes:
    records = [(1000 + i, b"key", b"value" * 20, []) for i in range(count)]
    return batch(records, codec=codec, base_offset=base_offset, producer_id=producer_id)


def old_message(offset: int, magic: int, value: bytes = b"value") -> bytes:
    """A message of magic 0 or 1 without a key."""
    stamp = struct.pack(">q", 1234) if magic else b""
    checked = struct.pack(">bb", magic, 0) + stamp + struct.pack(">ii", -1, len(value)) + value
    body = struct.pack(">I", zlib.crc32(checked)) + checked
    return struct.pack(">qi", offset, len(body)) + body


LOG = b"".join(
    [_of(codec, base_offset=10 * i, producer_id=i) for i, codec in enumerate(CODECS)]
    + [control(7, 60, commit=True)]
)


def _agrees(table: BatchTable, data: bytes) -> None:
    whole = [h for h in batch_headers(data) if h.magic >= 0][: len(table)]
    at = 0
    for row, header in zip(table.rows, whole, strict=True):
        assert row["position"] == at
        assert row["base_offset"] == header.base_offset
        assert row["length"] + 12 == header.size_bytes
        assert row["record_count"] == header.record_count
        assert row["producer_id"] == header.producer_id
        at += header.size_bytes


def test_each_field_is_where_the_header_has_it() -> None:
    table = batch_table(LOG)
    assert table.end is WalkEnd.COMPLETE
    assert len(table) == len(CODECS) + 1
    for row in table.rows:
        values = HEADER.unpack_from(LOG, int(row["position"]))
        assert [row[name] for name, _ in HEADER_FIELDS] == list(values)
    assert table.codec_ids.tolist() == [*CODECS.values(), 0]
    assert table.is_control.tolist() == [False] * len(CODECS) + [True]
    assert table.last_offsets.tolist()[:2] == [2, 12]
    assert int(table.sizes.sum()) == len(LOG)


@given(st.integers(0, len(LOG)))
def test_data_cut_anywhere_gives_the_whole_batches_and_says_what_follows(length: int) -> None:
    table = batch_table(LOG[:length])
    _agrees(table, LOG[:length])
    assert table.end_position == int(table.sizes.sum())
    assert table.end_position + table.trailing_bytes == length
    is_whole = table.trailing_bytes == 0
    assert table.end is (WalkEnd.COMPLETE if is_whole else WalkEnd.PARTIAL) or not any(
        LOG[table.end_position : length]
    )


@given(st.binary(max_size=300))
def test_any_bytes_end(data: bytes) -> None:
    table = batch_table(data)
    assert table.end_position + table.trailing_bytes == len(data)
    checksums_match(data, table.rows)


@given(st.integers(21, len(LOG) - 1), st.integers(0, 7))
def test_a_flipped_bit_of_the_content_is_found_in_its_batch(at: int, bit: int) -> None:
    rows = batch_table(LOG).rows
    hit = int(np.searchsorted(rows["position"], at, side="right")) - 1
    if at - int(rows["position"][hit]) < 17:  # outside the checksum: see the chain of offsets
        return
    damaged = bytearray(LOG)
    damaged[at] ^= 1 << bit
    table = batch_table(damaged)
    assert np.flatnonzero(~checksums_match(damaged, table.rows)).tolist() == [hit]


@pytest.mark.parametrize("zeros", [1, 11, 12, 13, 17, 61, 5000])
def test_a_preallocated_tail_is_reported_as_zeros(zeros: int) -> None:
    table = batch_table(LOG + bytes(zeros))
    assert (table.end, table.end_position) == (WalkEnd.ZEROS, len(LOG))
    assert table.trailing_bytes == zeros


def test_a_length_too_small_for_any_batch_ends_the_walk_where_it_is() -> None:
    damaged = bytearray(LOG)
    second = int(batch_table(LOG).rows["position"][1])
    damaged[second + 8 : second + 12] = struct.pack(">i", 20)
    table = batch_table(damaged)
    assert (len(table), table.end, table.end_position) == (1, WalkEnd.INVALID_LENGTH, second)


@pytest.mark.parametrize("magic", [0, 1])
def test_old_formats_have_their_own_layout_and_checksum(magic: int) -> None:
    data = old_message(5, magic, b"") + old_message(6, magic) + _of("none", base_offset=7)
    table = batch_table(data)
    assert table.rows["base_offset"].tolist() == [5, 6, 7]
    assert table.rows["magic"].tolist() == [magic, magic, 2]
    assert table.rows["max_timestamp_ms"].tolist()[:2] == [1234 if magic else -1] * 2
    assert table.rows["producer_id"].tolist() == [-1, -1, -1]
    assert checksums_match(data, table.rows).all()
    assert batch_table(data[: len(data) // 2]).end is WalkEnd.PARTIAL


def test_an_old_message_shorter_than_a_current_header_may_end_the_data() -> None:
    data = old_message(5, 1, b"")
    table = batch_table(data)
    assert (len(table), table.end) == (1, WalkEnd.COMPLETE)
    assert checksums_match(data, table.rows).all()


def test_a_walk_may_start_at_any_batch() -> None:
    rows = batch_table(LOG).rows
    later = batch_table(LOG, start=int(rows["position"][2]))
    assert later.rows.tolist() == rows[2:].tolist()
    assert checksums_match(LOG, rows[1:3]).tolist() == [True, True]
