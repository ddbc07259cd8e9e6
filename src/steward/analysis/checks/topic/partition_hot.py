"""Topics with a partition that has far more data or traffic than the others."""

from collections.abc import Iterator
from itertools import pairwise

from steward.analysis.checks.facts import FactMissing, Facts
from steward.analysis.checks.growth import records_per_second
from steward.analysis.checks.hottest import HottestPartition, hottest
from steward.analysis.checks.partition_age import younger_partitions
from steward.analysis.checks.registry import USER_TOPICS, FoundState, check
from steward.analysis.checks.say import duration, on_topic, volume
from steward.model.command import read_keys
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.LOG_DIRS, Part.OFFSETS)
_EXTREME = 10
_EXTREME_SHARE = 1 / 8
"""From this multiple of the others on, a partition is hot already at this share of the usual minimum size."""
_MIN_GROWTH_BYTES = 1024 * 1024
_MINUTE = 60


@check("T34", Severity.MEDIUM, over=USER_TOPICS, parts=PARTS)
def partition_hot(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """One partition stores or receives several times as much as the others.

    What it means: it is more than three times as large as the median of the others, or grew that much faster in every
        interval between snapshots. Small partitions, which differ by chance, are left out. Sizes are compared only
        among partitions of the same age, because partitions that were added later have less data.
    Why it matters: the hottest partition limits the topic's throughput. One broker, one disk and one consumer carry the
        load while the others are idle, and more partitions do not help.
    What to do: check whether its records have keys. If one key is frequent, spread it over several partitions (salt the
        key if ordering allows) or choose another key. Without keys, check the producers: one that sets the partition
        itself, or has its own partitioner, may fill one partition.
    """
    if len(topic.partitions) < 2:
        return
    by_size = _by_size(facts, topic)
    by_rate = _by_rate(facts, topic)
    if by_size is None and by_rate is None:
        return
    index = next(hot.index for hot in (by_size, by_rate) if hot)
    yield FoundState(
        object=on_topic(topic),
        confidence=Confidence.OBSERVED if by_size else Confidence.INFERRED,
        summary=_summary(topic, by_size, by_rate),
        evidence=tuple(_evidence(facts, topic, by_size, by_rate)),
        remedy=Remedy(
            "check whether its records have keys: spread or salt a frequent key; without keys, correct the producers' "
            "partitioner",
            read_keys(topic.name, topic.partitions[index].partition),
        ),
    )


def _by_size(facts: Facts, topic: Topic) -> HottestPartition | None:
    young = younger_partitions(facts, topic)
    sizes = facts.partitions.sizes(topic)
    grown = [i for i, p in enumerate(topic.partitions) if p.partition not in young]
    if len(grown) < 2:
        return None
    among = hottest([sizes[i] for i in grown], facts.thresholds.hot_partition_ratio)
    if among is None:
        return None
    hot = HottestPartition(grown[among.index], among.value, among.siblings)
    extreme = hot.siblings > 0 and hot.value >= _EXTREME * hot.siblings
    minimum = facts.thresholds.hot_partition_min_bytes * (_EXTREME_SHARE if extreme else 1)
    return hot if hot.value >= minimum else None


def _by_rate(facts: Facts, topic: Topic) -> HottestPartition | None:
    """Return the partition that grew fastest in every interval, in bytes/s; None without two snapshots."""
    snapshots = [
        *(earlier for earlier in facts.earlier if topic.name in earlier.topic_by_name),
        facts,
    ]
    if len(snapshots) < 2:
        return None
    ratio = facts.thresholds.hot_partition_ratio
    try:
        whole = hottest(records_per_second(facts, snapshots[0], topic), ratio)
        if whole is None:
            return None
        for then, now in pairwise(snapshots):
            part = hottest(records_per_second(now, then, topic), ratio)
            if part is None or part.index != whole.index:
                return None
        return _in_bytes(facts, snapshots[0], topic, whole)
    except FactMissing:
        return None  # sizes have been judged; rates add to them if they are known


def _in_bytes(
    facts: Facts, oldest: Facts, topic: Topic, hot: HottestPartition
) -> HottestPartition | None:
    offsets, size = (
        facts.partitions.offsets(topic)[hot.index],
        facts.partitions.sizes(topic)[hot.index],
    )
    record = size / max(1, offsets.end - offsets.start)
    rate, seconds = hot.value * record, facts.seconds_since(oldest, Part.OFFSETS)
    enough = rate * _MINUTE >= facts.thresholds.hot_partition_min_bytes
    if not enough or rate * seconds < _MIN_GROWTH_BYTES:
        return None
    return HottestPartition(hot.index, rate, hot.siblings * record)


def _summary(
    topic: Topic, by_size: HottestPartition | None, by_rate: HottestPartition | None
) -> str:
    words: list[str] = []
    for hot, verb in ((by_size, "holds"), (by_rate, "receives")):
        if hot is not None:
            number = topic.partitions[hot.index].partition
            words.append(f"partition {number} {verb} {hot.times}")
    return "; ".join(words)


def _evidence(
    facts: Facts, topic: Topic, by_size: HottestPartition | None, by_rate: HottestPartition | None
) -> Iterator[Evidence]:
    if by_size is not None:
        yield Evidence(
            f"DescribeLogDirs topic {topic.name}",
            f"size of partition {topic.partitions[by_size.index].partition}",
            f"{volume(by_size.value)}; median of the others {volume(by_size.siblings)}",
        )
    if by_rate is not None:
        seconds = facts.seconds_since(facts.earlier[0], Part.OFFSETS)
        yield Evidence(
            f"ListOffsets topic {topic.name}",
            f"growth of partition {topic.partitions[by_rate.index].partition} over {duration(seconds)}",
            f"{volume(by_rate.value)}/s; median of the others {volume(by_rate.siblings)}/s",
        )
