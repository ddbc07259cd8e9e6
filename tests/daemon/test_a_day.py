"""A day of collecting in virtual time, on the real store: memory and database stay within bounds, nothing is lost."""

import gc
import itertools
import tracemalloc
from pathlib import Path

from steward.analysis.lag.offset_history import OffsetHistory
from steward.daemon.collection.collector import CollectorPlan
from steward.daemon.collection.loop import Watch
from steward.daemon.collection.store_writer import StoreWriter
from steward.model.connection import Secret
from steward.store.open import open_store
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime

HOUR = 3_600
INTERVAL = 60.0


def test_memory_and_database_are_bounded_over_24_hours(tmp_path: Path) -> None:
    time = VirtualTime()
    cluster = MovingCluster(
        time, partitions=5, arrivals=20, consumed={"fine": 20.0, "slow": 19.0, "stuck": 0.0}
    )
    store = open_store(Secret(f"sqlite:///{tmp_path / 'steward.db'}"))
    keeper = StoreWriter(lambda: store, clock=time.clock)
    keeper.take = keeper.keep  # type: ignore[method-assign]
    watch = Watch(
        "prod", lambda: MovingObserver(cluster), CollectorPlan(interval=INTERVAL, budget=40), keeper,
        clock=time.clock,
    )  # fmt: skip
    memory, sizes, looks = [], [], []
    for hour in range(24):
        for _ in range(int(HOUR / INTERVAL)):
            time.now += INTERVAL
            watch.poll_once()
        if hour == 19:
            tracemalloc.start()
        if hour >= 20:
            gc.collect()
            memory.append(tracemalloc.get_traced_memory()[0])
        if hour % 4 == 3:
            sizes.append(store.size_bytes())
            looks.append(watch.state.poll.history_polls if watch.state.poll else 0)
            # the cluster of the test remembers when records came; of the daemon's memory that is no part
            cluster.times, cluster.counts = cluster.times[::2], cluster.counts[::2]
    tracemalloc.stop()
    assert watch.state.succeeded == 24 * HOUR / INTERVAL
    assert watch.state.failed == {}
    assert keeper.state.lost_writes == 0
    assert looks[-1] < 700
    assert looks[-1] - looks[-2] < 60, "the ring thins as it ages"
    hourly = [after - before for before, after in itertools.pairwise(memory)]
    assert min(hourly) < 100_000, (
        "a leak would grow every hour; the ring's rows are made by the dozen"
    )
    assert sum(hourly) < 4_000_000
    assert sizes[-1] - sizes[-2] < (sizes[1] - sizes[0]) * 1.2, "no more an hour than at first"
    assert sizes[-1] < 20_000_000
    ring = OffsetHistory(interval=INTERVAL)
    assert StoreWriter(lambda: store, clock=time.clock).restore("prod", ring) == looks[-1]
    (stuck,) = [g for g in watch.state.poll.groups if g.group == "stuck"]
    truth = time.now - cluster.born(0)
    assert stuck.low <= truth + 1
    assert stuck.high is not None
    assert truth <= stuck.high + 1
    store.close()
