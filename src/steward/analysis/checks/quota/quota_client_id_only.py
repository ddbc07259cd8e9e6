"""Quotas on client ids, which clients choose themselves."""

from collections.abc import Iterator

from steward.analysis.checks.authentication import ANONYMOUS, client_mechanisms
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import CLIENT_KEYS, set_quota
from steward.analysis.checks.registry import CLUSTER, FoundState, check, quota_name
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part


@check("Q02", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUOTAS, Part.BROKER_CONFIGS))
def quota_client_id_only(facts: Facts, _: None) -> Iterator[FoundState]:
    """Clients authenticate, but every quota is set on client ids.

    What it means: all client quotas are set on client ids, none on users, although listeners authenticate clients.
    Why it matters: a client can send any client.id, or none. With a new name it gets a new quota, so such quotas only
        prevent accidents.
    What to do: set the limits on users; use client ids to distinguish the programs of one user.
    """
    entries = [e for e in facts.quotas if any(key in e.limits for key in CLIENT_KEYS)]
    if not entries or any(kind == "user" for e in entries for kind, _ in e.entity):
        return
    mechanisms = sorted(client_mechanisms(facts) - {ANONYMOUS})
    if not mechanisms:
        return
    yield FoundState(
        object=on_cluster(),
        summary=f"{count(len(entries), 'quota')} on client ids, none on users, although clients authenticate",
        evidence=(
            Evidence("DescribeClientQuotas", "entries", few(sorted(map(quota_name, entries)))),
            Evidence("DescribeConfigs broker", "authentication methods", few(mechanisms)),
        ),
        remedy=set_quota(
            (("user", None),),
            "producer_byte_rate=10485760,consumer_byte_rate=10485760",
            "set a default user quota and user quotas, then remove the client id quotas",
        ),
    )
