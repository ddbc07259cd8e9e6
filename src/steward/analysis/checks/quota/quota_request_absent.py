"""Clients that nobody named may use all request threads."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import UNSEEN, set_quota
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part


@check("Q03", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUOTAS,))
def quota_request_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """No quota limits how much broker time an ordinary client takes.

    What it means: no entry limits request_percentage for a client that no entry names, on a shared cluster.
    Why it matters: bandwidth quotas do not stop a client that sends many small requests, or polls in a tight loop: it
        moves few bytes and still keeps the brokers' threads from everybody else.
    What to do: set a default request_percentage for users. 100 is the time of one thread.
    """
    if not facts.thresholds.shared_cluster:
        return
    if facts.quota_resolver.resolve("request_percentage", UNSEEN, UNSEEN):
        return
    yield FoundState(
        object=on_cluster(),
        summary="a client that no quota names may use all request threads: no request_percentage",
        evidence=(Evidence("DescribeClientQuotas", "default request_percentage", "none"),),
        remedy=set_quota(
            (("user", None),), "request_percentage=200", "set a default for users, two threads here"
        ),
    )
