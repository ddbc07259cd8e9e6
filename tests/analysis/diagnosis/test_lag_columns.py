"""Columns say of every pair what the measure of a single position says, and groups are summed up alike."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.lag.age import AgeBounds, age_of_search
from steward.analysis.lag.assess import TopicTraits, lag_of_group, positions_of
from steward.analysis.lag.columns import (
    BASES,
    FLAG_BITS,
    LagColumns,
    RowTraits,
    apply_record_times,
    measure,
    pairs_of,
    search_priority,
)
from steward.analysis.lag.group_summary import earlier_poll, group_rates, summaries
from steward.analysis.lag.measure import PartitionCommit
from steward.analysis.lag.offset_history import OffsetHistory, poll_of
from steward.analysis.lag.offset_table import OffsetTable
from steward.analysis.lag.timestamp_cache import TimestampBracket, TimestampCache
from steward.analysis.lag.timestamp_search import TimestampSearch
from steward.analysis.lag.trend import GroupRates
from steward.model.lag import Basis, Flag, LagSeconds, LagStatus
from steward.model.names import TopicPartition
from steward.model.unknown import Unknown, Why
from support.tables import offset_table

A, B, C = (TopicPartition("orders", n) for n in range(3))
TRAITS = {"orders": TopicTraits(basis=Basis.LOG_APPEND_TIME, compacted=True)}


def columns_of(
    ring: OffsetHistory, table: OffsetTable, book: TimestampCache | None = None
) -> LagColumns:
    traits = RowTraits.of(table, TRAITS)
    columns = measure(table, pairs_of(table), ring, traits)
    if book is not None:
        book.align(table.topics)
        apply_record_times(columns, book, traits)
    return columns


def ring_of(*tables: OffsetTable) -> OffsetHistory:
    ring = OffsetHistory(interval=10)
    for table in tables:
        ring.add(poll_of(table))
    return ring


OFFSETS = st.lists(st.integers(0, 30), min_size=3, max_size=3)


@given(OFFSETS, OFFSETS, OFFSETS, OFFSETS, st.sets(st.integers(0, 2)))
@settings(max_examples=200, deadline=None)
def test_agrees_with_the_measure_of_single_positions(
    before: list[int], grown: list[int], starts: list[int], committed: list[int], blind: set[int]
) -> None:
    ends = [b + g for b, g in zip(before, grown, strict=True)]
    shown = [-1 if i in blind else e for i, e in enumerate(ends)]
    start = {p: s for i, (p, s) in enumerate(zip((A, B, C), starts, strict=True)) if i not in blind}
    first = offset_table({"orders": before}, at=90)
    table = offset_table(
        {"orders": shown},
        {"app": dict(zip((A, B, C), committed, strict=True))},
        at=100,
        starts=start,
    )
    ring = ring_of(first, table)
    columns = columns_of(ring, table)

    def age(position: PartitionCommit) -> AgeBounds | Unknown:
        row = table.index[position.partition]
        offset = position.oldest_unread
        if offset is None or offset >= table.end[row]:
            return Unknown(Why.REFUSED, "nothing is left")
        ages = ring.ages(table, np.array([row], np.int32), np.array([offset], np.int64))
        low, high = float(ages.low[0]), float(ages.high[0])
        if math.isnan(high) and not position.lost:
            return Unknown(Why.NEEDS_HISTORY)
        return AgeBounds(low=low, high=None if math.isnan(high) else high, basis=Basis.APPEND,
                         value=float(ages.value[0]))  # fmt: skip

    group = table.groups[0]
    truth = lag_of_group(group, positions_of(table, group, TRAITS), age, objective_seconds=60)
    for at, pair in enumerate(truth.partitions):
        is_empty_after_loss = pair.lost_records > 0 and columns.records[at] == 0
        assert (columns.records[at] == -1) == isinstance(pair.lag_records, Unknown)
        if isinstance(pair.lag_records, int):
            assert columns.records[at] == pair.lag_records
        assert columns.lost[at] == pair.lost_records
        raised = {f for f, bit in FLAG_BITS.items() if columns.flags[at] & bit}
        assert raised == set(pair.flags) - {Flag.TOPIC_GONE, Flag.MARKER_ONLY}
        if isinstance(pair.lag_seconds, LagSeconds):
            assert round(float(columns.value[at]), 3) == pair.lag_seconds.value
            assert round(float(columns.low[at]), 3) == pair.lag_seconds.low
        elif not is_empty_after_loss:
            assert math.isnan(columns.value[at])
    (summary,) = summaries(columns, table, [60])
    if isinstance(truth.lag_records, int):
        assert summary.records == truth.lag_records
    assert summary.lost == sum(p.lost_records for p in truth.partitions)
    if truth.status is LagStatus.DATA_LOSS:
        assert summary.status is LagStatus.DATA_LOSS


def test_what_a_search_found_replaces_the_ring() -> None:
    table = offset_table({"orders": [50]}, {"app": {A: 40}}, at=100)
    ring = ring_of(offset_table({"orders": [10]}, at=80), table)
    book = TimestampCache()
    book.align(table.topics)
    now_ms = int((table.now + table.clock_offset) * 1000)
    book.add([TimestampBracket(0, 40, now_ms - 7_000, now_ms - 7_000, exact=True, is_final=True)])
    columns = columns_of(ring, table, book)
    assert BASES[columns.basis[0]] is Basis.LOG_APPEND_TIME
    assert (columns.low[0], columns.high[0], columns.value[0]) == (7.0, 7.0, 7.0)
    assert search_priority(columns, book, [60]).tolist() == [0.0]


def test_a_stamp_a_little_ahead_is_clamped_and_one_far_ahead_leaves_the_ring_its_word() -> None:
    table = offset_table({"orders": [50, 50]}, {"app": {A: 40, B: 40}}, at=100)
    book = TimestampCache()
    book.align(table.topics)
    now_ms = int((table.now + table.clock_offset) * 1000)
    near, far = now_ms + 1_000, now_ms + 3_000_000
    book.add(
        [
            TimestampBracket(0, 40, near, near, exact=True),
            TimestampBracket(1, 40, far, far, exact=True),
        ]
    )
    columns = columns_of(
        ring_of(offset_table({"orders": [10, 10]}, at=80), offset_table({"orders": [45, 45]}, at=90), table),
        table, book,
    )  # fmt: skip
    assert (columns.low[0], columns.high[0]) == (0.0, 0.0)
    assert (round(columns.low[1], 3), round(columns.high[1], 3)) == (10.0, 20.05)
    assert BASES[columns.basis[1]] is Basis.APPEND
    assert (columns.flags & FLAG_BITS[Flag.CLOCK_SKEW]).astype(bool).tolist() == [True, True]


@given(
    st.lists(
        st.tuples(
            st.integers(-4_000, 4_000).map(lambda ms: ms * 1_000) | st.just(None),
            st.integers(-4_000, 4_000).map(lambda ms: ms * 1_000) | st.just(None),
            st.booleans(), st.booleans(), st.booleans(),
        ),
        min_size=1, max_size=30,
    )
)  # fmt: skip
@settings(deadline=None)
def test_stamps_say_in_columns_what_a_single_search_says(
    brackets: list[tuple[int | None, int | None, bool, bool, bool]],
) -> None:
    for appended in (True, False):
        table = offset_table(
            {"orders": [50] * len(brackets)},
            {"app": {TopicPartition("orders", n): 40 for n in range(len(brackets))}}, at=100,
        )  # fmt: skip
        now_ms = int((table.now + table.clock_offset) * 1000)
        basis = Basis.LOG_APPEND_TIME if appended else Basis.CREATE_TIME
        traits = RowTraits.of(table, {"orders": TopicTraits(basis=basis)})
        book = TimestampCache()
        book.align(table.topics)
        columns = measure(table, pairs_of(table), ring_of(table), traits)
        searches = []
        for row, (low, high, exact, disputed, _) in enumerate(brackets):
            search = TimestampSearch(40, now_ms=now_ms, end_offset=50)
            search.low_ms = None if low is None else now_ms + low
            search.high_ms = None if high is None else now_ms + high
            search.is_exact = exact and high is not None
            if search.is_exact:
                search.low_ms = search.high_ms
            search.disputed = disputed and not search.is_exact
            searches.append(search)
            book.add([TimestampBracket.of(row, search)])
        apply_record_times(columns, book, traits)
        for row, search in enumerate(searches):
            age = age_of_search(search, now_ms, basis)
            value, high = float(columns.value[row]), float(columns.high[row])
            if isinstance(age, AgeBounds) and search.high_ms is not None:
                assert math.isclose(value, age.value or 0.0, abs_tol=1e-6)
                assert math.isclose(columns.low[row], age.low, abs_tol=1e-6)
                assert (
                    math.isnan(high)
                    if age.high is None
                    else math.isclose(high, age.high, abs_tol=1e-6)
                )
            else:
                assert math.isnan(value)


def test_what_the_ring_cannot_bound_is_unknown_and_wants_a_search_first() -> None:
    table = offset_table({"orders": [50, 80]}, {"app": {A: 40, B: 75}}, at=100)
    ring = ring_of(offset_table({"orders": [45, 10]}, at=80), table)
    columns = columns_of(ring, table)
    assert math.isnan(columns.value[0])
    assert not math.isnan(columns.value[1])
    weight = search_priority(columns, TimestampCache(), [60])
    assert 3 > weight[0] > 2 > weight[1] > 1
    (summary,) = summaries(columns, table, [60])
    assert summary.unknown_partitions == 1
    assert summary.high is None
    assert summary.value is None
    assert summary.low == 20.0


def test_bounds_wide_enough_to_hide_a_breach_want_a_search() -> None:
    table = offset_table({"orders": [50]}, {"app": {A: 40}}, at=100)
    ring = ring_of(
        offset_table({"orders": [10]}, at=40), offset_table({"orders": [45]}, at=90), table
    )
    assert 3 < search_priority(columns_of(ring, table), TimestampCache(), [60])[0] < 4


def test_nothing_committed_is_unknown_never_zero() -> None:
    table = offset_table({"orders": [50]}, {"app": {}}, at=100)
    (summary,) = summaries(columns_of(ring_of(table), table), table, [60])
    assert summary.status is LagStatus.UNKNOWN
    assert (summary.value, summary.records, summary.low, summary.high) == (None, None, None, None)


def test_commits_on_a_topic_that_is_gone_are_counted() -> None:
    table = offset_table({"orders": [5]}, {"app": {A: 5, TopicPartition("old", 0): 9}}, at=100)
    (summary,) = summaries(columns_of(ring_of(table), table), table, [60])
    assert summary.flags == {Flag.TOPIC_GONE: 1}
    assert summary.status is LagStatus.OK


def pace_of(before: OffsetTable, after: OffsetTable) -> GroupRates:
    return group_rates(earlier_poll(before, pairs_of(before)), after, pairs_of(after))["app"]


def test_pace_of_a_group_that_catches_up() -> None:
    before = offset_table({"orders": [100, 100]}, {"app": {A: 0, B: 100}}, at=0)
    after = offset_table({"orders": [200, 100]}, {"app": {A: 150, B: 100}}, at=50)
    pace = pace_of(before, after)
    assert (pace.arrivals, pace.consumed) == (2.0, 3.0)
    assert pace.catch_up_seconds == 50.0
    assert pace.data_loss_seconds is None


def test_pace_of_a_group_that_retention_overtakes() -> None:
    before = offset_table({"orders": [400]}, {"app": {A: 26}}, at=10, starts={A: 0})
    after = offset_table({"orders": [400]}, {"app": {A: 26}}, at=20, starts={A: 25})
    pace = pace_of(before, after)
    assert pace.catch_up_seconds is None
    assert pace.data_loss_seconds == 0.4
    faster = offset_table({"orders": [400]}, {"app": {A: 76}}, at=20, starts={A: 25})
    assert pace_of(before, faster).data_loss_seconds is None


def test_other_partitions_or_other_topics_have_no_pace() -> None:
    before = offset_table({"orders": [100, 100]}, {"app": {A: 0}}, at=0)
    other = offset_table({"orders": [100, 100]}, {"app": {B: 0}}, at=10)
    anew = offset_table({"orders": [100, 100]}, {"app": {A: 0}}, at=10, ids={"orders": "new"})
    mark = earlier_poll(before, pairs_of(before))
    assert group_rates(mark, other, pairs_of(other)) == {}
    assert group_rates(mark, anew, pairs_of(anew)) == {}
