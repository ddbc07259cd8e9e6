"""A collector in virtual time: bounds hold the truth, requests stay few, and what changes underneath is noticed."""

import pytest

from steward.daemon.collection.collector import Collector, CollectorPlan
from steward.daemon.collection.poll import ClusterPoll
from steward.model.history import EventKind
from steward.model.lag import Basis, Flag, LagStatus
from steward.model.unknown import Unknown
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime


class Setting:
    """A collector of a moving cluster, and the time they share."""

    def __init__(self, budget: int = 400, **cluster: object) -> None:
        self.time = VirtualTime()
        self.cluster = MovingCluster(self.time, **cluster)
        self.observer = MovingObserver(self.cluster)
        plan = CollectorPlan(interval=10, budget=budget)
        self.collector = Collector(self.observer, plan, monotonic=lambda: self.time.now)

    def look(self, after: float = 10.0) -> ClusterPoll:
        self.time.now += after
        return self.collector.poll()

    def truth(self, group: str) -> float:
        offset = int(min(self.cluster.committed[group]))
        return 0.0 if offset >= self.cluster.end else self.time.now - self.cluster.born(offset)


@pytest.mark.parametrize("speed", [5.0, 4.0, 1.0, 0.0])
def test_the_truth_lies_within_narrow_bounds_from_the_first_look(speed: float) -> None:
    setting = Setting(consumed={"app": speed})
    for tick in range(60):
        (group,) = setting.look().groups
        truth = setting.truth("app")
        assert group.low is not None, tick
        assert group.high is not None, tick
        assert group.low - 0.01 <= truth <= group.high + 0.01, tick
        assert group.high - group.low <= max(1.0, 0.03 * truth), tick


def test_without_a_budget_the_ring_answers_alone() -> None:
    setting = Setting(budget=1, consumed={"app": 2.0})
    looks = [setting.look() for _ in range(30)]
    (group,) = looks[-1].groups
    assert group.basis is Basis.APPEND
    assert group.low <= setting.truth("app") + 1e-6
    assert setting.truth("app") <= group.high + 1e-6
    assert all(k.timestamp_queries <= 1 for k in looks)


def test_a_group_that_stands_costs_its_searches_once() -> None:
    setting = Setting(consumed={"app": 0.0})
    for _ in range(3):
        setting.look()
    before = setting.observer.queries
    for _ in range(20):
        (group,) = setting.look().groups
        assert group.basis is Basis.CREATE_TIME
    assert setting.observer.queries == before


def test_starts_and_stable_offsets_are_asked_for_in_turn() -> None:
    setting = Setting(budget=1, consumed={"app": 5.0})
    asked = [setting.look().requests["ListOffsets"] for _ in range(10)]
    assert asked == [2] * 10, "the ends, and one of the two"


def test_status_follows_the_groups_objective() -> None:
    setting = Setting(consumed={"slow": 1.0, "fine": 5.0})
    setting.look(100)
    slow = {g.group: g for g in setting.look(100).groups}
    assert slow["slow"].status is LagStatus.OVER_OBJECTIVE
    assert slow["fine"].status in (LagStatus.OK, LagStatus.LAGGING)


def test_a_broker_down_makes_only_its_partitions_unknown() -> None:
    setting = Setting(consumed={"app": 2.0})
    setting.look()
    setting.cluster.blind = frozenset({1})
    look = setting.look()
    (group,) = look.groups
    assert group.unknown_partitions == 1
    assert group.records is None
    assert group.value is not None
    assert group.high is None
    setting.cluster.blind = frozenset()
    assert setting.look().groups[0].unknown_partitions == 0


def test_a_topic_created_anew_forgets_the_old_one() -> None:
    setting = Setting(consumed={"app": 1.0})
    for _ in range(5):
        setting.look()
    setting.cluster.topic_id = "two"
    setting.cluster.restart(3.0)
    setting.cluster.arrivals, setting.cluster.consumed = 0.0, {}
    look = setting.look()
    (group,) = look.groups
    assert group.flags == {Flag.RECREATED: 4}
    assert group.value is None
    assert look.group_rates == {}


def test_rates_come_after_a_minute() -> None:
    setting = Setting(arrivals=5.0, consumed={"app": 3.0})
    looks = [setting.look() for _ in range(13)]
    assert looks[0].group_rates == {}
    pace = looks[-1].group_rates["app"]
    assert pace.arrivals == pytest.approx(20.0, abs=0.5)
    assert pace.consumed == pytest.approx(12.0, abs=0.5)
    assert pace.catch_up_seconds is None


def test_rebalances_and_members_are_told() -> None:
    setting = Setting(consumed={"app": 5.0})
    setting.look()
    setting.cluster.state = "PreparingRebalance"
    look = setting.look()
    assert {e.kind for e in look.events} == {EventKind.REBALANCE, EventKind.NOT_STABLE}
    setting.cluster.state = "Stable"
    setting.cluster.members["app"] = ("m2", "m3")
    events = [e for _ in range(7) for e in setting.look().events]
    assert {(e.kind, e.count) for e in events} == {
        (EventKind.MEMBER_JOINED, 2), (EventKind.MEMBER_LEFT, 1), (EventKind.REBALANCE, 1),
    }  # fmt: skip
    assert setting.look().stability["app"].rebalances == 2


def test_health_of_topics() -> None:
    (topic,) = Setting().look().topics
    assert (topic.partitions, topic.offline, topic.under_replicated) == (4, (), ())
    assert topic.under_min_isr == ()
    assert not isinstance(topic.under_min_isr, Unknown)


def test_commits_without_members_are_a_simple_consumer() -> None:
    setting = Setting(consumed={"flink": 5.0, "idle": 0.0}, state="Empty")
    flags = {g.group: g.flags for _ in range(9) for g in setting.look().groups}
    assert flags == {"flink": {Flag.SIMPLE_CONSUMER: 1}, "idle": {}}
