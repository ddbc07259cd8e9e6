"""The bracket always holds the true timestamp, and closes in few rounds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from steward.diagnosis.search import MAX_ROUNDS, Found, TimestampSearch

NOW = 1_700_000_000_000


def first_at(records: list[tuple[int, int]], time_ms: int) -> Found | None:
    """Answer as ListOffsets does: the first offset whose timestamp is at least the time."""
    return next((Found(o, t) for o, t in records if t >= time_ms), None)


def run(records: list[tuple[int, int]], offset: int, **options: bool) -> TimestampSearch:
    end = records[-1][0] + 1
    search = TimestampSearch(offset, now_ms=NOW, end_offset=end, **options)
    while (probe := search.probe()) is not None:
        search.absorb(probe, first_at(records, probe))
    return search


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[int, int]]:
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


@given(logs(), st.data())
@settings(max_examples=300)
def test_holds_the_true_timestamp(records: list[tuple[int, int]], data: st.DataObject) -> None:
    offset, stamp = data.draw(st.sampled_from(records))
    search = run(records, offset)
    assert search.low_ms is not None
    assert search.high_ms is not None
    assert search.low_ms <= stamp <= search.high_ms
    assert search.is_narrow()
    assert search.rounds < MAX_ROUNDS
    assert not search.non_monotone


@given(logs(), st.data())
@settings(max_examples=300)
def test_compacted_holds_the_next_survivor(
    records: list[tuple[int, int]], data: st.DataObject
) -> None:
    kept = [r for r in records if data.draw(st.booleans())] or records[-1:]
    offset = data.draw(st.integers(records[0][0], kept[-1][0]))
    stamp = next(t for o, t in kept if o >= offset)
    search = run(kept, offset, compacted=True)
    assert search.high_ms is None or stamp <= search.high_ms
    assert search.low_ms is None or search.low_ms <= stamp


@given(st.lists(st.integers(NOW - 100_000, NOW), min_size=2, max_size=40), st.data())
def test_shuffled_timestamps_never_give_a_wrong_lower_age(
    stamps: list[int], data: st.DataObject
) -> None:
    """An upper bound of the timestamp (a lower bound of the age) is proved whatever the order."""
    records = list(enumerate(stamps))
    offset = data.draw(st.integers(0, len(stamps) - 1))
    search = run(records, offset)
    assert search.high_ms is None or stamps[offset] <= search.high_ms


def test_nearly_caught_up_takes_one_round() -> None:
    records = [(i, NOW - 600 + i) for i in range(500)]
    assert run(records, 250).rounds <= 3


def test_future_timestamps_are_found() -> None:
    records = [(0, NOW + 3_600_000), (1, NOW + 3_600_001)]
    search = run(records, 0)
    assert search.low_ms == NOW + 3_600_000
