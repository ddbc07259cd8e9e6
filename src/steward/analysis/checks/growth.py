"""How fast partitions grow, measured between two looks."""

from collections.abc import Sequence

from steward.analysis.checks.facts import Facts
from steward.model.snapshot import Part
from steward.model.topic import Topic


def records_per_second(facts: Facts, earlier: Facts, topic: Topic) -> Sequence[float]:
    """Return each partition's new records a second, in order.

    Shape:  0 for a partition that is new since the earlier look, or whose log was made anew.
    Errors: FactMissing where a look lacks the topic's offsets.
    """
    seconds = facts.seconds_since(earlier, Part.OFFSETS)
    before, now = earlier.partitions.offsets(topic), facts.partitions.offsets(topic)
    if seconds <= 0:
        return [0.0] * len(now)
    rates = [max(0, b.end - a.end) / seconds for a, b in zip(before, now, strict=False)]
    return [*rates, *(0.0 for _ in now[len(rates) :])]


def bytes_per_second(facts: Facts, earlier: Facts, topic: Topic) -> Sequence[float]:
    """Return each partition's new bytes a second: new records times the size that its stored ones have.

    Shape:  sizes of logs alone would miss what retention deletes meanwhile. Overestimates nothing on compacted
            topics, whose stored records are fewer than their offsets.
    Errors: FactMissing where offsets or sizes are missing.
    """
    rates = records_per_second(facts, earlier, topic)
    sizes, offsets = facts.partitions.sizes(topic), facts.partitions.offsets(topic)
    return [
        rate * size / max(1, o.end - o.start)
        for rate, size, o in zip(rates, sizes, offsets, strict=True)
    ]
