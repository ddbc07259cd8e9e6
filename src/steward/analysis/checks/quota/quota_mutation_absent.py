"""Clients that can overload the controller."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.quota.wording import UNSEEN, set_quota
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import on_cluster
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part


@check("Q04", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUOTAS,))
def quota_mutation_absent(facts: Facts, _: None) -> Iterator[FoundState]:
    """The rate at which topics and partitions are created and deleted is not limited.

    What it means: no entry limits controller_mutation_rate (KIP-599) for clients without their own entry, on a cluster
        that several teams share.
    Why it matters: the controller handles one request at a time. A test suite or a faulty deployment that creates
        thousands of partitions delays leader elections for the whole cluster.
    What to do: set a default controller_mutation_rate for users, and a higher one for the tool that deploys topics.
    """
    if not facts.thresholds.shared_cluster:
        return
    if facts.quota_resolver.resolve("controller_mutation_rate", UNSEEN, UNSEEN):
        return
    yield FoundState(
        object=on_cluster(),
        summary="topics can be created and deleted at any rate: no default controller_mutation_rate",
        evidence=(Evidence("DescribeClientQuotas", "default controller_mutation_rate", "none"),),
        remedy=set_quota(
            (("user", None),),
            "controller_mutation_rate=10",
            "set a default for users, here ten partition mutations/s",
        ),
    )
