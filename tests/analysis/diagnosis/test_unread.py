"""What is unread follows from one definition, for a single position and for columns of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steward.analysis.lag.unread import first_unread, lag_records, lost_records, stored_unread

OFFSETS = st.integers(0, 2**62)


@given(st.lists(st.tuples(OFFSETS, OFFSETS, OFFSETS), min_size=1))
def test_columns_and_numbers_agree_with_the_words(rows: list[tuple[int, int, int]]) -> None:
    committed, start, end = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    assert lag_records(committed, end).tolist() == [max(0, e - c) for c, _, e in rows]
    assert lost_records(committed, start).tolist() == [max(0, s - c) for c, s, _ in rows]
    assert first_unread(committed, start).tolist() == [max(c, s) for c, s, _ in rows]
    assert stored_unread(committed, start, end).tolist() == [
        stored_unread(c, s, e) for c, s, e in rows
    ]
    assert [stored_unread(*row) for row in rows] == [max(0, e - max(c, s)) for c, s, e in rows]
    assert [lag_records(c, e) for c, _, e in rows] == lag_records(committed, end).tolist()


def test_an_absent_start_loses_nothing() -> None:
    committed, start = np.array([0, 7], np.int64), np.array([-1, -1], np.int64)
    assert lost_records(committed, start).tolist() == [0, 0]
    assert first_unread(committed, start).tolist() == [0, 7]
