"""The rest between steps of a cut: as long as brokers need, no longer than said, and taken up again after a kill."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from steward.change.execution.executor import Executor
from steward.change.execution.journal import Journal
from steward.change.execution.lease import ExecutionLease
from steward.change.planning.build import make_plan
from steward.change.planning.cluster_state import ClusterState
from steward.change.planning.retention import RetentionCut, in_steps
from steward.model.change import AlterConfigs, Change, ConfigTarget
from steward.model.error import ClusterUnreachable
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Plan, PlanOutcome
from steward.model.topic import PartitionOffsets
from steward.model.unknown import Observed
from steward.store.open import Store
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import NOW_MS, snapshot_of
from support.execution import ALLOW, executor, store_at

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "2x"},
    "topic_configs": {"orders": {"retention.ms": "4000"}},
    "log_dirs": {1: {"/data": {"orders-0": 500, "orders-1": 500}}},
    "offsets": {"orders-0": [0, 100], "orders-1": [0, 100]},
}
CUT = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "1000"})
PAUSE = 100.0


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Run:
    """Executions of one plan; waiting moves the clock, and lets brokers delete when ``deletes_after`` is over."""

    cluster: ClusterOnFile
    store: Store
    plan: Plan
    now: float = 0.0
    waited: float = 0.0
    deletes_after: float = 1e9
    killed_after: float = 1e9
    since: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waited += seconds
        if self.waited >= self.killed_after:
            raise Killed
        if self.now - self.since >= self.deletes_after:
            self.since = self.now
            self._delete()

    def _delete(self) -> None:
        snapshot = self.cluster.snapshot
        assert isinstance(snapshot.offsets, Observed)
        moved = {
            p: PartitionOffsets(start=o.start + 10, end=o.end, last_stable=o.last_stable)
            for p, o in snapshot.offsets.value.items()
            if isinstance(o, PartitionOffsets)
        }
        self.cluster.snapshot = replace(snapshot, offsets=replace(snapshot.offsets, value=moved))

    def __call__(self) -> Any:
        def now_ms() -> int:
            return NOW_MS + int(self.now * 1000)

        self.waited = 0.0
        journal = Journal(self.store.plans, self.plan, actor="me", origin="here", now_ms=now_ms)
        made: Executor = executor(
            self.cluster, self.store, self.plan, journal=journal, sleep=self.sleep,
            clock=lambda: self.now, lease=ExecutionLease(self.store.leases, self.plan.cluster_id, self.plan.id),
        )  # fmt: skip
        return made.run(self.plan, lambda *_: ALLOW, approved=True).execution

    @property
    def values(self) -> list[str]:
        asked: list[Change] = self.cluster.performed
        return [dict(c.set)["retention.ms"] for c in asked]  # type: ignore[union-attr]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    cluster = ClusterOnFile(tmp_path / "cluster")
    cluster.snapshot = snapshot_of(CLUSTER)
    cut = RetentionCut(steps=3, pause_seconds=PAUSE)
    changes, _ = in_steps([CUT], ClusterState(cluster.snapshot), cut)
    plan = make_plan(
        changes, cluster.snapshot, title="t", made_by="me", source="test", now=Instant(NOW_MS)
    )
    with store_at(tmp_path) as store:
        store.plans.save(plan)
        yield Run(cluster, store, plan)


def test_each_step_is_waited_for_but_the_last(run: Run) -> None:
    assert run().outcome is PlanOutcome.DONE
    assert run.values == ["3000", "2000", "1000"]
    assert run.waited == pytest.approx(2 * PAUSE)
    assert run.now == pytest.approx(2 * PAUSE)


def test_a_rest_ends_when_every_log_was_cut_and_nothing_more_goes(run: Run) -> None:
    run.deletes_after = 30.0
    assert run().outcome is PlanOutcome.DONE
    assert run.now == pytest.approx(40 + 30)  # they delete after 30 s and after 60


def test_one_log_that_was_not_cut_is_waited_for(run: Run) -> None:
    run.deletes_after = 30.0
    snapshot = run.cluster.snapshot
    assert isinstance(snapshot.offsets, Observed)

    def only_one() -> None:
        seen = run.cluster.snapshot
        assert isinstance(seen.offsets, Observed)
        one = TopicPartition("orders", 0)
        moved = {**seen.offsets.value, one: PartitionOffsets(start=50, end=100, last_stable=100)}
        run.cluster.snapshot = replace(seen, offsets=replace(seen.offsets, value=moved))

    run._delete = only_one  # type: ignore[method-assign]
    run()
    assert run.now == pytest.approx(2 * PAUSE)


def test_killed_in_a_rest_the_next_run_waits_for_what_is_left_of_it(run: Run) -> None:
    run.killed_after = 40.0
    with pytest.raises(Killed):
        run()
    assert run.values == ["3000"]
    run.killed_after = 1e9
    run.now += 25
    assert run().outcome is PlanOutcome.DONE
    assert run.values == ["3000", "2000", "1000"]
    assert run.waited == pytest.approx((PAUSE - 65) + PAUSE)


def test_killed_for_longer_than_the_pause_it_goes_on_at_once(run: Run) -> None:
    run.killed_after = 40.0
    with pytest.raises(Killed):
        run()
    run.killed_after = 1e9
    run.now += 1_000
    run()
    assert run.waited == pytest.approx(PAUSE)


def test_a_cluster_that_cannot_be_looked_at_meanwhile_costs_the_whole_pause(run: Run) -> None:
    run.deletes_after = 30.0
    sight = run.cluster.observe

    def blind(parts: Any, scope: Any = None, progress: Any = None) -> Any:
        from steward.model.snapshot import Part

        if Part.OFFSETS in parts:
            raise ClusterUnreachable("no broker answered")
        return sight(parts, scope)

    run.cluster.observe = blind  # type: ignore[method-assign]
    assert run().outcome is PlanOutcome.DONE
    assert run.now == pytest.approx(2 * PAUSE)


def test_an_empty_topic_needs_no_rest_to_speak_of(run: Run) -> None:
    snapshot = run.cluster.snapshot
    empty = {**CLUSTER, "offsets": {"orders-0": [5, 5], "orders-1": [0, 0]}}
    run.cluster.snapshot = replace(snapshot, offsets=snapshot_of(empty).offsets)
    run()
    assert run.now <= 40
