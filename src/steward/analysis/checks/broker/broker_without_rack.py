"""Brokers of which nobody knows where they stand."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_cluster, static_broker_config
from steward.model.finding import Evidence, Severity
from steward.model.snapshot import Part


@check("B09", Severity.MEDIUM, over=CLUSTER, parts=(Part.BROKERS,))
def broker_without_rack(facts: Facts, _: None) -> Iterator[FoundState]:
    """Brokers have no rack.

    What it means: broker.rack is missing on some brokers or on all of them.
    Why it matters: Kafka cannot keep the replicas of a partition in different racks, so that one power supply or zone
        may take all copies. If only some brokers have a rack, Kafka's reassignment tool refuses to plan at all.
    What to do: set broker.rack on every broker to what fails together: the rack, the zone, the host of virtual
        machines.
    """
    without = [b.id for b in facts.brokers if not b.rack]
    if not without or len(facts.brokers) < 2:
        return
    all_of_them = len(without) == len(facts.brokers)
    yield FoundState(
        object=on_cluster(),
        summary="replicas may share a rack unseen: "
        + ("no broker has broker.rack" if all_of_them else f"brokers {few(without)} have no rack"),
        evidence=(
            Evidence("DescribeCluster", "brokers without rack", few(without)),
            Evidence("DescribeCluster", "racks", few(sorted(facts.racks)) or "none"),
        ),
        remedy=static_broker_config("broker.rack", "RACK"),
    )
