"""Partitions that become unwritable at the next failure."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import (
    brokers_named,
    config_evidence,
    count,
    on_topic,
    partitions_of,
)
from steward.analysis.checks.topic.min_isr import effective_min_isr
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.IDENTITY)


@check("T10", Severity.MEDIUM, over=TOPICS, parts=PARTS, nature=Nature.STATE)
def isr_at_min(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Replicas are out of sync, and no further one may fail.

    What it means: the in-sync replicas have shrunk to exactly min.insync.replicas.
    Why it matters: writes still succeed, but the loss of one more of these brokers stops them. Do no maintenance now.
    What to do: wait until the missing replica has caught up, or start its broker. Restart nothing meanwhile.
    """
    led = [p for p in facts.partitions.unhealthy.get(topic.name, ()) if p.leader >= 0]
    tight = [p for p in led if len(p.isr) == effective_min_isr(facts, topic, p)]
    if not tight:
        return
    entry = facts.topic_config(topic.name, "min.insync.replicas")
    missing = sorted({b for p in tight for b in p.replicas if b not in p.isr})
    yield FoundState(
        object=on_topic(topic),
        summary=f"the next failure stops writes: {len(tight):,} of {count(len(topic.partitions), 'partition')} "
        f"at min.insync.replicas ({entry.value})",
        evidence=(
            config_evidence(f"topic {topic.name}", entry),
            Evidence(
                f"Metadata topic {topic.name}",
                "in-sync replicas",
                f"{len(tight[0].isr)} ({partitions_of(tight)}); missing: {brokers_named(missing)}",
            ),
        ),
        remedy=Remedy(
            f"bring {brokers_named(missing)} back into sync, and restart nothing until then"
        ),
    )
