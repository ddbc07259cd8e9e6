"""Growth of partitions, measured between two snapshots."""

from collections.abc import Sequence

from steward.analysis.checks.facts import Facts
from steward.model.snapshot import Part
from steward.model.topic import Topic


def records_per_second(facts: Facts, earlier: Facts, topic: Topic) -> Sequence[float]:
    """Return each partition's new records per second, in order.

    Shape:  0 for a partition that is new since the earlier snapshot, or whose log was recreated.
    Errors: FactMissing if a snapshot lacks the topic's offsets.
    """
    seconds = facts.seconds_since(earlier, Part.OFFSETS)
    before, now = earlier.partitions.offsets(topic), facts.partitions.offsets(topic)
    if seconds <= 0:
        return [0.0] * len(now)
    rates = [max(0, b.end - a.end) / seconds for a, b in zip(before, now, strict=False)]
    return [*rates, *(0.0 for _ in now[len(rates) :])]


def bytes_per_second(facts: Facts, earlier: Facts, topic: Topic) -> Sequence[float]:
    """Return each partition's new bytes per second: new records times the mean size of its stored records.

    Sizes of logs alone would miss what retention deletes meanwhile. On compacted topics, which store fewer records than
    offsets, the result is not too high.

    Errors: FactMissing if offsets or sizes are missing.
    """
    rates = records_per_second(facts, earlier, topic)
    sizes, offsets = facts.partitions.sizes(topic), facts.partitions.offsets(topic)
    return [
        rate * size / max(1, o.end - o.start)
        for rate, size, o in zip(rates, sizes, offsets, strict=True)
    ]
