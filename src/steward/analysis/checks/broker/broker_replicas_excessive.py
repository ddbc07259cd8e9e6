"""Brokers with too many replicas."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import BROKERS, FoundState, check
from steward.analysis.checks.say import count, on_broker
from steward.model.broker import Broker
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part


@check("B14", Severity.MEDIUM, over=BROKERS, parts=(Part.BROKERS, Part.TOPICS))
def broker_replicas_excessive(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """The broker has more replicas than the policy allows.

    What it means: more than 4,000 replicas (by default) are assigned to it.
    Why it matters: open files, memory maps and replication requests grow with the number of replicas. The broker takes
        long to start after a crash and long to shut down.
    What to do: add brokers and move replicas to them, or recreate topics that have more partitions than they need.
    """
    limit = facts.thresholds.max_replicas_per_broker
    replicas = facts.partitions.replicas_by_broker.get(broker.id, 0)
    if replicas <= limit:
        return
    yield FoundState(
        object=on_broker(broker.id),
        summary=f"{count(replicas, 'replica')}; the limit is {limit:,}",
        evidence=(Evidence("Metadata", "replicas assigned to it", str(replicas)),),
        remedy=Remedy("add brokers and move replicas to them, or use fewer partitions"),
    )
