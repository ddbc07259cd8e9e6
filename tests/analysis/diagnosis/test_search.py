"""What a search says of a record's timestamp holds for logs in any order, and closes in few rounds where it can."""

from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.lag.age import AgeBounds, NoAge, age_of_search
from steward.analysis.lag.search_pool import SearchPool, TimestampQuestion
from steward.analysis.lag.timestamp_search import (
    MAX_ROUNDS,
    MAX_TIMESTAMP,
    TimestampAtOffset,
    TimestampSearch,
)
from steward.model.lag import Basis, Flag
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown, Why

NOW = 1_700_000_000_000
KEY = TopicPartition("orders", 0)
DENIED = Unknown(Why.DENIED, "not authorized", "READ on topic orders")
Records = list[tuple[int, int]]


def first_at(records: Records, time_ms: int) -> TimestampAtOffset | None:
    """Answer as ListOffsets does: the first offset whose timestamp is at least the time."""
    if time_ms == MAX_TIMESTAMP:
        offset, stamp = max(records, key=lambda r: (r[1], -r[0]))
        return TimestampAtOffset(offset, stamp)
    return next((TimestampAtOffset(o, t) for o, t in records if t >= time_ms), None)


def run(records: Records, offset: int, **options: bool) -> TimestampSearch:
    end = records[-1][0] + 1
    search = TimestampSearch(offset, now_ms=NOW, end_offset=end, **options)
    while (probe := search.probe()) is not None:
        search.absorb(probe, first_at(records, probe))
    return search


def settled(
    records: Records, offset: int, *, may_read: bool, compacted: bool = False
) -> TimestampSearch:
    """Run a pool on a log as a broker answers it."""
    end = records[-1][0] + 1
    question = TimestampQuestion(partition=KEY, offset=offset, end=end, compacted=compacted)
    pool = SearchPool([question], now_ms=NOW, budget=1_000)
    while reads := pool.reads():
        there = next((TimestampAtOffset(o, t) for o, t in records if o >= reads[KEY].start), None)
        pool.take_reads(reads, {KEY: there if may_read else DENIED})
    while times := pool.round():
        pool.absorb(times, {KEY: first_at(records, times[KEY])})
    found = pool.result(KEY, offset)
    assert isinstance(found, TimestampSearch)
    return found


@st.composite
def logs(draw: st.DrawFn) -> Records:
    """Records with rising timestamps, idle stretches and bursts included."""
    gaps = draw(
        st.lists(
            st.sampled_from([0, 0, 1, 5, 100, 2_000, 60_000, 3_600_000]), min_size=1, max_size=60
        )
    )
    start = draw(st.integers(0, 1000))
    stamp = NOW - sum(gaps) - draw(st.integers(0, 100_000))
    records = []
    for i, gap in enumerate(gaps):
        stamp += gap
        records.append((start + i, stamp))
    return records


HOUR = 3_600_000
STAMPS = st.one_of(
    st.integers(NOW - HOUR, NOW),
    st.integers(NOW - 2_000, NOW + 2_000),
    st.integers(NOW, NOW + HOUR),
    st.sampled_from([-1, 0, NOW // 1000, NOW * 1000, NOW + 3_000_000]),
    st.integers(NOW - 10 * 365 * 24 * HOUR, NOW),
)


@st.composite
def any_logs(draw: st.DrawFn) -> Records:
    """Records stamped in any way: skewed clocks, backfills, mixed units, none; or a log with odd ones in it."""
    if draw(st.booleans()):
        return list(enumerate(draw(st.lists(STAMPS, min_size=1, max_size=40))))
    records = draw(logs())
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(records) - 1))
        records[place] = records[place][0], draw(STAMPS)
    return records


@given(any_logs(), st.booleans(), st.booleans(), st.data())
@settings(max_examples=2_000, deadline=None)
def test_the_true_age_lies_between_the_bounds_whatever_the_timestamps(
    records: Records, may_read: bool, compacted: bool, data: st.DataObject
) -> None:
    """By definition: now less the timestamp of the first surviving record at or after the commit."""
    kept = [r for r in records if not compacted or data.draw(st.booleans())] or records[-1:]
    offset = data.draw(st.integers(records[0][0], kept[-1][0]))
    stamp = next(t for o, t in kept if o >= offset)
    search = settled(kept, offset, may_read=may_read, compacted=compacted)
    age = age_of_search(search, NOW, Basis.CREATE_TIME)
    truth = max(0.0, (NOW - stamp) / 1000)
    if not isinstance(age, AgeBounds):
        assert not may_read or stamp == -1 or stamp > NOW
        return
    assert age.low <= truth
    assert age.high is None or truth <= age.high
    assert age.value is not None
    assert age.value > 0 or (age.high == 0 and NOW <= stamp <= NOW + 5_000), "0 has to be proved"
    if may_read:
        assert (age.low, age.high) == (truth, truth)


