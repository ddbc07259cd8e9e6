"""Processes that are broker and controller at once."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_cluster
from steward.model.command import kafka
from steward.model.connection import Environment
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("R05", Severity.MEDIUM, over=CLUSTER, parts=(Part.QUORUM, Part.BROKERS))
def combined_roles_in_production(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers are controllers, too.

    What it means: process.roles is broker,controller: ids of the quorum's voters are ids of brokers. In development
        this is how it should be, and no finding.
    Why it matters: a broker under load delays the controller within it, controllers cannot be restarted or sized
        apart from brokers, and losing one machine is losing both. Kafka's documentation advises against it for
        critical deployments.
    What to do: start controllers of their own, add them as voters one at a time, and remove the combined ones.
    """
    if facts.environment is Environment.DEVELOPMENT:
        return
    combined = sorted(facts.broker_by_id.keys() & {voter.id for voter in facts.quorum.voters})
    if combined:
        yield FoundState(
            object=on_cluster(),
            summary=f"{len(combined)} of {len(facts.quorum.voters)} controllers are brokers, too: {few(combined)}",
            evidence=(
                Evidence("DescribeQuorum", "voters", few(v.id for v in facts.quorum.voters)),
                Evidence("DescribeCluster", "brokers", few(sorted(facts.broker_by_id))),
            ),
            remedy=Remedy(
                "start controllers of their own, add them as voters, and remove the combined ones",
                kafka(
                    "metadata-quorum", "--command-config", "controller.properties", "add-controller"
                ),
            ),
        )
