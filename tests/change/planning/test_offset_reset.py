"""Where a group reads on: every form against one log, and the laws that hold for all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.change.planning.offset_reset import NotMoved, OffsetMove, moves_to, partitions_to_move
from steward.model.names import TopicPartition
from steward.model.offset_target import AtOffset, AtTime, BeforeEnd, FromStart, OffsetTarget, Shift
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Unknown, Why

AT = TopicPartition("orders", 0)
LOG = {AT: PartitionOffsets(100, 500, 500)}
small = st.integers(0, 1_000)
targets = st.one_of(
    st.builds(FromStart, small),
    st.builds(BeforeEnd, small),
    st.builds(AtOffset, small),
    st.builds(Shift, st.integers(-1_000, 1_000)),
    st.builds(AtTime, small),
)


def _move(target: OffsetTarget, old: int | None = 300) -> OffsetMove | NotMoved:
    committed = {} if old is None else {AT: old}
    (moved,) = moves_to(target, [AT], committed, LOG, {AT: 250})
    return moved


@pytest.mark.parametrize(
    ("target", "new", "skipped", "again"),
    [
        (FromStart(), 100, 0, 200),
        (FromStart(10), 110, 0, 190),
        (BeforeEnd(), 500, 200, 0),
        (BeforeEnd(10), 490, 190, 0),
        (Shift(50), 350, 50, 0),
        (Shift(-50), 250, 0, 50),
        (Shift(-900), 100, 0, 200),
        (AtOffset(120), 120, 0, 180),
        (AtOffset(900), 500, 200, 0),
        (AtTime(5), 250, 0, 50),
    ],
)
def test_each_form(target: OffsetTarget, new: int, skipped: int, again: int) -> None:
    moved = _move(target)
    assert isinstance(moved, OffsetMove)
    assert (moved.new, moved.skipped, moved.again) == (new, skipped, again)


@pytest.mark.parametrize("old", [None, 0, 300, 499])
def test_no_record_as_young_as_the_time_never_jumps_over_records(old: int | None) -> None:
    committed = {} if old is None else {AT: old}
    (stays,) = moves_to(AtTime(5), [AT], committed, LOG, {AT: None})
    assert isinstance(stays, NotMoved)
    assert "no record has this timestamp or a later one" in stays.reason
    assert "--to latest --topics orders:0" in stays.remedy


@pytest.mark.parametrize("old", [500, 900])
def test_a_group_at_the_end_may_stay_there_where_no_record_is_as_young(old: int) -> None:
    (moved,) = moves_to(AtTime(5), [AT], {AT: old}, LOG, {AT: None})
    assert isinstance(moved, OffsetMove)
    assert (moved.new, moved.skipped) == (500, 0)


def test_what_was_lost_already_is_not_skipped() -> None:
    moved = _move(FromStart(20), old=3)
    assert isinstance(moved, OffsetMove)
    assert (moved.skipped, moved.again) == (20, 0)


@pytest.mark.parametrize(
    ("moved", "why"),
    [
        (moves_to(Shift(1), [AT], {}, LOG, {}), "no committed offset"),
        (moves_to(AtOffset(1), [AT], {}, {}, {}), "does not exist"),
        (moves_to(AtOffset(1), [AT], {}, {AT: Unknown(Why.DENIED, "no")}, {}), "unknown: no"),
        (moves_to(AtTime(1), [AT], {}, LOG, {AT: Unknown(Why.TIMED_OUT, "late")}), "late"),
        (moves_to({}, [AT], {}, LOG, {}), "no offset is given"),
    ],
)
def test_what_cannot_be_told_says_why(moved: tuple[NotMoved, ...], why: str) -> None:
    assert why in moved[0].reason


@given(targets, st.none() | small, small, small, st.none() | small)
def test_the_new_offset_lies_in_the_log_and_the_counts_are_what_lies_between(
    target: OffsetTarget, old: int | None, start: int, length: int, found: int | None
) -> None:
    log = {AT: PartitionOffsets(start, start + length, start + length)}
    committed = {} if old is None else {AT: old}
    (moved,) = moves_to(target, [AT], committed, log, {AT: found})
    if isinstance(moved, NotMoved):
        assert (isinstance(target, Shift) and old is None) or (
            isinstance(target, AtTime) and found is None and length
        )
        return
    assert moved.start <= moved.new <= moved.end
    assert bool(moved.cut) == (moved.asked != moved.new)
    assert not (moved.skipped and moved.again)
    if old is not None and start <= old <= start + length:
        assert moved.new - old == moved.skipped - moved.again
    again = moves_to(AtOffset(moved.new), [AT], {AT: moved.new}, log, {})[0]
    assert isinstance(again, OffsetMove)
    assert (again.new, again.skipped, again.again) == (moved.new, 0, 0)


def test_partitions_that_are_meant() -> None:
    there = [TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("b", 0)]
    committed = {TopicPartition("a", 0): 5, TopicPartition("gone", 0): 5}
    assert partitions_to_move(None, committed, there) == (TopicPartition("a", 0),)
    assert partitions_to_move({"a": None}, committed, there) == tuple(there[:2])
    assert partitions_to_move({"a": frozenset({1, 9})}, committed, there) == (
        TopicPartition("a", 1),
        TopicPartition("a", 9),
    )
