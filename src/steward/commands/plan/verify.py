"""Verify a saved or given plan on the current cluster, with facts that steward itself establishes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward.change.guard.decide import decide
from steward.change.guard.plan_evidence import PlanEvidence, backup_text
from steward.change.guard.policy import Policy
from steward.cluster.ports import Observer
from steward.commands.api.context import Context
from steward.commands.api.current_user import current_user, origin_of
from steward.commands.plan.disuse import why_still_unused
from steward.commands.plan.policy import guard_policy
from steward.commands.plan.topic_backup import is_still_backed_up
from steward.model.change import CreateTopic, DeleteTopic
from steward.model.error import StewardError
from steward.model.instant import Instant
from steward.model.plan import GuardDecision, Plan, PlanStepStatus, StepResult

if TYPE_CHECKING:  # SQLAlchemy is imported only when needed
    from collections.abc import Mapping

    from steward.change.execution.journal import Journal
    from steward.change.execution.verify_plan import VerifiedPlan
    from steward.store.open import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPlan:
    """A verified plan, what is known about its claims, and the guard's decision, by a policy, on the steps left."""

    found: "VerifiedPlan"
    evidence: PlanEvidence
    decision: GuardDecision
    policy: Policy


def verify_and_judge(
    plan: Plan,
    context: Context,
    observer: Observer,
    store: "Store",
    *,
    whole: bool = False,
    allow_partial: bool = False,
) -> JudgedPlan:
    """Verify a plan, establish its claims again, and check policy for its remaining steps, or for all.

    Errors: PlanEdited, where its content does not follow from its changes; as observing; StoreUnavailable;
            ConfigurationError for a policy that cannot be read.
    """
    from steward.change.execution.verify_plan import verify_against_cluster

    found = verify_against_cluster(
        plan, observer, journal_of(plan, context, store), context.progress
    )
    subject = found.plan if whole else found.rest
    policy = guard_policy(context, allow_partial=allow_partial)
    evidence = evidence_of(subject, context, observer, store, policy)
    decision = decide(subject, found.snapshot, policy, Instant(context.now_ms()), evidence)
    return JudgedPlan(found=found, evidence=evidence, decision=decision, policy=policy)


def journal_of(plan: Plan, context: Context, store: "Store") -> "Journal":
    """Return the journal of a plan's execution for the current user."""
    from steward.change.execution.journal import Journal

    return Journal(
        store.plans, plan, actor=current_user(), origin=origin_of(context), now_ms=context.now_ms
    )


def evidence_of(
    plan: Plan, context: Context, observer: Observer, store: "Store", policy: Policy
) -> PlanEvidence:
    """Find out what a plan claims: by the store, by the journal of the plan that it undoes, and by looking.

    Errors: as observing; StoreUnavailable.
    """
    deleted = [c for s in plan.steps if isinstance(c := s.change, DeleteTopic) and c.topic_id]
    if not policy.is_production:  # nowhere else is it asked for
        deleted = []
    return PlanEvidence(
        criticality=store.plans.criticality(plan.id),
        created_topics=_created_by_undone(plan, store),
        disuse={
            c.topic_id: disuse
            for c in deleted
            if c.disuse and (disuse := why_still_unused(c, observer, context))
        },
        backups={
            c.topic_id: backup_text(c.backup)
            for c in deleted
            if c.backup and is_still_backed_up(c, observer, context)
        },
    )


def created_topics(plan: Plan, results: "Mapping[int, StepResult]") -> frozenset[str]:
    """Return the ids of the topics that a plan created, from its journal."""
    done = (r for r in results.values() if r.status is PlanStepStatus.DONE)
    ids = (
        r.found.get("topic_id") for r in done if isinstance(plan.steps[r.index].change, CreateTopic)
    )
    return frozenset(i for i in ids if i)


def _created_by_undone(plan: Plan, store: "Store") -> frozenset[str]:
    if not plan.undoes:
        return frozenset()
    try:
        undone = store.plans.find(plan.undoes)
    except StewardError:  # the plan does not exist or cannot be read: it confirms nothing
        return frozenset()
    return created_topics(undone, store.plans.results(undone.id))
