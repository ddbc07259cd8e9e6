"""A rebalance as a kept plan: shown, judged, executed, looked at again, undone; Kafka's file format as well."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from steward.change.execution import open_executor as opening
from steward.change.execution.throttles import write_rates as writing_rates
from steward.model.names import TopicPartition
from support.changing import Changing
from support.command_line import CommandLine
from support.reassigning_cluster import ReassigningCluster

PLACED = {TopicPartition("orders", n): (1, 2, 3) for n in range(4)}
SIZES = dict.fromkeys(PLACED, 1_000_000)
DRAIN = ("reassignment", "plan", "drain", "--brokers", "1", "--tolerance", "100")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> ReassigningCluster:
    made = ReassigningCluster(PLACED, brokers=(1, 2, 3, 4), sizes=SIZES, bytes_per_second=1e9)
    monkeypatch.setattr(opening, "connect_changer", lambda _: made)
    monkeypatch.setattr(writing_rates, "MEASURED_SECONDS", 0.0)
    return made


@pytest.fixture
def run(steward: CommandLine, cluster: ReassigningCluster) -> Changing:
    changing = Changing(steward, cast("Any", cluster))
    steward.monkeypatch.setenv("STEWARD_CLUSTER", "dev")
    return changing


def _placed(cluster: ReassigningCluster) -> dict[TopicPartition, tuple[int, ...]]:
    return {key: p.replicas for key, p in cluster.partitions.items()}


def test_a_drain_is_a_plan_that_is_executed_and_undone(
    run: Changing, cluster: ReassigningCluster
) -> None:
    planned = run(*DRAIN)
    assert planned.code == 0, planned.told
    data = planned.data
    assert data["kept"]
    assert data["guard"]["ruling"] == "allow"
    assert data["bytes_moved"] == data["lower_bound_bytes"] == 4_000_000
    moved = [s for s in data["steps"] if s["kind"] == "AlterPartitionReassignments"]
    assert len(moved) == data["replicas_moved"] == 4
    assert "copies 976.6 KiB to broker 4" in moved[0]["effects"]
    assert all(p.replicas == (1, 2, 3) for p in cluster.partitions.values())

    done = run("plan", "execute", data["id"], "--yes")
    assert done.code == 0, done.told
    assert {s["status"] for s in done.data["steps"]} == {"done"}
    assert all(1 not in ids for ids in _placed(cluster).values())
    assert cluster.wrongs == []
    assert not any(cluster.configs.values())  # no throttle is left
    assert run(*DRAIN).data["bytes_moved"] == 0

    again = run("plan", "execute", data["id"], "--yes")
    assert {s["status"] for s in again.data["steps"]} == {"already"}
    back = run("plan", "undo", data["id"], "--yes")
    assert back.code == 0, back.told
    assert _placed(cluster) == PLACED


def test_the_text_says_how_to_go_on(run: Changing) -> None:
    said = run.text(*DRAIN)
    assert "to execute exactly this:\n  $ steward --cluster dev plan execute" in said


def test_kafkas_own_file_becomes_a_plan(
    run: Changing, cluster: ReassigningCluster, tmp_path: Path
) -> None:
    entry = {"topic": "orders", "partition": 2, "replicas": [3, 4, 2]}
    (tmp_path / "theirs.json").write_text(json.dumps({"version": 1, "partitions": [entry]}))
    planned = run("reassignment", "plan", "balance", "--json", "theirs.json")
    assert [s["object"]["name"] for s in planned.data["steps"]] == ["orders-2"]
    assert run("plan", "execute", planned.data["id"], "--yes").code == 0
    assert cluster.partitions[TopicPartition("orders", 2)].replicas == (3, 4, 2)


def test_a_fenced_target_is_refused_with_those_that_live(
    run: Changing, cluster: ReassigningCluster, tmp_path: Path
) -> None:
    cluster.alive[4] = False
    entry = {"topic": "orders", "partition": 2, "replicas": [3, 4, 2]}
    (tmp_path / "theirs.json").write_text(json.dumps({"version": 1, "partitions": [entry]}))
    planned = run("reassignment", "plan", "balance", "--json", "theirs.json")
    assert planned.code == 4
    assert "broker 4" in planned.told
    assert "is fenced" in planned.told
    assert "1, 2, 3" in planned.told


def test_a_full_disk_is_refused_by_the_guard(run: Changing, cluster: ReassigningCluster) -> None:
    planned_before = run(*DRAIN).data["id"]
    cluster.usable[4] = 3_000_000
    ended = run("plan", "execute", planned_before, "--yes")
    assert ended.code == 4
    assert "broker 4" in str(ended.document["errors"])
    assert "the plan copies 3.8 MiB to it" in ended.told
    assert cluster.asked == []


def test_somebody_elses_move_keeps_a_plan_from_running(
    run: Changing, cluster: ReassigningCluster, tmp_path: Path
) -> None:
    cluster.bytes_per_second = 0.0
    entry = {"topic": "orders", "partition": 2, "replicas": [3, 4, 2]}
    (tmp_path / "theirs.json").write_text(json.dumps({"version": 1, "partitions": [entry]}))
    plan = run("reassignment", "plan", "balance", "--json", "theirs.json").data["id"]
    cluster.move(TopicPartition("orders", 3), (1, 2, 4))
    ended = run("plan", "execute", plan, "--yes")
    assert ended.code == 4
    assert "1 reassignment is in progress that this plan does not include: orders-3" in ended.told
    assert cluster.asked == []
