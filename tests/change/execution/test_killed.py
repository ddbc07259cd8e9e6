"""SIGKILL at every point: a second run ends in the state that an undisturbed one ends in, and nothing is done twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from steward.change.planning.build import make_plan
from steward.model.acl import AclBinding
from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    ConfigTarget,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    DeleteAcl,
    DeleteTopic,
    UpsertScram,
)
from steward.model.instant import Instant
from steward.model.plan import Plan, PlanOutcome
from support.cluster_on_file import ClusterOnFile, KillSwitch
from support.cluster_text import snapshot_of
from support.execution import NOW_MS, execute, prepare

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"orders": "3x", "old": "1x"},
    "topic_configs": {"orders": {"retention.ms": "9000"}, "old": {}},
    "acls": ["ALLOW User:app READ TOPIC LITERAL orders *"],
}
OLD = AclBinding("TOPIC", "orders", "LITERAL", "User:app", "*", "READ", "ALLOW")
NEW = AclBinding("TOPIC", "orders", "LITERAL", "User:app", "*", "ALL", "ALLOW")
CHANGES = (
    CreateTopic(name="t0", partitions=1, replication_factor=1),
    CreateTopic(name="t1", partitions=1, replication_factor=1),
    CreatePartitions(topic="orders", partitions=4),
    AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "1000"}),
    CreateAcl(acl=NEW),
    DeleteAcl(acl=OLD),
    AlterQuota(entity=(("user", "app"),), set={"producer_byte_rate": 1000.0}),
    UpsertScram(user="app", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:P"),
    DeleteTopic(name="old", topic_id=""),
)


def _plan() -> Plan:
    return make_plan(
        CHANGES,
        snapshot_of(CLUSTER),
        title="t",
        made_by="me",
        source="test",
        now=Instant(NOW_MS),
    )


def _undisturbed(directory: Path) -> tuple[Any, int]:
    prepare(directory, _plan(), snapshot_of(CLUSTER))
    switch = KillSwitch()
    assert execute(directory, switch).execution.outcome is PlanOutcome.DONE
    return ClusterOnFile(directory / "cluster").snapshot, switch.passed


def _killed_at(directory: Path, point: int) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "support.execution", str(directory), str(point)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert found.returncode == -signal.SIGKILL, found.stderr.decode()


@pytest.mark.parametrize("step", range(4))
def test_killed_anywhere_it_is_finished_by_a_second_run(tmp_path: Path, step: int) -> None:
    wanted, points = _undisturbed(tmp_path / "whole")
    assert points >= 40
    for point in range(1 + step, points + 1, 4):
        directory = tmp_path / str(point)
        prepare(directory, _plan(), snapshot_of(CLUSTER))
        _killed_at(directory, point)
        again = execute(directory, KillSwitch())
        assert again.execution.outcome is PlanOutcome.DONE, (point, again)
        assert ClusterOnFile(directory / "cluster").snapshot == wanted, point
