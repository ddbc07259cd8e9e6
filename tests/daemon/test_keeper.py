"""What is written, what is lost when the store is away, and that it is told."""

from typing import Any

from steward.analysis.alerting.facts import TickFacts
from steward.analysis.lag.offset_history import OffsetHistory
from steward.daemon.collection.collector import CollectorPlan
from steward.daemon.collection.loop import Watch
from steward.daemon.collection.store_writer import StoreWriter
from steward.model.error import ClusterUnreachable
from support.memory_store import MemoryStore
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime


class Judge:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.ticks: list[TickFacts] = []

    def tick(self, facts: TickFacts) -> None:
        self.ticks.append(facts)


class Setting:
    """A watch whose keeper works on the thread of the test."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.time = VirtualTime()
        self.is_down = False
        self.store = store or MemoryStore()
        self.judge = Judge()
        self.told: list[str] = []
        self.keeper = StoreWriter(
            self.open, self.judge, clock=self.time.clock, tell=self.told.append
        )
        self.keeper.take = self.keeper.keep  # type: ignore[method-assign]
        self.cluster = MovingCluster(self.time)
        self.watch = Watch(
            "prod", self.connect, CollectorPlan(interval=10), self.keeper,
            clock=self.time.clock,
        )  # fmt: skip

    def connect(self) -> MovingObserver:
        if self.is_down:
            raise ClusterUnreachable("no broker answered")
        return MovingObserver(self.cluster)

    def open(self) -> Any:
        self.store.check()
        return self.store

    def look(self) -> None:
        self.time.now += 10
        self.watch.poll_once()


def test_a_look_is_judged_and_kept() -> None:
    setting = Setting()
    setting.look()
    setting.look()
    assert [f.cluster for f in setting.judge.ticks] == ["prod", "prod"]
    assert [g.group for g in setting.judge.ticks[1].groups] == ["app"]
    ((cluster, at_ms, (point,)), *_) = setting.store.points
    assert (cluster, point.group, point.members) == ("prod", "app", 1)
    assert at_ms == setting.judge.ticks[0].at_ms
    assert len(setting.store.shards["prod"]) == 3
    assert setting.store.maintained == 1


def test_a_store_that_is_away_loses_looks_but_stops_none() -> None:
    setting = Setting()
    setting.look()
    setting.store.away = True
    for _ in range(5):
        setting.look()
    state = setting.keeper.state
    assert "locked" in state.trouble
    assert state.lost_writes == 5
    assert len(setting.judge.ticks) == 6
    assert setting.watch.state.succeeded == 6
    assert setting.told == ["the store is locked"]


def test_a_store_that_is_away_with_every_cluster_is_told_and_its_return_as_well() -> None:
    setting = Setting()
    setting.store.away = setting.is_down = True
    for _ in range(3):
        setting.look()
    assert setting.watch.state.succeeded == 0
    assert setting.told == ["the store is locked"]
    assert "locked" in setting.keeper.state.trouble
    setting.store.away = False
    for _ in range(8):
        setting.look()
    assert setting.told == ["the store is locked", ""]
    assert setting.keeper.state.trouble == ""
    assert setting.keeper.state.lost_writes == 0


def test_a_store_that_is_away_is_asked_less_and_less() -> None:
    setting = Setting()
    setting.store.away = True
    for _ in range(60):
        setting.look()
    assert 5 < setting.store.calls < 25


def test_it_goes_on_when_the_store_is_back() -> None:
    setting = Setting()
    setting.look()
    setting.store.away = True
    for _ in range(3):
        setting.look()
    setting.store.away = False
    for _ in range(8):
        setting.look()
    assert setting.keeper.state.trouble == ""
    assert setting.told[-1] == ""
    assert len(setting.store.points) > 5
    ring = OffsetHistory(interval=10)
    again = StoreWriter(setting.open, clock=setting.time.clock)
    assert again.restore("prod", ring) == sum(
        n.startswith("look:") for n in setting.store.shards["prod"]
    )


def test_the_ring_is_there_after_a_kill() -> None:
    first = Setting()
    for _ in range(30):
        first.look()
    second = Setting(first.store)
    second.time.now = first.time.now
    second.cluster = first.cluster
    second.cluster.time = second.time
    second.look()
    state = second.watch.state
    assert state.restored_polls == 30
    assert state.poll is not None
    assert state.poll.history_polls == 31


def test_a_clock_that_was_set_back_begins_a_new_ring() -> None:
    first = Setting()
    for _ in range(5):
        first.look()
    second = Setting(first.store)
    second.look()
    assert second.watch.state.restored_polls == 0
    assert sum(n.startswith("look:") for n in first.store.shards["prod"]) == 1


def test_what_waits_is_written_before_the_end() -> None:
    setting = Setting()
    keeper = StoreWriter(setting.open, setting.judge, clock=setting.time.clock)
    watch = Watch(
        "prod", lambda: MovingObserver(setting.cluster), CollectorPlan(), keeper,
        clock=setting.time.clock,
    )  # fmt: skip
    keeper.start()
    for _ in range(5):
        setting.time.now += 10
        watch.poll_once()
    keeper.stop(10)
    assert len(setting.store.points) == 5
    assert setting.store.closed


def test_looks_that_nobody_writes_are_counted_not_hoarded() -> None:
    setting = Setting()
    keeper = StoreWriter(setting.open, clock=setting.time.clock)
    watch = Watch(
        "prod", lambda: MovingObserver(setting.cluster), CollectorPlan(), keeper,
        clock=setting.time.clock,
    )  # fmt: skip
    for _ in range(100):
        setting.time.now += 10
        watch.poll_once()
    assert keeper.state.lost_writes == 36
    assert watch.state.succeeded == 100


def test_an_internal_error_does_not_stop_later_writes() -> None:
    class FailsOnce:
        ticks = 0

        def tick(self, facts: TickFacts) -> None:
            self.ticks += 1
            if self.ticks == 1:
                raise ValueError("boom")

    setting, told = Setting(), []
    writer = StoreWriter(setting.open, FailsOnce(), clock=setting.time.clock, tell=told.append)
    watch = Watch(
        "prod", lambda: MovingObserver(setting.cluster), CollectorPlan(), writer,
        clock=setting.time.clock,
    )  # fmt: skip
    writer.start()
    for _ in range(2):
        setting.time.now += 10
        watch.poll_once()
    writer.stop(10)
    assert len(setting.store.points) == 1
    assert writer.state.lost_writes == 1
    assert told == ["internal error (please report): ValueError: boom", ""]
