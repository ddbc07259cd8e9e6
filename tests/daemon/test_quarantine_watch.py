"""Quarantines that are over: told by the daemon, opened again where the settings say so, void for another topic."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steward.analysis.alerting.alert import AlertCondition
from steward.analysis.alerting.facts import Trouble
from steward.analysis.alerting.machine import Memory, evaluate
from steward.analysis.alerting.rules import AlertRules
from steward.change.execution.executor import ExecutorRun, PlanJudge
from steward.change.execution.journal import Journal
from steward.change.guard.policy import Policy
from steward.change.planning.disuse import quarantine_acls
from steward.change.planning.restore_record import QUARANTINED, quarantine_of
from steward.daemon.drift.check import ACTOR
from steward.daemon.drift.enforce import Enforcer, no_password
from steward.daemon.quarantine import QuarantineWatch
from steward.documents.plan import encode
from steward.model.connection import Environment
from steward.model.error import ClusterUnreachable
from steward.model.instant import Instant
from steward.model.plan import Plan
from steward.model.unknown import NOT_REQUESTED, Observed, Unknown, Why
from steward.store.open import Store
from steward.store.plans import AuditEntry
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import snapshot_of
from support.execution import executor, store_at
from support.ticks import tick
from support.virtual_cluster import VirtualTime

DENIES = [
    f"{a.permission} {a.principal} {a.operation} TOPIC LITERAL old *"
    for a in quarantine_acls("old")
]
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "topics": {"old": "1x", "orders": "1x"},
    "topic_configs": {"old": {}, "orders": {}},
    "broker_configs": {"*": {"min.insync.replicas": "1"}},
    "acls": ["ALLOW User:app READ TOPIC LITERAL old *", *DENIES],
}
DAY_MS = 86_400_000


class Setting:
    def __init__(self, folder: Path, store: Store, *, lift: bool) -> None:
        self.time = VirtualTime()
        self.store = store
        self.cluster = ClusterOnFile(folder / "cluster")
        self.cluster.snapshot = snapshot_of(CLUSTER)
        self.opened = 0
        self.trouble: Exception | None = None
        self.policy = Policy(environment=Environment.PRODUCTION)
        self.told: list[tuple[str, str]] = []
        enforcer = Enforcer(
            store, self.carry_out, actor=ACTOR, origin="here", now_ms=self.time.now_ms
        )
        self.watch = QuarantineWatch(
            "prod", store, self.open, lambda: self.policy, made_by=ACTOR,
            enforcer=enforcer if lift else None, clock=self.time.clock,
            tell=lambda event, detail, _: self.told.append((event, detail)),
        )  # fmt: skip

    def open(self) -> ClusterOnFile:
        self.opened += 1
        if self.trouble is not None:
            raise self.trouble
        return self.cluster

    def carry_out(self, plan: Plan, observer: Any, judge: PlanJudge) -> ExecutorRun:
        journal = Journal(self.store.plans, plan, actor=ACTOR, origin="x", now_ms=self.time.now_ms)
        made = executor(self.cluster, self.store, plan, passwords=no_password, journal=journal)
        return made.run(plan, judge, approved=False)

    def shut(self, days: float = 7, cluster: str = "test-cluster") -> None:
        """Note that the topic was shut now."""
        seen = self.cluster.snapshot
        assert isinstance(seen.topics, Observed)
        topic = next(t for t in seen.topics.value if t.name == "old")
        card = quarantine_of(topic, seen, Instant(self.time.now_ms()), int(days * DAY_MS))
        self.store.plans.audit(
            AuditEntry(
                at=Instant(self.time.now_ms()), cluster=cluster, actor="me", origin="cli", plan_id="",
                event=QUARANTINED, detail=json.dumps(encode(card)),
            )
        )  # fmt: skip

    def look(self, days: float = 0) -> tuple[Trouble, ...]:
        self.time.now += days * 86_400
        self.watch.check_once()
        assert isinstance(self.watch.troubles, tuple)
        return self.watch.troubles


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path) as opened:
        yield opened


@pytest.fixture
def telling(tmp_path: Path, store: Store) -> Setting:
    return Setting(tmp_path, store, lift=False)


@pytest.fixture
def lifting(tmp_path: Path, store: Store) -> Setting:
    return Setting(tmp_path, store, lift=True)


def test_without_a_quarantine_nothing_is_asked_of_the_cluster(telling: Setting) -> None:
    assert telling.watch.troubles == NOT_REQUESTED
    assert telling.look() == ()
    assert telling.opened == 0


def test_one_that_lasts_is_nothing_to_tell_and_one_that_is_over_is(telling: Setting) -> None:
    telling.shut()
    assert telling.look(6.9) == ()
    (trouble,) = telling.look(0.2)
    assert trouble.name == "old"
    assert "the quarantine of topic old ended at" in trouble.summary
    assert "its DENY still exists" in trouble.summary
    assert trouble.remedy is not None
    assert str(trouble.remedy.command) == "steward --cluster prod topic quarantine old --lift"
    assert telling.cluster.performed == []


def test_an_alert_fires_and_ends_when_it_is_opened(telling: Setting) -> None:
    telling.shut()
    telling.look(8)
    memory = Memory()
    step = evaluate(memory, tick(0, quarantines_over=telling.watch.troubles), AlertRules())
    assert [n.rule for n in step.notifications] == [AlertCondition.QUARANTINE_OVER]
    telling.cluster.snapshot = replace(
        telling.cluster.snapshot, acls=snapshot_of({**CLUSTER, "acls": []}).acls
    )
    assert telling.look() == ()
    for number in range(1, 4):
        facts = tick(number, quarantines_over=telling.watch.troubles)
        step = evaluate(step.memory, facts, AlertRules())
    assert not step.memory.alerts


def test_shut_again_it_lasts_again(telling: Setting) -> None:
    telling.shut()
    assert telling.look(8)
    telling.shut()
    assert telling.look(1) == ()


def test_a_namesake_is_told_at_once(telling: Setting) -> None:
    telling.shut()
    seen = telling.cluster.snapshot
    assert isinstance(seen.topics, Observed)
    others = tuple(replace(t, id="another") if t.name == "old" else t for t in seen.topics.value)
    telling.cluster.snapshot = replace(seen, topics=replace(seen.topics, value=others))
    (trouble,) = telling.look()
    assert "is void: the topic was deleted and created again" in trouble.summary
    gone = tuple(t for t in others if t.name != "old")
    telling.cluster.snapshot = replace(seen, topics=replace(seen.topics, value=gone))
    (trouble,) = telling.look()
    assert "is void: the topic was deleted" in trouble.summary


def test_another_clusters_quarantine_is_none_of_ours(telling: Setting) -> None:
    telling.shut(cluster="another")
    assert telling.look(30) == ()


def test_it_is_opened_again_by_the_executor(lifting: Setting) -> None:
    lifting.shut()
    assert lifting.look(6) == ()
    assert lifting.cluster.performed == []
    assert lifting.look(2) == ()
    assert len(lifting.cluster.performed) == len(DENIES)
    acls = lifting.cluster.snapshot.acls
    assert isinstance(acls, Observed)
    assert [a.permission for a in acls.value] == ["ALLOW"]
    ((event, detail),) = lifting.told
    assert event == "lifted"
    assert "it is unblocked (plan " in detail
    assert lifting.look() == ()
    assert len(lifting.cluster.performed) == len(DENIES)


def test_what_the_guard_refuses_is_told_with_its_reason(lifting: Setting) -> None:
    lifting.policy = replace(lifting.policy, read_only=True)
    lifting.shut()
    (trouble,) = lifting.look(8)
    assert "not unblocked: policy does not allow it without confirmation" in trouble.summary
    assert "read_only" in trouble.summary
    assert lifting.cluster.performed == []


def test_acls_that_may_not_be_seen_are_unknown_and_a_cluster_that_is_away_changes_nothing(
    telling: Setting,
) -> None:
    telling.shut()
    known = telling.look(8)
    telling.trouble = ClusterUnreachable("no broker answered")
    telling.watch.check_once()
    assert telling.watch.troubles == known
    telling.trouble = None
    hidden = snapshot_of({**CLUSTER, "acls": "denied: DESCRIBE on cluster"})
    telling.cluster.snapshot = replace(telling.cluster.snapshot, acls=hidden.acls)
    telling.watch.check_once()
    assert isinstance(telling.watch.troubles, Unknown)
    assert telling.watch.troubles.why is Why.DENIED
