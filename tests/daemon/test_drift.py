"""Drift seen by the daemon: reported with its time and author, whatever goes wrong meanwhile."""

import itertools
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from steward.analysis.alerting.alert import AlertCondition, AlertState
from steward.analysis.alerting.facts import DriftFacts
from steward.analysis.alerting.machine import Memory, evaluate
from steward.analysis.alerting.rules import AlertRules
from steward.model.change import (
    AlterQuota,
    DeleteTopic,
)
from steward.model.error import ClusterUnreachable, StoreTrouble, StoreUnavailable
from steward.model.snapshot import ClusterSnapshot
from steward.model.unknown import Why
from support.cluster_text import snapshot_of
from support.drift_setting import CLUSTER, EVERY, MANIFESTS, Setting, drifting, shorter
from support.ticks import tick


@pytest.fixture
def reporting(tmp_path: Path) -> Iterator[Setting]:
    with drifting(tmp_path) as setting:
        yield setting


@pytest.fixture
def enforcing(tmp_path: Path) -> Iterator[Setting]:
    with drifting(tmp_path, EVERY) as setting:
        yield setting


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
    assert str(trouble.remedy.command) == "steward --cluster prod drift manifests"
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
    assert (rule, status) == (AlertCondition.DRIFT, AlertState.FIRING)
    assert summary.startswith("topic orders differs from its manifest")
    reporting.manifests = "kind: Topic"
    reporting.watch.check_once()
    ticks(20, 20)
    assert [(r, s) for r, s, _ in told[1:]] == [(AlertCondition.UNSEEN, AlertState.FIRING)]
    assert "m.yaml:1" in told[1][2]
    reporting.manifests = MANIFESTS
    reporting.cluster.alter(shorter(hours=24 * 7))
    reporting.look()
    ticks(50)
    assert {(r, s) for r, s, _ in told[2:]} == {
        (AlertCondition.DRIFT, AlertState.RESOLVED), (AlertCondition.UNSEEN, AlertState.RESOLVED),
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


def test_a_manifest_that_cannot_be_read_is_told_once_and_tried_again(enforcing: Setting) -> None:
    enforcing.look()
    enforcing.cluster.alter(shorter())
    enforcing.manifests = MANIFESTS.replace("retention: 7d", "retention: 7 dogs", 1)
    for _ in range(3):
        enforcing.watch.check_once()
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
        reporting.watch.check_once()
        pauses.append(reporting.watch.pause())
    assert 28 < pauses[0] < 32
    assert 280 < pauses[-1] < 320
    reporting.trouble = None
    reporting.look()
    assert 280 < reporting.watch.pause() < 320


def test_a_fault_of_our_own_ends_nothing(reporting: Setting) -> None:
    reporting.trouble = ZeroDivisionError("oops")
    reporting.watch.check_once()
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
    assert "not enforced: the store is unavailable: the store is locked" in trouble.summary
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
    look_once = reporting.watch.check_once

    def counted() -> None:
        looks.append(reporting.time.now)
        look_once()
        if len(looks) == 5:
            stop.set()

    reporting.watch.check_once = counted  # type: ignore[method-assign]
    began = reporting.time.now
    reporting.watch.run(stop)
    assert looks[0] - began == 5.0
    assert all(280 < b - a < 320 for a, b in itertools.pairwise(looks))
