"""Which partitions of a topic a partition increase added later: they hold less for their age alone."""

from collections.abc import Sequence

from steward.analysis.checks.facts import FactMissing, Facts
from steward.model.topic import PartitionOffsets, Topic

_EVEN = 3
"""Older partitions that differ by no more than this factor are of one age; one alone tells nothing."""


def younger_partitions(facts: Facts, topic: Topic) -> frozenset[int]:
    """Return the partitions that are younger than their siblings, as far as looks and offsets tell.

    Shape: those that an earlier look did not have; and the last ones of which nothing was ever deleted and which got
           less than half the records of each before them, where those have lost records to retention, or are at least
           two and even.
    """
    earlier = [
        look.topic_by_name[topic.name] for look in facts.earlier if topic.name in look.topic_by_name
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
    """Return where the younger ones begin; the number of partitions where none is younger."""
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
