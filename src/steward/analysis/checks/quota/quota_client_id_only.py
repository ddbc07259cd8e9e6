"""Limits that hang on names that clients choose themselves."""

from collections.abc import Iterator

from steward.analysis.checks.authentication import ANONYMOUS, client_mechanisms
from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import CLIENT_KEYS, set_quota
from steward.analysis.checks.registry import CLUSTER, FoundState, check, quota_name
from steward.analysis.checks.say import few, on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part


@check("Q02", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUOTAS, Part.BROKER_CONFIGS))
def quota_client_id_only(facts: Facts, _: None) -> Iterator[FoundState]:
    """Users log in, but every quota hangs on the client id.

    What it means: all client quotas are set on client ids, none on users, while listeners authenticate their clients.
    Why it matters: a client sends whatever client.id it likes, also none at all. A new name is a new allowance, so such
        a quota stops accidents but nobody who wants more.
    What to do: set the limits on users; keep client ids for telling the programs of one user apart.
    """
    entries = [e for e in facts.quotas if any(key in e.limits for key in CLIENT_KEYS)]
    if not entries or any(kind == "user" for e in entries for kind, _ in e.entity):
        return
    mechanisms = sorted(client_mechanisms(facts) - {ANONYMOUS})
    if not mechanisms:
        return
    yield FoundState(
        object=on_cluster(),
        summary=f"{len(entries)} quotas hang on client ids, none on a user, though clients log in",
        evidence=(
            Evidence("DescribeClientQuotas", "entries", few(sorted(map(quota_name, entries)))),
            Evidence("DescribeConfigs broker", "ways to log in", few(mechanisms)),
        ),
        remedy=set_quota(
            (("user", None),),
            "producer_byte_rate=10485760,consumer_byte_rate=10485760",
            "set a default user quota and user quotas, then remove those of client ids",
        ),
    )
