"""Quotas of users that do not exist."""

from collections.abc import Iterator

from steward.analysis.checks.authentication import ANONYMOUS, require_listed_principals
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import drop_quota, entity_name
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.model.finding import Confidence, Evidence, ObjectRef, Severity
from steward.model.quota import QuotaEntry
from steward.model.snapshot import Part


@check("Q13", Severity.LOW, over=CLUSTER, parts=(Part.QUOTAS, Part.USERS, Part.BROKER_CONFIGS))
def quota_orphan(facts: Facts, _: None) -> Iterator[FoundState]:
    """A quota names a user that does not exist.

    What it means: the user has no SCRAM credentials, and SCRAM is the only way to authenticate. The check does not
        apply where clients may also use certificates, PLAIN, OAUTHBEARER or Kerberos, because Kafka has no list of
        those users.
    Why it matters: if the name is mistyped, the real user has the default quota or no limit. If the user was deleted,
        the entry still counts in every sum of quotas.
    What to do: correct the name, or remove the entry.
    """
    named = [(user, entry) for entry in facts.quotas if (user := dict(entry.entity).get("user"))]
    if not named:
        return
    require_listed_principals(facts)
    users = {user.name for user in facts.users} | {ANONYMOUS}
    for user, entry in named:
        if user not in users:
            yield _found(user, entry)


def _found(user: str, entry: QuotaEntry) -> FoundState:
    keys = ",".join(sorted(entry.limits))
    return FoundState(
        object=ObjectRef("quota", entity_name(entry.entity)),
        confidence=Confidence.INFERRED,
        summary=f"limits user {user}, but no SCRAM user has that name",
        evidence=(
            Evidence("DescribeUserScramCredentials", user, "absent"),
            Evidence("DescribeClientQuotas", "limits", keys or "none"),
        ),
        remedy=drop_quota(entry.entity, keys, "correct the name, or remove the entry"),
    )
