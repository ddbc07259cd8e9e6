"""Operators and tools that the default quota limits."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import CLIENT_KEYS, UNSEEN, limit_evidence, set_quota
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few
from steward.analysis.checks.thresholds import Thresholds
from steward.model.finding import Confidence, ObjectRef, Severity
from steward.model.quota_resolution import ResolvedQuota
from steward.model.snapshot import Part

HIGH_LIMITS = {
    "producer_byte_rate": "1073741824",
    "consumer_byte_rate": "1073741824",
    "request_percentage": "10000",
    "controller_mutation_rate": "1000",
}


@check("Q06", Severity.HIGH, over=CLUSTER, parts=(Part.QUOTAS, Part.USERS, Part.ACLS))
def quota_default_hits_internal(facts: Facts, _: None) -> Iterator[FoundState]:
    """A default quota also limits an operator or a tool.

    What it means: a principal of checks.thresholds.internal_principals has no quota of its own, so the default quota
        applies to it. The preset principal is judged only if it exists as a user or in an ACL.
    Why it matters: the tool that moves replicas, mirrors or repairs the cluster is throttled, and so are administrators
        during an incident.
    What to do: set an explicit, high quota for each of them; it overrides every default.
    """
    defaults = [key for key in CLIENT_KEYS if facts.quota_resolver.resolve(key, UNSEEN, UNSEEN)]
    if not defaults:
        return
    for principal in _judged(facts):
        user = principal.removeprefix("User:")
        hits = [(key, facts.quota_resolver.resolve(key, user, UNSEEN)) for key in defaults]
        limits = [(key, hit) for key, hit in hits if hit and hit.is_default]
        if limits:
            yield _found(user, limits)


def _judged(facts: Facts) -> list[str]:
    principals = sorted(set(facts.thresholds.internal_principals))
    if facts.thresholds.internal_principals != Thresholds().internal_principals:
        return principals
    users = {f"User:{user.name}" for user in facts.users}
    return [p for p in principals if p in users or facts.authorizer.of(p)]


def _found(user: str, limits: list[tuple[str, ResolvedQuota]]) -> FoundState:
    keys = [key for key, _ in limits]
    return FoundState(
        object=ObjectRef("quota", f"user={user}"),
        confidence=Confidence.INFERRED,
        summary=f"the default quota also limits {user} in {few(keys)}",
        evidence=tuple(limit_evidence(hit.entity, key, hit.limit) for key, hit in limits),
        remedy=set_quota(
            (("user", user),),
            ",".join(f"{key}={HIGH_LIMITS[key]}" for key in keys),
            "set an explicit, high quota for it",
        ),
    )
