"""What producers write to moving partitions: measured of all topics of a plan at once, of some again a minute later."""

from typing import Any

from steward.change.execution.throttles.write_rates import (
    MEASURED_SECONDS,
    VALID_SECONDS,
    WriteRates,
)
from steward.cluster.ports import Scope
from steward.model.names import TopicPartition
from steward.model.snapshot import ClusterSnapshot
from support.cluster_text import NOW_MS, snapshot_of

A, B = TopicPartition("a", 0), TopicPartition("b", 0)


class _Growing:
    """A cluster whose partitions get a record of ten bytes each second."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[frozenset[str]] = []
        self.slept: list[float] = []

    def observe(self, parts: Any, scope: Scope, progress: Any = None) -> ClusterSnapshot:
        assert scope.topics is not None
        self.asked.append(scope.topics)
        end = 100 + int(self.now)
        return snapshot_of(
            {
                "topics": dict.fromkeys(sorted(scope.topics), "1x"),
                "offsets": {f"{topic}-0": [0, end] for topic in scope.topics},
                "log_dirs": {1: {"/d": {f"{topic}-0": 10 * end for topic in scope.topics}}},
            },
            at_ms=NOW_MS + int(self.now * 1000),
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def rates(self, *topics: str) -> WriteRates:
        observer: Any = self
        return WriteRates(
            observer=observer, topics=frozenset(topics), sleep=self.sleep, clock=lambda: self.now
        )


def test_all_topics_of_a_plan_are_measured_in_one_wait_and_anew_only_where_asked_for() -> None:
    cluster = _Growing()
    rates = cluster.rates("a", "b")
    rates.learn({"a"})
    assert dict(rates.rates) == {A: 10.0, B: 10.0}
    assert cluster.slept == [MEASURED_SECONDS]
    assert set(cluster.asked) == {frozenset({"a", "b"})}
    looks = len(cluster.asked)
    rates.learn({"b"})
    assert len(cluster.asked) == looks
    cluster.now += VALID_SECONDS
    rates.learn({"b"})
    assert set(cluster.asked[looks:]) == {frozenset({"b"})}
    assert cluster.slept == [MEASURED_SECONDS], "the look of a minute ago is the first of two"


def test_what_else_is_to_be_done_is_done_in_the_wait() -> None:
    cluster = _Growing()
    rates = cluster.rates()
    rates.learn({"a"}, lambda: cluster.sleep(2.0))
    assert cluster.slept == [2.0, MEASURED_SECONDS - 2.0]
    done: list[bool] = []
    rates.learn({"a"}, lambda: done.append(True))
    assert done == [True]