@given(logs(), st.sampled_from(list(Basis)[:2]), st.data())
@settings(max_examples=300, deadline=None)
def test_without_read_an_estimate_stands_for_a_log_in_order(
    records: Records, basis: Basis, data: st.DataObject
) -> None:
    offset, stamp = data.draw(st.sampled_from(records))
    search = settled(records, offset, may_read=False)
    age = age_of_search(search, NOW, basis)
    truth = (NOW - stamp) / 1000
    if truth == 0:
        return
    assert isinstance(age, AgeBounds)
    assert age.value is not None
    assert abs(age.value - truth) <= max(0.5, 0.01 * truth)
    if basis is Basis.LOG_APPEND_TIME and not search.disputed:
        assert age.high is not None
        assert age.low <= truth <= age.high


def test_one_record_ahead_does_not_hide_a_thousand_that_wait() -> None:
    hour = [(i, NOW - HOUR + 3_600 * i) for i in range(1, 1_001)]
    records = [(0, NOW + 50 * 60_000), *hour]
    read = age_of_search(settled(records, 1, may_read=True), NOW, Basis.CREATE_TIME)
    assert read == AgeBounds(
        low=3596.4, high=3596.4, value=3596.4, basis=Basis.CREATE_TIME, flags=()
    )
    unread = age_of_search(settled(records, 1, may_read=False), NOW, Basis.CREATE_TIME)
    assert isinstance(unread, NoAge)
    assert set(unread.flags) == {Flag.CLOCK_SKEW, Flag.NON_MONOTONE}
    assert "READ on topic orders" in str(unread.why)


def test_a_record_of_the_future_has_no_age() -> None:
    records = [(0, NOW + 50 * 60_000), (1, NOW - HOUR)]
    age = age_of_search(settled(records, 0, may_read=True), NOW, Basis.CREATE_TIME)
    assert isinstance(age, NoAge)
    assert age.flags == (Flag.CLOCK_SKEW,)


def test_nothing_but_markers_is_nothing_to_read() -> None:
    search = TimestampSearch(3, now_ms=NOW, end_offset=4)
    search.take_read(None)
    age = age_of_search(search, NOW, Basis.CREATE_TIME)
    assert isinstance(age, AgeBounds)
    assert (age.low, age.high, age.flags) == (0.0, 0.0, (Flag.MARKER_ONLY,))


def test_a_topic_that_may_not_be_read_is_tried_once() -> None:
    questions = [
        TimestampQuestion(partition=TopicPartition("orders", p), offset=o, end=9)
        for p in range(3) for o in range(3)
    ]  # fmt: skip
    pool = SearchPool(questions, now_ms=NOW, budget=1_000)
    reads = pool.reads()
    pool.take_reads(reads, dict.fromkeys(reads, DENIED))
    assert pool.reads() == {}
    assert pool.asked == 3


def test_reads_and_queries_keep_to_the_budget() -> None:
    questions = [
        TimestampQuestion(partition=TopicPartition("t", p), offset=0, end=9) for p in range(9)
    ]
    pool = SearchPool(questions, now_ms=NOW, budget=12)
    reads = pool.reads()
    why = Unknown(Why.TIMED_OUT)
    pool.take_reads(reads, dict.fromkeys(reads, why))
    assert (len(reads), len(pool.round()), pool.round(), pool.asked) == (9, 3, {}, 12)


@given(logs(), st.data())
@settings(max_examples=300)
def test_rising_timestamps_are_bracketed(records: Records, data: st.DataObject) -> None:
    offset, stamp = data.draw(st.sampled_from(records))
    search = run(records, offset)
    assert search.low_ms is not None
    assert search.high_ms is not None
    assert search.low_ms <= stamp <= search.high_ms
    assert search.is_narrow()
    assert search.rounds < MAX_ROUNDS
    assert not search.disputed


@given(logs(), st.data())
@settings(max_examples=300)
def test_compacted_holds_the_next_survivor(records: Records, data: st.DataObject) -> None:
    kept = [r for r in records if data.draw(st.booleans())] or records[-1:]
    offset = data.draw(st.integers(records[0][0], kept[-1][0]))
    stamp = next(t for o, t in kept if o >= offset)
    search = run(kept, offset, compacted=True)
    assert search.high_ms is None or stamp <= search.high_ms
    assert search.low_ms is None or search.low_ms <= stamp


def test_nearly_caught_up_takes_one_round() -> None:
    records = [(i, NOW - 600 + i) for i in range(500)]
    assert run(records, 250).rounds <= 3


def test_future_timestamps_are_found() -> None:
    records = [(0, NOW + 3_600_000), (1, NOW + 3_600_001)]
    search = run(records, 0)
    assert search.low_ms == NOW + 3_600_000
