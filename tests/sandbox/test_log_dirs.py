"""Brokers with several log directories: Kafka's own tool and steward see each of them, before and after a restart."""

import json
from pathlib import Path

import pytest

from steward.cluster.observer import connect
from steward.model.snapshot import Part
from steward.model.unknown import Observed, Unknown
from steward.sandbox import cluster
from steward.sandbox.status import SandboxSpec, SandboxStatus
from steward.sandbox.tools import run_tool
from support.running_sandbox import RunningSandbox
from support.waiting import until

pytestmark = pytest.mark.brokers

NAME = "jbod"


def _by_kafka() -> dict[int, set[str]]:
    told = run_tool(NAME, "kafka-log-dirs", ["--describe"])
    document = json.loads(next(line for line in told.stdout.splitlines() if line.startswith("{")))
    assert not [d["error"] for b in document["brokers"] for d in b["logDirs"] if d["error"]]
    return {b["broker"]: {d["logDir"] for d in b["logDirs"]} for b in document["brokers"]}


def _by_steward(status: SandboxStatus) -> dict[int, set[str]]:
    with connect(RunningSandbox(NAME, status).connection) as observer:
        seen = observer.observe(frozenset({Part.LOG_DIRS})).log_dirs
    assert isinstance(seen, Observed)
    known = {b: dirs for b, dirs in seen.value.items() if not isinstance(dirs, Unknown)}
    return {broker: {d.path for d in dirs} for broker, dirs in known.items()}


def test_every_log_directory_is_in_use_under_its_own_id():
    try:
        status = cluster.up(SandboxSpec(name=NAME, brokers=2, log_dirs=2))
        laid_out = {b.id: set(b.log_dirs) for b in status.brokers}
        assert all(len(paths) == 2 for paths in laid_out.values())
        assert _by_kafka() == _by_steward(status) == laid_out
        metas = [Path(d) / "meta.properties" for paths in laid_out.values() for d in paths]
        ids = [
            line
            for meta in metas
            for line in meta.read_text().splitlines()
            if line.startswith("directory.id=")
        ]
        assert len(ids) == len(set(ids)) == 4
        words = ["--create", "--topic", "t", "--partitions", "8", "--replication-factor", "2"]
        assert run_tool(NAME, "kafka-topics", words).returncode == 0
        paths = {Path(d) for dirs in laid_out.values() for d in dirs}
        until(lambda: all(any(p.glob("t-*")) for p in paths), "every directory holds a replica")
        cluster.down(NAME)
        assert _by_steward(cluster.up(SandboxSpec(name=NAME))) == laid_out
    finally:
        cluster.down(NAME, purge=True)
