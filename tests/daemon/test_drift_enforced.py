"""Drift led back by the daemon, as far as the guard simply allows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from steward.daemon.drift.check import ACTOR
from steward.daemon.drift.enforce import ENFORCED
from steward.model.change import (
    AlterConfigs,
    CreatePartitions,
    DeleteAcl,
    DeleteTopic,
)
from steward.model.finding import ObjectRef
from support.cluster_text import snapshot_of
from support.drift_setting import (
    CLUSTER,
    EVERY,
    MANIFESTS,
    Setting,
    configured,
    drifting,
    longer,
    shorter,
)
from support.leases import fence_of


@pytest.fixture
def enforcing(tmp_path: Path) -> Iterator[Setting]:
    with drifting(tmp_path, EVERY) as setting:
        yield setting


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
    assert f"plan {seen.plan_id[:12]} restores the manifest" in trouble.summary
    assert enforcing.cluster.performed == []


def test_credentials_are_proposed_and_never_set(enforcing: Setting) -> None:
    enforcing.cluster.snapshot = snapshot_of({**CLUSTER, "users": {}})
    seen = enforcing.look()
    (trouble,) = seen.troubles
    assert "user app differs from its manifest: does not exist, but is declared" in trouble.summary
    assert "not enforced" not in trouble.summary
    assert enforcing.cluster.performed == []
    assert len(enforcing.store.plans.find(seen.plan_id).steps) == 1


def test_what_the_guard_wants_agreed_to_waits_and_the_rest_is_done(enforcing: Setting) -> None:
    enforcing.manifests = MANIFESTS.replace("partitions: 2", "partitions: 4")
    enforcing.cluster.alter(shorter())
    seen = enforcing.look()
    (trouble,) = seen.troubles
    assert trouble.name == "users"
    assert "not enforced: confirmation required" in trouble.summary
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
    assert "an earlier step is manual" in acl
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
    assert "another writer sets it, so steward no longer enforces it" in trouble.summary
    assert enforcing.look(3600).troubles
    assert len(enforcing.cluster.performed) == 1
    assert enforcing.look(86_400).troubles == ()
    assert len(enforcing.cluster.performed) == 2


def test_it_waits_while_another_executor_is_at_work(enforcing: Setting) -> None:
    elsewhere = fence_of(enforcing.store, "test-cluster")
    enforcing.cluster.alter(shorter())
    (trouble,) = enforcing.look().troubles
    assert "elsewhere/1/anybody is changing this cluster" in trouble.summary
    enforcing.store.leases.release(elsewhere)
    assert enforcing.look().troubles == ()


def test_a_topic_that_somebody_deleted_is_made_again(enforcing: Setting) -> None:
    enforcing.look()
    enforcing.cluster.alter(DeleteTopic(name="users", topic_id="id-of-users"))
    assert enforcing.look().troubles == ()
    assert ObjectRef("topic", "users").name in {
        t.name
        for t in enforcing.cluster.snapshot.topics.value  # type: ignore[union-attr]
    }
