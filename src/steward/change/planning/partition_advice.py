"""Topics' partition counts against measured rates; oversized topics; partitions far above their siblings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeVar

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.growth import bytes_per_second
from steward.analysis.checks.hottest import HottestPartition, hottest
from steward.analysis.checks.missing import FactMissing, FactNotApplicable
from steward.analysis.checks.say import duration, volume
from steward.analysis.checks.topic_kinds import is_layered
from steward.model.command import read_keys, steward
from steward.model.finding import Evidence, ObjectRef, Remedy
from steward.model.snapshot import Part
from steward.model.topic import Topic
from steward.model.unknown import Unknown, Why, known_or

T = TypeVar("T")
_MARGIN = 4
"""A count up to this many times the need is headroom, not waste."""
_AMPLE = 2
"""Advised partitions are enough for this many times the measured rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMeasurements:
    """Measurements of a topic: bytes of one copy of each partition, bytes per second written to each."""

    topic: Topic
    sizes: Sequence[float] | Unknown
    rates: Sequence[float] | Unknown
    seconds: float
    members: int

    @property
    def bytes_per_second(self) -> float | Unknown:
        """Bytes per second written to the topic."""
        return self.rates if isinstance(self.rates, Unknown) else float(sum(self.rates))

    def needed(self, each: float) -> int | Unknown:
        """Return the partitions that the measured rate and the largest group need, at ``each`` bytes per second."""
        rate = self.bytes_per_second
        return rate if isinstance(rate, Unknown) else max(1, self.members, ceil(rate / each))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionAdvice:
    """Advice about a topic's partitions; ``kind`` is its name for scripts."""

    kind: str
    object: ObjectRef
    summary: str
    evidence: tuple[Evidence, ...]
    remedy: Remedy


def figures_of(topic: Topic, facts: Facts) -> TopicMeasurements:
    """Measure a topic; rates need an earlier poll that includes it."""
    earlier = facts.earlier[0] if facts.earlier else None
    rates: Sequence[float] | Unknown = Unknown(
        Why.NEEDS_HISTORY, "rates were not measured: add --window 30s"
    )
    seconds = 0.0
    if earlier is not None and topic.name in earlier.topic_by_name:
        rates = _known(lambda: bytes_per_second(facts, earlier, topic))
        found = _known(lambda: facts.seconds_since(earlier, Part.OFFSETS))
        seconds = 0.0 if isinstance(found, Unknown) else found
    return TopicMeasurements(
        topic=topic,
        sizes=_known(lambda: facts.partitions.sizes(topic)),
        rates=rates,
        seconds=seconds,
        members=_members(topic, facts),
    )


def advise(figures: TopicMeasurements, facts: Facts) -> Iterator[PartitionAdvice]:
    """Return advice about a topic with its evidence; empty if all is well."""
    yield from _too_many_for_policy(figures, facts)
    yield from _against_need(figures, facts)
    yield from _skewed(figures, facts)


def _known(read: Callable[[], T]) -> T | Unknown:
    """Return a fact, or why it is unknown: the other facts about the topic are still reported."""
    try:
        return read()
    except FactMissing as missing:
        return missing.unknown
    except FactNotApplicable as missing:
        return Unknown(Why.NOT_CONFIGURED, str(missing))


def _members(topic: Topic, facts: Facts) -> int:
    found = _known(lambda: facts.readership.members(topic.name))
    return known_or(found, 0)


def _advice(
    figures: TopicMeasurements, kind: str, summary: str, evidence: list[Evidence], remedy: Remedy
) -> PartitionAdvice:
    about = ObjectRef("topic", figures.topic.name)
    return PartitionAdvice(
        kind=kind, object=about, summary=summary, evidence=tuple(evidence), remedy=remedy
    )


def _measured(figures: TopicMeasurements) -> list[Evidence]:
    """Return the evidence for the needed count."""
    rate, name = figures.bytes_per_second, figures.topic.name
    text = (
        f"unknown: {rate}"
        if isinstance(rate, Unknown)
        else f"{volume(rate)}/s over {duration(figures.seconds)}"
    )
    return [
        Evidence(f"Metadata topic {name}", "partitions", f"{len(figures.topic.partitions):,}"),
        Evidence(f"ListOffsets topic {name}, DescribeLogDirs", "written", text),
        Evidence("DescribeGroups", "members of its largest group", str(figures.members)),
    ]


