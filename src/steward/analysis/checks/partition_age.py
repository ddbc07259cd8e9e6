"""Partitions of a topic that were added later: they hold less data because they are younger."""

from collections.abc import Sequence

from steward.analysis.checks.facts import FactMissing, Facts
from steward.model.topic import PartitionOffsets, Topic

_EVEN = 3
"""Older partitions within this factor of each other have the same age; a single one proves nothing."""


def younger_partitions(facts: Facts, topic: Topic) -> frozenset[int]:
    """Return the partitions that are younger than the others, according to snapshots and offsets.

    Two kinds count: partitions that an earlier snapshot did not have; and the last partitions from which nothing was
    ever deleted and which have less than half the records of each one before them, if those have lost records to
    retention, or are at least two and of similar size.
    """
    earlier = [
        past.topic_by_name[topic.name] for past in facts.earlier if topic.name in past.topic_by_name
    ]
    known = min((len(one.partitions) for one in earlier), default=len(topic.partitions))
    added = frozenset(p.partition for p in topic.partitions if p.partition >= known)
    try:
        offsets = facts.partitions.offsets(topic)
    except FactMissing:
        return added
    first = _first_young(offsets)
    return added | frozenset(p.partition for p in topic.partitions[first:])


def _first_young(offsets: Sequence[PartitionOffsets]) -> int:
    """Return the index of the first younger partition; the number of partitions if none is younger."""
    for first in range(1, len(offsets)):
        old, young = offsets[:first], offsets[first:]
        least = min(o.end for o in old)
        if any(o.start > 0 or 2 * o.end >= least for o in young):
            continue
        aged = all(o.start > 0 for o in old)
        even = len(old) > 1 and max(o.end for o in old) <= _EVEN * least
        if aged or even:
            return first
    return len(offsets)
