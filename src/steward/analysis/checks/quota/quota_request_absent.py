"""Clients without a limit for request threads."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import UNSEEN, set_quota
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part


@check("Q03", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUOTAS,))
def quota_request_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """The broker time that an ordinary client uses is not limited.

    What it means: no entry limits request_percentage for clients without their own entry, on a cluster that several
        teams share.
    Why it matters: bandwidth quotas do not limit a client that sends many small requests or polls in a tight loop. It
        transfers few bytes but keeps the brokers' threads busy.
    What to do: set a default request_percentage for users. 100 is the time of one thread.
    """
    if not facts.thresholds.shared_cluster:
        return
    if facts.quota_resolver.resolve("request_percentage", UNSEEN, UNSEEN):
        return
    yield FoundState(
        object=on_cluster(),
        summary="clients without their own quota can use all request threads: no default request_percentage",
        evidence=(Evidence("DescribeClientQuotas", "default request_percentage", "none"),),
        remedy=set_quota(
            (("user", None),), "request_percentage=200", "set a default for users, here two threads"
        ),
    )
