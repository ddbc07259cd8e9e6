"""The executor: what is there is not asked for, what changed is not forced, what fails holds back what follows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from steward.change.execution.executor import Executor
from steward.change.planning.build import make_plan, undo_changes
from steward.model.acl import AclBinding
from steward.model.change import (
    AlterConfigs,
    Change,
    ConfigTarget,
    CreateAcl,
    CreateTopic,
    DeleteAcl,
    DeleteTopic,
    UpsertScram,
)
from steward.model.connection import Secret
from steward.model.error import (
    ConfigurationError,
    DeadlineExceeded,
    StoreTrouble,
    StoreUnavailable,
)
from steward.model.instant import Instant
from steward.model.plan import (
    Execution,
    GuardDecision,
    Plan,
    PlanOutcome,
    PlanStepStatus,
    Ruling,
    StepResult,
)
from steward.store.open import Store
from steward.store.plans import JournalEvent
from support.cluster_on_file import REFUSED, ClusterOnFile
from support.cluster_text import snapshot_of
from support.execution import ALLOW, NOW_MS, executor, store_at
from support.leases import fence_of

IDENTITY = {"version": "4.3", "controller": 1}
CLUSTER: dict[str, Any] = {
    "identity": IDENTITY,
    "topics": {"orders": "3x", "old": "1x"},
    "topic_configs": {"orders": {"retention.ms": "1000"}, "old": {}},
    "acls": ["ALLOW User:app READ TOPIC LITERAL orders *"],
    "users": {"bob": {"SCRAM-SHA-512": 8192}},
}
OLD = AclBinding("TOPIC", "orders", "LITERAL", "User:app", "*", "READ", "ALLOW")
NEW = AclBinding("TOPIC", "orders", "LITERAL", "User:app", "*", "ALL", "ALLOW")
KEEP_LONGER = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "2000"})
CREATE = CreateTopic(name="new", partitions=2, replication_factor=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path) as opened:
        yield opened


@pytest.fixture
def cluster(tmp_path: Path) -> ClusterOnFile:
    made = ClusterOnFile(tmp_path / "cluster")
    made.snapshot = snapshot_of(CLUSTER)
    return made


def _plan(cluster: ClusterOnFile, *changes: Change, ordered: bool = False) -> Plan:
    return make_plan(
        changes,
        cluster.snapshot,
        title="t",
        made_by="me",
        source="test",
        now=Instant(NOW_MS),
        ordered=ordered,
    )


def _run(
    cluster: ClusterOnFile, store: Store, plan: Plan, decision: GuardDecision = ALLOW, **other: Any
) -> Execution:
    found = executor(cluster, store, plan, **other)
    return found.run(plan, lambda *_: decision, approved=False).execution


def _statuses(execution: Execution) -> list[str]:
    return [r.status.value for r in execution.results]


def test_a_plan_is_carried_out_and_planned_again_it_is_empty(
    cluster: ClusterOnFile, store: Store
) -> None:
    wished = (CREATE, KEEP_LONGER, CreateAcl(acl=NEW), DeleteAcl(acl=OLD))
    plan = _plan(cluster, *wished)
    execution = _run(cluster, store, plan)
    assert execution.outcome is PlanOutcome.DONE
    assert _statuses(execution) == ["done"] * 4
    assert _plan(cluster, *wished).steps == ()
    assert execution.results[0].found["topic_id"] == "id-of-new"


def test_a_second_run_asks_for_nothing(cluster: ClusterOnFile, store: Store) -> None:
    plan = _plan(cluster, CREATE, KEEP_LONGER)
    _run(cluster, store, plan)
    asked = len(cluster.performed)
    assert _run(cluster, store, plan).outcome is PlanOutcome.DONE
    assert len(cluster.performed) == asked


def test_what_another_did_already_is_not_asked_for(cluster: ClusterOnFile, store: Store) -> None:
    plan = _plan(cluster, CREATE, KEEP_LONGER)
    cluster.alter(CREATE)
    execution = _run(cluster, store, plan)
    assert _statuses(execution) == ["already", "done"]
    assert cluster.performed == [KEEP_LONGER]


def test_a_value_that_changed_behind_our_back_is_not_overwritten(
    cluster: ClusterOnFile, store: Store
) -> None:
    plan = _plan(cluster, KEEP_LONGER)
    other = AlterConfigs(target=ConfigTarget.TOPIC, name="orders", set={"retention.ms": "5"})
    cluster.alter(other)
    execution = _run(cluster, store, plan)
    assert execution.outcome is PlanOutcome.STALE
    assert "retention.ms was 1000 and is 5" in execution.results[0].detail
    assert cluster.performed == []


def test_a_namesake_created_since_survives(cluster: ClusterOnFile, store: Store) -> None:
    cluster.alter(CREATE)
    plan = _plan(cluster, DeleteTopic(name="new", topic_id="id-of-new"))
    cluster.alter(DeleteTopic(name="new", topic_id="id-of-new"))
    namesake = snapshot_of({**CLUSTER, "topics": {**CLUSTER["topics"], "new": "2x"}})
    cluster.snapshot = namesake
    execution = _run(cluster, store, plan)
    assert execution.outcome is PlanOutcome.STALE
    assert cluster.performed == []


def test_access_is_not_revoked_when_the_grant_before_it_failed(
    cluster: ClusterOnFile, store: Store
) -> None:
    plan = _plan(cluster, CREATE, CreateAcl(acl=NEW), DeleteAcl(acl=OLD))
    cluster.refuses[plan.steps[1].object.name] = REFUSED
    execution = _run(cluster, store, plan)
    assert execution.outcome is PlanOutcome.PARTLY
    assert _statuses(execution) == ["done", "failed", "skipped"]
    cluster.refuses.clear()
    assert _statuses(_run(cluster, store, plan)) == ["done", "done", "done"]


def test_one_bad_object_does_not_hold_up_the_others_of_its_request(
    cluster: ClusterOnFile, store: Store
) -> None:
    more = [CreateTopic(name=f"t{i}", partitions=1, replication_factor=1) for i in range(3)]
    cluster.refuses["t1"] = REFUSED
    execution = _run(cluster, store, _plan(cluster, *more))
    assert _statuses(execution) == ["done", "failed", "done"]
    assert execution.results[1].detail == "POLICY_VIOLATION"


def test_a_lost_answer_is_looked_up(cluster: ClusterOnFile, store: Store) -> None:
    cluster.loses_answer_of = {"t0", "t1"}
    plan = _plan(
        cluster,
        CreateTopic(name="t0", partitions=1, replication_factor=1),
        CreateTopic(name="t1", partitions=1, replication_factor=1),
    )
    execution = _run(cluster, store, plan)  # t0 happened, t1 did not
    assert _statuses(execution) == ["done", "unsure"]
    assert execution.outcome is PlanOutcome.PARTLY
    cluster.loses_answer_of.clear()
    assert _statuses(_run(cluster, store, plan)) == ["done", "done"]


def test_refused_by_the_guard_nothing_is_asked_for(cluster: ClusterOnFile, store: Store) -> None:
    plan = _plan(cluster, CREATE)
    for ruling in (Ruling.REFUSE, Ruling.APPROVE):
        execution = _run(cluster, store, plan, GuardDecision(ruling=ruling))
        assert execution.outcome is PlanOutcome.REFUSED
    assert cluster.performed == []
    assert {a.event for a in store.plans.audited(plan.id)} == {"refused"}


def test_of_two_executors_one_goes_away(cluster: ClusterOnFile, store: Store) -> None:
    plan = _plan(cluster, CREATE)
    seen: list[Execution] = []
    cluster.before_performing = lambda: seen.append(_run(cluster, store, plan))
    assert _run(cluster, store, plan).outcome is PlanOutcome.DONE
    assert [e.outcome for e in seen] == [PlanOutcome.REFUSED]
    assert len(cluster.performed) == 1


def test_without_a_journal_nothing_is_asked_for(
    cluster: ClusterOnFile, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = _plan(cluster, CREATE)
    fault = StoreUnavailable("no space left", why=StoreTrouble.FULL)
    found = executor(cluster, store, plan)

    def full(*_: Any) -> None:
        raise fault

    monkeypatch.setattr(found.journal, "intend", full)
    with pytest.raises(StoreUnavailable):
        found.run(plan, lambda *_: ALLOW, approved=False)
    assert cluster.performed == []


def test_a_missing_password_is_found_before_the_first_step(
    cluster: ClusterOnFile, store: Store
) -> None:
    user = UpsertScram(
        user="zoe", mechanism="SCRAM-SHA-512", iterations=8192, password_from="env:ABSENT"
    )
    plan = _plan(cluster, CREATE, user)

    def absent(_: UpsertScram) -> Secret:
        raise ConfigurationError("ABSENT is not set")

    with pytest.raises(ConfigurationError):
        _run(cluster, store, plan, passwords=absent)
    assert cluster.performed == []


def test_passwords_are_in_no_plan_journal_or_log(
    cluster: ClusterOnFile, store: Store, tmp_path: Path
) -> None:
    rotate = UpsertScram(
        user="bob",
        mechanism="SCRAM-SHA-512",
        iterations=8192,
        password_from="env:P",
        rotate=True,
    )
    plan = _plan(cluster, rotate)
    store.plans.save(plan)
    secret = "correct horse battery staple"
    execution = _run(cluster, store, plan, passwords=lambda _: Secret(secret))
    assert _statuses(execution) == ["done"]
    for file in tmp_path.glob("steward.db*"):
        assert secret.encode() not in file.read_bytes()


def test_what_was_done_is_undone_and_the_created_topic_by_its_id(
    cluster: ClusterOnFile, store: Store
) -> None:
    before = cluster.snapshot
    plan = _plan(cluster, CREATE, KEEP_LONGER, CreateAcl(acl=NEW))
    results = _run(cluster, store, plan).results
    back, stays = undo_changes(plan, results)
    assert stays == []
    assert DeleteTopic(name="new", topic_id="id-of-new") in back
    assert _run(cluster, store, _plan(cluster, *back, ordered=True)).outcome is PlanOutcome.DONE
    assert cluster.snapshot == before


def test_the_journal_says_what_was_meant_before_it_says_what_came_of_it(
    cluster: ClusterOnFile, store: Store
) -> None:
    plan = _plan(cluster, CREATE)
    meant: list[JournalEvent] = []
    cluster.before_performing = lambda: meant.extend(e.event for e in store.plans.journal(plan.id))
    _run(cluster, store, plan)
    assert meant == [JournalEvent.STARTED, JournalEvent.INTENT]
    events = [e.event.value for e in store.plans.journal(plan.id)]
    assert events == ["started", "intent", "result", "ended"]
    assert [a.event for a in store.plans.audited(plan.id)] == ["started", "done"]


def test_statuses_are_those_that_interfaces_name() -> None:
    assert {s.value for s in PlanStepStatus} == {
        "done", "already", "failed", "skipped", "stale", "unsure",
    }  # fmt: skip
    assert Executor.__name__ == "Executor"


class LosesRequests(ClusterOnFile):
    """A cluster to which requests come after everybody has stopped waiting."""

    def perform(self, changes: Sequence[Change], passwords: Any) -> Any:
        lost = DeadlineExceeded("no answer in time", may_have_happened=True)
        return (lost,) * len(changes)


def test_what_arrives_after_its_answer_was_given_up_is_ours_and_is_undone(
    cluster: ClusterOnFile, store: Store
) -> None:
    plan = _plan(cluster, CREATE, KEEP_LONGER)
    lossy = LosesRequests(cluster.path)
    execution = _run(cluster, store, plan, changer=lambda: lossy)
    assert _statuses(execution) == ["unsure", "unsure"]
    cluster.alter(CREATE)
    settled = executor(cluster, store, plan).observe_open_steps(plan)
    assert isinstance(settled, dict)
    changes, _ = undo_changes(plan, tuple(settled.values()))
    assert changes == (DeleteTopic(name="new", topic_id="id-of-new"),)
    assert _statuses(_run(cluster, store, plan)) == ["done", "done"]


def test_what_was_found_already_after_an_attempt_that_ended_unsure_is_undone(
    cluster: ClusterOnFile, store: Store
) -> None:
    """So it stands in journals of earlier versions."""
    plan = _plan(cluster, CREATE)
    journal = executor(cluster, store, plan).journal
    fence = fence_of(store, plan.cluster_id)
    journal.hold(fence)
    journal.start("")
    journal.intend([0])
    journal.record([StepResult(index=0, status=PlanStepStatus.UNSURE)])
    journal.start("")
    journal.record([StepResult(index=0, status=PlanStepStatus.ALREADY)])
    store.leases.release(fence)
    cluster.alter(CREATE)
    settled = executor(cluster, store, plan).observe_open_steps(plan)
    assert isinstance(settled, dict)
    assert undo_changes(plan, tuple(settled.values()))[0] == (
        DeleteTopic(name="new", topic_id="id-of-new"),
    )


def test_what_was_refused_and_then_made_by_somebody_else_is_not_ours(
    cluster: ClusterOnFile, store: Store
) -> None:
    plan = _plan(cluster, CREATE)
    cluster.refuses["new"] = REFUSED
    assert _statuses(_run(cluster, store, plan)) == ["failed"]
    cluster.alter(CREATE)
    assert _statuses(_run(cluster, store, plan)) == ["already"]
    settled = executor(cluster, store, plan).observe_open_steps(plan)
    assert isinstance(settled, dict)
    assert undo_changes(plan, tuple(settled.values()))[0] == ()
