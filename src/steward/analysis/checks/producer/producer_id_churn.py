"""Producers that are created for every message."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.missing import require_all
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import count, few, on_topic
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.transaction import ProducerState
from steward.model.unknown import Unknown

_SHORT_LIVED_SEQUENCE = 10
_NEARLY_ALL = 0.9


@check("P07", Severity.HIGH, over=CLUSTER, parts=(Part.TOPICS, Part.PRODUCERS))
def producer_id_churn(facts: Facts, _: None) -> Iterator[FoundState]:
    """Thousands of producers wrote to a partition, each only a few records.

    What it means: a partition's leader has at least as many producer ids as the threshold producer_ids_per_partition,
        and nine of ten of them stopped at a sequence below ten: an application creates a new producer for each message
        or each small job.
    Why it matters: brokers keep every producer id for a day (producer.id.expiration.ms) in memory and in snapshots, on
        every replica. This slows restarts down and has exhausted heaps. Each new producer also costs connections and a
        request to the controller for id blocks.
    What to do: use one producer per process and reuse it. Until then a quota on connection_creation_rate limits the
        damage, and a shorter producer.id.expiration.ms bounds it.
    """
    churning: dict[str, list[tuple[TopicPartition, int]]] = {}
    for partition, states in facts.producers.items():
        if not isinstance(states, Unknown) and _churns(facts, states):
            churning.setdefault(partition.topic, []).append((partition, len(states)))
    for name, partitions in sorted(churning.items()):
        topic = facts.topic_by_name.get(name)
        if topic is None:
            continue
        most, ids = max(partitions, key=lambda pair: pair[1])
        yield FoundState(
            object=on_topic(topic),
            summary=f"{count(ids, 'producer id')} in {most}, nearly all with only a few records; "
            f"{count(len(partitions), 'partition')} affected",
            evidence=tuple(
                Evidence(f"DescribeProducers {partition}", "producer ids", str(number))
                for partition, number in partitions[:5]
            ),
            remedy=Remedy(
                f"use one producer per process and reuse it (partitions {few(p.partition for p, _ in partitions)})"
            ),
        )
    require_all((str(p), states) for p, states in facts.producers.items())


def _churns(facts: Facts, states: tuple[ProducerState, ...]) -> bool:
    if len(states) < facts.thresholds.producer_ids_per_partition:
        return False
    short = sum(0 <= state.last_sequence < _SHORT_LIVED_SEQUENCE for state in states)
    return short >= _NEARLY_ALL * len(states)
