"""The first record at or after an offset is found in what fetches bring: cut batches, markers, gaps, every codec."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from records.test_record_heads import CODECS, batch_of
from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.cluster.adapters.fetching import FetchTarget
from steward.cluster.adapters.first_records import FetchAgain, first_record
from steward.model.unknown import Unknown
from steward.records.batches import HEADER, stored_batches

_ATTRIBUTES_AT = struct.calcsize(">qiibI")
_LAST_DELTA_AT = _ATTRIBUTES_AT + 2
_CONTROL, _APPEND_TIME = 1 << 5, 1 << 3

Batch = tuple[str, str, list[int], int]
"""What it is, its codec, its records' timestamps, the size of their values."""


def log_of(batches: list[Batch]) -> tuple[bytes, list[tuple[int, int]], int]:
    """Write a log; return its bytes, its records with offsets and timestamps, and its end."""
    stored, records, end = b"", list[tuple[int, int]](), 0
    for kind, codec, stamps, size in batches:
        batch = bytearray(
            batch_of([(s, b"key", bytes(i % 251 for i in range(size))) for s in stamps], codec)
        )
        struct.pack_into(">q", batch, 0, end)
        (bits,) = struct.unpack_from(">h", batch, _ATTRIBUTES_AT)
        if kind == "marker":
            struct.pack_into(">h", batch, _ATTRIBUTES_AT, bits | _CONTROL)
        elif kind == "appended":
            struct.pack_into(">h", batch, _ATTRIBUTES_AT, bits | _APPEND_TIME)
            records += [(end + i, max(stamps)) for i in range(len(stamps))]
        elif kind == "emptied":
            batch = batch[: HEADER.size]
            struct.pack_into(">i", batch, 8, HEADER.size - 12)
            struct.pack_into(">i", batch, HEADER.size - 4, 0)
        elif kind == "cleaned":  # its last offsets are gone
            struct.pack_into(">i", batch, _LAST_DELTA_AT, len(stamps) + 1)
            records += [(end + i, s) for i, s in enumerate(stamps)]
            end += 2
        else:
            records += [(end + i, s) for i, s in enumerate(stamps)]
        stored += bytes(batch)
        end += len(stamps)
    return stored, records, end


def fetch(stored: bytes, aim: FetchTarget) -> bytes:
    """Answer as brokers do for a partition that is the first: its first batch comes whole."""
    at = 0
    for batch in stored_batches(stored):
        header = batch.header
        if header.base_offset + header.last_offset_delta >= aim.from_offset:
            return stored[at : at + max(aim.bytes, header.size_bytes)]
        at += len(batch.data)
    return b""


BATCHES = st.lists(
    st.tuples(
        st.sampled_from(["plain", "plain", "marker", "appended", "emptied", "cleaned"]),
        st.sampled_from(CODECS),
        st.lists(st.integers(0, 2**45), min_size=1, max_size=20),
        st.sampled_from([0, 10, 1_000]),
    ),
    min_size=1,
    max_size=8,
)


@given(BATCHES, st.data(), st.sampled_from([HEADER.size, 200, 4_096]))
@settings(max_examples=300, deadline=None)
def test_finds_the_first_record_there_is(
    batches: list[Batch], data: st.DataObject, first_bytes: int
) -> None:
    stored, records, end = log_of(batches)
    start = data.draw(st.integers(0, end - 1))
    aim = FetchTarget(start, first_bytes)
    for _ in range(3 * len(batches) + 3):
        outcome = first_record(fetch(stored, aim), range(start, end), aim)
        if not isinstance(outcome, FetchAgain):
            break
        aim = outcome.aim
    expected = next((TimestampAtOffset(o, t) for o, t in records if o >= start), None)
    assert outcome == expected


@given(st.binary(max_size=500), st.integers(0, 100))
@settings(deadline=None)
def test_any_bytes_end(data: bytes, start: int) -> None:
    outcome = first_record(data, range(start, start + 10), FetchTarget(start, 4_096))
    assert outcome is None or isinstance(outcome, TimestampAtOffset | Unknown | FetchAgain)
