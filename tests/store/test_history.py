"""History keeps the worst of what was seen, however it is merged, and stays within its bounds."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.model.history import WORST_LAST, GroupPoint, HistorySpan
from steward.model.lag import Basis, LagStatus
from steward.store.database import Database
from steward.store.history import HistoryTable
from steward.store.open import Store
from steward.store.retention import Retention
from support.postgresql import PostgresServer

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
NOON = 1_700_000_040_000
SMALL = Retention(
    looks_s=600, minutes_s=3_600, coarse_s=36_000, minute_step_s=60, coarse_step_s=600
)


def point(group: str = "payments", seconds: float | None = 1.0, **changes) -> GroupPoint:
    known = {
        "state": "Stable", "lag_records": 10, "lag_seconds": seconds, "low": seconds, "high": seconds,
        "basis": None if seconds is None else Basis.CREATE_TIME,
        "status": LagStatus.UNKNOWN if seconds is None else LagStatus.LAGGING, "members": 2,
    }  # fmt: skip
    return GroupPoint(**{"group": group, **known, **changes})


def test_a_look_reads_back_as_it_was(store: Store) -> None:
    points = (
        point("payments", 12.345, low=12.0, high=None, lost_records=3, status=LagStatus.DATA_LOSS,
              committed_sum=2**40, end_sum=2**41, unknown_partitions=1, members=None),
        point("payments", 1.5, topic="orders"),
        point("audit", None, lag_records=None, state="Empty"),
    )  # fmt: skip
    store.history.append("prod", NOON, points)
    store.history.append("prod", NOON, points)  # again, as after a fault of which nothing is known
    store.history.append("other", NOON, points)
    spans = store.history.read("prod", since_ms=NOON, topics=True)
    assert [s.worst for s in spans] == [points[2], points[0], points[1]]
    assert {(s.at_ms, s.seconds, s.samples) for s in spans} == {(NOON, 0, 1)}
    assert [s.worst.group for s in store.history.read("prod", since_ms=NOON)] == [
        "audit",
        "payments",
    ]


def test_reading_chooses_groups_and_times(store: Store) -> None:
    for minute in range(5):
        store.history.append("prod", NOON + minute * 60_000, [point("a"), point("b")])
    spans = store.history.read(
        "prod", since_ms=NOON + 60_000, until_ms=NOON + 180_000, groups=["b"]
    )
    assert [(s.at_ms - NOON) // 60_000 for s in spans] == [1, 2, 3]
    assert {s.worst.group for s in spans} == {"b"}


@pytest.mark.parametrize("name", ["x" * 5000, "nul\0inside", "ünï\N{SNOWMAN}" * 100, "' OR 1=1 --"])
def test_any_group_id_is_stored_and_found(store: Store, name: str) -> None:
    store.history.append("prod", NOON, [point(name), point(name + "y", 2.0)])
    (span,) = store.history.read("prod", since_ms=NOON, groups=[name])
    assert span.worst.group == name
    assert span.worst.lag_seconds == 1.0


def test_ages_from_looks_to_minutes_to_tens_of_minutes_to_nothing(store: Store) -> None:
    for second in range(0, 3_600, 10):
        store.history.append("prod", NOON + second * 1000, [point(seconds=float(second))])
    hour = NOON + HOUR_MS

    def steps(now_ms: int) -> dict[int, int]:
        store.maintain(now_ms)
        spans = store.history.read("prod", since_ms=0)
        return {step: sum(s.seconds == step for s in spans) for step in (0, 60, 600)}

    assert steps(hour) == {0: 360, 60: 0, 600: 0}
    assert steps(hour + 23 * HOUR_MS + 1_800_000) == {0: 180, 60: 30, 600: 0}
    assert steps(hour + 2 * DAY_MS) == {0: 0, 60: 60, 600: 0}
    assert steps(hour + 8 * DAY_MS) == {0: 0, 60: 0, 600: 7}
    spans = store.history.read("prod", since_ms=0)
    assert sum(s.samples for s in spans) == 360
    assert spans[-1].worst.lag_seconds == 3_590
    assert spans[0].best_seconds == 0.0
    assert steps(hour + 91 * DAY_MS) == {0: 0, 60: 0, 600: 0}


def test_a_late_look_joins_the_span_that_its_time_was_merged_into(store: Store) -> None:
    store.history.append("prod", NOON, [point(seconds=5.0)])
    store.maintain(NOON + 2 * DAY_MS)
    store.history.append("prod", NOON + 10_000, [point(seconds=70.0), point("new")])
    store.maintain(NOON + 2 * DAY_MS)
    (span,) = store.history.read("prod", since_ms=0, groups=["payments"])
    assert (span.samples, span.best_seconds, span.worst.lag_seconds) == (2, 5.0, 70.0)


seconds = st.one_of(st.none(), st.floats(0, 1e6).map(lambda s: round(s, 3)))
looks = st.lists(
    st.tuples(
        st.integers(0, 3_599),
        seconds,
        st.floats(0, 100).map(lambda s: round(s, 3)),
        st.booleans(),
        st.sampled_from(list(LagStatus)),
        st.sampled_from([Basis.CREATE_TIME, Basis.APPEND]),
        st.one_of(st.none(), st.integers(0, 2**40)),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda row: row[0],
)


def _points(rows: Sequence[tuple]) -> list[tuple[int, GroupPoint]]:
    return [
        (
            NOON + at * 1000,
            point(
                seconds=value, low=None if value is None else max(0.0, round(value - width, 3)),
                high=None if value is None or is_open else round(value + width, 3), status=status,
                basis=None if value is None else basis, lag_records=records,
            ),
        )
        for at, value, width, is_open, status, basis, records in rows
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(looks, st.lists(st.integers(0, 40_000), max_size=4))
def test_merging_never_hides_a_breach(tmp_path_factory, rows, moments) -> None:
    """Whatever was seen stays visible: in the span of its time, at the least as bad as it was."""
    points = _points(rows)
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('h')}/h.db")
    history = HistoryTable(database, SMALL)
    for at, seen in points:
        history.append("prod", at, [seen])
    for moment in sorted(moments):
        history.maintain(NOON + moment * 1000)
    spans = history.read("prod", since_ms=0)
    database.close()
    begin = NOON // 1000 + max(moments, default=0) - SMALL.coarse_s
    kept = [(at, p) for at, p in points if at // 1000 >= begin]
    assert sum(s.samples for s in spans) >= len(kept)
    for at, seen in kept:
        span = _span_at(spans, at, seen.basis)
        _assert_at_least_as_bad(span, seen)
    _assert_nothing_invented(spans, [p for _, p in points])


def _span_at(spans: Sequence[HistorySpan], at_ms: int, basis: Basis | None) -> HistorySpan:
    (found,) = [
        s
        for s in spans
        if s.worst.basis is basis and s.at_ms <= at_ms < s.at_ms + max(1, s.seconds) * 1000
    ]
    return found


def _assert_at_least_as_bad(span: HistorySpan, seen: GroupPoint) -> None:
    worst = span.worst
    assert WORST_LAST.index(worst.status) >= WORST_LAST.index(seen.status)
    if seen.lag_records is not None:
        assert worst.lag_records >= seen.lag_records
    if seen.lag_seconds is None:
        assert span.unknown_samples >= 1
        return
    assert span.best_seconds <= seen.lag_seconds <= worst.lag_seconds
    assert worst.low >= seen.low - 0.001
    assert worst.high is None or (seen.high is not None and worst.high >= seen.high)


def _assert_nothing_invented(spans: Sequence[HistorySpan], points: Sequence[GroupPoint]) -> None:
    def near(value: float | None, seen: set) -> bool:
        return value is None or any(
            abs(value - s) <= 0.001 + 1e-9 * abs(s) for s in seen if s is not None
        )

    for span in spans:
        assert near(span.worst.lag_seconds, {p.lag_seconds for p in points})
        assert near(span.worst.low, {p.low for p in points})
        assert near(span.worst.high, {p.high for p in points})


def test_postgresql_and_sqlite_merge_alike(tmp_path, postgres: PostgresServer) -> None:
    rows = [
        (n * 37 % 3_600, None if n % 7 == 0 else n * 1.125, n % 5 / 10, n % 3 == 0,
         list(LagStatus)[n % 5], Basis.APPEND if n % 2 else Basis.CREATE_TIME, n)
        for n in range(90)
    ]  # fmt: skip
    found = []
    for url in (f"sqlite:///{tmp_path}/s.db", postgres.new_database()):
        history = HistoryTable(Database(url), SMALL)
        for at, seen in _points(rows):
            history.append("prod", at, [seen])
        for moment in (1_000, 2_000, 5_000, 9_000):
            history.maintain(NOON + moment * 1000)
        found.append(history.read("prod", since_ms=0))
    assert found[0] == found[1]
    assert {s.seconds for s in found[0]} == {600}


def test_a_day_of_looks_stays_bounded(tmp_path) -> None:
    """24 hours of looks every minute: of what has aged only a few bytes a merged row stay."""
    with Store(Database(f"sqlite:///{tmp_path}/s.db"), Retention(looks_s=3_600)) as store:
        points = [point(f"g{n}", float(n)) for n in range(20)]
        sizes = []
        for tick in range(0, 86_400, 60):
            store.history.append("prod", NOON + tick * 1000, points)
            store.offset_history.save("prod", {f"s{tick % 600}": b"x" * 1000})
            if tick % 600 == 0:
                store.maintain(NOON + tick * 1000)
                sizes.append(store.size_bytes())
        late = sizes[len(sizes) // 2 :]
        per_row = (late[-1] - late[0]) / (len(late) * 10 * 20)
        assert per_row < 80, f"{per_row:.0f} bytes a merged row"


def test_the_oldest_goes_first_when_the_size_is_passed(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path}/s.db")
    history = HistoryTable(database, Retention(max_bytes=300_000))
    points = [point(f"g{n}") for n in range(50)]
    for minute in range(20 * 60 // 5):
        history.append("prod", NOON + minute * 300_000, points)
    assert database.size_bytes() > 300_000
    history.maintain(NOON + 20 * HOUR_MS)
    spans = history.read("prod", since_ms=0)
    assert database.size_bytes() <= 300_000 or len(spans) <= 50 * 13
    assert spans[-1].at_ms == NOON + (20 * 60 - 5) * 60_000


def test_names_without_rows_are_forgotten_and_come_back(store: Store) -> None:
    store.history.append("prod", NOON, [point("gone")])
    store.maintain(NOON + 100 * DAY_MS)
    assert store.history.read("prod", since_ms=0) == ()
    store.history.append("prod", NOON + 100 * DAY_MS, [point("gone")])
    assert len(store.history.read("prod", since_ms=0)) == 1
