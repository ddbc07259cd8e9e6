"""Lag of which only transaction markers are left is none: proved by a fetch, forgotten when the end moves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from steward.cluster.ports import EVERYTHING, Scope
from steward.daemon.collection.collector import Collector, CollectorPlan
from steward.daemon.collection.poll import ClusterPoll
from steward.model.batch import BatchHeader, BatchSample
from steward.model.error import ClusterUnreachable
from steward.model.lag import Flag, LagStatus
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.unknown import Observed, Unknown, Why
from support.virtual_cluster import MovingCluster, MovingObserver, VirtualTime


def batch(base: int, *, records: int = 1, control: bool = False) -> BatchHeader:
    return BatchHeader(
        base_offset=base, size_bytes=80, magic=2, codec="none", is_log_append_time=False,
        is_transactional=True, is_control=control, producer_id=1, producer_epoch=0, base_sequence=-1,
        last_offset_delta=records - 1, record_count=records, base_timestamp_ms=0, max_timestamp_ms=0,
    )  # fmt: skip


class SampledObserver(MovingObserver):
    """Answers fetches with the batches that a test gives."""

    def __init__(self, cluster: MovingCluster) -> None:
        super().__init__(cluster)
        self.batches: tuple[BatchHeader, ...] = ()
        self.fetched: list[Mapping[TopicPartition, int]] = []
        self.trouble: Exception | None = None

    def observe(
        self, parts: Any, scope: Scope = EVERYTHING, progress: Any = None
    ) -> ClusterSnapshot:
        if parts != frozenset({Part.SAMPLES}):
            return super().observe(parts, scope, progress)
        assert scope.sample_at is not None
        self.fetched.append(scope.sample_at)
        if self.trouble is not None:
            raise self.trouble
        found: dict[TopicPartition, BatchSample | Unknown] = {
            p: BatchSample(
                partition=p, from_offset=at, bytes_read=0,
                batches=tuple(b for b in self.batches if b.base_offset + b.last_offset_delta >= at),
            )
            for p, at in scope.sample_at.items()
        }  # fmt: skip
        return ClusterSnapshot(samples=Observed(found, 0))


class Setting:
    """A group that stands a few offsets before ends that stand, too."""

    def __init__(self, *batches: BatchHeader, committed: int = 7) -> None:
        self.time = VirtualTime()
        self.cluster = MovingCluster(self.time, partitions=2, arrivals=0.0, consumed={"app": 0.0})
        self.cluster.restart(10)
        self.cluster.committed["app"] = [float(committed)] * 2
        self.observer = SampledObserver(self.cluster)
        self.observer.batches = batches
        plan = CollectorPlan(interval=10)
        self.collector = Collector(self.observer, plan, monotonic=lambda: self.time.now)

    def look(self, times: int = 12) -> ClusterPoll:
        for _ in range(times - 1):
            self.time.now += 10
            self.collector.poll()
        self.time.now += 10
        return self.collector.poll()


MARKERS = (
    batch(0, records=7),
    batch(7, control=True),
    batch(8, control=True),
    batch(9, control=True),
)


def test_markers_are_no_lag() -> None:
    setting = Setting(*MARKERS)
    (group,) = setting.look().groups
    assert group.flags == {Flag.MARKER_ONLY: 2}
    assert (group.value, group.high, group.status) == (0.0, 0.0, LagStatus.OK)


def test_they_are_fetched_once_while_nothing_moves() -> None:
    setting = Setting(*MARKERS)
    setting.look(40)
    keys = {TopicPartition("orders", 0): 7, TopicPartition("orders", 1): 7}
    assert setting.observer.fetched == [keys]


def test_nothing_is_fetched_of_a_lag_that_is_young_or_large() -> None:
    young = Setting(*MARKERS)
    young.look(1)
    large = Setting(*MARKERS)
    large.cluster.restart(100)
    large.look(40)
    assert young.observer.fetched == large.observer.fetched == []


def test_a_record_among_markers_is_a_lag() -> None:
    setting = Setting(batch(0, records=8), *MARKERS[2:])
    (group,) = setting.look().groups
    assert group.flags == {}
    assert group.status is LagStatus.OVER_OBJECTIVE


def test_of_two_groups_only_that_behind_the_records_has_nothing_left() -> None:
    setting = Setting(*MARKERS)
    setting.cluster.consumed["earlier"] = 0.0
    setting.cluster.committed["earlier"] = [3.0, 3.0]
    groups = {g.group: g for g in setting.look(20).groups}
    assert groups["app"].value == 0.0
    assert groups["earlier"].status is LagStatus.OVER_OBJECTIVE


def test_a_sample_that_ends_early_proves_nothing() -> None:
    (group,) = Setting(*MARKERS[:3]).look().groups
    assert group.status is LagStatus.OVER_OBJECTIVE


def test_records_that_arrive_later_are_a_lag_again() -> None:
    setting = Setting(*MARKERS)
    setting.look()
    setting.cluster.arrivals = 1.0
    (group,) = setting.look(8).groups
    assert Flag.MARKER_ONLY not in group.flags
    assert group.low is not None
    assert group.low > 60


@pytest.mark.parametrize("trouble", [ClusterUnreachable("broker 1 is down")])
def test_a_fetch_that_fails_leaves_the_lag_and_is_tried_again(trouble: Exception) -> None:
    setting = Setting(*MARKERS)
    setting.observer.trouble = trouble
    assert setting.look(13).groups[0].status is LagStatus.OVER_OBJECTIVE
    setting.observer.trouble = None
    assert setting.look(7).groups[0].value == 0.0


def test_an_end_that_a_new_leader_does_not_know_is_a_leader_change() -> None:
    setting = Setting()
    table = setting.cluster.table
    why = Unknown(Why.LEADER_CHANGE, "OFFSET_NOT_AVAILABLE")
    setting.cluster.blind = frozenset({1})
    setting.cluster.table = lambda: replace(table(), unknown={1: why})  # type: ignore[method-assign]
    (group,) = setting.look(1).groups
    assert group.flags == {Flag.LEADER_CHANGE: 1}
    assert group.records is None
