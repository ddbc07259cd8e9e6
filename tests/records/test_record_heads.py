"""Heads of records against batches that another library writes, in every codec, cut anywhere."""

import struct
from typing import Any

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.memory_records import MemoryRecordsBuilder

from steward.records.batches import HEADER, batch_headers
from steward.records.record_heads import RecordHead, record_heads

CODECS = ("none", "gzip", "snappy", "lz4", "zstd", "xerial")
_BITS = {"none": 0, "gzip": 1, "snappy": 2, "xerial": 2, "lz4": 3, "zstd": 4}
_ATTRIBUTES_AT, _LENGTH_AT = struct.calcsize(">qiibI"), 8
Records = list[tuple[int, bytes | None, bytes]]


def _xerial(body: bytes) -> bytes:
    """Frame blocks of snappy as Java clients do."""
    blocks = [
        bytes(cramjam.snappy.compress_raw(body[i : i + 100])) for i in range(0, len(body), 100)
    ]
    framed = b"".join(struct.pack(">i", len(b)) + b for b in blocks)
    return b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1) + framed


_COMPRESS: dict[str, Any] = {
    "none": bytes,
    "gzip": cramjam.gzip.compress,
    "snappy": cramjam.snappy.compress_raw,
    "xerial": _xerial,
    "lz4": cramjam.lz4.compress,
    "zstd": cramjam.zstd.compress,
}


def batch_of(records: Records, codec: str) -> bytes:
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=1 << 26)
    for stamp, key, value in records:
        builder.append(timestamp=stamp, key=key, value=value, headers=[])
    builder.close()
    plain = bytes(builder.buffer())
    batch = bytearray(plain[: HEADER.size] + bytes(_COMPRESS[codec](plain[HEADER.size :])))
    struct.pack_into(">h", batch, _ATTRIBUTES_AT, _BITS[codec])
    struct.pack_into(">i", batch, _LENGTH_AT, len(batch) - 12)
    return bytes(batch)


def heads(batch: bytes) -> list[RecordHead]:
    header = next(batch_headers(batch), None)
    return [] if header is None else list(record_heads(header, batch))


RECORDS = st.lists(
    st.tuples(st.integers(1, 2**50), st.none() | st.binary(max_size=20), st.binary(max_size=300)),
    min_size=1,
    max_size=30,
)


@given(RECORDS, st.sampled_from(CODECS))
@settings(deadline=None)
def test_every_record_is_what_was_written(records: Records, codec: str) -> None:
    found = heads(batch_of(records, codec))
    assert [(h.offset, h.timestamp_ms, h.key) for h in found] == [
        (i, stamp, key) for i, (stamp, key, _) in enumerate(records)
    ]


@given(RECORDS, st.sampled_from(CODECS), st.floats(0, 1))
@settings(deadline=None)
def test_a_batch_that_is_cut_gives_its_first_records_and_no_wrong_one(
    records: Records, codec: str, share: float
) -> None:
    whole = batch_of(records, codec)
    found = heads(whole[: round(share * len(whole))])
    assert found == heads(whole)[: len(found)]


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_expands_to_more_than_the_limit_gives_what_fits_or_nothing(codec: str) -> None:
    records: Records = [(1000 + i, b"k", b"v" * (1 << 20)) for i in range(20)]
    found = heads(batch_of(records, codec))
    assert found == [RecordHead(i, 1000 + i, b"k") for i in range(len(found))]
    assert len(found) in (
        (20,) if codec == "none" else (0,) if codec == "snappy" else range(15, 18)
    )


@given(st.binary(max_size=400), st.sampled_from(sorted(_BITS)))
@settings(deadline=None)
def test_any_bytes_end(body: bytes, codec: str) -> None:
    batch = bytearray(batch_of([(1, b"k", b"v")], "none")[: HEADER.size] + body)
    struct.pack_into(">h", batch, _ATTRIBUTES_AT, _BITS[codec])
    struct.pack_into(">i", batch, _LENGTH_AT, len(batch) - 12)
    struct.pack_into(">i", batch, HEADER.size - 4, 2**31 - 1)
    assert len(heads(bytes(batch))) <= 16 * 1024 * 1024


def test_where_the_broker_stamps_all_records_have_the_batches_time() -> None:
    batch = bytearray(batch_of([(5, None, b"v"), (9, None, b"v")], "none"))
    struct.pack_into(">h", batch, _ATTRIBUTES_AT, 1 << 3)
    assert [h.timestamp_ms for h in heads(bytes(batch))] == [9, 9]
