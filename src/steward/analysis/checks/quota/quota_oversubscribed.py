"""Quotas whose sum exceeds the capacity of a broker."""

from collections.abc import Iterator

from steward.analysis.checks.facts import FactNotApplicable, Facts
from steward.analysis.checks.quota.wording import limit_evidence
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, on_cluster
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.quota import BYTE_RATES, QuotaEntry
from steward.model.snapshot import Part


@check("Q07", Severity.HIGH, over=CLUSTER, parts=(Part.QUOTAS,))
def quota_oversubscribed(facts: Facts, _: None) -> Iterator[FoundState]:
    """The quotas of all users together exceed what a broker can carry.

    What it means: on one broker, the byte rates of users with their own quota add up to more than
        checks.thresholds.broker_capacity_bytes_per_second times quota_oversubscription_ratio. The check applies only if
        that capacity is declared; users with only the default quota do not count.
    Why it matters: quotas protect users from each other only while their sum is within the capacity. Beyond it, one
        user can take the bandwidth that another user's quota allows.
    What to do: lower the largest quotas to what their users need, or add brokers.
    """
    capacity = facts.thresholds.broker_capacity_bytes_per_second
    if capacity is None:
        raise FactNotApplicable("no broker_capacity_bytes_per_second is declared")
    for key in BYTE_RATES:
        entries = [e for e in facts.quotas if key in e.limits and _is_named_user(facts, e)]
        total = sum(e.limits[key] for e in entries)
        allowed = capacity * facts.thresholds.quota_oversubscription_ratio
        if total > allowed:
            yield _found(key, entries, total, capacity)


def _is_named_user(facts: Facts, entry: QuotaEntry) -> bool:
    names = dict(entry.entity)
    user = names.get("user")
    return (
        bool(user)
        and len(names) == 1
        and f"User:{user}" not in (facts.thresholds.internal_principals)
    )


def _found(key: str, entries: list[QuotaEntry], total: float, capacity: float) -> FoundState:
    largest = sorted(entries, key=lambda e: (-e.limits[key], e.entity))[:3]
    return FoundState(
        object=on_cluster(),
        confidence=Confidence.DECLARED,
        summary=(
            f"{key} of {count(len(entries), 'user')} adds up to {total / capacity:.1f} times "
            "the capacity of a broker"
        ),
        evidence=(
            Evidence("DescribeClientQuotas", f"sum of {key}", f"{total:,.0f} bytes/s per broker"),
            Evidence("checks.thresholds", "broker capacity", f"{capacity:,.0f} bytes/s (declared)"),
            *(limit_evidence(e.entity, key, e.limits[key]) for e in largest),
        ),
        remedy=Remedy("lower the largest quotas to what their users need, or add brokers"),
    )
