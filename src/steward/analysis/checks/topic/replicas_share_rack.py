"""Topics with several replicas of a partition in the same rack."""

from collections.abc import Iterator, Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, check
from steward.analysis.checks.say import count, on_topic, partitions_of
from steward.analysis.checks.topic.assignment import rebalance
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Partition, Topic

PARTS = (Part.TOPICS, Part.BROKERS, Part.REASSIGNMENTS)


@check("T12", Severity.HIGH, over=TOPICS, parts=PARTS)
def replicas_share_rack(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Replicas of a partition are in fewer racks than possible.

    What it means: the replicas use fewer racks than exist, and fewer than there are replicas. Partitions that are being
        reassigned, and those with a replica on a broker without a known rack, are not judged.
    Why it matters: a rack fails as a whole: power, a switch, an availability zone. Its loss takes several copies
        offline at once, perhaps all in-sync ones.
    What to do: reassign the partitions over all racks; steward reassignment plan proposes a rack-aware placement.
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
        summary=f"{len(crowded):,} of {count(len(topic.partitions), 'partition')} have replicas in the same rack "
        f"although there are {available} racks",
        evidence=(
            Evidence(
                f"Metadata topic {topic.name}",
                f"{partitions_of(crowded)} share racks",
                f"partition {worst.partition}: {placed}",
            ),
        ),
        remedy=Remedy(
            "plan a placement over all racks, then execute it",
            rebalance([topic.name]),
        ),
    )


def _is_crowded(partition: Partition, racks: Mapping[int, str | None], available: int) -> bool:
    used = {racks.get(b) for b in partition.replicas}
    return None not in used and len(used) < min(len(partition.replicas), available)
