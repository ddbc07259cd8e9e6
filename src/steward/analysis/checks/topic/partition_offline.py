"""Partitions without a leader."""

from collections.abc import Iterator, Sequence

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import brokers_named, count, few, on_topic, partitions_of
from steward.model.bad_states import SEVERITY_OF, BadState
from steward.model.command import kafka
from steward.model.finding import Evidence, Remedy
from steward.model.snapshot import Part
from steward.model.topic import Partition, Topic
from steward.model.unknown import NotApplicable


@check(
    "T07",
    SEVERITY_OF[BadState.PARTITION_OFFLINE],
    over=TOPICS,
    parts=(Part.TOPICS,),
    nature=Nature.STATE,
)
def partition_offline(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Partitions have no leader.

    What it means: no replica that may lead is alive, so clients cannot read or write these partitions.
    Why it matters: producers and consumers of the topic stop. The data is not lost yet: it is on the brokers that are
        down.
    What to do: start one of the brokers that the finding names: they have all acknowledged data. Only if none of them
        will ever return, force the election of another replica (unclean), which loses what it had not copied.
    """
    offline = [p for p in facts.partitions.unhealthy.get(topic.name, ()) if p.leader < 0]
    if not offline:
        return
    complete = sorted({broker for p in offline for broker in _complete(p)})
    yield FoundState(
        object=on_topic(topic),
        summary=f"no reads, no writes: {len(offline):,} of {count(len(topic.partitions), 'partition')} "
        "without a leader",
        evidence=tuple(_evidence(topic, offline)),
        remedy=_remedy(topic, offline, complete),
    )


def _complete(partition: Partition) -> Sequence[int]:
    """Return the brokers known to have all acknowledged data: the last in-sync or eligible replicas (KIP-966)."""
    elr = () if isinstance(partition.elr, NotApplicable) else partition.elr
    return (*partition.isr, *elr)


def _evidence(topic: Topic, offline: Sequence[Partition]) -> Iterator[Evidence]:
    source = f"Metadata topic {topic.name}"
    yield Evidence(source, "leader", f"none ({partitions_of(offline)})")
    for p in offline[:3]:
        isr = few(p.isr) or "none"
        elr = (
            "" if isinstance(p.elr, NotApplicable) else f", eligible leaders {few(p.elr) or 'none'}"
        )
        value = f"replicas {few(p.replicas)}, in sync {isr}{elr}"
        yield Evidence(source, f"partition {p.partition}", value)


def _remedy(topic: Topic, offline: Sequence[Partition], complete: Sequence[int]) -> Remedy:
    if complete:
        return Remedy(f"start {brokers_named(complete)}: no acknowledged data is lost then")
    last = sorted(
        {
            b
            for p in offline
            if not isinstance(p.last_known_elr, NotApplicable)
            for b in p.last_known_elr
        }
    )
    first = (
        f"start {brokers_named(last)}, the last leader"
        if last
        else "start a broker that has a replica"
    )
    return Remedy(
        f"{first}, then force its election; acknowledged data may be lost",
        kafka(
            "leader-election",
            election_type="UNCLEAN",
            topic=topic.name,
            partition=offline[0].partition,
        ),
    )
