"""Quota entries that never apply."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import drop_quota, entity_name, limit_evidence, on_quota
from steward.analysis.checks.registry import QUOTAS, FoundState, check
from steward.model.finding import Severity
from steward.model.quota import QuotaEntry
from steward.model.quota_resolution import ResolvedQuota
from steward.model.snapshot import Part


@check("Q17", Severity.LOW, over=QUOTAS, parts=(Part.QUOTAS,))
def quota_winner_unexpected(facts: Facts, entry: QuotaEntry) -> Iterator[FoundState]:
    """A quota entry never applies because another entry always takes precedence.

    What it means: Kafka checks eight levels, from a user with a client id to the default client id, and applies the
        first that is set. Here an earlier level matches every client that this entry matches: a default for users takes
        precedence over entries with a client id only, and a user's default client id over that user's own entry.
    Why it matters: the limit in the list is not the limit that applies.
    What to do: remove the entry, or the one that takes precedence.
    """
    overridden: dict[ResolvedQuota, list[str]] = {}
    for key in sorted(entry.limits):
        winner = facts.quota_resolver.shadowing(key, entry.entity)
        if winner:
            overridden.setdefault(winner, []).append(key)
    for winner, keys in overridden.items():
        yield FoundState(
            object=on_quota(entry),
            summary=f"{' and '.join(keys)} never applies: {entity_name(winner.entity)} always takes precedence",
            evidence=(
                *(limit_evidence(entry.entity, key, entry.limits[key]) for key in keys),
                *(limit_evidence(winner.entity, key, winner.limit) for key in keys),
            ),
            remedy=drop_quota(
                entry.entity, ",".join(keys), "remove it, or the entry that takes precedence"
            ),
        )
