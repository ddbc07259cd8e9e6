"""The guard's decision: evaluate every rule, apply waivers, take the strictest ruling."""

from collections.abc import Callable
from dataclasses import replace

from steward.change.guard.bounds import bounds
from steward.change.guard.cluster_health import health
from steward.change.guard.custom import custom
from steward.change.guard.durability import durability, oversized_topic
from steward.change.guard.hazards import hazards
from steward.change.guard.inherited import inherited
from steward.change.guard.own_access import own_access
from steward.change.guard.placement import placement
from steward.change.guard.plan_evidence import NO_EVIDENCE, PlanEvidence
from steward.change.guard.policy import Policy
from steward.change.guard.programs import programs
from steward.change.guard.rules import UNWAIVABLE
from steward.change.guard.subject import GuardInput, Reasons
from steward.change.guard.topic_in_use import topic_in_use
from steward.model.instant import Instant
from steward.model.plan import GuardDecision, GuardReason, Plan, strictest
from steward.model.snapshot import ClusterSnapshot

RULES: tuple[Callable[[GuardInput], Reasons], ...] = (
    bounds,
    durability,
    oversized_topic,
    health,
    topic_in_use,
    placement,
    hazards,
    inherited,
    own_access,
    programs,
    custom,
)


def decide(
    plan: Plan,
    snapshot: ClusterSnapshot,
    policy: Policy,
    now: Instant,
    evidence: PlanEvidence = NO_EVIDENCE,
) -> GuardDecision:
    """Decide whether a plan may run; its steps are derived or verified, its claims are read from ``evidence`` alone.

    All reasons are returned, not only the first; waived ones are listed separately. A waiver is valid until the end of
    its day. None applies to a plan for another cluster, or to one that is expired or impossible.
    """
    subject = GuardInput(plan=plan, snapshot=snapshot, policy=policy, now=now, evidence=evidence)
    found = tuple(reason for rule in RULES for reason in rule(subject))
    waived = tuple(r for r in found if _is_waived(r, policy, now))
    reasons = tuple(_with_expired(r, policy, now) for r in found if not _is_waived(r, policy, now))
    return GuardDecision(ruling=strictest(reasons), reasons=reasons, waived=waived)


def _with_expired(reason: GuardReason, policy: Policy, now: Instant) -> GuardReason:
    """Add that a waiver for it expired, to explain why it has no effect."""
    over = [w.expires for w in policy.waivers if w.is_over(reason.rule, reason.object, now)]
    if not over or reason.rule in UNWAIVABLE:
        return reason
    return replace(reason, message=f"{reason.message} (its waiver expired on {max(over)})")


def _is_waived(reason: GuardReason, policy: Policy, now: Instant) -> bool:
    return reason.rule not in UNWAIVABLE and any(
        waiver.covers(reason.rule, reason.object, now) for waiver in policy.waivers
    )
