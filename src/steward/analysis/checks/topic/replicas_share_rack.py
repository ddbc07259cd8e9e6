"""Topics that a lost rack hurts more than it must."""

from collections.abc import Iterator, Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, check
from steward.analysis.checks.say import on_topic, partitions_of
from steward.analysis.checks.topic.assignment import rebalance
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Partition, Topic

PARTS = (Part.TOPICS, Part.BROKERS, Part.REASSIGNMENTS)


@check("T12", Severity.HIGH, over=TOPICS, parts=PARTS)
def replicas_share_rack(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Replicas of a partition stand in fewer racks than they could.

    What it means: the replicas use fewer racks than there are, or than there are replicas. Partitions on the move, and
        those with a replica on a broker whose rack is not known, are not judged.
    Why it matters: racks are what fails together: power, a switch, an availability zone. Losing one takes several
        copies at once, and perhaps all in-sync ones.
    What to do: reassign the partitions over the racks; Kafka's tool proposes an assignment that observes them.
    """
    racks = facts.rack_by_broker
    available = len(facts.racks)
    if available < 2:
        return
    crowded = [
        p
        for p in topic.partitions
        if _is_crowded(p, racks, available) and p.key not in facts.reassigning
    ]
    if not crowded:
        return
    worst = crowded[0]
    placed = ", ".join(f"{b} in {racks[b]}" for b in worst.replicas)
    yield FoundState(
        object=on_topic(topic),
        summary=f"{len(crowded)} of {len(topic.partitions)} partitions have replicas in the same rack "
        f"although there are {available} racks",
        evidence=(
            Evidence(
                f"Metadata topic {topic.name}",
                f"{partitions_of(crowded)} share racks",
                f"partition {worst.partition}: {placed}",
            ),
        ),
        remedy=Remedy(
            "have an assignment over all racks proposed, and execute it",
            rebalance([topic.name]),
        ),
    )


def _is_crowded(partition: Partition, racks: Mapping[int, str | None], available: int) -> bool:
    used = {racks.get(b) for b in partition.replicas}
    return None not in used and len(used) < min(len(partition.replicas), available)
