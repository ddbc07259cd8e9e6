"""Brokers whose replicas are out of sync."""

from collections import Counter
from collections.abc import Iterator

from steward.analysis.checks.facts import FactMissing, Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, Nature, check
from steward.analysis.checks.say import count, duration, few, on_broker
from steward.model.command import steward
from steward.model.finding import Confidence, Evidence, Remedy, Severity
from steward.model.names import TopicPartition
from steward.model.snapshot import Part
from steward.model.topic import Partition

PARTS = (Part.TOPICS, Part.BROKERS, Part.REASSIGNMENTS)


@check("T09", Severity.HIGH, over=CLUSTER, parts=PARTS, nature=Nature.STATE)
def under_replicated(facts: Facts, _: None) -> Iterator[FoundState]:
    """A broker's replicas are not in sync.

    What it means: partitions have fewer in-sync replicas than assigned. The finding names the broker that is missing
        from the ISR, not each partition. Replicas that a reassignment is still copying do not count. If the broker is
        down, the severity is critical.
    Why it matters: the partitions have fewer copies than assigned, and the next failure may make some of them
        unwritable.
    What to do: find out whether the broker is down (start it), or running but slow: disk, network, or a leftover
        replication throttle.
    """
    adding, certain = _being_copied(facts)
    by_broker = _missing(facts, adding)
    for broker in sorted(by_broker):
        partitions = by_broker[broker]
        topics = Counter(p.topic for p in partitions)
        named = few(
            f"{name} ({n})" for name, n in sorted(topics.items(), key=lambda t: (-t[1], t[0]))
        )
        alive = broker in facts.live_broker_ids
        yield FoundState(
            object=on_broker(broker),
            summary=f"{'not keeping up' if alive else 'down'}: out of sync on "
            f"{count(len(partitions), 'partition')} of {count(len(topics), 'topic')}"
            f"{_since(facts, partitions)}",
            evidence=(
                Evidence(
                    "Metadata", "partitions without it in the ISR", f"{len(partitions)}: {named}"
                ),
                Evidence("DescribeCluster", "broker", "live" if alive else "not live"),
            ),
            severity=None if alive else Severity.CRITICAL,
            confidence=Confidence.OBSERVED if certain else Confidence.INFERRED,
            remedy=_remedy(broker, alive),
        )


def _being_copied(facts: Facts) -> tuple[dict[TopicPartition, frozenset[int]], bool]:
    """Return the replicas that reassignments add, and whether reassignments are known."""
    try:
        return {r.partition: frozenset(r.adding) for r in facts.reassignments}, True
    except FactMissing:
        return {}, False


def _missing(
    facts: Facts, adding: dict[TopicPartition, frozenset[int]]
) -> dict[int, list[Partition]]:
    found: dict[int, list[Partition]] = {}
    nothing: frozenset[int] = frozenset()
    for partitions in facts.partitions.unhealthy.values():
        for p in partitions:
            copied = adding.get(p.key, nothing)
            for broker in p.replicas:
                if broker not in p.isr and broker not in copied:
                    found.setdefault(broker, []).append(p)
    return found


def _since(facts: Facts, partitions: list[Partition]) -> str:
    """Return the minimum time for which this has lasted, if an earlier snapshot shows the same."""
    for earlier in facts.earlier:
        then = earlier.partitions.unhealthy
        if all(any(q.key == p.key for q in then.get(p.topic, ())) for p in partitions[:100]):
            return f", for {duration(facts.seconds_since(earlier, Part.TOPICS))} or longer"
    return ""


def _remedy(broker: int, alive: bool) -> Remedy:
    if not alive:
        return Remedy(
            f"start broker {broker}; if it will not return, move its replicas to other brokers"
        )
    return Remedy(
        f"find out why broker {broker} is slow: its disk, its network, or a throttle",
        steward("broker describe", broker),
    )
