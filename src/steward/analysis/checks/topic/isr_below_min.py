"""Partitions that reject writes because too few replicas are in sync."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import (
    brokers_named,
    config_evidence,
    count,
    few,
    on_topic,
    partitions_of,
)
from steward.analysis.checks.topic.min_isr import effective_min_isr, is_capped
from steward.model.bad_states import SEVERITY_OF, BadState
from steward.model.finding import Evidence, Remedy
from steward.model.snapshot import Part
from steward.model.topic import Topic
from steward.model.unknown import NotApplicable

PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.IDENTITY)


@check("T08", SEVERITY_OF[BadState.UNDER_MIN_ISR], over=TOPICS, parts=PARTS, nature=Nature.STATE)
def isr_below_min(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Fewer replicas are in sync than min.insync.replicas requires.

    What it means: these partitions have a leader, but too few of the other replicas keep up with it.
    Why it matters: writes with acks=all fail with NOT_ENOUGH_REPLICAS. Since Kafka 3.7 the high watermark does not
        advance either, so consumers receive no new records, not even those written with acks=1.
    What to do: start the missing brokers; if they run, find out why they are slow. Do not lower min.insync.replicas:
        the next failure would then lose data.
    """
    led = [p for p in facts.partitions.unhealthy.get(topic.name, ()) if p.leader >= 0]
    below = [p for p in led if len(p.isr) < effective_min_isr(facts, topic, p)]
    if not below:
        return
    entry = facts.topic_config(topic.name, "min.insync.replicas")
    missing = sorted({b for p in below for b in p.replicas} - {b for p in below for b in p.isr})
    missing = missing or sorted({b for p in below for b in set(p.replicas) - set(p.isr)})
    fewest = min(len(p.isr) for p in below)
    eligible = {b for p in below if not isinstance(p.elr, NotApplicable) for b in p.elr}
    readers = " and consumers receive no new records" if is_capped(facts) else ""
    yield FoundState(
        object=on_topic(topic),
        summary=f"acks=all fails{readers}: {len(below):,} of {count(len(topic.partitions), 'partition')} with "
        f"{count(fewest, 'replica')} in sync, min.insync.replicas is {entry.value}",
        evidence=(
            config_evidence(f"topic {topic.name}", entry),
            Evidence(
                f"Metadata topic {topic.name}",
                "in-sync replicas",
                f"{fewest} ({partitions_of(below)}); missing: {brokers_named(missing)}",
            ),
            *(
                Evidence(
                    f"DescribeTopicPartitions topic {topic.name}",
                    "eligible leader replicas",
                    few(sorted(eligible)),
                )
                for _ in range(bool(eligible))
            ),
        ),
        remedy=Remedy(
            f"bring {brokers_named(missing)} back into sync: start what is down, or find out why it is slow"
        ),
    )
