"""A ring that is written look by look comes back whole: same ages after a kill, whatever was dropped meanwhile."""

import numpy as np

from steward.analysis.lag.offset_history import OffsetHistory, poll_of
from steward.analysis.lag.offset_table import OffsetTable
from steward.daemon.collection.offset_history_shards import OffsetHistoryShards, is_from_the_future
from support.tables import offset_table

OFFSET = 1_700_000_000.0


def table(tick: int, partitions: int = 3) -> OffsetTable:
    return offset_table(
        {"orders": [tick * (n + 1) for n in range(partitions)]}, at=tick * 10.0, brokers=2
    )


def written(ticks: range, ring: OffsetHistory, shards: OffsetHistoryShards) -> dict[str, bytes]:
    stored: dict[str, bytes] = {}
    for tick in ticks:
        look = poll_of(table(tick))
        put, drop = shards.changes(look, ring.add(look), OFFSET)
        for name in drop:
            stored.pop(name, None)
        stored |= put
        shards.written(drop)
    return stored


def ages(ring: OffsetHistory, tick: int) -> list[float]:
    rows = np.array([0, 0, 1, 2], np.int32)
    found = ring.ages(table(tick), rows, np.array([5, 300, 500, 700], np.int64))
    return [*found.low, *found.high, *found.value]


def test_it_comes_back_as_it_was() -> None:
    ring, shards = OffsetHistory(interval=10), OffsetHistoryShards()
    stored = written(range(1, 900), ring, shards)
    again, restored = OffsetHistory(interval=10), OffsetHistoryShards()
    assert restored.restore(stored, again, OFFSET) == ring.polls == again.polls
    assert np.allclose(ages(again, 899), ages(ring, 899), atol=1e-4)


def test_the_store_holds_no_more_than_the_ring() -> None:
    ring = OffsetHistory(interval=10, horizon=2_000)
    stored = written(range(1, 2_000), ring, OffsetHistoryShards())
    assert sum(n.startswith("look:") for n in stored) == ring.polls
    assert sum(n.startswith("topics:") for n in stored) == 1


def test_it_goes_on_after_it_came_back() -> None:
    ring = OffsetHistory(interval=10, horizon=2_000)
    stored = written(range(1, 150), ring, OffsetHistoryShards())
    again, shards = OffsetHistory(interval=10, horizon=2_000), OffsetHistoryShards()
    shards.restore(stored, again, OFFSET)
    for tick in range(160, 600):
        look = poll_of(table(tick, partitions=4))
        put, drop = shards.changes(look, again.add(look), OFFSET)
        for name in drop:
            stored.pop(name, None)
        stored |= put
        shards.written(drop)
    assert sum(n.startswith("look:") for n in stored) == again.polls
    assert sum(n.startswith("topics:") for n in stored) == 1


def test_damaged_looks_are_left_out_and_deleted() -> None:
    stored = written(range(1, 30), OffsetHistory(interval=10), OffsetHistoryShards())
    names = sorted(n for n in stored if n.startswith("look:"))
    stored[names[3]] = stored[names[3]][:40]
    stored[names[5]] = b"\xff" * 50
    shards, ring = OffsetHistoryShards(), OffsetHistory(interval=10)
    assert shards.restore(stored, ring, OFFSET) == len(names) - 2
    look = poll_of(table(40))
    _, drop = shards.changes(look, ring.add(look), OFFSET)
    assert {names[3], names[5]} <= drop


def test_what_was_not_written_is_no_debt() -> None:
    ring, shards = OffsetHistory(interval=10), OffsetHistoryShards()
    look = poll_of(table(1))
    put, _ = shards.changes(look, ring.add(look), OFFSET)
    shards.failed(put)
    look = poll_of(table(2))
    put, _ = shards.changes(look, ring.add(look), OFFSET)
    assert sum(n.startswith("topics:") for n in put) == 1
    assert OffsetHistoryShards().restore(put, OffsetHistory(), OFFSET) == 1


def test_a_clock_that_was_set_back_is_noticed() -> None:
    stored = written(range(1, 5), OffsetHistory(), OffsetHistoryShards())
    assert not is_from_the_future(stored, int((OFFSET + 41) * 1000))
    assert is_from_the_future(stored, int((OFFSET + 39) * 1000))