def _too_many_for_policy(figures: TopicMeasurements, facts: Facts) -> Iterator[PartitionAdvice]:
    limits, count = facts.thresholds, len(figures.topic.partitions)
    if count <= min(limits.max_partitions_per_topic, limits.monster_partitions_per_topic - 1):
        return
    need = figures.needed(limits.busy_partition_bytes_per_second)
    measured = (
        "need unknown: rate not measured"
        if isinstance(need, Unknown)
        else f"the measured rate needs {need}"
    )
    if count >= limits.monster_partitions_per_topic:
        kind, says = (
            "monster",
            f"policy always blocks {limits.monster_partitions_per_topic:,} or more",
        )
    elif count > limits.refused_partitions_per_topic:
        kind, says = (
            "above_limit",
            f"policy blocks more than {limits.refused_partitions_per_topic:,}",
        )
    else:
        kind, says = (
            "needs_acknowledgement",
            f"more than {limits.max_partitions_per_topic:,} require confirmation",
        )
    yield _advice(
        figures, kind, f"{count:,} partitions: {says}; {measured}", _measured(figures),
        Remedy(
            "Kafka cannot remove partitions: create a topic of the needed size, move producers and consumers to it, "
            "then delete this one; or accept it with a waiver",
            steward(
                "topic create", f"{figures.topic.name}-v2",
                partitions=limits.max_partitions_per_topic if isinstance(need, Unknown) else _advised(need),
            ),
        ),
    )  # fmt: skip


def _against_need(figures: TopicMeasurements, facts: Facts) -> Iterator[PartitionAdvice]:
    limits, count = facts.thresholds, len(figures.topic.partitions)
    need = figures.needed(limits.busy_partition_bytes_per_second)
    rate = figures.bytes_per_second
    if isinstance(need, Unknown) or isinstance(rate, Unknown):
        return
    by_rate = max(1, ceil(rate / limits.busy_partition_bytes_per_second))
    each = volume(limits.busy_partition_bytes_per_second)
    if count < by_rate:
        advised = min(_advised(by_rate), limits.max_partitions_per_topic)
        yield _advice(
            figures, "too_few_partitions",
            f"{count} partitions receive {volume(rate)}/s, {volume(rate / count)}/s each; the limit is {each}/s each: "
            f"{by_rate} suffice, {advised} leave headroom",
            _measured(figures),
            Remedy(
                "add partitions, once its consumers can accept that keys map to other partitions",
                steward("topic alter", figures.topic.name, partitions=advised),
            ),
        )  # fmt: skip
    elif (
        limits.overpartitioned_from <= count <= limits.max_partitions_per_topic
        and count >= need * _MARGIN
        and not is_layered(figures.topic.name)
    ):
        yield _advice(
            figures, "more_partitions_than_needed",
            f"{count} partitions for {volume(rate)}/s: the measured rate needs {need}", _measured(figures),
            Remedy("leave them if the topic will grow; use fewer when it is next recreated"),
        )  # fmt: skip


def _advised(need: int) -> int:
    return max(1, need * _AMPLE)


def _skewed(figures: TopicMeasurements, facts: Facts) -> Iterator[PartitionAdvice]:
    limits, topic = facts.thresholds, figures.topic
    if len(topic.partitions) < 2:
        return
    if not isinstance(figures.sizes, Unknown):
        hot = hottest(figures.sizes, limits.hot_partition_ratio)
        if hot is not None and hot.value >= limits.hot_partition_min_bytes:
            yield _skew(figures, hot, "skewed_by_size", "holds", "DescribeLogDirs", "")
    if not isinstance(figures.rates, Unknown):
        hot = hottest(figures.rates, limits.hot_partition_ratio)
        if hot is not None and hot.value * 60 >= limits.hot_partition_min_bytes:
            over = f" over {duration(figures.seconds)}"
            yield _skew(
                figures, hot, "skewed_by_rate", "receives", "ListOffsets, DescribeLogDirs", over
            )


def _skew(
    figures: TopicMeasurements, hot: HottestPartition, kind: str, verb: str, source: str, over: str
) -> PartitionAdvice:
    topic = figures.topic
    number, unit = topic.partitions[hot.index].partition, "/s" if over else ""
    text = f"{volume(hot.value)}{unit}; median of the others {volume(hot.siblings)}{unit}{over}"
    return _advice(
        figures, kind, f"partition {number} {verb} {hot.times}: {text}",
        [Evidence(f"{source} topic {topic.name}", f"partition {number}", text)],
        Remedy(
            "check its records' keys: spread or salt a frequent key; without keys, correct the producers' "
            "partitioner; more partitions do not help",
            read_keys(topic.name, number),
        ),
    )  # fmt: skip
