"""Partitions that the next failure stops."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import TOPICS, FoundState, Nature, check
from steward.analysis.checks.say import config_evidence, few, on_topic, partitions_of
from steward.analysis.checks.topic.min_isr import effective_min_isr
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic

PARTS = (Part.TOPICS, Part.TOPIC_CONFIGS, Part.IDENTITY)


@check("T10", Severity.MEDIUM, over=TOPICS, parts=PARTS, nature=Nature.STATE)
def isr_at_min(facts: Facts, topic: Topic) -> Iterator[FoundState]:
    """Replicas are missing and no further one can be spared.

    What it means: the in-sync replicas have shrunk to exactly min.insync.replicas.
    Why it matters: writes still pass, but losing one more of these brokers stops them. It is no time for maintenance.
    What to do: wait until the missing replica has caught up, or bring its broker back; restart nothing meanwhile.
    """
    led = [p for p in facts.partitions.ailing.get(topic.name, ()) if p.leader >= 0]
    tight = [p for p in led if len(p.isr) == effective_min_isr(facts, topic, p)]
    if not tight:
        return
    entry = facts.topic_config(topic.name, "min.insync.replicas")
    missing = sorted({b for p in tight for b in p.replicas if b not in p.isr})
    yield FoundState(
        object=on_topic(topic),
        summary=f"the next failure stops writes: {len(tight)} of {len(topic.partitions)} partitions "
        f"are down to min.insync.replicas ({entry.value})",
        evidence=(
            config_evidence(f"topic {topic.name}", entry),
            Evidence(
                f"Metadata topic {topic.name}",
                "in-sync replicas",
                f"{len(tight[0].isr)} ({partitions_of(tight)}); missing: broker {few(missing)}",
            ),
        ),
        remedy=Remedy(
            f"bring broker {few(missing)} back into sync, and restart nothing until then"
        ),
    )
