"""A cluster that another replaced under its name: the new one inherits nothing, alerts of the old one are closed."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from steward.analysis.alerting.alert import Alert, AlertCondition, AlertState
from steward.analysis.alerting.rules import AlertRules
from steward.daemon.alerting.alerter import Alerter
from steward.daemon.alerting.delivery import ReceiverWorker, ReceiverWorkers
from steward.daemon.collection.collector import CollectorPlan
from steward.daemon.collection.loop import Watch
from steward.daemon.collection.store_writer import StoreWriter
from steward.daemon.receivers.post import ReceiverAnswer
from steward.model.connection import Secret
from steward.model.error import ClusterUnreachable
from steward.store.open import Store, open_store, store_at
from support.notes import receiver
from support.ticks import group, tick
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime

RULES = AlertRules(off=frozenset({AlertCondition.LAG_BURN_FAST, AlertCondition.LAG_BURN_SLOW}))
INTERVAL = 10.0
EVERY = list(AlertState)
OPEN = [AlertState.PENDING, AlertState.FIRING]


@dataclass
class Daemon:
    """One process: a watch, a keeper that works on the test's thread, an alerter, and what a receiver was told."""

    store: Store
    time: VirtualTime
    cluster: MovingCluster
    lines: list[Alert] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        ops = receiver("http://127.0.0.1:1")

        def send(_, note) -> ReceiverAnswer:
            self.told.append(f"{note.reason} {note.rule}: {note.title}")
            return ReceiverAnswer(ok=True, detail="", seconds=0.0)

        self.lane = ReceiverWorker(self.store, ops, now_ms=self.time.now_ms, sender=send)
        alerter = Alerter(self.store, RULES, [ops], ReceiverWorkers([self.lane]), self.lines.append)
        self.keeper = StoreWriter(lambda: self.store, alerter, clock=self.time.clock)
        self.keeper.take = self.keeper.keep  # type: ignore[method-assign]
        self.watch = Watch(
            "prod", lambda: MovingObserver(self.cluster), CollectorPlan(interval=INTERVAL), self.keeper,
            clock=self.time.clock,
        )  # fmt: skip

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.time.now += INTERVAL
            self.watch.poll_once()
            while self.lane.attempt() == 0.0:
                pass

    def lags(self) -> dict[str, float | None]:
        look = self.watch.state.poll
        return {g.group: g.value for g in look.groups} if look else {}


def stuck(time: VirtualTime) -> MovingCluster:
    return MovingCluster(time, cluster_id="old", consumed={"stuck": 0.0}, arrivals=20.0)


def fresh(time: VirtualTime) -> MovingCluster:
    """Another cluster with the same topic and group, even the same topic id; its group keeps up."""
    return MovingCluster(time, cluster_id="new", consumed={"stuck": 20.0, "other": 20.0}, arrivals=20.0)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path):
    with open_store(Secret(f"sqlite:///{tmp_path}/s.db")) as opened:
        yield opened


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("outage", [0, 5])
def test_the_new_cluster_inherits_nothing(store: Store, restarted: bool, outage: int) -> None:
    time = VirtualTime()
    daemon = Daemon(store, time, stuck(time))
    daemon.look(30)
    assert [a.rule for a in daemon.lines] == [AlertCondition.LAG_OVER_OBJECTIVE]
    before = store.history.read("old", since_ms=0)
    assert before
    daemon.cluster.trouble = ClusterUnreachable("no broker answers")
    daemon.look(outage)
    told = len(daemon.told)
    if restarted:
        daemon = Daemon(store, time, fresh(time), daemon.lines, daemon.told)
    else:
        daemon.cluster = fresh(time)
        if isinstance(daemon.watch._observer, MovingObserver):  # its connections last
            daemon.watch._observer.cluster = daemon.cluster
    for _ in range(12):
        daemon.look()
        assert all((v or 0.0) < 15.0 for v in daemon.lags().values()), "lag is of its own ring"
    assert daemon.watch.state.failed.total() == (0 if restarted else outage)
    assert daemon.watch.state.restored_polls == 0
    closed = [t for t in daemon.told[told:] if t.startswith("cluster_replaced")]
    assert len([t for t in closed if "lag_over_objective" in t]) == 1
    assert all("cluster replaced" in t for t in closed)
    assert not [t for t in daemon.told[told:] if not t.startswith("cluster_replaced")]
    assert store.alerts.list(states=OPEN) == ()
    assert store.history.read("old", since_ms=0) == before, "nothing is mixed into it"
    new = store.history.read("new", since_ms=0)
    assert {s.worst.group for s in new} == {"stuck", "other"}
    assert min(s.at_ms for s in new) > max(s.at_ms for s in before)
    assert store.history.read("prod", since_ms=0) == ()
    assert store.alerts.load("new").bad_minutes == {}


