"""Clusters with fewer brokers or racks than replicas need."""

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

    What it means: there are fewer than three brokers for three replicas; or brokers have racks, but fewer racks than
        the largest replication factor in use. In a development environment this is not a finding.
    Why it matters: with two brokers, the loss of one leaves every topic with one copy or stops its producers. With
        fewer racks than replicas, the loss of one rack takes several copies of a partition offline at once.
    What to do: add brokers, or spread the existing ones over more racks (broker.rack) and reassign the replicas.
    """
    if facts.environment is Environment.DEVELOPMENT:
        return
    brokers = facts.brokers
    if len(brokers) < _BROKERS:
        yield FoundState(
            object=on_cluster(),
            summary=f"{count(len(brokers), 'broker')}: too few for three replicas",
            evidence=(Evidence("DescribeCluster", "brokers", few(b.id for b in brokers)),),
            remedy=Remedy("add brokers until there are at least three"),
        )
        return
    racks = sorted(facts.racks)
    replicas = max((topic.replication_factor for topic in facts.topics), default=0)
    if racks and len(racks) < replicas:
        yield FoundState(
            object=on_cluster(),
            summary=f"losing one rack may take several copies offline: {count(len(racks), 'rack')} for "
            f"replication factor {replicas}",
            evidence=(
                Evidence("DescribeCluster", "broker.rack", few(racks)),
                Evidence("Metadata", "largest replication factor", str(replicas)),
            ),
            remedy=Remedy(
                "spread the brokers over more racks (broker.rack), then reassign the replicas"
            ),
        )
