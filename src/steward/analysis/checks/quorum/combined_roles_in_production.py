"""Processes that are both broker and controller."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_cluster
from steward.model.command import kafka
from steward.model.connection import Environment
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("R05", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUORUM, Part.BROKERS))
def combined_roles_in_production(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers are also controllers.

    What it means: process.roles is broker,controller: ids of the quorum's voters are also ids of brokers. In a
        development environment this is not a finding.
    Why it matters: a broker under load delays the controller in the same process, controllers cannot be restarted or
        sized separately from brokers, and one lost machine takes both. Kafka's documentation advises against it for
        critical deployments.
    What to do: start dedicated controllers, add them as voters one at a time, and remove the combined ones.
    """
    if facts.environment is Environment.DEVELOPMENT:
        return
    combined = sorted(facts.broker_by_id.keys() & {voter.id for voter in facts.quorum.voters})
    if combined:
        yield FoundState(
            object=on_cluster(),
            summary=f"{len(combined)} of {count(len(facts.quorum.voters), 'controller')} are also brokers: "
            f"{few(combined)}",
            evidence=(
                Evidence("DescribeQuorum", "voters", few(v.id for v in facts.quorum.voters)),
                Evidence("DescribeCluster", "brokers", few(sorted(facts.broker_by_id))),
            ),
            remedy=Remedy(
                "start dedicated controllers, add them as voters, and remove the combined ones",
                kafka(
                    "metadata-quorum", "--command-config", "controller.properties", "add-controller"
                ),
            ),
        )
