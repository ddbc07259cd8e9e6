"""Brokers without a rack."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import brokers_named, few, on_cluster, static_broker_config
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part


@check("B09", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKERS,))
def broker_without_rack(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers have no rack.

    What it means: broker.rack is not set on some or all brokers.
    Why it matters: Kafka cannot place the replicas of a partition in different racks, so one failed power supply or
        zone may take all copies offline. If only some brokers have a rack, kafka-reassign-partitions refuses to
        generate a plan.
    What to do: set broker.rack on every broker to what fails together: the rack, the zone or the host of virtual
        machines.
    """
    without = [b.id for b in facts.brokers if not b.rack]
    if not without or len(facts.brokers) < 2:
        return
    all_of_them = len(without) == len(facts.brokers)
    yield FoundState(
        object=on_cluster(),
        summary="replicas may share a rack: "
        + ("no broker has broker.rack" if all_of_them else f"no rack on {brokers_named(without)}"),
        evidence=(
            Evidence("DescribeCluster", "brokers without rack", few(without)),
            Evidence("DescribeCluster", "racks", few(sorted(facts.racks)) or "none"),
        ),
        remedy=static_broker_config("broker.rack", "RACK"),
    )
