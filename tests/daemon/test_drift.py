"""Drift in the daemon: reported with its time and author, proposed once, enforced as far as the guard simply allows."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from steward.alerting.alert import AlertState, Rule
from steward.alerting.facts import DriftFacts
from steward.alerting.machine import Memory, evaluate
from steward.alerting.rules import AlertRules
from steward.daemon.drift_look import ACTOR, DriftLooks, DriftSeen, DriftTask
from steward.daemon.drift_watch import DriftWatch
from steward.daemon.enforcing import ENFORCED, Enforcer, never
from steward.executing.executor import Judge, Run
from steward.executing.journal import Journal
from steward.guard.policy import Policy
from steward.manifests.reading import read
from steward.manifests.yaml_nodes import Source
from steward.model.change import (
    AlterConfigs,
    AlterQuota,
    Change,
    ConfigTarget,
    CreatePartitions,
    DeleteAcl,
    DeleteTopic,
)
from steward.model.connection import Environment
from steward.model.drift import DriftMode, DriftModes
from steward.model.error import ClusterUnreachable, StoreTrouble, StoreUnavailable
from steward.model.finding import ObjectRef
from steward.model.instant import Instant
from steward.model.plan import Plan
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Why
from steward.planning.making import make_plan
from steward.proposing.authorizer_log import asked
from steward.store.open import Store
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import snapshot_of
from support.execution import ALLOW, NOW_MS, executor, store_at
from support.ticks import tick
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
            policy=lambda: self.policy, log=lambda: asked(self.log),
        )  # fmt: skip
        enforcer = Enforcer(
            store, self.carry_out, actor=ACTOR, origin="serve on here", now_ms=self.time.now_ms
        )
        looks = DriftLooks(self.task, store, enforcer, self.time.now_ms)
        self.watch = DriftWatch(
            self.task, looks, self.open, clock=self.time.clock, chance=Random(1),
            tell=lambda event, detail, _: self.told.append((event, detail)),
        )  # fmt: skip

    def open(self) -> ClusterOnFile:
        if self.trouble is not None:
            raise self.trouble
        return self.cluster

    def carry_out(self, plan: Plan, observer: Any, judge: Judge) -> Run:
        journal = Journal(
            self.store.plans, plan, actor=ACTOR, origin="serve", now_ms=self.time.now_ms
        )
        return executor(
            self.cluster, self.store, plan, observer=observer, passwords=never, journal=journal
        ).run(plan, judge, approved=False)

    def look(self, seconds: float = 300.0) -> DriftSeen:
        self.time.now += seconds
        self.watch.look_once()
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


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path) as opened:
        yield opened


@pytest.fixture
def reporting(tmp_path: Path, store: Store) -> Setting:
    return Setting(tmp_path, store)


@pytest.fixture
def proposing(tmp_path: Path, store: Store) -> Setting:
    return Setting(tmp_path, store, DriftModes(every=DriftMode.PROPOSE))


@pytest.fixture
def enforcing(tmp_path: Path, store: Store) -> Setting:
    return Setting(tmp_path, store, EVERY)


# Reported


def test_what_is_as_declared_is_no_drift(reporting: Setting) -> None:
    seen = reporting.look()
    assert seen.troubles == ()
    assert seen.unseen is None
    assert seen.counts == {"topics": 0, "acls": 0, "quotas": 0, "users": 0}
    assert reporting.told == [("compared", "manifests: in sync")]


def test_drift_is_told_once_with_its_values_and_the_looks_around_it(reporting: Setting) -> None:
    reporting.look()
    absent = reporting.watch_now()
    reporting.cluster.alter(shorter())
    (trouble,) = reporting.look().troubles
    seen = reporting.watch_now()
    assert (trouble.kind, trouble.name) == ("topic", "orders")
    assert "retention.ms is 3600000, declared 604800000" in trouble.summary
    assert f"appeared between {absent} and {seen}" in trouble.summary
    assert trouble.remedy is not None
    assert trouble.remedy.command == "steward --cluster prod drift manifests"
    assert reporting.look().troubles == (trouble,)
    assert [event for event, _ in reporting.told] == ["compared", "drift"]
    assert reporting.store.plans.heads(10) == ()
    assert reporting.cluster.performed == []


def test_a_key_that_joins_later_leaves_the_time_of_the_first(reporting: Setting) -> None:
    reporting.look()
    reporting.cluster.alter(shorter())
    first = reporting.look()
    reporting.cluster.alter(DeleteTopic(name="users", topic_id="id-of-users"))
    second = reporting.look()
    assert {t.name for t in second.troubles} == {"orders", "users"}
    (orders,) = [t for t in second.troubles if t.name == "orders"]
    assert (orders,) == first.troubles
    assert second.counts["topics"] == 2


def test_an_alert_fires_goes_on_while_nothing_is_known_and_ends_with_the_drift(
    reporting: Setting,
) -> None:
    memory, told = Memory(), []

    def ticks(number: int, count: int = 3) -> None:
        nonlocal memory
        for one in range(number, number + count):
            step = evaluate(memory, tick(one, drift=reporting.facts()), AlertRules())
            memory = step.memory
            told.extend((n.rule, n.status, n.alerts[0].summary) for n in step.notifications)

    ticks(0)
    reporting.look()
    reporting.cluster.alter(shorter())
    reporting.look()
    ticks(10)
    ((rule, status, summary),) = told
    assert (rule, status) == (Rule.DRIFT, AlertState.FIRING)
    assert summary.startswith("topic orders has left its manifest")
    reporting.manifests = "kind: Topic"
    reporting.watch.look_once()
    ticks(20, 20)
    assert [(r, s) for r, s, _ in told[1:]] == [(Rule.UNSEEN, AlertState.FIRING)]
    assert "m.yaml:1" in told[1][2]
    reporting.manifests = MANIFESTS
    reporting.cluster.alter(shorter(hours=24 * 7))
    reporting.look()
    ticks(50)
    assert {(r, s) for r, s, _ in told[2:]} == {
        (Rule.DRIFT, AlertState.RESOLVED), (Rule.UNSEEN, AlertState.RESOLVED),
    }  # fmt: skip


def test_without_drift_configured_nothing_is_held(reporting: Setting) -> None:
    reporting.look()
    reporting.cluster.alter(shorter())
    reporting.look()
    memory = evaluate(Memory(), tick(0, drift=reporting.facts()), AlertRules()).memory
    assert len(memory.alerts) == 1
    for number in (1, 2, 3):
        memory = evaluate(memory, tick(number, drift=DriftFacts()), AlertRules()).memory
    assert not memory.alerts


def test_a_plan_of_stewards_tells_by_whom(reporting: Setting) -> None:
    reporting.look()
    reporting.time.now += 60
    plan = reporting.by_somebody("alice", shorter())
    (trouble,) = reporting.look().troubles
    assert f"by alice with plan {plan.id[:12]}" in trouble.summary


def test_the_authorizers_log_tells_by_whom(reporting: Setting) -> None:
    reporting.look()
    reporting.time.now += 60
    reporting.cluster.alter(
        shorter(), AlterQuota(entity=(("user", "app"),), set={"producer_byte_rate": 9.0})
    )
    line = (
        "[{at}] DEBUG Principal = User:{who} is Allowed operation = ALTER_CONFIGS from host = 10.0.0.7 on "
        "resource = {on} for request = {request} with resourceRefCount = 1 based on rule X (kafka.authorizer.logger)"
    )
    at = datetime.fromtimestamp(reporting.time.now_ms() / 1000).isoformat(" ", "milliseconds")  # noqa: DTZ006
    early = datetime.fromtimestamp(reporting.time.now_ms() / 1000 - 3600).isoformat(" ", "milliseconds")  # noqa: DTZ006  # fmt: skip
    configs, quotas = "INCREMENTAL_ALTER_CONFIGS", "ALTER_CLIENT_QUOTAS"
    cluster = "Cluster:LITERAL:kafka-cluster"
    reporting.log = [
        line.format(at=at.replace(".", ","), who="bob", on="Topic:LITERAL:orders", request=configs),
        line.format(at=at.replace(".", ","), who="eve", on="Topic:LITERAL:users", request=configs),
        line.format(at=early.replace(".", ","), who="eve", on="Topic:LITERAL:orders", request=configs),
        line.format(at=at.replace(".", ","), who="carol", on=cluster, request=quotas),
        "[nonsense] Principal = ",
    ]  # fmt: skip
    quota, topic = reporting.look().troubles
    assert topic.summary.split(", by ")[1].split(";")[0] == "User:bob from 10.0.0.7"
    assert quota.summary.split(", by ")[1].split(";")[0] == "User:carol from 10.0.0.7"


# Proposed


def test_a_proposal_is_kept_once_told_with_the_alert_and_leads_back(proposing: Setting) -> None:
    proposing.look()
    proposing.cluster.alter(shorter())
    seen = proposing.look()
    (trouble,) = seen.troubles
    assert f"plan {seen.plan_id[:12]} leads back" in trouble.summary
    assert trouble.remedy is not None
    assert trouble.remedy.command == f"steward --cluster prod plan execute {seen.plan_id[:12]}"
    assert proposing.look().plan_id == seen.plan_id
    assert [h.id for h in proposing.store.plans.heads(10)] == [seen.plan_id]
    assert proposing.cluster.performed == []
    plan = proposing.store.plans.find(seen.plan_id)
    proposing.cluster.alter(*(s.change for s in plan.steps))
    assert proposing.look().troubles == ()


def test_a_proposal_that_grows_or_ages_is_made_again(proposing: Setting) -> None:
    proposing.look()
    proposing.cluster.alter(shorter())
    first = proposing.look().plan_id
    proposing.cluster.alter(shorter("users"))
    second = proposing.look()
    assert second.plan_id != first
    assert all(second.plan_id[:12] in t.summary for t in second.troubles)
    third = proposing.look(13 * 3600)
    assert third.plan_id != second.plan_id
    assert len(proposing.store.plans.find(third.plan_id).steps) == 2


def test_each_kind_has_its_own_mode(tmp_path: Path, store: Store) -> None:
    modes = DriftModes(every=DriftMode.REPORT, own={"quotas": DriftMode.PROPOSE})
    setting = Setting(tmp_path, store, modes)
    setting.cluster.alter(
        shorter(), AlterQuota(entity=(("user", "app"),), set={"producer_byte_rate": 9.0})
    )
    seen = setting.look()
    assert [s.object.kind for s in store.plans.find(seen.plan_id).steps] == ["quota"]
    quota, topic = seen.troubles
    assert "leads back" in quota.summary
    assert "leads back" not in topic.summary


# Enforced


def test_what_is_safe_is_led_back_once_by_the_executor_and_written_down(enforcing: Setting) -> None:
    enforcing.look()
    enforcing.cluster.alter(shorter())
    seen = enforcing.look()
    assert seen.troubles == ()
    assert enforcing.cluster.performed == [configured("orders", {"retention.ms": "604800000"})]
    (told,) = [line for event, line in enforcing.told if event == "enforced"]
    assert told.startswith("topic orders: retention.ms is 3600000, declared 604800000; appeared")
    assert enforcing.watch.state.enforced == {"done": 1}
    (head,) = enforcing.store.plans.heads(10)
    assert (head.made_by, head.outcome) == (ACTOR, "done")
    assert [(e.actor, e.event) for e in enforcing.store.plans.audited(head.id)] == [
        (ACTOR, "started"), (ACTOR, "done"), (ACTOR, ENFORCED),
    ]  # fmt: skip
    enforcing.look()
    enforcing.look()
    assert len(enforcing.cluster.performed) == 1
    assert enforcing.watch.state.enforced == {"done": 1}


def test_what_is_destructive_is_proposed_instead(enforcing: Setting) -> None:
    enforcing.look()
    enforcing.cluster.alter(longer())
    seen = enforcing.look()
    (trouble,) = seen.troubles
    assert "not enforced: IncrementalAlterConfigs is destructive" in trouble.summary
    assert f"plan {seen.plan_id[:12]} leads back" in trouble.summary
    assert enforcing.cluster.performed == []


def test_credentials_are_proposed_and_never_set(enforcing: Setting) -> None:
    enforcing.cluster.snapshot = snapshot_of({**CLUSTER, "users": {}})
    seen = enforcing.look()
    (trouble,) = seen.troubles
    assert "user app has left its manifest: is not there, and is declared" in trouble.summary
    assert "not enforced" not in trouble.summary
    assert enforcing.cluster.performed == []
    assert len(enforcing.store.plans.find(seen.plan_id).steps) == 1


def test_what_the_guard_wants_agreed_to_waits_and_the_rest_is_done(enforcing: Setting) -> None:
    enforcing.manifests = MANIFESTS.replace("partitions: 2", "partitions: 4")
    enforcing.cluster.alter(shorter())
    seen = enforcing.look()
    (trouble,) = seen.troubles
    assert trouble.name == "users"
    assert "not enforced: the guard wants a person to agree" in trouble.summary
    assert "partition_count_changes" in trouble.summary
    assert [type(c) for c in enforcing.cluster.performed] == [AlterConfigs]
    steps = enforcing.store.plans.find(seen.plan_id).steps
    assert [type(s.change) for s in steps] == [CreatePartitions]


def test_a_read_only_cluster_is_left_alone_and_it_is_said(enforcing: Setting) -> None:
    enforcing.policy = replace(enforcing.policy, read_only=True)
    enforcing.cluster.alter(shorter())
    (trouble,) = enforcing.look().troubles
    assert "read_only = true" in trouble.summary
    assert enforcing.cluster.performed == []


def test_nothing_is_revoked_while_a_step_before_it_waits(enforcing: Setting) -> None:
    enforcing.manifests = (
        MANIFESTS.replace("partitions: 2", "partitions: 4")
        + """
