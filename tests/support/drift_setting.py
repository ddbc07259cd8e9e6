"""A cluster that drifts from its manifests, and the daemon's task that looks at it, in virtual time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from steward.analysis.alerting.facts import DriftFacts
from steward.change.drift.authorizer_log import requests_in
from steward.change.execution.executor import ExecutorRun, PlanJudge
from steward.change.execution.journal import Journal
from steward.change.guard.policy import Policy
from steward.change.manifests.reading import read
from steward.change.manifests.yaml_nodes import Source
from steward.change.planning.build import make_plan
from steward.daemon.drift.check import ACTOR, DriftChecker, DriftCheckResult, DriftTask
from steward.daemon.drift.enforce import Enforcer, no_password
from steward.daemon.drift.loop import DriftWatch
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
)
from steward.model.connection import Environment
from steward.model.drift import DriftMode, DriftModes
from steward.model.instant import Instant
from steward.model.plan import Plan
from steward.store.open import Store
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import snapshot_of
from support.execution import ALLOW, executor, store_at
from support.virtual_cluster import VirtualTime

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1 2 3",
    "topics": {"orders": "3x", "users": "2x"},
    "topic_configs": {
        "orders": {"retention.ms": "604800000", "min.insync.replicas": "2"},
        "users": {"retention.ms": "604800000", "min.insync.replicas": "2"},
    },
    "broker_configs": {"*": {"min.insync.replicas": "1", "auto.create.topics.enable": "false"}},
    "log_dirs": {1: {"/data": {"orders-0": 2048, "users-0": 10}}},
    "acls": ["ALLOW User:app READ TOPIC LITERAL orders *"],
    "quotas": [{"user": "app", "producer_byte_rate": 1000}],
    "users": {"app": {"SCRAM-SHA-256": 4096}},
}
MANIFESTS = """
apiVersion: steward/v1
kind: Topic
metadata: {name: orders}
spec: {partitions: 3, replicas: 3, retention: 7d, config: {min.insync.replicas: "2"}}
---
apiVersion: steward/v1
kind: Topic
metadata: {name: users}
spec: {partitions: 2, replicas: 3, retention: 7d, config: {min.insync.replicas: "2"}}
---
apiVersion: steward/v1
kind: Acl
metadata: {name: read}
spec: {principal: "User:app", resource: {type: topic, name: orders}, operations: [Read]}
---
apiVersion: steward/v1
kind: Quota
metadata: {name: app}
spec: {entity: {user: app}, limits: {producerByteRate: 1000}}
---
apiVersion: steward/v1
kind: User
metadata: {name: app}
spec: {mechanism: SCRAM-SHA-256, iterations: 4096, passwordFrom: {env: APP_PASSWORD}}
"""
EVERY = DriftModes(every=DriftMode.ENFORCE)


def longer(topic: str = "orders", days: int = 30) -> AlterConfigs:
    """Let somebody keep more than is declared; the way back removes records, so it is destructive."""
    return configured(topic, {"retention.ms": str(days * 86_400_000)})


def shorter(topic: str = "orders", hours: int = 1) -> AlterConfigs:
    """Let somebody keep less than is declared; the way back is safe."""
    return configured(topic, {"retention.ms": str(hours * 3_600_000)})


def configured(topic: str, values: dict[str, str]) -> AlterConfigs:
    return AlterConfigs(target=ConfigTarget.TOPIC, name=topic, set=values)


class Setting:
    """A task on a cluster on file, in virtual time."""

    def __init__(self, folder: Path, store: Store, modes: DriftModes = DriftModes()) -> None:  # noqa: B008
        self.time = VirtualTime()
        self.store = store
        self.cluster = ClusterOnFile(folder / "cluster")
        self.cluster.snapshot = snapshot_of(CLUSTER)
        self.manifests = MANIFESTS
        self.policy = Policy(environment=Environment.PRODUCTION)
        self.log: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.trouble: Exception | None = None
        self.task = DriftTask(
            cluster="prod", paths=("manifests",), interval=300.0, modes=modes,
            manifests=lambda: read([Source("m.yaml", self.manifests)]),
            policy=lambda: self.policy, log=lambda: requests_in(self.log),
        )  # fmt: skip
        enforcer = Enforcer(
            store, self.carry_out, actor=ACTOR, origin="serve on here", now_ms=self.time.now_ms
        )
        looks = DriftChecker(self.task, store, enforcer, self.time.now_ms)
        self.watch = DriftWatch(
            self.task, looks, self.open, clock=self.time.clock, chance=Random(1),
            tell=lambda event, detail, _: self.told.append((event, detail)),
        )  # fmt: skip

    def open(self) -> ClusterOnFile:
        if self.trouble is not None:
            raise self.trouble
        return self.cluster

    def carry_out(self, plan: Plan, observer: Any, judge: PlanJudge) -> ExecutorRun:
        journal = Journal(
            self.store.plans, plan, actor=ACTOR, origin="serve", now_ms=self.time.now_ms
        )
        return executor(
            self.cluster,
            self.store,
            plan,
            observer=observer,
            passwords=no_password,
            journal=journal,
        ).run(plan, judge, approved=False)

    def look(self, seconds: float = 300.0) -> DriftCheckResult:
        self.time.now += seconds
        self.watch.check_once()
        assert self.watch.state.fault is None, self.watch.state.fault
        assert self.watch.state.last is not None
        return self.watch.state.last

    def facts(self) -> DriftFacts:
        return DriftFacts(troubles=self.watch.state.troubles, unseen=self.watch.state.unseen)

    def by_somebody(self, actor: str, *changes: Change) -> Plan:
        """Let a person change the cluster with a plan of steward's."""
        plan = make_plan(
            changes, self.cluster.snapshot, title="x", made_by=actor, source="test",
            now=self.watch_now(),
        )  # fmt: skip
        self.store.plans.save(plan)
        journal = Journal(
            self.store.plans, plan, actor=actor, origin="cli", now_ms=self.time.now_ms
        )
        executor(self.cluster, self.store, plan, journal=journal).run(
            plan, lambda *_: ALLOW, approved=True
        )
        self.cluster.performed.clear()
        return plan

    def watch_now(self) -> Instant:
        return Instant(self.time.now_ms())


@contextmanager
def drifting(folder: Path, modes: DriftModes = DriftModes()) -> Iterator[Setting]:  # noqa: B008
    """Let the task look at a cluster, with a store in the folder."""
    with store_at(folder) as store:
        yield Setting(folder, store, modes)
