"""Clusters with fewer brokers or racks than their copies need."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.connection import Environment
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part

_BROKERS = 3


@check("C08", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKERS, Part.TOPICS))
def cluster_too_small(facts: Facts, _: None) -> Iterator[FoundState]:
    """The cluster has fewer than three brokers, or fewer racks than topics have replicas.

    What it means: there are not three brokers to keep three copies on; or the brokers name racks, but fewer of
        them than the largest replication factor in use. In development this is no finding.
    Why it matters: with two brokers, the loss of one leaves every topic with one copy or stops its writers. With
        fewer racks than replicas, losing one rack takes several copies of a partition at once.
    What to do: add brokers, or spread those that exist over more racks (broker.rack) and reassign the replicas.
    """
    if facts.environment is Environment.DEVELOPMENT:
        return
    brokers = facts.brokers
    if len(brokers) < _BROKERS:
        yield FoundState(
            object=on_cluster(),
            summary=f"too few brokers for three copies: {count(len(brokers), 'broker')}",
            evidence=(Evidence("DescribeCluster", "brokers", few(b.id for b in brokers)),),
            remedy=Remedy("add brokers until there are at least three"),
        )
        return
    racks = sorted(facts.racks)
    replicas = max((topic.replication_factor for topic in facts.topics), default=0)
    if racks and len(racks) < replicas:
        yield FoundState(
            object=on_cluster(),
            summary=f"losing one rack may take several copies at once: {count(len(racks), 'rack')} for "
            f"replication factor {replicas}",
            evidence=(
                Evidence("DescribeCluster", "broker.rack", few(racks)),
                Evidence("Metadata", "largest replication factor", str(replicas)),
            ),
            remedy=Remedy(
                "spread the brokers over more racks (broker.rack), then reassign the replicas"
            ),
        )
