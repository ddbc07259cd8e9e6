"""A cluster's loop: it goes on whatever happens, waits longer while it fails, and leaves the others alone."""

import itertools
import threading
import time
from random import Random

import pytest

from steward.daemon.collection.collector import CollectorPlan
from steward.daemon.collection.loop import Fault, Watch
from steward.daemon.collection.store_writer import StoreWriter
from steward.daemon.ports import Clock
from steward.model.error import ClusterUnreachable, NotAuthorized
from steward.model.unknown import Why
from support.memory_store import MemoryStore
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime

BROKEN = ClusterUnreachable("no broker of prod answered", remedy="steward doctor --cluster prod")


class Setting:
    """A watch of a cluster that can be broken."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.cluster = MovingCluster(self.time)
        self.observers: list[MovingObserver] = []
        self.told: list[Fault | None] = []
        self.facts: list[object] = []
        keeper = StoreWriter(MemoryStore, clock=self.time.clock)
        keeper.take = lambda facts, look: self.facts.append(facts)  # type: ignore[method-assign]
        self.watch = Watch(
            "prod", self.open, CollectorPlan(interval=10), keeper, clock=self.time.clock,
            chance=Random(1), tell=lambda _, fault: self.told.append(fault),
        )  # fmt: skip

    def open(self) -> MovingObserver:
        self.observers.append(MovingObserver(self.cluster))
        return self.observers[-1]


def test_it_looks_at_its_interval_until_told_to_stop() -> None:
    setting, stop = Setting(), threading.Event()
    looks: list[float] = []
    look_once = setting.watch.poll_once

    def counted() -> None:
        looks.append(setting.time.now)
        look_once()
        if len(looks) == 20:
            stop.set()

    setting.watch.poll_once = counted  # type: ignore[method-assign]
    setting.watch.run(stop)
    gaps = [b - a for a, b in itertools.pairwise(looks)]
    assert all(9.4 < gap < 10.6 for gap in gaps)
    assert len({round(g, 3) for g in gaps}) > 10
    assert setting.observers[0].closed


def test_a_broken_cluster_is_told_once_and_asked_less_and_less() -> None:
    setting = Setting()
    setting.cluster.trouble = BROKEN
    pauses = []
    for _ in range(10):
        setting.watch.poll_once()
        pauses.append(setting.watch.pause())
    assert pauses[0] < 25
    assert 240 <= pauses[-1] <= 360
    assert [f.summary for f in setting.told if f] == ["no broker of prod answered"]
    assert setting.watch.state.failed == {"cluster_unreachable": 10}
    assert all(o.closed for o in setting.observers)


def test_it_comes_back_with_new_connections_and_its_ring() -> None:
    setting = Setting()
    for _ in range(3):
        setting.time.now += 10
        setting.watch.poll_once()
    setting.cluster.trouble = BROKEN
    setting.watch.poll_once()
    setting.cluster.trouble = None
    setting.time.now += 10
    setting.watch.poll_once()
    state = setting.watch.state
    assert state.fault is None
    assert state.poll is not None
    assert state.poll.history_polls == 4
    assert len(setting.observers) == 2
    assert [f and f.code for f in setting.told] == [None, "cluster_unreachable", None]
    assert 9 < setting.watch.pause() < 11


def test_a_stale_look_is_not_fresh() -> None:
    setting = Setting()
    setting.watch.poll_once()
    state = setting.watch.state
    assert state.is_fresh(setting.time.now + 29)
    assert not state.is_fresh(setting.time.now + 31)
    assert state.staleness(setting.time.now + 31) == 31


def test_alerts_hear_of_failures_with_their_age() -> None:
    setting = Setting()
    setting.watch.poll_once()
    setting.time.now += 50
    setting.cluster.trouble = NotAuthorized(
        "DESCRIBE on cluster is denied", acl="DESCRIBE on cluster"
    )
    setting.watch.poll_once()
    failed = setting.facts[-1]
    assert failed.unseen.why is Why.DENIED
    assert failed.age_seconds == 50


def test_a_fault_of_our_own_is_a_fault_of_the_cluster_only() -> None:
    setting = Setting()
    setting.cluster.table = lambda: 1 / 0  # type: ignore[method-assign]
    setting.watch.poll_once()
    fault = setting.watch.state.fault
    assert fault is not None
    assert fault.code == "internal"
    assert "ZeroDivisionError" in fault.summary


@pytest.mark.parametrize("hang", [False, True], ids=["broken", "slow"])
def test_others_go_on_beside_a_broken_or_slow_one(hang: bool) -> None:
    """In real time: one cluster hangs or fails at every look, the healthy one keeps its pace."""
    released, stop, enough = threading.Event(), threading.Event(), threading.Event()
    time_ = VirtualTime()
    healthy = MovingCluster(time_)

    def open_bad() -> MovingObserver:
        if hang:
            released.wait(30)
        raise BROKEN

    keeper = StoreWriter(MemoryStore)
    keeper.take = lambda facts, look: None  # type: ignore[method-assign]
    clock = Clock(monotonic=time.monotonic)
    plan = CollectorPlan(interval=0.02)
    bad = Watch("bad", open_bad, plan, keeper, clock=clock)
    good = Watch("good", lambda: MovingObserver(healthy), plan, keeper, clock=clock)
    look_once = good.poll_once

    def counted() -> None:
        look_once()
        if good.state.succeeded >= 10:
            enough.set()

    good.poll_once = counted  # type: ignore[method-assign]
    threads = [threading.Thread(target=w.run, args=(stop,), daemon=True) for w in (bad, good)]
    for thread in threads:
        thread.start()
    assert enough.wait(20)
    assert bad.state.poll is None
    stop.set()
    released.set()
    for thread in threads:
        thread.join(10)
    assert not any(t.is_alive() for t in threads)
