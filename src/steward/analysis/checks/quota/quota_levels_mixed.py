"""The same limit on users and on client ids."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import CLIENT_KEYS
from steward.analysis.checks.registry import CLUSTER, FoundState, check, quota_name
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.quota import QuotaEntry
from steward.model.snapshot import Part


@check("Q11", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUOTAS,))
def quota_levels_mixed(facts: Facts, _: None) -> Iterator[FoundState]:
    """The same limit is set on users and, separately, on client ids.

    What it means: some entries limit users (or a user's client ids), others limit client ids of any user. User entries
        take precedence, so a client id entry applies only to users without an entry.
    Why it matters: which limit applies to a client depends on eight levels of precedence, which is easy to get wrong.
        Brokers are also slower when levels are mixed.
    What to do: choose one level (users, if clients authenticate) and remove the entries of the other.
    """
    for key in CLIENT_KEYS:
        entries = [entry for entry in facts.quotas if key in entry.limits]
        by_user = [e for e in entries if "user" in dict(e.entity)]
        by_client = [e for e in entries if "user" not in dict(e.entity)]
        if by_user and by_client:
            yield _found(key, by_user, by_client)


def _found(key: str, by_user: list[QuotaEntry], by_client: list[QuotaEntry]) -> FoundState:
    return FoundState(
        object=on_cluster(),
        summary=f"{key} is set on {count(len(by_user), 'user entry')} and {count(len(by_client), 'client id entry')}",
        evidence=(
            Evidence("DescribeClientQuotas", "user entries", _names(by_user)),
            Evidence("DescribeClientQuotas", "client id entries", _names(by_client)),
        ),
        remedy=Remedy(
            f"set {key} on one level only (users, if clients authenticate) and remove the other"
        ),
    )


def _names(entries: list[QuotaEntry]) -> str:
    return few(sorted(quota_name(entry) for entry in entries))
