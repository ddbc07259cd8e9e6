"""Plans in the store: made again, made by dry runs, executed, and found by the name of their cluster."""

from dataclasses import replace

from steward.model.instant import Instant
from steward.model.plan import Plan
from steward.model.policy import Criticality
from steward.store.leases import Holder
from steward.store.open import Store
from steward.store.plans import AuditEntry, AuditQuery, JournalEntry, JournalEvent
from support.every_change import CHANGES, plan_of

PLAN, OTHER = plan_of(CHANGES[0]), plan_of(CHANGES[2])


def later(plan: Plan) -> Plan:
    """Return the plan as another person would make it a day later."""
    day = 86_400_000
    return replace(
        plan,
        made_by="bob",
        created_at=Instant(plan.created_at.ms + day),
        expires_at=Instant(plan.expires_at.ms + day),
    )


def begin(store: Store, plan: Plan) -> None:
    lease = store.leases.acquire("test", Holder(name="me"), ttl_ms=60_000)
    assert lease is not None
    started = JournalEntry(JournalEvent.STARTED, plan.created_at, {"actor": "me", "origin": "here"})
    store.plans.write(plan.id, [started], lease)


def listed(store: Store, **asked: object) -> list[str]:
    return [head.id for head in store.plans.heads(10, **asked)]  # pyright: ignore[reportArgumentType]


def test_made_again_before_it_was_executed_a_plan_lasts_longer(store: Store) -> None:
    store.plans.save(PLAN, criticality={})
    store.plans.save(later(PLAN), criticality={"new": Criticality.CRITICAL})
    assert store.plans.find(PLAN.id) == later(PLAN)
    assert store.plans.criticality(PLAN.id) == {"new": Criticality.CRITICAL}


def test_handed_over_a_saved_plan_stays_as_it_is(store: Store) -> None:
    store.plans.save(PLAN, criticality={"new": Criticality.CRITICAL})
    store.plans.save(later(PLAN))
    assert store.plans.find(PLAN.id) == PLAN
    assert store.plans.criticality(PLAN.id) == {"new": Criticality.CRITICAL}


def test_made_here_after_it_was_handed_over_its_criticality_counts(store: Store) -> None:
    store.plans.save(PLAN)
    store.plans.save(PLAN, criticality={"new": Criticality.EPHEMERAL})
    assert store.plans.criticality(PLAN.id) == {"new": Criticality.EPHEMERAL}


def test_executed_it_stays_as_it_was_executed(store: Store) -> None:
    store.plans.save(PLAN, criticality={})
    assert not store.plans.begun(PLAN.id)
    begin(store, PLAN)
    assert store.plans.begun(PLAN.id)
    store.plans.save(later(PLAN), criticality={"new": Criticality.CRITICAL})
    assert store.plans.find(PLAN.id) == PLAN
    assert store.plans.criticality(PLAN.id) == {}


def test_dry_runs_are_listed_on_request_until_they_are_executed(store: Store) -> None:
    store.plans.save(PLAN, criticality={}, dry_run=True)
    assert (listed(store), listed(store, dry_runs=True)) == ([], [PLAN.id])
    assert store.plans.find(PLAN.id) == PLAN
    begin(store, PLAN)
    assert listed(store) == [PLAN.id]


def test_a_plan_that_was_made_in_earnest_is_no_dry_run_any_more(store: Store) -> None:
    store.plans.save(PLAN, criticality={}, dry_run=True)
    store.plans.save(PLAN, criticality={})
    assert listed(store) == [PLAN.id]
    store.plans.save(PLAN, criticality={}, dry_run=True)
    assert listed(store) == [PLAN.id]


def test_plans_and_lines_are_found_by_their_cluster(store: Store) -> None:
    far = replace(OTHER, cluster_id="far")
    store.plans.save(PLAN, criticality={}, cluster_name="dev")
    store.plans.save(far, criticality={}, cluster_name="prod")
    store.clusters.learn("seen", "watched")
    assert store.clusters.names() == {PLAN.cluster_id: "dev", "far": "prod", "watched": "seen"}
    assert store.clusters.named("prod") == {"far"} == store.clusters.named("far")
    assert store.clusters.named("seen") == {"watched"}
    assert store.clusters.named("nowhere") == frozenset()
    assert listed(store, clusters=frozenset({"far"})) == [far.id]
    assert set(listed(store)) == {PLAN.id, far.id}
    for cluster in ("far", "near"):
        store.plans.audit(
            AuditEntry(
                at=Instant(1), cluster=cluster, actor="a", origin="o", plan_id="", event="done", detail=""
            )
        )  # fmt: skip
    found = store.plans.audit_log(AuditQuery(clusters=frozenset({"far"})))
    assert [line.cluster for line in found] == ["far"]