---
apiVersion: steward/v1
kind: ManifestSet
metadata: {name: app}
spec: {scope: {principals: ["User:app"], topics: ["orders", "users"]}, prune: {acls: plan}}
"""
    )
    extra = snapshot_of(
        {**CLUSTER, "acls": [*CLUSTER["acls"], "ALLOW User:app READ TOPIC LITERAL users *"]}
    )
    enforcing.cluster.snapshot = extra
    summaries = {t.name: t.summary for t in enforcing.look().troubles}
    (acl,) = [s for s in summaries.values() if s.startswith("acl ")]
    assert "a step before it is withheld" in acl
    assert enforcing.cluster.performed == []
    enforcing.manifests = enforcing.manifests.replace("partitions: 4", "partitions: 2")
    assert enforcing.look().troubles == ()
    assert [type(c) for c in enforcing.cluster.performed] == [DeleteAcl]


def test_a_value_that_somebody_sets_back_is_left_alone_for_a_day(enforcing: Setting) -> None:
    enforcing.look()
    enforcing.cluster.alter(shorter())
    enforcing.look()
    enforcing.cluster.alter(shorter(hours=2))
    (trouble,) = enforcing.look().troubles
    assert "somebody else sets it, and is not fought with" in trouble.summary
    assert enforcing.look(3600).troubles
    assert len(enforcing.cluster.performed) == 1
    assert enforcing.look(86_400).troubles == ()
    assert len(enforcing.cluster.performed) == 2


def test_it_waits_while_another_executor_is_at_work(enforcing: Setting) -> None:
    enforcing.store.leases.acquire(
        "execute test-cluster", "elsewhere/1/x", now_ms=NOW_MS, ttl_ms=60_000
    )
    enforcing.cluster.alter(shorter())
    (trouble,) = enforcing.look().troubles
    assert "elsewhere/1/x changes this cluster now" in trouble.summary
    enforcing.store.leases.release("execute test-cluster", "elsewhere/1/x")
    assert enforcing.look().troubles == ()


def test_a_topic_that_somebody_deleted_is_made_again(enforcing: Setting) -> None:
    enforcing.look()
    enforcing.cluster.alter(DeleteTopic(name="users", topic_id="id-of-users"))
    assert enforcing.look().troubles == ()
    assert ObjectRef("topic", "users").name in {
        t.name
        for t in enforcing.cluster.snapshot.topics.value  # type: ignore[union-attr]
    }


# Whatever goes wrong


def test_a_manifest_that_cannot_be_read_is_told_once_and_tried_again(enforcing: Setting) -> None:
    enforcing.look()
    enforcing.cluster.alter(shorter())
    enforcing.manifests = MANIFESTS.replace("retention: 7d", "retention: 7 dogs", 1)
    for _ in range(3):
        enforcing.watch.look_once()
    state = enforcing.watch.state
    assert state.failed == {"manifest_invalid": 3}
    assert state.fault is not None
    assert "m.yaml:5" in state.fault.summary
    assert state.unseen is not None
    assert state.unseen.why is Why.REFUSED
    assert [event for event, _ in enforcing.told].count("drift_broken") == 1
    assert enforcing.cluster.performed == []
    enforcing.manifests = MANIFESTS
    assert enforcing.look().troubles == ()


def test_a_cluster_that_does_not_answer_is_asked_again_soon_and_then_less(
    reporting: Setting,
) -> None:
    reporting.trouble = ClusterUnreachable("no broker answered")
    pauses = []
    for _ in range(6):
        reporting.watch.look_once()
        pauses.append(reporting.watch.pause())
    assert 28 < pauses[0] < 32
    assert 280 < pauses[-1] < 320
    reporting.trouble = None
    reporting.look()
    assert 280 < reporting.watch.pause() < 320


def test_a_fault_of_our_own_ends_nothing(reporting: Setting) -> None:
    reporting.trouble = ZeroDivisionError("oops")
    reporting.watch.look_once()
    assert reporting.watch.state.fault is not None
    assert reporting.watch.state.fault.code == "internal"


def test_without_a_store_drift_is_told_and_nothing_is_done(
    enforcing: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> object:
        raise StoreUnavailable("the store is locked", why=StoreTrouble.LOCKED)

    monkeypatch.setattr(enforcing.store.drift, "record", away)
    enforcing.cluster.alter(shorter())
    (trouble,) = enforcing.look().troubles
    assert "since when is unknown" in trouble.summary
    assert "not enforced: the store cannot be used: the store is locked" in trouble.summary
    assert enforcing.cluster.performed == []


def test_what_could_not_be_seen_is_said_and_the_rest_is_compared(reporting: Setting) -> None:
    seen: ClusterSnapshot = snapshot_of({**CLUSTER, "acls": "denied: DESCRIBE on cluster"})
    reporting.cluster.snapshot = seen
    reporting.cluster.alter(shorter())
    found = reporting.look()
    assert [t.name for t in found.troubles] == ["orders"]
    assert found.unseen is not None
    assert found.unseen.why is Why.DENIED


def test_it_looks_at_its_interval_until_told_to_stop(reporting: Setting) -> None:
    stop, looks = threading.Event(), []
    look_once = reporting.watch.look_once

    def counted() -> None:
        looks.append(reporting.time.now)
        look_once()
        if len(looks) == 5:
            stop.set()

    reporting.watch.look_once = counted  # type: ignore[method-assign]
    began = reporting.time.now
    reporting.watch.run(stop)
    assert looks[0] - began == 5.0
    assert all(280 < b - a < 320 for a, b in itertools.pairwise(looks))
