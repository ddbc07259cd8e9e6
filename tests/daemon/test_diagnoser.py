"""The daemon's own diagnoses: there when an alert fires, of what is, and never at the cost of a look."""

from collections import Counter
from typing import Any

from steward.analysis.alerting.facts import TickFacts
from steward.analysis.diagnosis.sample_codec import unpack
from steward.daemon.collection.collector import CollectorPlan
from steward.daemon.collection.loop import Fault, Watch
from steward.daemon.collection.recent_samples import RecentSamples
from steward.daemon.collection.store_writer import StoreWriter
from steward.model.command import ClusterTarget
from steward.model.error import ClusterUnreachable
from steward.model.verdict import Cause
from support.memory_store import MemoryStore
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime


class Setting:
    """A watch of a cluster that moves, and what alerts hear of it."""

    def __init__(self, observer: type[MovingObserver] = MovingObserver, **cluster: Any) -> None:
        self.time = VirtualTime()
        self.cluster = MovingCluster(self.time, **cluster)
        self.store = MemoryStore()
        self.ticks: list[TickFacts] = []
        self.told: list[Fault | None] = []
        self.observer = observer(self.cluster)
        keeper = StoreWriter(lambda: self.store, self, clock=self.time.clock)
        keeper.take = keeper.keep  # type: ignore[method-assign]
        self.watch = Watch(
            "prod", lambda: self.observer, CollectorPlan(interval=10, target=ClusterTarget(cluster="prod")), keeper,
            clock=self.time.clock, tell=lambda _, fault: self.told.append(fault),
        )  # fmt: skip

    def tick(self, facts: TickFacts) -> None:
        self.ticks.append(facts)

    def look(self, times: int = 1) -> dict[str, Any]:
        """Look so many times, and return each group's cause as the last look knew it."""
        for _ in range(times):
            self.time.now += 10
            self.watch.poll_once()
        return {g.group: g.verdict and g.verdict.cause for g in self.ticks[-1].groups}


def test_a_group_is_diagnosed_before_its_alert_fires() -> None:
    setting = Setting(
        arrivals=5.0, consumed={"slow": 4.0, "fine": 5.0}, members={"slow": ("m1", "m2")}
    )
    causes: list[tuple[float, Any]] = []
    while not causes or causes[-1][0] <= 60:
        found = setting.look()
        assert found["fine"] is None
        slow = next(g for g in setting.ticks[-1].groups if g.group == "slow")
        causes.append((slow.lag_seconds.value, found["slow"]))
    assert causes[-1][1] is Cause.UNDER_CAPACITY
    assert all(cause is None for seconds, cause in causes if seconds < 30)


def test_it_rests_on_five_minutes_when_there_are_so_many_and_names_the_cluster() -> None:
    setting = Setting(arrivals=5.0, consumed={"slow": 3.0}, members={"slow": ("m1", "m2")})
    setting.look(40)
    (group,) = setting.ticks[-1].groups
    assert group.verdict is not None
    assert group.verdict.cause is Cause.UNDER_CAPACITY
    assert not any("count as likely" in s for s in group.verdict.settles), (
        "it has looked for long enough"
    )
    commands = [a.command for a in group.verdict.actions if a.command]
    assert commands
    assert all("--cluster prod" in str(c) for c in commands)


def test_a_group_whose_members_have_gone_is_told_at_once_whatever_was_kept_before() -> None:
    setting = Setting(arrivals=5.0, consumed={"app": 5.0}, members={"app": ("m1", "m2")})
    setting.look(30)
    setting.cluster.state = "Empty"
    setting.cluster.members["app"] = ()
    setting.cluster.consumed["app"] = 0.0
    causes = [setting.look()["app"] for _ in range(12)]
    assert set(causes) == {None, Cause.NO_MEMBERS}
    assert causes[-1] is Cause.NO_MEMBERS


def test_diagnoses_are_few() -> None:
    setting = Setting(arrivals=5.0, consumed={"slow": 3.0}, members={"slow": ("m1", "m2")})
    setting.look(20)
    before = Counter(setting.observer.sent)
    setting.look(12)
    asked = Counter(setting.observer.sent) - before
    assert asked["DescribeGroups"] <= 2 * 3 + 3, (
        "one diagnosis a minute, and the members once a minute"
    )


def test_a_group_that_is_well_again_has_no_verdict() -> None:
    setting = Setting(arrivals=5.0, consumed={"app": 3.0}, members={"app": ("m1", "m2")})
    assert setting.look(30)["app"] is not None
    setting.cluster.consumed["app"] = 500.0
    setting.look(2)
    setting.cluster.consumed["app"] = 5.0
    assert setting.look(2)["app"] is None


def test_looks_are_kept_for_others_to_diagnose() -> None:
    setting = Setting(consumed={"app": 5.0, "slow": 3.0})
    setting.look(3)
    cluster, at_ms, kept = setting.store.kept[-1]
    assert (cluster, at_ms) == ("prod", setting.ticks[-1].at_ms)
    look = unpack(kept["slow"])
    assert look is not None
    assert sorted(kept) == ["app", "slow"]
    assert set(look.committed.values()) == {int(c) for c in setting.cluster.committed["slow"]}


def test_more_pairs_than_can_be_kept_leave_out_the_groups_that_are_well() -> None:
    setting = Setting(consumed={"a": 5.0, "b": 2.0, "c": 5.0})
    setting.watch._recent = RecentSamples(most_pairs=4)
    setting.look(10)
    assert [sorted(kept) for _, _, kept in setting.store.kept[1:]] == [["b"]] * 9


class Mute(MovingObserver):
    """Answers looks, and fails whenever a single group is asked about."""

    error: Exception = ClusterUnreachable("broker 2 does not answer")

    def observe(self, parts: Any, scope: Any = None, progress: Any = None) -> Any:
        if scope.groups is not None:
            raise self.error
        return super().observe(parts, scope, progress)


def test_a_diagnosis_that_fails_costs_nothing_else() -> None:
    setting = Setting(Mute, arrivals=5.0, consumed={"slow": 1.0})
    assert setting.look(20) == {"slow": None}
    assert setting.watch.state.succeeded == 20
    assert setting.told == [None]


def test_a_bug_in_a_diagnosis_is_told_once_and_looks_go_on() -> None:
    class Wrong(Mute):
        error = ZeroDivisionError("oops")

    setting = Setting(Wrong, arrivals=5.0, consumed={"slow": 1.0})
    assert setting.look(20) == {"slow": None}
    assert setting.watch.state.succeeded == 20
    (fault,) = [f for f in setting.told if f]
    assert "oops" in fault.summary
