"""Plans with moves through the executor: one journal, leaders elected afterwards, resumed, undone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from steward.change.execution.moves.dependencies import MoverDependencies, NullThrottles
from steward.change.planning.build import make_plan, undo_changes
from steward.model.change import AlterConfigs, Change, ConfigTarget, ElectLeader, ReassignPartition
from steward.model.instant import Instant
from steward.model.names import TopicPartition
from steward.model.plan import Execution, Plan, PlanOutcome
from steward.store.open import Store
from support.execution import ALLOW, NOW_MS, executor, store_at
from support.moving import Person
from support.reassigning_cluster import Killed, ReassigningCluster, Switch

A0, A1, B0 = TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("b", 0)
PLACED = {A0: (1, 2, 3), A1: (2, 3, 1), B0: (3, 1, 2)}
MOVES: tuple[Change, ...] = (
    ReassignPartition(partition=A0, replicas=(4, 5, 6)),
    ReassignPartition(partition=A1, replicas=(3, 2, 4)),
    ReassignPartition(partition=B0, replicas=(1, 2, 3)),
    ElectLeader(partition=A0),
    ElectLeader(partition=A1),
    ElectLeader(partition=B0),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path) as opened:
        yield opened


@pytest.fixture
def cluster() -> ReassigningCluster:
    return ReassigningCluster(PLACED)


def _plan(cluster: ReassigningCluster, *changes: Change) -> Plan:
    return make_plan(
        changes or MOVES, cluster.snapshot, title="t", made_by="me", source="test",
        now=Instant(NOW_MS), ordered=True,
    )  # fmt: skip


def _run(cluster: ReassigningCluster, store: Store, plan: Plan, **other: Any) -> Execution:
    given = {"sleep": cluster.sleep, "clock": cluster.clock, **other}
    store.plans.save(plan)
    found = executor(cast("Any", cluster), store, plan, **given)
    return found.run(plan, lambda *_: ALLOW, approved=False).execution


def _placed(cluster: ReassigningCluster) -> dict[TopicPartition, tuple[int, ...]]:
    return {key: p.replicas for key, p in cluster.partitions.items()}


def _leaders(cluster: ReassigningCluster) -> list[int]:
    return [p.leader for p in cluster.partitions.values()]


def test_partitions_arrive_and_their_leaders_are_elected(
    cluster: ReassigningCluster, store: Store
) -> None:
    plan = _plan(cluster)
    assert [s.kind for s in plan.steps].count("ElectLeaders") == 2  # of A0 the move itself does it
    execution = _run(cluster, store, plan)
    assert execution.outcome is PlanOutcome.DONE, execution
    assert _placed(cluster) == {A0: (4, 5, 6), A1: (3, 2, 4), B0: (1, 2, 3)}
    assert _leaders(cluster) == [4, 3, 1]
    assert cluster.wrongs == []
    asked = len(cluster.asked)
    assert _run(cluster, store, plan).outcome is PlanOutcome.DONE
    assert len(cluster.asked) == asked


class Left(NullThrottles):
    """Knows of a throttle that an earlier run could not remove."""

    def __init__(self) -> None:
        self.ended = 0

    def end(self) -> tuple[str, ...]:
        self.ended += 1
        return ("a rate of broker 4 is still set",)


@pytest.mark.parametrize(
    "change",
    [MOVES[0], AlterConfigs(target=ConfigTarget.TOPIC, name="a", set={"retention.ms": "1"})],
)
def test_a_finished_plan_of_moves_that_is_resumed_removes_the_throttles_left(
    cluster: ReassigningCluster, store: Store, change: Change
) -> None:
    plan = _plan(cluster, change)
    assert _run(cluster, store, plan).outcome is PlanOutcome.DONE
    left = Left()
    again = executor(
        cast("Any", cluster), store, plan,
        dependencies=MoverDependencies(throttles=lambda _: left),
    ).run(plan, lambda *_: ALLOW, approved=False)  # fmt: skip
    moves = isinstance(change, ReassignPartition)
    assert again.pending == (("a rate of broker 4 is still set",) if moves else ())
    assert left.ended == int(moves)


def test_each_step_is_meant_before_its_first_request(
    cluster: ReassigningCluster, store: Store
) -> None:
    plan = _plan(cluster, *MOVES[:1])
    _run(cluster, store, plan)
    events = [e.event.value for e in store.plans.journal(plan.id)]
    assert events == ["started", "intent", "result", "ended"]
    assert len(cluster.asked) == 3  # hops


@pytest.mark.parametrize("at", range(1, 9))
def test_killed_at_a_request_it_is_gone_on_with(
    cluster: ReassigningCluster, store: Store, at: int
) -> None:
    plan = _plan(cluster)
    cluster.switch = Switch(at)
    with pytest.raises(Killed):
        _run(cluster, store, plan)
    cluster.switch = Switch()
    assert _run(cluster, store, plan).outcome is PlanOutcome.DONE
    assert _placed(cluster) == {A0: (4, 5, 6), A1: (3, 2, 4), B0: (1, 2, 3)}
    assert cluster.wrongs == []


def test_undone_everything_is_in_its_old_order_and_led_as_before(
    cluster: ReassigningCluster, store: Store
) -> None:
    plan = _plan(cluster)
    results = _run(cluster, store, plan).results
    back, stays = undo_changes(plan, results)
    assert stays == []
    assert _run(cluster, store, _plan(cluster, *back)).outcome is PlanOutcome.DONE
    assert _placed(cluster) == PLACED
    assert _leaders(cluster) == [1, 2, 3]


def test_one_that_fails_holds_back_its_own_election_only(
    cluster: ReassigningCluster, store: Store
) -> None:
    plan = _plan(cluster)
    cluster.move(A1, (6, 2, 3))
    execution = _run(cluster, store, plan)
    assert execution.outcome is PlanOutcome.PARTLY
    found = {(plan.steps[r.index].kind, str(plan.steps[r.index].object.name)): r.status.value
             for r in execution.results}  # fmt: skip
    assert found["AlterPartitionReassignments", "a-1"] == "stale"
    assert found["ElectLeaders", "a-1"] == "skipped"
    assert found["ElectLeaders", "b-0"] == "done"


def test_cancelled_before_anything_arrived_it_is_partly_done_and_can_be_gone_on_with(
    cluster: ReassigningCluster, store: Store
) -> None:
    plan = _plan(cluster, *MOVES[:1])
    cancelled = MoverDependencies(control=Person(cluster, (0.5, "cancel")))
    execution = _run(cluster, store, plan, dependencies=cancelled)
    assert execution.outcome is PlanOutcome.PARTLY
    assert execution.results[0].detail == "cancelled: back on 1,2,3"
    assert _placed(cluster) == PLACED
    assert _run(cluster, store, plan).outcome is PlanOutcome.DONE


def test_what_was_killed_on_its_way_is_undone_too(
    cluster: ReassigningCluster, store: Store
) -> None:
    plan = _plan(cluster, *MOVES[:1])
    cluster.switch = Switch(3)  # before the second hop
    with pytest.raises(Killed):
        _run(cluster, store, plan)
    cluster.switch = Switch()
    found = executor(cast("Any", cluster), store, plan).observe_open_steps(plan)
    assert isinstance(found, dict)
    back, _ = undo_changes(plan, tuple(found.values()))
    assert back == (ReassignPartition(partition=A0, replicas=(1, 2, 3)),)
    assert _run(cluster, store, _plan(cluster, *back)).outcome is PlanOutcome.DONE
    assert _placed(cluster) == PLACED
