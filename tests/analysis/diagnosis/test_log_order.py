"""Offsets by time in logs of any order: the offset is Kafka's, and disorder is said where records prove it."""

from hypothesis import example, given
from hypothesis import strategies as st

from steward.analysis.lag.timestamp_order import disorder_of
from steward.analysis.lag.timestamp_search import TimestampAtOffset
from steward.cluster.offsets_at_time import OffsetsByTime, offsets_by_time
from steward.model.instant import CLOCK_TOLERANCE_MS
from steward.model.names import TopicPartition
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Unknown
from support.cluster_text import snapshot_of
from support.fake_observer import FakeObserver

AT = TopicPartition("orders", 0)
NOW = 1_700_000_000_000
HOUR = 3_600_000
START = 40
logs = st.lists(st.integers(NOW - 5 * HOUR, NOW + 2 * HOUR), min_size=1, max_size=30)
jitter = st.lists(st.integers(0, CLOCK_TOLERANCE_MS), min_size=1, max_size=30)
EMPTY = snapshot_of({"topics": {"orders": "1x"}})


def _ask(stamps: list[int], time_ms: int, *, may_read: bool = True) -> OffsetsByTime:
    observer = FakeObserver(EMPTY)
    observer.stamps = {AT: dict(enumerate(stamps, START))}
    if not may_read:
        denied = FakeObserver(EMPTY).first_records
        observer.first_records = denied  # type: ignore[method-assign]
    end = START + len(stamps)
    log = {AT: PartitionOffsets(START, end, end)}
    return offsets_by_time(observer, time_ms, [AT], log, NOW)


@given(logs, st.integers(NOW - 6 * HOUR, NOW))
@example([NOW - HOUR, NOW - 2 * HOUR], NOW - 3 * HOUR)
def test_a_record_that_is_older_than_the_newest_before_it_is_always_found(
    stamps: list[int], time_ms: int
) -> None:
    found = _ask(stamps, time_ms)
    young = [o for o, ms in enumerate(stamps, START) if ms >= time_ms]
    assert found.offsets == {AT: young[0] if young else None}
    if not young:
        assert not found.disorder
        return
    after = stamps[stamps.index(max(stamps)) + 1 :]
    falls = bool(after) and max(stamps) - after[0] > CLOCK_TOLERANCE_MS
    if falls or max(stamps) > NOW + CLOCK_TOLERANCE_MS:
        assert AT in found.disorder
    records = [TimestampAtOffset(o, ms) for o, ms in enumerate(stamps, START)]
    if AT in found.disorder:
        proved = disorder_of(records, NOW)
        assert proved is not None
        assert found.disorder[AT].back_ms <= proved.back_ms
        assert found.disorder[AT].ahead_ms == proved.ahead_ms


@given(jitter, st.integers(0, 30))
def test_clocks_that_differ_a_little_are_no_disorder(late: list[int], asked: int) -> None:
    stamps = [NOW - HOUR + 1_000 * i - ms for i, ms in enumerate(late)]
    assert not _ask(stamps, stamps[asked % len(stamps)]).disorder


@given(logs)
def test_what_may_not_be_read_is_unknown_or_proved_by_the_largest_timestamp(
    stamps: list[int],
) -> None:
    found = _ask(stamps, min(stamps), may_read=False)
    assert len(stamps) == 1 or AT in found.disorder or isinstance(found.unread[AT], Unknown)


def test_records_without_a_timestamp_prove_nothing() -> None:
    assert (
        disorder_of(
            [TimestampAtOffset(1, NOW), TimestampAtOffset(2, -1), TimestampAtOffset(3, NOW)], NOW
        )
        is None
    )
