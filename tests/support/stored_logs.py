"""Logs as brokers store them, stamped in any order, for property tests."""

from hypothesis import strategies as st

from steward.model.batch import NO_TIMESTAMP, BatchHeader, BatchSample
from steward.model.names import TopicPartition
from steward.model.topic import MaxTimestamp
from support.cluster_text import NOW_MS as NOW

KEY = TopicPartition("orders", 0)
HOUR = 3_600_000
STAMPS = st.one_of(
    st.integers(NOW - HOUR, NOW),
    st.integers(NOW - 2_000, NOW + 8_000),
    st.integers(NOW, NOW + HOUR),
    st.sampled_from([NO_TIMESTAMP, 0, NOW // 1000, NOW * 1000]),
)
Stored = tuple[BatchHeader, dict[int, int]]
"""A batch with its records that are left: offset to timestamp."""


@st.composite
def batches(draw: st.DrawFn, begin: int) -> Stored:
    """One batch as a broker stores it: compacted or not, stamped by producers or by the broker, or a marker."""
    count = draw(st.integers(1, 5))
    control, by_broker = draw(st.integers(0, 5)) == 0, draw(st.integers(0, 3)) == 0
    stamp = draw(st.integers(NOW - HOUR, NOW))
    written = {begin + i: stamp if by_broker else draw(STAMPS) for i in range(count)}
    kept = {o: t for o, t in written.items() if draw(st.integers(0, 3))}
    left = kept if draw(st.booleans()) else written
    horizon = len(left) < count and draw(st.booleans())
    header = BatchHeader(
        base_offset=begin, size_bytes=100, magic=2, codec="none", is_log_append_time=by_broker,
        is_transactional=control, is_control=control, producer_id=-1, producer_epoch=0, base_sequence=0,
        last_offset_delta=count - 1, record_count=len(left),
        base_timestamp_ms=NOW + HOUR if horizon else written[begin],
        max_timestamp_ms=max(left.values(), default=max(written.values())), has_delete_horizon=horizon,
    )  # fmt: skip
    return header, ({} if control else left)


@st.composite
def logs(draw: st.DrawFn) -> list[Stored]:
    found: list[Stored] = []
    at = draw(st.integers(0, 50))
    for _ in range(draw(st.integers(1, 8))):
        found.append(draw(batches(at)))
        at = found[-1][0].last_offset + 1 + draw(st.sampled_from([0, 0, 0, 3]))
    return found


def sampled(log: list[Stored], from_offset: int, most: int) -> BatchSample:
    """Answer as a Fetch does: from the batch that holds the offset, or the next one."""
    seen = [header for header, _ in log if header.last_offset >= from_offset][:most]
    return BatchSample(partition=KEY, from_offset=from_offset, bytes_read=0, batches=tuple(seen))


def records_of(log: list[Stored]) -> list[tuple[int, int]]:
    """Return the records that are left, as offset and timestamp."""
    return sorted((o, t) for _, left in log for o, t in left.items())


def newest_of(log: list[Stored]) -> MaxTimestamp | None:
    """Answer as a leader does when asked for the largest timestamp; None of a log without records."""
    largest = max(records_of(log), key=lambda r: (r[1], -r[0]), default=None)
    return MaxTimestamp(*largest) if largest else None