def test_the_same_cluster_goes_on_after_a_restart(store: Store) -> None:
    time = VirtualTime()
    daemon = Daemon(store, time, stuck(time))
    daemon.look(30)
    told = list(daemon.told)
    again = Daemon(store, time, daemon.cluster)
    again.look(3)
    assert again.watch.state.restored_polls > 0
    assert again.told == []
    assert len(told) == 1


def test_what_an_older_steward_kept_under_the_name_goes_on_under_the_first_id(store: Store) -> None:
    time = VirtualTime()
    cluster = stuck(time)
    cluster.cluster_id = ""
    daemon = Daemon(store, time, cluster)
    daemon.look(30)
    (fired,) = store.alerts.list(states=OPEN)
    cluster.cluster_id = "old"
    again = Daemon(store, time, cluster)
    again.look(3)
    assert again.watch.state.restored_polls > 0
    assert again.told == [], "it fires as before, and was told"
    (still,) = store.alerts.list(states=OPEN)
    assert still.fingerprint == fired.fingerprint, "who was told knows it by that"
    cluster.consumed = {"stuck": 10_000.0}
    again.look(6)
    assert [t.split(":")[0] for t in again.told] == ["resolved lag_over_objective"]
    assert [a.fingerprint for a in store.alerts.list(states=EVERY)] == [fired.fingerprint]


def test_a_cluster_that_is_away_from_the_start_is_the_one_that_answered_last(store: Store) -> None:
    time = VirtualTime()
    daemon = Daemon(store, time, stuck(time))
    daemon.look(30)
    again = Daemon(store, time, daemon.cluster)
    again.cluster.trouble = ClusterUnreachable("no broker answers")
    again.look(30)
    assert not [t for t in again.told if not t.startswith("fired")], "nothing is over"
    assert {a.rule for a in store.alerts.load("old").alerts.values()} > {
        AlertCondition.LAG_OVER_OBJECTIVE
    }
    assert store.alerts.load("prod").alerts == {}
    again.cluster.trouble = None
    again.look(6)
    assert {a.rule for a in store.alerts.list(states=OPEN)} == {AlertCondition.LAG_OVER_OBJECTIVE}


def test_alerts_of_a_replaced_cluster_are_closed_though_the_store_is_away(tmp_path: Path) -> None:
    (tmp_path / "s.db").mkdir()
    lines: list[Alert] = []
    with store_at(Secret(f"sqlite:///{tmp_path}/s.db")) as store:
        alerter = Alerter(store, RULES, [], ReceiverWorkers([]), lines.append)
        alerter.tick(tick(0, group(lag=70.0), cluster_id="old"))
        for number in range(1, 4):
            alerter.tick(tick(number, group(lag=70.0), cluster_id="new"))
        (tmp_path / "s.db").rmdir()
        alerter.tick(tick(4, group(lag=70.0), cluster_id="new"))
        states = [(a.state.value, a.summary.startswith("cluster replaced")) for a in lines]
        assert states == [("firing", False), ("resolved", True), ("firing", False)]
        assert [len(store.alerts.load(key).alerts) for key in ("old", "new")] == [0, 1]
