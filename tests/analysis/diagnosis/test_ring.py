"""Ages from the ring hold the true time of visibility, never grow on a drained partition, survive truncation."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.analysis.lag.offset_history import OffsetHistory, poll_of
from steward.analysis.lag.offset_table import ABSENT, OffsetTable
from steward.model.names import TopicPartition


def look(ends: list[int], at: float, ids: list[str] | None = None) -> OffsetTable:
    ids = ids or [f"id{i}" for i in range(len(ends))]
    size = len(ends)
    return OffsetTable(
        partitions=tuple(TopicPartition(f"t{i}", 0) for i in range(size)),
        topic_ids=tuple(ids),
        leaders=np.ones(size, np.int32),
        start=np.zeros(size, np.int64),
        end=np.array(ends, np.int64),
        stable=np.array(ends, np.int64),
        sent=np.full(size, at - 0.05),
        received=np.full(size, at),
        clock_offset=0.0,
        groups=(),
    )


def age(
    ring: OffsetHistory, table: OffsetTable, offset: int, partition: int = 0
) -> tuple[float, float]:
    ages = ring.ages(table, np.array([partition], np.int32), np.array([offset], np.int64))
    return float(ages.low[0]), float(ages.high[0])


@given(st.lists(st.integers(0, 50), min_size=3, max_size=120), st.data())
@settings(max_examples=150, deadline=None)
def test_holds_the_true_age(arrivals: list[int], data: st.DataObject) -> None:
    """Records of a second become visible at its start; looks come every second, some of them blind."""
    ring, end, born = OffsetHistory(interval=1.0, spacing_ratio=0.05), 0, []
    table = look([0], 0.5)
    ring.add(poll_of(table))
    for second, count in enumerate(arrivals, start=1):
        end += count
        born += [float(second)] * count
        blind = data.draw(st.booleans()) and second < len(arrivals)
        table = look([ABSENT if blind else end], second + 0.5)
        ring.add(poll_of(table))
    if not born:
        return
    offset = data.draw(st.integers(0, end - 1))
    low, high = age(ring, table, offset)
    truth = table.now - born[offset]
    assert low <= truth + 1e-9
    assert np.isnan(high) or truth <= high + 1e-9


def test_idle_partition_keeps_its_bounds_tight() -> None:
    ring = OffsetHistory(interval=10)
    ring.add(poll_of(look([5], 0)))
    ring.add(poll_of(look([8], 10)))
    for second in range(20, 2000, 10):
        table = look([8], second)
        ring.add(poll_of(table))
    low, high = age(ring, table, 5)
    assert low <= table.now - 10 <= high
    assert high - low <= 2 * 0.02 * high + 0.1


def test_before_the_first_look_only_a_lower_bound() -> None:
    ring = OffsetHistory()
    table = look([100], 50)
    ring.add(poll_of(table))
    low, high = age(ring, table, 3)
    assert low == 0
    assert np.isnan(high)


def test_recreated_topic_starts_anew() -> None:
    ring = OffsetHistory()
    ring.add(poll_of(look([100], 0, ["old"])))
    table = look([3], 10, ["new"])
    ring.add(poll_of(table))
    _, high = age(ring, table, 1)
    assert np.isnan(high)


def test_truncation_voids_earlier_anchors() -> None:
    ring = OffsetHistory()
    ring.add(poll_of(look([50], 0)))
    ring.add(poll_of(look([100], 10)))
    ring.add(poll_of(look([80], 20)))
    table = look([90], 30)
    ring.add(poll_of(table))
    low, high = age(ring, table, 85)
    assert (low, round(high, 2)) == (0.0, 10.05)
    assert np.isnan(age(ring, table, 60)[1])


def test_size_is_bounded() -> None:
    ring = OffsetHistory(interval=10, spacing_ratio=0.02, horizon=86_400)
    for tick in range(9_000):
        ring.add(poll_of(look([tick, tick], tick * 10.0)))
    assert ring.polls < 700
    low, high = age(ring, look([9_000, 9_000], 90_000.0), 5_000)
    assert high - low <= 2 * max(10, 0.02 * high) + 0.1
